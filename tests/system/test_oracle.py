"""An independent reader of the same folders: python3's imaplib and email.

It must agree with the report on the rows and on From, To and Reply-To, message
by message. Where it does not, DIFFERENCES says so and why; what is listed there
must occur.
"""

import base64
import codecs
import datetime
import email.header
import email.parser
import email.policy
import pathlib
import random
import re
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine as quarantines  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, NOW, OLDER, OUTGOING, TODAY, YESTERDAY, ZONE  # noqa: E402

COLUMNS = ("From", "To", "Reply-To")
OPTION = {OUTGOING: "-o", INCOMING: "-i"}

# The longest value of the report in bytes, and what a longer one ends with.
VALUE_MAX = 8192
CUT_MARK = "…"

# (sample, column): (what python reads, what the report has, why that is no fault of the report)
DIFFERENCES = {
    ("outgoing/48-php-glued-from.eml", "From"): (
        "Contact Form <form@shop.example> Reply-To: angry.bot@spam.example X-Mailer: PHP/8.2.20",
        "Contact Form <form@shop.example>",
        "Wrong line ends of PHP made Reply-To and X-Mailer continuation lines of From. The report "
        "takes such glued fields apart (and notes it); to python it is one long From."),
    ("outgoing/48-php-glued-from.eml", "Reply-To"): (
        "", "angry.bot@spam.example",
        "The Reply-To that stands within the From above."),
}


class Oracle:
    """What python makes of a folder."""

    def __init__(self, imap, folder):
        name = '"' + quarantines.mutf7(folder) + '"'
        quarantines.checked(imap.select(name, readonly=True))
        answer = quarantines.checked(
            imap.uid("FETCH", "1:*", "(UID INTERNALDATE BODY.PEEK[HEADER])"))
        self.messages = [self._message(*part) for part in answer if isinstance(part, tuple)]

    def between(self, since, until):
        """[(UID, {column: value})] of the messages that arrived in the period."""
        return [(uid, values) for uid, when, values in self.messages if since <= when < until]

    @staticmethod
    def _message(about, block):
        uid = re.search(rb"\bUID (\d+)", about)[1].decode()
        when = datetime.datetime.strptime(
            re.search(rb'INTERNALDATE "([^"]*)"', about)[1].decode().strip(),
            "%d-%b-%Y %H:%M:%S %z")
        parsed = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(block)
        found = {column: [body for name, body in parsed.raw_items()
                          if name.lower() == column.lower()] for column in COLUMNS}
        values = {column: decoded(bodies[0]) if bodies else ""
                  for column, bodies in found.items()}
        values["To"] = cut(", ".join(filter(None, map(decoded, found["To"]))))
        return uid, when, values


def decoded(body):
    """A header body as text: folds undone, encoded-words decoded, control characters blanks."""
    parts = email.header.decode_header(re.sub(r"[ \t]*(\r?\n[ \t]+)+", " ", body))
    text = "".join(as_text(part, charset) for part, charset in parts)
    text = re.sub(r"[ \t]*[\x00-\x1f\x7f-\x9f][\x00-\x20\x7f-\x9f]*", " ", text)
    return cut(text.strip(" "))


def as_text(part, charset):
    if charset is not None:
        try:
            return part.decode(charset, "replace")
        except LookupError:
            return part.decode("ascii", "replace")
    if isinstance(part, bytes):
        part = part.decode("raw-unicode-escape")
    return part.encode("utf-8", "surrogateescape").decode("utf-8", "or-windows-1252")


def windows_1252(error):
    """Bytes that are not UTF-8 are taken as Windows-1252, beside others that are."""
    return error.object[error.start:error.end].decode("cp1252", "replace"), error.end


codecs.register_error("or-windows-1252", windows_1252)


def cut(text):
    raw = text.encode()
    return text if len(raw) <= VALUE_MAX else raw[:VALUE_MAX].decode("utf-8", "ignore") + CUT_MARK


class OracleTest(quarantine_case.QuarantineTest):

    maxDiff = None

    def oracle(self, folder):
        with self.quarantine.connect() as imap:
            return Oracle(imap, folder)

    def assert_agree(self, ours, theirs):
        self.assertEqual([uid for uid, _ in ours], [uid for uid, _ in theirs])
        for (uid, our), (_, their) in zip(ours, theirs, strict=True):
            with self.subTest(uid=uid):
                self.assertEqual(our, their)

    def reported(self, folder, since, until):
        """[(UID, {column: value})] of the report."""
        clock = "%Y-%m-%dT%H:%M:%S"
        result = self.quiet_report(
            OPTION[folder], f"--timezone={ZONE}", f"--since={since.strftime(clock)}",
            f"--until={until.strftime(clock)}", "--csv=-", "--raw-csv",
            "--columns=UID,From,To,Reply-To")
        return [(row["UID"], {column: row[column] for column in COLUMNS})
                for row in result.rows()]


class Samples(OracleTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_every_message(self):
        files = quarantine_case.sample_files()
        since, until = day(OLDER), day(TODAY, 1)
        differences = {}
        for folder in OPTION:
            theirs = self.oracle(folder).between(since, until)
            ours = self.reported(folder, since, until)
            self.assertEqual([uid for uid, _ in ours], [uid for uid, _ in theirs])
            for (uid, our), (_, their) in zip(ours, theirs, strict=True):
                for column in COLUMNS:
                    if our[column] != their[column]:
                        differences[files[folder, uid], column] = (their[column], our[column])
        listed = {place: values[:2] for place, values in DIFFERENCES.items()}
        self.assertEqual(differences, listed)

    def test_each_day(self):
        for date in (OLDER, YESTERDAY, TODAY):
            for folder in OPTION:
                with self.subTest(date=date, folder=folder):
                    theirs = self.oracle(folder).between(day(date), day(date, 1))
                    result = self.quiet_report(
                        OPTION[folder], f"--timezone={ZONE}", f"--date={date}", "--csv=-",
                        "--columns=UID")
                    self.assertEqual([row["UID"] for row in result.rows()],
                                     [uid for uid, _ in theirs])
                    self.assertTrue(theirs)


def day(text, later=0):
    return datetime.datetime.combine(
        datetime.date.fromisoformat(text) + datetime.timedelta(days=later), datetime.time(),
        zoneinfo.ZoneInfo(ZONE))


# Names and the character sets that can write them, by their names in mail.
NAMES = {
    "Jörg Müßig": ("utf-8", "iso-8859-1", "windows-1252", "iso-8859-15"),
    "Łukasz Żółć": ("utf-8", "iso-8859-2", "windows-1250"),
    "İbrahim Şahin": ("utf-8", "windows-1254", "iso-8859-9"),
    "Служба безопасности": ("utf-8", "koi8-r", "windows-1251", "iso-8859-5"),
    "Ελληνική Τράπεζα": ("utf-8", "iso-8859-7"),
    "カスタマーサポート係": ("utf-8", "iso-2022-jp", "shift_jis", "euc-jp"),
    "采购部 经理": ("utf-8", "gb2312", "gbk", "gb18030"),
    "臺灣 工廠": ("utf-8", "big5"),
    "고객 지원": ("utf-8", "euc-kr"),
    "تحديث الحساب": ("utf-8", "windows-1256"),
    "Gewinn 🎁 für Sie – sofort": ("utf-8",),
    "Plain, \"quoted\" and = + - @": ("utf-8", "us-ascii"),
}
MESSAGES = 150
WINDOWS = 12
FOLDS = (" ", "\r\n ", "\r\n\t", " \r\n  ")


def words(rng, text, charset):
    """Encoded-words of one character set that are cut anywhere, also within a character."""
    raw = text.encode(charset)
    size = rng.randrange(5, 30)
    letter = rng.choice("BQbq")
    parts = [raw[at:at + size] for at in range(0, len(raw), size)]
    return rng.choice(FOLDS).join(
        f"=?{charset if rng.random() < .5 else charset.upper()}?{letter}?{code(part, letter)}?="
        for part in parts)


def code(part, letter):
    if letter in "Bb":
        return base64.b64encode(part).decode()
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else
                   "_" if byte == 0x20 else f"={byte:02X}" for byte in part)


def person(rng, number):
    """(bytes as they stand in a header, the text that they mean)"""
    name = rng.choice(list(NAMES))
    address = f"<user{number}@example.com>"
    way = rng.randrange(5)
    if way == 0:
        return f"{name} {address}".encode(), f"{name} {address}"
    if way == 1 and "windows-1252" in NAMES[name]:
        return f"{name} {address}".encode("windows-1252"), f"{name} {address}"
    charset = rng.choice(NAMES[name])
    return f"{words(rng, name, charset)} {address}".encode(), f"{name} {address}"


def people(rng, number, count):
    """A list of addresses, folded between them or not."""
    several = [person(rng, number * 10 + n) for n in range(count)]
    raw = several[0][0]
    for one, _ in several[1:]:
        raw += b"," + rng.choice(FOLDS).encode() + one
    return raw, several


class Generated(OracleTest):
    """Many messages with decodable names, whose meaning is known from their making."""

    @classmethod
    def fill(cls, quarantine):
        rng = random.Random(20260211)
        cls.meant = {}
        for number in range(1, MESSAGES + 1):
            sender, sender_text = person(rng, number)
            to, to_people = people(rng, number, rng.randrange(1, 5))
            reply, reply_text = person(rng, number) if rng.random() < .5 else (None, "")
            lines = [b"From: " + sender, b"To: " + to]
            if reply is not None:
                lines.append(b"Reply-To: " + reply)
            rng.shuffle(lines)
            when = NOW + datetime.timedelta(seconds=rng.randrange(-200_000, 200_000))
            quarantine.deliver(OUTGOING, b"\r\n".join(lines) + b"\r\n\r\nText\r\n", when)
            cls.meant[str(number)] = {
                "From": sender_text, "Reply-To": reply_text,
                "To": [text for _, text in to_people]}

    def test_values(self):
        since, until = (NOW + datetime.timedelta(days=days) for days in (-4, 4))
        theirs = self.oracle(OUTGOING).between(since, until)
        ours = self.reported(OUTGOING, since, until)
        self.assertEqual(len(ours), MESSAGES)
        self.assert_agree(ours, theirs)
        for uid, values in ours:
            meant = self.meant[uid]
            self.assertEqual(values["From"], meant["From"])
            self.assertEqual(values["Reply-To"], meant["Reply-To"])
            self.assertEqual(re.split(r"(?<=>), *", values["To"]), meant["To"])

    def test_rows_of_any_period(self):
        rng = random.Random(11)
        oracle = self.oracle(OUTGOING)
        for _ in range(WINDOWS):
            since, until = sorted(
                NOW + datetime.timedelta(seconds=rng.randrange(-200_000, 200_000))
                for _ in range(2))
            with self.subTest(since=since, until=until):
                self.assert_agree(self.reported(OUTGOING, since, until),
                                  oracle.between(since, until))

    def test_edges_to_the_second(self):
        oracle = self.oracle(OUTGOING)
        second = datetime.timedelta(seconds=1)
        whens = sorted(when for _, when, _ in oracle.messages)
        for at in (0, MESSAGES // 2, MESSAGES - 2):
            first = whens[at].astimezone(zoneinfo.ZoneInfo(ZONE))
            last = whens[at + 1].astimezone(zoneinfo.ZoneInfo(ZONE))
            for since, until in ((first, last), (first + second, last + second)):
                self.assert_agree(self.reported(OUTGOING, since, until),
                                  oracle.between(since, until))


if __name__ == "__main__":
    runner.main()
