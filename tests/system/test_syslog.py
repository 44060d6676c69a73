"""--syslog: each run leaves one line in the system's log, however it ends.

The program runs in a mount namespace whose /dev/log is a socket of the test.
"""

import pathlib
import re
import signal
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import namespaces  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, OUTGOING, TODAY, YESTERDAY, ZONE  # noqa: E402

USAGE, DATA, NOFOLDER, UNAVAILABLE, CREATE, IO, TEMPORARY, LOGIN = 64, 65, 66, 69, 73, 74, 75, 77

# Facility user (RFC 3164, 4.1.1), and levels.
INFO, ERR = 1 * 8 + 6, 1 * 8 + 3

DAY = [f"--date={YESTERDAY}", f"--timezone={ZONE}"]

# As syslog(3) of the C library sends it: priority, time, name and process.
MESSAGE = r"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d quarantine-report\[\d+\]: (.*)"
FIELD = r'(\w+)=("(?:[^"\\]|\\["\\])*"|[^\s"]+)'

SUMMARY = (r"(\d+) found, (\d+) reported, (\d+) filtered as bounces, (\d+) vanished, "
           r"(\d+) unreadable$")


class SyslogTest(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine):
        quarantine_case.load_samples(quarantine)

    def setUp(self):
        super().setUp()
        self.wrapper = namespaces.private_log(self.directory)
        if self.wrapper is None:
            self.skipTest("no mount namespace here to have a private /dev/log in")
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.log.close)
        self.log.bind(str(self.directory / "log"))

    def messages(self):
        """What has been logged, and not been asked for before."""
        found = []
        while True:
            try:
                found.append(self.log.recv(1 << 20, socket.MSG_DONTWAIT).rstrip(b"\0"))
            except BlockingIOError:
                return found

    def logged(self, arguments, status, **how):
        """The fields of the one line that the run leaves, as texts, and the run."""
        result = self.run_program([*arguments, "--syslog"], wrapper=self.wrapper, **how)
        self.assert_status(result, status)
        messages = self.messages()
        self.assertEqual(len(messages), 1, f"{messages}{result}")
        for secret in runner.secrets_of(runner.PASSWORD):
            self.assertNotIn(secret, messages[0], "the password is in the log")
        self.assert_printable(messages[0])
        self.assertNotIn(b"\n", messages[0])
        message = re.fullmatch(MESSAGE, messages[0].decode())
        self.assertTrue(message, messages)
        self.assertEqual(int(message[1]), INFO if status == 0 else ERR)
        self.assertRegex(message[2], rf"\A{FIELD}( {FIELD})*\Z")
        fields = re.findall(FIELD, message[2])
        self.assertEqual(len(dict(fields)), len(fields), "a name comes twice")
        self.assertEqual(fields[0], ("exit", str(status)))
        return {name: self.text(value) for name, value in fields}, result

    @staticmethod
    def text(value):
        return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] == '"' else value


class Success(SyslogTest):

    def test_fields(self):
        fields, result = self.logged([*self.trust(), *DAY, "-v", "--csv=-"], 0)
        self.assertEqual(list(fields), [
            "exit", "found", "reported", "filtered", "vanished", "unreadable", "missing", "bytes",
            "seconds", "tls", "since", "until", "host", "folder"])
        self.assertEqual((fields["host"], fields["folder"], fields["missing"]),
                         (self.quarantine.host, OUTGOING, "0"))
        self.assertEqual((fields["since"], fields["until"]),
                         (f"{YESTERDAY}T00:00:00+01:00", f"{TODAY}T00:00:00+01:00"))
        self.assertEqual(int(fields["reported"]), len(result.rows()))
        self.assertGreater(len(result.rows()), 0)
        self.assertGreater(int(fields["bytes"]), 100 * len(result.rows()))
        self.assertRegex(fields["seconds"], r"\A\d+\.\d{3}\Z")
        self.assertRegex(fields["tls"], r"\ATLSv1\.[23]\Z")

    def test_counts_are_those_of_all_folders(self):
        fields, result = self.logged([*self.trust(), *DAY, "-v", "-n", "-i", "-o", "--csv=-"], 0)
        summaries = re.findall(f"(?m){SUMMARY}", result.stderr.decode())
        self.assertEqual(len(summaries), 2)
        self.assertEqual(fields["folder"], f"{OUTGOING},{INCOMING}")
        self.assertEqual(
            [int(fields[name]) for name in
             ("found", "reported", "filtered", "vanished", "unreadable")],
            [sum(int(summary[i]) for summary in summaries) for i in range(5)])
        self.assertGreater(int(fields["filtered"]), 0)

    def test_without_tls(self):
        fields, _ = self.logged([*self.plain(), *DAY, "--csv=-"], 0)
        self.assertEqual(fields["tls"], "off")

    def test_profile(self):
        file = self.directory / "config"
        file.write_text(f"[profile west]\ntimezone = {ZONE}\nsyslog = yes\n"
                        f"state-dir = {self.directory}/state\n")
        fields, _ = self.logged([*self.trust(), f"--date={YESTERDAY}", f"--config={file}",
                                 "--profile=west", "--csv=-"], 0)
        self.assertEqual((fields["profile"], fields["exit"]), ("west", "0"))

    def test_only_when_asked(self):
        result = self.run_program([*self.trust(), *DAY, "--csv=-"], wrapper=self.wrapper)
        self.assert_status(result, 0)
        self.assertEqual(self.messages(), [])

    def test_a_line_for_each_run(self):
        for _ in range(3):
            self.logged([*self.trust(), *DAY, "--csv=-"], 0)

    def test_nobody_listens(self):
        """A report is worth more than its line in the log."""
        (self.directory / "log").unlink()
        result = self.run_program([*self.trust(), *DAY, "--csv=-", "--syslog"],
                                  wrapper=self.wrapper)
        self.assert_status(result, 0)
        self.assertGreater(len(result.rows()), 0)
        self.assertEqual(result.stderr, b"")


class Merge(SyslogTest):

    SAVED = "#,From,Identity\n1,a@example.com,a\n"
    MISSING = 'missing,"(missing: west.example.com: Connection refused)",\n'

    def merged(self, text, status):
        path = self.directory / "saved.csv"
        path.write_text(text)
        fields, _ = self.logged(["--merge", str(path), "--csv=-"], status)
        self.assertEqual((fields["saved"], fields["bytes"], fields["tls"]), ("1", "0", "none"))
        return fields

    def test_complete(self):
        self.assertNotIn("error", self.merged(self.SAVED, 0))

    def test_incomplete(self):
        fields = self.merged(self.SAVED + self.MISSING, DATA)
        self.assertEqual(fields["missing"], "1")
        self.assertIn("not complete when saved", fields["error"])


class Failure(SyslogTest):

    def local(self, port):
        return [*self.login(f"127.0.0.1:{port}"), "--tls=off", *DAY]

    def assert_failed(self, arguments, status, *words, **how):
        fields, result = self.logged(arguments, status, **how)
        said = result.stderr.decode()
        for word in words:
            self.assertIn(word, fields["error"])
        # There each line of it is a line of its own.
        self.assertIn(fields["error"].partition("<U+000A>")[0], said)
        self.assertEqual(list(fields)[-1], "error")
        return fields

    def test_refused(self):
        holder, port = runner.closed_port()
        with holder:
            fields = self.assert_failed(self.local(port), TEMPORARY, "Connection refused")
        self.assertEqual((fields["tls"], fields["bytes"], fields["missing"]), ("none", "0", "1"))

    def test_login_refused(self):
        self.password_file.write_text("wrong\n")
        self.touched = set()
        self.assert_failed([*self.trust(), *DAY], LOGIN)

    def test_untrusted_certificate(self):
        """What is said about it has several lines, the log has one."""
        self.assert_failed([*self.login(f"localhost:{self.quarantine.port_imaps}"), *DAY],
                           UNAVAILABLE)

    def test_hostile_server(self):
        with runner.Peer("login-refused-hostile.imap") as peer:
            fields, _ = self.logged(self.local(peer.port), LOGIN)
        self.assertIn("owned", fields["error"])

    def test_hostile_folder(self):
        folder = 'x" exit=0 y="\\%s%n'
        fields = self.assert_failed([*self.trust(), *DAY, f"--outgoing-folder={folder}"],
                                    NOFOLDER, folder)
        self.assertEqual(fields["folder"], folder)

    def test_no_password(self):
        """Before anybody is asked for anything."""
        fields = self.assert_failed(["-slocalhost", "--password-file=missing", *DAY], USAGE,
                                    "'missing'")
        self.assertEqual((fields["host"], fields["found"]), ("localhost", "0"))

    def test_outputs(self):
        self.assert_failed([*self.trust(), *DAY, "--csv=missing/report.csv"], CREATE)
        self.assert_failed([*self.trust(), *DAY, "--csv=/dev/full"], IO, "No space left")

    def test_signal(self):
        fields = self.assert_failed(
            [f"-slocalhost:{self.quarantine.port_imaps}", *DAY,
             "--password-command=kill -TERM $PPID; exec sleep 60"], 128 + signal.SIGTERM)
        self.assertEqual(fields["error"], "stopped by SIGTERM")

    def test_partial(self):
        holder, port = runner.closed_port()
        with holder:
            fields, result = self.logged(
                ["-s", f"localhost:{self.quarantine.port_imap}", *self.local(port), "-v",
                 "--partial", "--csv=-"], TEMPORARY)
        self.assertEqual((fields["host"], fields["missing"]), ("localhost,127.0.0.1", "1"))
        self.assertEqual(int(fields["reported"]), len(result.rows()) - 1)
        self.assertIn("Connection refused", fields["error"])


if __name__ == "__main__":
    runner.main()
