"""What is sent to the server, recorded: nothing that could change the quarantine."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import recorder as recorders  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OLDER, TODAY, YESTERDAY  # noqa: E402

ALLOWED = {"CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID", "LIST", "STATUS", "EXAMINE",
           "SEARCH", "UID SEARCH", "FETCH", "UID FETCH", "IDLE", "DONE", "NOOP", "LOGOUT"}

# What a FETCH may ask for. BODY[...] without PEEK would set \Seen (RFC 3501, 6.4.5).
FETCH_ITEM = re.compile(
    r"UID|FLAGS|INTERNALDATE|RFC822\.SIZE|"
    r"BODY\.PEEK\[HEADER(?:\.FIELDS \([^()]*\))?\](?:<[\d.]+>)?|BODY\.PEEK\[\]<0\.1048576>")

COMMAND_MAX = 8000

# Most of its header section is nothing that a report needs.
LARGE = (b"From: Sender %d <sender@example.com>\nX-Padding: " + b"x" * 900 +
         b"\n\t" + b"x" * 900 + b"\n\t" + b"x" * 900 + b"\n\t" + b"x" * 900 +
         b"\nX-Brand-Outgoing-Class: spam\n\n")

ZONE = f"--timezone={quarantine_case.ZONE}"


class ReadOnly(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)
        for flags, folder in (("S", "Caught"), ("", "Caught"), ("FRS", "Caught (Outgoing)"),
                              ("T", "Caught (Outgoing)"), ("D", "Release & Train")):
            quarantine.deliver(folder, b"From: flagged@example.com\n\n", quarantine_case.NOW,
                               flags=flags)
        for number in range(200):
            quarantine.deliver("Training Requested", LARGE % number, quarantine_case.NOW)

    def record(self, *options, starttls=False, status=0, **how):
        """A run through the recorder: (result, commands as [(name, text)])."""
        with recorders.Recorder(("127.0.0.1", self.quarantine.port_imap),
                                self.quarantine.certificate, implicit_tls=not starttls) as recorder:
            result = self.run_program(
                [*self.trust(port=recorder.port), *(["--tls=starttls"] if starttls else []),
                 *options], **how)
        self.assert_status(result, status)
        self.assertEqual(len(recorder.sessions), 1, "more connections than needed")
        commands = recorders.imap_commands(recorder.sessions[0].client)
        self.assertEqual([name for name, _ in commands], recorder.commands())
        self.assertTrue(commands, "nothing was recorded")
        for name, text in commands:
            self.assert_harmless(name, text.decode())
        return result, commands

    def assert_harmless(self, name, text):
        self.assertIn(name, ALLOWED, text)
        self.assertLessEqual(len(text), COMMAND_MAX)
        if name in ("FETCH", "UID FETCH"):
            items = re.fullmatch(r"\S+ (?:UID )?FETCH [\d:,*]+ \((.*)\)\r\n", text, re.S)
            self.assertTrue(items, text)
            rest = FETCH_ITEM.sub("", items[1])
            self.assertEqual(rest.strip(), "", f"FETCH asks for something else: {text}")

    def names(self, commands):
        return [name for name, _ in commands]

    def test_report_of_both(self):
        result, commands = self.record(ZONE, f"--since={OLDER}", "--until=2026-02-12", "-i", "-o",
                                       "--csv=-", "--columns=all")
        self.assertEqual(len(result.rows()), 81)
        names = self.names(commands)
        self.assertEqual(names.count("EXAMINE"), 2)
        self.assertEqual(names[-1], "LOGOUT")
        self.assertIn("UID FETCH", names)
        self.assertLessEqual({"AUTHENTICATE"}, set(names))
        examined = [text for name, text in commands if name == "EXAMINE"]
        self.assertRegex(examined[0], rb' EXAMINE "Caught \(Outgoing\)"\r\n$')
        self.assertRegex(examined[1], rb' EXAMINE "?Caught"?\r\n$')

    def test_each_day_and_display(self):
        for date in (OLDER, YESTERDAY, TODAY):
            _, commands = self.record(ZONE, f"--date={date}", "-d", "-n")
            self.assertEqual(self.names(commands).count("EXAMINE"), 1)

    def fetches(self, *options):
        _, commands = self.record(ZONE, "--csv=-", *options)
        return [text for name, text in commands if name == "UID FETCH"]

    def test_small_headers_are_read_whole(self):
        """The names of the fields, which the server repeats, would be more than the rest."""
        fetches = self.fetches(f"--date={YESTERDAY}")
        self.assertTrue(any(b"BODY.PEEK[HEADER]" in text for text in fetches))
        self.assertFalse(any(b"HEADER.FIELDS" in text for text in fetches))

    def test_large_headers_by_name(self):
        fetches = self.fetches(f"--date={TODAY}", "--outgoing-folder=Training Requested")
        self.assertIn(b"BODY.PEEK[HEADER.FIELDS (From To ", fetches[-1])
        self.assertIn(b" X-Brand-Username ", fetches[-1])

    def test_reports_of_abuse(self):
        """Bodies as well, as far as a bound; and nothing changes."""
        fetches = self.fetches(f"--date={TODAY}", "--arf", "--folder=Training Requested")
        self.assertIn(b" BODY.PEEK[]<0.1048576>)", fetches[-1])
        self.assertFalse(any(b"[HEADER" in text for text in fetches))

    def test_nothing_to_report(self):
        _, commands = self.record(ZONE, "--date=2026-01-01", "--csv=-")
        self.assertNotIn("UID FETCH", self.names(commands))

    def test_starttls(self):
        _, commands = self.record(ZONE, f"--date={TODAY}", "--csv=-", starttls=True)
        names = self.names(commands)
        self.assertLess(names.index("STARTTLS"), names.index("AUTHENTICATE"))

    def test_check(self):
        for starttls in (False, True):
            _, commands = self.record("--check", starttls=starttls)
            self.assertLessEqual({"LIST", "STATUS", "LOGOUT"}, set(self.names(commands)))
            self.assertNotIn("EXAMINE", self.names(commands))

    def test_missing_folder(self):
        _, commands = self.record(ZONE, "--outgoing-folder=Nowhere", "--csv=new.csv", status=66)
        self.assertNotIn("UID FETCH", self.names(commands))

    def test_wrong_password(self):
        path = self.directory / "wrong"
        path.write_text("wrong\n")
        path.chmod(0o600)
        _, commands = self.record(f"--password-file={path}", status=77)
        self.assertLessEqual(set(self.names(commands)), {"CAPABILITY", "AUTHENTICATE", "LOGOUT"})


if __name__ == "__main__":
    runner.main()
