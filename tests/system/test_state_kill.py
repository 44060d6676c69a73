"""Kills a run at each step that can be seen from outside, and lets later ones finish its work.

tests/support/state_run.c is the run: three files, a letter and two states, without a server.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import runner
from killing import KILLED, NO_TRACE, helper, kill_at, quick_place

TIMEOUT = 300
FILES = {"outgoing.csv": ["outgoing"], "incoming.csv": ["incoming"],
         "all.csv": ["outgoing", "incoming"]}

# More points than a run has; a test that comes so far does not end.
MANY_POINTS = 1000

# Fewer are a sign that calls are not seen.
FEW_POINTS = 20

# Takes what it gets in one write, as a queue would, unless it was told how to end.
SENDMAIL = """#!/bin/sh
if [ -e "{0}/end-with" ]; then exit "$(cat "{0}/end-with")"; fi
cat >"{0}/letter.$$" && mv "{0}/letter.$$" "{0}/sent.$(date +%s%N)"
"""


class StateKill(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="qr-state-", dir=quick_place())
        self.addCleanup(directory.cleanup)
        self.base = pathlib.Path(directory.name)
        self.mail = self.base / "mail"
        self.place = self.base / "place"    # what a run sees
        self.taken = []                     # what was fetched after a run
        self.mail.mkdir()
        self.place.mkdir()
        self.sendmail = self.base / "sendmail"
        self.sendmail.write_text(SENDMAIL.format(self.mail))
        self.sendmail.chmod(0o700)

    def start_again(self):
        shutil.rmtree(self.place)
        shutil.rmtree(self.mail)
        self.place.mkdir()
        self.mail.mkdir()
        self.taken = []

    def sendmail_ends_with(self, status):
        (self.mail / "end-with").write_text(str(status))

    def sendmail_works(self):
        (self.mail / "end-with").unlink(missing_ok=True)

    def run_it(self, last, point=0):
        """Runs it up to this UID; killed at a point if there is such a one. Returns the result."""
        wrapper = kill_at(point) if point else []
        result = subprocess.run(
            [*wrapper, helper("state_run"), "state", str(self.sendmail), str(last)],
            cwd=self.place, capture_output=True, timeout=TIMEOUT, text=True, check=False,
            env=os.environ | {"LSAN_OPTIONS": runner.LSAN_OPTIONS})
        if point and result.returncode == NO_TRACE:
            self.skipTest("processes cannot be traced here")
        return result

    def run_well(self, last):
        """A run that is not killed, and the fetching of its files. True when it only resumed."""
        result = self.run_it(last)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.fetch()
        return result.stdout == "resumed\n"

    def fetch(self):
        for name in FILES:
            path = self.place / name
            if path.exists():
                self.taken.append((name, path.read_text()))
                path.unlink()

    def run_until(self, last):
        """Runs until one reports what is new: at most one has to resume."""
        if self.run_well(last):
            self.assertFalse(self.run_well(last), "resumed twice")

    def letters(self):
        return [path.read_text() for path in sorted(self.mail.glob("sent.*"))]

    def temporaries(self):
        return list((self.place / "state").rglob(".quarantine-report-*"))

    def assert_no_part(self):
        for name in FILES:
            path = self.place / name
            if path.exists():
                self.assertRegex(path.read_text(), r"(?s)(\A|\n)complete\n\Z", name)

    def assert_once(self, last):
        """Each message is in each kind of report once, in letters that were not sent again, too."""
        reports = {name: "".join(text for taken, text in self.taken if taken == name)
                   for name in FILES}
        different = {}
        for letter in self.letters():
            number = re.match(r"Message-ID: (\S+)\n", letter)[1]
            self.assertEqual(different.setdefault(number, letter), letter)
        reports["letters"] = "".join(different.values())
        for name, text in reports.items():
            rows = re.findall(r"^(\w+ \d+)$", text, re.M)
            want = [f"{folder} {uid}" for folder in FILES.get(name, FILES["all.csv"])
                    for uid in range(1, last + 1)]
            self.assertEqual(sorted(rows), sorted(want), name)

    def for_each_point(self, prepare, last, check):
        """Kills the run up to `last` at each point, then checks what the next ones make of it."""
        for point in range(1, MANY_POINTS):
            self.start_again()
            prepare()
            result = self.run_it(last, point)
            with self.subTest(f"point {point}: {result.stderr}"):
                self.assert_no_part()
                if not (self.place / "state/default/journal").exists():
                    self.fetch()    # it was killed when all was done, or nothing
                check(result)
            if result.returncode != KILLED:
                self.assertGreater(point, FEW_POINTS)
                return
        self.fail("it has no end")

    def times_sent_again(self):
        return len(self.letters()) - len({letter.splitlines()[0] for letter in self.letters()})

    def check_letter_and_files(self, prepare):
        windows = []

        def check(result):
            self.assertIn(result.returncode, (0, KILLED))
            # The one window: sendmail has taken it, and we have not noted that.
            new = any("3\ncomplete" in letter for letter in self.letters())
            window = new and (self.place / "state/default/letter").exists()
            windows.append(window)
            self.run_until(5)
            self.run_until(5)
            self.assertEqual(self.temporaries(), [])
            self.assert_once(5)
            self.assertEqual(self.times_sent_again(), int(window))

        self.for_each_point(prepare, 3, check)
        # sendmail has been started; its answer is to be noted.
        self.assertEqual(windows.count(True), 2, "points at which a letter is sent again")

    def test_first_run(self):
        self.check_letter_and_files(lambda: None)

    def test_later_run(self):
        self.check_letter_and_files(lambda: self.run_until(2))

    def test_refused_letter(self):
        """Its work is undone; whatever remains of it, the next run reports the same messages."""
        def prepare():
            self.run_until(2)
            self.sendmail_ends_with(67)

        def check(result):
            self.assertIn(result.returncode, (69, KILLED))
            self.sendmail_works()
            self.run_until(5)
            self.run_until(5)
            self.assert_once(5)
            self.assertEqual(self.times_sent_again(), 0)

        self.for_each_point(prepare, 3, check)

    def test_killed_while_resuming(self):
        """The run that finishes another's work is killed, too."""
        def prepare():
            self.run_until(2)
            self.sendmail_ends_with(75)
            self.assertEqual(self.run_it(3).returncode, 75)
            self.sendmail_works()

        def check(_):
            self.run_until(5)
            self.run_until(5)
            self.assertEqual(self.temporaries(), [])
            self.assert_once(5)

        self.for_each_point(prepare, 4, check)


if __name__ == "__main__":
    runner.main()
