"""A run with --new-only is killed at each step that can be seen from outside.

Whatever is left then, the next runs deliver each message once: in a CSV file, in a JSON file, and
in a letter, which may come twice when it is the same one.
"""

import email
import email.policy
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402
from killing import KILLED, NO_TRACE, kill_at, quick_place  # noqa: E402
from new_only_case import (TEMPORARIES, TEMPORARY, UNAVAILABLE, NewOnlyTest,  # noqa: E402
                           message_id, messages_of)
from quarantine_case import INCOMING, OUTGOING  # noqa: E402

OUTPUTS = ["--since=1h", "-i", "-o", "-c", "--json", "--columns=Folder,From"]

# More points than a run has; a test that comes so far does not end.
MANY_POINTS = 300

# Fewer are a sign that calls are not seen.
FEW_POINTS = 30

# Points at which a letter is left that will be sent again: sendmail has been started; it has
# answered, and that is to be noted.
WINDOWS = 2

# Runs until nothing is new: one finishes what was left, one reports what came since.
MANY_RUNS = 4


def messages_of_json(data):
    return [(message["folder"], message["from"].partition("@")[0])
            for message in map(json.loads, data.splitlines())]


# For what sendmail does first: it takes no letter with files.
TOO_BIG = """[ "$(stat -Lc %s /dev/stdin)" -lt 2000 ] || { echo message file too big; exit 75; }
"""


class Killed(NewOnlyTest):

    PLACE = quick_place()

    def setUp(self):
        super().setUp()
        self.all_are_mailed = True
        self.expected = []
        self.csv, self.json = [], []    # what was fetched after runs
        self.saved = self.directory / "saved"

    def come(self, *names):
        """Messages in both folders."""
        for folder in (OUTGOING, INCOMING):
            self.arrive(*names, folder=folder)
            self.expected += [(folder, name) for name in names]

    def run_once(self, point=0):
        """Runs in the output folder; killed at a point if there is such a one."""
        wrapper = ["env", "-C", str(self.out), *(kill_at(point) if point else [])]
        result = runner.run([*self.arguments(), *OUTPUTS, *self.mailing()], wrapper=wrapper)
        if point and result.status == NO_TRACE:
            self.skipTest("processes cannot be traced here")
        self.assertNotIn(b"Sanitizer", result.stderr)
        return result

    def run_well(self):
        """A run that is not killed; whether there was anything for it to do."""
        before = self.is_unfinished(), len(self.csv)
        result = self.run_once()
        # It does not replace a file that it has just finished: those of one second have one name.
        self.assert_status(result, *([0, TEMPORARY] if before[0] else [0]))
        self.fetch()
        return (False, len(self.csv)) != before

    def run_until_nothing_is_new(self):
        for _ in range(MANY_RUNS):
            if not self.run_well():
                return
        self.fail("there is always something new")

    def is_unfinished(self):
        return (self.state_folder() / "journal").exists()

    def fetch(self):
        """Takes the files away, as whoever waits for them does."""
        for path in self.out.glob("quarantine-*"):
            data = path.read_bytes()
            if path.suffix == ".csv":
                self.csv += messages_of(data)
            else:
                self.json += messages_of_json(data)
            path.unlink()

    def mailed(self):
        """The messages in the attachments of letters that are not the same."""
        found, letters = [], {}
        for letter in self.reports():
            if letters.setdefault(message_id(letter), letter) is not letter:
                self.assertEqual(letters[message_id(letter)], letter, "another, of the same name")
                continue
            mail = email.message_from_string(letter, policy=email.policy.default)
            for part in mail.iter_attachments():
                data = part.get_payload(decode=True)
                if part.get_filename().endswith(".csv"):
                    in_csv = messages_of(data)
                else:
                    self.assertEqual(messages_of_json(data), in_csv)
            found += in_csv
        return found

    def times_sent_again(self):
        letters = self.reports()
        return len(letters) - len(set(letters))

    def assert_once(self):
        for name, found in (("CSV", self.csv), ("JSON", self.json), ("letters", self.mailed())):
            if name == "letters" and not self.all_are_mailed:
                continue
            self.assertEqual(sorted(found), sorted(self.expected), name)

    def temporaries(self):
        return set(self.out.glob(TEMPORARIES))

    def save(self):
        """For start_again(): how things are before the run that will be killed."""
        for path in (self.state, self.out, self.mail):
            path.mkdir(exist_ok=True)
            shutil.copytree(path, self.saved / path.name)
        self.before = list(self.csv), list(self.json), list(self.expected)

    def start_again(self):
        # The folders stay the same: a file is not taken for finished in another one.
        for path in (self.state, self.out, self.mail):
            for entry in path.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            shutil.copytree(self.saved / path.name, path, dirs_exist_ok=True)
        self.csv, self.json, self.expected = map(list, self.before)

    def let_one_come(self, name):
        """A message in each folder, and what takes them away again."""
        folders = [self.quarantine.create(folder, self.user) / "cur"
                   for folder in (OUTGOING, INCOMING)]
        before = {path for folder in folders for path in folder.iterdir()}
        self.come(name)
        new = {path for folder in folders for path in folder.iterdir()} - before
        self.assertEqual(len(new), len(folders))
        return lambda: [path.unlink() for path in new]

    def for_each_point(self, status, windows, prepare_next=lambda: None):
        """Kills a run at each point, and sees what the next ones make of it, and of a new message.

        Without being killed the run has this exit status. `windows` is the number of points at
        which it leaves a letter that will be sent again, because sendmail has taken it, and we have
        not noted that.
        """
        self.save()
        had = len(self.reports())
        found = 0
        for point in range(1, MANY_POINTS):
            self.start_again()
            result = self.run_once(point)
            self.assert_status(result, KILLED, status)
            with self.subTest(f"point {point}: {result.stderr.decode().splitlines()[:1]}"):
                left = set() if self.is_unfinished() else self.temporaries()
                window = len(self.reports()) > had and (self.state_folder() / "letter").exists()
                found += window
                if not self.is_unfinished():
                    self.fetch()
                prepare_next()
                remove = self.let_one_come(f"late-{point}")
                try:
                    self.run_until_nothing_is_new()
                finally:
                    remove()
                self.assert_once()
                self.assertEqual(self.times_sent_again(), int(window))
                self.assertEqual(self.temporaries(), left)
                self.assertEqual(list(self.state.rglob(TEMPORARIES)), [])
                self.assertFalse(set(self.state_files()) & {"journal", "letter"})
            if result.status != KILLED:
                self.assertGreater(point, FEW_POINTS)
                self.assertEqual(found, windows)
                return
        self.fail("it has no end")

    def test_first_run(self):
        self.come("one", "two", "three", "four", "five", "six")
        self.for_each_point(0, WINDOWS)

    def test_later_run(self):
        self.come("one", "two")
        self.run_until_nothing_is_new()
        self.come("three", "four")
        self.for_each_point(0, WINDOWS)

    def test_letter_refused(self):
        """What was killed while it was undone is reported once, too."""
        self.come("one", "two")
        self.run_until_nothing_is_new()
        self.come("three", "four")
        self.sendmail_ends_with(67)
        self.for_each_point(UNAVAILABLE, 0, self.sendmail_works)

    def test_too_big(self):
        """A brief letter goes instead; the files come once, and somebody is told."""
        self.come("one", "two")
        self.run_until_nothing_is_new()
        self.come("three", "four")
        self.all_are_mailed = False
        first = self.mail / "first"
        first.write_text(TOO_BIG)
        had = len(self.letters())

        def take_all():
            first.unlink()
            told.append(len(self.letters()) - had)

        told = []
        self.for_each_point(UNAVAILABLE, 0, take_all)
        self.assertIn(0, told)
        self.assertIn(1, told)
        self.assertLessEqual(max(told), 1)

    def test_finishing(self):
        """The run that sends the letter of another is killed."""
        self.come("one", "two")
        self.sendmail_ends_with(75)
        self.assert_status(self.run_once(), TEMPORARY)
        self.sendmail_works()
        self.for_each_point(0, WINDOWS)


if __name__ == "__main__":
    runner.main()
