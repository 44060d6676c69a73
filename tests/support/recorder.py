"""A proxy that records, decrypted, what an IMAP client sends and is answered.

    with Recorder(("127.0.0.1", quarantine.port_imap), certificate) as recorder:
        ... a client connects to recorder.host, recorder.port ...
    recorder.commands()   ->  ["CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", ...]

The server side is reached without TLS (and by STARTTLS only when the client asks for it), so that
the recorder stands for a server of its own, with any certificate.
"""

import contextlib
import re
import select
import socket
import ssl
import threading

CHUNK = 65536
STOP_POLL_SECONDS = 0.1
HANDSHAKE_SECONDS = 120


class Session:
    """One connection: the bytes of the client and of the server, as they came."""

    def __init__(self):
        self.client = bytearray()
        self.server = bytearray()


class Recorder:
    def __init__(self, server, certificate=None, implicit_tls=True):
        """server: (host, plain port). certificate: see certificates.py; None: no TLS at all."""
        self.sessions = []
        self._server = server
        self._implicit_tls = implicit_tls and certificate is not None
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate.cert_file, certificate.key_file)
        self._stopping = threading.Event()
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends all connections, behind what clients have sent by now; what was recorded stays."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def commands(self):
        """The command names of all sessions in the order sent, "UID x" as one name."""
        return [name for session in self.sessions for name, _ in imap_commands(session.client)]

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            stopping = self._stopping.is_set()
            if select.select([self._listener], [], [], 0 if stopping else STOP_POLL_SECONDS)[0]:
                client, _ = self._listener.accept()
                session = Session()
                self.sessions.append(session)
                self._start(self._serve, client, session)
            elif stopping:
                return

    def _serve(self, client, session):
        try:
            with contextlib.ExitStack() as sockets:
                sockets.enter_context(client)
                server = sockets.enter_context(socket.create_connection(self._server))
                if self._implicit_tls:
                    client = sockets.enter_context(self._secure_client(client))
                self._pump(client, server, session, sockets)
        except OSError:  # ssl.SSLError is one: a client that refuses the certificate, or goes away
            pass

    def _pump(self, client, server, session, sockets):
        """Copies both ways in one thread: an SSL object is not for two at once."""
        starttls = False
        while True:
            stopping = self._stopping.is_set()
            ready = select.select([client, server], [], [], 0 if stopping else STOP_POLL_SECONDS)[0]
            if stopping and not ready:
                return
            if client in ready:
                data = _receive(client)
                session.client += data or b""
                if data == b"":
                    return
                _send(server, data)
                starttls = self._context and re.search(rb"(?i)^\S+ STARTTLS\r\n$", data or b"")
            if server in ready:
                data = _receive(server)
                session.server += data or b""
                if data == b"":
                    return
                _send(client, data)
                if starttls and re.search(rb"(?im)^\S+ OK", data or b""):
                    client = sockets.enter_context(self._secure_client(client))
                    server = sockets.enter_context(self._secure_server(server))
                    starttls = False

    def _secure_client(self, client):
        client.settimeout(HANDSHAKE_SECONDS)
        return self._context.wrap_socket(client, server_side=True)

    @staticmethod
    def _secure_server(server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the recorder's own private server
        server.settimeout(HANDSHAKE_SECONDS)
        return context.wrap_socket(server)


def _receive(sock):
    """What is there now: bytes, b"" at the end, None when TLS had only records of its own."""
    data = bytearray()
    sock.setblocking(False)
    try:
        while True:
            chunk = sock.recv(CHUNK)
            data += chunk
            if not chunk or not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                return bytes(data)
    except (BlockingIOError, ssl.SSLWantReadError):
        return bytes(data) or None


def _send(sock, data):
    if data:
        sock.setblocking(True)
        sock.sendall(data)


def imap_commands(data):
    """Cuts a client's bytes into [(NAME, whole command)], literals and continuations included.

    A line that answers a continuation request ("+", for AUTHENTICATE) has no tag of its own and
    counts to the command before it; "DONE" is a command of its own.
    """
    commands = []
    rest = bytes(data)
    while rest:
        command, rest = _one_command(rest)
        match = re.match(rb"(?i)(?:\S+ )?((?:UID )?[A-Z]+)(?=[ \r\n]|$)", command)
        bare = b" " not in command.strip()
        if commands and bare and command.strip().upper() != b"DONE":
            commands[-1] = (commands[-1][0], commands[-1][1] + command)
        else:
            commands.append((match[1].decode().upper() if match else "?", command))
    return commands


def _one_command(data):
    """(the first command, the rest): a line, and while it ends in a literal, that and the next."""
    at = 0
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            return data, b""
        literal = re.search(rb"\{(\d+)\+?\}\r?\n$", data[at:end + 1])
        at = end + 1
        if literal is None:
            return data[:at], data[at:]
        at += int(literal[1])
