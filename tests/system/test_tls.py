"""TLS: whom the program believes, and that it says nothing before.

The scripted IMAP peer speaks TLS with certificates made here by openssl(1).
Its log proves that no byte of the login was sent to a server that is refused.
"""

import datetime
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import certificates  # noqa: E402
import namespaces  # noqa: E402
import runner  # noqa: E402
from small_server import SmallServer, TlsRecords  # noqa: E402

UNAVAILABLE, TEMPORARY, PROTOCOL = 69, 75, 76

REPORT = "report.csv"
DAY = ["--date=2024-03-15", "--timezone=UTC"]

# Days from now that a certificate is valid from and until.
GOOD_DAYS = (-1, 30)


class Authority(certificates.Authority):
    """One that issues any certificate, also wrong ones."""

    def issue(self, label, names, days=GOOD_DAYS, subject="quarantine.example.net"):
        first, last = [(now() + datetime.timedelta(days=n)).strftime("%Y%m%d%H%M%SZ")
                       for n in days]
        return self._make(label, subject, (names, first, last, True), "server")


def self_signed(base, subject, names="DNS:localhost"):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject,
            "-addext", f"subjectAltName={names}", "-keyout", f"{base}.key", "-out", f"{base}.pem")
    return certificates.Certificate(f"{base}.pem", f"{base}.key")


def years(certificate):
    """The years of both its dates."""
    dates = openssl("x509", "-in", certificate.cert_file, "-noout", "-dates")
    return re.findall(rb"(\d{4}) GMT", dates)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


def with_colons(digest):
    return ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


def without_colons(data):
    return re.sub(rb"(?<=[0-9A-Fa-f]{2}):(?=[0-9A-Fa-f]{2})", b"", data).lower()


class Spoiled(TlsRecords):
    """Has something behind the answer that brings messages, which is no record."""

    def __init__(self, connection, certificate, behind):
        self.behind = b""
        super().__init__(connection, certificate)
        self.spoils = behind

    def _send(self):
        if self._out.pending:
            self._connection.sendall(self._out.read() + self.behind)

    def write(self, data):
        self.behind = self.spoils if b"BODY[" in data else b""
        super().write(data)


class TlsTest(runner.SystemTest):

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="qr-tls-")
        cls.addClassCleanup(directory.cleanup)
        cls.ca = Authority(pathlib.Path(directory.name) / "one")
        cls.other_ca = Authority(pathlib.Path(directory.name) / "two")
        cls.good = cls.ca.issue("good", "DNS:localhost,IP:127.0.0.1")

    def report(self, certificate, *options, host="localhost", script=None, peer_options=(),
               starttls=False, wrapper=()):
        """A run against a peer with this certificate: the result and the peer's record."""
        way = "--starttls" if starttls else "--tls"
        if certificate:
            peer_options = [way, certificate.cert_file, certificate.key_file, *peer_options]
        with runner.Peer(script, options=peer_options) as peer:
            result = self.run_program(
                [*self.login(f"{host}:{peer.port}"), *DAY, f"--csv={REPORT}",
                 *(["--tls=starttls"] if starttls else []), *options],
                files=[REPORT], wrapper=wrapper)
        return result, peer

    def assert_accepted(self, certificate, *options, **how):
        result, peer = self.report(certificate, *options, **how)
        self.assert_status(result, 0)
        self.assertEqual(len(result.rows(REPORT)), 3)
        self.assertTrue(peer.logins())
        self.assert_read_only(peer)
        return result, peer

    def assert_refused(self, certificate, *options, statuses=(UNAVAILABLE,), **how):
        result, peer = self.report(certificate, *options, **how)
        self.assert_status(result, *statuses)
        self.assertEqual(result.files, {})
        self.assertEqual(peer.logins(), [], f"a login was sent{result}")
        if not how.get("starttls"):
            self.assertEqual(peer.bytes_seen(), [], f"something was sent{result}")
        return result

    def assert_tells(self, result, certificate, *words):
        """The message has the reason, the names, the dates and the fingerprint."""
        for word in words:
            self.assertRegex(result.stderr.decode(), f"(?i){word}", str(result))
        for year in years(certificate):
            self.assertIn(year, result.stderr)
        self.assertIn(certificate.fingerprint.encode(), without_colons(result.stderr))

    def assert_explains(self, result, certificate, *words):
        """And the way out."""
        self.assert_tells(result, certificate, *words)
        pasted = re.search(rb"--fingerprint=((?:spki:)?[0-9A-Fa-f:]+)", result.stderr)
        self.assertTrue(pasted, f"no option to paste{result}")
        return pasted[0].decode()


class Refused(TlsTest):

    def test_self_signed(self):
        certificate = self_signed(self.directory / "self", "/CN=quarantine.example.net")
        result = self.assert_refused(certificate)
        option = self.assert_explains(result, certificate, "self-signed", "localhost",
                                      r"quarantine\.example\.net")
        self.assert_accepted(certificate, option)

    def test_wrong_name(self):
        certificate = self.ca.issue("wrong", "DNS:mail.example.com,DNS:mx.example.net")
        result = self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")
        option = self.assert_explains(result, certificate, "host ?name", r"mail\.example\.com",
                                      r"mx\.example\.net")
        self.assert_accepted(certificate, option)

    def test_name_in_subject_does_not_count(self):
        certificate = self.ca.issue("subject", "DNS:mail.example.com", subject="localhost")
        self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")

    def test_expired(self):
        certificate = self.ca.issue("expired", "DNS:localhost", days=(-800, -400))
        result = self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")
        option = self.assert_explains(result, certificate, "expired", "localhost")
        self.assertNotRegex(result.stderr.decode(), "(?i)self-signed|host ?name mismatch")
        # A pin accepts it, but the date is worth a warning.
        result, _ = self.assert_accepted(certificate, option)
        self.assertIn(years(certificate)[1], result.stderr)

    def test_not_yet_valid(self):
        certificate = self.ca.issue("early", "DNS:localhost", days=(400, 800))
        result = self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")
        self.assert_explains(result, certificate, "not yet valid")

    def test_unknown_authority(self):
        result = self.assert_refused(self.good)
        self.assert_explains(result, self.good, "issuer", "localhost")

    def test_other_authority(self):
        result = self.assert_refused(self.good, f"--ca-file={self.other_ca.ca_file}")
        self.assert_explains(result, self.good, "issuer")

    def test_several_failures(self):
        certificate = self.other_ca.issue("all", "DNS:mail.example.com", days=(-800, -400))
        result = self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")
        self.assert_explains(result, certificate, r"mail\.example\.com")

    def test_hostile_names(self):
        # run_program() sees to it that no control character gets through.
        certificate = self_signed(self.directory / "hostile",
                                  "/CN=x\x1b[2Jy\x07\nquarantine-report: ok")
        result = self.assert_refused(certificate)
        self.assertNotRegex(result.stderr, rb"(?m)^quarantine-report: ok")

    def test_many_names(self):
        """They are counted, and take nothing away from what helps."""
        names = ",".join(f"DNS:host{n}.example.com" for n in range(2500))
        certificate = self.ca.issue("many", names)
        result = self.assert_refused(certificate, f"--ca-file={self.ca.ca_file}")
        option = self.assert_explains(result, certificate, r"host0\.example\.com",
                                      r"host7\.example\.com, and 2492 more, subject")
        self.assert_accepted(certificate, option)

    def test_long_names(self):
        """Also when the text is as long as it can be."""
        label = "x" * 62
        names = ",".join(f"DNS:{n}.{label}.{label}.{label}.{n}" for n in range(20))
        certificate = self_signed(self.directory / "long", "".join(
            f"/OU={chr(ord('a') + n) * 60}" for n in range(20)), names)
        result = self.assert_refused(certificate)
        self.assert_explains(result, certificate, "self-signed", r"x\.\.\., and \d+ more")
        self.assertIn(b"accept it with", result.stderr)

    def test_tls_1_1(self):
        self.assert_refused(self.good, f"--ca-file={self.ca.ca_file}", peer_options=["--tls-1.1"])

    def test_tls_1_1_with_pin(self):
        self.assert_refused(self.good, f"--fingerprint={self.good.fingerprint}",
                            peer_options=["--tls-1.1"])

    def test_plain_server(self):
        # The first byte of a plain server is no handshake; ours begins with one all the same.
        with runner.Peer() as peer:
            result = self.run_program(
                [*self.login(f"localhost:{peer.port}"), *DAY, f"--csv={REPORT}"])
        self.assert_status(result, UNAVAILABLE)
        self.assertEqual(peer.logins(), [])

    def test_missing_ca_file(self):
        result, peer = self.report(self.good, f"--ca-file={self.directory}/none")
        self.assertNotEqual(result.status, 0)
        self.assertEqual(peer.bytes_seen(), [])
        self.assertIn(b"none: No such file or directory", result.stderr)

    def test_ca_file_without_certificates(self):
        for name, text in (("empty", ""), ("text", "no certificate\n")):
            (self.directory / name).write_text(text)
            result, _ = self.report(self.good, f"--ca-file={self.directory}/{name}")
            self.assertNotEqual(result.status, 0)
            self.assertNotIn(b"(null)", result.stderr)


class Pins(TlsTest):

    def pin(self, *texts):
        return [f"--fingerprint={text}" for text in texts]

    def test_certificate(self):
        self.assert_accepted(self.good, *self.pin(self.good.fingerprint))

    def test_colons_and_case(self):
        self.assert_accepted(self.good, *self.pin(with_colons(self.good.fingerprint).upper()))

    def test_public_key(self):
        self.assert_accepted(self.good, *self.pin("spki:" + self.good.spki_fingerprint))

    def test_public_key_with_colons_and_case(self):
        digest = with_colons(self.good.spki_fingerprint).upper()
        self.assert_accepted(self.good, *self.pin("SPKI:" + digest))

    def test_several(self):
        self.assert_accepted(self.good, *self.pin("00" * 32, "spki:" + "11" * 32,
                                                  self.good.fingerprint))

    def assert_alarms(self, result, certificate, *expected):
        """Unlike at the first contact nothing is offered to paste."""
        self.assert_tells(result, certificate, "not the one that was expected", *expected,
                          "may be an attack, or the certificate has been renewed")
        self.assertNotIn(b"--fingerprint=", result.stderr)
        self.assertNotIn(b"accept", result.stderr)

    def test_wrong(self):
        result = self.assert_refused(self.good, *self.pin("00" * 32))
        self.assert_alarms(result, self.good, "expected instead: 0{64}")
        result = self.assert_refused(self.good, *self.pin("spki:" + "11" * 32, "22" * 32,
                                                          "33" * 32))
        self.assert_alarms(result, self.good, "expected instead: spki:1{64}, or one of 2 more")

    def test_wrong_with_long_names(self):
        label = "x" * 62
        names = ",".join(f"DNS:{n}.{label}.{label}.{label}.{n}" for n in range(20))
        certificate = self_signed(self.directory / "long", "".join(
            f"/OU={chr(ord('a') + n) * 60}" for n in range(20)), names)
        self.assert_alarms(self.assert_refused(certificate, *self.pin("00" * 32)), certificate)

    def test_wrong_replaces_good_chain(self):
        # A pin that does not match is not made up for by a CA that does.
        self.assert_refused(self.good, f"--ca-file={self.ca.ca_file}", *self.pin("00" * 32))

    def test_kinds_are_not_mixed_up(self):
        self.assert_refused(self.good, *self.pin(self.good.spki_fingerprint))
        self.assert_refused(self.good, *self.pin("spki:" + self.good.fingerprint))

    def test_pin_of_the_authority_is_none_of_the_server(self):
        authority = hashlib.sha256(openssl("x509", "-in", self.ca.ca_file, "-outform", "DER"))
        self.assert_refused(self.good, *self.pin(authority.hexdigest()))


class Names(TlsTest):

    def trusted(self):
        return f"--ca-file={self.ca.ca_file}"

    def test_ca_file_and_sni(self):
        _, peer = self.assert_accepted(self.good, self.trusted())
        self.assertIn("1 sni: localhost", peer.log)

    def test_address_without_sni(self):
        _, peer = self.assert_accepted(self.good, self.trusted(), host="127.0.0.1")
        self.assertIn("1 sni: -", peer.log)

    def test_address_needs_an_address_name(self):
        certificate = self.ca.issue("dns-address", "DNS:127.0.0.1,DNS:localhost")
        result = self.assert_refused(certificate, self.trusted(), host="127.0.0.1")
        self.assert_explains(result, certificate, "IP address")

    def test_other_address(self):
        certificate = self.ca.issue("other-address", "IP:192.0.2.1,DNS:localhost")
        result = self.assert_refused(certificate, self.trusted(), host="127.0.0.1")
        self.assert_explains(result, certificate, r"192\.0\.2\.1")

    def test_wildcard_without_a_label(self):
        certificate = self.ca.issue("star", "DNS:*.localhost,DNS:*")
        self.assert_refused(certificate, self.trusted())

    def private_hosts(self, *names):
        """A command that runs another with these names at 127.0.0.1, in a mount namespace."""
        text = "127.0.0.1 localhost " + " ".join(names) + "\n"
        wrapper = namespaces.private_files(self.directory, {"/etc/hosts": text})
        if wrapper is None or subprocess.run([*wrapper, "getent", "hosts", names[0]],
                                             capture_output=True, check=False).returncode != 0:
            self.skipTest("cannot give names to the loopback address here")
        return wrapper

    def test_wildcards(self):
        certificate = self.ca.issue("wildcard", "DNS:*.example.net,DNS:q*.example.org")
        one, two, bare, partial = ("q1.example.net", "a.b.example.net", "example.net",
                                   "quarantine.example.org")
        wrapper = self.private_hosts(one, two, bare, partial)
        _, peer = self.assert_accepted(certificate, self.trusted(), host=one, wrapper=wrapper)
        self.assertIn(f"1 sni: {one}", peer.log)
        for host in (two, bare, partial):
            with self.subTest(host=host):
                self.assert_refused(certificate, self.trusted(), host=host, wrapper=wrapper)


class Starttls(TlsTest):

    def trusted(self):
        return f"--ca-file={self.ca.ca_file}"

    def test_accepted(self):
        _, peer = self.assert_accepted(self.good, self.trusted(), starttls=True)
        verbs = peer.verbs()
        self.assertLess(verbs.index("STARTTLS"), verbs.index("AUTHENTICATE"))
        # What a server said before the handshake proves nothing (RFC 3501, 6.2.1).
        self.assertIn("CAPABILITY", verbs[verbs.index("STARTTLS"):])

    def test_refused(self):
        result = self.assert_refused(self.good, starttls=True)
        self.assert_explains(result, self.good, "issuer")

    def test_leftover_bytes(self):
        self.assert_refused(self.good, self.trusted(), starttls=True,
                            script="starttls-leftover.imap", statuses=(UNAVAILABLE, PROTOCOL))

    def test_one_byte_records(self):
        self.assert_accepted(self.good, self.trusted(), script="one-byte-writes.imap")


class Stalls(TlsTest):

    def test_in_handshake(self):
        result = self.assert_refused(self.good, "--timeout=2", script="stall-greeting.imap",
                                     statuses=(TEMPORARY,))
        self.assertIn(b"no answer for 2 seconds", result.stderr)

    def test_behind_handshake(self):
        result = self.assert_refused(self.good, f"--ca-file={self.ca.ca_file}", "--timeout=2",
                                     script="stall-behind-handshake.imap", statuses=(TEMPORARY,))
        self.assertIn(b"no answer for 2 seconds", result.stderr)

    def test_end_in_data(self):
        # The end of a TLS connection without goodbye is an end like any other.
        result, _ = self.report(self.good, f"--ca-file={self.ca.ca_file}",
                                script="eof-in-literal-once.imap")
        self.assert_status(result, 0)
        self.assertEqual(len(result.rows(REPORT)), 3)

    def test_garbage_behind_an_answer(self):
        # It came in one packet with the answer, which counts nevertheless.
        for behind in (b"\x17\x03\x03\x00\x20" + b"x" * 32, b"no TLS at all"):
            with self.subTest(behind), SmallServer() as server:
                server.wrap = lambda connection, behind=behind: Spoiled(
                    connection, self.good, behind)
                result = self.run_program(
                    [*self.login(f"localhost:{server.port}"), f"--ca-file={self.ca.ca_file}", *DAY,
                     f"--csv={REPORT}"], files=[REPORT])
                self.assert_status(result, 0)
                self.assertEqual(len(result.rows(REPORT)), 3)
                self.assertEqual(server.connections, 1)


if __name__ == "__main__":
    runner.main()
