"""A folder of more messages than one command asks for: each once, in their order."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import TODAY  # noqa: E402

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


if __name__ == "__main__":
    runner.main()
