"""Private ClickHouse servers on loopback, of Debian's package, each in a folder of its own.

private-packages unpacks the package; nothing is installed. The servers have the users `writer`,
`reader` (may only read) and `default` (without a password), and the database `qr`.
"""

import gzip
import http.server
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import runner

PEERS = pathlib.Path(os.environ.get("QR_PEERS", "peers")).resolve()
SERVER = PEERS / "usr/sbin/clickhouse-server"

PASSWORD = 'k9 "Wq\\:%7&z'
WRITER, READER = "writer", "reader"
DATABASE = "qr"

PATIENCE = 120      # seconds until a server answers
TRIES = 5           # ports may be taken between the kernel's answer and the server

# A tenth of the memory that a real one is given.
CONFIGURATION = """<yandex>
<logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>{more}
<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
<users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>16777216</mark_cache_size><timezone>UTC</timezone>
<interserver_http_port>{interserver}</interserver_http_port>
<interserver_http_host>127.0.0.1</interserver_http_host>
</yandex>
"""

USERS = """<yandex>
<profiles>
<default><max_threads>2</max_threads>{settings}</default>
<reads><readonly>1</readonly></reads>
<halves><skip_unavailable_shards>1</skip_unavailable_shards></halves>
</profiles>
<users>
<default><password></password>{networks}<profile>default</profile><quota>default</quota></default>
<writer><password>{password}</password>{networks}<profile>default</profile><quota>default</quota>
</writer>
<reader><password>{password}</password>{networks}<profile>reads</profile><quota>default</quota>
</reader>
<halves><password></password>{networks}<profile>halves</profile><quota>default</quota></halves>
</users>
<quotas><default></default></quotas>
</yandex>
"""

NETWORKS = "<networks><ip>127.0.0.1</ip></networks>"


def missing():
    """The Debian packages that are needed and not there."""
    if not SERVER.exists():
        return ["clickhouse-server"]
    found = subprocess.run(["ldd", str(SERVER)], env=_environment(), capture_output=True, text=True)
    return [line.split()[0] for line in found.stdout.splitlines() if "not found" in line]


def of_module():
    """For setUpModule(): a server that all tests of the module share, or none of them is run."""
    packages = missing()
    if packages:
        raise unittest.SkipTest(f"needs {', '.join(packages)}")
    server = ClickHouse()
    unittest.enterModuleContext(server)
    return server


def _environment():
    libraries = [PEERS / "usr/lib", *(PEERS / "usr/lib").glob("*-linux-gnu*")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def _xml(text):
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Refused(Exception):
    """What the server answered instead."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class ClickHouse:
    """As a context manager. `port` is that of HTTP, `tcp` that of other servers."""

    def __init__(self, more="", settings="", ports=None):
        self._directory = runner.Folder(prefix="qr-clickhouse-")
        self.folder = pathlib.Path(self._directory.name)
        self._more, self._settings, self._ports = more, settings, ports
        self.process = None

    def __enter__(self):
        try:
            self._start_somewhere()
            self.query(f"CREATE DATABASE {DATABASE}", database="default")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_somewhere(self):
        for attempt in range(TRIES):
            self.port, self.tcp, self.interserver = self._ports or free_ports(3)
            self._configure()
            if self.start():
                return
        raise AssertionError(f"no ClickHouse: {self.log()}")

    def __exit__(self, *_):
        self.kill()
        self._directory.cleanup()

    def _configure(self):
        for name in ("data", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        more = self._more(self) if callable(self._more) else self._more
        (self.folder / "config.xml").write_text(CONFIGURATION.format(
            folder=self.folder, http=self.port, tcp=self.tcp, interserver=self.interserver,
            more=more))
        (self.folder / "users.xml").write_text(USERS.format(
            settings=self._settings, networks=NETWORKS, password=_xml(PASSWORD)))

    def log(self):
        return "\n".join(path.read_text()[-4000:] for path in
                         (self.folder / "errors", self.folder / "said") if path.exists())

    def start(self):
        """True when it answers, False when it ended. Ports that it must have may be used by somebody
        for a moment."""
        until = time.monotonic() + PATIENCE
        while not self._start_once():
            if self._ports is None or "already in use" not in self.log() or \
                    time.monotonic() > until:
                return False
            time.sleep(0.5)
        self._ports = self.port, self.tcp, self.interserver
        return True

    def _start_once(self):
        with open(self.folder / "said", "ab") as said:
            self.process = subprocess.Popen(
                [SERVER, f"--config-file={self.folder}/config.xml"], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_environment(),
                start_new_session=True)
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            try:
                if self._get("/ping") == b"Ok.\n":
                    return True
            except OSError:
                pass
            if time.monotonic() > until:
                raise AssertionError(f"ClickHouse does not answer: {self.log()}")
            time.sleep(0.05)
        return False

    def kill(self, sign=signal.SIGKILL):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
        if self.process is not None:
            self.process.wait()

    def _get(self, target):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{target}", timeout=60) as answer:
            return answer.read()

    def query(self, text, data=b"", database=DATABASE, user="default", password="", **settings):
        """What a statement gives, as text."""
        names = urllib.parse.urlencode({"query": text, "database": database} | settings)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/?{names}", data=data or b"",
            headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            raise Refused(refused.code, refused.read().decode(errors="replace")) from None

    def rows(self, text, **how):
        """The same as rows of texts."""
        return [line.split("\t") for line in self.query(text + " FORMAT TSV", **how).splitlines()]

    def clear(self):
        """No table any more."""
        for (name,) in self.rows(f"SELECT name FROM system.tables WHERE database='{DATABASE}'"):
            self.query(f"DROP TABLE {name}")

    def wait_for_mutations(self):
        until = time.monotonic() + PATIENCE
        while self.query("SELECT count() FROM system.mutations WHERE is_done=0") != "0\n":
            if time.monotonic() > until:
                raise AssertionError("a mutation does not end")
            time.sleep(0.02)

    @property
    def peak(self):
        """KiB of memory at most, so far."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1])
        return 0


class Answer:
    """What a proxy says instead. `cut`: so many bytes of the body are sent, then the connection ends;
    `silent`: nothing is, until the client leaves."""

    def __init__(self, status=200, body=b"", headers=(), chunked=False, cut=None, silent=False):
        self.status, self.body, self.headers = status, body, dict(headers)
        self.chunked, self.cut, self.silent = chunked, cut, silent


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        statement = plain.decode()
        proxy.statements.append(statement)
        proxy.requests.append((self.path, dict(self.headers)))

        def forward(**settings):
            path = self.path + "".join(f"&{name}={value}" for name, value in settings.items())
            return proxy.forward(path, body, self.headers)

        answer = proxy.fault(statement, forward) if proxy.fault else None
        self.say(answer if answer is not None else forward())

    do_GET = do_POST

    def say(self, answer):
        if answer.silent:
            self.connection.settimeout(PATIENCE)
            self.connection.recv(1)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        body = answer.body
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                            (body[at:at + 1000] for at in range(0, len(body), 1000))) + b"0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if answer.cut is None else body[:answer.cut])
        if answer.cut is not None:
            self.close_connection = True


class Proxy:
    """In front of a server, as a context manager: `fault` (a function of the statement and of what
    forwards it) may give another Answer. `statements` are those that came."""

    def __init__(self, server=None, certificate=None):
        self.server, self.certificate = server, certificate
        self.fault = None
        self.statements = []
        self.requests = []

    def __enter__(self):
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.proxy = self
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.cert_file, self.certificate.key_file)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True,
                                                    do_handshake_on_connect=False)
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def forward(self, path, body, headers):
        names = ("Authorization", "Content-Encoding", "Accept-Encoding")
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}{path}", data=body,
            headers={name: headers[name] for name in names if name in headers})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.read(), {
                    name: value for name, value in answer.headers.items()
                    if name == "Content-Encoding"})
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.read())
        except OSError:
            return Answer(502)
