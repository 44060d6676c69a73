"""The table of groups on a real terminal: tmux says in which column each character stands."""

import datetime
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OUTGOING, YESTERDAY  # noqa: E402
from terminal import Terminal  # noqa: E402

SIZES = (80, 24), (120, 30), (60, 24), (132, 40), (40, 24), (20, 24)
WIDE = (400, 50)
RULER_WIDTH = 410
GAP = 2
NOON = datetime.datetime.fromisoformat(f"{YESTERDAY}T12:00:00+00:00")
DAY = ["--timezone=UTC", f"--date={YESTERDAY}"]

# Who sends, and how the table shows it.
SENDERS = {
    "bob@example.com": "bob@example.com",
    "漢字かな한글@example.com": "漢字かな한글@example.com",
    "e\u0301e\u0323\u0301 Ze\u0336\u0321\u0322@example.com": None,
    "😀🎉@example.com": "😀🎉@example.com",
    "👨\u200d👩\u200d👧@example.com": "👨👩👧@example.com",
    "❤\ufe0f☀\ufe0f@example.com": "❤☀@example.com",
    "👍🏽@example.com": "👍@example.com",
    "🇩🇪🇫🇷@example.com": "🇩🇪🇫🇷@example.com",
    "1\ufe0f\u20e3@example.com": "1\u20e3@example.com",
    "ක්\u200dර ಕಿ क्षि ที่@example.com": None,
    "ｶﾞ　Ａ@example.com": None,
    "\u0301x@example.com": None,
    "evil\u202egpj@example.com": "evil<U+202E>gpj@example.com",
    "two\u200bparts@example.com": "two<U+200B>parts@example.com",
    "שלום مرحبا@example.com": None,
    "long-" + "漢" * 60 + "@example.com": None,
}
# Columns of a terminal from which on an identity is never cut.
WHOLE = 60
BARS = re.compile("[█▏▎▍▌▋▊▉]+")
ESCAPES = re.compile("\x1b\\[[0-9;]*m")

SUBJECTS = (
    "plain",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31m 8-bit",
    "tab\there",
    "Sale ❤\ufe0f\ufe0f\ufe0f 👩\u200d⚕\ufe0f 🏳\ufe0f\u200d🌈 " + "🎉" * 40,
    "a\u200db\u200d漢\u2066x\u2069",
    "䷀㉈\u0378\U0001faf8",
    "=1+1",
    "Z" + "\u0335\u0321\u0322" * 20,
)

MESSAGES = sum(1 + i % 3 for i in range(len(SENDERS)))

TITLE = re.compile(r"\S+(?: \S+)*")
NUMBERS = {"Count", "%", "Rcpts", "IPs", "Subjects", "Sample UID", "Login IPs", "Callers"}
TIME = r"^02-10 12:\d\d$"
KINDS = {
    "Count": r"^\d+$",
    "%": r"^\d+\.\d$",
    "First seen": TIME,
    "Last seen": TIME,
    "Rcpts": r"^\d*$",
    "IPs": r"^\d*$",
    "Subjects": r"^\d*$",
    "Top source IP": r"^(?:192\.0\.2\.77|)$",
    "Sample UID": r"^\d*$",
    "Callers": r"^\d*$",
}

# Runs in the terminal: prints each line of a file, and writes down in which columns its characters
# end, as the terminal says when it is asked (Device Status Report): first at the end of the whole.
RULER = r"""
import os, re, sys, tty
tty.setraw(0)
with open(sys.argv[1], encoding="utf-8") as source, open(sys.argv[2] + "~", "w") as out:
    for line in source.read().splitlines():
        start = "\r\n\x1b[K"
        asked = "".join(char + "\x1b[6n" for char in line)
        os.write(1, (start + line + "\x1b[6n" + start + asked).encode())
        answer = b""
        while answer.count(b"R") < len(line) + 1:
            answer += os.read(0, 4096)
        print(*(int(n) - 1 for n in re.findall(rb";(\d+)R", answer)), file=out)
os.rename(sys.argv[2] + "~", sys.argv[2])
"""


def text_of(row):
    return "".join(char for char, _, _ in row)


def without_marks(text):
    """tmux keeps only so many combining marks of a character."""
    return "".join(char for char in text if not unicodedata.combining(char))


def message(sender, subject):
    return (f"From: {sender.split('@')[0][:5]} <x@example.net>\r\nX-Who: {sender}\r\n"
            "Received: from client.example ([192.0.2.77]) by mx.example.net; "
            f"{NOON:%a, %d %b %Y %H:%M:%S +0000}\r\n"
            f"X-PHP-Script: www.shop.example/漢/mailer.php for 192.0.2.9\r\n"
            f"Subject: {subject}\r\n\r\ntext\r\n").encode()


class Table(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        for i, sender in enumerate(SENDERS):
            for k in range(1 + i % 3):
                quarantine.deliver(OUTGOING, message(sender, SUBJECTS[(i + k) % len(SUBJECTS)]),
                                   NOON + datetime.timedelta(minutes=i))

    def setUp(self):
        super().setUp()
        if not shutil.which("tmux"):
            self.skipTest("no tmux to look at the table with")
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "TERM": "screen", "HOME": str(self.directory),
                            "SHELL": "/bin/sh", "LSAN_OPTIONS": runner.LSAN_OPTIONS}
        self.environment |= runner.inherited()
        self.environment.pop("NO_COLOR", None)

    def show(self, size, *options, keep=(), variables=None):
        """What the program leaves on a terminal of that size, with more in its environment."""
        status = self.directory / "status"
        status.unlink(missing_ok=True)
        more = [f"{name}={value}" for name, value in (variables or {}).items()]
        command = ["env", *more, runner.program(), *self.trust(), *DAY, "-d", "--identity-header=X-Who",
                   *options]
        with Terminal(self.directory, size, self.environment) as terminal:
            terminal.start(f"{shlex.join(command)} 2>{shlex.quote(str(status))}.err; "
                           f"echo $? >{shlex.quote(str(status))}")
            self.wait_for(terminal.has_ended, "the end of the run")
            errors = pathlib.Path(f"{status}.err").read_text()
            self.assertEqual((status.read_text(), errors), ("0\n", ""))
            lines = terminal.screen(*keep)
            if keep:
                return lines
            self.assertEqual(lines, terminal.screen("-J"), "a line wraps")
        self.assert_printable("\n".join(lines).encode())
        return lines

    def measured(self, lines):
        """[(character, column where it begins, column behind it)] for each of the lines."""
        text, columns = self.directory / "lines", self.directory / "columns"
        columns.unlink(missing_ok=True)
        text.write_text("\n".join(lines) + "\n")
        ruler = self.directory / "ruler.py"
        ruler.write_text(RULER)
        with Terminal(self.directory, (RULER_WIDTH, 50), self.environment) as terminal:
            terminal.start(shlex.join([sys.executable, str(ruler), str(text), str(columns)]))
            self.wait_for(columns.exists, "the ruler")
        result = []
        for line, ends in zip(lines, columns.read_text().splitlines(), strict=True):
            whole, *ends = [int(n) for n in ends.split()]
            self.assertEqual([whole], ends[-1:], line)
            result.append(list(zip(line, [0] + ends, ends, strict=False)))
        return result

    def assert_blank(self, row, begin, end):
        for char, left, right in row:
            if left < end and right > begin:
                self.assertEqual(char, " ", f"columns {begin} to {end} of {text_of(row)!r}")

    def cell(self, row, title):
        """The text below a title, after a look at the gap where its neighbour could stand."""
        if title[0] in NUMBERS:
            self.assert_blank(row, title.end(), title.end() + GAP)
            until = [c for c in row if c[2] <= title.end()]
            return text_of(until).rpartition(" ")[2] if until[-1][2] == title.end() else ""
        self.assert_blank(row, title.start() - GAP, title.start())
        return text_of([c for c in row if c[1] >= title.start()]).partition(" " * GAP)[0]

    def cells(self, lines, width):
        """{title: cells}, the total among them. The titles say in which columns they are."""
        rows = self.measured(lines)
        for row in rows:
            self.assertLessEqual(row[-1][2], width, text_of(row))
        last = [i for i, line in enumerate(lines) if " Total" in line][0]
        rows = [row for row in rows[:last + 1] if text_of(row)[:1 + len("Count")].strip()]
        last = len(rows) - 1
        return {title[0]: [self.cell(row, title) for row in rows[1:last + 1]]
                for title in TITLE.finditer(lines[0])}

    def assert_numbers(self, cells):
        """What stands in each column is of its kind; the counts add up."""
        for title, kind in KINDS.items():
            for text in cells.get(title, [])[:-1]:
                self.assertRegex(text, kind, title)
        counts = [int(text) for text in cells["Count"]]
        self.assertEqual(sum(counts[:-1]), MESSAGES)
        self.assertEqual(counts[-1], MESSAGES)
        self.assertEqual(counts[:-2], sorted(counts[:-2], reverse=True))

    def test_sizes(self):
        for size in SIZES:
            for options in ([], ["--top=5"], ["--group-by=Identity,Source IP,Subject"]):
                with self.subTest(size=size, options=options):
                    lines = self.show(size, "--group-by=Identity", *options)
                    self.assert_numbers(self.cells(lines, size[0]))

    def test_identities_are_whole(self):
        """Folded where they are longer than the column, whose lines put together are the text."""
        wanted = {without_marks(shown or who) for who, shown in SENDERS.items()}
        for width in (WHOLE, 80, 120):
            with self.subTest(width=width):
                lines = self.show((width, 60), "--group-by=Identity")
                rows, begin = self.measured(lines), lines[0].index("Identity")
                title = [t for t in TITLE.finditer(lines[0]) if t[0] == "Identity"][0]
                found = []
                for row in rows[1:]:
                    if text_of(row).lstrip()[:5] in ("times", "not s"):
                        break
                    text = self.cell(row, title)
                    if text_of(row)[:begin].strip():
                        found.append(text)
                    else:
                        found[-1] += text
                found = {without_marks(text) for text in found}
                self.assertEqual({who for who in wanted if who not in found
                                  and who.isascii()}, set())
                self.assertIn("long-" + "漢" * 60 + "@example.com", found)

    def test_color(self):
        """On a terminal, unless somebody does not want it; bars are there in any case."""
        for colored, options, variables in (
                (True, [], {}), (False, ["--color=never"], {}), (False, [], {"NO_COLOR": "1"}),
                (False, [], {"TERM": "dumb"}), (True, [], {"NO_COLOR": ""}),
                (True, ["--color=always"], {"NO_COLOR": "1"}),
                (False, [], {"QUARANTINE_REPORT_COLOR": "never"})):
            with self.subTest(options=options, variables=variables):
                lines = self.show(WIDE, "--top=3", *options, keep=["-e"], variables=variables)
                self.assertEqual("\x1b[1mCount" in "\n".join(lines), colored, lines)
                self.assertRegex(lines[1], BARS)

    def test_no_color_in_files(self):
        """Nor bars, unless they are asked for; what is colored says the same without."""
        options = [*DAY, "-d", "--identity-header=X-Who", "--top=3"]
        plain = self.quiet_report(*options).stdout.decode()
        self.assertNotIn("\x1b", plain)
        self.assertNotRegex(plain, BARS)
        self.assertNotIn("Share", plain)
        self.assertEqual(plain, self.quiet_report(*options, "--color=never").stdout.decode())
        always = self.quiet_report(*options, "--color=always").stdout.decode()
        self.assertIn("\x1b[1mCount\x1b[0m", always)
        self.assertRegex(always, BARS)
        self.assertEqual(always, self.quiet_report(
            *options, environment={"QUARANTINE_REPORT_COLOR": "always"}).stdout.decode())

    def test_zone(self):
        lines = self.show(WIDE, "--top=3", "--timezone=Asia/Kolkata")
        self.assertIn("times: IST (UTC+05:30)", lines)
        self.assertNotIn("times", "\n".join(self.show((20, 24), "--top=3")))

    def test_who(self):
        """All that fits is shown, of the widths that it has on the terminal."""
        cells = self.cells(self.show(WIDE, "--group-by=Identity"), WIDE[0])
        for shown in filter(None, SENDERS.values()):
            self.assertIn(shown, cells["Identity"])
        self.assertIn("long-漢", " ".join(cells["Identity"]))
        for title, kind in KINDS.items():
            self.assertIn(title, cells)
            self.assertTrue(any(cells[title][:-1]), title)
            self.assertRegex(cells[title][0], kind, title)

    def test_what_is_left_out_is_said(self):
        lines = self.show(SIZES[0], "--group-by=Identity")
        said = " ".join(lines).partition("not shown at this width: ")[2].split(", ")
        self.assertEqual(sorted(said + TITLE.findall(lines[0])),
                         sorted([*KINDS, "Identity", "Share", "Top script", "Sample subject"]))
        lines = self.show(SIZES[0], "--top=3")
        self.assertEqual(self.cells(lines, SIZES[0][0])["Identity"][-2:],
                         [f"({len(SENDERS) - 3} others)", f"Total ({len(SENDERS)} groups)"])

    def test_ascii(self):
        """A terminal that does not speak UTF-8."""
        self.environment["LC_ALL"] = "C"
        lines = self.show(SIZES[0], "--group-by=Identity,Subject")
        self.assertTrue("".join(lines).isascii(), lines)
        self.assertIn("...", "".join(lines))
        self.assert_numbers(self.cells(lines, SIZES[0][0]))

    def test_no_terminal(self):
        """All columns, unless $COLUMNS asks for less."""
        options = [*DAY, "-d", "--identity-header=X-Who", "--group-by=Identity"]
        lines = self.quiet_report(*options).stdout.decode().splitlines()
        for title in KINDS:
            self.assertIn(title, TITLE.findall(lines[0]))
        # The row of the one that is longer than the column is longer, too.
        longest = "long-" + "漢" * 60 + "@example.com"
        self.assertIn(longest, "\n".join(lines))
        lines = [line.replace(longest, "long-" + "漢" * 29 + " ") for line in lines]
        self.assert_numbers(self.cells(lines, RULER_WIDTH))
        asked = self.quiet_report(*options, "--color=always",
                                  environment={"COLUMNS": "80"}).stdout.decode()
        asked = ESCAPES.sub("", asked)
        shown = "\n".join(self.show(SIZES[0], "--group-by=Identity"))
        self.assertEqual(without_marks(asked.rstrip()), without_marks(shown))


if __name__ == "__main__":
    runner.main()
