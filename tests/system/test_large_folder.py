"""A folder of more messages than one command asks for: each once, in their order."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import TODAY  # noqa: E402
from small_server import SmallServer  # noqa: E402

# More than two windows of FETCH (src/imap/fetch.h).
MESSAGES = 4500

ZONE = f"--timezone={quarantine_case.ZONE}"


class LargeFolder(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        for number in range(1, MESSAGES + 1):
            # Some carry no filter's block, and a few that of a brand seen nowhere else.
            brand = f"X-Brand{number}" if number % 500 == 7 else "X-Brand"
            block = f"{brand}-Outgoing-Class: spam\n" if number % 700 else ""
            padding = "X-Padding: " + "x" * 4000 + "\n" if number > MESSAGES // 2 else ""
            quarantine.deliver(
                quarantine_case.OUTGOING,
                f"From: sender{number}@example.com\n{padding}{block}\n".encode(),
                quarantine_case.NOW)

    def test_every_message_once_in_order(self):
        result = self.run_program(
            [*self.trust(), ZONE, f"--date={TODAY}", "--csv=-", "--columns=#,UID,From,Class", "-v"])
        self.assert_status(result, 0)
        rows = result.rows()
        numbers = list(range(1, MESSAGES + 1))
        self.assertEqual([int(row["UID"]) for row in rows], numbers)
        self.assertEqual([int(row["#"]) for row in rows], numbers)
        for number, row in enumerate(rows, 1):
            self.assertEqual(row["From"], f"sender{number}@example.com")
            self.assertEqual(row["Class"], "spam" if number % 700 else "")
        self.assertIn(f"{MESSAGES} found, {MESSAGES} reported".encode(), result.stderr)


class First(runner.SystemTest):
    """The first messages are reported while samples teach what to ask for of the others."""

    FIRST, SAMPLES = 64, 16  # src/source/quarantine/folder.h

    def report(self, count, unreadable=(), status=0):
        """The sets of UIDs that were asked for with their headers, and the UIDs of the rows."""
        with SmallServer(uids=range(1, count + 1)) as server:
            server.unreadable = dict.fromkeys(unreadable, "[SERVERBUG] Internal error occurred")
            result = self.run_program(
                [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--date=2024-03-15",
                 "--timezone=UTC", "--csv=report.csv", "--columns=#,UID", "-v"],
                files=["report.csv"])
            self.assert_status(result, status)
            sets = [command.split()[2] for command in server.asked("UID FETCH") if "BODY" in command]
        rows = result.rows("report.csv")
        self.assertEqual([int(row["#"]) for row in rows], list(range(1, len(rows) + 1)))
        return sets, [int(row["UID"]) for row in rows]

    def test_two_commands(self):
        sets, uids = self.report(250)
        self.assertEqual(uids, list(range(1, 251)))
        self.assertEqual(len(sets), 2, sets)
        self.assertRegex(sets[0], rf"^1:{self.FIRST + 1}(,\d+){{{self.SAMPLES - 1}}}$")
        self.assertEqual(sets[1], f"{self.FIRST + 1}:250")

    def test_one_command(self):
        for count in (self.SAMPLES, self.SAMPLES + 1, self.FIRST, 2 * self.FIRST):
            with self.subTest(count):
                self.assertEqual(self.report(count), ([f"1:{count}"], list(range(1, count + 1))))

    def test_unreadable(self):
        """Each is missing once, whether it is one of the first, a sample or another one."""
        for unreadable in ((3,), (self.FIRST,), (self.FIRST + 1,), (250,), (1, self.FIRST + 1, 249)):
            with self.subTest(unreadable):
                _, uids = self.report(250, unreadable, status=65)
                self.assertEqual(uids, [uid for uid in range(1, 251) if uid not in unreadable])


if __name__ == "__main__":
    runner.main()
