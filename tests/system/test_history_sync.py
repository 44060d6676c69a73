"""The history beside a server: only what it lacks is fetched, and the report comes from it."""

import contextlib
import email
import email.policy
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine as quarantines  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from killing import KILLED, NO_TRACE, kill_at  # noqa: E402
from new_only_case import DAY, NewOnlyTest, messages_of  # noqa: E402
from quarantine_case import INCOMING, OLDER, OUTGOING, TODAY, YESTERDAY, ZONE  # noqa: E402
from small_server import SmallServer  # noqa: E402
from test_history import (BOTH, DATA, FEW_POINTS, MANY_POINTS, OK, OUTPUTS, PERIOD,  # noqa: E402
                          HistoryTest, without_times_of_the_run)

TEMPORARY = 75

# The small server's messages.
SMALL_DAY = ["--date=2024-03-15", "--timezone=UTC"]

FEW_COMMANDS = 2    # CAPABILITY, LOGIN or AUTHENTICATE, of a run; the rest is about messages

# With these, everything that a report can say.
WAYS = [[], ["-n"], ["-i"], ["-o"], ["--top=2", "--min-count=2", "--group-by=Identity"],
        ["--partial"], ["--connections=2"]]


def headers_of(relay):
    """The sets of UIDs whose header sections were asked for."""
    return re.findall(rb"UID FETCH (\S+) [^\r]*BODY", bytes(relay.client))


def searches_of(relay):
    return re.findall(rb"UID SEARCH ([^\r]*)", bytes(relay.client))


MESSAGE_OF = b"From: a@example.org\r\nX-AuthUser: %b@example.com\r\n\r\n"


class SameBytes(HistoryTest):

    def beside(self, *options, **how):
        return self.report(self.history, *PERIOD, *options, **how)

    def live(self, outputs, *options):
        """What the server says. Groups have columns of the past with a history: this one is new."""
        place = self.directory / "new"
        place.mkdir(mode=0o700)
        grouped = "--group-by" in " ".join([*outputs, *options]) or "--html=out" in outputs
        result = self.report(*PERIOD, *options, *outputs, files=["out"],
                             *([f"--history={place}/new.sqlite"] if grouped else []))
        shutil.rmtree(place)
        return result

    def assert_same(self):
        for way in WAYS:
            for outputs in OUTPUTS:
                if "--group-by=Identity" in way and outputs[0] in ("--csv=out", "--tsv=out"):
                    continue
                with self.subTest(way=way, outputs=outputs):
                    both = [] if set(way) & set(BOTH) else BOTH
                    live = self.live(outputs, *both, *way)
                    kept = self.beside(*both, *way, *outputs, files=["out"])
                    self.assertEqual(without_times_of_the_run(kept.files["out"]),
                                     without_times_of_the_run(live.files["out"]))
                    self.assertEqual((kept.stdout, kept.stderr), (live.stdout, live.stderr))

    def test_all_is_known(self):
        self.sync()
        self.assert_same()
        self.assert_sound()

    def test_some_days_are_known(self):
        for day in (YESTERDAY, OLDER):
            self.forget_history()
            self.report(self.history, f"--timezone={ZONE}", f"--date={day}", *BOTH)
            before = self.rows()[0][0]
            live = self.report(*PERIOD, *BOTH, "--json=-")
            self.assertEqual(self.beside(*BOTH, "--json=-").stdout, live.stdout)
            self.assertGreater(self.rows()[0][0], before)
            self.assertEqual(self.offline("--json=-").stdout, live.stdout)

    def test_one_folder_is_known(self):
        self.report(self.history, *PERIOD, "-i")
        self.assert_same()

    def test_display(self):
        self.sync()
        live = self.report(*PERIOD, *BOTH, "-d")
        self.assertEqual(self.beside(*BOTH, "-d").stdout, live.stdout)

    def test_explanations_are_read_again(self):
        self.sync()
        live = self.report(*PERIOD, *BOTH, "--explain")
        self.assertIn(b"Identity", live.stdout)
        self.assertEqual(self.beside(*BOTH, "--explain").stdout, live.stdout)

    def test_merge_of_what_was_saved(self):
        """Reports made beside a history are put together like others."""
        self.sync()
        merged = []
        for one in (self.report, self.sync):
            with contextlib.ExitStack() as stack:
                saved = []
                for folder in BOTH:
                    out = one(*(PERIOD if one == self.report else []), folder, "--csv=out",
                              "--columns=all", files=["out"]).files["out"]
                    path = self.directory / f"saved{folder}.csv"
                    path.write_bytes(out)
                    stack.callback(path.unlink)
                    saved.append(str(path))
                merged.append(self.run_program(
                    ["--merge", "--json=-", "--columns=all", *saved]).stdout)
        self.assertEqual(merged[0], merged[1])

    def test_saved_reports_are_nothing_of_their_own(self):
        """Merged beside the history that has their messages from the server."""
        self.sync()
        kept = self.rows()
        path = self.directory / "saved.csv"
        path.write_bytes(self.report(*PERIOD, "--csv=out", "--columns=all",
                                     files=["out"]).files["out"])
        merge = ["--merge", "--csv=-", "--group-by=Identity", str(path)]
        wanted = self.run_program(merge).rows()
        result = self.run_program([self.history, *merge])
        self.assert_status(result, OK)
        self.assertIn(b"history import", result.stderr)
        self.assertEqual([row["Count"] for row in result.rows()],
                         [row["Count"] for row in wanted])
        self.assertEqual(self.rows(), kept)

    def test_other_options_of_reading(self):
        """Rows that were read in another way are read again, and are believed afterwards."""
        way = ["--identity-header=X-Mailer"]
        live = self.report(*PERIOD, *BOTH, "--json=-", *way)
        self.assertNotEqual(live.stdout, self.report(*PERIOD, *BOTH, "--json=-").stdout)
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            where = [*self.plain(relay.port), self.history, *PERIOD, *BOTH, "--json=-"]
            for options, reads in [([], True), ([], False), (way, True), (way, False), ([], True)]:
                relay.client.clear()
                kept = self.run_program([*where, *options])
                self.assert_status(kept, OK)
                self.assertEqual(headers_of(relay) != [], reads)
                if options:
                    self.assertEqual(kept.stdout.replace(b"127.0.0.1", b"localhost"), live.stdout)

    def test_a_clock_that_was_ahead(self):
        """What a run has kept a year too early can still be replaced, and by each that follows."""
        place = self.plain()    # certificates know what year it is

        def run(*options, ahead=0):
            result = self.run_program(
                [*place, *PERIOD, *BOTH, "--json=-", *options],
                environment=self.clock_ahead(ahead))
            self.assert_status(result, OK)
            return result.stdout

        ways = [[], ["--identity-header=X-Mailer"]]
        live = [run(*way) for way in ways]
        self.assertNotEqual(live[0], live[1])
        self.assertEqual(run(self.history, ahead=365 * DAY), live[0])
        for at in (1, 1, 0, 1):
            self.assertEqual(run(self.history, *ways[at]), live[at])
            self.assertEqual(run(self.history, "--offline"), live[at])


class Killed(HistoryTest):
    """A run beside a history that has a part of the period: what comes after it is whole again."""

    POINTS = 40    # so many of all are tried

    def begin(self):
        shutil.rmtree(self.file.parent)
        shutil.copytree(self.before, self.file.parent)

    def kill_once(self, point):
        self.begin()
        result = runner.run([*self.trust(), self.history, *PERIOD, *BOTH, "--json=out"],
                            wrapper=kill_at(point))
        if result.status == NO_TRACE:
            self.skipTest("processes cannot be traced here")
        return result

    def count_points(self):
        low, high = 0, MANY_POINTS
        while low + 1 < high:
            middle = (low + high) // 2
            if self.kill_once(middle).status == KILLED:
                low = middle
            else:
                high = middle
        return low

    def test_at_every_point(self):
        self.before = self.directory / "before"
        self.report(self.history, f"--timezone={ZONE}", f"--date={YESTERDAY}", *BOTH)
        shutil.copytree(self.file.parent, self.before)
        wanted = self.report(*PERIOD, *BOTH, "--json=-").stdout
        points = self.count_points()
        self.assertGreater(points, FEW_POINTS)
        for point in range(1, points + 1, max(1, points // self.POINTS)):
            with self.subTest(point=point):
                result = self.kill_once(point)
                self.assertEqual(result.status, KILLED)
                self.assertIn(result.files.get("out", wanted), (wanted,), "a report is whole")
                self.assert_sound()
                offline = self.run_program([self.history, "--offline", *PERIOD, *BOTH, "--json=-"])
                if offline.status == OK:
                    self.assertEqual(offline.stdout, wanted, "what is known is there")
                for _ in range(2):
                    self.assertEqual(self.sync("--json=-").stdout, wanted)
                self.assertEqual(self.offline("--json=-").stdout, wanted)


class WhatIsFetched(HistoryTest):

    def through(self, *options, status=OK):
        """A run whose words to the server can be seen; the relay is a server of its own, so that
        it must have been asked before."""
        self.relay.client.clear()
        result = self.run_program([*self.plain(self.relay.port), self.history, *options, "-v"])
        self.assert_status(result, status)
        return result

    def setUp(self):
        super().setUp()
        self.relay = quarantine_case.Relay(self.quarantine.port_imap)
        self.relay.__enter__()
        self.addCleanup(self.relay.__exit__)

    def test_nothing_when_all_is_known(self):
        first = self.through(*PERIOD, "-o")
        self.assertNotIn(b"from the history", first.stderr)
        self.assertNotEqual(headers_of(self.relay), [])
        again = self.through(*PERIOD, "-o", "--json=-")
        self.assertEqual(headers_of(self.relay), [])
        (search,) = searches_of(self.relay)
        self.assertRegex(search, rb"^UID \d+:4294967295 SINCE ")
        self.assertEqual(len(again.stdout.splitlines()),
                         int(re.search(rb"(\d+) of them from the history", again.stderr)[1]))

    def test_one_round_trip_behind_the_folder(self):
        """EXAMINE and a search: no more than what is asked of an empty folder."""
        self.through(*PERIOD, "-o")
        result = self.through(*PERIOD, "-o")
        lines = bytes(self.relay.client).split(b"\r\n")
        verbs = [line.split(b" ", 2)[1].upper() for line in lines if line.count(b" ") > 0]
        self.assertEqual(verbs[verbs.index(b"EXAMINE"):], [b"EXAMINE", b"UID", b"LOGOUT"])
        self.assertIn(b"round trips", result.stderr)

    def test_only_what_is_missing(self):
        self.through(f"--timezone={ZONE}", f"--date={YESTERDAY}", "-o")
        known = {int(uid) for (uid,) in self.rows(what="uid")}
        self.through(*PERIOD, "-o")
        asked = set()
        for part in b",".join(headers_of(self.relay)).split(b","):
            first, _, last = part.partition(b":")
            asked |= set(range(int(first), int(last or first) + 1))
        self.assertNotEqual(asked, set())
        self.assertEqual(asked & known, set())

    def test_local_days(self):
        """Days of this zone share days of UTC: what is known up to which message stays one."""
        for day in (OLDER, YESTERDAY, TODAY):
            self.through(f"--timezone={ZONE}", f"--date={day}", "-o")
        self.through(*PERIOD, "-o")
        self.through(*PERIOD, "-o")
        self.assertEqual(headers_of(self.relay), [])
        (search,) = searches_of(self.relay)
        highest = max(int(uid) for (uid,) in self.rows(what="uid"))
        self.assertGreater(int(re.search(rb"UID (\d+):", search)[1]), highest)


class ArrivalsTest(NewOnlyTest):
    """Of each test the quarantine is its own."""

    def setUp(self):
        super().setUp()
        (self.directory / "kept").mkdir(mode=0o700)
        self.file = self.directory / "kept" / "history.sqlite"
        self.history = f"--history={self.file}"
        self.zone = "--timezone=UTC"
        runner.keep_clear_of_midnight()
        self.began, self.first = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
                                  for at in (time.time(), time.time() - 20 * DAY))

    def report(self, *options, status=OK, live=False, **how):
        how = self.run_program([*self.log_in(), *([] if live else [self.history]), self.zone,
                                "--since=20d", *options, "--csv=-", "--columns=Folder,From"],
                               **how)
        self.assert_status(how, status)
        return how

    def names(self, *options, **how):
        return [name for _, name in messages_of(self.report(*options, **how).stdout)]

    def assert_as_live(self, *options):
        names = self.names(*options)
        self.assertEqual(names, self.names(*options, live=True))
        return names

    def rows(self, what, table="message"):
        with contextlib.closing(sqlite3.connect(self.file)) as base:
            return base.execute(f"SELECT {what} FROM {table}").fetchall()

    def forget_days(self):
        """The history has messages, and nobody knows of which days it has all."""
        with contextlib.closing(sqlite3.connect(self.file)) as base, base:
            base.execute("DELETE FROM coverage")

    def offline(self):
        """What was known when the test began, and the messages were there."""
        return self.run_program([self.history, "--offline", self.zone, "--since=20d",
                                 f"--until={self.began}", "--csv=-", "--columns=Folder,From"])

    def forget(self, folder=OUTGOING):
        """The server makes the folder anew: the same messages with other numbers."""
        directory = self.quarantine.create(folder, self.user)
        for path in directory.glob("dovecot*"):
            path.unlink(missing_ok=True)    # the server may just have done it


class Arrivals(ArrivalsTest):
    """Messages come and go between the runs."""

    def test_new_messages(self):
        self.arrive("one", "two")
        self.assertEqual(self.assert_as_live(), ["one", "two"])
        self.arrive("three")
        self.assertEqual(self.assert_as_live(), ["one", "two", "three"])
        self.assertEqual(self.assert_as_live(), ["one", "two", "three"])

    def test_old_ones_that_come_late(self):
        """What is moved into the folder has a time that was known before."""
        self.arrive("one")
        self.assert_as_live()
        self.arrive("older", when=time.time() - 2 * DAY)
        self.arrive("two")
        self.assertEqual(self.assert_as_live(), ["one", "older", "two"])
        self.arrive("oldest", when=time.time() - 19 * DAY)
        self.assertEqual(self.assert_as_live(), ["one", "older", "two", "oldest"])

    def test_late_ones_of_another_period(self):
        """A look at some hours moves on only what these know."""
        now = time.time()
        self.arrive("one", when=now - 5 * 3600)
        self.assert_as_live()
        self.arrive("two", when=now - 3 * DAY)
        self.assert_as_live("--since=1h")
        self.assertEqual(self.assert_as_live("--since=9d"), ["one", "two"])

    def test_ahead_of_our_clock(self):
        """The server's clock: what is there already belongs to the next run's period."""
        now = time.time()
        self.arrive("one", when=now - 60)
        self.arrive("ahead", when=now + 2)
        self.assertIn("one", self.names())
        while time.time() < now + 3:    # the time of the message must come
            time.sleep(0.1)
        self.assertEqual(self.assert_as_live(), ["one", "ahead"])

    def test_days_ahead_of_our_clock(self):
        """What is there for days is reported when its time has come."""
        day = int(time.time()) // DAY * DAY
        self.arrive("one")
        self.arrive("ahead", when=day + 2 * DAY + 3600)

        def names(ahead):
            how = {"environment": self.clock_ahead(ahead)}
            return self.names(**how), self.names(live=True, **how)

        for ahead in (0, 0, DAY, DAY, 2 * DAY + 5400 - (int(time.time()) - day)):
            kept, live = names(ahead)
            self.assertEqual(kept, live)
        self.assertEqual(kept, ["one", "ahead"])

    def test_a_period_up_to_now(self):
        """The second run reads ahead of its end, and the others go on there."""
        self.arrive("one")
        behind = []
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            for _ in range(4):
                relay.client.clear()
                result = self.run_program([*self.log_in(f"127.0.0.1:{relay.port}"), self.history,
                                           self.zone, "--since=20d", "--csv=-",
                                           "--columns=Folder,From"])
                self.assert_status(result, OK)
                behind.append(bool(re.match(rb"UID [1-9]\d*:", searches_of(relay)[-1]) and
                                   not searches_of(relay)[-1].startswith(b"UID 1:")))
                time.sleep(1.1)    # the end of the period is another one
                if len(behind) == 3:
                    self.arrive("two")
        self.assertEqual(behind, [False, False, True, True])
        self.assertEqual([name for _, name in messages_of(result.stdout)], ["one", "two"])

    def test_gone_messages_stay(self):
        self.arrive("one", "two", "three")
        self.assert_as_live()
        for path in sorted((self.quarantine.create(OUTGOING, self.user) / "cur").iterdir())[:2]:
            path.unlink()
        self.assertEqual(self.names(live=True), ["three"])
        self.assertEqual(self.names(), ["one", "two", "three"])
        self.arrive("four")
        self.assertEqual(self.names(), ["one", "two", "three", "four"])

    def test_gone_messages_stay_however_they_were_read(self):
        """Also by another version, which reads all again, and by a run that could not note its days."""
        self.arrive("one", "two")
        self.assert_as_live("--identity-header=X-Own")
        for path in sorted((self.quarantine.create(OUTGOING, self.user) / "cur").iterdir())[:1]:
            path.unlink()
        self.assertEqual(self.names(), ["one", "two"])
        self.forget_days()
        self.assertEqual(self.names(), ["one", "two"])

    def test_made_anew(self):
        """The same mails under another UIDVALIDITY are no other mails."""
        self.arrive("one", "two")
        self.arrive("in", folder=INCOMING)
        self.assert_as_live(*BOTH)
        self.forget()
        self.arrive("three")
        self.assertEqual(self.names(*BOTH, live=True), ["one", "two", "three", "in"])
        result = self.report(*BOTH)
        self.assertIn(b"'Caught (Outgoing)' has been made anew since the history was written",
                      result.stderr)
        self.assertEqual([name for _, name in messages_of(result.stdout)],
                         ["one", "two", "three", "in"])
        self.assertEqual(len(set(self.rows("epoch"))), 3, "both are kept")
        again = self.report(*BOTH)
        self.assertEqual((again.stdout, again.stderr), (result.stdout, b""), "it is said once")
        offline = self.offline()
        self.assertEqual(messages_of(offline.stdout), messages_of(result.stdout))

    def test_made_anew_in_part_of_the_period(self):
        """Days of the old mailbox that nobody has read again are shown as they were."""
        self.arrive("old", when=time.time() - 9 * DAY)
        self.arrive("one")
        self.assert_as_live()
        self.forget()
        self.report("--since=1d")
        offline = self.offline()
        names = [name for _, name in messages_of(offline.stdout)]
        self.assertEqual(names[:2], ["old", "one"])
        self.assertEqual(names[2:], [""] if offline.status == DATA else [], "a part of a day")

    def test_two_at_once(self):
        self.arrive(*(f"m{i}" for i in range(50)))
        self.report("--since=3h")
        self.arrive(*(f"n{i}" for i in range(50)))
        command = [runner.program(), *self.log_in(), self.history, self.zone, "--since=20d",
                   "--csv=-", "--columns=Folder,From"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TZ": "UTC",
                       **runner.inherited()}
        runs = [subprocess.Popen(command, cwd=self.directory, env=environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(4)]
        live = self.report(live=True).stdout
        for run in runs:
            out, said = run.communicate(timeout=quarantine_case.PATIENCE * 3)
            self.assertEqual((run.returncode, said, out), (OK, b"", live))

    def test_two_servers(self):
        """The order of servers is that of the command line, and one that is away says so."""
        self.arrive("one")
        self.arrive("in", folder=INCOMING)
        port, closed = self.quarantine.port_imap, runner.closed_port()
        self.addCleanup(closed[0].close)
        common = [self.zone, "--since=20d", *BOTH, "--csv=-", "--columns=Host,Folder,From",
                  "--retries=0"]
        servers = self.log_in(f"localhost:{port}", f"127.0.0.1:{port}")
        live = self.run_program([*servers, *common])
        for _ in range(2):
            kept = self.run_program([*servers, self.history, *common])
            self.assertEqual((sorted(kept.stdout.splitlines()), kept.status),
                             (sorted(live.stdout.splitlines()), OK))
        self.assertEqual(kept.stdout, self.run_program([*servers, self.history, *common]).stdout)
        half = self.log_in(f"localhost:{port}", f"127.0.0.1:{closed[1]}")
        live = self.run_program([*half, *common, "--partial"])
        kept = self.run_program([*half, self.history, *common, "--partial"])
        self.assertEqual((kept.status, kept.stdout), (live.status, live.stdout))

    def test_a_server_that_is_away(self):
        """With --partial what is known of it is shown, and that it is not all there."""
        self.arrive("one")
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            where = self.log_in(f"127.0.0.1:{relay.port}")
            options = [self.history, self.zone, "--since=20d", "--csv=-", "--columns=Folder,From",
                       "--retries=0", "--partial"]
            self.assert_status(self.run_program([*where, *options]), OK)
        for reading in ([], ["--identity-header=X-Own"]):
            kept = self.run_program([*where, *options, *reading])
            self.assert_status(kept, 69, TEMPORARY)
            self.assertIn(b"one@example.org", kept.stdout)
            self.assertIn(b"127.0.0.1", kept.stdout)
        without = self.run_program([*where, *options[:-1]])
        self.assertEqual((without.status, without.stdout.count(b"\n")), (kept.status, 1))

    def test_disk_full(self):
        self.arrive("one")
        self.assert_as_live()
        self.arrive("two")
        self.assert_status(self.report(status=74, wrapper=["prlimit", "--fsize=4096"]), 74)
        self.assertEqual(self.assert_as_live(), ["one", "two"])

    def test_no_word_of_a_summary_without_a_terminal(self):
        self.arrive("one")
        self.report()
        self.assertEqual(self.report().stderr, b"")


class NewOnly(ArrivalsTest):
    """--new-only beside a history."""

    def new(self, *options, status=OK, **how):
        result = self.run_program([*self.arguments(), self.history, self.zone, *options, "--csv=-",
                                   "--columns=Folder,From"], **how)
        self.assert_status(result, status)
        return [name for _, name in messages_of(result.stdout)]

    def identities(self, *options, live=False):
        result = self.run_program([*self.log_in(), *([] if live else [self.history]), self.zone,
                                   "--since=20d", *options, "--csv=-", "--columns=Identity"])
        self.assert_status(result, OK)
        return [row["Identity"] for row in result.rows()]

    def test_what_it_has_read_is_known(self):
        self.arrive("older", when=time.time() - 30 * DAY)
        self.arrive("one", "two")
        self.assertEqual(self.new("--since=25d"), ["one", "two"])
        for _ in range(2):
            known = self.rows("max(uid), min(uid)", "coverage")
            self.arrive("late", when=time.time() - 3 * DAY)
            self.arrive("next")
            self.assertEqual(self.new(), ["late", "next"])
            self.assertNotEqual(self.rows("max(uid), min(uid)", "coverage"), known)
        offline = self.offline()
        self.assert_status(offline, OK)
        self.assertEqual([name for _, name in messages_of(offline.stdout)],
                         ["one", "two", "late", "next", "late", "next"])
        self.assertEqual(self.assert_as_live(), ["one", "two", "late", "next", "late", "next"])

    def test_what_it_reads_in_another_way_is_not_believed(self):
        """Two profiles, one history: what the other one has called by its own header is read again."""
        header = "--identity-header=From"
        self.arrive("one")
        self.new(header)
        self.arrive("two", "three")
        live = self.identities(live=True)
        self.assertEqual(self.identities(), live)
        self.assertEqual(self.new(header), ["two", "three"])
        self.assertEqual(self.identities(), live)
        self.assertEqual(self.new(header), [])
        self.assertEqual(self.identities(), live)

    def test_nothing_is_known_behind_a_run_without_a_history(self):
        self.arrive("one")
        self.new("--since=25d")
        self.arrive("two")
        self.report_new("--since=25d")
        known = self.rows("max(uid)", "coverage")
        self.arrive("three")
        self.assertEqual(self.new(), ["three"])
        self.assertEqual(self.rows("max(uid)", "coverage"), known)
        self.assertEqual(self.assert_as_live(), ["one", "two", "three"])

    def test_nothing_is_known_of_what_cannot_be_read(self):
        with SmallServer() as server:
            where = [*self.log_in(f"127.0.0.1:{server.port}"), self.history, self.zone,
                     "--retries=0", "--new-only", f"--state-dir={self.state}",
                     "--since=2024-03-01", "--csv=-", "--columns=UID"]
            self.assert_status(self.run_program(where), OK)
            known = self.rows("max(uid)", "coverage")
            server.uids.append(4)
            server.unreadable = {4: "[SERVERBUG] not now"}
            self.assert_status(self.run_program(where), DATA)
            server.unreadable = {}
            server.uids.append(5)
            result = self.run_program(where)
            self.assert_status(result, OK)
            self.assertEqual(result.stdout.count(b"\n"), 3)
            self.assertEqual(self.rows("max(uid)", "coverage"), known)

    def test_the_history_comes_first(self):
        """What it could not take is new the next time, too."""
        self.arrive("one")
        self.new("--since=25d")
        self.arrive("two", "three")
        before = self.states()
        self.new(status=74, wrapper=["prlimit", "--fsize=4096"])
        self.assertEqual(self.states(), before)
        self.assertEqual(self.new(), ["two", "three"])
        self.assertEqual(self.assert_as_live(), ["one", "two", "three"])

    def test_who_is_new_before_midnight(self):
        """A message that a run before the period's beginning did not see is nobody's past."""
        period = ["--state-dir=" + str(self.state), self.zone]
        today = int(time.time()) // DAY * DAY
        self.run_program([*self.log_in(), self.history, self.zone, "--since=35d"])
        self.report_new(self.history, *period)
        for name, when in [(b"late", today - 1), (b"known", today - 2)]:
            self.quarantine.deliver(OUTGOING, MESSAGE_OF % name, when, self.user)
        self.quarantine.deliver(OUTGOING, MESSAGE_OF % b"known", today - DAY, self.user)
        result = self.run_program([*self.arguments(), self.history, self.zone,
                                   "--group-by=Identity", "--csv=-"])
        self.assert_status(result, OK)
        self.assertEqual({row["Identity"]: row["New"] for row in result.rows()},
                         {"late@example.com": "yes", "known@example.com": "yes"})
        self.quarantine.deliver(OUTGOING, MESSAGE_OF % b"known", today - 1, self.user)
        result = self.run_program([*self.arguments(), self.history, self.zone,
                                   "--group-by=Identity", "--csv=-"])
        self.assertEqual([(row["Identity"], row["New"]) for row in result.rows()],
                         [("known@example.com", "no")])

    def test_killed(self):
        """State and history: what the one says is reported the other has."""
        self.arrive("one")
        self.new("--since=25d")
        self.arrive("two", "three")
        folders = [self.file.parent, self.state]
        for folder in folders:
            shutil.copytree(folder, f"{folder}.before")
        killed = 0
        for point in range(1, MANY_POINTS, 3):
            for folder in folders:
                shutil.rmtree(folder)
                shutil.copytree(f"{folder}.before", folder)
            result = runner.run([*self.arguments(), self.history, self.zone,
                                 f"--csv={self.out}/report.csv", "--columns=Folder,From"],
                                wrapper=kill_at(point))
            if result.status == NO_TRACE:
                self.skipTest("processes cannot be traced here")
            if result.status != KILLED:
                break
            killed += 1
            had = {name for (name,) in self.rows(
                "(SELECT v FROM text WHERE id=mail_from)")}
            again = self.new()
            if not again:
                self.assertEqual(len(had), 3, "it was noted as reported")
            self.assertEqual(len(self.rows("*")), 3)
            self.assertEqual(self.assert_as_live(), ["one", "two", "three"])
        self.assertGreater(killed, FEW_POINTS / 3)


class Letters(ArrivalsTest):
    """The letter about a report of the history is that of the server."""

    def letter(self, *options, status=OK):
        """(subject, lines of its text, {name of the attachment: bytes}) of the one that is sent."""
        before = len(self.letters())
        result = self.run_program([*options, self.zone, f"--since={self.first}", f"--until={self.began}",
                                   f"--csv={self.out}/report.csv",
                                   *self.mailing()])
        self.assert_status(result, status)
        self.assertEqual(len(self.letters()), before + 1)
        parts = email.message_from_string(self.letters()[-1], policy=email.policy.default)
        text = parts.get_body(("plain",)).get_content().splitlines()
        return str(parts["Subject"]), text, {one.get_filename(): one.get_content()
                                             for one in parts.iter_attachments()}

    def test_letters(self):
        self.arrive("one", "two")
        subject, text, attached = self.letter(*self.log_in())
        self.assertIn("report.csv", attached)
        for where in ([*self.log_in(), self.history], [*self.log_in(), self.history],
                      [*self.log_in(), self.history, "--offline"]):
            with self.subTest(where=where):
                kept = self.letter(*where)
                self.assertEqual((kept[0], kept[2]), (subject, attached))
                self.assertEqual([line for line in text if line not in kept[1]], [])

    def test_what_is_missing(self):
        self.arrive("one")
        self.report("--since=2h")
        _, text, _ = self.letter(*self.log_in(), self.history, "--offline", "--partial",
                                 status=DATA)
        self.assertRegex(" ".join(text), "does not have all of")

    def test_nothing_new_to_tell(self):
        """An empty report is no letter, unless it is asked for, from the history, too."""
        self.report()
        before = self.letters()
        for where in ([self.history], [self.history, "--offline"]):
            result = self.run_program([*self.log_in(), *where, self.zone, "--since=20d",
                                       f"--until={self.began}", *self.mailing()])
            self.assert_status(result, OK)
        self.assertEqual(self.letters(), before)


class Lies(runner.SystemTest):
    """A server that does not say the same every time."""

    def setUp(self):
        super().setUp()
        (self.directory / "kept").mkdir(mode=0o700)
        self.file = self.directory / "kept" / "history.sqlite"
        self.history = f"--history={self.file}"

    def report(self, server, *options, status=OK, live=False):
        result = self.run_program(
            [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--retries=0", *SMALL_DAY,
             *([] if live else [self.history]), "--csv=-", "--columns=UID,From", *options])
        self.assert_status(result, status)
        return result

    def uids(self, server, *options, **how):
        result = self.report(server, *options, **how)
        return [int(line.split(b'"')[1]) for line in result.stdout.splitlines()[1:]]

    def coverage(self):
        with contextlib.closing(sqlite3.connect(self.file)) as base:
            return base.execute("SELECT epoch, uid FROM coverage").fetchall()

    def test_first_and_again(self):
        with SmallServer() as server:
            for _ in range(3):
                self.assertEqual(self.uids(server), [1, 2, 3])
            self.assertEqual(len([c for c in server.asked("UID FETCH") if "BODY" in c.upper()]), 1)
            self.assertEqual(self.coverage(), [(1, 3)])

    def test_messages_that_the_search_leaves_out(self):
        """What is known is there, whatever the search says; what is not is searched for."""
        with SmallServer() as server:
            self.uids(server)
            server.answers = [("UID SEARCH", ["* SEARCH"])]
            self.assertEqual(self.uids(server), [1, 2, 3])
            server.uids.append(4)
            self.assertEqual(self.uids(server), [1, 2, 3])
            server.answers = []

    def test_exists_shrinks(self):
        with SmallServer() as server:
            self.uids(server)
            del server.uids[1:]
            server.uidnext = 4
            self.assertEqual(self.uids(server), [1, 2, 3], "what is gone was there")
            server.uids.clear()
            self.assertEqual(self.uids(server), [1, 2, 3])

    def test_numbers_below_the_last(self):
        """A mailbox that was restored from an old copy gives the same numbers to other messages.

        What it does not have any more was there once.
        """
        with SmallServer((1, 2, 9)) as server:
            self.assertEqual(self.uids(server), [1, 2, 9])
            server.uids = [1, 2, 3]
            result = self.report(server)
            self.assertIn(b"has been made anew since the history was written", result.stderr)
            self.assertEqual(self.uids(server), [1, 2, 3, 9])
            fetches = [command for command in server.asked("UID FETCH 1")
                       if "BODY" in command.upper()]
            self.assertEqual(len(fetches), 2, "all was read again, once")
            server.uids.append(9)
            self.assertEqual(self.uids(server), [1, 2, 3, 9])
            self.assertEqual(len(server.asked("UID FETCH 9 ")), 1, "it is another one")

    def test_other_mailbox_behind_a_new_connection(self):
        """UIDVALIDITY changes while the messages are fetched."""
        with SmallServer(range(1, 40)) as server:
            self.uids(server)
            server.uids.append(40)
            fetched = []

            def fetch(command):
                fetched.append(command)
                server.uidvalidity = 2
                return None
            server.answers = [("UID FETCH", fetch)]
            result = self.report(server, status=TEMPORARY)
            self.assertNotEqual(fetched, [])
            self.assertEqual(result.stdout.count(b"\n"), 1, "no report")
            self.assertEqual(self.coverage(), [(1, 39)])
            server.answers = []
            self.assertEqual(self.uids(server), list(range(1, 41)))
            self.assertEqual(self.coverage(), [(2, 40)])

    def test_unreadable(self):
        """It is asked for each time, until it comes; nothing says that the day is known."""
        with SmallServer() as server:
            server.unreadable = {2: "[SERVERBUG] not now"}
            for _ in range(2):
                live = self.report(server, status=DATA, live=True)
                kept = self.report(server, status=DATA)
                self.assertEqual((kept.stdout, kept.stderr), (live.stdout, live.stderr))
            self.assertEqual(self.coverage(), [])
            server.unreadable = {}
            self.assertEqual(self.uids(server), [1, 2, 3])
            server.uids.append(4)
            server.unreadable = {4: "[SERVERBUG] not now"}
            for _ in range(2):
                live = self.report(server, status=DATA, live=True)
                kept = self.report(server, status=DATA)
                self.assertEqual((kept.stdout, kept.stderr), (live.stdout, live.stderr))
            self.assertEqual(self.coverage(), [(1, 3)])
            server.unreadable = {}
            self.assertEqual(self.uids(server), [1, 2, 3, 4])

    def test_another_way_of_reading_that_nothing_is_noted_of(self):
        """The rows are there, in place of those that were believed, and the days are not known."""
        columns = "--columns=UID,Identity"
        with SmallServer() as server:
            live = self.report(server, columns, live=True).stdout
            self.assertEqual(self.report(server, columns).stdout, live)
            server.unreadable = {2: "[SERVERBUG] not now"}
            self.report(server, "--identity-header=From", status=DATA)
            server.unreadable = {}
            self.assertEqual(self.report(server, columns).stdout, live)
            self.assertEqual(self.coverage(), [(1, 3)])

    def test_no_uidvalidity(self):
        """Numbers alone are no key: each report is a live one, and nothing is known."""
        with SmallServer(uidvalidity=0) as server:
            server.answers = [("EXAMINE", ["* 3 EXISTS", "* OK [UIDNEXT 4] next"])]
            for _ in range(2):
                self.assertEqual(self.uids(server), [1, 2, 3])
            self.assertEqual(self.coverage(), [])

    def test_no_uidnext(self):
        with SmallServer() as server:
            server.answers = [("EXAMINE", lambda _: [f"* {len(server.uids)} EXISTS",
                                                     "* OK [UIDVALIDITY 1] valid"])]
            for _ in range(2):
                self.assertEqual(self.uids(server), [1, 2, 3])
            server.uids += [4, 5]
            self.assertEqual(self.uids(server), [1, 2, 3, 4, 5])
            self.assertEqual(self.coverage(), [(1, 5)])

    def test_uidnext_too_high(self):
        """Messages that come below it are there all the same."""
        with SmallServer(uidnext=1000) as server:
            self.assertEqual(self.uids(server), [1, 2, 3])
            self.assertEqual(self.coverage(), [(1, 3)])
            for uid in (4, 5):
                server.uids.append(uid)
                for _ in range(2):
                    self.assertEqual(self.uids(server), list(range(1, uid + 1)))

    def test_numbers_that_nobody_has(self):
        """The search invents one: it cannot be read, and nothing is known behind it."""
        with SmallServer() as server:
            server.answers = [("UID SEARCH", ["* SEARCH 1 2 3 4000000000"])]
            self.assertEqual(self.uids(server, status=DATA), [1, 2, 3])
            self.assertEqual(self.coverage(), [])
            server.answers = []
            server.uids.append(4)
            self.assertEqual(self.uids(server), [1, 2, 3, 4])

    def test_large_mailbox(self):
        """One search behind the last message, of a mailbox that is searched in slices."""
        with SmallServer((1, 50000, 90000)) as server:
            server.answers = [("EXAMINE", lambda _: [
                "* 300000 EXISTS", "* OK [UIDVALIDITY 1] valid",
                f"* OK [UIDNEXT {server.next_uid()}] next"])]
            self.assertEqual(self.uids(server), [1, 50000, 90000])
            server.commands.clear()
            self.assertEqual(self.uids(server), [1, 50000, 90000])
            self.assertEqual([command for command in server.commands
                              if re.match("(UID )?(SEARCH|FETCH)", command)],
                             [command for command in server.asked("UID SEARCH UID 90001:")])
            server.uids.append(90001)
            self.assertEqual(self.uids(server), [1, 50000, 90000, 90001])


if __name__ == "__main__":
    runner.main()
