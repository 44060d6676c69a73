"""Mail logs as files: what they are, in which order, what is wrong with them."""

import csv
import gzip
import io
import lzma
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import maillog_oracle  # noqa: E402
import runner  # noqa: E402

USAGE, DATA, NOINPUT = 64, 65, 66

MANY = 200_000
LONG_LINE = 1 << 30

# What a file grows to that nobody stops in time.
MUCH = 1 << 28


def exim(number, second, who="user", day=20, ending=True):
    """A message from arrival to end."""
    text = f"2026-11-{day:02} 10:{second // 60 % 60:02}:{second % 60:02}"
    queue_id = f"1{number:05}-0001Fx-2N"
    lines = [f"{text} {queue_id} <= {who}@example.com H=(c) [198.51.100.7]:5 P=esmtpa "
             f"A=plain:{who}@example.com S=300 id={number}@example.com T=\"number {number}\" for "
             f"r{number}@example.net"]
    if ending:
        lines += [f"{text} {queue_id} => r{number}@example.net R=x T=y H=h [192.0.2.1]",
                  f"{text} {queue_id} Completed"]
    return "".join(line + "\n" for line in lines)


def postfix(number, stamp, who="user"):
    head = f"{stamp} mail postfix"
    queue_id = f"{number:06X}"
    return (f"{head}/smtpd[1]: {queue_id}: client=c.example.com[198.51.100.7], sasl_method=PLAIN, "
            f"sasl_username={who}@example.com\n"
            f"{head}/qmgr[1]: {queue_id}: from=<{who}@example.com>, size=3, nrcpt=1 (queue active)\n"
            f"{head}/smtp[1]: {queue_id}: to=<r@example.net>, relay=h[192.0.2.1]:25, dsn=2.0.0, "
            f"status=sent (ok)\n{head}/qmgr[1]: {queue_id}: removed\n")


class MailLogs(runner.SystemTest):

    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, *arguments, status=0, **how):
        result = self.run_program(
            ["--columns=Date,Queue ID,Identity,Class,To,Folder,Notes", "--timezone=UTC", "--raw-csv",
             "--csv=-", *map(str, arguments)], **how)
        self.assert_status(result, status)
        self.said = result.stderr.decode()
        return list(csv.DictReader(io.StringIO(result.stdout.decode(), newline=""), strict=True))

    def test_each_form_is_recognised(self):
        iso = "2026-11-20T10:00:01.123456+00:00"
        journal = (b'{"__REALTIME_TIMESTAMP":"1795168801000000","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":'
                   b'"postfix/smtpd","MESSAGE":"0000AB: client=c[198.51.100.7], sasl_method=PLAIN, '
                   b'sasl_username=user@example.com"}\n')
        forms = {"exim": exim(1, 1), "postfix": postfix(1, "Nov 20 10:00:01"),
                 "iso": postfix(1, iso), "rfc5424": postfix(1, iso).replace(iso, f"<22>1 {iso}")
                 .replace("[1]: ", " 1 - - "), "journal": journal,
                 "zimbra": "Nov 20 10:00:01 mail slapd[1]: x\n" * 300 + postfix(1, "Nov 20 10:00:01"),
                 "journal as text": "-- Logs begin at Thu 2026-11-19 --\n-- Boot 0a1b --\n" +
                 postfix(1, "Nov 20 10:00:01"), "end of a log": "0a1: x\n" + exim(1, 1),
                 "zeros": b"\0" * 70 + exim(1, 1).encode()}
        for name, text in forms.items():
            with self.subTest(name):
                rows = self.read(self.write(name, text))
                self.assertEqual([row["Identity"] for row in rows], ["user@example.com"])

    def test_a_message_with_a_log_in_it_is_a_message(self):
        rows = self.read(self.write("a.eml", "From: a@example.com\n\n" + exim(1, 1)))
        self.assertEqual([row["Queue ID"] for row in rows], [""])

    def test_order_is_that_of_time(self):
        """A message begins in the oldest file and ends in the newest."""
        last = exim(9, 1, day=22)
        begun, ended = exim(5, 1, ending=False), exim(5, 2).splitlines(True)[1:]
        files = [self.write("mainlog", last + "".join(ended).replace("=>", "**").replace(
                     "2026-11-20", "2026-11-22")),
                 self.write("mainlog.1.xz", lzma.compress(exim(3, 1, day=21).encode())),
                 self.write("mainlog.2.gz", gzip.compress((exim(1, 1) + begun).encode()))]
        rows = self.read(*files)
        self.assertEqual([(row["Queue ID"][1:6], row["Class"]) for row in rows],
                         [("00001", "accepted"), ("00003", "accepted"), ("00009", "accepted"),
                          ("00005", "bounced")])
        self.assertEqual(rows[3]["Folder"], str(files[2]))
        self.assertEqual(rows, self.read(*reversed(files)))

    def test_period_is_of_the_stamps(self):
        path = self.write("log", exim(1, 1, day=19) + exim(2, 1) + exim(3, 1, day=21))
        rows = self.read("--date=2026-11-20", path)
        self.assertEqual([row["Queue ID"][1:6] for row in rows], ["00002"])

    def test_year_by_the_time_of_the_file(self):
        path = self.write("log", postfix(1, "Dec 31 23:59:59") + postfix(2, "Jan  1 00:00:01"))
        os.utime(path, (1704100000, 1704100000))    # 2024-01-01
        for name in (path, self.write("log.gz", gzip.compress(path.read_bytes()))):
            os.utime(name, (1704100000, 1704100000))
            self.assertEqual([row["Date"] for row in self.read(name)],
                             ["2023-12-31T23:59:59+00:00", "2024-01-01T00:00:01+00:00"])

    def test_file_of_several_years(self):
        months = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
        text = "".join(postfix(year * 12 + i, f"{months[i]}  5 10:00:00") * 40
                       for year in range(3) for i in range(12))
        path = self.write("log", text)
        os.utime(path, (1727000000, 1727000000))    # September 2024
        found = [row["Date"][:7] for row in self.read(path)][::40]
        self.assertEqual([found[0], found[3], found[15], found[-1]],
                         ["2021-10", "2022-01", "2023-01", "2024-09"])

    def test_empty(self):
        self.assertEqual(self.read(self.write("log", "")), [])
        self.assertEqual(self.read("--input=exim", self.write("log", "")), [])

    def test_no_log(self):
        self.read("--input=exim", self.write("log", bytes(range(256)) * 100), status=DATA)
        self.assertIn("no line of it is one of a mail log", self.said)
        self.read(self.directory / "missing", status=NOINPUT)

    def test_grouped_by_what_a_log_does_not_tell(self):
        path = self.write("log", exim(1, 1))
        result = self.run_program(["--group-by=From", "--csv=-", str(path)])
        self.assert_status(result, DATA)
        self.assertIn(b"which has no column 'From'", result.stderr)

    def test_two_logs_that_were_truncated(self):
        """They begin with zeros where they were copied; that does not make them copies."""
        zeros = b"\0" * 300
        rows = self.read(self.write("a", zeros + exim(1, 1).encode()),
                         self.write("b", zeros + exim(2, 2).encode()))
        self.assertEqual(len(rows), 2)

    def test_cut_gz(self):
        whole = gzip.compress("".join(exim(i, i) for i in range(2000)).encode())
        rows = self.read("--partial", self.write("log.gz", whole[:len(whole) // 2]), status=DATA)
        self.assertGreater(len(rows), 500)
        self.assertIn("is cut off", self.said)

    def test_same_log_twice(self):
        text = exim(1, 1).encode()
        self.read(self.write("a", text), self.write("b.gz", gzip.compress(text)), status=USAGE)
        self.assertIn("begin alike", self.said)

    def test_last_line_is_not_whole(self):
        """Its login may go on."""
        cut = exim(2, 2).split(".com S=")[0]
        rows = self.read("-v", self.write("log", exim(1, 1) + cut))
        self.assertEqual([row["Queue ID"][1:6] for row in rows], ["00001"])
        self.assertIn("1 odd", self.said)

    def test_hostile_values(self):
        """What a log holds is as hostile as what a header holds."""
        head = "Nov 20 10:00:01 mail postfix/smtpd[1]: A1B2C3: client=n[192.0.2.9], sasl_method=PLAIN, "
        logs = [self.write("p", head + "sasl_username==1+1\x1b[2J\u202e@example.com\n"),
                self.write("e", exim(1, 1).replace("number 1", "=cmd()|\\033[2J").replace(
                    "<= user@", "<= =1+1@"))]
        for options in (["--csv=-"], ["--tsv=-"], ["--json=-"], ["--html=-"], ["-d"], ["--explain"],
                        ["--csv=-", "--group-by=Identity"], ["-d", "--group-by=Identity,Subject"],
                        ["--identity-report=-"]):
            with self.subTest(options):
                columns = [] if any("group" in word or "html" in word or "identity" in word
                                    for word in options) else ["--columns=all"]
                result = self.run_program([*options, *columns, *map(str, logs)])
                self.assert_status(result, 0)
                self.assertNotIn(b"\x1b", result.stdout)
                if "--csv=-" in options:
                    self.assertNotRegex(result.stdout, rb'(?m)(?:^|[,"])=')

    def test_shapes_that_are_much_work_for_others(self):
        """Lines as long as they may be, many of them: whoever looks at each byte more than some times is
        not done in the time that a run has here."""
        arrival = "2026-11-20 10:00:01 1abcde-0001Fx-2N <= a@example.com "
        head = "Nov 20 10:00:01 mail postfix/%s[1]: A1B2C3: "
        shapes = [arrival + part * (120_000 // len(part)) for part in (
            "S=1 ", "H=x ", "A=p:x ", '"', "\\", "[192.0.2.1] ", "( ", "U=a b ", "for a ", "id=\" ")]
        shapes += ["2026-11-20 10:00:01 " + part * (120_000 // len(part)) for part in (
            "cwd=/a 3 args: ", "H=x F=< rejected RCPT <", "(set_id=", "a authenticator failed for ", " 1 args: ")]
        shapes += [head % service + part * (120_000 // len(part)) for service, part in (
            ("smtpd", "client=x[192.0.2.1], sasl_username="), ("smtpd", "reject: RCPT from x[1.2.3.4]: ; from=<"),
            ("smtpd", "proxy-accept: x; from=< queued as A1B2C3"), ("qmgr", "from=<a>, size=1, nrcpt="),
            ("smtp", "to=<a>, status=sent (queued as "), ("cleanup", "warning: header Subject: from ; from=<"),
            ("smtp", 'to=<"\\'), ("pickup", "uid=1 from=<> orig_id="))]
        shapes += ["Nov 20 10:00:01 mail amavis[1]: (1) Passed " + "Queue-ID: A1B2C3, Message-ID: <" * 4000,
                   "<" * 120_000, "[1/2] " * 20_000, "Nov 20 10:00:01 " * 7000]
        path = self.write("log", "".join((shape + "\n") * 20 for shape in shapes))
        self.read("--input=exim", path)

    def test_huge_line(self):
        """A gibibyte through a pipe; what is around it counts."""
        reader, writer = os.pipe()

        def fill():
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(exim(1, 1).encode() + b"2026-11-20 10:00:01 1abcde-0001Fx-2N <= ")
                block = b"x" * (1 << 20)
                for _ in range(LONG_LINE >> 20):
                    pipe.write(block)
                pipe.write(b"\n" + exim(2, 2).encode())

        thread = threading.Thread(target=fill)
        thread.start()
        result = subprocess.run([runner.program(), "-v", "--columns=Queue ID", "--csv=-", "-"],
                                stdin=reader, capture_output=True, check=False)
        os.close(reader)
        thread.join()
        self.assertEqual((result.returncode, result.stdout.split()[2:]),
                         (0, [b'"100001-0001Fx-2N"', b'"100002-0001Fx-2N"']), result.stderr)
        self.assertIn(b"1 odd", result.stderr)

    def test_file_that_grows(self):
        """As far as it went when it was opened."""
        path = self.write("log", "".join(exim(i, i) for i in range(MANY // 10)))
        stop = threading.Event()

        def grow():
            with open(path, "a", encoding="ascii") as log:
                while not stop.is_set() and log.tell() < MUCH:
                    log.write(exim(1, 1))
                    log.flush()

        thread = threading.Thread(target=grow)
        thread.start()
        rows = self.read("-v", path)
        stop.set()
        thread.join()
        self.assertGreaterEqual(len(rows), MANY // 10)

    def test_file_that_shrinks(self):
        """copytruncate meanwhile: what is gone is said."""
        path = self.write("log", "".join(exim(i, i) for i in range(MANY // 4)))
        with subprocess.Popen([runner.program(), "--partial", "--columns=Queue ID", "--csv=-", str(path)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.read(200)
            os.truncate(path, 0)
            _, said = process.communicate()
        self.assertIn(process.returncode, (0, DATA), said)
        if process.returncode == DATA:
            self.assertIn(b"log", said)

    def test_flat_memory(self):
        """run_program() looks at the memory of each run."""
        path = self.write("log", "".join(exim(i % 100_000, i, f"user{i % 50}") for i in range(MANY)))
        result = self.run_program(["--group-by=Identity", "--csv=-", str(path)])
        self.assert_status(result, 0)
        self.assertEqual(len(result.stdout.splitlines()), 1 + 50)

    def test_lines_without_an_end_add_up(self):
        path = self.write("log", exim(1, 1) + "x\n y\n" + postfix(1, "Nov 20 10:00:01") + "2026-11-20 "
                          "10:00:01 SMTP connection from [192.0.2.1]\n" + exim(7, 1, ending=False))
        rows = self.read("-v", path)
        self.assertEqual(len(rows), 3)
        said = re.search(r"mail log: (\d+) lines: (.*)", self.said)
        self.assertEqual(int(said[1]), len(maillog_oracle.lines_of(path)))
        self.assertEqual(int(said[1]), sum(map(int, re.findall(r"\b\d+\b", said[2]))))
        self.assertIn("1 messages without an end", self.said)

    def test_what_exim_was_not_told_to_log(self):
        text = exim(1, 1)
        self.read("-v", self.write("a", re.sub(r' T=.*', "", text)))
        self.assertIn("+subject +received_recipients +arguments", self.said)
        self.read("-v", self.write("b", re.sub(r' T="[^"]*"', "", text)))
        self.assertIn("log_selector = +subject", self.said)

    def test_questions(self):
        """Each question of the abuse desk is one command."""
        text = ("".join(exim(i, i, "often") for i in range(3)) + exim(4, 4, "seldom") +
                "2026-11-20 10:01:00 cwd=/home/carl/www 3 args: /usr/sbin/sendmail -t -i\n"
                "2026-11-20 10:01:00 1abcde-0001Fx-2N <= carl@example.com U=carl P=local S=3\n"
                "2026-11-20 10:01:01 plain authenticator failed for (x) [203.0.113.5]:4: 535 no "
                "(set_id=info)\n" * 1)
        path = self.write("log", text)
        asked = {
            ("--group-by=Auth-User",): ["often@example.com", "3"],
            ("--group-by=Login IP,Auth-User",): ["198.51.100.7", "often@example.com", "3"],
            ("--group-by=Source IP,Return-Path",): ["198.51.100.7", "<often@example.com>", "3"],
            ("--group-by=PHP script", "--since=2026-11-20T10:01", "--until=2026-11-21"):
                ["/home/carl/www", "1"],
            ("--failed-logins", "--group-by=Login IP"): ["203.0.113.5", "1"],
            ("--failed-logins", "--group-by=Auth-User"): ["info", "1"],
        }
        for options, want in asked.items():
            with self.subTest(options):
                result = self.run_program([*options, "--timezone=UTC", "--raw-csv", "--csv=-", str(path)])
                self.assert_status(result, 0)
                first = list(csv.DictReader(io.StringIO(result.stdout.decode(), newline="")))[0]
                for value in want:
                    self.assertIn(value, first.values())

    def groups(self, *arguments, status=0):
        result = self.run_program(["--group-by=Identity", "--timezone=UTC", "--raw-csv", "--csv=-",
                                   *map(str, arguments)])
        self.assert_status(result, status)
        self.said = result.stderr.decode()
        return {row["Identity"]: int(row["Count"]) for row in
                csv.DictReader(io.StringIO(result.stdout.decode(), newline=""))}

    def local(self, host, user, seconds, pack=bytes):
        """Exim's own log of a host: a message of a local user at each second."""
        (self.directory / host).mkdir(exist_ok=True)
        text = "".join(f"2026-11-20 10:{second // 60:02}:{second % 60:02} 1{second:05}-0001Fx-2N <= "
                       f"{user}@example.com U={user} P=local S=300\n" for second in seconds)
        return self.write(f"{host}/mainlog", pack(text.encode()))

    def test_one_login_of_two_hosts(self):
        """Exim's own log names no host; one name on two hosts is two customers."""
        logs = [self.local("web1", "bob", range(0, 600, 10)),
                self.local("web2", "bob", range(5, 300, 10))]
        packed = [self.local("web3", "bob", range(7, 600, 10), gzip.compress),
                  self.local("web4", "bob", range(8, 300, 10), gzip.compress)]
        for pair in (logs, packed, [logs[0], packed[1]]):
            self.assertEqual(self.groups(*pair, status=USAGE), {})
            self.assertIn("are of the same time, so of two hosts, and Exim's own log names none: "
                          "--log-host=directory", self.said)
        self.assertEqual(self.groups("--log-host=directory", *logs, *packed),
                         {"bob@web1": 60, "bob@web2": 30, "bob@web3": 60, "bob@web4": 30})
        self.assertEqual(self.groups("--log-host=web9.example.com", *logs),
                         {"bob@web9.example.com": 90})
        self.assertEqual(self.groups(logs[0], self.local("old", "bob", range(600, 700, 10))),
                         {"bob": 70}, "one after the other is one host")
        self.assertEqual(self.groups("--log-host=directory", "-", status=0), {})
        beside = self.directory / "web1/of-another"
        beside.write_text(logs[1].read_text())
        self.assertEqual(self.groups("--log-host=directory", logs[0], beside, status=USAGE), {})
        self.assertIn("are of the same time, so of two hosts, and lie in one directory",
                      self.said)
        link = self.directory / "web5/mainlog"
        link.parent.mkdir()
        link.symlink_to(beside)
        self.assertEqual(self.groups("--log-host=directory", logs[0], link, status=USAGE), {},
                         "a link lies where it leads")
        # A folder's name with a line break can have any stamp.
        forged = ("2026-11-20 10:09:59 cwd=/home/mallory/x\n2027-01-01 10:00:00 1abcde-0001Fx-2N <= x\n"
                  "y 3 args: /usr/sbin/sendmail -t -i\n")
        logs[0].write_text(logs[0].read_text() + forged)
        self.assertEqual(self.groups(logs[0], self.directory / "old/mainlog"),
                         {"bob": 60, "(no identity)": 10})
        self.assertEqual(self.groups("--log-host=web1.example.com", "-s", "h.example", status=USAGE), {})

    def test_year_by_option(self):
        """Where the time of the file is lost."""
        path = self.write("log", postfix(1, "Dec 31 23:59:00") + postfix(2, "Jan  1 00:01:00"))
        rows = self.read("--log-end=2021-01-01", path)
        self.assertEqual([row["Date"][:10] for row in rows], ["2020-12-31", "2021-01-01"])
        for day in ("2021-13-01", "2999-01-01"):
            self.read("--log-end=" + day, path, status=USAGE)
            self.assertIn("quarantine-report: --log-end: ", self.said)

    def test_filter_of_a_user(self):
        """A filter that is a program hands in again what it got, as a user of the host."""
        head = "Nov 20 10:00:0%d mail postfix/%s[1]: "
        path = self.write("log", "".join(head % line[:2] + line[2] + "\n" for line in [
            (1, "smtpd", "A1B2C3: client=n[192.0.2.9], sasl_method=PLAIN, sasl_username=a@e.example"),
            (1, "cleanup", "A1B2C3: message-id=<m@e>"),
            (2, "pipe", "A1B2C3: to=<r@f>, relay=f, dsn=2.0.0, status=sent (delivered via f service)"),
            (3, "pickup", "D4E5F6: uid=5001 from=<a@e.example>"),
            (3, "cleanup", "D4E5F6: message-id=<m@e>"),
            (4, "qmgr", "A1B2C3: removed"), (4, "qmgr", "D4E5F6: removed")]))
        self.assertEqual(self.groups(path), {"a@e.example": 1, "uid 5001@mail": 1})
        self.assertIn("1 messages of local users (the first of uid 5001) have the message id of one "
                      "that a filter was handed", self.said)
        self.assertEqual(self.groups("--filter-uid=5001", path), {"a@e.example": 1})
        self.assertEqual(self.said, "")

    def test_lines_of_others(self):
        """Anybody can write to the log; the journal knows who did."""
        entry = ('{"__REALTIME_TIMESTAMP":"1763632801000000","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":'
                 '"postfix/pickup","_UID":"%s","_COMM":"%s","MESSAGE":"%s: uid=1001 from=<v@e>"}\n')
        path = self.write("log", entry % (105, "pickup", "A1B2C3") + entry % (1002, "lo\\u001bgger", "D4E5F6"))
        self.assertEqual(self.groups(path), {"uid 1001@mail": 1})
        self.assertRegex(self.said, r"1 lines are not of the program that they name \(the first is "
                                    r"'postfix/pickup' by uid 1002, program 'lo[^\x1b]+gger'\), and do not count")

    def test_blocklist_of_failed_logins(self):
        """An address that tried many names is the one to block; groups are of addresses."""
        path = self.write("log", "".join(
            f"2026-11-20 10:01:0{i} plain authenticator failed for (x) [9.1.1.1]:4: 535 no "
            f"(set_id=name{i}@example.com)\n" for i in range(9)) +
            "2026-11-20 10:02:00 plain authenticator failed for (x) [9.1.1.2]:4: 535 no "
            "(set_id=customer@example.com)\n")
        result = self.run_program(["--failed-logins", "--blocklist=-", "--min-count=5", str(path)])
        self.assert_status(result, 0)
        head, *lines = result.stdout.decode().splitlines()
        self.assertIn("exempt webmails and offices with --exempt-net", head)
        self.assertEqual(lines, ["9.1.1.1 REJECT"])


if __name__ == "__main__":
    runner.main()
