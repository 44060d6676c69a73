"""A real Courier: it quotes the names in BODY[HEADER.FIELDS (...)], and EXAMINE tells no UIDNEXT."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import courier  # noqa: E402
import runner  # noqa: E402

FOLDER = "INBOX.Caught (Outgoing)"
PERIOD = ["--since=2024-03-15", "--timezone=UTC"]


def message(number, padding=0):
    return (f"From: Sender {number} <sender{number}@example.com>\r\n"
            f"To: victim{number}@example.net\r\n"
            f"X-Padding: {'x' * padding}\r\n"
            f"X-SpamExperts-Outgoing-Class: spam\r\n"
            f"X-AuthUser: user{number}@example.com\r\n\r\nbody\r\n").encode()


class Courier(runner.SystemTest):

    def setUp(self):
        super().setUp()
        if courier.missing():
            self.skipTest(f"needs {courier.missing()}")
        server = courier.Courier()
        self.server = server.__enter__()
        self.addCleanup(server.__exit__)

    def deliver(self, first, last, padding=0):
        for number in range(first, last + 1):
            self.server.deliver("Caught (Outgoing)", number, message(number, padding))

    def numbers(self, *options, status=0):
        result = self.run_program(
            [*self.login(f"127.0.0.1:{self.server.port}"), "--tls=off", *PERIOD, "--csv=-",
             f"--outgoing-folder={FOLDER}", *options])
        self.assert_status(result, status)
        self.assertEqual(result.stderr, b"")
        return [int(row["Auth-User"].removeprefix("user").partition("@")[0])
                for row in result.rows()]

    def test_small_messages(self):
        self.deliver(1, 40)
        self.assertEqual(self.numbers(), list(range(1, 41)))

    def test_large_headers(self):
        """Fields are asked for by name."""
        self.deliver(1, 300, padding=12000)
        self.assertEqual(self.numbers(), list(range(1, 301)))
        self.assertEqual(self.server.logins, 1)

    def test_new_only(self):
        new = ["--new-only", f"--state-dir={self.directory}/state"]
        self.deliver(1, 3)
        self.server.open_by_mail_program(FOLDER)
        self.assertEqual(self.numbers(*new), [1, 2, 3])
        self.deliver(4, 5)
        self.assertEqual(self.numbers(*new), [4, 5])
        self.assertEqual(self.numbers(*new), [])

    def test_check(self):
        self.deliver(1, 3)
        result = self.run_program([*self.login(f"127.0.0.1:{self.server.port}"), "--tls=off",
                                   "--check"])
        self.assert_status(result, 0)
        self.assertIn(f"         3  {FOLDER}\n", result.stdout.decode())

    def test_missing_folder(self):
        self.deliver(1, 1)
        result = self.run_program([*self.login(f"127.0.0.1:{self.server.port}"), "--tls=off",
                                   *PERIOD, "--csv=-"])
        self.assert_status(result, 66)
        self.assertIn(FOLDER, result.stderr.decode())


if __name__ == "__main__":
    runner.main()
