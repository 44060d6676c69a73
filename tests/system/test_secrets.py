"""A server that repeats what it was told at login: the password is on its way nowhere.

Not as it is, not quoted, not in the response of AUTHENTICATE; not on standard output or error, in
the trace, a file, a letter or the system's log.
"""

import base64
import email
import email.policy
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import namespaces  # noqa: E402
import runner  # noqa: E402

DAY = ["--date=2024-03-15", "--timezone=UTC"]

# Every output escapes something of it; MARK is the same in all of them.
MARK = "kLm3Marker"
PASSWORD = f'Zq7-{MARK} "x\\y%s<&>'

QUOTED = '"' + PASSWORD.replace("\\", "\\\\").replace('"', '\\"') + '"'
RESPONSE = base64.b64encode(f"\0{runner.USER}\0{PASSWORD}".encode()).decode()

# What the trace shows of a line, and an error of its text: cut there, a part would be left.
CUTS = (256, 2048)

ECHOES = {
    "as it is": PASSWORD,
    "quoted": QUOTED,
    "the login line": f'1 LOGIN "{runner.USER}" {QUOTED}',
    "the response": RESPONSE,
    "the line of AUTHENTICATE": f"1 AUTHENTICATE PLAIN {RESPONSE}",
    "twice": f"{PASSWORD} {RESPONSE}{RESPONSE} {PASSWORD}{PASSWORD}",
    **{f"across {cut} bytes {mark}": "-" * (cut - before) + text
       for cut in CUTS for mark, text, before in (
           ("as it is", PASSWORD, 40), ("early", PASSWORD, 30), ("response", RESPONSE, 45))},
}

# Where a server can say it: {text} is what, escaped for a script.
AT_LOGIN = "on every @(LOGIN|AUTHENTICATE)*\n"
PLACES = {
    "NO": AT_LOGIN + "    S: {{tag}} NO you said {text}\nend\n",
    "NO with a code": AT_LOGIN + "    S: {{tag}} NO [AUTHENTICATIONFAILED] you said {text}\nend\n",
    "NO for a while": AT_LOGIN + "    S: {{tag}} NO [UNAVAILABLE] you said {text}\nend\n",
    "BAD": AT_LOGIN + "    S: {{tag}} BAD you said {text}\nend\n",
    "BYE": AT_LOGIN + "    S: * BYE you said {text}\n    close\nend\n",
    "untagged OK": AT_LOGIN + "    S: * OK you said {text}\n    default\nend\n",
    "alert": AT_LOGIN + "    S: * OK [ALERT] you said {text}\n    default\nend\n",
    "continuation": AT_LOGIN + "    S: + you said {text}\n    default\nend\n",
    "OK": AT_LOGIN + "    S: {{tag}} OK you said {text}\nend\n",
    "nonsense": AT_LOGIN + "    S: * {text}\n    default\nend\n",
    "NO to EXAMINE": "on every EXAMINE*\n    S: {{tag}} NO you said {text}\nend\n",
    "BYE in SEARCH": "on every UID SEARCH*\n    S: * BYE you said {text}\n    close\nend\n",
    "NO to FETCH": "on every UID FETCH*\n    S: {{tag}} NO you said {text}\nend\n",
    "greeting of the next connection":
        "connection\n    greeting\n    C: *\n    default\n    C: *\n    close\nend\n"
        "connection forever\n    S: * BYE you said {text}\n    close\nend\n",
}

SENDMAIL = '#!/bin/sh\ncat >"{0}/letter.$$"\n'


def script_text(text):
    return text.replace("\\", "\\\\")


def leaks(data):
    """Signs of the secret in what somebody may read."""
    found = [MARK] if MARK.encode() in data else []
    # No line is broken in it: base64 of a letter is decoded before.
    middle = RESPONSE[16:40].encode()
    return found + (["the response"] if middle in data else [])


class Secrets(runner.SystemTest):

    def setUp(self):
        super().setUp()
        self.password_file.write_text(PASSWORD + "\n")
        self.mail = self.directory / "mail"
        self.mail.mkdir()
        self.sendmail = self.directory / "sendmail"
        self.sendmail.write_text(SENDMAIL.format(self.mail))
        self.sendmail.chmod(0o700)

    def assert_silent(self, data, where, result):
        self.assertEqual(leaks(data), [], f"the password is in {where}{result}")

    def assert_kept(self, result):
        self.assertFalse(result.timed_out, f"it hangs{result}")
        self.assertIsNone(result.signal, f"it crashed{result}")
        for where, data in (("stdout", result.stdout), ("stderr", result.stderr),
                            *result.files.items()):
            self.assert_silent(data, where, result)
        for path in self.mail.glob("letter.*"):
            letter = path.read_bytes()
            self.assert_silent(letter, "a letter", result)
            for part in email.message_from_bytes(letter, policy=email.policy.default).walk():
                if not part.is_multipart():
                    self.assert_silent(part.get_payload(decode=True), "a letter's part", result)
                    self.assert_silent(str(part.items()).encode(), "a letter's header", result)
            path.unlink()

    def run_against(self, script, *options, good=False, **how):
        """With a second server that does as it should, if asked for."""
        with runner.Peer(text=script) as peer, runner.Peer() as other:
            hosts = [f"127.0.0.1:{peer.port}"] + ([f"127.0.0.1:{other.port}"] if good else [])
            return runner.run([*(f"-s{host}" for host in hosts), "-u", runner.USER,
                               f"--password-file={self.password_file}", "--tls=off", *DAY,
                               *options], **how)

    def check(self, place, echo, *options, **how):
        with self.subTest(place=place, echo=echo):
            text = script_text(ECHOES[echo])
            self.assert_kept(self.run_against(PLACES[place].format(text=text), *options, **how))

    def check_places(self, *options, **how):
        for place in PLACES:
            for echo in ("quoted", "the response"):
                self.check(place, echo, *options, **how)

    def test_places(self):
        self.check_places("-d", "-v", "--trace")

    def test_echoes(self):
        for echo in ECHOES:
            self.check("NO", echo, "-d")
            self.check("BYE", echo, "-d")
            self.check("untagged OK", echo, "-d", "--trace")

    def test_check(self):
        self.check_places("--check", "-v")

    def test_login_command(self):
        """By LOGIN, where AUTHENTICATE is not to be had."""
        for place, script in PLACES.items():
            with self.subTest(place=place):
                text = script_text(ECHOES["the login line"])
                self.assert_kept(self.run_against(
                    "capability IMAP4rev1\n" + script.format(text=text), "-d", "--trace"))

    def test_reports(self):
        """Where they say which server is missing, and why."""
        self.check_places("--partial", "--csv=r.csv", "--json=r.jsonl", "--html=r.html", good=True)
        self.check("NO", "as it is", "--partial", "--csv=r.csv", "--group-by=From",
                   "--identity-report=i.csv", good=True)

    def test_letters(self):
        """Reports that lack a server, and the notice that there is no report."""
        letter = [f"--sendmail={self.sendmail}", "--mail-to=noc@example.com"]
        self.check_places("--partial", "--csv=r.csv", "--json=r.jsonl", "--html=r.html", *letter,
                          good=True)
        for place in ("NO", "BYE in SEARCH"):
            self.check(place, "as it is", "--csv=r.csv", *letter)

    def test_new_only(self):
        state = f"--state-dir={self.directory}/state"
        for place, script in PLACES.items():
            with self.subTest(place=place):
                with runner.Peer(text=script.format(text=script_text(PASSWORD))) as peer:
                    self.assert_kept(runner.run(
                        [*self.login(f"127.0.0.1:{peer.port}"), "--tls=off", "--new-only", state,
                         f"--sendmail={self.sendmail}", "--mail-to=noc@example.com",
                         "--csv=r.csv"]))
        for path in (self.directory / "state").rglob("*"):
            if path.is_file():
                self.assert_silent(path.read_bytes(), path.name, "")

    def test_syslog(self):
        wrapper = namespaces.private_log(self.directory)
        if wrapper is None:
            self.skipTest("no mount namespace here to have a private /dev/log in")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind(str(self.directory / "log"))
            log.settimeout(runner.RUN_TIMEOUT)
            for place in ("NO", "BAD", "BYE", "NO to EXAMINE"):
                with self.subTest(place=place):
                    result = self.run_against(
                        PLACES[place].format(text=script_text(PASSWORD)), "-d", "--syslog",
                        wrapper=wrapper)
                    self.assert_silent(log.recv(65536), "the system's log", result)

    def test_sendmail(self):
        """What sendmail says of a letter: it may have read the same file of passwords."""
        self.sendmail.write_text(f"#!/bin/sh\ncat >/dev/null\ncat {self.password_file} >&2\n"
                                 "exit 75\n")
        with runner.Peer() as peer:
            self.assert_kept(runner.run(
                [*self.login(f"127.0.0.1:{peer.port}"), "--tls=off", *DAY, "--csv=r.csv",
                 f"--sendmail={self.sendmail}", "--mail-to=noc@example.com"]))

    def test_the_rest_stays(self):
        """The server's own words are of use."""
        result = self.run_against(PLACES["NO"].format(text=script_text(PASSWORD) + " (sic)"), "-d")
        self.assertRegex(result.stderr.decode(), r"you said .*\(sic\)")

    def test_the_marks_are_marks(self):
        """So that a leak is seen."""
        for text in ECHOES.values():
            self.assertTrue(re.search(MARK, text) or leaks(text.encode()), text)


if __name__ == "__main__":
    runner.main()
