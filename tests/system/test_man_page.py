"""The manual page: clean for mandoc, and in step with the program."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR") or pathlib.Path(__file__).parents[2])
PAGES = sorted((TOP / "man").glob("*.[1-8]"))
PAGE = TOP / "man" / "quarantine-report.1"

# "  -c, --csv[=FILE]  help", "      --port=N", as --help has it.
USAGE_LINE = re.compile(r"^ {2,6}((?:-\w, )?--[a-z][a-z-]*\S*)", re.M)

# The rows of the table of err.c; the names are those of sysexits.h, which os has as well.
STATUS_ROW = re.compile(r"^ +\[ERR_\w+\] = (EX_\w+),", re.M)

# The longest part of a message that has no upper-case variable in it must be in the sources.
VARIABLE = re.compile(r"'?\b[A-Z]+\b'?")
SHORTEST_PART = 8


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def complaints(lint):
    """What mandoc -Tlint finds, but for the day of the page: it may still be ahead in our zone."""
    return "".join(line for line in (lint.stdout + lint.stderr).splitlines(keepends=True)
                   if "WARNING: date in the future" not in line)


def section(title):
    """The source of a section of the page."""
    return re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", PAGE.read_text(), re.M | re.S)[1]


def items(title, macro=""):
    return re.findall(rf"^\.It {macro}(.*)", section(title), re.M)


def rendered(width=200, page=PAGE):
    """As a terminal shows it, without overstriking."""
    return re.sub(".\b", "", output("mandoc", "-Tutf8", f"-Owidth={width}", str(page)))


def program(*arguments):
    return subprocess.run([os.environ["QR"], *arguments], capture_output=True, text=True,
                          check=False)


def literals():
    """The string literals of the program's sources, those side by side joined."""
    text = "".join(path.read_text() for path in sorted((TOP / "src").rglob("*.c")))
    return re.sub(r'"\s*"', "", text)


class ManPage(unittest.TestCase):

    maxDiff = None

    def test_lint(self):
        self.assertTrue(PAGES)
        for page in PAGES:
            # References to the other pages are looked up in the working directory.
            lint = subprocess.run(["mandoc", "-Tlint", "-Wstyle", page.name], cwd=page.parent,
                                  capture_output=True, text=True, check=False)
            self.assertEqual(complaints(lint), "")

    def test_width(self):
        """Only the header row, which is as it is, is wider than a terminal."""
        wide = [line for page in PAGES for line in rendered(80, page).splitlines()
                if len(line) > 80]
        self.assertEqual([line for line in wide if ",From,To,Reply-To," not in line], [])

    def test_options(self):
        """Each option of --help has an entry, with its letter and argument, and no other has."""
        entries = re.findall(r"^ {5}((?:-\w, )?--[a-z]\S*)$",
                             re.search(r"^OPTIONS\n(.*?)^COLUMNS", rendered(), re.M | re.S)[1],
                             re.M)
        usage = USAGE_LINE.findall(program("--help").stdout.split("\nExamples:")[0])
        self.assertGreater(len(usage), 30)
        self.assertEqual(entries, usage)

    def test_no_other_options(self):
        """The rest of the page speaks only of options that there are."""
        option = r"(?<![\w-])--[a-z][a-z-]+"
        known = set(re.findall(option, program("--help").stdout))
        self.assertEqual(set(re.findall(option, rendered())) - known, set())

    def test_commands(self):
        """Each command of --help has an entry, and its summary shows only options that there are."""
        usage = program("--help").stdout
        names = re.findall(r"^  ([a-z][a-z-]*) ", re.search(
            r"^Commands.*\n((?: .*\n)+)", usage, re.M)[1], re.M)
        self.assertEqual(items("COMMANDS", "Cm "), names)
        self.assertIn("check", names)
        for name in names:
            options = USAGE_LINE.findall(program(name, "--help").stdout)
            self.assertGreater(len(options), 10)
            self.assertEqual(set(options) - set(USAGE_LINE.findall(usage)), set())

    def test_columns(self):
        """Each column has an entry, in the order of the error message."""
        error = program("--columns=nonsense").stderr
        titles = re.search(r"are: (#, .*)", error)[1].split(", ")
        self.assertEqual(items("COLUMNS", "Sy "), titles)

    def test_header_row(self):
        header = re.search(r"^\.Bd -literal\n(.*)\n\.Ed", section("COLUMNS"), re.M)[1]
        self.assertEqual(header, ",".join(items("COLUMNS", "Sy ")[:12]))

    def test_group_columns(self):
        """Those of a grouped CSV of nothing, its key aside."""
        with tempfile.TemporaryDirectory() as folder:
            header = program(f"--history={folder}/history", "--since=2026-01-01", "/dev/null",
                             "--csv=-", "--group-by=Vhost").stdout.strip()
        titles = [title for title in header.split(",") if title != "Vhost"]
        self.assertGreater(len(titles), 10)
        self.assertEqual(items("GROUPS", "Sy "), titles)

    def test_exit_statuses(self):
        source = (TOP / "src/base/err.c").read_text()
        statuses = [str(getattr(os, name)) for name in STATUS_ROW.findall(source)]
        self.assertGreater(len(statuses), 10)
        self.assertEqual(items("EXIT STATUS"), statuses + ["128+n"])

    def test_diagnostics(self):
        """The messages that the page explains are those of the program."""
        sources = literals()
        found = items("DIAGNOSTICS")
        self.assertGreater(len(found), 10)
        for item in found:
            part = max(VARIABLE.split(item.strip('"')), key=len).strip(": ")
            with self.subTest(item):
                self.assertGreaterEqual(len(part), SHORTEST_PART)
                self.assertTrue(part in sources, f"no message has {part!r} in it")


if __name__ == "__main__":
    if shutil.which("mandoc") is None:
        print("SKIP: mandoc is missing (Debian package mandoc)")
        sys.exit(77)
    runner.main()
