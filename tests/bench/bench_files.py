#!/usr/bin/python3
"""How fast files are read, beside programs that do no more than look at the bytes.

    bench_files.py [--megabytes N] [--runs N]

Needs QR (the program), or finds it in build/. Each row is the median of the runs: megabytes of the mailbox
a second of the processor and of the clock, and the most memory; then those of cat, of grep -c, and of the
tool that unpacks it (with cat behind them). Mailboxes lie in a temporary folder (TMPDIR) and are in the page cache when they are
read. The machine is noisy: look at the ratios.
"""

import argparse
import pathlib
import random
import statistics
import subprocess
import tempfile

from bench import find, message, timed

PROGRAM = find("QR", "quarantine-report")
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


def show(label, megabytes, command, runs):
    """grep stops at the first line that it finds when it sees that it writes to /dev/null."""
    found = [timed(["sh", "-c", '"$@" | cat >/dev/null', "sh", *map(str, command)])
             if command[0] != PROGRAM else timed(command) for _ in range(runs)]
    clock, peak, processor = (statistics.median(column) for column in zip(*found))
    print(f"{label:34} {megabytes / max(processor, 0.001):8.0f} {megabytes / max(clock, 0.001):8.0f}"
          f" {peak if command[0] == PROGRAM else 0:8.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':34} {'MB/s cpu':>8} {'MB/s':>8} {'KiB':>8}")
        for name, body in (("small messages", 3000), ("large messages", 100_000)):
            path = pathlib.Path(folder) / "box"
            count = write_box(path, arguments.megabytes, body)
            rows = [(f"{name} ({count})", [PROGRAM, str(path), "--csv=/dev/null"]),
                    ("  cat", ["cat", str(path)]), ("  grep -c '^From '", ["grep", "-c", "^From ", path])]
            for label, command in rows:
                show(label, arguments.megabytes, command, arguments.runs)
            for tool in ("gzip", "xz", "zstd"):
                if name != "large messages" or subprocess.run(["which", tool], capture_output=True).returncode:
                    continue
                packed = pathlib.Path(folder) / f"box.{tool}"
                with packed.open("wb") as out:
                    subprocess.run([tool, "-1", "-c", str(path)], stdout=out, check=True)
                show(f"  {tool}", arguments.megabytes,
                     [PROGRAM, str(packed), "--csv=/dev/null"], arguments.runs)
                show(f"  {tool} -dc", arguments.megabytes, [tool, "-dc", str(packed)], arguments.runs)


if __name__ == "__main__":
    main()
