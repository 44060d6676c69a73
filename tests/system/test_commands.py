"""The commands: what the first word means, and that the old options say the same."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402

USAGE, NOINPUT = 64, 66

COMMANDS = ["report", "follow", "top", "check", "lock", "unlock", "locked", "blacklist", "queue", "api",
            "history", "show-config"]

# Options that only the commands have that change something.
CHANGES = {"limit", "hours-ago", "count", "max-changes", "unattended", "exempt", "exempt-file",
           "all", "all-users", "undo", "search", "list", "remove", "sender", "recipient", "call-unlock",
           "call-queue-remove", "allow-empty"}

# And those of the history.
HISTORY = {"keep", "identity"}

# And those of runs that stay.
LIVE = {"interval", "alert", "alert-command", "alert-url", "alert-ca-file", "metrics"}
OPTION = re.compile(r"^ {2,6}(?:-\w, )?--([a-z][a-z-]*)", re.M)

REPORT = "\r\n".join([runner.HEADER, "1,a@example.com" + "," * 10, ""])


class Commands(runner.SystemTest):

    def run_words(self, *arguments, status=0, **how):
        result = self.run_program(arguments, **how)
        self.assert_status(result, status)
        return result

    def options_of(self, *command):
        return OPTION.findall(self.run_words(*command, "--help").stdout.decode())


class Words(Commands):
    """Without a server."""

    def test_unknown(self):
        """All commands are named, and nothing is done."""
        for words in (["chek"], ["-d", "reports"], ["", "check"], ["locks", "--csv=-"]):
            with self.subTest(words):
                result = self.run_words(*words, status=USAGE)
                self.assertEqual(result.stdout, b"")
                self.assertIn(b"is none of the commands: " + ", ".join(COMMANDS).encode(),
                              result.stderr)
                self.assertIn(b"Try 'quarantine-report --help'", result.stderr)

    def test_rest_of_a_password(self):
        """It is not repeated, whatever else could be said."""
        result = self.run_words("-s", "quarantine.example.com", "-p", "my", "w0rd", status=USAGE)
        self.assertNotIn(b"w0rd", result.stderr)

    def test_show_config(self):
        old = self.run_words("--show-config", "--top=5").stdout
        self.assertEqual(self.run_words("show-config", "--top=5").stdout, old)
        self.assertEqual(self.run_words("--top=5", "show-config").stdout, old)
        self.assertIn(b"top = 5 ; command line", old)

    def test_help(self):
        everything = self.options_of()
        self.assertIn("check", everything)
        for command in COMMANDS:
            with self.subTest(command):
                self.assertEqual(set(self.options_of(command)) - set(everything), set())
                text = self.run_words(command, "--help").stdout.decode()
                self.assertRegex(text, rf"\AUsage: quarantine-report {command} ")
                self.assertEqual([line for line in text.splitlines() if len(line) > 79], [])
        self.assertEqual(set(everything) - set(self.options_of("report")),
                         {"check", "follow", "show-config"} | CHANGES | LIVE | HISTORY)
        check = self.options_of("check")
        self.assertLessEqual({"imaphost", "password-file", "tls", "trace", "profile"}, set(check))
        self.assertFalse({"csv", "since", "top", "mail-to", "merge", "new-only"} & set(check))

    def test_help_of_one_command(self):
        """It has what the command uses, and nothing of the others; and says what 0 means."""
        listed = {"csv", "json", "tsv", "delimiter", "csv-bom", "raw-csv"}
        for command, has, has_not in (
                ("lock", {"limit", "count", "username", "exempt", "timeout"},
                 {"search", "undo", "remove", "sender", "log-search", "since", "csv", "new-only"}),
                ("unlock", {"search", "undo", "all", "username", "call-unlock"},
                 {"limit", "remove", "log-search", "classification", "csv"}),
                ("locked", listed | {"username", "domain", "state-dir"},
                 {"html", "columns", "limit", "unattended"}),
                ("blacklist", listed | {"limit", "since", "until", "list", "remove"},
                 {"undo", "count", "date", "recipient"}),
                ("queue", listed | {"sender", "recipient", "remove"},
                 {"limit", "username", "list"}),
                ("api", {"unattended", "allow-empty"}, {"limit", "max-changes", "csv"}),
                ("history", listed | {"keep", "identity", "timeout"}, {"remove", "html"}),
                ("top", {"exempt", "since", "interval", "retries", "delimiter"}, {"csv", "group-by", "explain", "log-search"})):
            with self.subTest(command):
                options = set(self.options_of(command))
                self.assertEqual(has - options, set())
                self.assertEqual(has_not & options, set())
        for command, page in (("lock", "-lock(1)"), ("history", "-history(1)"), ("top", "(1)"),
                              ("show-config", ".conf(5)")):
            text = self.run_words(command, "--help").stdout.decode()
            self.assertRegex(text, rf"The exit status is 0 when .*[ \n]quarantine-report"
                                   rf"{re.escape(page)}\.\n\Z")
        for command, title in (("report", "Period (yesterday, unless said otherwise):"),
                               ("follow", "Period:"), ("top", "Period:"), ("blacklist", "Period:")):
            self.assertIn(f"\n{title}\n", self.run_words(command, "--help").stdout.decode())

    def test_options_of_others(self):
        """What a command would leave out is refused, not left out: it may be what chooses."""
        api = ["--api-host=localhost", "--api-user=me"]
        for words in (["lock", *api, "--search=a*", "--unattended"], ["lock", *api, "--undo"],
                      ["lock", *api, "--identity=a@example.com"], ["lock", *api, "--since=7d"],
                      ["lock", *api, "--list"], ["lock", *api, "--new-only"],
                      ["unlock", *api, "--limit=3"], ["locked", *api, "--html"],
                      ["locked", *api, "--columns=Identity"], ["locked", *api, "--unattended"],
                      ["blacklist", *api, "--undo"], ["blacklist", *api, "--count=quarantine"],
                      ["queue", *api, "--remove", "--sender=a@example.com", "--search=x"],
                      ["api", *api, "api_help", "--max-changes=1"],
                      ["history", "erase", "--identity=a", "--domain=example.com"],
                      ["top", "--columns=Identity", "a.mbox"], ["--limit=10", "-s", "localhost"],
                      ["--sender=a@example.com", "-s", "localhost"], ["--all", "-s", "localhost"],
                      ["--metrics=x.prom", "-s", "localhost"], ["--interval=5", "-s", "localhost"]):
            with self.subTest(words):
                result = self.run_words(*words, status=USAGE)
                self.assertEqual(result.stdout, b"")
                self.assertRegex(result.stderr, rb"--[a-z-]+ does not go with the command [a-z]+: ")
        for option in ("--domain=example.com", "--classification=spam"):
            result = self.run_words(option, "-s", "localhost", status=USAGE)
            self.assertIn(b"is that of --log-search", result.stderr)
        # A command line can be tried as it stands, and a file is about all commands.
        config = self.directory / "config"
        config.write_text("interval = 5\n[api]\nlimit = 10\nexempt = postmaster@*\n"
                          "domain = example.com\n")
        self.run_words("--show-config", f"--config={config}", "--search=x")
        self.run_words(f"--config={config}", "--csv=-", "-")

    def test_help_comes_first(self):
        """Nothing behind --help is looked at."""
        usage = self.run_words("--help").stdout
        self.assertEqual(self.run_words("--help", "check").stdout, usage)
        self.assertEqual(self.run_words("nonsense", "--help").stdout, usage)

    def test_posix(self):
        """With POSIXLY_CORRECT the options end at the first word behind the command."""
        posix = {"environment": {"POSIXLY_CORRECT": "1"}}
        self.assertIn(b"top = 5", self.run_words("show-config", "--top=5", **posix).stdout)
        result = self.run_words("--merge", "./a.csv", "--version", status=NOINPUT, **posix)
        self.assertEqual(result.stdout, b"")
        self.assertIn(b"cannot open './a.csv'", result.stderr)
        self.assertIn(b"libcsv", self.run_words("--merge", "./a.csv", "--version").stdout)

    def test_libraries_of_few_runs(self):
        """What few runs need is loaded, with all that it needs, when something needs it."""
        loaded = self.run_words(environment={"LD_TRACE_LOADED_OBJECTS": "1"}).stdout
        if b"libetpan" not in loaded:
            self.skipTest("another loader")
        versions = self.run_words("--version").stdout
        for file, name in (("libcurl", "libcurl"), ("libsqlite3", "SQLite"), ("libncurses", "ncurses"),
                           ("liblzma", "liblzma"), ("libzstd", "libzstd")):
            self.assertNotIn(file.encode(), loaded)
            self.assertRegex(versions, rb"(?m)^%s [\d.]+$" % name.encode())

    def test_files_called_like_commands(self):
        work = self.directory / "reports"
        work.mkdir()
        there = {"wrapper": ["env", "-C", str(work)]}
        (work / "check").write_bytes(REPORT.encode())
        (work / "saved.csv").write_bytes(REPORT.encode())
        want = self.run_words("--csv=-", "--merge", "saved.csv", **there).stdout
        self.assertIn(b"\r\n", want)
        for words in (["--merge", "check"], ["./check", "--merge"], ["--merge", "--", "check"],
                      ["report", "--merge", "check"], ["report", "./check", "--merge"],
                      ["saved.csv", "--merge=yes"]):
            with self.subTest(words):
                self.assertEqual(self.run_words("--csv=-", *words, **there).stdout, want)
        both = self.run_words("--merge", "saved.csv", "check", "--csv=-", **there).stdout
        self.assertNotEqual(both, want)
        self.assertEqual(
            self.run_words("saved.csv", "check", "--merge", "--csv=-", **there).stdout, both)
        self.run_words("report", "--merge", "report", status=NOINPUT, **there)
        self.run_words("check", "--merge", "saved.csv", status=USAGE, **there)


class Written(Commands):
    """What README, the manual pages and the samples write: commands take the options, files the keys."""

    TEXTS = [quarantine_case.TOP / "README", *sorted((quarantine_case.TOP / "man").glob("*.[15]")),
             *sorted(path for path in (quarantine_case.TOP / "samples").iterdir()
                     if path.suffix in (".service", ".timer", ".conf", ".sql", "")
                     and path.is_file() and not path.name.startswith("."))]
    CALL = re.compile(r"(?<![\w/.-])(?:/usr/bin/)?quarantine-report(?= )"
                      r"((?:'[^'\n]*'|\"[^\"\n]*\"|[^\n|'\"`()])*)")
    KEY = re.compile(r"^(?:#   |#|    )([a-z][a-z-]+) =(?: |$)", re.M)

    def test_options(self):
        known, found = {}, set()
        for path in self.TEXTS:
            text = re.sub(r"\\(?:e)?\n\s*", "", path.read_text())
            for call in self.CALL.findall(text):
                words = call.split(" -- ")[0].split()
                command = words[0] if words and words[0] in COMMANDS else "report"
                for option in re.findall(r"(?<=\s)--([a-z][a-z-]*)", call):
                    if command not in known:
                        # check takes any.
                        known[command] = set(
                            self.options_of(*(() if command == "check" else (command,))))
                    found.add(command)
                    with self.subTest(path=path.name, call=call):
                        self.assertIn(option, known[command] | {"help", "show-config", "check"})
        self.assertLessEqual({"report", "lock", "history", "follow", "check"}, found)

    def test_keys(self):
        keys = set(self.options_of())
        for path in self.TEXTS:
            if path.suffix in (".service", ".timer", ".conf", ".5") or path.name == "README":
                for key in self.KEY.findall(path.read_text()):
                    with self.subTest(path=path.name):
                        self.assertIn(key, keys)


class Server(quarantine_case.QuarantineTest):
    """Each command does what its old option did."""

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_check(self):
        old = self.quiet_report("--check").stdout
        self.assertIn(quarantine_case.OUTGOING.encode(), old)
        for words in (["check", *self.trust()], [*self.trust(), "check", "--csv", "-o"]):
            result = self.run_program(words)
            self.assert_status(result, 0)
            self.assertEqual((result.stdout, result.stderr, result.files), (old, b"", {}))

    def test_report(self):
        period = [f"--timezone={quarantine_case.ZONE}", f"--date={quarantine_case.TODAY}"]
        old = self.quiet_report(*period).stdout
        self.assertGreater(old.count(b"\n"), 2)
        result = self.run_program(["report", *self.trust(), *period])
        self.assert_status(result, 0)
        self.assertEqual((result.stdout, result.stderr), (old, b""))


if __name__ == "__main__":
    runner.main()
