"""python3 bench_control.py PROGRAM [ROWS]: the log search, and curl | sort | uniq on the same answer.

A server that only copies bytes has ROWS lines of a log (default 1000000). Shown are seconds and the
highest memory of quarantine-report, and the seconds of the vendor's one-liner, which asks for its
one column; and of the same on all columns that the program asks for. No assertions.
"""

import bisect
import http.server
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

SENDERS = 5000
SPAN = 12 * 3600


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


def peak(pid):
    """KiB; 0 when the process has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.M)
    return int(found[1]) if found else 0


def timed(command, **how):
    """Seconds, seconds of the processor, KiB of the first process."""
    before = time.monotonic()
    highest = 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **how)
    while True:
        highest = max(highest, peak(process.pid))
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            break
        time.sleep(0.01)
    if status != 0:
        sys.exit(f"{command}: status {status}")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime, highest


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    log = Log(rows)
    port = serve(log)
    with tempfile.TemporaryDirectory() as directory:
        password = pathlib.Path(directory) / "password"
        password.write_text("Zq7-kLm3\n")
        password.chmod(0o600)
        ours = [program, "report", "--log-search", f"--api-host=127.0.0.1:{port}", "--api-plaintext",
                "--api-user=x", f"--api-password-file={password}", "--domain=example.com",
                "--since=12h", "--group-by=Return-Path", "--top=50", "--json=-"]
        environment = {"HOME": directory, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        since = int(time.time()) - SPAN
        url = (f"http://x:Zq7-kLm3@127.0.0.1:{port}/cgi-bin/api?call=api_find_outgoing_messages"
               f"&domain=example.com&from_date={since}&to_date={since + SPAN + 100}&columns=")
        wide = "date,user,classification,sender,recipient,identity"
        pipe = "curl -s '{}' | {}sort | uniq -c | sort -nr | head -50"
        for columns in ("sender", wide):     # made before anything is timed
            log.answer({"call": "x", "columns": columns, "from_date": "0", "to_date": "9" * 11})
        for name, command in (
                ("quarantine-report", ours),
                ("curl | sort, one column", ["sh", "-c", pipe.format(url + "sender", "")]),
                ("curl | cut | sort, same answer",
                 ["sh", "-c", pipe.format(url + wide, "cut -d, -f4 | ")])):
            best = min(timed(command, env=environment) for _ in range(3))
            print(f"{name:32} {best[0]:6.2f} s, {best[1]:5.2f} s of the processor, "
                  f"{best[2]:6} KiB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
