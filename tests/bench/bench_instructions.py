#!/usr/bin/python3
"""Instructions for each message, which no other process on the machine changes.

    bench_instructions.py [--messages N] [--libraries] [--json]

Needs valgrind, QR (the program) and BENCH_EVIDENCE (tests/bench/bench_evidence), or finds them in build/.
A private Dovecot serves N messages (2,000 by default) of 3.3 kB over TLS; the program writes them as CSV
under callgrind, in the zone UTC:

    whole      all instructions, divided by N
    start      how many of them are there without any message: loader, TLS, login
    message    what each message adds: whole - start
    outputs    the same with CSV, TSV, JSON, HTML and the identity report
    evidence   evidence_extract() alone, over the header sections that bench_evidence makes

--libraries adds where those of `whole` are. callgrind counts each byte that a "rep movsb" copies as an
instruction, so that large copies weigh more here than on the clock.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from measuring import find, tool  # noqa: E402

from folders import FOLDER, message  # noqa: E402
from ways import ALL_OUTPUTS  # noqa: E402
from quarantine import Quarantine  # noqa: E402

DAY = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.timezone.utc)
SECTIONS = 2000
ROUNDS = 5  # of bench_evidence
POSITION = re.compile(r"[+\-*\d]")
NAME = re.compile(r"c?ob=\((\d+)\)(?: (.*))?")


def callgrind(command, *options):
    """(instructions, {library: instructions}) of a command that must succeed."""
    with tempfile.NamedTemporaryFile() as out:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}",
                              *options, *command], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"bench_instructions: {command} failed:\n{run.stderr}")
        with open(out.name, encoding="utf-8", errors="replace") as lines:
            libraries = by_library(lines)
    return sum(libraries.values()), libraries


def by_library(lines):
    """callgrind's format: "ob=" begins a library's lines; the one behind "calls=" is its callee's cost."""
    names, costs, library, is_call = {}, collections.Counter(), None, False
    for line in lines:
        name = NAME.match(line)
        if name:
            if name[2]:
                names[name[1]] = os.path.basename(name[2])
            if line.startswith("ob="):
                library = name[1]
        elif line.startswith("calls="):
            is_call = True
        elif POSITION.match(line):
            if not is_call:
                costs[library] += int(line.split()[-1])
            is_call = False
    return collections.Counter({names.get(number, "?"): cost for number, cost in costs.items()})


def whole(program, count):
    """Of a run over so many messages (its instructions, {library: them}, those of a run that finds none),
    and those of the two with all outputs."""
    with tempfile.TemporaryDirectory() as work, Quarantine() as quarantine:
        password = pathlib.Path(work, "password")
        password.touch(0o600)
        password.write_text(quarantine.password)
        for number in range(count):
            quarantine.deliver(FOLDER, message(number), DAY)
        command = [program, "-s", f"{quarantine.host}:{quarantine.port_imaps}", "-u", quarantine.user,
                   "--ca-file", str(quarantine.ca_file), "--password-file", str(password),
                   "--timezone=UTC", "-q"]
        csv = command + [f"--csv={work}/out.csv"]
        every = command + [f"--{name}={work}/out.{name}" for name in ALL_OUTPUTS]
        subprocess.run(csv + [f"--date={DAY:%F}"], check=True)  # the server's cache is warm
        rows = pathlib.Path(work, "out.csv").read_bytes().count(b"\r\n") - 1
        if rows != count:
            sys.exit(f"bench_instructions: {rows} rows of {count}")
        full, empty = [f"--date={DAY:%F}"], ["--date=2026-11-10"]
        return (*callgrind(csv + full), callgrind(csv + empty)[0],
                callgrind(every + full)[0] - callgrind(every + empty)[0])


def evidence(bench):
    """Instructions of evidence_extract() for a section."""
    total, _ = callgrind([bench, "-n", str(SECTIONS)], "--toggle-collect=evidence_extract")
    return total / (SECTIONS * ROUNDS)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--libraries", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = options.messages
    total, libraries, start, outputs = whole(find("QR", "quarantine-report"), count)
    figures = {"whole": total / count, "start": start / count, "message": (total - start) / count,
               "outputs": outputs / count, "evidence": evidence(tool("bench_evidence"))}
    if options.libraries:
        figures.update((name, cost / count) for name, cost in libraries.most_common(10))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{value:10,.0f}  {name}")


main()
