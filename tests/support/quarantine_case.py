"""What the system tests against a real Dovecot have in common.

A test file derives its classes from QuarantineTest, which starts one private
quarantine per class and sees to it that no test changes anything in it.
"""

import base64
import contextlib
import datetime
import os
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import threading
import time
import zoneinfo

import quarantine as quarantines
import runner

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR") or pathlib.Path(__file__).parents[2]).resolve()
SAMPLES = TOP / "samples"

OUTGOING, INCOMING = "Caught (Outgoing)", "Caught"

# When the samples' "today" is. In this zone the day begins and ends at other times than in UTC.
ZONE = "Europe/Berlin"
NOW = datetime.datetime(2026, 2, 11, 12, tzinfo=zoneinfo.ZoneInfo(ZONE))
TODAY, YESTERDAY, OLDER = "2026-02-11", "2026-02-10", "2026-02-08"

# How long a test waits for something to happen before it fails.
PATIENCE = 120
POLL_SECONDS = 0.01
STOP_POLL_SECONDS = 0.05
CHUNK = 65536


def noon_zone():
    """A zone in which it is about noon, so that no test runs into another day."""
    ahead = 12 - datetime.datetime.now(datetime.timezone.utc).hour
    return f"Etc/GMT{-ahead:+d}"    # the sign is that of POSIX


def snapshot(quarantine, user=None):
    """Everything that a client could have changed: folders, counts, UIDs, flags, dates, sizes."""
    seen = {}
    with quarantine.connect(user) as imap:
        # Dovecot marks what it happens to know about new messages.
        folders = sorted(re.sub(rb" ?\\(Un)?[Mm]arked", b"", line)
                         for line in quarantines.checked(imap.list()))
        for line in folders:
            name = re.search(rb'"[^"]*" ("(?:[^"\\]|\\.)*"|\S+)$', line)[1].decode()
            status = quarantines.checked(
                imap.status(name, "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)"))
            count = int(quarantines.checked(imap.select(name, readonly=True))[0])
            messages = (quarantines.checked(
                imap.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE)")) if count else [])
            seen[name] = (status, messages)
    return folders, seen


def load_samples(quarantine):
    quarantines.load_samples(quarantine, SAMPLES, NOW, ZONE)


def sample_files():
    """{(folder, UID): file} of the samples; UIDs count in the manifest's order."""
    files, counts = {}, {}
    for file, folder, *_ in quarantines.read_manifest(SAMPLES):
        counts[folder] = counts.get(folder, 0) + 1
        files[folder, str(counts[folder])] = file
    return files


class QuarantineTest(runner.SystemTest):
    """Derived classes say what is in the quarantine by fill(), and how it is served by SERVER."""

    SERVER = {}
    UNSEEN = ()  # users whose quarantine nobody can look into

    @classmethod
    def fill(cls, quarantine):
        """Delivers messages, before the server starts."""

    @classmethod
    def setUpClass(cls):
        cls.quarantine = quarantines.Quarantine(
            **{"users": {runner.USER: runner.PASSWORD}, **cls.SERVER})
        cls.addClassCleanup(cls.quarantine.stop)
        cls.fill(cls.quarantine)
        cls.quarantine.start()
        cls.at_first = {user: snapshot(cls.quarantine, user) for user in cls.quarantine.users
                        if user not in cls.UNSEEN}

    def setUp(self):
        super().setUp()
        self.touched = {runner.USER.encode()}  # who logged in

    def tearDown(self):
        for user in self.touched & set(self.at_first):
            self.assertEqual(snapshot(self.quarantine, user), self.at_first[user],
                             "the quarantine was changed")

    def trust(self, host=None, port=None):
        """Arguments that reach the quarantine and log in."""
        where = f"{host or self.quarantine.host}:{port or self.quarantine.port_imaps}"
        return [*self.login(where),
                f"--ca-file={self.quarantine.ca_file}"]

    def plain(self, port=None):
        """The same without TLS, for a relay to look into."""
        return [*self.login(f"127.0.0.1:{port or self.quarantine.port_imap}"), "--tls=off"]

    def report(self, *options, status=0, **how):
        """A run against the quarantine."""
        result = self.run_program([*self.trust(), *options], **how)
        self.assert_status(result, status)
        return result

    def quiet_report(self, *options, **how):
        """A run that succeeds, and therefore says nothing on standard error."""
        result = self.report(*options, **how)
        self.assertEqual(result.stderr, b"", f"a run that succeeds says nothing{result}")
        return result

    @contextlib.contextmanager
    def running(self, arguments, **how):
        """The program while it runs, as a Popen; standard error goes to its own file."""
        work = self.directory / "work"
        work.mkdir(exist_ok=True)
        variables = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                     "HOME": str(self.directory)}
        variables |= runner.inherited()
        with tempfile.TemporaryFile() as error:
            process = subprocess.Popen(
                [runner.program(), *arguments], cwd=work, env=variables,
                stdin=subprocess.DEVNULL, stderr=error, start_new_session=True,
                **{"stdout": subprocess.DEVNULL, **how})
            process.error_file = error
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def end_of(self, process):
        """Waits for a running() program: (exit status, standard error), both looked at."""
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail("it hangs")
        process.error_file.seek(0)
        error = process.error_file.read()
        for mark in (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:"):
            self.assertNotIn(mark, error)
        for secret in runner.secrets_of(runner.PASSWORD):
            self.assertNotIn(secret, error, "the password is on stderr")
        return status, error

    def wait_for(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"no sign of {what}")
            time.sleep(POLL_SECONDS)


class Relay:
    """A plain TCP relay in front of a server that may change or hold back what the server says.

    change(data) -> data is asked for each piece from the server; when it raises Stall, what that
    holds is the last the client gets, and `stalled` is set; with Cut the connection ends behind
    that. `client` and `server` have all the bytes that they sent; all of them behind the end of the context.
    """

    def __init__(self, port, change=lambda data: data, host="127.0.0.1"):
        self.client = bytearray()
        self.server = bytearray()
        self.stalled = threading.Event()
        self._server = (host, port)
        self._change = change
        self._stopping = threading.Event()
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        # Who has come by the end is served: what is to be read is read.
        while True:
            stopping = self._stopping.is_set()
            if select.select([self._listener], [], [], 0 if stopping else STOP_POLL_SECONDS)[0]:
                self._start(self._serve, self._listener.accept()[0])
            elif stopping:
                return

    def _serve(self, client):
        try:
            with client, socket.create_connection(self._server) as server:
                while self._copy(client, server):
                    pass
        except OSError:  # either side went away
            pass

    def _copy(self, client, server):
        watched = [client] if self.stalled.is_set() else [client, server]
        stopping = self._stopping.is_set()
        ready = select.select(watched, [], [], 0 if stopping else STOP_POLL_SECONDS)[0]
        if stopping and not ready:
            return False
        if client in ready:
            data = client.recv(CHUNK)
            self.client += data
            server.sendall(data)
            if not data:
                return False
        if server in ready:
            data = server.recv(CHUNK)
            self.server += data
            try:
                client.sendall(self._change(data))
            except Cut as cut:
                client.sendall(cut.args[0])
                return False
            except Stall as stall:
                client.sendall(stall.args[0])
                self.stalled.set()
            if not data:
                return False
        return True


class Stall(Exception):
    """For Relay: the bytes that still go through."""


class Cut(Exception):
    """The same, in front of the end."""


def stall_after(mark, count=1, end=Stall):
    """A change for Relay: the count-th occurrence of the mark is the last that the client gets."""
    left = count

    def change(data):
        nonlocal left
        at = 0
        while (found := data.find(mark, at)) >= 0:
            at = found + len(mark)
            left -= 1
            if left == 0:
                raise end(data[:at])
        return data
    return change


def stall_at_once(_):
    """A change for Relay: the server says nothing at all."""
    raise Stall(b"")


def plain_secret(user, password):
    """What AUTHENTICATE PLAIN sends (RFC 4616)."""
    return base64.b64encode(b"\0" + user + b"\0" + password)
