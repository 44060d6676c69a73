"""Groups that are compared with the history: who is new, who grew.

The history is made by the program, and filled with forty days by SQLite's own Python module; the
numbers are counted once more here. The last class does the same through a real server.
"""

import csv
import datetime
import email
import email.policy
import io
import json
import os
import pathlib
import re
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import browser  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from control_case import Terminal  # noqa: E402
from quarantine_case import OLDER, TODAY, YESTERDAY, ZONE  # noqa: E402

OK, USAGE, DATA = 0, 64, 65

DAY = 86400
LAST = datetime.datetime(2026, 2, 11, tzinfo=datetime.timezone.utc)  # the day that is reported
DAYS = 40

PAST = ["First ever", "Days", "Before", "Change", "New"]

PERIOD = ["--timezone=UTC", "--since=2026-02-11", "--until=2026-02-12"]

# A history has them by the name of the table's column.
TEXTS = ("identity", "domain", "auth_user", "source_ip", "script", "class", "subject", "mail_from",
         "evidence", "rules")


def said_of_history(result):
    return "".join(line + "\n" for line in result.stderr.decode().splitlines()
                   if "the history" in line or "is compared with nothing" in line)


class PastTest(runner.SystemTest):

    def setUp(self):
        super().setUp()
        self.file = self.directory / "kept" / "history.sqlite"
        self.file.parent.mkdir(mode=0o700)
        self.history = f"--history={self.file}"
        self.uid = 0
        self.texts = {"": 0}
        self.places = {}
        message = self.directory / "some.eml"
        message.write_text("X-AuthUser: a@example.com\nDate: Wed, 1 Jan 2020 10:00:00 +0000\n\n")
        self.assert_status(self.run_program([self.history, "--since=2020-01-01",
                                             "--until=2020-01-02", str(message)]), OK)
        self.base = sqlite3.connect(self.file)
        self.addCleanup(self.base.close)
        for table in ("message", "place", "coverage"):
            self.base.execute(f"DELETE FROM {table}")

    def text(self, value):
        if value not in self.texts:
            self.base.execute("INSERT OR IGNORE INTO text (v) VALUES (?)", (value,))
            (self.texts[value],) = self.base.execute("SELECT id FROM text WHERE v=?",
                                                     (value,)).fetchone()
        return self.texts[value]

    def place(self, host="imap.example.com", name="Caught (Outgoing)", source="global"):
        if host not in self.places:
            source = f"{source}@{host}:993" if name else "log"
            self.places[host] = self.base.execute(
                "INSERT INTO place (source, host, name) VALUES (?,?,?)",
                (source, host, name)).lastrowid
        return self.places[host]

    def put(self, day, second, count=1, place=None, bounce=0, **texts):
        """Messages of a day, counted from the one that is reported."""
        for i in range(count):
            self.uid += 1
            when = int(LAST.timestamp()) + day * DAY + second + i
            row = {"place": place or self.place(), "epoch": 7, "uid": self.uid, "queue_id": "",
                   "version": 1, "day": when // DAY, "time": when, "bounce": bounce, "rcpts": 1,
                   **{name: self.text(texts.get(name, "")) for name in TEXTS},
                   "rcpt": "", "message_id": "", "notes": "", "extra": ""}
            self.base.execute(f"INSERT INTO message ({', '.join(row)}) VALUES "
                              f"({', '.join('?' * len(row))})", list(row.values()))

    def cover(self, first=-DAYS, last=0, place=None, until=DAY):
        """All of these days is known, of the last one what is before `until`."""
        for day in range(first, last + 1):
            since = int(LAST.timestamp()) + day * DAY
            self.base.execute(
                "INSERT OR REPLACE INTO coverage (place, day, epoch, since, until, version)"
                " VALUES (?,?,7,?,?,1)",
                (place or self.place(), since // DAY, since,
                 since + (until if day == last else DAY)))

    def offline(self, *options, status=OK, period=PERIOD, **how):
        self.base.commit()
        result = self.run_program([self.history, "--offline", *period, *options],
                                  files=["out"], **how)
        self.assert_status(result, status)
        return result

    def facts(self, *options, by="Identity", **how):
        """{key: what is known of it}, and what is said of the history to who asks for it."""
        keys = by.split(",")
        result = self.offline(f"--group-by={by}", "--csv=-", "-v", *options, **how)
        rows = result.rows()
        return {"|".join(row[key] for key in keys): [row[title] for title in PAST]
                for row in rows}, said_of_history(result)

    def fill(self):
        """Forty days of one who always sends, and those who come, go, and come again."""
        self.cover()
        for day in range(-DAYS + 1, 1):
            self.put(day, 3600, 2 if day < 0 else 9, identity="steady@example.com")
        self.put(0, 10, 5, identity="new@example.com")
        self.put(0, 20, 4, identity="Back@example.com")
        self.put(-35, 20, 1, identity="back@EXAMPLE.com")
        self.put(-1, 0, 8, identity="less@example.com")
        self.put(0, 0, 1, identity="less@example.com")
        self.put(-1, 0, 3, identity="gone@example.com")


class Facts(PastTest):

    def test_who_is_new_and_who_grew(self):
        self.fill()
        facts, said = self.facts()
        self.assertEqual(facts, {
            "steady@example.com": ["2026-01-03T01:00:00+00:00", "40", "2", "7", "no"],
            "new@example.com": ["2026-02-11T00:00:10+00:00", "1", "0", "5", "yes"],
            "Back@example.com": ["2026-01-07T00:00:20+00:00", "2", "0", "4", "yes"],
            "less@example.com": ["2026-02-10T00:00:00+00:00", "2", "8", "-7", "no"],
        })
        self.assertEqual(said, "")

    def test_every_output(self):
        self.fill()
        facts, _ = self.facts()
        for output, delimiter in (("--tsv=out", "\t"), ("--csv=out", ",")):
            rows = csv.DictReader(io.StringIO(self.offline(
                "--group-by=Identity", output).files["out"].decode()), delimiter=delimiter)
            self.assertEqual({row["Identity"]: [row[title] for title in PAST] for row in rows},
                             facts)
        for line in self.offline("--group-by=Identity", "--json=-").stdout.splitlines():
            group = json.loads(line)
            first, days, before, change, new = facts[group["key"]["identity"]]
            self.assertEqual([group[key] for key in ("first_ever", "days", "before", "change",
                                                     "new")],
                             [first, int(days), int(before), int(change), new == "yes"])
        table = self.offline("--group-by=Identity", "--display").stdout.decode()
        self.assertRegex(table, r"Identity +New +Before +Change +Days +First ever ")
        self.assertRegex(table, r"steady@example.com +no +2 +\+7 +40 +2026-01-03 ")
        self.assertRegex(table, r"less@example.com +no +8 +-7 +2 +2026-02-10 ")

    def test_golden(self):
        """Whole reports, as they have been looked at; README has the first of them."""
        self.fill()
        table = self.offline("--display", "--top=3", environment={"COLUMNS": "80"}).stdout
        shown = table.decode().split("times:")[0]
        readme = (quarantine_case.TOP / "README").read_text()
        self.assertIn("".join(f"    {line}\n" for line in shown.splitlines()), readme)
        for name, data in (("past-display.txt", table),
                           ("past.csv", self.offline("--group-by=Identity", "--csv=-").stdout),
                           ("past.jsonl", self.offline("--group-by=Identity", "--json=-").stdout)):
            file = pathlib.Path(__file__).with_name("golden") / name
            if os.environ.get("UPDATE_GOLDEN"):
                file.write_bytes(data)
            self.assertEqual(data, file.read_bytes(), name)

    def history_command(self, *arguments):
        """What a person sees in a terminal of 80 columns, in the names of the README."""
        self.base.commit()
        result = self.run_program(["history", *arguments, self.history, "--timezone=UTC"],
                                  environment={"COLUMNS": "80"})
        self.assert_status(result, OK)
        self.assertEqual(result.stderr, b"")
        text = result.stdout.decode().replace(
            str(self.file), "/home/noc/.local/state/quarantine-report/history.sqlite")
        for what, usual in ((r"SQLite \d+\.\d+\.\d+", "SQLite 3.40.1"), (r"\d+ KiB", "36 KiB"),
                            (r'"bytes":\d+', '"bytes":36864'), (r'free":\d+', 'free":0'),
                            (r", of them free 36 KiB", ""),
                            (r"quarantine-report \d+\.\d+\.\d+", "quarantine-report 0.1.0")):
            text = re.sub(what, usual, text)
        return text.encode()

    def note_runs(self):
        """As a timer makes them, each night."""
        self.base.execute("DELETE FROM run")
        for night, (count, status) in enumerate(((11, OK), (0, 75), (21, OK))):
            began = int(LAST.timestamp()) + (night - 1) * DAY + 600
            self.base.execute(
                "INSERT INTO run (id, began, ended, program, options, rows, status) "
                "VALUES (?,?,?,?,?,?,?)",
                (began * 1000000, began, began + 2, "quarantine-report 0.1.0",
                 "imaphost = imap.example.com; history = yes", count, status))

    def test_golden_of_the_command(self):
        """What is there of all, of one, and of the history; README has the first two."""
        self.fill()
        self.note_runs()
        for was, now in (("Back@example.com", "offers@promo.example"),
                         ("back@EXAMPLE.com", "Offers@promo.example")):
            self.base.execute("UPDATE text SET v=? WHERE v=?", (now, was))
        self.base.execute("DELETE FROM coverage WHERE day=?",
                          (int(LAST.timestamp()) // DAY - 12,))
        show = ["show", "--since=2026-02-05", "--until=2026-02-12", "--top=3"]
        for arguments, name in ((show, "history-show.txt"),
                                (["show", "offers@promo.example"], "history-show-one.txt"),
                                (["status"], "history-status.txt"),
                                (["show", "offers@promo.example", "--json=-"],
                                 "history-show-one.jsonl"),
                                (["status", "--json=-"], "history-status.jsonl")):
            data = self.history_command(*arguments)
            file = pathlib.Path(__file__).with_name("golden") / name
            if os.environ.get("UPDATE_GOLDEN"):
                file.write_bytes(data)
            self.assertEqual(data, file.read_bytes(), name)
            if name.endswith(".txt"):
                shown = [f"$ quarantine-report history {' '.join(arguments)}",
                         *data.decode().splitlines()]
                self.assert_in_readme("".join(f"    {line}".rstrip() + "\n" for line in shown))

    def assert_in_readme(self, text):
        if not os.environ.get("UPDATE_GOLDEN"):
            self.assertIn(text, (quarantine_case.TOP / "README").read_text())

    def test_letter(self):
        """By whoever takes it, as text and as HTML."""
        self.fill()
        kept = self.directory / "letter"
        sendmail = self.directory / "sendmail"
        sendmail.write_text(f'#!/bin/sh\nexec cat >"{kept}"\n')
        sendmail.chmod(0o700)
        mail = [f"--sendmail={sendmail}", "--mail-to=noc@example.com"]
        self.offline(*mail)
        letter = email.message_from_bytes(kept.read_bytes(), policy=email.policy.default)
        text = letter.get_body(("plain",)).get_content()
        self.assertIn("New, not seen in the 30 days before:\n    new@example.com, 5\n"
                      "    Back@example.com, 4\n\n", text)
        html = letter.get_body(("html",)).get_content()
        self.assertIn("New, not seen in the 30 days before", html)
        self.base.execute("DELETE FROM coverage WHERE day=?", (int(LAST.timestamp()) // DAY - 3,))
        self.offline(*mail)
        letter = email.message_from_bytes(kept.read_bytes(), policy=email.policy.default)
        text = letter.get_body(("plain",)).get_content()
        self.assertIn("Who is new is not known: the history of 'Caught (Outgoing)' of "
                      "imap.example.com does not have all of 1 day 2026-02-08 (UTC); reports of "
                      "2026-03-11 and later do without.", text)
        self.assertNotIn("New, not seen", text)

    def test_only_with_a_history(self):
        message = self.directory / "some.eml"
        result = self.run_program(["--since=2020-01-01", "--group-by=Identity", "--csv=-",
                                   str(message)])
        self.assert_status(result, OK)
        self.assertEqual(set(result.rows()[0]) & set(PAST), set())

    def test_new_after(self):
        self.fill()
        for days, back in ((34, "yes"), (35, "no"), (40, "no")):
            facts, said = self.facts(f"--new-after={days}")
            self.assertEqual(facts["Back@example.com"][-1], back, days)
            self.assertEqual((facts["new@example.com"][-1], said), ("yes", ""))

    def test_refused_options(self):
        for arguments, said in [
                (["-s", "imap.example.com", "--new-after=7"], b"--history[=STORE] is missing"),
                ([self.history, "--offline", "--new-after=0"], b"--new-after"),
                ([self.history, "--offline", "--new-after=3651"], b"--new-after"),
                ([self.history, "--offline", "--new-after=soon"], b"--new-after")]:
            with self.subTest(arguments=arguments):
                result = self.run_program(arguments)
                self.assert_status(result, USAGE)
                self.assertIn(said, result.stderr)

    def test_the_time_before_is_as_long(self):
        """To the second, in a zone that is not that of the history's days."""
        self.cover()
        for hour in range(-30, 24):
            self.put(0, hour * 3600, 1, identity="a@example.com")
        facts, _ = self.facts(period=["--timezone=Asia/Kolkata", "--since=2026-02-11T05:30",
                                      "--until=2026-02-11T08:30"])
        self.assertEqual(facts["a@example.com"],
                         ["2026-02-09T23:30:00+05:30", "3", "3", "0", "no"])
        facts, _ = self.facts(period=["--timezone=UTC", "--since=2026-02-11T05:30",
                                      "--until=2026-02-11T08:00"])
        self.assertEqual(facts["a@example.com"][2:4], ["3", "-1"])

    def test_a_day_of_23_hours_has_23_before(self):
        """29 March 2026 in Berlin: from 23:00 to 22:00 of UTC."""
        begin = int(datetime.datetime(2026, 3, 28, 23, tzinfo=datetime.timezone.utc).timestamp())
        first = begin - int(LAST.timestamp())
        self.cover(0, 48)
        for hour in range(-30, 30):
            self.put(0, first + hour * 3600, 1, identity="a@example.com")
        facts, said = self.facts(period=["--timezone=Europe/Berlin", "--date=2026-03-29"])
        self.assertEqual((facts["a@example.com"][2:4], said), (["23", "0"], ""))

    def test_other_columns(self):
        self.cover()
        self.put(-2, 5, 1, domain="Shop.example", script="shop.example/a.php for 192.0.2.7",
                 source_ip="2001:DB8::1", subject="Hello", auth_user="bob", mail_from="x@y.example")
        self.put(0, 5, 3, domain="shop.example", script="SHOP.example/a.php", subject="hello",
                 source_ip="2001:db8::1", auth_user="BOB", mail_from="X@y.example")
        known = ["2026-02-09T00:00:05+00:00", "2", "0", "3", "no"]
        for by in ("Domain", "PHP script", "Source IP", "Auth-User", "From", "Host", "Folder",
                   "Class", "Domain,PHP script,Source IP,Host", "Folder,Auth-User"):
            with self.subTest(by=by):
                facts, said = self.facts(by=by)
                self.assertEqual((list(facts.values()), said), ([known], ""))
        facts, _ = self.facts(by="Subject")
        self.assertEqual(facts["hello"][-1], "yes", "subjects differ by case")
        facts, _ = self.facts(by="Domain,Subject")
        self.assertEqual(facts["shop.example|hello"][1:], ["1", "0", "3", "yes"])

    def test_columns_that_are_not_kept_as_texts(self):
        self.fill()
        for by in ("Vhost", "Identity,Sender domain", "IP/Username"):
            facts, said = self.facts(by=by)
            for known in facts.values():
                self.assertEqual(known, [""] * len(PAST))
            self.assertIn(f"the history cannot be searched for '{by.split(',')[-1]}'", said)

    def test_a_long_value(self):
        """The table shows the beginning, and the whole of it counts."""
        self.cover()
        self.put(-1, 0, 1, identity="a" * 900 + "1")
        self.put(0, 0, 1, identity="a" * 900 + "2")
        facts, _ = self.facts()
        self.assertEqual([known[-1] for known in facts.values()], ["yes"])


class Page(PastTest):

    def section(self, **how):
        page = self.offline("--html=out", **how).files["out"].decode()
        found = re.search(r'<section class="past">(.*?)</section>', page, re.S)
        return found[1] if found else None, page

    @staticmethod
    def visible(part):
        part = re.sub(r"<wbr>|<title>.*?</title>", "", part)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part)).strip()

    def test_new_and_growing(self):
        """Those who are new come first, then those who grew most; each with its days."""
        self.fill()
        for i in range(14):
            self.put(0, 100 + i, 1 + i, identity=f"fresh{i}@example.com")
            self.put(-1, 100 + i, 1, identity=f"grown{i}@example.com")
            self.put(0, 200 + i, 2 + i, identity=f"grown{i}@example.com")
        section, _ = self.section()
        rows = [self.visible(row) for row in re.findall(r"<li>(.*?)</li>", section, re.S)]
        self.assertEqual(len(rows), 20)
        self.assertEqual(rows[0], "fresh13@example.com new first 2026-02-11, 1 day 14")
        self.assertEqual([row.split()[0] for row in rows[1:10]],
                         [f"fresh{i}@example.com" for i in range(12, 3, -1)])
        self.assertEqual(rows[10], "grown13@example.com first 2026-02-10, 2 days 15 +14")
        self.assertIn("steady@example.com first 2026-01-03, 40 days 9 +7", rows)
        self.assertIn("New: not seen in the 30 days before, 16 in all.", self.visible(section))
        self.assertNotIn("Not all is known", section)
        self.assertNotIn("less@", self.visible(section))

    def test_spark_line(self):
        self.fill()
        section, page = self.section()
        (steady,) = [row for row in re.findall(r"<li>(.*?)</li>", section, re.S)
                     if "steady" in row]
        bars = re.findall(r'<rect class="s1" [^>]*height="(\d+)"', steady)
        self.assertEqual(bars, ["4"] * 29 + ["20"])
        self.assertIn("<title>30 of the last 30 days, at most 9 messages</title>", steady)
        self.assertEqual(page.count('<div class="spark"><svg'), 4, "each identity has one")

    def test_what_is_not_known(self):
        self.cover(0, 0)
        self.put(0, 0, 1, identity="unknown@example.com")
        section, page = self.section()
        self.assertNotIn("unknown@example.com", section)
        self.assertIn("Not all is known: <bdi>the history of &#39;Caught (Outgoing)&#39;", section)
        self.assertNotIn(">New</th>", page, "a column of which nothing is known")
        self.assertIn(">First ever</th>", page)
        self.assertNotIn("Nobody is new", section)

    def test_nobody_is_new(self):
        self.cover()
        self.put(-1, 0, 1, identity="a@example.com")
        self.put(0, 0, 1, identity="a@example.com")
        section, _ = self.section()
        self.assertIn("Nobody is new: all were seen in the 30 days before.",
                      self.visible(section))

    def test_hostile(self):
        self.cover()
        evil = "<script>alert(1)</script>\u202e@example.com"
        self.put(0, 0, 1, identity=evil)
        section, page = self.section()
        self.assertIn("&lt;script&gt;", section)
        self.assertNotIn("\u202e", page)

    def test_none_without_a_history(self):
        message = self.directory / "some.eml"
        result = self.run_program(["--timezone=UTC", "--since=2020-01-01", "--html=out",
                                   str(message)], files=["out"])
        self.assert_status(result, OK)
        self.assertNotIn(b'<section class="past">', result.files["out"])
        self.assertNotIn(b"<svg class=\"spark\"", result.files["out"])

    @unittest.skipIf(browser.missing(), browser.missing())
    def test_sorted_in_a_browser(self):
        """What is not known comes last, behind what became less."""
        self.fill()
        self.cover(-1, -1, until=DAY)
        _, page = self.section()
        page = page.replace('data-value="5"', 'data-value=""').replace(">+5<", "><")
        file = self.directory / "page.html"
        file.write_text(page)
        with browser.Browser() as chromium:
            chromium.open(file)
            chromium.run("document.querySelectorAll('table.groups thead button').forEach((b) =>"
                         " { if (b.textContent === 'Change') { b.click(); } })")
            names = chromium.run("return Array.from(document.querySelectorAll('table.groups')[0]"
                                 ".querySelectorAll('tbody th bdi'), (b) => b.textContent)")
            self.assertEqual(names, ["steady@example.com", "Back@example.com", "less@example.com",
                                     "new@example.com"])
            width = chromium.run("return document.querySelector('.past svg.spark')"
                                 ".getBoundingClientRect().width")
            self.assertGreater(width, 200)


class Hidden(PastTest):
    """Values that were not kept, or as a hash, cannot be compared: nobody is new for that."""

    def assert_unknown(self, by, hidden, extra):
        self.base.execute("UPDATE message SET extra=? WHERE uid=1", (extra,))
        facts, said = self.facts(by=by)
        for known in facts.values():
            self.assertEqual("" in known, hidden, (by, extra))
        self.assertEqual("does not have all of" in said, hidden, (by, extra))

    def test_hidden(self):
        self.cover()
        self.put(-20, 0, 1, identity="a@example.com", subject="Hello", domain="a.example")
        self.put(0, 0, 1, identity="a@example.com", subject="Hello", domain="a.example")
        for by, hidden, extra in (
                ("Subject", False, ""),
                ("Subject", True, '{"without":["subject"]}'),
                ("Subject", True, '{"return_path":"x","hashed":["to","subject"]}'),
                ("Identity,Subject", True, '{"hashed":["subject"]}'),
                ("Domain", False, '{"hashed":["subject"]}'),
                ("Subject", False, '{"absent":["subject"]}'),
                ("Subject", False, r'{"return_path":"\"hashed\":[\"subject\"]"}'),
                ("Identity", False, '{"hashed":["subject"]}')):
            with self.subTest(by=by, extra=extra):
                self.assert_unknown(by, hidden, extra)

    def test_by_the_program(self):
        """Messages of two runs, the first of which keeps no subject."""
        files = []
        for day in (1, 2):
            files.append(self.directory / f"{day}.eml")
            files[-1].write_text("X-AuthUser: a@example.com\nSubject: Hello\n"
                                 f"Date: {day} Jan 2024 10:00:00 +0000\n\n")
        self.base.commit()
        history = self.history
        period = ["--timezone=UTC", "--since=2024-01-01", "--until=2024-01-02"]
        self.assert_status(self.run_program([history, *period, "--history-without=Subject",
                                             str(files[0])]), OK)
        period = ["--timezone=UTC", "--since=2024-01-02", "--until=2024-01-03"]
        result = self.run_program([history, *period, "--group-by=Subject", "--csv=-", "-v",
                                   str(files[1])])
        self.assert_status(result, OK)
        (row,) = result.rows()
        self.assertEqual([row["Subject"], *(row[title] for title in PAST)], ["Hello"] + [""] * 5)
        self.assertIn(b"the history does not have all of 'Subject' as it was", result.stderr)


class Compared(PastTest):
    """What is counted before is what the report counts."""

    def test_without_bounces(self):
        self.cover()
        self.put(-1, 0, 5, identity="a@example.com", bounce=1)
        self.put(-1, 100, 2, identity="a@example.com")
        self.put(-3, 0, 1, identity="b@example.com", bounce=1)
        for i in "ab":
            self.put(0, 0, 3, identity=f"{i}@example.com")
            self.put(0, 50, 4, identity=f"{i}@example.com", bounce=1)
        facts, _ = self.facts()
        self.assertEqual([facts[f"{i}@example.com"][2:] for i in "ab"],
                         [["7", "0", "no"], ["0", "7", "no"]])
        facts, _ = self.facts("-n")
        self.assertEqual([facts[f"{i}@example.com"][2:] for i in "ab"],
                         [["2", "1", "no"], ["0", "3", "yes"]])

    def test_one_server_of_two(self):
        other = self.place("other.example.com")
        self.cover()
        self.cover(place=other)
        self.put(-1, 0, 5, identity="a@example.com", place=other)
        self.put(0, 0, 2, identity="a@example.com")
        self.put(0, 0, 1, identity="a@example.com", place=other)
        facts, said = self.facts()
        self.assertEqual((facts["a@example.com"][2:], said), (["5", "-2", "no"], ""))
        facts, said = self.facts("-s", "imap.example.com", "-u", "global")
        self.assertEqual((facts["a@example.com"][2:], said), (["0", "2", "yes"], ""))
        facts, said = self.facts("-s", "other.example.com", "-u", "global")
        self.assertEqual((facts["a@example.com"][2:], said), (["5", "-4", "no"], ""))

    def test_outgoing_and_incoming(self):
        caught = self.place("imap.example.com ", "Caught")
        self.base.execute("UPDATE place SET host='imap.example.com',"
                          " source='global@imap.example.com:993' WHERE id=?", (caught,))
        self.cover()
        self.cover(place=caught)
        self.put(-1, 0, 5, identity="a@example.com", place=caught)
        self.put(0, 0, 2, identity="a@example.com")
        server = ["-s", "imap.example.com", "-u", "global"]
        facts, said = self.facts(*server, "-o")
        self.assertEqual((facts["a@example.com"][2:], said), (["0", "2", "yes"], ""))
        facts, said = self.facts(*server, "-o", "-i")
        self.assertEqual((facts["a@example.com"][2:], said), (["5", "-3", "no"], ""))


class Missing(PastTest):
    """Who was not seen in days that nobody has read is not new."""

    def setUp(self):
        super().setUp()
        self.put(0, 0, 1, identity="unknown@example.com")
        self.put(0, 0, 1, identity="known@example.com")
        self.put(-4, 0, 1, identity="known@example.com")
        self.cover(0, 0)

    def assert_facts(self, unknown, known, said, *options):
        facts, stderr = self.facts(*options)
        self.assertEqual((facts["unknown@example.com"][2:], facts["known@example.com"][2:]),
                         (unknown, known))
        if said is None:
            self.assertEqual(stderr, "")
        else:
            self.assertIn(said, stderr)

    def test_nothing_was_read(self):
        self.assert_facts(["", "", ""], ["", "", "no"],
                          "the history of 'Caught (Outgoing)' of imap.example.com does not have "
                          "all of 30 days from 2026-01-12 to 2026-02-10 (UTC)")

    def test_only_the_day_before(self):
        self.cover(-1, -1)
        self.assert_facts(["0", "1", ""], ["0", "1", "no"], "29 days from 2026-01-12 to 2026-02-09")

    def test_a_gap(self):
        self.cover(-30, -1)
        self.assert_facts(["0", "1", "yes"], ["0", "1", "no"], None)
        self.base.execute("DELETE FROM coverage WHERE day=?", (int(LAST.timestamp()) // DAY - 17,))
        self.assert_facts(["0", "1", ""], ["0", "1", "no"], "1 day 2026-01-25 (UTC)")
        self.assert_facts(["0", "1", "yes"], ["0", "1", "no"], None, "--new-after=16")

    def test_a_day_that_is_not_whole(self):
        self.cover(-30, -1)
        self.cover(-1, -1, until=DAY - 1)
        self.assert_facts(["", "", ""], ["", "", "no"], "1 day 2026-02-10 (UTC)")

    def test_another_server(self):
        self.cover(-30, -1)
        self.cover(0, 0, place=self.place("other.example.com"))
        self.assert_facts(["", "", ""], ["", "", "no"], "of other.example.com does not have all "
                          "of 30 days")
        self.assert_facts(["0", "1", "yes"], ["0", "1", "no"], None, "-s", "imap.example.com",
                          "-u", "global")

    def test_the_table_says_so(self):
        table = self.offline("--group-by=Identity", "--display").stdout.decode()
        self.assertIn("New, Before: the history of 'Caught (Outgoing)'", table)

    def test_logs(self):
        """Nobody knows which days of a log there are."""
        self.cover(-30, -1)
        log = self.place("mail.example.com", "")
        self.put(0, 0, 1, identity="unknown@example.com", place=log)
        self.assert_facts(["", "", ""], ["", "", "no"], "of logs and files nobody knows")

    def test_files_without_a_period(self):
        """What is said stands where it is missed."""
        message = self.directory / "one.eml"
        message.write_text("X-AuthUser: known@example.com\n\n")
        self.base.commit()
        for output, said in ((["--csv=-", "--group-by=Identity"], True), (["--html=-"], False)):
            for options, seen in ((["-v"], said), ([], False)):
                result = self.run_program([self.history, *output, *options, str(message)])
                self.assert_status(result, OK)
                self.assertEqual(b"a report without a period" in result.stderr, seen)

    def test_files(self):
        message = self.directory / "one.eml"
        message.write_text("X-AuthUser: known@example.com\n"
                           "Date: Wed, 11 Feb 2026 10:00:00 +0000\n\n")
        self.base.commit()
        for again in range(2):
            result = self.run_program([self.history, "--timezone=UTC", "--since=2026-02-11",
                                       "--group-by=Identity", "--csv=-", "-v", str(message)])
            self.assert_status(result, OK)
            (row,) = result.rows()
            self.assertEqual([row[title] for title in PAST],
                             ["2026-02-11T10:00:00+00:00", "1", "", "", ""], "no mailbox's")
            self.assertIn(b"of logs and files nobody knows", result.stderr)


class Nightly(PastTest):
    """A timer that mails what is said: nothing when all is as it was the night before."""

    def setUp(self):
        super().setUp()
        self.put(0, 0, 1, identity="a@example.com")
        self.cover(0, 0)

    def said(self, *options, output="--csv=-"):
        result = self.offline("--group-by=Identity", output, *options)
        return result.stderr.decode()

    def test_a_young_history(self):
        """From the first night to the last one before all days are known."""
        for known in range(0, 31):
            if known > 0:
                self.cover(-known, -known)
            for output in ("--csv=-", "--tsv=-", "--json=-"):
                self.assertEqual(self.said(output=output), "", known)
                if known in (1, 29):
                    self.assertIn("do without", self.said("-v", output=output))
        self.assertNotIn("do without", self.said("-v"))

    def test_a_history_that_began_in_the_middle_of_a_day(self):
        self.cover(-1, -1)
        self.base.execute("UPDATE coverage SET since=since+3600 WHERE day=?",
                          (int(LAST.timestamp()) // DAY - 1,))
        self.assertEqual(self.said(), "")
        self.assertIn("1 day 2026-02-10", self.said("-v", "--new-after=1"))

    def test_a_night_that_was_left_out(self):
        """It is said once, in the report of the day behind it, and then to who asks."""
        for first, said in ((-1, True), (-2, False), (-20, False)):
            with self.subTest(first=first):
                self.cover(-40, -1)
                self.base.execute("DELETE FROM coverage WHERE day=?",
                                  (int(LAST.timestamp()) // DAY + first,))
                self.assertEqual("does not have all of 1 day" in self.said(), said)
                self.assertIn("does not have all of 1 day", self.said("-v"))
                self.assertEqual(self.said("-q"), "")

    def test_until_when(self):
        """The day from which on reports are complete, and they are."""
        self.cover(-10, -1)
        found = re.search(r"reports of (\S+) and later do without", self.said("-v"))
        first = datetime.date.fromisoformat(found[1])
        self.assertEqual((first - LAST.date()).days, -10 + 30)
        self.cover(0, 30)
        for day, complete in ((first - datetime.timedelta(1), False), (first, True)):
            period = ["--timezone=UTC", f"--since={day}",
                      f"--until={day + datetime.timedelta(1)}"]
            self.put((day - LAST.date()).days, 0, 1, identity="b@example.com")
            result = self.offline("--group-by=Identity", "--csv=-", "-v", period=period)
            self.assertEqual("do without" not in result.stderr.decode(), complete)

    def test_columns_that_are_not_kept(self):
        for options, said in (([], ""), (["-v"], "cannot be searched for 'Vhost'")):
            result = self.offline("--group-by=Vhost", "--csv=-", *options)
            self.assertIn(said, result.stderr.decode())
            self.assertEqual(result.stderr == b"", said == "")

    def test_on_a_terminal(self):
        self.base.commit()
        terminal = Terminal([self.history, "--offline", *PERIOD, "--group-by=Identity",
                             "--csv=/dev/null"], self.directory)
        self.assertEqual(terminal.end(), OK)
        self.assertIn("all of 30 days from 2026-01-12 to 2026-02-10 (UTC); reports of 2026-03-13 "
                      "and later do without\n", terminal.text)


class BesideAServer(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def test_same_as_without_it(self):
        """A report of the server, and one of the history after it, say the same."""
        kept = self.directory / "kept"
        kept.mkdir(mode=0o700)
        history = f"--history={kept}/history.sqlite"
        zone = f"--timezone={ZONE}"
        self.report(history, zone, f"--since={OLDER}", f"--until={TODAY}", "-o")
        period = [zone, f"--date={TODAY}", "-o", "--new-after=3"]
        for outputs in (["--csv=out", "--group-by=Identity"], ["--json=out", "--group-by=Domain"],
                        ["--display", "--group-by=Identity,Source IP"]):
            with self.subTest(outputs=outputs):
                live = self.report(history, *period, *outputs, files=["out"])
                server = ["-s", f"{self.quarantine.host}:{self.quarantine.port_imaps}",
                          "-u", runner.USER]
                again = self.run_program([*server, history, "--offline", *period, *outputs],
                                         files=["out"])
                self.assert_status(again, OK)
                self.assertEqual((again.files, again.stdout, again.stderr),
                                 (live.files, live.stdout, b""))
        for by in ("Identity", "Class"):
            rows = self.report(history, *period, "--csv=-", f"--group-by={by}").rows()
            before = {row[by].lower(): row["Count"] for row in self.report(
                zone, f"--date={YESTERDAY}", "-o", "--csv=-", f"--group-by={by}").rows()}
            for row in rows:
                self.assertEqual(row["Before"], before.get(row[by].lower(), "0"))
                self.assertEqual(int(row["Change"]), int(row["Count"]) - int(row["Before"]))
                self.assertIn(row["New"], ("yes", "no"))
        self.assertIn("no", {row["New"] for row in rows})

    def test_new_only(self):
        """Since the last run is no time that could be compared."""
        kept = self.directory / "kept"
        kept.mkdir(mode=0o700)
        options = [f"--history={kept}/history.sqlite", f"--timezone={ZONE}", "-o",
                   f"--state-dir={self.directory}/state"]
        self.report(*options, f"--since={OLDER}", f"--until={TODAY}")
        rows = self.report(*options, f"--since={TODAY}", "--new-only", "--new-after=3",
                           "--csv=-", "--group-by=Class").rows()
        self.assertGreater(len(rows), 1)
        for row in rows:
            self.assertEqual((row["Before"], row["Change"]), ("", ""))
            self.assertEqual(row["New"] == "yes", row["First ever"] == "")



class SavedReports(quarantine_case.QuarantineTest):
    """Reports that were saved before there was a history count as what came before."""

    PERIOD = ["--timezone=UTC", "-o"]
    DAY = "2026-02-11"

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        self.history = f"--history={self.directory}/history.sqlite"

    def forget(self):
        (self.directory / "history.sqlite").unlink()

    def import_of(self, *options, since="2026-02-01", until=DAY):
        name = "saved.csv" if "--csv=saved.csv" in options else "saved.jsonl"
        saved = self.report(*self.PERIOD, f"--since={since}", f"--until={until}", *options,
                            files=[name])
        path = self.directory / f"of-{name}"
        path.write_bytes(saved.files[name])
        result = self.run_program(["history", "import", self.history, str(path)])
        self.assert_status(result, OK)
        return int(result.stdout.split()[0])

    def facts(self, *options, by="Identity"):
        rows = self.report(self.history, *self.PERIOD, f"--date={self.DAY}", "--csv=-",
                           f"--group-by={by}", "--new-after=3", *options).rows()
        return {tuple(row[key] for key in by.split(",")): [row[title] for title in PAST]
                for row in rows}

    def test_what_was_imported(self):
        """As if it had been read from the server, but that nobody knows of days that lack."""
        self.report(self.history, *self.PERIOD, "--since=2026-02-01", f"--until={self.DAY}")
        groups = ("Identity", "Host,Folder", "Class")
        read = {by: self.facts(by=by) for by in groups}
        self.assertIn("no", [facts[-1] for facts in read["Class"].values()])
        for options in (["--json=saved.jsonl"], ["--csv=saved.csv", "--columns=all"]):
            for by in groups:
                self.forget()
                self.assertGreater(self.import_of(*options), 5)
                kept = self.facts(by=by)
                for key, (first, days, _, _, new) in read[by].items():
                    known = "no" if new == "no" else ""
                    self.assertEqual(kept[key], [first, days, "", "", known], (options, key))
                # Read from the server later: nobody has come twice.
                self.report(self.history, *self.PERIOD, "--since=2026-02-01", f"--until={self.DAY}")
                self.assertEqual(self.facts(by=by), read[by])

    def test_some_days_of_each(self):
        """The server has given some days, before and after those of the import."""
        self.report(self.history, *self.PERIOD, "--since=2026-02-01", f"--until={self.DAY}")
        read = self.facts()
        self.forget()
        self.report(self.history, *self.PERIOD, "--since=2026-02-10", f"--until={self.DAY}")
        self.import_of("--json=saved.jsonl")
        kept = self.facts()
        for key, (first, days, before, change, _) in read.items():
            self.assertEqual(kept[key][:4], [first, days, before, change], key)

    def test_another_folder(self):
        """What came into one folder says nothing of another."""
        self.report(self.history, *self.PERIOD, f"--date={self.DAY}")
        alone = self.facts()
        self.import_of("--outgoing-folder=Caught", "--json=saved.jsonl")
        self.assertEqual(self.facts(), alone)

    def test_a_column_that_was_not_saved(self):
        """Who has no domain in the report was not seen by that."""
        self.report(self.history, *self.PERIOD, f"--date={self.DAY}")
        alone = self.facts(by="Domain,Subject")
        self.assertGreater(self.import_of(
            "--csv=saved.csv", "--columns=Host,Folder,UID,Date,Auth-User"), 5)
        self.assertEqual(self.facts(by="Domain,Subject"), alone)


if __name__ == "__main__":
    runner.main()
