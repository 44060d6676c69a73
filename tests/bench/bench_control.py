"""The log search of the filter, and curl | sort | uniq on the same answer.

    bench.py logsearch

A server that only copies bytes has the lines of a log. Shown are seconds and memory of
quarantine-report, and of the vendor's one-liner on the same answer, by bytes (LC_ALL=C) and by the
locale; and as he has it, on one column. The ratio is that of pairs of runs, which follow each other,
so that what else the machine does matters less: of seconds, and of seconds of the processor.
"""

import bisect
import http.server
import pathlib
import random
import statistics
import tempfile
import threading
import time
import urllib.parse

from measuring import find, timed

SENDERS = 5000
SPAN = 12 * 3600
ALL_COLUMNS = "date,user,classification,sender,recipient,identity"


class Log:
    """Lines by column, as long as each other, so that a period is a slice of bytes."""

    def __init__(self, rows):
        now = int(time.time())
        chosen = random.Random(1)
        self.dates = [now - SPAN + 60 + i * (SPAN - 120) // rows for i in range(rows)]
        self.who = [chosen.randrange(SENDERS) for _ in range(rows)]
        self.bodies = {}

    def line(self, columns, i):
        who = self.who[i]
        values = {"date": str(self.dates[i]), "user": f"198.51.100.{who % 200:03}@example.com",
                  "classification": "spam", "sender": f"sender{who:05}@customer{who % 97:02}.example",
                  "recipient": f"victim{i % 100000:05}@example.net",
                  "identity": f"account{who:05}@example.com"}
        return ",".join(values[name] for name in columns)

    def answer(self, query):
        first = bisect.bisect_left(self.dates, int(query["from_date"]))
        last = bisect.bisect_right(self.dates, int(query["to_date"]))
        if query["call"] == "api_count_outgoing_messages":
            return str(last - first).encode()
        columns = query["columns"]
        if columns not in self.bodies:
            names = columns.split(",")
            self.bodies[columns] = "".join(self.line(names, i) + "\n"
                                           for i in range(len(self.dates))).encode()
        body = self.bodies[columns]
        width = len(body) // len(self.dates)
        return memoryview(body)[first * width:last * width]


def serve(log):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self):
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            if query["call"] == "api_help":
                body = b"api_count_outgoing_messages(domain)\napi_find_outgoing_messages(domain)\n"
            else:
                body = log.answer(query)
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def commands(port, directory):
    """(name, command) of each row."""
    password = pathlib.Path(directory) / "password"
    password.write_text("Zq7-kLm3\n")
    password.chmod(0o600)
    ours = [find("QR", "quarantine-report"), "report", "--log-search", f"--api-host=127.0.0.1:{port}",
            "--api-plaintext", "--api-user=x", f"--api-password-file={password}", "--domain=example.com",
            "--since=12h", "--group-by=Return-Path", "--top=50", "--json=-"]
    since = int(time.time()) - SPAN
    url = (f"http://x:Zq7-kLm3@127.0.0.1:{port}/cgi-bin/api?call=api_find_outgoing_messages"
           f"&domain=example.com&from_date={since}&to_date={since + SPAN + 100}&columns=")
    pipe = "curl -s '{}' | {} sort | uniq -c | sort -nr | head -50"
    cut = "cut -d, -f4 | "
    return (("quarantine-report", ours),
            ("curl | cut | LC_ALL=C sort",
             ["sh", "-c", pipe.format(url + ALL_COLUMNS, cut + "LC_ALL=C")]),
            ("curl | cut | sort", ["sh", "-c", pipe.format(url + ALL_COLUMNS, cut)]),
            ("curl | sort, one column", ["sh", "-c", pipe.format(url + "sender", "")]))


def run(say, rows, runs):
    log = Log(rows)
    for columns in ("sender", ALL_COLUMNS):     # made before anything is timed
        log.answer({"call": "x", "columns": columns, "from_date": "0", "to_date": "9" * 11})
    port = serve(log)
    say(f"\nlog search: {rows:,} lines\n  {'':32} {'seconds':>8} {'CPU s':>8} {'MiB':>8} "
        f"{'ratio':>8} {'of CPU':>8}")
    with tempfile.TemporaryDirectory() as directory:
        (name, ours), *others = commands(port, directory)
        say_row(say, name, [timed(ours) for _ in range(runs)])
        for name, command in others:
            pairs = [(timed(ours), timed(command)) for _ in range(runs)]
            say_row(say, name, [theirs for _, theirs in pairs],
                    [statistics.median(ours[i] / theirs[i] for ours, theirs in pairs)
                     for i in (0, 1)])


def say_row(say, name, found, ratios=()):
    seconds, cpu, kib = (statistics.median(column) for column in list(zip(*found))[:3])
    say(f"  {name:32} {seconds:8.2f} {cpu:8.2f} {kib / 1024:8.1f}" +
        "".join(f" {ratio:8.2f}" for ratio in ratios))
