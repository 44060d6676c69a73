"""The history in ClickHouse: the real server of Debian, alone, as a cluster, and behind a proxy that
answers otherwise.
"""

import gzip
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import certificates  # noqa: E402
import clickhouse  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from clickhouse import Answer  # noqa: E402
from killing import KILLED, NO_TRACE, kill_at  # noqa: E402
from quarantine_case import TODAY, YESTERDAY, ZONE  # noqa: E402
import test_examples  # noqa: E402
from test_history import BOTH, OUTPUTS, PERIOD, without_times_of_the_run  # noqa: E402

OK, USAGE, DATA, UNAVAILABLE, TEMPORARY, PROTOCOL, LOGIN, CONFIG = 0, 64, 65, 69, 75, 76, 77, 78

ANY = (DATA, UNAVAILABLE, TEMPORARY, PROTOCOL)

UNITS = [pathlib.Path("tests/unit/store") / name
         for name in ("test_store_sqlite", "test_store_sqlite_upkeep")]

MISSING = clickhouse.missing()


@unittest.skipIf(MISSING, f"needs {', '.join(MISSING)}")
class ClickHouseCase(quarantine_case.QuarantineTest):
    """Each test finds an empty database."""

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.make_server()
        cls.enterClassContext(cls.server)

    @classmethod
    def make_server(cls):
        return clickhouse.ClickHouse()

    def setUp(self):
        super().setUp()
        self.server.clear()
        self.password = self.directory / "history-password"
        self.password.write_text(clickhouse.PASSWORD + "\n")
        self.password.chmod(0o600)
        self.address = self.url()
        self.state = self.directory / "state"
        self.more = [f"--state-dir={self.state}"]

    def url(self, port=None, user=None, database=clickhouse.DATABASE, scheme="clickhouse+http"):
        return (f"{scheme}://{user + '@' if user else ''}127.0.0.1:{port or self.server.port}/"
                f"{database}")

    def as_user(self, user, **how):
        self.address = self.url(user=user, **how)
        self.more = [*self.more, f"--history-password-file={self.password}"]

    def sync(self, *options, status=OK, **how):
        return self.report(f"--history={self.address}", *self.more, *PERIOD, *BOTH, *options,
                           status=status, **how)

    def offline(self, *options, status=OK, where=True, **how):
        name = ["-s", f"{self.quarantine.host}:{self.quarantine.port_imaps}", "-u", runner.USER]
        result = self.run_program([*(name if where else []), f"--history={self.address}",
                                   "--offline", *self.more, *PERIOD, *BOTH, *options], **how)
        self.assert_status(result, *(status if isinstance(status, tuple) else (status,)))
        return result

    def live(self, *options, **how):
        return self.report(*PERIOD, *BOTH, *options, **how)

    def make_tables(self):
        """With nothing in them that a report asks for."""
        self.report(f"--history={self.address}", *self.more, "--date=2001-01-01", "-o")

    def count(self, table="qr_message"):
        return int(self.server.query(f"SELECT count() FROM {table} FINAL"))

    def waiting(self):
        """The files of what no server has taken."""
        return sorted(self.state.glob("history-waiting.*")) if self.state.exists() else []

    def assert_nothing_shown(self, result):
        self.assertEqual((result.stdout, result.files), (b"", {}))


class Store(ClickHouseCase):
    """What the store of a file must do."""

    def test_the_same_as_a_file(self):
        for unit in UNITS:
            with self.subTest(unit=unit.name):
                if not unit.exists():
                    self.skipTest(f"{unit} is not built")
                result = subprocess.run(
                    [unit], env=os.environ | {"QR_CLICKHOUSE": str(self.server.port)},
                    capture_output=True, text=True)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Reports(ClickHouseCase):

    def test_live_file_and_server(self):
        """The same bytes, whatever the output; groups of a live report know nothing of the past."""
        file = self.directory / "kept" / "history.sqlite"
        file.parent.mkdir(mode=0o700)
        for _ in range(2):
            first = self.sync()
            self.assertEqual((first.stdout, first.stderr), (b"", b""))
        server = self.address
        for outputs in OUTPUTS:
            with self.subTest(outputs=outputs):
                reports = {}
                if not any("group-by" in option or "html" in option for option in outputs):
                    reports["live"] = self.live(*outputs, files=["out"])
                for engine in (file, server):
                    self.address = engine
                    reports[f"beside {engine}"] = self.sync(*outputs, files=["out"])
                    for where in (True, False):
                        kept = self.offline(*outputs, where=where, files=["out"])
                        reports[f"{engine} {where}"] = kept
                        self.assertEqual((kept.stdout, kept.stderr), (b"", b""))
                bodies = {name: without_times_of_the_run(report.files["out"])
                          for name, report in reports.items()}
                self.assertEqual(len(set(bodies.values())), 1, {
                    name: hash(body) for name, body in bodies.items()})

    def test_example_of_the_readme(self):
        """What it has kept is there."""
        found = [command for command in test_examples.readme()
                 if test_examples.of_clickhouse(command)]
        self.assertEqual(len(found), 1)
        program, *words = shlex.split(found[0].replace("\\\n", " "))
        self.assertEqual([program, *words[:2]],
                         ["quarantine-report", "-s", "quarantine.example.com"])
        del words[:2]  # the private quarantine is named in their place
        for at, word in enumerate(words):
            for placeholder, value in (
                    ("clickhouse://writer@ch.example.com/qr", self.url(user=clickhouse.WRITER)),
                    ("/etc/quarantine-report/history-password", str(self.password))):
                word = word.replace(placeholder, value)
            words[at] = word
        self.server.clear()
        # Makes the tables, which the writer may not.
        self.report(f"--history={self.address}", *self.more, "--date=2001-01-01")
        self.report(*words, *self.more, *PERIOD)
        self.assertNotEqual(self.server.rows("SELECT count() FROM qr_message"), ["0"])

    def test_display(self):
        self.sync()
        self.assertEqual(self.offline().stdout, self.live().stdout)

    def test_once_however_often(self):
        self.sync()
        count = self.count()
        self.assertGreater(count, 20)
        for _ in range(2):
            self.sync()
        self.assertEqual(self.count(), count)
        self.assertEqual(self.server.rows("SELECT value FROM qr_meta FINAL"), [["1"]])

    def test_missing_days_are_named(self):
        self.report(f"--history={self.address}", f"--timezone={ZONE}", f"--since={YESTERDAY}",
                    f"--until={TODAY}", *BOTH)
        result = self.run_program([f"--history={self.address}", "--offline",
                                   f"--timezone={ZONE}", "--since=2026-01-01", f"--until={TODAY}",
                                   *BOTH, "--json=-"])
        self.assert_status(result, DATA)
        self.assertRegex(result.stderr.decode(), r"the history of 'Caught' does not have all of "
                                                 r"2025-12-31, 2026-01-01, .* more \(UTC\)")

    def test_an_empty_history(self):
        self.report(f"--history={self.address}", "--date=2001-01-01", "-o")
        self.server.query("DROP TABLE qr_place")
        self.report(f"--history={self.address}", "--date=2001-01-01", "-o")
        result = self.offline(where=False, status=(OK, DATA))
        self.assertNotIn(b"ClickHouse", result.stderr)

    def test_no_secret_anywhere(self):
        self.as_user(clickhouse.WRITER)
        for result in (self.sync("--trace"), self.sync("-v")):
            for secret in runner.secrets_of(clickhouse.PASSWORD):
                self.assertNotIn(secret, result.stdout + result.stderr)
        self.assertGreater(self.count(), 20)


class Access(ClickHouseCase):
    """Who may do what, and what is said otherwise."""

    def assert_refused(self, run, status, said):
        result = run("--csv=out", status=status)
        self.assertRegex(result.stderr.decode(), said)
        self.assertEqual(result.files, {})
        self.assertNotIn(clickhouse.PASSWORD.encode(), result.stderr)

    def test_users(self):
        self.as_user(clickhouse.WRITER)
        self.sync()
        self.as_user(clickhouse.READER)
        self.offline()
        self.assert_refused(self.sync, UNAVAILABLE, r"the user may only read \(Code 164\)")

    def test_wrong_password(self):
        self.as_user(clickhouse.WRITER)
        self.password.write_text("other\n")
        for run in (self.sync, self.offline):
            self.assert_refused(run, LOGIN, r"the password is wrong \(Code 193\)")
        self.address = self.url(user="nobody")
        self.assert_refused(self.sync, LOGIN, r"it does not know the user \(Code 192\)")

    def test_password_by_command(self):
        self.address = self.url(user=clickhouse.WRITER)
        self.more = [f"--history-password-command=cat '{self.password}'"]
        self.sync()
        self.more = []
        result = self.sync(status=USAGE)
        self.assertIn(b"--history-password-file", result.stderr)

    def test_unknown_database(self):
        self.address = self.url(database="other")
        for run in (self.sync, self.offline):
            self.assert_refused(run, CONFIG, r"there is no such database \(Code 81\)")

    def test_missing_tables(self):
        self.assert_refused(self.offline, CONFIG, "it has no table qr_message: a run with "
                                                  "--history and without --offline makes it")
        self.as_user(clickhouse.READER)
        self.assert_refused(self.sync, UNAVAILABLE,
                            "the table qr_message is missing, and cannot be made: the user may "
                            r"only read \(Code 164\)")

    def test_table_that_goes_away(self):
        self.make_tables()
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("INSERT INTO qr_message"):
                    self.server.query("DROP TABLE qr_message")
            proxy.fault = fault
            self.assert_refused(self.sync, CONFIG,
                                r"a table of the history is missing \(Code 60\)")

    def test_nobody_there(self):
        holder, port = runner.closed_port()
        self.addCleanup(holder.close)
        self.address = self.url(port)
        for run in (self.sync, self.offline):
            self.assert_refused(run, TEMPORARY, "the history 'clickhouse")

    def test_other_tables(self):
        self.sync()
        for change, said in [
                ("ALTER TABLE qr_message DROP COLUMN extra", "qr_message lacks the column extra"),
                ("ALTER TABLE qr_message ADD COLUMN extra Nullable(String)",
                 r"qr_message: extra is of the type Nullable\(String\)"),
                ("INSERT INTO qr_meta VALUES ('form', '7', 7)",
                 "it has the form 7 of a later version of this program, which knows forms up to 1"),
        ]:
            with self.subTest(change=change):
                self.server.query(change)
                status = DATA if "form 7" in said else CONFIG
                for run in (self.sync, self.offline):
                    self.assert_refused(run, status, said)
                self.server.query("DROP TABLE qr_message")
                self.server.query("DROP TABLE qr_meta")
                self.sync()
                if "Nullable" not in said:
                    self.server.query("ALTER TABLE qr_message DROP COLUMN extra")
        self.server.query("DROP TABLE qr_message")
        self.server.query("CREATE TABLE qr_message (x UInt8) ENGINE = TinyLog")
        self.assert_refused(self.sync, CONFIG, "TinyLog is no engine for it")

    def test_more_columns_do_no_harm(self):
        self.sync()
        self.server.query("ALTER TABLE qr_message ADD COLUMN ticket String")
        self.server.query("ALTER TABLE qr_message ADD COLUMN seen UInt8 DEFAULT 1")
        self.sync()
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_half_answers_are_not_wanted(self):
        self.sync()
        self.address = self.url(user="halves")
        self.more = ["--history-password-command=printf x"]
        self.assert_refused(self.offline, LOGIN, "password is wrong")
        self.address = self.url()
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)
            proxy.fault = lambda statement, forward: forward(skip_unavailable_shards=1)
            for run in (self.sync, self.offline):
                self.assert_refused(run, CONFIG, "skip_unavailable_shards=1")


class Addresses(ClickHouseCase):

    def test_refused(self):
        for address, said in [
                ("clickhouse://writer:secret@ch.example.com/qr", "a password does not stand in an"),
                ("clickhouse://:secret@ch.example.com/qr", "a password does not stand in an"),
                ("clickhouse://ch.example.com", r"expected clickhouse://\[USER@\]HOST\[:PORT\]/"),
                ("clickhouse://ch.example.com/", "expected clickhouse://"),
                ("clickhouse:///qr", "expected clickhouse://"),
                ("clickhouse://ch.example.com/qr/x", "expected clickhouse://"),
                ("clickhouse://ch.example.com/qr?user=x", "expected clickhouse://"),
                ("clickhouse://@ch.example.com/qr", "the name of a user in front of the @"),
                ("clickhouse://ch.example.com:0/qr", "expected a port"),
                ("clickhouse://ch.example.com:x/qr", "expected a port"),
                ("clickhouse://[::1/qr", "is no host name or address"),
                ("clickhouse+http://ch.example.com/qr", "--allow-plaintext does it all the same"),
                ("https://writer:secret@ch.example.com/qr", "a history is a file"),
        ]:
            with self.subTest(address=address):
                result = self.run_program(["-s", "imap.example.com", f"--history={address}"])
                self.assert_status(result, USAGE)
                self.assertRegex(result.stderr.decode(), said)
                self.assertNotIn(b"secret", result.stderr)
        result = self.run_program([f"--history={self.address}", "--offline",
                                   "--history-ca-file=x.pem"])
        self.assert_status(result, USAGE)
        self.assertIn(b"there is no certificate", result.stderr)

    def test_tls(self):
        with tempfile.TemporaryDirectory(prefix="qr-ca-") as folder:
            authority = certificates.Authority(pathlib.Path(folder))
            good, other = authority.certificate("good"), authority.certificate("expired")
            with clickhouse.Proxy(self.server, good) as proxy:
                self.address = f"clickhouse://localhost:{proxy.port}/qr"
                result = self.sync(status=UNAVAILABLE)
                self.assertIn(b"--history-fingerprint", result.stderr)
                self.assertEqual(proxy.statements, [])
                self.more = [f"--history-fingerprint=spki:{other.spki_fingerprint}"]
                result = self.sync(status=UNAVAILABLE)
                self.assertEqual(proxy.statements, [])
                for trust in (f"--history-fingerprint=spki:{good.spki_fingerprint}",
                              f"--history-ca-file={authority.ca_file}"):
                    self.more = [trust]
                    self.sync()
                self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)


class Faults(ClickHouseCase):
    """What a server, and what is in front of it, may answer instead."""

    def setUp(self):
        super().setUp()
        self.proxy = clickhouse.Proxy(self.server)
        self.enterContext(self.proxy)
        self.address = self.url(self.proxy.port)

    def answer(self, beginning, answer, times=1000):
        """Statements that begin so are answered by answer(forward), so many times."""
        left = [times]

        def fault(statement, forward):
            if not statement.startswith(beginning) or left[0] == 0:
                return None
            left[0] -= 1
            return answer(forward) if callable(answer) else answer
        self.proxy.fault = fault

    def inserts(self, table="qr_message"):
        return [one for one in self.proxy.statements if one.startswith(f"INSERT INTO {table} ")]

    ROWS = "SELECT epoch, uid"

    def test_answers_that_are_none(self):
        self.sync()
        whole = {}

        def keep(forward):
            whole["answer"] = forward()
            return whole["answer"]
        self.answer(self.ROWS, keep)
        self.offline("--csv=-")
        body = whole["answer"].body
        late = b"Code: 395, e.displayText() = DB::Exception: \x1b[31mValue\x07 passed\n"
        rows = body.index(b'"rows"')
        for name, answer, status, said in [
                ("error behind the rows", Answer(body=body[:rows] + late), UNAVAILABLE,
                 r"it refuses the request \(HTTP 200\): Code: 395, .*<U\+001B>\[31mValue"),
                ("error within a row", Answer(body=body[:rows - 300] + late), UNAVAILABLE,
                 "Code: 395"),
                ("memory used up", Answer(body=body[:rows] + b"Code: 241, e.displayText() = x"),
                 TEMPORARY, "it has not enough memory for this"),
                ("as a part of the answer",
                 Answer(body=body[:body.index(b"\n", rows)] +
                        b'\n"exception": "Code: 241. DB::Exception"\n}\n'),
                 TEMPORARY, "not enough memory"),
                ("another count", Answer(body=body.replace(b'"rows": ', b'"rows": 1')), PROTOCOL,
                 "its answer lacks rows"),
                ("no count", Answer(body=body[:rows]), TEMPORARY, "shorter than it should be"),
                ("no end", Answer(body=body[:rows + 12]), TEMPORARY, "shorter than it should be"),
                ("nothing", Answer(body=b""), TEMPORARY, "its answer is empty"),
                ("cut", Answer(body=body, cut=len(body) - 400), TEMPORARY, "shorter|closed"),
                ("cut in chunks", Answer(body=body, chunked=True, cut=len(body) - 400), TEMPORARY,
                 "shorter|closed|chunk"),
                ("a page", Answer(body=b"<html>Log in</html>"), TEMPORARY, "shorter than it should be"),
                ("elsewhere", Answer(302, headers={"Location": "http://127.0.0.1:1/"}),
                 UNAVAILABLE, "which is not followed"),
                ("another's row", Answer(body=body.replace(b", 0, 1,", b", 0, -1,", 1)), DATA,
                 "a row that this program has not written"),
                ("gateway", Answer(502, b"<html>"), TEMPORARY, "not reachable behind its gateway"),
                ("refused", Answer(403, b""), LOGIN, "it refuses user and password"),
                ("setting", Answer(404, b"Code: 115, e.displayText() = DB::Exception: Unknown"),
                 UNAVAILABLE, r"a setting of the request \(Code 115\)"),
                ("modern", Answer(403, b"Code: 516. DB::Exception: writer: Authentication failed"),
                 LOGIN, r"it refuses user and password \(Code 516\)"),
        ]:
            with self.subTest(name):
                self.answer(self.ROWS, answer)
                result = self.offline("--csv=out", status=status or ANY)
                self.assertNotEqual(result.status, OK)
                self.assertRegex(result.stderr.decode(), said)
                self.assertNotIn(b"\x1b", result.stderr)
                self.assertEqual(result.files, {})

    def test_other_forms_of_the_same(self):
        self.sync()
        live = self.live("--csv=-").stdout

        def chunks(forward):
            answer = forward()
            return Answer(body=answer.body, chunked=True)

        def small(forward):
            answer = forward()
            return Answer(body=gzip.compress(answer.body), headers={"Content-Encoding": "gzip"})

        def modern(forward):
            """Numbers without quotes, blanks instead of tabs, other members."""
            body = forward().body.replace(b"\t", b"    ").replace(b"\n", b"\r\n")
            return Answer(body=body.replace(b'"rows_read"', b'"rows_read_x"'))
        for form in (chunks, small, modern):
            with self.subTest(form=form.__name__):
                self.answer(self.ROWS, form)
                self.assertEqual(self.offline("--csv=-").stdout, live)

    def test_cut_gzip(self):
        self.sync()

        def cut(forward):
            body = gzip.compress(forward().body)
            return Answer(body=body[:-200], headers={"Content-Encoding": "gzip"})
        self.answer(self.ROWS, cut)
        result = self.offline("--csv=out", status=ANY)
        self.assertNotEqual(result.status, OK)
        self.assertEqual(result.files, {})

    def test_time_out_that_hides_a_success(self):
        """The rows are there; the same batch again does no harm."""
        def store_and_end(forward):
            forward()
            return Answer(body=b"x" * 10, cut=0)
        self.answer("INSERT INTO qr_message", store_and_end, times=1)
        self.sync()
        first, second = self.inserts()
        self.assertEqual(first, second)
        self.assertEqual(self.waiting(), [])
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_silence(self):
        def store_and_say_nothing(forward):
            forward()
            return Answer(silent=True)
        self.answer("INSERT INTO qr_message", store_and_say_nothing, times=1)
        self.sync("--timeout=5")
        # A server that is busy may be too slow for that by itself.
        self.assertGreaterEqual(len(self.inserts()), 2)
        self.assertEqual(len(set(self.inserts())), 1)
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_spool(self):
        """What is never taken waits in a file, and is there after the next run."""
        for answer in (Answer(503, b""), Answer(500, b"Code: 210. DB::NetException: refused"),
                       Answer(200, b"Code: 252, e.displayText() = DB::Exception: Too many parts")):
            with self.subTest(answer=answer.body):
                self.server.clear()
                self.proxy.statements.clear()
                self.answer("INSERT INTO qr_message", answer)
                result = self.sync("--csv=out", status=TEMPORARY)
                self.assertEqual(result.files, {}, "nothing is delivered")
                self.assertRegex(result.stderr.decode(), r"has not taken \d+ messages: they are in "
                                                         "'.*/state/history-waiting")
                self.assertEqual(len(self.inserts()), 5)
                (file,) = self.waiting()
                self.assertEqual(file.stat().st_mode & 0o777, 0o600)
                self.assert_waiting(file)
                self.assertEqual(self.count(), 0)
                self.assertEqual(self.count("qr_coverage"), 0, "nothing is known of the days")
                self.proxy.fault = None
                rows = gzip.decompress(file.read_bytes()).count(b"\n") - 1
                self.report(f"--history={self.address}", *self.more, "--date=2001-01-01", "-o")
                self.assertEqual(self.waiting(), [])
                self.assertEqual(self.count(), rows)
                self.sync()
                self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def assert_waiting(self, file):
        """history status, which must not send it."""
        command = ["history", "status", f"--history={self.address}", *self.more]
        result = self.run_program(command)
        self.assert_status(result, OK)
        self.assertRegex(result.stdout.decode(), r"\nWaiting:  1 batch of messages \(\S+ KiB\), "
                         rf"which the next run sends first: '{re.escape(str(file)[:-2])}\.\*'\n")
        result = self.run_program([*command, "--json=-"])
        history = json.loads(result.stdout.splitlines()[0])
        self.assertEqual((history["waiting_batches"], history["waiting_bytes"],
                          history["waiting_files"]), (1, file.stat().st_size, str(file)[:-2]))
        self.assertEqual(self.waiting(), [file])

    def test_spool_killed(self):
        """Whenever a run is killed, what waits is whole, or is no batch yet."""
        point, status = 0, KILLED
        while status == KILLED:
            point += 1
            self.answer("INSERT INTO qr_message", Answer(503, b""))
            status = self.run_program([*self.trust(), f"--history={self.address}", *self.more,
                                       *PERIOD, "-o"], wrapper=kill_at(point)).status
            if status == NO_TRACE:
                self.skipTest("processes cannot be traced here")
            self.proxy.fault = None
            self.report(f"--history={self.address}", *self.more, "--date=2001-01-01", "-o")
            self.assertEqual(self.waiting(), [], f"what a run left that was killed at {point}")
        self.assertEqual(status, TEMPORARY)
        self.assertGreater(point, 5)

    def test_spool_that_waits_on(self):
        self.answer("INSERT INTO qr_message", Answer(503, b""))
        self.sync(status=TEMPORARY)
        before = self.waiting()
        result = self.sync(status=TEMPORARY)
        self.assertEqual(self.waiting(), before)
        self.assertIn(before[0].name.encode(), result.stderr)
        self.proxy.fault = None
        before[0].chmod(0o666)
        self.assertIn(b"others may write to", self.sync(status=CONFIG).stderr)
        before[0].chmod(0o600)
        before[0].write_bytes(before[0].read_bytes()[:-20])
        self.assertIn(b"a batch that is damaged", self.sync(status=DATA).stderr)

    def test_a_row_that_is_refused(self):
        """It is found by halves, and is there without its texts; all others are whole."""
        marked = 'Subject of one'

        def fault(statement, forward):
            if statement.startswith("INSERT INTO qr_message") and '"uid":3,' in statement and \
                    '"notes":"the history has' not in statement:
                return Answer(400, b"Code: 26, e.displayText() = DB::Exception: Cannot parse")
        self.proxy.fault = fault
        result = self.sync()
        self.assertEqual(result.stderr.count(b"has refused the texts of a message"), 2, marked)
        whole = self.server.rows("SELECT uid, notes FROM qr_message FINAL WHERE identity='' AND "
                                 "notes LIKE 'the history%'")
        self.assertEqual(whole, [["3", "the history has not taken the texts of this message"]] * 2)
        live = self.live("--csv=-").stdout.splitlines()
        kept = self.offline("--csv=-").stdout.splitlines()
        self.assertEqual(len(kept), len(live))
        self.assertEqual(sum(a != b for a, b in zip(live, kept)), 2)

    def test_all_rows_are_refused(self):
        """That is no matter of the rows, which must not lose their texts for it."""
        def fault(statement, forward):
            if statement.startswith("INSERT INTO qr_message") and \
                    '"notes":"the history has' not in statement:
                return Answer(400, b"Code: 27, e.displayText() = DB::Exception: Cannot parse")
        self.proxy.fault = fault
        result = self.sync("--csv=out", status=DATA)
        self.assertEqual(result.files, {})
        self.assertIn(b"it does not take a value (Code 27)", result.stderr)
        self.assertLessEqual(self.count(), 16)
        self.assertEqual(self.count("qr_coverage"), 0)
        self.proxy.fault = None
        self.sync()
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_requests_that_are_too_long(self):
        def fault(statement, forward):
            if statement.startswith("INSERT INTO qr_message") and statement.count("\n") > 8:
                return Answer(413, b"<html>Request Entity Too Large</html>")
        self.proxy.fault = fault
        self.sync()
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_length_required(self):
        self.answer("INSERT", Answer(411, b""))
        result = self.sync(status=UNAVAILABLE)
        self.assertIn(b"wants requests of another form (HTTP 411)", result.stderr)

    def test_coverage_only_after_rows(self):
        self.sync()
        kinds = [one.split("(")[0].strip() for one in self.proxy.statements
                 if one.startswith("INSERT") and "INTO qr_run" not in one]
        self.assertEqual(kinds, ["INSERT INTO qr_meta", "INSERT INTO qr_place",
                                 "INSERT INTO qr_message", "INSERT INTO qr_coverage"])

    def test_what_is_sent(self):
        self.sync()
        for path, headers in self.proxy.requests:
            self.assertEqual(path, "/?database=qr", "no setting, no secret")
            self.assertNotIn("Authorization", headers)
        kept = [headers.get("Content-Encoding") for _, headers in self.proxy.requests]
        self.assertIn("gzip", kept)


class Killed(ClickHouseCase):

    def test_in_the_middle_of_a_batch(self):
        """A server that dies while it takes rows, and comes back."""
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("INSERT INTO qr_message"):
                    proxy.fault = None
                    self.server.kill()
                    return Answer(502, b"")
            proxy.fault = fault
            self.sync(status=TEMPORARY)
            self.assertTrue(self.server.start())
            self.sync()
        self.address = self.url()
        self.assertEqual(self.waiting(), [])
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)


SAMPLE = (pathlib.Path(__file__).resolve().parents[2] / "samples/clickhouse.sql").read_text()


def sample(part):
    """The statements of a part of samples/clickhouse.sql."""
    text = re.split(r"^-- part: ", SAMPLE, flags=re.M)
    (found,) = [one for one in text if one.startswith(part + "\n")]
    lines = [line for line in found.split("\n")[1:] if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


class Samples(ClickHouseCase):

    def test_tables_are_those_of_the_program(self):
        names = ("qr_message", "qr_coverage", "qr_place", "qr_meta", "qr_run")
        self.sync()
        made = [self.server.query(f"SHOW CREATE TABLE {name}") for name in names]
        self.server.clear()
        for statement in sample("one server"):
            self.server.query(statement)
        self.assertEqual([self.server.query(f"SHOW CREATE TABLE {name}") for name in names], made)
        self.sync()
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)
        for statement in sample("retention"):
            self.server.query(statement.replace("_local", ""))

    def test_erasure(self):
        """All that one person has sent or got, in whatever letters; and nothing of anybody else."""
        self.sync()
        self.server.query("TRUNCATE TABLE qr_message")
        rows = [("User@Example.com", "x@x.example"), ("y@x.example", "Ann <USER@example.com>, b@x.example"),
                ("y@x.example", "user@example.com"), ("y@x.example", '"user"@example.com,c@x.example'),
                ("superuser@example.com", "super.user@example.com"),
                ("user@example.com.example", "user@example.com.example, super-user@example.com"),
                ("user@exampleAcom", "user@exampleAcom")]
        self.server.query("INSERT INTO qr_message (day, host, uid, version, time, identity, rcpt) "
                          "VALUES " + ", ".join(
                              f"('2026-02-10', 'h', {number}, 1, '2026-02-10 00:00:00', "
                              f"'{identity}', '{to}')"
                              for number, (identity, to) in enumerate(rows, 1)))
        for statement in sample("erasure"):
            self.server.query(statement.replace("_local", ""))
        self.server.wait_for_mutations()
        self.assertEqual(self.server.rows("SELECT uid FROM qr_message ORDER BY uid"),
                         [["5"], ["6"], ["7"]])


class Cluster(ClickHouseCase):
    """Two shards behind Distributed tables, made as samples/clickhouse.sql has them."""

    @classmethod
    def setUpClass(cls):
        cls.ports = [clickhouse.free_ports(3) for _ in range(2)]
        shards = "".join(f"<shard><replica><host>127.0.0.1</host><port>{tcp}</port>"
                         "</replica></shard>" for _, tcp, _ in cls.ports)
        cls.MORE = f"<remote_servers><qr>{shards}</qr></remote_servers>"
        super().setUpClass()
        cls.other = clickhouse.ClickHouse(cls.MORE, ports=cls.ports[1])
        cls.enterClassContext(cls.other)

    @classmethod
    def make_server(cls):
        return clickhouse.ClickHouse(cls.MORE, ports=cls.ports[0])

    def setUp(self):
        super().setUp()
        if self.other.process.poll() is not None:
            self.assertTrue(self.other.start())
        self.other.clear()
        for server in (self.server, self.other):
            for statement in sample("shards, on each server"):
                server.query(statement)
        for statement in sample("cluster, on each server that the program may speak to"):
            self.server.query(statement)

    def test_reports(self):
        for _ in range(2):
            self.sync()
        for outputs in (["--csv=-", "--columns=all"], ["--json=-", "--group-by=Identity"]):
            for where in (True, False):
                self.assertEqual(self.offline(*outputs, where=where).stdout,
                                 self.sync(*outputs).stdout)
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)
        halves = [int(server.query("SELECT count() FROM qr_message_local FINAL"))
                  for server in (self.server, self.other)]
        self.assertTrue(all(halves), f"both have some: {halves}")
        self.assertEqual(sum(halves), self.count())

    def test_what_else_is_asked(self):
        """Days of the past, sums of places, runs; what only the administrator can do is refused."""
        self.sync()
        for arguments, status, said in [
                (["status"], OK, b"Caught (Outgoing)"),
                (["show"], OK, b"example"),
                (["export"], OK, b'"identity"'),
                (["prune", "--keep=30"], CONFIG, b""),
                (["erase", "--unattended", "--identity=bob@example.com"], CONFIG, b""),
        ]:
            with self.subTest(arguments=arguments):
                result = self.run_program(["history", *arguments, f"--history={self.address}"])
                self.assert_status(result, status)
                self.assertIn(said, result.stdout)
                if status == CONFIG:
                    self.assertIn(b"only its administrator can take something out", result.stderr)
        groups = self.offline("--csv=-", "--group-by=Identity").stdout
        self.assertIn(b"First ever", groups)

    def test_a_shard_that_dies_while_rows_come(self):
        self.make_tables()
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("INSERT INTO qr_message"):
                    self.other.kill()
            proxy.fault = fault
            result = self.sync("--csv=out", status=TEMPORARY)
            self.assertEqual(result.files, {})
            self.assertEqual(len(self.waiting()), 1)
            self.assertTrue(self.other.start())
            proxy.fault = None
            self.sync()
            self.assertEqual(self.waiting(), [])
        self.address = self.url()
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_a_shard_that_dies_before_a_report(self):
        """No half of it, and no exit status 0."""
        self.sync()
        self.other.kill()
        result = self.offline("--csv=out", status=TEMPORARY)
        self.assertEqual((result.stdout, result.files), (b"", {}))
        self.assertIn(b"another server of it does not answer", result.stderr)
        self.assertTrue(self.other.start())
        self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_a_shard_that_dies_during_a_report(self):
        self.sync()
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("SELECT epoch, uid"):
                    self.other.kill()
            proxy.fault = fault
            result = self.offline("--csv=out", status=TEMPORARY)
            self.assertEqual((result.stdout, result.files), (b"", {}))


if __name__ == "__main__":
    runner.main()
