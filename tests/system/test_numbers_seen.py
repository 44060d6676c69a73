"""Every number that a report rests on has been seen, or the run fails: how many messages there are,
which of them are wanted, what they are called. "Nothing found" is never concluded from silence."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402
from small_server import SmallServer  # noqa: E402

DATA, TEMPORARY, PROTOCOL = 65, 75, 76

PERIOD = ["--since=2024-03-15", "--timezone=UTC"]
REPORT = "report.csv"

# More messages than one slice of the search has, src/imap/search.h.
SLICE = 32768

EXAMINED = ["* 3 EXISTS", "* OK [UIDVALIDITY 1] valid", "* OK [UIDNEXT 4] next"]


class NumbersTest(runner.SystemTest):

    def report(self, server, *options, status=0):
        """A run; the senders' numbers in the report, None when there is none."""
        result = self.run_program(
            [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", *PERIOD, f"--csv={REPORT}",
             *options], files=[REPORT])
        self.assert_status(result, status)
        if REPORT not in result.files:
            return result, None
        return result, [int(re.search(r"sender(\d+)@", row["From"])[1])
                        for row in result.rows(REPORT)]

    def found(self, server, *options):
        return self.report(server, *options)[1]

    def assert_nothing(self, server, status, words, *options):
        result, found = self.report(server, *options, status=status)
        self.assertIsNone(found, "a report that rests on nothing")
        self.assertIn(words, result.stderr.decode())
        return result


class Exists(NumbersTest):

    def test_not_said(self):
        for lines in (EXAMINED[1:],
                      ["* 4294967296 EXISTS", *EXAMINED[1:]],
                      ["* -3 EXISTS", *EXAMINED[1:]],
                      ["* three EXISTS", *EXAMINED[1:]]):
            with self.subTest(lines), SmallServer() as server:
                server.answers.append(("EXAMINE", lines))
                self.assert_nothing(server, PROTOCOL, "EXISTS")

    def test_in_odd_forms(self):
        for line in ("*  3 EXISTS", "* 3  exists ", "* 3 EXISTS\r", "* 3 EXISTS\r\r"):
            with self.subTest(line), SmallServer() as server:
                server.answers.append(("EXAMINE", [line, *EXAMINED[1:]]))
                self.assertEqual(self.found(server), [1, 2, 3])

    def test_empty_folder(self):
        with SmallServer(uids=[]) as server:
            self.assertEqual(self.found(server), [])
            self.assertEqual(server.asked("UID SEARCH"), [])


class Search(NumbersTest):

    def test_silence_is_no_answer(self):
        """Then all UIDs are asked for, and the date decides."""
        for answer in ([], ["{tag} OK done", "* SEARCH 1 2 3"],
                       ["{tag} NO The criteria 'UID 1:3' is not supported"],
                       ["{tag} BAD what"]):
            with self.subTest(answer), SmallServer() as server:
                server.answers.append(("UID SEARCH", answer))
                self.assertEqual(self.found(server), [1, 2, 3])
                self.assertEqual(len(server.asked("UID SEARCH")), 1)

    def test_silence_when_nothing_matches(self):
        """As iCloud does it."""
        with SmallServer() as server:
            server.answers.append(("UID SEARCH", []))
            self.assertEqual(self.found(server, "--since=2024-03-16"), [])

    def test_silence_everywhere(self):
        with SmallServer() as server:
            server.answers.append(("UID SEARCH", []))
            server.answers.append((r"UID FETCH \S+ \(UID\)", []))
            self.assert_nothing(server, PROTOCOL, "the server names none")

    def test_esearch(self):
        """What a server of IMAP4rev2 says (RFC 9051, 7.3.4)."""
        for line in ('* ESEARCH (TAG "{tag}") UID ALL 1:3', '* ESEARCH UID COUNT 3 ALL 3,1:2',
                     '* ESEARCH (TAG "{tag}") UID ALL 3:1 MODSEQ 9', '* SEARCH 1 2 3 (MODSEQ 9)'):
            with self.subTest(line), SmallServer() as server:
                server.answers.append(("UID SEARCH", [line, "{tag} OK done"]))
                self.assertEqual(self.found(server), [1, 2, 3])
                self.assertEqual(server.asked("UID FETCH 1:4294967295"), [], "it was an answer")

    def test_esearch_of_another_command(self):
        with SmallServer() as server:
            server.answers.append(
                ("UID SEARCH", ['* ESEARCH (TAG "99999") UID ALL 1', "{tag} OK done"]))
            self.assertEqual(self.found(server), [1, 2, 3])

    def test_refused_for_now(self):
        with SmallServer() as server:
            server.answers.append(("UID SEARCH", ["{tag} NO [UNAVAILABLE] index is being built"]))
            self.assert_nothing(server, TEMPORARY, "[UNAVAILABLE] index is being built")


    def test_more_than_there_are(self):
        """Each would be asked for until it is known not to be there."""
        with SmallServer() as server:
            server.answers.append(("UID SEARCH", ["* SEARCH " + " ".join(
                str(uid) for uid in range(1, 100_001))]))
            self.assert_nothing(server, PROTOCOL, "100000 messages of a folder that has 3")


class Login(NumbersTest):

    def test_refused_with_a_farewell(self):
        """The refusal counts: what is tried again later would be a wrong password."""
        with SmallServer() as server:
            server.answers.append(("AUTHENTICATE", [
                "* BYE Disconnecting", "{tag} NO [AUTHENTICATIONFAILED] wrong password"]))
            self.assert_nothing(server, 77, "[AUTHENTICATIONFAILED] wrong password")

    def test_authenticate_is_not_understood(self):
        for words in ("", " Error in IMAP command received by server."):
            with self.subTest(words), SmallServer() as server:
                server.answers.append(("AUTHENTICATE", ["{tag} BAD" + words]))
                self.assertEqual(self.found(server), [1, 2, 3])
                self.assertEqual(len(server.asked("LOGIN")), 1)


    def test_capabilities_in_two_lines(self):
        """What one of them says is not forgotten: the password is not sent by LOGIN."""
        with SmallServer() as server:
            server.greeting = "* OK ready"
            server.answers.append(("CAPABILITY", [
                "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN LOGINDISABLED", "* CAPABILITY IDLE"]))
            self.assertEqual(self.found(server), [1, 2, 3])
            self.assertEqual(server.asked("LOGIN"), [])


class Uids(NumbersTest):

    def test_uidnext_behind(self):
        """As GMX: too low, whether or not EXISTS shows it."""
        for uids, uidnext in (([1, 2, 3], 3), ([1, 2, 3], 2), ([10, 11, 12], 11), ([5], 1)):
            with self.subTest(uids), SmallServer(uids=uids, uidnext=uidnext) as server:
                self.assertEqual(self.found(server), uids)

    def test_validity_changes_in_mid_run(self):
        for command in ("UID SEARCH", "UID FETCH"):
            with self.subTest(command), SmallServer() as server:
                server.answers.append((command, ["* OK [UIDVALIDITY 2] made anew"]))
                self.assert_nothing(server, PROTOCOL, "UIDVALIDITY")

    def test_lowest_is_that_of_the_first_message(self):
        """A flag update may come with any answer, and have a UID."""
        with SmallServer(uids=range(1, SLICE + 11)) as server:
            server.answers.append((r"FETCH 1,\*", [
                "* 1 FETCH (UID 1)", f"* {SLICE + 10} FETCH (UID {SLICE + 10})",
                "* 20000 FETCH (FLAGS (\\Seen) UID 20000)"]))
            server.answers.append(("UID SEARCH UID", lambda command: ["* SEARCH" + "".join(
                f" {uid}" for _, uid in server.selected(command.split()[3], True)
                if uid in (1, 19999, SLICE + 10))]))
            self.assertEqual(self.found(server), [1, 19999, SLICE + 10])

    def test_sparse(self):
        """Slices are as wide as the messages lie apart."""
        with SmallServer(uids=range(7, 100_000_000, 2500)) as server:
            first, last = server.uids[0], server.uids[-1]
            wanted = {first, server.uids[777], last}
            server.answers.append(("UID SEARCH UID", lambda command: ["* SEARCH" + "".join(
                f" {uid}" for _, uid in server.selected(command.split()[3], True)
                if uid in wanted)]))
            self.assertEqual(self.found(server), sorted(wanted))
            self.assertLessEqual(len(server.asked("UID SEARCH")), 3)


class NewOnly(NumbersTest):
    """What is not seen now is reported later."""

    def new(self, server, *options, status=0):
        result, found = self.report(server, "--new-only", f"--state-dir={self.directory}/state",
                                    *options, status=status)
        return found if found is not None else [], result

    def test_exists_missing(self):
        with SmallServer() as server:
            server.answers.append(("EXAMINE", EXAMINED[1:]))
            self.assertEqual(self.new(server, status=PROTOCOL)[0], [])
            server.answers.clear()
            self.assertEqual(self.new(server)[0], [1, 2, 3])

    def test_search_silent(self):
        with SmallServer() as server:
            server.answers.append(("UID SEARCH", []))
            self.assertEqual(self.new(server)[0], [1, 2, 3])
            server.uids.append(4)
            self.assertEqual(self.new(server)[0], [4])
            self.assertEqual(self.new(server)[0], [])

    def test_nothing_is_said(self):
        """Neither by SEARCH nor by FETCH: then the last message tells whether any is new."""
        with SmallServer() as server:
            self.assertEqual(self.new(server)[0], [1, 2, 3])
            server.answers.append(("UID SEARCH", []))
            self.assertEqual(self.new(server)[0], [])
            server.uids.append(4)
            server.answers.append((r"UID FETCH \S+ \(UID\)", []))
            self.assertEqual(self.new(server, status=PROTOCOL)[0], [])
            server.answers.append((r"FETCH \*", []))
            self.assertEqual(self.new(server, status=PROTOCOL)[0], [])
            server.answers.clear()
            self.assertEqual(self.new(server)[0], [4])

    def test_less_than_there_must_be(self):
        """EXISTS proves that some are behind those of the last run."""
        with SmallServer() as server:
            self.assertEqual(self.new(server)[0], [1, 2, 3])
            server.uids += [4, 5, 6]
            server.answers.append(("UID SEARCH", ["* SEARCH"]))
            self.assertEqual(self.new(server, status=PROTOCOL)[0], [])
            server.answers.clear()
            self.assertEqual(self.new(server)[0], [4, 5, 6])

    def test_no_uidnext(self):
        """STATUS is asked; without it the highest UID will do."""
        for answers in ([], [("STATUS", [])], [("STATUS", ["{tag} NO not of an open folder"])]):
            with self.subTest(answers), SmallServer() as server:
                self.directory = self.directory / str(server.port)
                self.directory.mkdir()
                server.answers += answers
                server.answers.append(("EXAMINE", lambda _: [
                    f"* {len(server.uids)} EXISTS", "* OK [UIDVALIDITY 1] valid"]))
                self.assertEqual(self.new(server)[0], [1, 2, 3])
                self.assertEqual(self.new(server)[0], [])
                server.uids.append(4)
                self.assertEqual(self.new(server)[0], [4])

    def test_uidnext_behind(self):
        """No message twice, none left out."""
        with SmallServer(uids=[10, 11, 12], uidnext=11) as server:
            self.assertEqual(self.new(server)[0], [10, 11, 12])
            self.assertEqual(self.new(server)[0], [])
            server.uids.append(13)
            self.assertEqual(self.new(server)[0], [13])
            self.assertEqual(self.new(server)[0], [])

    def test_restored_from_an_old_copy(self):
        with SmallServer(uids=[10, 11, 12]) as server:
            self.assertEqual(self.new(server)[0], [10, 11, 12])
            server.uids = [10]
            found, result = self.new(server)
            self.assertEqual(found, [10])
            self.assertIn("made anew", result.stderr.decode())

    def test_all_unavailable_for_now(self):
        """The server is ill: no message is given up."""
        with SmallServer() as server:
            server.unreadable = dict.fromkeys(server.uids, "[UNAVAILABLE] FETCH Server error")
            found, result = self.new(server, status=TEMPORARY)
            self.assertEqual(found, [])
            self.assertIn("[UNAVAILABLE] FETCH Server error", result.stderr.decode())
            server.unreadable = {}
            self.assertEqual(self.new(server)[0], [1, 2, 3])

    def test_the_oldest_are_unavailable(self):
        """Others come: then it is these messages, and not the server."""
        with SmallServer(uids=range(1, 301)) as server:
            server.unreadable = dict.fromkeys((1, 2, 3), "[SERVERBUG] Internal error occurred")
            found, result = self.new(server, status=DATA)
            self.assertEqual(found, list(range(4, 301)))
            for uid in (1, 2, 3):
                self.assertRegex(result.stderr.decode(), rf"UID {uid}\b.* now")
            server.unreadable = {}
            self.assertEqual(self.new(server)[0], [1, 2, 3])

    def test_one_is_tried_again(self):
        for words in ("[SERVERBUG] Internal error occurred", "some message cannot be read", None):
            with self.subTest(words), SmallServer() as server:
                self.directory = self.directory / str(server.port)
                self.directory.mkdir()
                server.unreadable = {2: words}
                found, result = self.new(server, status=DATA)
                self.assertEqual(found, [1, 3])
                self.assertRegex(result.stderr.decode(), r"UID 2\b.* now")
                server.uids.append(4)
                self.assertEqual(self.new(server, status=DATA)[0], [4])
                server.unreadable = {}
                server.uids.append(5)
                self.assertEqual(self.new(server)[0], [2, 5])
                self.assertEqual(self.new(server)[0], [])

    def test_one_that_goes_meanwhile(self):
        with SmallServer() as server:
            server.unreadable = {2: "[SERVERBUG] Internal error occurred"}
            self.assertEqual(self.new(server, status=DATA)[0], [1, 3])
            server.uids.remove(2)
            self.assertEqual(self.new(server)[0], [])
            self.assertNotIn("open", next(
                (self.directory / "state/default").glob("*Caught*")).read_text())

    def test_given_up(self):
        """After some days it is named for the last time."""
        with SmallServer() as server:
            server.unreadable = {2: "some message cannot be read"}
            self.assertEqual(self.new(server, status=DATA)[0], [1, 3])
            state = next((self.directory / "state/default").glob("*Caught*"))
            text = state.read_text()
            self.assertRegex(text, r"\nopen 2 \d+\n")
            state.write_text(re.sub(r"open 2 \d+", "open 2 1700000000", text))
            found, result = self.new(server, status=DATA)
            self.assertEqual(found, [])
            self.assertIn("given up", result.stderr.decode())
            self.assertEqual(self.new(server)[0], [])


if __name__ == "__main__":
    runner.main()
