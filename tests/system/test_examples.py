"""The examples of the manual page and of README do what is said of them.

Each command behind "$ " (or behind the times of a crontab line) that calls the program is run by a
shell against a private quarantine. Only what a reader fills in is filled in: the names of the
server and of files, the password, the fingerprint.
"""

import datetime
import gzip
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import api_server  # noqa: E402
import certificates  # noqa: E402
import quarantine  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_arf  # noqa: E402
import test_maillog  # noqa: E402

SECONDS = 300
NAMES = ("quarantine-report", "retrieve_quarantine_info")

# "$ COMMAND" or "15 6 * * * COMMAND", and the lines that follow a backslash, a pipe or an "and".
COMMAND = re.compile(r"^ *(?:\$ |(?:[\d*/,-]+ ){5})((?:.*(?:\\|\||&&)\n)*.*)$", re.M)


def commands(text):
    return [command for command in COMMAND.findall(text)
            if any(re.search(rf"(?<![\w/.-]){name} ", command) for name in NAMES)]


def manual():
    text = (quarantine_case.TOP / "man/quarantine-report.1").read_text()
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", text, re.M | re.S)[1]
    return commands(section.replace(r"\(aq", "'").replace(r"\e", "\\"))


def readme():
    return commands((quarantine_case.TOP / "README").read_text())


def of_clickhouse(command):
    """test_clickhouse.py has the server for it."""
    return "clickhouse://" in command


class Examples(quarantine_case.QuarantineTest):

    @classmethod
    def fill(cls, quarantine_server):
        now = datetime.datetime.now(datetime.timezone.utc)
        cls.zone = quarantine_case.noon_zone()
        quarantine.load_samples(quarantine_server, quarantine_case.SAMPLES, now, cls.zone)
        quarantine_server.deliver("INBOX", test_arf.vendor().encode(),
                                  now - datetime.timedelta(days=1))

    def setUp(self):
        super().setUp()
        self.bin = self.directory / "bin"
        self.reports = self.directory / "reports"
        self.saved = self.directory / "saved"
        for directory in (self.bin, self.reports, self.saved):
            directory.mkdir()
        for name in NAMES:
            (self.bin / name).symlink_to(runner.program())
        # A password manager.
        self.script("journalctl", "echo '" + json.dumps({
            "__REALTIME_TIMESTAMP": "1795168801000000", "_HOSTNAME": "mail",
            "SYSLOG_IDENTIFIER": "postfix/smtpd",
            "MESSAGE": "0000AB: client=c[198.51.100.7], sasl_method=PLAIN, sasl_username=a@example.com"}) + "'")
        self.script("pass", f"cat {shlex.quote(str(self.password_file))}")
        (self.directory / "imap-password").write_text(runner.PASSWORD)
        (self.directory / "imap-password").chmod(0o600)

        # A profile, and somebody who takes mail.
        self.script("sendmail", "cat >/dev/null")
        configuration = self.directory / ".config/quarantine-report/config"
        configuration.parent.mkdir(parents=True)
        configuration.write_text(
            f"sendmail = {self.bin}/sendmail\n" + self.api() + self.filled_in(
                "imaphost = quarantine.example.com\n") + self.filled_in(
            "[profile west]\nimaphost = west.example.com\n"
            "[profile daily]\nimaphost = quarantine.example.com\nhtml = yes\n"))

        # What earlier runs have saved.
        self.run_example("quarantine-report -s quarantine.example.com --columns=all "
                         "--csv=/srv/saved/quarantine-outgoing-2026-11-19.csv "
                         "--json=/srv/saved/quarantine-outgoing-2026-11-20.jsonl")

        # Mail in files.
        message = (quarantine_case.SAMPLES / "outgoing/01-qmail-by-uid.eml").read_bytes()
        box = b"From a@example.com Thu Nov 20 13:45:00 2026\n" + message
        (self.saved / "message.eml").write_bytes(message)
        (self.saved / "backup.mbox.gz").write_bytes(gzip.compress(box))

        # Logs of mail servers.
        samples = quarantine_case.TOP / "samples"
        for day, name in enumerate(("mainlog.2.gz", "mainlog.1")):
            log = test_maillog.exim(day, day, day=8 + day).replace("2026-11", "2026-02").encode()
            (self.saved / name).write_bytes(gzip.compress(log) if name.endswith(".gz") else log)
        for name, sample in (("mainlog", "exim-mainlog"), ("mail.log", "postfix-mail.log"),
                             ("php-mail.log", "php-mail.log")):
            (self.saved / name).write_bytes((samples / sample).read_bytes())
        for host in ("web1", "web2"):
            (self.saved / "logs" / host).mkdir(parents=True)
            (self.saved / "logs" / host / "mainlog").write_text(
                test_maillog.exim(host[-1], int(host[-1])).replace("user@example.com", "user"))

    def api(self):
        """The filter, as README has it in the configuration."""
        (self.directory / "ca").mkdir()
        authority = certificates.Authority(self.directory / "ca")
        self.filter = api_server.ApiServer(authority.certificate("good"))
        self.filter.__enter__()
        self.addCleanup(self.filter.__exit__, None, None, None)
        self.filter.locked = [("promo.example", "mail", "offers@promo.example")]
        password = self.directory / "api-password"
        password.write_text(api_server.PASSWORD)
        password.chmod(0o600)
        return (f"[api]\napi-host = localhost:{self.filter.port}\n"
                f"api-user = {api_server.USER}\napi-password-file = {password}\n"
                f"api-ca-file = {authority.ca_file}\n")

    def script(self, name, text):
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def filled_in(self, command, seconds=2):
        """Whoever follows does so for some seconds."""
        port = self.quarantine.port_imap if "starttls" in command else self.quarantine.port_imaps
        for placeholder, value in (
                ("filter.example.com", f"localhost:{self.filter.port}"),
                ("--api-user=abuse", f"--api-user={api_server.USER}"),
                ("quarantine.example.com", f"localhost:{port}"),
                ("west.example.com", f"localhost:{port}"),
                ("east.example.com", f"127.0.0.1:{port}"),
                ("mail.example.com", f"localhost:{port}"),
                ("-u abuse ", f"-u {runner.USER} "),
                ("/var/log/exim4/mainlog", self.saved / "mainlog"),
                ("/var/lib/node_exporter/", f"{self.directory}/"),
                (" follow ", f" follow --deadline={seconds} "),
                ("message.eml", self.saved / "message.eml"),
                ("/backup/abuse.mbox.gz", self.saved / "backup.mbox.gz"),
                (" backup.mbox.gz", f" {self.saved}/backup.mbox.gz"),
                ("samples/", f"{quarantine_case.TOP}/samples/"),
                ("/srv/logs", self.saved / "logs"),
                (" mainlog", f" {self.saved}/mainlog"),
                (" mail.log", f" {self.saved}/mail.log"),
                (" php-mail.log", f" {self.saved}/php-mail.log"),
                ("/srv/caught", self.saved),
                ("/srv/reports", self.reports),
                ("/srv/saved", self.saved),
                ("/etc/quarantine-report/password", self.password_file),
                ("/etc/ssl/example-ca.pem", self.quarantine.ca_file),
                ("FINGERPRINT", self.quarantine.fingerprint),
                ("PASSWORD", shlex.quote(runner.PASSWORD))):
            command = command.replace(placeholder, str(value))
        return command

    def done_example(self, command, seconds=2):
        """Whoever gives no password has a credential; the system trusts the private authority."""
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": self.zone,
                       "HOME": str(self.directory), "SSL_CERT_FILE": str(self.quarantine.ca_file),
                       "CREDENTIALS_DIRECTORY": str(self.directory),
                       "LSAN_OPTIONS": runner.LSAN_OPTIONS}
        environment |= runner.inherited()
        return subprocess.run(["sh", "-c", self.filled_in(command, seconds)], cwd=self.reports,
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=SECONDS, start_new_session=True, check=False)

    def run_example(self, command):
        if " follow " in command:
            # So long that there is something to tell of.
            done = self.run_into_limit(
                lambda seconds: self.done_example(command, seconds),
                lambda done: done.returncode == 0 and (done.stdout or any(self.reports.iterdir())))
        else:
            done = self.done_example(command)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr.decode()}")
        # Those that would ask say that nobody is there.
        asks = re.search(r"quarantine-report (?:un)?lock ", command)
        if " -p " not in command and " -v" not in command and not asks:
            self.assertEqual(done.stderr, b"", command)
        return done.stderr if asks else done.stdout

    def check(self, found):
        for command in found:
            with self.subTest(command):
                said = self.run_example(command)
                written = {path: path.read_bytes() for path in self.reports.iterdir()}
                self.assertTrue(said or written, "it has told nothing")
                for path, report in written.items():
                    self.assertIn(b"\r\n" if path.suffix == ".csv" else b"\n", report)
                    path.unlink()

    def test_manual(self):
        found = manual()
        self.assertGreaterEqual(len(found), 10)
        self.check(found)

    def test_readme(self):
        found = [command for command in readme() if not of_clickhouse(command)]
        self.assertGreaterEqual(len(found), 5)
        self.check(found)

    # What those about logs answer, in their first row.
    ANSWERS = {
        "--group-by=Auth-User mainlog mainlog.1 mainlog.2.gz": "13 +65.0 +sales@shop.example",
        "--group-by='Login IP,Auth-User' mail.log": "3 +33.3 +\\(none\\) +(?:uid|33|\\(none\\))",
        "--group-by='Source IP,Return-Path' mail.log": "3 +33.3 +\\(none\\) +<www-data@mail.example.com>",
        "--failed-logins --group-by='Login IP' mail.log": "4 +100.0 +203.0.113.99",
        "--failed-logins --group-by=Auth-User mail.log": "2 +50.0 +office@example.com",
        "--group-by='PHP script' mainlog": "14 +77.8 +\\(none\\).*\n +4 +22.2 +/home/carl/public_html/wp-content/uploads",
        "--group-by='PHP script' mail.log php-mail.log": "6 +66.7 +\\(none\\).*\n +3 +33.3 +/srv/www/shop.example/contact.php",
        "--log-host=directory /srv/logs/*/mainlog": "1 +50.0 +user@web1 .*\n +1 +50.0 +user@web2",
    }

    def test_answers(self):
        commands = readme()
        for part, answer in self.ANSWERS.items():
            with self.subTest(part):
                [command] = [command for command in commands if command.endswith(part)]
                self.assertRegex(self.run_example(command).decode(), r"\A.*\n +" + answer)

    def test_yesterday_has_rows(self):
        """What everybody tries first."""
        [command] = [line for line in manual() if line.endswith("-d -o -n")
                     and line.startswith("quarantine-report")]
        self.assertGreater(len(self.run_example(command).splitlines()), 10)


if __name__ == "__main__":
    runner.main()
