"""--new-only: what a run that fails leaves, and what the next one makes of it."""

import contextlib
import os
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from new_only_case import (DAY, CREATE, IO, LOGIN, NOFOLDER, TEMPORARY, UNAVAILABLE,  # noqa: E402
                           NewOnlyTest, message_id, messages_of)
from quarantine_case import INCOMING, PATIENCE  # noqa: E402


class Switch(quarantine_case.Relay):
    """A relay that breaks connections while it is `off`."""

    def __init__(self, port):
        self.off = False
        super().__init__(port, self._pass)

    def _pass(self, data):
        if self.off:
            raise ConnectionError
        return data


class Failures(NewOnlyTest):
    """Whatever was not delivered is reported by the next run, with what came since."""

    def setUp(self):
        super().setUp()
        self.csv = self.out / "new.csv"

    def run_to(self, *options, status=0, csv=None, arguments=None):
        """A run that writes to a file."""
        result = self.run_program([*(arguments or self.arguments()), "--since=1h",
                                   "--columns=Folder,From", f"--csv={csv or self.csv}", *options])
        self.assert_status(result, status)
        return result

    def delivered(self):
        """The names in the file, which is fetched. None: there is no file."""
        if not self.csv.exists():
            return None
        data = self.csv.read_bytes()
        self.csv.unlink()
        return [name for _, name in messages_of(data)]

    def check_nothing_happened(self, *options, status, says="", prepare=(), **how):
        """The first run of all fails so, and a later one; the next ones report what they did not.

        `prepare` is called before each failure, its result after it.
        """
        self.arrive("one")
        for want in (["one", "two"], ["three", "four"]):
            if want[0] == "three":
                self.arrive("three")
            before = self.states() if self.state.exists() else {}
            undo = prepare() if prepare else lambda: None
            result = self.run_to(*options, status=status, **how)
            undo()
            self.assertIn(says, result.stderr.decode())
            self.assertIsNone(self.delivered())
            if self.state.exists():
                self.assertEqual(self.states(), before)
                self.assert_finished()
            self.arrive(want[1])
            self.run_to()
            self.assertEqual(self.delivered(), want)
        self.run_to()
        self.assertEqual(self.delivered(), [])

    def test_wrong_password(self):
        wrong = self.directory / "wrong"
        wrong.write_text("wrong\n")
        wrong.chmod(0o600)
        self.check_nothing_happened(status=LOGIN, arguments=self.arguments(password=wrong))

    def test_no_such_folder(self):
        self.check_nothing_happened("-i", "-o", "--incoming-folder=Nowhere", status=NOFOLDER)

    def test_no_place_for_the_output(self):
        self.check_nothing_happened(status=CREATE, csv=self.directory / "nowhere/new.csv")

    def test_output_folder_is_not_ours(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")

        def prepare():
            self.out.chmod(0o500)
            return lambda: self.out.chmod(0o700)

        self.check_nothing_happened(status=CREATE, prepare=prepare)

    def test_device_is_full(self):
        self.check_nothing_happened("--json=/dev/full", status=IO, says="No space left")

    def test_connection_lost(self):
        """When everything has been asked for."""
        def change(data):
            if b"BODY.PEEK" in relay.client:
                raise ConnectionError
            return data

        self.arrive("one")
        with quarantine_case.Relay(self.quarantine.port_imap, change) as relay:
            self.run_to(status=TEMPORARY, arguments=self.arguments(f"localhost:{relay.port}"))
        self.assertIsNone(self.delivered())
        self.assertEqual(self.state_files(), {})

    def test_signal(self):
        self.arrive("one")
        with quarantine_case.Relay(self.quarantine.port_imap,
                                   quarantine_case.stall_after(b"BODY[")) as relay:
            arguments = [*self.arguments(f"localhost:{relay.port}"), "--since=1h",
                         f"--csv={self.csv}"]
            with self.running(arguments) as process:
                self.assertTrue(relay.stalled.wait(PATIENCE))
                process.send_signal(signal.SIGTERM)
                self.assertEqual(self.end_of(process)[0], 128 + signal.SIGTERM)
        self.assertIsNone(self.delivered())
        self.assertEqual(self.state_files(), {})
        self.assert_finished()

    def test_letter_refused(self):
        def prepare():
            self.sendmail_ends_with(67)
            return self.sendmail_works

        self.check_nothing_happened(*self.mailing(), status=UNAVAILABLE,
                                    says="so nothing is delivered", prepare=prepare)
        self.assertEqual(self.reports(), [])

    def test_no_sendmail(self):
        self.check_nothing_happened("--mail-to=noc@example.com", "--sendmail=/nonexistent",
                                    status=UNAVAILABLE, says="/nonexistent")

    def test_letter_waits(self):
        """The next run begins with it; then it would replace a file that nobody has seen."""
        self.skip_when_files_are_old()
        self.arrive("one")
        self.sendmail_ends_with(75)
        for _ in range(2):
            result = self.run_to(*self.mailing(), status=TEMPORARY)
            self.assertIn("the next run sends it", result.stderr.decode())
            self.assertIsNone(self.delivered())
            waiting = self.state_files()["letter"]
            self.arrive("two")
        self.sendmail_works()
        result = self.run_to(*self.mailing(), status=TEMPORARY)
        self.assertIn(f"'{self.csv}' has just been finished for an earlier run",
                      result.stderr.decode())
        self.assertEqual(self.delivered(), ["one"])
        self.assertEqual(self.reports(), [waiting])
        self.assert_finished()
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["two", "two"])
        self.assertEqual(len(set(map(message_id, self.reports()))), 2)

    def test_waiting_letter_refused(self):
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.sendmail_ends_with(67)
        self.run_to(*self.mailing(), status=UNAVAILABLE)
        self.assertIsNone(self.delivered())
        self.assert_finished()
        self.sendmail_works()
        self.arrive("two")
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["one", "two"])
        self.assertEqual(len(self.reports()), 1)

    def make_old(self, days):
        """The letter has waited for so long."""
        letter = self.state_folder() / "letter"
        then = letter.stat().st_mtime - days * DAY
        os.utime(letter, (then, then))

    def test_waits_too_long(self):
        """Its files get their names without it."""
        self.skip_when_files_are_old()
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.make_old(2)
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.assertIsNone(self.delivered())
        self.make_old(2)
        result = self.run_to(*self.mailing(), status=TEMPORARY)
        self.assertIn("has waited for 3 days and is given up (its files are in their places)",
                      result.stderr.decode())
        self.assertEqual(self.delivered(), ["one"])
        self.assert_finished()
        self.sendmail_works()
        self.arrive("two")
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["two"])
        self.assertEqual(len(self.reports()), 1)

    def test_waits_too_long_without_files(self):
        """Nobody has seen its messages: they are in the next one."""
        self.arrive("one")
        self.sendmail_ends_with(75)
        arguments = [*self.arguments(), "--since=1h", *self.mailing()]
        self.assert_status(self.run_program(arguments), TEMPORARY)
        self.make_old(4)
        self.arrive("two")
        result = self.run_program(arguments)
        self.assert_status(result, TEMPORARY)
        self.assertIn("its messages are reported anew", result.stderr.decode())
        self.sendmail_works()
        self.assert_status(self.run_program(arguments), 0)
        letter, = self.letters()
        self.assertIn("2 messages", letter)
        self.assert_finished()

    def test_deadline(self):
        """A letter that sendmail may have taken waits, and is not undone."""
        self.arrive("one")
        begun = self.mail / "begun"
        (self.mail / "first").write_text(f"echo >'{begun}'\nexec sleep 600\n")
        result = self.run_into_limit(
            lambda seconds: self.run_to(*self.mailing(), f"--deadline={seconds}", status=TEMPORARY),
            lambda result: begun.exists())
        self.assertIn("the next run sends it", result.stderr.decode())
        self.assertIn("journal", self.state_files())
        (self.mail / "first").unlink()
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.assertEqual(self.delivered(), ["one"])
        self.assertEqual(len(self.reports()), 1)
        self.assert_finished()

    def test_waiting_letter_given_up(self):
        """By who deletes the journal, as the message says."""
        self.arrive("one")
        self.sendmail_ends_with(75)
        result = self.run_to(*self.mailing(), status=TEMPORARY)
        journal = self.state_folder() / "journal"
        self.assertIn(f"when you delete '{journal.resolve()}'", result.stderr.decode())
        journal.unlink()
        self.sendmail_works()
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["one"])
        self.assertEqual(len(self.reports()), 1)

    def test_name_taken_at_the_last_moment(self):
        """The letter has been sent, so the file must come."""
        self.arrive("one")
        (self.mail / "first").write_text(f"mkdir '{self.csv}'\n")
        result = self.run_to(*self.mailing(), status=CREATE)
        (self.mail / "first").unlink()
        self.assertIn(f"cannot create '{self.csv}'", result.stderr.decode())
        self.arrive("two")
        self.run_to(*self.mailing(), status=CREATE)
        self.csv.rmdir()
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.assertEqual(self.delivered(), ["one"])
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["two"])
        self.assertEqual(len(set(map(message_id, self.reports()))), 2)
        self.assert_finished()

    def test_output_folder_gone(self):
        """What waits cannot be delivered any more, and is not taken for delivered."""
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.sendmail_works()
        shutil.rmtree(self.out)
        self.run_to(*self.mailing(), status=CREATE, csv=self.directory / "other.csv")
        (self.state_folder() / "journal").unlink()
        self.out.mkdir()
        self.run_to(*self.mailing())
        self.assertEqual(self.delivered(), ["one"])

    def test_finished_on_the_way(self):
        """By a run that writes to other files, and goes on with what is new."""
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.run_to(*self.mailing(), status=TEMPORARY)
        self.sendmail_works()
        self.arrive("two")
        other = self.out / "other.csv"
        self.run_to(*self.mailing(), csv=other)
        self.assertEqual(self.delivered(), ["one"])
        self.assertEqual([name for _, name in messages_of(other.read_bytes())], ["two"])
        self.assertEqual(len(self.reports()), 2)
        self.assert_finished()

    def test_left_alone_by_others(self):
        """A run of the same profile without --new-only has no part in it."""
        (self.directory / "config").write_text("[profile east]\n")
        profile = [f"--config={self.directory}/config", "--profile=east"]
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.run_to(*profile, *self.mailing(), status=TEMPORARY)
        self.sendmail_works()
        result = self.run_program([*self.log_in(), *profile, f"--state-dir={self.state}",
                                   "--since=1h", "--columns=Folder,From", "--csv=-"])
        self.assert_status(result, 0)
        self.assertEqual([name for _, name in messages_of(result.stdout)], ["one"])
        self.assertIsNone(self.delivered())
        self.run_to(*profile, *self.mailing(), status=TEMPORARY)
        self.assertEqual(self.delivered(), ["one"])
        self.assertEqual(len(self.reports()), 1)


class SeveralServers(NewOnlyTest):

    @contextlib.contextmanager
    def two_servers(self):
        """One of them can be switched off; it is the other's quarantine under another name."""
        with Switch(self.quarantine.port_imap) as self.switch:
            self.hosts = self.arguments(f"localhost:{self.quarantine.port_imap}",
                                        f"127.0.0.1:{self.switch.port}")
            yield

    def found(self, *options, status=0):
        """[(host, name)] in the report, "missing" for a server that is; None without a report."""
        csv = self.out / "new.csv"
        result = self.run_program([*self.hosts, "--since=1h", "--columns=#,Host,From",
                                   f"--csv={csv}", *options])
        self.assert_status(result, status)
        if not csv.exists():
            return None
        result.stdout = csv.read_bytes()
        csv.unlink()
        return sorted(("", "missing") if row["#"] == "missing" else
                      (row["Host"], row["From"].partition("@")[0]) for row in result.rows())

    def test_partial(self):
        """The one that is missing keeps its state."""
        self.arrive("one")
        with self.two_servers():
            for first, second in (("one", "two"), ("three", "four")):
                if first == "three":
                    self.arrive("three")
                self.switch.off = True
                self.assertEqual(self.found("--partial", status=TEMPORARY),
                                 [("", "missing"), ("localhost", first)])
                self.arrive(second)
                self.switch.off = False
                self.assertEqual(self.found("--partial"), [
                    *sorted([("127.0.0.1", first), ("127.0.0.1", second)]),
                    ("localhost", second)])
            self.assertEqual(self.found("--partial"), [])
        self.assert_finished()

    def test_not_partial(self):
        """Nothing was reported, so none is taken for reported."""
        self.arrive("one")
        with self.two_servers():
            self.switch.off = True
            self.assertIsNone(self.found(status=TEMPORARY))
            self.assertEqual(self.state_files(), {})
            self.switch.off = False
            self.assertEqual(self.found(), [("127.0.0.1", "one"), ("localhost", "one")])

    def test_partial_letter_refused(self):
        self.arrive("one")
        self.sendmail_ends_with(67)
        with self.two_servers():
            self.switch.off = True
            options = ["--partial", *self.mailing()]
            self.assertIsNone(self.found(*options, status=UNAVAILABLE))
            self.assertEqual(self.states(), {})
            self.sendmail_works()
            self.switch.off = False
            self.assertEqual(self.found(*options), [("127.0.0.1", "one"), ("localhost", "one")])
        self.assert_finished()

    def test_second_folder_fails(self):
        """What came before is in the report, which says that it lacks something."""
        self.arrive("one")
        self.arrive("two", folder=INCOMING)
        with self.two_servers():
            both = [("127.0.0.1", name) for name in ("one", "two")]
            both += [("localhost", name) for name in ("one", "two")]
            first = self.found("--partial", "-i", "-o", "--incoming-folder=Nowhere",
                               status=NOFOLDER)
            self.assertIn(("", "missing"), first)
            second = self.found("--partial", "-i", "-o")
        self.assertEqual(sorted({*first, *second} - {("", "missing")}), both, "lost")
        self.assertEqual(len(first) + len(second), len(both) + first.count(("", "missing")))


if __name__ == "__main__":
    runner.main()
