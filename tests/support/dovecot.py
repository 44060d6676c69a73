"""A private Dovecot on loopback, from configuration to the last process gone.

Everything is in one temporary directory. The server runs as its own process group, on ports the
kernel had free; it reads and writes no file of the system's Dovecot. It works for root (mail is
then kept as "nobody", since Dovecot serves no mail of root's) and for an ordinary user.
"""

import atexit
import ctypes
import grp
import hashlib
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from certificates import Authority

# Unix sockets have paths of at most 107 bytes, so TMPDIR, which may be long, is not asked.
TEMPORARY = "/tmp"
START_SECONDS = 120
START_ATTEMPTS = 5
REMOVE_SECONDS = 60
POLL_SECONDS = 0.02
PR_SET_PDEATHSIG = 1

_prctl = ctypes.CDLL(None).prctl

CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {log}
protocols = imap
listen = {address}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
default_vsz_limit = 1G
first_valid_uid = 1
first_valid_gid = 1
ssl = {ssl}
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = {no_plaintext}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
auth_username_chars =
auth_username_format = %u
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
}}
service imap-login {{
  {chroot}
  service_count = 0   # the next client needs no new process
  inet_listener imap {{
    port = {port_imap}
  }}
  inet_listener imaps {{
    port = {port_imaps}
    ssl = yes
  }}
}}
service imap {{
  service_count = 1000
}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
{settings}
"""


class Dovecot:
    """Serves the users' Maildirs (see home()) after start().

    users: {name: password}, str or bytes of any kind but NUL and line breaks (names: no colon, no leading #);
        the first is .user with .password. Without: "global" with a generated password.
    certificate: "good", "self-signed", "wrong-name" or "expired".
    tls: False: a server that knows neither imaps nor STARTTLS.
    plaintext: False: no login without TLS (LOGINDISABLED); .host is another loopback address then.
    mechanisms: what AUTH= offers.
    rawlog: keep what clients send after the login, for rawlog_lines().
    settings: added to Dovecot's configuration as they stand.
    clock: (fake_clock.so, seconds that the server's clock is ahead), or None.
    """

    def __init__(self, users=None, certificate="good", tls=True, plaintext=True,
                 mechanisms="plain login", rawlog=False, settings="", clock=None):
        users = users or {"global": secrets.token_urlsafe(16)}
        self.user, self.password = next(iter(users.items()))
        self.users = {as_bytes(name): as_bytes(password) for name, password in users.items()}
        # Dovecot trusts a client that comes from the server's own address, as 127.0.0.1 does.
        self._address = "127.0.0.1" if plaintext else "127.0.0.2"
        self.host = "localhost" if plaintext else self._address
        self.port_imap = self.port_imaps = None
        self.tls = tls
        self._process = None
        self._launched = 0
        self._me = pwd.getpwuid(os.getuid())
        self._root = self._me.pw_uid == 0
        self._mail_owner = pwd.getpwnam("nobody") if self._root else self._me
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="qr-", dir=TEMPORARY))
        atexit.register(self.stop)
        try:
            # Root's server comes through here as other users.
            self.directory.chmod(0o711 if self._root else 0o700)
            self._make_certificates(certificate)
            self._write_users()
            self.make_mail_directory(self.directory / "mail")
            for name in self.users:
                self.make_mail_directory(self.home(name))
            if rawlog:
                self.make_mail_directory(self.directory / "rawlog")
                settings += f"\nrawlog_dir = {self.directory}/rawlog\n"
            self._environment = {"TZ": "UTC"}  # INTERNALDATE is the same wherever this runs
            if clock:
                settings += "\nimport_environment = TZ LD_PRELOAD CLOCK_AHEAD\n"
                self._environment |= {"LD_PRELOAD": str(clock[0]), "CLOCK_AHEAD": str(clock[1])}
            self._values = {
                "ssl": "yes" if tls else "no", "no_plaintext": "no" if plaintext else "yes",
                "mechanisms": mechanisms, "settings": settings}
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns when it serves its ports. Takes other ones when somebody was faster."""
        end_on_signals()
        for _ in range(START_ATTEMPTS):
            self._choose_ports()
            self._launch()
            if self._wait_until_up():
                return self
            self.kill()
            if "Address already in use" not in self.log():
                break
        raise RuntimeError(f"Dovecot did not start:\n{self.log()}")

    def stop(self):
        """Ends every process of the server and removes its directory; may be called again."""
        self.kill()
        remove_folder(self.directory)
        atexit.unregister(self.stop)

    def log(self):
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def rawlog_lines(self):
        """The lines that clients sent after their login, session by session, without CR LF."""
        # Dovecot puts the time in front of each line.
        return [line.partition(b" ")[2].rstrip(b"\r")
                for path in sorted((self.directory / "rawlog").glob("*.in"))
                for line in path.read_bytes().splitlines()]

    def home(self, user):
        """The home directory of a user, which holds Maildir/."""
        return self.directory / "mail" / str(list(self.users).index(as_bytes(user)))

    def make_mail_directory(self, path):
        """A directory for Dovecot's mail processes, unless it is there."""
        if not path.exists():
            path.mkdir(0o700)
            self.give_to_mail_owner(path)

    def give_to_mail_owner(self, path):
        os.chown(path, self._mail_owner.pw_uid, self._mail_owner.pw_gid)

    def _make_certificates(self, kind):
        authority = Authority(self.directory / "ca")
        self.certificate = authority.certificate(kind)
        self.certificate_kind = kind
        self.ca_file = authority.ca_file

    @property
    def fingerprint(self):
        return self.certificate.fingerprint

    @property
    def spki_fingerprint(self):
        return self.certificate.spki_fingerprint

    def _write_users(self):
        path = self.directory / "users"
        path.touch(0o600)
        for name, password in self.users.items():
            with path.open("ab") as file:
                # Dovecot escapes quotes and backslashes before it looks a name up.
                file.write(b"%s:{SHA256.HEX}%s:%d:%d::%s::\n" % (
                    re.sub(rb"([\"'\\])", rb"\\\1", name),
                    hashlib.sha256(password).hexdigest().encode(), self._mail_owner.pw_uid,
                    self._mail_owner.pw_gid, bytes(self.home(name))))
        if self._root:
            os.chown(path, pwd.getpwnam("dovecot").pw_uid, -1)

    def _choose_ports(self):
        with socket.create_server((self._address, 0)) as one, \
                socket.create_server((self._address, 0)) as other:
            self.port_imap = one.getsockname()[1]
            self.port_imaps = other.getsockname()[1] if self.tls else None

    def _launch(self):
        # A process of the one before may still be dying, and its sockets be in use.
        self._launched += 1
        config = self.directory / "dovecot.conf"
        name, group = self._me.pw_name, grp.getgrgid(self._me.pw_gid).gr_name
        config.write_text(CONFIG.format(
            run=self.directory / f"run{self._launched}", log=self.directory / "log", users=self.directory / "users",
            internal_user="dovecot" if self._root else name,
            internal_group="dovecot" if self._root else group,
            login_user="dovenull" if self._root else name,
            chroot="" if self._root else "chroot =",  # which root alone can do
            cert=self.certificate.cert_file, key=self.certificate.key_file,
            address=self._address, port_imap=self.port_imap, port_imaps=self.port_imaps or 0,
            **self._values))
        program = find_dovecot()
        if program is None:
            raise RuntimeError("dovecot is missing (Debian packages dovecot-core, dovecot-imapd)")
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-F", "-c", config], cwd=self.directory, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
                env=os.environ | self._environment)

    def _wait_until_up(self):
        deadline = time.monotonic() + START_SECONDS
        ports = [port for port in (self.port_imap, self.port_imaps) if port]
        while ports and time.monotonic() < deadline and self._process.poll() is None:
            # What answers before it has them all may be another server.
            if "starting up" not in self.log():
                time.sleep(POLL_SECONDS)
                continue
            try:
                socket.create_connection((self._address, ports[0]), START_SECONDS).close()
                ports.pop(0)
            except OSError:
                time.sleep(POLL_SECONDS)
        return not ports and self._process.poll() is None

    def kill(self):
        """At once: there is nothing to save. Its processes are a group of their own."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process = None


def remove_folder(path):
    """Whole, though the last of a dying process may just have made a file in it."""
    until = time.monotonic() + REMOVE_SECONDS
    while path.exists() and time.monotonic() < until:
        shutil.rmtree(path, ignore_errors=True)
        if path.exists():
            time.sleep(POLL_SECONDS)


def find_dovecot():
    """Its path, or None; an ordinary user's PATH may lack /usr/sbin."""
    return shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


def die_with_parent():
    """For preexec_fn: SIGTERM for a child whose parent can stop it no more, having been killed."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_on_signals():
    """Lets SIGTERM and SIGHUP end this process as an exception does, so that servers are stopped."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda received, _: sys.exit(128 + received))
