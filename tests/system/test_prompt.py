"""The question for the password: it comes when the servers have been looked at, and are what they
should be."""

import datetime
import os
import pathlib
import pty
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from control_case import Screen  # noqa: E402
from quarantine_case import OUTGOING, YESTERDAY  # noqa: E402
from runner import Peer  # noqa: E402

QUESTION = "Password: "
NOON = datetime.datetime.fromisoformat(f"{YESTERDAY}T12:00:00+00:00")
DAY = ["--timezone=UTC", f"--date={YESTERDAY}"]
PLAIN = ["--tls=off", *DAY]


class Typist:
    """The program on a terminal of its own; what it says is collected in `seen`."""

    def __init__(self, directory, arguments):
        self.seen = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(directory)
            os.execve(runner.program(), [runner.program(), *arguments],
                      {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "HOME": str(directory), "LSAN_OPTIONS": runner.LSAN_OPTIONS,
                       **runner.inherited()})
        self._screen = Screen(self._terminal)

    def read_until(self, text):
        """Whether it comes before the end."""
        end = time.monotonic() + quarantine_case.PATIENCE
        while text not in self.seen and time.monotonic() < end:
            if not select.select([self._terminal], [], [], end - time.monotonic())[0]:
                break
            some = self._screen.read()
            if some is None:
                break
            self.seen += some
        return text in self.seen

    def type(self, text):
        os.write(self._terminal, text.encode())

    def end(self):
        """Its exit status, or -SIGNAL."""
        self.read_until("\0")
        _, status = os.waitpid(self._pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)


class Prompt(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine.deliver(OUTGOING, b"From: a@example.com\r\n\r\n", NOON)

    def server(self):
        return ["-s", f"localhost:{self.quarantine.port_imaps}",
                f"--ca-file={self.quarantine.ca_file}", *DAY]

    def not_asked(self, *arguments):
        """What is said instead of the question, and the exit status."""
        typist = Typist(self.directory, arguments)
        self.assertFalse(typist.read_until(QUESTION), typist.seen)
        status = typist.end()
        return status, typist.seen

    def asked(self, *arguments, typed=None):
        """What was said in front of the question, all of it, and the exit status."""
        typist = Typist(self.directory, arguments)
        self.assertTrue(typist.read_until(QUESTION), typist.seen)
        before = typist.seen
        typist.type(self.quarantine.password + "\n" if typed is None else typed)
        status = typist.end()
        return before, typist.seen, status

    def test_asked_when_all_is_well(self):
        before, seen, status = self.asked(*self.server())
        self.assertEqual(status, 0, seen)
        self.assertNotIn("quarantine-report:", before)
        self.assertIn(runner.HEADER, seen)
        # The account of the folder is short for who looks on, and whole with -v.
        self.assertIn(f"localhost, {OUTGOING}, {YESTERDAY}, UTC: 1 found, 1 reported\n", seen)
        _, seen, _ = self.asked(*self.server(), "-v")
        self.assertIn(f"localhost: '{OUTGOING}' from {YESTERDAY}T00:00:00+00:00 to ", seen)
        self.assertIn(": 1 found, 1 reported, 0 filtered as bounces, 0 vanished, 0 unre", seen)

    def test_interrupted(self):
        """Ctrl-C has a plain name, and the status of its signal."""
        _, seen, status = self.asked(*self.server(), typed="\x03")
        self.assertEqual((seen.splitlines()[-1], status), ("quarantine-report: interrupted", 130))

    def test_wrong_password(self):
        """The server's words as they are: with both brackets."""
        _, seen, status = self.asked(*self.server(), typed="wrong\n")
        self.assertRegex(seen, r"login as '.*' refused: \[AUTHENTICATIONFAILED\] Authentication ")
        self.assertEqual(status, 77)

    def test_not_asked_in_vain(self):
        port = self.quarantine.port_imaps
        for words, status, arguments in (
                ("Connection refused", 75, ["-s", "localhost:1"]),
                # Of which it may be that nobody can say so now.
                ("nowhere.invalid", 68, ["-s", "nowhere.invalid"]),
                ("is not trusted", 69, ["-s", f"localhost:{port}"]),
                ("is not the one that was expected", 69,
                 ["-s", f"localhost:{port}", "--fingerprint=" + "0" * 64]),
                ("--ca-file", 64, ["-s", f"localhost:{port}", "--ca-file=/nowhere"])):
            for command in ([], ["check"]):
                with self.subTest(words=words, command=command):
                    found, seen = self.not_asked(*command, *arguments, *DAY)
                    self.assertEqual(found, status, seen)
                    if words != "--ca-file":
                        self.assertIn(words, seen)

    def test_several(self):
        """All must be there, but for --partial, and for check, which show what they can."""
        bad = ["-s", "localhost:1"]
        status, seen = self.not_asked(*self.server(), *bad)
        self.assertEqual(status, 75, seen)
        status, seen = self.not_asked("-s", "localhost:1", "-s", "nowhere.invalid", "--partial")
        self.assertEqual(status, 75, seen)
        _, seen, status = self.asked(*self.server(), *bad, "--partial")
        self.assertEqual(status, 75, seen)
        self.assertIn("(missing: localhost:1", seen)
        _, seen, status = self.asked("check", *self.server(), *bad)
        self.assertIn("folders, with their messages", seen)
        self.assertEqual(status, 75, seen)

    def test_server_that_takes_no_password(self):
        with Peer("logindisabled.imap") as peer:
            status, seen = self.not_asked("-s", f"localhost:{peer.port}", *PLAIN)
        self.assertEqual(status, 69, seen)
        self.assertIn("takes no password", seen)

    def test_slow_fingers(self):
        """A server does not wait for who types: the login has a connection of its own."""
        with Peer("login-refused.imap") as peer:
            before, seen, status = self.asked("-s", f"localhost:{peer.port}", *PLAIN)
        self.assertEqual(status, 77, seen)
        self.assertNotIn("refused", before)
        connections = {line.split()[0] for line in peer.log}
        self.assertEqual(len(connections), 2, peer.log)
        self.assertEqual(len(peer.logins()), 1, peer.log)

    def test_given_password_needs_no_look(self):
        with Peer("login-refused.imap") as peer:
            result = self.run_program(["-s", f"localhost:{peer.port}", *PLAIN,
                                       f"--password-file={self.password_file}"])
        self.assert_status(result, 77)
        self.assertEqual(len({line.split()[0] for line in peer.log}), 1, peer.log)


if __name__ == "__main__":
    runner.main()
