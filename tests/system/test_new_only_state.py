"""--new-only: where the state is kept, who may change it, and what is one run's at a time."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import stat
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from new_only_case import CONFIG, CREATE, TEMPORARY, USAGE, NewOnlyTest  # noqa: E402
from quarantine_case import OUTGOING, PATIENCE  # noqa: E402


class Places(NewOnlyTest):

    def setUp(self):
        super().setUp()
        self.arrive("one")

    def check_place(self, want, options=(), **environment):
        """The state is in this folder, which nobody else may look into."""
        arguments = [*self.log_in(), "--new-only", "--since=1h", *options]
        environment = {name: str(value) for name, value in environment.items()}
        self.assertEqual(self.names(arguments=arguments, environment=environment), ["one"])
        self.assertEqual(self.names(arguments=arguments, environment=environment), [])
        for path, mode in [(want, 0o700), (want / "default", 0o700),
                           *((path, 0o600) for path in (want / "default").iterdir())]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode, path)

    def test_option(self):
        self.check_place(self.state, [f"--state-dir={self.state}"], STATE_DIRECTORY=self.out,
                         XDG_STATE_HOME=self.out, HOME=self.out)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_below_what_is_not_there(self):
        self.check_place(self.state / "a/b", [f"--state-dir={self.state}/a//b/"])

    def test_of_systemd(self):
        self.check_place(self.state, STATE_DIRECTORY=self.state, XDG_STATE_HOME=self.out,
                         HOME=self.out)

    def test_of_systemd_with_several(self):
        self.check_place(self.state, STATE_DIRECTORY=f"{self.state}:{self.out}", HOME=self.out)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_of_systemd_through_a_link(self):
        """As it is with DynamicUser=."""
        self.state.mkdir(0o700)
        (self.out / "link").symlink_to(self.state)
        self.check_place(self.state, STATE_DIRECTORY=self.out / "link")

    def test_of_xdg(self):
        self.check_place(self.state / "quarantine-report", XDG_STATE_HOME=self.state,
                         HOME=self.out)

    def test_of_home(self):
        self.check_place(self.state / ".local/state/quarantine-report", HOME=self.state)

    def test_nowhere(self):
        result, _ = self.report_new(arguments=[*self.log_in(), "--new-only"], status=USAGE,
                                    environment={"HOME": ""})
        self.assertIn("--state-dir=DIR", result.stderr.decode())

    def test_cannot_be_made(self):
        self.state.write_text("")
        for place in (self.state, self.state / "below"):
            with self.subTest(place):
                result, found = self.report_new(
                    arguments=[*self.log_in(), "--new-only", f"--state-dir={place}"],
                    status=CREATE)
                self.assertEqual(found, [])
                self.assertIn(str(place), result.stderr.decode())

    def test_others_may_write(self):
        self.names("--since=1h")
        self.arrive("two")
        for path in (self.state, self.state_folder()):
            for mode in (0o720, 0o702, 0o777):
                with self.subTest(path=path, mode=mode):
                    path.chmod(mode)
                    result, found = self.report_new(status=CONFIG)
                    self.assertEqual(found, [])
                    self.assertIn("others may write to", result.stderr.decode())
                    self.assertIn(f"'{path}'", result.stderr.decode())
            path.chmod(0o755)
        self.assertEqual(self.names(), ["two"])

    def test_of_somebody_else(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to give a folder away")
        self.names("--since=1h")
        os.chown(self.state_folder(), pwd.getpwnam("nobody").pw_uid, -1)
        result, _ = self.report_new(status=CONFIG)
        self.assertIn("belongs to another user", result.stderr.decode())

    def test_deleted(self):
        self.assertEqual(self.names("--since=1h"), ["one"])
        shutil.rmtree(self.state)
        self.assertEqual(self.names("--since=1h"), ["one"])


class Damages(NewOnlyTest):

    def setUp(self):
        super().setUp()
        self.arrive("one")
        self.assertEqual(self.names("--since=1h"), ["one"])
        name, = self.state_files()
        self.path = self.state_folder() / name

    def check_refused(self, path):
        result, found = self.report_new("--since=1h", status=CONFIG)
        self.assertEqual(found, [])
        self.assertIn(f"'{path}'", result.stderr.decode())
        self.assertIn("when you delete it", result.stderr.decode())

    def test_state(self):
        good = self.path.read_bytes()
        bad = [b"", b"\n", b"\0" * len(good), good[:-1], good[:len(good) // 2], good + good,
               good + b"\n", good.replace(b"state 1", b"state 2"),
               good.replace(b"last-uid 1", b"last-uid -1"),
               good.replace(b"last-uid 1", b"last-uid 4294967296"),
               good.replace(b"messages ", b"messages another-"),
               good.replace(b"\n", b"\r\n"), b"x" * (2 * 1024 * 1024)]
        for data in bad:
            with self.subTest(data[:200]):
                self.assertNotEqual(data, good)
                self.path.write_bytes(data)
                self.check_refused(self.path)
                self.assertEqual(self.path.read_bytes(), data)
        self.path.unlink()
        self.assertEqual(self.names("--since=1h"), ["one"])

    def test_state_is_no_file(self):
        self.path.rename(self.out / "state")
        self.path.symlink_to(self.out / "state")
        self.check_refused(self.path)
        self.path.unlink()
        os.mkfifo(self.path)
        self.check_refused(self.path)
        self.path.unlink()
        self.path.mkdir()
        self.check_refused(self.path)

    def test_state_of_another_folder(self):
        """A copy under another name is about other messages."""
        self.names("-i", "--since=1h")
        other, = set(self.state_files()) - {self.path.name}
        self.path.write_bytes((self.state_folder() / other).read_bytes())
        self.check_refused(self.path)

    def test_journal(self):
        journal = self.state_folder() / "journal"
        csv = self.out / "new.csv"
        self.arrive("two")
        self.sendmail_ends_with(75)
        self.names(*self.mailing(), f"--json={csv}", status=TEMPORARY)
        good = journal.read_bytes()
        bad = [b"", good[:-1], good[:-len(b"end\n")], good + b"end\n",
               good.replace(b"journal 2", b"journal 3"), good.replace(b"new.csv", b""),
               good.replace(b"new.csv", b"x%2Fnew.csv"), good.replace(b"file ", b"fyle ")]
        self.sendmail_works()
        for data in bad:
            with self.subTest(data):
                self.assertNotEqual(data, good)
                journal.write_bytes(data)
                self.check_refused(journal)
                self.assertEqual(journal.read_bytes(), data)
        self.assertEqual((self.reports(), csv.exists()), ([], False))
        journal.write_bytes(good)
        self.assertEqual(self.names(*self.mailing()), [])
        self.assertEqual((len(self.reports()), csv.exists()), (1, True))
        self.assert_finished()


class Earlier(NewOnlyTest):
    """What a version before this one left is gone on with."""

    def test_journal(self):
        """Version 1 has the parts of the key and of the position one by one."""
        journal = self.state_folder() / "journal"
        self.arrive("one")
        self.sendmail_ends_with(75)
        self.names("--since=1h", *self.mailing(), status=TEMPORARY)
        lines = journal.read_text().splitlines(keepends=True)
        at, = (i for i, line in enumerate(lines) if line.startswith("state "))
        _, key, position = lines[at].split()
        self.assertEqual(urllib.parse.unquote(urllib.parse.unquote(key)),
                         f"{self.user}@localhost:{self.quarantine.port_imap},{OUTGOING}")
        _, uidvalidity, _, last_uid = urllib.parse.unquote(position).split()
        folder = urllib.parse.quote(OUTGOING)
        lines[0] = "quarantine-report journal 1\n"
        lines[at] = (f"state {self.user} LOCALHOST {self.quarantine.port_imap} {folder} "
                     f"{uidvalidity} {last_uid}\n")
        journal.write_text("".join(lines))
        self.sendmail_works()
        self.arrive("two")
        self.assertEqual(self.names(*self.mailing()), ["two"])
        self.assertEqual(len(self.letters()), 2)
        self.assert_finished()

    def test_state(self):
        """Its form, byte for byte, is that of the first version."""
        self.arrive("one")
        self.assertEqual(self.names("--since=1h"), ["one"])
        (name, text), = self.state_files().items()
        folder = urllib.parse.quote(OUTGOING)
        self.assertEqual(name, f"{self.user}@localhost:{self.quarantine.port_imap},{folder}")
        self.assertRegex(text, rf"\Aquarantine-report state 1\nmessages {re.escape(name)}\n"
                               r"uidvalidity [1-9][0-9]*\nlast-uid 1\n\Z")


class AtOnce(NewOnlyTest):

    def setUp(self):
        super().setUp()
        (self.directory / "config").write_text("[profile east]\n[profile west]\n")
        self.arrive("one")

    def profile(self, name):
        return [f"--config={self.directory}/config", f"--profile={name}",
                f"--state-dir={self.state}", "--since=1h"]

    @contextlib.contextmanager
    def one_under_way(self, *options):
        """A run that has begun and waits for a server."""
        with quarantine_case.Relay(self.quarantine.port_imap,
                                   quarantine_case.stall_at_once) as relay:
            arguments = [*self.log_in(f"localhost:{relay.port}"), "--timeout=3600", "--deadline=0",
                         *options]
            with self.running(arguments) as process:
                self.assertTrue(relay.stalled.wait(PATIENCE))
                yield process

    def check_kept_away(self, process, arguments):
        result, found = self.report_new(arguments=[*self.log_in(), *arguments], status=TEMPORARY)
        self.assertEqual(found, [])
        self.assertIn(f"(process {process.pid})", result.stderr.decode())

    def check_runs(self, *arguments):
        self.assertEqual(self.names(arguments=[*self.log_in(), *arguments]), ["one"])

    def test_profiles(self):
        for new in ([], ["--new-only"]):
            with self.subTest(new), self.one_under_way(*self.profile("east"), *new) as process:
                self.check_kept_away(process, [*self.profile("east"), *new])
                self.check_kept_away(process, self.profile("east"))
                self.check_runs(*self.profile("west"), *new)
                process.kill()      # as hard as it gets: nobody can hold the lock any longer
                process.wait()
                self.check_runs(*self.profile("east"), *new)

    def test_without_a_profile(self):
        new = ["--new-only", f"--state-dir={self.state}", "--since=1h"]
        with self.one_under_way(*new) as process:
            self.check_kept_away(process, new)
            self.check_runs("--new-only", f"--state-dir={self.directory}/elsewhere", "--since=1h")
            self.check_runs("--since=1h")       # it needs no state
            self.check_runs(*self.profile("east"), "--new-only")

    def test_no_place_for_the_lock(self):
        """A run that needs no more than that goes on without."""
        profile = [f"--config={self.directory}/config", "--profile=east", "--since=1h"]
        for options, environment in ((["--state-dir=/dev/null/state"], {}), ([], {"HOME": ""})):
            with self.subTest(options):
                result, found = self.report_new(
                    arguments=[*self.log_in(), *profile, *options], environment=environment)
                self.assertEqual(found, [(OUTGOING, "one")])
                self.assertIn("nothing keeps another run of this profile away",
                              result.stderr.decode())

    def test_lock_of_others(self):
        """A folder that others may write to is refused for a lock, too."""
        self.state.mkdir()
        self.state.chmod(0o777)
        self.report_new(arguments=[*self.log_in(), *self.profile("east")], status=CONFIG)


if __name__ == "__main__":
    runner.main()
