"""Runs the program under test, and the scripted IMAP peer, for the system tests.

Environment: QR is the path of quarantine-report; IMAP_PEER that of imap_peer
(else it is looked for below the working directory and beside QR).

A test file defines classes derived from SystemTest and ends with
runner.main(). Exit status: 0 all passed, 1 not, 77 nothing could be tested: each
test was skipped, and the last line says why.
"""

import base64
import csv
import os
import pathlib
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent / "scripts"

# For a build with sanitizers: leaks that are libetpan's.
LSAN_OPTIONS = (f"suppressions={pathlib.Path(__file__).resolve().parent / 'lsan.suppressions'}"
                ":print_suppressions=0")

USER = "global"
PASSWORD = 'Zq7-kLm3 "x\\y%s'
MEMORY_LIMIT_KIB = 64 * 1024

HEADER = ("#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,"
          "Auth.sender,Auth-User,Auth-Email")

# A client that is slower than this on a loopback hangs, however busy the machine is.
RUN_TIMEOUT = 180

# Milliseconds that a second of a pause between retries takes; what the program says of it stays.
PAUSE_SECOND_MS = 5

# What the peer may take to read the rest of what a client sent.
PEER_PATIENCE = 30

# Seconds of a limit that a run is to meet at one place, and that what comes before must not.
LIMITS = (2, 10, 40)

# Seconds until whoever writes into a folder that is removed has to be through.
REMOVE_PATIENCE = 60

_POLL_SECONDS = 0.01


def program():
    return os.environ.get("QR")


def peer_program():
    candidates = [pathlib.Path("tests/support/imap_peer")]
    if program():
        beside = pathlib.Path(program()).resolve().parent
        candidates += [beside / "tests/support/imap_peer", beside / "imap_peer"]
    if os.environ.get("IMAP_PEER"):
        candidates = [pathlib.Path(os.environ["IMAP_PEER"])]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate.resolve())
    raise RuntimeError("imap_peer is not built; set IMAP_PEER to its path")


def keep_clear_of_midnight(seconds=120):
    """For what counts days, of UTC: none begins in so many seconds."""
    left = 86400 - time.time() % 86400
    if left < seconds:
        time.sleep(left + 1)


def is_sanitized(path):
    """True when the binary was built with -fsanitize=address: it takes far more memory."""
    return b"__asan_init" in pathlib.Path(path).read_bytes()


def inherited():
    """What a program under test gets of our own environment besides PATH.

    That is: the sanitizers' options, and the clock of whoever runs the tests by tests/support/at.
    """
    clock = {"CLOCK_AHEAD", "LD_PRELOAD"} if "CLOCK_AHEAD" in os.environ else set()
    return {name: value for name, value in os.environ.items()
            if name.endswith("SAN_OPTIONS") or name in clock}


def secrets_of(password):
    """The password as it might leak: itself, and as AUTHENTICATE PLAIN sends it."""
    plain = base64.b64encode(b"\0" + USER.encode() + b"\0" + password.encode())
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    return [password.encode(), quoted.encode(), plain]


class Folder(tempfile.TemporaryDirectory):
    """A temporary one, which goes also while a process that is dying makes its last file in it."""

    def cleanup(self):
        until = time.monotonic() + REMOVE_PATIENCE
        while True:
            try:
                return super().cleanup()
            except OSError:
                if time.monotonic() > until:
                    raise
            time.sleep(_POLL_SECONDS)


class Result:
    """What a finished run left. `files` maps the names in its working directory to their bytes."""

    def __init__(self):
        self.command = []
        self.status = None      # exit status; None when ended by a signal
        self.signal = None
        self.timed_out = False
        self.seconds = 0.0
        self.peak_kib = 0       # see _wait()
        self.stdout = b""
        self.stderr = b""
        self.files = {}

    def __str__(self):
        how = "timed out" if self.timed_out else f"status {self.status}, signal {self.signal}"
        return (f"\n$ {shlex.join(self.command)}\n{how} after {self.seconds:.1f} s, "
                f"{self.peak_kib} KiB\nstderr: {self.stderr[-3000:].decode(errors='replace')}")

    def rows(self, name=None):
        """The CSV file of that name, or standard output, as a list of dicts."""
        data = self.stdout if name is None else self.files[name]
        return list(csv.DictReader(data.decode().splitlines(keepends=True)))


def _peak_now(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.M)
    return int(found[1]) if found else 0


def _wait(process, timeout, result):
    """Fills in how the process ended and its memory.

    wait4(2) has the exact peak, except that the kernel also counts the copy of this interpreter
    that the child was before exec. Below the interpreter's own size only what was seen in /proc
    while the program ran is known, which may be less than the peak.
    """
    start = time.monotonic()
    seen = 0
    ending = os.pidfd_open(process.pid)
    try:
        while True:
            seen = max(seen, _peak_now(process.pid))
            if select.select([ending], [], [], _POLL_SECONDS)[0]:
                break
            if time.monotonic() - start > timeout and not result.timed_out:
                result.timed_out = True
                process.kill()
    finally:
        os.close(ending)
    _, status, usage = os.wait4(process.pid, 0)
    own = _peak_now(os.getpid())
    result.seconds = time.monotonic() - start
    result.peak_kib = usage.ru_maxrss if usage.ru_maxrss > own else seen
    if os.WIFSIGNALED(status):
        result.signal = os.WTERMSIG(status)
    else:
        result.status = os.WEXITSTATUS(status)
    process.returncode = os.waitstatus_to_exitcode(status)


def run(arguments, *, wrapper=(), timeout=RUN_TIMEOUT, environment=None, stdin=b""):
    """Runs the program in an empty directory of its own, without a terminal.

    `wrapper` is a command to run it by. Everything but PATH and inherited() is kept out of its
    environment, so that it reads no configuration but that of the system.
    """
    result = Result()
    result.command = [*wrapper, program(), *arguments]
    with Folder(prefix="qr-run-") as directory, \
            tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error, \
            tempfile.TemporaryFile() as given:
        base = pathlib.Path(directory)
        (base / "home").mkdir()
        (base / "work").mkdir()
        given.write(stdin)
        given.seek(0)
        variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8",
                     "TZ": "UTC", "HOME": str(base / "home"),
                     "LSAN_OPTIONS": LSAN_OPTIONS, "QR_PAUSE_SECOND_MS": str(PAUSE_SECOND_MS)}
        variables |= inherited() | (environment or {})
        process = subprocess.Popen(result.command, cwd=base / "work", env=variables, stdin=given,
                                   stdout=out, stderr=error, start_new_session=True)
        _wait(process, timeout, result)
        for stream, name in ((out, "stdout"), (error, "stderr")):
            stream.seek(0)
            setattr(result, name, stream.read())
        result.files = {p.name: p.read_bytes() for p in (base / "work").iterdir()}
    return result


def has_open_connection(port):
    """Whether a server at this port has not closed all that clients have opened.

    What it has not accepted yet counts, and what it has said the end of, but still reads.
    """
    whole, half = {"01", "08"}, {"04", "05", "09", "0B"}  # the states of linux/tcp_states.h
    for name in ("tcp", "tcp6"):
        path = pathlib.Path("/proc/net") / name
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            _, local, _, state, *_, inode = line.split()[:10]
            if int(local.rpartition(":")[2], 16) == port and (
                    state in whole or state in half and inode != "0"):
                return True
    return False


def wait_for_rest(port):
    """Until a server at this port has done all that clients asked which have ended since."""
    patience = time.monotonic() + PEER_PATIENCE
    while has_open_connection(port) and time.monotonic() < patience:
        time.sleep(_POLL_SECONDS)


class Peer:
    """The scripted IMAP peer, as a context manager; afterwards `log` has its lines."""

    def __init__(self, script=None, *, text=None, options=(), timeout=RUN_TIMEOUT + 15):
        self.script, self.text = script, text
        self.options = [str(option) for option in options]
        self.timeout = timeout
        self.port = None
        self.status = None
        self.log = []

    def __enter__(self):
        self._directory = Folder(prefix="qr-peer-")
        base = pathlib.Path(self._directory.name)
        command = [peer_program(), "--log", str(base / "log"), "--timeout", str(self.timeout)]
        if self.text is not None:
            (base / "script").write_text(self.text)
            command += ["--script", str(base / "script")]
        elif self.script is not None:
            command += ["--script", str(SCRIPTS / self.script)]
        self._process = subprocess.Popen(command + self.options, stdout=subprocess.PIPE)
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise RuntimeError(f"the peer did not start: {shlex.join(command)}")
        self.port = int(line)
        return self

    def __exit__(self, *unused):
        base = pathlib.Path(self._directory.name)
        if self._process.poll() is None:
            # Let it finish the lines of connections that have ended; not one that it stalls.
            wait_for_rest(self.port)
            self._process.terminate()
        self.status = self._process.wait()
        self._process.stdout.close()
        if (base / "log").exists():
            self.log = (base / "log").read_text().splitlines()
        self._directory.cleanup()

    def commands(self):
        """The commands of all connections, without number and tag."""
        return [line.split(" ", 3)[3] for line in self.log
                if re.match(r"\d+ C: \S+ \S", line)]

    def verbs(self):
        found = []
        for command in self.commands():
            words = command.upper().split()
            found.append(" ".join(words[:2]) if words[0] == "UID" else words[0])
        return found

    def bytes_seen(self):
        """All lines, also unfinished ones, that came from the client."""
        return [line for line in self.log if re.match(r"\d+ C(-unfinished)?: ", line)]

    def logins(self):
        return [line for line in self.bytes_seen()
                if re.search(r"LOGIN|AUTHENTICATE", line, re.I)]


def closed_port():
    """A socket bound to a port where nobody listens; keep it as long as the port matters."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, holder.getsockname()[1]


class SystemTest(unittest.TestCase):
    """Assertions that hold for each run of the program."""

    READ_ONLY = {"CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID", "LIST", "STATUS",
                 "EXAMINE", "SEARCH", "UID SEARCH", "FETCH", "UID FETCH", "IDLE", "NOOP",
                 "LOGOUT"}

    PLACE = None    # of the folder of each test; None: the usual one

    def fake_clock(self):
        """What LD_PRELOAD is to have for another time of day; skips where that cannot be."""
        library = pathlib.Path(os.environ.get("TOP_BUILDDIR", "."),
                               "tests/support/fake_clock.so").resolve()
        if not library.exists():
            self.skipTest("fake_clock.so is missing (make check TESTS= builds it)")
        if is_sanitized(program()):
            self.skipTest("the address sanitizer wants to be the first library")
        return str(library)

    def clock_ahead(self, seconds):
        """The environment of a run whose clock is so far ahead of the test's, which may be another
        than the machine's (tests/support/at); skips as fake_clock() does."""
        own = int(os.environ.get("CLOCK_AHEAD", "0"))
        return {"LD_PRELOAD": self.fake_clock(), "CLOCK_AHEAD": str(own + seconds)}

    def setUp(self):
        directory = Folder(prefix="qr-test-", dir=self.PLACE)
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.password_file = self.directory / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)

    def login(self, host, *options):
        """Arguments that name a server and a way to log in."""
        return ["-s", host, "-u", USER, f"--password-file={self.password_file}", *options]

    def run_program(self, arguments, *, files=(), **how):
        """Runs and checks what must hold however it ends; `files` are those it may leave."""
        result = run(arguments, **how)
        self.assertFalse(result.timed_out, f"it hangs{result}")
        self.assertIsNone(result.signal, f"it crashed{result}")
        for mark in (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:"):
            self.assertNotIn(mark, result.stderr, str(result))
        if not is_sanitized(program()):
            self.assertLessEqual(result.peak_kib, MEMORY_LIMIT_KIB, f"too much memory{result}")
        self.assert_no_secret(result)
        self.assert_printable(result.stderr)
        unexpected = set(result.files) - set(files)
        self.assertFalse(unexpected, f"files left behind: {unexpected}{result}")
        return result

    def skip_when_files_are_old(self):
        """At another time (tests/support/at): files have that of the system."""
        if "CLOCK_AHEAD" in os.environ:
            self.skipTest("how old a file is depends on the system's clock")

    def run_into_limit(self, run, arrived):
        """The result of run(seconds), with a longer limit each time until arrived(result).

        It says whether the run came to where the limit is to end it: a busy machine may need a short
        one for what comes before.
        """
        for seconds in LIMITS:
            result = run(seconds)
            if arrived(result):
                return result
        return self.fail(f"it does not come so far in {seconds} s: {result}")

    def assert_no_secret(self, result, password=PASSWORD):
        for secret in secrets_of(password):
            self.assertNotIn(secret, result.stderr, "the password is on stderr")
            self.assertNotIn(secret, result.stdout, "the password is on stdout")
            for name, data in result.files.items():
                self.assertNotIn(secret, data, f"the password is in {name}")

    def assert_printable(self, data):
        """What goes to a terminal: UTF-8 without control characters."""
        text = data.decode()
        bad = re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        self.assertFalse(bad, f"control characters in {text!r}")

    def assert_status(self, result, *allowed):
        self.assertIn(result.status, allowed, f"exit status, wanted {allowed}{result}")

    def assert_read_only(self, peer):
        self.assertLessEqual(set(peer.verbs()), self.READ_ONLY, "commands that may write")


def _leave_configuration(home):
    """For programs that tests start by themselves: no configuration of whoever runs the tests.

    What is in /etc only --config can leave out.
    """
    for name in [name for name in os.environ if name.startswith("QUARANTINE_REPORT_")]:
        del os.environ[name]
    os.environ |= {"HOME": home, "XDG_CONFIG_HOME": f"{home}/.config"}


def _ignore_for_ourselves():
    """A shell that runs the tests in the background has all that they start ignore SIGINT.

    What has a handler is as it should be in the programs that we start.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


class _Outcome(unittest.TextTestResult):
    """Counts what ran and was right: whether `testsRun` has what was skipped differs, for a class, a
    module and a part of a test (subTest), and by the version of Python."""

    def __init__(self, *arguments, **names):
        super().__init__(*arguments, **names)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        self.passed += err is None

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.passed += 1

    def status(self):
        """For make check; says why when there is nothing to show."""
        if not self.wasSuccessful():
            return 1
        if self.passed:
            return 0
        reasons = sorted({reason for _, reason in self.skipped})
        print("SKIP: " + "; ".join(reasons) if reasons else "no test was found", flush=True)
        return 77 if reasons else 1


def main(needs_program=True):
    """Runs the tests of the file, or those that the command line names, and exits."""
    _ignore_for_ourselves()
    if needs_program:
        _find_program()
    shown = unittest.TextTestRunner(verbosity=2, resultclass=_Outcome)
    with tempfile.TemporaryDirectory(prefix="qr-home-") as home:
        _leave_configuration(home)
        outcome = unittest.main(testRunner=shown, exit=False).result
    sys.exit(outcome.status())


def _find_program():
    if not program():
        print("SKIP: QR is not set to the path of quarantine-report")
        sys.exit(77)
    if not os.access(program(), os.X_OK):
        sys.exit(f"QR={program()} cannot be run")
    os.environ["QR"] = str(pathlib.Path(program()).resolve())
