#!/usr/bin/python3
"""Judges the program by a corpus of real messages: see README. tests/corpus/run calls this.

Ends with 0 when all is as it should be, and as the tables say; else with 1.
"""

import argparse
import collections
import csv
import datetime
import hashlib
import io
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import counts  # noqa: E402
import oracle  # noqa: E402
from dovecot import end_on_signals  # noqa: E402
from quarantine import Quarantine  # noqa: E402
from runner import is_sanitized  # noqa: E402

# The messages as they are, and without the "From " line that many a corpus begins them with.
AS_THEY_ARE, WITHOUT_FROM = "Caught", "Caught (Outgoing)"
WHEN = datetime.datetime(2026, 2, 10, 12, tzinfo=datetime.timezone.utc)
RUN_TIMEOUT = 300
SHOWN = 20

DISAGREEMENTS = ("message", "column", "verdict", "reason", "digest")
VERDICTS = ("ours", "theirs", "undecidable")
UNJUDGED = "?"

# What differs between the two folders, and what no rule of evidence fills.
PLACE = ("#", "Folder", "UID")
NOT_EVIDENCE = ("#", "Date", "Folder", "UID", "Host", "Notes", "Sender domain", "Identity kind")


class Judge:
    def __init__(self):
        self.failures = 0

    def say(self, good, text, details=()):
        print(("ok    " if good else "FAIL  ") + text, flush=True)
        details = list(details)
        for detail in details[:SHOWN]:
            print(f"        {detail}")
        if len(details) > SHOWN:
            print(f"        and {len(details) - SHOWN} more")
        self.failures += not good


def without_from_line(message):
    return message.partition(b"\n")[2] if message.startswith(b"From ") else message


def read_messages(directory):
    """{path below the directory: bytes}, in the order of the paths."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}


def load(quarantine, messages):
    for message in messages.values():
        quarantine.deliver(AS_THEY_ARE, message, WHEN)
        quarantine.deliver(WITHOUT_FROM, without_from_line(message), WHEN)


def run(program, quarantine, *arguments):
    password_file = quarantine.directory / "password"
    password_file.touch(0o600)
    password_file.write_text(quarantine.password)
    return subprocess.run(
        [program, f"--imaphost={quarantine.host}:{quarantine.port_imaps}",
         f"--ca-file={quarantine.ca_file}", f"--password-file={password_file}",
         f"--date={WHEN.date()}", "--timezone=UTC", *arguments],
        capture_output=True, timeout=RUN_TIMEOUT,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})


def judge_end(judge, what, result):
    judge.say(result.returncode == 0 and not result.stderr,
              f"{what}: ends with status 0 and says nothing (status {result.returncode})",
              result.stderr.decode("utf-8", "replace").splitlines())


def judge_rows(judge, what, result, names):
    """(a) Returns {folder: {name: row}}."""
    judge_end(judge, what, result)
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode("utf-8"), newline="")))
    uids = {folder: [int(row["UID"]) for row in rows if row["Folder"] == folder]
            for folder in (WITHOUT_FROM, AS_THEY_ARE)}
    for folder, found in uids.items():
        times = collections.Counter(found)
        odd = [f"{name}: {times[uid]} rows" for uid, name in enumerate(names, 1)
               if times[uid] != 1]
        judge.say(not odd and len(times) == len(names),
                  f"{what}: {folder}: one row for each message ({len(found)} rows)", odd)
    judge.say([row["#"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)],
              f"{what}: rows are numbered from 1")
    turns = [f"{folder}: UID {second} follows {first}" for folder, found in uids.items()
             for first, second in zip(found, found[1:]) if second != first + 1]
    judge.say(not turns, f"{what}: rows come in the order of the folder", turns)
    return {folder: {names[int(row["UID"]) - 1]: row for row in rows if row["Folder"] == folder}
            for folder in uids}


def differing(ours, theirs, but):
    """["message: column"] where two {name: row} differ."""
    return [f"{name}: {column}" for name in ours if name in theirs for column in ours[name]
            if column not in but and ours[name][column] != theirs[name][column]]


def judge_run(judge, program, what, quarantine, names):
    result = run(program, quarantine, "--outgoing", "--incoming", "--columns=all", "--raw-csv",
                 "--csv=-")
    found = judge_rows(judge, what, result, names)
    odd = differing(found[WITHOUT_FROM], found[AS_THEY_ARE], PLACE)
    judge.say(not odd, f"{what}: a From line in front of a message changes nothing", odd)
    return found[WITHOUT_FROM]


def digest(our, their):
    """Says that a disagreement is the same as before, without the names of people in the table."""
    return hashlib.sha256(f"{our}\0{their}".encode("utf-8", "surrogateescape")).hexdigest()[:12]


def find_disagreements(messages, cells):
    """{(message, column): (ours, theirs)}"""
    found = {}
    for name, message in messages.items():
        if name not in cells:
            continue
        theirs = oracle.read(without_from_line(message))
        for column in oracle.COLUMNS:
            our = oracle.folded(cells[name][column])
            if our != theirs[column]:
                found[name, column] = our, theirs[column]
    return found


def read_table(path):
    """The rows of a table; none when there is no table."""
    if path is None or not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines[1:]]


def write_table(path, columns, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in (columns, *rows)))


def judge_values(judge, path, messages, cells, options):
    """(b)"""
    found = find_disagreements(messages, cells)
    listed = {row[:2]: row[2:] for row in read_table(path)}
    rows = []
    for place, values in sorted(found.items()):
        mark = digest(*values)
        verdict, reason, seen = listed.get(place, (UNJUDGED, UNJUDGED, ""))
        if seen != mark:
            verdict = reason = UNJUDGED
        rows.append((*place, verdict, reason, mark))
        if options.show:
            print(f"{place[0]}: {place[1]}: {verdict}, {reason}\n    ours   {values[0]!a}\n"
                  f"    theirs {values[1]!a}")
    if options.update and path is not None:
        write_table(path, DISAGREEMENTS, rows)
    new = [f"{row[0]}: {row[1]}" for row in rows if row[2] not in VERDICTS]
    gone = [f"{name}: {column}" for name, column in sorted(set(listed) - set(found))]
    cells_read = len(messages) * len(oracle.COLUMNS)
    judge.say(not new, f"{len(found)} of {cells_read} values are not as python reads them, "
              f"{len(new)} of these are unjudged or have changed (--show prints them)", new)
    judge.say(not gone, "every listed disagreement is still there", gone)
    tally = collections.Counter(row[2:4] for row in rows)
    for (verdict, reason), count in sorted(tally.items()):
        print(f"        {count:4} {verdict}: {reason}")


def judge_table(judge, path, columns, rows, options):
    if options.update:
        write_table(path, columns, rows)
    now = [tuple(map(str, row)) for row in rows]
    before = read_table(path)
    odd = [f"is  {', '.join(row)}" for row in now if row not in before]
    odd += [f"was {', '.join(row)}" for row in before if row not in now]
    judge.say(not odd, f"the counts are those of {path.name}", odd)


def judge_counts(judge, messages, cells, explanations, options):
    """(c)"""
    explained = counts.Explained(explanations, list(messages))
    odd = [f"{name}: {column}" for name, row in cells.items() for column, value in row.items()
           if column not in NOT_EVIDENCE
           and bool(value) != (column in explained.rules.get(name, {}))]
    judge.say(not odd, "--explain names a rule for each cell that the report has", odd)
    judge_table(judge, HERE / "rule-counts.tsv", counts.RULE_COLUMNS, explained.rule_rows(),
                options)
    rows, odd = counts.form_rows(messages, explained, cells)
    judge_table(judge, HERE / "form-counts.tsv", counts.FORM_COLUMNS, rows, options)
    for name, census, plain, variants, below, program, _ in rows:
        judge.say(census in (plain, "-") and not odd[name],
                  f"{name}: census {census}, counted {plain}, with variants {variants}, "
                  f"{below} of them below another, program {program}", odd[name])


def parse_arguments():
    parser = argparse.ArgumentParser(description="Judges the program by a corpus of messages.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--sanitized", required=True, help="the same, built with the sanitizers")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--corpus", type=pathlib.Path, metavar="DIR",
                       help="the SpamAssassin public corpus")
    which.add_argument("--messages", type=pathlib.Path, metavar="DIR",
                       help="other messages, one a file: rows and values only, no counts")
    parser.add_argument("--disagreements", type=pathlib.Path, metavar="FILE",
                        help="the table for --messages (none)")
    parser.add_argument("--show", action="store_true", help="print both sides of disagreements")
    parser.add_argument("--update", action="store_true", help="write the tables anew")
    return parser.parse_args()


def main():
    options = parse_arguments()
    end_on_signals()
    if is_sanitized(options.program) or not is_sanitized(options.sanitized):
        sys.exit("--program is the plain build, --sanitized the other")
    judge = Judge()
    messages = read_messages(options.corpus or options.messages)
    if not messages:
        sys.exit("no messages")
    names = list(messages)
    with_from = sum(message.startswith(b"From ") for message in messages.values())
    print(f"{len(messages)} messages, {with_from} of them with a From line", flush=True)
    quarantine = Quarantine()
    load(quarantine, messages)
    with quarantine:
        cells = judge_run(judge, options.program, "plain", quarantine, names)
        sanitized = judge_run(judge, options.sanitized, "sanitizers", quarantine, names)
        explained = run(options.sanitized, quarantine, "--outgoing", "--columns=all", "--explain")
    judge_end(judge, "--explain, sanitizers", explained)
    odd = differing(cells, sanitized, ("#",))
    judge.say(not odd, "both builds report the same", odd)
    table = HERE / "disagreements.tsv" if options.corpus else options.disagreements
    judge_values(judge, table, messages, cells, options)
    if options.corpus:
        judge_counts(judge, messages, cells, explained.stdout.decode(), options)
    print(f"{judge.failures} failures")
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main())
