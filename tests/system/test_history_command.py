"""The command history: what it shows of what was kept, and what it takes out."""

import collections
import csv
import datetime
import gzip
import io
import itertools
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from control_case import Terminal  # noqa: E402
from killing import KILLED, NO_TRACE, kill_at, quick_place  # noqa: E402

OK, USAGE, DATA, CREATE, TEMPORARY = 0, 64, 65, 73, 75

FIRST_DAY = datetime.date(2026, 2, 1)
DAYS = 10
DAY = 86400

# Turned around, hidden, two lines, a sequence of a terminal, and letters that are none of these.
HOSTILE = "=cmd\u202e\u200b\u2028\u009b2Jcaf\u00e9|x"

FEW_POINTS = 20       # fewer are a sign that calls are not seen

# Who sends on which day (from FIRST_DAY on) how many messages, to whom.
SENT = [("sales@shop.example", range(0, 10), 3, "ann@example.net"),
        ("news@club.example", range(4, 6), 5, "bob@example.net, ann.b@example.net"),
        ("web@new.example", range(9, 10), 7, "carol@example.net")]


def log_lines():
    """A log of Exim, a message each minute of a day."""
    number = 0
    for day in range(DAYS):
        minute = 0
        for identity, days, count, recipients in SENT:
            for _ in range(count if day in days else 0):
                number += 1
                minute += 1
                when = f"{FIRST_DAY + datetime.timedelta(days=day)} 08:{minute:02}:03"
                name = f"1vpi{chr(97 + day)}A-{number:06}-2N"
                to = recipients.replace(",", "")
                yield (f"{when} {name} <= {identity} H=(mail) [198.51.100.{number % 4}]:40000 "
                       f"P=esmtpsa A=dovecot_login:{identity} S=2301 id={number}@x.example "
                       f"T=\"Parcel {number % 3}\" for {to}")
                yield f"{when} {name} Completed"


class HistoryCase(runner.SystemTest):

    def setUp(self):
        super().setUp()
        self.file = self.directory / "history.sqlite"
        self.history = f"--history={self.file}"

    def fill(self):
        log = self.directory / "mainlog"
        log.write_text("".join(line + "\n" for line in log_lines()))
        result = self.run_program([self.history, "--log-host=mail.example.com", str(log)])
        self.assert_status(result, OK)

    def command(self, *arguments, status=OK, **how):
        result = self.run_program(["history", *arguments, self.history], **how)
        self.assert_status(result, status)
        return result

    def csv_of(self, *arguments):
        text = self.command(*arguments, "--csv=-").stdout.decode()
        return list(csv.DictReader(io.StringIO(text)))

    def sql(self, text, *values):
        with sqlite3.connect(self.file) as base:
            return base.execute(text, values).fetchall()

    def put_cover(self, day, since, until, **values):
        columns = {row[1]: 0 for row in self.sql("PRAGMA table_info(coverage)")}
        columns |= {"place": 1, "day": day, "epoch": 7, "since": since, "until": until,
                    **values}
        self.sql(f"INSERT INTO coverage ({','.join(columns)}) "
                 f"VALUES ({','.join('?' * len(columns))})", *columns.values())

    def bytes_of_files(self):
        return b"".join(path.read_bytes() for path in self.directory.glob("history.sqlite*"))


class Usage(HistoryCase):

    def test_parts(self):
        for arguments, said in [
                ([], b"history does one of: show, status, prune"),
                (["shw"], b"did you mean 'show'?"),
                (["show", "a", "b"], b"'b' is an operand too many: history show [IDENTITY]"),
                (["prune"], b"--keep=DAYS is missing"),
                (["prune", "--keep=0"], b"--keep"),
                (["prune", "--keep=3", "--today"], b"--today does not go with history prune"),
                (["prune", "--keep=3", "--identity=x"],
                 b"--identity does not go with history prune"),
                (["prune", "--keep=3", "--recipient=x"], b"--recipient does not go with"),
                (["erase", "--identity=x", "--unattended", "--since=1d"], b"--since does not go"),
                (["erase", "--identity=x", "--unattended", "--keep=3"], b"--keep does not go with"),
                (["export", "--identity=x"], b"--identity does not go with history export"),
                (["export", "--top=1"], b"--top does not go with history export"),
                (["show", "--identity=x"],
                 b"--identity does not go with history show: it is history show [IDENTITY]"),
                (["show", "--keep=3"], b"--keep does not go with history show"),
                (["status", "--until=2026-02-03"], b"--until does not go with history status"),
                (["import", "--date=today", "x"], b"--date does not go with history import"),
                (["sql", "--recipient=x"], b"--recipient does not go with history sql"),
                (["erase"], b"whom to erase is missing"),
                (["erase", "--identity=", "--unattended"], b"--identity= needs a value"),
                (["erase", "--recipient=" + "x" * 2000, "--unattended"],
                 b"a value that no message can have"),
                (["erase", "--identity=x"], b"no terminal to ask on"),
                (["show", "--history=https://x.example/y"], b"a history is a file"),
        ]:
            with self.subTest(arguments=arguments):
                self.fill()
                result = self.run_program(["history", self.history, *arguments])
                self.assert_status(result, USAGE)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stdout, b"")

    def test_of_reports_in_a_file(self):
        """What a configuration says of the time of reports is not meant."""
        config = self.directory / "config"
        config.write_text("today = yes\ntop = 3\n")
        config.chmod(0o600)
        for arguments in (["prune", "--keep=36000"], ["status"],
                          ["erase", "--identity=nobody@example.org", "--unattended"],
                          ["export"], ["sql"]):
            with self.subTest(arguments=arguments):
                self.fill()
                self.assert_status(self.run_program(
                    ["history", self.history, f"--config={config}", *arguments]), OK)

    def test_none_is_made(self):
        for arguments in (["show"], ["status"], ["prune", "--keep=3"],
                          ["erase", "--identity=x", "--unattended"]):
            result = self.command(*arguments, status=CREATE)
            self.assertIn(b"history.sqlite' (a report with --history makes one): No such file",
                          result.stderr)
            self.assertFalse(self.file.exists())

    def test_usual_place(self):
        state = self.directory / "state"
        log = self.directory / "mainlog"
        log.write_text("".join(line + "\n" for line in log_lines()))
        self.assert_status(self.run_program(["--history", f"--state-dir={state}", str(log)]), OK)
        result = self.run_program(["history", "status", f"--state-dir={state}"])
        self.assert_status(result, OK)
        self.assertIn(str(state / "history.sqlite").encode(), result.stdout)

    def test_help(self):
        text = self.run_program(["history", "--help"]).stdout.decode()
        for word in ("--keep=DAYS", "--identity=IDENTITY", "--recipient=", "--unattended",
                     "--history[=STORE]", "--since=WHEN", "--csv[=FILE]", "--tsv[=FILE]",
                     "--json[=FILE]", "--top=N", "--timezone=ZONE", "--state-dir=DIR"):
            self.assertIn(word, text)
        self.assertNotIn("--imaphost", text)
        self.assertNotIn("--max-changes", text)


class Show(HistoryCase):

    def setUp(self):
        super().setUp()
        self.fill()

    def test_identities(self):
        rows = self.csv_of("show")
        self.assertEqual([(row["Identity"], row["Messages"], row["Days"]) for row in rows],
                         [("sales@shop.example", "30", "10"), ("news@club.example", "10", "2"),
                          ("web@new.example", "7", "1")])
        self.assertEqual(rows[0]["First seen"], "2026-02-01T08:01:03+00:00")
        self.assertEqual(rows[1]["Recipients"], "20")

    def test_period(self):
        rows = self.csv_of("show", "--date=2026-02-05")
        self.assertEqual([(row["Identity"], row["Messages"]) for row in rows],
                         [("news@club.example", "5"), ("sales@shop.example", "3")])
        rows = self.csv_of("show", "--since=2026-02-05T09:00", "--until=2026-02-06")
        self.assertEqual(rows, [])

    def test_the_zone_of_the_period(self):
        """In Auckland 08:01 of UTC is 21:01."""
        rows = self.csv_of("show", "--date=2026-02-10", "--timezone=Pacific/Auckland")
        self.assertEqual(rows[0]["First seen"], "2026-02-10T21:04:03+13:00")

    def test_top(self):
        result = self.command("show", "--top=1")
        self.assertIn(b"sales@shop.example", result.stdout)
        self.assertNotIn(b"news@club.example", result.stdout)
        self.assertIn(b"and 2 more (--top)", result.stdout)

    def test_one_identity(self):
        rows = self.csv_of("show", "news@club.example")
        self.assertEqual([(row["Day (UTC)"], row["Messages"], row["Recipients"], row["Subjects"])
                          for row in rows],
                         [("2026-02-05", "5", "10", "3"), ("2026-02-06", "5", "10", "3")])
        result = self.command("show", "news@club.example")
        self.assertIn(b"\n10 messages on 2 days, first ever 2026-02-05T08:04:03+00:00\n",
                      result.stdout)
        self.assertEqual(result.stderr, b"")

    def test_forms(self):
        lines = [json.loads(line) for line in
                 self.command("show", "web@new.example", "--json=-").stdout.splitlines()]
        self.assertEqual(lines, [{
            "day": "2026-02-10", "messages": 7, "recipients": 7, "bounces": 0, "source_ips": 4,
            "php_scripts": 0, "subjects": 3, "first_seen": "2026-02-10T08:04:03+00:00",
            "last_seen": "2026-02-10T08:10:03+00:00"}])
        tsv = self.command("show", "--tsv=-").stdout.decode()
        self.assertEqual(tsv.splitlines()[0].split("\t"),
                         ["Identity", "Messages", "Recipients", "Source IPs", "Days",
                          "First seen", "Last seen"])
        self.assertEqual(tsv.splitlines()[1].split("\t")[:2], ["sales@shop.example", "30"])
        result = self.command("show", "--csv=who.csv", files=["who.csv"])
        self.assertEqual(result.stdout, b"")
        self.assertIn(b"web@new.example", result.files["who.csv"])

    def test_nobody(self):
        """Nothing of somebody means nothing when days are missing: it says so."""
        result = self.command("show", "ALES@shop.example")
        self.assertIn(b"no message of 'ALES@shop.example' here (history status", result.stderr)
        self.assertIn(b"it has sales@shop.example", result.stderr)

    def test_nobody_but_a_long_name(self):
        """Of a text that a spammer may have made as long as he likes the beginning will do."""
        self.sql("UPDATE text SET v=? WHERE v='web@new.example'", "evil\n\u202e" + "x" * 1000)
        result = self.command("show", "EVIL")
        self.assertRegex(result.stderr.decode(),
                         r"; it has evil<U\+000A><U\+202E>x{40,60}\u2026\n\Z")

    def test_letters_of_another_case(self):
        """As groups have it, and in whatever way it was written when it came."""
        self.assertEqual(self.csv_of("show", "SALES@Shop.Example"),
                         self.csv_of("show", "sales@shop.example"))

    def test_json_on_a_terminal(self):
        """What turns text around or hides it is written as JSON names it: the same value."""
        self.sql("UPDATE text SET v=? WHERE v='web@new.example'", HOSTILE)
        for arguments in (["show", "--json=-"], ["export"],
                          ["export", "--json=-"], ["export", "--json=/dev/stdout"]):
            with self.subTest(arguments=arguments):
                plain = self.command(*arguments).stdout.decode()
                self.assertIn("\u202e", plain, "a pipe gets it as it is")
                terminal = Terminal(["history", *arguments, self.history], self.directory)
                self.assertEqual(terminal.end(), OK)
                self.assertEqual([json.loads(line) for line in terminal.text.splitlines()],
                                 [json.loads(line) for line in plain.split("\n")[:-1]])
                self.assertIn("\\u202e", terminal.text)
                for character in "\u202e\u200b\u009b\u2028":
                    self.assertNotIn(character, terminal.text)
                self.assertIn("\u00e9", terminal.text)

    def test_rows_on_a_terminal(self):
        """CSV and TSV have no way to write a character otherwise: it is named."""
        self.sql("UPDATE text SET v=? WHERE v='web@new.example'", HOSTILE)
        for output in ("--csv=-", "--tsv=-"):
            with self.subTest(output=output):
                plain = self.command("show", output).stdout.decode()
                self.assertIn("\u202e", plain, "a pipe gets it as it is")
                terminal = Terminal(["history", "show", output, self.history], self.directory)
                self.assertEqual(terminal.end(), OK)
                self.assertIn("<U+202E>", terminal.text)
                self.assert_printable(terminal.text.replace("\r", "").encode())
                self.assertEqual(terminal.text.count("\n"), plain.count("\n"))

    def test_hostile_text(self):
        self.sql("UPDATE text SET v=? WHERE v='web@new.example'", "=cmd\x1b[2J\u202e|x")
        result = self.command("show")
        self.assert_printable(result.stdout)
        rows = self.csv_of("show")
        self.assertTrue(rows[2]["Identity"].startswith("'=cmd"), rows[2])

    def test_damaged(self):
        self.sql("UPDATE message SET rcpts=-1")
        result = self.command("show", status=DATA)
        self.assertEqual(result.stdout, b"")


class Status(HistoryCase):

    def test_of_a_log(self):
        self.fill()
        rows = self.csv_of("status")
        self.assertEqual([(row["Host"], row["Source"], row["Messages"], row["Epochs"],
                           row["Days"], row["Known (UTC)"]) for row in rows],
                         [("mail.example.com", "log", "47", "0", "0", "")])
        result = self.command("status")
        self.assertIn(f"History:  {self.file}\n".encode(), result.stdout)
        self.assertRegex(result.stdout.decode(), r"Engine:   SQLite 3\.\d+\.\d+, form \d+, ")
        self.assertIn(b"Messages: 47, from 2026-02-01 to 2026-02-10 (UTC)\n", result.stdout)

    def test_stretches_and_gaps(self):
        self.fill()
        first = (FIRST_DAY - datetime.date(1970, 1, 1)).days
        for day in (0, 1, 2, 4, 6, 8, 10):
            self.put_cover(first + day, (first + day) * DAY, (first + day + 1) * DAY)
        self.put_cover(first + 12, (first + 12) * DAY + 3600, (first + 13) * DAY)
        self.put_cover(first + 13, (first + 13) * DAY, (first + 13) * DAY + 1800)
        self.put_cover(first + 14, (first + 14) * DAY, (first + 14) * DAY)    # it has not begun
        (row,) = self.csv_of("status")
        self.assertEqual(row["Days"], "7")
        self.assertEqual(row["Known (UTC)"],
                         "1 earlier one, 2026-02-05, 2026-02-07, 2026-02-09, 2026-02-11, "
                         "2026-02-13T01:00:00Z..2026-02-14T00:30:00Z")


class StatusForms(HistoryCase):
    """The status as text and as JSON, which say the same."""

    ENGINE = r"SQLite 3\.\d+\.\d+"
    WAITS = False               # what a server has not taken waits in files

    def setUp(self):
        super().setUp()
        self.fill()

    def lines(self, *options):
        lines = self.command("status", "--json=-", *options).stdout.decode().splitlines()
        return [json.loads(line) for line in lines]

    def test_json(self):
        history, place, run = self.lines()
        self.assertEqual([(line["schema"], line["kind"]) for line in (history, place, run)],
                         [(1, "history"), (1, "place"), (1, "run")])
        self.assertEqual(history["history"], self.history.partition("=")[2])
        self.assertRegex(history["engine"], rf"\A{self.ENGINE}")
        self.assertGreater(history["form"], 0)
        self.assertRegex(history["program"], r"\Aquarantine-report \d")
        self.assertGreater(history["bytes"], 1000)
        self.assertEqual({key: history[key] for key in (
            "messages", "oldest_day", "newest_day", "waiting_batches", "waiting_bytes", "without",
            "hashed", "has_hidden")}, {
                "messages": 47, "oldest_day": "2026-02-01", "newest_day": "2026-02-10",
                "waiting_batches": 0, "waiting_bytes": 0, "without": [], "hashed": [],
                "has_hidden": False})
        self.assertEqual(history["waiting_files"] is not None, self.WAITS)
        self.assertEqual({key: place[key] for key in place if key not in ("schema", "kind")}, {
            "host": "mail.example.com", "folder": "", "source": "log", "messages": 47,
            "first_seen": "2026-02-01T08:01:03+00:00", "last_seen": "2026-02-10T08:10:03+00:00",
            "epochs": 0, "days": 0, "known": []})
        self.assertEqual((run["messages"], run["status"], run["program"]),
                         (47, OK, history["program"]))
        began, ended = (datetime.datetime.fromisoformat(run[key]) for key in ("began", "ended"))
        self.assertLessEqual(began, ended)
        self.assertIn("log-host = mail.example.com", run["options"])
        first = self.lines("--timezone=Asia/Kolkata")[1]["first_seen"]
        self.assertEqual(first, "2026-02-01T13:31:03+05:30")

    def test_text(self):
        said = self.command("status").stdout.decode()
        self.assertIn("Messages: 47, from 2026-02-01 to 2026-02-10 (UTC)\n\n", said)
        self.assertNotIn("Privacy", said)
        self.assertNotIn("Waiting", said)
        self.assertRegex(said, r"\n\S+  47 messages, status 0: log-host")

    def test_what_is_hidden(self):
        """What runs with these options keep, and what is there already."""
        state = f"--state-dir={self.directory}/state"
        options = ["--history-without=Subject,Return-Path", "--history-hash=To", state]
        said = self.command("status", *options).stdout.decode()
        self.assertIn("\nPrivacy:  without Subject, Return-Path; as hashes To\n", said)
        (history, *_) = self.lines(*options)
        self.assertEqual((history["without"], history["hashed"], history["has_hidden"]),
                         (["subject", "return_path"], ["to"], False))
        self.assert_status(self.run_program([self.history, *options, "--log-host=b.example.com",
                                             str(self.directory / "mainlog")]), OK)
        self.assertTrue(self.lines(*options)[0]["has_hidden"])
        self.assertTrue(self.lines()[0]["has_hidden"])
        self.assertIn("; as hashes To; some messages are there like that\n",
                      self.command("status", *options).stdout.decode())
        self.assertIn("\nPrivacy:  some messages lack values, or have hashes\n",
                      self.command("status").stdout.decode())

    def test_nothing(self):
        """Of a history that has never got a message."""
        self.forget()
        self.command("import", "/dev/null")
        said = self.command("status").stdout.decode()
        self.assertIn("\nMessages: 0\n\nNothing has been kept yet: a report with --history does "
                      "that.\n\nRuns, the last one first:\n", said)
        history, run = self.lines()
        self.assertEqual((history["messages"], history["oldest_day"], history["newest_day"],
                          run["messages"]), (0, None, None, 0))
        said = self.command("show").stdout.decode()
        self.assertIn("\nThe history has no messages: history status shows which days it has.\n",
                      said)
        self.assertIn("no messages of this time: ",
                      self.command("show", "--date=2001-01-01").stdout.decode())
        for form in ("--csv=-", "--json=-"):
            self.assertNotIn(b"no messages", self.command("show", form).stdout)

    def forget(self):
        self.file.unlink()


class StatusOfAFile(HistoryCase):

    put_cover = Status.put_cover

    def test_all_that_is_known(self):
        """A program gets each stretch of time, in the zone of the report."""
        self.fill()
        first = (FIRST_DAY - datetime.date(1970, 1, 1)).days
        for day in range(0, 40, 2):
            self.put_cover(first + day, (first + day) * DAY, (first + day + 1) * DAY)
        self.put_cover(first + 39, (first + 39) * DAY, (first + 39) * DAY + 1800)
        lines = self.command("status", "--json=-").stdout.splitlines()
        place = json.loads(lines[1])
        self.assertEqual((place["days"], len(place["known"])), (20, 20))
        self.assertEqual(place["known"][0], {"since": "2026-02-01T00:00:00+00:00",
                                             "until": "2026-02-02T00:00:00+00:00"})
        self.assertEqual(place["known"][-1], {"since": "2026-03-11T00:00:00+00:00",
                                              "until": "2026-03-12T00:30:00+00:00"})

    def test_runs(self):
        """The latest, and of one that was killed nothing of its end."""
        self.fill()
        self.sql("UPDATE run SET ended=0, rows=0")
        self.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<150) "
                 "INSERT INTO run SELECT i, i, i+1, 'p', 'number='||i, i, 0 FROM n")
        runs = [json.loads(line) for line in self.command("status", "--json=-").stdout.splitlines()]
        runs = [line for line in runs if line["kind"] == "run"]
        self.assertEqual((runs[0]["ended"], runs[0]["messages"], runs[0]["status"]),
                         (None, None, None))
        self.assertEqual([line["messages"] for line in runs[1:]], list(range(150, 51, -1)))
        self.assertEqual(self.command("status").stdout.count(b", status 0, by p: number="), 4)

    def test_hostile_text(self):
        """Of the history's own texts, and its name."""
        self.fill()
        self.sql("UPDATE run SET options=?, program=?", HOSTILE + "\n\x1b[2J", HOSTILE)
        self.sql("UPDATE place SET host=?", HOSTILE)
        self.assert_printable(self.command("status").stdout)
        _, place, run = map(json.loads,
                            self.command("status", "--json=-").stdout.decode().split("\n")[:-1])
        self.assertEqual((place["host"], run["program"]), (HOSTILE, HOSTILE))
        terminal = Terminal(["history", "status", "--json=-", self.history], self.directory)
        self.assertEqual(terminal.end(), OK)
        self.assertNotIn("\u202e", terminal.text)
        self.assertEqual(json.loads(terminal.text.split("\n")[2])["program"], HOSTILE)
        strange = os.fsencode(self.directory) + b"/\xff\xe2\x80\xae.sqlite"
        os.rename(self.file, strange)
        result = self.run_program(["history", "status", "--json=-",
                                   os.fsdecode(b"--history=" + strange)])
        self.assert_status(result, OK)
        self.assertIn("/\ufffd\u202e.sqlite", json.loads(result.stdout.splitlines()[0])["history"])


class Runs(HistoryCase):
    """What the history is told of the runs."""

    def runs(self):
        return self.sql("SELECT ended >= began, program, options, rows, status FROM run "
                        "ORDER BY id")

    def test_a_run(self):
        self.fill()
        (run,) = self.runs()
        self.assertEqual((run[0], run[3], run[4]), (1, 47, OK))
        self.assertRegex(run[1], r"\Aquarantine-report \d")
        self.assertEqual(run[2], f"log-host = mail.example.com; history = {self.file}")
        said = self.command("status").stdout.decode()
        self.assertRegex(said, r"\n\nRuns, the last one first:\n\S+  47 messages, status 0: log-host")

    def test_what_it_changes(self):
        self.fill()
        self.command("prune", "--keep=1")
        self.fill()
        self.command("erase", "--identity=web@new.example", "--unattended")
        export = self.directory / "e.jsonl"
        export.write_bytes(self.command("export").stdout)
        for _ in range(2):
            self.assert_status(self.run_program(["history", "import", self.history, str(export)]),
                               OK)
        runs = self.runs()
        self.assertGreaterEqual(len(runs), 4)
        self.assertTrue(all(run[0] and run[4] == OK for run in runs), runs)
        self.assertIn(47, [run[3] for run in runs if run[2].startswith("history prune; ")
                           and run[2].endswith("; keep = 1")])
        self.assertIn((7, True), [(run[3], "identity;" in run[2]) for run in runs
                                  if run[2].startswith("history erase; ")])
        self.assertNotIn(b"web@new.example", self.bytes_of_files(), "not by that either")

    def test_who_only_looks(self):
        self.fill()
        before = self.runs()
        self.command("show")
        self.command("status")
        self.command("export")
        self.run_program([self.history, "--offline", "--since=2026-02-01", "--until=2026-02-11"])
        self.assertEqual(self.runs(), before)

    def test_a_failure(self):
        self.fill()
        bad = self.directory / "bad"
        bad.write_bytes(b"\x00" * 1000)
        self.assert_status(self.run_program(["history", "import", self.history, str(bad)]), DATA)
        self.assertEqual(self.runs()[-1][3:], (0, DATA))

    def test_no_empty_option(self):
        """Also when the configuration names the history, and the line nothing at all."""
        config = self.directory / "quarantine-report" / "config"
        config.parent.mkdir()
        config.write_text(f"history = {self.file}\n")
        self.fill()
        for arguments, options in [
                (["history", "prune", "--keep=9999", self.history],
                 f"history prune; history = {self.file}; keep = 9999"),
                (["history", "erase", "--unattended", "--identity=nobody@example.com"],
                 "history erase; identity; unattended = yes"),
                (["--log-host=a.example", str(self.directory / "mainlog")],
                 "log-host = a.example"),
                ([str(self.directory / "mainlog")], ""),
                (["history", "import", "/dev/null"], "history import")]:
            result = self.run_program(
                arguments, environment={"XDG_CONFIG_HOME": str(self.directory)})
            self.assert_status(result, OK)
            self.assertEqual(self.runs()[-1][2], options)
        said = self.command("status").stdout.decode()
        self.assertRegex(said, r"first:\n(.*\n)?\S+  47 messages, status 0\n")
        self.assertNotIn("; ;", said)

    def test_killed(self):
        """It has not ended, as far as anybody knows."""
        self.fill()
        self.sql("UPDATE run SET ended=0")
        self.assertIn(b"  has not ended: log-host", self.command("status").stdout)


class StatusOfServers(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_of_mailboxes(self):
        history = f"--history={self.directory}/h"
        self.assert_status(self.report(history, "-i", "-o", "--since=2026-02-08",
                                       "--until=2026-02-12", "--timezone=UTC"), OK)
        text = self.run_program(["history", "status", history, "--csv=-"]).stdout.decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual([(row["Folder"], row["Epochs"], row["Days"], row["Known (UTC)"])
                          for row in rows],
                         [("Caught (Outgoing)", "1", "4", "2026-02-08..2026-02-11"),
                          ("Caught", "1", "4", "2026-02-08..2026-02-11")])
        self.assertIn(f"{runner.USER}@{self.quarantine.host}", rows[0]["Source"])


class Prune(HistoryCase):

    def keep(self):
        """Days that keep those from the sixth on, today included."""
        runner.keep_clear_of_midnight()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        return (today - FIRST_DAY).days + 1 - 5

    def test_days(self):
        self.fill()
        result = self.command("prune", f"--keep={self.keep()}")
        self.assertIn(b"20 messages of days before 2026-02-06 (UTC) are gone\n", result.stdout)
        self.assertEqual(self.sql("SELECT count(*), min(time) FROM message"),
                         [(27, int(datetime.datetime(2026, 2, 6, 8, 1, 3, 0,
                                                     datetime.timezone.utc).timestamp()))])
        result = self.command("prune", f"--keep={self.keep()}")
        self.assertIn(b"0 messages of", result.stdout)
        self.assertEqual(self.sql("PRAGMA integrity_check"), [("ok",)])

    def test_it_shrinks(self):
        self.fill()
        self.sql("UPDATE message SET extra=?", json.dumps({"x": "y" * 20000}))
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        before = self.file.stat().st_size
        result = self.command("prune", f"--keep={self.keep() - 4}")
        self.assertIn(b"the history has shrunk from ", result.stdout)
        self.assertLess(self.file.stat().st_size, before / 2)

    def test_runs(self):
        """What is noted of runs goes with what they have kept."""
        self.fill()
        self.sql("UPDATE run SET began=began-3*86400")
        self.command("prune", "--keep=5")
        self.assertEqual(len(self.sql("SELECT began FROM run")), 2)
        self.command("prune", "--keep=3")
        self.assertEqual(len(self.sql("SELECT began FROM run")), 2)

    def test_quiet_for_a_timer(self):
        self.fill()
        result = self.command("prune", f"--keep={self.keep()}", "--quiet")
        self.assertEqual((result.stdout, result.stderr), (b"", b""))


class Erase(HistoryCase):

    def setUp(self):
        super().setUp()
        self.fill()

    def erase(self, *arguments, **how):
        return self.command("erase", "--unattended", *arguments, **how)

    def test_identity(self):
        result = self.erase("--identity=News@Club.example")
        self.assertIn(b"10 messages of the identity 'News@Club.example' are erased.\n"
                      b"The files of the history were searched: 'News@Club.example' is nowhere "
                      b"in them.\n", result.stdout)
        self.assertNotIn(b"news@club.example", self.bytes_of_files().lower())
        self.assertEqual(self.sql("SELECT count(*) FROM message"), [(37,)])
        again = self.erase("--identity=news@club.example")
        self.assertIn(b"0 messages of", again.stdout)

    def test_recipient(self):
        """Of a list, without regard to names; and nobody whose address is only like it."""
        result = self.erase("--recipient=ann@example.net")
        self.assertIn(b"30 messages of the recipient 'ann@example.net' are erased.", result.stdout)
        self.assertEqual(self.sql("SELECT count(*) FROM message"), [(17,)])
        result = self.erase("--recipient=b@example.net")
        self.assertIn(b"0 messages of", result.stdout)
        self.assertIn(b"is nowhere in them, but in 2 longer words of others", result.stdout)

    def test_recipient_in_other_words(self):
        """A sender writes it as it likes: in quotes, with a comment, with blanks."""
        for number, to in enumerate(['"ann"@example.net', "ann (x) @example.net",
                                     "Ann <ann@EXAMPLE.NET>, bob@example.net",
                                     "ann@example.net.example"]):
            (self.directory / f"{number}.eml").write_text(
                f"From: x@x.example\nTo: {to}\nSubject: {number}\nMessage-ID: <{number}@x.example>\n"
                "Date: Mon, 2 Feb 2026 10:00:00 +0000\n\nx\n")
        self.file.unlink()
        self.assert_status(self.run_program(
            [self.history, *map(str, sorted(self.directory.glob("*.eml")))]), OK)
        result = self.erase("--recipient=Ann Smith <Ann@example.net>")
        self.assertIn(b"3 messages of the recipient 'Ann@example.net' are erased.", result.stdout)
        self.assertEqual(self.sql("SELECT rcpt FROM message"), [("ann@example.net.example",)])
        for nobody in ("a@example.net, b@example.net", "<>", '""'):
            self.assertIn(b"expected one address",
                          self.erase(f"--recipient={nobody}", status=USAGE).stderr)

    def test_what_others_have(self):
        """It is no proof that the rows are gone when others have it."""
        self.sql("UPDATE message SET mail_from=(SELECT id FROM text WHERE v='web@new.example') "
                 "WHERE identity=(SELECT id FROM text WHERE v='sales@shop.example')")
        result = self.erase("--identity=web@new.example", status=DATA)
        self.assertIn(b"'web@new.example' still stands in texts of other messages: 1 as sender",
                      result.stderr)
        self.assertIn(b"7 messages of", result.stdout)

    def test_a_login_of_a_windows_domain(self):
        """In JSON, which the other columns and exports are, it stands with two backslashes."""
        for number, (login, answer) in enumerate([("CORP\\ann", "x@x.example"),
                                                  ("CORP\\joann", "y@x.example"),
                                                  ("bob@x.example", "corp\\ANN"),
                                                  ("carl@x.example", "XCORP\\anna")]):
            (self.directory / f"{number}.eml").write_text(
                f"X-AuthUser: {login}\nReply-To: {answer}\nMessage-ID: <{number}@x.example>\n"
                "Date: Mon, 2 Feb 2026 10:00:00 +0000\n\nx\n")
        self.file.unlink()
        self.assert_status(self.run_program(
            [self.history, *map(str, sorted(self.directory.glob("*.eml")))]), OK)
        result = self.erase("--identity=CORP\\ann", status=DATA)
        self.assertIn(b"1 message of the identity 'CORP\\ann' is erased.", result.stdout)
        self.assertIn(b"'CORP\\ann' still stands in texts of other messages: 1 as other column",
                      result.stderr)
        self.erase("--identity=bob@x.example")
        result = self.erase("--identity=CORP\\ann")
        self.assertIn(b"is nowhere in them, but in 1 longer word of others", result.stdout)
        copy = self.directory / "history.sqlite.jsonl"
        copy.write_text('{"identity":"corp\\\\ann"}\n')
        result = self.erase("--identity=CORP\\ann", status=DATA)
        self.assertIn(b"still stands 1 time in files of the history, first in "
                      b"'history.sqlite.jsonl' at byte 13", result.stderr)

    def test_a_copy_beside_it(self):
        (self.directory / "history.sqlite.old").write_bytes(self.file.read_bytes())
        result = self.erase("--identity=web@new.example", status=DATA)
        self.assertRegex(result.stderr.decode(), r"'web@new\.example' still stands \d+ times? in "
                         r"files of the history, first in 'history\.sqlite\.old' at byte \d+")
        (self.directory / "history.sqlite.old").unlink()
        self.erase("--identity=web@new.example")

    def test_while_others_read(self):
        """What somebody is reading cannot go: the run says that it is not over."""
        base = sqlite3.connect(self.file)
        self.addCleanup(base.close)
        base.execute("BEGIN")
        base.execute("SELECT count(*) FROM message").fetchall()
        result = self.erase("--identity=web@new.example", status=TEMPORARY)
        self.assertIn(b"traces may be in the file until this is done again", result.stderr)
        base.rollback()
        self.erase("--identity=web@new.example")
        self.assertNotIn(b"web@new.example", self.bytes_of_files())

    def test_both(self):
        result = self.erase("--identity=web@new.example", "--recipient=bob@example.net")
        self.assertIn(b"7 messages of the identity", result.stdout)
        self.assertIn(b"10 messages of the recipient", result.stdout)
        self.assertNotIn(b"bob@example.net", self.bytes_of_files())

    def test_options_of_runs(self):
        """Options that somebody has given name people, too."""
        log = str(self.directory / "mainlog")
        self.run_program([self.history, "--mail-to=Bob@example.net", log])
        self.assertIn(b"Bob@example.net", self.command("status").stdout)
        self.erase("--recipient=bob@example.net")
        self.assertNotIn(b"bob@example.net", self.bytes_of_files().lower())
        self.assertIn(b": (erased)\n", self.command("status").stdout)

    def test_on_a_terminal(self):
        question = "Do you wish to erase them from the history? [y/N]"
        for answer, left in (("n", 47), ("y", 40)):
            terminal = Terminal(["history", "erase", "--identity=web@new.example", self.history],
                                self.directory)
            self.addCleanup(terminal.close)
            terminal.answer(question, answer)
            self.assertEqual(terminal.end(), OK, terminal.text)
            self.assertEqual(self.sql("SELECT count(*) FROM message"), [(left,)])

    def test_what_is_shown_afterwards(self):
        self.erase("--identity=web@new.example")
        self.assertEqual([row["Identity"] for row in self.csv_of("show")],
                         ["sales@shop.example", "news@club.example"])


class BadPlaces(HistoryCase):
    """What is in the way of the file, or of room for it."""

    def test_umask(self):
        """Whatever others may do with new files, they may not read these."""
        log = self.directory / "mainlog"
        log.write_text("".join(line + "\n" for line in log_lines()))
        result = self.run_program(
            [self.history, "--history-hash=To", "--log-host=mail.example.com", str(log)],
            wrapper=["sh", "-c", "umask 0; exec \"$@\"", "sh"])
        self.assert_status(result, OK)
        for path in self.directory.glob("history.sqlite*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path.name)

    def test_beside_it_while_it_is_open(self):
        self.fill()
        base = sqlite3.connect(self.file)
        self.addCleanup(base.close)
        base.execute("BEGIN")
        base.execute("SELECT count(*) FROM message").fetchall()
        self.fill()
        for path in self.directory.glob("history.sqlite*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path.name)

    def test_a_link_in_the_path(self):
        """Of a folder that nobody else may change a link is as good as the folder."""
        self.fill()
        (self.directory / "kept").mkdir(mode=0o700)
        self.file.rename(self.directory / "kept" / "history.sqlite")
        link = self.directory / "link"
        link.symlink_to(self.directory / "kept")
        result = self.run_program(["history", "status", f"--history={link}/history.sqlite"])
        self.assert_status(result, OK)
        shared = self.directory / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        (shared / "link").symlink_to(self.directory / "kept")
        result = self.run_program(["history", "status", f"--history={shared}/link/history.sqlite"])
        self.assertNotEqual(result.status, OK, "others may aim it elsewhere")

    def test_a_folder_or_a_pipe(self):
        self.file.mkdir()
        self.command("status", status=CREATE)
        self.file.rmdir()
        os.mkfifo(self.file)
        self.command("status", status=CREATE)

    def test_no_room_to_erase(self):
        """Rows may be gone, and traces are there: it says so, and goes on when there is room."""
        self.fill()
        self.sql("UPDATE message SET extra=?", json.dumps({"x-source": "y" * 20000}))
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        result = self.command("erase", "--identity=web@new.example", "--unattended", status=74,
                              wrapper=["prlimit", "--fsize=65536"])
        self.assertIn(b"the history", result.stderr)
        self.assertEqual(self.sql("PRAGMA integrity_check"), [("ok",)])
        self.sql("UPDATE message SET extra=''")
        self.command("erase", "--identity=web@new.example", "--unattended")
        self.assertNotIn(b"web@new.example", self.bytes_of_files())


class Sql(HistoryCase):
    """What the program prints for sqlite3(1) is what SQLite understands."""

    def statements(self):
        text = self.run_program(["history", "sql"]).stdout.decode()
        return [part.strip() for part in text.split(";\n") if part.strip()]

    def ask(self, base):
        """The answers by the first line of their comment."""
        answers = {}
        for statement in self.statements():
            cursor = base.execute(statement)
            if cursor.description:
                answers[statement.splitlines()[0].lstrip("- ")] = cursor.fetchall()
        return answers

    def test_examples(self):
        self.fill()
        base = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        self.addCleanup(base.close)
        answers = self.ask(base)
        self.assertEqual(len(answers), 6)
        self.assertEqual(answers["Who sent most on the last day that has messages."],
                         [("web@new.example", 7, 7, 4), ("sales@shop.example", 3, 3, 3)])
        self.assertEqual(
            answers["Who is new on that day: not seen in the 30 days before."],
            [("web@new.example", 7)])
        self.assertEqual(answers["Who comes back: on how many days, since when."],
                         [("sales@shop.example", 10, 30, "2026-02-01", "2026-02-10"),
                          ("news@club.example", 2, 10, "2026-02-05", "2026-02-06")])
        self.assertEqual(answers["Messages by day."][0], ("2026-02-10", 10, 2))
        self.assertEqual(len(answers["Messages by day."]), 10)
        columns = [row[0] for row in base.execute(
            "SELECT * FROM messages LIMIT 1").description]
        self.assertIn("subject", columns)

    def test_scripts_are_those_without_their_callers(self):
        """Who calls a script is not another script: in show, and in the examples of sql."""
        folder = self.directory / "mail"
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        scripts = [f"shop.example/x.php for 192.0.2.{i}, 198.51.100.7" for i in range(1, 8)]
        scripts += ["/srv/www/y.php REMOTE_ADDR: 192.0.2.9", "/srv/www/y.php REMOTE_ADDR: 2001:db8::1",
                    "shop.example/waiting for you.php for 2001:db8::2"]
        for number, script in enumerate(scripts):
            (folder / "cur" / f"1770710400.{number}.host:2,").write_text(
                f"Received: from web ([192.0.2.77]) by f.example; Tue, 10 Feb 2026 08:00:0{number} "
                f"+0000\nX-AuthUser: a@shop.example\nX-PHP-Script: {script}\n\n")
        self.assert_status(self.run_program([self.history, str(folder)]), OK)
        self.assertEqual(self.csv_of("show", "a@shop.example")[0]["PHP scripts"], "3")
        with sqlite3.connect(self.file) as base:
            answers = self.ask(base)
        self.assertEqual(answers["Which scripts sent most, and for how many identities."][:2],
                         [("shop.example/x.php", 7, 1), ("/srv/www/y.php", 2, 1)])

    def test_who_was_seen_is_not_new(self):
        """Nor is who was written in other letters; and a mailbox made anew is not twice as many."""
        self.fill()
        self.sql("INSERT INTO text (v) VALUES ('WEB@New.example'), ('shop.example/~Bob/x.php'), "
                 "('Shop.example/~bob/x.php'), ('shop.example/~bob/x.php')")
        (last,), = self.sql("SELECT max(day) FROM message")
        columns = [row[1] for row in self.sql("PRAGMA table_info(message)")]
        copies = itertools.count()

        def put(count, identity, day, **values):
            """Messages like the first one of the log."""
            for _ in range(count):
                values |= {"identity": f"(SELECT id FROM text WHERE v='{identity}')", "day": day,
                           "time": day * DAY + 7, "queue_id": f"'copy {next(copies)}'"}
                self.sql(f"INSERT INTO message ({', '.join(columns)}) SELECT "
                         + ", ".join(str(values.get(name, name)) for name in columns)
                         + " FROM message LIMIT 1")

        put(1, "WEB@New.example", last - 3)
        put(2, "shop.example/~Bob/x.php", last - 3)
        put(3, "Shop.example/~bob/x.php", last)
        put(1, "shop.example/~bob/x.php", last - 40)
        answers = self.ask(sqlite3.connect(self.file))
        self.assertEqual(answers["Who is new on that day: not seen in the 30 days before."],
                         [("Shop.example/~bob/x.php", 3)])
        back = {row[0]: row[1:3] for row in
                answers["Who comes back: on how many days, since when."]}
        self.assertEqual(back["WEB@New.example"], (2, 8))
        self.assertEqual(back["Shop.example/~bob/x.php"], (2, 4))
        self.assertNotIn("shop.example/~Bob/x.php", back)
        before = answers["Messages by day."][0]
        self.assertEqual(before, ("2026-02-10", 13, 3))
        self.put_cover(last, last * DAY, (last + 1) * DAY, epoch=9, ahead=(last + 1) * DAY)
        self.put_cover(last + 1, (last + 1) * DAY, (last + 1) * DAY)
        put(3, "Shop.example/~bob/x.php", last, epoch=9)
        with sqlite3.connect(self.file) as base:
            answers = self.ask(base)
            self.assertEqual(answers["Messages by day."][0], ("2026-02-10", 3, 1))
            self.assertEqual(base.execute("SELECT count(*) FROM messages WHERE day='2026-02-10'")
                             .fetchone(), (3,))
            self.assertEqual(answers["Days that are not known as a whole."], [])

    def test_a_day_is_not_a_table_scan(self):
        self.fill()
        base = sqlite3.connect(self.file)
        self.addCleanup(base.close)
        self.ask(base)
        plan = base.execute("EXPLAIN QUERY PLAN SELECT * FROM identity_days").fetchall()
        self.assertIn("COVERING INDEX message_day", str(plan))


# What the first version of the program has made.
FIRST_FORM = """
CREATE TABLE text (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO text VALUES (0, '');
CREATE TABLE place (id INTEGER PRIMARY KEY, source TEXT NOT NULL, host TEXT NOT NULL,
 name TEXT NOT NULL, UNIQUE (source, host, name)) STRICT;
CREATE TABLE message (
 place INTEGER NOT NULL, epoch INTEGER NOT NULL, uid INTEGER NOT NULL,
 queue_id TEXT NOT NULL, version INTEGER NOT NULL, day INTEGER NOT NULL,
 time INTEGER NOT NULL, bounce INTEGER NOT NULL, rcpts INTEGER NOT NULL,
 identity INTEGER NOT NULL, domain INTEGER NOT NULL, auth_user INTEGER NOT NULL,
 source_ip INTEGER NOT NULL, script INTEGER NOT NULL, class INTEGER NOT NULL,
 subject INTEGER NOT NULL, mail_from INTEGER NOT NULL, evidence INTEGER NOT NULL,
 rules INTEGER NOT NULL, rcpt TEXT NOT NULL, message_id TEXT NOT NULL,
 notes TEXT NOT NULL, extra TEXT NOT NULL,
 PRIMARY KEY (place, epoch, uid, queue_id)) STRICT, WITHOUT ROWID;
CREATE INDEX message_day ON message (day, identity, source_ip, time, rcpts);
CREATE TABLE coverage (
 place INTEGER NOT NULL, day INTEGER NOT NULL, epoch INTEGER NOT NULL,
 since INTEGER NOT NULL, until INTEGER NOT NULL,
 version INTEGER NOT NULL, PRIMARY KEY (place, day)) STRICT, WITHOUT ROWID;
PRAGMA application_id=0x51524831; PRAGMA user_version=1;
INSERT INTO text VALUES (1, 'web@new.example');
INSERT INTO place VALUES (1, 'u@h:993', 'imap.example.com', 'Caught');
INSERT INTO coverage VALUES (1, 20783, 7, 1795651200, 1795737600, 1);
"""

FORM = 3


class Migration(HistoryCase):
    """A file that an earlier version has made."""

    PLACE = quick_place()
    ROWS = 300

    def make_first(self):
        for path in self.directory.glob("history.sqlite*"):
            path.unlink()
        base = sqlite3.connect(self.file)
        base.executescript(FIRST_FORM)
        base.executemany("INSERT INTO message VALUES (1, 7, ?, '', 1, 20783, 1795694400, 0, 1, 1,"
                         "0, 0, 0, 0, 0, 0, 0, 0, 0, ?, '', '', '')",
                         [(uid, f"reader{uid}@example.net") for uid in range(1, self.ROWS + 1)])
        base.execute("PRAGMA journal_mode=WAL")
        base.commit()
        base.close()
        self.file.chmod(0o600)

    def look(self, file=None):
        base = sqlite3.connect(file or self.file)
        try:
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            return (base.execute("PRAGMA user_version").fetchone()[0],
                    base.execute("SELECT count(*) FROM message").fetchone()[0])
        finally:
            base.close()

    def copies(self):
        return sorted(path.name for path in self.directory.glob("history.sqlite.*"))

    def test_forward_with_a_copy(self):
        self.make_first()
        rows = self.csv_of("show")
        self.assertEqual([(row["Identity"], row["Messages"]) for row in rows],
                         [("web@new.example", str(self.ROWS))])
        self.assertEqual(self.look(), (FORM, self.ROWS))
        self.assertEqual(self.copies(), ["history.sqlite.form-1"])
        copy = self.directory / "history.sqlite.form-1"
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.look(copy), (1, self.ROWS))
        before = copy.stat().st_mtime_ns
        self.csv_of("show")
        self.assertEqual(copy.stat().st_mtime_ns, before, "once")

    def test_one_step_needs_no_copy(self):
        self.make_first()
        self.csv_of("show")
        for path in self.directory.glob("history.sqlite.*"):
            path.unlink()
        self.sql("DROP TABLE run")
        self.sql("PRAGMA user_version=2")
        self.csv_of("show")
        self.assertEqual((self.look()[0], self.copies()), (FORM, []))

    def test_no_room_for_the_copy(self):
        self.make_first()
        (self.directory / "history.sqlite.form-1").mkdir()
        result = self.command("show", status=74)
        self.assertIn(b"before its form 1 is changed", result.stderr)
        self.assertEqual(self.look(), (1, self.ROWS))
        self.assertEqual(self.copies(), ["history.sqlite.form-1"])

    def test_a_later_form(self):
        self.make_first()
        self.csv_of("show")
        self.sql(f"PRAGMA user_version={FORM + 1}")
        result = self.command("show", status=DATA)
        self.assertIn(f"has the form {FORM + 1} of a later version of this program, which knows "
                      f"forms up to {FORM}".encode(), result.stderr)

    def test_killed_at_every_point(self):
        """It is of the first form, or of the last; and the copy is whole as soon as it is there."""
        point = 0
        while True:
            point += 1
            self.make_first()
            result = runner.run(["history", "show", self.history, "--csv=-"],
                                wrapper=kill_at(point))
            if result.status == NO_TRACE:
                self.skipTest("processes cannot be traced here")
            form, rows = self.look()
            self.assertIn(form, (1, FORM), point)
            self.assertEqual(rows, self.ROWS, point)
            if "history.sqlite.form-1" in self.copies():
                self.assertEqual(self.look(self.directory / "history.sqlite.form-1"),
                                 (1, self.ROWS))
            self.assertEqual(self.csv_of("show")[0]["Messages"], str(self.ROWS))
            self.assertEqual(self.look(), (FORM, self.ROWS))
            self.assertIn("history.sqlite.form-1", self.copies())
            if result.status != KILLED:
                break
        self.assertGreater(point, FEW_POINTS)

    def test_two_at_once(self):
        self.make_first()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory),
                       **runner.inherited()}
        runs = [subprocess.Popen([runner.program(), "history", "show", self.history, "--csv=-"],
                                 env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for _ in range(4)]
        for run in runs:
            out, said = run.communicate(timeout=quarantine_case.PATIENCE * 3)
            self.assertEqual((run.returncode, said), (OK, b""))
            self.assertIn(str(self.ROWS).encode(), out)
        self.assertEqual(self.look(), (FORM, self.ROWS))
        self.assertEqual(self.look(self.directory / "history.sqlite.form-1"), (1, self.ROWS))
        self.assertEqual(self.copies(), ["history.sqlite.form-1"])


# All that makes a row, with its texts.
ROW = """SELECT source, host, name, epoch, uid, queue_id, day, time, bounce, rcpts,
    (SELECT v FROM text WHERE id=identity), (SELECT v FROM text WHERE id=domain),
    (SELECT v FROM text WHERE id=auth_user), (SELECT v FROM text WHERE id=source_ip),
    (SELECT v FROM text WHERE id=script), (SELECT v FROM text WHERE id=class),
    (SELECT v FROM text WHERE id=subject), (SELECT v FROM text WHERE id=mail_from),
    (SELECT v FROM text WHERE id=evidence), (SELECT v FROM text WHERE id=rules),
    rcpt, message_id, notes, extra
    FROM message JOIN place ON place.id=place ORDER BY 1, 2, 3, 4, 5, 6"""


def rows_of(file):
    with sqlite3.connect(file) as base:
        return base.execute(ROW).fetchall()


class Transfer(HistoryCase):
    """Exports and imports."""

    def setUp(self):
        super().setUp()
        self.fill()
        messages = sorted(map(str, (quarantine_case.SAMPLES / "outgoing").glob("*.eml")))
        self.assert_status(self.run_program([self.history, *messages]), OK, DATA)
        self.other = self.directory / "other.sqlite"

    def export(self, *arguments):
        result = self.command("export", *arguments)
        self.assertEqual(result.stderr, b"")
        return result.stdout

    def import_of(self, *files, status=OK, **how):
        result = self.run_program(["history", "import", f"--history={self.other}", *files], **how)
        self.assert_status(result, status)
        return result

    def write(self, name, data):
        path = self.directory / name
        path.write_bytes(data)
        return str(path)

    def test_and_back(self):
        count = len(rows_of(self.file))
        file = self.write("export.jsonl", self.export())
        result = self.import_of(file)
        self.assertEqual(result.stdout,
                         f"{count} messages imported, 0 were there already\n".encode())
        self.assertEqual(rows_of(self.other), rows_of(self.file))
        result = self.import_of(file)
        self.assertEqual(result.stdout,
                         f"0 messages imported, {count} were there already\n".encode())
        self.assertEqual(rows_of(self.other), rows_of(self.file))
        self.assertEqual(self.other.stat().st_mode & 0o777, 0o600)

    def test_compressed_and_through_a_pipe(self):
        data = self.export()
        self.import_of(self.write("export.jsonl.gz", gzip.compress(data)))
        self.assertEqual(rows_of(self.other), rows_of(self.file))
        self.import_of("-", stdin=data)

    def test_what_is_there_stays(self):
        """A row that the server was asked about since is not replaced by an old export."""
        file = self.write("export.jsonl", self.export().replace(b"Parcel", b"Packet"))
        self.run_program(["history", "import", self.history, file])
        subjects = {row[16] for row in rows_of(self.file)}
        self.assertIn("Parcel 1", subjects)
        self.assertNotIn("Packet 1", subjects)

    def test_it_is_a_report(self):
        """The export of a day is read as the report of that day."""
        file = self.write("export.jsonl", self.export("--date=2026-02-05"))
        grouped = self.run_program(["--group-by=Identity", "--csv=-", file])
        self.assert_status(grouped, OK)
        rows = list(csv.DictReader(io.StringIO(grouped.stdout.decode())))
        self.assertEqual([(row["Identity"], row["Count"]) for row in rows],
                         [("news@club.example", "5"), ("sales@shop.example", "3")])

    def test_to_a_file(self):
        result = self.command("export", "--json=e.jsonl", files=["e.jsonl"])
        self.assertEqual(result.stdout, b"")
        self.assertEqual(result.files["e.jsonl"], self.export())
        result = self.command("export", f"--json={self.file}", status=USAGE)
        self.assertIn(b"would replace the history", result.stderr)
        self.command("export", "--csv=-", status=USAGE)
        self.assertEqual(self.sql("PRAGMA integrity_check"), [("ok",)])

    def test_cut_off(self):
        data = gzip.compress(self.export())
        result = self.import_of(self.write("e.gz", data[:len(data) // 2]), status=DATA)
        self.assertNotEqual(result.stderr, b"")
        self.import_of(self.write("whole.gz", data))
        self.assertEqual(rows_of(self.other), rows_of(self.file))

    def test_bad_lines(self):
        good = self.export().splitlines(keepends=True)[0]
        line = json.loads(good)
        for change, said in [
                (lambda o: o["history"].update(uid=-1), '"history"."uid"'),
                (lambda o: o["history"].update(uid=2**32), '"history"."uid"'),
                (lambda o: o["history"].update(epoch="7"), '"history"."epoch"'),
                (lambda o: o["history"].update(time=2**40), '"history"."time"'),
                (lambda o: o["history"].update(recipients=2**32), '"history"."recipients"'),
                (lambda o: o["history"].pop("queue_id"), '"history"."queue_id"'),
                (lambda o: o["history"].update(source=""), "from nowhere"),
                (lambda o: o["history"].update(extra="{"), "what no export has"),
                (lambda o: o["history"].update(extra='{"evidence":"x"}'), "what no export has"),
                (lambda o: o["history"].update(rules="nonsense"), "what no export has"),
                (lambda o: o.pop("identity"), '"identity"'),
                (lambda o: o.update(subject=7), '"subject"'),
                (lambda o: o.update(bounce=0), '"bounce"'),
                (lambda o: o.update(schema=2), "no line of schema 1"),
                (lambda o: o.update(kind="group"), "no line of schema 1"),
                (lambda o: o.pop("history"), "no row of an export"),
                (lambda o: o.update(subject="a\0b"), "no valid JSON"),
        ]:
            bad = json.loads(good)
            change(bad)
            with self.subTest(said=said):
                file = self.write("bad.jsonl", good + json.dumps(bad).encode() + b"\n")
                result = self.import_of(file, status=DATA)
                self.assertIn("line 2: ", result.stderr.decode())
                self.assertIn(said, result.stderr.decode())
                self.assertEqual([row[5] for row in rows_of(self.other)],
                                 [line["history"]["queue_id"]], "what came before it is there")

    def test_no_such_files(self):
        for data, said in [(b"hello\n" * 100, "neither an export"), (b"\0" * 5000, "neither"),
                           (b'{"schema":1,"kind":"group","history":{}}\n', "no line of schema")]:
            result = self.import_of(self.write("file", data), status=DATA)
            self.assertIn(said, result.stderr.decode())
        self.import_of(str(self.directory / "nothing"), status=66)
        self.import_of(str(self.directory), status=USAGE)
        result = self.import_of(self.write("empty", b""))
        self.assertEqual(result.stdout, b"0 messages imported, 0 were there already\n")

    def test_a_long_line(self):
        good = self.export().splitlines(keepends=True)[0]
        file = self.write("long.jsonl", good + b" " * (3 << 20) + good)
        result = self.import_of(file, status=DATA)
        self.assertIn(b"a line of more than", result.stderr)


class Privacy(HistoryCase):
    """--history-without and --history-hash."""

    PERIOD = ["--since=2026-02-01", "--until=2026-02-11"]

    def fill(self, *options, status=OK):
        log = self.directory / "mainlog"
        log.write_text("".join(line + "\n" for line in log_lines()))
        result = self.run_program([self.history, *options, "--log-host=mail.example.com",
                                   "--json=-", str(log)])
        self.assert_status(result, status)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def offline(self, *options):
        result = self.run_program([self.history, "--offline", *self.PERIOD, *options])
        self.assert_status(result, OK)
        return result

    def lines(self):
        result = self.offline("--json=-")
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr.decode()

    def test_without(self):
        live = self.fill("--history-without=Subject,Return-Path")
        self.assertTrue(all(line["subject"] and line["return_path"] for line in live),
                        "the report itself has all")
        self.assertNotIn(b"Parcel", self.bytes_of_files())
        kept, said = self.lines()
        self.assertEqual({(line["subject"], line["return_path"]) for line in kept}, {("", "")})
        self.assertEqual([line["identity"] for line in kept], [line["identity"] for line in live])
        self.assertEqual([line["to"] for line in kept], [line["to"] for line in live])
        self.assertIn("of 47 messages of the history 47 were kept without a column "
                      "(--history-without): Subject, Return-Path", said)
        self.assertFalse((self.directory / "history.sqlite.key").exists())

    def test_hash(self):
        live = self.fill("--history-hash=To,Subject")
        self.assertNotIn(b"example.net", self.bytes_of_files())
        kept, said = self.lines()
        self.assertIn("47 have hashes instead of values (--history-hash): To, Subject", said)

        def counts(lines, key):
            return sorted(collections.Counter(line[key] for line in lines).values())

        for key in ("to", "subject"):
            self.assertEqual(counts(kept, key), counts(live, key), "the same value, the same hash")
        for line in kept:
            self.assertRegex(line["to"], r"\Ahash-[0-9a-f]{32}(, hash-[0-9a-f]{32})*\Z")
        pair = next(line["to"] for line in kept if line["identity"] == "news@club.example")
        self.assertEqual(len(pair.split(", ")), 2, "each address has one")
        self.assertEqual(self.csv_of("show")[1]["Recipients"], "20")
        key = self.directory / "history.sqlite.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        before = key.read_bytes()
        left = self.directory / "history.sqlite.key.draft-aB3xYz"
        left.write_text("what a run left that was killed")
        copy = self.directory / "history.sqlite.key.backup"
        copy.write_bytes(before)
        self.fill("--history-hash=To,Subject")
        self.assertEqual(key.read_bytes(), before)
        self.assertFalse(left.exists())
        self.assertEqual(copy.read_bytes(), before, "somebody's copy stays")
        self.assertEqual(self.sql("SELECT count(*) FROM message"), [(47,)])

    def test_erase_finds_the_hash(self):
        self.fill("--history-hash=To")
        result = self.command("erase", "--recipient=BOB@Example.net", "--unattended")
        self.assertIn(b"10 messages of the recipient", result.stdout)
        self.assertEqual(self.sql("SELECT count(*) FROM message"), [(37,)])

    def test_erase_without_the_key(self):
        """Nobody can say whose hashes they are, nor that somebody is not among them."""
        self.fill("--history-hash=To")
        (self.directory / "history.sqlite.key").unlink()
        result = self.command("erase", "--recipient=bob@example.net", "--unattended", status=DATA)
        self.assertRegex(result.stderr.decode(), r"recipients are kept as hashes, too, whose "
                         r"key, FILE\.key, is missing: whether 'bob@example\.net' is one of them")
        self.command("erase", "--identity=web@new.example", "--unattended")

    def test_before_and_after(self):
        """The same messages, with the option and without: each is there once, as it came last."""
        self.fill()
        self.fill("--history-hash=To", "--history-without=Subject")
        kept, said = self.lines()
        self.assertEqual(len(kept), 47)
        self.assertTrue(all(line["to"].startswith("hash-") for line in kept))
        self.assertIn("of 47 messages of the history 47 were kept", said)
        self.fill()
        kept, said = self.lines()
        self.assertEqual((len(kept), said), (47, ""))

    def test_a_message_is_the_same_one(self):
        """What is known by nothing but its content is known by that of the message."""
        messages = sorted(map(str, (quarantine_case.SAMPLES / "outgoing").glob("*.eml")))[:9]
        for options in ([], ["--history-hash=To,Subject"], ["--history-without=To,Message-ID"], []):
            self.assert_status(self.run_program([self.history, *options, *messages]), OK, DATA)
            self.assertEqual(self.sql("SELECT count(*) FROM message"), [(9,)])

    def test_import(self):
        self.fill()
        export = self.directory / "e.jsonl"
        export.write_bytes(self.command("export").stdout)
        self.file.unlink()
        result = self.run_program(["history", "import", self.history, "--history-without=Subject",
                                   "--history-hash=To", str(export)])
        self.assert_status(result, OK)
        self.assertNotIn(b"Parcel", self.bytes_of_files())
        kept, _ = self.lines()
        self.assertEqual(len(kept), 47)
        self.assertTrue(all(line["to"].startswith("hash-") for line in kept))
        self.assertEqual(self.csv_of("show")[1]["Recipients"], "20")

    def test_import_of_what_was_hidden(self):
        """What is a hash already is not hashed again, and what is lacking is not forgotten."""
        self.fill("--history-hash=To", "--history-without=Subject")
        export = self.directory / "e.jsonl"
        export.write_bytes(self.command("export").stdout)
        before = self.sql("SELECT rcpt, extra FROM message ORDER BY epoch, queue_id")
        self.file.unlink()
        for options in (["--history-hash=To"], ["--history-without=From"]):
            result = self.run_program(["history", "import", self.history, *options, str(export)])
            self.assert_status(result, OK)
            kept = self.sql("SELECT rcpt, extra FROM message ORDER BY epoch, queue_id")
            self.assertEqual([to for to, _ in kept], [to for to, _ in before])
            for _, extra in kept:
                extra = json.loads(extra)
                self.assertIn("subject", extra["without"])
                self.assertEqual(extra["hashed"], ["to"])
                self.assertNotIn("subject", extra.get("absent", []))
            result = self.command("erase", "--recipient=bob@example.net", "--unattended")
            self.assertIn(b"10 messages of the recipient", result.stdout)
            self.file.unlink()

    def test_new_is_not_said_of_hashes(self):
        """What the history has as a hash is not seen there for the first time."""
        self.fill("--history-hash=Subject")
        log = self.directory / "mainlog"
        result = self.run_program([self.history, "--history-hash=Subject", "--date=2026-02-10",
                                   "--group-by=Subject", "--csv=-", "-v", str(log)])
        self.assert_status(result, OK)
        rows = list(csv.DictReader(io.StringIO(result.stdout.decode())))
        self.assertEqual({row["New"] for row in rows}, {""})
        self.assertIn(b"the history cannot be searched for 'Subject'", result.stderr)

    def test_refused(self):
        for option, said in [("--history-without=Identity", "needs 'Identity' as it is"),
                             ("--history-without=Date", "needs 'Date'"),
                             ("--history-without=Host", "needs 'Host'"),
                             ("--history-hash=Identity", "needs 'Identity'"),
                             ("--history-hash=Notes", "needs 'Notes'"),
                             ("--history-hash=Nonsense", "Nonsense"),
                             ("--history-without=", "history-without")]:
            result = self.run_program([self.history, option, "-s", "imap.example.com"])
            self.assert_status(result, USAGE)
            self.assertIn(said, result.stderr.decode())

    def test_bad_keys(self):
        key = self.directory / "history.sqlite.key"
        for text, mode, status, said in [
                ("0" * 63 + "\n", 0o600, DATA, "is no key"), ("x" * 64 + "\n", 0o600, DATA, "no key"),
                ("0" * 64 + "\n", 0o644, 78, "others may read the key"),
                ("0" * 9999, 0o600, DATA, "is no key"), ("", 0o600, DATA, "is no key")]:
            key.write_text(text)
            key.chmod(mode)
            result = self.run_program([self.history, "--history-hash=To",
                                       str(quarantine_case.SAMPLES / "exim-mainlog")])
            self.assert_status(result, status)
            self.assertIn(said, result.stderr.decode())
            self.assertEqual(self.sql("SELECT count(*) FROM message"), [(0,)])


class PrivacyOfServers(quarantine_case.QuarantineTest):

    PERIOD = ["--since=2026-02-08", "--until=2026-02-12", "--timezone=UTC", "-o", "-i"]

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_the_report_has_all(self):
        """A report beside a server lacks nothing that the history does not keep."""
        history = f"--history={self.directory}/h"
        live = self.report(*self.PERIOD, "--json=-").stdout
        for options in ([], ["--history-without=Subject", "--history-hash=To"], []):
            for _ in range(2):
                result = self.report(history, *self.PERIOD, "--json=-", *options)
                self.assertEqual((result.stdout, result.stderr), (live, b""))


class SavedReports(quarantine_case.QuarantineTest):
    """Reports that were saved before there was a history."""

    PERIOD = ["--since=2026-02-08", "--until=2026-02-12", "--timezone=UTC"]

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        self.file = self.directory / "history.sqlite"
        self.history = f"--history={self.file}"

    def save(self, name, *options):
        result = self.report(*self.PERIOD, *options, files=[name])
        path = self.directory / f"saved-{name}"
        path.write_bytes(result.files[name])
        return str(path)

    def import_of(self, *files, status=OK):
        result = self.run_program(["history", "import", self.history, *files])
        self.assert_status(result, status)
        numbers = [int(word) for word in result.stdout.decode().split() if word.isdigit()]
        return numbers, result.stderr.decode()

    def sources(self):
        with sqlite3.connect(self.file) as base:
            return dict(base.execute("SELECT source, count(*) FROM message JOIN place "
                                     "ON place.id=place GROUP BY source").fetchall())

    def forget(self):
        self.file.unlink()

    def test_each_message_once(self):
        report = self.save("out.jsonl", "-i", "-o", "--json=out.jsonl")
        table = self.save("out.csv", "-i", "-o", "--csv=out.csv", "--columns=all")
        (added, there), _ = self.import_of(report)
        self.assertEqual(there, 0)
        self.assertGreater(added, 40)
        self.assertEqual(self.sources(), {"saved": added})
        status = self.run_program(["history", "status", self.history, "--csv=-"])
        self.assertEqual([(row["Source"], row["Messages"], row["Epochs"]) for row in status.rows()],
                         [("saved", str(added), "0")], "a saved report does not tell UIDVALIDITY")
        for again in (report, table):
            self.assertEqual(self.import_of(again)[0], [0, added])
        # What was imported is reported, with what made it: host, folder and UID are there.
        live = self.report(*self.PERIOD, "-i", "-o", "--json=-")
        kept = self.run_program([self.history, "--offline", *self.PERIOD, "--json=-"])
        self.assert_status(kept, OK)

        def names(result):
            lines = map(json.loads, result.stdout.splitlines())
            return sorted((line["host"], line["folder"], line["uid"], line["date"],
                           line["identity"], line["to"], line["bounce"]) for line in lines)

        self.assertEqual(names(kept), names(live))

    def test_the_server_takes_its_place(self):
        report = self.save("out.jsonl", "-i", "-o", "--json=out.jsonl")
        (added, _), _ = self.import_of(report)
        self.report(self.history, *self.PERIOD, "-o")
        sources = self.sources()
        self.assertEqual(sum(sources.values()), added, "no message twice")
        self.assertEqual(len(sources), 2)
        self.report(self.history, *self.PERIOD, "-i")
        self.assertEqual(list(self.sources().values()), [added])
        self.assertEqual(self.import_of(report)[0], [0, added])

    def test_without_coverage(self):
        """What --new-only has kept is known, too, although not all of its days are."""
        report = self.save("out.jsonl", "-o", "--json=out.jsonl")
        self.report(self.history, "--new-only", f"--state-dir={self.directory}/state",
                    "--since=2026-02-08", "--timezone=UTC", "-o")
        before = self.sources()
        (added, there), _ = self.import_of(report)
        self.assertEqual((added, there), (0, sum(before.values())))
        self.assertEqual(self.sources(), before)

    def test_the_export_comes_later(self):
        """Rows of the server take the place of saved ones, also without a time that is known."""
        report = self.save("out.jsonl", "-i", "-o", "--json=out.jsonl")
        self.report(self.history, *self.PERIOD, "-i", "-o")
        result = self.run_program(["history", "export", self.history])
        self.assert_status(result, OK)
        export = self.directory / "e.jsonl"
        export.write_bytes(result.stdout)
        for files in ([report, export], [export, report], [report, export, report]):
            self.forget()
            for file in files:
                self.import_of(str(file))
            self.assertEqual(list(self.sources().values()),
                             [len(result.stdout.splitlines())])

    def test_without_names(self):
        """A report of the usual columns tells nothing from each other: it is not taken."""
        table = self.save("out.csv", "-o", "--csv=out.csv")
        (added, there), said = self.import_of(table, status=DATA)
        self.assertEqual((added, there), (0, 0))
        self.assertRegex(said, r"\d+ messages are not imported, .* Host, Folder, UID and Date")
        grouped = self.save("g.csv", "-o", "--csv=g.csv", "--group-by=Identity")
        result = self.run_program(["history", "import", self.history, grouped])
        self.assert_status(result, DATA)


if __name__ == "__main__":
    runner.main()
