"""Certificates for private servers, made with the openssl command."""

import functools
import hashlib
import pathlib
import subprocess

LOCAL_NAMES = "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:::1"

# kind: (subject alternative names, first day, last day, signed by our CA)
KINDS = {
    "good": (LOCAL_NAMES, "20200101000000Z", "20991231235959Z", True),
    "self-signed": (LOCAL_NAMES, "20200101000000Z", "20991231235959Z", False),
    "wrong-name": ("DNS:other.example", "20200101000000Z", "20991231235959Z", True),
    "expired": (LOCAL_NAMES, "20200101000000Z", "20200201000000Z", True),
}

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
commonName = {name}
[ca]
default_ca = ca_here
[ca_here]
database = {directory}/index.txt
new_certs_dir = {directory}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
extendedKeyUsage = serverAuth
subjectAltName = {alt_names}
"""


class Certificate:
    """cert_file and key_file in PEM, and the SHA-256 fingerprints (hex) of certificate and key."""

    def __init__(self, cert_file, key_file):
        self.cert_file = str(cert_file)
        self.key_file = str(key_file)

    # Few tests ask for these, and each costs a process.
    @functools.cached_property
    def fingerprint(self):
        der = _openssl("x509", "-in", self.cert_file, "-outform", "DER")
        return hashlib.sha256(der).hexdigest()

    @functools.cached_property
    def spki_fingerprint(self):
        spki = _openssl("pkey", "-in", self.key_file, "-pubout", "-outform", "DER")
        return hashlib.sha256(spki).hexdigest()


class Authority:
    """A certificate authority in a directory of its own; ca_file is its certificate."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "index.txt").touch()
        self._root = self._make("ca", "Private test CA", KINDS["self-signed"], "root")
        self.ca_file = self._root.cert_file
        self._made = {}

    def certificate(self, kind):
        """The certificate of a kind (a key of KINDS), made at the first call."""
        if kind not in self._made:
            name = KINDS[kind][0].split(",")[0].removeprefix("DNS:")
            self._made[kind] = self._make(kind, name, KINDS[kind], "server")
        return self._made[kind]

    def _make(self, stem, name, kind, extensions):
        alt_names, first, last, by_ca = kind
        config, request, cert, key = (
            self.directory / f"{stem}.{ending}" for ending in ("cnf", "csr", "crt", "key"))
        config.write_text(CONFIG.format(name=name, directory=self.directory, alt_names=alt_names))
        _openssl("req", "-new", "-config", config, "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request)
        signer = (["-cert", self.ca_file, "-keyfile", self._root.key_file] if by_ca
                  else ["-selfsign", "-keyfile", key])
        _openssl("ca", "-batch", "-notext", "-config", config, *signer,
                 "-startdate", first, "-enddate", last, "-extensions", extensions,
                 "-in", request, "-out", cert)
        return Certificate(cert, key)


def _openssl(*arguments):
    """Runs openssl, returns its output; its complaints come with the exception."""
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout
