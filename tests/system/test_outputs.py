"""Where reports go: files that appear whole or not at all, full disks, pipes, signals, argv."""

import array
import fcntl
import itertools
import mmap
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import namespaces  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import NOW, OUTGOING, TODAY, YESTERDAY  # noqa: E402

USAGE, CREATE, IO, TEMPORARY, NOFOLDER, LOGIN = 64, 73, 74, 75, 66, 77

DAY = [f"--timezone={quarantine_case.ZONE}", f"--date={YESTERDAY}"]
OLD = b"the report of another day\r\n"
NOBODY, ANOTHER = 65534, 65533

SIGPIPE_STATUS = 128 + signal.SIGPIPE


def closed_pipe(action):
    """Starts the program with standard output at a pipe that nobody reads; its status is as a shell
    tells it. SIGPIPE is as the action says: SIG_DFL is what a shell has."""
    return [sys.executable, "-c", f"""
import os, signal, subprocess, sys
signal.signal(signal.SIGPIPE, signal.{action})
read, write = os.pipe()
os.close(read)
status = subprocess.run(sys.argv[1:], stdout=write, restore_signals=False).returncode
sys.exit(status if status >= 0 else 128 - status)
"""]


def shell(script):
    """A command that runs another within a shell script, as "$@"."""
    return ["sh", "-c", script, "sh"]


class OutputTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        self.out = self.directory / "out"
        self.out.mkdir()
        self.path = self.out / "report.csv"

    def left(self):
        return sorted(entry.name for entry in self.out.iterdir())

    def as_nobody(self):
        """For root: a wrapper by which an ordinary user runs the program."""
        if not shutil.which("setpriv"):
            self.skipTest("no setpriv to stop being root with")
        wrapper = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        # Of the password file, the folder and the program that user sees enough?
        os.chown(self.password_file, NOBODY, NOBODY)
        self.directory.chmod(0o755)
        if subprocess.run([*wrapper, runner.program(), "--version"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("other users cannot run the program where it is")
        return wrapper

    def assert_old_file_only(self):
        self.assertEqual(self.left(), [self.path.name])
        self.assertEqual(self.path.read_bytes(), OLD)


class Files(OutputTest):

    def test_mode(self):
        for mask in ("000", "022", "077"):
            for old in (False, True):
                with self.subTest(umask=mask, old=old):
                    if old:
                        self.path.write_bytes(OLD)
                        self.path.chmod(0o644)
                    self.quiet_report(*DAY, f"--csv={self.path}",
                                      wrapper=shell(f'umask {mask} && exec "$@"'))
                    self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
                    self.assertTrue(self.path.read_bytes().startswith(runner.HEADER.encode()))
                    self.assertEqual(self.left(), [self.path.name])

    def test_replaced_as_a_whole(self):
        self.path.write_bytes(OLD * 10000)
        self.quiet_report(*DAY, f"--csv={self.path}")
        self.assertEqual(self.path.read_bytes(), self.quiet_report(*DAY, "--csv=-").stdout)
        self.assertEqual(self.left(), [self.path.name])

    def test_named_pipe(self):
        os.mkfifo(self.path)
        result = self.quiet_report(*DAY, f"--csv={self.path}",
                                   wrapper=shell(f'cat "{self.path}" & "$@"; s=$?; wait; exit $s'))
        self.assertEqual(result.stdout, self.quiet_report(*DAY, "--csv=-").stdout)
        self.assertTrue(stat.S_ISFIFO(self.path.stat().st_mode))

    def test_no_such_folder(self):
        result = self.report(*DAY, f"--csv={self.out}/none/report.csv", status=CREATE)
        self.assertIn(b"none/report.csv", result.stderr)
        self.assertEqual(self.left(), [])

    def test_file_as_folder(self):
        self.path.write_bytes(OLD)
        self.report(*DAY, f"--csv={self.path}/report.csv", status=CREATE)
        self.assert_old_file_only()

    def test_folder_as_file(self):
        self.path.mkdir()
        self.report(*DAY, f"--csv={self.path}", status=CREATE)
        self.assertEqual(self.left(), [self.path.name])
        self.assertEqual(list(self.path.iterdir()), [])

    def test_unwritable_folder(self):
        """As a user who may look into the folder but not write there."""
        wrapper = self.as_nobody() if os.getuid() == 0 else ()
        self.path.write_bytes(OLD)
        self.out.chmod(0o555)
        try:
            login = [*self.login(f"localhost:{self.quarantine.port_imaps}"),
                     f"--fingerprint={self.quarantine.fingerprint}", *DAY]
            for name in ("report.csv", "new.csv"):
                result = self.run_program([*login, f"--csv={self.out}/{name}"], wrapper=wrapper)
                self.assert_status(result, CREATE)
                self.assertIn(name.encode(), result.stderr)
                self.assert_old_file_only()
        finally:
            self.out.chmod(0o755)

    def test_failed_runs_leave_the_old_file(self):
        wrong = self.directory / "wrong"
        wrong.write_text("wrong\n")
        wrong.chmod(0o600)
        for options, status in (([f"--password-file={wrong}"], LOGIN),
                                (["--outgoing-folder=Nowhere"], NOFOLDER),
                                (["-i", "-o", "--incoming-folder=Nowhere"], NOFOLDER),
                                (["--columns=Colour"], USAGE)):
            with self.subTest(options=options):
                self.path.write_bytes(OLD)
                self.report(*DAY, f"--csv={self.path}", *options, status=status)
                self.assert_old_file_only()
                self.path.unlink()
                self.report(*DAY, f"--csv={self.path}", *options, status=status)
                self.assertEqual(self.left(), [])


class AsleepReader(OutputTest):
    """Somebody has the pipe open and does not read it: the deadline holds, and a signal."""

    def run_into(self, arguments, end):
        """The status of a run whose pipe is full, and its words."""
        reader, writer = os.pipe()
        try:
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            # Full but for less than a report takes.
            os.write(writer, b"x" * 4096)
            process = subprocess.Popen(
                [runner.program(), *self.trust(), *DAY, *arguments], stdout=writer,
                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                end(process)
                _, error = process.communicate(timeout=runner.RUN_TIMEOUT)
            finally:
                process.kill()
            return process.returncode, error.decode()
        finally:
            os.close(reader)
            os.close(writer)

    def test_deadline(self):
        for option in ("-d", "--csv=-", "--csv=/dev/stdout"):
            with self.subTest(option):
                status, _ = self.run_into_limit(
                    lambda seconds: self.run_into([option, f"--deadline={seconds}"],
                                                  lambda process: None),
                    lambda result: "nobody reads what is written: the deadline" in result[1])
                self.assertEqual(status, TEMPORARY)

    def test_signal(self):
        def end(process):
            self.wait_for(lambda: catches(process.pid, signal.SIGTERM), "its handler")
            time.sleep(0.5)  # so that it most likely waits for the pipe; before that it ends as well
            process.terminate()
        status, error = self.run_into(["-d"], end)
        self.assertEqual(status, 128 + signal.SIGTERM, error)


def has_attributes(folder):
    """Whether files there can have extended attributes."""
    path = pathlib.Path(folder, "probe")
    path.touch()
    try:
        os.setxattr(path, "user.probe", b"1")
    except OSError:
        return False
    finally:
        path.unlink()
    return True


class DefaultNames(OutputTest):
    """A file that nobody named takes the place of none that is about something else."""

    SERVER = {"users": {runner.USER: runner.PASSWORD, "empty": runner.PASSWORD}}

    def there(self, *options):
        return self.report("-c", *options, wrapper=["env", "-C", str(self.out)])

    def test_periods(self):
        midnight = f"{YESTERDAY}T00:00"
        for options, name in (
                ([f"--date={YESTERDAY}"], YESTERDAY),
                ([f"--since={midnight}", f"--until={YESTERDAY}T00:10"],
                 f"{YESTERDAY}_{YESTERDAY}T001000"),
                ([f"--since={YESTERDAY}T00:10", f"--until={TODAY}"],
                 f"{YESTERDAY}T001000_{YESTERDAY}"),
                ([f"--since={YESTERDAY}", f"--until={TODAY}T00:10"],
                 f"{YESTERDAY}_{TODAY}T001000"),
                ([f"--since=2026-01-01", f"--until={TODAY}"], f"2026-01-01_{YESTERDAY}")):
            with self.subTest(name):
                result = self.there(f"--timezone={quarantine_case.ZONE}", *options)
                self.assertEqual(self.left(), [f"quarantine-outgoing-{name}.csv"])
                self.assertEqual(result.stderr, b"")
                (self.out / f"quarantine-outgoing-{name}.csv").unlink()

    def test_users(self):
        """The second user's report does not replace the first one's; the same user's does."""
        if not has_attributes(self.out):
            self.skipTest("the file system has no extended attributes")
        plain = f"quarantine-outgoing-{YESTERDAY}.csv"
        self.there(*DAY)
        first = (self.out / plain).read_bytes()
        self.there(*DAY, "-u", "empty")
        other = f"quarantine-outgoing-{YESTERDAY}-empty@localhost_{self.quarantine.port_imaps}.csv"
        self.assertEqual(self.left(), [other, plain])
        self.assertEqual((self.out / plain).read_bytes(), first)
        self.there(*DAY, "-u", "empty")
        self.there(*DAY)
        self.assertEqual(self.left(), [other, plain])

    def test_replaced(self):
        """Said to those who look."""
        said = self.there(*DAY, "-v").stderr
        self.assertNotIn(b"replaced", said)
        self.assertIn(f"quarantine-report: written: 'quarantine-outgoing-{YESTERDAY}.csv'\n".encode(),
                      said)
        self.assertEqual(self.there(*DAY).stderr, b"")
        self.assertIn(f"'quarantine-outgoing-{YESTERDAY}.csv' was there before, and is replaced"
                      .encode(), self.there(*DAY, "-v").stderr)


class Planted(OutputTest):
    """What somebody may put under the name of an output to get the report, or to stop it."""

    def setUp(self):
        super().setUp()
        self.path = self.out / f"quarantine-outgoing-{YESTERDAY}.csv"

    def there(self, *options, status, wrapper=()):
        """A run in the output folder."""
        return self.report(*DAY, *options, status=status,
                           wrapper=["env", "-C", str(self.out), *wrapper])

    def read_end(self, path):
        """Somebody reads the pipe."""
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        return fd

    def test_default_name(self):
        """Not even our own pipe or device: nobody has asked for that."""
        target = self.directory / "pipe"
        os.mkfifo(target)
        reader = self.read_end(target)
        for kind, plant in (("pipe", lambda: os.mkfifo(self.path)),
                            ("link to a pipe", lambda: self.path.symlink_to(target)),
                            ("link to a device", lambda: self.path.symlink_to("/dev/null"))):
            with self.subTest(kind):
                plant()
                result = self.there("-c", status=CREATE)
                self.assertIn(b"is no file", result.stderr)
                self.assertEqual(self.left(), [self.path.name])
                self.path.unlink()
        self.assertEqual(os.read(reader, 1), b"")

    def test_of_another_user(self):
        """Also by name, by root and by an ordinary user."""
        if os.getuid() != 0:
            self.skipTest("only root can give a file away")
        nobody = self.as_nobody()
        self.out.chmod(0o777)
        pipe, link = self.out / "pipe", self.out / "link"
        os.mkfifo(pipe)
        pipe.chmod(0o666)
        link.symlink_to("/dev/null")
        reader = self.read_end(pipe)
        for path in pipe, link:
            os.chown(path, ANOTHER, ANOTHER, follow_symlinks=False)
        for wrapper in (), nobody:
            for path in pipe, link:
                with self.subTest(path=path.name, wrapper=wrapper):
                    os.chown(self.password_file, *((NOBODY,) * 2 if wrapper else (0, 0)))
                    result = self.there(f"--csv={path}", status=CREATE, wrapper=wrapper)
                    self.assertIn(b"of another user", result.stderr)
        self.assertEqual(os.read(reader, 1), b"")
        os.chown(link, 0, 0, follow_symlinks=False)
        self.there(f"--csv={link}", status=0, wrapper=nobody)

    def test_nobody_reads(self):
        os.mkfifo(self.path)
        result = self.there(f"--csv={self.path}", "--deadline=1", status=TEMPORARY)
        self.assertIn(b"nobody reads the pipe", result.stderr)

    def test_nobody_reads_until_a_signal(self):
        os.mkfifo(self.path)
        with self.running([*self.trust(), *DAY, f"--csv={self.path}", "--deadline=0"]) as process:
            self.wait_for(lambda: catches(process.pid, signal.SIGTERM), "its handler")
            time.sleep(0.3)  # so that it most likely waits for the pipe; before that it ends as well
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.end_of(process)[0], 128 + signal.SIGTERM)

    def test_reader_comes_late(self):
        os.mkfifo(self.path)
        want = self.quiet_report(*DAY, "--csv=-").stdout
        script = f'(sleep 0.5; cat "{self.path}") & "$@"; s=$?; wait; exit $s'
        self.assertEqual(self.quiet_report(*DAY, f"--csv={self.path}",
                                           wrapper=shell(script)).stdout, want)


class KilledWhileItReads(OutputTest):

    def test_nothing_is_left(self):
        """Where the file system has files without a name, not even a temporary one."""
        try:
            os.close(os.open(self.out, os.O_TMPFILE | os.O_RDWR))
        except OSError:
            self.skipTest("no files without a name here")
        relay = quarantine_case.Relay(self.quarantine.port_imap,
                                      quarantine_case.stall_after(b"\r\nFrom: ", 5))
        self.enterContext(relay)
        with self.running([*self.plain(relay.port), *DAY, f"--csv={self.path}",
                           f"--html={self.out}/page.html"]) as process:
            self.assertTrue(relay.stalled.wait(quarantine_case.PATIENCE))
            process.kill()
            self.end_of(process)
        self.assertEqual(self.left(), [])


class FullDisk(OutputTest):

    def test_standard_output(self):
        full = shell('exec "$@" > /dev/full')
        for options in (["-d"], ["--csv=-"], ["-i", "-o", "--columns=all"]):
            with self.subTest(options=options):
                result = self.report(*DAY, *options, status=IO, wrapper=full)
                self.assertIn(b"No space left", result.stderr)
        for option in ("--help", "--version", "--show-config"):
            with self.subTest(option=option):
                result = self.run_program([*self.login("localhost"), option], wrapper=full)
                self.assert_status(result, IO)
                self.assertIn(b"No space left", result.stderr)

    def test_nothing_but_the_header(self):
        for options in (["-d"], ["--csv=-"]):
            self.report("--date=2026-01-01", *options, status=IO,
                        wrapper=shell('exec "$@" > /dev/full'))

    def test_device_as_file(self):
        result = self.report(*DAY, "--csv=/dev/full", status=IO)
        self.assertIn(b"No space left", result.stderr)

    def test_display_fails_beside_a_file(self):
        self.path.write_bytes(OLD)
        self.report(*DAY, "-d", f"--csv={self.path}", status=IO,
                    wrapper=shell('exec "$@" > /dev/full'))
        self.assert_old_file_only()

    def test_closed_standard_output(self):
        self.report(*DAY, "-d", status=IO, wrapper=shell('exec "$@" >&-'))

    def test_size_limit(self):
        # 4 blocks of 512 bytes.
        self.path.write_bytes(OLD)
        result = self.report(*DAY, f"--csv={self.path}", status=IO,
                             wrapper=shell('ulimit -f 4 && exec "$@"'))
        self.assertIn(b"File too large", result.stderr)
        self.assert_old_file_only()

    def test_no_space(self):
        """On a file system of two pages, one of which the old file has."""
        script = (f'mount -t tmpfs -o size=8k,mode=700 none "{self.out}" && '
                  f'cp "{self.directory}/old" "{self.path}" || exit 99; "$@"; status=$?; '
                  f'ls -A "{self.out}" > "{self.directory}/left"; '
                  f'cp "{self.path}" "{self.directory}/after"; exit $status')
        (self.directory / "old").write_bytes(OLD)
        wrapper = namespaces.private_mounts(script)
        if wrapper is None:
            self.skipTest("nothing can be mounted here")
        result = self.report(*DAY, f"--csv={self.path}", "--columns=all", status=IO,
                             wrapper=wrapper)
        self.assertIn(b"No space left", result.stderr)
        self.assertEqual((self.directory / "after").read_bytes(), OLD)
        self.assertEqual((self.directory / "left").read_text().split(), [self.path.name])


# Messages that are asked for before it is proven which of them are wanted (FOLDER_FIRST).
EARLY = 64


class ClosedPipe(OutputTest):

    MESSAGES = 1500  # more than a pipe holds

    @classmethod
    def fill(cls, quarantine):
        for number in range(cls.MESSAGES):
            quarantine.deliver(OUTGOING, b"From: sender%d@example.com\nTo: %s\n\n" % (
                number, b"victim@example.net, " * 5), NOW)

    OPTIONS = (["-d"], ["--csv=-"], ["--json=-"], ["--tsv=-"], ["--html=-"], ["--explain"],
               ["--top=3"], ["--identity-report=-"], ["--csv=/dev/stdout"], ["--check"])

    def test_from_the_start(self):
        """As any filter: it ends by SIGPIPE, and says nothing."""
        for options in self.OPTIONS:
            with self.subTest(options=options):
                result = self.report(f"--date={TODAY}", *options, status=SIGPIPE_STATUS,
                                     wrapper=closed_pipe("SIG_DFL"))
                self.assertEqual(result.stderr, b"")

    def test_other_outputs_are_given_up(self):
        self.path.write_bytes(OLD)
        self.report(f"--date={TODAY}", f"--csv={self.path}", "-d", f"--json={self.out}/new.jsonl",
                    status=SIGPIPE_STATUS, wrapper=closed_pipe("SIG_DFL"))
        self.assert_old_file_only()
        self.assertEqual(self.path.read_bytes(), OLD)

    def test_who_ignores_the_signal_hears_of_the_error(self):
        for options in self.OPTIONS:
            with self.subTest(options=options):
                result = self.report(f"--date={TODAY}", *options, status=IO,
                                     wrapper=closed_pipe("SIG_IGN"))
                self.assertIn(b"Broken pipe", result.stderr)

    def test_help(self):
        for option in ("--help", "--version", "--show-config"):
            result = self.run_program([option], wrapper=closed_pipe("SIG_DFL"))
            self.assert_status(result, SIGPIPE_STATUS)
            self.assertEqual(result.stderr, b"")

    def test_another_pipe(self):
        """One that a file names is no standard output: that its reader has gone is an error."""
        fifo = self.out / "fifo"
        os.mkfifo(fifo)
        with self.running([*self.trust(), f"--date={TODAY}", f"--csv={fifo}"],
                          stdout=subprocess.PIPE) as process:
            with fifo.open("rb") as reader:
                reader.readline()
            status, error = self.end_of(process)
        self.assertEqual(status, IO, error)
        self.assertIn(b"Broken pipe", error)

    def test_in_the_middle(self):
        for options in (["-d"], ["--csv=-"]):
            with self.subTest(options=options), self.running(
                    [*self.trust(), f"--date={TODAY}", *options],
                    stdout=subprocess.PIPE) as process:
                self.assertEqual(process.stdout.readline().strip(), runner.HEADER.encode())
                process.stdout.close()
                status, error = self.end_of(process)
                self.assertEqual((status, error), (-signal.SIGPIPE, b""))

    def test_as_head_does(self):
        result = self.report(f"--date={TODAY}", "-d", wrapper=shell('"$@" | head -n 3'))
        self.assertEqual(len(result.stdout.splitlines()), 3)

    def test_lines_come_as_they_pass(self):
        """Each message is flushed: what the server has answered so far is to be seen.

        But the first ones, which are asked for before it is known which they are, wait for that.
        """
        answered = 3 * EARLY
        with quarantine_case.Relay(self.quarantine.port_imap, quarantine_case.stall_after(
                b"\r\n)\r\n", answered)) as relay, self.running(
                    [*self.plain(relay.port), f"--date={TODAY}", "-d", "--timeout=600"],
                    stdout=subprocess.PIPE) as process:
            lines = [process.stdout.readline() for _ in range(1 + answered // 2)]
            self.assertTrue(lines[-1].startswith(b"%d," % (answered // 2)), lines[-1])
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            self.assertEqual(self.end_of(process)[0], 128 + signal.SIGTERM)
            self.assertTrue(rest == b"" or rest.endswith(b"\n"), "ended within a line")
            process.stdout.close()


# Where a server can stop to answer: makers of changes for a Relay.
PLACES = {"greeting": lambda: quarantine_case.stall_at_once,
          "login": lambda: quarantine_case.stall_after(b"ready.\r\n"),
          "folder": lambda: quarantine_case.stall_after(b"EXISTS\r\n"),
          "search": lambda: quarantine_case.stall_after(b"* ESEARCH"),
          "in a message": lambda: quarantine_case.stall_after(b"\r\nFrom: ", 5),
          "behind a message": lambda: quarantine_case.stall_after(b"\r\n)\r\n", 5)}


class Signals(OutputTest):

    def stalled(self, change, *options, **how):
        """The program waiting for a server that says no more."""
        relay = quarantine_case.Relay(self.quarantine.port_imap, change)
        self.enterContext(relay)
        process = self.enterContext(self.running(
            [*self.plain(relay.port), *DAY, f"--csv={self.path}", *options], **how))
        self.assertTrue(relay.stalled.wait(quarantine_case.PATIENCE), "nothing came to a stall")
        return process

    def test_each_place(self):
        for number, place, old in itertools.product((signal.SIGINT, signal.SIGTERM), PLACES,
                                                    (False, True)):
            with self.subTest(signal=number.name, place=place, old=old):
                self.path.unlink(missing_ok=True)
                if old:
                    self.path.write_bytes(OLD)
                process = self.stalled(PLACES[place](), "-d")
                process.send_signal(number)
                status, _ = self.end_of(process)
                self.assertEqual(status, 128 + number)
                if old:
                    self.assert_old_file_only()
                else:
                    self.assertEqual(self.left(), [])

    def test_second_signal(self):
        """It ends the process at once, unless the first was quicker. Under the name there is nothing."""
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT),
                              (signal.SIGINT, signal.SIGTERM)):
            with self.subTest(first=first.name, second=second.name):
                process = self.stalled(quarantine_case.stall_after(b"\r\n)\r\n", 5))
                process.send_signal(first)
                process.send_signal(second)
                status, _ = self.end_of(process)
                self.assertIn(status, (128 + first, 128 + second, -second))
                self.assertFalse(self.path.exists())
                if status > 0:
                    self.assertEqual(self.left(), [])
                for temporary in self.out.iterdir():
                    temporary.unlink()

    def test_while_the_password_is_fetched(self):
        with self.running([
                "-s", f"localhost:{self.quarantine.port_imaps}", "--password-command=sleep 60",
                f"--csv={self.path}"]) as process:
            self.wait_for(self.children_of(process), "the password command")
            process.send_signal(signal.SIGINT)
            self.assertEqual(self.end_of(process)[0], 128 + signal.SIGINT)
            self.assertEqual(self.left(), [])

    def children_of(self, process):
        path = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not path.exists():
            self.skipTest("this kernel does not tell a process's children")
        return lambda: path.read_text().strip() != ""

    def test_blocked_on_a_pipe(self):
        """Nobody reads, and the program waits in write(2)."""
        wide = ["--since=2026-02-01", "--until=2026-02-28", "-i", "-o", "--columns=all"]
        read, write = os.pipe()
        try:
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, mmap.PAGESIZE)
            with self.running([*self.trust(), *wide, "-d"], stdout=write) as process:
                self.wait_for(lambda: self.is_stuck(read), "a full pipe")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(self.end_of(process)[0], 128 + signal.SIGTERM)
        finally:
            os.close(read)
            os.close(write)

    def is_stuck(self, pipe):
        """Something is in the pipe, and no more for a while: the next line has no room."""
        before = bytes_in(pipe)
        time.sleep(0.3)
        return bytes_in(pipe) == before > len(runner.HEADER) * 2


def catches(pid, number):
    """True when the process has a handler for the signal."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    mask = re.search(r"^SigCgt:\s*(\w+)", status, re.M)[1]
    return int(mask, 16) >> (number - 1) & 1 == 1


def bytes_in(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


class CommandLine(OutputTest):

    def test_password_is_wiped(self):
        secret = runner.PASSWORD
        for spelling in (["-p", secret], ["-p" + secret], ["-dop", secret], ["-dop" + secret],
                         ["--password", secret], ["--password=" + secret], ["--pass=" + secret],
                         ["--passwor", secret], ["--p", secret], ["--p=" + secret],
                         ["-p", "first one", "-p", secret]):
            with self.subTest(spelling=[word.replace(secret, "*") for word in spelling]), \
                    quarantine_case.Relay(self.quarantine.port_imap,
                                          quarantine_case.stall_after(b"EXISTS\r\n")) as relay, \
                    self.running(["-s", f"127.0.0.1:{relay.port}", "--tls=off", *spelling,
                                  f"--csv={self.path}"]) as process:
                self.assertTrue(relay.stalled.wait(quarantine_case.PATIENCE), "no login")
                line = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
                self.assertIn(b"--tls=off", line)
                self.assertNotIn(secret.encode(), line)
                self.assertNotIn(b"first one", line)
                self.assertNotIn(secret.encode()[1:-1], line)
                process.send_signal(signal.SIGTERM)
                _, error = self.end_of(process)
                warnings = [text for text in error.splitlines() if b"--password-file" in text]
                self.assertEqual(len(warnings), 1, error)
                self.assertRegex(error, rb"--password-command")

    def test_wiped_also_when_refused(self):
        """A wrong option behind it: the message must not hold the password."""
        for arguments in (["-p", "Secret-1", "--nonsense"], ["--nonsense=Secret-1"],
                          ["-p", "Secret-1", "-s", "bad host"], ["-p", "Two", "Secret-1"],
                          ["--password-fil", "x", "-p", "Secret-1", "--date=nonsense"]):
            result = self.run_program(["-s", "localhost", *arguments])
            self.assert_status(result, USAGE)
            self.assertNotIn(b"Secret-1", result.stderr + result.stdout)

    def test_show_config(self):
        result = self.run_program(["-s", "localhost", "-p", "Secret-1", "--show-config"])
        self.assert_status(result, 0)
        self.assertNotIn(b"Secret-1", result.stderr + result.stdout)
        self.assertRegex(result.stdout, rb"(?m)^password\b.*\*")

    def test_environment_of_the_command(self):
        """The child that fetches the password learns no secret."""
        dump = self.directory / "dump"
        result = self.run_program(
            [*self.trust(), "-q", f"--password-command=env > '{dump}'; cat '{self.password_file}'",
             *DAY, "--csv=-"])
        self.assert_status(result, 0)
        self.assertNotIn(runner.PASSWORD, dump.read_text() if dump.exists() else "")

    def test_no_password_no_terminal(self):
        result = self.run_program(["-s", f"localhost:{self.quarantine.port_imaps}", *DAY,
                                   "--csv=new.csv"])
        self.assert_status(result, USAGE)


if __name__ == "__main__":
    runner.main()
