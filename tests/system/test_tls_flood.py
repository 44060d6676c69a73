"""Servers that flood the client with TLS records which have no data in them.

OpenSSL reads on by itself while such records come: the deadline and the first
signal end the run all the same. How long that takes is not measured; a run that
does not end is one that hangs.
"""

import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import certificates  # noqa: E402
import runner  # noqa: E402
from killing import helper  # noqa: E402

TEMPORARY = 75

KINDS = ("early", "alert", "hello", "ticket", "update", "requested")

# Those that OpenSSL itself breaks off, after a few.
BROKEN_OFF = {"alert"}


class TlsFlood(runner.SystemTest):

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="qr-tls-flood-")
        cls.addClassCleanup(directory.cleanup)
        cls.ca = certificates.Authority(pathlib.Path(directory.name) / "ca")
        cls.certificate = cls.ca.certificate("good")

    def flood(self, kind):
        """The server, and its port."""
        process = subprocess.Popen(
            [helper("tls_flood"), self.certificate.cert_file, self.certificate.key_file, kind],
            stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, int(process.stdout.readline())

    def arguments(self, port, *options):
        return [*self.login(f"localhost:{port}"), f"--ca-file={self.ca.ca_file}", "-d", *options]

    def test_deadline(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                _, port = self.flood(kind)
                result = self.run_program(self.arguments(port, "--deadline=2", "--retries=0"))
                if kind in BROKEN_OFF:
                    self.assertNotEqual(result.status, 0)
                    continue
                self.assert_status(result, TEMPORARY)
                self.assertIn(b"the deadline of the run has passed", result.stderr)

    def test_timeout(self):
        """What says nothing is silent, however much of it comes."""
        for kind in ("early", "hello", "ticket"):
            with self.subTest(kind=kind):
                _, port = self.flood(kind)
                result = self.run_program(
                    self.arguments(port, "--timeout=1", "--deadline=0", "--retries=0"))
                self.assert_status(result, TEMPORARY)
                self.assertIn(b"no answer for 1 seconds", result.stderr)

    def test_signal(self):
        for kind in KINDS:
            if kind in BROKEN_OFF:
                continue
            with self.subTest(kind=kind):
                process, port = self.flood(kind)
                client = subprocess.Popen(
                    [runner.program(), *self.arguments(port, "--deadline=0", "--timeout=3600")],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.assertEqual(process.stdout.readline(), b"flooding\n")
                client.send_signal(signal.SIGTERM)
                try:
                    status = client.wait(runner.RUN_TIMEOUT)
                finally:
                    client.kill()
                    client.wait()
                self.assertEqual(status, 128 + signal.SIGTERM)


if __name__ == "__main__":
    runner.main()
