"""Answers in forms that no standard knows and real servers send, and answers
that cost libetpan many times what they cost the server.

For each: what it means decides, not its form, within the memory of a run. The
scripts are in tests/support/scripts.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

# Exit statuses (the man page has them all).
DATA, TEMPORARY, PROTOCOL = 65, 75, 76

REPORT = "report.csv"


class ServerForms(runner.SystemTest):

    def run_script(self, script, *statuses, options=("--date=2024-03-15", f"--csv={REPORT}")):
        with runner.Peer(script + ".imap") as peer:
            result = self.run_program([*self.login(f"127.0.0.1:{peer.port}"), "--tls=off",
                                       "--timezone=UTC", *options], files=[REPORT])
        self.assert_status(result, *statuses)
        self.assert_read_only(peer)
        self.assertNotEqual(peer.status, 1, "the peer's script was not followed")
        return result, peer

    def check_folders(self, script, *statuses):
        return self.run_script(script, *statuses, options=["--check"])[0]

    def connections(self, peer):
        return peer.verbs().count("EXAMINE")


class Forms(ServerForms):

    def test_report(self):
        result, peer = self.run_script("forms", 0)
        self.assertEqual(len(result.rows(REPORT)), 3)
        self.assertEqual(self.connections(peer), 1)
        self.assertEqual(result.stderr, b"", "nothing of it is worth a word")

    def test_folders(self):
        lines = self.check_folders("forms-of-folders", 0).stdout.decode().splitlines()
        for line in ("         3  Caught (Outgoing)", "         ?  Old"):
            self.assertIn(line, lines)
        self.assertTrue([line for line in lines if line.endswith("  Folder\\Sub 1")], lines)

    def test_banner(self):
        result, _ = self.run_script("not-imap", PROTOCOL)
        self.assertIn(b"HTTP/1.1 400 Bad Request", result.stderr)


class Meaning(ServerForms):
    """What was not said is not made of something else."""

    def check_unreadable(self, script, rows):
        result, _ = self.run_script(script, DATA)
        self.assertEqual(len(result.rows(REPORT)), rows)
        self.assertRegex(result.stderr.decode(), r"\b2\b", "the UID is not named")

    def test_day_that_is_none(self):
        self.check_unreadable("date-of-a-wide-day", 2)

    def test_other_fields(self):
        self.check_unreadable("other-fields", 299)

    def test_part_of_header(self):
        self.check_unreadable("part-of-header", 2)


class Floods(ServerForms):
    """Each of them took hundreds of MiB in libetpan; run_program() looks at the memory."""

    def test_capabilities(self):
        self.run_script("flood-capabilities", PROTOCOL)

    def test_esearch(self):
        self.run_script("flood-esearch", PROTOCOL)

    def test_folders(self):
        self.check_folders("flood-folders", PROTOCOL)

    def test_flags_of_folders(self):
        self.check_folders("flood-flags-of-folders", 0)

    def test_status(self):
        self.check_folders("flood-status", PROTOCOL)

    def test_flags(self):
        result, peer = self.run_script("flood-flags", 0)
        self.assertEqual(len(result.rows(REPORT)), 3)
        self.assertEqual(self.connections(peer), 1)


if __name__ == "__main__":
    runner.main()
