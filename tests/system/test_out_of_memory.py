"""Allocations that fail, one by one or all from one on, wherever in the program or its libraries.

However it ends: never a hang, a report that is not whole, or a secret in a message; 0 only with
what a run without a fault gives; a crash only within a library. `make check` looks at some points
of each scenario, the same each time; tests/faults/run at all.
"""

import collections
import contextlib
import gzip
import json
import os
import pathlib
import pty
import re
import select
import shutil
import sqlite3
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import api_server  # noqa: E402
import runner  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_arf  # noqa: E402

BUILD = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve()
FAIL_MALLOC = BUILD / "tests/support/fail_malloc.so"
FAKE_CLOCK = BUILD / "tests/support/fake_clock.so"

NOW = 1710590400  # 2024-03-16, 12:00 UTC; the mail of the peer is of the day before

POINTS = 100      # of single failures in a scenario
ALL_POINTS = 50   # of failures that go on
LAST_POINTS = 12  # of single failures, at the end
API_FEWER = 3     # so many times fewer of the commands that act on the filter
SHOWN = 5         # points that a failure names

# Who may crash without memory: their faults are not ours to mend.
LIBRARIES = r"lib(etpan|c|gnutls|resolv|nss_\w+|sasl2|db-5|crypto|ssl|p11-kit|idn2|tinfo|ncursesw)\.so|ld-linux"
TEMPORARY = ".quarantine-report-"

# Text in several encodings, a login, a script, a bounce, and lines that --merge must count.
SCRIPT = r"""
message 1 From: =?iso-8859-2?q?J=E1n?= <jan@example.com>\r\nTo: a@example.net, b@example.net\r\nSubject: =?windows-1251?b?z/Do4uXy?=\r\nX-AuthUser: jan@example.com\r\nX-Example-Class: spam\r\n\r\n
message 2 From: web@example.com\r\nX-PHP-Script: www.example.com/x.php for 192.0.2.7\r\nSubject: =?koi8-r?b?8NLJ18XU?=\r\nReceived: from h (h [192.0.2.9]) by mx.example.com; Fri, 15 Mar 2024 12:00:00 +0000\r\n\r\n
message 3 From: MAILER-DAEMON@example.com\r\nReturn-Path: <>\r\nSubject: returned\r\nX-AuthUser: ann@example.com\r\n\r\n
"""

SAVED = ("#,From,To,Subject,Auth-User,PHP script\r\n" + "".join(
    f'"{i}","a{i}@example.com","b{i % 3}@example.net","Subject {i}","user{i % 4}@example.com",""'
    "\r\n" for i in range(1, 9)))

SAVED_JSON = "".join(
    '{"schema":1,"kind":"message","number":%d,"from":"a%d@parcel.example","to":"b@example.net",'
    '"auth_user":"user%d@example.com"}\n' % (i, i, i % 3) for i in range(1, 6))

BOX = "".join(f"From a Fri Mar 15 12:00:00 2024\n{text}\n" for text in (
    "From: =?iso-8859-2?q?J=E1n?= <jan@example.com>\nX-AuthUser: jan@example.com\n\nHello\n",
    "From: web@example.com\nX-PHP-Script: www.example.com/x.php for 192.0.2.7\n\n>From me\n"))
# Both servers, a folder, PHP's log, an entry of the journal: all that keeps something.
EXIM_LOG = "".join(
    f"2024-03-15 12:00:{i:02} 1{i:05}-0001Fx-2N <= a{i}@example.com U=web P=local S=3 T=\"n {i}\" for "
    f"r{i}@example.net\n2024-03-15 12:00:{i:02} 1{i:05}-0001Fx-2N ** r{i}@example.net R=x: no\n"
    for i in range(8)) + "2024-03-15 12:01:00 cwd=/home/carl 2 args: sendmail -t\n"
POSTFIX_LOG = "".join(
    f"Mar 15 12:00:0{i} mail postfix/smtpd[1]: 00000{i}: client=localhost[127.0.0.1], sasl_method=PLAIN, "
    f"sasl_username=u{i % 2}@example.com\nMar 15 12:00:0{i} mail postfix/cleanup[1]: 00000{i}: message-id="
    f"<{i}@example.com>\n" for i in range(6))
# A subject of escapes, a bounce, logins that failed.
ESCAPED_LOG = (
    '2024-03-15 12:00:01 1rl001-0001Fx-2N <= bob@example.com U=bob P=local S=3 T="' +
    "b \\303\\244" * 60 + '"\n2024-03-15 12:00:02 1rl002-0001Fx-2N <= <> R=1rl001-0001Fx-2N '
    "U=Debian-exim P=local S=3\n" + "".join(
        f"2024-03-15 12:00:{i:02} dovecot_login authenticator failed for (x) [192.0.2.{i}]: 535 "
        f"Incorrect authentication data (set_id=u{i}@example.com)\n" for i in range(4)))
PHP_LOG = "[15-Mar-2024 12:00:01 UTC] mail() on [/home/web/x.php:1]: To: r1@example.net\n"
JOURNAL = ('{"__REALTIME_TIMESTAMP":"1710504000000000","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":'
           '"postfix/pickup","MESSAGE":"0000AA: uid=1001 from=<a@example.com>"}\n')
# The other form of a journal, in which a text with a line break is bytes behind their number.
EXPORT = b"".join(
    b"__CURSOR=s\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=mail\nSYSLOG_IDENTIFIER=exim\n_PID=%d\n_UID=8\n"
    b"_COMM=exim4\n%b\n\n" % (1710504000000000 + i, 40 + i, field) for i, field in enumerate((
        b'MESSAGE=1rl000-0001Fx-2N <= ann@example.com U=ann P=local S=3 T="\\303\\244"',
        b'MESSAGE\n\x4d\0\0\0\0\0\0\x001rl001-0001Fx-2N <= bob@example.com U=bob P=local S=3 T="b" for\nr@example.net')))

Scenario = collections.namedtuple("Scenario", "options files stdin peer")

# The filter's API: what it has before each run.
LOCKED = [("example.com", "192.0.2.1", "kim@example.com"), ("example.com", "192.0.2.1", "li, x")]
QUEUED = [["example.com", "mx.example.net", f"1ZPhsl-0004Im-{i:02}", "60", "2000", "",
           f"user{i}@example.net", "False"] for i in range(2)]
LOGGED = [api_server.row(NOW - 60 - i, f"{name}@example.com") for name in ("bob", "eve")
          for i in range(3)]
WHO = ["--domain=example.com", "--username=192.0.2.1"]
API_SCENARIOS = {
    "lock": ["lock", "--limit=2", "--unattended", "--exempt=postmaster@*"],
    "lock-named": ["lock", *WHO, "--unattended", "bob@example.com"],
    "unlock": ["unlock", "--unattended", "--all"],
    "locked": ["locked", "--json"],
    "blacklist": ["blacklist", *WHO, "--unattended", "bob@example.com"],
    "queue": ["queue", "--csv"],
    "queue-remove": ["queue", "--remove", "--sender=<>", "--unattended"],
    "api": ["api", "api_set_outgoing_report_recipient", "domain=example.com", "recipient=a@example.com",
            "--unattended"],
    "log-search": ["report", "--log-search", "--since=2h", "--json=-", "--columns=all"],
    "log-search-groups": ["report", "--log-search", "--since=2h", "--group-by=Identity", "--top=5"],
    "check-api": ["check"],
}

SCENARIOS = {
    "csv": Scenario(["-c"], [], b"", True),
    "display": Scenario(["-d", "-n", "--columns=Date,From,Subject"], [], b"", True),
    "page": Scenario(["--html=r.html", "--json=r.jsonl", "--csv=r.csv", "--group-by=Identity"],
                     [], b"", True),
    "mail": Scenario(["--mail-to=noc@example.com", "--sendmail=/bin/true", "--csv=r.csv"], [], b"",
                     True),
    "new-only": Scenario(["--new-only", "--csv=r.csv"], [], b"", True),
    "check": Scenario(["--check"], [], b"", True),
    "merge": Scenario(["--merge", "--group-by=Auth-User", "--csv=r.csv", "--json=r.jsonl",
                       "--html=r.html", "-", "saved.csv"], [("saved.csv", SAVED)],
                      SAVED_JSON.encode(), False),
    "files": Scenario(["--csv=r.csv", "--columns=all", "--json=r.jsonl", "-", "box", "one.eml"],
                      [("box", BOX), ("one.eml", test_arf.vendor("bob"))],
                      gzip.compress(BOX.replace("jan", "eva").encode()), False),
    "logs": Scenario(["--group-by=Identity", "--csv=r.csv", "--json=r.jsonl", "-", "mainlog",
                      "mail.log", "php.log"],
                     [("mainlog", EXIM_LOG), ("mail.log", POSTFIX_LOG), ("php.log", PHP_LOG)],
                     JOURNAL.encode(), False),
    "explain": Scenario(["--explain", "mainlog"], [("mainlog", EXIM_LOG + ESCAPED_LOG)], b"", False),
    "failed-logins": Scenario(["--failed-logins", "--csv=r.csv", "--columns=all", "mainlog"],
                              [("mainlog", ESCAPED_LOG)], b"", False),
    "export": Scenario(["--columns=all", "--csv=r.csv", "--json=-", "-"], [], EXPORT, False),
    "help": Scenario(["--help"], [], b"", False),
    "show-config": Scenario(["--show-config", "--delimiter=;"], [], b"", False),
    "follow": Scenario(["follow", "--csv=r.csv", "--json=-", "--alert=2/10", "--metrics=r.prom", "--deadline=1", "-"], [],
                       EXIM_LOG.replace("a1@", "a2@").replace("a3@", "a2@").encode(), False),
    # A history that has nothing yet, and one that knows the day.
    "history": Scenario(["--history", "--csv=r.csv", "--json=-"], [], b"", True),
    "history-known": Scenario(["--history", "--csv=r.csv", "--group-by=Identity"], [], b"", True),
    "follow-server": Scenario(["follow", "--csv=r.csv", "--json=-", "--deadline=1"], [], b"",
                              True),
}

# How many times fewer points are looked at of scenarios that take their time.
FEWER = dict.fromkeys(API_SCENARIOS, API_FEWER) | {"follow": 8, "follow-server": 8, "history": 2, "history-known": 2}


class Api(api_server.ApiServer):
    """In its first state again for each run."""

    def start_again(self):
        self.locked, self.blacklist = list(LOCKED), []
        self.queue, self.log = [list(one) for one in QUEUED], list(LOGGED)
        self.quoting = "all"
        self.recipients = []
        self.calls.clear()

    def api_set_outgoing_report_recipient(self, query):
        self.recipients.append(query["recipient"])
        return b""

    def shows(self, action):
        """Whether what the log of actions says is done is there."""
        key = action["domain"], action["username"], action["name"]
        if action["command"] == "queue-remove":
            return action["name"] not in [one[2] for one in self.queue]
        there = key in (self.blacklist if "blacklist" in action["command"] else self.locked)
        return there != action["command"].startswith("un")


class OutOfMemory(runner.SystemTest):

    def setUp(self):
        super().setUp()
        if runner.is_sanitized(runner.program()):
            self.skipTest("the address sanitizer has an allocator of its own")
        self.trace = self.directory / "trace"
        self.count = self.directory / "count"
        self.state = self.directory / "state"
        self.kept = self.directory / "kept"

    def arguments(self, scenario, peer):
        files = []
        for name, text in scenario.files:
            (self.directory / name).write_text(text)
            files.append(str(self.directory / name))
        options = [option for option in scenario.options
                   if option not in dict(scenario.files)]
        if "--history" in options:
            options[options.index("--history")] = f"--history={self.kept}/history.sqlite"
        if "--new-only" in options:
            options += [f"--state-dir={self.state}", "--since=2d"]
        elif scenario.peer:
            options += ["--since=2024-03-15" if "follow" in options else "--date=2024-03-15"]
        if scenario.peer:
            options += [*self.login(f"127.0.0.1:{peer.port}"), "--tls=off"]
        return [*options, "--timezone=Europe/Berlin", *files]

    def api_arguments(self, name, server):
        password = self.directory / "api-password"
        password.write_text(api_server.PASSWORD)
        password.chmod(0o600)
        return [*API_SCENARIOS[name], f"--api-host=127.0.0.1:{server.port}", "--api-plaintext",
                f"--api-user={api_server.USER}", f"--api-password-file={password}",
                f"--state-dir={self.state}"]

    def actions(self):
        return [json.loads(line) for file in self.state.glob("*/actions.jsonl")
                for line in file.read_text().splitlines()]

    def api_faults(self, name, result, server):
        """Nothing is claimed, or written down as done, that is not; nothing is done that is not
        written down; and the next run settles what is open."""
        actions = self.actions()
        opened = {(one["run"], one["sequence"]) for one in actions if one["state"] == "intended"}
        changing = [one for one in server.calls
                    if re.match("api_(un)?(lock|blacklist)_|api_remove_|api_set_", one["call"])]
        if len(changing) > len(opened):
            yield "a change that was not written down before"
        for action in actions:
            if action["state"] == "done" and not server.shows(action):
                yield f"{action['command']} is written down as done, and is not"
        for line in result.stdout.decode(errors="replace").splitlines():
            claim = re.fullmatch(r"(.+) \(.*\): (locked|unlocked|blacklisted)", line)
            if claim and (claim[1] in [one[2] for one in server.locked + server.blacklist]) != (
                    claim[2] != "unlocked"):
                yield f"{claim[2]} is claimed, and is not so"
        if opened and result.status != 0 and not name.startswith("api"):
            server.calls.clear()
            again = self.run_api(name, server)
            if again.status != 0:
                yield f"the next run ends with {again.status}: {again.stderr[-200:]}"

    def run_api(self, name, server, **variables):
        environment = {"LD_PRELOAD": f"{FAIL_MALLOC} {FAKE_CLOCK}", "CLOCK_AT": str(NOW),
                       "FAIL_TRACE": str(self.trace),
                       **{key: str(value) for key, value in variables.items()}}
        self.trace.unlink(missing_ok=True)
        result = runner.run(self.api_arguments(name, server), environment=environment)
        runner.wait_for_rest(server.port)   # what it has asked for is done, though it has crashed
        return result

    def sweep_api(self, name):
        with Api() as server:
            def run(**variables):
                shutil.rmtree(self.state, ignore_errors=True)
                server.start_again()
                return self.run_api(name, server, **variables)
            self.sweep_with(name, run, lambda result: self.api_faults(name, result, server),
                            api_server.PASSWORD)

    def begin_history(self, scenario, peer):
        """The history as it is before each run."""
        known = self.directory / "known"
        if scenario is SCENARIOS["history-known"] and not known.exists():
            self.kept.mkdir(mode=0o700)
            self.assert_status(runner.run(self.arguments(scenario, peer)), 0)
            self.kept.rename(known)
        shutil.rmtree(self.kept, ignore_errors=True)
        if known.exists():
            shutil.copytree(known, self.kept)
        else:
            self.kept.mkdir(mode=0o700)

    def history_faults(self, result):
        """A history is sound, and knows a day only when it has all of it."""
        file = self.kept / "history.sqlite"
        if not file.exists() or file.stat().st_size == 0:
            if result.status == 0:
                yield "exit 0 without a history"
            return
        with contextlib.closing(sqlite3.connect(file)) as base:
            if base.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                yield "a damaged history"
            if not base.execute("SELECT * FROM sqlite_schema WHERE name='coverage'").fetchall():
                return
            known, rows = (base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                           for table in ("coverage", "message"))
        if known and rows != 3:
            yield f"a day is known, and has {rows} messages"
        if result.status == 0 and not known:
            yield "exit 0, and nothing is known"

    def run_once(self, scenario, peer, **variables):
        """With a later deadline when a busy machine did not come so far in the usual one."""
        result = self.run_until(scenario, peer, **variables)
        if b"ended before it had been read" in result.stderr:
            options = ["--deadline=20" if option.startswith("--deadline=") else option
                       for option in scenario.options]
            result = self.run_until(scenario._replace(options=options), peer, **variables)
        return result

    def run_until(self, scenario, peer, **variables):
        if "--history" in scenario.options:
            self.begin_history(scenario, peer)
        self.trace.unlink(missing_ok=True)
        shutil.rmtree(self.state, ignore_errors=True)
        environment = {"LD_PRELOAD": f"{FAIL_MALLOC} {FAKE_CLOCK}", "CLOCK_AT": str(NOW),
                       "FAIL_TRACE": str(self.trace),
                       **{name: str(value) for name, value in variables.items()}}
        result = runner.run(self.arguments(scenario, peer), environment=environment,
                            stdin=scenario.stdin)
        result.files |= {f"state: {path.name}": path.read_bytes()
                         for path in self.state.rglob("*") if path.is_file()}
        return result

    def guilty(self):
        """Who crashed: the innermost call that is neither ours to fail nor the C library's."""
        calls = self.trace.read_text().splitlines() if self.trace.exists() else []
        objects = [(pathlib.Path(call.partition("(")[0]).name, call) for call in calls]
        objects = [(name, call) for name, call in objects if name != FAIL_MALLOC.name]
        outer = [call for name, call in objects if not re.match(r"libc\.so", name)]
        return (outer or [call for _, call in objects] or ["nobody knows who"])[0]

    def faults(self, result, good, password):
        """What is wrong with the way it ended."""
        if result.timed_out:
            yield "it hangs"
        if result.signal is not None and not re.search(LIBRARIES, self.guilty()) and \
                "getpwuid" not in self.trace.read_text():
            yield f"crash in {self.guilty()}"
        if result.status == 0 and (result.stdout, result.files) != (good.stdout, good.files):
            yield "exit 0 with other contents"
        for name, data in result.files.items():
            if TEMPORARY in name:
                # The next run finishes what stands in a journal.
                if result.signal is None and "state: journal" not in result.files:
                    yield "a temporary file is left"
            elif name.endswith(".prom"):
                if not data.endswith(b"\n"):
                    yield f"{name} is not whole"
            elif result.status != 0 and not name.startswith("state: ") and data != good.files[name]:
                yield f"{name} is not whole"
        if result.status not in (0, None) and not result.stderr.strip():
            yield f"exit {result.status} without a word"
        if result.status in (64, 65, 70, 78):
            text = re.sub(r"\d+", "N", result.stderr[:100].decode(errors="replace"))
            yield f"exit {result.status} for want of memory: {text!r}"
        for secret in runner.secrets_of(password):
            if any(secret in data for data in
                   (result.stdout, result.stderr, *result.files.values())):
                yield "a secret is told"

    def points(self, count, fewer):
        """Numbers of allocations, and whether all behind fail as well."""
        if os.environ.get("FAULTS_ALL"):
            singles = alls = range(1, count + 1)
        else:
            # The last ones make what is shown.
            singles = sorted({*range(1, count + 1, max(1, count * fewer // POINTS)),
                              *range(max(1, count - LAST_POINTS), count + 1)})
            alls = range(1, count + 1, max(1, count * fewer // ALL_POINTS))
        return [*((at, False) for at in singles), *((at, True) for at in alls)]

    def sweep(self, name):
        scenario = SCENARIOS[name]
        with runner.Peer(text=SCRIPT, timeout=3600) as peer:
            self.sweep_with(name, lambda **variables: self.run_once(scenario, peer, **variables),
                            self.history_faults if "--history" in scenario.options
                            else lambda result: [], runner.PASSWORD)

    def run_top(self, **variables):
        """(exit status, less than 0 for a signal; whether the terminal is as it was); q is typed
        until the end."""
        self.trace.unlink(missing_ok=True)
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm",
                       "HOME": str(self.directory), "FAIL_TRACE": str(self.trace),
                       "LD_PRELOAD": f"{FAIL_MALLOC} {FAKE_CLOCK}", "CLOCK_AT": str(NOW),
                       **{name: str(value) for name, value in variables.items()}}
        with subprocess.Popen([runner.program(), "top", "mainlog"], cwd=self.directory, stdin=slave,
                              stdout=slave, stderr=slave, env=environment,
                              start_new_session=True) as process:
            shown, deadline = b"", time.monotonic() + runner.RUN_TIMEOUT
            while process.poll() is None and time.monotonic() < deadline:
                if select.select([master], [], [], 0.02)[0]:
                    shown += os.read(master, 65536)
                # Only when something stands there: a key that comes first is thrown away.
                elif b"mainlog" in shown:
                    os.write(master, b"q")
            if process.poll() is None:
                process.kill()
                process.wait()
                self.fail(f"it hangs: {variables} {shown[-300:]}")
        after = termios.tcgetattr(slave)
        os.close(slave)
        os.close(master)
        return process.returncode, before == after

    def test_top(self):
        """It ends, says why, and gives the terminal back."""
        (self.directory / "mainlog").write_text(EXIM_LOG)
        self.assertEqual(self.run_top(FAIL_COUNT=self.count), (0, True))
        found, statuses = collections.defaultdict(list), collections.Counter()
        for at, goes_on in self.points(int(self.count.read_text()), 2):
            status, is_given_back = self.run_top(FAIL_AT=at, **({"FAIL_ALL": 1} if goes_on else {}))
            statuses[status] += 1
            where = f"{at}{'+' if goes_on else ''}"
            if not is_given_back:
                found["the terminal is not given back"].append(where)
            if status < 0 and not re.search(LIBRARIES, self.guilty()):
                found[f"crash in {self.guilty()}"].append(where)
            elif status in (64, 65, 70, 78):
                found[f"exit {status}"].append(where)
        print(f"\ntop: {self.count.read_text().strip()} allocations, ended {dict(statuses)}",
              file=sys.stderr)
        self.assertEqual(dict(found), {})

    def sweep_with(self, name, run, more_faults, password):
        found = collections.defaultdict(list)
        statuses = collections.Counter()
        crashes = collections.Counter()
        good = run(FAIL_COUNT=self.count)
        self.assert_status(good, 0)
        self.assertEqual(list(more_faults(good)), [])
        count = int(self.count.read_text())
        for at, goes_on in self.points(count, FEWER.get(name, 1)):
            how = {"FAIL_AT": at} | ({"FAIL_ALL": 1} if goes_on else {})
            result = run(**how)
            statuses[result.status if result.signal is None else f"signal {result.signal}"] += 1
            if result.signal is not None:
                crashes[re.sub(r"\+0x\w+|\[\w+\]", "", self.guilty())] += 1
            for fault in [*self.faults(result, good, password), *more_faults(result)]:
                found[fault].append(f"{at}{'+' if goes_on else ''}")
        print(f"\n{name}: {count} allocations, ended {dict(statuses)}; crashes {dict(crashes)}",
              file=sys.stderr)
        if found:
            self.fail(name + "".join(f"\n{len(where)} times {what}: at {' '.join(where[:SHOWN])}"
                                     for what, where in sorted(found.items())))


def _sweep(name):
    return lambda self: self.sweep(name)


def _sweep_api(name):
    return lambda self: self.sweep_api(name)


for _name in SCENARIOS:
    setattr(OutOfMemory, f"test_{_name.replace('-', '_')}", _sweep(_name))
for _name in API_SCENARIOS:
    setattr(OutOfMemory, f"test_{_name.replace('-', '_')}", _sweep_api(_name))


if __name__ == "__main__":
    runner.main()
