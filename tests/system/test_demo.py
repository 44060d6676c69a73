"""samples/demo, the quarantine that it shows, and what README says of both."""

import datetime
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
SUPPORT = TOP / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
import demo_quarantine  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402

README = (TOP / "README").read_text()
SECONDS = 300
NOON = datetime.datetime(2026, 11, 20, 12)


def packages(need):
    """Those of packages.txt that are needed for this, in its order."""
    rows = [line.split() for line in (TOP / "packages.txt").read_text().splitlines()
            if line and not line.startswith("#")]
    return [row[0] for row in rows if need in row[1].split(",")]


class Demo(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="qr-demo-")
        cls.addClassCleanup(directory.cleanup)
        cls.page = pathlib.Path(directory.name) / "demo.html"
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("QUARANTINE_REPORT") and name != "COLUMNS"}
        environment |= {"QUARANTINE_REPORT": runner.program(), "DEMO_PAGE": str(cls.page),
                        "TZ": quarantine_case.noon_zone(), "LC_ALL": "C.UTF-8"}
        cls.result = subprocess.run(
            [sys.executable, "-B", str(SUPPORT / "quarantine.py"), "--demo", "sh",
             str(TOP / "samples" / "demo"), "--demonstrate"], env=environment,
            capture_output=True, text=True, timeout=SECONDS, check=False)
        cls.shown = cls.result.stdout

    def test_it_works(self):
        self.assertEqual((self.result.returncode, self.result.stderr), (0, ""), self.shown)

    def test_one_account_is_guilty(self):
        """What a stranger sees first: one name, with some 60 percent."""
        table = self.shown.partition("--top=5\n")[2].splitlines()
        self.assertRegex(table[1], r"^ +251 +64\.2 +bluefern@mail\.hosting\.example .*/mailer/x\.php$")
        self.assertRegex(self.shown.partition("--group-by=php_script")[2],
                         r"\n.* Callers\n +251 +64\.2 +\S*/plugins/mailer/x\.php .* +211\n")

    def test_readme_shows_it(self):
        """Line for line, but for the day."""
        told = re.search(r"^    Count .*\n(?:    .*\n)+", README, re.M)[0]
        for line in told.splitlines():
            line = re.escape(line.strip())
            line = re.sub(r"\d\d\\-\d\d\\ (?=\d\d:)", r"\\d\\d-\\d\\d ", line)
            self.assertRegex(self.shown, line)

    def test_lines_are_not_long(self):
        """Neither are the commands: the rest stands in the file that is shown."""
        for line in self.shown.splitlines():
            self.assertLessEqual(len(line), 100, line)
            if line.startswith("$ "):
                self.assertNotRegex(line, "imaphost|ca-file|password")
        self.assertIn("\nimaphost = localhost:", self.shown)

    def test_it_ends_with_the_page(self):
        self.assertTrue(self.shown.endswith(f"Open it with\n\n    xdg-open {self.page}\n"))
        self.assertIn("<title>", self.page.read_text())


class Messages(unittest.TestCase):

    def test_always_the_same(self):
        self.assertEqual(demo_quarantine.messages(NOON), demo_quarantine.messages(NOON))

    def test_none_is_of_the_future(self):
        made = demo_quarantine.messages(NOON)
        self.assertEqual([when for when, _, _ in made], sorted(when for when, _, _ in made))
        self.assertLessEqual(made[-1][0], NOON)
        self.assertLess(len(made), len(demo_quarantine.messages(
            NOON.replace(hour=23, minute=59, second=59))))

    def test_names_are_examples(self):
        """No name or address that could be somebody's."""
        for _, _, raw in demo_quarantine.messages(NOON):
            text = raw.decode()
            for host in re.findall(r"[@ ]([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\b", text):
                self.assertRegex(host, r"(^|\.)example(\.net)?$|\.php$", text)
            for address in re.findall(r"\d+\.\d+\.\d+\.\d+", text):
                self.assertRegex(address, r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.", text)


class Readme(unittest.TestCase):

    def test_packages(self):
        """The line to copy has just what packages.txt has for the build."""
        line = re.search(r"^    apt install((?: \\\n|[^\n])*)", README.partition(
            "Build and install\n")[2], re.M)[1]
        self.assertEqual(line.replace("\\\n", " ").split(), packages("build"))



class Logged(unittest.TestCase):
    """tests/support/logged: one line a step, and the end of the log when it fails."""

    def run_step(self, command):
        with tempfile.TemporaryDirectory(prefix="qr-demo-") as directory:
            log = pathlib.Path(directory) / "log"
            result = subprocess.run(
                ["sh", "-c", f"set -eu\nlog='{log}'\n. '{SUPPORT}/logged'\n"
                 f"logged 'a step' sh -c '{command}'\necho next\n"],
                capture_output=True, text=True, check=False)
            return result, log.read_text()

    def test_success(self):
        result, log = self.run_step("echo out; echo err >&2")
        self.assertRegex(result.stdout, r"^a step \.\.\. \d+ s\nnext\n$")
        self.assertEqual((result.stderr, log), ("", "out\nerr\n"))

    def test_failure(self):
        result, _ = self.run_step("echo why; exit 3")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stdout, r"^a step \.\.\. failed; the end of .*/log:\n$")
        self.assertEqual(result.stderr, "why\n")


if __name__ == "__main__":
    runner.main()
