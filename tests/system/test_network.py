"""Names, addresses and silence: what happens before, and instead of, an answer of the server.

Other name services and addresses are made in namespaces; where there are none, those tests are
skipped. No time is measured: what must not be waited for is an hour away.
"""

import pathlib
import signal
import socket
import ssl
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import certificates  # noqa: E402
import namespaces  # noqa: E402
import runner  # noqa: E402

USAGE, NOHOST, UNAVAILABLE, TEMPORARY = 64, 68, 69, 75

REPORT = "report.csv"
DAY = ["--date=2024-03-15", "--timezone=UTC"]
NAME = "quarantine.example.com"

FILES_ONLY = {"/etc/nsswitch.conf": "hosts: files\n"}
DNS_ONLY = {
    "/etc/nsswitch.conf": "hosts: dns\n",
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n",
}


class NetworkTest(runner.SystemTest):

    def private(self, files, *more, **how):
        wrapper = namespaces.private_files(self.directory, files, *more, **how)
        return wrapper or self.skipTest("there are no namespaces here")

    def report(self, host, *options, **how):
        return self.run_program([*self.login(host), *DAY, f"--csv={REPORT}", *options],
                                files=[REPORT], **how)

    def assert_report(self, result):
        self.assert_status(result, 0)
        self.assertEqual(len(result.rows(REPORT)), 3)


class Addresses(NetworkTest):

    def hosts(self, *addresses):
        lines = [f"{address} {NAME}\n" for address in addresses]
        return {**FILES_ONLY, "/etc/hosts": "".join(lines)}

    def test_silent_address_first(self):
        """It holds up nobody, also when the connection must be made again."""
        for script, dead in ((None, "::1"), ("eof-in-literal-once.imap", "::1"),
                             (None, "127.0.0.2")):
            with self.subTest(script=script, dead=dead), runner.Peer(script) as peer:
                silent = namespaces.link("silent-address", dead, peer.port)
                wrapper = self.private(self.hosts(dead, "127.0.0.1"), *silent)
                result = self.report(f"{NAME}:{peer.port}", "--tls=off", "--allow-plaintext",
                                     "--timeout=3600", "--deadline=150", wrapper=wrapper)
                self.assert_report(result)

    def test_all_fail(self):
        holder, port = runner.closed_port()
        with holder:
            wrapper = self.private(self.hosts("::1", "127.0.0.1"))
            result = self.report(f"{NAME}:{port}", "--retries=0", wrapper=wrapper)
        self.assert_status(result, TEMPORARY)
        self.assertIn(f"{NAME} port {port}: ", result.stderr.decode())
        for address in (r"\[::1\]", r"127\.0\.0\.1"):
            self.assertRegex(result.stderr.decode(), f"{address}: cannot connect: ")


class NameService(NetworkTest):

    def look_up(self, *how, options=()):
        silent = namespaces.link("silent-dns", *how)
        wrapper = self.private(DNS_ONLY, *silent, net=True)
        return self.report(NAME, *options, wrapper=wrapper)

    def test_deadline(self):
        result = self.look_up(options=["--deadline=2"])
        self.assert_status(result, TEMPORARY)
        self.assertIn(f"cannot look up {NAME}: the deadline of the run has passed",
                      result.stderr.decode())

    def test_signal(self):
        result = self.look_up("terminate", options=["--deadline=0"])
        self.assert_status(result, 128 + signal.SIGTERM)


class Spellings(NetworkTest):

    def test_name_in_utf8(self):
        authority = certificates.Authority(self.directory / "ca")
        certificate = authority._make(
            "idn", "idn", ("DNS:xn--mller-kva.example", *certificates.KINDS["good"][1:3], True),
            "server")
        wrapper = self.private(
            {**FILES_ONLY, "/etc/hosts": "127.0.0.1 xn--mller-kva.example\n"})
        with runner.Peer(options=["--tls", certificate.cert_file, certificate.key_file]) as peer:
            result = self.report(f"Müller.example:{peer.port}", f"--ca-file={authority.ca_file}",
                                 "-v", wrapper=wrapper)
        self.assert_report(result)
        self.assertIn("1 sni: xn--mller-kva.example", peer.log)
        self.assertIn("Müller.example", result.stderr.decode())

    def test_name_without_ascii_form(self):
        result = self.report("a\u202e.example")
        self.assert_status(result, USAGE)
        self.assertIn("no form in ASCII", result.stderr.decode())

    def test_same_name_twice(self):
        result = self.report("müller.example", "-s", "XN--mller-kva.example")
        self.assert_status(result, USAGE)
        self.assertIn("named twice", result.stderr.decode())

    def link_local(self):
        """An address of this machine that holds on one link only: (address, interface)."""
        try:
            lines = pathlib.Path("/proc/net/if_inet6").read_text().splitlines()
        except OSError:
            lines = []
        for line in lines:
            words = line.split()
            if words[0].startswith("fe80"):
                raw = bytes.fromhex(words[0])
                return socket.inet_ntop(socket.AF_INET6, raw), words[5]
        return self.skipTest("no link-local address here")

    def test_link_local_address(self):
        address, interface = self.link_local()
        authority = certificates.Authority(self.directory / "ca")
        certificate = authority._make(
            "link", "link", (f"IP:{address}", *certificates.KINDS["good"][1:3], True), "server")
        options = ["--tls", certificate.cert_file, certificate.key_file]
        with runner.Peer(options=options) as peer, \
                Forward((address, 0, 0, socket.if_nametoindex(interface)), peer.port) as port:
            result = self.report(f"[{address}%{interface}]:{port}",
                                 f"--ca-file={authority.ca_file}")
        self.assert_report(result)

    def test_unknown_zone(self):
        result = self.report("fe80::1%nonesuch")
        self.assert_status(result, NOHOST)
        self.assertIn("no network interface nonesuch", result.stderr.decode())


class Forward:
    """Hands on what comes to an IPv6 address, to a port of 127.0.0.1; gives its own port."""

    def __init__(self, address, target):
        self._listener = socket.socket(socket.AF_INET6)
        self._listener.bind(address)
        self._listener.listen()
        self._target = target
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self._listener.getsockname()[1]

    def __exit__(self, *unused):
        self._listener.close()

    def _serve(self):
        client = self._listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", self._target))
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class WrongPort(NetworkTest):
    """Of a port where TLS comes first nothing is heard: both sides wait."""

    def test_hint(self):
        authority = certificates.Authority(self.directory / "ca")
        good = authority.certificate("good")
        for mode in ("starttls", "off"):
            with self.subTest(mode=mode), \
                    runner.Peer(options=["--tls", good.cert_file, good.key_file]) as peer:
                result = self.report(f"127.0.0.1:{peer.port}", f"--tls={mode}", "--timeout=1",
                                     "--retries=0")
                self.assert_status(result, TEMPORARY)
                self.assertIn(b"no answer for 1 seconds (is that port for TLS", result.stderr)
                self.assertIn(b"--tls=implicit", result.stderr)

    def test_no_hint_behind_a_greeting(self):
        for seconds in (1, 5, 20):  # on a machine that is busy the greeting may take longer
            with runner.Peer("stall-login.imap") as peer:
                result = self.report(f"127.0.0.1:{peer.port}", "--tls=off",
                                     f"--timeout={seconds}", "--retries=0")
            self.assert_status(result, TEMPORARY)
            if peer.logins():
                break
        self.assertNotIn(b"--tls=implicit", result.stderr)


class TlsFailures(NetworkTest):
    """What the server says is for good; what the network does to it may pass."""

    VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)

    def setUp(self):
        super().setUp()
        self.authority = certificates.Authority(self.directory / "ca")

    def context(self, version):
        good = self.authority.certificate("good")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(good.cert_file, good.key_file)
        context.minimum_version = context.maximum_version = version
        return context

    def serve(self, listener, context, behind):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            raw = client.dup()
            try:
                with context.wrap_socket(client, server_side=True) as secured:
                    behind(secured, raw)
            except (ssl.SSLError, OSError):
                pass
            client.close()
            raw.close()

    def run_against(self, context, behind=lambda secured, raw: None):
        """What the program says to a server that does this behind the handshake."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self.serve, args=(listener, context, behind),
                                      daemon=True)
            thread.start()
            result = self.report(f"localhost:{listener.getsockname()[1]}", "--retries=0",
                                 f"--ca-file={self.authority.ca_file}")
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
        return result

    def test_client_certificate_demanded(self):
        for version in self.VERSIONS:
            context = self.context(version)
            context.load_verify_locations(self.authority.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
            with self.subTest(version=version.name):
                result = self.run_against(context)
                self.assert_status(result, UNAVAILABLE)
                self.assertIn(b"the server demands a client certificate", result.stderr)

    def test_client_certificate_asked_for(self):
        for version in self.VERSIONS:
            context = self.context(version)
            context.load_verify_locations(self.authority.ca_file)
            context.verify_mode = ssl.CERT_OPTIONAL
            with self.subTest(version=version.name):
                result = self.run_against(
                    context, lambda secured, raw: secured.sendall(b"* BYE come back\r\n"))
                self.assert_status(result, TEMPORARY)
                self.assertIn(b"come back", result.stderr)

    def test_damaged_record(self):
        """Before the greeting and behind it."""
        damaged = b"\x17\x03\x03\x00\x20" + bytes(32)

        def greet_and_break(secured, raw):
            secured.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
            raw.sendall(damaged)
            secured.recv(1000)

        for version in self.VERSIONS:
            for behind in (lambda _, raw: raw.sendall(damaged), greet_and_break):
                with self.subTest(version=version.name, behind=behind.__name__):
                    result = self.run_against(self.context(version), behind)
                    self.assert_status(result, TEMPORARY)
                    self.assertIn(b"TLS failed: ", result.stderr)


class Logout(NetworkTest):
    """The report is there; whatever the server says to LOGOUT, nobody waits for it."""

    def check(self, *steps):
        text = "\n".join(["on every LOGOUT", *steps, "end", ""])
        with runner.Peer(text=text) as peer:
            result = self.report(f"127.0.0.1:{peer.port}", "--tls=off", "--timeout=3600",
                                 "--deadline=0")
        self.assert_report(result)
        self.assertIn("LOGOUT", peer.verbs())

    def test_drip(self):
        self.check("split 16 500", r"fill 1000000 * OK not yet\r\n")

    def test_drip_within_a_line(self):
        self.check("split 1 500", "fill 1000000 x")

    def test_flood(self):
        self.check(r"fill 1000000000 * OK not yet\r\n")

    def test_silence(self):
        self.check("stall")


if __name__ == "__main__":
    runner.main()
