"""--connections: the report is the same, whatever becomes of those beside the first."""

import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OUTGOING, TODAY  # noqa: E402
from small_server import SmallServer  # noqa: E402

# Several windows for each connection (src/imap/fetch.h), and enough to call for them.
MESSAGES = 14000

TEMPORARY = 75


class Several(SmallServer):
    """Knows which connection asks: `on` is called with its number, counted from 1, and the command,
    and answers as the hooks of SmallServer do, or returns NotImplemented."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.numbers = {}
        self.fetched = 0    # how often by the first one
        # Those beside the first have logged in; one of them has been sent for messages.
        self.logged_in, self.ready = threading.Event(), threading.Event()
        self.others = 1
        self.on = lambda number, command: NotImplemented

    def number(self):
        with self.lock:
            return self.numbers.setdefault(threading.get_ident(), len(self.numbers) + 1)

    def answer(self, command):
        number = self.number()
        if command.startswith("UID FETCH") and "BODY" in command:
            if number > 1:
                self.ready.set()
            else:
                self.hold()
        elif number > self.others and "AUTH" in command:
            self.logged_in.set()
        answer = self.on(number, command)
        return super().answer(command) if answer is NotImplemented else answer

    def hold(self):
        """The first connection, so that others do their part, however fast it is. They get one
        when they have logged in by the end of a window of it; a sample comes before the first."""
        self.fetched += 1
        if self.fetched == 2 and not self.ready.is_set():
            self.logged_in.wait(quarantine_case.PATIENCE)
            time.sleep(0.3)
        elif self.fetched > 2:
            self.ready.wait(1)

    def stays_alone(self):
        """Or others may not come."""
        self.logged_in.set()
        self.ready.set()

    def ended(self):
        if self.number() > 1:
            self.stays_alone()


class Reread(Several):
    """Messages behind the first window have no From, and are read a second time in full."""

    PAD = "X-Pad: " + "x" * 4000 + "\r\n"
    FIRST = 2000

    def fetch(self, messages, command):
        fields = "HEADER.FIELDS" in command
        section = command[command.index("BODY.PEEK[") + 10:command.index("]")]
        lines = []
        for number, uid in messages:
            sender = f"From: sender{uid}@example.com\r\n"
            header = (("" if uid == 5 or uid > self.FIRST else sender) +
                      f"Subject: {'number' * 30} {uid}\r\nX-AuthUser: user{uid}@example.com\r\n"
                      "X-Filter-Outgoing-Class: spam\r\n" + ("" if fields else self.PAD) + "\r\n")
            date = ' INTERNALDATE "15-Mar-2024 12:00:00 +0000"' if "INTERNALDATE" in command else ""
            lines.append(f"* {number} FETCH (UID {uid}{date} BODY[{section}]<0> "
                         f"{{{len(header)}}}\r\n{header})")
        return lines


class Connections(runner.SystemTest):

    def report(self, server, *options, status=0):
        result = self.run_program(
            [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--since=2024-03-15",
             "--timezone=UTC", "--columns=all", "--csv=report.csv", "-v", *options],
            files=["report.csv"])
        self.assert_status(result, status)
        return result

    def check(self, on=None, *, connections=2, uids=range(1, MESSAGES + 1), said="", status=0,
              unreadable=()):
        """The same bytes as with one connection, which meets nothing of `on` but the unreadable."""
        with Several(uids=uids) as server:
            server.unreadable = dict.fromkeys(unreadable, "[SERVERBUG] Internal error occurred")
            server.stays_alone()
            alone = self.report(server, status=status).files["report.csv"]
        with Several(uids=uids) as server:
            server.unreadable = dict.fromkeys(unreadable, "[SERVERBUG] Internal error occurred")
            server.others = connections - 1
            if on:
                server.on = on
            result = self.report(server, f"--connections={connections}", status=status)
            self.assertEqual(result.files["report.csv"], alone)
            self.assertGreater(server.connections, 1)
            self.assertIn(said, result.stderr.decode())
            return server, result

    def test_the_same(self):
        for connections in (2, 4):
            server, _ = self.check(connections=connections)
            self.assertEqual(server.connections, connections)
            self.assertTrue(server.ready.is_set())

    def test_sparse(self):
        """The set is as long as a command may be."""
        self.check(uids=range(1, 2 * MESSAGES, 2), connections=3)

    def test_few(self):
        """Another login would not pay."""
        with Several(uids=range(1, 300)) as server:
            server.stays_alone()
            self.report(server, "--connections=4")
            self.assertEqual(server.connections, 1)

    def test_refused(self):
        for words in ("NO [LIMIT] too many connections", "NO [AUTHENTICATIONFAILED] no"):
            with self.subTest(words):
                self.check(lambda number, command, words=words: [
                    "{tag} " + words] if number > 1 and "AUTH" in command else NotImplemented,
                    said="going on with 1 connection: ")

    def test_goodbye(self):
        self.check(lambda number, command: ["* BYE too many"] if number > 1 else NotImplemented,
                   said="going on with 1 connection: ")

    def test_gone(self):
        self.check(lambda number, command: None if number > 1 else NotImplemented,
                   said="going on with 1 connection: ")

    def test_one_of_two(self):
        self.check(lambda number, command: None if number > 2 else NotImplemented, connections=3)

    def test_other_uidvalidity(self):
        self.check(lambda number, command: [
            f"* {MESSAGES} EXISTS", "* OK [UIDVALIDITY 2] valid"]
            if number > 1 and command.startswith("EXAMINE") else NotImplemented,
            said="another UIDVALIDITY")

    def test_no_such_folder(self):
        self.check(lambda number, command: ["{tag} NO [NONEXISTENT] none"]
                   if number > 1 and command.startswith("EXAMINE") else NotImplemented,
                   said="going on with 1 connection: ")

    def test_fewer_messages(self):
        """A replica that is behind: what it lacks is asked of the first one."""
        def behind(number, command):
            if number > 1 and command.startswith("EXAMINE"):
                return ["* 3 EXISTS", "* OK [UIDVALIDITY 1] valid"]
            if number > 1 and command.startswith("UID FETCH"):
                return []
            return NotImplemented

        self.check(behind)

    def test_refuses_messages(self):
        self.check(lambda number, command: ["{tag} NO [SERVERBUG] no"]
                   if number > 1 and command.startswith("UID FETCH") else NotImplemented,
                   said="refuses to send messages")

    def test_breaks_in_a_window(self):
        def broken(number, command):
            if number == 1 or not command.startswith("UID FETCH"):
                return NotImplemented
            first = int(re.match(r"UID FETCH (\d+)", command)[1])
            return ["* 1 FETCH (UID %d BODY[HEADER] {40}" % first, "* BYE going down"]

        self.check(broken, said="going on with 1 connection: ")

    def test_nonsense_in_a_window(self):
        self.check(lambda number, command: ["* 1 FETCH (UID 1 BODY[HEADER] {2000000000}"]
                   if number > 1 and command.startswith("UID FETCH") else NotImplemented,
                   said="going on with 1 connection: ")

    def test_unreadable(self):
        """In windows of either."""
        _, result = self.check(unreadable=(5, 2500, 5000, 9000, 13999), status=65)
        for uid in (5, 2500, 5000, 9000, 13999):
            self.assertRegex(result.stderr.decode(), rf"UID {uid}\b")

    def test_the_first_breaks(self):
        """With windows under way on both."""
        once = []

        def broken(number, command):
            if number == 1 and command.startswith("UID FETCH") and "BODY" in command and \
                    int(re.match(r"UID FETCH (\d+)", command)[1]) > 3000 and not once:
                once.append(command)
                return None
            return NotImplemented

        self.check(broken)
        self.assertTrue(once)

    def test_both_break(self):
        """Again and again: the run gives up, and leaves nothing."""
        with Several(uids=range(1, MESSAGES + 1)) as server:
            server.on = lambda number, command: (
                None if "BODY" in command and not re.match(r"UID FETCH (1:\d+|\d+,\d+.*) ", command)
                else NotImplemented)
            result = self.run_program(
                [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--since=2024-03-15",
                 "--timezone=UTC", "--csv=report.csv", "--connections=2"])
            self.assertNotEqual(result.status, 0)
            self.assertEqual(result.files, {})

    def test_many_are_read_again(self):
        """What is asked for in a pause does not wait for what is under way behind it."""
        logged_in, posted = threading.Event(), threading.Event()

        def on(number, command):
            if number > 1 and "AUTH" in command:
                logged_in.set()
            if number > 1 and command.startswith("EXAMINE"):
                posted.set()
            if number == 1 and command.startswith("UID FETCH 5 "):
                # The other connection is there when the second, large window begins.
                logged_in.wait(quarantine_case.PATIENCE)
                time.sleep(0.5)
            return NotImplemented

        with Reread(uids=range(1, 12901)) as server:
            server.ready.set()
            server.on = on
            result = self.report(server, "--connections=2")
        self.assertEqual(len(result.rows("report.csv")), 12900)
        if not posted.is_set():
            self.skipTest("the other connection came too late")

    def test_of_several_servers(self):
        """There is a bound for all of them."""
        with Several(uids=range(1, 9001)) as one, Several(uids=range(1, 9001)) as other:
            servers = [argument for server in (one, other)
                       for argument in ("-s", f"127.0.0.1:{server.port}")]
            one.stays_alone()
            other.stays_alone()
            result = self.run_program(
                [*servers, "-u", runner.USER, f"--password-file={self.password_file}", "--tls=off",
                 "--since=2024-03-15", "--timezone=UTC", "--csv=report.csv", "--connections=4"],
                files=["report.csv"])
            self.assert_status(result, 0)
            self.assertEqual(len(result.rows("report.csv")), 18000)
            self.assertLessEqual(one.connections + other.connections, 8)


class Dovecot(quarantine_case.QuarantineTest):
    """Unknown brands, messages of other days, and headers that are read by name."""

    @classmethod
    def fill(cls, quarantine):
        for number in range(1, 9001):
            brand = f"X-Brand{number}" if number % 1500 == 7 else "X-Brand"
            block = f"{brand}-Outgoing-Class: spam\n" if number % 1700 else ""
            padding = "X-Padding: " + "x" * 3000 + "\n" if number > 4000 else ""
            quarantine.deliver(
                OUTGOING, f"From: sender{number}@example.com\n{padding}{block}\n".encode(),
                quarantine_case.NOW if number % 5 else 1700000000)

    def test_the_same(self):
        reports = []
        for connections in (1, 2, 4):
            result = self.report(f"--timezone={quarantine_case.ZONE}", f"--date={TODAY}", "--csv=-",
                                 "--columns=all", f"--connections={connections}", "-v")
            self.assertEqual(len(result.rows()), 7200)
            self.assertIn(b": 7200 found, 7200 reported", result.stderr)
            reports.append(result.stdout)
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0], reports[2])


if __name__ == "__main__":
    runner.main()
