"""The private Dovecot of the other tests does what they believe of it."""

import hashlib
import imaplib
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from certificates import KINDS  # noqa: E402
from dovecot import as_bytes, find_dovecot  # noqa: E402
from quarantine import Quarantine, mutf7  # noqa: E402
from recorder import Recorder, imap_commands  # noqa: E402
import runner  # noqa: E402

MODULE = pathlib.Path(__file__).resolve().parent.parent / "support" / "quarantine.py"
OUTGOING = "Caught (Outgoing)"
NOON = 1_700_000_000
SIGNAL_SECONDS = 120
PATIENCE = 120
POLL_SECONDS = 0.01


class Server(unittest.TestCase):
    def test_odd_names_and_passwords(self):
        odd = ["global", 'a"b', "a\\b", "a'b", "100%", "%u %d", " both ends ", "ü", b"\xff\xfe",
               "{3}", "x" * 1000]
        with Quarantine(users={user: user for user in odd}) as quarantine:
            for user in odd:
                with self.subTest(user), quarantine.connect(user) as imap:
                    self.assertEqual(imap.state, "AUTH")

    def test_messages_keep_order_and_dates(self):
        with Quarantine() as quarantine:
            for number in range(100):
                quarantine.deliver(OUTGOING, b"Subject: %d\n\n" % number, NOON - number,
                                   flags="S" if number == 7 else "")
            quarantine.deliver("Release & Train", b"Subject: x\r\n\r\n", NOON)
            found = quarantine.flags_and_counts(OUTGOING)
            self.assertEqual(len(found["messages"]), 100)
            self.assertIn(b'UID 8 FLAGS (\\Seen \\Recent) INTERNALDATE "14-Nov-2023 22:13:13 +0000"',
                          found["messages"][7])
            self.assertEqual(len(quarantine.flags_and_counts("Release & Train")["messages"]), 1)
            with quarantine.connect() as imap:
                imap.select(f'"{OUTGOING}"', readonly=True)
                data = imap.fetch("1:*", "BODY.PEEK[HEADER.FIELDS (Subject)]")[1]
            self.assertEqual([item[1].split()[1] for item in data if isinstance(item, tuple)],
                             [b"%d" % number for number in range(100)])

    def test_changes_are_seen(self):
        with Quarantine() as quarantine:
            quarantine.deliver(OUTGOING, b"Subject: x\r\n\r\n", NOON)
            before = quarantine.flags_and_counts(OUTGOING)
            self.assertEqual(quarantine.flags_and_counts(OUTGOING), before)
            with quarantine.connect() as imap:
                imap.select(f'"{OUTGOING}"')  # not EXAMINE: takes \\Recent away
            self.assertNotEqual(quarantine.flags_and_counts(OUTGOING), before)

    def test_certificates(self):
        wrong = {"self-signed": "self-signed", "wrong-name": "Hostname mismatch",
                 "expired": "expired"}
        for kind in KINDS:
            with self.subTest(kind), Quarantine(certificate=kind) as quarantine:
                context = ssl.create_default_context(cafile=quarantine.ca_file)
                address = (quarantine.host, quarantine.port_imaps)
                if kind in wrong:
                    with self.assertRaisesRegex(ssl.SSLCertVerificationError, wrong[kind]):
                        imaplib.IMAP4_SSL(*address, ssl_context=context)
                else:
                    imaplib.IMAP4_SSL(*address, ssl_context=context).logout()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                with context.wrap_socket(socket.create_connection(address)) as connection:
                    der = connection.getpeercert(True)
                self.assertEqual(hashlib.sha256(der).hexdigest(), quarantine.fingerprint)

    def test_without_tls(self):
        for settings, starttls, disabled in (({}, True, False), ({"plaintext": False}, True, True),
                                             ({"tls": False}, False, False)):
            with self.subTest(settings), Quarantine(**settings) as quarantine, \
                    imaplib.IMAP4(quarantine.host, quarantine.port_imap) as imap:
                self.assertEqual("STARTTLS" in imap.capabilities, starttls)
                self.assertEqual("LOGINDISABLED" in imap.capabilities, disabled)
                quarantine.flags_and_counts(OUTGOING)

    def test_two_at_once(self):
        with Quarantine() as one, Quarantine() as other:
            self.assertNotEqual(one.port_imaps, other.port_imaps)
            one.deliver(OUTGOING, b"Subject: x\r\n\r\n", NOON)
            self.assertEqual(other.flags_and_counts(OUTGOING)["messages"], [])


class Records(unittest.TestCase):
    def test_recorder(self):
        for implicit in (True, False):
            with self.subTest(implicit), Quarantine(rawlog=True) as quarantine, \
                    Recorder(("127.0.0.1", quarantine.port_imap), quarantine.certificate,
                             implicit) as recorder:
                context = ssl.create_default_context(cafile=quarantine.ca_file)
                if implicit:
                    imap = imaplib.IMAP4_SSL("localhost", recorder.port, ssl_context=context)
                else:
                    imap = imaplib.IMAP4("localhost", recorder.port)
                    imap.starttls(context)
                password = as_bytes(quarantine.password)
                imap.authenticate("PLAIN", lambda _: b"\0global\0" + password)
                imap.select(f'"{OUTGOING}"', readonly=True)
                imap.uid("SEARCH", "ALL")
                imap.logout()
                begin = ["CAPABILITY"] if implicit else ["CAPABILITY", "STARTTLS", "CAPABILITY"]
                end = ["EXAMINE", "UID SEARCH", "LOGOUT"]
                self.assertEqual(recorder.commands(), begin + ["AUTHENTICATE"] + end)
                until = time.monotonic() + PATIENCE
                while self.logged(quarantine) != end and time.monotonic() < until:
                    time.sleep(POLL_SECONDS)    # the answer may be quicker than the log
                self.assertEqual(self.logged(quarantine), end)

    @staticmethod
    def logged(quarantine):
        return [name for name, _ in imap_commands(
            b"\r\n".join([*quarantine.rawlog_lines(), b""]))]

    def test_command_names(self):
        sent = (b'a LOGIN {9}\r\nb STORE\r\n {3+}\r\nx"\n\r\n1 AUTHENTICATE PLAIN\r\nAGZ=\r\n'
                b"b IDLE\r\nDONE\r\nc uid store 1 x\r\nd LOGOUT\r\n")
        self.assertEqual([name for name, _ in imap_commands(sent)],
                         ["LOGIN", "AUTHENTICATE", "IDLE", "DONE", "UID STORE", "LOGOUT"])

    def test_modified_utf7(self):
        # RFC 3501, 5.1.3
        self.assertEqual(mutf7("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-")
        self.assertEqual(mutf7("Release & Train"), "Release &- Train")


class Leftovers(unittest.TestCase):
    """Whatever ends it, no process and no directory stays."""

    def end_with(self, number):
        # A process of ours may have been started with SIGINT ignored.
        default = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        start = (f"{default}import sys, runpy; sys.argv = sys.argv[1:]; "
                 f"sys.path.insert(0, {str(MODULE.parent)!r}); "
                 f"runpy.run_path(sys.argv[0], run_name='__main__')")
        command = [sys.executable, "-B", "-c", start, str(MODULE), "sh", "-c",
                   'echo "$QUARANTINE_DIRECTORY"; exec sleep 100']
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            directory = pathlib.Path(process.stdout.readline().decode().strip())
            self.assertTrue(directory.is_dir())
            process.send_signal(number)
            self.assertEqual(process.wait(SIGNAL_SECONDS), 128 + number)
        self.assertFalse(directory.exists())
        self.assertEqual(servers_of(directory), [])

    def test_interrupted(self):
        self.end_with(signal.SIGINT)

    def test_terminated(self):
        self.end_with(signal.SIGTERM)

    def test_exception(self):
        with self.assertRaises(ZeroDivisionError):
            with Quarantine() as quarantine:
                raise ZeroDivisionError
        self.assertFalse(quarantine.directory.exists())
        self.assertEqual(servers_of(quarantine.directory), [])


def servers_of(directory):
    """The processes that work in the directory, though they had the time to end."""
    patience = time.monotonic() + PATIENCE
    while (found := working_in(directory)) and time.monotonic() < patience:
        time.sleep(POLL_SECONDS)
    return found


def working_in(directory):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(path).startswith(str(directory)):
                found.append(path.parent.name)
        except OSError:
            pass
    return found


if __name__ == "__main__":
    if find_dovecot() is None:
        print("SKIP: Dovecot is missing (Debian packages dovecot-core, dovecot-imapd)")
        sys.exit(77)
    runner.main()
