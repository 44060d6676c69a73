"""What the system tests of --new-only have in common."""

import csv
import io
import re
import time
import unittest

import quarantine_case
import runner
from quarantine_case import OUTGOING

USAGE, DATA, NOFOLDER, UNAVAILABLE, CREATE, IO = 64, 65, 66, 69, 73, 74
TEMPORARY, PROTOCOL, LOGIN, CONFIG = 75, 76, 77, 78

OTHER = "other"
MINUTE = 60
DAY = 24 * 60 * MINUTE

MESSAGE = b"From: %b@example.org\r\nX-AuthUser: user@example.com\r\n\r\n"
COLUMNS = "--columns=Folder,From"

TEMPORARIES = ".quarantine-report-*"

# Takes what it gets in one step, as a queue would, unless it was told how to end. What is in
# "first", if anything, is done before.
SENDMAIL = """#!/bin/sh
if [ -e "{0}/first" ]; then . "{0}/first"; fi
if [ -e "{0}/end-with" ]; then exit "$(cat "{0}/end-with")"; fi
cat >"{0}/letter.$$" && mv "{0}/letter.$$" "{0}/sent.$(date +%s%N)"
"""


class NewOnlyTest(quarantine_case.QuarantineTest):
    """Each test has a quarantine of its own, that of a user with its name."""

    @classmethod
    def setUpClass(cls):
        names = [*unittest.defaultTestLoader.getTestCaseNames(cls), OTHER]
        cls.SERVER = {"users": dict.fromkeys([runner.USER, *names], runner.PASSWORD)}
        cls.UNSEEN = names
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.user = self._testMethodName
        self.state = self.directory / "state"
        self.out = self.directory / "out"
        self.mail = self.directory / "mail"
        self.out.mkdir()
        self.mail.mkdir()
        self.sendmail = self.directory / "sendmail"
        self.sendmail.write_text(SENDMAIL.format(self.mail))
        self.sendmail.chmod(0o700)

    def arrive(self, *names, folder=OUTGOING, when=None, user=None):
        """Messages, each from NAME@example.org."""
        # What comes within this second is not in the period of a run that does not ask for news.
        when = when or time.time() - MINUTE
        for name in names:
            self.quarantine.deliver(folder, MESSAGE % name.encode(), when, user or self.user)

    def log_in(self, *hosts, user=None, password=None):
        hosts = hosts or [f"localhost:{self.quarantine.port_imap}"]
        return [*(f"-s{host}" for host in hosts), "-u", user or self.user, "--tls=off",
                f"--password-file={password or self.password_file}"]

    def arguments(self, *hosts, **how):
        return [*self.log_in(*hosts, **how), "--new-only", f"--state-dir={self.state}"]

    def report_new(self, *options, arguments=None, status=0, **how):
        """A run; its result, and stdout's messages: [(folder, name)]."""
        result = self.run_program([*(arguments or self.arguments()), *options, COLUMNS, "--csv=-"],
                                  **how)
        self.assert_status(result, status)
        return result, messages_of(result.stdout)

    def names(self, *options, **how):
        """The same, names alone."""
        return [name for _, name in self.report_new(*options, **how)[1]]

    def mailing(self, *to):
        """Arguments for a letter by our sendmail."""
        return [f"--sendmail={self.sendmail}",
                *(f"--mail-to={address}" for address in to or ["noc@example.com"])]

    def sendmail_ends_with(self, status):
        (self.mail / "end-with").write_text(str(status))

    def sendmail_works(self):
        (self.mail / "end-with").unlink(missing_ok=True)

    def letters(self):
        return [path.read_text() for path in sorted(self.mail.glob("sent.*"))]

    def reports(self):
        """The letters with files, which are no notices that there is no report."""
        return [letter for letter in self.letters()
                if "\nContent-Disposition: attachment" in letter]

    def state_folder(self, name="default"):
        return self.state / name

    def state_files(self):
        """What a run that has finished leaves: {name: text}."""
        files = {path.name: path.read_text() for path in self.state_folder().iterdir()}
        self.assertEqual(files.pop("lock"), "")
        return files

    def states(self):
        """The same without the note that a run has failed."""
        return {name: text for name, text in self.state_files().items() if name != "failure"}

    def assert_finished(self):
        """No work is left to another run."""
        left = set(self.state_files()) & {"journal", "letter"}
        self.assertEqual(left, set())
        self.assertEqual(list(self.directory.rglob(TEMPORARIES)), [])


def messages_of(data):
    """[(folder, name)] of a CSV file of COLUMNS."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return [(row["Folder"], row["From"].partition("@")[0]) for row in rows]


def message_id(letter):
    return re.search(r"^Message-ID: (\S+)$", letter, re.M)[1]
