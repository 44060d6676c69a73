"""The program while it follows, and what it follows."""

import codecs
import contextlib
import csv
import json
import os
import signal
import subprocess
import tempfile
import time

import runner

PATIENCE = 120
POLL_SECONDS = 0.01
PAUSE_MS = "20"  # that a second of a pause takes


def stamp(when=None):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() if when is None else when))


def exim(number, *, who="user", domain="@example.com", ending=True, when=None):
    """A message from arrival to end, as it is now."""
    text, queue_id = stamp(when), f"1v{number:04}-{number:06}-2N"
    lines = [f"{text} {queue_id} <= {who}{domain} H=(c) [198.51.100.7]:5 P=esmtpa "
             f"A=plain:{who}{domain} S=300 T=\"number {number}\" for r@example.net"]
    if ending:
        lines += [f"{text} {queue_id} => r@example.net R=x T=y H=h [192.0.2.1]",
                  f"{text} {queue_id} Completed"]
    return "".join(line + "\n" for line in lines)


def message(number, who="user"):
    return (f"Received: from c.example.com by mail.example.com; {time.strftime('%a, %d %b %Y')} "
            f"{time.strftime('%H:%M:%S')} +0000\nX-AuthUser: {who}@example.com\n"
            f"Subject: number {number}\nFrom: a@example.com\n\nText.\n")


def read_csv(path):
    return list(csv.reader(path.read_text().splitlines(), strict=True))


class Clock:
    """The clock of the day of a program that is followed; it jumps."""

    def __init__(self, case):
        library = case.fake_clock()
        self._file = case.directory / "clock"
        self.variables = {"LD_PRELOAD": library, "CLOCK_FILE": str(self._file)}
        self.set(0)

    def set(self, ahead):
        """So many seconds are added to the time of day, from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(str(int(ahead)))
        new.replace(self._file)


class Following:
    """The program while it follows, with what it has said so far."""

    def __init__(self, case, arguments, *, wrapper=(), stdin=subprocess.DEVNULL, variables=None):
        self.case = case
        self.out, self.error = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "HOME": str(case.directory), "QR_PAUSE_SECOND_MS": PAUSE_MS}
        environment |= runner.inherited() | (variables or {})
        self.process = subprocess.Popen(
            [*wrapper, runner.program(), "follow", *map(str, arguments)], cwd=case.directory,
            env=environment, stdin=stdin, stdout=self.out, stderr=self.error,
            start_new_session=True)

    @staticmethod
    def _read(file):
        """What there is by now: its last character may be under way."""
        return codecs.utf_8_decode(os.pread(file.fileno(), 1 << 24, 0), "strict", False)[0]

    def shown(self):
        return self._read(self.out)

    def said(self):
        return self._read(self.error)

    def rows(self):
        """Whole lines: one may be under way."""
        return self.shown().rpartition("\n")[0].splitlines()

    def subjects(self):
        """Of --json=-: the numbers in them."""
        return [int(json.loads(line)["subject"].split()[-1]) for line in self.rows()]

    def wait_for(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = self.process.poll() is not None
            if condition():  # perhaps the last that it did
                return
            self.case.assertFalse(ended, f"it has ended, no sign of {what}: {self.said()}")
            self.case.assertLess(time.monotonic(), deadline,
                                 f"no sign of {what}: {self.shown()}{self.said()}")
            time.sleep(POLL_SECONDS)

    def wait_for_subjects(self, want):
        self.wait_for(lambda: len(self.rows()) >= len(want), f"{len(want)} messages")
        self.case.assertEqual(self.subjects(), want)

    def wait_for_look(self, server):
        """At a SmallServer, one that has begun and ended since: what comes now is none of its."""
        looks = len(server.asked("EXAMINE"))
        self.wait_for(lambda: len(server.asked("EXAMINE")) > looks + 1, "the next look")

    def wait_until_back(self):
        """For what was said to be away: what it has now can be shown before that is over."""
        self.wait_for(lambda: self.said().count("tried again until it answers") ==
                      self.said().count("can be read again"), "the end of it")

    def end(self, number=signal.SIGTERM):
        """(status, what it said) after a signal; None: it ends by itself."""
        if number is not None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.case.fail(f"it hangs: {self.said()}")
        said = self.said()
        for mark in ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:"):
            self.case.assertNotIn(mark, said)
        return status, said


    def kill(self):
        """With what its wrapper has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class FollowTest(runner.SystemTest):

    @contextlib.contextmanager
    def following(self, *arguments, **how):
        following = Following(self, arguments, **how)
        try:
            yield following
        finally:
            following.kill()
            following.out.close()
            following.error.close()

    def append(self, name, text):
        with open(self.directory / name, "a", encoding="utf-8") as file:
            file.write(text)
