"""--blocklist: from a quarantine to what a mail server looks up."""

import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
from quarantine_case import NOW, OUTGOING  # noqa: E402
import runner  # noqa: E402

DAY = [f"--timezone={quarantine_case.ZONE}", "--since=2026-02-08", "--until=2026-02-12"]


def message(login, address):
    """As Postfix hands on what an authenticated client has sent."""
    return (f"Received: from [{address}] (unknown [{address}])\n"
            f"\t(Authenticated sender: {login})\n"
            "\tby mail.example.com (Postfix) with ESMTPSA id 4B0F12C0A7\n"
            "\tfor <x@example.net>; Tue, 10 Feb 2026 12:00:00 +0100 (CET)\n"
            f"From: {login}\nTo: x@example.net\nSubject: s\n\n").encode()


class Blocklist(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        for login, address, count in (("stolen@example.com", "9.1.1.1", 6),
                                      ("stolen@example.com", "2a00::17", 5),
                                      ("stolen@example.com", "192.168.7.7", 4),
                                      ("stolen@example.com", "9.2.2.2", 3),
                                      ("good@example.com", "9.3.3.3", 1)):
            for _ in range(count):
                quarantine.deliver(OUTGOING, message(login, address), NOW)

    def test_file(self):
        result = self.quiet_report(*DAY, "--blocklist", "--min-count=10", "--exempt-net=9.2.0.0/16",
                                   files=["quarantine-outgoing-2026-02-08_2026-02-11-blocklist.txt"])
        data, = result.files.values()
        self.assertEqual(data.decode().splitlines()[1:], [
            "9.1.1.1 REJECT", "2a00::17 REJECT", "# left out: 192.168.7.7 (private)",
            "# left out: 9.2.2.2 (exempt)"])

    @unittest.skipUnless(shutil.which("postmap"), "postmap is missing (Debian package postfix)")
    def test_postfix(self):
        result = self.quiet_report(*DAY, "--blocklist=map", "--min-count=10", files=["map"])
        path = self.directory / "map"
        path.write_bytes(result.files["map"])
        for address, answer in (("9.1.1.1", "REJECT"), ("2a00::17", "REJECT"), ("9.3.3.3", ""),
                                ("192.168.7.7", "")):
            found = subprocess.run(["postmap", "-c", self.directory, "-q", address,
                                    f"texthash:{path}"], capture_output=True, text=True,
                                   check=False)
            self.assertEqual(found.stdout.strip(), answer, found)

    def test_with_everything(self):
        """All outputs that count groups, in one pass."""
        names = ["b", "c.csv", "h.html", "i.csv", "j.jsonl", "t.tsv"]
        self.quiet_report(*DAY, "--blocklist=b", "--min-count=10", "--csv=c.csv", "--html=h.html",
                          "--identity-report=i.csv", "--json=j.jsonl", "--tsv=t.tsv",
                          "--group-by=Sender domain,Identity", files=names)

    def test_too_many_columns(self):
        columns = "Identity,Sender domain,Domain,Class,Subject,From,To,Host"
        result = self.report(*DAY, "--blocklist=b", "--top=1", f"--group-by={columns}", status=64)
        self.assertIn(b"--blocklist goes with 7 columns", result.stderr)


if __name__ == "__main__":
    runner.main()
