"""Getting in and looking around: hosts, TLS modes, logins, folders, days of all zones."""

import base64
import datetime
import os
import pathlib
import re
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, NOW, OUTGOING, TODAY  # noqa: E402
from small_server import SmallServer  # noqa: E402

USAGE, NOFOLDER, NOHOST, UNAVAILABLE, TEMPORARY, LOGIN = 64, 66, 68, 69, 75, 77

DAY = ["--timezone=Europe/Berlin", f"--date={TODAY}"]

# Folders of other names, each with one message.
FOLDERS = ("Release & Train", "Entwürfe", 'Say "when"', "a\\b", "日本語 & more", "% and *", "INBOX")

# Users and passwords that a careless client sends wrongly.
USERS = {
    runner.USER: runner.PASSWORD,
    'quo"te': 'pa"ss"word""',
    "back\\slash\\": "\\pass\\word\\\\",
    "two words": " leading and trailing ",
    "per%cent%s": "%n%s%%d%20",
    "{3}": "{5+}",
    "jörg@example.com": "Grüße – 密码 🔑",
    b"j\xf6rg": b"\xff\xfe\x80 no UTF-8 \xc3",
    "u" * 900: "p" * 1000,
    "l" * 200: "ü\"\\ %" * 166 + "four",
}


def secret_file(test, password):
    path = test.directory / "other-password"
    path.write_bytes(password + b"\n")
    path.chmod(0o600)
    return f"--password-file={path}"


def forms_of(user, password):
    """The password as it might leak."""
    quoted = password.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return {password, quoted, base64.b64encode(password),
            quarantine_case.plain_secret(user, password)}


def hiding(*words):
    """A change for Relay: the server's capabilities without some."""
    def change(data):
        for word in words:
            data = data.replace(word, b"X" * len(word))
        return data
    return change


class SessionTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine.deliver(OUTGOING, b"From: one@example.com\n\n", NOW)

    def assert_one(self, result, sender="one@example.com"):
        self.assert_status(result, 0)
        self.assertEqual([row["From"] for row in result.rows()], [sender])

    def assert_no_form(self, data, user, password):
        for form in forms_of(user, password):
            self.assertNotIn(form, data, "a password leaks")


class Hosts(SessionTest):

    def test_unknown_host(self):
        name = "quarantine.invalid"
        try:
            socket.getaddrinfo(name, 993)
            self.skipTest(f"{name} has an address here")
        except socket.gaierror as error:
            if error.errno not in (socket.EAI_NONAME, socket.EAI_NODATA):
                self.skipTest(f"nobody here can say whether {name} is known: {error}")
        result = self.run_program([*self.login(name), *DAY, "--csv=-"])
        self.assert_status(result, NOHOST)
        self.assertIn(name.encode(), result.stderr)

    def test_no_server(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.run_program([*self.login(f"127.0.0.1:{port}"), *DAY, "--csv=new.csv"])
        self.assert_status(result, TEMPORARY)
        self.assertIn(b"127.0.0.1", result.stderr)

    def test_address_in_the_certificate(self):
        self.assert_one(self.run_program(
            [*self.trust("127.0.0.1"), *DAY, "--csv=-"]))

    def test_port_option(self):
        self.assert_one(self.run_program(
            [*self.login("localhost"), f"--port={self.quarantine.port_imaps}",
             f"--ca-file={self.quarantine.ca_file}", *DAY, "--csv=-"]))

    def test_fingerprint(self):
        for pin in (self.quarantine.fingerprint, "spki:" + self.quarantine.spki_fingerprint):
            self.assert_one(self.run_program(
                [*self.login(f"localhost:{self.quarantine.port_imaps}"), f"--fingerprint={pin}",
                 *DAY, "--csv=-"]))

    def test_old_cron_line(self):
        # The original's options only, but for the trust in the private server.
        result = self.run_program(
            ["-c", "-d", "-o", "-n", "-t", "-s", f"localhost:{self.quarantine.port_imaps}", "-u",
             runner.USER, "-p", runner.PASSWORD, f"--ca-file={self.quarantine.ca_file}",
             f"--since={TODAY}", "--until=2026-02-12"])
        self.assert_status(result, USAGE)  # a day and a span contradict each other
        result = self.run_program(
            ["-cdon", "-s", f"localhost:{self.quarantine.port_imaps}", "-u", runner.USER, "-p",
             runner.PASSWORD, f"--ca-file={self.quarantine.ca_file}", *DAY],
            files=[f"quarantine-outgoing-{TODAY}.csv"])
        self.assert_one(result)
        self.assertEqual(len(result.stderr.splitlines()), 1, f"one line of warning{result}")


class TlsModes(SessionTest):

    def test_starttls(self):
        self.assert_one(self.run_program(
            [*self.trust(port=self.quarantine.port_imap), "--tls=starttls", *DAY, "--csv=-"]))

    def test_starttls_without_trust(self):
        result = self.run_program(
            [*self.login(f"localhost:{self.quarantine.port_imap}"), "--tls=starttls", *DAY])
        self.assert_status(result, UNAVAILABLE)

    def test_off_on_loopback(self):
        for host in ("localhost", "127.0.0.1"):
            self.assert_one(self.run_program(
                [*self.login(f"{host}:{self.quarantine.port_imap}"), "--tls=off", *DAY,
                 "--csv=-"]))

    def test_off_elsewhere(self):
        result = self.run_program([*self.login("mail.example.com"), "--tls=off", *DAY])
        self.assert_status(result, USAGE)
        self.assertIn(b"--allow-plaintext", result.stderr)

    def test_implicit_at_a_plain_port(self):
        result = self.run_program([*self.trust(port=self.quarantine.port_imap), *DAY])
        self.assert_status(result, UNAVAILABLE)


class NoLoginWithoutTls(SessionTest):
    """LOGINDISABLED stands in the capabilities until TLS is there (RFC 3501, 6.2.3)."""

    SERVER = {"plaintext": False}

    def test_refused(self):
        with quarantine_case.Relay(self.quarantine.port_imap, host=self.quarantine.host) as relay:
            result = self.run_program([*self.plain(relay.port), *DAY, "--csv=new.csv"])
        self.assert_status(result, UNAVAILABLE, LOGIN)
        self.assertNotRegex(bytes(relay.client), rb"(?i)LOGIN|AUTHENTICATE")
        self.assertRegex(result.stderr.decode(), "(?i)tls", f"what helps is TLS{result}")

    def test_starttls(self):
        self.assert_one(self.run_program(
            [*self.trust(port=self.quarantine.port_imap), "--tls=starttls", *DAY, "--csv=-"]))


class NoTlsAtAll(SessionTest):

    SERVER = {"tls": False}

    def test_starttls_refused(self):
        with quarantine_case.Relay(self.quarantine.port_imap) as relay:
            result = self.run_program(
                [*self.login(f"localhost:{relay.port}"), "--tls=starttls", *DAY])
        self.assert_status(result, UNAVAILABLE)
        self.assertNotRegex(bytes(relay.client), rb"(?i)LOGIN|AUTHENTICATE")

    def test_off(self):
        self.assert_one(self.run_program([*self.plain(), *DAY, "--csv=-"]))


class Logins(SessionTest):

    SERVER = {"users": USERS, "mechanisms": "plain"}

    @classmethod
    def fill(cls, quarantine):
        for number, user in enumerate(quarantine.users):
            quarantine.deliver(OUTGOING, b"From: user%d@example.com\n\n" % number, NOW, user)

    def setUp(self):
        super().setUp()
        self.touched = set(self.quarantine.users)

    def as_each(self, connect, *options):
        """A run as each user, which shows that user's message: (user, password, result)."""
        for number, (user, password) in enumerate(self.quarantine.users.items()):
            with self.subTest(user=user[:40]):
                # The last -u and --password-file count.
                result = self.run_program(
                    [*connect, "-u", os.fsdecode(user), secret_file(self, password), *DAY,
                     "--csv=-", *options])
                self.assert_one(result, f"user{number}@example.com")
                self.assert_no_form(result.stderr, user, password)
                yield user, password, result

    def relay(self, *hide):
        return quarantine_case.Relay(self.quarantine.port_imap, hiding(*hide))

    def test_authenticate_plain(self):
        for _ in self.as_each(self.trust()):
            pass

    def test_authenticate_plain_is_used(self):
        with self.relay() as relay:
            for user, password, _ in self.as_each(self.plain(relay.port)):
                # The initial response is for lines of a usual length.
                secret = quarantine_case.plain_secret(user, password)
                self.assertRegex(bytes(relay.client), b"AUTHENTICATE PLAIN%s%s\r\n" % (
                    b" " if len(secret) < 100 else b"(?: |\r\n)", re.escape(secret)))
        self.assertNotIn(b" LOGIN ", bytes(relay.client))

    def test_authenticate_plain_without_initial_response(self):
        with self.relay(b"SASL-IR") as relay:
            for user, password, _ in self.as_each(self.plain(relay.port)):
                self.assertIn(b"AUTHENTICATE PLAIN\r\n" +
                              quarantine_case.plain_secret(user, password) + b"\r\n",
                              bytes(relay.client))

    def test_login(self):
        with self.relay(b"AUTH=PLAIN") as relay:
            for _ in self.as_each(self.plain(relay.port)):
                pass
        self.assertIn(b" LOGIN ", bytes(relay.client))
        self.assertNotIn(b"AUTHENTICATE", bytes(relay.client))

    def test_login_without_literal_plus(self):
        with self.relay(b"AUTH=PLAIN", b"LITERAL+") as relay:
            for _ in self.as_each(self.plain(relay.port)):
                pass
        self.assertIn(b" LOGIN ", bytes(relay.client))

    def test_trace_holds_no_secret(self):
        for hide in ((), (b"SASL-IR",), (b"AUTH=PLAIN",)):
            with self.relay(*hide) as relay:
                for user, password, result in self.as_each(self.plain(relay.port), "--trace"):
                    self.assertIn(b"EXAMINE", result.stderr, "this is no trace")
                    self.assert_no_form(result.stderr, user, password)

    def test_trace_over_tls(self):
        for _, _, result in self.as_each(self.trust(), "--trace"):
            self.assertIn(b"EXAMINE", result.stderr)

    def test_wrong_password(self):
        for hide in ((), (b"AUTH=PLAIN",)):
            with self.relay(*hide) as relay:
                for options in ([], ["-v"], ["--trace"]):
                    result = self.run_program(
                        [*self.plain(relay.port), secret_file(self, b"wr0ng-Secret"), *DAY,
                         "--csv=new.csv", *options])
                    self.assert_status(result, LOGIN)
                    self.assertIn(runner.USER.encode(), result.stderr)
                    self.assert_no_form(result.stderr, runner.USER.encode(), b"wr0ng-Secret")

    def test_wrong_user(self):
        result = self.run_program(
            [*self.trust(), "-u", "nobody@example.com", *DAY, "--csv=new.csv"])
        self.assert_status(result, LOGIN)

    def test_line_breaks_are_refused(self):
        # A line break would end the command and begin another.
        for password in (b"one\ntwo", b"one\rtwo", b"one\r\r", b"two\n", b"n\0ul",
                         b'x"\r\n2 DELETE Caught'):
            with self.subTest(password=password), self.relay(b"AUTH=PLAIN") as relay:
                result = self.run_program(
                    [*self.plain(relay.port), secret_file(self, password), *DAY,
                     "--csv=new.csv"])
                self.assert_status(result, USAGE)
                self.assertNotRegex(bytes(relay.client), rb"(?i)LOGIN|DELETE")
        for user in ("one\ntwo", "one\r", 'x"\r\n2 DELETE Caught'):
            with self.subTest(user=user), self.relay(b"AUTH=PLAIN") as relay:
                result = self.run_program(
                    [*self.plain(relay.port), "-u", user, *DAY, "--csv=new.csv"])
                self.assert_status(result, USAGE)
                self.assertNotRegex(bytes(relay.client), rb"(?i)LOGIN|DELETE")

    def test_exactly_one_newline_is_stripped(self):
        path = self.directory / "bare"
        path.write_bytes(runner.PASSWORD.encode())
        path.chmod(0o600)
        self.assert_one(self.run_program(
            [*self.trust(), f"--password-file={path}", *DAY, "--csv=-"]), "user0@example.com")

    def test_command(self):
        self.assert_one(self.run_program(
            [arg for arg in self.trust() if not arg.startswith("--password")] +
            [f"--password-command=cat '{self.password_file}'", *DAY, "--csv=-"]),
            "user0@example.com")


class GiantLogin(SessionTest):
    """Dovecot lets a user of 1,000 characters in, but then chokes on its own configuration."""

    USER, PASSWORD = b"u" * 1000, b"p" * 1000
    # A process that has served another user is past that.
    SERVER = {"users": {runner.USER: runner.PASSWORD, USER: PASSWORD}, "mechanisms": "plain",
              "settings": "service imap {\n service_count = 1\n}\n"}
    UNSEEN = (USER,)

    def test_every_way(self):
        for hide in (b"SASL-IR", b"AUTH=PLAIN"):
            with self.subTest(hidden=hide), quarantine_case.Relay(
                    self.quarantine.port_imap, hiding(hide)) as relay:
                result = self.run_program(
                    [*self.plain(relay.port), "-u", self.USER.decode(),
                     secret_file(self, self.PASSWORD), *DAY, "--csv=new.csv"])
                self.assert_status(result, TEMPORARY)
                self.assertIn(b" OK Logged in", bytes(relay.server))
                self.assert_no_form(result.stderr, self.USER, self.PASSWORD)


class Folders(SessionTest):

    @classmethod
    def fill(cls, quarantine):
        super().fill(quarantine)
        for number, folder in enumerate(FOLDERS):
            quarantine.deliver(folder, b"From: f%d@example.com\n\n" % number, NOW)

    def test_names(self):
        for number, folder in enumerate(FOLDERS):
            for option in (["--outgoing-folder=" + folder], ["-i", "--incoming-folder=" + folder]):
                with self.subTest(folder=folder, option=option):
                    self.assert_one(self.quiet_report(*DAY, "--csv=-", *option),
                                    f"f{number}@example.com")

    def test_name_in_the_report(self):
        result = self.quiet_report(*DAY, "--csv=-", "--columns=Folder",
                                   "--outgoing-folder=日本語 & more")
        self.assertEqual(result.rows(), [{"Folder": "日本語 & more"}])

    def test_missing(self):
        for name in ("Nowhere", "Wo? Ä", 'quo"te', "back\\slash"):
            with self.subTest(name=name):
                result = self.report(*DAY, "--csv=new.csv", f"--outgoing-folder={name}",
                                     status=NOFOLDER)
                text = result.stderr.decode()
                self.assertIn(f"'{name}'", text)
                for folder in (OUTGOING, INCOMING, *FOLDERS):
                    self.assertIn(f"'{folder}'", text, "a folder that exists is not named")

    def test_missing_second(self):
        # The first folder was read by then; nothing of it may be left.
        result = self.report(*DAY, "-i", "-o", "--csv=new.csv", "--incoming-folder=Nowhere",
                             status=NOFOLDER)
        self.assertEqual(result.files, {})

    def test_hostile_names(self):
        for name in ('x"\r\n2 DELETE Caught', "line\nbreak"):
            result = self.report(*DAY, f"--outgoing-folder={name}", status=USAGE)
            self.assertTrue(result.stderr)


class Check(SessionTest):

    @classmethod
    def fill(cls, quarantine):
        super().fill(quarantine)
        for number in range(12):
            quarantine.deliver(INCOMING, b"From: %d@example.com\n\n" % number, NOW)
        quarantine.deliver("Entwürfe", b"From: draft@example.com\n\n", NOW)

    def test_output(self):
        result = self.report("--check")
        self.assertEqual(result.stderr, b"")
        text = result.stdout.decode()
        self.assert_printable(result.stdout)
        for word in ("localhost", f"'{runner.USER}'", "TLSv1.3", self.quarantine.fingerprint,
                     "spki:" + self.quarantine.spki_fingerprint, "IMAP4rev1",
                     "2099-12-31"):
            self.assertIn(word, text)
        counts = dict(re.findall(r"(?m)^ *(\d+)  (.+)$", text))
        self.assertEqual({name: int(count) for count, name in
                          re.findall(r"(?m)^ +(\d+)  (.+)$", text)},
                         {OUTGOING: 1, INCOMING: 12, "Entwürfe": 1, "Training Requested": 0,
                          "Release": 0, "Release & Train": 0, "Not Spam": 0, "Spam": 0,
                          "INBOX": 0}, counts)

    def test_starttls(self):
        result = self.run_program(
            [*self.trust(port=self.quarantine.port_imap), "--tls=starttls", "--check"])
        self.assert_status(result, 0)
        self.assertIn(self.quarantine.fingerprint, result.stdout.decode())

    def test_plain(self):
        result = self.run_program([*self.plain(), "--check"])
        self.assert_status(result, 0)
        self.assertIn("        12  Caught\n", result.stdout.decode())

    def test_wrong_password(self):
        result = self.report("--check", secret_file(self, b"wr0ng-Secret"), status=LOGIN)
        self.assertNotIn(b"wr0ng-Secret", result.stderr + result.stdout)

    def test_full_disk(self):
        result = self.report("--check", status=74,
                             wrapper=["sh", "-c", 'exec "$@" > /dev/full', "sh"])
        self.assertTrue(result.stderr)


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


# Days that are not what they seem: (zone, day, its first moment, the first moment after it).
DAYS = (
    ("Europe/Berlin", "2026-03-28", "2026-03-27T23:00", "2026-03-28T23:00"),
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
    ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00", "2026-03-30T22:00"),
    ("Europe/Berlin", "2026-10-24", "2026-10-23T22:00", "2026-10-24T22:00"),
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
    ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00", "2026-10-26T23:00"),
    ("UTC", "2026-03-29", "2026-03-29T00:00", "2026-03-30T00:00"),
    ("Pacific/Kiritimati", "2026-03-29", "2026-03-28T10:00", "2026-03-29T10:00"),  # UTC+14
    ("Pacific/Kiritimati", "2026-10-25", "2026-10-24T10:00", "2026-10-25T10:00"),
    ("Pacific/Niue", "2026-03-29", "2026-03-29T11:00", "2026-03-30T11:00"),  # UTC-11
    ("Pacific/Niue", "2026-10-25", "2026-10-25T11:00", "2026-10-26T11:00"),
    ("America/St_Johns", "2026-03-08", "2026-03-08T03:30", "2026-03-09T02:30"),
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", "2026-04-05T13:30"),  # half an hour
)

# Times of day in Berlin: (since, until, the moments they mean). 02:30 does not exist on one day
# and comes twice on the other, where the first is meant.
TIMES = (
    ("2026-03-29T02:30", "2026-03-29T04:00", "2026-03-29T01:00", "2026-03-29T02:00"),
    ("2026-10-25T02:30", "2026-10-25T03:00", "2026-10-25T00:30", "2026-10-25T02:00"),
    ("2026-10-25T01:00:00", "2026-10-25T02:30:01", "2026-10-24T23:00", "2026-10-25T00:30:01"),
)


class Days(SessionTest):
    """A day is a calendar day of the report's zone, whatever zone the server is in."""

    SERVER_ZONE = "UTC"

    @classmethod
    def fill(cls, quarantine):
        edges = {edge for _, _, *both in DAYS for edge in both}
        edges |= {edge for _, _, *both in TIMES for edge in both}
        second = datetime.timedelta(seconds=1)
        cls.whens = sorted({when for edge in edges
                            for when in (utc(edge) - second, utc(edge), utc(edge) + second)} |
                           {utc("2026-03-29T00:30") + datetime.timedelta(minutes=30 * n)
                            for n in range(6)} |
                           {utc("2026-10-24T23:30") + datetime.timedelta(minutes=30 * n)
                            for n in range(8)})
        for number, when in enumerate(cls.whens):
            quarantine.deliver(OUTGOING, b"From: %d@example.com\n\n" % number, when)

    @classmethod
    def setUpClass(cls):
        # Dovecot hands the zone on to its processes, which compare the days of SEARCH in it.
        before = os.environ.get("TZ")
        os.environ["TZ"] = cls.SERVER_ZONE
        try:
            super().setUpClass()
        finally:
            if before is None:
                del os.environ["TZ"]
            else:
                os.environ["TZ"] = before

    def reported(self, *options):
        result = self.quiet_report("--csv=-", "--columns=From", *options)
        return [self.whens[int(row["From"].partition("@")[0])].isoformat()
                for row in result.rows()]

    def between(self, first, after):
        return [when.isoformat() for when in self.whens if utc(first) <= when < utc(after)]

    def test_days(self):
        for zone, day, first, after in DAYS:
            with self.subTest(zone=zone, day=day):
                wanted = self.between(first, after)
                self.assertIn(utc(first).isoformat(), wanted)
                self.assertEqual(self.reported(f"--timezone={zone}", f"--date={day}"), wanted)

    def test_times(self):
        for since, until, first, after in TIMES:
            with self.subTest(since=since, until=until):
                self.assertEqual(
                    self.reported("--timezone=Europe/Berlin", f"--since={since}",
                                  f"--until={until}"), self.between(first, after))

    def test_dates_are_local(self):
        """The column Date shows the zone's clock and its distance from UTC."""
        for zone, distance in (("Europe/Berlin", "+02:00"), ("Pacific/Kiritimati", "+14:00"),
                               ("Pacific/Niue", "-11:00")):
            result = self.quiet_report("--csv=-", "--columns=Date", f"--timezone={zone}",
                                       "--since=2026-10-24", "--until=2026-10-25")
            for row in result.rows():
                self.assertTrue(row["Date"].startswith("2026-10-24T"), row)
                self.assertTrue(row["Date"].endswith(distance), row)


class GoodBye(runner.SystemTest):

    def test_the_report_does_not_wait(self):
        """It has its name before LOGOUT is sent."""
        report = self.directory / "report.csv"
        seen, came = [], threading.Event()

        def log_out(_):
            seen.append(report.exists())
            came.set()
            return ["* BYE see you", "{tag} OK done"]

        with SmallServer() as server:
            server.answers.append(("LOGOUT", log_out))
            result = self.run_program(
                [*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--since=2024-03-15",
                 "--timezone=UTC", f"--csv={report}"])
            # The program does not wait for long.
            self.assertTrue(came.wait(quarantine_case.PATIENCE))
        self.assert_status(result, 0)
        self.assertEqual(seen, [True])


class OddFolders(runner.SystemTest):
    """What a server calls its folders goes into no command but as a name."""

    def check(self, *names):
        """--check of a server with these folders, each name a literal; the commands it got."""
        lines = [f'* LIST () "/" {{{len(name)}}}\r\n{name}' for name in names]
        with SmallServer() as server:
            server.answers.append(("LIST", lines))
            result = self.run_program([*self.login(f"127.0.0.1:{server.port}"), "--tls=off",
                                       "--check"])
        self.assert_status(result, 0)
        return result.stdout.decode(), server.commands

    def test_commands_in_names(self):
        for name in ("x\r\nA1 RENAME Caught Release\r\nA2 NOOP", "x\nA1 NOOP", "x\rA1 NOOP",
                     "\r\n", "x\x00y", "x\x7f", "x" * 4096):
            with self.subTest(name[:10]):
                text, commands = self.check("Caught", name, "INBOX")
                self.assertEqual({command.split()[0] for command in commands} -
                                 {"AUTHENTICATE", "LIST", "STATUS", "LOGOUT"}, set())
                asked = [command for command in commands if command.startswith("STATUS")]
                for command in asked:
                    self.assertRegex(command, r'^STATUS "(Caught|INBOX|x{4096})" \(MESSAGES\)$')
                self.assertIn("         3  Caught\n", text)
                self.assertIn("         3  INBOX\n", text)

    def test_too_long_to_be_sent(self):
        """Whole or not at all."""
        text, commands = self.check("y" * 9000, "INBOX")
        self.assertFalse([command for command in commands if "yyy" in command])
        self.assertIn("         3  INBOX\n", text)
        self.assertRegex(text, r"\n +\?  ")


class DaysOfAServerFarEast(Days):

    SERVER_ZONE = "Pacific/Kiritimati"


class DaysOfAServerFarWest(Days):

    SERVER_ZONE = "Pacific/Niue"


if __name__ == "__main__":
    runner.main()
