"""The page in a browser: what it shows, that it asks for nothing, and that hostile text stays text.

SCREENSHOTS=DIR saves pictures of it there, for people.
"""

import base64
import collections
import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import browser  # noqa: E402
import group_oracle as oracle  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, NOW, OLDER, OUTGOING  # noqa: E402

PERIOD = [f"--timezone={quarantine_case.ZONE}", f"--since={OLDER}", "--until=2026-02-12"]

HOSTILE = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "</details></td></tr></table></main><h1>Quarantine empty</h1>",
    "</title></svg><a href=https://evil.example/>click</a>",
    "<iframe src=https://evil.example/></iframe><base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "</style><style>*{display:none}</style>",
    "--><!--", "&lt;b&gt; &amp;amp; &#60;i&#62; &notit;", "]]>", "${alert(1)}", "{{7*7}}",
    "abc\u202egnp.exe", "zero\u200bwidth", "עברית mixed عربي", "e\u0301\u0301\u0301\u0301 👩‍👩‍👧",
    "<b" + "x" * 8000, "\"'" * 4000, "W" * 8000, "<" * 8000,
]

# Nothing else may be in the page, whatever the messages say.
TAGS = set("""html head meta title style body header h1 h2 p strong b span bdi time q div table thead
    tbody tr th td main section ol ul li svg rect text line desc details summary dl dt dd footer
    script button a wbr label input output code""".split())

# Every text that is seen, with its colour and that of what is behind it.
CONTRASTS = """
const parse = (text) => {
  const [r, g, b, a = 1] = text.match(/[0-9.]+/g).map(Number);
  return {r, g, b, a};
};
const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const luminance = ({r, g, b}) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.a > 0) {
      return colour;
    }
  }
  return {r: 255, g: 255, b: 255};
};
const found = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  const element = node.parentElement;
  if (!node.data.trim() || !element.getClientRects().length) {
    continue;
  }
  const style = getComputedStyle(element);
  const front = element.closest("svg") ? style.fill : style.color;
  const [low, high] = [luminance(parse(front)), luminance(behind(element))].sort((a, b) => a - b);
  found.set(front + " on " + JSON.stringify(behind(element)), (high + 0.05) / (low + 0.05));
}
return [...found];
"""

TABLE = """
const section = [...document.querySelectorAll("section")].find(
  (s) => s.querySelector("h2").textContent.startsWith(arguments[0]));
return [...section.querySelectorAll("tbody")].map((body) => [...body.rows[0].cells].map(
  (cell) => (cell.querySelector("bdi") || cell).textContent));
"""

# Titles and texts of the rows of an identity that are seen.
SEEN = """
return [...document.querySelectorAll("table.groups tbody")].filter(
  (body) => body.getClientRects().length).map((body) => body.textContent);
"""


def words(text):
    return b"=?UTF-8?B?" + base64.b64encode(text.encode()) + b"?="


def message(number, text):
    """A message with a text wherever a sender can have it."""
    login = re.sub(r"[^\x20-\x7e]", "?", text).encode()
    return b"\n".join([
        b"From: " + words(text[:3000]) + b" <h%d@sender.example>" % number,
        b"To: " + words(text) + b" <victim@example.net>",
        b"Subject: " + words(text),
        b"X-AuthUser: " + login,
        b"X-PHP-Script: " + login,
        b"", b""])


def shown(text):
    """As the page names what cannot be seen."""
    return re.sub("[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]",
                  lambda match: f"<U+{ord(match[0]):04X}>", text)


@unittest.skipIf(browser.missing(), browser.missing())
class PageTest(quarantine_case.QuarantineTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chromium = cls.enterClassContext(browser.Browser())

    def setUp(self):
        super().setUp()
        self.chromium.show_as()

    def make(self, *options, period=PERIOD):
        path = self.directory / "page.html"
        self.quiet_report(*period, f"--html={path}", *options)
        return path

    def open(self, *options):
        self.chromium.open(self.make(*options))

    def table(self, title):
        """The rows of a table, as text; the one of the others comes last."""
        return self.chromium.run(TABLE, title)

    def assert_clean(self):
        self.assertEqual(self.chromium.logs(), [], "the console must stay empty")
        self.assertEqual(self.chromium.run("return performance.getEntriesByType('resource').length"),
                         0)
        self.assertEqual([url for url in self.chromium.requests() if not url.startswith("file:")],
                         [], "the page asks for something")
        tags = set(self.chromium.run(
            "return [...document.querySelectorAll('*')].map((e) => e.localName)"))
        self.assertEqual(tags - TAGS, set(), "elements that are not ours")
        self.assertEqual(self.chromium.run("return document.scripts.length"), 1)
        self.assertEqual(self.chromium.run("return document.querySelectorAll('style').length"), 1)
        own = self.chromium.run("""return [...document.querySelectorAll("*")].flatMap(
            (e) => e.getAttributeNames()).filter((n) => n.startsWith("on") || n === "style")""")
        self.assertEqual(own, [], "attributes that are not ours")

    def unfold(self):
        self.chromium.run("for (const d of document.querySelectorAll('details')) d.open = true")


class Samples(PageTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def rows(self, *options):
        """An independent account of the same messages."""
        data = self.quiet_report(*PERIOD, "--csv=-", "--columns=all", "--raw-csv", *options).stdout
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))

    def test_nothing_is_asked_for(self):
        self.open("-i", "-o")
        self.assert_clean()
        self.assertRegex(self.chromium.run("return document.title"), r"^Quarantine report 2026-")

    def test_sums(self):
        """Every table adds up to the messages reported, and its counts are those of the CSV."""
        rows = self.rows("-i", "-o")
        self.open("-i", "-o")
        account = self.chromium.run("return [...document.querySelectorAll('.account .sum td')]"
                                    ".map((c) => Number(c.textContent))")
        self.assertEqual(account[1], len(rows))
        self.assertEqual(account[0], sum(account[1:]))
        for column in ("Identity", "PHP script", "Source IP", "Sender domain"):
            with self.subTest(column=column):
                counts = collections.Counter(oracle.grouped_part(column, row[column]).lower()
                                             for row in rows)
                table = self.table(f"By {column} ")
                self.assertEqual(sum(int(row[0]) for row in table), len(rows))
                self.assertAlmostEqual(sum(float(row[1]) for row in table), 100, delta=3)
                best = counts.most_common(1)[0]
                self.assertEqual(int(table[0][0]), best[1])
                for row in table:
                    if not re.fullmatch(r"\((\d+ others|no identity|none)\)", row[2]):
                        self.assertEqual(int(row[0]), counts[row[2].lower()], row[2])

    def times(self):
        """{name of a bar: messages}, and each is the sum of its parts."""
        table = self.chromium.run("return [...document.querySelectorAll('table.times tbody tr')]"
                                  ".map((r) => [...r.cells].map((c) => c.textContent))")
        for name, *parts, total in table:
            self.assertEqual(sum(map(int, parts)), int(total), name)
        return {name: int(total) for name, *_, total in table}

    def test_days(self):
        rows = self.rows("-i", "-o")
        self.open("-i", "-o")
        wanted = collections.Counter(row["Date"][:10] for row in rows)
        self.assertGreater(len(wanted), 2)
        times = self.times()
        self.assertEqual(len(times), 4, "each day of the period has a bar, also without messages")
        self.assertEqual({name[4:14]: total for name, total in times.items() if total},
                         dict(wanted))
        totals = self.chromium.run("return [...document.querySelectorAll('.totals li')]"
                                   ".map((li) => li.innerText)")
        self.assertEqual(totals, [f"{name}: {total}" for name, total in times.items()],
                         "they are read without opening anything")

    def test_hours(self):
        period = [f"--timezone={quarantine_case.ZONE}", f"--date={quarantine_case.TODAY}"]
        rows = [row for row in self.rows("-i", "-o")
                if row["Date"].startswith(quarantine_case.TODAY)]
        self.chromium.open(self.make("-i", "-o", period=period))
        wanted = collections.Counter(row["Date"][11:13] + ":00" for row in rows)
        times = self.times()
        self.assertEqual(len(times), 24)
        self.assertEqual({name: total for name, total in times.items() if total}, dict(wanted))

    def test_hours_of_another_zone(self):
        """Hours are of the report's zone, whatever that of the machine."""
        period = ["--timezone=Asia/Kolkata", f"--date={quarantine_case.TODAY}"]
        data = self.quiet_report(*period, "-o", "--csv=-", "--columns=Date").stdout.decode()
        wanted = collections.Counter(row["Date"][11:13] + ":00" for row in
                                     csv.DictReader(io.StringIO(data, newline="")))
        self.chromium.open(self.make("-o", period=period))
        self.assertEqual({name: total for name, total in self.times().items() if total},
                         dict(wanted))
        self.assertIn("Times in IST.", self.chromium.run("return document.body.textContent"))

    def test_the_same_again(self):
        """A page depends on the messages and on when it was made, on nothing else."""
        def page():
            return re.sub(r"<p>Made <time.*?</time>", "", self.make("-i", "-o").read_text())

        self.assertEqual(page(), page())

    def test_headline(self):
        rows = self.rows("-i", "-o")
        self.open("-i", "-o")
        headline = self.chromium.run("return document.querySelector('.headline').textContent")
        identity, others, count = re.match(
            r"(\S+)(?: and (\d+) others?)? sent (\d+) of \d+ messages", headline).groups()
        counts = collections.Counter(row["Identity"].lower() for row in rows if row["Identity"])
        self.assertEqual(int(count), max(counts.values()))
        self.assertEqual(int(count), counts[identity.lower()])
        self.assertEqual(int(others or 0), list(counts.values()).count(int(count)) - 1)

    def test_group_by(self):
        self.open("-i", "-o", "--group-by=Domain,Class", "--top=3")
        titles = self.chromium.run("return [...document.querySelectorAll('main h2')]"
                                   ".map((h) => h.textContent)")
        self.assertTrue(titles[2].startswith("By Domain, Class 3 of "), titles)
        table = self.table("By Domain, Class ")
        self.assertEqual(len(table), 4)
        self.assertRegex(table[3][2], r"^\(\d+ others\)$")
        self.assertEqual(sum(int(row[0]) for row in table), len(self.rows("-i", "-o")))
        self.assert_clean()

    def test_empty(self):
        path = self.directory / "page.html"
        self.quiet_report("--date=2001-01-01", f"--html={path}")
        self.chromium.open(path)
        self.assertEqual(self.chromium.run("return document.querySelector('.headline').textContent"),
                         "No messages.")
        self.assert_clean()

    def heads(self, title):
        return self.chromium.run("""return [...document.querySelectorAll("section")].find(
            (s) => s.querySelector("h2").textContent.startsWith(arguments[0])
            ).querySelectorAll("thead th")""", title)

    def assert_sorted(self, title, column, key, reverse):
        table = self.table(title)
        self.assertRegex(table[-1][2], r"^\(\d+ others\)$", "the others stay last")
        values = [key(row[column]) for row in table[:-1]]
        self.assertEqual(values, sorted(values, reverse=reverse))
        states = [head.get_attribute("aria-sort") for head in self.heads(title)]
        self.assertEqual([i for i, state in enumerate(states) if state], [column])
        self.assertEqual(states[column], "descending" if reverse else "ascending")

    def test_sort_by_click(self):
        self.open("-i", "-o", "--top=20")
        title = "By Identity "
        before = self.table(title)
        self.assert_sorted(title, 0, int, True)
        buttons = [head.find_element("css selector", "button") for head in self.heads(title)]
        buttons[2].click()
        self.assert_sorted(title, 2, str.lower, False)
        buttons[2].click()
        self.assert_sorted(title, 2, str.lower, True)
        buttons[0].click()
        self.assert_sorted(title, 0, int, True)
        buttons[0].click()
        self.assert_sorted(title, 0, int, False)
        self.assertCountEqual(self.table(title), before)
        self.assertEqual(self.chromium.run("""return [...document.querySelectorAll("tr.more")].every(
            (r) => r.previousElementSibling)"""), True, "samples stay below their row")

    def test_sort_by_keyboard(self):
        self.open("-i", "-o", "--top=20")
        title = "By Source IP "
        first = self.heads(title)[0].find_element("css selector", "button")
        self.chromium.press(first, "ENTER")
        self.assert_sorted(title, 0, int, False)
        self.chromium.press(first, "TAB")
        self.chromium.press(first, "TAB")
        focused = self.chromium.run("return document.activeElement")
        self.assertEqual(focused.text, "Percent")
        self.chromium.press(focused, "SPACE")
        self.assert_sorted(title, 1, float, True)

    def test_sort_by_exact_percent(self):
        """Shares that look the same, by the counts behind them."""
        lines = ["Identity", *["a"] * 10_001, *["b"] * 10_002, *["c"] * 10_000, *["d"] * 5]
        saved = self.directory / "saved.csv"
        saved.write_text("\n".join(lines))
        path = self.directory / "merged.html"
        self.assert_status(self.run_program(["--merge", str(saved), f"--html={path}"]), 0)
        self.chromium.open(path)
        title = "By Identity "
        wanted = ["b", "a", "c", "d"]
        self.assertEqual({row[1] for row in self.table(title)}, {"33.3", "0.0"})
        for up in (False, True):
            # It begins with the largest, whatever the order was.
            self.heads(title)[2].find_element("css selector", "button").click()
            for _ in range(1 + up):
                self.heads(title)[1].find_element("css selector", "button").click()
            got = [row[2] for row in self.table(title)]
            self.assertEqual(got, wanted[::-1] if up else wanted)

    def test_heads_of_the_hours(self):
        """Short names are not broken, and long ones not after every few letters."""
        path = self.make("-i", "-o")
        for width in (360, 1200):
            self.chromium.show_as(width=width)
            self.chromium.open(path)
            self.unfold()
            heads = self.chromium.run("""
                return [...document.querySelectorAll("table.times thead bdi")].map((bdi) => {
                  const range = document.createRange();
                  range.selectNodeContents(bdi);
                  return [bdi.textContent, range.getClientRects().length,
                          bdi.getBoundingClientRect().width];
                });""")
            self.assertGreater(len(heads), 2)
            for text, lines, pixels in heads:
                if len(text) <= len("(no identity)"):
                    self.assertEqual(lines, 1, text)
                if lines > 1:
                    self.assertGreater(pixels, 90, text)

    def test_without_scripts(self):
        path = self.make("-i", "-o")
        self.chromium.show_as(scripts=False)
        self.chromium.open(path)
        document = self.chromium.command("DOM.getDocument", depth=-1)
        html = self.chromium.command("DOM.getOuterHTML", nodeId=document["root"]["nodeId"])
        for made in ("<button", "<input", "<output"):
            self.assertNotIn(made, html["outerHTML"])
        self.assertEqual(html["outerHTML"].count("<h2>By "), 4)
        # A fold opens without help.
        [summary] = self.chromium.find(".more summary")[:1]
        details = summary.find_element("xpath", "..")
        self.assertIsNone(details.get_attribute("open"))
        summary.click()
        self.assertIsNotNone(details.get_attribute("open"))
        self.assertIn("From", details.text)

    def test_policy_works(self):
        """The same page with somebody's script, style and picture in it."""
        text = self.make("-o").read_text()
        self.assertEqual(text.count("<main>"), 1)
        path = self.directory / "changed.html"
        path.write_text(text.replace("<main>", """<main>
            <script>document.title = "owned";</script><style>body { display: none; }</style>
            <img src="file:///x.png" onerror="document.title='owned'">
            <p id="p" style="color: red" onclick="document.title='owned'">text</p>"""))
        self.chromium.open(path)
        self.assertRegex(self.chromium.run("return document.title"), r"^Quarantine report ")
        self.assertEqual(self.chromium.run("return getComputedStyle(document.body).display"), "block")
        self.assertNotEqual(self.chromium.run("return getComputedStyle(p).color"), "rgb(255, 0, 0)")
        self.chromium.find("#p")[0].click()
        self.assertRegex(self.chromium.run("return document.title"), r"^Quarantine report ")
        blocked = []

        def count_blocked():
            nonlocal blocked
            blocked += [log for log in self.chromium.logs() if "Content Security Policy" in log]
            return len(blocked) >= 5
        # Script, style, picture and two attributes.
        self.chromium.wait_until(count_blocked)
        # Ours goes on.
        self.assertTrue(self.chromium.find("thead button"))

    def test_contrast(self):
        path = self.make("-i", "-o", "--top=5")
        for scheme in ("light", "dark"):
            self.chromium.show_as(scheme=scheme)
            self.chromium.open(path)
            self.unfold()
            # What only a report with unreadable messages has.
            self.chromium.run("document.querySelector('.scope').className = 'alert';"
                              "document.querySelector('td.n').className = 'n bad'")
            found = self.chromium.run(CONTRASTS)
            self.assertEqual(len(found), 4, "ink, soft, and bad on two grounds")
            for colours, contrast in found:
                self.assertGreaterEqual(contrast, 4.5, f"{scheme}: {colours}")
            dark = self.chromium.run("return getComputedStyle(document.body).backgroundColor")
            self.assertEqual(dark != "rgb(255, 255, 255)", scheme == "dark")

    def test_print(self):
        self.open("-i", "-o")
        pdf = self.chromium.pdf()
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1)
        # Portrait A4 and Letter, less the margins.
        self.chromium.show_as(width=718, media="print", scheme="dark")
        self.assertLessEqual(
            self.chromium.run("return document.documentElement.scrollWidth"), 718)
        self.assertEqual(self.chromium.run("return getComputedStyle(document.body).backgroundColor"),
                         "rgb(255, 255, 255)", "ink is not wasted")
        seen = self.chromium.run("""return [...document.querySelectorAll("button, input, label")]
            .filter((e) => e.getClientRects().length).map((e) => e.outerHTML)""")
        self.assertEqual(seen, [], "nobody presses a button on paper")
        heads = self.chromium.run("""return [...document.querySelectorAll("table.groups thead")]
            .map((e) => [getComputedStyle(e).breakInside, e.innerText.includes("Count")])""")
        self.assertEqual(heads, [["avoid", True]] * 4, "else Chromium does not repeat them")

    def test_filter(self):
        self.open("-i", "-o", "--top=20")
        [box] = self.chromium.find("input")
        rows = self.chromium.run(SEEN)
        needle = self.table("By Identity ")[1][2]
        box.send_keys(f" {needle.upper()} ")
        wanted = [row for row in rows if needle.lower() in row.lower()]
        seen = self.chromium.run(SEEN)
        others = [row for row in seen if re.search(r"\(\d+ others\)", row)]
        self.assertTrue(0 < len(wanted) < len(rows))
        self.assertCountEqual([row for row in seen if row not in others], wanted)
        total = len(rows) - len(others)
        self.assertEqual(self.chromium.run("return document.querySelector('output').value"),
                         f"{len(wanted)} of {total} rows have “{needle.upper()}”")
        # What a button is called is no text of a row.
        box.clear()
        box.send_keys("copy the identity")
        self.assertEqual(len(self.chromium.run(SEEN)), len(others))
        box.clear()
        box.send_keys(" ")
        self.assertEqual(self.chromium.run(SEEN), rows)
        self.assertEqual(self.chromium.run("return document.querySelector('output').value"), "")
        self.assert_clean()

    def test_copy(self):
        self.open("-i", "-o")
        self.chromium.command("Browser.grantPermissions",
                              permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        # What a button shows of it goes soon, unless no time passes.
        self.chromium.run("window.setTimeout = () => 0")
        [button] = self.chromium.find("#identity-2 .copy")
        identity = self.table("By Identity ")[1][2]
        self.assertEqual(button.get_attribute("aria-label"), f"Copy {identity}")
        button.click()
        self.chromium.wait_for("return document.querySelector('#identity-2 .copy.done')")
        self.assertEqual(self.chromium.run("return navigator.clipboard.readText()"), identity)
        # A page of a server without TLS may not copy: then it is marked.
        self.chromium.run("Object.defineProperty(navigator, 'clipboard', {value: undefined});"
                          "document.execCommand = () => false;")
        self.chromium.find("#identity-3 .copy")[0].click()
        self.chromium.wait_for("return document.querySelector('#identity-3 .copy.marked')")
        self.assertEqual(self.chromium.run("return getSelection().toString()"),
                         self.table("By Identity ")[2][2])
        self.assert_clean()

    def test_bars_lead_to_rows(self):
        path = self.make("-i", "-o", "--top=8")
        for scripts in (True, False):
            self.chromium.show_as(scripts=scripts)
            self.chromium.open(path)
            links = self.chromium.find(".bars a")
            self.assertEqual(len(links), 8, "two of the ten bars have no row")
            links[3].click()
            self.chromium.wait_until(
                lambda: self.chromium.url().endswith("page.html#identity-4"))
            [target] = self.chromium.wait_until(lambda: self.chromium.find("tbody:target"))
            self.assertIn(links[3].text, target.text)
        self.chromium.show_as()
        self.chromium.open(path)
        # So do scripts below an identity, to theirs.
        script = self.chromium.find(".more a")[0]
        name = script.text
        script.click()
        self.chromium.wait_until(
            lambda: re.search(r"page\.html#script-\d+$", self.chromium.url()))
        [target] = self.chromium.wait_until(lambda: self.chromium.find("tbody:target th bdi"))
        self.assertEqual(target.text, name)
        # The row is seen even if it was filtered out, and its samples are open.
        self.chromium.find("input")[0].send_keys("nothing has this")
        self.chromium.find(".bars a")[2].click()
        [target] = self.chromium.find("#identity-3")
        self.chromium.wait_until(target.is_displayed)
        [details] = self.chromium.find("#identity-3 details")[:1]
        self.chromium.wait_until(lambda: details.get_attribute("open"))

    def test_phone(self):
        """Who, how many, which share and until when: seen without moving the table."""
        for period in (PERIOD, [PERIOD[0], f"--date={quarantine_case.TODAY}"]):
            path = self.make("-i", "-o", period=period)
            self.chromium.show_as(width=360, height=780)
            self.chromium.open(path)
            self.assertLessEqual(
                self.chromium.run("return document.documentElement.scrollWidth"), 360)
            heads = [head.text.strip() for head in self.heads("By Identity ")[:4]]
            self.assertEqual(heads, ["Count", "Percent", "Identity", "Last seen"])
            outside = self.chromium.run("""
                return [...document.querySelectorAll("tbody[id^=identity-]")].flatMap((body) =>
                  [...body.rows[0].cells].slice(0, 4)).filter((cell) => {
                    const range = document.createRange();
                    range.selectNodeContents(cell);
                    return range.getBoundingClientRect().right > 360;
                  }).map((cell) => cell.outerHTML)""")
            self.assertEqual(outside, [])
            # No identity is cut, and none is broken within a short word.
            cut = self.chromium.run("""
                return [...document.querySelectorAll("tbody[id^=identity-] th > bdi")].filter(
                  (bdi) => bdi.scrollHeight > bdi.clientHeight + 1).map((b) => b.textContent)""")
            self.assertEqual(cut, [])
            broken = self.chromium.run("""
                const names = document.querySelectorAll("tbody[id^=identity-] th > bdi");
                return [...names].flatMap((bdi) => {
                  const walker = document.createTreeWalker(bdi, NodeFilter.SHOW_TEXT);
                  const chars = [];
                  for (let node; (node = walker.nextNode());) {
                    for (let i = 0; i < node.length; i++) {
                      const range = document.createRange();
                      range.setStart(node, i);
                      range.setEnd(node, i + 1);
                      chars.push([node.data[i], range.getBoundingClientRect().top]);
                    }
                  }
                  return chars.filter(([char, top], i) => i + 1 < chars.length &&
                    chars[i + 1][1] > top + 4 && !"@.-_/:+= ".includes(char)).map(
                      () => bdi.textContent);
                })""")
            self.assertEqual(broken, [])

    def test_screenshots(self):
        directory = os.environ.get("SCREENSHOTS")
        if not directory:
            self.skipTest("SCREENSHOTS is not set")
        day = [PERIOD[0], f"--date={quarantine_case.TODAY}"]
        for prefix, period in {"days": PERIOD, "day": day}.items():
            path = self.make("-i", "-o", period=period)
            for name, how in {"light": {}, "dark": {"scheme": "dark"},
                              "phone": {"width": 360}}.items():
                self.chromium.show_as(**{"height": 1600, **how})
                self.chromium.open(path)
                self.chromium.screenshot(pathlib.Path(directory, f"{prefix}-{name}.png"))


class Hostile(PageTest):

    @classmethod
    def fill(cls, quarantine):
        for number, text in enumerate(HOSTILE):
            for _ in range(1 + number % 3):
                quarantine.deliver(OUTGOING, message(number, text), NOW)
        quarantine.deliver(INCOMING, b"From: a@example.com\n\n", NOW)

    def test_text_stays_text(self):
        self.open("-i", "-o", "--group-by=Subject")
        self.unfold()
        self.assert_clean()
        self.assertRegex(self.chromium.run("return document.title"), r"^Quarantine report ")
        content = self.chromium.run("return document.body.textContent")
        data = self.quiet_report(*PERIOD, "-i", "-o", "--csv=-", "--columns=all",
                                 "--raw-csv").stdout.decode()
        rows = list(csv.DictReader(io.StringIO(data, newline="")))
        self.assertEqual(len(rows), 1 + sum(1 + n % 3 for n in range(len(HOSTILE))))
        for text in HOSTILE:
            self.assertIn(shown(text[:200]), content, "a subject")
        for row in rows:
            for column in ("Identity", "Subject", "From", "To", "PHP script"):
                self.assertIn(shown(row[column][:200]), content, column)
        self.assertNotIn("\u202e", content)
        self.assertIn("…", content, "what was cut shows it")

    def test_text_stays_text_for_the_script(self):
        """In what is filtered, linked and copied."""
        self.open("-i", "-o")
        [box] = self.chromium.find("input")
        for text in ("<script>document.title='owned'</script>", '"><img src=x', "${alert(1)}",
                     "[.*+"):
            box.clear()
            box.send_keys(text)
            self.assertIn(f"“{text}”",
                          self.chromium.run("return document.querySelector('output').value"))
        box.clear()
        box.send_keys("<script>document")
        self.assertGreater(len(self.chromium.run(SEEN)), 0)
        box.clear()
        box.send_keys(" ")
        for link in self.chromium.run("return [...document.querySelectorAll('a')].map("
                                      "(a) => a.getAttribute('href'))"):
            self.assertRegex(link, r"^#(identity|script)-\d+$")
        self.chromium.run("Object.defineProperty(navigator, 'clipboard', {value: {writeText:"
                          " async (text) => { (window.copied ||= []).push(text); }}})")
        rows = [row[2] for row in self.table("By Identity ")]
        self.chromium.run("document.querySelectorAll('.copy').forEach((b) => b.click())")
        copied = self.chromium.run("return window.copied")
        self.assertEqual(copied, [row for row in rows if row != "(no identity)"])
        self.chromium.run("location.hash = '#identity-1\"]<img>'")
        self.assert_clean()

    def test_long_texts_stay_in_their_place(self):
        path = self.make("-i", "-o", "--group-by=Subject,From")
        for width in (360, 800, 1280):
            self.chromium.show_as(width=width)
            self.chromium.open(path)
            self.unfold()
            self.assertLessEqual(
                self.chromium.run("return document.documentElement.scrollWidth"), width)
            outside = self.chromium.run("""return [...document.querySelectorAll(
                "header *, h2, .bars li, .who, .legend li, .note, .samples *")].filter(
                (e) => e.getClientRects().length &&
                  e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML)""")
            self.assertEqual(outside, [], f"at {width} pixels")


@unittest.skipIf(browser.missing(), browser.missing())
class LockCommands(PageTest):
    """Beside the first identities stands, as text, the command that locks each."""

    SAFE = ["it's@example.com", "$(touch owned)`touch owned`@example.com", 'say "!x" \\ #1',
            "--undo", "-n", "a&amp;b;c|d>e", "''", "~root/*?[a]", "\u00e4\u6f22@example.com",
            "x" * 308 + "@example.com", "the.eleventh@example.com"]
    REFUSED = ["*", "abc\u202egnp@example.com", "two  blanks", "no\u00a0break",
               "zero\u200bwidth", "y" * 309 + "@example.com"]

    @classmethod
    def fill(cls, quarantine):
        for number, identity in enumerate([*cls.REFUSED, *cls.SAFE]):
            for _ in range(30 - number):
                quarantine.deliver(OUTGOING, b"From: a@example.com\nX-Customer: " +
                                   identity.encode() + b"\n\n", NOW)
        # Nobody's account: a server.
        for _ in range(40):
            quarantine.deliver(OUTGOING, b"Received: from x (x [192.0.2.9]) by mx.example.com; "
                               b"Tue, 10 Feb 2026 12:00:00 +0000\nFrom: b@example.com\n\n", NOW)

    def commands(self, *options):
        self.open("--identity-header=X-Customer", "--timezone=UTC", *options)
        return self.chromium.run("return [...document.querySelectorAll('.lock code')].map("
                                 "(e) => e.textContent)")

    def test_without_the_api_there_are_none(self):
        self.assertEqual(self.commands(), [])

    def test_commands(self):
        config = self.directory / "it's a config"
        config.write_text("[profile it's]\napi-host = filter.example.com\napi-user = x\n")
        config.chmod(0o600)
        found = self.commands(f"--config={config}", "--profile=it's")
        self.assert_clean()
        # Who copies it may be in another folder.
        self.assertEqual(self.commands(f"--config=../../{self.directory.name}/{config.name}",
                                       "--profile=it's"),
                         found)
        before = (f"quarantine-report lock --count=quarantine --config={self.quoted(str(config))} "
                  "--profile='it'\\''s' --hours-ago=")
        # Those who sent most, and no more.
        self.assertEqual([re.sub(r"^(.*?--hours-ago=)\d+ -- ", r"\1", one) for one in found],
                         [before + self.quoted(identity) for identity in self.SAFE[:10]])
        # What a shell makes of it.
        program = self.directory / "quarantine-report"
        program.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
        program.chmod(0o700)
        for command, identity in zip(found, self.SAFE):
            for shell in ("sh", "bash"):
                result = subprocess.run([shell, "-c", command], cwd=self.directory, check=True,
                                        env={"PATH": f"{self.directory}:/usr/bin:/bin"},
                                        capture_output=True)
                words = result.stdout.decode().split("\0")
                self.assertEqual(words[-3:], ["--", identity, ""])
                self.assertIn(f"--config={config}", words)
                self.assertIn("--profile=it's", words)
        self.assertFalse((self.directory / "owned").exists())

    def test_copied(self):
        """By the button, and by a click into it and Ctrl-C; nothing is a link, or sent."""
        found = self.commands("--api-host=filter.example.com", "--api-user=x")
        self.chromium.run("Object.defineProperty(navigator, 'clipboard', {value: {writeText:"
                          " async (text) => { (window.copied ||= []).push(text); }}})")
        self.chromium.run("document.querySelectorAll('.lock .copy').forEach((b) => b.click())")
        self.assertEqual(self.chromium.run("return window.copied"), found)
        self.chromium.find(".lock code")[0].click()
        self.assertEqual(self.chromium.run("return getSelection().toString().trimEnd()"), found[0])
        self.assertEqual(self.chromium.run(
            "return document.querySelectorAll('.lock a, form').length"), 0)
        self.assert_clean()

    @staticmethod
    def quoted(text):
        return "'" + text.replace("'", "'\\''") + "'"


if __name__ == "__main__":
    runner.main()
