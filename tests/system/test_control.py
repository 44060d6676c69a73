"""The commands that act on the filter, against a private API server that plays every variant."""

import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import api_server
import certificates
import namespaces
import runner
import control_case
from control_case import ControlCase, Terminal

LOCK = "api_lock_outgoing_identity"
LISTED = "api_list_locked_identities"
WHO = ["--domain=example.com", "--username=192.0.2.1"]
QUESTION = "Do you wish to lock this user? [y/N]"

HOSTILE = ["a,b@example.com", 'say "x"@example.com', "50%25@example.com", "a&b=c@example.com",
           "a#b@example.com", "a b+c@example.com", "ä\u6f22@example.com", "it's@example.com",
           "$(id)`id`@example.com", "x" * 320, "a/b?c;d@example.com", "--undo"]

REFUSED = ["", " ", "*", "a\nb", "a\tb", "a\x1b[2J", "a\x7fb", "\u200b", "x" * 321]


class Lock(ControlCase):

    def test_without_a_terminal(self):
        """Candidates are listed, nothing is done, and the last line says so."""
        self.spam("bob@example.com", 60)
        self.spam("eve@example.com", 80, user="192.0.2.2")
        self.spam("few@example.com", 50)
        self.spam("", 7)
        result = self.act("lock")
        self.assertEqual(result.stdout.decode(), """\
7 spam/virus/phish messages sent by users with no identity
eve@example.com (192.0.2.2@example.com): sent 80 bad messages
bob@example.com (192.0.2.1@example.com): sent 60 bad messages
""")
        self.assertTrue(result.stderr.decode().splitlines()[-1].startswith(
            "quarantine-report: nothing has been locked"))
        self.assertEqual(self.changes(), [])
        self.act("lock", "bob@example.com", *WHO, status=os.EX_USAGE)
        self.assertEqual(self.changes(), [])

    def test_questions(self):
        for count, name in ((60, "bob"), (70, "eve"), (80, "mal")):
            self.spam(f"{name}@example.com", count)
        terminal = self.terminal("lock")
        terminal.answer(f"mal@example.com (192.0.2.1@example.com): sent 80 bad messages - "
                        f"{QUESTION}", "y")
        terminal.answer(QUESTION, "maybe")
        terminal.answer(QUESTION, "yes")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.locked(), ["mal@example.com", "bob@example.com"])
        self.assertIn("mal@example.com (192.0.2.1@example.com): locked", terminal.text)

    def test_deadline_leaves_out_the_prompt(self):
        """Whoever takes his time to answer is not the filter that is late."""
        self.spam("bob@example.com", 60)
        self.spam("eve@example.com", 70)
        options = [one for one in self.options() if "password" not in one]

        def run(seconds):
            terminal = Terminal(["lock", *options, f"--deadline={seconds}"], self.directory)
            self.addCleanup(terminal.close)
            for question, text in (("Password:", api_server.PASSWORD), (QUESTION, "y"),
                                   (QUESTION, "y")):
                if not terminal.answer(question, text, after=seconds + 0.2, must=False):
                    break
            return terminal.end(), terminal.text
        status, text = self.run_into_limit(run, lambda result: result[0] == 0)
        self.assertEqual(status, 0, text)
        self.assertEqual(self.locked(), ["eve@example.com", "bob@example.com"])

    def test_what_is_typed_ahead_answers_nothing(self):
        """Who presses a key twice must not lock the next one, whom he has not seen."""
        for count, name in ((80, "a"), (70, "b"), (60, "c")):
            self.spam(f"{name}@example.com", count)
        terminal = self.terminal("lock")
        terminal.answer("sent 80 bad messages - " + QUESTION, "y\ny\ny")
        terminal.answer("sent 70 bad messages - " + QUESTION, "n\ny")
        terminal.answer("sent 60 bad messages - " + QUESTION, "n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.locked(), ["a@example.com"])

    def test_end_of_input_is_no(self):
        self.spam("bob@example.com", 60)
        terminal = self.terminal("lock")
        terminal.answer(QUESTION, "\x04")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.changes(), [])
        self.assertIn("nobody answers any more: what is not asked about stays as it is",
                      terminal.text)
        self.assertIn("1 not answered\n", terminal.text)

    def test_end_of_input_is_no_answer_about_who_is_named(self):
        """Else a script would take him for locked, or for set free."""
        self.spam("bob@example.com", 60)
        for locked in ([], [("example.com", "192.0.2.1", "bob@example.com")]):
            for who in (WHO, []):
                self.server.locked = list(locked)
                terminal = self.terminal("unlock" if locked else "lock", *who, "bob@example.com")
                terminal.answer("lock this user? [y/N]", "\x04")
                self.assertEqual(terminal.end(), os.EX_DATAERR, terminal.text)
                self.assertIn("nobody has answered about all that are named\n", terminal.text)
                self.assertEqual(self.changes(), [])

    def test_unattended(self):
        self.spam("bob@example.com", 60)
        self.spam("eve@example.com", 51, classification="virus")
        self.spam("mal@example.com", 60, classification="locked")   # is no new bad mail
        self.act("lock", "--unattended")
        self.assertEqual(self.locked(), ["bob@example.com", "eve@example.com"])
        # Those that are locked are left out.
        self.assertEqual(self.act("lock", "--unattended").stdout, b"")
        self.assertEqual(self.changes(), [LOCK] * 2)
        self.assertEqual([one["state"] for one in self.actions()],
                         ["intended", "done"] * 2)
        first = self.actions()[1]
        self.assertEqual((first["command"], first["domain"], first["username"], first["name"],
                          first["count"], first["verified"]),
                         ("lock", "example.com", "192.0.2.1", "bob@example.com", 60, True))
        self.assertEqual({one["client_username"] for one in self.server.calls},
                         {"quarantine-report"})
        self.assertEqual({one["api_language"] for one in self.server.calls}, {"en"})

    def test_quiet(self):
        self.spam("bob@example.com", 60)
        result = self.act("lock", "--unattended", "-q")
        self.assertEqual((result.stdout, result.stderr), (b"", b""))

    def test_hostile_identities(self):
        for i, identity in enumerate(HOSTILE):
            with self.subTest(identity[:20]):
                self.act("lock", *WHO, "--unattended", "--", identity)
                self.assertEqual(self.locked()[i:], [identity])
        for call in self.server.named(LOCK):
            self.assertIn(call["identity"], HOSTILE)
        for identity in HOSTILE:
            self.act("unlock", *WHO, "--unattended", "--", identity)
        self.assertEqual(self.locked(), [])

    def test_hostile_identities_in_the_log(self):
        self.server.quoting = "all"
        for identity in HOSTILE:
            self.spam(identity, 51)
        self.act("lock", "--unattended", "--max-changes=100")
        self.assertEqual(sorted(self.locked()), sorted(HOSTILE))
        self.act("unlock", "--undo", "--unattended", "--max-changes=100")
        self.assertEqual(self.locked(), [])

    def test_control_characters_in_the_log(self):
        """They are shown harmless, and never sent back."""
        self.spam("a\x1b]0;owned\x07@example.com", 60)
        self.spam("x" * 400, 60)
        result = self.act("lock", "--unattended")
        self.assert_printable(result.stdout)
        self.assertEqual(result.stdout.decode().count("cannot be named to the filter"), 2)
        self.assertEqual(self.changes(), [])

    def test_refused_before_any_call(self):
        for identity in REFUSED:
            for command in ("lock", "unlock"):
                with self.subTest(repr(identity)):
                    self.act(command, *WHO, "--unattended", "--", identity, status=os.EX_USAGE)
        for more in (["--domain=example.com"], ["--username=x"], [*WHO, "--all-users"],
                     ["--all-users"],
                     ["--domain=example.com", "--domain=example.org", "--username=x"],
                     ["--domain=example.com", "--username=*"]):
            with self.subTest(more):
                self.act("lock", "bob", "--unattended", *more, status=os.EX_USAGE)
        self.act("blacklist", *WHO, "--unattended", "", status=os.EX_USAGE)
        self.act("lock", "--count=quarantine", status=os.EX_USAGE)
        self.act("queue", "--remove", "--unattended", status=os.EX_USAGE)
        self.act("api", status=os.EX_USAGE)
        self.act("api", "api_set_outgoing_report_recipient", "recipient=", "--unattended",
                 status=os.EX_USAGE)
        self.act("api", "api_help&x", status=os.EX_USAGE)
        self.act("api", "api_help", "call=api_x", status=os.EX_USAGE)
        self.act("api", "api_lock_x", "identity=a", "Identity=b", "--unattended",
                 status=os.EX_USAGE)
        for command in (["blacklist", "bob"], ["blacklist"]):
            self.act(*command, "--csv=x.csv", "--unattended", status=os.EX_USAGE)
        self.assertEqual(self.server.connections, 0)

    def test_all_users(self):
        self.act("lock", "bob", "--domain=example.com", "--all-users", "--unattended")
        self.assertEqual(self.server.locked, [("example.com", "*", "bob")])

    def test_looked_for(self):
        """Named without domain and user: those who sent anything bad as that."""
        self.spam("bob", 2)
        self.spam("eve", 9)
        self.act("lock", "--unattended", "bob")
        self.assertEqual(self.server.locked, [("example.com", "192.0.2.1", "bob")])
        self.act("lock", "--unattended", "nobody", status=os.EX_DATAERR)

    def test_exempt(self):
        for name in ("bob@example.com", "Postmaster@Example.com", "news@example.org"):
            self.spam(name, 60)
        exempt = self.directory / "exempt"
        exempt.write_text("# ours\r\n\r\n*@example.org\r\n")
        result = self.act("lock", "--unattended", "--exempt=postmaster@*",
                          f"--exempt-file={exempt}")
        self.assertEqual(self.locked(), ["bob@example.com"])
        self.assertEqual(result.stdout.count(b" - exempt\n"), 2)
        self.act("lock", "--exempt-file=/nonexistent", status=os.EX_USAGE)

    def test_named_and_not_done(self):
        """Whoever is named must not be taken for locked when he is not; others are locked."""
        self.spam("eve@example.com", 60)
        self.spam("mal@example.com", 60)
        self.spam("root", 60)
        names = ["eve@example.com", "mal@example.com"]
        for command, locked in (("lock", self.server.locked),
                                ("blacklist", self.server.blacklist)):
            for who in (WHO, []):
                for terminal in (False, True):
                    with self.subTest(command=command, who=who, terminal=terminal):
                        locked.clear()
                        words = [*who, "--exempt=eve*", *names]
                        if terminal:
                            shown = self.terminal(command, *words)
                            shown.answer("[y/N]", "y")
                            self.assertEqual(shown.end(), os.EX_DATAERR, shown.text)
                            text = shown.text
                        else:
                            result = self.act(command, *words, "-q", "--unattended",
                                              status=os.EX_DATAERR)
                            self.assertEqual(result.stdout, b"")
                            text = result.stderr.decode()
                        self.assertEqual([one[2] for one in locked], ["mal@example.com"])
                        self.assertRegex(
                            text, r"eve@example.com \(192.0.2.1@example.com\).* - exempt\n")
                        self.assertIn("1 of those that are named not " + command, text)
        result = self.act("lock", "--unattended", "root", status=os.EX_DATAERR)
        self.assertIn(b" - left to a person", result.stderr)
        self.assertEqual(self.locked(), ["mal@example.com"])

    def test_named_and_done_already(self):
        self.spam("bob@example.com", 60)
        for who in (WHO, []):
            self.act("lock", *who, "bob@example.com", "--unattended")
            self.assertIn(b" - already done\n",
                          self.act("lock", *who, "bob@example.com", "--unattended").stdout)

    def test_quiet_says_who_is_left_to_a_person(self):
        """A timer that is quiet is no place where somebody is left to a person in silence."""
        self.spam("root", 60)
        self.spam("boss@example.com", 60)
        result = self.act("lock", "--unattended", "-q", "--exempt=boss@*")
        self.assertEqual(result.stdout, b"")
        self.assertRegex(result.stderr.decode(), r"root \(.*\): sent 60 .* - left to a person")
        self.assertNotIn(b"exempt", result.stderr)

    def test_letters_of_another_case(self):
        """They count as one, as in reports: nobody stays below the limit by changing his letters.
        """
        for name, count in (("bob@example.com", 30), ("Bob@Example.com", 20),
                            ("BOB@example.com", 10), ("eve@example.com", 50)):
            self.spam(name, count)
        self.spam("bob@example.com", 50, user="192.0.2.2")
        result = self.act("lock", "--unattended", "--exempt=EVE@*")
        self.assertEqual(result.stdout.decode(), "".join(
            f"{name} (192.0.2.1@example.com): locked\n"
            for name in ("bob@example.com", "Bob@Example.com", "BOB@example.com")))
        self.server.locked.clear()
        terminal = self.terminal("lock")
        for name, count in (("bob", 30), ("Bob", 20), ("BOB", 10)):
            terminal.answer(f"sent {count} bad messages, 60 in all spellings - {QUESTION}", "n")
        self.assertEqual(terminal.end(), 0)
        # Who is named is no one else.
        self.spam("bob@example.net", 1)
        result = self.act("lock", "--unattended", "BOB@example.com")
        self.assertEqual(self.locked(), ["BOB@example.com"])
        self.assertEqual(result.stderr.decode().count("another spelling, which is not named\n"), 2)

    def test_sum(self):
        """On a terminal, and with -v, nothing found is said, and what became of the others."""
        self.assertIn("0 sent bad messages, 0 of them more than 50\n",
                      self.act("lock", "-v", "--unattended").stderr.decode())
        self.spam("few@example.com", 3)
        for name in ("bob@example.com", "boss@example.com", "root", "eve@example.com"):
            self.spam(name, 60)
        self.act("lock", *WHO, "eve@example.com", "--unattended")
        want = "5 sent bad messages, 4 of them more than 50: "
        result = self.act("lock", "-v", "--unattended", "--exempt=boss@*")
        self.assertIn(want + "1 locked, 1 done already, 1 exempt, 1 left to a person\n",
                      result.stderr.decode())
        terminal = self.terminal("lock")
        terminal.answer(QUESTION, "n")
        terminal.answer(QUESTION, "n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertIn(want + "2 done already, 2 declined\n", terminal.text)

    def test_max_changes(self):
        for name in "abcde":
            self.spam(f"{name}@example.com", 60)
        result = self.act("lock", "--unattended", "--max-changes=2", status=os.EX_TEMPFAIL)
        self.assertEqual(len(self.locked()), 2)
        self.assertEqual(result.stdout.count(b"left for the next run"), 3)
        self.act("lock", "--unattended", "--max-changes=2", status=os.EX_TEMPFAIL)
        self.act("lock", "--unattended", "--max-changes=2")
        self.assertEqual(self.locked(), [f"{name}@example.com" for name in "abcde"])
        self.assertEqual(self.changes(), [LOCK] * 5)

    def test_failure_in_between(self):
        """It says which are done and how many were not tried."""
        for i, name in enumerate("abcde"):
            self.spam(f"{name}@example.com", 90 - i)

        def third_fails(server, name, query):
            server.fault = {LOCK: "503"} if query.get("identity") == "c@example.com" else {}
        self.server.on_call = third_fails
        result = self.act("lock", "--unattended", status=os.EX_TEMPFAIL)
        self.assertEqual(result.stdout.decode().splitlines(),
                         ["a@example.com (192.0.2.1@example.com): locked",
                          "b@example.com (192.0.2.1@example.com): locked"])
        self.assertIn("2 locked, then stopped with 2 not tried", result.stderr.decode())
        self.assertIn("c@example.com (192.0.2.1@example.com) is not locked",
                      result.stderr.decode())
        self.assertEqual(self.locked(), ["a@example.com", "b@example.com"])

    def test_doubtful_quotes_are_left_to_a_person(self):
        self.server.quoting = "needed"
        self.spam("a, b", 60)
        self.spam("bob", 60)
        result = self.act("lock", "--unattended")
        self.assertEqual(self.locked(), ["bob"])
        self.assertIn(b"left to a person", result.stdout)

    def test_user_without_name(self):
        self.spam("bob", 60, user="")
        result = self.act("lock", "--unattended")
        self.assertEqual(self.changes(), [])
        self.assertIn(b"no user name", result.stdout)

    def test_ipv6_user(self):
        self.spam("bob", 60, user="2001:db8::1")
        self.act("lock", "--unattended")
        self.assertEqual(self.server.locked, [("example.com", "2001:db8::1", "bob")])

    def test_one_run_at_a_time(self):
        self.spam("bob@example.com", 60)
        terminal = self.terminal("lock")
        terminal.answer(QUESTION, "n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        terminal = self.terminal("lock")
        terminal.wait_for(QUESTION)
        self.act("lock", "--unattended", status=os.EX_TEMPFAIL)
        self.assertEqual(self.changes(), [])

    def test_no_place_for_the_log(self):
        self.spam("bob@example.com", 60)
        folder = self.directory / "taken"
        folder.write_text("")
        result = self.run_program(["lock", *self.options(f"--state-dir={folder}/x"),
                                   "--unattended"])
        self.assertNotEqual(result.status, 0)
        self.assertEqual(self.changes(), [])


class Variants(ControlCase):
    """What nobody knows about the API, one way and the other."""

    def lock_bob(self, status=0, kept=()):
        self.server.calls.clear()
        self.server.locked = [(*(one.split("=")[1] for one in WHO), name) for name in kept]
        return self.act("lock", *WHO, "--unattended", "bob@example.com", status=status)

    def test_shapes_of_the_list(self):
        others = [("example.com", "192.0.2.9", "bob@example.com"),
                  ("example.org", "192.0.2.1", "bob@example.com")]
        for shape in ("full", "three", "two", "at", "shown", "identity"):
            for quoting in ("none", "all", "needed"):
                for change in ({}, {"bom": True}, {"newline": "\r\n"}, {"header_line": True},
                               {"blanks": True}, {"warning": "The default is another."}):
                    with self.subTest(shape=shape, quoting=quoting, change=change):
                        self.server.locked_shape = shape
                        self.server.quoting = quoting
                        for name, value in ({"bom": False, "newline": "\n", "blanks": False,
                                             "header_line": False, "warning": ""} |
                                            change).items():
                            setattr(self.server, name, value)
                        # After a warning there must be something, or it could be an error.
                        kept = ["zed@example.com"] if "warning" in change else []
                        self.lock_bob(kept=kept)
                        self.assertEqual(self.locked(), [*kept, "bob@example.com"])
                        listed = self.act("locked", "--json").stdout
                        self.assertIn(b'"identity":"bob@example.com"', listed)
        self.server.locked = others
        self.act("lock", *WHO, "--unattended", "bob@example.com")
        self.assertEqual(len(self.server.locked), 3)

    def test_success(self):
        """It is what the list shows, whatever the answer was."""
        for answer in (b"", b"\n", b"\xef\xbb\xbf", b"OK\n", b"SUCCESS: locked", b"<br>",
                       b"ERROR: you may not", b"\x1b[2J", b"x" * 100000):
            for does in (True, False):
                with self.subTest(answer=answer[:20], does=does):
                    self.server.success = answer
                    self.server.change_does = does
                    result = self.lock_bob(0 if does else os.EX_UNAVAILABLE)
                    self.assertEqual(b": locked" in result.stdout, does)
                    self.assertEqual(self.changes(), [LOCK])
                    self.assertEqual(self.actions()[-1]["verified"], does)

    def test_faults_of_the_change(self):
        """None is a success; none leads to a second call."""
        wanted = {"401": os.EX_NOPERM, "302": os.EX_NOPERM, "403": os.EX_UNAVAILABLE,
                  "404": os.EX_UNAVAILABLE, "429": os.EX_TEMPFAIL, "500": os.EX_UNAVAILABLE,
                  "503": os.EX_TEMPFAIL, "sql": os.EX_UNAVAILABLE, "sql-200": os.EX_UNAVAILABLE,
                  "traceback": os.EX_UNAVAILABLE, "html": os.EX_UNAVAILABLE,
                  "html-as-text": os.EX_UNAVAILABLE, "error-text": os.EX_UNAVAILABLE,
                  "escape": os.EX_UNAVAILABLE, "cut": os.EX_TEMPFAIL, "reset": os.EX_TEMPFAIL,
                  "header": os.EX_PROTOCOL, "oversized": os.EX_UNAVAILABLE}
        for fault, status in wanted.items():
            with self.subTest(fault):
                self.server.fault = {LOCK: fault}
                result = self.lock_bob(status)
                self.assertEqual(self.changes(), [LOCK])
                self.assertNotIn(b": locked", result.stdout)
                self.assertNotIn("/elsewhere", str(self.server.calls))

    def test_faults_of_what_is_read(self):
        """Each says which call it was, by its name and once, and what came instead."""
        self.spam("bob@example.com", 60)
        calls = ("api_help", "api_list_domains", "api_find_outgoing_messages",
                 "api_count_outgoing_messages", LISTED)
        for call in calls:
            for fault in ("403", "503", "html", "html-as-text", "error-text", "cut"):
                with self.subTest(call=call, fault=fault):
                    self.server.fault = {call: fault}
                    result = self.run_program(["lock", *self.options(), "--unattended"])
                    self.assertNotEqual(result.status, 0)
                    text = result.stderr.decode()
                    self.assertEqual([text.count(one) for one in calls if one != call], [0] * 4)
                    self.assertEqual(text.count(call), 1, text)
                    if fault in ("html-as-text", "error-text"):
                        self.assertRegex(text, "'<!DOCTYPE html>|'ERROR: you may not do that'")
                    self.assertEqual(self.locked(), [])

    def test_why_counts_cannot_be_compared(self):
        self.spam("bob@example.com", 60)
        self.server.help = [line for line in api_server.HELP if "api_count" not in line]
        for words in (["lock", *self.options(), "--unattended"],
                      ["--log-search", *self.options(), "--since=1h", "-d"]):
            result = self.run_program(words)
            self.assert_status(result, os.EX_DATAERR)
            self.assertIn(b"the filter does not count: its list of calls (api_help) does not have "
                          b"api_count_outgoing_messages for this user\n", result.stderr)

    def test_done_although_the_answer_failed(self):
        for fault in ("500", "503", "sql", "html", "error-text", "cut", "reset", "header",
                      "traceback"):
            with self.subTest(fault):
                self.server.after = {LOCK: fault}
                result = self.lock_bob()
                self.assertIn(b": locked", result.stdout)
                self.assertEqual(self.changes(), [LOCK])

    def test_no_reading_back(self):
        """Then nothing is claimed, and the next run looks."""
        def broken_after_the_lock(server, name, query):
            server.fault = {LISTED: "500"} if server.named(LOCK) else {}
        self.server.on_call = broken_after_the_lock
        result = self.lock_bob(os.EX_UNAVAILABLE)
        self.assertIn(b"may have been locked", result.stderr)
        self.assertNotIn(b": locked", result.stdout)
        self.assertEqual([one["state"] for one in self.actions()], ["intended"])
        self.server.on_call = None
        self.server.fault = {}
        self.server.calls.clear()
        result = self.act("lock", *WHO, "--unattended", "bob@example.com")
        self.assertEqual(self.changes(), [])
        self.assertEqual([one["state"] for one in self.actions()], ["intended", "done"])
        self.assertIn(b"broken off", result.stderr)

    def test_faults_of_reading(self):
        wanted = {"401": os.EX_NOPERM, "302": os.EX_NOPERM, "403": os.EX_UNAVAILABLE,
                  "500": os.EX_UNAVAILABLE, "503": os.EX_TEMPFAIL, "sql": os.EX_UNAVAILABLE,
                  "sql-200": os.EX_UNAVAILABLE, "traceback": os.EX_UNAVAILABLE,
                  "html": os.EX_PROTOCOL, "html-as-text": os.EX_UNAVAILABLE,
                  "error-text": os.EX_PROTOCOL, "escape": os.EX_PROTOCOL,
                  "cut": os.EX_TEMPFAIL, "reset": os.EX_TEMPFAIL, "header": os.EX_PROTOCOL,
                  "oversized": os.EX_PROTOCOL}
        for fault, status in wanted.items():
            with self.subTest(fault):
                self.server.fault = {LISTED: fault}
                self.act("locked", status=status)
                self.server.fault = {"api_find_outgoing_messages": fault}
                self.spam("bob", 60)
                if fault != "oversized":    # to the log search a long answer is a reason to halve
                    self.act("lock", "--unattended", status=status)
                self.server.log.clear()
        self.assertEqual(self.changes(), [])

    def test_silence(self):
        self.server.fault = {LISTED: "silent"}
        self.act("locked", "--timeout=1", status=os.EX_TEMPFAIL)
        self.act("locked", "--deadline=1", status=os.EX_TEMPFAIL)

    def test_help(self):
        """Without a listing nothing is tried."""
        self.spam("bob@example.com", 60)
        for calls in ([], [line for line in api_server.HELP if LOCK not in line],
                      [line.replace("identity, username", "user") for line in api_server.HELP]):
            self.server.help = calls
            self.act("lock", "--unattended", *WHO, "bob@example.com", status=os.EX_UNAVAILABLE)
        self.server.help = [line for line in api_server.HELP if "unlock" not in line]
        self.server.locked = [("example.com", "192.0.2.1", "bob@example.com")]
        self.act("unlock", "--unattended", "--all", status=os.EX_UNAVAILABLE)
        self.assertEqual(self.changes(), [])
        self.server.help.append("api_lock_outgoing_identity_undo(domain, identity, username)")
        self.server.api_lock_outgoing_identity_undo = self.server.api_unlock_outgoing_identity
        self.act("unlock", "--unattended", "--all", "--call-unlock=api_lock_outgoing_identity_undo")
        self.assertEqual(self.locked(), [])
        self.server.help_as_html = True
        self.server.help = api_server.HELP
        self.act("lock", "--unattended", *WHO, "bob@example.com")
        self.assertEqual(self.locked(), ["bob@example.com"])

    def test_row_limits(self):
        """Counts are right whatever the filter's limit is, or the run says that they are not."""
        for i in range(300):
            self.server.log.append(api_server.row(self.now - 5000 + 15 * i, f"u{i % 3}@x.example"))
        for inclusive in (True, False):
            for limit in (None, 299, 37, 1):
                with self.subTest(inclusive=inclusive, limit=limit):
                    self.server.to_date_inclusive = inclusive
                    self.server.row_limit = limit
                    shown = self.act("lock", "--limit=99").stdout.decode()
                    self.assertEqual(re.findall(r"sent (\d+)", shown), ["100"] * 3)

    def test_counts_cut_short(self):
        self.server.log += [api_server.row(self.now - 60, "bob@example.com")] * 300
        self.server.row_limit = 60
        self.act("lock", "--unattended", status=os.EX_DATAERR)
        self.assertEqual(self.changes(), [])
        self.assertIn(b"sent 60", self.act("lock").stdout)
        self.server.row_limit = None
        self.server.help = [line for line in api_server.HELP if "count" not in line]
        self.act("lock", "--unattended", status=os.EX_DATAERR)
        self.assertEqual(self.changes(), [])

    def test_users_without_domain(self):
        self.server.user_shape = "alone"
        self.spam("bob@example.com", 60)
        self.act("lock", "--unattended")
        self.assertEqual(self.server.locked, [("example.com", "192.0.2.1", "bob@example.com")])

    def test_several_domains(self):
        self.server.domains = ["example.com", "example.org"]
        self.spam("bob", 60)
        self.spam("bob", 70, domain="example.org")
        self.act("lock", "--unattended")
        self.assertEqual(self.server.locked, [("example.org", "192.0.2.1", "bob"),
                                              ("example.com", "192.0.2.1", "bob")])
        self.act("unlock", "--unattended", "--domain=example.org")
        self.assertEqual(self.server.locked, [("example.com", "192.0.2.1", "bob")])

    def lose(self, call):
        """From now on the filter answers this call about the second of three domains otherwise."""
        def refuse(server, name, query):
            lost = name == call and query.get("domain") == "example.net"
            server.fault = {call: "error-text"} if lost else {}
        self.server.domains = ["example.com", "example.net", "example.org"]
        self.server.on_call = refuse

    def test_domain_that_cannot_be_asked_about(self):
        """The filter lists domains that send nothing: one of them must not save all the others."""
        self.lose("api_find_outgoing_messages")
        for domain in ("example.com", "example.net", "example.org"):
            self.spam("bob", 60, domain=domain)
        said = (b"1 of 3 domains cannot be asked about; the first: example.net: https://")
        result = self.act("lock", "--unattended", status=os.EX_UNAVAILABLE)
        self.assertIn(said, result.stderr)
        self.assertEqual([one[0] for one in self.server.locked], ["example.com", "example.org"])
        # Whether a name is also somebody else's there is not known.
        self.server.locked.clear()
        self.act("lock", "--unattended", "bob", status=os.EX_UNAVAILABLE)
        self.assertEqual(self.server.locked, [])
        # A report of the others, when that is asked for.
        report = ["--log-search", *self.options(), "--since=1h", "--group-by=Domain", "--csv=-"]
        for partial in ([], ["--partial"]):
            result = self.run_program([*report, *partial])
            self.assert_status(result, os.EX_PROTOCOL)
            self.assertIn(b"1 of 3 domains cannot be searched; the first: example.net: ",
                          result.stderr)
            self.assertEqual([b'"%s"' % domain in result.stdout
                              for domain in (b"example.com", b"example.net", b"example.org")],
                             [bool(partial), False, bool(partial)])

    def test_list_of_a_domain_that_cannot_be_asked_about(self):
        self.lose(LISTED)
        self.server.locked = [(domain, "192.0.2.1", "bob")
                              for domain in ("example.com", "example.net", "example.org")]
        result = self.act("locked", status=os.EX_UNAVAILABLE)
        self.assertEqual(result.stdout.count(b"bob"), 2)
        self.assertEqual(self.act("locked", "--json", status=os.EX_UNAVAILABLE).stdout, b"")
        self.act("unlock", "bob", "--unattended", status=os.EX_UNAVAILABLE)
        self.assertEqual(len(self.server.locked), 3)
        self.act("unlock", "--all", "--unattended", status=os.EX_UNAVAILABLE)
        self.assertEqual([one[0] for one in self.server.locked], ["example.net"])


class Unlock(ControlCase):

    def setUp(self):
        super().setUp()
        self.server.locked = [("example.com", "192.0.2.1", name + "@example.com")
                              for name in ("bob", "eve", "bobby")]

    def test_review(self):
        terminal = self.terminal("unlock", "--search=BOB*")
        question = "Do you wish to unlock this user? [y/N]"
        terminal.answer("bob@example.com (192.0.2.1@example.com) - " + question, "n")
        terminal.answer("bobby@example.com (192.0.2.1@example.com) - " + question, "y")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.locked(), ["bob@example.com", "eve@example.com"])

    def test_named(self):
        self.act("unlock", "--unattended", "eve@example.com")
        self.assertEqual(self.locked(), ["bob@example.com", "bobby@example.com"])
        self.act("unlock", "--unattended", "nobody@example.com", status=os.EX_DATAERR)
        self.act("unlock", "--unattended", *WHO, "nobody@example.com", status=os.EX_DATAERR)

    def test_name_of_several(self):
        """Of one name there may be two customers, and only one of them is meant."""
        self.server.domains.append("example.org")
        self.server.locked.append(("example.org", "192.0.2.2", "eve@example.com"))
        result = self.act("unlock", "--unattended", "eve@example.com", status=os.EX_DATAERR)
        self.assertIn(b"'eve@example.com' is the name of 2", result.stderr)
        self.assertEqual(self.changes(), [])
        self.act("unlock", "--unattended", "--domain=example.org", "eve@example.com")
        self.assertEqual(self.server.locked[1], ("example.com", "192.0.2.1", "eve@example.com"))
        self.assertEqual(len(self.locked()), 3)

    def test_refused(self):
        """Whom the filter does not unlock keeps nobody else locked."""
        def bob(server, name, query):
            refuses = query.get("identity") == "bob@example.com"
            server.fault = {name: "error-text"} if refuses else {}
        self.server.on_call = bob
        for more in (["--all"], [*WHO, "bob@example.com", "eve@example.com", "bobby@example.com"]):
            with self.subTest(more):
                locked = list(self.server.locked)
                result = self.act("unlock", "--unattended", *more, status=os.EX_UNAVAILABLE)
                self.assertIn(b"2 unlocked, 1 not, and 0 more left", result.stderr)
                self.assertEqual(self.locked(), ["bob@example.com"])
                self.server.locked = locked
        result = self.act("unlock", "--unattended", "--all", "--max-changes=2",
                          status=os.EX_UNAVAILABLE)
        self.assertIn(b"1 unlocked, 1 not, and 1 more left", result.stderr)

    def test_all(self):
        """Nobody unlocks everybody for want of a word."""
        config = self.directory / "config"
        config.write_text("[api]\ndomain = example.com\n")
        for more in ([], ["--username=192.0.2.1"], ["--max-changes=1"], [f"--config={config}"],
                     ["--all", "eve@example.com"], ["--all", "--search=*"], ["--all", "--undo"]):
            with self.subTest(more):
                self.act("unlock", "--unattended", *more, status=os.EX_USAGE)
        self.assertEqual(self.server.connections, 0)
        self.act("unlock", "--unattended", "--all", "--max-changes=2", status=os.EX_TEMPFAIL)
        self.assertEqual(len(self.locked()), 1)
        # Where somebody is asked, each is.
        terminal = self.terminal("unlock")
        terminal.answer("Do you wish to unlock this user? [y/N]", "y")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.locked(), [])

    def test_nothing_to_undo(self):
        """It may be in another folder, that of the unit which locks at night."""
        self.server.locked = [("example.com", "192.0.2.1", "before")]
        result = self.act("unlock", "--undo", "--unattended")
        self.assertIn(b"the log of actions has nobody whom lock has locked", result.stderr)
        self.assertEqual(self.locked(), ["before"])

    def test_undo(self):
        self.server.locked = [("example.com", "192.0.2.1", "before")]
        self.spam("bob", 60)
        self.spam("eve", 60)
        self.act("lock", "--unattended")
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), ["before"])
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), ["before"])
        # An empty screen may mean anything.
        self.act("lock", "--unattended")
        self.server.locked = [one for one in self.server.locked if one[2] != "eve"]
        self.assertIn(b"1 of 2 that lock has locked is not locked any more\n",
                      self.act("unlock", "--undo", "--unattended", "-v").stderr)
        self.assertIn(b"none of the 1 in the list of locked identities is meant\n",
                      self.act("unlock", "--search=x*", "--unattended", "-v").stderr)
        self.act("unlock", "--undo", "bob", status=os.EX_USAGE)

    def test_listed_as_csv(self):
        self.server.locked.append(("example.com", "192.0.2.1", "=cmd|' /C calc'!A0"))
        self.server.quoting = "all"
        result = self.act("locked", "--csv=list.csv", files=["list.csv"])
        rows = result.rows("list.csv")
        self.assertEqual([row["Identity"] for row in rows][:3],
                         ["bob@example.com", "eve@example.com", "bobby@example.com"])
        self.assertTrue(rows[3]["Identity"].startswith("'="))


    def test_listed_in_one_form(self):
        """Two would be one of them in silence."""
        self.server.locked = [("example.com", "192.0.2.1", "bob")]
        for command in (["locked"], ["blacklist", "--list"], ["queue"]):
            for two in (["--csv=a", "--json=b"], ["--tsv", "--csv"], ["--tsv", "--json=-"]):
                result = self.act(*command, *two, status=os.EX_USAGE)
                self.assertIn(b"the list is written in one form", result.stderr)

    def test_outputs_of_the_configuration_are_the_reports(self):
        """Else a look at who is locked would take the place of the report of the day."""
        self.server.locked = [("example.com", "192.0.2.1", "bob")]
        report = self.directory / "report.json"
        report.write_text("the report\n")
        config = self.directory / "config"
        config.write_text(f"json = {report}\ncsv = {self.directory}/report.csv\n")
        config.chmod(0o600)
        for command in (["locked"], ["blacklist", "--list"], ["queue"]):
            result = self.act(*command, f"--config={config}")
            self.assertRegex(result.stdout.decode(), r"\A(Identity|Sender|ID) ")
            self.assertIn(b'","', self.act(*command, f"--config={config}", "--csv").stdout)
        self.assertEqual(report.read_text(), "the report\n")
        self.assertFalse((self.directory / "report.csv").exists())

    def test_listed_for_a_spreadsheet(self):
        """With its separator, and the mark that it wants."""
        result = self.act("locked", "--csv", "--delimiter=;", "--csv-bom")
        self.assertEqual(result.stdout.decode().splitlines()[0], '\ufeff"Identity";"User";"Domain"')
        self.assertIn(b'"bob@example.com";"192.0.2.1";"example.com"\r\n', result.stdout)
        result = self.act("locked", "--tsv", "--delimiter=;", "--csv-bom")
        self.assertTrue(result.stdout.startswith(b"Identity\tUser\tDomain\n"))


class BlacklistAndQueue(ControlCase):

    def test_blacklist(self):
        self.act("blacklist", *WHO, "--unattended", "a@example.com", "b@example.com")
        self.act("blacklist", *WHO, "--unattended", "--remove", "a@example.com")
        self.assertEqual(self.server.blacklist, [("example.com", "192.0.2.1", "b@example.com")])
        self.assertIn(b"b@example.com", self.act("blacklist", "--list").stdout)
        self.act("blacklist", "--list", "--remove", status=os.EX_USAGE)

    def test_blacklist_by_counting(self):
        self.spam("x", 60, sender="bad@example.com")
        self.spam("x", 60, sender="<>")
        self.spam("x", 40, sender="good@example.com")
        self.act("blacklist", "--limit=50", "--since=1h", "--unattended")
        self.assertEqual(self.server.blacklist, [("example.com", "192.0.2.1", "bad@example.com")])

    def test_blacklist_counts_the_log(self):
        """Whatever lock is to count: who is in the quarantine is no sender."""
        self.spam("x", 60, sender="bad@example.com")
        config = self.directory / "config"
        config.write_text("[api]\ncount = quarantine\n")
        self.act("blacklist", "--limit=50", "--unattended", f"--config={config}")
        self.assertEqual(self.server.blacklist, [("example.com", "192.0.2.1", "bad@example.com")])

    def test_blacklist_of_which_time(self):
        """Since when reports are, in a file, is not what --hours-ago says of this run."""
        self.server.log += [api_server.row(self.now - 5 * 3600 - i, "x", sender="old@example.com")
                            for i in range(60)]
        config = self.directory / "config"
        config.write_text("since = 7d\n")
        self.act("blacklist", "--hours-ago=2", "--unattended", f"--config={config}")
        self.assertEqual(self.changes(), [])
        for options, said in [
                (["--until=yesterday"], b"--until needs --since"),
                (["--since=7d", "--hours-ago=2"], b"one of --since and --hours-ago")]:
            result = self.act("blacklist", "--unattended", *options, status=os.EX_USAGE)
            self.assertIn(said, result.stderr)
        self.act("blacklist", "--since=1d", "--unattended", f"--config={config}")
        self.assertEqual(self.server.blacklist, [("example.com", "192.0.2.1", "old@example.com")])

    def test_blacklisted_without_a_user(self):
        """It cannot be named to the filter, stays where it is, and that is no success."""
        self.server.blacklist = [("example.com", "", "bad@example.com")]
        result = self.act("blacklist", "--remove", "--unattended", "bad@example.com",
                          status=os.EX_UNAVAILABLE)
        self.assertIn(b"cannot be named to the filter", result.stdout)
        self.assertIn(b"0 taken out, 1 not", result.stderr)
        # Who knows the user can say it.
        self.assertIn(b"name its --domain and --username", result.stdout)
        self.server.blacklist = [("example.com", "192.0.2.1", "bad@example.com")]
        self.act("blacklist", "--remove", *WHO, "--unattended", "bad@example.com")
        self.assertEqual(self.server.blacklist, [])

    def test_named_without_a_terminal(self):
        """Who is named is what was asked for: a script must not take nothing for success."""
        self.spam("bob@example.com", 3)
        self.server.blacklist = [("example.com", "192.0.2.1", "bad@example.com")]
        for words, done in ((["lock", "bob@example.com"], b"locked"),
                            (["blacklist", "--remove", "bad@example.com"], b"taken out")):
            result = self.act(*words, status=os.EX_USAGE)
            self.assertIn(b"nothing has been " + done, result.stderr)
        self.act("lock", *WHO, "--unattended", "bob@example.com")
        for words in (["unlock", "bob@example.com"], ["unlock", *WHO, "bob@example.com"]):
            self.assertIn(b"nothing has been unlocked",
                          self.act(*words, status=os.EX_USAGE).stderr)
        self.act("unlock", "--search=bob*")
        self.act("unlock", "nobody@example.com", status=os.EX_DATAERR)
        self.assertEqual(self.locked(), ["bob@example.com"])

    def queued(self):
        return [["example.com", "mx.example.net", f"1ZPhsl-0004Im-{i:02}", str(60 * i), "2000",
                 "" if i % 2 else "abuse@example.com", f"user{i}@example.net", "False"]
                for i in range(10)]

    def test_queue(self):
        self.server.queue = self.queued()
        self.assertEqual(len(self.act("queue").stdout.splitlines()), 11)
        self.assertEqual(len(self.act("queue", "--json", "--sender=<>").stdout.splitlines()), 5)
        result = self.act("queue", "--remove", "--sender=<>")
        self.assertIn(b"nothing has been removed", result.stderr)
        self.assertEqual(len(self.server.queue), 10)
        terminal = self.terminal("queue", "--remove", "--sender=<>", "--recipient=user3@example.net")
        terminal.answer("Do you wish to remove this 1 message from the queue? [y/N]", "y")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(len(self.server.queue), 9)
        self.act("queue", "--remove", "--sender=<>", "--unattended", "--max-changes=3",
                 status=os.EX_TEMPFAIL)
        self.act("queue", "--remove", "--sender=<>", "--unattended", "--max-changes=3")
        self.assertEqual([one[5] for one in self.server.queue], ["abuse@example.com"] * 5)

    def test_queue_faults(self):
        self.server.queue = self.queued()
        self.server.change_does = False
        self.act("queue", "--remove", "--sender=<>", "--unattended", status=os.EX_UNAVAILABLE)
        self.server.change_does = True
        self.server.help = [line for line in api_server.HELP if "remove" not in line]
        self.act("queue", "--remove", "--sender=<>", "--unattended", status=os.EX_UNAVAILABLE)
        self.assertEqual(len(self.server.queue), 10)

    def test_queue_message_of_several_recipients(self):
        """It has a line for each of them, and is one message: one call, one change."""
        for i in (1, 2):
            for to in ("a", "b", "c"):
                self.server.queue.append(["example.com", "mx.example.net", f"1ZPhsl-0004Im-0{i}",
                                          "60", "2000", "", f"{to}@example.net", "False"])
        terminal = self.terminal("queue", "--remove", "--sender=<>")
        terminal.answer("Do you wish to remove these 2 messages from the queue? [y/N]", "y")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.changes(), ["api_remove_outgoing_queued_message"] * 2)
        self.assertIn("2 messages are out of the queue\n", terminal.text)

    def test_queue_refused_one(self):
        """A message that is under way, say, must not keep those behind it in the queue."""
        self.server.queue = self.queued()

        def refuse_first(server, name, query):
            stuck = query.get("message_id") == "1ZPhsl-0004Im-01"
            server.change_does = not stuck
            server.success = b"ERROR: it is locked\n" if stuck else b""
        self.server.on_call = refuse_first
        result = self.act("queue", "--remove", "--sender=<>", "--unattended",
                          status=os.EX_UNAVAILABLE)
        self.assertEqual([one[2][-2:] for one in self.server.queue if one[5] == ""], ["01"])
        self.assertIn(b"1ZPhsl-0004Im-01 is still in the queue; the filter said: "
                      b"'ERROR: it is locked'\n", result.stderr)
        self.assertIn(b"4 removed, 1 not, and 0 more left", result.stderr)
        self.assertEqual(result.stdout, b"4 messages are out of the queue\n")

    def test_queue_gone_by_itself(self):
        """What is gone although the filter has refused may have been delivered: both are said."""
        self.server.queue = self.queued()
        for says in (b"ERROR: no such \x1b[2J message\n", b"<html>\n"):
            self.server.success = says
            result = self.act("queue", "--remove", f"--recipient=user{says[0] % 7}@example.net",
                              "--unattended")
            self.assertRegex(result.stderr.decode(),
                             r"1ZPhsl-0004Im-0. is out of the queue, although the filter said: "
                             r"('ERROR: no such <U\+001B>|the answer is a page)")
            self.assertEqual(result.stdout, b"1 message is out of the queue\n")

    def test_queue_without_one_that_fits(self):
        self.server.queue = self.queued()
        terminal = self.terminal("queue", "--remove", "--sender=nobody@example.com")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("none of the 10 messages in the queue fits\n", terminal.text)

    def test_queue_that_cannot_be_read(self):
        """A line that nobody understands does not show that a message has gone."""
        def change_shape(server, name, query):
            if name.startswith("api_remove"):
                server.queue = [one[:5] if one[2] == query["message_id"] else one
                                for one in server.queue]
        self.server.queue = self.queued()
        self.server.change_does = False
        self.server.on_call = change_shape
        self.act("queue", "--remove", "--recipient=user1@example.net", "--unattended",
                 status=os.EX_UNAVAILABLE)
        self.assertEqual(self.actions()[-1]["state"], "failed")

    def test_queue_that_is_out_of_reach_afterwards(self):
        """It is open until a run can look."""
        def cut(server, name, query):
            if name.startswith("api_remove"):
                server.fault = {"api_get_outgoing_delivery_queue": "503"}
        self.server.queue = self.queued()
        self.server.on_call = cut
        self.act("queue", "--remove", "--recipient=user1@example.net", "--unattended",
                 status=os.EX_TEMPFAIL)
        self.assertEqual([one["state"] for one in self.actions()], ["intended"])
        self.server.on_call, self.server.fault = None, {}
        result = self.act("queue", "--remove", "--recipient=user1@example.net", "--unattended")
        self.assertIn(b"is not in the queue any more", result.stderr)
        self.assertEqual([one["state"] for one in self.actions()], ["intended", "done"])

    def test_api(self):
        self.assertIn(LOCK.encode(), self.act("api", "api_help").stdout)
        self.server.api_echo = lambda query: repr(sorted(query)).encode()
        self.act("api", "api_echo", "x=1", status=os.EX_USAGE)
        self.assertIn(b"'x'", self.act("api", "api_echo", "x=a&b=c", "--unattended").stdout)
        self.assertEqual(self.server.named("api_echo")[-1]["x"], "a&b=c")
        self.act("api", "api_echo", "x=", "--unattended", "--allow-empty")
        self.assertEqual(self.server.named("api_echo")[-1]["x"], "")

    def test_api_asks(self):
        self.server.api_echo = lambda query: b"done\n"
        terminal = self.terminal("api", "api_echo", "x=1\x1b[2J")
        terminal.answer("api_echo x=1<U+001B>[2J - Do you wish to make this call? [y/N]", "n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertEqual(self.server.calls, [])

    def test_api_is_logged(self):
        """With whom it was about, and without secrets; what it did nobody can say."""
        words = ["identity=bob@example.com", "domain=example.com", "username=192.0.2.1", "x=y z",
                 "new_password=k7Qx-secret"]
        self.server.api_echo = lambda query: b"done\n"
        self.act("api", "api_echo", *words, "--unattended")
        for one in self.actions():
            self.assertEqual((one["command"], one["domain"], one["username"], one["name"],
                              one["evidence"]),
                             ("api", "example.com", "192.0.2.1", "bob@example.com",
                              "api_echo identity=bob@example.com domain=example.com "
                              "username=192.0.2.1 x=y z new_password=***"))
        self.assertEqual([one["state"] for one in self.actions()], ["intended", "unknown"])

    def test_api_refuses(self):
        """What the other commands do not send, either; and nobody who is exempt."""
        lock = [LOCK, "domain=example.com", "username=x"]
        blacklist = "api_set_outgoing_sender_blacklist"
        for words in ([*lock, "identity=*"], [*lock, "identity=a\nb"], [*lock, "identity= "],
                      [*lock, "identity=" + "x" * 321],
                      [LOCK, "domain=example.com", "username=*", "identity=bob"],
                      [*lock, "identity=postmaster@example.com"],
                      [blacklist, "domain=example.com", "list=a@example.com,Postmaster@example.com"],
                      ["api_blacklist_outgoing_sender", "sender=postmaster@example.com"],
                      ["api_unblacklist_outgoing_sender", "sender=*"],
                      ["API_Lock_Outgoing_Identity", "identity=postmaster@example.com"],
                      ["api_lock_outgoing_identity", "IDENTITY=*"]):
            with self.subTest(words):
                self.act("api", *words, "--unattended", "--exempt=postmaster@*",
                         status=os.EX_USAGE)
        self.assertEqual(self.server.connections, 0)
        self.act("api", *lock[:2], "username=*", "identity=bob", "--all-users", "--unattended")
        self.assertEqual(self.server.locked, [("example.com", "*", "bob")])
        # Whoever is exempt may be set free.
        self.act("api", "api_unlock_outgoing_identity", *lock[1:],
                 "identity=postmaster@example.com", "--exempt=postmaster@*", "--unattended")


class Filters(ControlCase):
    """Two of them behind one name, as through tunnels."""

    def setUp(self):
        super().setUp()
        self.other = api_server.ApiServer(self.authority.certificate("good"))
        self.other.__enter__()
        self.addCleanup(self.other.__exit__, None, None, None)

    def test_each_has_its_log(self):
        """What was locked last at the one is not undone at the other, nor looked for there."""
        self.spam("bob", 60)
        self.other.log = [api_server.row(self.now - 60, "eve")] * 60
        first = self.options()
        second = [f"--api-host=localhost:{self.other.port}", *first[1:]]
        for options in (first, second):
            self.assert_status(self.run_program(["lock", *options, "--unattended"]), 0)
        self.assertEqual(len(list(self.state.glob("*/actions.jsonl"))), 2)
        self.act("unlock", "--undo", "--unattended")
        self.assertEqual(self.locked(), [])
        self.assertEqual([one[2] for one in self.other.locked], ["eve"])

    def test_one_of_them_is_meant(self):
        self.spam("bob", 60)
        result = self.act("lock", f"--api-host=localhost:{self.other.port}", "--unattended",
                          status=os.EX_USAGE)
        self.assertIn(b"--api-host is given twice: one run is of one filter", result.stderr)
        self.act("lock", self.options()[0], "--unattended")
        self.assertEqual(self.locked(), ["bob"])


class Connection(ControlCase):

    def other(self, kind):
        server = api_server.ApiServer(self.authority.certificate(kind))
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.server = server
        return server

    def test_untrusted(self):
        """The same help as of the quarantine's certificate, with the option that accepts it."""
        for kind in ("self-signed", "wrong-name", "expired"):
            with self.subTest(kind):
                server = self.other(kind)
                result = self.act("locked", status=os.EX_UNAVAILABLE)
                pin = re.search(r"--api-fingerprint=(spki:\w+)", result.stderr.decode())[1]
                self.assertEqual(pin, "spki:" + server.certificate.spki_fingerprint)
                self.assertIn(b"is not trusted", result.stderr)
                self.assertEqual(server.calls, [])
                self.act("locked", "--api-fingerprint=" + pin)
        self.act("locked", "--api-fingerprint=spki:" + "00" * 32, status=os.EX_UNAVAILABLE)
        self.act("locked", "--api-fingerprint=" + "00" * 32, status=os.EX_USAGE)

    def test_ca_file_is_trusted_alone(self):
        """Not beside the system's authorities, of which the server's is one here."""
        system = self.directory / "system"
        system.mkdir()
        for name in ("ours.pem", "ca-certificates.crt"):
            shutil.copy(self.authority.ca_file, system / name)
        wrapper = namespaces.private_mounts(
            f"mount --bind {shlex.quote(str(system))} /etc/ssl/certs && exec \"$@\"")
        if wrapper is None:
            self.skipTest("there are no namespaces here")
        other = certificates.Authority(self.directory / "other")
        self.act("locked", "--api-ca-file=" + other.ca_file, status=os.EX_UNAVAILABLE,
                 wrapper=wrapper)
        self.assertEqual(self.server.calls, [])
        without = [option for option in self.options() if "ca-file" not in option]
        self.assert_status(self.run_program(["locked", *without], wrapper=wrapper), 0)

    def test_unreachable(self):
        socket, closed = runner.closed_port()
        self.addCleanup(socket.close)
        for host, status in ((f"localhost:{closed}", os.EX_TEMPFAIL),
                             ("nowhere.invalid", os.EX_NOHOST)):
            result = self.run_program(["locked", f"--api-host={host}", *self.options()[1:]])
            self.assert_status(result, status)

    def test_plaintext(self):
        server = api_server.ApiServer()
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.server = server
        self.act("locked", "--api-plaintext")
        result = self.run_program(["locked", "--api-plaintext", "--api-host=api.example.com",
                                   *self.options()[1:]])
        self.assert_status(result, os.EX_USAGE)
        self.assertIn(b"--api-plaintext", result.stderr)
        self.act("locked", status=os.EX_UNAVAILABLE)

    def test_login(self):
        self.api_password.write_text("wrong\n")
        self.act("locked", status=os.EX_NOPERM)
        self.act("locked", "--api-user=a:b", status=os.EX_USAGE)

    def test_no_proxy_no_netrc(self):
        home = self.directory / "home"
        home.mkdir()
        (home / ".netrc").write_text("machine localhost login x password y\n")
        socket, closed = runner.closed_port()
        self.addCleanup(socket.close)
        proxy = f"http://127.0.0.1:{closed}"
        self.act("locked", environment={"https_proxy": proxy, "HTTPS_PROXY": proxy,
                                        "ALL_PROXY": proxy, "HOME": str(home)})

    def test_secrets(self):
        """Not in argv, trace, state or an answer that says them again."""
        self.server.success = self.server.text([api_server.PASSWORD])
        self.server.on_call = None
        result = self.act("lock", *WHO, "--unattended", "--trace", "bob")
        self.assertIn(b"GET /cgi-bin/api?call=api_lock", result.stderr)
        self.assertIn(b"Authorization: ***", result.stderr)
        basic = self.server.headers[0]["Authorization"].split()[1].encode()
        for file in self.state.rglob("*"):
            if file.is_file():
                self.assertNotIn(basic, file.read_bytes())
        self.assertNotIn(basic, result.stderr + result.stdout)
        for call in self.server.calls:
            self.assertNotIn(api_server.PASSWORD, str(call))

    def test_password_command(self):
        arguments = [one for one in self.options() if "password" not in one]
        result = self.run_program(["locked", *arguments,
                                   f"--api-password-command=cat '{self.api_password}'"])
        self.assert_status(result, 0)

    def test_no_core(self):
        """It would have the password."""
        def core_of(*command):
            process = subprocess.Popen(
                command, cwd=self.directory, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={"HOME": str(self.directory)},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)))
            self.wait_for_call()
            process.send_signal(signal.SIGABRT)
            status = os.waitpid(process.pid, 0)[1]
            process.returncode = os.waitstatus_to_exitcode(status)
            return os.WCOREDUMP(status)
        if runner.is_sanitized(runner.program()):
            self.skipTest("the sanitizer has handlers of its own")
        self.server.fault = {LISTED: "silent", "api_list_domains": "silent"}
        self.assertFalse(core_of(runner.program(), "locked", *self.options()))
        if not core_of("/bin/sleep", "60"):
            self.skipTest("nothing leaves a core file here")

    def test_check(self):
        shown = self.act("check").stdout.decode()
        self.assertIn("yes lock (api_lock_outgoing_identity)", shown)
        self.assertIn("spki:" + self.server.certificate.spki_fingerprint, shown)
        self.server.help = self.server.help[:1]
        self.assertIn("no  lock (api_lock_outgoing_identity)", self.act("check").stdout.decode())

    def test_signal(self):
        """It ends a call that says nothing, as everywhere."""
        self.server.fault = {LISTED: "silent"}
        process = subprocess.Popen([runner.program(), "locked", *self.options()],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={"HOME": str(self.directory), "PATH": "/usr/bin:/bin"} |
                                   runner.inherited())
        self.wait_for_call()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=control_case.PATIENCE)
        self.assertIn(process.returncode, (128 + signal.SIGTERM,))

    def test_signal_within_a_change(self):
        """The filter has the call: nobody knows what it makes of it, and that is said."""
        self.spam("bob@example.com", 60)
        self.server.queue = [["example.com", "mx.example.net", "1ZPhsl-0004Im-01", "60", "2000",
                              "a@example.com", "b@example.net", "False"]]
        for words, question, said in (
                (["lock"], QUESTION, "bob@example.com (192.0.2.1@example.com) may have been locked"),
                (["queue", "--remove", "--sender=a@example.com"],
                 "Do you wish to remove this 1 message from the queue? [y/N]",
                 "1ZPhsl-0004Im-01 may have been removed")):
            with self.subTest(words[0]):
                over = threading.Event()

                def interrupt(server, name, query, over=over):
                    if name.startswith(("api_lock", "api_remove")):
                        os.kill(terminal.pid, signal.SIGINT)
                        over.wait(60)
                self.server.on_call = interrupt
                terminal = self.terminal(*words)
                terminal.answer(question, "y")
                status = terminal.end()
                over.set()
                self.assertEqual(status, 128 + signal.SIGINT, terminal.text)
                self.assertIn(said + ": the next run that changes something looks", terminal.text)
                self.server.on_call = None

    def test_configuration(self):
        file = self.directory / "config"
        file.write_text(f"[api]\napi-host = localhost:{self.server.port}\n"
                        f"api-user = {api_server.USER}\n"
                        f"api-password-file = {self.api_password}\n"
                        f"api-ca-file = {self.authority.ca_file}\ndomain = example.com\n"
                        "exempt = postmaster@*\nexempt = abuse@*\n"
                        "[profile org]\ndomain = example.org\n")
        file.chmod(0o600)
        self.server.locked = [("example.com", "192.0.2.1", "bob"),
                              ("example.org", "192.0.2.1", "eve")]
        self.assertIn(b"bob", self.run_program(["locked", f"--config={file}"]).stdout)
        self.assertIn(b"eve", self.run_program(["locked", f"--config={file}",
                                                "--profile=org"]).stdout)

    def test_credential(self):
        folder = self.directory / "credentials"
        folder.mkdir()
        (folder / "api-password").write_text(api_server.PASSWORD)
        arguments = [one for one in self.options() if "password-file" not in one]
        result = self.run_program(["locked", *arguments],
                                  environment={"CREDENTIALS_DIRECTORY": str(folder)})
        self.assert_status(result, 0)


class OldNames(ControlCase):

    def old(self, name, *arguments, status=0):
        link = self.directory / name
        if not link.is_symlink():
            link.symlink_to(runner.program())
        result = subprocess.run(
            [link, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.directory), "LC_ALL": "C.UTF-8",
                 "QUARANTINE_REPORT_API_CA_FILE": self.authority.ca_file,
                 "LSAN_OPTIONS": runner.LSAN_OPTIONS} | runner.inherited())
        self.assertEqual(result.returncode, status, result)
        self.assertNotIn(api_server.PASSWORD.encode(), result.stdout + result.stderr)
        return result

    def test_lock_identity(self):
        self.spam("bob@example.com", 29)
        host = f"localhost:{self.server.port}"
        result = self.old("lock_identity", "-l", "25", host, api_server.USER, api_server.PASSWORD)
        self.assertIn(b"bob@example.com (192.0.2.1@example.com): sent 29 bad messages\n",
                      result.stdout)
        self.assertEqual(self.changes(), [])
        self.old("lock_identity.py", host, api_server.USER, api_server.PASSWORD, "--unattended",
                 "--limit=25", "--hours-ago=1", "-q", "-n", "5")
        self.assertEqual(self.locked(), ["bob@example.com"])
        self.assertEqual(self.server.calls[-1]["client_username"], "lock_identity")
        self.old("unlock_identity", host, api_server.USER, api_server.PASSWORD, "-s", "bob*",
                 "--client-username=night")
        self.assertEqual(self.server.calls[-1]["client_username"], "night")

    def test_old_usage(self):
        """What is wrong, and where the options are."""
        for words, says in ((["lock_identity", "localhost"],
                             "lock_identity takes HOSTNAME API_USERNAME [API_PASSWORD]"),
                            (["lock_identity", "--fast=s3cret", "h", "u"],
                             "lock_identity has no option '--fast', or it may mean several"),
                            (["unlock_identity", "-x", "h", "u"],
                             "unlock_identity has no option '-x'"),
                            (["lock_identity", "h", "u", "-l"], "--limit needs an argument"),
                            (["lock_identity", "h", "u", "--quiet=3"], "--quiet takes no argument"),
                            (["queue_remove_emails"], "Please specify the API server (-s) and the "
                             "API username (-u)")):
            with self.subTest(words):
                result = self.old(*words, status=os.EX_USAGE)
                self.assertEqual(result.stderr.decode(),
                                 f"quarantine-report: {says}\n"
                                 f"quarantine-report: Try '{words[0]} --help'.\n")
        self.assertTrue(self.old("lock_identity", "--help").stdout.startswith(
            b"Usage: lock_identity [options] HOSTNAME API_USERNAME [API_PASSWORD]\n"))

    def test_queue_remove_emails(self):
        """It asks for the password, since it has no option for it, and then once for all."""
        for options, left in ((["-f", "abuse@example.com"], [1]),
                              (["--to=b@example.net", "--from=abuse@example.com"], [0, 1])):
            self.server.queue = [["example.com", "mx.example.net", f"1ZPhsl-0004Im-{i:02}", "60",
                                  "2000", sender, "a@example.net", "False"]
                                 for i, sender in enumerate(("abuse@example.com", "x@example.com"))]
            link = str(self.directory / "queue_remove_emails")
            if not os.path.islink(link):
                os.symlink(runner.program(), link)
            terminal = Terminal([*options, "-s", f"localhost:{self.server.port}", "-u",
                                 api_server.USER], self.directory, link,
                                QUARANTINE_REPORT_API_CA_FILE=self.authority.ca_file)
            self.addCleanup(terminal.close)
            terminal.answer("Password:", api_server.PASSWORD)
            if len(left) == 1:
                terminal.answer("Do you wish to remove this 1 message from the queue? [y/N]", "y")
            self.assertEqual(terminal.end(), 0, terminal.text)
            self.assertNotIn(api_server.PASSWORD, terminal.text)
            self.assertEqual([int(one[2][-2:]) for one in self.server.queue], left)

    def test_usage(self):
        for name in ("lock_identity", "unlock_identity"):
            self.old(name, status=os.EX_USAGE)
            self.old(name, "a", "b", "c", "d", status=os.EX_USAGE)
            self.old(name, "--nonsense", status=os.EX_USAGE)
            self.assertIn(b"Usage: ", self.old(name, "--help").stdout)
        result = self.old("queue_remove_emails", status=os.EX_USAGE)
        self.assertIn(b"API server", result.stderr)

    def test_password_is_wiped_from_argv(self):
        self.server.fault = {"api_list_domains": "silent"}
        link = self.directory / "unlock_identity"
        link.symlink_to(runner.program())
        process = subprocess.Popen(
            [link, f"localhost:{self.server.port}", api_server.USER, api_server.PASSWORD],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"HOME": str(self.directory),
                 "QUARANTINE_REPORT_API_CA_FILE": self.authority.ca_file} | runner.inherited())
        try:
            self.wait_for_call()
            argv = subprocess.run(["ps", "-o", "args=", "-p", str(process.pid)],
                                  capture_output=True, check=False).stdout
            self.assertNotIn(api_server.PASSWORD.encode(), argv)
        finally:
            process.kill()
            process.wait()


class LogSearch(ControlCase):

    def report(self, *more, status=0, files=()):
        return self.act("report", "--log-search", "--since=3h", *more, status=status, files=files)

    def test_rows(self):
        self.server.quoting = "all"
        self.spam("bob, the \"b\"", 2, sender="bob@example.com", subject="Hi, all")
        self.spam("", 1, user="2001:db8::1", sender="<>")
        rows = self.report("--csv=a.csv", "--columns=Date,Return-Path,To,Identity,IP/Username,"
                           "Domain,Class,Subject,Source IP,Sender domain", "--raw-csv",
                           files=["a.csv"]).rows("a.csv")
        self.assertEqual(len(rows), 3)
        named = [row for row in rows if row["Return-Path"] == "bob@example.com"]
        self.assertEqual({(row["Identity"], row["To"], row["IP/Username"], row["Domain"],
                           row["Class"], row["Subject"], row["Source IP"], row["Sender domain"])
                          for row in named},
                         {('bob, the "b"', "victim@example.net", "192.0.2.1", "example.com",
                           "spam", "Hi, all", "192.0.2.1", "example.com")})

    def test_top(self):
        for i in range(5):
            self.spam(f"u{i}", 10 + i, sender=f"s{i}@example.com")
        shown = self.report("--group-by=Return-Path", "--top=2", "--json=-").stdout.decode()
        self.assertIn("s4@example.com", shown)
        self.assertIn("s3@example.com", shown)

    def test_classes(self):
        """A mistyped one finds nothing, which must not look like a day without spam."""
        self.spam("a", 3, classification="virus")
        result = self.report("--classification=viruss, spam", "--json=-")
        self.assertIn(b"--classification: 'viruss' is no class that is known here; did you mean "
                      b"'virus'?", result.stderr)
        result = self.report("--classification= virus , spam,", "--json=-")
        self.assertEqual(result.stderr, b"")
        self.assertEqual(len(result.stdout.splitlines()), 3)
        self.assertIn("virus,spam", [call.get("classification") for call in self.server.calls])

    def test_classes_and_domains(self):
        self.spam("a", 3, classification="virus")
        self.spam("b", 3, classification="locked")
        self.spam("c", 3, domain="example.org")
        self.assertEqual(len(self.report("--classification=virus", "--json=-").stdout
                             .splitlines()), 3)
        self.assertEqual(len(self.report("--domain=example.org", "--json=-").stdout
                             .splitlines()), 3)

    def test_limits(self):
        for i in range(200):
            self.server.log.append(api_server.row(self.now - 9000 + 10 * i, "x"))
        self.server.row_limit = 50
        self.assertEqual(len(self.report("--json=-").stdout.splitlines()), 200)
        self.server.log += [api_server.row(self.now - 9500, "x")] * 60
        result = self.report("--json=-", status=os.EX_DATAERR)
        self.assertIn(b"fewer lines than it counted", result.stderr)

    def test_strange_lines_are_counted(self):
        self.spam("bob", 3)
        self.spam("eve", 2, user="not a user")
        result = self.report("--json=-", status=os.EX_DATAERR)
        self.assertEqual(len(result.stdout.splitlines()), 3)
        self.assertIn(b"2 messages could not be read", result.stderr)

    def test_new_only(self):
        self.spam("bob", 3)
        more = ["--new-only", "--json=a.json"]
        self.report(*more, files=["a.json"])
        self.assertEqual(len(self.report(*more, files=["a.json"]).files["a.json"]
                             .splitlines()), 0)
        self.server.log.append(api_server.row(int(time.time()) - 1, "late"))
        result = self.report(*more, files=["a.json"])
        self.assertLessEqual(len(result.files["a.json"].splitlines()), 1)

    def test_faults(self):
        self.spam("bob", 3)
        for fault, status in (("401", os.EX_NOPERM), ("500", os.EX_UNAVAILABLE),
                              ("cut", os.EX_TEMPFAIL), ("html", os.EX_PROTOCOL)):
            self.server.fault = {"api_find_outgoing_messages": fault}
            result = self.report("--csv=a.csv", status=status)
            self.assertEqual(result.files, {})


if __name__ == "__main__":
    runner.main()
