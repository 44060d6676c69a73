"""What is promised of the history in a file, of the one in a ClickHouse server: the same tests."""

import json
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clickhouse  # noqa: E402
import test_history  # noqa: E402
import test_history_sync  # noqa: E402
import test_past  # noqa: E402

MISSING = clickhouse.missing()
SERVER = None

TABLES = ("message", "coverage", "place", "meta")

# Texts of a row that have a table of their own in a file.
SHARED = ("identity", "domain", "auth_user", "source_ip", "script", "class", "subject",
          "mail_from", "evidence", "rules")


def setUpModule():
    global SERVER
    if MISSING:
        raise unittest.SkipTest(f"needs {', '.join(MISSING)}")
    SERVER = clickhouse.ClickHouse()
    unittest.enterModuleContext(SERVER)


def address():
    return f"--history=clickhouse+http://127.0.0.1:{SERVER.port}/{clickhouse.DATABASE}"


def rows(table, what):
    """As sqlite3 has them."""
    kept = SERVER.query(f"SELECT {what} FROM qr_{table} FINAL FORMAT JSONCompact")
    return [tuple(int(value) if str(value).isdigit() else value for value in row)
            for row in json.loads(kept)["data"]]


class OnServer:
    """In front of a class of tests of the history."""

    def setUp(self):
        super().setUp()
        self.forget_history()
        self.history = address()

    def forget_history(self):
        SERVER.clear()

    def rows(self, table="message", what="count(*)"):
        return rows(table, what.replace("count(*)", "count()"))

    def assert_sound(self):
        pass


class Reports(OnServer, test_history.Reports):
    test_once_however_often = None      # looks into the file
    test_no_secret_in_it = None


class Days(OnServer, test_history.Days):
    test_today_is_known_up_to_the_run = None
    test_an_empty_history = None


class Files(OnServer, test_history.Files):
    pass


class SameBytes(OnServer, test_history_sync.SameBytes):
    pass


class WhatIsFetched(OnServer, test_history_sync.WhatIsFetched):
    pass


class Arrivals(OnServer, test_history_sync.Arrivals):
    test_disk_full = None

    def rows(self, what, table="message"):
        return rows(table, what)


class Lies(OnServer, test_history_sync.Lies):

    def coverage(self):
        return rows("coverage", "epoch, uid")


class OfAFile:
    """In front of one that writes into the file itself: what is there is copied to the server."""

    @property
    def history(self):
        if not hasattr(self, "base"):
            return self._file
        self.base.commit()
        SERVER.clear()
        self.assert_status(self.run_program(
            [address(), "--date=2001-01-01", str(self.directory / "some.eml")]), 0, 65)
        SERVER.query("ALTER TABLE qr_message DELETE WHERE 1")
        SERVER.wait_for_mutations()
        self.copy()
        return address()

    @history.setter
    def history(self, value):
        self._file = value

    def copy(self):
        texts = ", ".join(f"(SELECT v FROM text WHERE id={name}) {name}" for name in SHARED)
        place = "p.source, p.host, p.name place"
        self.insert("message", f"SELECT {place}, epoch, uid, queue_id, version, "
                    f"date(day*86400, 'unixepoch') day, time, bounce, rcpts, {texts}, rcpt, "
                    "message_id, notes, extra FROM message m JOIN place p ON p.id=m.place")
        self.insert("coverage", f"SELECT {place}, date(day*86400, 'unixepoch') day, epoch, since, "
                    "until, ahead, uid, reading, version FROM coverage c "
                    "JOIN place p ON p.id=c.place")
        SERVER.query("DROP TABLE qr_place")
        SERVER.query("CREATE TABLE qr_place (source String, host String, place String, "
                     "first UInt64, version UInt64) ENGINE = ReplacingMergeTree(version) "
                     "ORDER BY (source, host, place)")
        self.insert("place", "SELECT source, host, name place, id first, 1000-id version "
                    "FROM place")

    def insert(self, table, select):
        cursor = self.base.execute(select)
        names = [column[0] for column in cursor.description]
        data = "".join(json.dumps(dict(zip(names, row))) + "\n" for row in cursor)
        if data:
            SERVER.query(f"INSERT INTO qr_{table} ({', '.join(names)}) FORMAT JSONEachRow",
                         data.encode())


class PastFacts(OfAFile, test_past.Facts):
    pass


class PastCompared(OfAFile, test_past.Compared):
    pass


class PastMissing(OfAFile, test_past.Missing):
    pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
