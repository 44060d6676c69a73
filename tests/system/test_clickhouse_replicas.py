"""The history in replicas of ClickHouse: two real servers, and the ZooKeeper that they need."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clickhouse  # noqa: E402
import runner  # noqa: E402
import zookeeper  # noqa: E402
from clickhouse import Answer  # noqa: E402
from quarantine_case import TODAY, YESTERDAY, ZONE  # noqa: E402
from test_clickhouse import ClickHouseCase, OK, TEMPORARY, sample  # noqa: E402
from test_history import BOTH  # noqa: E402

NO_ZOOKEEPER = zookeeper.missing()

ONE_DAY = [f"--timezone={ZONE}", f"--since={YESTERDAY}", f"--until={TODAY}", *BOTH]

# A session outlives a slow machine; what is asked of a frozen ZooKeeper is given up sooner.
REPLICA = """<zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port></node>
<session_timeout_ms>20000</session_timeout_ms><operation_timeout_ms>4000</operation_timeout_ms>
</zookeeper>
<merge_tree><zookeeper_session_expiration_check_period>1</zookeeper_session_expiration_check_period>
</merge_tree>
<macros><shard>1</shard><replica>{name}</replica></macros>
<remote_servers><qr><shard><internal_replication>true</internal_replication>{replicas}</shard></qr>
</remote_servers>"""


@unittest.skipIf(NO_ZOOKEEPER, f"needs {', '.join(NO_ZOOKEEPER)}")
class Replicas(ClickHouseCase):
    """A shard of two replicas, with a ZooKeeper; made as samples/clickhouse.sql has them."""

    @classmethod
    def setUpClass(cls):
        cls.zookeeper = cls.enterClassContext(zookeeper.ZooKeeper())
        cls.ports = [clickhouse.free_ports(3) for _ in range(2)]
        super().setUpClass()
        cls.other = cls.enterClassContext(cls.make_replica(1))

    @classmethod
    def make_server(cls):
        return cls.make_replica(0)

    @classmethod
    def make_replica(cls, number):
        replicas = "".join(f"<replica><host>127.0.0.1</host><port>{tcp}</port></replica>"
                           for _, tcp, _ in cls.ports)
        return clickhouse.ClickHouse(REPLICA.format(
            zookeeper=cls.zookeeper.port, name="ab"[number], replicas=replicas),
            ports=cls.ports[number])

    def setUp(self):
        self.both = (self.server, self.other)
        for server in self.both:
            if server.process.poll() is not None:
                self.assertTrue(server.start())
            server.query("SYSTEM START FETCHES")
        if self.zookeeper.process.poll() is not None:
            self.assertTrue(self.zookeeper.start())
        self.zookeeper.thaw()
        self.wait_for_replicas()
        super().setUp()
        self.other.clear()
        for server in self.both:
            for part in ("shards with replicas, on each server",
                         "cluster, on each server that the program may speak to"):
                for statement in sample(part):
                    server.query(statement)

    def wait_until(self, what, happened):
        until = time.monotonic() + clickhouse.PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), until, what)
            time.sleep(0.05)

    def wait_for_replicas(self):
        """Until both take rows, and have what the other one took."""
        for server in self.both:
            self.wait_until("a replica is still behind", lambda: self.is_in_step(server))

    def is_in_step(self, server):
        try:
            if server.query("SELECT count() FROM system.replicas WHERE is_readonly") != "0\n":
                return False
            for (table,) in server.rows("SELECT table FROM system.replicas"):
                server.query(f"SYSTEM SYNC REPLICA {table}")
        except clickhouse.Refused as refused:  # it has not seen yet that its session is over
            self.assertRegex(refused.text, "Code: (159|225|236|242|999)")
            return False
        return True

    def count_of(self, server):
        return int(server.query("SELECT count() FROM qr_message_local FINAL"))

    def offline_of(self, server, *options):
        self.address = self.url(server.port)
        return self.offline(*options).stdout

    def sync_one_day(self):
        """How many messages both have then."""
        self.report(f"--history={self.address}", *self.more, *ONE_DAY)
        self.wait_for_replicas()
        self.assertEqual(self.count_of(self.server), self.count_of(self.other))
        return self.count_of(self.server)

    def assert_one_day(self):
        """Both report it."""
        live = self.report(*ONE_DAY, "--csv=-").stdout
        for server in self.both:
            name = f"{self.quarantine.host}:{self.quarantine.port_imaps}"
            kept = self.run_program(["-s", name, "-u", runner.USER, "--offline", *ONE_DAY,
                                     f"--history={self.url(server.port)}", "--csv=-"])
            self.assert_status(kept, OK)
            self.assertEqual(kept.stdout, live)

    def assert_all_there(self, count):
        """Each message once, through either."""
        self.wait_for_replicas()
        self.assert_reports()
        for server in self.both:
            self.assertEqual(self.count_of(server), count)

    def assert_reports(self):
        live = self.live("--csv=-").stdout
        for server in self.both:
            self.assertEqual(self.offline_of(server, "--csv=-"), live)

    def count_of_a_file(self):
        """How many messages a history has, by another engine."""
        address, self.address = self.address, self.directory / "history.sqlite"
        self.sync()
        exported = self.run_program(["history", "export", f"--history={self.address}"])
        self.address = address
        return sum(b'"identity"' in line for line in exported.stdout.splitlines())

    def test_reports(self):
        file = self.directory / "kept" / "history.sqlite"
        file.parent.mkdir(mode=0o700)
        counts = []
        for _ in range(2):
            self.sync()
            self.wait_for_replicas()
            counts += [self.count_of(server) for server in self.both]
        self.assertGreater(counts[0], 0)
        self.assertEqual(len(set(counts)), 1, counts)
        self.address = file
        for _ in range(2):
            self.sync()
        for outputs in (["--csv=-", "--columns=all"], ["--json=-", "--group-by=Identity"]):
            with self.subTest(outputs=outputs):
                self.address = file
                kept = self.offline(*outputs).stdout
                for server in self.both:
                    self.assertEqual(self.offline_of(server, *outputs), kept)
        self.assertEqual(counts[0], self.count_of_a_file())

    def test_a_replica_that_dies(self):
        """The other one reports, and takes rows; it has them when it is back."""
        count = self.count_of_a_file()
        before = self.sync_one_day()
        self.assertTrue(0 < before < count, before)
        self.server.kill()
        self.address = self.url(self.other.port)
        self.sync()
        self.assertEqual(self.offline_of(self.other, "--csv=-"), self.live("--csv=-").stdout)
        shown = self.run_program(["history", "show", f"--history={self.address}"])
        self.assert_status(shown, OK)
        self.assertIn(b"example", shown.stdout)
        self.assertEqual(self.count_of(self.other), count)
        self.assertTrue(self.server.start())
        self.assert_all_there(count)

    def lose_zookeeper(self, lose, back, stored):
        """While rows come, and for all tries; they are in the tables already, or are not."""
        count = self.count_of_a_file()
        before, days = self.sync_one_day(), self.count("qr_coverage")
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("INSERT INTO qr_message"):
                    proxy.fault = None
                    if stored:
                        self.assertEqual(forward().status, 200)
                    self.wait_for_replicas()  # both have what came before, as of the run
                    lose()
                    return Answer(500, b"Code: 999, unknown") if stored else None
            proxy.fault = fault
            result = self.sync("--csv=out", status=TEMPORARY)
            self.assertEqual(result.files, {})
            self.assertRegex(result.stderr, rb"has not taken \d+ messages: they are in ")
            self.assertIn(b"ZooKeeper", result.stderr)
            self.assertEqual(len(self.waiting()), 1)
            self.assertEqual(self.count(), count if stored else before)
            self.assertEqual(self.count("qr_coverage"), days, "no more is known")
            self.assert_one_day()
            back()
            self.wait_for_replicas()
            self.sync()
            self.assertEqual(self.waiting(), [])
        self.assert_all_there(count)

    def test_a_zookeeper_that_is_frozen_before_rows_are_stored(self):
        self.lose_zookeeper(self.zookeeper.freeze, self.zookeeper.thaw, False)

    def test_a_zookeeper_that_dies_after_rows_are_stored(self):
        """The same rows come again, as nobody can say that they are there."""
        self.lose_zookeeper(self.zookeeper.kill,
                            lambda: self.assertTrue(self.zookeeper.start()), True)

    def test_a_replica_that_is_behind(self):
        """It knows of the days, and has no messages of them: a report is refused, not empty."""
        self.other.query("SYSTEM STOP FETCHES qr_message_local")
        self.sync()
        self.wait_until("it hears of them", lambda: self.other.query(
            "SELECT inserts_in_queue FROM system.replicas "
            "WHERE table='qr_message_local'") != "0\n")
        self.address = self.url(self.other.port)
        result = self.offline("--csv=out", status=TEMPORARY)
        self.assert_nothing_shown(result)
        self.assertIn(b"this replica is behind the others", result.stderr)
        self.other.query("SYSTEM START FETCHES qr_message_local")
        self.wait_for_replicas()
        self.assertEqual(self.offline_of(self.other, "--csv=-"), self.live("--csv=-").stdout)

    def test_a_user_who_may_not_ask_whether_one_is_behind(self):
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if "system.replicas" in statement:
                    return Answer(403, b"Code: 497. DB::Exception: Not enough privileges")
            proxy.fault = fault
            said = self.sync("-v").stderr
            self.assertIn(b"may not do this (Code 497); a replica that is behind is not noticed",
                          said)
            self.assertEqual(self.offline("--csv=-").stdout, self.live("--csv=-").stdout)

    def test_a_quorum(self):
        """What was taken is on both at once; while one is behind, nothing is taken."""
        count = self.count_of_a_file()
        days = self.count("qr_coverage")
        with clickhouse.Proxy(self.server) as proxy:
            self.address = self.url(proxy.port)

            def fault(statement, forward):
                if statement.startswith("INSERT"):
                    short = stopped and statement.startswith("INSERT INTO qr_message")
                    return forward(insert_quorum=2, insert_quorum_timeout=500 if short else 60000)
            proxy.fault = fault
            stopped = True
            self.other.query("SYSTEM STOP FETCHES qr_message_local")
            result = self.sync("--csv=out", status=TEMPORARY)
            self.assertEqual(result.files, {})
            self.assertIn(b"the replicas do not have the rows before", result.stderr)
            self.assertEqual(len(self.waiting()), 1)
            self.assertEqual(self.count("qr_coverage"), days, "no more is known")
            self.other.query("SYSTEM START FETCHES qr_message_local")
            stopped = False
            self.wait_for_replicas()
            self.sync()
            self.assertEqual(self.waiting(), [])
            self.assertEqual(self.offline_of(self.other, "--csv=-"), self.live("--csv=-").stdout)
        self.assert_all_there(count)


if __name__ == "__main__":
    runner.main()
