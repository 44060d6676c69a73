"""A small IMAP server in the test's own process, which the test changes between runs and commands.

The scripted peer (imap_peer) says the same things every time; here a message can be unreadable now and
readable later, a mailbox can be sparse, and an answer can depend on what the client asked.
"""

import re
import socketserver
import ssl
import sys
import threading

WHEN = "15-Mar-2024 12:00:00 +0000"

HEADER = ("From: Sender {0} <sender{0}@example.com>\r\nTo: victim{0}@example.net\r\n"
          "X-AuthUser: user{0}@example.com\r\n\r\n")


# As an answer: the tagged line has come already.
SILENCE = ["nothing"]


class TlsRecords:
    """A connection as a file, for SmallServer.wrap: each line is a record of its own, and all that is
    written at once is one packet."""

    closed = True  # nothing is held back

    def __init__(self, connection, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        self._connection = connection
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._read = b""
        self._run(self._tls.do_handshake)

    def _run(self, function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ssl.SSLWantReadError:
                self._send()
                data = self._connection.recv(65536)
                if not data:
                    raise OSError("the client has left") from None
                self._in.write(data)
            finally:
                self._send()

    def _send(self):
        if self._out.pending:
            self._connection.sendall(self._out.read())

    def readline(self):
        while b"\n" not in self._read:
            try:
                data = self._run(self._tls.read, 65536)
            except (OSError, ssl.SSLError):
                return b""
            if not data:
                return b""
            self._read += data
        line, _, self._read = self._read.partition(b"\n")
        return line + b"\n"

    def write(self, data):
        for line in data.splitlines(keepends=True):
            self._tls.write(line)
        self._send()

    def close(self):
        pass


class _Handler(socketserver.StreamRequestHandler):

    def setup(self):
        super().setup()
        if self.server.owner.wrap:
            self.rfile = self.wfile = self.server.owner.wrap(self.request)

    def idle(self, tag):
        owner = self.server.owner
        self.put("\r\n".join([*owner.before_idle(), "+ idling", *owner.idle()]))
        if self.rfile.readline():
            self.put(f"{tag} OK done")

    def put(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        server = self.server.owner
        with server.lock:
            server.connections += 1
        self.put(server.greeting)
        while line := self.rfile.readline():
            tag, _, command = line.decode("latin-1").strip().partition(" ")
            if command.upper().startswith("EXAMINE"):
                server.become_what_comes()
            with server.lock:
                server.commands.append(command)
            if command.upper() == "IDLE" and server.idle:
                self.idle(tag)
                continue
            answer = server.answer(command)
            if answer is None:
                return
            if answer == SILENCE:
                continue
            if not any(text.startswith("{tag}") for text in answer):
                answer.append("{tag} OK done")
            self.put("\r\n".join(answer).replace("{tag}", tag))
            if command.upper() == "LOGOUT":
                return

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass
        self.server.owner.ended()


class SmallServer:
    """As a context manager. `uids` are the messages; the hooks below may be replaced by a test."""

    def __init__(self, uids=(1, 2, 3), uidvalidity=1, uidnext=None):
        self._coming = {}
        self.uids = list(uids)
        self.uidvalidity = uidvalidity
        self.uidnext = uidnext
        self.greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
        self.when = WHEN      # INTERNALDATE of all messages
        self.same = {}        # UID: of which one it is a copy
        self.unreadable = {}  # UID: the words of a NO to whoever asks for it; None: BYE
        self.answers = []     # (pattern, answer lines): what is said instead
        self.idle = None      # what is said at once in IDLE, which then lasts until DONE
        self.before_idle = list  # and before it begins
        self.wrap = None      # the connection as a file, when it is not plain
        self.commands = []
        self.connections = 0
        self.lock = threading.Lock()

    def __enter__(self):
        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *arguments):
                if not isinstance(sys.exc_info()[1], OSError):  # the client has left
                    super().handle_error(*arguments)

        self._server = Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def change(self, **state):
        """Attributes that are so from the next EXAMINE on, all at once: no look that has begun sees
        any of it, and none sees a part."""
        with self.lock:
            self._coming = self._coming | state

    def become_what_comes(self):
        with self.lock:
            coming, self._coming = self._coming, {}
            for name, value in coming.items():
                setattr(self, name, value)

    def ended(self):
        """By its thread, of a connection."""

    def next_uid(self):
        return self.uidnext or max(self.uids, default=0) + 1

    def asked(self, verb):
        return [command for command in self.commands if command.upper().startswith(verb)]

    def selected(self, text, by_uid):
        """(sequence number, UID) of a set like "1:3,5:*"."""
        numbers = list(enumerate(self.uids, 1))
        if not numbers:
            return []
        highest = numbers[-1][1] if by_uid else len(numbers)
        found = []
        for part in text.split(","):
            ends = [highest if end == "*" else int(end) for end in part.split(":")]
            low, high = min(ends), max(ends)
            found += [(number, uid) for number, uid in numbers
                      if low <= (uid if by_uid else number) <= high]
        return sorted(set(found))

    def answer(self, command):
        """The lines of an answer, the tagged OK left out; None ends the connection."""
        upper = command.upper()
        for pattern, lines in self.answers:
            if re.match(pattern, upper):
                return lines(command) if callable(lines) else list(lines)
        if upper.startswith("EXAMINE"):
            return [f"* {len(self.uids)} EXISTS", f"* OK [UIDVALIDITY {self.uidvalidity}] valid",
                    f"* OK [UIDNEXT {self.next_uid()}] next"]
        if upper.startswith("STATUS"):
            name = re.match(r'STATUS (".*") \(', command)[1]
            return [f"* STATUS {name} (MESSAGES {len(self.uids)} UIDNEXT {self.next_uid()} "
                    f"UIDVALIDITY {self.uidvalidity})"]
        if match := re.match(r"UID SEARCH UID (\S+)", upper):
            return ["* SEARCH" + "".join(f" {uid}" for _, uid in self.selected(match[1], True))]
        if match := re.match(r"(UID )?FETCH (\S+) ", upper):
            return self.fetch(self.selected(match[2], bool(match[1])), upper)
        return []

    def fetch(self, messages, command):
        lines = []
        for number, uid in messages:
            if "BODY" in command and uid in self.unreadable:
                words = self.unreadable[uid]
                return None if words is None else lines + ["{tag} NO " + words]
            items = f"UID {uid}"
            if "INTERNALDATE" in command:
                items += f' INTERNALDATE "{self.when}"'
            if "BODY" in command:
                header = HEADER.format(self.same.get(uid, uid))
                items += f" BODY[HEADER]<0> {{{len(header)}}}\r\n{header}"
            lines.append(f"* {number} FETCH ({items})")
        return lines
