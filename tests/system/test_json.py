"""JSON Lines of real runs against the schema that ships and against the CSV of the same run."""

import collections
import copy
import csv
import decimal
import io
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from control_case import Terminal  # noqa: E402
from quarantine_case import NOW, OLDER, OUTGOING  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA_FILE = quarantine_case.SAMPLES / "quarantine-report.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text())
PARTS = SCHEMA["$defs"]

# Keys of a message that are no column.
# Only with a history: see test_past.py.
PAST = ["first_ever", "days", "before", "change", "new"]

EXTRA_KEYS = {"schema", "kind", "bounce", "rules"}

EVERYTHING = [f"--timezone={quarantine_case.ZONE}", f"--since={OLDER}", "--until=2026-02-12",
              "-i", "-o"]

GROUPINGS = (["--group-by=Identity"], ["--top=3"], ["--min-count=2"],
             ["--group-by=Source IP,PHP script", "--top=5"],
             ["--group-by=Subject,Identity,Class", "--min-count=2", "--top=2"],
             ["--group-by=Sender domain"], ["--group-by=UID"], ["--group-by=Notes", "--top=1"])

# What a spammer may put into a header field, to leave the line, the string or the program.
HOSTILE = ('"', '\\', '\\"', '\\u0000', '"},"x":{"', '</script><script>alert(1)</script>',
           "\u2028", "\u2029", "\x85", "\ufffd", "\ufeff", "\x00", "\n", "\x7f", "=1+1",
           "\U0001f4b8", "e\u0301", "漢字", "x" * 9000, "é" * 5000)


def once(pairs):
    """An object whose keys stand once each."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key stands twice: {[key for key, _ in pairs]}")
    return found


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def table(data):
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


def title(part, key):
    """The title of a key, from the schema."""
    about = PARTS[part]["properties"][key]
    return about.get("title") or PARTS[about["$ref"].removeprefix("#/$defs/")]["title"]


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class JsonTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)
        for text in HOSTILE:
            word = "=?utf-8?Q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?="
            raw = text.replace("\n", " ").replace("\0", " ").encode()
            quarantine.deliver(OUTGOING, b"From: " + word.encode() + b" <a@example.com>\n"
                               b"X-AuthUser: " + raw + b"\nSubject: " + raw + b"\n\n", NOW)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        cls.validator = jsonschema.Draft202012Validator(SCHEMA)

    def show(self, *options, files=()):
        """Standard output and files of a run."""
        result = self.quiet_report(*EVERYTHING, *options, files=files)
        return result.stdout, result.files

    def objects(self, data):
        """The lines as objects; numbers with a fraction as they are written."""
        lines = data.decode().split("\n")
        self.assertEqual(lines.pop(), "", "the last line is not whole")
        return [json.loads(line, object_pairs_hook=once, parse_constant=no_constant,
                           parse_float=decimal.Decimal) for line in lines]

    def is_valid(self, value):
        return self.validator.is_valid(json.loads(json.dumps(value, default=float)))

    def assert_valid(self, value):
        if not self.is_valid(value):
            part = PARTS.get(str(value.get("kind")), SCHEMA)
            wrong = jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [part]})
            error = jsonschema.exceptions.best_match(
                wrong.iter_errors(json.loads(json.dumps(value, default=float))))
            self.fail(f"{error.message}\n{value}")


class Messages(JsonTest):

    def both(self):
        """The report of all messages as JSON and as CSV, from one run."""
        _, files = self.show("--json=all.jsonl", "--csv=all.csv", "--columns=all", "--raw-csv",
                             files=["all.jsonl", "all.csv"])
        return self.objects(files["all.jsonl"]), table(files["all.csv"])

    def test_valid(self):
        messages, _ = self.both()
        self.assertGreater(len(messages), 50 + len(HOSTILE))
        for message in messages:
            self.assert_valid(message)
            self.assertEqual(message["kind"], "message")

    def test_same_keys_as_the_schema(self):
        """In both directions, in one order; so are the columns, and the titles of the CSV."""
        messages, rows = self.both()
        wanted = PARTS["message"]["required"]
        self.assertEqual(list(PARTS["message"]["properties"]), wanted)
        for message in messages:
            self.assertEqual(list(message), wanted)
        columns = [key for key in wanted if key not in EXTRA_KEYS]
        self.assertEqual(columns, PARTS["column"]["enum"])
        self.assertEqual([title("message", key) for key in columns], rows[0])

    def test_same_cells_as_csv(self):
        messages, rows = self.both()
        names = [key for key in PARTS["message"]["required"] if key not in EXTRA_KEYS]
        self.assertEqual(len(messages), len(rows) - 1)
        filled = set()
        for message, row in zip(messages, rows[1:]):
            for key, cell in zip(names, row, strict=True):
                self.assertEqual(str(message[key]), cell, f"{key} of message {row[0]}")
                filled |= {key} if cell else set()
        # Those of reports of abuse are in test_arf.py.
        self.assertEqual(filled | {"feedback_type", "reporter", "envelope_id", "queue_id"}, set(names),
                         "a column that is always empty proves nothing")

    def test_rules(self):
        messages, _ = self.both()
        counts = collections.Counter()
        for message in messages:
            for key, rule in message["rules"].items():
                self.assertTrue(message[key], f"{rule} filled {key} with nothing: {message}")
                counts[rule] += 1
            if message["identity"]:
                self.assertIn("identity", message["rules"])
        self.assertGreater(len(counts), 40)
        explained = self.show("--explain")[0].decode()
        for rule in counts:
            self.assertIn(rule, explained)

    def test_bounces(self):
        messages, _ = self.both()
        kept = [{**message, "number": 0} for message in messages if not message["bounce"]]
        self.assertLess(len(kept), len(messages))
        data, _ = self.show("--no-bounce", "--json=-")
        self.assertEqual([{**message, "number": 0} for message in self.objects(data)], kept)

    def test_hostile(self):
        """What may stand in a value came through as it was."""
        subjects = {message["subject"] for message in self.both()[0]}
        for text in HOSTILE:
            if len(text) < 100 and text.isprintable():
                self.assertIn(text, subjects)

    def test_same_on_standard_output(self):
        data, files = self.show("--json=-", "--csv=a.csv", files=["a.csv"])
        self.assertIn("a.csv", files)
        _, files = self.show("--json=a.jsonl", files=["a.jsonl"])
        self.assertEqual(files["a.jsonl"], data)

    def test_nothing_found(self):
        result = self.quiet_report("--date=2026-01-01", "--json=-")
        self.assertEqual(result.stdout, b"")

    def test_full_disk(self):
        result = self.report(*EVERYTHING, "--json=/dev/full", status=74)
        self.assertIn(b"No space left", result.stderr)


class Groups(JsonTest):

    def groups(self, *options):
        data, _ = self.show("--json=-", *options)
        return self.objects(data)

    def test_valid(self):
        kinds = collections.Counter()
        for options in GROUPINGS:
            with self.subTest(options=options):
                for row in self.groups(*options):
                    self.assert_valid(row)
                    kinds[row["kind"]] += 1
                    self.assertEqual(list(row), PARTS[row["kind"]]["required"])
        self.assertGreater(kinds["group"], 20)
        self.assertGreater(kinds["others"], 3)

    def test_same_keys_as_the_schema(self):
        for part in ("group", "others"):
            optional = [*PAST, "estimated"] if part == "group" else []
            self.assertEqual(list(PARTS[part]["properties"]), PARTS[part]["required"] + optional)

    def test_sums(self):
        messages = len(self.objects(self.show("--json=-")[0]))
        for options in GROUPINGS:
            with self.subTest(options=options):
                rows = self.groups(*options)
                self.assertEqual(sum(row["count"] for row in rows), messages)
                self.assertNotIn("others", [row["kind"] for row in rows[:-1]])
                for row in rows:
                    percent = decimal.Decimal(100 * row["count"]) / messages
                    self.assertLessEqual(abs(row["percent"] - percent), decimal.Decimal("0.05"))

    def test_one_decimal(self):
        for options in GROUPINGS:
            for row in self.groups(*options):
                for key, value in row.items():
                    if key.endswith("percent") and value is not None:
                        self.assertRegex(str(value), r"^(100|[1-9]?[0-9])\.[0-9]$", f"{key} {row}")

    def test_key(self):
        for row in self.groups("--group-by=Subject,Identity,Class"):
            self.assertEqual(list(row["key"]), ["subject", "identity", "class"])

    def test_same_groups_as_the_messages(self):
        messages = self.objects(self.show("--json=-")[0])
        for key in ("folder", "class", "notes"):
            wanted = collections.Counter(message[key] for message in messages)
            found = {row["key"][key]: row["count"]
                     for row in self.groups(f"--group-by={title('message', key)}")}
            self.assertEqual(found, dict(wanted))

    def test_same_cells_as_csv(self):
        for options in GROUPINGS:
            with self.subTest(options=options):
                _, files = self.show(*options, "--json=g.jsonl", "--csv=g.csv", "--raw-csv",
                                     files=["g.jsonl", "g.csv"])
                rows = table(files["g.csv"])
                found = self.objects(files["g.jsonl"])
                self.assertEqual(len(found), len(rows) - 1)
                for row, cells in zip(found, rows[1:]):
                    cells = dict(zip(rows[0], cells, strict=True))
                    for key, value in row.items():
                        self.assert_same_cell(row["kind"], key, value, cells)

    def assert_same_cell(self, part, key, value, cells):
        if key in ("schema", "kind"):
            return
        if key == "groups":
            self.assertIn(f"({value} others)", cells.values())
        elif key == "key":
            for column, text in value.items():
                cell = cells[title("message", column)]
                self.assertEqual(text, "" if cell in ("(none)", "(no identity)") else cell)
        else:
            self.assertEqual("" if value is None else str(value), cells[title(part, key)], key)

    def test_nothing_found(self):
        result = self.quiet_report("--date=2026-01-01", "--json=-", "--top=3")
        self.assertEqual(result.stdout, b"")


def changed(value, path, new):
    """A copy in which the value at the path of keys is another, or gone."""
    copied = copy.deepcopy(value)
    at = copied
    for key in path[:-1]:
        at = at[key]
    if new is None:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return copied


WRONG = {
    "message": [(["number"], "1"), (["number"], 0), (["number"], 1.5), (["uid"], 0),
                (["uid"], 2**32), (["from"], "a\nb"), (["from"], "a\x00"), (["from"], "a\u2028"),
                (["date"], "yesterday"), (["date"], "2026-02-11 10:00:00"), (["bounce"], "true"),
                (["bounce"], 1), (["rules", "colour"], "from"), (["rules", "from"], ""),
                (["rules", "from"], 1), (["kind"], "group"), (["kind"], "others")],
    "group": [(["count"], 0), (["count"], 1.5), (["percent"], 100.1), (["percent"], -1),
              (["percent"], "1.5"), (["key"], {}), (["key", "colour"], "x"),
              (["key", "number"], "1"), (["key", "identity"], 1), (["first_seen"], ""),
              (["last_seen"], "today"), (["recipients"], -1), (["top_php_script"], 1),
              (["top_source_ip_percent"], 101), (["sample_subject"], "a\rb"),
              (["sample_uid"], 0), (["kind"], "message"), (["groups"], 1),
              (["estimated"], []), (["estimated"], ["count"]), (["estimated"], True)],
    "others": [(["groups"], 0), (["groups"], "2"), (["count"], 0), (["key"], {"identity": "x"}),
               (["first_seen"], "x"), (["kind"], "group")],
}


class OnATerminal(runner.SystemTest):

    SUBJECT = "e\u202evil\u200b \U000e0041 caf\u00e9"

    def setUp(self):
        super().setUp()
        self.message = self.directory / "one.eml"
        self.message.write_bytes(f"X-AuthUser: a@example.com\nSubject: {self.SUBJECT}\n"
                                 "Date: Wed, 1 Jan 2020 10:00:00 +0000\n\n".encode())

    def each(self, output, *options):
        """The output in a pipe, and on a terminal with UTF-8 and one without; a file is as a pipe.
        """
        arguments = [*options, "--since=2020-01-01", "--until=2020-01-02", str(self.message)]
        plain = self.run_program([f"--{output}=-", *arguments])
        self.assert_status(plain, 0)
        shown = []
        for environment in ({}, {"LC_ALL": "C"}):
            terminal = Terminal([f"--{output}=-", "-q", *arguments], self.directory, **environment)
            self.assertEqual(terminal.end(), 0)
            shown.append(terminal.text)
        kept = self.directory / "kept"
        terminal = Terminal([f"--{output}={kept}", "-q", *arguments], self.directory)
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(kept.read_bytes(), plain.stdout, "a file")
        return plain.stdout, *shown

    def test_shown(self):
        """What turns text around or hides it is written as JSON names it: the same value."""
        for group in ([], ["--group-by=Subject"]):
            plain, shown, ascii_only = self.each("json", *group)
            self.assertIn(self.SUBJECT.encode(), plain)
            self.assertIn(r"e\u202evil\u200b \udb40\udc41 caf" + "\u00e9", shown)
            self.assertIn(r"e\u202evil\u200b \udb40\udc41 caf\u00e9", ascii_only)
            for text in (shown, ascii_only):
                self.assertEqual([json.loads(line) for line in text.splitlines()],
                                 [json.loads(line) for line in plain.splitlines()])

    def test_rows(self):
        """CSV has no way to write a character otherwise: there it is named as -d names it."""
        for output, options in (("csv", ["--columns=Subject"]), ("csv", ["--group-by=Subject"]),
                                ("csv", ["--columns=Subject,UID", "--delimiter=tab"]),
                                ("tsv", ["--columns=Subject"]), ("tsv", ["--group-by=Subject"]),
                                ("identity-report", ["--identity-header=Subject"])):
            with self.subTest(output=output, options=options):
                plain, shown, ascii_only = self.each(output, *options)
                self.assertIn(self.SUBJECT.encode(), plain)
                named = self.SUBJECT.replace("\u202e", "<U+202E>").replace(
                    "\u200b", "<U+200B>").replace("\U000e0041", "<U+E0041>")
                self.assertEqual(shown, plain.decode().replace(self.SUBJECT, named))
                self.assertEqual(ascii_only, shown.replace("\u00e9", "<U+00E9>"))


class Schema(JsonTest):
    """The schema can say no; else that it says yes means nothing."""

    def test_rejects(self):
        samples = {"message": self.objects(self.show("--json=-")[0])[0]}
        rows = self.objects(self.show("--json=-", "--group-by=Identity", "--top=1")[0])
        samples |= {row["kind"]: row for row in rows}
        self.assertEqual(set(samples), set(WRONG))
        for kind, sample in samples.items():
            self.assert_valid(sample)
            wrong = list(WRONG[kind])
            for key in sample:
                wrong += [([key], None), ([key], [])]
            wrong += [(["colour"], "red"), (["schema"], 2), (["schema"], "1"), (["kind"], "x")]
            for path, new in wrong:
                self.assertFalse(self.is_valid(changed(sample, path, new)),
                                 f"{kind} with {'.'.join(path)} = {new!r} is taken")

    def test_takes_estimates(self):
        """Real ones are in test_groups.py."""
        [group, _] = self.objects(self.show("--json=-", "--group-by=Identity", "--top=1")[0])
        self.assert_valid({**group, "estimated": ["recipients", "top_source_ip_percent"]})

    def test_rejects_what_is_no_object(self):
        for value in (None, [], "", 1, {}):
            self.assertFalse(self.validator.is_valid(value))

    def test_explains_each_key(self):
        for part in ("message", "group", "others"):
            for key, about in PARTS[part]["properties"].items():
                if key != "kind":
                    texts = {**PARTS.get(about.get("$ref", "").removeprefix("#/$defs/"), {}),
                             **about}
                    self.assertTrue(texts.get("title") and texts.get("description"), key)


if __name__ == "__main__":
    runner.main()
