"""Groups by day, hour and week, against Python's own calendar."""

import collections
import datetime
import email.utils
import json
import pathlib
import re
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

OK, USAGE, DATA = 0, 64, 65

HOUR = datetime.timedelta(hours=1)
UTC = datetime.timezone.utc

SENDERS = ["bob@example.com", "eve@example.com"]


def names(when, zone):
    """What the columns say of an instant."""
    local = when.astimezone(zoneinfo.ZoneInfo(zone))
    year, week, _ = local.isocalendar()
    return {"Day": f"{local:%Y-%m-%d}", "Week": f"{year:04d}-W{week:02d}",
            "Hour": f"{local:%Y-%m-%dT%H:00}{local.isoformat()[-6:]}"}


class GroupTimes(runner.SystemTest):

    def write(self, times):
        """A message each, of one sender after the other; backwards, as files may come."""
        self.files = []
        for i, when in reversed(list(enumerate(times))):
            file = self.directory / f"{i}.eml"
            file.write_text(f"X-AuthUser: {SENDERS[i % 2]}\n"
                            f"Date: {email.utils.format_datetime(when)}\n\n")
            self.files.append(str(file))

    def rows(self, *options, status=OK):
        result = self.run_program([*options, "--csv=-", *self.files])
        self.assert_status(result, status)
        return result.rows()

    def assert_groups(self, times, zone):
        self.write(times)
        for column in ("Day", "Hour", "Week"):
            with self.subTest(zone=zone, column=column):
                wanted = collections.Counter(names(when, zone)[column] for when in times)
                rows = self.rows(f"--timezone={zone}", f"--group-by={column}")
                self.assertEqual([(row[column], int(row["Count"])) for row in rows],
                                 list(wanted.items()), "in the order of time")

    def test_days_of_23_and_25_hours(self):
        for zone, day in (("Europe/Berlin", (2025, 3, 29)), ("Europe/Berlin", (2025, 10, 25)),
                          ("America/New_York", (2024, 11, 2)), ("America/St_Johns", (2025, 3, 8)),
                          ("Australia/Lord_Howe", (2025, 4, 5)), ("Asia/Kathmandu", (2025, 1, 1))):
            start = datetime.datetime(*day, 12, 10, tzinfo=UTC)
            self.assert_groups([start + i * HOUR / 2 for i in range(96)], zone)
            hours = collections.Counter()
            for row in self.rows(f"--timezone={zone}", "--group-by=Day,Hour"):
                hours[row["Day"]] += 1
            if day == (2025, 10, 25):
                self.assertEqual(hours["2025-10-26"], 25)
            if day == (2025, 3, 29):
                self.assertEqual(hours["2025-03-30"], 23)

    def test_weeks_of_two_years(self):
        for year in (2015, 2020, 2024):
            start = datetime.datetime(year, 12, 20, 22, tzinfo=UTC)
            self.assert_groups([start + i * 10 * HOUR for i in range(50)], "Europe/Berlin")

    def test_beside_other_columns(self):
        times = [datetime.datetime(2024, 11, 20, 12, tzinfo=UTC) + i * 5 * HOUR for i in range(20)]
        self.write(times)
        wanted = collections.Counter((SENDERS[i % 2], names(when, "UTC")["Day"])
                                     for i, when in enumerate(times))
        rows = self.rows("--timezone=UTC", "--group-by=Identity,Day")
        self.assertEqual([((row["Identity"], row["Day"]), int(row["Count"])) for row in rows],
                         sorted(wanted.items()))
        rows = self.rows("--timezone=UTC", "--group-by=Day,Identity")
        self.assertEqual([(row["Day"], int(row["Count"]), row["Identity"]) for row in rows],
                         sorted(((day, count, sender) for (sender, day), count in wanted.items()),
                                key=lambda row: (row[0], -row[1], row[2])))

    def test_top_is_of_the_largest(self):
        day = datetime.datetime(2024, 11, 20, 1, tzinfo=UTC)
        self.write([day + 24 * HOUR * i for i in (0, 1, 1, 1, 2, 3, 3)])
        rows = self.rows("--timezone=UTC", "--group-by=Day", "--top=2")
        self.assertEqual([(row["Day"], row["Count"]) for row in rows],
                         [("2024-11-21", "3"), ("2024-11-23", "2"), ("(2 others)", "2")])
        rows = self.rows("--timezone=UTC", "--group-by=day", "--min-count=2")
        self.assertEqual([row["Count"] for row in rows], ["3", "2", "2"])

    def test_every_output(self):
        day = datetime.datetime(2024, 11, 20, 1, tzinfo=UTC)
        self.write([day + 24 * HOUR * i for i in (2, 2, 0)])
        result = self.run_program(["--timezone=UTC", "--group-by=Week,Day", "--json=-",
                                   *self.files])
        self.assertEqual([json.loads(line)["key"] for line in result.stdout.splitlines()],
                         [{"week": "2024-W47", "day": "2024-11-20"},
                          {"week": "2024-W47", "day": "2024-11-22"}])
        result = self.run_program(["--timezone=UTC", "--group-by=Day", "--display",
                                   "--html=page", *self.files], files=["page"])
        self.assert_status(result, OK)
        self.assertRegex(result.stdout.decode(), r"Day .*\n.*2024-11-20 .*\n.*2024-11-22 ")
        table = re.search(r"<h2>By Day .*?</section>", result.files["page"].decode(), re.S)[0]
        self.assertRegex(re.sub(r"<[^>]*>", "", table), r"(?s)2024-11-20.*2024-11-22")

    def test_saved_reports(self):
        """The zone is that of the new report, not of the one that was saved."""
        self.write([datetime.datetime(2024, 11, 20, 23, 30, tzinfo=UTC)])
        self.assert_status(self.run_program(["--timezone=UTC", "--columns=all", "--csv=with",
                                             *self.files], files=["with"]), OK)
        saved = self.directory / "saved.csv"
        saved.write_text('"From","Date"\r\n"a@example.com","2024-11-20T23:30:00+00:00"\r\n')
        self.files = ["--merge", str(saved)]
        self.assertEqual([row["Day"] for row in self.rows("--timezone=Europe/Berlin",
                                                          "--group-by=Day")], ["2024-11-21"])
        saved.write_text('"From","To"\r\n"a@example.com","b@example.com"\r\n')
        result = self.run_program(["--group-by=Day", "--csv=-", "--merge", str(saved)])
        self.assert_status(result, DATA)
        self.assertIn(b"it has no column 'Day', by which the report is grouped", result.stderr)

    def test_no_time(self):
        file = self.directory / "undated.eml"
        file.write_text("X-AuthUser: bob@example.com\n\n")
        self.files = [str(file)]
        self.assertEqual([row["Hour"] for row in self.rows("--group-by=Hour")], ["(none)"])

    def test_only_to_group_by(self):
        result = self.run_program(["--columns=Day", "-s", "imap.example.com"])
        self.assert_status(result, USAGE)
        self.assertIn(b"no such column", result.stderr)


if __name__ == "__main__":
    runner.main()
