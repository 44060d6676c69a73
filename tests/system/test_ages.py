"""Messages are searched for by their age where the server can (WITHIN, ESEARCH), and none is lost
whatever its clock says, and whatever it answers."""

import datetime
import os
import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine as quarantines  # noqa: E402
import runner  # noqa: E402
from quarantine_case import OUTGOING, PATIENCE  # noqa: E402
from small_server import SILENCE, SmallServer  # noqa: E402

FAKE_CLOCK = pathlib.Path(os.environ.get("TOP_BUILDDIR", "."), "tests/support/fake_clock.so").resolve()

DAY = 86400
STEP = 1200  # seconds from one message to the next
REPORT = "report.csv"

BY_AGE = "messages by their age"
BY_DAYS = "searching by days"


def iso(when):
    return datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


class Clocks(runner.SystemTest):
    """A real server whose clock is ours, or not."""

    def check(self, ahead, way, days=4, round_trips=99):
        if not FAKE_CLOCK.exists():
            raise unittest.SkipTest("fake_clock.so is missing (make check TESTS= builds it)")
        now = int(time.time())
        # Some messages are ahead of our clock.
        dates = [now - days * DAY + STEP * number for number in range((days + 1) * DAY // STEP)]
        ours = int(os.environ.get("CLOCK_AHEAD", 0))
        with quarantines.Quarantine(users={runner.USER: runner.PASSWORD},
                                    clock=(FAKE_CLOCK, ours + ahead)) as server:
            for number, date in enumerate(dates):
                server.deliver(OUTGOING, f"From: sender{number}@example.com\n\n".encode(), date)
            for since, until in ((now - 2 * DAY, now - DAY), (now - DAY, now), (now - 3600, now - 1800),
                                 (dates[30], dates[31]), (now - (days + 10) * DAY, dates[0] + 1)):
                with self.subTest(ahead=ahead, since=iso(since), until=iso(until)):
                    result = self.run_program(
                        [*self.login(f"{server.host}:{server.port_imaps}"),
                         f"--ca-file={server.ca_file}", "--timezone=UTC", "-v",
                         f"--since={iso(since)}", f"--until={iso(until)}", f"--csv={REPORT}"],
                        files=[REPORT])
                    self.assert_status(result, 0)
                    self.assertEqual(
                        [int(re.search(r"sender(\d+)@", row["From"])[1])
                         for row in result.rows(REPORT)],
                        [number for number, date in enumerate(dates) if since <= date < until])
                    self.assertIn(way, result.stderr.decode())
                    trips = re.search(r"(\d+) round trips, 1 connection\n", result.stderr.decode())
                    self.assertLessEqual(int(trips[1]), round_trips)

    def test_ours(self):
        """TCP, TLS, greeting, login; EXAMINE and the search; the proof and the first; the others."""
        self.check(0, BY_AGE, round_trips=7)

    def test_a_little_off(self):
        for ahead in (-200, 200):
            self.check(ahead, BY_AGE)

    def test_a_quarter_of_an_hour_off(self):
        for ahead in (-900, 900):
            self.check(ahead, BY_DAYS)

    def test_a_day_off(self):
        for ahead in (-DAY, DAY):
            self.check(ahead, BY_DAYS)

    def test_a_year_off(self):
        for ahead in (-365 * DAY, 365 * DAY):
            self.check(ahead, BY_DAYS)


class Scripted(runner.SystemTest):
    """A server that lists WITHIN and ESEARCH, and answers as it likes."""

    SETTINGS = ["--since=2024-03-15", "--until=2024-03-16", "--timezone=UTC", "-v"]
    DATED = "UID SEARCH UID"
    AGED = r"UID SEARCH RETURN \(ALL\) YOUNGER"
    PROOF = r"UID SEARCH RETURN \(ALL\) UID"

    def found(self, server, *options):
        server.greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ESEARCH WITHIN] ready"
        result = self.run_program(
            [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", *self.SETTINGS,
             f"--csv={REPORT}", *options], files=[REPORT])
        self.assert_status(result, 0)
        return [int(re.search(r"sender(\d+)@", row["From"])[1]) for row in result.rows(REPORT)], result


class Answers(Scripted):

    def check(self, aged, proof=('* ESEARCH (TAG "{tag}") UID ALL 1',), way=BY_DAYS, want=(1, 2, 3)):
        with SmallServer() as server:
            server.answers += [(self.AGED, list(aged)), (self.PROOF, list(proof))]
            found, result = self.found(server)
            self.assertEqual(found, list(want))
            self.assertIn(way, result.stderr.decode())
            self.assertEqual(server.connections, 1)
            self.assertEqual(len(server.asked("UID SEARCH UID")), way == BY_DAYS)

    def test_right(self):
        self.check(['* ESEARCH (TAG "{tag}") UID ALL 1:3'], way=BY_AGE)
        self.check(['* ESEARCH (TAG "{tag}") UID ALL 3,1'], way=BY_AGE, want=[1, 3])

    def test_refused(self):
        for words in ("NO not today", "BAD what"):
            self.check(["{tag} " + words])
            self.check(['* ESEARCH (TAG "{tag}") UID ALL 1:3'], proof=["{tag} " + words])

    def test_answered_wrongly(self):
        for line in ("* ESEARCH UID ALL 1", '* ESEARCH (TAG "x") UID ALL 1', "* SEARCH 1",
                     '* ESEARCH (TAG "{tag}") ALL 1', '* ESEARCH (TAG "{tag}") UID COUNT 2 ALL 1',
                     '* ESEARCH (TAG "{tag}") UID MIN 1', '* ESEARCH (TAG "{tag}") UID ALL 1:4000000'):
            with self.subTest(line):
                self.check([line])
        self.check([])

    def test_none_of_all(self):
        """It does not know the criteria, and finds nothing: that is not believed."""
        none = ['* ESEARCH (TAG "{tag}") UID']
        self.check(none, proof=none)

    def test_one_is_missing(self):
        """The dates of the first and the last message are known, and are in the period."""
        for line in ('UID', 'UID ALL 1:2', 'UID ALL 2:3', 'UID ALL 2'):
            with self.subTest(line):
                self.check(['* ESEARCH (TAG "{tag}") ' + line])

    def test_all_of_all(self):
        """Nor does this one: that is more than was asked for, and the dates decide."""
        with SmallServer(uids=range(1, 4)) as server:
            server.answers += [(self.AGED, ['* ESEARCH (TAG "{tag}") UID ALL 1:3']),
                               (self.PROOF, ['* ESEARCH (TAG "{tag}") UID ALL 1'])]
            self.assertEqual(self.found(server, "--until=2024-03-15T12:00:00")[0], [])

    def test_messages_that_are_not_there(self):
        """They are asked for, and are gone."""
        with SmallServer() as server:
            server.answers += [(self.AGED, ['* ESEARCH (TAG "{tag}") UID ALL 1:9']),
                               (self.PROOF, ['* ESEARCH (TAG "{tag}") UID ALL 1'])]
            found, result = self.found(server)
            self.assertEqual(found, [1, 2, 3])
            self.assertIn(": 3 found, 3 reported", result.stderr.decode())

    def test_the_connection_ends(self):
        for pattern in (self.AGED, self.PROOF, r"FETCH 1,\*"):
            with self.subTest(pattern), SmallServer() as server:
                server.answers += [(pattern, lambda _: None),
                                   (self.AGED, ['* ESEARCH (TAG "{tag}") UID ALL 1:3'])]
                self.assertEqual(self.found(server)[0], [1, 2, 3])
                self.assertEqual(server.connections, 2)

    def test_dates_do_not_come_along(self):
        """Then they are asked for apart."""
        for uids in (range(1, 4), range(1, 301)):
            with self.subTest(len(uids)), SmallServer(uids=uids) as server:
                server.answers += [
                    (self.AGED, [f'* ESEARCH (TAG "{{tag}}") UID ALL 1:{len(uids)}']),
                    (self.PROOF, ['* ESEARCH (TAG "{tag}") UID ALL 1']),
                    ("UID FETCH.*BODY", lambda command, server=server: server.fetch(
                        server.selected(command.split()[2], True),
                        command.upper().replace("INTERNALDATE", "")))]
                self.assertEqual(self.found(server)[0], list(uids))


class Early(Scripted):
    """The first messages are fetched along with the proof, and are of no use without it."""

    COUNT, FIRST = 200, 64  # src/source/quarantine/folder.h
    OTHERS = f"{FIRST + 1}:{COUNT}"
    FETCH = r"UID FETCH 1:.* \(UID INTERNALDATE BODY"
    FOUND = '* ESEARCH (TAG "{tag}") UID ALL 1'

    def early(self, *answers, uids=range(1, COUNT + 1), way=BY_AGE, connections=1):
        """With what the server says instead; the server. Each message is reported once, in order."""
        with SmallServer(uids=uids) as server:
            server.answers += [*answers,
                               (self.AGED, [f'* ESEARCH (TAG "{{tag}}") UID ALL 1:{self.COUNT}']),
                               (self.PROOF, [self.FOUND])]
            found, result = self.found(server)
            self.assertEqual(found, list(uids))
            self.assertIn(way, result.stderr.decode())
            self.assertEqual(server.connections, connections)
            until = time.monotonic() + PATIENCE
            while "LOGOUT" not in server.commands:  # whose answer the program does not wait for long
                self.assertLess(time.monotonic(), until, "it does not log out")
                time.sleep(0.01)
        return server, result

    def fetched(self, server):
        return [command.split()[2] for command in server.asked("UID FETCH") if "BODY" in command]

    def test_along_with_the_proof(self):
        server, result = self.early()
        commands = [re.sub(r" YOUNGER.*|,.*| \(.*", "", command) for command in server.commands[1:]]
        self.assertEqual(commands, [
            'EXAMINE "Caught', "FETCH 1", "UID SEARCH RETURN", f"UID FETCH 1:{self.FIRST + 1}",
            "UID SEARCH RETURN", f"UID FETCH {self.OTHERS}", "LOGOUT"])
        # TCP, greeting, login; EXAMINE and the search; the proof and the first; the others.
        self.assertIn("6 round trips", result.stderr.decode())

    def test_no_proof(self):
        for proof in (["{tag} NO not today"], ["{tag} BAD what"], [],
                      ['* ESEARCH (TAG "{tag}") UID ALL 2']):
            with self.subTest(proof):
                self.early((self.PROOF, proof), way=BY_DAYS)

    def test_mixed(self):
        """Dovecot may answer the search first, which is the newer command, and in the middle."""
        for at in (0, 30, 64, 80):
            with self.subTest(at):
                server, _ = self.early(
                    (self.FETCH, lambda command, at=at: self.with_proof(command, at)),
                    (self.PROOF, SILENCE))
                self.assertEqual(self.fetched(server)[1:], [self.OTHERS])

    def with_proof(self, command, at):
        server = SmallServer(uids=range(1, self.COUNT + 1))
        lines = server.fetch(server.selected(command.split()[2], True), command.upper())
        proof = [self.FOUND.replace("{tag}", "6"), "6 OK found"]
        return lines[:at] + proof + lines[at:]

    def test_cut_once(self):
        for pattern in (self.FETCH, self.PROOF, f"UID FETCH {self.OTHERS} "):
            for cut in (True, False):
                with self.subTest(pattern, cut=cut):
                    self.once(pattern, cut)

    def once(self, pattern, cut):
        """The connection ends over the command, or the command is refused."""
        left = [None if cut else ["{tag} NO busy"]]
        usual = SmallServer(uids=range(1, self.COUNT + 1))
        usual.answers = [(self.PROOF, [self.FOUND])]
        self.early((pattern, lambda command: left.pop() if left else usual.answer(command)),
                   way=BY_DAYS if pattern == self.PROOF or cut and pattern == self.FETCH else BY_AGE,
                   connections=2 if cut else 1)

    def test_refused_for_good(self):
        """They come later, in the windows of the others."""
        self.early((r"UID FETCH \S*,\S* .*BODY", ["{tag} BAD too long"]))

    def test_gone(self):
        for gone in (1, 5, self.FIRST, self.FIRST + 1, self.COUNT):
            with self.subTest(gone):
                self.early(uids=[uid for uid in range(1, self.COUNT + 1) if uid != gone])

    def test_more_than_is_kept(self):
        pad = "X-Pad: " + "x" * 900 + "\r\n"

        def large(command):
            server = SmallServer(uids=range(1, self.COUNT + 1))
            lines = []
            for number, uid in server.selected(command.split()[2], True):
                header = f"From: sender{uid}@example.com\r\n{40 * pad}\r\n"
                lines.append(f'* {number} FETCH (UID {uid} INTERNALDATE "15-Mar-2024 12:00:00 +0000" '
                             f"BODY[HEADER]<0> {{{len(header)}}}\r\n{header})")
            return lines
        server, _ = self.early((self.FETCH, large))
        self.assertEqual(len(self.fetched(server)), 3)


if __name__ == "__main__":
    runner.main()
