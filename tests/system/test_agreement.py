"""Table, page, letter, CSV and JSON of one run say the same of every sender.

A day with a stolen mailbox, a site that was broken into, a server without logins and the user of a
web server.
"""

import csv
import datetime
import email
import email.policy
import html.parser
import io
import json
import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import demo_quarantine  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402

DAY = "2026-02-10"
NOON_AFTER = datetime.datetime(2026, 2, 11, 12)

# Nobody's customer, all day long.
SYSTEM_USER = "uid 33@mail.hosting.example"
SYSTEM_MESSAGES = 30

WIDE = "300"  # columns in which the table has all of its own

WEAK = {"server": "server, no account", "system": "system user, no customer"}


def from_www_data(when):
    """What a script of no known site sent."""
    date = email.utils.format_datetime(when)
    return ("Received: from mail.hosting.example ([192.0.2.12])\r\n"
            "\tby filter3.mailfilter.example with esmtps (TLS1.3)\r\n"
            f"\tid 1wwwDATA00000; {date}\r\n"
            "Received: by mail.hosting.example (Postfix, from userid 33)\r\n"
            f"\tid 9A8B7C6D5E; {date}\r\n"
            "From: <www@mail.hosting.example>\r\nTo: <a@victim.example>\r\n"
            f"Subject: Hello\r\nDate: {date}\r\n\r\nHello.\r\n").encode()


class Page(html.parser.HTMLParser):
    """The rows of its table of identities: {column: text}; times as they are in <time datetime>."""

    def __init__(self, text):
        super().__init__()
        self.titles, self.rows = [], []
        self._cell, self._kind, self._inside, self._done = None, None, False, False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            self._inside = attrs.get("class") == "groups" and not self._done
        if not self._inside:
            return
        if tag == "tbody":
            self.rows.append({"cells": [], "kind": None, "weak": False, "now": ""})
        if tag in ("td", "th"):
            self._cell, self._time = "", None
        if tag == "time" and self._time is None:
            self._time = attrs["datetime"]
        if tag == "span" and attrs.get("class", "").startswith(("kind", "now")):
            self._kind = attrs["class"]
            if "weak" in self._kind:
                self.rows[-1]["weak"] = True

    def handle_data(self, data):
        if self._kind is not None:
            name = self._kind.split()[0]
            self.rows[-1][name] = (self.rows[-1][name] or "") + data
        elif self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag == "table" and self._inside:
            self._inside, self._done = False, True
        if tag == "span":
            self._kind = None
        if tag in ("td", "th") and self._cell is not None and self._inside:
            if not self.rows:
                self.titles.append(self._cell)
            else:
                self.rows[-1]["cells"].append(self._time or self._cell.strip())
            self._cell = None

    def by_identity(self):
        found = {}
        for row in self.rows:
            cells = dict(zip(self.titles, row["cells"]))
            found[cells["Identity"]] = {**row, **cells}
        return found


class Letter(html.parser.HTMLParser):
    """The rows of the small page in a letter: [count, percent, identity and what is below it]."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self._in_cell = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
            self._in_cell = True
        elif tag == "br" and self._in_cell:
            self.rows[-1][-1] += "\n"

    def handle_endtag(self, tag):
        if tag == "td":
            self._in_cell = False

    def handle_data(self, data):
        if self._in_cell:
            self.rows[-1][-1] += data.replace("\n", "")

    def by_identity(self):
        return {lines[0]: (count, percent, lines[1:]) for count, percent, lines in
                ((row[0], row[1], row[2].split("\n")) for row in self.rows if row)}


def letter_rows(text):
    """The same of the text of a letter."""
    found, lines = {}, None
    for line in text.splitlines():
        row = re.fullmatch(r" *\d+ +(\d+) +([\d.]+)  (\S.*)", line)
        if row:
            lines = []
            found[row[3]] = (row[1], row[2], lines)
        elif lines is not None and line.startswith("    "):
            if lines and lines[-1].endswith(" by"):
                lines[-1] += " " + line.strip()
            else:
                lines.append(line.strip())
        else:
            lines = None
    return found


def table_rows(text):
    """{identity: {title: cell}}: between columns all lines have two blanks."""
    lines = text.splitlines()
    lines = lines[:next(i for i, line in enumerate(lines) if " Total (" in line)]
    width = max(map(len, lines))
    lines = [line.ljust(width) for line in lines]
    blank = "".join(" " if all(line[i] == " " for line in lines) else "x" for i in range(width))
    spans = [match.span() for match in re.finditer(r"x(?:x| (?! ))*", blank)]
    titles, *rows = [[line[a:b].strip() for a, b in spans] for line in lines]
    return {row[titles.index("Identity")]: dict(zip(titles, row)) for row in rows}


def short(iso):
    """2026-02-10T23:49:42+00:00 as a narrow table has it."""
    return iso[5:16].replace("T", " ")


class AgreementTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        os.environ["TZ"] = "UTC"
        time.tzset()
        demo_quarantine.load(quarantine, NOON_AFTER)
        for n in range(SYSTEM_MESSAGES):
            when = datetime.datetime.fromisoformat(DAY) + datetime.timedelta(minutes=47 * n)
            quarantine.deliver(demo_quarantine.OUTGOING, from_www_data(when.astimezone()), when)

    def setUp(self):
        super().setUp()
        letter = self.directory / "letter"
        sendmail = self.directory / "sendmail"
        sendmail.write_text(f"#!/bin/sh\nexec cat >'{letter}'\n")
        sendmail.chmod(0o755)
        result = self.quiet_report(
            f"--date={DAY}", "-n", "--top=20", "-d", "--csv=groups.csv", "--json=groups.json",
            "--html=page.html", f"--sendmail={sendmail}", "--mail-to=noc@example.com",
            environment={"COLUMNS": WIDE}, files=("groups.csv", "groups.json", "page.html"))
        self.csv = {row["Identity"]: row for row in csv.DictReader(
            io.StringIO(result.files["groups.csv"].decode(), newline=""))}
        rows = [json.loads(line) for line in result.files["groups.json"].decode().splitlines()]
        self.json = {row["key"]["identity"]: row for row in rows if row["kind"] == "group"}
        self.page = Page(result.files["page.html"].decode()).by_identity()
        self.table = table_rows(result.stdout.decode())
        message = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default)
        self.text = letter_rows(message.get_body(("plain",)).get_content())
        self.html = Letter(message.get_body(("html",)).get_content()).by_identity()

    def test_all_agree(self):
        self.check_senders()
        for who, row in self.csv.items():
            with self.subTest(who):
                self.check_counts(who, row)
                self.check_times(who, row)
                self.check_kind(who, row)
                self.check_addresses(who, row)
                self.check_still(who)
                self.check_letters(who)

    def check_senders(self):
        senders = list(self.csv)
        self.assertEqual(len(senders), len(demo_quarantine.SENDERS) + 1)
        for seen in (self.json, self.table, self.page, self.text, self.html):
            self.assertEqual(list(seen), senders)
        self.assertEqual({who for who, row in self.table.items() if row["Kind"]},
                         {"198.51.100.5", SYSTEM_USER})
        self.assertEqual(self.csv["info@nordtrad.example"]["Login IPs"], "49")
        self.assertEqual(self.csv["bluefern@mail.hosting.example"]["Callers"], "211")

    def check_counts(self, who, row):
        count, percent = row["Count"], row["Percent"]
        self.assertEqual((self.json[who]["count"], self.json[who]["percent"]),
                         (int(count), float(percent)))
        self.assertEqual((self.table[who]["Count"], self.table[who]["%"]), (count, percent))
        self.assertEqual((self.page[who]["Count"], self.page[who]["Percent"]), (count, percent))
        self.assertEqual(self.text[who][:2], (count, percent))
        self.assertEqual(self.html[who][:2], (count, percent))

    def check_times(self, who, row):
        last = row["Last seen"]
        self.assertEqual(self.json[who]["last_seen"], last)
        self.assertEqual(self.page[who]["Last seen"], last)
        self.assertEqual(self.table[who]["Last seen"], short(last))
        self.assertTrue(any(line.endswith("last seen " + short(last))
                            for line in self.text[who][2]), self.text[who])

    def check_kind(self, who, row):
        kind = row["Identity kind"]
        weakness = WEAK.get(self.table[who]["Kind"], "")
        self.assertEqual(self.json[who]["identity_kind"], kind)
        self.assertEqual(self.table[who]["Kind"],
                         {"198.51.100.5": "server", SYSTEM_USER: "system"}.get(who, ""))
        self.assertEqual(self.page[who]["kind"], weakness or kind)
        self.assertEqual(self.page[who]["weak"], weakness != "")
        self.assertEqual(self.text[who][2][0],
                         f"weak: {weakness}" if weakness
                         else f"{kind}, last seen {short(row['Last seen'])}")

    def check_addresses(self, who, row):
        for title, key, words in (("Login IPs", "login_ips", "logged in from {} addresses"),
                                  ("Callers", "callers", "called from {} addresses")):
            count = row[title]
            shown = "" if count == "0" else count
            self.assertEqual(self.json[who][key], int(count))
            self.assertEqual(self.table[who][title], shown)
            self.assertEqual(self.page[who][title], shown)
            self.assertEqual(int(count) > 1,
                             any(words.format(count) in line for line in self.text[who][2]))

    def check_still(self, who):
        """The day has been over for hours, so that its end is named."""
        page = self.page[who]
        sending = [line for line in self.text[who][2] if "sending" in line.lower()]
        self.assertEqual(page["now"], "still sending at 00:00" if sending else "")
        self.assertEqual(page["Last hour"] != "", sending != [])
        for line in sending:
            self.assertEqual(line.lower(),
                             f"still sending at 00:00: {page['Last hour']} last hour, "
                             f"{page['Mean hour']} an hour before")

    def check_letters(self, who):
        """Both forms have the same lines."""
        self.assertEqual([line.lower() for line in self.html[who][2]],
                         [line.lower() for line in self.text[who][2]])


if __name__ == "__main__":
    runner.main()
