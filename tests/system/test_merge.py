"""Saved reports merged into grouped ones: the same as a direct run, and what is no report."""

import array
import csv
import fcntl
import io
import ipaddress
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OLDER, TODAY, YESTERDAY  # noqa: E402

USAGE, DATA, NOINPUT = 64, 65, 66

ZONE = f"--timezone={quarantine_case.ZONE}"
ALL = [ZONE, f"--since={OLDER}", "--until=2026-02-12", "-i", "-o"]

TITLES = runner.HEADER.split(",")
GROUPED = "this is a grouped report; merging needs one with a row a message"
IDENTITIES = "this is an identity report; merging needs one with a row a message"
EXPECTED = ("not a report of quarantine-report: expected a header row of its column titles, as "
            "#,From,To, or JSON Lines")

# What does not depend on the order in which messages came.
COUNTED = ["Count", "Percent", "First seen", "Last seen", "Recipients", "Source IPs", "Subjects"]

MANY_ROWS = 200_000
MANY_ROWS_SANITIZED = 20_000


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))


def is_ip(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def write_csv(rows, titles=TITLES, encoding="utf-8", **how):
    """A report as python's csv module writes it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, titles, restval="", **how)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


WARNING = re.compile(r"quarantine-report: '.*' has no column Identity(?:, and others have none)?: "
                     r"logins of different servers cannot be told apart, .*\n")


class MergeTest(runner.SystemTest):

    def merge(self, *arguments, status=0, **how):
        result = self.run_program(["--merge", *map(str, arguments)], **how)
        self.assert_status(result, status)
        if status == 0:
            self.assertEqual(WARNING.sub("", result.stderr.decode()), "",
                             f"a run that succeeds says nothing else{result}")
        else:
            self.assertEqual(result.stdout, b"", str(result))
        return result

    def save(self, name, data):
        path = self.directory / name
        path.write_bytes(data)
        return path

    def groups(self, *arguments, **how):
        return table(self.merge(*arguments, "--csv=-", **how).stdout)


class Samples(quarantine_case.QuarantineTest, MergeTest):
    """A merge of what a run saved against a run that groups at once."""

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def direct(self, *options, period=ALL):
        return self.quiet_report(*period, *options).stdout

    def saved(self, name, *options, period=ALL):
        return self.save(name, self.quiet_report(*period, *options).stdout)

    def assert_same(self, path, *options):
        self.assertEqual(self.merge(path, ZONE, *options).stdout.decode(),
                         self.direct(*options).decode())

    def test_all_columns(self):
        path = self.saved("all.csv", "--csv=-", "--columns=all")
        titles = next(csv.reader([path.read_text().splitlines()[0]]))
        for title in titles[1:]:
            with self.subTest(title):
                self.assert_same(path, f"--group-by={title}", "--csv=-")
        self.assert_same(path, "--group-by=Identity,Source IP", "--csv=-", "--top=5")

    def test_json(self):
        path = self.saved("all.json", "--json=-")
        for title in ("Identity", "Source IP", "PHP script", "Sender domain", "Subject", "Folder"):
            with self.subTest(title):
                self.assert_same(path, f"--group-by={title}", "--csv=-")
        for output in ("--json=-", "-d"):
            self.assert_same(path, "--group-by=Identity", output)

    def test_spellings_of_csv(self):
        for name, *options in (("comma",), ("semicolon", "--delimiter=;"),
                               ("bar", "--delimiter=|"), ("tab", "--delimiter=tab"),
                               ("raw", "--raw-csv"), ("bom", "--csv-bom", "--delimiter=;")):
            with self.subTest(name):
                path = self.saved(name, "--csv=-", "--columns=all", *options)
                self.assert_same(path, "--group-by=Identity", "--csv=-")
                self.assert_same(path, "--group-by=Subject", "--csv=-")
                self.assert_same(path, "--group-by=From", "--csv=-")

    def test_bounces(self):
        """JSON tells which they are; of a CSV those count that its columns tell."""
        bounces = len(table(self.quiet_report(*ALL, "--csv=-").stdout)) - \
            len(table(self.quiet_report(*ALL, "-n", "--csv=-").stdout))
        self.assertGreater(bounces, 3)
        path = self.saved("bounces.json", "--json=-")
        wanted = self.direct("-n", "--group-by=From", "--csv=-").decode()
        self.assertEqual(self.merge("-n", path, ZONE, "--group-by=From", "--csv=-").stdout.decode(),
                         wanted)
        self.assertNotEqual(self.merge(path, ZONE, "--group-by=From", "--csv=-").stdout.decode(),
                            wanted)

        result = self.run_program(["--merge", "-nv", str(path), "-d"])
        self.assert_status(result, 0)
        self.assertRegex(result.stderr.decode(), rf" messages, {bounces} filtered as bounces\n")

        path = self.saved("bounces.csv", "--csv=-")
        left = table(self.merge("-n", path, "--group-by=From", "--csv=-").stdout)
        known = {row["From"] for row in table(wanted.encode())}
        also = [row["From"] for row in left if row["From"] not in known]
        for sender in also:
            self.assertNotIn("mailer-daemon@", sender.lower())
        self.assertFalse([row for row in left if row["From"].lower().startswith("mailer-daemon")])

    def test_bounces_of_a_setting(self):
        """A setting of the configuration is one for saved reports as well."""
        rows = [{"From": sender, "Auth-User": "a@example.com"} for sender in
                ("MAILER-DAEMON", "b@example.com", "Mailer-Daemon <mailer-daemon@example.com>")]
        rows.append({"From": "c@example.com", "Invoked for": "bounce"})
        rows.append({"From": "d@example.com", "Invoked for": "bounce", "Qmail UID": "500"})
        path = self.save("day.csv", write_csv(rows))
        config = self.save("config", b"no-bounce = yes\n")
        for options in (["-n"], [f"--config={config}"]):
            with self.subTest(options):
                found = self.groups(*options, path, "--group-by=From")
                self.assertEqual({row["From"] for row in found},
                                 {"b@example.com", "d@example.com"})

    def test_default_columns(self):
        path = self.saved("default.csv", "--csv=-")
        for title in TITLES[1:]:
            with self.subTest(title):
                wanted = table(self.direct(f"--group-by={title}", "--csv=-"))
                self.assertTrue(wanted)
                columns = ["Count", "Percent", title, "Recipients", "Top PHP script"]
                got = self.groups(path, f"--group-by={title}")
                self.assertEqual([[row[c] for c in columns] for row in got],
                                 [[row[c] for c in columns] for row in wanted])
                # The file does not tell.
                for row in got:
                    for column in ("First seen", "Subjects", "Sample subject", "Sample UID"):
                        self.assertEqual(row[column], "", column)

    def test_derived_columns(self):
        """Of the twelve columns: Identity but for the hosts, and the sources that are there."""
        path = self.saved("default.csv", "--csv=-")
        messages = table(self.direct("--csv=-", "--columns=all", "--raw-csv"))
        wanted, got = {}, {}
        for message in messages:
            name = message["Identity"].lower() or "(no identity)"
            wanted[name] = wanted.get(name, 0) + 1
        for row in self.groups(path, "--raw-csv"):
            got[row["Identity"].lower()] = int(row["Count"])
        self.assertEqual(sum(got.values()), len(messages))
        bare = {name.rpartition("@")[0] for name in wanted if "@" in name}
        vhosts = {message["Qmail UID"] for message in messages if message["Vhost"]}
        for name, count in got.items():
            if name not in wanted:
                self.assertTrue(name in bare or name.removeprefix("uid ") in vhosts, name)
        self.assertGreater(len(set(got) & set(wanted)), len(wanted) // 2)
        sources = {row["Source IP"] for row in self.groups(path, "--group-by=Source IP")}
        self.assertEqual(sources - {"(none)"}, {
            name for name in (message["IP/Username"] for message in messages) if is_ip(name)})

    def test_unknown_is_not_zero(self):
        """A group of which a file does not tell has no count, whatever is known of others."""
        live = {row["Identity"].lower(): row for row in table(self.direct("--csv=-", "--raw-csv",
                                                                          "--group-by=Identity"))}
        path = self.saved("default.csv", "--csv=-")
        rows = self.groups(path, "--raw-csv")
        self.assertEqual({row["Subjects"] for row in rows}, {""})
        known = [row for row in rows if row["Source IPs"]]
        self.assertTrue(known)
        self.assertLess(len(known), len(rows))
        for row in rows:
            self.assertNotEqual(row["Source IPs"], "0", row)
            self.assertEqual(row["Source IPs"] == "", row["Top source IP"] == "", row)
            if row["Source IPs"] and row["Identity"].lower() in live:
                self.assertLessEqual(int(row["Source IPs"]),
                                     int(live[row["Identity"].lower()]["Source IPs"]))
        lines = self.merge(path, "--group-by=Identity", "--json=-").stdout.splitlines()
        for line, row in zip(map(json.loads, lines), rows, strict=True):
            self.assertEqual(line["source_ips"], int(row["Source IPs"]) if row["Source IPs"]
                             else None)
            self.assertIsNone(line["subjects"])

    def test_days(self):
        days = [OLDER, YESTERDAY, TODAY]
        files = [self.saved(f"{day}.csv", "--csv=-", "--columns=all", "--delimiter=;",
                            period=[ZONE, f"--date={day}"]) for day in days[:2]]
        files.append(self.saved("today.json", "--json=-", period=[ZONE, f"--date={days[2]}"]))
        direct = []
        for day in days:
            direct += table(self.direct("--csv=-", "--columns=all", "--raw-csv",
                                        period=[ZONE, f"--date={day}"]))
        got = self.groups(*files, ZONE, "--group-by=Identity", "--raw-csv")
        self.assertEqual(sum(int(row["Count"]) for row in got), len(direct))
        for row in got:
            messages = [message for message in direct
                        if (message["Identity"] or "(no identity)").lower()
                        == row["Identity"].lower()]
            self.assertEqual(int(row["Count"]), len(messages), row)
            self.assertEqual(row["First seen"], min(message["Date"] for message in messages))
            self.assertEqual(row["Last seen"], max(message["Date"] for message in messages))
        # In another order of the files it is the same but for the samples.
        columns = COUNTED + ["Identity"]
        again = self.groups(*reversed(files), ZONE, "--group-by=Identity", "--raw-csv")
        self.assertEqual(sorted([row[c].lower() for c in columns] for row in again),
                         sorted([row[c].lower() for c in columns] for row in got))

    def test_quiet_day(self):
        quiet = [ZONE, "--date=2026-02-01"]
        files = [self.saved("quiet.json", "--json=-", period=quiet),
                 self.saved("quiet.csv", "--csv=-", period=quiet)]
        self.assertEqual(files[0].read_bytes(), b"")
        self.assertEqual(self.groups(*files), [])
        path = self.saved("today.json", "--json=-", period=[ZONE, f"--date={TODAY}"])
        self.assertEqual(self.groups(*files, path), self.groups(path))

    def test_display(self):
        """What -d showed and somebody kept in a file."""
        path = self.saved("shown", "-d")
        wanted = table(self.direct("--group-by=Auth-User", "--csv=-"))
        got = self.groups(path, "--group-by=Auth-User")
        self.assertEqual([int(row["Count"]) for row in got],
                         [int(row["Count"]) for row in wanted])

    def test_grouped_reports_are_refused(self):
        for name, line, *options in (("groups.csv", 1, "--csv=-"),
                                     ("groups.csv", 1, "--csv=-", "--delimiter=;"),
                                     ("groups.json", 1, "--json=-"),
                                     ("others.json", 1, "--json=-", "--top=1")):
            with self.subTest(options):
                path = self.saved(name, "--group-by=Identity", *options)
                result = self.merge(path, "--csv=-", status=DATA)
                self.assertIn(f"{path}, line {line}: {GROUPED}", result.stderr.decode())
        for options in ([], ["--raw-csv"]):
            path = self.saved("identity.csv", "--identity-report=-", *options)
            result = self.merge(path, "--csv=-", status=DATA)
            self.assertIn(f"{path}, line 1: {IDENTITIES}", result.stderr.decode())


class Files(MergeTest):

    def test_original_script(self):
        rows = [
            {"#": 1, "From": '"Büro, "Süd"" <b@shop.example>',
             "To": "a@example.net, c@example.net", "Evidence": "Combined (0.9)\r\n\tfolded",
             "Auth-User": "Shop@Example.COM", "IP/Username": "192.0.2.7"},
            {"#": 2, "From": "é€@shop.example".encode("cp1252").decode("latin-1"),
             "To": "A@EXAMPLE.NET", "Auth-User": "Shop@example.com", "IP/Username": "192.0.2.8"},
            {"#": 3, "Qmail UID": 10001, "PHP script": "10001:mail.php"},
            {"#": 4, "IP/Username": "2001:db8::7"},
            {"#": 5},
        ]
        data = write_csv(rows, encoding="latin-1", quoting=csv.QUOTE_MINIMAL)
        self.assertTrue(data.startswith(runner.HEADER.encode() + b"\r\n"))
        self.assertIn(b"\xe9\x80@", data)
        path = self.save("retrieved.csv", data)
        got = self.groups(path, "--raw-csv")
        self.assertEqual([(row["Count"], row["Identity"]) for row in got],
                         [("2", "Shop@example.com"), ("1", "(no identity)"),
                          ("1", "2001:db8::7"), ("1", "uid 10001")])
        self.assertEqual((got[0]["Recipients"], got[0]["Source IPs"], got[0]["Top PHP script"]),
                         ("2", "2", ""))
        self.assertEqual({row["From"] for row in self.groups(path, "--group-by=From")},
                         {'"Büro, "Süd"" <b@shop.example>', "é€@shop.example", "(none)"})
        for ending, delimiter in (("\n", ";"), ("\n", "\t"), ("\r\n", "|")):
            again = self.save("again.csv", write_csv(
                rows, encoding="latin-1", delimiter=delimiter, lineterminator=ending))
            self.assertEqual(self.groups(again, "--raw-csv"), got)

    def test_files_that_know_less(self):
        path = self.save("old.csv", write_csv([{"#": 1, "Auth-User": "old@example.com"},
                                               {"#": 2, "Auth-User": "both@example.com"}]))
        lines = [{"schema": 1, "kind": "message", "identity": name, "subject": "Hello",
                  "to": "", "php_script": "", "source_ip": "192.0.2.1"}
                 for name in ("new@example.com", "both@example.com")]
        new = self.save("new.json", "".join(json.dumps(line) + "\n" for line in lines).encode())
        wanted = {"old@example.com": ("0", "", ""), "new@example.com": ("0", "1", "1"),
                  "both@example.com": ("0", "1", "1")}
        for files in ([path, new], [new, path]):
            self.assertEqual({row["Identity"]: (row["Recipients"], row["Source IPs"],
                                                row["Subjects"]) for row in self.groups(*files)},
                             wanted)
        rows = [json.loads(line) for line in self.merge(path, new, "--json=-").stdout.splitlines()]
        self.assertEqual({row["key"]["identity"]: row["subjects"] for row in rows},
                         {"old@example.com": None, "new@example.com": 1, "both@example.com": 1})
        shown = self.merge(path, new, "-d").stdout.decode()
        self.assertRegex(shown, r"(?m)^ +2 +50\.0 +both@example\.com +0 +1 +1 ")
        self.assertRegex(shown, r"(?m)^ +1 +25\.0 +old@example\.com +0$")
        page = self.merge(path, new, "--html=-").stdout.decode()
        self.assertIn('old@<wbr>example.<wbr>com</bdi><span class="kind">account</span></th>'
                      '<td class="n">0</td><td class="n"></td>', page)
        self.assertIn('<span class="none">Messages</span>', page)

    def test_logins_without_a_server(self):
        """What a report of default columns cannot tell is said once, but for what does not need
        it."""
        rows = [{"#": 1, "Auth-User": "web"}, {"#": 2, "Auth-User": "web"}]
        bare = self.save("bare.csv", write_csv(rows))
        second = self.save("second.csv", write_csv(rows))
        whole = self.save("whole.csv", write_csv(
            [{"Identity": "web@srv01.example.com"}, {"Identity": "web@srv02.example.com"}],
            ["Identity"]))
        for files, said in (([bare], f"'{bare}' has no column Identity:"),
                            ([whole, bare], f"'{bare}' has no column Identity:"),
                            ([second, bare], f"'{second}' has no column Identity, and others have none:"),
                            ([whole], ""), ([bare, "-q"], ""),
                            ([bare, "--group-by=Auth-User"], "")):
            with self.subTest(files=files):
                error = self.merge(*files).stderr.decode()
                self.assertEqual(error.count("\n"), 1 if said else 0, error)
                self.assertIn(said, error)

    def test_nothing_is_replaced(self):
        """An output does not destroy what it is made of."""
        path = self.save("a.csv", write_csv([{"#": 1, "Auth-User": "a@example.com"}]))
        before = path.read_bytes()
        (self.directory / "folder").symlink_to(self.directory)
        alias = self.directory / "alias.csv"
        alias.symlink_to(path)
        same = self.directory / "folder" / "a.csv"
        for given, option, output in ((path, "--csv", path), (path, "--csv", same),
                                      (alias, "--csv", path), (path, "--json", same),
                                      (path, "--html", path), (path, "--identity-report", path)):
            result = self.merge(given, f"{option}={output}", "--top=2", status=USAGE)
            self.assertEqual(result.stderr.decode(),
                             f"quarantine-report: the output '{output}' would replace a file "
                             "that is read\n")
        with path.open() as saved:
            result = subprocess.run([runner.program(), "--merge", "-", f"--csv={path}"],
                                    stdin=saved, capture_output=True)
        self.assertEqual(result.returncode, USAGE, result.stderr)
        self.assertEqual(path.read_bytes(), before)
        self.assertCountEqual([entry.name for entry in self.directory.iterdir()],
                              ["a.csv", "alias.csv", "folder", "password"])
        # Another one may be.
        other = self.save("b.csv", b"old")
        self.merge(path, f"--csv={other}")
        self.assertIn(b"a@example.com", other.read_bytes())
        self.merge(path, "--csv=/dev/null")

    def test_given_twice(self):
        data = write_csv([{"#": 1, "Auth-User": "a@example.com"}])
        path = self.save("a.csv", data)
        (self.directory / "alias.csv").symlink_to(path)
        (self.directory / "other.csv").hardlink_to(path)
        copy = self.save("copy.csv", data)
        for again in (path, self.directory / ".." / self.directory.name / "a.csv",
                      self.directory / "alias.csv", self.directory / "other.csv"):
            result = self.merge(path, copy, again, "--csv=out.csv", status=USAGE)
            self.assertEqual(result.stderr.decode(),
                             f"quarantine-report: '{path}' and '{again}' are the same "
                             "file: its messages would count twice\n")
            self.assertEqual(result.files, {})
        result = self.merge("-", path, "-", stdin=data, status=USAGE)
        self.assertIn(b"'-', standard input, is given twice", result.stderr)
        with path.open() as saved:
            result = subprocess.run([runner.program(), "--merge", path, "-"], stdin=saved,
                                    capture_output=True)
        self.assertEqual(result.returncode, USAGE, result.stderr)
        # A copy is another file, and so is what is read from a pipe.
        self.assertEqual([row["Count"] for row in self.groups(path, copy, "-", stdin=data)], ["3"])
        self.assertEqual([row["Count"] for row in self.groups("/dev/null", "/dev/null", path)],
                         ["1"])

    def test_blank_file(self):
        path = self.save("a.csv", write_csv([{"#": 1, "Auth-User": "a@example.com"}]))
        for number, blank in enumerate((b"", b"\xef\xbb\xbf", b"\n", b"\xef\xbb\xbf \r\n\r\n",
                                        b" \n" * 100_000)):
            empty = self.save(f"empty{number}", blank)
            self.assertEqual(self.groups(empty), [])
            self.assertEqual([row["Count"] for row in self.groups(empty, path)], ["1"])
            self.assertEqual(self.groups("-", stdin=blank), [])

    def test_incomplete(self):
        """What was not complete when it was saved is not by being merged."""
        good = self.save("good.csv", write_csv([{"#": 1, "Auth-User": "a@example.com"}]))
        rows = [{"#": 1, "Auth-User": "a@example.com"},
                {"#": "missing", "From": "(missing: west.example.com: no answer)"}]
        line = json.dumps({"schema": 1, "kind": "message", "identity": "a@example.com"})
        missing = json.dumps({"schema": 1, "kind": "missing", "host": "west.example.com",
                              "why": "no answer"})
        bad = [self.save("bad.csv", write_csv(rows)),
               self.save("bad.json", f"{line}\n{missing}\n".encode())]
        why = "this saved report was not complete"
        for files, marked in (([bad[0]], [bad[0]]), ([bad[1], good], [bad[1]]),
                              ([bad[0], good, bad[1]], bad)):
            with self.subTest(files):
                self.check_incomplete(files, marked, why)

    def check_incomplete(self, files, marked, why):
        outputs = {"--csv": "a.csv", "--json": "a.json", "--html": "a.html",
                   "--identity-report": "i.csv"}
        result = self.run_program(
            ["--merge", *map(str, files), *(f"{option}={name}" for option, name in outputs.items()),
             "-d"], files=outputs.values())
        self.assert_status(result, DATA)
        marks = [f"(missing: {path}: {why})" for path in marked]
        error = WARNING.sub("", result.stderr.decode())
        self.assertEqual(error.count("\n"), 1, error)
        self.assertIn(f"{len(marked)} saved report{'s were' if marked[1:] else ' was'} "
                      f"not complete when saved: '{marked[0]}'", error)
        self.assertEqual("and others" in error, len(marked) > 1)
        rows = table(result.files["a.csv"])
        self.assertEqual([(row["Count"], row["Identity"]) for row in rows],
                         [(str(len(files)), "a@example.com"), *(("0", mark) for mark in marks)])
        rows = [json.loads(line) for line in result.files["a.json"].splitlines()]
        self.assertEqual([row["kind"] for row in rows], ["group", *["missing"] * len(marked)])
        self.assertEqual([(row["host"], row["why"]) for row in rows[1:]],
                         [(str(path), why) for path in marked])
        alerts = re.findall('<p class="alert"><strong>Not complete:</strong> (.*?)</p>',
                            result.files["a.html"].decode())
        self.assertEqual([re.sub("</?bdi>", "", alert) for alert in alerts],
                         [f"{path}: {why}" for path in marked])
        rows = list(csv.reader(io.StringIO(result.files["i.csv"].decode())))
        self.assertEqual([row[2] for row in rows[2:]], marks)
        self.assertEqual(result.stdout.decode().splitlines()[-len(marks):], marks)

    def test_standard_input(self):
        data = write_csv([{"#": 1, "Auth-User": "a@example.com"}])
        self.assertEqual(self.groups("-", stdin=data)[0]["Identity"], "a@example.com")
        result = self.merge("-", stdin=b"hello\n", status=DATA)
        self.assertIn(f"standard input, line 1: {EXPECTED}".encode(), result.stderr)

    def test_default_output_is_a_table(self):
        path = self.save("a.csv", write_csv([{"#": 1, "Auth-User": "a@example.com"}] * 3))
        shown = self.merge(path).stdout.decode()
        self.assertEqual(shown, self.merge(path, "-d").stdout.decode())
        self.assertIn("Identity", shown)
        self.assertRegex(shown, r"(?m)^\s*3\s+100\.0\s+a@example\.com")

    def test_zone(self):
        path = self.save("a.csv", b"Date,Identity\n2026-02-10T23:30:00-05:00,a\n"
                                  b"2026-02-10T23:30:00Z,a\n,a\n")
        for zone, first, last in (
                ("UTC", "2026-02-10T23:30:00+00:00", "2026-02-11T04:30:00+00:00"),
                ("Asia/Kathmandu", "2026-02-11T05:15:00+05:45", "2026-02-11T10:15:00+05:45")):
            row, = self.groups(path, f"--timezone={zone}")
            self.assertEqual((row["First seen"], row["Last seen"]), (first, last))
            self.assertEqual(row["Count"], "3")

    def test_guarded_cells(self):
        texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "'quoted'", "''", "plain"]
        rows = b"".join(f'"\'{text}"\r\n'.encode() if text[0] in "=+-@\uff1d"
                        else f'"{text}"\r\n'.encode() for text in texts)
        path = self.save("a.csv", b"Subject\r\n" + rows)
        got = self.groups(path, "--group-by=Subject", "--raw-csv")
        self.assertEqual({row["Subject"] for row in got}, set(texts))
        guarded = self.groups(path, "--group-by=Subject")
        self.assertIn("'=1+1", {row["Subject"] for row in guarded})
        lines = self.merge(path, "--group-by=Subject", "--json=-").stdout
        self.assertNotIn(b'"\'=', lines)

    def test_guards_are_exact(self):
        """What our CSV puts in front of a text, and nothing else, is taken off again."""
        texts = ["=1", "'=1", "''=1", "'", "'x", "0049", "'0049", "''0049", "1E5", "'1E5", "jan1",
                 "'jan1", "10017", "'10017", "12:30", "'TRUE", "' =1", "'\uff1d1"]
        lines = b"".join(json.dumps({"schema": 1, "kind": "message", "subject": text,
                                     "auth_user": text}).encode() + b"\n" for text in texts)
        path = self.save("a.json", lines)
        grouped = [self.merge(path, "--group-by=Auth-User,Subject", how).stdout
                   for how in ("--csv=-", "--json=-")]
        rows = [{"Subject": row["Subject"], "Auth-User": row["Auth-User"]}
                for row in csv.DictReader(io.StringIO(grouped[0].decode(), newline=""))]
        self.assertEqual(len(rows), len(texts), "each text is a group of its own")
        again = self.save("b.csv", write_csv(rows, TITLES + ["Subject"]))
        self.assertEqual([{title: row[title] for title in rows[0]} for row in
                          self.groups(again, "--group-by=Auth-User,Subject")], rows)
        self.assertEqual({json.loads(line)["key"]["subject"] for line in grouped[1].splitlines()},
                         set(texts))

    def test_years(self):
        """No time is written that could not be read again."""
        for date in ("0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
            path = self.save("a.csv", f"Date,Identity\n{date},a\n".encode())
            result = self.merge(path, "--csv=-", status=DATA)
            self.assertIn(b"line 2: its Date is no time", result.stderr)

    def test_memory_of_a_line(self):
        """run_program() asserts the bound; each {} takes 80 bytes and more a byte."""
        start = b'{"schema":1,"kind":"message","identity":"a","later":['
        count = (512 * 1024 - len(start) - 10) // 3
        path = self.save("a.json", start + b"{}," * count + b"{}]}\n")
        self.assertEqual(self.groups(path)[0]["Identity"], "a")
        path = self.save("b.json", start + b"{}," * 2 * count + b"{}]}\n")
        self.assertIn(b"line 1: a line of more than 524288 bytes",
                      self.merge(path, status=DATA).stderr)

    def test_refused(self):
        header = runner.HEADER.encode() + b"\r\n"
        row = b"1" + b"," * 11 + b"\r\n"
        message = b'{"schema":1,"kind":"message","identity":"a@example.com"}\n'
        for data, line, why in (
                (b"hello\n", 1, EXPECTED),
                (b"%PDF-1.4\n\xe2\xe3", 1, EXPECTED),
                (bytes(range(256)), 1, EXPECTED),
                (b"[]\n", 1, EXPECTED),
                (b"From;To;Colour\n", 1, "'Colour' is no column of a report"),
                (header + row * 3 + b"1,2\r\n", 5,
                 "fewer cells than the header row, which has 12"),
                (header + row + b"," * 12 + b"\r\n", 3,
                 "more cells than the header row, which has 12"),
                (header + b'1,"a\n\n\nb' + b"," * 10 + b"\r\n" + row, 2,
                 "the file ends within a quoted cell of this row"),
                (header + b'1,"a\n\n\nb"' + b"," * 10 + b"\r\n" + b"1,\0" + b"," * 10, 6,
                 "a NUL byte: this is no text"),
                (header + row + b'1,a"b' + b"," * 10, 3, "a quote in the middle of a cell"),
                (message * 2 + message[:-2], 3, "this is no valid JSON"),
                (message + b"\xff\n", 2, "this is no valid JSON"),
                (b'{"from":"a@example.com"}\n', 1, EXPECTED),
                (b'{"schema":7,"kind":"message"}\n', 1, "JSON of schema 7: expected 1"),
                (b"Subject\n", 1, "it has no column 'Identity', by which the report is grouped"),
                (b"Date,Identity\n\n2026-02-30T00:00:00Z,a\n", 3,
                 "its Date is no time: expected one like 2026-11-20T13:45:00+01:00"),
                (b"UID,Identity\nseven,a\n", 2, "its UID is no number of a message")):
            with self.subTest(data[:60]):
                path = self.save("bad.csv", data)
                good = self.save("good.csv", header + row)
                for files in ([path], [good, path], [path, good]):
                    result = self.merge(*files, "--csv=out.csv", status=DATA)
                    self.assertEqual(result.stderr.decode(),
                                     f"quarantine-report: {path}, line {line}: {why}\n")
                    self.assertEqual(result.files, {})

    def test_a_needed_column(self):
        path = self.save("a.csv", write_csv([{"#": 1}]))
        result = self.merge(path, "--group-by=From,Subject", "-d", status=DATA)
        self.assertIn("line 1: it has no column 'Subject', by which the report is grouped",
                      result.stderr.decode())
        lines = [{"schema": 1, "kind": "message", "subject": "a"}, {"schema": 1, "kind": "message"}]
        path = self.save("a.json", "".join(json.dumps(line) + "\n" for line in lines).encode())
        result = self.merge(path, "--group-by=Subject", "-d", status=DATA)
        self.assertIn("line 2: it has no column 'Subject'", result.stderr.decode())

    def test_files_that_cannot_be_read(self):
        missing = self.directory / "missing.csv"
        result = self.merge(missing, "--csv=out.csv", status=NOINPUT)
        self.assertIn(str(missing), result.stderr.decode())
        self.assertEqual(result.files, {})
        result = self.merge(self.directory, "--csv=out.csv", status=DATA)
        self.assertIn(str(self.directory), result.stderr.decode())
        self.assertEqual(result.files, {})
        result = self.run_program(["--merge"])
        self.assert_status(result, USAGE)

    def many(self, count):
        for i in range(count):
            yield {"#": i, "From": f"a{i}@example.com", "To": f"b{i % 7}@example.net",
                   "Evidence": "x" * 100, "Auth-User": f"user{i % 1000}@example.com",
                   "IP/Username": f"198.51.100.{i % 250}"}

    def test_memory(self):
        """run_program() asserts the bound."""
        count = MANY_ROWS
        if runner.is_sanitized(runner.program()):
            count = MANY_ROWS_SANITIZED
        path = self.save("many.csv", write_csv(self.many(count), quoting=csv.QUOTE_ALL))
        got = self.groups(path, "--top=3", "--min-count=2")
        self.assertEqual(len(got), 4)
        self.assertEqual(sum(int(row["Count"]) for row in got), count)
        self.assertEqual(got[0]["Count"], str(count // 1000))

    def test_one_endless_line(self):
        header = runner.HEADER.encode() + b"\n"
        for data, line in ((header + b"x" * 20_000_000, 2), (header + b'"' + b"\n" * 2_000_000, 2),
                           (header + b"," * 20_000_000, 2), (b"x" * 20_000_000, 1),
                           (b'{"schema":' + b"[" * 20_000_000, 1)):
            path = self.save("long", data)
            result = self.merge(path, status=DATA)
            self.assertIn(f"{path}, line {line}: ", result.stderr.decode())

    def test_interrupted(self):
        """While it waits for more of a file."""
        path, work = self.directory / "pipe", self.directory / "work"
        os.mkfifo(path)
        work.mkdir()
        with subprocess.Popen([runner.program(), "--merge", path, "--csv=out.csv"], cwd=work,
                              stderr=subprocess.PIPE) as process, open(path, "wb") as pipe:
            pipe.write(runner.HEADER.encode() + b"\r\n")
            pipe.flush()
            self.wait_until_it_reads(process.pid, pipe)
            process.send_signal(signal.SIGINT)
            error = process.communicate(timeout=runner.RUN_TIMEOUT)[1]
        self.assertEqual(process.returncode, 128 + signal.SIGINT, error)
        self.assertEqual(list(work.iterdir()), [])

    def wait_until_it_reads(self, pid, pipe):
        """Until nothing is left in the pipe and the process sleeps."""
        deadline = time.monotonic() + runner.RUN_TIMEOUT
        left = array.array("i", [1])
        while left[0] > 0 or pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "S":
            self.assertLess(time.monotonic(), deadline, "it reads nothing")
            time.sleep(0.01)
            fcntl.ioctl(pipe, termios.FIONREAD, left)


if __name__ == "__main__":
    runner.main()
