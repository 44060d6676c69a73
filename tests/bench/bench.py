#!/usr/bin/python3
"""How fast a quarantine is read, beside a bare socket and what others would read it with.

    bench.py [--quick] [--runs N] [--cache DIRECTORY] [--results FILE] [SECTION...]
             [--store-rows N...]

Without a section those of the table. tests/bench/README says what they are, and how to read them.
Needs a build with `make check TESTS=`; QR and QR_BEFORE are another program, and one to compare it
with.
"""

import argparse
import collections
import contextlib
import datetime
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import environment, find, first_line, instructions, relay, timed, tool

import bench_control
import bench_files
import bench_maillog
import bench_store
from certificates import Authority
from folders import DAY, FOLDER, PASSWORD, TEMPLATE, Box, Folders, Place, internal_date
from ways import Row, Ways, perl_version

# Messages: of a folder, and of the day in it; of one that is read whole; of far; the sizes of
# the cost; of each of four servers; two small ones, for instructions.
Sizes = collections.namedtuple("Sizes", "folder whole far cost servers small large")
FULL = Sizes(300_000, 50_000, 200_000, (10_000, 30_000, 100_000, 300_000, 1_000_000), 20_000, 1000, 3000)
QUICK = Sizes(15_000, 3_000, 10_000, (1_000, 3_000, 10_000), 1_000, 200, 600)
DAYS = 30
RTT = 50  # milliseconds
SERVERS = 4
MIB = 1024

# Seconds after which a row is not run again: the column "runs" tells.
PATIENCE = 60

COLUMNS = (("runs", 4), ("seconds", 8), ("messages/s", 10), ("CPU s", 7), ("MiB", 6), ("of floor", 8),
           ("instr./msg", 10), ("trips", 6), ("before", 6), ("MB", 7), ("first s", 7))


class Result:
    """The runs of a row in a scenario, and what was counted apart from them."""

    def __init__(self, row, messages):
        self.row = row
        self.messages = messages
        self.runs = []
        self.count = None
        self.instructions = None
        self.of_floor = None

    def median(self, name):
        return statistics.median(getattr(run, name) for run in self.runs)

    @property
    def seconds(self):
        return self.median("seconds")

    @property
    def mib(self):
        return self.median("kib") / MIB

    def cells(self):
        """Texts of COLUMNS; "" for what was not looked at."""
        count, first = self.count, self.median("first")
        return (str(len(self.runs)), f"{self.seconds:.3f}", f"{self.messages / self.seconds:,.0f}",
                f"{self.median('cpu'):.3f}", f"{self.mib:.1f}",
                f"{self.of_floor:.0%}" if self.of_floor else "",
                f"{self.instructions:,.0f}" if self.instructions else "",
                str(count.turns) if count else "", str(count.first) if count else "",
                f"{(count.up + count.down) / 1e6:.2f}" if count else "",
                f"{first:.3f}" if first >= 0 else "")


def ratio(results, faster, slower):
    """How many times the one is as fast as the other: the median of the rounds that have both."""
    rounds = zip(results[faster].runs, results[slower].runs)
    return statistics.median(slow.seconds / fast.seconds for fast, slow in rounds)


class Bench:
    def __init__(self, sizes, runs, cache, out):
        self.sizes = sizes
        self.runs = runs
        self.cache = cache
        self.out = out
        self.work = None
        self.store_rows = ()  # sizes of store that were asked for
        self.rows = Ways()
        self.reached = []  # (scenario, what, wanted, got, whether)
        self.instructions = {}
        self.summary = []  # (what, seconds, MiB, beside others)

    def say(self, text=""):
        print(text, flush=True)
        print(text, file=self.out, flush=True)

    # A scenario.

    def compare(self, place, rows, before=None):
        """{name: Result} of rows that are run in turn; before: done before each run."""
        results = {row.name: Result(row, place.messages) for row in rows}
        for _ in range(self.runs):
            self.run_once(place, results, place.tls, before)
        self.look_at_floor(results)
        return results

    def compare_ways(self, place, rows, *ports):
        """The results for each port, with runs of all in each round."""
        found = [{row.name: Result(row, place.messages) for row in rows} for _ in ports]
        for _ in range(self.runs):
            for results, port in zip(found, ports):
                self.run_once(place, results, port)
        for results in found:
            self.look_at_floor(results)
        return found

    def run_once(self, place, results, port, before=None):
        for result in results.values():
            if sum(run.seconds for run in result.runs) > PATIENCE:
                continue
            if before:
                before()
            row = result.row
            result.runs.append(timed(row.command(place, port, place.ca_file, self.output()), row.first))
            self.check_output(row, result.messages)

    def look_at_floor(self, results):
        for name, result in results.items():
            result.of_floor = ratio(results, name, self.rows.floor.name)

    def count(self, place, results, rtt=0):
        """Each row once more without TLS, through a relay that looks."""
        for result in results.values():
            row = result.row
            with relay(place.plain, rtt, counting=True) as counted:
                timed(row.command(place, counted.port, "-", self.output()))
            result.count = counted.count
            result.instructions = self.instructions.get(row.name)
            self.check_output(row, place.messages)
            if row is self.rows.floor and result.count.down < place.messages * len(header_section()):
                sys.exit("bench: the floor did not read all messages")

    def check_output(self, row, messages):
        """A row that is fast because it has nothing to do must not be believed."""
        files = list(pathlib.Path(self.work).glob("out.csv-*")) or [pathlib.Path(self.output())]
        found = sum(file.read_bytes().count(b"\n") - 1 for file in files) if row.has_rows else 0
        if row.has_rows and found != messages:
            sys.exit(f"bench: {row.name}: {found} rows of {messages}")
        for file in pathlib.Path(self.work).glob("out.csv*"):
            file.unlink()

    def output(self):
        return f"{self.work}/out.csv"

    def show(self, title, results):
        self.say()
        self.say(title)
        width = max(26, *(len(name) for name in results))
        lines = [(name, *result.cells()) for name, result in results.items()]
        shown = [i for i in range(len(COLUMNS)) if any(line[i + 1] for line in lines)]
        self.say("  " + " " * width + "".join(f"  {COLUMNS[i][0]:>{COLUMNS[i][1]}}" for i in shown))
        for line in lines:
            self.say(f"  {line[0]:{width}}" + "".join(
                f"  {line[i + 1] or '-':>{COLUMNS[i][1]}}" for i in shown))

    def sum_up(self, what, results, name="ours -c", bulk="imaplib, bulk"):
        result = results[name]
        self.summary.append((what, f"{result.seconds:.2f} s", f"{result.mib:.0f} MiB",
                             f"{result.of_floor:.0%}", f"{ratio(results, name, bulk):.1f}"))

    def reach(self, scenario, what, wanted, got, whether):
        self.reached.append((scenario, what, wanted, got, whether))

    def reach_at_least(self, scenario, what, wanted, got, form="{:.0%}"):
        self.reach(scenario, what, "at least " + form.format(wanted), form.format(got), got >= wanted)

    def reach_at_most(self, scenario, what, wanted, got, form="{:.0f}"):
        self.reach(scenario, what, "at most " + form.format(wanted), form.format(got), got <= wanted)

    # Servers.

    @contextlib.contextmanager
    def dovecot(self, boxes):
        begin = time.monotonic()
        missing = [user for user in boxes if not pathlib.Path(self.cache, user).exists()]
        with Folders(boxes, self.cache) as server:
            if missing:
                print(f"(folders of {sum(boxes[user].messages for user in missing):,} messages: "
                      f"{time.monotonic() - begin:.0f} s)", flush=True)
            for user in boxes:
                self.learn_item(server.place(user, days=1))
            yield server

    def learn_item(self, place):
        """What the program asks for of each message: the floor asks for the same."""
        trace = subprocess.run(
            [*map(str, self.rows.csv.command(place, place.tls, place.ca_file, self.output())),
             "--trace"], check=True, capture_output=True, env=environment()).stderr.decode()
        self.rows.item = re.findall(r"^C: .* FETCH .*?(BODY\.PEEK\[[^]]*\](?:<[\d.]+>)?)", trace, re.M)[-1]

    @contextlib.contextmanager
    def many(self, messages, number=1):
        """Places, each a server that makes its messages, over TLS and without."""
        authority = Authority(pathlib.Path(self.work) / "ca")
        certificate = authority.certificate("good")
        password_file = pathlib.Path(self.work) / "password"
        password_file.write_text(PASSWORD)
        before = int(time.time()) // DAY * DAY
        when = internal_date(before - DAY // 2)
        with contextlib.ExitStack() as stack:
            def port(*tls):
                process = stack.enter_context(subprocess.Popen(
                    [tool("many"), *map(str, tls), TEMPLATE, str(messages), when],
                    stdout=subprocess.PIPE, text=True))
                stack.callback(process.terminate)
                return int(process.stdout.readline())
            places = [Place("localhost", port("--tls", certificate.cert_file, certificate.key_file),
                            port(), authority.ca_file, "bench", password_file, FOLDER,
                            before - DAY, before, messages) for _ in range(number)]
            self.learn_item(places[0])
            yield places

    # Sections.

    def day(self):
        messages = self.sizes.folder
        with self.dovecot({f"folder-{messages}": Box(messages, DAYS)}) as server:
            place = server.place(f"folder-{messages}", days=1)
            rows = self.rows
            results = self.compare(place, [rows.floor, *rows.ours(), rows.first, *rows.others()])
            self.count(place, results)
        self.show(f"day: {place.messages:,} messages of one of {DAYS} days, folder of {messages:,}",
                  results)
        self.sum_up(f"a day: {place.messages:,} of {messages:,} messages", results)
        self.reach_at_least("day", "rate of -c, of the floor's", 0.85, results["ours -c"].of_floor)
        self.reach_at_least("day", "-c, times imaplib bulk", 4,
                            ratio(results, "ours -c", "imaplib, bulk"), "{:.1f}")
        self.reach_at_most("day", "seconds until the first row", 0.15,
                           results["ours --csv=-"].median("first"), "{:.3f}")

    def history(self):
        """The daily case when a history has the day: its first reading, and the others."""
        messages, rows = self.sizes.folder, self.rows
        folder = pathlib.Path(self.work, "history")
        file = folder / "history.sqlite"

        def forget():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        with self.dovecot({f"folder-{messages}": Box(messages, DAYS)}) as server:
            place = server.place(f"folder-{messages}", days=1)
            beside, *_ = ways = rows.with_history(file)
            first = self.compare(place, [rows.floor, beside], before=forget)
            known = self.compare(place, [rows.floor, rows.csv, *ways])
            words = map(str, beside.command(place, place.tls, place.ca_file, self.output()))
            trips = re.findall(r"(\d+) round trips", subprocess.run(
                ["-v" if word == "-q" else word for word in words], check=True,
                capture_output=True, text=True, env=environment()).stderr)[0]
        self.show(f"history: {place.messages:,} messages of one of {DAYS} days, folder of {messages:,},"
                  " that nobody has read yet", first)
        self.show(f"history: the same, known; {trips} round trips beside the server", known)
        self.reach_at_most("history", "seconds of -c --history, of a day that is known", 0.15,
                           known[beside.name].seconds, "{:.3f}")

    def whole(self):
        messages, rows = self.sizes.whole, self.rows
        user = f"whole-{messages}"
        with self.dovecot({user: Box(messages, 1)}) as server:
            place = server.place(user)
            results = self.compare(place, [rows.floor, *rows.ours(), *rows.others()])
            self.count(place, results)
            cold = self.compare(place, [rows.floor, rows.csv, rows.bulk],
                                before=lambda: server.forget(user))
        self.show(f"whole, warm: {messages:,} messages, all in the period", results)
        self.show("whole, cold: the same, when Dovecot has no index of the folder", cold)
        self.sum_up(f"a whole folder: {messages:,} messages", results)
        for name, wanted in (("ours -c", 0.92), ("ours, all outputs", 0.88)):
            self.reach_at_least("whole, warm", f"rate of {name}, of the floor's", wanted,
                                results[name].of_floor)
        for name, wanted in (("imaplib, bulk", 3.5), ("imaplib, per message", 25)):
            self.reach_at_least("whole, warm", f"-c, times {name}", wanted,
                                ratio(results, "ours -c", name), "{:.1f}")
        if rows.two:
            self.reach("whole", "--connections=2, seconds", "less than the floor's",
                       f"{results[rows.two.name].of_floor:.0%} of its rate",
                       results[rows.two.name].of_floor > 1)
        else:
            self.reach("whole", "--connections=2", "faster than the floor", "no such option", False)

    def far(self):
        folder, messages, rows = self.sizes.folder, self.sizes.far, self.rows
        with self.dovecot({f"folder-{folder}": Box(folder, DAYS)}) as server:
            place = server.place(f"folder-{folder}", days=DAYS * messages // folder)
            ways = [row for row in (rows.floor, rows.csv, rows.two, rows.before, rows.bulk) if row]
            with relay(place.tls) as near_way, relay(place.tls, RTT) as far_way:
                near, far = self.compare_ways(place, ways, near_way.port, far_way.port)
            self.count(place, far, RTT)
        self.show(f"far: {place.messages:,} messages, by a relay with a round trip of 0 ms", near)
        self.show(f"far: {place.messages:,} messages, by a relay with a round trip of {RTT} ms", far)
        self.sum_up(f"far away, {RTT} ms: {place.messages:,} messages", far)
        ours = far["ours -c"]
        self.reach_at_most("far", "round trips before the first row, with TCP's and TLS's", 8,
                           ours.count.first + 2)
        self.reach_at_most("far", "round trips in all, with TCP's and TLS's",
                           12 + -(-place.messages // 10_000), ours.count.turns + 2)
        rates = [one.seconds / other.seconds for one, other in zip(near["ours -c"].runs, ours.runs)]
        self.reach_at_least("far", "rate of -c, of the near one", 0.85, statistics.median(rates))

    def huge(self):
        rows, costs = self.rows, {}
        ways = [row for row in (rows.floor, rows.csv, rows.group, rows.two, rows.before, rows.bulk) if row]
        for messages in self.sizes.cost:
            with self.many(messages) as (place,):
                costs[messages] = self.compare(place, ways)
                if messages == self.sizes.cost[-1]:
                    self.count(place, costs[messages])
        self.show(f"huge: {messages:,} messages, from a server that makes them", costs[messages])
        self.show_costs(costs)
        self.sum_up(f"{messages:,} messages, a server without work", costs[messages])
        few, last = self.sizes.cost[-3], self.sizes.cost[-1]
        for name in ("ours -c", rows.group.name):
            each = [costs[n][name].seconds / n for n in (few, last)]
            self.reach("huge", f"{name}: time a message, {last:,} by {few:,}", "90% to 110%",
                       f"{each[1] / each[0]:.0%}", 0.9 <= each[1] / each[0] <= 1.1)
        memory = [costs[n]["ours -c"].mib for n in self.sizes.cost]
        self.reach("huge", f"MiB at {', '.join(f'{n:,}' for n in self.sizes.cost)}", "flat, at most 12",
                   ", ".join(f"{mib:.1f}" for mib in memory),
                   max(memory) <= 12 and max(memory) <= 1.1 * min(memory))

    def show_costs(self, costs):
        """The table that cost_svg.py draws."""
        names = list(next(iter(costs.values())))
        for what, form in (("seconds", "{:.3f}"), ("MiB", "{:.1f}")):
            self.say()
            self.say(f"cost against size: {what}")
            self.say("  " + f"{'messages':>10}" + "".join(f"  {name:>24}" for name in names))
            for messages, results in costs.items():
                values = [result.seconds if what == "seconds" else result.mib
                          for result in results.values()]
                self.say(f"  {messages:>10,}" + "".join(f"  {form.format(value):>24}" for value in values))

    def servers(self):
        messages, rows = self.sizes.servers, self.rows
        with self.many(messages, SERVERS) as places:
            ways = [rows.several(rows.floor, "floor", places), rows.several_ours(places),
                    rows.several(rows.csv, "ours -c, one by one", places),
                    rows.several(rows.bulk, "imaplib, one by one", places)]
            results = self.compare(places[0]._replace(messages=messages * SERVERS), ways)
        self.show(f"four servers: {messages:,} messages of each; the floor reads them at once", results)
        self.sum_up(f"four of these: {messages * SERVERS:,} messages", results, bulk="imaplib, one by one")

    def start(self):
        """What every run takes before it does anything."""
        results = {}
        for name, command in (("ours --version", [self.rows.program, "--version"]),
                              ("python3, with its modules", [sys.executable, "-c", "import imaplib, email, csv"])):
            results[name] = Result(Row(name, None), 1)
            results[name].runs = [timed(command) for _ in range(self.runs * 3)]
        self.say()
        self.say("start: seconds, CPU s, MiB")
        for name, result in results.items():
            self.say(f"  {name:26}  {result.seconds:.4f}  {result.median('cpu'):.4f}  {result.mib:.1f}")
        self.reach_at_most("start", "MiB of --version", 7.5, results["ours --version"].mib, "{:.1f}")

    def count_instructions(self):
        """Of a message: what more of them take, so that the start does not count."""
        if not shutil.which("valgrind"):
            self.say("\n(valgrind is missing: no instructions)")
            return
        sizes = (self.sizes.small, self.sizes.large)
        rows = self.rows
        ways = [rows.floor, *rows.ours(), *rows.others()]
        if self.sizes is QUICK:
            ways = [rows.floor, rows.csv, rows.bulk]
        with self.dovecot({f"whole-{n}": Box(n, 1) for n in sizes}) as server:
            for row in ways:
                found = []
                for n in sizes:
                    place = server.place(f"whole-{n}")
                    found.append(instructions(
                        row.command(place, place.tls, place.ca_file, self.output())))
                self.instructions[row.name] = (found[1] - found[0]) / (sizes[1] - sizes[0])
        self.reach_at_most("whole", "instructions of -c for a message", 110_000,
                           self.instructions["ours -c"], "{:,.0f}")

    def files(self):
        bench_files.run(self.say, 20 if self.sizes is QUICK else 1000, self.runs)

    def maillog(self):
        bench_maillog.run(self.say, 20_000 if self.sizes is QUICK else 1_000_000, self.runs)

    def engine(self):
        """The parts of the program that work most, alone."""
        for words in (["bench_evidence"], ["bench_group", "100000", "1000"], ["bench_report", "2"]):
            # Below a shell: the most memory of a process is at first that of the one that it was.
            program = find(words[0].upper(), f"tests/bench/{words[0]}")
            done = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", program, *words[1:]],
                                  stdout=subprocess.PIPE, text=True, check=True)
            self.say("\n" + words[0] + "\n  " + done.stdout.rstrip().replace("\n", "\n  "))

    def store(self):
        """What each engine of the history costs, alone."""
        sizes = self.store_rows or ((20_000,) if self.sizes is QUICK else (1_000_000, 10_000_000))
        for rows, got in bench_store.run(self.say, sizes).items():
            of = f"SQLite, {rows:,} rows"
            self.reach_at_least("history", f"{of}: put per CPU second", 150_000,
                                got["put, rows per CPU second"], "{:,.0f}")
            self.reach_at_most("history", f"{of}: MiB of memory, of the program", 16,
                               got["MiB of memory, of the program"], "{:.1f}")
            if rows > 1_000_000:    # a day and a month have so many more rows
                continue
            for what, wanted in (("who sent, one day, CPU ms", 10), ("who sent, 30 days, CPU ms", 150)):
                self.reach_at_most("history", f"{of}: {what}", wanted, got[what], "{:.1f}")

    def logsearch(self):
        bench_control.run(self.say, 20_000 if self.sizes is QUICK else 1_000_000, self.runs)

    # The whole.

    def describe(self):
        self.say(f"Cost of reading a quarantine, {datetime.date.today()}, median of {self.runs} runs")
        self.say()
        for name, value in machine().items():
            self.say(f"  {name:18} {value}")
        self.say(f"  {'header section':18} {len(header_section()):,} bytes")
        if self.sizes is QUICK:
            self.say()
            self.say("  Small numbers, to see that it works: what starts and ends a run has the largest part.")

    def show_summary(self):
        if not self.summary:
            return
        self.say("\nsummary of ours -c: its rate as a part of the floor's, and as so many times imaplib's")
        self.say(f"  {'':42}{'time':>8}{'memory':>8}{'floor':>7}{'imaplib':>9}")
        for what, seconds, mib, of_floor, times in self.summary:
            self.say(f"  {what:42}{seconds:>8}{mib:>8}{of_floor:>7}{times:>9}")

    def show_reach(self):
        if self.rows.item:
            self.say(f"\nasked for, and fetched by the floor: {self.rows.item}")
        if not self.reached:
            return
        self.say()
        self.say("reach")
        for scenario, what, wanted, got, whether in self.reached:
            self.say(f"  {'yes' if whether else 'no':4} {scenario:12} {what:59}  {wanted:24}  {got}")

    def run(self, sections):
        with tempfile.TemporaryDirectory(prefix="qr-bench-") as self.work:
            os.chmod(self.work, 0o711)
            self.cache = self.cache or f"{self.work}/folders"
            self.describe()
            if {"day", "whole"} & set(sections):
                self.count_instructions()
            for name in sections:
                SECTIONS[name](self)
        self.show_summary()
        self.show_reach()


# What there is; those of the table first.
TABLE = ("start", "day", "whole", "far", "huge", "servers")
SECTIONS = {name: getattr(Bench, name)
            for name in (*TABLE, "history", "store", "files", "maillog", "logsearch", "engine")}


def header_section():
    return TEMPLATE.read_bytes().partition(b"\n\n")[0].replace(b"\n", b"\r\n") + b"\r\n\r\n"


def machine():
    cpu = next((line.partition(":")[2].strip() for line in
                pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    load = os.getloadavg()[0]
    package = ("dpkg-query", "-W", "-f", "${Version}")
    return {"machine": f"{cpu}, {os.cpu_count()} processors, {memory:.0f} GiB, load {load:.1f} at the beginning",
            "system": f"Linux {platform.release()}, {first_line('lsb_release', '-ds') or debian()}",
            "program": first_line(find("QR", "quarantine-report"), "--version"),
            "Dovecot": first_line("dovecot", "--version") or first_line("/usr/sbin/dovecot", "--version"),
            "OpenSSL": first_line("openssl", "version"),
            "libetpan": first_line(*package, "libetpan-dev"),
            "python3": platform.python_version(),
            "Mail::IMAPClient": perl_version() or "missing: libmail-imapclient-perl"}


def debian():
    return "Debian " + pathlib.Path("/etc/debian_version").read_text().strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small numbers: whether it works at all")
    parser.add_argument("--runs", type=int, help="of each row (5; 3 with --quick)")
    parser.add_argument("--cache", metavar="DIRECTORY",
                        help="keep the folders here, for the next time (about 1.5 GB)")
    parser.add_argument("--results", metavar="FILE", default="/dev/null", help="write the tables here, too")
    parser.add_argument("--store-rows", metavar="N", type=int, nargs="+", default=(),
                        help="of store: these sizes in place of a million and ten millions")
    parser.add_argument("section", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    unknown = set(options.section) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    with open(options.results, "w", encoding="utf-8") as out:
        bench = Bench(QUICK if options.quick else FULL, options.runs or (3 if options.quick else 5),
                      options.cache, out)
        bench.store_rows = tuple(options.store_rows)
        bench.run(options.section or TABLE)


if __name__ == "__main__":
    main()
