"""Grouped reports against an independent count, in every output, from one pass."""

import base64
import csv
import datetime
import io
import json
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import group_oracle as oracle  # noqa: E402
import quarantine_case  # noqa: E402
import recorder as recorders  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, OLDER, OUTGOING, TODAY, YESTERDAY  # noqa: E402

USAGE, CREATE, IO = 64, 73, 74

PERIOD = [f"--timezone={quarantine_case.ZONE}", f"--since={OLDER}", "--until=2026-02-12"]
BOTH = [*PERIOD, "-i", "-o"]

GENERATED = 420

KEYS = [["Identity"], ["PHP script"], ["Source IP"], ["From", "Subject"], ["Domain"],
        ["Sender domain"], ["Qmail UID"], ["Folder", "Identity"], ["IP/Username"], ["To"],
        ["Class", "Qmail UID", "Source IP"], ["UID"], ["Evidence"]]

LONG = "längst " * 80  # over 512 bytes; the cut falls within a character for one of them
LOGINS = ["anna@shop.example", "bert@host.example", "carl", "dora@shop.example/x",
          "Dora@shop.example/X", "Émile@shop.example"]
SCRIPTS = ["shop.example/contact.php", "Shop.Example/contact.php", "shop.example/Contact.php",
           "blog.example/xmlrpc.php", "/home/shop/mail.php", "/home/Shop/mail.php"]
ADDRESSES = ["192.0.2.1", "192.0.2.20", "198.51.100.7", "203.0.113.9", "2001:db8::1", "2001:DB8::1"]
DOMAINS = ["shop.example", "Shop.Example", "host.example", "xn--bcher-kva.example"]
SUBJECTS = ["Invoice", "invoice", "Zoë, Ihr Gewinn", "請立即付款", "=cmd|'/c calc'!A1", LONG + "1",
            LONG + "2", "a" * 512, "a" * 513, "a" * 515, "a" * 511 + "ö", "x\ty", "👩‍👩‍👧"]
RECIPIENTS = ["a@example.net", "A@Example.NET", "b@example.net", "b@example.org", "c@example.net"]


def encoded(text, rng):
    """A header value: as it stands, or as encoded-words of either kind."""
    kind = rng.choice(("raw", "B", "Q"))
    if kind == "raw":
        return text.encode()
    if kind == "B":
        return b" ".join(b"=?UTF-8?B?" + base64.b64encode(text[at:at + 12].encode()) + b"?="
                         for at in range(0, len(text), 12))
    parts = (text[at:at + 6].encode() for at in range(0, len(text), 6))
    return b"\n ".join(b"=?utf-8?q?" + b"".join(b"=%02X" % byte for byte in part) + b"?="
                       for part in parts)


def any_case(text, rng):
    return "".join(rng.choice((char.lower(), char.upper())) if char.isascii() else char
                   for char in text)


def recipients(rng):
    """To in one of its many shapes; None: no such field."""
    chosen = [rng.choice(RECIPIENTS) for _ in range(rng.randint(1, 4))]
    return rng.choice((
        ", ".join(chosen), ",\n\t".join(f"<{one}>" for one in chosen),
        ", ".join(f'"Name, {number}" <{one}>' for number, one in enumerate(chosen)),
        ", ".join(f"=?utf-8?q?Last=2C_First?= <{one}>" for one in chosen),
        "friends: " + ", ".join(chosen) + ";", "undisclosed-recipients:;", None))


def message(rng):
    """A header section with some of all that groups are made of."""
    lines = []
    if rng.random() < 0.3:
        lines.append("Received: (qmail %d invoked by uid %d); 10 Feb 2026 10:00:00 -0000"
                     % (rng.randint(100, 9999), rng.choice((1001, 1002, 1003))))
    sender = any_case(rng.choice(("a@sender.example", "b@sender.example")), rng)
    lines.append(f"From: {rng.choice(('', 'Name '))}<{sender}>")
    if (to := recipients(rng)) is not None:
        lines.append(f"To: {to}")
    lines = [line.encode() for line in lines]
    if rng.random() < 0.85:
        lines.append(b"Subject: " + encoded(rng.choice(SUBJECTS), rng))
    for name, choices, share, shape in (
            ("Return-Path", ["bounce@mailer.example", "bounce@Mailer.Example"], 0.3, "<{}>"),
            ("X-PHP-Script", SCRIPTS, 0.4, "{} for 192.0.2.77"),
            ("X-Originating-IP", ADDRESSES, 0.7, "[{}]"),
            ("X-AuthUser", LOGINS, 0.5, "{}")):
        if rng.random() < share:
            lines.append(f"{name}: {shape.format(rng.choice(choices))}".encode())
    if rng.random() < 0.5:
        lines += [f"X-Brand-Domain: {rng.choice(DOMAINS)}".encode(),
                  f"X-Brand-Username: {any_case(rng.choice(LOGINS[:3]), rng)}".encode(),
                  b"X-Brand-Outgoing-Class: " + rng.choice((b"spam", b"phish")),
                  b"X-Brand-Outgoing-Evidence: Combined (0.%02d)" % rng.randint(90, 99)]
    return b"\n".join([*lines, b"", b""])


def table(data):
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


def dicts(data):
    rows = table(data)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def without_ages(command):
    """A search says how many seconds ago the period was, which the next run says otherwise."""
    return re.sub(rb"(YOUNGER|OLDER) \d+", rb"\1", command)


class Groups(quarantine_case.QuarantineTest):

    maxDiff = None

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)
        rng = random.Random("groups")
        start = datetime.datetime.fromisoformat(f"{YESTERDAY}T01:00:00+01:00")
        for number in range(GENERATED):
            # In another order than the UIDs, and two of the same second.
            when = start + datetime.timedelta(seconds=rng.randint(0, 80000))
            quarantine.deliver(rng.choice((OUTGOING, OUTGOING, INCOMING)), message(rng), when)
        for name in (b"MAILER-DAEMON@host.example", b"mailer-daemon@shop.example"):
            quarantine.deliver(OUTGOING, b"From: " + name + b"\nX-AuthUser: anna@shop.example\n\n",
                               start)

    def saved(self, *options):
        """Standard output of a run that is in order."""
        return self.quiet_report(*options).stdout

    def messages(self, *options):
        """The rows of the messages, which the oracle counts."""
        messages = dicts(self.saved(*options, "--csv=-", "--columns=all", "--raw-csv"))
        self.assertGreater(len(messages), 100)
        return messages

    def assert_rows(self, ours, columns, messages, **limits):
        """ours: with the header row, not guarded."""
        self.assertEqual(ours[0], oracle.header(columns))
        theirs = oracle.grouped(messages, columns, **limits)
        for number, (our, their) in enumerate(zip(ours[1:], theirs), 1):
            compared = self.comparable(our, columns, messages)
            differ = [f"{title}: {one[:80]!r}, counted {other[:80]!r}"
                      for title, one, other in zip(ours[0], compared, their, strict=True)
                      if one != other]
            self.assertFalse(differ, f"row {number}, {our[:2 + len(columns)]}")
        self.assertEqual(len(ours) - 1, len(theirs), "rows")
        self.assertEqual(sum(int(row[0]) for row in ours[1:]), len(messages), "the sum")

    def comparable(self, row, columns, messages):
        """With the top script and address folded, which may be in any message's spelling."""
        cells = dict(zip(oracle.header(columns), row, strict=True))
        for title, column in (("Top PHP script", "PHP script"), ("Top source IP", "Source IP")):
            spellings = {oracle.cut(oracle.grouped_part(column, message[column]))
                         for message in messages} | {""}
            self.assertIn(cells[title], spellings)
            cells[title] = oracle.folded(column, cells[title])
        return list(cells.values())


class Csv(Groups):

    def test_the_messages_are_worth_counting(self):
        """What the oracle is to find different must be there."""
        messages = self.messages(*BOTH)
        self.assertEqual({message["Folder"] for message in messages}, {OUTGOING, INCOMING})
        for column in ("Identity", "PHP script", "Source IP", "Subject", "Domain", "Qmail UID",
                       "To"):
            with self.subTest(column=column):
                self.assertTrue(any(not message[column] for message in messages), "none is empty")
                sizes = [len(group) for group in oracle.sets_of(messages, [column])]
                self.assertGreater(len(sizes), len(set(sizes)), "no two groups of one size")
                self.assertGreater(max(sizes), 10)
        for column in ("Identity", "PHP script", "Source IP", "From", "Domain", "To"):
            spelled = {message[column] for message in messages}
            self.assertLess(len({oracle.folded(column, value) for value in spelled}), len(spelled),
                            f"{column} is never spelled in two ways")
        tops = [oracle.top_value(group, "PHP script")[1]
                for group in oracle.sets_of(messages, ["Identity"])]
        self.assertGreater(len(set(tops)), 5)

    def test_each_key(self):
        messages = self.messages(*BOTH)
        for columns in KEYS:
            with self.subTest(columns=columns):
                ours = table(self.saved(*BOTH, f"--group-by={','.join(columns)}", "--csv=-",
                                        "--raw-csv"))
                self.assert_rows(ours, columns, messages)

    def test_titles_in_any_case(self):
        self.assertEqual(self.saved(*BOTH, "--group-by=php SCRIPT,source ip", "--csv=-"),
                         self.saved(*BOTH, "--group-by=PHP script,Source IP", "--csv=-"))

    def test_one_folder(self):
        for option in ("-o", "-i"):
            with self.subTest(option=option):
                ours = table(self.saved(*PERIOD, option, "--group-by=Identity", "--csv=-",
                                        "--raw-csv"))
                self.assert_rows(ours, ["Identity"], self.messages(*PERIOD, option))

    def test_limits(self):
        messages = self.messages(*BOTH)
        for top, min_count in ((1, 0), (3, 0), (10, 0), (0, 2), (0, 7), (5, 2), (2, 30),
                               (100000, 0), (0, 1), (0, 100000), (1, 100000)):
            for columns in (["Identity"], ["From", "Subject"]):
                with self.subTest(top=top, min_count=min_count, columns=columns):
                    options = [*([f"--top={top}"] if top else []),
                               *([f"--min-count={min_count}"] if min_count else [])]
                    ours = table(self.saved(*BOTH, *options, f"--group-by={','.join(columns)}",
                                            "--csv=-", "--raw-csv"))
                    self.assert_rows(ours, columns, messages, top=top, min_count=min_count)

    def test_limits_alone_group_by_identity(self):
        for option in ("--top=4", "--min-count=3"):
            self.assertEqual(self.saved(*BOTH, option, "--csv=-"),
                             self.saved(*BOTH, option, "--group-by=Identity", "--csv=-"))

    def test_without_bounces(self):
        all_messages, messages = self.messages(*BOTH), self.messages(*BOTH, "-n")
        self.assertLess(len(messages), len(all_messages))
        ours = table(self.saved(*BOTH, "-n", "--group-by=Identity", "--csv=-", "--raw-csv"))
        self.assert_rows(ours, ["Identity"], messages)

    def test_nothing_found(self):
        data = self.saved("--date=2026-01-01", "--group-by=Identity", "--top=3", "--csv=-")
        self.assertEqual(table(data), [oracle.header(["Identity"])])

    def test_guard(self):
        """As in the report of messages: one ' more in front of what would be a formula."""
        options = [*BOTH, "--group-by=From,Subject", "--csv=-"]
        raw, guarded = table(self.saved(*options, "--raw-csv")), table(self.saved(*options))
        changed = 0
        for one, other in zip(raw, guarded, strict=True):
            for cell_raw, cell in zip(one, other, strict=True):
                dangerous = cell_raw.lstrip(" ")[:1] in set("=+-@＝＋－＠") and cell_raw
                self.assertEqual(cell, "'" + cell_raw if dangerous else cell_raw)
                changed += bool(dangerous)
        self.assertGreater(changed, 0)

    def test_form(self):
        """RFC 4180, as all our CSV: CR LF, every field quoted but those of the header row."""
        data = self.saved(*BOTH, "--group-by=Identity", "--csv=-")
        lines = data.decode().split("\r\n")
        self.assertEqual(lines[0], ",".join(oracle.header(["Identity"])))
        self.assertEqual(lines[-1], "")
        for line in lines[1:-1]:
            self.assertRegex(line, r'^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$')
        self.assertEqual(self.saved(*BOTH, "--group-by=Identity", "--csv=-", "--csv-bom"),
                         b"\xef\xbb\xbf" + data)
        other = self.saved(*BOTH, "--group-by=Identity", "--csv=-", "--delimiter=;")
        self.assertEqual(list(csv.reader(io.StringIO(other.decode(), newline=""), delimiter=";")),
                         table(data))

    def test_deterministic(self):
        """The key of the hashes differs from run to run; the report does not."""
        options = [*BOTH, "--group-by=Identity,Source IP", "--csv=-"]
        self.assertEqual(self.saved(*options), self.saved(*options))


class IdentityReport(Groups):

    def test_counts(self):
        messages = self.messages(*BOTH)
        rows = table(self.saved(*BOTH, "--identity-report=-", "--raw-csv"))
        self.assertEqual(rows[0], oracle.IDENTITY_REPORT)
        self.assertEqual(sum(int(row[3]) for row in rows[1:]), len(messages))
        self.assertEqual({row[4] for row in rows[1:]}, {""})
        counts = [int(row[3]) for row in rows[1:]]
        self.assertEqual(counts, sorted(counts, reverse=True))
        groups = oracle.sets_of(messages, ["Domain", "IP/Username", "Identity"])
        self.assertEqual(counts, [len(group) for group in groups])
        for row, group in zip(rows[1:], groups):
            first = group[0]
            self.assertEqual(row[0], oracle.cut(first["Domain"]))
            # "@domain" stands for a user without a name.
            user = "" if first["IP/Username"].startswith("@") else first["IP/Username"]
            self.assertEqual(row[1], oracle.cut(user))
            self.assertEqual(row[2], oracle.cut(first["Identity"]))

    def test_header_row(self):
        data = self.saved(*BOTH, "--identity-report=-")
        self.assertEqual(re.split(rb"\r?\n", data)[0],
                         ",".join(f'"{title}"' for title in oracle.IDENTITY_REPORT).encode())

    def test_limits_do_not_apply(self):
        alone = self.saved(*BOTH, "--identity-report=-")
        result = self.quiet_report(*BOTH, "--identity-report=-", "--csv=top.csv", "--top=2",
                                   files=["top.csv"])
        self.assertEqual(result.stdout, alone)
        self.assertEqual(len(table(result.files["top.csv"])), 4)


class Json(Groups):

    def test_same_as_csv(self):
        for columns, options in ((["Identity"], []), (["From", "Subject"], ["--top=7"]),
                                 (["Source IP"], ["--min-count=40"])):
            with self.subTest(columns=columns):
                options = [*BOTH, f"--group-by={','.join(columns)}", *options]
                lines = self.saved(*options, "--json=-").decode().splitlines()
                rows = dicts(self.saved(*options, "--csv=-", "--raw-csv"))
                self.assertEqual(len(lines), len(rows))
                for line, row in zip(lines, rows):
                    self.assert_same(json.loads(line), row, columns)

    def assert_same(self, group, row, columns):
        self.assertEqual(group["schema"], 1)
        key = lambda title: title.lower().replace(" ", "_")  # noqa: E731
        if group["kind"] == "others":
            self.assertEqual(row[columns[0]], f"({group['groups']} others)")
        else:
            self.assertEqual(group["kind"], "group")
            wanted = [re.sub(r"^\((none|no identity)\)$", "", row[title]) for title in columns]
            self.assertEqual(list(group["key"].values()), wanted)
        for title in oracle.FRONT + oracle.BACK:
            value = group.get(key(title))
            self.assertEqual("" if value is None else str(value), row[title], title)

    def test_messages(self):
        """One object a message, with the cells of the CSV."""
        lines = [json.loads(line) for line in self.saved(*BOTH, "--json=-").splitlines()]
        messages = self.messages(*BOTH)
        self.assertEqual([str(line["uid"]) for line in lines],
                         [message["UID"] for message in messages])
        for line, one in zip(lines, messages):
            for title in ("From", "To", "Subject", "Identity", "Folder", "Sender domain"):
                self.assertEqual(line[title.lower().replace(" ", "_")], one[title])


class Display(Groups):

    def test_counts(self):
        """As wide as it needs to be without a terminal: counts and keys of the CSV, in order."""
        for options in (["--group-by=Identity"], ["--group-by=Source IP", "--top=3"],
                        ["--min-count=5"], ["--group-by=Qmail UID", "-n"]):
            with self.subTest(options=options):
                shown = self.saved(*BOTH, *options, "-d")
                self.assert_printable(shown)
                head, *rows = table(self.saved(*BOTH, *options, "--csv=-", "--raw-csv"))
                first, *lines, last, zone = shown.decode().splitlines()
                self.assertTrue(zone.startswith("times: "), zone)
                self.assertRegex(first, r"^ *Count +% +" + re.escape(head[2]))
                self.assertEqual([line.split()[:2] for line in lines], [row[:2] for row in rows])
                for line, row in zip(lines, rows):
                    self.assertTrue(line[first.index(head[2]):].startswith(row[2][:20]), line)
                cut_off = re.match(r"\((\d+) others\)$", rows[-1][2])
                groups = len(rows) if cut_off is None else len(rows) - 1 + int(cut_off[1])
                self.assertEqual(last.split(maxsplit=2), [
                    str(sum(int(row[0]) for row in rows)), "100.0", f"Total ({groups} groups)"])

    def test_the_default_output(self):
        self.assertEqual(self.saved(*BOTH, "--top=5"), self.saved(*BOTH, "--top=5", "-d"))


class SeveralOutputs(Groups):

    NAMES = {"--csv": "a.csv", "--json": "b.jsonl", "--html": "c.html",
             "--identity-report": "d.csv"}

    def record(self, *options, **how):
        with recorders.Recorder(("127.0.0.1", self.quarantine.port_imap),
                                self.quarantine.certificate) as recorder:
            result = self.run_program([*self.trust(port=recorder.port), *BOTH, *options], **how)
        self.assert_status(result, 0)
        [session] = recorder.sessions
        # Without the tag.
        commands = [text.partition(b" ")[2] for _, text in recorders.imap_commands(session.client)]
        return result, commands

    def test_one_fetch(self):
        """All outputs at once cost the commands of one, and are the same as each alone."""
        for options in ([], ["--group-by=Identity"], ["--top=3"]):
            with self.subTest(options=options):
                files = [f"{option}={name}" for option, name in self.NAMES.items()]
                together, commands = self.record(
                    *options, *files, "-d", files=self.NAMES.values())
                self.assertEqual(together.stderr, b"")
                alone, wanted = self.record(*options, "--csv=-")
                self.assertEqual([without_ages(one) for one in commands],
                                 [without_ages(one) for one in wanted])
                self.assertTrue(any(b"BODY.PEEK[HEADER" in text for text in commands))
                self.assertEqual(together.files["a.csv"], alone.stdout)
                for option, name in self.NAMES.items():
                    if option == "--identity-report":
                        self.assertEqual(together.files[name], self.saved(*BOTH, f"{option}=-"))
                    elif option != "--html":  # which says when it was made
                        self.assertEqual(together.files[name],
                                         self.saved(*BOTH, *options, f"{option}=-"))
                self.assertTrue(together.files["c.html"].startswith(b"<!DOCTYPE html>"))
                self.assertEqual(together.stdout, self.saved(*BOTH, *options, "-d"))

    def test_default_names(self):
        stem = f"quarantine-all-{OLDER}_2026-02-11"
        messages = [stem + ".csv", stem + ".jsonl", stem + ".html", stem + "-identities.csv"]
        groups = [stem + "-grouped.csv", stem + "-grouped.jsonl", *messages[2:]]
        for options, names in (([], messages), (["--top=2"], groups)):
            result = self.quiet_report(*BOTH, *options, "-c", "--json", "--html",
                                       "--identity-report", files=names)
            self.assertEqual(sorted(result.files), sorted(names))
            self.assertEqual(result.stdout, b"")


class Failures(Groups):

    OLD = b"the report of another day\r\n"

    def setUp(self):
        super().setUp()
        self.out = self.directory / "out"
        self.out.mkdir()

    def test_none_appears_when_one_fails(self):
        """Whichever it is, and wherever it stands."""
        options = list(SeveralOutputs.NAMES)
        for failing in options:
            for old in (False, True):
                with self.subTest(failing=failing, old=old):
                    paths = {option: self.out / SeveralOutputs.NAMES[option] for option in options}
                    if old:
                        for path in paths.values():
                            path.write_bytes(self.OLD)
                    result = self.report(
                        *BOTH, "--group-by=Identity", "-d",
                        *(f"{option}={'/dev/full' if option == failing else paths[option]}"
                          for option in options), status=IO)
                    self.assertIn(b"No space left", result.stderr)
                    self.assert_old_or_nothing(paths.values() if old else [])

    def test_none_appears_when_the_display_fails(self):
        full = ["sh", "-c", 'exec "$@" > /dev/full', "sh"]
        for options in (["--group-by=Identity"], []):
            self.report(*BOTH, *options, "-d", f"--csv={self.out}/a.csv",
                        f"--json={self.out}/b.jsonl", f"--html={self.out}/c.html",
                        f"--identity-report={self.out}/d.csv", status=IO, wrapper=full)
            self.assert_old_or_nothing([])

    def test_none_appears_when_one_cannot_be_made(self):
        (self.out / "folder").mkdir()
        for name in ("none/c.html", "folder"):
            for first, second in (("csv", "html"), ("html", "csv"), ("identity-report", "json")):
                with self.subTest(name=name, first=first):
                    result = self.report(*BOTH, f"--{first}={self.out}/a",
                                         f"--{second}={self.out}/{name}", status=CREATE)
                    self.assertIn(name.encode(), result.stderr)
                    self.assertEqual(list(self.out.iterdir()), [self.out / "folder"])

    def test_one_file_by_two_names(self):
        """One output would replace the other, and nobody would know."""
        (self.out / "here").symlink_to(".")
        default = f"quarantine-all-{OLDER}_2026-02-11.csv"
        for options in ([f"--csv={self.out}/a", f"--json={self.out}/./a"],
                        [f"--csv={self.out}/a", f"--json={self.out}/here/a"],
                        ["--csv", f"--json={default}"]):
            with self.subTest(options=options):
                result = self.run_program([*self.trust(), *BOTH, *options], files=[default])
                self.assert_status(result, USAGE, CREATE)
                self.assertEqual(list(self.out.iterdir()), [self.out / "here"])
                self.assertFalse(result.files)

    def assert_old_or_nothing(self, old):
        self.assertEqual(sorted(path.name for path in self.out.iterdir()),
                         sorted(path.name for path in old))
        for path in old:
            self.assertEqual(path.read_bytes(), self.OLD)
            path.unlink()


class UsageErrors(runner.SystemTest):

    # Options, and what the message must name.
    TABLE = [
        (["--group-by=Colour"], ["--group-by", "Colour"]),
        (["--group-by="], ["--group-by"]),
        (["--group-by=Identity,"], ["--group-by"]),
        (["--group-by=Identity,Identity"], ["--group-by", "Identity"]),
        (["--group-by=#"], ["--group-by", "#"]),
        (["--group-by=From,To,Reply-To,Qmail UID,Invoked for,Evidence,Domain,Class,Subject"],
         ["--group-by"]),
        (["--top=0"], ["--top"]),
        (["--top=-1"], ["--top"]),
        (["--top=ten"], ["--top"]),
        (["--top="], ["--top"]),
        (["--top=99999999999999999999"], ["--top"]),
        (["--min-count=0"], ["--min-count"]),
        (["--min-count=1x"], ["--min-count"]),
        (["--csv=-", "--json=-"], ["--csv", "--json", "standard output"]),
        (["--csv=-", "-d"], ["--csv", "--display", "standard output"]),
        (["--html=-", "--json=/dev/stdout"], ["--html", "--json", "standard output"]),
        (["--identity-report=-", "-d"], ["--identity-report", "--display"]),
        (["--csv=one", "--json=one"], ["--csv", "--json", "one"]),
        (["--html=one", "--identity-report=one"], ["--html", "--identity-report", "one"]),
        (["--top=3", "--identity-report"], ["--top"]),
        (["--top=3", "--columns=From"], ["--columns"]),
        (["--group-by=From", "--explain"], ["--explain"]),
        (["--merge"], ["--merge"]),
        (["--merge", "-t", "saved.csv"], ["--merge", "--today"]),
    ]

    def test_each(self):
        for options, named in self.TABLE:
            with self.subTest(options=options):
                host = [] if "--merge" in options else ["-s", "localhost:9"]
                result = self.run_program([*host, "--password-command=exit 1", *options]
                                          if host else options)
                self.assert_status(result, USAGE)
                self.assertEqual(result.stdout, b"")
                for name in named:
                    self.assertIn(name, result.stderr.decode())
                self.assertIn(b"Try 'quarantine-report --help'.", result.stderr)


class Merged(Groups):

    def test_same_as_one_run(self):
        """Reports of the two folders and of each day, saved apart and put together again."""
        parts = [(f"--date={day}", folder) for folder in ("-o", "-i")
                 for day in (OLDER, "2026-02-09", YESTERDAY, TODAY)]
        zone = f"--timezone={quarantine_case.ZONE}"
        for kind in (["--columns=all", "--csv"], ["--columns=all", "--raw-csv", "--csv"],
                     ["--json"]):
            paths = []
            for number, part in enumerate(parts):
                paths.append(str(self.directory / f"{number}{kind[-1]}"))
                self.quiet_report(zone, *part, *kind[:-1], f"{kind[-1]}={paths[-1]}")
            # Samples of a group, and spellings, are those of the first message: in this order.
            messages = [message for part in parts for message in dicts(self.saved(
                zone, *part, "--csv=-", "--columns=all", "--raw-csv"))]
            for columns in (["Identity"], ["From", "Subject"], ["PHP script"], ["Folder", "UID"]):
                with self.subTest(kind=kind, columns=columns):
                    result = self.run_program([
                        "--merge", zone, f"--group-by={','.join(columns)}", "--csv=-", "--raw-csv",
                        *paths])
                    self.assert_status(result, 0)
                    self.assert_rows(table(result.stdout), columns, messages)


class Estimates(runner.SystemTest):
    """More different values in a group than are counted one by one, from a saved report."""

    MOST = 4096
    OFF = 0.11  # six standard errors of 1.6 percent, and the rounding
    NAMES = ["a.csv", "b.json", "c.html", "d.csv"]
    OUTPUTS = [*(f"--{kind}={name}" for kind, name in
                 zip(("csv", "json", "html", "identity-report"), NAMES)), "-d"]
    WARNING = (b"quarantine-report: too many different recipients, subjects, addresses or scripts "
               b"to count each: some numbers of them are estimates, with a standard error of "
               b"1.6 percent\n")

    def save(self, messages):
        """A saved report of (identity, To, subject, address) in the test's folder."""
        path = self.directory / "saved.csv"
        with path.open("w", newline="") as out:
            out.write("Date,To,Subject,Identity,Source IP,UID\r\n")
            for uid, (identity, to, subject, address) in enumerate(messages, 1):
                out.write(f'"2026-02-10T10:00:{uid % 60:02}+01:00","{to}","{subject}",'
                          f'"{identity}","{address}","{uid}"\r\n')
        return path

    def merge(self, messages, *options, **how):
        result = self.run_program(["--merge", *options, str(self.save(messages))], **how)
        self.assert_status(result, 0)
        return result

    @staticmethod
    def flood(messages, addresses):
        """Every recipient is another one; short, so that all of them are within 8 KiB."""
        digits = "abcdefghijklmnopqrstuvwxyz0123456789"
        pairs = [one + other for one in digits for other in digits]
        numbers = (digits[high] + pairs[middle] + low
                   for high in range(36) for middle in range(1296) for low in pairs)
        for number in range(messages):
            to = ",".join(f"{next(numbers)}@x.eu" for _ in range(addresses))
            yield (f"user{number % 20}@shop.example", to, f"Subject {number % 50}",
                   f"192.0.2.{number % 9}")

    def assert_about(self, number, wanted):
        self.assertLess(abs(int(number) - wanted), self.OFF * wanted)
        self.assertRegex(str(number), r"^\d{1,3}0*$", "rounded")

    def test_bound(self):
        """Up to it all is exact, and nothing is said; beyond it only that group is an estimate."""
        one = [("b@shop.example", "r0@example.org", "Hello", "192.0.2.1")] * 2
        for more in (0, 1):
            with self.subTest(more=more):
                messages = [("a@shop.example", f"r{number}@example.org", f"S {number % 40}",
                             f"192.0.2.{number % 7}") for number in range(self.MOST + more)]
                result = self.merge([*messages, *messages, *one], *self.OUTPUTS, "--top=5",
                                    files=self.NAMES)
                self.assertEqual(result.stderr, self.WARNING if more else b"")
                rows = dicts(result.files["a.csv"])
                objects = [json.loads(line) for line in result.files["b.json"].splitlines()]
                for found in (rows, objects):
                    key = (lambda title: title) if found is rows else str.lower
                    self.assertEqual([str(row[key("Recipients")]) for row in found],
                                     ["4100" if more else "4096", "1"])
                    self.assertEqual([str(row[key("Subjects")]) for row in found], ["40", "1"])
                self.assertEqual([row.get("estimated") for row in objects],
                                 [["recipients"] if more else None, None])
                page = result.files["c.html"].decode()
                cell = '<td class="n" data-value="4100">~4100</td>' if more \
                    else '<td class="n">4096</td>'
                self.assertIn(cell, page)
                self.assertEqual("~" in re.sub("<(style|script).*?</", "", page, flags=re.S),
                                 bool(more))
                self.assertRegex(result.stdout.decode(), r" ~4100 " if more else r" 4096 ")
                self.assertEqual(b"~" in result.stdout, bool(more))

    def test_quiet(self):
        messages = [("a@shop.example", f"r{number}@example.org", "S", "192.0.2.1")
                    for number in range(self.MOST + 1)]
        self.assertEqual(self.merge(messages, "--top=5", "--csv=-", "-q").stderr, b"")
        # It has no such number.
        self.assertEqual(self.merge(messages, "--identity-report=-").stderr, b"")

    def test_late_leader(self):
        """An address that comes after thousands of others is still found."""
        late = 3000
        messages = [("a@shop.example", "", f"S {number}", f"2001:db8::{number:x}")
                    for number in range(1, 10001)]
        messages += [("a@shop.example", "", "S", "203.0.113.9")] * late
        result = self.merge(messages, "--group-by=Identity", "--csv=g.csv", "--json=g.json",
                            "--html=g.html", "-d", files=["g.csv", "g.json", "g.html"])
        [row] = dicts(result.files["g.csv"])
        self.assertEqual(row["Top source IP"], "203.0.113.9")
        self.assertAlmostEqual(float(row["Top source IP percent"]), 100 * late / 13000, delta=0.2)
        self.assert_about(row["Source IPs"], 10001)
        self.assert_about(row["Subjects"], 10001)
        [group] = map(json.loads, result.files["g.json"].splitlines())
        self.assertEqual(group["estimated"], ["source_ips", "subjects", "top_source_ip",
                                              "top_source_ip_percent"])
        self.assertRegex(result.files["g.html"].decode(),
                         r'203\.0\.113\.9</bdi> <span class="aside">~23\.\d&nbsp;%</span>')
        self.assertIn("~23% 203.0.113.9", result.stdout.decode())

    def test_memory(self):
        """What spammers write into To does not make the run grow, whatever is asked for."""
        sanitized = runner.is_sanitized(runner.program())
        messages, addresses = (400 if sanitized else 4000), 700
        # In one group each message, so that no group has many.
        result = self.merge(self.flood(messages, addresses), *self.OUTPUTS, "--group-by=UID",
                            "--top=3", files=self.NAMES)
        self.assertIn(b"estimates", result.stderr)
        small = result.peak_kib
        result = self.merge(self.flood(messages, addresses), *self.OUTPUTS, "--group-by=Identity",
                            files=self.NAMES)
        self.assertEqual(result.stderr, self.WARNING)
        for row in dicts(result.files["a.csv"]):
            self.assertEqual(int(row["Count"]), messages // 20)
            self.assert_about(row["Recipients"], messages // 20 * addresses)
            self.assertEqual((row["Source IPs"], row["Subjects"]), ("9", "5"))
        if not sanitized:
            self.assertLess(result.peak_kib, runner.MEMORY_LIMIT_KIB)
            self.assertLess(small, runner.MEMORY_LIMIT_KIB)


if __name__ == "__main__":
    runner.main()
