"""The history: what is read is kept, and a report of it is the same as that of the server.

SQLite's own Python module looks into the file that the program has made.
"""

import csv
import io
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from killing import KILLED, NO_TRACE, kill_at, quick_place  # noqa: E402
from quarantine_case import OLDER, SAMPLES, TODAY, YESTERDAY, ZONE  # noqa: E402

OK, USAGE, DATA, TEMPORARY, CREATE, IO, CONFIG = 0, 64, 65, 75, 73, 74, 78

# All of the samples in local days.
PERIOD = [f"--timezone={ZONE}", f"--since={OLDER}", "--until=2026-02-12"]
BOTH = ["-o", "-i"]

# Every output that tells about messages or groups, to files; the display comes on standard output.
# Without -q a warning names the days before the samples, of which nobody knows who was seen.
OUTPUTS = [["--csv=out", "--columns=all"], ["--tsv=out", "--columns=all"], ["--json=out"],
           ["--html=out"], ["--csv=out", "-q", "--group-by=Identity,Source IP"],
           ["--json=out", "-q", "--group-by=Domain"], ["--html=out", "--top=3"]]

MANY_POINTS = 4000    # more than a run has
FEW_POINTS = 40       # fewer are a sign that calls are not seen
POINTS = 60           # so many of them are tried


def without_times_of_the_run(page):
    return re.sub(rb"<footer.*?</footer>|made [^<]*", b"", page, flags=re.S)


class HistoryTest(quarantine_case.QuarantineTest):

    PLACE = quick_place()

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        self.file = self.directory / "kept" / "history.sqlite"
        self.file.parent.mkdir(mode=0o700)
        self.history = f"--history={self.file}"

    def forget_history(self):
        shutil.rmtree(self.file.parent)
        self.file.parent.mkdir(mode=0o700)

    def sync(self, *options, status=OK, **how):
        return self.report(self.history, *PERIOD, *BOTH, *options, status=status, **how)

    def offline(self, *options, where=True, status=OK, **how):
        """A report without the server, whose password nobody has."""
        name = ["-s", f"{self.quarantine.host}:{self.quarantine.port_imaps}", "-u", runner.USER]
        result = self.run_program([*(name if where else []), self.history, "--offline", *PERIOD,
                                   *BOTH, *options], **how)
        self.assert_status(result, status)
        return result

    def rows(self, table="message", what="count(*)"):
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as base:
            return base.execute(f"SELECT {what} FROM {table}").fetchall()

    def assert_sound(self):
        with sqlite3.connect(self.file) as base:
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchall(), [("ok",)])


class Reports(HistoryTest):

    def assert_same_reports(self, where=True):
        for outputs in OUTPUTS:
            with self.subTest(outputs=outputs):
                live = self.sync(*outputs, files=["out"])
                kept = self.offline(*outputs, where=where, files=["out"])
                self.assertEqual(without_times_of_the_run(kept.files["out"]),
                                 without_times_of_the_run(live.files["out"]))
                self.assertEqual((kept.stdout, kept.stderr), (b"", b""))

    def test_same_bytes(self):
        for _ in range(2):
            first = self.sync()
            self.assertEqual((first.stdout, first.stderr), (b"", b""), "quiet for a timer")
            self.assert_same_reports()
        self.assert_sound()

    def test_all_places(self):
        self.sync()
        live = self.report(*PERIOD, *BOTH, "--csv=-", "--columns=all")
        kept = self.offline("--csv=-", "--columns=all", where=False)
        self.assertEqual(kept.stdout, live.stdout)

    def test_once_however_often(self):
        self.sync()
        count = self.rows()
        self.assertGreater(count[0][0], 20)
        for _ in range(2):
            self.sync()
        self.assertEqual(self.rows(), count)
        self.assertEqual(self.rows("text", "count(*), count(DISTINCT v)")[0][0],
                         self.rows("text", "count(DISTINCT v)")[0][0])

    def test_filtered_rows_are_kept(self):
        live = self.report(*PERIOD, *BOTH, "--csv=-", "--columns=all")
        filtered = self.report(*PERIOD, *BOTH, "-n", "--csv=-", "--columns=all")
        self.assertNotEqual(live.stdout, filtered.stdout)
        kept = self.sync("-n", "--csv=-", "--columns=all")
        self.assertEqual(kept.stdout, filtered.stdout, "as without a history")
        self.assertEqual(self.offline("--csv=-", "--columns=all").stdout, live.stdout)
        self.assertEqual(self.offline("-n", "--csv=-", "--columns=all").stdout, filtered.stdout)

    def test_one_folder_and_period(self):
        self.sync()
        for options in (["-i"], ["-o"]):
            day = [f"--timezone={ZONE}", f"--date={YESTERDAY}", "--csv=-", "--columns=all"]
            live = self.report(*options, *day)
            kept = self.run_program(["-s", f"{self.quarantine.host}:{self.quarantine.port_imaps}",
                                     "-u", runner.USER, self.history, "--offline", *options, *day])
            self.assert_status(kept, OK)
            self.assertEqual(kept.stdout, live.stdout)

    def test_display_without_another_output(self):
        self.sync()
        self.assertEqual(self.offline().stdout, self.report(*PERIOD, *BOTH).stdout)

    def test_read_with_other_fields(self):
        """Who is named is as the run has seen it that has read the messages."""
        way = "--identity-header=X-Mailer"
        self.sync()
        self.assertEqual(self.offline("--json=-").stderr, b"")
        self.assertIn(b"identity-header", self.offline("--json=-", way).stderr)
        live = self.sync("--json=-", way)
        kept = self.offline("--json=-", way)
        self.assertEqual((kept.stdout, kept.stderr), (live.stdout, b""))

    def test_with_new_only(self):
        state = f"--state-dir={self.directory}/state"
        self.report(self.history, "--new-only", state, f"--timezone={ZONE}", f"--since={OLDER}")
        self.assertGreater(self.rows()[0][0], 0)
        self.assertGreater(self.rows("coverage")[0][0], 0)

    def test_no_secret_in_it(self):
        self.sync()
        kept = b"".join(path.read_bytes() for path in self.file.parent.iterdir())
        for secret in runner.secrets_of(runner.PASSWORD):
            self.assertNotIn(secret, kept)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)


class Days(HistoryTest):

    def sync_days(self, since, until, **how):
        return self.report(self.history, f"--timezone={ZONE}", f"--since={since}",
                           f"--until={until}", *BOTH, **how)

    def days(self, since, until, status, *options):
        result = self.run_program([self.history, "--offline", f"--timezone={ZONE}",
                                   f"--since={since}", f"--until={until}", *BOTH, "--json=-",
                                   *options])
        self.assert_status(result, status)
        return result.stderr.decode()

    def test_local_days_put_together(self):
        """In this zone a day is two of UTC; the days of two runs leave no gap between them."""
        self.sync_days(YESTERDAY, TODAY)
        self.days(YESTERDAY, TODAY, OK)
        self.assertIn("2026-02-10", self.days(YESTERDAY, "2026-02-12", DATA))
        self.sync_days(TODAY, "2026-02-12")
        self.days(YESTERDAY, "2026-02-12", OK)

    def test_missing_days_are_named(self):
        self.sync_days(YESTERDAY, TODAY)
        said = self.days("2026-01-01", TODAY, DATA)
        self.assertRegex(said, r"the history of 'Caught' does not have all of 2025-12-31, "
                               r"2026-01-01, .* and \d+ more \(UTC\)")
        result = self.run_program([self.history, "--offline", f"--timezone={ZONE}",
                                   "--date=2026-01-05", "--csv=-", "--columns=all", "--partial"])
        self.assert_status(result, DATA)
        self.assertIn(b"the history of 'Caught (Outgoing)' does not have all of 2026-01-04, "
                      b"2026-01-05 (UTC)", result.stdout, "the report says so itself")

    def test_nothing_of_a_part_of_a_day(self):
        self.report(self.history, f"--timezone={ZONE}", f"--since={YESTERDAY}T10:00",
                    f"--until={YESTERDAY}T12:00", *BOTH)
        self.days(f"{YESTERDAY}T10:30", f"{YESTERDAY}T11:00", OK)
        self.assertIn("2026-02-10", self.days(f"{YESTERDAY}T09:30", f"{YESTERDAY}T11:00", DATA))
        self.assertIn("2026-02-10", self.days(f"{YESTERDAY}T10:30", f"{YESTERDAY}T13:00", DATA))

    def test_today_is_known_up_to_the_run(self):
        self.report(self.history, "--today", *BOTH)
        with sqlite3.connect(self.file) as base:
            (until,) = base.execute("SELECT max(until) FROM coverage").fetchone()
            (complete,) = base.execute("SELECT count(*) FROM coverage WHERE until = "
                                       "(SELECT max(until) FROM coverage) AND until % 86400 = 0"
                                       ).fetchone()
        self.assertGreater(until, 1700000000)
        self.assertEqual(complete, 0, "it is not over")

    def test_a_server_that_was_not_read(self):
        wrong = self.directory / "wrong"
        wrong.write_text("wrong\n")
        wrong.chmod(0o600)
        result = self.run_program(["-s", f"{self.quarantine.host}:{self.quarantine.port_imaps}",
                                   "-u", runner.USER, f"--password-file={wrong}",
                                   f"--ca-file={self.quarantine.ca_file}", self.history, *PERIOD])
        self.assertNotEqual(result.status, OK)
        self.assertEqual(self.rows("coverage"), [(0,)])

    def test_an_empty_history(self):
        self.report(self.history, "--date=2001-01-01", "-o")
        with sqlite3.connect(self.file) as base:
            base.execute("DELETE FROM coverage")
            base.execute("DELETE FROM place")
        result = self.offline(where=False, status=DATA)
        self.assertIn(b"the history has nothing yet", result.stderr)
        self.assertEqual(result.stdout, b"")


class Files(HistoryTest):

    def same_rows(self, files, *options):
        period = ["--since=2020-01-01", "--until=2026-03-01", "--columns=all", "--csv=-"]

        def rows(result):
            self.assertIn(result.status, (OK, DATA), str(result))
            table = list(csv.reader(io.StringIO(result.stdout.decode("utf-8-sig"))))
            number = table[0].index("#")
            return sorted(row[:number] + row[number + 1:] for row in table)

        live = rows(self.run_program([*options, *period, *files]))
        for _ in range(2):
            again = rows(self.run_program([self.history, *options, *period, *files]))
            self.assertEqual(again, live)
        kept = self.run_program([self.history, "--offline", *period])
        self.assert_status(kept, OK)
        self.assertEqual(rows(kept), live)
        self.assertGreater(len(live), 1)
        for output in ("--html=-", "--json=-", "--display", "--csv=-"):
            for groups in ([], ["--group-by=Identity"]):
                self.assert_status(self.run_program(
                    [self.history, "--offline", *period[:2], output, *groups]), OK)

    def test_mail_log(self):
        self.same_rows([str(SAMPLES / "exim-mainlog")], "--log-host=mail.example.com")

    def test_messages(self):
        self.same_rows(sorted(map(str, (SAMPLES / "outgoing").glob("*.eml"))))

    def test_a_message_that_is_read(self):
        """The same one, whatever flags its name has."""
        box = self.directory / "Maildir"
        for name in ("new", "cur", "tmp"):
            (box / name).mkdir(parents=True)
        (box / "new" / "1.M1P1.host").write_bytes(next(iter(sorted(
            (SAMPLES / "outgoing").glob("*.eml")))).read_bytes())
        for move in ("cur/1.M1P1.host:2,S", "cur/1.M1P1.host:2,FS"):
            self.assert_status(self.run_program([self.history, str(box)]), OK)
            next(path for path in box.glob("*/1.*")).rename(box / move)
        self.assertEqual(self.rows(), [(1,)])

    def test_failed_logins(self):
        """Those of a second are counted one by one, and once in a log that is rotated."""
        line = ("2026-02-10 09:30:0%d dovecot_login authenticator failed for (x) "
                "[203.0.113.66]:4000: 535 Incorrect authentication data (set_id=%s)\n")
        log = self.directory / "mainlog"
        log.write_text("".join(line % what for what in [
            (0, "info"), (0, "info"), (0, "admin"), (0, "info"), (1, "info"), (1, "info")]))
        options = ["--failed-logins", "--log-host=mail.example.com", "--input=exim"]
        for name in ("mainlog", "mainlog.1"):
            self.assert_status(self.run_program(
                [self.history, *options, str(self.directory / name)]), OK)
            self.assertEqual(self.rows(), [(6,)])
            log.rename(self.directory / "mainlog.1") if log.exists() else None

    def test_abuse_report(self):
        self.same_rows([str(SAMPLES / "abuse-report.eml")])


class Places(HistoryTest):

    def test_in_the_folder_of_the_states(self):
        state = self.directory / "state" / "deep"
        self.report("--history", f"--state-dir={state}", *PERIOD)
        self.assertEqual(sorted(path.name for path in state.iterdir()), ["history.sqlite"])
        self.assertEqual(state.stat().st_mode & 0o777, 0o700)
        self.assertEqual((state / "history.sqlite").stat().st_mode & 0o777, 0o600)
        result = self.run_program(["--history", "--offline", f"--state-dir={state}", *PERIOD])
        self.assert_status(result, OK)

    def test_offline_makes_nothing(self):
        state = self.directory / "state"
        result = self.run_program(["--history", "--offline", f"--state-dir={state}", *PERIOD])
        self.assert_status(result, CREATE)
        self.assertFalse(state.exists())
        self.assertFalse(self.file.exists())
        self.offline(status=CREATE)
        self.assertFalse(self.file.exists())

    def test_offline_means_the_default_one(self):
        state = f"--state-dir={self.directory / 'state'}"
        self.report("--history", state, *PERIOD)
        named = self.run_program(["--history", "--offline", state, *PERIOD])
        self.assert_status(named, OK)
        self.assertEqual(self.run_program(["--offline", state, *PERIOD]).stdout, named.stdout)

    def test_what_is_shown_without_an_output(self):
        """Alone on the command line it only keeps. In a configuration it takes no report away."""
        config = self.directory / "config"
        config.write_text(f"history = {self.file}\n")
        config.chmod(0o600)
        plain = self.report(*PERIOD)
        self.assertGreater(len(plain.stdout.splitlines()), 2)
        self.assertEqual(self.report(f"--config={config}", *PERIOD).stdout, plain.stdout)
        self.assertEqual(self.report(self.history, *PERIOD).stdout, b"")
        for what in ("--top=3", "--group-by=Identity", "--columns=From,UID"):
            with self.subTest(what):
                self.assertGreater(len(self.report(self.history, what, *PERIOD)
                                       .stdout.splitlines()), 2)

    def test_by_its_kind(self):
        self.report(f"--history=sqlite:{self.file}", *PERIOD)
        self.assertTrue(self.file.exists())

    def test_an_output_in_its_place(self):
        self.sync()
        before = self.file.read_bytes()
        result = self.sync(f"--csv={self.file}", status=USAGE)
        self.assertIn(b"would replace the history", result.stderr)
        self.assertEqual(self.file.read_bytes(), before)

    def test_refused_options(self):
        server = ["-s", "imap.example.com"]
        for arguments, said in [
                ([*server, "--history=https://imap.example.com/x"], b"sqlite:FILE"),
                ([*server, "--history=sqlite:"], b"a history is a file"),
                (["--history", "--offline", "--explain"], b"--explain does not go with it"),
                (["--history", "--offline", "--new-only"], b"--new-only does not go with it"),
                (["--history", "--offline", "--log-search", "--api-host=imap.example.com",
                  "--api-user=x"], b"--log-search does not go with it"),
                (["--history", "--offline", "--arf", *server], b"--arf does not go with it"),
                (["--history=x", "--offline", "some.eml"], b"it goes with no file"),
                (["follow", *server, "--offline"], b"does not go with a run that stays"),
                (["top", *server, "--history"], b"does not go with a run that stays"),
        ]:
            with self.subTest(arguments=arguments):
                result = self.run_program(arguments)
                self.assert_status(result, USAGE)
                self.assertIn(said, result.stderr)


class Refused(HistoryTest):
    """What is in its place is none, or cannot be written: nothing else is delivered."""

    def assert_refused(self, status, said, **how):
        for run in (self.sync, self.offline):
            result = run("--csv=out", status=status, **how)
            self.assertIn(said, result.stderr)
            self.assertEqual(result.files, {})

    def test_newer_form(self):
        self.sync()
        with sqlite3.connect(self.file) as base:
            base.execute("PRAGMA user_version=7")
        self.assert_refused(DATA, b"has the form 7 of a later version")

    def test_foreign_database(self):
        with sqlite3.connect(self.file) as base:
            base.execute("CREATE TABLE message (x)")
        self.file.chmod(0o600)
        self.assert_refused(DATA, b"is a database, but no history")

    def test_no_database(self):
        self.file.write_text("no database\n" * 1000)
        self.file.chmod(0o600)
        self.assert_refused(DATA, b"it is no history")

    def test_truncated(self):
        self.sync()
        os.truncate(self.file, 8192)
        self.assert_refused(DATA, b"it is damaged")

    def test_symbolic_link(self):
        (self.directory / "elsewhere").write_bytes(b"")
        self.file.symlink_to(self.directory / "elsewhere")
        self.assert_refused(CREATE, b"cannot open the history")

    def test_others_may_write(self):
        self.sync()
        self.file.chmod(0o666)
        self.assert_refused(CONFIG, b"others may write to the history")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_read_only_folder(self):
        self.sync()
        self.file.chmod(0o400)
        self.file.parent.chmod(0o500)
        self.addCleanup(self.file.parent.chmod, 0o700)
        self.assert_refused(CREATE, b"the history")

    def as_another_user(self, *options):
        """A report that nobody makes, of whose files this is none."""
        shutil.copy(runner.program(), self.directory / "program")
        for path in (self.directory, self.file.parent):
            path.chmod(0o755)
        who = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return subprocess.run(
            [*who, self.directory / "program", self.history, "--offline", *PERIOD, *BOTH, *options],
            env={"PATH": os.environ["PATH"], "HOME": "/", "TZ": "UTC", **runner.inherited()},
            cwd="/", capture_output=True, stdin=subprocess.DEVNULL, check=False)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "only root has other users")
    def test_another_user_reads(self):
        """Once it has been made readable for others, and written to since."""
        self.sync()
        wanted = self.offline("--json=-", where=False).stdout
        result = self.as_another_user("--json=-")
        self.assertEqual((result.returncode, result.stdout), (CREATE, b""))
        self.assertIn(b"cannot open the history", result.stderr)
        self.file.chmod(0o644)
        result = self.as_another_user("--json=-")
        self.assertEqual((result.returncode, result.stdout), (CREATE, b""))
        self.assertIn(b"may only be read, which works when a run has written to it since", result.stderr)
        for _ in range(2):
            self.sync()
            before = self.file.read_bytes()
            result = self.as_another_user("--json=-")
            self.assertEqual((result.returncode, result.stdout, result.stderr), (OK, wanted, b""))
            self.assertEqual(self.file.read_bytes(), before)
        self.assert_sound()
        for path in self.file.parent.iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o644, path)
        with sqlite3.connect(self.file) as base:
            base.execute("PRAGMA user_version=1")
        result = self.as_another_user()
        self.assertEqual(result.returncode, DATA)
        self.assertIn(b"has the form 1 of an earlier version", result.stderr)
        self.file.chmod(0o666)
        self.assertEqual(self.as_another_user().returncode, CONFIG)

    def test_no_folder(self):
        self.file.parent.rmdir()
        self.assert_refused(CREATE, b"cannot open the folder")

    def test_full_disk(self):
        """A file that may not grow is as good as a disk that is full."""
        for size in (4096, 16384, 65536):
            with self.subTest(size=size):
                limit = ["prlimit", f"--fsize={size}"]
                result = self.sync("--csv=out", "--group-by=Domain", "--top=1", status=IO,
                                   wrapper=limit)
                self.assertIn(b"the history", result.stderr)
                self.assertEqual(result.files, {})
        self.sync()
        self.assert_sound()
        self.assertEqual(self.offline("--json=-").stdout,
                         self.report(*PERIOD, *BOTH, "--json=-").stdout)


class Together(HistoryTest):

    def test_two_writers(self):
        command = [runner.program(), *self.trust(), self.history, *PERIOD, *BOTH]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TZ": "UTC",
                       **runner.inherited()}
        runs = [subprocess.Popen(command, cwd=self.directory, env=environment,
                                 stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
                for _ in range(4)]
        for run in runs:
            _, said = run.communicate(timeout=quarantine_case.PATIENCE * 3)
            self.assertEqual((run.returncode, said), (OK, b""))
        self.assert_sound()
        self.assertEqual(self.offline("--json=-").stdout,
                         self.report(*PERIOD, *BOTH, "--json=-").stdout)

    def test_while_a_run_waits_for_its_server(self):
        """It keeps no other one from writing, however long it waits."""
        self.sync()
        stall = quarantine_case.stall_after(b" FETCH (", 20)
        with quarantine_case.Relay(self.quarantine.port_imap, stall) as relay, \
                self.running([*self.plain(relay.port), self.history, *PERIOD, *BOTH,
                              "--timeout=3600"]):
            self.wait_for(relay.stalled.is_set, "messages")
            with sqlite3.connect(self.file, timeout=quarantine_case.PATIENCE) as base:
                base.execute("BEGIN IMMEDIATE")
                base.rollback()


class Killed(HistoryTest):

    def kill_once(self, point):
        """A run into an empty history that is killed at this point."""
        result = runner.run([*self.trust(), self.history, *PERIOD, *BOTH, "--json=out"],
                            wrapper=kill_at(point))
        if result.status == NO_TRACE:
            self.skipTest("processes cannot be traced here")
        return result

    def count_points(self):
        """By halves: how many points a run has."""
        low, high = 0, MANY_POINTS
        while low + 1 < high:
            middle = (low + high) // 2
            shutil.rmtree(self.file.parent)
            self.file.parent.mkdir(mode=0o700)
            if self.kill_once(middle).status == KILLED:
                low = middle
            else:
                high = middle
        return low

    def test_at_every_point(self):
        wanted = self.report(*PERIOD, *BOTH, "--json=-").stdout
        points = self.count_points()
        self.assertGreater(points, FEW_POINTS)
        step = max(1, points // POINTS)
        for point in range(1, points + 1, step):
            with self.subTest(point=point):
                shutil.rmtree(self.file.parent)
                self.file.parent.mkdir(mode=0o700)
                self.assertEqual(self.kill_once(point).status, KILLED)
                if self.file.exists() and self.file.stat().st_size > 0:
                    self.assert_sound()
                self.sync()
                self.assertEqual(self.offline("--json=-").stdout, wanted)


if __name__ == "__main__":
    runner.main()
