"""top while messages come: of a quarantine and of a mail log, on a real terminal."""

import datetime
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from following import Clock, exim  # noqa: E402
from quarantine_case import OUTGOING  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_maillog  # noqa: E402
import test_top  # noqa: E402


def raw(who, number):
    return (f"Received: from c.example.com by mail.example.com; now\nX-AuthUser: {who}@example.com\n"
            f"Subject: number {number}\nFrom: a@example.com\nTo: b{number}@example.net\n\n").encode()


class Quarantine(test_top.Windows, quarantine_case.QuarantineTest):

    UNSEEN = (runner.USER.encode(),)  # messages come while it is followed

    def send(self, who, count):
        for i in range(count):
            self.quarantine.deliver(OUTGOING, raw(who, i), time.time())

    def top(self, *options):
        return self.window((100, 30), *self.trust(), "--timezone=UTC", *options)

    def test_it_comes(self):
        """While keys are answered, and whatever is shown."""
        self.send("first", 3)
        window = self.top("--since=1h", "--interval=1")
        lines = window.wait(r"followed[\s\S]*^>      3 .* first@example\.com")
        self.assertRegex(lines[0], r"^ By Identity, since \d\d-\d\d \d\d:\d\d: 3 messages of 1$")
        self.assertRegex(lines[1], r"^ \d+ a minute now, 3 in 15 ")
        self.send("second", 5)
        lines = window.wait(r"^>      5 .*second@example\.com[\s\S]*^ +3 .*first@example\.com")
        self.assertRegex("\n".join(lines), r"(?m)^>      5  62\.5  +5 +1\.0 +0\.3 ")
        window.type("Down", then=r"^> +3 .*first@")
        self.send("first", 4)
        # It stays chosen where it is now.
        window.wait(r"^> +7 .*first@[\s\S]*^ +5 .*second@")
        window.type("Enter", then="^ The latest 7 of 7 messages of first@")
        self.send("first", 1)
        window.wait("^ The latest 8 of 8 messages of first@")
        window.keys("q", "q")
        self.assertEqual(window.end(), (0, ""))

    def test_the_server_goes(self):
        """It is said, and over when the server is back."""
        with quarantine_case.Relay(self.quarantine.port_imap, lambda data: data) as relay:
            window = self.window((100, 30), *self.plain(relay.port), "--since=1h", "--interval=1")
            window.wait("followed")
            self.quarantine.kill()
            window.wait(", AWAY ")
            self.quarantine.start()
            relay._server = ("127.0.0.1", self.quarantine.port_imap)
            self.send("third", 2)
            # Each of its folders is back by itself.
            window.wait(r"\A(?![\s\S]*, AWAY)[\s\S]*followed[\s\S]*^. +2 .*third@")
            window.keys("q")
            self.assertEqual(window.end()[0], 0)

    def test_period_that_is_over(self):
        """It is not followed."""
        window = self.top("--date=yesterday")
        window.wait("all read")
        window.keys("q")
        self.assertEqual(window.end(), (0, ""))


class Log(test_top.Case):

    def test_midnight(self):
        """What is of today is of the day that has begun; how the list is shown stays."""
        clock = Clock(self)
        noon = int(time.time()) // 86400 * 86400 + 43200
        log = self.work / "mail.log"
        clock.set(noon - time.time())
        log.write_text(exim(1, who="old", when=noon) + exim(2, who="old", when=noon) +
                       exim(3, who="both", when=noon))
        window = self.window((100, 30), "-t", "mail.log", **clock.variables)
        lines = window.wait(r"mail\.log 3, followed[\s\S]*^> +2 .*old@")
        self.assertIn(f"since {time.strftime('%m-%d', time.gmtime(noon))} 00:00: 3 messages", lines[0])
        window.type("Down", then=r"^> +1 .*both@")
        window.type("Enter", then="^ The latest 1 of 1 messages of both@")
        noon += 86400
        clock.set(noon - time.time())
        window.wait(rf"since {time.strftime('%m-%d', time.gmtime(noon))} 00:00: 0 messages")
        with open(log, "a", encoding="utf-8") as out:
            out.write(exim(4, who="both", when=noon) + exim(5, who="new", when=noon) +
                      exim(6, who="new", when=noon))
        window.wait(r"00:00: 3 messages[\s\S]*mail\.log 3, followed[\s\S]*^. +2 .*new@"
                    r"[\s\S]*^. +1 .*both@")
        window.keys("q")
        self.assertEqual(window.end(), (0, ""))

    def test_it_grows(self):
        log = self.work / "mail.log"
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        log.write_text(test_maillog.postfix(1, now))
        window = self.window((100, 30), "mail.log")
        lines = window.wait(r"mail\.log \d+, followed[\s\S]*^> ")
        before = int(re.search(r": (\d+) message", lines[0])[1])
        with open(log, "a", encoding="utf-8") as out:
            out.write(test_maillog.postfix(2, now))
        window.wait(rf"^ By Identity, all times: {2 * before} messages")
        window.keys("q")
        self.assertEqual(window.end()[0], 0)


if __name__ == "__main__":
    runner.main()
