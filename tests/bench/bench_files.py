#!/usr/bin/python3
"""How fast files are read, beside programs that do no more than look at the bytes.

    bench.py files

Each row is the median of the runs: megabytes of the mailbox
a second of the processor and of the clock, and the most memory; then those of cat, of grep -c, and of the
tool that unpacks it (with cat behind them). Mailboxes lie in a temporary folder (TMPDIR) and are in the page cache when they are
read. The machine is noisy: look at the ratios.
"""

import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile

from folders import message
from measuring import find, timed

LINE = b"From a@example.com Thu Nov 20 13:45:00 2026\n"


def write_box(path, megabytes, body):
    """A mailbox of so many megabytes; bodies are random text, so that packing has something to do."""
    chance = random.Random(1)
    lines = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz    ", k=72)) + b"\n" for _ in range(997)]
    count = size = 0
    with path.open("wb") as file:
        while size < megabytes * 1_000_000:
            first = count * 7 % 900
            text = LINE + message(count).partition(b"\n\n")[0] + b"\n\n"
            while len(text) < body:
                text += b"".join(lines[first:first + body // 73 + 1])
            size += file.write(text + b"\n")
            count += 1
    return count


def show(say, label, megabytes, command, runs):
    """grep stops at the first line that it finds when it sees that it writes to /dev/null."""
    ours = command[0].endswith("quarantine-report")
    found = [timed(command if ours else ["sh", "-c", '"$@" | cat >/dev/null', "sh", *command])
             for _ in range(runs)]
    clock, processor, peak = (statistics.median(column) for column in list(zip(*found))[:3])
    say(f"  {label:34} {megabytes / max(processor, 0.001):8.0f} {megabytes / max(clock, 0.001):8.0f}"
        f" {peak / 1024 if ours else 0:8.1f}")


def show_box(say, name, folder, megabytes, body, runs):
    program = find("QR", "quarantine-report")
    path = pathlib.Path(folder) / "box"
    count = write_box(path, megabytes, body)
    show(say, f"{name} ({count})", megabytes, [program, str(path), "--csv=/dev/null"], runs)
    show(say, "  cat", megabytes, ["cat", path], runs)
    show(say, "  grep -c '^From '", megabytes, ["grep", "-c", "^From ", path], runs)
    for tool in ("gzip", "xz", "zstd"):
        if name != "large messages" or not shutil.which(tool):
            continue
        packed = pathlib.Path(folder) / f"box.{tool}"
        with packed.open("wb") as out:
            subprocess.run([tool, "-1", "-c", str(path)], stdout=out, check=True)
        show(say, f"  {tool}", megabytes, [program, str(packed), "--csv=/dev/null"], runs)
        show(say, f"  {tool} -dc", megabytes, [tool, "-dc", packed], runs)


def run(say, megabytes, runs):
    with tempfile.TemporaryDirectory() as folder:
        say(f"\nfiles: mailboxes of {megabytes} MB\n  {'':34} {'MB/s cpu':>8} {'MB/s':>8} {'MiB':>8}")
        for name, body in (("small messages", 3000), ("large messages", 100_000)):
            show_box(say, name, folder, megabytes, body, runs)
