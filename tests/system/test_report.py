"""The report of the sample quarantine, byte for byte, against files in golden/.

The samples arrive around a fixed day, so that the files hold on any date. When a
change of the report is meant, make them anew and read the difference:

    UPDATE_GOLDEN=1 QR=build/quarantine-report python3 tests/system/test_report.py
"""

import csv
import datetime
import difflib
import io
import os
import pathlib
import re
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OLDER, TODAY, YESTERDAY  # noqa: E402

GOLDEN = pathlib.Path(__file__).with_name("golden")
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"

BOM = b"\xef\xbb\xbf"

# The account of a folder on standard error.
SUMMARY = (r"localhost: '(?P<folder>[^']*)' from (?P<since>\S+) to (?P<until>\S+): "
           r"(?P<found>\d+) found, (?P<reported>\d+) reported, "
           r"(?P<bounces>\d+) filtered as bounces, (?P<vanished>\d+) vanished, "
           r"(?P<unreadable>\d+) unreadable$")


def table(data, delimiter=","):
    """CSV or display as lists of cells, the header row first."""
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter,
                           strict=True))


class Report(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def show(self, *options, **how):
        """Standard output of a run in the samples' zone."""
        return self.quiet_report(f"--timezone={quarantine_case.ZONE}", *options, **how).stdout

    def assert_golden(self, name, data):
        path = GOLDEN / name
        if UPDATE:
            GOLDEN.mkdir(exist_ok=True)
            path.write_bytes(data)
        wanted = path.read_bytes()
        if data != wanted:
            lines = difflib.unified_diff(wanted.decode().split("\n"), data.decode().split("\n"),
                                         f"golden/{name}", "this run", n=0, lineterm="")
            self.fail("\n".join(line.replace("\r", "\\r")[:1000] for line in lines))

    def summaries(self, result):
        """The accounts of the folders, which must add up."""
        found = [match.groupdict() for line in result.stderr.decode().splitlines()
                 if (match := re.search(SUMMARY, line))]
        for one in found:
            self.assertEqual(int(one["found"]), sum(int(one[part]) for part in (
                "reported", "bounces", "vanished", "unreadable")), str(one))
        return found


class GoldenCsv(Report):

    def test_outgoing_of_one_day(self):
        self.assert_golden("outgoing-today.csv", self.show(f"--date={TODAY}", "--csv=-"))

    def test_outgoing_of_the_day_before(self):
        self.assert_golden("outgoing-yesterday.csv",
                           self.show(f"--date={YESTERDAY}", "-o", "--csv=-"))

    def test_incoming(self):
        self.assert_golden("incoming-yesterday.csv",
                           self.show(f"--date={YESTERDAY}", "-i", "--csv=-"))

    def test_both(self):
        data = self.show(f"--date={TODAY}", "-i", "-o", "--csv=-")
        self.assert_golden("both-today.csv", data)
        rows = table(data)[1:]
        self.assertEqual([row[0] for row in rows], [str(n + 1) for n in range(len(rows))])
        outgoing = table(self.show(f"--date={TODAY}", "-o", "--csv=-"))[1:]
        incoming = table(self.show(f"--date={TODAY}", "-i", "--csv=-"))[1:]
        self.assertEqual([row[1:] for row in rows], [row[1:] for row in outgoing + incoming])

    def test_since_until(self):
        # The first second belongs to the period, that of --until does not.
        data = self.show(f"--since={OLDER}", f"--until={YESTERDAY}T00:00:00", "--csv=-")
        self.assert_golden("outgoing-since-until.csv", data)
        data = self.show(f"--since={YESTERDAY}T23:59:59", f"--until={TODAY}T00:00", "--csv=-",
                         "--columns=Date,UID", "-i", "-o")
        self.assertEqual([row[0] for row in table(data)[1:]],
                         [f"{YESTERDAY}T23:59:59+01:00"] * 2)

    def test_all_columns(self):
        data = self.show(f"--date={TODAY}", "-i", "--csv=-", "--columns=all")
        self.assert_golden("incoming-today-all-columns.csv", data)

    def test_all_columns_of_all_messages(self):
        """One line for each cell that is not empty: a table of 30 columns is hard to read."""
        rows = table(self.show(f"--since={OLDER}", "--until=2026-02-12", "-i", "-o", "--csv=-",
                               "--columns=all", "--raw-csv"))
        lines = []
        for row in rows[1:]:
            self.assertEqual(len(row), len(rows[0]))
            lines += ["", f"# {row[0]}"]
            lines += [f"{title}: {cell}" for title, cell in list(zip(rows[0], row))[1:] if cell]
        self.assert_golden("all-messages.txt", "\n".join(lines).encode() + b"\n")

    def test_some_columns(self):
        data = self.show(f"--date={TODAY}", "-i", "--csv=-",
                         "--columns=Subject,date,#,Message-ID,IP/Username")
        self.assert_golden("incoming-today-some-columns.csv", data)

    def test_unknown_column(self):
        result = self.report("--csv=-", "--columns=From,Colour", status=64)
        self.assertIn(b"Colour", result.stderr)

    def test_nothing_found(self):
        self.assertEqual(self.show("--date=2026-02-01", "--csv=-"),
                         runner.HEADER.encode() + b"\r\n")


class GoldenDisplay(Report):

    def test_outgoing(self):
        data = self.show(f"--date={YESTERDAY}")
        self.assert_golden("outgoing-yesterday-display.txt", data)
        self.assert_printable(data)

    def test_both(self):
        data = self.show(f"--date={TODAY}", "-d", "-i", "-o")
        self.assert_golden("both-today-display.txt", data)
        self.assert_printable(data)

    def test_same_cells_as_csv(self):
        # Apart from what would do harm on a terminal.
        shown = table(self.show(f"--date={TODAY}", "-i", "-o", "-d"))
        saved = table(self.show(f"--date={TODAY}", "-i", "-o", "--csv=-"))
        self.assertEqual(shown, saved)

    def test_nothing_found(self):
        self.assertEqual(self.show("--date=2026-02-01"), runner.HEADER.encode() + b"\n")

    def test_with_csv(self):
        # One pass over the quarantine gives the same as two.
        result = self.quiet_report(f"--timezone={quarantine_case.ZONE}", f"--date={YESTERDAY}",
                                   "-d", "--csv=both.csv", files=["both.csv"])
        self.assertEqual(result.stdout, self.show(f"--date={YESTERDAY}", "-d"))
        self.assertEqual(result.files["both.csv"], self.show(f"--date={YESTERDAY}", "--csv=-"))


class HeaderRow(Report):

    def test_byte_for_byte(self):
        wanted = (b"#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,"
                  b"Auth.sender,Auth-User,Auth-Email")
        for options, ending in ((["-d"], b"\n"), (["--csv=-"], b"\r\n"),
                                (["-d", "--columns=default"], b"\n"),
                                (["--csv=-", "--columns=default"], b"\r\n")):
            with self.subTest(options=options):
                data = self.show(f"--date={TODAY}", *options)
                self.assertTrue(data.startswith(wanted + ending), data[:200])

    def test_all_begins_with_the_default(self):
        names = table(self.show(f"--date={TODAY}", "--csv=-", "--columns=all"))[0]
        self.assertEqual(",".join(names[:12]), runner.HEADER)
        self.assertEqual(names[12:], [
            "Date", "Folder", "UID", "Identity", "Domain", "Class", "Source IP", "Subject",
            "Message-ID", "Return-Path", "X-Source", "X-Source-Args", "X-Source-Dir",
            "PHP script IP", "Vhost", "Host", "Notes", "Sender domain",
            "Identity kind", "Login IP", "Feedback type", "Reporter", "Envelope ID",
            "Queue ID"])


class NoBounce(Report):

    def test_golden(self):
        result = self.report(f"--timezone={quarantine_case.ZONE}", f"--date={YESTERDAY}", "-n",
                             "-i", "-o", "-v", "--csv=-")
        self.assert_golden("both-yesterday-no-bounce.csv", result.stdout)
        self.assertEqual(self.summaries(result), [
            {"folder": "Caught (Outgoing)", "since": "2026-02-10T00:00:00+01:00",
             "until": "2026-02-11T00:00:00+01:00", "found": "37", "reported": "34",
             "bounces": "3", "vanished": "0", "unreadable": "0"},
            {"folder": "Caught", "since": "2026-02-10T00:00:00+01:00",
             "until": "2026-02-11T00:00:00+01:00", "found": "8", "reported": "7",
             "bounces": "1", "vanished": "0", "unreadable": "0"}])

    def test_without(self):
        result = self.report(f"--timezone={quarantine_case.ZONE}", f"--date={YESTERDAY}", "-v",
                             "--csv=-")
        counts = self.summaries(result)
        self.assertEqual([(one["found"], one["bounces"]) for one in counts], [("37", "0")])
        self.assertEqual(len(table(result.stdout)) - 1, 37)

    def test_numbers_without_gaps(self):
        rows = table(self.show(f"--date={YESTERDAY}", "-n", "-i", "-o", "--csv=-"))[1:]
        self.assertEqual([row[0] for row in rows], [str(n + 1) for n in range(len(rows))])


class Spreadsheets(Report):

    def both(self, *options):
        return self.show(f"--date={YESTERDAY}", "--csv=-", *options)

    def test_delimiters(self):
        cells = table(self.both())
        for name in (";", "|", "\t", ","):
            with self.subTest(delimiter=name):
                data = self.both(f"--delimiter={name}")
                self.assertEqual(table(data, name), cells)
                self.assertEqual(data.split(b"\r\n")[0],
                                 runner.HEADER.replace(",", name).encode())

    def test_delimiter_of_the_display(self):
        shown = table(self.show(f"--date={YESTERDAY}", "-d", "--delimiter=;"), ";")
        self.assertEqual(shown, table(self.show(f"--date={YESTERDAY}", "-d")))

    def test_bom(self):
        self.assertEqual(self.both("--csv-bom"), BOM + self.both())

    def test_no_bom_in_the_display(self):
        self.assertEqual(self.show(f"--date={TODAY}", "-d", "--csv-bom"),
                         self.show(f"--date={TODAY}", "-d"))

    def test_formula_guard(self):
        guarded, raw = table(self.both()), table(self.both("--raw-csv"))
        changed = set()
        self.assertEqual(len(guarded), len(raw))
        for one, other in zip(guarded, raw):
            for cell, cell_raw in zip(one, other, strict=True):
                dangerous = cell_raw.lstrip(" ")[:1] in set("=+-@\t\r＝＋－＠")  and cell_raw
                self.assertEqual(cell, "'" + cell_raw if dangerous else cell_raw)
                if dangerous:
                    changed.add(cell_raw[:1])
        self.assertLessEqual(set("=+-@"), changed, "the samples hold none to guard against")

    def test_golden_raw(self):
        self.assert_golden("outgoing-yesterday-raw.csv", self.both("--raw-csv"))


class Clock(Report):
    """Today and yesterday by the real clock, in a zone where it is noon now."""

    @classmethod
    def fill(cls, quarantine):
        cls.zone = quarantine_case.noon_zone()
        here = zoneinfo.ZoneInfo(cls.zone)
        now = datetime.datetime.now(here)
        day, hour, second = (datetime.timedelta(days=1), datetime.timedelta(hours=1),
                             datetime.timedelta(seconds=1))
        cls.today = now.date()
        cls.yesterday = cls.today - day
        midnight = datetime.datetime.combine(cls.today, datetime.time(), here)
        for label, when in (("before-yesterday", midnight - day - second),
                            ("yesterday-first", midnight - day),
                            ("yesterday-last", midnight - second),
                            ("today-first", midnight),
                            ("three-hours-ago", now - 3 * hour),
                            ("one-hour-ago", now - hour),
                            ("today-last", midnight + day - second),
                            ("tomorrow", midnight + day)):
            for folder in (quarantine_case.OUTGOING, quarantine_case.INCOMING):
                quarantine.deliver(folder, f"From: {label}@example.com\n\n".encode(), when)

    def labels(self, *options, **how):
        data = self.quiet_report("--csv=-", *options, **how).stdout
        return [row[1].partition("@")[0] for row in table(data)[1:]]

    def test_yesterday_by_default(self):
        wanted = ["yesterday-first", "yesterday-last"]
        self.assertEqual(self.labels(f"--timezone={self.zone}"), wanted)
        self.assertEqual(self.labels(f"--timezone={self.zone}", "-i"), wanted)
        self.assertEqual(self.labels(f"--timezone={self.zone}", f"--date={self.yesterday}"),
                         wanted)

    def test_today(self):
        wanted = ["today-first", "three-hours-ago", "one-hour-ago", "today-last"]
        self.assertEqual(self.labels(f"--timezone={self.zone}", "-t"), wanted)
        self.assertEqual(self.labels(f"--timezone={self.zone}", "--today", "-i"), wanted)

    def test_zone_of_the_system(self):
        self.assertEqual(self.labels(environment={"TZ": self.zone}),
                         ["yesterday-first", "yesterday-last"])

    def test_spans_back(self):
        zone = f"--timezone={self.zone}"
        self.assertEqual(self.labels(zone, "--since=2h"), ["one-hour-ago"])
        self.assertEqual(self.labels(zone, "--since=120m"), ["one-hour-ago"])
        self.assertEqual(self.labels(zone, "--since=4h", "--until=2h"), ["three-hours-ago"])
        # It is noon: the two midnights lie 12 and 36 hours back, a few seconds more by now.
        self.assertEqual(self.labels(zone, "--since=3d", "--until=1d"),
                         ["before-yesterday", "yesterday-first"])
        self.assertEqual(self.labels(zone, "--since=1w"),
                         ["before-yesterday", "yesterday-first", "yesterday-last", "today-first",
                          "three-hours-ago", "one-hour-ago"])

    def test_default_file_names(self):
        for options, name in ((["-c"], f"quarantine-outgoing-{self.yesterday}.csv"),
                              (["-c", "-o", "-t"], f"quarantine-outgoing-{self.today}.csv"),
                              (["--csv", "-i"], f"quarantine-incoming-{self.yesterday}.csv"),
                              (["-c", "-i", "-o", "-t"], f"quarantine-all-{self.today}.csv"),
                              (["-c", "--date=2026-02-10"], "quarantine-outgoing-2026-02-10.csv"),
                              (["-c", "--since=2026-02-08T10:00", "--until=2026-02-10"],
                               "quarantine-outgoing-2026-02-08T100000_2026-02-09.csv")):
            with self.subTest(options=options):
                result = self.quiet_report(f"--timezone={self.zone}", *options, files=[name])
                self.assertEqual(list(result.files), [name])
                self.assertEqual(result.stdout, b"")
                self.assertTrue(result.files[name].startswith(runner.HEADER.encode() + b"\r\n"))

    def test_file_named(self):
        # With -c alone the argument is no file name; the message says what to write.
        result = self.quiet_report("-t", f"--timezone={self.zone}", "--csv=a b.csv",
                                   files=["a b.csv"])
        self.assertEqual(len(result.rows("a b.csv")), 4)
        result = self.report("-c", "name.csv", status=64)
        self.assertIn(b"--csv=name.csv", result.stderr)


if __name__ == "__main__":
    runner.main()
