"""--tsv in a real run: what cut and awk make of it is what JSON says of the same messages."""

import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
from quarantine_case import NOW, OLDER, OUTGOING  # noqa: E402
import runner  # noqa: E402

EVERYTHING = [f"--timezone={quarantine_case.ZONE}", f"--since={OLDER}", "--until=2026-02-12",
              "-i", "-o"]

HOSTILE = ("a\tb", "a\vb\fc", "\x1b[2J\x9b", "line\u2028line\u2029line\x85line", "=1+1", '"', "\x00")


class Tsv(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)
        for text in HOSTILE:
            word = b"=?utf-8?Q?" + b"".join(b"=%02X" % byte for byte in text.encode()) + b"?="
            quarantine.deliver(OUTGOING, b"From: " + word + b" <a@example.com>\n"
                               b"X-AuthUser: seven@example.com\nSubject: " + word + b"\n\n", NOW)

    def both(self, *options):
        """The lines of the TSV, and the objects of the JSON."""
        result = self.quiet_report(*EVERYTHING, "--tsv=t.tsv", "--json=t.jsonl", *options,
                                   files=("t.tsv", "t.jsonl"))
        return (result.files["t.tsv"],
                [json.loads(line) for line in result.files["t.jsonl"].splitlines()])

    def cut(self, data, field):
        return subprocess.run(["cut", f"-f{field}"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout.decode().splitlines()

    def test_messages(self):
        data, objects = self.both("--columns=all")
        self.assertEqual(data.count(b"\n"), len(objects) + 1)
        widths = subprocess.run(["awk", "-F", "\t", "{ print NF }"], input=data,
                                stdout=subprocess.PIPE, check=True).stdout.split()
        self.assertEqual(len(set(widths)), 1)
        titles = data.split(b"\n")[0].decode().split("\t")
        for title, key in (("UID", "uid"), ("Identity", "identity"), ("Host", "host")):
            self.assertEqual(self.cut(data, titles.index(title) + 1),
                             [title] + [str(one[key]) for one in objects], title)
        self.assertFalse(set(data) & set(range(32)) - {9, 10})

    def test_groups(self):
        data, objects = self.both("--group-by=Identity", "--top=5")
        self.assertEqual(self.cut(data, 1), ["Count"] + [str(one["count"]) for one in objects])
        keys = [one["key"]["identity"] for one in objects if one["kind"] == "group"]
        self.assertEqual(self.cut(data, 3)[1:-1], [key or "(no identity)" for key in keys])

    def test_default_names(self):
        for ending, options in ((".tsv", []), ("-grouped.tsv", ["--top=1"])):
            name = f"quarantine-all-{OLDER}_2026-02-11{ending}"
            result = self.quiet_report(*EVERYTHING, "--tsv", *options, files=[name])
            self.assertIn(name, result.files)


if __name__ == "__main__":
    runner.main()
