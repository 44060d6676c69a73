"""Reports by mail: what a reader gets, by a real sendmail and a real mail server, and when not."""

import csv
import datetime
import html.parser
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import mail_server  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OLDER, OUTGOING, YESTERDAY  # noqa: E402

BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve()
FAKE_CLOCK = BUILD / "tests/support/fake_clock.so"

USAGE, DATA, NOFOLDER, UNAVAILABLE, CREATE, TEMPORARY, LOGIN = 64, 65, 66, 69, 73, 75, 77

ZONE = f"--timezone={quarantine_case.ZONE}"
DAY = [ZONE, f"--date={YESTERDAY}"]
EMPTY_DAY = [ZONE, "--date=2020-02-02"]
EVERYTHING = [ZONE, f"--since={OLDER}", "--until=2026-02-12", "-i", "-o"]

NOC, ABUSE = "noc@example.com", "abuse@example.net"

NAME = f"quarantine-outgoing-{YESTERDAY}"
WINDOW = "2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00"

# All that is in the header of a letter; Received and the like would be the server's.
FIELDS = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version",
          "Content-Type", "Content-Transfer-Encoding"]

SUMMARY_WIDTH = 78
MAX_LINE = 998  # RFC 5322, 2.1.1
HTML_MAX = 60_000

CLOCK_SKEW = 120

HOSTILE = (b"From: a@example.org\r\nTo: b@example.net\r\nDate: Tue, 10 Feb 2026 09:15:00 +0100\r\n"
           b"Message-ID: <%d@example.org>\r\nX-Who: %b\r\nSubject: %b\r\n\r\n")
HOSTILE_TEXT = (b"=?utf-8?q?x=0D=0ABcc:_victim_at_example.org=0D=0A=0D=0A&lt;=1B[2J?= "
                b"=?utf-8?b?4oCu?=moc.elpmaxe")


class Markup(html.parser.HTMLParser):
    """What is in a page: elements, attributes, and the texts of cells, with their line breaks."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.cells = set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag in ("td", "th"):
            self.cells.append("")
        elif tag == "br" and self.cells:
            self.cells[-1] += "\n"

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data.replace("\n", "")


def text_rows(text):
    """[(rank, messages, percent, identity)] of the text; the rank of the others is empty."""
    lines = iter(text.splitlines())
    start = re.compile(r" *#  +Messages +%  Identity")
    next(line for line in lines if start.fullmatch(line))
    rows = []
    for line in lines:
        if not line:
            break
        match = re.fullmatch(r" *(\d*) +(\d+) +(\d+\.\d)(?:  (\S.*))?", line)
        if match:
            # A longer one is on the next line.
            rows.append((*match.groups()[:3], match[4] or next(lines).strip()))
    return rows


def others_row(others, total):
    count = sum(count for _, count in others)
    return ("", str(count), f"{100 * count / total:.1f}", f"({len(others)} others)")


class MailTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        if mail_server.missing():
            self.skipTest(f"needs Debian packages: {', '.join(mail_server.missing())}")
        self.server = mail_server.MailServer(self.directory)
        self.addCleanup(self.server.__enter__().__exit__)

    def mail_to(self, *addresses, sendmail=None):
        return [f"--sendmail={sendmail or self.server.sendmail}",
                *(f"--mail-to={address}" for address in addresses or [NOC])]

    def only_mail(self, recipients=(NOC,)):
        """The one that came, with everything in place that each must have."""
        self.assertEqual(len(self.server.mails), 1)
        mail = self.server.mails.pop()
        message = mail.message
        self.assertEqual(mail.recipients, list(recipients))
        self.assertEqual([a.addr_spec for a in message["To"].addresses], list(recipients))
        self.assertLessEqual(set(message.keys()), set(FIELDS))
        self.assertEqual(len(message.keys()), len(set(message.keys())))
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["MIME-Version"], "1.0")
        self.assertRegex(message["Message-ID"], r"^<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>$")
        self.assertEqual([a.addr_spec for a in message["From"].addresses], [mail.sender])
        age = datetime.datetime.now(datetime.timezone.utc) - message["Date"].datetime
        self.assertLess(abs(age.total_seconds()), CLOCK_SKEW)
        for part in message.walk():
            self.assertEqual(part.defects, [], part)
        for line in mail.raw.split(b"\r\n"):
            self.assertLessEqual(len(line), MAX_LINE, line)
            self.assertTrue(line.isascii(), line)
            self.assertNotIn(b"\n", line)
        for secret in runner.secrets_of(runner.PASSWORD):
            self.assertNotIn(secret, mail.raw)
        self.assert_printable(mail.text().encode())
        return mail

    def no_mail(self):
        self.assertEqual(self.server.mails, [])

    def assert_attached(self, mail, result, names):
        """Each file is attached as it is."""
        self.assertEqual(sorted(mail.attachments()), sorted(names))
        for name in names:
            self.assertEqual(mail.attachments()[name], result.files[name], name)

    def identities(self, *options):
        """[(identity, messages)], as the grouped report has them."""
        result = self.quiet_report(*options, "--group-by=Identity", "--raw-csv", "--csv=-")
        rows = csv.DictReader(io.StringIO(result.stdout.decode(), newline=""))
        return [(row["Identity"], int(row["Count"])) for row in rows]


class Letters(MailTest):

    def test_csv(self):
        result = self.quiet_report(*DAY, "-c", *self.mail_to(), files=[NAME + ".csv"])
        self.assertEqual(result.stdout, b"")
        mail = self.only_mail()
        self.assertEqual(mail.sender, mail_server.FROM)
        self.assertEqual(mail.message.get_content_type(), "multipart/mixed")
        body, attachment = mail.message.iter_parts()
        self.check_alternative(body)
        self.assertEqual(attachment.get_content_disposition(), "attachment")
        self.assertEqual(attachment.get_content_type(), "text/csv")
        parameters = dict(attachment["Content-Type"].params)
        self.assertEqual((parameters["charset"], parameters["header"]), ("utf-8", "present"))
        self.assert_attached(mail, result, [NAME + ".csv"])
        self.assertIn(b"\r\n", result.files[NAME + ".csv"])

    def test_all_outputs(self):
        names = [NAME + ".csv", NAME + ".jsonl", NAME + ".html", NAME + "-identities.csv"]
        result = self.quiet_report(*DAY, "-c", "--html", "--json", "--identity-report",
                                   "--mail-from=desk@example.org", *self.mail_to(NOC, ABUSE),
                                   files=names)
        mail = self.only_mail([NOC, ABUSE])
        self.assertEqual(mail.sender, "desk@example.org")
        self.assertEqual(mail.message.get_content_type(), "multipart/mixed")
        self.check_alternative(next(mail.message.iter_parts()))
        self.assert_attached(mail, result, names)
        # The page is there once.
        pages = [part for part in mail.message.walk() if part.get_content_type() == "text/html"]
        self.assertEqual(len(pages), 2)
        self.assertEqual([part.get_filename() for part in pages], [None, NAME + ".html"])
        types = {part.get_filename(): part.get_content_type()
                 for part in mail.message.iter_attachments()}
        self.assertEqual(types[NAME + ".jsonl"], "application/x-ndjson")
        self.assertEqual(types[NAME + ".html"], "text/html")

    def check_alternative(self, body):
        """The text first, since the last is what a mail program likes best (RFC 2046, 5.1.4)."""
        self.assertEqual(body.get_content_type(), "multipart/alternative")
        text, html = body.iter_parts()
        self.assertEqual((text.get_content_type(), text.get_content_charset()),
                         ("text/plain", "utf-8"))
        self.assertEqual((html.get_content_type(), html.get_content_charset()),
                         ("text/html", "utf-8"))
        self.assertIsNone(html.get_filename())

    def test_name_of_file(self):
        """Without the folder, and whatever characters are in it."""
        for name in ("report.csv", 'a "b";c=d.csv', "Bericht für März.csv"):
            with self.subTest(name=name):
                path = self.directory / name
                self.quiet_report(*DAY, f"--csv={path}", *self.mail_to())
                (shown, data), = self.only_mail().attachments().items()
                self.assertEqual(shown, name.replace('"', "_"))
                self.assertEqual(data, path.read_bytes())

    def test_summary_alone(self):
        """The mail is the output: nothing is displayed."""
        result = self.quiet_report(*DAY, *self.mail_to())
        self.assertEqual(result.stdout, b"")
        mail = self.only_mail()
        self.check_alternative(mail.message)
        self.check_summary(mail.text(), self.identities(*DAY))

    def test_display_besides(self):
        """What goes to standard output is not attached."""
        display = self.quiet_report(*DAY, "-d").stdout
        self.assertEqual(self.quiet_report(*DAY, "-d", *self.mail_to()).stdout, display)
        self.assertEqual(self.only_mail().attachments(), {})
        table = self.quiet_report(*DAY, "--csv=-").stdout
        self.assertEqual(self.quiet_report(*DAY, "--csv=-", *self.mail_to()).stdout, table)
        self.assertEqual(self.only_mail().attachments(), {})

    def check_summary(self, text, identities):
        total = sum(count for _, count in identities)
        lines = text.splitlines()
        self.assertIn(WINDOW, lines)
        self.assertIn(f"{self.quarantine.host}, {OUTGOING}", lines)
        self.assertIn(f"  {total} found: {total} reported, 0 bounces filtered, 0 vanished, "
                      "0 unreadable", lines)
        rows = text_rows(text)
        self.assertEqual(rows, [(str(rank), str(count), f"{100 * count / total:.1f}", identity)
                                for rank, (identity, count) in enumerate(identities[:10], 1)]
                         + [others_row(identities[10:], total)])
        whole = {identity for identity, _ in identities}
        for line in lines:
            if line.strip() not in whole:
                self.assertLessEqual(len(line), SUMMARY_WIDTH, line)
            self.assertEqual(line, line.rstrip())

    def test_counts(self):
        """Two folders, bounces filtered: the account of each, and of both."""
        self.quiet_report(*EVERYTHING, "-n", *self.mail_to())
        counts = [[int(n) for n in re.findall(r"\d+", line)]
                  for line in self.only_mail().text().splitlines() if " found: " in line]
        self.assertEqual(len(counts), 3)
        for found, *parts in counts:
            self.assertEqual(found, sum(parts))
        self.assertEqual([a + b for a, b in zip(*counts[:2])], counts[2])
        self.assertGreater(counts[2][2], 0, "the samples have bounces")

    def test_default_subject(self):
        self.quiet_report(*DAY, *self.mail_to())
        identities = self.identities(*DAY)
        subject = self.only_mail().message["Subject"]
        total = sum(count for _, count in identities)
        name, count = identities[0]
        self.assertEqual(subject, f"Quarantine {YESTERDAY}: {total} messages, "
                         f"most from {name} ({count})")

    def test_subject(self):
        for given, shown in (("Spam of yesterday", "Spam of yesterday"),
                             ("Über 日本語 " * 8, ("Über 日本語 " * 8).strip()),
                             ("a\nBcc: victim@example.org", "a Bcc: victim@example.org"),
                             ("a\r\n\r\nb", "a b"), ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
                             ("x" * 150, "x" * 150)):
            with self.subTest(given=given):
                self.quiet_report(*DAY, f"--mail-subject={given}", *self.mail_to())
                self.assertEqual(self.only_mail().message["Subject"], shown)

    def test_merge(self):
        path = self.directory / "saved.csv"
        self.quiet_report(*DAY, f"--csv={path}", "--columns=all")
        zone = quarantine_case.noon_zone()
        today = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).date()
        result = self.run_program([f"--timezone={zone}", "--merge", *self.mail_to(),
                                   "--group-by=Identity", "-c", str(path)],
                                  files=[f"quarantine-merged-{today}-grouped.csv"])
        self.assert_status(result, 0)
        mail = self.only_mail()
        total = sum(count for _, count in self.identities(*DAY))
        self.assertRegex(mail.message["Subject"],
                         f"^Quarantine, 1 saved report: {total} messages, most from ")
        self.assertIn(f"{total} messages", mail.text().splitlines())
        self.assert_attached(mail, result, list(result.files))


class Html(MailTest):
    """The form of the letter that most mail programs show."""

    # Nothing else is understood everywhere; styles are of single elements.
    TAGS = set("html head meta title body p br strong bdi span table tr th td".split())
    ATTRIBUTES = set("lang charset name content style align valign border cellpadding cellspacing "
                     "nowrap".split())
    STYLES = set("font color border-bottom word-wrap word-break".split())

    def html(self, mail):
        part = mail.message.get_body(("html",))
        return part.get_payload(decode=True).decode().replace("\r\n", "\n")

    def check_html(self, text):
        self.assertLess(len(text.encode()), HTML_MAX)
        parser = Markup(text)
        self.assertLessEqual(parser.tags, self.TAGS)
        self.assertLessEqual({name for name, _ in parser.attributes}, self.ATTRIBUTES)
        styles = ";".join(value for name, value in parser.attributes if name == "style")
        names = {style.split(":")[0].strip() for style in styles.split(";") if style.strip()}
        self.assertLessEqual(names, self.STYLES)
        # No colour of a background, and none of text but one that can be read on each.
        self.assertEqual(set(re.findall("[^-]color:([^;]*)", styles)) - {"#d93025"}, set())
        return parser

    def test_markup(self):
        for options in ([], ["--identity-header=Subject"]):
            with self.subTest(options=options):
                self.quiet_report(*EVERYTHING, *options, *self.mail_to())
                self.check_html(self.html(self.only_mail()))

    def test_says_what_the_text_says(self):
        self.quiet_report(*DAY, *self.mail_to())
        mail = self.only_mail()
        cells = self.check_html(self.html(mail)).cells
        self.assertEqual(cells[:3], ["Count", "%", "Identity"])
        rows = [(count, percent, who.split("\n")[0])
                for count, percent, who in zip(*[iter(cells[3:])] * 3)]
        self.assertEqual(rows, [row[1:] for row in text_rows(mail.text())])
        self.assertEqual(len(rows), 11)

    def test_text_browsers(self):
        """With blanks between the cells."""
        self.quiet_report(*DAY, *self.mail_to())
        mail = self.only_mail()
        path = self.directory / "letter.html"
        path.write_text(self.html(mail))
        for command in (["w3m", "-dump", "-cols", "100"], ["lynx", "-dump", "-width=100"]):
            with self.subTest(command=command[0]):
                if not shutil.which(command[0]):
                    self.skipTest(f"needs the Debian package {command[0]}")
                shown = subprocess.run([*command, path], env={"HOME": str(self.directory),
                                                              "PATH": os.environ["PATH"],
                                                              "LC_ALL": "C.UTF-8"},
                                       stdout=subprocess.PIPE, check=True).stdout.decode()
                for _, count, percent, who in text_rows(mail.text()):
                    self.assertRegex(shown, rf"(?m)^ *{count} +{percent} +{re.escape(who)} *$")

    def test_limits(self):
        """--top and --min-count hold for the letter, too."""
        identities = self.identities(*DAY)
        total = sum(count for _, count in identities)
        for options, shown in ((["--top=3"], 3), (["--min-count=2"], 2),
                               (["--min-count=100000"], 0), (["--top=25"], 25)):
            with self.subTest(options=options):
                self.quiet_report(*DAY, *options, *self.mail_to())
                mail = self.only_mail()
                want = [who for who, _ in identities[:shown]]
                rows = text_rows(mail.text())
                self.assertEqual([row[3] for row in rows[:-1]], want)
                self.assertEqual(rows[-1], others_row(identities[shown:], total))
                cells = self.check_html(self.html(mail)).cells
                self.assertEqual([who.split("\n")[0] for who in cells[5::3]],
                                 [row[3] for row in rows])


class WhenToMail(MailTest):

    def test_nothing_found(self):
        result = self.quiet_report(*EMPTY_DAY, "--csv=-", *self.mail_to())
        self.assertEqual(result.stdout.decode(), runner.HEADER + "\r\n")
        self.no_mail()

    def test_mail_empty(self):
        self.quiet_report(*EMPTY_DAY, "--mail-empty", *self.mail_to())
        mail = self.only_mail()
        self.assertEqual(mail.message["Subject"], "Quarantine 2020-02-02: no messages")
        self.assertIn("  0 found: 0 reported", mail.text())

    def test_min_count(self):
        """Only when somebody sent so many; the files are made in any case."""
        most = self.identities(*DAY)[0][1]
        for count, due in ((most, True), (most + 1, False), (1, True)):
            with self.subTest(count=count):
                result = self.report(*DAY, "-c", "-v", f"--mail-min-count={count}",
                                     *self.mail_to(), files=[NAME + ".csv"])
                self.assertIn(NAME + ".csv", result.files)
                if due:
                    self.only_mail()
                self.assertEqual(b"no letter: nobody sent" in result.stderr, not due)
                self.no_mail()

    def test_min_count_of_nobody(self):
        """Messages without an identity are not somebody's."""
        self.quiet_report(*DAY, "--mail-min-count=1", "--identity-header=X-None",
                          *self.mail_to())
        self.only_mail()
        path = self.directory / "saved.csv"
        path.write_text("#,From,Auth-User\r\n" + '"1","a@example.com",""\r\n' * 9)
        for count, due in ((0, True), (5, False)):
            options = [f"--mail-min-count={count}"] if count else []
            result = self.run_program([ZONE, "--merge", *self.mail_to(), *options, str(path)])
            self.assert_status(result, 0)
            if due:
                self.only_mail()
            self.no_mail()

    def test_min_count_and_missing(self):
        """What is missing may be what there was to tell."""
        holder, port = runner.closed_port()
        with holder:
            self.report(*DAY, "-s", f"127.0.0.1:{port}", "--partial", "--mail-min-count=100000",
                        *self.mail_to(), status=TEMPORARY)
        self.assertIn("NOT COMPLETE", self.only_mail().message["Subject"])

    def test_min_count_usage(self):
        for options in (["--mail-min-count=5"], ["--mail-min-count=0", *self.mail_to()],
                        ["--mail-min-count=5", "--mail-empty", *self.mail_to()]):
            with self.subTest(options=options):
                self.report(*DAY, *options, status=USAGE)
        self.no_mail()

    def test_bad_addresses(self):
        for address in ("", "noc@", "@example.com", "-bs@example.com",
                        "noc@example.com\nBcc: victim@example.org", "a b@example.com",
                        "NOC <noc@example.com>", "a@example.com,b@example.com", "|cat@example.com"):
            for option in ("--mail-to", "--mail-from"):
                with self.subTest(option=option, address=address):
                    result = self.report(*DAY, *self.mail_to(), f"{option}={address}",
                                         status=USAGE)
                    self.assertIn(f"{option}=".encode(), result.stderr)
                    self.assertEqual(result.stdout, b"")
        self.no_mail()

    def test_hostile_texts(self):
        """Subjects and identities of the samples, in every part."""
        names = ["quarantine-all-2026-02-08_2026-02-11" + ending for ending in (".csv", ".html")]
        for options in ([], ["--identity-header=Subject"]):
            with self.subTest(options=options):
                result = self.quiet_report(*EVERYTHING, *options, "-c", "--html", *self.mail_to(),
                                           files=names)
                mail = self.only_mail()
                self.assert_attached(mail, result, names)
                self.assertNotIn("\n", mail.message["Subject"])
                self.assert_printable(mail.message["Subject"].encode())


class Failures(MailTest):

    def setUp(self):
        super().setUp()
        self.out = self.directory / "out"
        self.out.mkdir()
        self.path = self.out / "report.csv"

    def check_notice(self, status, *says):
        """A short notice, without the report."""
        mail = self.only_mail()
        self.assertEqual(mail.message.get_content_type(), "text/plain")
        self.assertRegex(mail.message["Subject"], f"^Quarantine {YESTERDAY}, NO REPORT: ")
        text = mail.text()
        self.assertTrue(text.startswith("THERE IS NO QUARANTINE REPORT"), text)
        self.assertIn(f"exit status {status}.", text)
        self.assertIn(WINDOW, text)
        for word in says:
            self.assertIn(word, text)
        self.assertEqual(list(self.out.iterdir()), [])
        return mail

    def test_wrong_password(self):
        wrong = self.directory / "wrong"
        wrong.write_text("not it\n")
        wrong.chmod(0o600)
        result = self.report(*DAY, f"--csv={self.path}", *self.mail_to(),
                             f"--password-file={wrong}", status=LOGIN)
        self.assertNotEqual(result.stderr, b"")
        mail = self.check_notice(LOGIN, self.quarantine.host, OUTGOING)
        self.assertNotIn(b"not it", mail.raw)

    def test_no_such_folder(self):
        self.report(*DAY, f"--csv={self.path}", *self.mail_to(), "--outgoing-folder=Nowhere",
                    status=NOFOLDER)
        self.check_notice(NOFOLDER, "Nowhere", "Not Spam")

    def test_server_gone(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.run_program([*self.plain(port), *DAY, f"--csv={self.path}",
                                       *self.mail_to()])
        self.assert_status(result, TEMPORARY)
        self.check_notice(TEMPORARY, "127.0.0.1")

    def test_certificate(self):
        """An explanation of several lines."""
        result = self.run_program(
            [*self.login(f"{self.quarantine.host}:{self.quarantine.port_imaps}"), *DAY,
             f"--csv={self.path}", *self.mail_to()])
        self.assert_status(result, UNAVAILABLE)
        self.check_notice(UNAVAILABLE, "--fingerprint")

    def test_output_cannot_be_made(self):
        self.report(*DAY, f"--csv={self.out}/none/report.csv", *self.mail_to(), status=CREATE)
        self.check_notice(CREATE, "none/report.csv")

    def test_merge(self):
        """Without a period or servers to tell of."""
        result = self.run_program([ZONE, "--merge", *self.mail_to(), f"{self.out}/gone.csv"])
        self.assert_status(result, NOFOLDER)
        mail = self.only_mail()
        self.assertRegex(mail.message["Subject"], "^Quarantine, 1 saved report, NO REPORT: .*gone")
        self.assertIn(f"exit status {NOFOLDER}.", mail.text())

    def test_usage(self):
        """Whoever mistypes a period knows it at once, as with other options."""
        result = self.run_program([*self.login("127.0.0.1"), "--since=never", *self.mail_to()])
        self.assert_status(result, USAGE)
        self.no_mail()

    def test_notice_refused(self):
        """Then the run still ends with what went wrong first, and says both."""
        self.server.refused[NOC] = "550 5.1.1 no such user"
        result = self.report(*DAY, *self.mail_to(), "--outgoing-folder=Nowhere", status=NOFOLDER)
        self.assertIn(b"Nowhere", result.stderr)
        self.assertIn(b"msmtp", result.stderr)
        self.no_mail()

    def test_unreadable_message(self):
        """The report is there, and says what it lacks."""
        with runner.Peer("bad-for-message.imap") as peer:
            result = self.run_program(
                [*self.login(f"127.0.0.1:{peer.port}", "--tls=off"), ZONE, "--since=2000-01-01",
                 "--csv=report.csv", *self.mail_to()], files=["report.csv"])
        self.assert_status(result, DATA)
        mail = self.only_mail()
        self.assertIn(", NOT COMPLETE: ", mail.message["Subject"])
        self.assertTrue(mail.text().startswith("THIS REPORT IS NOT COMPLETE."), mail.text())
        self.assertIn("1 message that could not be read", mail.text())
        self.assert_attached(mail, result, ["report.csv"])

    def test_one_server_missing(self):
        holder, port = runner.closed_port()
        with holder:
            options = [*DAY, "-s", f"127.0.0.1:{port}", f"--csv={self.path}", *self.mail_to()]
            self.report(*options, status=TEMPORARY)
            self.check_notice(TEMPORARY, "127.0.0.1", self.quarantine.host)
            self.report(*options, "--partial", status=TEMPORARY)
        mail = self.only_mail()
        text = mail.text()
        self.assertRegex(mail.message["Subject"], f"^Quarantine {YESTERDAY}, NOT COMPLETE: ")
        self.assertTrue(text.startswith("THIS REPORT IS NOT COMPLETE."), text)
        self.assertIn("127.0.0.1", text.split("\n\n", maxsplit=1)[0])
        self.assertEqual(mail.attachments(), {"report.csv": self.path.read_bytes()})


class Repeated(MailTest):
    """A failure that lasts is mailed once, and then once a day; and when it is over."""

    HOUR = 3600
    PROFILE = "--profile=often"

    def setUp(self):
        super().setUp()
        if not FAKE_CLOCK.exists():
            self.skipTest(f"{FAKE_CLOCK} is not built")
        if runner.is_sanitized(runner.program()):
            self.skipTest("the address sanitizer wants to be the first library")
        self.state = self.directory / "state"
        self.note = self.state / "often/failure"
        config = self.directory / "config"
        config.write_text("[profile often]\n")
        self.options = [f"--config={config}", f"--state-dir={self.state}", "--deadline=0",
                        self.PROFILE]

    def run_at(self, hours, *options, status=0, message=None):
        """A run so many hours after the first. The certificate does not know of it."""
        zone = zoneinfo.ZoneInfo(quarantine_case.ZONE)
        first = datetime.datetime(2026, 2, 11, 10, tzinfo=zone).timestamp()
        result = self.run_program(
            [*self.plain(), *DAY, *self.options, *options, *self.mail_to()],
            environment={"LD_PRELOAD": str(FAKE_CLOCK),
                         "CLOCK_AT": str(int(first + hours * self.HOUR))})
        self.assert_status(result, status)
        if message is None:
            self.no_mail()
            return None
        self.assertEqual(len(self.server.mails), 1, result)
        mail = self.server.mails.pop()
        self.assertRegex(mail.message["Subject"], message)
        return mail

    def fail_at(self, hours, message=None, status=NOFOLDER):
        option = "--outgoing-folder=None" if status == NOFOLDER else "--csv=/nowhere/x.csv"
        return self.run_at(hours, option, status=status, message=message)

    def test_once_a_day(self):
        mail = self.fail_at(0, f"^Quarantine {YESTERDAY}, NO REPORT: ")
        self.assertNotIn("No run has worked", mail.text())
        for hours in (1, 2, 21.5):
            self.fail_at(hours)
        mail = self.fail_at(24, f"^Quarantine {YESTERDAY}, NO REPORT since 02-11 10:00: ")
        self.assertIn("No run has worked since 2026-02-11T10:00:00+01:00.\n", mail.text())
        self.fail_at(25)
        # As often as daily runs, which are a little early or late.
        self.fail_at(47.9, "NO REPORT since 02-11 10:00")

    def test_another_failure(self):
        self.fail_at(0, "NO REPORT: ")
        self.fail_at(1, "NO REPORT since 02-11 10:00: .*nowhere", status=CREATE)
        self.fail_at(2)
        self.fail_at(3, status=CREATE)

    def test_recovery_in_the_letter(self):
        self.fail_at(0, "NO REPORT: ")
        self.fail_at(1)
        mail = self.run_at(2, message="messages, most from")
        says = ("WORKS AGAIN since 2026-02-11T12:00:00+01:00.\n"
                "The runs before this one failed, the first at 2026-02-11T10:00:00+01:00.\n")
        self.assertTrue(mail.text().startswith(says), mail.text())
        html = mail.message.get_body(("html",)).get_content()
        self.assertIn("WORKS AGAIN", html)
        self.assertFalse(self.note.exists())
        mail = self.run_at(3, message="messages, most from")
        self.assertNotIn("WORKS AGAIN", mail.text())
        self.fail_at(4, "NO REPORT: ")

    def test_recovery_without_a_letter(self):
        self.fail_at(0, "NO REPORT: ")
        option = "--mail-min-count=100000"
        mail = self.run_at(2, option, message=f"^Quarantine {YESTERDAY}, WORKS AGAIN$")
        self.assertIn("the first at 2026-02-11T10:00:00+01:00", mail.text())
        self.assertEqual(mail.message.get_content_type(), "text/plain")
        self.run_at(3, option)

    def test_recovery_that_cannot_be_mailed(self):
        self.fail_at(0, "NO REPORT: ")
        option = "--mail-min-count=100000"
        self.server.refused[NOC] = "550 5.1.1 no such user"
        self.run_at(1, option)
        self.server.refused.clear()
        self.run_at(2, option, message="WORKS AGAIN")

    def test_nobody_was_told(self):
        """Then there is no recovery to tell, but a later notice says since when."""
        self.server.refused[NOC] = "550 5.1.1 no such user"
        self.fail_at(0)
        self.server.refused.clear()
        self.fail_at(1, "NO REPORT since 02-11 10:00: ")
        self.run_at(2, message="most from")
        self.server.refused[NOC] = "550 5.1.1 no such user"
        self.fail_at(3)
        self.server.refused.clear()
        self.assertNotIn("WORKS AGAIN", self.run_at(4, message="most from").text())

    def test_damaged_note(self):
        """Says so, and goes on as if nothing had been noted."""
        self.fail_at(0, "NO REPORT: ")
        for text in ("", "something else", self.note.read_text() + "x"):
            with self.subTest(text=text):
                self.note.write_text(text)
                self.fail_at(1, "NO REPORT: ")
                self.assertTrue(self.note.read_text().startswith("quarantine-report failure 1\n"))

    def test_clock_was_wrong(self):
        self.fail_at(48, "NO REPORT: ")
        self.fail_at(0, "NO REPORT since 02-11 10:00: ")

    def test_place(self):
        """As other files of the state."""
        self.fail_at(0, "NO REPORT: ")
        self.assertEqual(self.note.stat().st_mode & 0o7777, 0o600)
        self.note.unlink()
        victim = self.directory / "victim"
        victim.write_text("untouched")
        self.note.symlink_to(victim)
        self.fail_at(1, "NO REPORT: ")
        self.assertEqual(victim.read_text(), "untouched")

    def test_without_a_place(self):
        """Nothing is noted without a profile, and where nothing can be written: as often as it
        fails."""
        self.options.remove(self.PROFILE)
        for hours in (0, 1):
            self.fail_at(hours, "NO REPORT: ")
        self.options.append(self.PROFILE)
        self.state.write_text("no folder")
        for hours in (2, 3):
            self.fail_at(hours, "NO REPORT: ")


class NoSendmail(MailTest):
    """The report is in its place by then; the run fails and says that nobody got it."""

    def setUp(self):
        super().setUp()
        self.path = self.directory / "report.csv"
        self.calls = self.directory / "calls"

    def script(self, end):
        script = self.directory / "sendmail"
        script.write_text(f'#!/bin/sh\necho call >>"{self.calls}"\ncat >/dev/null\n{end}\n')
        script.chmod(0o700)
        return script

    def check(self, sendmail, status, *says):
        self.path.unlink(missing_ok=True)
        result = self.report(*DAY, f"--csv={self.path}", *self.mail_to(sendmail=sendmail),
                             status=status)
        for word in (NOC, *says):
            self.assertIn(word.encode(), result.stderr, str(result))
        self.assertEqual(self.path.read_bytes(), self.quiet_report(*DAY, "--csv=-").stdout)
        self.no_mail()

    def test_exit_statuses(self):
        for end, status, says in (("exit 75", TEMPORARY, "EX_TEMPFAIL"),
                                  ("exit 67", UNAVAILABLE, "EX_NOUSER"),
                                  ("echo out of order >&2; exit 1", UNAVAILABLE, "out of order"),
                                  ("kill -9 $$", TEMPORARY, "signal 9")):
            with self.subTest(end=end):
                self.calls.unlink(missing_ok=True)
                self.check(self.script(end), status, says)
                # What is refused for good is told by a notice; what has to wait is not.
                self.assertEqual(self.calls.read_text().count("call"),
                                 2 if status == UNAVAILABLE else 1)

    def check_brief(self, mail):
        """It has no files, and says where they are."""
        self.assertEqual(mail.attachments(), {})
        self.assertTrue(mail.message["Subject"].startswith("Quarantine "), mail.message["Subject"])
        self.assertIn("too big to be mailed", " ".join(mail.text().split()))
        self.assertIn(f"  {self.path.resolve()}\n", mail.text())

    def test_too_big(self):
        """Each says it in its way, and with a status of its own."""
        for end in ("echo message file too big >&2; exit 75", "echo too large >&2; exit 69",
                    "echo 552 5.3.4 Message size exceeds fixed limit; exit 1"):
            with self.subTest(end=end):
                letter = self.directory / "letter"
                script = self.script(f'test "$(wc -c <"{letter}")" -lt 4000 || {{ {end}; }}\n'
                                     f'exec "{self.server.sendmail}" "$@" <"{letter}"')
                script.write_text(script.read_text().replace("/dev/null", str(letter)))
                result = self.report(*DAY, f"--csv={self.path}", *self.mail_to(sendmail=script),
                                     status=UNAVAILABLE)
                self.assertIn(b"too big to be mailed to noc@example.com", result.stderr)
                self.check_brief(self.only_mail())
                self.assertTrue(self.path.exists())

    def test_too_big_for_the_server(self):
        self.server.limit = 4000
        result = self.report(*DAY, f"--csv={self.path}", "--display", *self.mail_to(),
                             status=UNAVAILABLE)
        self.assertIn(b"too big to be mailed", result.stderr)
        self.check_brief(self.only_mail())

    def test_too_big_without_files(self):
        """There is nothing to leave out: a notice, which may be smaller."""
        self.server.limit = 200
        self.report(*DAY, *self.mail_to(), status=UNAVAILABLE)
        self.no_mail()

    def test_deadline(self):
        """It holds for sendmail as well. The report is in its place."""
        sendmail = self.script("exec sleep 600")
        result = self.run_into_limit(
            lambda seconds: self.report(*DAY, f"--csv={self.path}", f"--deadline={seconds}",
                                        *self.mail_to(sendmail=sendmail), status=TEMPORARY),
            lambda result: self.calls.exists())
        self.assertIn(b"the deadline of the run has passed", result.stderr)
        self.assertTrue(self.path.exists())
        self.assertEqual(self.calls.read_text().count("call"), 1)

    def test_missing(self):
        self.check(self.directory / "none", UNAVAILABLE, "No such file")

    def test_recipient_refused(self):
        self.server.refused[NOC] = "550 5.1.1 no such user"
        self.check(None, UNAVAILABLE, "msmtp: recipient address noc@example.com not accepted")

    def test_mail_server_gone(self):
        holder, port = runner.closed_port()
        with holder:
            self.check(self.server.client(port), TEMPORARY, "Connection refused")

    def test_says_nothing_to_the_terminal(self):
        """What a sendmail that succeeds says is nobody's business."""
        self.quiet_report(*DAY, *self.mail_to(sendmail=self.script("echo hello; echo world >&2")))
        self.assertEqual(self.calls.read_text(), "call\n")

    def test_environment(self):
        """No secret gets there, nor what only we need."""
        seen = self.directory / "seen"
        self.quiet_report(*DAY, *self.mail_to(sendmail=self.script(f'env >"{seen}"')),
                          environment={"QUARANTINE_REPORT_SYSLOG": "no", "IMAP_PASSWORD": "x",
                                       "CREDENTIALS_DIRECTORY": str(self.directory)})
        names = {line.split("=")[0] for line in seen.read_text().splitlines()}
        self.assertLessEqual({"PATH", "HOME", "TZ", "LC_ALL"}, names)
        self.assertFalse([name for name in names if name.startswith("QUARANTINE_REPORT")])
        self.assertNotIn("IMAP_PASSWORD", names)
        self.assertNotIn("CREDENTIALS_DIRECTORY", names)


class HostileIdentity(MailTest):
    """Who sent most has a name that is made to be a header, a page and a terminal's command."""

    @classmethod
    def fill(cls, quarantine):
        when = datetime.datetime.fromisoformat(f"{YESTERDAY}T09:15:00+01:00")
        for i in range(3):
            quarantine.deliver(OUTGOING, HOSTILE % (i, HOSTILE_TEXT, HOSTILE_TEXT), when)

    def test_hostile_identity(self):
        names = [NAME + ".csv", NAME + ".html"]
        for header in ("X-Who", "Subject"):
            with self.subTest(header=header):
                result = self.quiet_report(*DAY, f"--identity-header={header}", "-c", "--html",
                                           *self.mail_to(), files=names)
                mail = self.only_mail()
                subject = mail.message["Subject"]
                self.assertRegex(subject, f"^Quarantine {YESTERDAY}: 3 messages, all from x")
                self.assertIn("<U+202E>", subject)
                self.assert_printable(subject.encode())
                row, = [line for line in mail.text().splitlines() if "Bcc:" in line]
                self.assertTrue(row.startswith("1         3  100.0  x"), row)
                self.assertNotIn("\u202e", mail.text())
                self.assert_attached(mail, result, names)


class NewOnly(MailTest):
    """Letters of --new-only: refused ones are undone, those that must wait come once."""

    @classmethod
    def fill(cls, quarantine):
        for i in range(3):
            quarantine.deliver(OUTGOING, HOSTILE % (i, b"bob", b"hello"), time.time() - 3600)

    def setUp(self):
        super().setUp()
        self.path = self.directory / "report.csv"

    def run_new(self, status, *options, sendmail=None):
        self.report(ZONE, "--since=1d", "--new-only", "--identity-header=X-Who",
                    f"--state-dir={self.directory}/state", f"--csv={self.path}",
                    *options, *self.mail_to(sendmail=sendmail), status=status)

    def check_letter(self):
        mail = self.only_mail()
        self.assertTrue(mail.message["Subject"].startswith(
            "Quarantine since the last run: 3 messages, all from "), mail.message["Subject"])
        self.assertIn("New since the last run", mail.text())
        self.assertEqual(mail.attachments(), {"report.csv": self.path.read_bytes()})
        return mail

    def test_min_count(self):
        """The run counts as one that has reported, without a letter."""
        self.run_new(0, "--mail-min-count=4")
        self.no_mail()
        self.assertEqual(len(self.path.read_text().splitlines()), 4)
        self.run_new(0, "--mail-min-count=3")
        self.no_mail()
        self.assertEqual(len(self.path.read_text().splitlines()), 1)

    def test_once(self):
        self.run_new(0)
        self.check_letter()
        self.run_new(0)
        self.no_mail()

    def test_refused(self):
        self.server.refused[NOC] = "550 5.1.1 no such user"
        self.run_new(UNAVAILABLE)
        self.assertFalse(self.path.exists())
        self.no_mail()
        self.server.refused.clear()
        self.run_new(0)
        self.check_letter()

    def test_too_big(self):
        """A letter without the file goes, and the next run goes on."""
        self.server.limit = 4000
        self.run_new(UNAVAILABLE, f"--html={self.directory}/page.html")
        self.assertEqual(len(self.path.read_text().splitlines()), 4)
        mail = self.only_mail()
        self.assertEqual(mail.attachments(), {})
        self.assertIn(str(self.path.resolve()), mail.text())
        self.path.unlink()
        self.run_new(0)
        self.no_mail()
        self.assertEqual(list((self.directory / "state").rglob("letter*")), [])

    def test_too_big_later(self):
        """What a letter meets that waited."""
        holder, port = runner.closed_port()
        with holder:
            self.run_new(TEMPORARY, f"--html={self.directory}/page.html",
                         sendmail=self.server.client(port))
        self.server.limit = 4000
        self.run_new(TEMPORARY)     # it does not replace what it has just finished
        self.assertEqual(len(self.path.read_text().splitlines()), 4)
        self.assertEqual(self.only_mail().attachments(), {})
        self.run_new(0)
        self.no_mail()

    def test_not_now(self):
        """The letter waits and goes with the next run, the same one."""
        self.skip_when_files_are_old()
        holder, port = runner.closed_port()
        with holder:
            sendmail = self.server.client(port)
            self.run_new(TEMPORARY, sendmail=sendmail)
            waiting, = [path for path in (self.directory / "state").rglob("letter")]
            wanted = re.search(rb"^Message-ID: (\S+)$", waiting.read_bytes(), re.M)[1]
            self.run_new(TEMPORARY, sendmail=sendmail)
        self.assertFalse(self.path.exists())
        # It does not replace the file that it has just finished.
        self.run_new(TEMPORARY)
        self.assertTrue(self.path.exists())
        self.assertEqual(self.check_letter().message["Message-ID"].encode(), wanted)
        self.run_new(0)
        self.no_mail()


if __name__ == "__main__":
    runner.main()
