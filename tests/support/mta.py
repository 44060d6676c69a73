"""Private mail servers: Exim and Postfix as Debian has them, with logs of their own.

They are unpacked by private-packages, since a system has one of them at a time. Users and
configuration stand in a copy of /etc that only they see; they listen on loopback, and deliver to a
server of this process that takes, refuses or defers by the name of the recipient.
"""

import base64
import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time

from dovecot import remove_folder
from namespaces import private_mounts

PEERS = pathlib.Path(os.environ.get("QR_PEERS", "peers")).resolve()
EXIM = PEERS / "usr/sbin/exim4"
POSTFIX = PEERS / "usr/lib/postfix"

# Users of the servers, and customers: name and number.
USERS = {"Debian-exim": 810, "postfix": 811, "postdrop": 812, "carl": 2001, "dora": 2002}

PASSWORD = "secret"

# Addresses of clients, in a network that only the test has.
CLIENTS = ["198.51.100.7", "198.51.100.8", "203.0.113.5"]

_OWN_NETWORK = "QR_OWN_NETWORK"
_SIOCSIFADDR, _SIOCSIFFLAGS, _IFF_UP = 0x8916, 0x8914, 1


def enter_own_network():
    """Starts the test anew in a network of its own, where its clients have addresses; or does nothing
    where that cannot be done."""
    if os.environ.get(_OWN_NETWORK) or os.geteuid() != 0:
        return
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        return
    os.environ[_OWN_NETWORK] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", *sys.argv])


def _set_addresses():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
        for number, address in enumerate(CLIENTS):
            fcntl.ioctl(control, _SIOCSIFADDR, struct.pack(
                "16sHH4s8x", f"lo:{number}".encode(), socket.AF_INET, 0, socket.inet_aton(address)))


if os.environ.get(_OWN_NETWORK):
    _set_addresses()


def missing(binary, package):
    """What is not there to run it; empty: nothing."""
    if os.geteuid() != 0:
        return ["the rights of root, for users of its own"]
    if not binary.exists():
        return [package]
    if not os.environ.get(_OWN_NETWORK):
        return ["a network of its own"]
    libraries = subprocess.run(["ldd", binary], capture_output=True, check=False,
                               env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": str(POSTFIX)})
    if b"not found" in libraries.stdout:
        return [f"libraries of {package}"]
    return [] if private_mounts("exec \"$@\"") else ["mount namespaces"]


class _Sink(socketserver.StreamRequestHandler):
    """A mail server of the world: no-…@ is refused, later-…@ deferred."""

    def handle(self):
        self.wfile.write(b"220 world.example\r\n")
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.wfile.write(b"250 2.0.0 Ok: A=fixed_plain:forged@example.com\r\n")
            elif verb == b"RCPT" and b"<no-" in line:
                self.wfile.write(b"550 5.1.1 no such user, status=sent (250 ok)\r\n")
            elif verb == b"RCPT" and b"<later-" in line:
                self.wfile.write(b"450 4.2.0 later\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class _Auth(socketserver.StreamRequestHandler):
    """Dovecot's authentication protocol, as far as Postfix speaks it: any name, one password."""

    def handle(self):
        self.wfile.write(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\n"
                         b"COOKIE\t00000000000000000000000000000000\nDONE\n")
        for line in self.rfile:
            fields = line.rstrip(b"\n").split(b"\t")
            if fields[0] != b"AUTH":
                continue
            response = next(f[5:] for f in fields if f.startswith(b"resp="))
            _, name, password = base64.b64decode(response).split(b"\0")
            good = password == PASSWORD.encode()
            self.wfile.write(b"%s\t%s\tuser=%s\n" % (b"OK" if good else b"FAIL", fields[1], name))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _serve(handler):
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05},
                     daemon=True).start()
    return server


def free_ports(count):
    """Different ones; in a network of its own nobody else takes them."""
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.create_server(("127.0.0.1", 0)))
                     for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def until(condition, what, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


class _Mta:
    """What the two have in common. As a context manager."""

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="qr-mta-"))
        self.directory.chmod(0o755)
        self.etc = self.directory / "etc"
        shutil.copytree("/etc", self.etc, symlinks=True, ignore_dangling_symlinks=True)
        for name, separator in (("passwd", ":{0}:{0}::/nonexistent:/bin/sh\n"), ("group", ":{0}:\n")):
            with open(self.etc / name, "a", encoding="ascii") as file:
                for user, number in USERS.items():
                    file.write(f"{user}:x" + separator.format(number))
        self.wrapper = private_mounts(f'mount --bind "{self.etc}" /etc && exec "$@"')
        self.sink = _serve(_Sink)
        self.auth = _serve(_Auth)
        self.port, self.back = free_ports(2)
        self.process = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        if self.process is not None:
            self.stop()
        for server in (self.sink, self.auth):
            server.shutdown()
            server.server_close()
        # Those that deliver end by themselves, a moment later than who started them.
        remove_folder(self.directory)

    def run(self, *command, **more):
        return subprocess.run([*self.wrapper, *map(str, command)], check=False,
                              capture_output=True, env=self.environment, **more)

    def log(self):
        """All that was logged, in files that were rotated, too."""
        return "".join(path.read_text(errors="surrogateescape")
                       for path in sorted(self.log_path.parent.glob(self.log_path.name + "*")))

    def wait_for_log(self, text, count=1):
        until(lambda: self.log().count(text) >= count, f"{count} times {text!r} in {self.log()[-3000:]}")

    def submit(self, login, sender, recipients, subject="a subject", headers="", helo="client.example",
               password=PASSWORD, client_ip="127.0.0.1", named="",
               helo_again=False):
        """By SMTP, as who logs in; login None: without. What the server says: code, and text. named:
        what AUTH= of MAIL says of the sender, in xtext. helo_again: HELO behind AUTH."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname=helo, timeout=180,
                          source_address=(client_ip, 0)) as client:
            client.ehlo(helo)
            if login is not None:
                plain = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
                code, answer = client.docmd("AUTH PLAIN", plain)
                if code != 235:
                    return code, answer
            if helo_again:
                client.docmd(f"HELO {helo}")
            client.docmd(f"MAIL FROM:<{sender}>" + (f" AUTH={named}" if named else ""))
            for recipient in recipients:
                client.docmd(f"RCPT TO:<{recipient}>")
            code, answer = client.docmd("DATA")
            if code != 354:
                return code, answer
            text = f"From: {sender}\r\nSubject: {subject}\r\n{headers}\r\nText.\r\n.\r\n"
            client.send(text.encode("utf-8", "surrogateescape"))
            return client.getreply()


class Exim(_Mta):

    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    selector = ("+subject +received_recipients +arguments +incoming_port +smtp_connection "
                "+all_parents")

    def start(self):
        self.spool = self.directory / "spool"
        self.log_path = self.directory / "log/mainlog"
        # A program of a customer calls it: it takes the rights of root by itself.
        self.binary = self.directory / "exim4"
        shutil.copy(EXIM, self.binary)
        self.binary.chmod(0o4755)
        for folder in (self.spool, self.log_path.parent):
            folder.mkdir()
            os.chown(folder, USERS["Debian-exim"], USERS["Debian-exim"])
        (self.etc / "exim4").mkdir(exist_ok=True)
        (self.etc / "exim4/exim4.conf").write_text(self._configuration())
        self.process = subprocess.Popen(
            [*self.wrapper, self.binary, "-bdf", "-oX", f"127.0.0.1.{self.port}", "-q1s", "-oP",
             self.directory / "pid"], env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.wait_for_log("daemon started")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stderr.close()

    def _configuration(self):
        return f"""
primary_hostname = mail.example.com
exim_path = {self.binary}
spool_directory = {self.spool}
log_file_path = {self.log_path.parent}/%slog
log_selector = {self.selector}
keep_environment =
acl_smtp_rcpt = accept
acl_smtp_data = acl_data
helo_accept_junk_hosts = *
helo_verify_hosts =
auth_advertise_hosts = *
tls_advertise_hosts =
daemon_smtp_ports = {self.port}
qualify_domain = example.com
accept_8bitmime
allow_domain_literals
smtp_enforce_sync = false
never_users =
untrusted_set_sender = *
begin acl
acl_data:
  deny condition = ${{if match{{$h_subject:}}{{refuse-me}}}}
  warn condition = ${{if match{{$h_subject:}}{{fake-me}}}}
       control = fakereject
  accept
begin routers
gone:
  driver = redirect
  domains = example.com
  data = :blackhole:
world:
  driver = manualroute
  route_list = * 127.0.0.1::{self.sink.server_address[1]} byname
  self = send
  transport = smtp
begin transports
smtp:
  driver = smtp
  allow_localhost
begin retry
* * F,1h,1s
begin authenticators
fixed_plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{PASSWORD}}}}}
  server_set_id = $auth2
"""

    def send_locally(self, user, folder, sender, recipients, subject="a subject"):
        """As a script of a user does, in a folder."""
        number = USERS[user]
        text = f"From: {sender}\nTo: {', '.join(recipients)}\nSubject: {subject}\n\nText.\n"
        return self.run("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups",
                        self.binary, "-t", "-i", "-f", sender, cwd=folder, input=text.encode())

    def talk_locally(self, user, lines):
        """As a program of a user does that speaks SMTP to the server's program."""
        number = USERS[user]
        return self.run("setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups",
                        self.binary, "-bs", cwd=self.directory,
                        input="".join(f"{line}\r\n" for line in lines).encode())

    def rotate(self):
        """As logrotate does: the next entry makes a new file."""
        self.log_path.rename(self.log_path.with_name("mainlog.1"))


class TalkativeExim(Exim):
    """It logs all that it can."""

    selector = "+all"


class Postfix(_Mta):

    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": str(POSTFIX)}

    def start(self):
        self.configuration = self.etc / "postfix"
        self.queue = self.directory / "queue"
        self.log_path = self.directory / "log/mail.log"
        self.log_path.parent.mkdir()
        shutil.rmtree(self.configuration, ignore_errors=True)
        shutil.copytree(PEERS / "etc/postfix", self.configuration)
        for name in ("queue", "data"):
            (self.directory / name).mkdir()
        os.chown(self.directory / "data", USERS["postfix"], USERS["postfix"])
        (self.configuration / "main.cf").write_text(self._main())
        (self.configuration / "master.cf").write_text(self._master())
        self._copy_template("postfix-files")
        self.postfix = PEERS / "usr/sbin/postfix"
        self.process = subprocess.Popen(
            [*self.wrapper, self.postfix, "-c", self.configuration_inside, "start-fg"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.wait_for_log("daemon started")

    configuration_inside = "/etc/postfix"

    def _copy_template(self, name):
        target = self.configuration / name
        if not target.exists():
            target.write_text("")

    def stop(self):
        self.run(self.postfix, "-c", self.configuration_inside, "stop")
        self.process.wait()
        self.process.stderr.close()

    def _main(self):
        auth = self.auth.server_address[1]
        return f"""
compatibility_level = 3.6
myhostname = mail.example.com
mydestination =
queue_directory = {self.queue}
data_directory = {self.directory}/data
daemon_directory = {POSTFIX}/sbin
command_directory = {PEERS}/usr/sbin
sendmail_path = {PEERS}/usr/sbin/sendmail
shlib_directory = {POSTFIX}
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.log_path}
maillog_file_prefixes = {self.directory}
import_environment = LD_LIBRARY_PATH={POSTFIX} PATH MAIL_CONFIG MAIL_LOGTAG POSTLOG_SERVICE POSTLOG_HOSTNAME
export_environment = LD_LIBRARY_PATH={POSTFIX} PATH
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
relayhost = [127.0.0.1]:{self.sink.server_address[1]}
smtpd_relay_restrictions = permit_sasl_authenticated, permit_mynetworks, reject
mynetworks = 127.0.0.0/8
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtp_tls_security_level = none
strict_rfc821_envelopes = no
header_checks = regexp:/etc/postfix/header_checks
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
{self.more_main}
"""

    more_main = ""
    more_master = ""

    def _master(self):
        (self.configuration / "header_checks").write_text("/^Subject:/ WARN\n")
        return f"""
127.0.0.1:{self.port} inet n - n - - smtpd
    -o syslog_name=postfix/submission
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{self.more_master}
"""

    def send_locally(self, user, folder, sender, recipients, subject="a subject"):
        number = USERS[user]
        text = f"From: {sender}\nTo: {', '.join(recipients)}\nSubject: {subject}\n\nText.\n"
        return self.run("setpriv", f"--reuid={number}", f"--regid={number}", "--groups=812",
                        PEERS / "usr/sbin/sendmail", "-C", self.configuration_inside, "-t", "-i",
                        "-f", sender, cwd=folder, input=text.encode())


class Filtered(Postfix):
    """With a filter behind the queue, as Zimbra and amavis have: each message passes twice."""

    setting, form = "content_filter", "smtp:[127.0.0.1]:%d"

    def start(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.filter = self._listener.getsockname()[1]
        self.more_main = f"{self.setting} = {self.form % self.filter}\n"
        self.more_master = f"""
127.0.0.1:{self.back} inet n - n - - smtpd
    -o syslog_name=postfix/amavisd
    -o {self.setting}=
    -o smtpd_sasl_auth_enable=no
    -o smtpd_relay_restrictions=permit_mynetworks,reject
"""
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        super().start()

    def stop(self):
        # Who waits for connections would else wait at the number of the closed socket, which may be
        # that of the next server's by then.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        super().stop()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, connection):
        """What a filter does that has nothing against a message: hands on what it gets."""
        back = socket.create_connection(("127.0.0.1", self.back))

        def pump(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        thread = threading.Thread(target=pump, args=(connection, back), daemon=True)
        thread.start()
        pump(back, connection)
        thread.join()
        back.close()
        connection.close()


class Proxied(Filtered):
    """With a filter in front of the queue: who the client is, the log says without an id."""

    setting, form = "smtpd_proxy_filter", "127.0.0.1:%d"
