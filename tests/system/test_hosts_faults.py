"""What goes wrong while servers are read: signals, retries, deadlines, and what is said about it."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import signal
import struct
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from new_only_case import NewOnlyTest, messages_of  # noqa: E402
from quarantine_case import INCOMING, OUTGOING  # noqa: E402

NOFOLDER, NOHOST, TEMPORARY = 66, 68, 75

# The day of the scripted peer's messages.
DAY = ["--date=2024-03-15", "--timezone=UTC"]
NOON = 1710504000
PEER_MESSAGES = 3

HOSTS = 4       # as many as are read at a time
MESSAGES = 80   # in each folder: more than PIPE_BYTES in rows of all columns
PIPE_BYTES = 4096

# Seconds in which a pipe that a program writes to gets fuller, unless the program is blocked.
QUIET = 0.5

# Message 3 breaks the first connection; the next is closed before a word; then all is well.
BREAKS_AND_CLOSES = """
at 3 1 *BODY.PEEK*
  close
end
connection
  greeting
  serve
end
connection
  close
end
connection forever
  greeting
  serve
end
"""

NO_INCOMING = """
on every EXAMINE*Caught"
  S: {tag} NO no such folder
end
"""


class FaultsTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        for i in range(MESSAGES):
            for folder in (OUTGOING, INCOMING):
                quarantine.deliver(folder, b"From: sender%d@example.com\r\n"
                                   b"X-AuthUser: user@example.com\r\n\r\n" % i, NOON)

    def hosts(self, *ports, name="127.0.0.1"):
        return [*(f"-s{name}:{port}" for port in ports), "-u", runner.USER,
                f"--password-file={self.password_file}", *DAY]

    def relays(self, stack, port, count=HOSTS):
        return [stack.enter_context(quarantine_case.Relay(port)).port for _ in range(count)]


class Together(FaultsTest):

    def test_over_tls(self):
        """Handshakes at the same time."""
        with contextlib.ExitStack() as stack:
            ports = self.relays(stack, self.quarantine.port_imaps)
            result = self.run_program([*self.hosts(*ports, name="localhost"), "-o", "-i",
                                       f"--ca-file={self.quarantine.ca_file}", "--csv=-"])
        self.assert_status(result, 0)
        self.assertEqual(len(result.rows()), HOSTS * 2 * MESSAGES)

    def test_trace_tells_them_apart(self):
        with contextlib.ExitStack() as stack:
            ports = self.relays(stack, self.quarantine.port_imap, 2)
            result = self.run_program([*self.hosts(*ports), "--tls=off", "--trace", "--csv=-"])
        self.assert_status(result, 0)
        lines = re.findall(r"(?m)^(.*)\b([CS]): ", result.stderr.decode())
        self.assertEqual(set(lines), {(f"127.0.0.1:{port} ", side)
                                      for port in ports for side in "CS"})

    def test_trace_of_one(self):
        result = self.run_program([*self.hosts(self.quarantine.port_imap), "--tls=off", "--trace",
                                   "--csv=-"])
        self.assert_status(result, 0)
        self.assertRegex(result.stderr.decode(), r"(?m)\AS: .*\nC: ")

    def blocked(self, reading):
        """True when the pipe has something in it, and gets no more for a while."""
        before = waiting_in(reading)
        time.sleep(QUIET)
        return 0 < before == waiting_in(reading)

    def check_signal(self, number, count):
        """It ends a run that is blocked by who does not read its output."""
        with contextlib.ExitStack() as stack:
            ports = self.relays(stack, self.quarantine.port_imap, count)
            reading, writing = os.pipe()
            stack.callback(os.close, reading)
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            process = stack.enter_context(self.running(
                [*self.hosts(*ports), "--tls=off", "-o", "-i", "--columns=all", "-d"],
                stdout=writing))
            os.close(writing)
            self.wait_for(lambda: self.blocked(reading), "a full pipe")
            process.send_signal(number)
            status, error = self.end_of(process)
        self.assertEqual(status, 128 + number, error)
        self.assertNotIn(b"is missing", error)

    def test_signal_while_blocked(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for count in (1, HOSTS):
                with self.subTest(number=number, count=count):
                    self.check_signal(number, count)


class Said(FaultsTest):

    def run_failing(self, arguments, status, *options, **how):
        result = self.run_program([*arguments, "--tls=off", *options], **how)
        self.assert_status(result, status)
        return result, result.stderr.decode().splitlines()

    def test_how_many_failed(self):
        holder, port = runner.closed_port()
        other_holder, other = runner.closed_port()
        refused = "cannot connect: Connection refused"
        with holder, other_holder:
            ports = [self.quarantine.port_imap, port, other]
            _, lines = self.run_failing(self.hosts(*ports), TEMPORARY, "--csv=report.csv")
            self.assertEqual(set(lines[:-1]), {
                f"quarantine-report: 127.0.0.1:{one} is missing: port {one}: {refused}"
                for one in (port, other)})
            self.assertEqual(lines[-1], "quarantine-report: 2 of 3 servers failed; the first: "
                                        f"127.0.0.1 port {port}: {refused}")
            _, lines = self.run_failing(self.hosts(*ports[:2]), TEMPORARY, "--csv=report.csv")
            self.assertEqual(lines[-1], "quarantine-report: 1 of 2 servers failed: "
                                        f"127.0.0.1 port {port}: {refused}")
            _, lines = self.run_failing(self.hosts(port), TEMPORARY, "--csv=report.csv")
            self.assertEqual(lines, [f"quarantine-report: 127.0.0.1 port {port}: {refused}"])

    def test_name_once(self):
        """The reason does not begin with the server's name, which stands before it."""
        with runner.Peer("eof-after-login.imap") as peer:
            result, _ = self.run_failing(self.hosts(peer.port), TEMPORARY, "--partial",
                                         "--csv=-")
        self.assertRegex(result.rows()[-1]["From"], r"\A\(missing: 127\.0\.0\.1: (?!127)")

    def test_folder_that_is_complete(self):
        """Of a server that fails, only the folders that were not read to their end are missing."""
        files = ["report.html", "report.jsonl"]
        with runner.Peer() as well, runner.Peer(text=NO_INCOMING) as ill:
            result, _ = self.run_failing(
                self.hosts(well.port, ill.port), NOFOLDER, "-o", "-i", "--partial",
                f"--html={files[0]}", f"--json={files[1]}", files=files)
        lines = [json.loads(line) for line in result.files["report.jsonl"].splitlines()]
        self.assertEqual([line["kind"] for line in lines],
                         ["message"] * 3 * PEER_MESSAGES + ["missing"])
        self.assertEqual(lines[-1]["host"], f"127.0.0.1:{ill.port}")
        self.assertEqual(result.files["report.html"].count(b"not complete</span>"), 1)


class Retries(FaultsTest):

    def tries(self, result):
        return re.findall(r"trying again in (\d+) seconds", result.stderr.decode())

    def test_unknown_name(self):
        """When the machine has just started, no name is known."""
        result = self.run_program(["-snowhere.invalid", *self.hosts(), "--tls=off",
                                   "--allow-plaintext", "--retries=1", "-v"])
        self.assert_status(result, NOHOST)
        self.assertEqual(self.tries(result), ["2"])

    def test_fresh_connection(self):
        """Also when the server goes away in the middle of a run."""
        for retries, status in ((0, TEMPORARY), (1, 0)):
            with self.subTest(retries), runner.Peer(text=BREAKS_AND_CLOSES) as peer:
                result = self.run_program([*self.hosts(peer.port), "--tls=off", "-v",
                                           f"--retries={retries}", "--csv=-"])
                self.assert_status(result, status)
                self.assertEqual(self.tries(result), ["2"] * retries)
                if retries:
                    self.assertEqual(len(result.rows()), PEER_MESSAGES)

    def test_nothing_is_announced_that_does_not_happen(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.run_program([*self.hosts(port), "--tls=off", "-v", "--retries=5",
                                       "--deadline=1"])
        self.assert_status(result, TEMPORARY)
        self.assertEqual(self.tries(result), [])

    def test_password_within_the_deadline(self):
        result = self.run_program([f"-s127.0.0.1:{self.quarantine.port_imap}", "--tls=off",
                                   "--deadline=1", "--password-command=exec sleep 1000"])
        self.assert_status(result, TEMPORARY)
        self.assertIn("--password-command 'sleep': the deadline of the run has passed",
                      result.stderr.decode())


class BrokenOff(NewOnlyTest):
    """--new-only, when a folder breaks off within its messages."""

    NAMES = ["one", "two", "three", "four", "five"]

    @staticmethod
    def cut_for_good(change):
        """A change for Relay: whoever comes after the cut hears nothing."""
        over = False

        def cut(data):
            nonlocal over
            if over:
                raise quarantine_case.Cut(b"")
            try:
                return change(data)
            except quarantine_case.Cut:
                over = True
                raise
        return cut

    def check(self, options, delivered):
        """A run that breaks off in the third message, and what the next ones report."""
        self.arrive(*self.NAMES)
        change = self.cut_for_good(quarantine_case.stall_after(b"BODY[", 3, quarantine_case.Cut))
        with quarantine_case.Relay(self.quarantine.port_imap, lambda data: change(data)) as relay:
            arguments = [*self.arguments(f"localhost:{relay.port}"), "--since=1h"]
            result = self.run_program([*arguments, "--retries=0", "--columns=#,Folder,From",
                                       "--csv=report.csv", *options], files=["report.csv"])
            self.assert_status(result, TEMPORARY)
            found = messages_of(result.files.get("report.csv", b""))
            self.assertEqual([name for folder, name in found if folder == OUTGOING],
                             self.NAMES[:delivered])
            change = bytes
            self.assertEqual(self.names(arguments=arguments), self.NAMES[delivered:])
            self.assertEqual(self.names(arguments=arguments), [])

    def test_partial(self):
        """What was delivered is not delivered again, and nothing is left out."""
        self.check(["--partial"], 2)

    def test_nothing_was_delivered(self):
        self.check([], 0)


def waiting_in(pipe):
    """Bytes that can be read from it."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


if __name__ == "__main__":
    runner.main()
