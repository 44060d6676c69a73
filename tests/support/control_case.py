"""Base of the tests of the commands that act on the filter: a private API server, and a terminal."""

import codecs
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import api_server
import certificates
import runner

PATIENCE = 120


class Screen:
    """What a program writes to a terminal, as text with plain line ends."""

    def __init__(self, fd):
        self._fd = fd
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def read(self):
        """Some more; None at the end. A read may end within a character, or a line's end."""
        data = self._read()
        text = self._held + self._decoder.decode(data)
        self._held = "\r" if data and text.endswith("\r") else ""
        text = text[:len(text) - len(self._held)].replace("\r\n", "\n")
        return text if data or text else None

    def _read(self):
        # The other side may be closed before its last words are seen: then they come at once.
        for _ in range(2):
            try:
                return os.read(self._fd, 65536)
            except OSError:
                pass
        return b""


class Terminal:
    """The program on a terminal of its own; `text` is all that it showed."""

    def __init__(self, arguments, directory, program=None, **environment):
        self.text = ""
        self.status = None
        self.pid, self._fd = pty.fork()
        self._screen = Screen(self._fd)
        if self.pid == 0:
            program = program or runner.program()
            os.execve(program, [program, *arguments],
                      {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                       "TERM": "dumb", "HOME": str(directory), "COLUMNS": "200",
                       "LSAN_OPTIONS": runner.LSAN_OPTIONS} | runner.inherited() | environment)

    def _read(self):
        """Whether there may be more."""
        text = self._screen.read()
        self.text += text or ""
        return text is not None

    def wait_for(self, question, must=True):
        """Until the question is what was shown last; whether it came, if it need not."""
        until = time.monotonic() + PATIENCE
        while not self.text.endswith(question + " "):
            ready = select.select([self._fd], [], [], 0.05)[0]
            if ready and not self._read() or time.monotonic() > until:
                if must:
                    raise AssertionError(f"no {question!r} in {self.text!r}")
                return False
        return True

    def answer(self, question, text, after=0, must=True):
        """Waits until the question was shown once more, then (after some seconds) types a line."""
        if not self.wait_for(question, must):
            return False
        time.sleep(after)
        os.write(self._fd, text.encode() + b"\n")
        self.text += " "    # the same question must come anew
        return True

    def end(self):
        while self._read():
            pass
        os.close(self._fd)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._fd)


class ControlCase(runner.SystemTest):
    KIND = "good"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import tempfile
        cls._certificates = tempfile.TemporaryDirectory(prefix="qr-ca-")
        cls.addClassCleanup(cls._certificates.cleanup)
        cls.authority = certificates.Authority(pathlib.Path(cls._certificates.name))

    def setUp(self):
        super().setUp()
        self.api_password = self.directory / "api-password"
        self.api_password.write_text(api_server.PASSWORD + "\n")
        self.api_password.chmod(0o600)
        self.state = self.directory / "state"
        self.server = api_server.ApiServer(self.authority.certificate(self.KIND))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        self.now = int(time.time())

    def options(self, *more):
        return [f"--api-host=localhost:{self.server.port}", f"--api-user={api_server.USER}",
                f"--api-password-file={self.api_password}",
                f"--api-ca-file={self.authority.ca_file}", f"--state-dir={self.state}", *more]

    def act(self, command, *more, status=0, files=(), **how):
        result = self.run_program([command, *self.options(), *more], files=files, **how)
        self.assert_no_secret(result, api_server.PASSWORD)
        self.assert_status(result, status)
        return result

    def terminal(self, command, *more):
        terminal = Terminal([command, *self.options(), *more], self.directory)
        self.addCleanup(terminal.close)
        return terminal

    def wait_for_call(self):
        """Until somebody has called the server."""
        until = time.monotonic() + PATIENCE
        while not self.server.calls:
            self.assertLess(time.monotonic(), until, "nobody calls")
            time.sleep(0.02)

    def spam(self, identity, count, **more):
        self.server.log += [api_server.row(self.now - 60 - i, identity, **more)
                            for i in range(count)]

    def changes(self):
        """Names of the calls that change something, in order."""
        return [one["call"] for one in self.server.calls
                if one["call"].startswith(("api_lock", "api_unlock", "api_blacklist",
                                           "api_unblacklist", "api_remove", "api_set"))]

    def locked(self):
        return [one[2] for one in self.server.locked]

    def actions(self):
        files = list(self.state.glob("*/actions.jsonl"))
        return [json.loads(line) for file in files
                for line in file.read_text().splitlines()]
