"""What a sender, the filter's answers or a slip of the hand could make the commands do to others."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import api_server
import runner
from control_case import ControlCase

LOCK = "api_lock_outgoing_identity"
WHO = ["--domain=example.com", "--username=192.0.2.1"]
LOCK_QUESTION = "Do you wish to lock this user? [y/N]"
UNLOCK_QUESTION = "Do you wish to unlock this user? [y/N]"


class Counts(ControlCase):

    def test_domain_twice(self):
        """Nobody counts double, however often a domain is named."""
        self.spam("bob", 40)
        self.server.domains = ["example.com", "EXAMPLE.com", "example.com"]
        self.assertEqual(self.act("lock", "--unattended").stdout, b"")
        self.assertEqual(self.act("lock", "--unattended", "--domain=example.com",
                                  "--domain=Example.com").stdout, b"")
        self.assertEqual(self.changes(), [])

    def test_rows_that_nobody_counted(self):
        """A line break in an identity makes rows of others: more come than the filter counted."""
        self.spam("x\n192.0.2.9,innocent", 60)
        self.act("lock", "--unattended", status=os.EX_DATAERR)
        self.assertEqual(self.changes(), [])

    def test_rows_that_come_meanwhile(self):
        """More than were counted at first is right when the filter counts them now."""
        self.spam("bob", 60)

        def one_more(server, name, query):
            if name == "api_find_outgoing_messages":
                self.spam("bob", 1)
        self.server.on_call = one_more
        self.act("lock", "--unattended")
        self.assertEqual(self.locked(), ["bob"])

    def test_system_accounts_are_left_to_a_person(self):
        """They are a server, not a customer."""
        for name in ("root", "www-data"):
            self.spam(name, 60)
        result = self.act("lock", "--unattended")
        self.assertEqual(self.changes(), [])
        self.assertEqual(result.stdout.count(b"left to a person"), 2)
        # What a whole web server sends as must not be blacklisted, either.
        self.server.log = []
        self.spam("x", 60, sender="www-data@web1.example.com")
        self.act("blacklist", "--unattended")
        self.assertEqual(self.changes(), [])

    def test_what_is_no_name_is_left_to_a_person(self):
        """The null sender, a word in the place of a name, an address, a domain: nobody's alone."""
        names = ["<>", "-", "(null)", "none", "Unknown", "localhost", "127.0.0.1", "::1",
                 "[192.0.2.7]", "example.COM", "@example.com", "user@"]
        for name in names:
            self.spam(name, 60)
        self.spam("bob", 60)
        result = self.act("lock", "--unattended")
        self.assertEqual(self.locked(), ["bob"])
        self.assertEqual(result.stdout.count(b"left to a person"), len(names))
        self.server.log = []
        for name in names:
            self.spam("x", 60, sender=name)
        result = self.act("blacklist", "--unattended")
        self.assertEqual(self.server.blacklist, [])
        self.assertEqual(result.stdout.count(b"left to a person"), len(names) - 1)

    def test_name_of_several_customers(self):
        """Unattended it must be said who is meant; a person is asked about each."""
        self.spam("bob", 1)
        self.spam("bob", 90, user="192.0.2.2")
        self.act("lock", "--unattended", "bob", status=os.EX_DATAERR)
        self.assertEqual(self.changes(), [])
        terminal = self.terminal("lock", "bob")
        terminal.answer(LOCK_QUESTION, "y")
        terminal.answer(LOCK_QUESTION, "n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.server.locked, [("example.com", "192.0.2.2", "bob")])

    def test_patterns_of_senders_are_left_to_a_person(self):
        """MAIL FROM:<*@example.com> is a valid address, and to the filter it may be all of them."""
        for sender in ("*@example.com", "@example.com", "example.com", "bad@example.com"):
            self.spam("x", 60, sender=sender)
        result = self.act("blacklist", "--limit=50", "--unattended")
        self.assertEqual([one[2] for one in self.server.blacklist], ["bad@example.com"])
        self.assertEqual(result.stdout.count(b"left to a person"), 3)


class Exempt(ControlCase):

    def test_comments(self):
        """What is said behind a pattern must not make it fit nobody."""
        exempt = self.directory / "exempt"
        exempt.write_text("# ours\npostmaster@*   # all of them\nboss@example.com\t#ours\n"
                          "a#b@example.com\n  # indented\n#\n")
        names = ["postmaster@example.com", "boss@example.com", "a#b@example.com"]
        for name in [*names, "# ours", "a"]:
            self.spam(name, 60)
        result = self.act("lock", "--unattended", f"--exempt-file={exempt}")
        self.assertEqual(self.locked(), ["# ours", "a"])
        self.assertEqual(result.stdout.count(b" - exempt\n"), len(names))

    def test_byte_order_mark(self):
        self.spam("postmaster@example.com", 60)
        exempt = self.directory / "exempt"
        exempt.write_bytes(b"\xef\xbb\xbfpostmaster@*\r\n")
        self.act("lock", "--unattended", f"--exempt-file={exempt}")
        self.assertEqual(self.changes(), [])

    def test_other_encoding(self):
        """Patterns that cannot be read would exempt nobody."""
        self.spam("postmaster@example.com", 60)
        exempt = self.directory / "exempt"
        exempt.write_bytes("postmaster@*\r\n".encode("utf-16"))
        self.act("lock", "--unattended", f"--exempt-file={exempt}", status=os.EX_USAGE)
        self.assertEqual(self.changes(), [])

    def test_raw_call(self):
        """Not by another way."""
        self.act("api", LOCK, "domain=example.com", "username=192.0.2.1",
                 "identity=Postmaster@example.com", "--unattended", "--exempt=postmaster@*",
                 status=os.EX_USAGE)
        self.assertEqual(self.changes(), [])


class List(ControlCase):
    """The list of locked identities, whose lines a sender can make look as others."""

    def test_lookalike_evades_nothing(self):
        """An identity that is spelled as a line of the list about somebody else is not locked."""
        self.server.locked_shape = "two"
        self.server.locked = [("example.com", "192.0.2.1", "eve")]
        self.spam("192.0.2.1,eve", 60)
        result = self.act("lock", "--unattended")
        self.assertIn(b"192.0.2.1,eve (192.0.2.1@example.com)", result.stdout)

    def test_longer_name_is_no_proof(self):
        """That "bob,eve" is locked does not say that bob is."""
        self.server.locked_shape = "three"
        self.server.locked = [("example.com", "192.0.2.1", "bob,eve")]
        self.server.change_does = False
        result = self.act("lock", *WHO, "--unattended", "bob", status=os.EX_UNAVAILABLE)
        self.assertNotIn(b"already", result.stdout)
        self.server.change_does = True
        self.act("lock", *WHO, "--unattended", "bob")
        self.assertIn("bob", self.locked())

    def test_worst_name(self):
        """Whatever the list looks like with it, it is locked or not, and the others are."""
        worst = (",@%&#'\"\\$(id)`id`;|<>{}[]?~! =+:/" * 20)[:320]
        for quoting in ("none", "all", "needed"):
            for shape in ("full", "three", "two", "at", "shown", "identity"):
                for titles in (False, True):
                    with self.subTest(quoting=quoting, shape=shape, titles=titles):
                        self.server.quoting, self.server.locked_shape = quoting, shape
                        self.server.header_line = titles
                        self.server.locked, self.server.log = [], []
                        self.spam(worst, 60)
                        self.spam("bob", 55)
                        result = self.run_program(["lock", *self.options(), "--unattended"])
                        # A list of names alone, with nothing but this one, may be an error.
                        if shape == "identity" and result.status == os.EX_PROTOCOL:
                            self.assertEqual(self.locked(), [worst])
                            continue
                        self.assertIn(result.status, (0, os.EX_UNAVAILABLE), str(result))
                        self.assertIn("bob", self.locked())
                        self.assertLessEqual(set(self.locked()), {worst, "bob"})
                        self.assert_printable(result.stdout)

    def test_user_without_name_is_another(self):
        self.server.locked_shape = "three"
        self.server.locked = [("example.com", "", "bob")]
        self.server.held = lambda query, held: held     # a filter that lists all
        self.act("lock", *WHO, "--unattended", "bob")
        self.assertIn(("example.com", "192.0.2.1", "bob"), self.server.locked)

    def test_a_name_that_looks_like_a_line(self):
        """Whoever is called "eve (USER@DOMAIN)" keeps nobody from locking eve."""
        attacker = "eve (192.0.2.1@example.com)"
        for shape in ("identity", "shown", "full", "two"):
            with self.subTest(shape):
                self.server.locked_shape = shape
                self.server.quoting = "none"
                self.server.locked = [("example.com", "192.0.2.1", attacker)]
                result = self.act("lock", *WHO, "--unattended", "eve")
                self.assertIn(b"eve (192.0.2.1@example.com): locked\n", result.stdout)
                self.assertEqual(self.locked(), [attacker, "eve"])
                # In that form eve's line could be the attacker's: then it is not claimed.
                self.act("unlock", *WHO, "--unattended", attacker,
                         status=os.EX_UNAVAILABLE if shape == "shown" else 0)
                self.assertEqual(self.locked(), ["eve"])

    def test_a_refused_call_proves_nothing_in_that_form(self):
        self.server.locked_shape = "identity"
        self.server.locked = [("example.com", "192.0.2.1", "eve (192.0.2.1@example.com)")]
        self.server.fault = {"api_lock_outgoing_identity": "500"}
        result = self.act("lock", *WHO, "--unattended", "eve", status=os.EX_UNAVAILABLE)
        self.assertNotIn(b": locked", result.stdout)
        self.assertNotIn("done", [one["state"] for one in self.actions()])

    def test_locked_ones_are_left_out_in_that_form(self):
        """One is locked twice, which shows that it is the form of the list; not the others."""
        names = [f"{name}@example.com" for name in "abcd"]
        for i, name in enumerate(names):
            self.spam(name, 60 + i)
        self.server.locked_shape = "shown"
        self.act("lock", "--unattended")
        self.assertEqual(sorted(self.locked()), names)
        self.server.calls.clear()
        self.act("lock", "--unattended")
        self.assertLessEqual(len(self.changes()), 1)
        self.assertEqual(sorted(self.locked()), names)

    def test_unlock_never_means_more(self):
        """What the list has is sent back only if it means one."""
        self.server.quoting = "all"
        self.server.locked_shape = "three"
        self.server.locked = [("example.com", "192.0.2.1", "*"), ("example.com", "", "bob"),
                              ("example.com", "192.0.2.1", "eve")]
        result = self.act("unlock", "--unattended", "--all")
        self.assertEqual(self.changes(), ["api_unlock_outgoing_identity"])
        self.assertEqual(self.server.locked, [("example.com", "192.0.2.1", "*"),
                                              ("example.com", "", "bob")])
        self.assertIn(b"cannot be named to the filter", result.stdout)
        for who in (["--domain=example.com", "--username="], ["--domain=*", "--username=x"]):
            self.act("unlock", *who, "--unattended", "eve", status=os.EX_USAGE)


class Failure(ControlCase):

    def test_one_that_cannot_be_locked_saves_nobody(self):
        """The filter may refuse a name, which its owner has chosen; the others come all the same."""
        self.spam("r\u00e9fus\u00e9", 90)
        self.spam("bob", 60)
        self.server.fault = {}

        def refuses(server, name, query):
            refused = query.get("identity", "").startswith("r")
            server.fault = {LOCK: "error-text"} if refused else {}
        self.server.on_call = refuses
        result = self.act("lock", "--unattended", status=os.EX_UNAVAILABLE)
        self.assertEqual(self.locked(), ["bob"])
        self.assertIn(b"is not locked: the filter said", result.stderr)
        self.assertIn(b"1 locked, 1 not", result.stderr)
        self.assertEqual([one["state"] for one in self.actions()],
                         ["intended", "failed", "intended", "done"])

    def test_failures_count(self):
        """A filter that does nothing is not asked without end."""
        for i in range(9):
            self.spam(f"u{i}", 60)
        self.server.change_does = False
        self.act("lock", "--unattended", "--max-changes=3", status=os.EX_UNAVAILABLE)
        self.assertEqual(self.changes(), [LOCK] * 3)

    def test_recovered_lock_is_undone(self):
        """What a killed run has locked, unlock --undo knows at once."""
        def broken_after_the_lock(server, name, query):
            server.fault = ({"api_list_locked_identities": "500"} if server.named(LOCK) else {})
        self.server.on_call = broken_after_the_lock
        self.act("lock", *WHO, "--unattended", "bob", status=os.EX_UNAVAILABLE)
        self.server.on_call = None
        self.server.fault = {}
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), [])


    def test_redirected_but_done(self):
        """What the list shows decides here, too."""
        self.server.after = {LOCK: "302"}
        self.act("lock", *WHO, "--unattended", "bob")
        self.assertEqual([one["state"] for one in self.actions()], ["intended", "done"])

    def test_what_stays_open_stops_nobody(self):
        """A domain that is gone cannot be looked at any more."""
        self.spam("eve", 60, domain="example.org")
        self.server.domains = ["example.org"]

        def gone_after_the_lock(server, name, query):
            gone = server.named(LOCK) and query.get("domain") == "example.com"
            server.fault = {"api_list_locked_identities": "error-text"} if gone else {}
        self.server.on_call = gone_after_the_lock
        self.act("lock", *WHO, "--unattended", "bob", status=os.EX_PROTOCOL)
        result = self.act("lock", "--unattended")
        self.assertIn(b"cannot see what became of an earlier lock", result.stderr)
        self.assertIn(("example.org", "192.0.2.1", "eve"), self.server.locked)

    def test_undo_is_of_the_last_run(self):
        """Not of an earlier one that is looked at only now."""
        self.test_what_stays_open_stops_nobody()
        self.server.on_call = None
        self.server.fault = {}
        self.server.domains.append("example.com")
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), ["bob"])
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), ["bob"])

    def test_no_domain(self):
        for command in (["lock", "bob"], ["lock"], ["blacklist", "a@example.com"], ["unlock", "bob"]):
            for domain in ("default", "*"):
                self.act(*command, f"--domain={domain}", "--username=x", "--unattended",
                         status=os.EX_USAGE)
        self.assertEqual(self.server.calls, [])


class Queue(ControlCase):

    def test_other_recipients(self):
        """A message is one line for each: it is not taken from those who were not named."""
        self.server.queue = [["example.com", "mx.example.net", f"1ZPhsl-0004Im-{i:02}", "60",
                              "2000", "abuse@example.com", to, "False"]
                             for i, to in ((1, "a@example.net"), (1, "b@example.net"),
                                           (2, "a@example.net"), (3, "b@example.net"))]
        result = self.act("queue", "--remove", "--recipient=a@example.net", "--unattended")
        self.assertEqual([one[2][-2:] for one in self.server.queue], ["01", "01", "03"])
        self.assertIn(b"1 left: what also goes to others", result.stderr)
        self.act("queue", "--remove", "--sender=abuse@example.com", "--unattended")
        self.assertEqual(self.server.queue, [])

    def test_recipients_of_other_domains(self):
        """With --domain, too: the filter may list a message under each recipient's domain."""
        self.server.queue = [[domain, "mx.example.net", f"1ZPhsl-0004Im-0{i}", "60", "2000",
                              "a@example.com", f"b@{domain}", "False"]
                             for i, domain in ((1, "example.com"), (1, "example.org"),
                                               (2, "example.com"))]
        result = self.act("queue", "--remove", "--domain=example.com", "--sender=a@example.com",
                          "--unattended")
        self.assertEqual([one[2][-2:] for one in self.server.queue], ["01", "01"])
        self.assertIn(b"1 left: what also goes to others", result.stderr)

        def no_list_of_all(server, name, query):
            server.fault = {name: "403"} if name.endswith("_queue") and "domain" not in query else {}
        self.server.on_call = no_list_of_all
        self.act("queue", "--remove", "--domain=example.com", "--sender=a@example.com",
                 "--unattended", status=os.EX_UNAVAILABLE)
        self.assertEqual(len(self.server.queue), 2)

    def test_domain_twice(self):
        """Each message is there, and removed, once."""
        self.server.queue = [["example.com", "mx.example.net", f"1ZPhsl-0004Im-{i:02}", "60",
                              "2000", "", f"user{i}@example.net", "False"] for i in range(3)]
        self.act("queue", "--remove", "--sender=<>", "--unattended", "--max-changes=3",
                 "--domain=example.com", "--domain=Example.com")
        self.assertEqual(self.changes(), ["api_remove_outgoing_queued_message"] * 3)


class Terminals(ControlCase):

    def test_raw_call(self):
        """On a terminal an answer commands nothing; elsewhere it is as it came."""
        self.server.help = ["\x1b]0;owned\x07api_help()", "second"]
        self.assertIn(b"\x1b]0;owned", self.act("api", "api_help").stdout)
        terminal = self.terminal("api", "api_help")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertNotIn("\x1b", terminal.text)
        self.assertIn("\nsecond\n", terminal.text)

    def test_raw_call_in_pieces(self):
        """An answer comes in pieces that end anywhere: within a character, or a line's end."""
        text = "a\u00e9\u4e2d\U0001f600\t" * 20000
        self.server.success = ("\r\n".join([text] * 3) + "\r\nx\ry\xc3(\u202e").encode() + b"\xe4\xb8"
        terminal = self.terminal("api", "api_lock_outgoing_identity", "domain=example.com",
                                 "username=x", "identity=y", "--unattended")
        self.assertEqual(terminal.end(), 0, terminal.text[-1000:])
        # The terminal's own tabs are blanks.
        self.assertEqual(terminal.text.expandtabs(),
                         ("\n".join([text] * 3) + "\nx<U+000D>y\xc3(<U+202E><E4><B8>").expandtabs())


if __name__ == "__main__":
    runner.main()
