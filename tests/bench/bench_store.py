"""The two engines of the history: what it costs to keep rows, and to ask for them."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

from measuring import find

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import clickhouse  # noqa: E402

# A line of bench_store.c, and what is shown of it. Of a server the clock tells, of a file both.
FIGURES = (
    ("put, rows per CPU second", r"put \d+ rows: .* CPU, (\d+) rows a second"),
    ("put, seconds", r"put \d+ rows: .* ([\d.]+) s$"),
    ("put again, rows per CPU second", r"put \d+ rows: (?:.*\n)put \d+ rows: .* CPU, (\d+) rows"),
    ("read, microseconds of CPU a row", r"read \d+ rows of 90 days: .* ([\d.]+) us a row"),
    ("who sent, one day, CPU ms", r"by identity, 1 days: \d+, ([\d.]+) ms of CPU"),
    ("who sent, one day, ms", r"by identity, 1 days: .* (\d+) ms$"),
    ("who sent, 30 days, CPU ms", r"by identity, 30 days: \d+, ([\d.]+) ms of CPU"),
    ("who sent, 30 days, ms", r"by identity, 30 days: .* (\d+) ms$"),
    ("who sent, all, ms", r"by identity, 90 days: .* (\d+) ms$"),
    ("all days of one, ms", r"days of one identity: .* (\d+) ms$"),
    ("the past of all, by identity, ms", r"past by identity: .* (\d+) ms$"),
    ("MiB on disk", r"([\d.]+) MiB on disk"),
    ("MiB of memory, of the program", r"([\d.]+) MiB of memory"),
)

TITLES = (*(title for title, _ in FIGURES), "all of this, seconds")


def measured(where, rows):
    program = find("BENCH_STORE", "tests/bench/bench_store")
    # Below a shell: the most memory of a process is at first that of the one that it was.
    done = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", program, str(where), str(rows)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [re.search(pattern, done.stdout, re.M)[1] for _, pattern in FIGURES]


def in_file(rows):
    with tempfile.TemporaryDirectory(prefix="qr-bench-") as folder:
        return measured(pathlib.Path(folder, "history.sqlite"), rows)


def in_server(rows):
    with clickhouse.ClickHouse() as server:
        return measured(server.port, rows)


def measured_in(engine, rows):
    """And how long all of it took."""
    start = time.monotonic()
    return [*engine(rows), f"{time.monotonic() - start:.0f}"]


def run(say, sizes):
    """A column for each engine and size. What the file does: {rows: {title: value}}."""
    engines = {"SQLite": in_file}
    missing = clickhouse.missing()
    if not missing:
        engines["ClickHouse"] = in_server
    columns = {(rows, name): measured_in(engine, rows)
               for rows in sizes for name, engine in engines.items()}
    say("\nhistory: rows of 90 days, 4,000 identities")
    say(f"  {'':34}" + "".join(f"{name:>12}" for _, name in columns))
    say(f"  {'rows':34}" + "".join(f"{rows:>12,}" for rows, _ in columns))
    for at, title in enumerate(TITLES):
        say(f"  {title:34}" + "".join(f"{column[at]:>12}" for column in columns.values()))
    if missing:
        say(f"  without ClickHouse: {', '.join(missing)} is missing (the packages of peers)")
    return {rows: dict(zip(TITLES, map(float, columns[rows, "SQLite"]))) for rows in sizes}
