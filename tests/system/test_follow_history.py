"""follow --history: what has come is kept, whatever ends the run; others can write meanwhile."""

import contextlib
import os
import pathlib
import re
import signal
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import namespaces  # noqa: E402
import quarantine as quarantines  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from following import FollowTest, exim  # noqa: E402
from quarantine_case import OUTGOING  # noqa: E402
from small_server import SmallServer  # noqa: E402

OK, USAGE, DATA, IO, TEMPORARY = 0, 64, 65, 74, 75
TERMINATED = 128 + signal.SIGTERM

PATIENT = 60    # seconds until another program has to be through

SAID_AGAIN = "the history can be written again: nothing is lost"


def raw(number):
    return (f"Received: from c.example.com by mail.example.com; now\nX-AuthUser: user@example.com\n"
            f"Subject: number {number}\nFrom: a@example.com\nTo: b@example.net\n\n").encode()


class Kept:
    """In front of a test of follow: the history, and what is in it."""

    def setUp(self):
        super().setUp()
        self.folder = self.directory / "kept"
        self.folder.mkdir(mode=0o700)
        self.file = self.folder / "history.sqlite"
        self.history = f"--history={self.file}"

    @contextlib.contextmanager
    def base(self):
        base = sqlite3.connect(self.file, timeout=PATIENT, isolation_level=None)
        with contextlib.closing(base):
            yield base

    def asked(self, text):
        """As a program that looks at it while it is written."""
        if not self.file.exists():
            return []
        with self.base() as base:
            if not base.execute("SELECT 1 FROM sqlite_master WHERE name='message'").fetchall():
                return []
            return base.execute(text).fetchall()

    def kept(self):
        """Numbers of the messages in it, each as often as it is there."""
        return sorted(int(subject.split()[-1]) for (subject,) in self.asked(
            "SELECT v FROM message JOIN text ON text.id = message.subject"))

    def rows(self, table, *columns):
        """The same of a table, as tuples of numbers."""
        return self.asked(f"SELECT {', '.join(columns)} FROM {table}")

    def count(self, table):
        return len(self.rows(table, "version"))

    def texts(self, part):
        """Those with this in them."""
        return self.asked(f"SELECT v FROM text WHERE v LIKE '%{part}%'")

    def wait_for_kept(self, run, count):
        run.wait_for(lambda: len(self.kept()) >= count, f"{count} rows in the history")
        self.assertEqual(len(self.kept()), count)

    def assert_sound(self):
        with self.base() as base:
            self.assertEqual(base.execute("PRAGMA integrity_check").fetchall(), [("ok",)])


class Way(quarantine_case.Relay):
    """To a server that is started again, and has another port then."""

    def lead_to(self, port):
        self._server = ("127.0.0.1", port)


class Quarantines(Kept, quarantine_case.QuarantineTest, FollowTest):

    UNSEEN = (runner.USER.encode(),)  # messages come while it is followed
    BURSTS = 12

    def setUp(self):
        super().setUp()
        self.sent = 0
        self.began = time.time()
        self.clear()

    def clear(self):
        """Other tests of this class have sent theirs to the same folder."""
        with self.quarantine.connect() as imap:
            (count,) = quarantines.checked(imap.select(f'"{OUTGOING}"'))
            if int(count) > 0:
                imap.store("1:*", "+FLAGS", r"(\Deleted)")
                imap.expunge()

    def send(self, count):
        for _ in range(count):
            self.sent += 1
            self.quarantine.deliver(OUTGOING, raw(self.sent), time.time())

    def follow(self, *options, port=None):
        return self.following(*self.plain(port), self.history, "-o", "--json=-", "--interval=1",
                              *options)

    def all_of_it(self):
        return list(range(1, self.sent + 1))

    def beside(self, *options, port=None):
        """The history knows a server by its name and port. A report ends before its second."""
        second = int(time.time())
        while int(time.time()) == second:
            time.sleep(0.05)
        result = self.run_program([*self.plain(port), *options, "-o", "--json=-"])
        self.assert_status(result, OK)
        return result

    def lately(self):
        """Two minutes before this test began, however long it takes."""
        return self.since(self.began - 120)

    @staticmethod
    def since(when):
        return "--timezone=UTC", time.strftime("--since=%FT%T", time.gmtime(when))

    def assert_repaired(self, port=None):
        """A run afterwards has each once, and says what it would say without a history."""
        live = self.beside(*self.lately(), port=port)
        self.assertEqual(self.beside(self.history, *self.lately(), port=port).stdout, live.stdout)
        self.assertEqual(len(live.stdout.splitlines()), self.sent)
        self.assertEqual(self.kept(), self.all_of_it())
        self.assert_sound()

    def test_bursts_and_restarts(self):
        """All rows are kept as they come; in the end it is known that they are all."""
        with Way(self.quarantine.port_imap) as way, self.follow("--since=1m", port=way.port) as run:
            for burst in range(self.BURSTS):
                self.send(20)
                if burst in (4, 8):
                    self.quarantine.kill()
                    self.quarantine.start()
                    way.lead_to(self.quarantine.port_imap)
                if burst % 3 == 0:
                    self.wait_for_kept(run, self.sent)
            self.wait_for_kept(run, self.sent)
            run.wait_for(lambda: len(run.rows()) >= self.sent, "all messages")
            run.wait_until_back()
            status, said = run.end()
            self.assertEqual(status, TERMINATED, said)
            self.assertEqual(self.kept(), self.all_of_it())
            self.assert_repaired(way.port)

    def test_known_afterwards(self):
        """The time that was followed is known, and nothing of it is read again."""
        before = time.time()
        with Way(self.quarantine.port_imap) as way, self.follow("--since=2m", port=way.port) as run:
            self.send(3)
            self.wait_for_kept(run, 3)
            begun = before, time.time()
            # Behind a look: before its end nobody knows that it has come so far.
            run.wait_for(lambda: way.client.endswith(b"IDLE\r\n"), "the end of the look")
            self.assertEqual(self.count("coverage"), 0, "it is not over")
            status, said = run.end()
            self.assertEqual(status, TERMINATED, said)
            self.look_afterwards(way, *begun)

    def look_afterwards(self, way, earliest, latest):
        known = [row for row in self.rows("coverage", "since", "until", "uid") if row[1] > row[0]]
        since, until, uid = (least(row[at] for row in known)
                             for at, least in enumerate((min, max, max)))
        self.assertTrue(earliest - 121 <= since <= latest - 119, (earliest, since, latest))
        self.assertGreater(until, since)
        self.assertLessEqual(until, time.time() + 1)
        self.assertEqual(max(self.rows("message", "uid")), (uid,))
        self.send(1)
        way.client.clear()
        result = self.beside(self.history, *self.since(since), port=way.port)
        asked = re.findall(rb"UID FETCH (\S+) [^\r]*BODY", bytes(way.client))
        self.assertEqual(len(result.stdout.splitlines()), 4)
        self.assertEqual(asked, [str(uid + 1).encode()], "only what has come since")

    def test_killed(self):
        """What was kept stays, and the next run has the rest; of no time is it known before."""
        with self.follow("--since=1m") as run:
            for _ in range(5):
                self.send(10)
                self.wait_for_kept(run, self.sent)
            self.send(30)
            run.wait_for(lambda: len(run.rows()) > 50, "more messages")
            run.process.kill()
            run.process.wait()
            shown = len(run.rows())
        self.assertGreaterEqual(len(self.kept()), 50)
        self.assertLessEqual(len(self.kept()), max(shown, self.sent))
        self.assertEqual(self.count("coverage"), 0)
        self.assert_sound()
        self.assert_repaired()

    def test_another_writer(self):
        """None has to wait for more than a moment; who keeps it waiting only delays the rows."""
        with self.follow("--since=1m") as run:
            self.send(5)
            self.wait_for_kept(run, 5)
            with self.base() as base:
                base.execute("BEGIN IMMEDIATE")
                base.execute("UPDATE text SET v=v")
                self.send(20)
                run.wait_for(lambda: len(run.rows()) >= 25, "messages that are shown")
                self.assertEqual(self.kept(), list(range(1, 6)))
                base.execute("COMMIT")
            self.wait_for_kept(run, 25)
            self.assertEqual(run.end()[0], TERMINATED)
        self.assertEqual(self.kept(), self.all_of_it())

    def test_a_report_meanwhile(self):
        with self.follow("--since=1m") as run:
            self.send(5)
            run.wait_for(lambda: len(run.rows()) >= 5, "the messages")
            self.beside(self.history, *self.lately())
            self.send(5)
            self.wait_for_kept(run, 10)
            self.assertEqual(run.end()[0], TERMINATED)
        self.assert_repaired()


class Gaps(Kept, FollowTest):
    """Where something may be missing nothing is known of the time, and the next run reads it."""

    def follow(self, server):
        return self.following(*self.login(f"127.0.0.1:{server.port}"), "--tls=off", self.history,
                              "--json=-", "--interval=1", "--since=2024-01-01")

    def test_without_any(self):
        """Also over a connection that was lost."""
        with SmallServer([1, 2]) as server, self.follow(server) as run:
            run.wait_for(lambda: self.count("message") == 2, "the rows")
            plain, server.answer = server.answer, lambda command: None
            run.wait_for(lambda: "tried again until it answers" in run.said(), "the failure")
            server.uids = [1, 2, 3]
            server.answer = plain
            run.wait_for(lambda: self.count("message") == 3, "the third row")
            run.wait_for(lambda: "can be read again" in run.said(), "the end of it")
            self.assertEqual(run.end()[0], TERMINATED)
        self.assertGreater(self.count("coverage"), 100)
        self.assertEqual(set(self.rows("coverage", "uid")), {(3,)})

    def test_away(self):
        with SmallServer([1]) as server, self.follow(server) as run:
            run.wait_for(lambda: self.count("message") == 1, "the row")
            server.answer = lambda command: None
            run.wait_for(lambda: "tried again until it answers" in run.said(), "the failure")
            self.assertEqual(run.end()[0], TEMPORARY)
        self.assertEqual((self.count("message"), self.count("coverage")), (1, 0))

    def test_made_anew(self):
        """What came before has other numbers now, and is not handed on again."""
        with SmallServer([1, 2, 3]) as server, self.follow(server) as run:
            run.wait_for(lambda: self.count("message") == 3, "the rows")
            run.wait_for_look(server)
            server.change(uidvalidity=2, uids=[1, 2])
            run.wait_for(lambda: "made anew" in run.said(), "the warning")
            run.wait_for_look(server)
            server.change(uids=[1, 2, 3])
            run.wait_for(lambda: self.count("message") == 4, "the new one")
            self.assertEqual(run.end()[0], TERMINATED)
        self.assertEqual(self.count("coverage"), 0)

    def test_unreadable(self):
        """Also when the report in which that was said is delivered already."""
        with SmallServer([1, 2, 3]) as server:
            server.unreadable[2] = "[SERVERBUG] broken"
            with self.follow(server) as run:
                run.wait_for(lambda: self.count("message") == 2, "the rows")
                run.process.send_signal(signal.SIGHUP)
                server.uids = [1, 2, 3, 4]
                run.wait_for(lambda: self.count("message") == 3, "the fourth")
                status, said = run.end()
        self.assertEqual(self.count("coverage"), 0, (status, said))


class Logs(Kept, FollowTest):

    def test_log(self):
        self.append("log", exim(1))
        with self.following(self.history, "--json=-", "log") as run:
            self.wait_for_kept(run, 1)
            self.append("log", exim(2))
            self.wait_for_kept(run, 2)
            run.process.send_signal(signal.SIGHUP)  # another report, the same history
            self.append("log", exim(3))
            self.wait_for_kept(run, 3)
            self.assertEqual(run.end()[0], TERMINATED)
        self.assertEqual(self.kept(), [1, 2, 3])
        self.assertEqual(self.count("coverage"), 0, "nobody knows what a log lacks")
        ((ended, status),) = self.rows("run", "ended", "status")
        self.assertGreater(ended, 0)
        self.assertEqual(status, TERMINATED)

    def test_nothing_is_shown(self):
        """As with a report: it is for the history's sake."""
        self.append("log", exim(1))
        with self.following(self.history, "log") as run:
            self.wait_for_kept(run, 1)
            run.end()
            self.assertEqual(run.shown(), "")
        with self.following(self.history, "-d", "log") as run:
            run.wait_for(lambda: len(run.rows()) == 2, "the message")
            run.end()
        self.assertEqual(self.kept(), [1])

    def test_groups(self):
        """Columns of the past are of reports that end."""
        self.append("log", exim(1))
        with self.following(self.history, "--group-by=Identity", "--csv=out", "log") as run:
            self.wait_for_kept(run, 1)
            run.end()
        head = (self.directory / "out").read_text().splitlines()[0]
        self.assertNotIn("First ever", head)

    def test_by_the_configuration(self):
        (self.directory / "config").write_text(f"history = {self.file}\nnew-after = 3\n")
        self.append("log", exim(1))
        with self.following("--config=config", "--json=-", "log") as run:
            self.wait_for_kept(run, 1)
            run.wait_for(lambda: len(run.rows()) == 1, "the message")
            run.end()

    def test_what_does_not_go(self):
        for arguments in (["follow", "--offline"], ["top", "--history"],
                          ["follow", "--history", "--new-after=3"]):
            result = self.run_program([*arguments, "-s", "imap.example.com"])
            self.assert_status(result, USAGE)
            self.assertIn(b"does not go with a run that stays", result.stderr)

    def test_columns_that_are_not_kept(self):
        self.append("log", exim(1))
        with self.following(self.history, "--history-without=Subject", "--json=-", "log") as run:
            run.wait_for(lambda: self.count("message") == 1, "the row")
            run.end()
        self.assertEqual(self.texts("number"), [])

    def test_no_history(self):
        """It is said before anything is followed."""
        self.append("log", exim(1))
        self.file.write_text("no history, but some text of more than a few bytes")
        self.file.chmod(0o600)
        with self.following(self.history, "--json=-", "log") as run:
            status, said = run.end(None)
        self.assertEqual(status, DATA)
        self.assertIn("history", said)


class FullDisks(Kept, FollowTest):

    def full(self, rest):
        """A wrapper with a small disk in the place of the folder; `rest` is done beside it."""
        wrapper = namespaces.private_mounts(
            f'mount -t tmpfs -o size=512k,mode=700 none "{self.folder}" || exit 99; '
            f'[ "$1" = true ] && exit; {rest} "$@" & echo $! > "{self.directory}/pid"; wait $!; '
            f'status=$?; cp "{self.folder}"/* "{self.directory}/"; exit $status')
        if wrapper is None:
            self.skipTest("nothing can be mounted here")
        return wrapper

    def terminate(self, run):
        pid = self.directory / "pid"
        run.wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"), "its number")
        os.kill(int(pid.read_text()), signal.SIGTERM)
        return run.end(None)

    def fill(self, run):
        """Until there is no room for more."""
        (self.directory / "fill").touch()
        run.wait_for((self.directory / "filled").exists, "the filler")
        for number in range(2, 302):
            self.append("log", exim(number))
        run.wait_for(lambda: "no space left" in run.said(), "the full disk")
        run.wait_for(lambda: len(run.rows()) == 301, "all messages: they are shown all the same")

    def await_file(self, name, then):
        return (f'(while [ ! -e "{self.directory}/{name}" ]; do sleep 0.05; done; {then}) '
                f'> /dev/null 2>&1 &')

    def filler(self):
        return self.await_file("fill", f'cat /dev/zero > "{self.folder}/filler"; '
                                       f'touch "{self.directory}/filled"')

    def test_room_comes(self):
        wrapper = self.full(self.filler() + self.await_file("room", f'rm "{self.folder}/filler"'))
        self.append("log", exim(1))
        with self.following(self.history, "--json=-", "log", wrapper=wrapper) as run:
            run.wait_for(lambda: len(run.rows()) == 1, "the first message")
            self.fill(run)
            (self.directory / "room").touch()
            run.wait_for(lambda: SAID_AGAIN in run.said(), "room")
            status, said = self.terminate(run)
        self.assertEqual(status, TERMINATED, said)
        self.file = self.directory / "history.sqlite"
        self.assertEqual(self.kept(), list(range(1, 302)))
        self.assert_sound()

    def test_none_comes(self):
        wrapper = self.full(self.filler())
        self.append("log", exim(1))
        with self.following(self.history, "--json=-", "--csv=out.csv", "log",
                            wrapper=wrapper) as run:
            run.wait_for(lambda: len(run.rows()) == 1, "the first message")
            self.fill(run)
            status, said = self.terminate(run)
        self.assertEqual(status, IO)
        missing = re.search(r"(\d+) messages are not in the history: .*no space left", said)
        self.assertIsNotNone(missing, said)
        self.file = self.directory / "history.sqlite"
        self.assertEqual(len(self.kept()) + int(missing[1]), 301)
        self.assertEqual(len((self.directory / "out.csv").read_text().splitlines()), 302,
                         "the others are delivered")


if __name__ == "__main__":
    runner.main()
