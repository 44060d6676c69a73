"""follow with a history in a ClickHouse server: what is promised of one in a file; and a server that
is away, comes back, is killed, or is slow.
"""

import json
import pathlib
import re
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clickhouse  # noqa: E402
import runner  # noqa: E402
import test_follow_history as of_a_file  # noqa: E402
from clickhouse import Answer  # noqa: E402
from following import FollowTest, exim  # noqa: E402
from test_follow_history import OK, SAID_AGAIN, TEMPORARY, TERMINATED  # noqa: E402

PATIENCE = 120

SERVER = None


def setUpModule():
    global SERVER
    SERVER = clickhouse.of_module()


def address(port):
    return f"--history=clickhouse+http://127.0.0.1:{port}/{clickhouse.DATABASE}"


class OnServer:
    """In the place of Kept, and in front of its tests."""

    def setUp(self):
        super().setUp()
        SERVER.clear()
        self.history = address(SERVER.port)

    def rows(self, table, *columns):
        try:
            said = SERVER.query(f"SELECT {', '.join(columns)} FROM qr_{table} FINAL"
                                " FORMAT JSONCompact")
        except clickhouse.Refused as refused:    # there is no table yet
            self.assertEqual(refused.status, 404, refused)
            return []
        return [tuple(int(value) if str(value).isdigit() else value for value in row)
                for row in json.loads(said)["data"]]

    def kept(self):
        return sorted(int(subject.split()[-1]) for (subject,) in self.rows("message", "subject"))

    def texts(self, part):
        return [row for row in self.rows("message", "*") if part in str(row)]

    def count(self, table):
        return len(self.rows(table, "version"))

    def assert_sound(self):
        pass


class Quarantines(OnServer, of_a_file.Quarantines):
    BURSTS = 6
    test_another_writer = None      # it has no lock
    test_a_report_meanwhile = None  # nor are others kept waiting


class Gaps(OnServer, of_a_file.Gaps):
    pass


class Logs(OnServer, of_a_file.Logs):
    test_what_does_not_go = None    # nothing about an engine
    test_no_history = None          # is about a file
    test_groups = None
    test_by_the_configuration = None


class Away(OnServer, FollowTest):
    """Rows are held, and counted, as long as the server takes none."""

    def setUp(self):
        super().setUp()
        self.state = self.directory / "state"
        self.sent = 0

    def send(self, count):
        first, self.sent = self.sent + 1, self.sent + count
        self.append("log", "".join(exim(number) for number in range(first, self.sent + 1)))

    def follow(self, *options, **how):
        return self.following(self.history, f"--state-dir={self.state}", "--json=-", *options, "log", **how)

    def wait_for_kept(self, run, count):
        run.wait_for(lambda: len(self.kept()) >= count, f"{count} rows in the history")
        self.assertEqual(self.kept(), list(range(1, count + 1)))

    def wait_for_shown(self, run):
        run.wait_for(lambda: len(run.rows()) >= self.sent, "all messages")

    def waiting(self):
        return sorted(self.state.glob("history-waiting.*"))

    def restart(self):
        """In the place of the one that was killed: the ports are the same."""
        self.assertTrue(SERVER.start(), SERVER.log())

    def assert_again(self, run):
        """Nothing was lost, and nothing is there twice, FINAL or not."""
        run.wait_for(lambda: SAID_AGAIN in run.said(), "that it can be written again")
        self.wait_for_kept(run, self.sent)
        status, said = run.end()
        self.assertEqual(status, TERMINATED, said)
        self.assertEqual(said.count("it is tried again until it can be kept"), 1, said)
        self.assertEqual(self.waiting(), [], "what comes again needs no file")

    def test_killed_and_started_again(self):
        """All is shown meanwhile, and kept when it is back."""
        self.addCleanup(lambda: SERVER.process.poll() is None or self.restart())
        self.send(5)
        with self.follow() as run:
            self.wait_for_kept(run, 5)
            SERVER.kill()
            self.send(200)
            run.wait_for(lambda: "what comes is held" in run.said(), "the failure")
            self.send(200)
            self.wait_for_shown(run)
            self.restart()
            self.assert_again(run)

    def test_away_at_the_end(self):
        """What is held is in files then, all of it, and the next run sends them."""
        self.send(5)
        with clickhouse.Proxy(SERVER) as proxy:
            self.history = address(proxy.port)
            with self.follow() as run:
                self.wait_for_kept(run, 5)
                proxy.fault = lambda statement, forward: Answer(503)
                self.send(50)
                run.wait_for(lambda: "what comes is held" in run.said(), "the failure")
                self.send(70)
                self.wait_for_shown(run)
                status, said = run.end()
            self.assertEqual(status, TEMPORARY, said)
            # The first ones are there, which the program may not have been told yet.
            missing = re.search(r"12([0-5]) messages are not in the history: .* not available now",
                                said)
            self.assertIsNotNone(missing, said)
            self.assertEqual(len(self.kept()), 5)
            self.assertNotEqual(self.waiting(), [])
            self.assertEqual(sum(int(count) for count in
                                 re.findall(r"has not taken (\d+) messages", said)),
                             120 + int(missing[1]), said)
            proxy.fault = None
            self.send(1)
            with self.follow() as run:
                self.wait_for_kept(run, self.sent)
                self.assertEqual(run.end()[0], TERMINATED)
        self.assertEqual(self.waiting(), [])

    def test_more_than_a_batch_at_the_end(self):
        """Each batch of what is held gets a file, not the first one alone."""
        count = 6000
        with clickhouse.Proxy(SERVER) as proxy:
            self.history = address(proxy.port)
            proxy.fault = lambda statement, forward: (
                Answer(503) if "INTO qr_message" in statement else None)
            self.append("log", "".join(
                exim(number).replace("number", "x" * 900 + " number")
                for number in range(1, count + 1)))
            with self.follow() as run:
                run.wait_for(lambda: len(run.rows()) >= count, "all messages")
                status, said = run.end()
            self.assertEqual(status, TEMPORARY, said)
            self.assertEqual(sum(int(kept) for kept in
                                 re.findall(r"has not taken (\d+) messages", said)), count, said)
            self.assertGreater(len(self.waiting()), 1)
            proxy.fault = None
            self.report_nothing()
        self.assertEqual(self.count("message"), count)
        self.assertEqual(self.waiting(), [])

    def test_slow(self):
        """Nobody waits for it; and what it has taken without saying so does no harm again."""
        asked, said_yes = threading.Event(), threading.Event()
        self.addCleanup(said_yes.set)

        def fault(statement, forward):
            if "INTO qr_message" not in statement or said_yes.is_set():
                return None
            asked.set()
            said_yes.wait(PATIENCE)
            forward()
            return Answer(200, b"x", cut=0)

        with clickhouse.Proxy(SERVER) as proxy:
            proxy.fault = fault
            self.history = address(proxy.port)
            self.send(5)
            with self.follow() as run:
                run.wait_for(asked.is_set, "a batch")
                self.send(100)
                self.wait_for_shown(run)
                self.assertEqual(self.kept(), [])
                said_yes.set()
                self.wait_for_kept(run, self.sent)
                self.assertEqual(run.end()[0], TERMINATED)

    def test_silent_at_the_end(self):
        """Who cannot wait for a time-out says so once more: what is held is in files then."""
        asked = []

        def fault(statement, forward):
            asked.append(statement)
            return Answer(silent=True)

        with clickhouse.Proxy(SERVER) as proxy:
            self.history = address(proxy.port)
            self.send(5)
            with self.follow() as run:
                self.wait_for_kept(run, 5)
                proxy.fault = fault
                self.send(20)
                run.wait_for(lambda: asked, "a batch")
                before = len(asked)
                run.process.send_signal(signal.SIGTERM)
                run.wait_for(lambda: len(asked) > before, "another try")
                status, said = run.end()
            self.assertEqual(status, TERMINATED, said)
            self.assertRegex(said, r"2[0-5] messages are not in the history")
            self.assertNotEqual(self.waiting(), [], said)
            proxy.fault = None
            with self.follow() as run:
                self.wait_for_shown(run)
                self.wait_for_kept(run, self.sent)
                self.assertEqual(run.end()[0], TERMINATED)
        self.assertEqual(self.waiting(), [])

    def test_a_new_place_at_the_end(self):
        """What is in a file is listed with its place, whoever sends it."""
        with clickhouse.Proxy(SERVER) as proxy:
            self.history = address(proxy.port)
            proxy.fault = lambda statement, forward: (
                Answer(503) if "INTO qr_place" in statement else None)
            self.send(5)
            with self.follow() as run:
                run.wait_for(lambda: "what comes is held" in run.said(), "the failure")
                self.assertEqual(run.end()[0], TEMPORARY)
            self.assertEqual(self.count("message"), 0)
            proxy.fault = None
            self.report_nothing()
        self.assertEqual(self.waiting(), [])
        self.assertEqual(self.count("message"), 5)
        self.assertEqual(set(self.rows("message", "source", "host", "place")),
                         set(self.rows("place", "source", "host", "place")))

    def report_nothing(self):
        (self.directory / "empty").touch()
        self.assert_status(self.run_program([self.history, f"--state-dir={self.state}", "--json=-",
                                             str(self.directory / "empty")]), OK)

    def test_a_row_that_is_refused(self):
        """It stands alone in the end, without its texts, and the others are there."""
        def fault(statement, forward):
            if "INTO qr_message" in statement and "number 7 " in statement.replace('"', " "):
                return Answer(400, b"Code: 26, e.displayText() = DB::Exception: (at row 7)")
            return None

        with clickhouse.Proxy(SERVER) as proxy:
            proxy.fault = fault
            self.history = address(proxy.port)
            self.send(20)
            with self.follow() as run:
                run.wait_for(lambda: self.count("message") == 20, "all rows")
                status, said = run.end()
        self.assertEqual(status, TERMINATED, said)
        self.assertEqual(len(self.texts("has not taken the texts")), 1)

    def test_killed_itself(self):
        """What was not acknowledged comes again with the log, once."""
        self.send(50)
        with self.follow() as run:
            self.wait_for_kept(run, 50)
            self.send(50)
            self.wait_for_shown(run)
            run.process.kill()
            run.process.wait()
        with self.follow() as run:
            self.wait_for_shown(run)
            self.wait_for_kept(run, 100)
            self.assertEqual(run.end()[0], TERMINATED)


if __name__ == "__main__":
    runner.main()
