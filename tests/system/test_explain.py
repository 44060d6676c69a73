"""--explain and --identity-header, against the sample quarantine and a panel that nobody knows."""

import csv
import io
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OUTGOING, TODAY, YESTERDAY  # noqa: E402

HEAD = re.compile(r"^(\d+): UID (\d+), (\S+), (.*)$")
COLUMN = re.compile(r"^  ([A-Z#][^:]*): ")

# Columns that no rule fills.
BY_NO_RULE = {"#", "Date", "Folder", "UID", "Host", "Sender domain",
              "Identity kind"}


def blocks(data):
    """[(number, UID, date, folder), lines] of each message."""
    found = []
    for block in data.decode().removesuffix("\n\n").split("\n\n"):
        lines = block.split("\n")
        found.append((HEAD.match(lines[0]).groups(), lines[1:]))
    return found


def columns(lines):
    return [match[1] for line in lines if (match := COLUMN.match(line))]


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))


class Samples(quarantine_case.QuarantineTest):

    DAY = [f"--timezone={quarantine_case.ZONE}", f"--date={YESTERDAY}"]

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_every_filled_column_is_explained(self):
        explained = blocks(self.quiet_report(*self.DAY, "-i", "-o", "--explain").stdout)
        table = rows(self.quiet_report(*self.DAY, "-i", "-o", "--csv=-", "--columns=all").stdout)
        self.assertGreater(len(table), 30)
        self.assertEqual(len(explained), len(table))
        for (head, lines), row in zip(explained, table):
            self.assertEqual(head, (row["#"], row["UID"], row["Date"], row["Folder"]))
            wanted = {title for title, cell in row.items() if cell} - BY_NO_RULE
            found = columns(lines)
            self.assertEqual(set(found), wanted, "\n".join(lines))
            self.assertEqual(len(found), len(set(found)), "\n".join(lines))

    def test_form_of_the_lines(self):
        said = self.quiet_report(*self.DAY, "--explain").stdout
        self.assert_printable(said)
        for _, lines in blocks(said):
            for line in lines:
                self.assertRegex(line, r"^(  [A-Z][A-Za-z/ .-]*: |    also: |    not used: |"
                                       r"  unknown: |    and \d+ more$|  and \d+ more$)")
                if line.startswith("    also: "):
                    self.assertRegex(line, r"; [a-z0-9-]+; (column )?[A-Za-z-]")

    def test_with_csv_in_one_pass(self):
        both = self.report(*self.DAY, "--explain", "--csv=out.csv", files=["out.csv"])
        self.assertEqual(both.stdout, self.report(*self.DAY, "--explain").stdout)
        self.assertEqual(both.files["out.csv"], self.report(*self.DAY, "--csv=-").stdout)

    def test_bounces_are_left_out(self):
        explained = blocks(self.quiet_report(*self.DAY, "-n", "--explain").stdout)
        table = rows(self.quiet_report(*self.DAY, "-n", "--csv=-", "--columns=#,UID").stdout)
        self.assertEqual([head[:2] for head, _ in explained],
                         [(row["#"], row["UID"]) for row in table])

    def test_not_with_the_display(self):
        for other in ("--display", "--csv=-"):
            result = self.report("--explain", other, status=64)
            self.assertIn(b"--explain would both write to standard output", result.stderr)
            self.assertEqual(result.stdout, b"")

    def test_nothing_to_explain(self):
        result = self.quiet_report("--date=2001-01-01", "--explain")
        self.assertEqual(result.stdout, b"")


class FewFields(quarantine_case.QuarantineTest):
    """Many messages with large headers and the block of one filter, so that a report asks for a
    few fields only.
    """

    COUNT = 160  # more than are read in full at any rate (src/source/quarantine/folder.h)
    FILTER_ID = "\r\n ".join(["x" * 70] * 200)
    DAY = ["--timezone=UTC", f"--date={TODAY}"]

    def commands(self, *options):
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            result = self.run_program([*self.plain(relay.port), *self.DAY, *options])
            self.assert_status(result, 0)
            return result, bytes(relay.client)


class NewPanel(FewFields):
    """With a panel's field that no rule names."""

    @classmethod
    def fill(cls, quarantine):
        for number in range(cls.COUNT):
            quarantine.deliver(OUTGOING, (
                f"From: user{number}@customer.example\r\n"
                f"X-NewPanel-Account: account-{number}\r\n"
                f"X-Customer-Number:\r\n X-{number}@Panel.EXAMPLE\r\n"
                f"X-Filter-ID: {cls.FILTER_ID}\r\n"
                f"X-Brand-Domain: out.example\r\nX-Brand-Username: web{number}\r\n"
                "X-Brand-Outgoing-Class: spam\r\n\r\nbody\r\n").encode(), quarantine_case.NOW)

    def test_unknown_field_is_shown(self):
        result, sent = self.commands("--explain")
        self.assertNotIn(b"HEADER.FIELDS", sent)
        for number, (_, lines) in enumerate(blocks(result.stdout)):
            self.assertIn(f"  unknown: X-NewPanel-Account: account-{number}", lines)
            self.assertIn(f"  unknown: X-Customer-Number: X-{number}@Panel.EXAMPLE", lines)
            self.assertEqual(sum(line.startswith("  unknown: ") for line in lines), 2)
        self.assertEqual(result.stdout.count(b"  unknown: "), 2 * self.COUNT)

    def test_without_it_only_known_fields_are_asked_for(self):
        _, sent = self.commands("-d")
        self.assertIn(b"HEADER.FIELDS", sent)
        self.assertNotIn(b"X-NewPanel-Account", sent)

    def test_identity_header(self):
        result, sent = self.commands("--columns=Identity,IP/Username", "--csv=-",
                                     "--identity-header=X-Absent",
                                     "--identity-header=x-customer-number",
                                     "--identity-header=X-NewPanel-Account")
        self.assertIn(b"x-customer-number X-NewPanel-Account", sent)
        self.assertEqual([tuple(row.values()) for row in rows(result.stdout)],
                         [(f"X-{number}@panel.example", f"web{number}")
                          for number in range(self.COUNT)])

    def test_identity_header_is_explained(self):
        result, _ = self.commands("--explain", "--identity-header=X-NewPanel-Account")
        for number, (_, lines) in enumerate(blocks(result.stdout)):
            self.assertIn(f"  Identity: account-{number}; identity-header; "
                          f"X-NewPanel-Account: account-{number}", lines)
            self.assertIn(f"    also: web{number}@out.example; identity-ip-username; "
                          f"column IP/Username: web{number}", lines)
        self.assertNotIn(b"  unknown: X-NewPanel-Account", result.stdout)

    def test_identity_header_of_the_filter(self):
        """It is asked for by its name, and still one of its brand."""
        result, _ = self.commands("--columns=Identity,IP/Username,Domain", "--csv=-",
                                  "--identity-header=X-Brand-Username")
        self.assertEqual([tuple(row.values()) for row in rows(result.stdout)],
                         [(f"web{number}", f"web{number}", "out.example")
                          for number in range(self.COUNT)])

    def test_bad_name(self):
        result = self.report("--identity-header=X Customer", status=64)
        self.assertIn(b"not the name of a header field", result.stderr)


class UndescribedFields(FewFields):
    """With a login in a field that no rule names, and a message without From: a report
    that asks for a few fields only finds them as one that reads all.
    """

    GLUED = 131  # none of the first, and no sample

    @classmethod
    def fill(cls, quarantine):
        for number in range(cls.COUNT):
            sender = f"From: user{number}@customer.example\r\n"
            if number == cls.GLUED:
                sender = f"X-Unheard-Of: x\n From:user{number}@customer.example\r\n"
            quarantine.deliver(OUTGOING, (
                f"{sender}"
                f"X-Panel-Auth-User: login{number}@customer.example\r\n"
                f"X-Filter-ID: {cls.FILTER_ID}\r\n"
                f"X-Brand-Domain: out.example\r\nX-Brand-Username: web{number}\r\n"
                "X-Brand-Outgoing-Class: spam\r\n\r\nbody\r\n").encode(), quarantine_case.NOW)

    def test_found(self):
        result, sent = self.commands("--csv=-", "--columns=From,Identity,Notes")
        self.assertIn(b"HEADER.FIELDS", sent)
        self.assertIn(b" X-Panel-Auth-User", sent)
        self.assertEqual(
            [tuple(row.values()) for row in rows(result.stdout)],
            [(f"user{number}@customer.example", f"login{number}@customer.example",
              "header swallowed; guessed field" if number == self.GLUED else "guessed field")
             for number in range(self.COUNT)])


if __name__ == "__main__":
    runner.main()
