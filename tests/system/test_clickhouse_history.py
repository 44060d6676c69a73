"""What is promised of the history in a file, of the one in a ClickHouse server: the same tests."""

import datetime
import json
import pathlib
import re
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clickhouse  # noqa: E402
import runner  # noqa: E402
import test_history  # noqa: E402
import test_history_command  # noqa: E402
import test_history_sync  # noqa: E402
import test_past  # noqa: E402

SERVER = None

TABLES = ("message", "coverage", "place", "meta")

# Texts of a row that have a table of their own in a file.
SHARED = ("identity", "domain", "auth_user", "source_ip", "script", "class", "subject",
          "mail_from", "evidence", "rules")


def setUpModule():
    global SERVER
    SERVER = clickhouse.of_module()


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

    def forget_days(self):
        SERVER.query("TRUNCATE TABLE qr_coverage")


class Lies(OnServer, test_history_sync.Lies):

    def coverage(self):
        return rows("coverage", "epoch, uid")


class OfTheCommand:
    """The same, where the history is filled before the test is."""

    @property
    def history(self):
        return address()

    @history.setter
    def history(self, _):
        SERVER.clear()


class Show(OfTheCommand, test_history_command.Show):
    test_damaged = None                 # writes into the file
    test_hostile_text = None
    test_json_on_a_terminal = None
    test_rows_on_a_terminal = None
    test_nobody_but_a_long_name = None


class StatusForms(OfTheCommand, test_history_command.StatusForms):
    ENGINE = r"ClickHouse \d+\.\d+\.\d+"
    WAITS = True

    def forget(self):
        SERVER.clear()


class Command(OfTheCommand, test_history_command.HistoryCase):

    def setUp(self):
        super().setUp()
        self.fill()

    keep = test_history_command.Prune.keep
    erase = test_history_command.Erase.erase

    def count(self):
        return int(SERVER.query("SELECT count() FROM qr_message FINAL"))

    def test_status(self):
        (row,) = self.csv_of("status")
        self.assertEqual((row["Host"], row["Source"], row["Messages"], row["Epochs"],
                          row["Days"]), ("mail.example.com", "log", "47", "0", "0"))
        result = self.command("status").stdout.decode()
        self.assertRegex(result, r"History:  clickhouse\+http://127\.0\.0\.1:\d+/qr\n")
        self.assertRegex(result, r"Engine:   ClickHouse \d+\.\d+\.\d+, form \d+, ")

    def test_prune(self):
        """In the middle of a month."""
        for gone, there in ((20, 27), (0, 27)):
            result = self.command("prune", f"--keep={self.keep()}")
            self.assertIn(b"%d messages of days before 2026-02-06 (UTC) are gone\n" % gone,
                          result.stdout)
            self.assertEqual(self.count(), there)

    def test_prune_months(self):
        for month in (1, 6, 11):
            day = f"2025-{month:02}-07"
            SERVER.query("INSERT INTO qr_message (day, host, uid, version, time, identity) VALUES "
                         f"('{day}', 'h', 1, 1, '{day} 00:00:00', 'x')")
        result = self.command("prune", f"--keep={self.keep() + 5}")
        self.assertIn(b"3 messages of days before 2026-02-01 (UTC) are gone\n", result.stdout)
        self.assertEqual(self.count(), 47)

    def test_erase(self):
        result = self.erase("--identity=News@Club.example")
        self.assertIn(b"10 messages of the identity 'News@Club.example' are erased.\n"
                      b"The tables of the history were searched: 'News@Club.example' is nowhere "
                      b"in them.\n", result.stdout)
        self.assertEqual(self.count(), 37)
        self.assertIn(b"0 messages of", self.erase("--identity=news@club.example").stdout)
        result = self.erase("--recipient=ann@example.net")
        self.assertIn(b"30 messages of the recipient 'ann@example.net' are erased.", result.stdout)
        self.assertEqual(self.count(), 7)

    def test_behind_a_mutation_that_fails(self):
        """The server tries it for ever: a person is told what is waited for, and a timer ends."""
        SERVER.query("ALTER TABLE qr_message DELETE WHERE toUInt32(identity)=1")
        for deadline in (5, 15, 60):    # a machine that is busy comes so far later
            result = self.erase("--identity=web@new.example", f"--deadline={deadline}", status=75)
            said = re.search(r"waiting for (\d+) mutations of qr_message", result.stderr.decode())
            if said:
                break
        self.assertTrue(said, result.stderr)
        self.assertGreater(int(said[1]), 0)

    def test_erase_options(self):
        self.run_program([self.history, "--mail-to=Bob@example.net",
                          str(self.directory / "mainlog")])
        self.assertIn(b"Bob@example.net", self.command("status").stdout)
        self.erase("--recipient=bob@example.net")
        said = self.command("status").stdout
        self.assertNotIn(b"Bob@example.net", said)
        self.assertIn(b": (erased)\n", said)

    def test_export_and_import(self):
        lines = self.command("export").stdout
        self.assertEqual(lines.count(b"\n"), 47)
        file = self.directory / "export.jsonl"
        file.write_bytes(lines)
        self.assertEqual(self.command("import", str(file)).stdout,
                         b"0 messages imported, 47 were there already\n")
        SERVER.clear()
        self.assertEqual(self.command("import", str(file)).stdout,
                         b"47 messages imported, 0 were there already\n")
        again = self.command("export").stdout
        self.assertEqual(again, lines)

    def answers(self):
        """To the examples of sql, by the line above each."""
        answers = {}
        for statement in self.command("sql").stdout.decode().split(";\n"):
            lines = [line for line in statement.splitlines() if line]
            code = "\n".join(line for line in lines if not line.startswith("--"))
            if code:
                comment = [line for line in lines if line.startswith("--")][-1]
                answers[comment[3:]] = SERVER.rows(code)
        return answers

    def test_sql(self):
        answers = self.answers()
        self.assertEqual(len(answers), 6)
        self.assertEqual(answers["Who sent most on the last day that has messages."],
                         [["web@new.example", "7", "7", "4"], ["sales@shop.example", "3", "3", "3"]])
        self.assertEqual(answers["Who is new on that day: not seen in the 30 days before."],
                         [["web@new.example", "7"]])
        self.assertEqual(answers["Who comes back: on how many days, since when."],
                         [["sales@shop.example", "10", "30", "2026-02-01", "2026-02-10"],
                          ["news@club.example", "2", "10", "2026-02-05", "2026-02-06"]])
        self.assertEqual(answers["Messages by day."][0], ["2026-02-10", "10", "2"])

    def test_who_was_seen_is_not_new(self):
        SERVER.query("ALTER TABLE qr_message UPDATE identity='WEB@New.example' "
                     "WHERE identity='news@club.example' AND day='2026-02-05'")
        SERVER.wait_for_mutations()
        answers = self.answers()
        self.assertEqual(answers["Who is new on that day: not seen in the 30 days before."], [])
        self.assertIn(["WEB@New.example", "2", "12", "2026-02-05", "2026-02-10"],
                      answers["Who comes back: on how many days, since when."])


class SavedReports(OfTheCommand, test_history_command.SavedReports):

    def sources(self):
        return {source: int(count) for source, count in SERVER.rows(
            "SELECT source, count() FROM qr_message FINAL GROUP BY source")}

    def forget(self):
        SERVER.clear()


# What Grafana's import asks of a dashboard, as far as it is documented.
DASHBOARD = {
    "type": "object",
    "required": ["__inputs", "__requires", "title", "uid", "schemaVersion", "panels", "time", "id"],
    "properties": {
        "id": {"type": "null"},
        "title": {"type": "string", "minLength": 1},
        "uid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"},
        "schemaVersion": {"type": "integer", "minimum": 36},
        "time": {"type": "object", "required": ["from", "to"]},
        "__inputs": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["name", "label", "type", "pluginId", "pluginName"],
            "properties": {"type": {"const": "datasource"}}}},
        "__requires": {"type": "array", "items": {
            "type": "object", "required": ["type", "id", "name", "version"],
            "properties": {"type": {"enum": ["grafana", "datasource", "panel"]}}}},
        "panels": {"type": "array", "minItems": 4, "items": {
            "type": "object",
            "required": ["id", "type", "title", "gridPos", "datasource", "targets", "fieldConfig"],
            "properties": {
                "id": {"type": "integer", "minimum": 1},
                "gridPos": {"type": "object", "required": ["x", "y", "w", "h"], "properties": {
                    "x": {"type": "integer", "minimum": 0, "maximum": 23},
                    "w": {"type": "integer", "minimum": 1, "maximum": 24}}},
                "datasource": {"type": "object", "required": ["type", "uid"]},
                "targets": {"type": "array", "minItems": 1, "items": {
                    "type": "object", "required": ["refId", "datasource"]}}}}}},
}


class Dashboards(test_history_command.HistoryCase):
    """Those of the samples: the same numbers, whichever the engine is."""

    SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"

    # A week of the log, to the end of its last day.
    SPAN = [int(datetime.datetime(2026, 2, day, hour, tzinfo=datetime.timezone.utc).timestamp())
            * 1000 for day, hour in ((4, 0), (10, 23))]

    def dashboard(self, engine):
        return json.loads((self.SAMPLES / f"grafana-{engine}.json").read_text())

    def queries(self, engine):
        """{title: what it asks, with the times of the dashboard in their places}"""
        since, until = self.SPAN
        return {panel["title"]: (target.get("rawSql") or target["rawQueryText"])
                .replace("$__from", str(since)).replace("$__to", str(until))
                for panel in self.dashboard(engine)["panels"] for target in panel["targets"]}

    def test_structure(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("needs python3-jsonschema")
        for engine in ("clickhouse", "sqlite"):
            board = self.dashboard(engine)
            jsonschema.validate(board, DASHBOARD)
            plugins = {one["pluginId"] for one in board["__inputs"]}
            kinds = {one["id"] for one in board["__requires"]}
            names = {"${" + one["name"] + "}" for one in board["__inputs"]}
            cells = set()
            for panel in board["panels"]:
                self.assertIn(panel["type"], kinds)
                for one in (panel, *panel["targets"]):
                    self.assertIn(one["datasource"]["type"], plugins & kinds)
                    self.assertIn(one["datasource"]["uid"], names)
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24)
                taken = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(taken & cells, "panels lie on each other")
                cells |= taken
            self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))

    def test_numbers(self):
        self.fill()
        log = self.directory / "mainlog"
        SERVER.clear()
        self.assert_status(self.run_program([address(), "--log-host=mail.example.com", str(log)]),
                           0)
        # The log has no scripts. Of one there are several callers.
        self.sql("INSERT INTO text(id, v) SELECT 90000 + id, v || ' for 192.0.2.' || id FROM text "
                 "WHERE id > 0 AND id < 90000")
        self.sql("UPDATE message SET script=90000+identity WHERE day % 2 = 0")
        self.sql("UPDATE message SET script=identity WHERE day % 2 <> 0")
        SERVER.query("ALTER TABLE qr_message UPDATE script=if(toUInt16(day) % 2 = 0, "
                     "concat(identity, ' for 192.0.2.1'), identity) WHERE 1")
        # Who is written in other letters before the week is not new in it.
        ((other,),) = self.sql("SELECT min(queue_id) FROM message WHERE date(time, 'unixepoch')="
                               "'2026-02-02'")
        self.sql("INSERT INTO text(id, v) VALUES (99999, 'NEWS@Club.example')")
        self.sql("UPDATE message SET identity=99999 WHERE queue_id=?", other)
        SERVER.query("ALTER TABLE qr_message UPDATE identity='NEWS@Club.example' "
                     f"WHERE queue_id='{other}'")
        SERVER.wait_for_mutations()
        file, server = self.queries("sqlite"), self.queries("clickhouse")
        self.assertEqual(set(file), set(server))
        with sqlite3.connect(self.file) as base:
            for title, text in file.items():
                kept = base.execute(text).fetchall()
                answer = json.loads(SERVER.query(server[title] + "\nFORMAT JSONCompact"))
                self.assertTrue(kept, title)
                if title == "Who is new":
                    self.assertEqual([row[0] for row in kept], ["web@new.example"])
                self.assertEqual([column[0] for column in base.execute(text).description],
                                 [column["name"] for column in answer["meta"]])
                names = [column["name"] for column in answer["meta"]]
                rows = [[str(value) for value in row] for row in answer["data"]]
                if names[0] == "time":
                    rows = [[str(int(datetime.datetime.fromisoformat(row[0] + "+00:00")
                                     .timestamp())), *row[1:]] for row in rows]
                self.assertEqual([list(map(str, row)) for row in kept], rows, title)


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
    test_golden_of_the_command = None   # its engine, and runs


class PastCompared(OfAFile, test_past.Compared):
    pass


class PastHidden(OfAFile, test_past.Hidden):
    pass


class PastMissing(OfAFile, test_past.Missing):
    pass


class PastNightly(OfAFile, test_past.Nightly):
    pass


class PastSavedReports(OnServer, test_past.SavedReports):

    def forget(self):
        self.forget_history()


if __name__ == "__main__":
    runner.main()
