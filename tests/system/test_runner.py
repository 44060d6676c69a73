"""What test programs end with: a program whose every test was skipped has shown nothing."""

import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
import runner  # noqa: E402

PASSED, FAILED, SKIPPED = 0, 1, 77

# The classes of a test program, how it ends, and its last line when that is SKIPPED.
PROGRAMS = {
    "one passes": ("""
        class One(unittest.TestCase):
            def test_it(self):
                pass
        """, PASSED, None),
    "one fails": ("""
        class One(unittest.TestCase):
            def test_it(self):
                self.fail("so it is")
            def test_other(self):
                self.skipTest("needs a moon")
        """, FAILED, None),
    "one is skipped, another passes": ("""
        class One(unittest.TestCase):
            def test_it(self):
                self.skipTest("needs a moon")
            def test_other(self):
                pass
        """, PASSED, None),
    "each is skipped": ("""
        class One(unittest.TestCase):
            def test_it(self):
                self.skipTest("needs a moon")
            @unittest.skip("needs a comet")
            def test_other(self):
                pass
        """, SKIPPED, "SKIP: needs a comet; needs a moon"),
    "a class is skipped": ("""
        @unittest.skipIf(True, "needs a moon")
        class One(unittest.TestCase):
            def test_it(self):
                pass
            def test_other(self):
                pass
        """, SKIPPED, "SKIP: needs a moon"),
    "a class is skipped when it is set up": ("""
        class One(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("needs a moon")
            def test_it(self):
                pass
            def test_other(self):
                pass
        """, SKIPPED, "SKIP: needs a moon"),
    "a module is skipped": ("""
        def setUpModule():
            raise unittest.SkipTest("needs a moon")
        class One(unittest.TestCase):
            def test_it(self):
                pass
            def test_other(self):
                pass
        """, SKIPPED, "SKIP: needs a moon"),
    "all parts of a test are skipped": ("""
        class One(unittest.TestCase):
            def test_it(self):
                for part in range(3):
                    with self.subTest(part):
                        self.skipTest("needs a moon")
        """, SKIPPED, "SKIP: needs a moon"),
    "a part of a test is skipped": ("""
        class One(unittest.TestCase):
            def test_it(self):
                for part in range(3):
                    with self.subTest(part):
                        if part == 1:
                            self.skipTest("needs a moon")
        """, PASSED, None),
    "there is no test": ("", FAILED, None),
}


class Ends(unittest.TestCase):

    def run_tests(self, text):
        with tempfile.TemporaryDirectory(prefix="qr-test-") as directory:
            file = pathlib.Path(directory, "test_it.py")
            file.write_text(f"import sys\nimport unittest\nsys.path.insert(0, {str(SUPPORT)!r})\n"
                            f"import runner\n{textwrap.dedent(text)}\n"
                            "if __name__ == '__main__':\n    runner.main()\n")
            return subprocess.run([sys.executable, "-B", str(file)], capture_output=True, text=True,
                                  env=os.environ | {"QR": sys.executable}, check=False)

    def test_statuses(self):
        for name, (text, status, line) in PROGRAMS.items():
            with self.subTest(name):
                done = self.run_tests(text)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                if line:
                    self.assertEqual(done.stdout.splitlines()[-1], line)

    def test_without_the_program(self):
        done = subprocess.run([sys.executable, "-B", "-c", "import runner; runner.main()"],
                              cwd=SUPPORT, capture_output=True, text=True, check=False,
                              env={name: value for name, value in os.environ.items()
                                   if name != "QR"})
        self.assertEqual((done.returncode, done.stdout),
                         (SKIPPED, "SKIP: QR is not set to the path of quarantine-report\n"))


if __name__ == "__main__":
    runner.main(needs_program=False)
