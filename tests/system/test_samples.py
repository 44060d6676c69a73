"""The report of the sample messages against what a person read from the contract.

expected_samples.tsv was written by hand, from the definition of the columns and
not from what the program says: one line for each sample message.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402

TABLE = pathlib.Path(__file__).with_name("expected_samples.tsv")
ANY_REST = "[...]"


def expectations():
    """{file: {column: value}}; values hold anything but tabs and line feeds."""
    lines = [line.split("\t") for line in TABLE.read_bytes().decode().split("\n") if line]
    names = [line for line in lines if line[0] == "# file"][0]
    rows = [line for line in lines if not line[0].startswith("#")]
    for row in rows:
        if len(row) != len(names):
            raise ValueError(f"{TABLE.name}: {row[0]} has {len(row)} fields")
    return {row[0]: dict(zip(names[1:], row[1:])) for row in rows}


def matches(value, wanted):
    if wanted.endswith(ANY_REST):
        return value.startswith(wanted[:-len(ANY_REST)])
    return value == wanted


class Samples(quarantine_case.QuarantineTest):

    maxDiff = None

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def rows(self, *options):
        """{file of the sample: its row}"""
        result = self.quiet_report(
            f"--timezone={quarantine_case.ZONE}", f"--since={quarantine_case.OLDER}",
            "--until=2026-02-12", "-i", "-o", "--csv=-", "--columns=all", "--raw-csv", *options)
        files = quarantine_case.sample_files()
        return {files[row["Folder"], row["UID"]]: row for row in result.rows()}

    def test_every_column_of_every_message(self):
        expected = expectations()
        rows = self.rows()
        self.assertEqual(list(rows), list(expected), "the messages in the report")
        for file, wanted in expected.items():
            for column, value in wanted.items():
                if column == "bounce":
                    continue
                with self.subTest(file=file, column=column):
                    self.assertTrue(matches(rows[file][column], value),
                                    f"\nwanted {value!r}\ngot    {rows[file][column]!r}")

    def test_bounces(self):
        expected = expectations()
        left_out = set(self.rows()) - set(self.rows("--no-bounce"))
        self.assertEqual(left_out, {file for file, row in expected.items()
                                    if row["bounce"] == "yes"})


if __name__ == "__main__":
    runner.main()
