"""top over a quarantine: its servers, and from the list to the lock, on a real terminal."""

import datetime
import os
import pathlib
import re
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import api_server  # noqa: E402
import quarantine as quarantines  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_top  # noqa: E402

QUESTION = "Do you wish to lock this user"
WHO = "offers@promo.example"


class Quarantine(test_top.Windows, quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        now = datetime.datetime.now(zoneinfo.ZoneInfo("UTC"))
        quarantines.load_samples(quarantine, quarantine_case.SAMPLES, now, "UTC")

    def setUp(self):
        super().setUp()
        self.server = api_server.ApiServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        password = self.directory / "api-password"
        password.write_text(api_server.PASSWORD + "\n")
        password.chmod(0o600)
        self.api = [f"--api-host=localhost:{self.server.port}", "--api-plaintext",
                    f"--api-user={api_server.USER}", f"--api-password-file={password}",
                    f"--state-dir={self.directory}/state"]

    def top(self, *options):
        return self.window((100, 40), *self.trust(), "--since=12d", *options)

    def chosen(self, *options):
        """The window with WHO chosen."""
        window = self.top(*options)
        window.wait("all read|followed")
        return window.type("/", WHO, "Enter", then=rf"^>.* {WHO}") and window

    def assert_ended(self, window, status=0):
        ended, errors = window.end()
        self.assertEqual(ended, status, errors)
        for secret in (runner.PASSWORD, api_server.PASSWORD):
            self.assertNotIn(secret, errors)
        return errors

    def test_window(self):
        """A period that is over, and one of today, which is the default."""
        window = self.top("-i", "-o")
        lines = window.wait(r"Caught \(Outgoing\) \d+, (all read|followed); localhost: Caught \d+, \1")
        self.assertRegex(lines[0], r"^ By Identity, \S+ .*: \d+ messages of \d+$")
        window.type("e", then=r"^ The message, and why[\s\S]*; Received|; from; ")
        window.keys("q", "q")
        self.assertEqual(self.assert_ended(window), "")
        window = self.window((80, 24), *self.trust(), "--timezone=UTC")
        window.wait("all read|followed")
        window.keys("q")
        self.assert_ended(window)

    def test_a_server_is_missing(self):
        """The screen says so as long as it stays, and the status does at its end."""
        holder, port = runner.closed_port()
        with holder:
            window = self.top("-s", f"127.0.0.1:{port}")
            window.wait("AWAY|INCOMPLETE")
            window.keys("q")
            self.assertIn("127.0.0.1", self.assert_ended(window, 75))

    def test_lock(self):
        window = self.chosen(*self.api)
        lines = window.type("L", then="Type yes and Enter")
        self.assertRegex("\n".join(lines), rf"(?m)^ {WHO}\n   \d+ messages?, ")
        self.assertRegex(" ".join(line.strip() for line in lines),
                         rf"quarantine-report lock --count=quarantine --hours-ago=\d+ -- '?{WHO}")
        self.assertEqual(self.server.locked, [])
        window.type("yes", "Enter", then=QUESTION)
        self.assertEqual(self.server.locked, [])
        window.type("y", "Enter", then=rf"{WHO} .*: locked\n[\s\S]*Enter: back to the screen")
        self.assertEqual([one[2] for one in self.server.locked], [WHO])
        window.type("Enter", then=rf"^>.* {WHO}")
        # Once more: it is seen to be done.
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Enter", then="Enter: back to the screen")
        window.type("Enter", then=rf"^>.* {WHO}")
        window.keys("q")
        self.assert_ended(window)
        self.assertEqual(len(self.server.locked), 1)

    def test_no_is_no(self):
        """Anything but yes, and then anything but y."""
        window = self.chosen(*self.api)
        for answer in ("y", "no", "YES", "yes please", ""):
            window.type("L", then="Type yes and Enter")
            window.type(*([answer] if answer else []), "Enter", then="nothing was locked")
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Escape", then="nothing was locked")
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Enter", then=QUESTION)
        window.type("n", "Enter", then="Enter: back to the screen")
        window.type("Enter", then=rf"^>.* {WHO}")
        window.keys("q")
        self.assert_ended(window)
        self.assertEqual(self.server.locked, [])

    def test_interrupted(self):
        """While the command asks: nothing is locked, and the terminal is given back."""
        window = self.chosen(*self.api)
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Enter", then=QUESTION)
        window.keys("C-c")
        self.assert_ended(window, 130)
        self.assertEqual(self.server.locked, [])

    def test_exempt(self):
        window = self.chosen(*self.api, f"--exempt={WHO}")
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Enter", then="Enter: back to the screen")
        self.assertIn(" - exempt\n", (window.work / "errors").read_text())
        window.type("Enter", then=rf"^>.* {WHO}")
        self.assertEqual(self.server.locked, [])

    def test_no_api(self):
        """The command is shown, and what it lacks."""
        window = self.chosen()
        lines = window.type("L", then="No API of the filter is configured")
        text = " ".join(line.strip() for line in lines)
        self.assertRegex(text, "lock --count=quarantine --api-host=HOST --hours-ago=")
        self.assertNotIn("Type yes", text)

    def test_unattended_is_not_meant(self):
        """Nobody is locked from a screen without a question."""
        window = self.top(*self.api, "--unattended")
        self.assertIn("--unattended does not go with the command top",
                      self.assert_ended(window, os.EX_USAGE))
        window = self.chosen(*self.api)
        window.type("L", then="Type yes and Enter")
        window.type("yes", "Enter", then=QUESTION)
        window.type("n", "Enter", then="Enter: back to the screen")
        self.assertEqual(self.server.locked, [])

    def test_many_customers(self):
        window = self.top(*self.api)
        lines = window.wait("all read|followed")
        row = next(i for i, line in enumerate(lines) if re.search(r"\[(server|system)\]", line))
        first = next(i for i, line in enumerate(lines) if line.startswith(">"))
        window.keys(*["Down"] * (row - first))
        window.type("L", then="Many customers may be behind that name")
        window.type("Enter", then="^ By Identity")


if __name__ == "__main__":
    runner.main()
