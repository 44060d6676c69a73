"""Every fuzz target reads its seeds, and the inputs that once broke it."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", "."))


class FuzzSeeds(unittest.TestCase):
    def test_replay(self):
        targets = sorted((TOP / "tests/fuzz").glob("fuzz_*.c"))
        self.assertTrue(targets)
        environment = {**os.environ, "LSAN_OPTIONS": runner.LSAN_OPTIONS}
        for target in targets:
            with self.subTest(target.stem):
                seeds = sorted((TOP / "tests/fuzz/seeds" / target.stem[5:]).iterdir())
                self.assertTrue(seeds)
                done = subprocess.run([BUILD / "tests/fuzz" / target.stem, *seeds],
                                      capture_output=True, text=True, errors="replace",
                                      env=environment)
                print(done.stdout)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    runner.main()
