"""From the report to the lock and back: a private Dovecot with the samples, and the API server."""

import datetime
import email
import email.policy
import json
import os
import pathlib
import re
import shlex
import sys
import time
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import api_server
import control_case
import quarantine as quarantines
import quarantine_case
import runner

LOCK, UNLOCK = "Do you wish to lock this user? [y/N]", "Do you wish to unlock this user? [y/N]"


class Locking(quarantine_case.QuarantineTest):

    def setUp(self):
        super().setUp()
        self.server = api_server.ApiServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        password = self.directory / "api-password"
        password.write_text(api_server.PASSWORD + "\n")
        password.chmod(0o600)
        self.api = [f"--api-host=localhost:{self.server.port}", "--api-plaintext",
                    f"--api-user={api_server.USER}", f"--api-password-file={password}",
                    f"--state-dir={self.directory}/state"]


class FromReportToLock(Locking):

    @classmethod
    def fill(cls, quarantine):
        quarantines.load_samples(quarantine, quarantine_case.SAMPLES,
                                 datetime.datetime.now(zoneinfo.ZoneInfo("UTC")), "UTC")

    def setUp(self):
        super().setUp()
        self.shown = []

    def terminal(self, *words, answers=()):
        """Runs on a terminal, with an answer to each question; what was shown."""
        terminal = control_case.Terminal([words[0], *self.api, *words[1:]], self.directory)
        self.addCleanup(terminal.close)
        for question, answer in answers:
            terminal.answer(question, answer)
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.shown.append(terminal.text)
        return terminal.text

    def test_transcript(self):
        period = "--since=12d"
        report = self.quiet_report(period, "--group-by=Domain,IP/Username,Identity",
                                   "--min-count=2", "--json=-").stdout.decode()
        self.assertIn('"identity"', report)
        listed = self.run_program(["lock", *self.api, *self.trust(), "--limit=1",
                                   "--count=quarantine", "--hours-ago=300"]).stdout.decode()
        candidates = [line.partition(": sent ")[0] for line in listed.splitlines()
                      if ": sent " in line and " - " not in line]
        self.assertGreater(len(candidates), 1, listed)
        # Not one of which only an address is known.
        chosen = next(one for one in candidates if "@" in one.partition(" ")[0])
        text = self.terminal("lock", *self.trust(), "--limit=1", "--count=quarantine",
                             "--hours-ago=300",
                             answers=[(LOCK, "y" if one == chosen else "n")
                                      for one in candidates])
        self.assertIn(chosen + ": locked", text)
        self.assertIn("in the quarantine: ", text)
        self.assertEqual([f"{one[2]} ({one[1]}@{one[0]})" for one in self.server.locked],
                         [chosen])
        domain = f"--domain={self.server.locked[0][0]}"
        self.assertIn(self.server.locked[0][2], self.terminal("locked", domain))
        text = self.terminal("unlock", "--undo", answers=[(UNLOCK, "y")])
        self.assertIn(chosen + ": unlocked", text)
        self.assertEqual(self.server.locked, [])
        # It is what README shows; the terminal's text has a blank more before each answer.
        shown = [text.replace("]  ", "] ").strip("\n") for text in self.shown]
        self.assertEqual(self.in_readme(), dict(zip(
            ("lock --limit=1 --count=quarantine --hours-ago=300", "locked", "unlock --undo"),
            shown)))

    @staticmethod
    def in_readme():
        """The commands of "Shut it down" that show something, and what."""
        text = (quarantine_case.TOP / "README").read_text()
        text = text.partition("\nShut it down\n")[2].partition("\nIf you come from")[0]
        block = re.findall(r"^    \$ quarantine-report (.+)\n((?:    (?!\$).*\n)+)", text, re.M)
        return {command: re.sub("^    ", "", lines, flags=re.M).strip("\n")
                for command, lines in block if not command.endswith("\\")}

    def test_evidence_beside_the_log(self):
        """Of those whom the log names, by domain, user and identity."""
        listed = self.run_program(["lock", *self.api, *self.trust(), "--limit=1",
                                   "--count=quarantine", "--hours-ago=300"]).stdout.decode()
        first = next(line for line in listed.splitlines() if ": sent " in line)
        identity, _, rest = first.partition(": sent ")[0].rpartition(" (")
        user, _, domain = rest[:-1].rpartition("@")
        self.server.domains = [domain]
        self.server.log = [api_server.row(int(time.time()) - 60, identity, domain=domain,
                                          user=user)] * 3
        shown = self.run_program(["lock", *self.api, *self.trust(), "--limit=1",
                                  "--hours-ago=300"]).stdout.decode()
        self.assertIn("in the quarantine: ", shown)
        self.assertIn("sent 3 bad messages", shown)

    def test_letter(self):
        """Shows, for a shell, the command that would lock those who sent most."""
        mail = self.directory / "mail"
        sendmail = self.directory / "sendmail"
        sendmail.write_text(f"#!/bin/sh\ncat >{mail}\n")
        sendmail.chmod(0o700)
        more = ["--since=12d", "--mail-to=noc@example.com", f"--sendmail={sendmail}"]
        self.report(*more)
        self.assertNotIn("report lock", self.letter(mail))
        self.report(*more, *self.api)
        found = re.findall(r"^quarantine-report (lock --count=quarantine --hours-ago=\d+ -- .*)$",
                           self.letter(mail), re.M)
        self.assertGreater(len(found), 2, self.letter(mail))
        result = self.run_program(["lock", *self.api, *self.trust(), *shlex.split(found[0])[1:]])
        self.assert_status(result, os.EX_USAGE)     # nobody could be asked
        self.assertIn(shlex.split(found[0])[-1], result.stdout.decode())

    @staticmethod
    def letter(file):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        return message.get_body(("plain",)).get_content()

    def test_made_up(self):
        """Unattended nobody is locked by a name that no header has, which the filter does not know.

        Nor a web site or a script: a message says itself which one has sent it.
        """
        rows = [json.loads(line) for line in
                self.quiet_report("--since=12d", "--columns=all", "--json=-").stdout.splitlines()]
        made = {row["identity"] for row in rows if row.get("identity_kind") not in ("server", "system")
                and row["identity"] == f"{row.get('auth_user') or ''}@{row['identity'].rpartition('@')[2]}"}
        self.assertTrue(made)
        said = {row["identity"] for row in rows if row.get("identity_kind") in ("site", "script")}
        self.assertTrue(said)
        text = self.run_program(["lock", *self.api, *self.trust(), "--limit=0", "--hours-ago=300",
                                 "--count=quarantine", "--unattended", "--max-changes=1000"]
                                ).stdout.decode()
        for name in made | said:
            with self.subTest(name):
                self.assertRegex(text, re.escape(name) + r" \(.*(left to a person|cannot be named)")
        locked = {one[2] for one in self.server.locked}
        self.assertTrue(locked)
        self.assertEqual(locked & (made | said), set())

    def test_quarantine_out_of_reach(self):
        """Then nobody is locked."""
        result = self.run_program(["lock", *self.api, *self.login("127.0.0.1:1"), "--tls=off",
                                   "--limit=1", "--count=quarantine", "--unattended"])
        self.assert_status(result, os.EX_TEMPFAIL)
        self.assertEqual(self.server.locked, [])


class WhatMessagesSay(Locking):
    """An account that is named by a field which any script may write is left to a person."""

    FIELDS = {
        "victim1": "X-PHP-Filename: /home/victim1/public_html/a.php",
        "victim2": "X-Additional-Header: /home/victim2",
        "victim3@example.com": "X-Shop-Auth-User: victim3@example.com",
        # A server's own line names another.
        "victim4@example.com": ("Received: from pc (c.example.com [198.51.100.8])\n"
                                "\t(Authenticated sender: sent@example.com)\n"
                                "\tby c.example.com (Postfix) with ESMTPSA id 1; now\n"
                                "X-Login-Name: victim4@example.com"),
        "victim5@example.com": "X-Forwarded-For: victim5@example.com",
        # A process that handed the message in with that in it.
        "victim6@example.com": ("Received: by c.example.com (Postfix, from userid 1009) id 1; now\n"
                                "X-AuthUser: victim6@example.com"),
        "victim7@example.com": ("Received: by c.example.com (Postfix, from userid 1009) id 1; now\n"
                                "Received: from pc (pc.example.com [198.51.100.9])\n"
                                "\t(Authenticated sender: victim7@example.com)\n"
                                "\tby c.example.com (Postfix) with ESMTPSA id 2; now"),
        # A relay tells what a customer had in the message.
        "victim8@example.com": ("X-Sender-Id: panel|x-authsender|victim8@example.com\n"
                                "Received: from c.example.com (c.example.com [198.51.100.8])\n"
                                "\t(Authenticated sender: panel)\n"
                                "\tby relay.example.net (Postfix) with ESMTPA id 1; now\n"
                                "X-MailChannels-SenderId: panel|x-authsender|victim8@example.com\n"
                                "Received: from [198.51.100.9] (helo=pc) by c.example.com"
                                " with esmtpsa (Exim 4.98); now\n"
                                "X-Authenticated-Sender: c.example.com: bob@example.com"),
    }
    BELIEVED = {
        "login@example.com": "X-AuthUser: login@example.com",
        # The login in Received is the hosting server's at a relay, which says so.
        "relayed@example.com": ("X-Sender-Id: panel|x-authsender|relayed@example.com\n"
                                "Received: from c.example.com (c.example.com [198.51.100.8])\n"
                                "\t(Authenticated sender: panel)\n"
                                "\tby relay.example.net (Postfix) with ESMTPA id 1; now\n"
                                "X-MailChannels-SenderId: panel|x-authsender|relayed@example.com"),
    }

    @classmethod
    def fill(cls, quarantine):
        for field in [*cls.FIELDS.values(), *cls.BELIEVED.values()]:
            for number in range(3):
                quarantine.deliver(quarantine_case.OUTGOING, (
                    "Received: from c.example.com ([198.51.100.7]) by mail.example.com; now\n"
                    f"{field}\nSubject: {number}\nFrom: a@example.com\nTo: b@example.net\n"
                    "X-SpamExperts-Domain: example.com\nX-SpamExperts-Username: 198.51.100.7\n"
                    "X-SpamExperts-Outgoing-Class: spam\n"
                    "X-SpamExperts-Outgoing-Evidence: Combined (0.98)\n\n"
                ).encode(), time.time() - 60)

    def test_unattended(self):
        rows = [json.loads(line) for line in self.quiet_report(
            "--since=1d", "--json=-").stdout.splitlines()]
        self.assertEqual({row["identity"] for row in rows},
                         set(self.FIELDS) | set(self.BELIEVED))
        self.assertEqual({row["identity_kind"] for row in rows}, {"account"})
        text = self.run_program(["lock", *self.api, *self.trust(), "--limit=1", "--hours-ago=2",
                                 "--count=quarantine", "--unattended"]).stdout.decode()
        self.assertEqual({one[2] for one in self.server.locked}, set(self.BELIEVED))
        for name in self.FIELDS:
            self.assertRegex(text, re.escape(name) + r" \(.*left to a person")


if __name__ == "__main__":
    runner.main()
