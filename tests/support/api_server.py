"""The filter's API as far as anybody knows it, over TLS (or plain), with state: locks, blacklists, a
queue and a log. What nobody knows it plays one way or the other: the attributes of ApiServer that
follow `variants`. A test changes them between runs.
"""

import base64
import html
import http.server
import socket
import ssl
import threading
import urllib.parse

USER = "apiuser"
PASSWORD = 'k9 "Wq\\:%7&z'

# Seconds that a client may take to say something.
PATIENCE = 120

HELP = [
    "api_help() -> \"\".",
    "api_lock_outgoing_identity(domain, identity, username) -> \"\".",
    "api_unlock_outgoing_identity(domain, identity, username) -> \"\".",
    "api_list_locked_identities(domain='', username='') -> \"\".",
    "api_blacklist_outgoing_sender(domain, sender, username='') -> \"\".",
    "api_unblacklist_outgoing_sender(domain, sender, username='') -> \"\".",
    "api_get_outgoing_sender_blacklist(domain, username='') -> \"\".",
    "api_find_outgoing_messages(domain, from_date='', to_date='', columns='') -> \"\".",
    "api_count_outgoing_messages(domain, from_date='', to_date='') -> \"\".",
    "api_list_domains(sort='', filter_by='') -> \"\".",
    "api_get_outgoing_delivery_queue(domain='', include_retry_time=False) -> \"\".",
    "api_remove_outgoing_queued_message(message_id, domain='') -> \"\".",
    "api_set_outgoing_report_recipient(domain, recipient='', username='') -> \"\".",
]

COLUMNS = ("date", "domain", "user", "identity", "sender", "recipient", "classification",
           "subject_header")


def row(date, identity, *, domain="example.com", user="192.0.2.1", sender=None,
        recipient="victim@example.net", classification="spam", subject="Cheap watches"):
    """One line of the log; `user` without the domain."""
    return {"date": date, "domain": domain, "user": user, "identity": identity,
            "sender": sender if sender is not None else identity, "recipient": recipient,
            "classification": classification, "subject_header": subject}


class ApiServer:
    """As a context manager. `port`; `calls` are the queries as dicts, in order."""

    def __init__(self, certificate=None):
        self.certificate = certificate
        self.locked = []        # (domain, username, identity)
        self.blacklist = []     # (domain, username, sender)
        self.queue = []         # the fields of a line
        self.log = []           # row()
        self.domains = ["example.com"]
        self.calls = []
        self.headers = []       # of each request
        self.connections = 0
        self.lock = threading.Lock()
        # Variants:
        self.help = list(HELP)
        self.help_as_html = False
        self.success = b""      # what a change says when it is done
        self.change_does = True  # False: it says so and does nothing
        self.fault = {}         # call: fault() of this name instead of an answer
        self.after = {}         # call: the same, after it was done
        self.locked_shape = "full"
        self.user_shape = "at"  # "at": 192.0.2.1@example.com
        self.row_limit = None
        self.to_date_inclusive = True
        self.quoting = "none"   # all, needed
        self.newline = "\n"
        self.bom = False
        self.header_line = False
        self.warning = ""
        self.blanks = False
        self.bytes_a_second = None
        self.on_call = None     # called with (server, name, query) before the answer

    # --- answers ---

    def text(self, lines):
        body = self.newline.join(lines) + (self.newline if lines else "")
        return (b"\xef\xbb\xbf" if self.bom else b"") + body.encode("utf-8", "surrogateescape")

    def field(self, value):
        if self.quoting == "all" or (self.quoting == "needed" and
                                     any(c in value for c in ',"')):
            return '"' + value.replace('"', '""') + '"'
        return value

    def csv(self, names, rows):
        join = " , " if self.blanks else ","
        lines = [self.warning] if self.warning else []
        if self.header_line:
            lines.append(",".join(names))
        return self.text(lines + [join.join(self.field(value) for value in one) for one in rows])

    def selected(self, query):
        wanted = query.get("classification", "").split(",")
        since, until = int(query.get("from_date", 0)), int(query.get("to_date", 1 << 40))
        return [one for one in self.log if one["domain"] == query["domain"] and
                since <= one["date"] and one["classification"] in wanted and
                (one["date"] <= until if self.to_date_inclusive else one["date"] < until)]

    def shown(self, one, name):
        if name == "user":
            return one["user"] + "@" + one["domain"] if self.user_shape == "at" else one["user"]
        return str(one[name])

    def api_help(self, query):
        lines = self.help
        if self.help_as_html:
            return ("<html><body>" + "<br>\n".join(html.escape(line, quote=False)
                                                   for line in lines) + "</body></html>").encode()
        return self.text(lines)

    def api_list_domains(self, query):
        return self.text(["domain:" + one for one in self.domains])

    def api_count_outgoing_messages(self, query):
        return self.text([str(len(self.selected(query)))])

    def api_find_outgoing_messages(self, query):
        names = query["columns"].split(",")
        if not all(name in COLUMNS for name in names):
            return b"ERROR: unknown column\n"
        rows = self.selected(query)[:self.row_limit]
        return self.csv(names, [[self.shown(one, name) for name in names] for one in rows])

    def changed(self, query, held, key, add):
        one = (query["domain"], query.get("username", ""), query[key])
        if self.change_does:
            if add and one not in held:
                held.append(one)
            elif not add and one in held:
                held.remove(one)
        return self.success

    def api_lock_outgoing_identity(self, query):
        return self.changed(query, self.locked, "identity", True)

    def api_unlock_outgoing_identity(self, query):
        return self.changed(query, self.locked, "identity", False)

    def api_blacklist_outgoing_sender(self, query):
        return self.changed(query, self.blacklist, "sender", True)

    def api_unblacklist_outgoing_sender(self, query):
        return self.changed(query, self.blacklist, "sender", False)

    def held(self, query, held):
        return [one for one in held if one[0] == query.get("domain", one[0]) and
                query.get("username", one[1]) in (one[1], "*")]

    def api_list_locked_identities(self, query):
        rows = self.held(query, self.locked)
        names = ["domain", "user", "identity", "lock_time", "reason", "locked", "unlocks"]
        if self.locked_shape == "full":
            return self.csv(names, [[*one, "2026-01-02 03:04:05", "manual", "True", "0"]
                                    for one in rows])
        if self.locked_shape == "three":
            return self.csv(names[:3], rows)
        if self.locked_shape == "two":
            return self.csv(names[1:3], [one[1:] for one in rows])
        if self.locked_shape == "at":
            return self.csv(names[1:3], [(f"{one[1]}@{one[0]}", one[2]) for one in rows])
        if self.locked_shape == "shown":
            return self.text([f"{one[2]} ({one[1]}@{one[0]})" for one in rows])
        return self.text([one[2] for one in rows])

    def api_get_outgoing_sender_blacklist(self, query):
        return self.text([one[2] for one in self.held(query, self.blacklist)])

    def api_get_outgoing_delivery_queue(self, query):
        return self.csv(["x"] * 8, [one for one in self.queue
                                    if query.get("domain", one[0]) == one[0]])

    def api_remove_outgoing_queued_message(self, query):
        if self.change_does:
            self.queue = [one for one in self.queue if one[2] != query["message_id"]]
        return self.success

    # --- the server ---

    def __enter__(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1   # an answer in one piece, or each waits for an acknowledgement

            def setup(self):
                super().setup()
                with owner.lock:
                    owner.connections += 1

            def do_GET(self):
                owner.serve(self)

            def log_message(self, *unused):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = self.socket.accept()
                # An answer behind the tickets of TLS would wait for an acknowledgement, too.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if owner.certificate is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(owner.certificate.cert_file,
                                            owner.certificate.key_file)
                    connection.settimeout(PATIENCE)
                    connection = context.wrap_socket(connection, server_side=True,
                                                     do_handshake_on_connect=False)
                return connection, address

            def handle_error(self, *unused):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,),
                                        daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def send(handler, status, body, kind="text/plain; charset=utf-8", more=(), announced=None):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        for name, value in more:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if announced is not None:
            handler.close_connection = True

    def fail(self, handler, fault):
        """One of the ways to fail; False: none, the answer follows."""
        page = b"<!DOCTYPE html><html><body>Please log in</body></html>"
        plain = {
            "error-text": (200, b"ERROR: you may not do that\r\n"),
            "sql": (500, b"Internal error: SQLSTATE[HY000]: General error\n"),
            "sql-200": (200, b"Error: SQLSTATE[HY000]: General error\n"),
            "traceback": (200, b"Traceback (most recent call last):\n  File \"api.py\"\n"),
            "401": (401, b"no\n"), "403": (403, b"no\n"), "404": (404, b"no\n"),
            "429": (429, b"slow down\n"), "500": (500, b"no\n"), "503": (503, b"no\n"),
            "escape": (200, b"\x1b]0;owned\x07 nothing here \x1b[2J\n"),
        }
        if fault in plain:
            self.send(handler, *plain[fault])
        elif fault == "302":
            self.send(handler, 302, page, "text/html",
                      [("Location", f"http://127.0.0.1:{self.port}/elsewhere")])
        elif fault == "html":
            self.send(handler, 200, page, "text/html")
        elif fault == "html-as-text":
            self.send(handler, 200, page)
        elif fault == "cut":
            self.send(handler, 200, b"example.com,192.0.2.1,", announced=1000)
        elif fault == "reset":
            handler.close_connection = True
        elif fault == "silent":
            threading.Event().wait(20)
            handler.close_connection = True
        elif fault == "oversized":
            self.send(handler, 200, b"a@example.com\n" * 1500000)
        elif fault == "header":
            self.send(handler, 200, b"", more=[(f"X-{i}", "x" * 1000) for i in range(90)])
        else:
            return False
        return True

    def serve(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True,
                                            errors="surrogateescape"))
        name = query.get("call", "")
        with self.lock:
            self.calls.append(query)
            self.headers.append(dict(handler.headers))
            wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if handler.headers.get("Authorization") != "Basic " + wanted:
                self.send(handler, 401, b"no\n", more=[("WWW-Authenticate", "Basic realm=x")])
                return
            if self.on_call is not None:
                self.on_call(self, name, query)
            if self.fail(handler, self.fault.get(name)):
                return
            answer = getattr(self, name, None) if name.startswith("api_") else None
            if answer is None or url.path != "/cgi-bin/api":
                self.send(handler, 404, b"no such call\n")
                return
            body = answer({key: value for key, value in query.items() if value != ""})
            if self.fail(handler, self.after.get(name)):
                return
        self.send(handler, 200, body)

    def named(self, name):
        """The queries of one call."""
        return [one for one in self.calls if one.get("call") == name]
