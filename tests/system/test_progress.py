"""--progress: how far a run has come, on standard error, and nothing else changes."""

import os
import pathlib
import pty
import re
import select
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from control_case import Screen  # noqa: E402
from quarantine_case import TODAY  # noqa: E402

MESSAGES = 3000

# What a line is wiped with, and drawn again.
WIPED = "\r\x1b[K"
DRAWN = re.compile(r"\r([^\r\x1b\n]+)\x1b\[K")

FAST = {"QR_PAUSE_SECOND_MS": "1"}


def mailbox(count):
    return "".join(
        "From sender@example.com Fri Nov 20 11:00:00 2026\n"
        f"From: sender{number}@example.com\nDate: Fri, 20 Nov 2026 11:00:00 +0000\n"
        f"X-Brand-Outgoing-Class: spam\nSubject: offer {number}\n\ntext\n\n"
        for number in range(count)).encode()


class Watched:
    """The program with standard error, and perhaps standard output, on a terminal of its own."""

    def __init__(self, case, arguments, *, output=None, term="xterm"):
        self.case = case
        self.seen = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(case.directory)
            if output is not None:
                os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
            os.execve(runner.program(), [runner.program(), *arguments],
                      {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "TERM": term, "HOME": str(case.directory), "COLUMNS": "",
                       "LSAN_OPTIONS": runner.LSAN_OPTIONS, **FAST, **runner.inherited()})

        self._screen = Screen(self.terminal)

    def _read(self):
        some = self._screen.read()
        self.seen += some or ""
        return some is not None

    def wait(self, text):
        until = time.monotonic() + quarantine_case.PATIENCE
        while text not in self.seen:
            left = until - time.monotonic()
            self.case.assertGreater(left, 0, f"no {text!r} in {self.seen!r}")
            if select.select([self.terminal], [], [], left)[0]:
                self.case.assertTrue(self._read(), self.seen)

    def end(self, status=0):
        """What was said."""
        while self._read():
            pass
        _, ended = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        self.case.assertEqual(os.waitstatus_to_exitcode(ended), status, self.seen)
        return self.seen


class Case:

    def assert_wiped(self, seen):
        """Nothing is left of the line, nor does another one begin behind it."""
        self.assertRegex(seen, DRAWN)
        rest = DRAWN.sub("\x01", seen)
        rest = re.sub("\x01+" + re.escape(WIPED), "", rest)
        self.assertNotIn("\x01", rest, seen)
        self.assertNotIn("\x1b", rest, seen)
        for line in rest.splitlines():
            self.assertRegex(line, "^quarantine-report: ", seen)
        for line in DRAWN.findall(seen):
            self.assertLess(len(line), 80)


class Files(Case, runner.SystemTest):

    def fifo(self, name="pipe"):
        path = self.directory / name
        os.mkfifo(path)
        return path

    def fed(self, path, program, text):
        """Hands the first half on, waits until it is said, then hands on the other."""
        messages = mailbox(MESSAGES)
        with open(path, "wb") as pipe:
            pipe.write(messages[:len(messages) // 2])
            pipe.flush()
            program.wait(text)
            pipe.write(messages[len(messages) // 2:])

    def test_terminal(self):
        path = self.fifo()
        program = Watched(self, ["--csv=told.csv", "--input=mbox", path.name])
        self.fed(path, program, "\rreading pipe: 0.")
        seen = program.end()
        self.assert_wiped(seen)
        self.assertIn(f"'pipe': {MESSAGES} messages", seen)
        self.assertRegex(seen, r"\rreading pipe: 0\.\d MiB, [\d,]+ messages")
        (self.directory / "pipe").unlink()
        (self.directory / "pipe").write_bytes(mailbox(MESSAGES))
        plain = Watched(self, ["--csv=plain.csv", "--progress=never", "pipe"]).end()
        self.assertNotIn("reading", plain)
        self.assertEqual((self.directory / "told.csv").read_bytes(),
                         (self.directory / "plain.csv").read_bytes())

    def test_large_file(self):
        """One whose size is known, with a log line in between."""
        (self.directory / "large.mbox").write_bytes(mailbox(20 * MESSAGES))
        program = Watched(self, ["-v", "--csv=told.csv", "large.mbox"])
        seen = program.end()
        self.assert_wiped(seen)
        self.assertRegex(seen, r"\rreading large\.mbox: [\d.]+ of \d+\.\d MiB \(\d+%\), [\d,]+ mess")

    def test_names_are_harmless(self):
        path = self.fifo("a\x1b]0;owned\x07\u202e.mbox")
        program = Watched(self, ["--csv", "--input=mbox", path.name])
        self.fed(path, program, "\rreading a<U+001B>")
        self.assert_wiped(program.end())

    def test_rows_of_the_same_terminal(self):
        (self.directory / "some.mbox").write_bytes(mailbox(MESSAGES))
        for options in ([], ["-d"], ["--tsv=-"], ["-d", "--progress=always"], ["--explain"]):
            with self.subTest(options=options):
                seen = Watched(self, [*options, "some.mbox"]).end()
                self.assertNotIn("\rreading", seen)
                self.assertNotIn("report: reading", seen)

    def test_rows_elsewhere(self):
        path = self.fifo()
        program = Watched(self, ["-d", "--input=mbox", path.name],
                          output=self.directory / "rows")
        self.fed(path, program, "\rreading pipe: 0.")
        self.assert_wiped(program.end())
        self.assertNotIn(b"\x1b", (self.directory / "rows").read_bytes())

    def test_not_wanted(self):
        (self.directory / "some.mbox").write_bytes(mailbox(MESSAGES))
        for options, term in ((["-q"], "xterm"), (["--progress=never"], "xterm"), ([], "dumb"),
                              (["-q", "--progress=always"], "xterm")):
            with self.subTest(options=options, term=term):
                seen = Watched(self, [*options, "--csv", "some.mbox"], term=term).end()
                self.assertNotIn("reading", seen)

    def test_interrupted(self):
        path = self.fifo()
        program = Watched(self, ["--csv", "--input=mbox", path.name])
        with open(path, "wb") as pipe:
            pipe.write(mailbox(100))
            pipe.flush()
            program.wait("\rreading pipe: ")
            os.write(program.terminal, b"\x03")
            seen = program.end(130).replace("^C", "")
        self.assert_wiped(seen)


class Servers(Case, quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        for number in range(MESSAGES):
            quarantine.deliver(
                quarantine_case.OUTGOING,
                f"From: s{number}@example.com\nX-Brand-Outgoing-Class: spam\n\n".encode(),
                quarantine_case.NOW)

    DAY = (f"--timezone={quarantine_case.ZONE}", f"--date={TODAY}")

    def test_terminal(self):
        plain = self.run_program([*self.trust(), *self.DAY, "--csv=-", "--progress=never"])
        self.assert_status(plain, 0)
        rows = self.directory / "rows"
        program = Watched(self, [*self.trust(), *self.DAY, "--csv=-"], output=rows)
        seen = program.end()
        self.assert_wiped(seen)
        self.assertRegex(seen, r"\r(connecting to|searching|reading) ")
        self.assertEqual(rows.read_bytes(), plain.stdout)

    def test_always(self):
        result = self.run_program([*self.trust(), *self.DAY, "--csv=-", "--progress=always"],
                                  environment=FAST)
        self.assert_status(result, 0)
        lines = result.stderr.decode().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^quarantine-report: (connecting to|searching|reading) ")
        for line in lines:
            counted = re.search(r"reading .*: ([\d,]+) of ([\d,]+) messages", line)
            if counted:
                done, total = (int(number.replace(",", "")) for number in counted.groups())
                self.assertEqual(total, MESSAGES)
                self.assertLessEqual(done, total)

    def test_pipe(self):
        self.quiet_report(*self.DAY, "--csv=-", environment=FAST)


if __name__ == "__main__":
    runner.main()
