"""--new-only: what is reported when, and where to."""

import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from new_only_case import (DATA, DAY, OTHER, PROTOCOL, USAGE, NewOnlyTest,  # noqa: E402
                           message_id, messages_of)
from quarantine_case import INCOMING, OUTGOING  # noqa: E402

# The scripted peer's messages.
PEER_DAY = ["--since=2024-03-15", "--timezone=UTC"]

NO_UIDVALIDITY = """
on every EXAMINE*
  S: * 3 EXISTS
  S: * OK [UIDNEXT 4] next
  S: {tag} OK examined
end
on every STATUS*
  S: {tag} NO not of an open folder
end
"""

# Of a message, what is in all outputs.
MARK = b"user@example.com"

# All that a run can write besides the display, and the ends of the default names.
FILES = {"-c": ".csv", "--json": ".jsonl", "--html": ".html",
         "--identity-report": "-identities.csv"}
NAME = r"quarantine-outgoing-\d{4}-\d\d-\d\dT\d{6}"


class WhatIsNew(NewOnlyTest):

    def test_again_and_again(self):
        """First what came today; then what came since, whatever its date."""
        today = f"--timezone={quarantine_case.noon_zone()}"
        self.arrive("yesterday", when=time.time() - DAY)
        self.arrive("one", "two")
        self.assertEqual(self.names(today), ["one", "two"])
        for _ in range(2):
            result, found = self.report_new(today)
            self.assertEqual((found, result.stderr), ([], b""))
        self.arrive("three", when=time.time() - DAY)
        self.arrive("four")
        self.assertEqual(self.names(today), ["three", "four"])
        self.assertEqual(self.names(today), [])
        self.assert_finished()

    def test_since(self):
        """The period is that of the first run."""
        self.arrive("older", when=time.time() - 3 * DAY)
        self.arrive("yesterday", when=time.time() - DAY)
        self.assertEqual(self.names("--since=2d"), ["yesterday"])
        self.assertEqual(self.names("--since=9d"), [])

    def test_ahead_of_our_clock(self):
        self.arrive("one")
        self.arrive("tomorrow", when=time.time() + DAY)
        self.arrive("next-week", when=time.time() + 7 * DAY)
        self.assertEqual(self.names("--since=1h"), ["one", "tomorrow", "next-week"])
        self.arrive("next-month", when=time.time() + 30 * DAY)
        self.assertEqual(self.names(), ["next-month"])
        self.assertEqual(self.names(), [])

    def test_each_folder(self):
        self.arrive("one")
        self.arrive("two", folder=INCOMING)
        self.assertEqual(self.report_new("--since=1h")[1], [(OUTGOING, "one")])
        self.assertEqual(self.report_new("--since=1h", "-i", "-o")[1], [(INCOMING, "two")])
        self.arrive("three", folder=INCOMING)
        self.arrive("four")
        self.assertEqual(self.report_new("-i", "-o")[1],
                         [(OUTGOING, "four"), (INCOMING, "three")])
        self.assertEqual(self.report_new("-i", "-o")[1], [])
        self.assertEqual(len(self.state_files()), 2)

    def test_each_user(self):
        self.arrive("one")
        self.arrive("two", user=OTHER)
        self.assertEqual(self.names("--since=1h"), ["one"])
        self.assertEqual(self.names("--since=1h", arguments=self.arguments(user=OTHER)), ["two"])
        self.assertEqual(self.names("--since=1h"), [])

    def test_each_server(self):
        """Its name, in upper or lower case, and its port."""
        self.arrive("one")
        self.assertEqual(self.names("--since=1h"), ["one"])
        again = f"LOCALHOST:{self.quarantine.port_imap}"
        self.assertEqual(self.names("--since=1h", arguments=self.arguments(again)), [])
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            elsewhere = self.arguments(f"localhost:{relay.port}")
            self.assertEqual(self.names("--since=1h", arguments=elsewhere), ["one"])
            self.assertEqual(self.names("--since=1h", arguments=elsewhere), [])

    def test_each_profile(self):
        (self.directory / "config").write_text("[profile east]\n[profile a/../b]\n")
        self.arrive("one")
        for name in ([], ["--profile=east"], ["--profile=a/../b"]):
            options = [f"--config={self.directory}/config", *name, "--since=1h"]
            self.assertEqual(self.names(*options), ["one"], name)
            self.assertEqual(self.names(*options), [], name)
        self.assertEqual({path.name for path in self.state.iterdir()},
                         {"default", "east", "a%2F..%2Fb"})

    def test_empty_folder(self):
        """It has been looked at, too: what comes then is new, however old."""
        self.assertEqual(self.names("--since=1h"), [])
        self.arrive("one", when=time.time() - DAY)
        self.assertEqual(self.names("--since=1h"), ["one"])

    def test_emptied_folder(self):
        self.arrive("one", "two")
        self.assertEqual(self.names("--since=1h"), ["one", "two"])
        for path in (self.quarantine.create(OUTGOING, self.user) / "cur").iterdir():
            path.unlink()
        self.assertEqual(self.names("--since=1h"), [])
        self.arrive("three")
        self.assertEqual(self.names("--since=1h"), ["three"])

    def test_folder_made_anew(self):
        self.arrive("older", when=time.time() - DAY)
        self.arrive("one")
        self.assertEqual(self.names("--since=2h"), ["one"])
        before = self.state_files()
        folder = self.quarantine.create(OUTGOING, self.user)
        for path in [folder / "dovecot-uidlist", *folder.glob("dovecot.index*")]:
            path.unlink()
        self.arrive("two")
        result, found = self.report_new("--since=2h")
        self.assertEqual([name for _, name in found], ["one", "two"])
        self.assertIn(f"localhost: '{OUTGOING}' has been made anew since the last run",
                      result.stderr.decode())
        self.assertNotEqual(self.state_files(), before)
        result, found = self.report_new("--since=2h")
        self.assertEqual((found, result.stderr), ([], b""))

    def test_comes_meanwhile(self):
        """A message that comes between two steps of a run is in that one or in the next."""
        self.arrive("one")
        for mark in (b"EXAMINE", b"UID SEARCH", b"INTERNALDATE", b"BODY.PEEK"):
            with self.subTest(mark):
                name = re.sub(r"\W", "-", mark.decode()).lower()
                coming = [name]

                def change(data):
                    if coming and mark in relay.client:
                        self.arrive(coming.pop())
                    return data

                with quarantine_case.Relay(self.quarantine.port_imap, change) as relay:
                    shutil.rmtree(self.state, ignore_errors=True)
                    arguments = self.arguments(f"localhost:{relay.port}")
                    first = self.names("--since=1h", arguments=arguments)
                    self.assertEqual(coming, [])
                    second = self.names("--since=1h", arguments=arguments)
                self.assertIn("one", first)
                self.assertEqual((first + second).count(name), 1, (first, second))
                self.assertEqual(len(set(first + second)), len(first + second))

    def test_unreadable(self):
        """It is counted by each run that meets it, and holds up no other."""
        with runner.Peer("bad-for-message.imap") as peer:
            arguments = [*self.arguments(f"127.0.0.1:{peer.port}"), *PEER_DAY]
            self.assertGreater(len(self.names(arguments=arguments, status=DATA)), 0)
            self.assertEqual(self.names(arguments=arguments, status=DATA), [])

    def test_server_does_not_say(self):
        with runner.Peer(text=NO_UIDVALIDITY) as peer:
            arguments = [*self.arguments(f"127.0.0.1:{peer.port}"), *PEER_DAY]
            result, _ = self.report_new(arguments=arguments, status=PROTOCOL)
            self.assertIn("--new-only cannot be used", result.stderr.decode())
            self.assertEqual(self.state_files(), {})

    def test_summary(self):
        self.arrive("one")
        result, _ = self.report_new("-v", "--since=1h")
        self.assertRegex(result.stderr.decode(), r"\(Outgoing\)' from \S+ to \S+: 1 found")
        self.arrive("two", "three")
        result, _ = self.report_new("-v", "--since=1h")
        self.assertIn("since the last run: 2 found, 2 reported", result.stderr.decode())


class Outputs(NewOnlyTest):

    def run_in(self, place, *options):
        """A run in a folder of ours, where it leaves its files."""
        result = runner.run([*self.arguments(), *options],
                            wrapper=["env", "-C", str(place)])
        self.assert_status(result, 0)
        self.assertEqual(result.stderr, b"")
        return result

    def test_default_names(self):
        """They carry the time of the run; there is none when nothing is new."""
        self.arrive("one")
        for place, new in (("first", True), ("second", False)):
            folder = self.out / place
            folder.mkdir()
            result = self.run_in(folder, "--since=1h", "-d", *FILES)
            self.assertEqual(MARK in result.stdout, new)
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            self.assertEqual(len(files), len(FILES) if new else 0, files.keys())
            for end in FILES.values() if new else []:
                name, = [name for name in files if re.fullmatch(NAME + re.escape(end), name)]
                self.assertIn(MARK, files[name], name)

    def test_default_names_at_the_same_time(self):
        """A run does not replace what the one before has reported, however soon it comes."""
        for name in ("one", "two", "three"):
            self.arrive(name)
            self.run_in(self.out, "--since=1h", "-c", "--columns=Folder,From")
        found = [name for path in self.out.iterdir()
                 for _, name in messages_of(path.read_bytes())]
        self.assertEqual(sorted(found), ["one", "three", "two"])

    def test_given_name(self):
        """It is replaced."""
        path = self.out / "new.csv"
        for names in (["one"], ["two", "three"], []):
            self.arrive(*names)
            self.run_in(self.out, "--since=1h", "--columns=Folder,From", "--csv=new.csv")
            self.assertEqual([name for _, name in messages_of(path.read_bytes())], names)

    def test_letters(self):
        """None when nothing is new, unless one is wanted."""
        self.arrive("one")
        options = ["--since=1h", *self.mailing()]
        for _ in range(2):
            self.names(*options)
            self.assertEqual(len(self.letters()), 1)
        self.names(*options, "--mail-empty")
        self.assertEqual(len(self.letters()), 2)
        self.arrive("two")
        self.assertEqual(self.names(*options), ["two"])
        self.assertEqual(len(set(map(message_id, self.letters()))), 3)
        self.assert_finished()

    def test_usage(self):
        for options in (["--date=2024-03-15"], ["--until=2024-03-15"], ["--until=1h", "--since=2h"],
                        ["--explain"]):
            with self.subTest(options):
                result = self.run_program([*self.arguments(), *options])
                self.assert_status(result, USAGE)
                self.assertIn("--new-only", result.stderr.decode())
                self.assertFalse(self.state.exists())


if __name__ == "__main__":
    runner.main()
