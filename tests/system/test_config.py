"""Configuration: where it comes from, what counts, and what is said about mistakes in it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import ZONE, YESTERDAY  # noqa: E402

TOP = quarantine_case.TOP
SAMPLE = TOP / "samples" / "quarantine-report.conf"
MANUAL = TOP / "man" / "quarantine-report.conf.5"

USAGE, CONFIG = 64, 78
HOST = "quarantine.example.com"
NOBODY = 65534

# What is for the command line only.
NO_KEYS = {"check", "config", "follow", "help", "input", "merge", "profile", "failed-logins",
           "recursive", "log-end", "log-host", "show-config", "version", "log-search", "offline",
           "unattended", "all", "all-users",
           "undo", "search", "keep", "identity", "list", "remove", "sender", "recipient", "allow-empty"}

# "  -c, --csv[=FILE]  help", "      --port=N", as --help has it.
USAGE_LINE = re.compile(r"^ {2,6}(?:-\w, )?--([a-z][a-z-]*)", re.M)


class ConfigTest(runner.SystemTest):

    def setUp(self):
        super().setUp()
        self.file = self.write("test.conf", "")

    def write(self, name, content, mode=0o600):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def show(self, *arguments, status=0, **how):
        """Runs --show-config."""
        result = self.run_program([*arguments, "--show-config"], **how)
        self.assert_status(result, status)
        return result

    def settings(self, *arguments, **how):
        """{name: [(value, origin)]} of --show-config."""
        result = self.show(*arguments, **how)
        self.assertEqual(result.stderr, b"", str(result))
        found = {}
        for line in result.stdout.decode().splitlines():
            name, value, origin = re.fullmatch(r"(?:# )?(\S+) =(?: (.*?))? ; (.*)", line).groups()
            found.setdefault(name, []).append((value, origin))
        return found

    def values(self, *arguments, **how):
        return {name: [value for value, _ in pairs]
                for name, pairs in self.settings(*arguments, **how).items()}

    def with_text(self, content, mode=0o600):
        """The argument for a file of that content."""
        return f"--config={self.write('test.conf', content, mode)}"

    def errors(self, *arguments, status=CONFIG, **how):
        """The lines on standard error of a run that fails."""
        result = self.show(*arguments, status=status, **how)
        self.assertEqual(result.stdout, b"")
        return result.stderr.decode().splitlines()

    def assert_errors(self, lines, *wanted):
        self.assertEqual(len(lines), len(wanted), lines)
        for line, want in zip(lines, wanted):
            self.assertIn(want, line)


class Sources(ConfigTest):

    def test_nothing(self):
        settings = self.settings()
        self.assertEqual(settings["imaphost"], [(None, "default")])
        self.assertEqual(set(settings) | NO_KEYS, self.options() | NO_KEYS)

    def options(self):
        text = self.run_program(["--help"]).stdout.decode()
        return set(USAGE_LINE.findall(text.split("\nExamples:")[0]))

    def test_folder_of_xdg(self):
        path = self.write("xdg/quarantine-report/config", f"imaphost = {HOST}\n")
        environment = {"XDG_CONFIG_HOME": str(path.parent.parent)}
        self.assertEqual(self.settings(environment=environment)["imaphost"],
                         [(HOST, f"{path}:1")])
        self.assertEqual(self.values("--config=/dev/null", environment=environment)["imaphost"],
                         [None])

    def test_folder_below_home(self):
        path = self.write("home/.config/quarantine-report/config", "\n\ntimeout = 7\n")
        home = {"HOME": str(self.directory / "home")}
        self.assertEqual(self.settings(environment=home)["timeout"], [("7", f"{path}:3")])
        for other in ("", "relative"):
            with self.subTest(other):
                both = {**home, "XDG_CONFIG_HOME": other}
                self.assertEqual(self.values(environment=both)["timeout"], ["7"])
        self.assertEqual(self.values(environment={**home, "XDG_CONFIG_HOME": "/nowhere"})["timeout"],
                         ["60"])

    def test_order(self):
        config = self.with_text("timeout = 2\nport = 2\nretries = 2\ndeadline = 2\n"
                                "[profile p]\nport = 3\nretries = 3\ndeadline = 3\n"
                                "[profile other]\ndeadline = 9\n")
        settings = self.settings(
            config, "--profile=p", "--deadline=5",
            environment={"QUARANTINE_REPORT_RETRIES": "4", "QUARANTINE_REPORT_DEADLINE": "4"})
        self.assertEqual([settings[name][0] for name in ("timeout", "port", "retries", "deadline")],
                         [("2", f"{self.file}:1"), ("3", f"{self.file}:6"), ("4", "environment"),
                          ("5", "command line")])

    def test_environment(self):
        config = self.with_text("[profile p]\nport = 3\n")
        values = self.values(environment={"QUARANTINE_REPORT_CONFIG": config.partition("=")[2],
                                          "QUARANTINE_REPORT_PROFILE": "p",
                                          "QUARANTINE_REPORT_NO_BOUNCE": "yes",
                                          "QUARANTINE_REPORT_CSV": "x y.csv",
                                          "QUARANTINE_REPORT_HELP": "yes",
                                          "QUARANTINE_REPORT_PORT": ""})
        self.assertEqual((values["port"], values["no-bounce"], values["csv"]),
                         (["3"], ["yes"], ["x y.csv"]))

    def test_environment_errors(self):
        self.assert_errors(
            self.errors(status=USAGE, environment={"QUARANTINE_REPORT_TLS": "x"}),
            "QUARANTINE_REPORT_TLS: --tls=x: expected", "Try 'quarantine-report --help'.")
        self.assert_errors(
            self.errors(status=USAGE, environment={"QUARANTINE_REPORT_PASSWORD": runner.PASSWORD}),
            "no place for a password", "Try")

    def test_nothing_is_read_for_help(self):
        config = self.with_text("nonsense\n")
        for option in ("--help", "--version"):
            result = self.run_program([config, option])
            self.assert_status(result, 0)
            self.assertEqual(result.stderr, b"")


class Contents(ConfigTest):

    def test_round_trip(self):
        """What --show-config prints is a configuration with the same effect."""
        config = self.with_text(
            "imaphost = a.example.com:1993\n  2001:db8::7\nusername = a;b \"c\"\n"
            "password-command = x\nfingerprint = spki:" + "0a" * 32 + "\n"
            "csv = yes\njson = /srv/a b.json\nhtml = no\ncolumns = #,Date,PHP script\n"
            "identity-header = X-A\nidentity-header = X-B\ndelimiter = semicolon\nsince = 3d\n"
            "mail-to = noc@example.com\n\tabuse@example.com ; both\nmail-subject = G\u00fcnther's\n"
            "[profile p]\ntop = 5\ncolumns = From\n")
        first = self.show(config, "--profile=p", "-n", "--outgoing-folder=A ; B").stdout
        again = self.show(f"--config={self.write('again.conf', first)}").stdout
        strip = re.compile(rb" ; (default|command line|environment|/\S+:\d+)$", re.M)
        lines = [[line for line in strip.sub(b"", shown).splitlines() if line[:1] != b"#"]
                 for shown in (first, again)]
        # What no file can say comes back as it is by default.
        lines[1].remove(b"outgoing-folder = Caught (Outgoing)")
        self.assertIn(b"# outgoing-folder = A ; B ; command line\n", first)
        self.assertEqual(lines[0], lines[1])
        self.assertIn(b"mail-to = abuse@example.com", lines[1])

    def test_form_of_text(self):
        for content in (b"\xef\xbb\xbfport = 7\r\nusername = x\r\n",
                        b"\n; c\nport:7 ; c\nusername=x\n",
                        b"# c\n[profile p]\nport = 7\nusername = \tx  "):
            with self.subTest(content):
                profile = ["--profile=p"] if b"profile" in content else []
                values = self.values(self.with_text(content), *profile)
                self.assertEqual((values["port"], values["username"]), (["7"], ["x"]))

    def test_long_lines(self):
        name = "n" * 1000
        self.assertEqual(self.values(self.with_text(f"username = {name}\n"))["username"], [name])
        self.assert_errors(self.errors(self.with_text("port = 1\ncsv = " + "x" * 5000 + "\n")),
                           f"{self.file}:2: the line is too long", "1 error")

    def test_all_errors_at_once(self):
        self.assert_errors(
            self.errors(self.with_text(
                "imaphost = a b\nprot = 1\nno-bounce = perhaps\n\nnothing\n[section]\n"
                "[profile other]\nport = 0\n")),
            f"{self.file}:1: --imaphost=a b is no host", f"{self.file}:2: unknown option 'prot'",
            f"{self.file}:3: --no-bounce=perhaps", f"{self.file}:5: expected 'option = value'",
            f"{self.file}:6: expected [profile NAME] or [api]", f"{self.file}:8: --port=0: expected",
            "6 errors in the configuration")

    def test_hostile_bytes(self):
        """Nothing of it crashes, hangs, or gets onto the terminal as it is."""
        garbage = bytes(i * 7 % 256 for i in range(4096))
        for content in (b"port = 1\0\n", b"\0" * 100, garbage, garbage * 200, b"\x1b[31m = 1\n",
                        b"\xff\xfep\0o\0r\0t\0", b"[" * 3000, b"=" * 10000, b"a\n" * 100000,
                        b"mail-to = a\xe2\x80\xae@example.com\n"):
            with self.subTest(content[:20]):
                self.assertIn("in the configuration", self.errors(self.with_text(content))[-1])

    def test_size(self):
        line = b"# comment, and nothing else\n"
        values = self.values(self.with_text(line * ((1 << 20) // len(line) - 1) + b"port = 7\n"))
        self.assertEqual(values["port"], ["7"])
        self.assert_errors(self.errors(self.with_text(line * ((2 << 20) // len(line)))),
                           "longer than 1048576 bytes")

    def test_contradictions(self):
        """What only shows when all is read has a line as well."""
        for content, arguments, want in (
                ("verbose = yes\nquiet = yes\n", [], ":2: --verbose and --quiet"),
                ("tls = off\n", ["-s", HOST], ":1: --tls=off would send"),
                ("csv = a\njson = a\n", ["-s", HOST], ":2: --csv and --json would both")):
            with self.subTest(content):
                self.assert_errors(self.errors(self.with_text(content), *arguments),
                                   f"{self.file}{want}")

    def test_the_command_line_settles(self):
        for content, argument, name, want in (
                ("verbose = yes\n", "-q", "verbose", "no"),
                ("date = 2026-11-20\n", "--today", "date", None),
                ("csv = -\n", "--display", "csv", "no"),
                ("new-only = yes\n", "--date=2026-11-20", "new-only", "no")):
            with self.subTest(argument):
                values = self.values(self.with_text(content), argument)
                self.assertEqual(values[name], [want])

    def test_period(self):
        """Days and zones need a clock, and are looked at last."""
        for content, want in (("date = 2026-02-30\n", ":1: --date=2026-02-30 is no day"),
                              ("\ntimezone = Nowhere\n", ":2: the system knows no time zone")):
            with self.subTest(content):
                result = self.run_program([self.with_text(content), *self.login("localhost:1")])
                self.assert_status(result, CONFIG)
                self.assertIn(f"{self.file}{want}", result.stderr.decode())

    def test_profiles(self):
        config = self.with_text("port = 1\n[profile west side]\nport = 2\n")
        self.assertEqual(self.values(config, "--profile=west side")["port"], ["2"])
        self.assert_errors(self.errors(config, "--profile=east"),
                           "no configuration file has [profile east]", "1 error")
        self.assert_errors(self.errors(config, "--profile=West side"), "[profile West side]",
                           "1 error")


class Files(ConfigTest):

    def test_missing(self):
        self.assert_errors(self.errors("--config=/nowhere/file"), "cannot read '/nowhere/file'")

    def test_empty(self):
        self.assertEqual(self.values("--config=/dev/null")["port"], ["993"])

    def test_folder(self):
        self.assert_errors(self.errors(f"--config={self.directory}"), "is a folder")
        (self.directory / "quarantine-report/config").mkdir(parents=True)
        self.assert_errors(self.errors(environment={"XDG_CONFIG_HOME": str(self.directory)}),
                           "is a folder")

    def test_what_one_would_wait_for(self):
        fifo = self.directory / "fifo"
        os.mkfifo(fifo)
        self.assert_errors(self.errors(f"--config={fifo}"), "is no file")
        self.assert_errors(self.errors("--config=/dev/zero"), "longer than")

    def test_private(self):
        """A password is for one's own file, which nobody else reads or writes."""
        text = f"password = {runner.PASSWORD}\n"
        self.assertEqual(self.settings(self.with_text(text, 0o600))["password"],
                         [("*", f"{self.file}:1")])
        for mode in (0o644, 0o640, 0o604, 0o620):
            with self.subTest(oct(mode)):
                self.assert_errors(self.errors(self.with_text(text, mode)), "chmod 600", "1 error")
        self.assert_errors(self.errors(self.with_text(f"[profile p]\n{text}", 0o644)),
                           f"{self.file}:2: a file with a password", "1 error")
        self.assertEqual(self.values(self.with_text("port = 7\n", 0o644))["port"], ["7"])

    @unittest.skipIf(os.geteuid() != 0, "only root can give files away")
    def test_of_somebody_else(self):
        config = self.with_text("password = hidden\n")
        os.chown(self.file, NOBODY, NOBODY)
        self.assert_errors(self.errors(config), "must belong to the user", "1 error")

    def left_out(self, path, why):
        """The user's file does not count, and one is told so."""
        result = self.show(environment={"XDG_CONFIG_HOME": str(self.directory)})
        self.assertEqual(result.stderr.decode(),
                         f"quarantine-report: {path}: {why}, and is left out\n")
        lines = result.stdout.decode().splitlines()
        self.assertEqual(lines[0], f"# {path} {why}, and is left out")
        self.assertIn("sendmail = /usr/sbin/sendmail ; default", lines)

    def test_others_may_write(self):
        text = "sendmail = /tmp/mine\nport = 7\n"
        path = self.write("quarantine-report/config", text, 0o644)
        user = {"XDG_CONFIG_HOME": str(self.directory)}
        for mode in (0o664, 0o646, 0o622):
            with self.subTest(oct(mode)):
                path.chmod(mode)
                self.left_out(path, "can be written to by others (chmod go-w)")
        path.chmod(0o644)
        for mode in (0o770, 0o707):
            with self.subTest(folder=oct(mode)):
                path.parent.chmod(mode)
                self.left_out(path, "is in a folder that others can write to (chmod go-w)")
        for mode in (0o755, 0o1777):
            path.parent.chmod(mode)
            self.assertEqual(self.values(environment=user)["sendmail"], ["/tmp/mine"])

    @unittest.skipIf(os.geteuid() != 0, "only root can give files away")
    def test_of_another_user(self):
        """Not even root obeys it; an ordinary user's may be root's."""
        path = self.write("quarantine-report/config", "password-command = touch /tmp/x\n", 0o644)
        os.chown(path, NOBODY, NOBODY)
        self.left_out(path, "belongs to another user")

    def test_named_and_others_may_write(self):
        """It counts, but for what runs a command or names a place."""
        self.assertEqual(self.values(self.with_text("port = 7\ncsv = yes\nhtml = no\n",
                                                    0o666))["port"], ["7"])
        for line in ("password-command = true", "sendmail = /bin/true", "state-dir = /tmp/x",
                     "password-file = /etc/hostname", "ca-file = /tmp/x", "csv = /tmp/x",
                     "json = x", "html = x", "identity-report = x", "tsv = x",
                     "blocklist = x\nmin-count = 2"):
            with self.subTest(line):
                self.assert_errors(self.errors(self.with_text(f"[profile p]\n{line}\n", 0o666)),
                                   "which this file must not: it can be written to by others",
                                   "1 error")
                self.show(self.with_text(f"[profile p]\n{line}\n", 0o644))

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable(self):
        path = self.write("quarantine-report/config", "port = 7\n", 0)
        result = self.show(environment={"XDG_CONFIG_HOME": str(self.directory)})
        self.assertIn(f"{path}: cannot be read, and is left out", result.stderr.decode())
        self.assert_errors(self.errors(f"--config={path}"), f"cannot read '{path}'")


# What an example stands on.
# What is shown as *.
SECRETS = {"password", "password-command", "api-password-command", "history-password-command",
           "alert-command", "alert-url"}

NEEDS = {"blocklist": "min-count = 5\n"}


class Samples(ConfigTest):
    """The file that teaches, and the manual page: all keys, and no others."""

    def keys(self):
        return set(self.values()) - NO_KEYS

    def test_as_it_stands(self):
        self.values(f"--config={SAMPLE}")
        for profile in re.findall(r"^\[profile (.*)\]$", SAMPLE.read_text(), re.M):
            with self.subTest(profile):
                self.values(f"--config={SAMPLE}", f"--profile={profile}")

    def test_every_line(self):
        """Each example, when the # is taken off, is right for itself."""
        examples = re.findall(r"^#?([a-z][a-z-]* = .*)$", SAMPLE.read_text(), re.M)
        for example in examples:
            with self.subTest(example):
                name, _, value = example.partition(" = ")
                if value == "all":
                    value = self.values("--columns=all")["columns"][0]
                values = self.values(self.with_text(f"{example}\n{NEEDS.get(name, '')}"))
                self.assertEqual(values[name], ["*" if name in SECRETS else value])
        self.assertEqual({example.partition(" = ")[0] for example in examples}, self.keys())

    def test_manual(self):
        text = MANUAL.read_text().partition(".Ss Keys\n")[2].partition(".Ss Profiles\n")[0]
        self.assertEqual(set(re.findall(r"^\.Sy (\S+)", text, re.M)), self.keys())

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is missing (Debian package mandoc)")
    def test_lint(self):
        """In its folder, where it finds the page that it refers to."""
        lint = subprocess.run(["mandoc", "-Tlint", "-Wstyle", MANUAL.name], cwd=MANUAL.parent,
                              capture_output=True, text=True, check=False)
        found = (lint.stdout + lint.stderr).splitlines()
        # The page's day may still be ahead in our zone.
        self.assertEqual([line for line in found if "date in the future" not in line], [])


class Report(quarantine_case.QuarantineTest):
    """A whole run, without an argument but those for the file."""

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def configure(self, password):
        path = self.directory / "quarantine-report" / "config"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"imaphost = {self.quarantine.host}:{self.quarantine.port_imaps}\n"
                        f"username = {runner.USER}\nca-file = {self.quarantine.ca_file}\n"
                        f"timezone = {ZONE}\ndate = {YESTERDAY}\n{password}\n"
                        "[profile both]\nincoming = yes\noutgoing = yes\njson = both.jsonl\n"
                        "csv = yes\nno-bounce = yes\n")
        path.chmod(0o600)
        return {"XDG_CONFIG_HOME": str(self.directory)}

    def test_report(self):
        environment = self.configure(f"password-file = {self.password_file}")
        result = self.run_program([], environment=environment)
        self.assert_status(result, 0)
        self.assertEqual(result.stderr, b"")
        want = self.quiet_report(f"--timezone={ZONE}", f"--date={YESTERDAY}").stdout
        self.assertGreater(want.count(b"\n"), 10)
        self.assertEqual(result.stdout, want)

    def test_profile(self):
        environment = self.configure(f"password = {runner.PASSWORD}")
        name = f"quarantine-all-{YESTERDAY}.csv"
        result = self.run_program(["--profile=both"], environment=environment,
                                  files=(name, "both.jsonl"))
        self.assert_status(result, 0)
        self.assertEqual((result.stdout, result.stderr), (b"", b""))
        want = self.quiet_report(f"--timezone={ZONE}", f"--date={YESTERDAY}", "-n", "-i", "-o",
                                 "--csv=want", files=("want",))
        self.assertEqual(result.files[name], want.files["want"])

    def test_the_command_line_counts(self):
        environment = self.configure("password-file = /nowhere")
        result = self.run_program([f"--password-file={self.password_file}", "-i", "--outgoing=no"],
                                  environment=environment)
        self.assert_status(result, 0)
        want = self.quiet_report(f"--timezone={ZONE}", f"--date={YESTERDAY}", "-i").stdout
        self.assertEqual(result.stdout, want)


if __name__ == "__main__":
    runner.main()
