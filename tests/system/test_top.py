"""top on a real terminal: what it shows, what keys do, and how it leaves the terminal."""

import csv
import datetime
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import demo_quarantine  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from terminal import Terminal  # noqa: E402

TOP = quarantine_case.TOP
NOON = datetime.datetime(2025, 11, 20, 12, tzinfo=datetime.timezone.utc)
CLOCK = re.compile(r"\b\d\d:\d\d:\d\d$")
PATIENCE = quarantine_case.PATIENCE
MAX_MEMORY_KIB = 64 * 1024

HOSTILE = (
    "\x1b[2J\x1b[31mred\x1b]0;stolen\x07@example.com",
    "evil\u202egpj@example.com",
    "漢字かな한글" * 12 + "@example.com",
    "👨\u200d👩\u200d👧😀🎉@example.com",
    "e\u0301" * 30 + "@example.com",
    "tab\there\x9b31m@example.com",
    "%n%s%d@example.com",
)


def mbox(messages):
    """A mailbox of (when, header section and body)."""
    return b"".join(b"From x@example.com %s\n" % when.strftime("%a %b %d %H:%M:%S %Y").encode() +
                    raw.replace(b"\r\n", b"\n") + b"\n" for when, raw in messages)


def demo():
    """The night of samples/demo, outgoing."""
    return mbox((when, raw) for when, folder, raw in demo_quarantine.messages(NOON.replace(tzinfo=None))
                if folder == demo_quarantine.OUTGOING)


def hostile():
    """Each of them once more often than the next."""
    return mbox((NOON + datetime.timedelta(seconds=i),
                 (f"X-Who: {who}\nSubject: {who}\nFrom: {who}\nTo: x@example.net\n"
                  f"X-PHP-Script: www.example.com/{who} for 192.0.2.1\n"
                  f"Date: {NOON:%a, %d %b %Y %H:%M:%S +0000}\n\ntext\n").encode())
                for i, who in enumerate(HOSTILE) for _ in range(len(HOSTILE) - i))


def without_clock(lines):
    return [CLOCK.sub("", line) for line in lines]


class Window(Terminal):
    """The program in a terminal, run by a shell as people have it; `work` is its working directory.

    When it is suspended the shell looks at the terminal, and waits for a line before it goes on. Of
    SIGSTOP, which is no key's, it takes no notice.
    """

    def __init__(self, test, size, arguments, variables=None, before=""):
        super().__init__(test.directory, size, test.environment)
        self.test = test
        self.work = test.work
        for name in ("status", "pid"):
            (self.work / name).unlink(missing_ok=True)
        more = [f"{name}={value}" for name, value in (variables or {}).items()]
        command = shlex.join(["env", *more, runner.program(), "top", *arguments])
        held = f"while [ $s = {128 + signal.SIGSTOP} ]; do fg >/dev/null; s=$?; done; "
        self.start(f"cd {shlex.quote(str(self.work))}; set -m; stty -a >before; "
                   f"sh -c 'echo $$ >pid; {before} exec \"$@\"' sh {command} 2>errors; s=$?; {held}"
                   f"if [ $s = {128 + signal.SIGTSTP} ]; then stty -a >stopped~; mv stopped~ stopped; read line; "
                   f"fg; s=$?; {held}fi; stty -a >after; echo $s >status~; mv status~ status")

    def is_waiting(self):
        """The program, for a key or for news."""
        try:
            pid = int((self.work / "pid").read_text())
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
        except (OSError, ValueError):
            return False

    def is_drawn(self, lines):
        """Whether they are a whole screen: one that is being drawn has lines of the one before."""
        return self.is_waiting() and without_clock(self.screen()) == without_clock(lines)

    def wait(self, pattern):
        """The lines, as soon as they are so."""
        until = time.monotonic() + PATIENCE
        while True:
            ended = (self.work / "status").exists()
            lines = self.screen()
            if re.search(pattern, "\n".join(lines), re.M) and (ended or self.is_drawn(lines)):
                return lines
            if time.monotonic() > until or ended:
                raise AssertionError(f"no {pattern!r} in\n" + "\n".join(lines) +
                                     (self.work / "errors").read_text())
            time.sleep(0.02)

    def type(self, *names, then):
        self.keys(*names)
        return self.wait(then)

    def kill(self, number):
        os.kill(int((self.work / "pid").read_text()), number)

    def assert_given_back(self, name):
        """The size is no setting of ours."""
        before, after = (re.sub(r"rows \d+; columns \d+", "", (self.work / one).read_text())
                         for one in ("before", name))
        self.test.assertEqual(before, after, "the terminal is not as it was")
        self.test.assertEqual((self.flag("alternate_on"), self.flag("cursor_flag")), ("0", "1"))

    def end(self):
        """(exit status as the shell has it, standard error); the terminal is as it was."""
        self.test.wait_for((self.work / "status").exists, "the end of the run")
        self.assert_given_back("after")
        return int((self.work / "status").read_text()), (self.work / "errors").read_text()


class Windows:
    """For a test: windows with the program in them."""

    def setUp(self):
        super().setUp()
        if not shutil.which("tmux"):
            self.skipTest("no tmux to look at the screen with")
        self.work = self.directory / "work"
        self.work.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "TERM": "screen-256color", "HOME": str(self.directory),
                            "SHELL": "/bin/sh", "LSAN_OPTIONS": runner.LSAN_OPTIONS}
        self.environment |= runner.inherited()

    def wait_for(self, condition, what):
        until = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), until, f"no {what}")
            time.sleep(0.02)

    def window(self, size=(80, 24), *arguments, **variables):
        window = Window(self, size, arguments, variables)
        self.addCleanup(window.__exit__)
        return window


class Case(Windows, runner.SystemTest):
    pass


class Screen(Case):
    """The night of samples/demo as a mailbox."""

    def setUp(self):
        super().setUp()
        (self.work / "demo.mbox").write_bytes(demo())

    def demo(self, size=(80, 24), *options, **variables):
        return self.window(size, "-n", "demo.mbox", *options, **variables)

    def assert_fits(self, lines, width, height):
        self.assertLessEqual(len(lines), height)
        for line in lines:
            self.assertLessEqual(len(line), width, line)

    def test_list(self):
        lines = self.demo().wait(r"all read[\s\S]*^>.* bluefern@")
        self.assert_fits(lines, 80, 24)
        self.assertRegex(lines[0], r"^ By Identity, all times: \d+ messages of 15$")
        self.assertRegex(lines[1], r"^ \d+ a minute at 11-20 11:\d\d, \d+ in 15 ")
        self.assertRegex(lines[2], r"^ demo\.mbox \d+, all read +\d\d:\d\d:\d\d$")
        self.assertRegex(lines[3], r"^ +↓Count +% +1min +5min 15min Course +Identity$")
        counts = [int(line.split()[1] if line[0] == ">" else line.split()[0])
                  for line in lines[4:19]]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertIn("[server]", "\n".join(lines))
        self.assertRegex(lines[-4], r"^ chosen: bluefern@mail\.hosting\.example ")
        self.assertRegex(lines[-3], r"^ script: bluefern\.example/.*/x\.php")

    def test_readme_shows_it(self):
        """The screens of README, but for the clock. UPDATE_GOLDEN=1 writes them anew."""
        window = self.demo()
        screens = [window.wait(r"all read[\s\S]*^>.* bluefern@"),
                   window.type("Enter", then="^ The latest 20 of")]
        readme = (TOP / "README").read_text()
        for marker, lines in zip(("Screen of top:\n", "After Enter:\n"), screens, strict=True):
            shown = "".join(f"    {CLOCK.sub('12:00:00', line)}".rstrip() + "\n" for line in lines)
            begin = readme.index(marker) + len(marker) + 1
            told = re.match(r"(?:(?:    .*)?\n)+?(?=\S)", readme[begin:])[0].rstrip("\n") + "\n"
            if os.environ.get("UPDATE_GOLDEN"):
                readme = readme[:begin] + shown + readme[begin + len(told):]
                (TOP / "README").write_text(readme)
            else:
                self.assertEqual(told, shown)

    def test_wide(self):
        lines = self.demo((160, 40)).wait(r"all read[\s\S]*^>.* bluefern@")
        self.assert_fits(lines, 160, 40)
        for title in ("Rcpts", "IPs", "Top script", "First seen", "Last subject"):
            self.assertIn(title, lines[3])

    def test_sort(self):
        window = self.demo()
        window.wait(r"all read[\s\S]*^>.* bluefern@")
        for title in ("1min", "5min", "15min", "Identity"):
            lines = window.type("s", then=rf"[↓↑] *{title}\b")
        names = [line.split()[-1] for line in lines[4:10] if "[" not in line]
        self.assertEqual(names, sorted(names))
        lines = window.type("r", then=r"[↓] *Identity")
        names = [line.split()[-1] for line in lines[4:10] if "[" not in line]
        self.assertEqual(names, sorted(names, reverse=True))
        window.type("S", "S", "S", "S", then=r"↑ *Count")
        window.type("r", then=r"↓ *Count")

    def test_chosen_stays(self):
        """Wherever it moves to, the line that is chosen is that of the same group."""
        window = self.demo()
        window.wait(r"all read[\s\S]*^>.* bluefern@")
        window.type("Down", "Down", then=r"^>.* shop@casaverde")
        for _ in range(4):
            window.type("s", then=r"^>.* shop@casaverde")

    def test_groups(self):
        window = self.demo()
        window.wait("all read")
        window.type("g", then=r" By PHP script,[\s\S]*^>.* bluefern\.example/…?/?.*x\.php")
        window.type("g", then=r" By Source IP,")
        window.type("g", then=r" By Sender domain,")
        window.type("1", then=r" By Identity,")
        window.type("2", then=r" By PHP script,")
        window.type("Down", "L", then="only an identity can be locked")

    def test_filter(self):
        window = self.demo()
        window.wait("all read")
        lines = window.type("/", "velo", then=r"with \"velo\"[\s\S]*^filter: velo")
        self.assertEqual([line.split()[-1] for line in lines[4:19] if line],
                         ["contact@velo.example"])
        window.type("BSpace", "BSpace", then=r"with \"ve\"")
        window.type("Enter", "j", then=r"with \"ve\"")
        window.type("/", "zzz", then="nobody has that")
        window.type("Escape", then=r"^ By Identity, all times")

    def test_messages_and_explanation(self):
        window = self.demo()
        window.wait("all read")
        lines = window.type("Enter", then="^ The latest 20 of 2?[0-9]+ messages of bluefern@")
        self.assertRegex("\n".join(lines), r"(?m)^ Identity: bluefern@")
        self.assertRegex("\n".join(lines), r"(?m)^ Message-ID: <")
        window.type("e", then=r"^ The message, and why[\s\S]*php-uid")
        window.type("Space", then=r"Esc back")
        window.type("q", then="^ The latest 20 of")
        window.type("q", then="^ By Identity")
        window.type("e", then=r"^ The message, and why[\s\S]*From:")
        window.type("Escape", then="^ By Identity")
        window.type("?", then="^ Keys")
        window.type("q", then="^ By Identity")

    def test_save(self):
        window = self.demo(TZ=quarantine_case.noon_zone())  # the names of both files have the day
        window.wait("all read")
        window.type("/", "example", "Enter", then='with "example"')
        lines = window.type("w", then=r"^saved as quarantine-files-\S+-grouped\.csv")
        name = re.search(r"^saved as (\S+)", lines[-1])[1]
        rows = list(csv.DictReader((self.work / name).read_text(encoding="utf-8").splitlines()))
        self.assertEqual(rows[0]["Identity"], "bluefern@mail.hosting.example")
        self.assertEqual(rows[-1]["Identity"], "(1 other)")
        shown = [line[1:].split() for line in lines[4:18]]
        self.assertEqual([row["Count"] for row in rows[:-1]], [row[0] for row in shown])
        total = re.search(r": (\d+) of (\d+) messages", lines[0])
        self.assertEqual(sum(int(row["Count"]) for row in rows), int(total[2]))
        lines = window.type("w", then=r"^saved as quarantine-files-\S+-2-grouped\.csv")
        self.assertEqual(len(list(self.work.glob("*.csv"))), 2)
        self.assertEqual((self.work / name).stat().st_mode & 0o777, 0o600)

    def test_save_fails(self):
        """No room: it is said, nothing is left, and the screen stays."""
        window = Window(self, (80, 24), ["-n", "demo.mbox"], before="ulimit -f 0;")
        self.addCleanup(window.__exit__)
        window.wait("all read")
        window.type("w", then="^not saved: .*File too large")
        window.keys("q")
        self.assertEqual(window.end()[0], 0)
        self.assertEqual(list(self.work.glob("*.csv")) + list(self.work.glob(".q*")), [])

    def test_lock_of_files(self):
        window = self.demo()
        window.wait(r"all read[\s\S]*^>.* bluefern@")
        window.type("L", then=r"^ Lock\n[\s\S]*nobody is locked from here")
        window.type("Enter", then="^ By Identity")

    def test_resize(self):
        window = self.demo()
        window.wait(r"all read[\s\S]*^>.* bluefern@")
        for width, height in ((120, 40), (60, 20), (40, 10), (20, 5), (10, 3), (3, 1), (200, 60),
                              (80, 24)):
            with self.subTest(size=(width, height)):
                window.resize(width, height)
                self.wait_for(lambda: len(window.screen()) <= height and
                              any(re.match(">", line) for line in window.screen()), "the list")
                self.assert_fits(window.screen(), width, height)
        window.wait(r"^ By Identity[\s\S]*^ subject: ")
        for width, height in ((30, 8), (80, 24)):
            window.resize(width, height)
            window.type("?", then="^ Keys")
            window.type("q", then="^>")
            window.type("Enter", then="^ The latest")
            window.type("e", then="^ The message")
            window.type("q", "q", then="^>")
        window.keys("q")
        self.assertEqual(window.end(), (0, ""))

    def test_quit(self):
        window = self.demo()
        window.wait("all read")
        window.keys("q")
        self.assertEqual(window.end(), (0, ""))

    def test_interrupt(self):
        window = self.demo()
        window.wait("all read")
        window.keys("C-c")
        self.assertEqual(window.end(), (130, "quarantine-report: interrupted\n"))

    def test_signals(self):
        """The terminal is given back, also by a crash."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT,
                       signal.SIGQUIT, signal.SIGBUS, signal.SIGUSR2):
            with self.subTest(number), self.demo() as window:
                window.wait("all read")
                window.kill(number)
                status, errors = window.end()
                if not runner.is_sanitized(runner.program()):
                    self.assertEqual(status, 128 + number, errors)

    def test_suspended(self):
        """Ctrl-Z gives the terminal back, and fg takes it again."""
        window = self.demo()
        window.wait("all read")
        window.keys("C-z")
        self.wait_for((self.work / "stopped").exists, "the shell")
        window.assert_given_back("stopped")
        window.keys("Enter")
        window.wait(r"^>.* bluefern@")
        window.type("Enter", then="^ The latest")
        window.keys("q", "q")
        self.assertEqual(window.end()[0], 0)

    def test_ascii(self):
        lines = self.demo(LC_ALL="C").wait(r"all read[\s\S]*^>.* bluefern@")
        self.assertTrue("\n".join(lines).isascii(), lines)
        self.assertRegex(lines[3], r"^ +vCount")
        self.assertRegex(lines[4], r"[-.:=+*#@]{5}")

    def test_console(self):
        """The fonts of the console of Linux may lack the blocks."""
        lines = self.demo(TERM="linux").wait(r"all read[\s\S]*^>.* bluefern@")
        self.assertNotRegex("\n".join(lines), "[▁▂▃▄▅▆▇█]")

    def test_colors(self):
        colors = r"\x1b\[(?:\d+;)*3[1-7]"
        for options, variables, wanted in (([], {}, True), (["--color=never"], {}, False),
                                           ([], {"NO_COLOR": "1"}, False),
                                           (["--color=always"], {"NO_COLOR": "1"}, True)):
            with self.subTest((options, variables)), \
                    self.demo((80, 24), *options, **variables) as window:
                window.wait(r"all read[\s\S]*^>.* bluefern@")
                shown = "\n".join(window.screen("-e"))
                self.assertEqual(re.search(colors, shown) is not None, wanted)

    def test_no_terminal(self):
        result = self.run_program(["top", "demo.mbox"], wrapper=())
        self.assert_status(result, 64)
        self.assertIn(b"needs a terminal", result.stderr)

    def test_unknown_terminal(self):
        for term, words in (("no-such-terminal", "is not known here"), ("dumb", "cannot place"),
                            ("", "TERM is not set")):
            with self.subTest(term), self.demo(TERM=term) as window:
                status, errors = window.end()
                self.assertEqual(status, 69)
                self.assertIn(words, errors)

    def save(self, name):
        subprocess.run([runner.program(), "-n", "demo.mbox", f"--json={name}"], cwd=self.work,
                       check=True, env=self.environment)

    def test_saved_report(self):
        self.save("saved.jsonl")
        window = self.window((80, 24), "saved.jsonl")
        window.wait(r"saved\.jsonl \d+, all read[\s\S]*^>.* bluefern@")
        window.type("e", then="There is nothing to explain")

    def test_a_file_that_is_missing(self):
        window = self.window((80, 24), "none.mbox")
        status, errors = window.end()
        self.assertEqual(status, 66)
        self.assertIn("none.mbox", errors)

    def test_damaged_file(self):
        """It ends the run: its counts would mean nothing."""
        self.save("bad.jsonl")
        with open(self.work / "bad.jsonl", "a", encoding="utf-8") as saved:
            saved.write("{broken\n")
        window = self.window((80, 24), "bad.jsonl")
        status, errors = window.end()
        self.assertEqual(status, 65)
        self.assertIn("bad.jsonl", errors)


class Hostile(Case):

    def test_texts(self):
        """Nothing reaches the terminal but text, and no line is wider than it."""
        (self.work / "hostile.mbox").write_bytes(hostile())
        for variables in ({}, {"LC_ALL": "C"}):
            for width, height in ((80, 24), (33, 24), (160, 50)):
                with self.subTest(width=width, variables=variables), \
                        self.window((width, height), "--identity-header=X-Who", "hostile.mbox",
                                    **variables) as window:
                    window.wait("^> +7 ")
                    for keys in ((), ("2",), ("1", "Enter"), ("e",), ("q", "q", "Down", "Enter"),
                                 ("e",), ("q", "q", "/", "漢")):
                        if keys:
                            window.keys(*keys)
                        time.sleep(0.1)
                        lines = window.screen()
                        self.assert_printable("\n".join(lines).encode())
                        self.assertLessEqual(len(lines), height)
                        self.assertNotIn("\u202e", "".join(lines))
                    self.assertNotIn("stolen", window.flag("pane_title"))
                    window.keys("Escape", "q")
                    self.assertEqual(window.end(), (0, ""))


class Large(Case):

    MESSAGES, SENDERS = 100000, 5000

    def test_memory(self):
        """100,000 messages of 5,000 senders: less than 64 MiB, also with all their explanations."""
        with open(self.work / "large.mbox", "w", encoding="ascii") as out:
            for i in range(self.MESSAGES):
                # The quotient spreads senders unevenly, all of them at least once.
                who = i % self.SENDERS if i % 3 == 0 else i * 7919 % (1 + i % 97)
                when = NOON + datetime.timedelta(seconds=i / 4)
                out.write(f"From x Thu Nov 20 12:00:00 2025\nX-AuthUser: u{who}@c{who}.example\n"
                          f"X-PHP-Script: www.c{who}.example/a/b/c/{i % 5}/send.php for 192.0.2."
                          f"{i % 250}\nFrom: <s{who}@c{who}.example>\nTo: <v{i}@example.net>\n"
                          f"Date: {when:%a, %d %b %Y %H:%M:%S +0000}\n"
                          f"Subject: offer {i % 1000}\nMessage-ID: <{i}@c{who}.example>\n\nx\n\n")
        window = self.window((120, 40), "large.mbox")
        window.wait(r"large\.mbox 100000, all read")
        pid = int((self.work / "pid").read_text())
        if not runner.is_sanitized(runner.program()):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            peak = int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)[1])
            self.assertLess(peak, MAX_MEMORY_KIB)
        window.type("Enter", then="The latest 20 of")
        window.keys("q", "q")
        self.assertEqual(window.end(), (0, ""))


if __name__ == "__main__":
    runner.main()
