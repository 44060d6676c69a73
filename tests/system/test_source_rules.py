"""Rules about the sources that no compiler checks: who may call what, and what is built at all."""

import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", pathlib.Path(__file__).parents[2]))

# cli.md, promise 1: nothing else is ever sent.
ALLOWED_COMMANDS = {"CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID", "LIST", "STATUS",
                    "EXAMINE", "SEARCH", "FETCH", "IDLE", "DONE", "NOOP", "LOGOUT"}
OTHER_COMMANDS = {"APPEND", "CHECK", "CLOSE", "COMPRESS", "COPY", "CREATE", "DELETE", "DELETEACL",
                  "ENABLE", "EXPUNGE", "GETQUOTA", "LSUB", "MOVE", "NOTIFY", "RENAME", "SELECT",
                  "SETACL", "SETMETADATA", "SETQUOTA", "STORE", "SUBSCRIBE", "UNSELECT",
                  "UNSUBSCRIBE"}

# The calls of libetpan that send such a command, as mailimap_copy and mailimap_uid_copy.
ETPAN_WRITERS = (r"\bmailimap_(?:uid_)?(?:" + "|".join(sorted(OTHER_COMMANDS)).lower() +
                 r"|annotatemore_setannotation|acl_\w+|quota_\w+|simple_\w+|custom_command)\b")

# What replaces comments and strings: nothing that a rule looks for.
TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def sources():
    return sorted((TOP / "src").rglob("*.[ch]"))


def name(path):
    return path.relative_to(TOP).as_posix()


def code(path):
    """The source without comments and with empty strings; line breaks stay. Includes keep names."""
    text = path.read_text()

    def blank(match):
        token = match[0]
        line_start = text.rfind("\n", 0, match.start()) + 1
        if token[0] == '"' and text[line_start:match.start()].startswith("#include"):
            return token
        return ('""' if token[0] == '"' else " ") + "\n" * token.count("\n")

    return TOKEN.sub(blank, text)


def strings(path):
    """The string literals outside comments."""
    return [token for token in TOKEN.findall(path.read_text()) if token[0] == '"']


class SourceRules(unittest.TestCase):
    def assert_nowhere(self, pattern, files, why):
        found = [f"{name(path)}:{number}: {line.strip()}" for path in files
                 for number, line in enumerate(code(path).splitlines(), 1)
                 if re.search(pattern, line)]
        self.assertFalse(found, why + "\n" + "\n".join(found))

    def but(self, *names):
        """All sources but those in these files or folders."""
        return [path for path in sources() if not name(path).startswith(names)]

    def test_there_are_sources(self):
        self.assertGreater(len(sources()), 20)

    def test_tls_is_ours(self):
        """libetpan's own TLS verifies nothing."""
        self.assert_nowhere(r"\b(?:mailimap|mailstream)_(?:ssl|socket)_(?:connect|open)\w*|"
                            r"\bmailimap_(?:socket_)?starttls\w*", sources(),
                            "libetpan must not open connections")

    def test_read_only_calls(self):
        self.assert_nowhere(ETPAN_WRITERS, sources(), "a call that can write to the server")

    def test_read_only_commands(self):
        """Commands that we send as text. Words of a sentence are not in capitals."""
        found = [f"{name(path)}: {token}" for path in sources()
                 if name(path).startswith("src/imap/") for token in strings(path)
                 if set(re.findall(r"[A-Z]{2,}", token)) & OTHER_COMMANDS]
        self.assertFalse(found, f"allowed are {sorted(ALLOWED_COMMANDS)}")

    def test_libraries_stay_in_their_rooms(self):
        # Mail is composed by libetpan as well.
        rooms = {r"libetpan/": ("src/imap/", "src/deliver/deliver_mail"),
                 r"openssl/": ("src/imap/",),
                 r"libpsl\.h": ("src/mail/domain.c",),
                 r"idn2\.h": ("src/imap/server_name.c",),
                 r"csv\.h": ("src/text/escape.c", "src/source/saved/"),
                 r"jansson\.h": ("src/sink/", "src/source/saved/", "src/base/json_memory",
                                 "src/source/maillog/maillog_journal.c", "src/control/actions.c",
                                 "src/store/store_clickhouse_answer.c",
                                 "src/watch/alert_fact.c"),
                 r"curl/": ("src/http/client.c", "src/watch/alert_post.c", "src/base/libcurl.c"),
                 r"(?:zlib|lzma|zstd)\.h": ("src/input/input_decode.c",
                                           "src/store/store_clickhouse_batch.c"),
                 r"Judy\.h": ("src/group/",),
                 r"(?:curses|term)\.h": ("src/sink/screen/screen_terminal.c",),
                 r"sodium\.h": ("src/group/", "src/watch/", "src/sink/html/", "src/deliver/", "src/secret/",
                              "src/state/state_text.c", "src/source/files/seen.c",
                              "src/source/quarantine/folder_seen.c",
                              "src/http/client.c", "src/store/",
                              "src/sink/store_record.c", "src/sink/store_privacy.c",
                              "src/mode/history_key.c"),
                 r"sqlite3(?:ext)?\.h": ("src/store/",),
                 r"ini\.h": ("src/settings/config.c",)}
        for header, room in rooms.items():
            # --version tells the versions of the libraries.
            files = self.but(*room, "src/settings/help.c")
            self.assert_nowhere(rf'#\s*include\s*[<"]{header}', files, f"only {room} includes it")

    def test_lists_by_length(self):
        """span_is_listed() looks for a text by its length: one out of order is never found."""
        for path in sources():
            text = path.read_text()
            for listed in set(re.findall(r"\bspan_is_listed\(\s*\w+,\s*(\w+),", text)):
                rows = re.search(rf"const struct span {listed}\[\] = \{{(.*?)\}};", text, re.S)
                if rows is None:
                    continue
                lengths = [int(n) for n in re.findall(r'"(?:\\.|[^"\\])*", (\d+)', rows[1])]
                with self.subTest(f"{name(path)}: {listed}"):
                    self.assertTrue(lengths)
                    self.assertEqual(lengths, sorted(lengths))

    def test_one_way_out(self):
        self.assert_nowhere(r"(?<![\w.>])(?:exit|quick_exit|abort)\s*\(", self.but("src/main.c"),
                            "only main.c may end the process")

    def test_one_writer_to_stderr(self):
        self.assert_nowhere(r"\bstderr\b|\bv?d?(?:printf|write|send)\s*\((?:STDERR_FILENO|2)\b|"
                            r"\b(?:perror|psignal|v?errx?|v?warnx?)\s*\(",
                            self.but("src/base/log.c"),
                            "only base/log.c writes to stderr")

    def test_one_caller_of_tls(self):
        """Who calls OpenSSL elsewhere forgets the deadline."""
        self.assert_nowhere(r"\bSSL_(?:read|write|peek|connect|do_handshake|accept)(?:_ex)?\s*\(",
                            self.but("src/imap/tls_io.c"),
                            "only imap/tls_io.c speaks TLS")

    def test_one_look_up(self):
        self.assert_nowhere(r"\bgetaddrinfo\s*\(", self.but("src/imap/resolve.c"),
                            "only imap/resolve.c ends a look-up in time")

    def test_one_way_to_wait(self):
        """Who waits elsewhere forgets the deadline or the signal."""
        self.assert_nowhere(r"\b(?:p?poll|p?select|epoll_p?wait|u?sleep|nanosleep)\s*\(",
                            self.but("src/base/"), "only base/ waits: base/wait.h")

    def test_functions_are_short(self):
        """At most 60 lines and 5 parameters; a callback has those of its library."""
        wrong = []
        for path in self.but("src/imap/tls_io.c", "src/sink/sink_row.c"):
            for head, body in re.findall(r"^(\w[^;{}=#]*\([^;{}=]*\))\n(\{\n.*?^\})", code(path),
                                         re.M | re.S):
                depth = [head[:at].count("(") - head[:at].count(")") for at in range(len(head))]
                parameters = 1 + sum(c == "," and d == 1 for c, d in zip(head, depth))
                lines = head.count("\n") + body.count("\n") + 2
                if parameters > 5 or lines > 60:
                    wrong.append(f"{name(path)}: {head}: {parameters} parameters, {lines} lines")
        self.assertEqual(wrong, [])

    def test_nothing_unbounded(self):
        self.assert_nowhere(r"\b(?:gets|strcat|sprintf|vsprintf|strtok|alloca|atoi|system)\s*\(",
                            sources(), "a function without a bound")

    def test_settings_are_read_in_one_place(self):
        """What reads a place applies what it says, and knows nothing of the other places."""
        reads = r"\b(?:config_read|options_read_environment|arguments_read_(?:early|rest)|" \
                r"options_check)\("
        callers = {name(path) for path in sources() if path.suffix == ".c"
                   for line in code(path).splitlines()
                   if re.search(reads, line) and not re.match(r"(?:int|static) ", line)}
        self.assertEqual(callers, {"src/settings/settings.c"})

    def test_members_that_are_asked_for_have_an_option(self):
        """OPTION(member) is NULL for any other."""
        table = code(TOP / "src/settings/table.c").partition("option_rows[]")[2]
        asked = {member for path in sources()
                 for member in re.findall(r"(?<!define )\bOPTION\(([\w.]+)\)", code(path))}
        self.assertGreater(len(asked), 10)
        self.assertEqual({member for member in asked
                          if not re.search(rf"[(\s]{re.escape(member)}[,)]", table)}, set())

    def test_every_file_is_built(self):
        made = (TOP / "Makefile.am").read_text().split()
        for fragment in (TOP / "src").rglob("local.mk"):
            made += fragment.read_text().split()
        wanted = [name(path) for path in sources()]
        wanted += [name(path).removesuffix(".c") for path in (TOP / "tests/unit").rglob("test_*.c")]
        wanted += [name(path).removesuffix(".c") for path in (TOP / "tests/fuzz").glob("fuzz_*.c")]
        wanted += [name(path) for path in (TOP / "tests/system").glob("test_*.py")]
        wanted += [name(path) for path in (TOP / "tests/support").glob("*.[chp]*")]
        wanted += [name(path) for path in (TOP / "tests/unit").rglob("*.h")]
        self.assertFalse(sorted(set(wanted) - set(made)), "missing in Makefile.am")

    def test_every_system_test_ends_by_the_runner(self):
        """Else one whose every test was skipped counts as passed."""
        others = [name(path) for path in sorted((TOP / "tests/system").glob("test_*.py"))
                  if not re.search(r"^    runner\.main\(.*\)$", path.read_text(), re.M)]
        self.assertEqual(others, [])

    def test_every_sample_is_installed(self):
        """But the demo, which needs the sources; the messages are those of manifest.tsv."""
        makefile = (TOP / "Makefile.am").read_text()
        installed = re.search(r"^SAMPLE_TEXTS = ((?:.*\\\n)*.*)$", makefile, re.M)[1].split()
        samples = {path.name for path in (TOP / "samples").iterdir()
                   if path.is_file() and not path.name.startswith(".")}
        self.assertEqual(samples - {"demo"} - set(installed), set())


if __name__ == "__main__":
    runner.main(needs_program=False)
