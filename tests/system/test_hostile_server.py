"""Servers that lie, stall, flood and break off, played by the scripted IMAP peer.

For each: the program ends in time, by an exit status of its own, within its
memory, and never with 0 while a row is missing. The scripts are in
tests/support/scripts.
"""

import pathlib
import re
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

# Exit statuses (the man page has them all).
DATA, NOFOLDER, NOHOST, UNAVAILABLE, TEMPORARY, PROTOCOL, LOGIN = 65, 66, 68, 69, 75, 76, 77

REPORT = "report.csv"

# The peer's mailbox.
DAY = ["--date=2024-03-15", "--timezone=UTC"]
ALL = {1, 2, 3}


class HostileServer(runner.SystemTest):

    def report(self, peer, *options, host="127.0.0.1", **how):
        """A run against the peer, in plaintext unless the options say something else."""
        tls = [] if any(o.startswith("--tls=") for o in options) else ["--tls=off"]
        return self.run_program(
            [*self.login(f"{host}:{peer.port}"), *tls, *DAY, f"--csv={REPORT}", *options],
            files=[REPORT], **how)

    def uids(self, result):
        """The messages in the report, told by their senders; each row whole and only once."""
        data = result.files[REPORT]
        lines = data.decode().split("\r\n")
        self.assertEqual(lines[0].replace('"', ""), runner.HEADER)
        found = []
        for number, row in enumerate(result.rows(REPORT), 1):
            sender = re.search(r"<sender(\d+)@example\.com>", row["From"])
            self.assertTrue(sender, f"a row of no message: {row}")
            self.assertEqual(row["#"], str(number))
            found.append(int(sender[1]))
        self.assertEqual(len(found), len(set(found)), f"a message twice: {found}{result}")
        return set(found)

    def check_report(self, result, rows=ALL):
        """Status and report agree: complete, with gaps that are named, or not there."""
        if result.status not in (0, DATA):
            self.assertEqual(result.files, {}, f"an incomplete report{result}")
            self.assertTrue(result.stderr.strip(), "a failure without a word")
            return
        found = self.uids(result)
        self.assertLessEqual(found, rows, f"messages that do not belong{result}")
        missing = rows - found
        if result.status == 0:
            self.assertFalse(missing, f"exit 0 with rows missing: {missing}{result}")
        else:
            self.assertTrue(missing, f"exit 65 and nothing is missing{result}")
        for uid in missing:
            self.assertRegex(result.stderr.decode(), rf"\b{uid}\b", "an unreadable UID not named")

    def check(self, script, *statuses, options=(), rows=ALL, peer_options=(), **how):
        """Runs against the script, which must end in one of the statuses."""
        with runner.Peer(script + ".imap", options=peer_options) as peer:
            result = self.report(peer, *options, **how)
        self.assert_status(result, *statuses)
        self.check_report(result, rows)
        self.assert_read_only(peer)
        self.assertNotEqual(peer.status, 1, "the peer's script was not followed")
        return result, peer

    def check_unreadable(self, script, uid=2, options=(), **how):
        """One culprit: everything else is in the report, and the culprit is named."""
        result, _ = self.check(script, DATA, options=options, **how)
        self.assertEqual(self.uids(result), ALL - {uid})


class GoodServer(HostileServer):
    """The peer itself: without a script nothing goes wrong."""

    def test_well_behaved(self):
        with runner.Peer() as peer:
            result = self.report(peer)
        self.assert_status(result, 0)
        self.check_report(result)
        self.assert_read_only(peer)
        self.assertEqual(result.stderr, b"", "a run that succeeds says nothing")
        self.assertEqual(peer.verbs()[-1], "LOGOUT")
        for row in result.rows(REPORT):
            uid = re.search(r"sender(\d+)", row["From"])[1]
            self.assertEqual(row["From"], f"Sender {uid} <sender{uid}@example.com>")
            self.assertEqual(row["To"], f"victim{uid}@example.net")
            self.assertEqual(row["Auth-User"], f"user{uid}@example.com")

    def test_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("no IPv6 loopback")
        with runner.Peer(options=["--ipv6"]) as peer:
            result = self.report(peer, host="[::1]")
        self.assert_status(result, 0)
        self.check_report(result)

    def test_login_command(self):
        _, peer = self.check("login-only", 0)
        self.assertIn("LOGIN", peer.verbs())

    def test_plain_without_initial_response(self):
        _, peer = self.check("plain-without-initial-response", 0)
        self.assertIn("AUTHENTICATE", peer.verbs())


class EndOfFile(HostileServer):

    def test_in_literal(self):
        self.check_unreadable("eof-in-literal")

    def test_in_literal_once(self):
        self.check("eof-in-literal-once", 0)

    def test_in_every_fetch(self):
        self.check("eof-in-every-fetch", DATA, TEMPORARY, PROTOCOL)

    def test_after_login(self):
        self.check("eof-after-login", TEMPORARY)

    def test_reset_in_data(self):
        self.check_unreadable("reset-in-data")


class Floods(HostileServer):
    """More than anybody wants to hold in memory."""

    def test_huge_literal(self):
        self.check_unreadable("huge-literal")

    def test_huge_literal_unasked(self):
        self.check("huge-literal-unasked", PROTOCOL)

    def test_literal_wider_than_an_integer(self):
        self.check_unreadable("wide-literal")

    def test_literal_shorter_than_data(self):
        self.check_unreadable("short-literal")

    def test_large_header(self):
        # Message 3 is a byte longer than anybody asked for; either way is right.
        self.check("large-header", 0, DATA)

    def test_long_line_in_greeting(self):
        self.check("long-line-greeting", PROTOCOL)

    def test_long_line_in_message(self):
        self.check_unreadable("long-line-message")

    def test_long_quoted_string(self):
        self.check_unreadable("long-line-quoted")

    def test_parentheses_in_message(self):
        self.check_unreadable("parentheses-in-message")

    def test_parentheses_in_examine(self):
        self.check("parentheses-in-examine", PROTOCOL)

    def test_untagged_lines(self):
        self.check("flood-untagged", PROTOCOL)

    def test_long_search(self):
        self.check("search-long", 0, rows={1, 2, 3})

    def test_huge_search(self):
        self.check("search-huge", PROTOCOL)


class Delays(HostileServer):

    """The peer goes on for longer than a run may take (runner.RUN_TIMEOUT)."""

    def check_deadline(self, script):
        result, _ = self.check(script, TEMPORARY, options=["--deadline=2"])
        self.assertIn(b"the deadline of the run has passed", result.stderr)

    def check_timeout(self, script):
        result, _ = self.check(script, TEMPORARY, options=["--timeout=1"])
        self.assertIn(b"no answer for 1 second", result.stderr)

    def test_a_byte_a_second_in_greeting(self):
        self.check_deadline("slow-greeting")

    def test_a_byte_a_second_in_data(self):
        self.check_deadline("slow-data")

    def test_endless_untagged_lines(self):
        self.check_deadline("endless-untagged")

    def test_stall_in_greeting(self):
        self.check_timeout("stall-greeting")

    def test_stall_in_login(self):
        self.check_timeout("stall-login")

    def test_stall_in_search(self):
        self.check("stall-search", TEMPORARY, options=["--timeout=1"])

    def test_stall_in_data(self):
        """One culprit, unless a busy machine keeps others waiting as long."""
        for seconds in (1, 5, 20):
            result, _ = self.check("stall-in-data", DATA, TEMPORARY,
                                   options=[f"--timeout={seconds}"])
            if result.status == DATA and self.uids(result) == ALL - {2}:
                return
        self.fail(f"more than one culprit{result}")

    def test_stall_in_every_fetch(self):
        self.check("stall-in-every-fetch", DATA, TEMPORARY, options=["--timeout=1"])


class Refusals(HostileServer):
    """BYE, NO and BAD where they hurt."""

    def test_bye_in_greeting(self):
        result, _ = self.check("bye-greeting", TEMPORARY)
        self.assertIn(b"connections", result.stderr)

    def test_bye_after_login(self):
        result, _ = self.check("bye-after-login", TEMPORARY)
        self.assertIn(b"shutting down", result.stderr)

    def test_bye_in_fetch(self):
        self.check("bye-in-fetch", DATA, TEMPORARY)

    def test_bye_in_fetch_once(self):
        self.check("bye-in-fetch-once", 0)

    def test_no_in_fetch(self):
        self.check("no-in-fetch", DATA, TEMPORARY, PROTOCOL)

    def test_no_in_fetch_once(self):
        self.check("no-in-fetch-once", 0)

    def test_no_for_a_message(self):
        self.check_unreadable("no-for-message")

    def test_bad_in_fetch(self):
        self.check("bad-in-fetch", DATA, TEMPORARY, PROTOCOL)

    def test_bad_in_fetch_once(self):
        self.check("bad-in-fetch-once", 0)

    def test_bad_for_a_message(self):
        self.check_unreadable("bad-for-message")

    def test_search_refused(self):
        self.check("search-refused", 0)

    def test_examine_unavailable(self):
        self.check("examine-unavailable", TEMPORARY)

    def test_missing_folder(self):
        with runner.Peer() as peer:
            result = self.report(peer, "--outgoing-folder=Nowhere")
        self.assert_status(result, NOFOLDER)
        self.check_report(result)
        for folder in (b"INBOX", b"Caught", b"Caught (Outgoing)", b"Nowhere"):
            self.assertIn(folder, result.stderr)


class Disorder(HostileServer):
    """Answers that are valid but odd, and some that are neither."""

    def test_ok_before_data(self):
        self.check("ok-before-data", 0, DATA, TEMPORARY, PROTOCOL)

    def test_ok_without_data(self):
        self.check("ok-without-data", DATA, TEMPORARY, PROTOCOL)

    def test_silent_about_a_message(self):
        self.check_unreadable("silent-about-message")

    def test_vanished(self):
        self.check("vanished", 0, rows={1, 3})

    def test_expunged(self):
        self.check("expunged", 0, rows={1, 3})

    def test_fake_lines_in_literal(self):
        result, _ = self.check("fake-lines-in-literal", 0)
        row = [row for row in result.rows(REPORT) if "sender2@" in row["From"]][0]
        self.assertEqual(row["From"], "Sender 2 <sender2@example.com>")

    def test_wrong_tags(self):
        # All data have come, whatever the line behind them says.
        self.check("wrong-tags", 0, DATA, TEMPORARY, PROTOCOL, options=["--timeout=1"])

    def test_garbage(self):
        self.check("garbage", DATA, TEMPORARY, PROTOCOL)

    def test_unknown_untagged(self):
        self.check("unknown-untagged", 0, DATA, TEMPORARY, PROTOCOL)

    def test_mailbox_updates(self):
        self.check("mailbox-updates", 0)

    def test_one_byte_writes(self):
        self.check("one-byte-writes", 0)

    def test_out_of_order(self):
        self.check("out-of-order", 0, rows=set(range(1, 51)))

    def test_duplicates(self):
        self.check("duplicates", 0)

    def test_uids_not_asked_for(self):
        self.check("uids-not-asked-for", 0)

    def test_uidvalidity_changed(self):
        result, peer = self.check("uidvalidity-changed", TEMPORARY, PROTOCOL)
        self.assertGreaterEqual(peer.verbs().count("EXAMINE"), 2, "it never came back")

    def test_search_in_disorder(self):
        self.check("search-disorder", 0)

    def test_search_with_zero(self):
        self.check("search-zero", 0, TEMPORARY, PROTOCOL)

    def test_search_with_a_wide_number(self):
        self.check("search-wide-number", 0, TEMPORARY, PROTOCOL)

    def test_internaldate_garbage(self):
        self.check_unreadable("internaldate-garbage")

    def test_internaldate_absurd(self):
        self.check_unreadable("internaldate-absurd")

    def test_no_uidnext(self):
        self.check("no-uidnext", 0)

    def test_sparse_uids(self):
        self.check("sparse-uids", 0, rows={1, 2, 3, 4000000000, 4294967294})

    def test_empty_folder(self):
        self.check("empty-folder", 0, rows=set())

    def test_no_imap_at_all(self):
        self.check("not-imap", TEMPORARY, PROTOCOL)


class Windows(HostileServer):
    """What breaks among many messages, asked for by the names of the fields."""

    MANY = set(range(1, 301))

    def test_well_behaved(self):
        result, peer = self.check("window", 0, rows=self.MANY)
        self.assertTrue(any("HEADER.FIELDS" in command for command in peer.commands()),
                        "the way that these tests are about was not taken")
        self.assert_order(result)

    def assert_order(self, result):
        senders = [int(re.search(r"sender(\d+)@", row["From"])[1]) for row in result.rows(REPORT)]
        self.assertEqual(senders, sorted(senders))

    def check_gaps(self, script, *gaps):
        result, _ = self.check(script, DATA, rows=self.MANY)
        self.assertEqual(self.uids(result), self.MANY - set(gaps))

    def test_culprit(self):
        self.check_gaps("window-culprit", 120)

    def test_three_culprits(self):
        self.check_gaps("window-three-culprits", 1, 150, 300)

    def test_broken_once(self):
        result, _ = self.check("window-broken-once", 0, rows=self.MANY)
        self.assert_order(result)

    def test_always_broken(self):
        self.check("window-always-broken", TEMPORARY, PROTOCOL)

    def test_uidvalidity_changed(self):
        self.check("window-uidvalidity-changed", TEMPORARY, PROTOCOL)

    def test_unknown_brands(self):
        result, _ = self.check("window-unknown-brands", 0, rows=self.MANY)
        self.assert_order(result)

    def test_long_brands(self):
        self.check("window-long-brands", 0, rows=self.MANY)

    def test_unknown_brands_in_reverse(self):
        self.check("window-unknown-brands-reverse", 0, rows=self.MANY)

    def test_second_reading_in_another_order(self):
        """What is known of a message from the first reading stays with it."""
        with runner.Peer("window-second-reading-reverse.imap") as peer:
            result = self.report(peer, "--columns=all")
        self.assert_status(result, 0)
        rows = result.rows(REPORT)
        self.assertEqual(len(rows), len(self.MANY))
        self.assertEqual({row["Date"] for row in rows}, {"2024-03-15T12:00:00+00:00"})

    def test_culprit_in_second_reading(self):
        self.check_gaps("window-culprit-in-second-reading", 121)

    def test_vanished_before_second_reading(self):
        self.check("window-vanished-before-second-reading", 0, rows=self.MANY - {121})

    def test_broken_once_in_second_reading(self):
        result, _ = self.check("window-broken-once-in-second-reading", 0, rows=self.MANY)
        self.assert_order(result)


class Strings(HostileServer):
    """The header of message 2 in other shapes than a literal of text."""

    def second_row(self, script):
        """The row between those of 1 and 3, or None when it is counted unreadable."""
        with runner.Peer(script + ".imap") as peer:
            result = self.report(peer)
        self.assert_status(result, 0, DATA)
        rows = result.rows(REPORT)
        self.assertIn("sender1@", rows[0]["From"])
        self.assertIn("sender3@", rows[-1]["From"])
        if result.status == DATA:
            self.assertEqual(len(rows), 2)
            self.assertRegex(result.stderr, rb"\b2\b")
            return None
        self.assertEqual(len(rows), 3, f"exit 0 with a row missing{result}")
        return rows[1]

    def test_nil(self):
        row = self.second_row("nil-instead-of-literal")
        self.assertTrue(row is None or row["From"] == "")

    def test_empty_literal(self):
        row = self.second_row("empty-literal")
        self.assertTrue(row is None or row["From"] == "")

    def test_quoted(self):
        row = self.second_row("quoted-instead-of-literal")
        self.assertIsNotNone(row)
        self.assertEqual(row["From"], 'Sender 2 "two" <sender2@example.com>')

    def test_nul_and_8bit(self):
        row = self.second_row("nul-and-8bit")
        self.assertIsNotNone(row)
        self.assertRegex(row["From"], r"^Sender 2 caf. .* <sender2@example\.com>$")
        self.assertNotIn("\0", row["From"])
        self.assertEqual(row["Auth-User"], "user2@example.com")


class Login(HostileServer):

    def check_no_login(self, script, *statuses, **how):
        """The run ends before user or password are sent."""
        result, peer = self.check(script, *statuses, **how)
        self.assertEqual(peer.logins(), [], f"a login was sent{result}")
        return result

    def test_refused(self):
        result, peer = self.check("login-refused", LOGIN)
        self.assertIn(b"no such user", result.stderr)
        self.assertEqual(len(peer.logins()), 1, "one refusal is enough")

    def test_refused_with_hostile_text(self):
        # run_program() has checked that nothing unprintable got through.
        result, _ = self.check("login-refused-hostile", LOGIN)
        self.assertNotRegex(result.stderr, rb"(?m)^quarantine-report: all is well")

    def test_unavailable(self):
        self.check("login-unavailable", TEMPORARY)

    def test_bad(self):
        self.check("login-bad", PROTOCOL, LOGIN)

    def test_logindisabled(self):
        self.check_no_login("logindisabled", UNAVAILABLE)

    def test_preauth_in_plaintext(self):
        self.check_no_login("preauth", UNAVAILABLE, PROTOCOL)

    def test_preauth_before_starttls(self):
        self.check_no_login("preauth", UNAVAILABLE, PROTOCOL, options=["--tls=starttls"])

    def test_starttls_refused(self):
        self.check_no_login("starttls-refused", UNAVAILABLE, options=["--tls=starttls"])

    def test_starttls_not_offered(self):
        self.check_no_login("starttls-hidden", UNAVAILABLE, options=["--tls=starttls"])


class Unreachable(HostileServer):

    def test_connection_refused(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.run_program(
                [*self.login(f"127.0.0.1:{port}"), *DAY, f"--csv={REPORT}"])
        self.assert_status(result, TEMPORARY)
        self.assertIn(b"127.0.0.1", result.stderr)

    def test_unknown_host(self):
        name = "quarantine.example.invalid"
        try:
            socket.getaddrinfo(name, 993)
            self.skipTest("the resolver here knows names under .invalid")
        except socket.gaierror as error:
            unknown = error.errno == socket.EAI_NONAME
        result = self.run_program([*self.login(name), *DAY, f"--csv={REPORT}"])
        # Without any resolver the name may be just not known at the moment.
        self.assert_status(result, *([NOHOST] if unknown else [NOHOST, TEMPORARY]))
        self.assertIn(name.encode(), result.stderr)


if __name__ == "__main__":
    runner.main()
