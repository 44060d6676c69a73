"""Alerts and metrics of runs that stay."""

import contextlib
import http.server
import json
import pathlib
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import certificates  # noqa: E402
import namespaces  # noqa: E402
import runner  # noqa: E402
from following import PATIENCE, FollowTest, exim  # noqa: E402

USAGE, CANNOT_CREATE = 64, 73


class WatchTest(FollowTest):

    def send(self, count, *, who="user", first=1, **how):
        self.append("log", "".join(exim(number, who=who, **how)
                                   for number in range(first, first + count)))

    def alerts(self, run):
        return [line for line in run.said().splitlines() if ": alert: " in line]

    def wait_for_rows(self, run, count):
        run.wait_for(lambda: len(run.rows()) >= count, f"{count} messages")

    def wait_for_alerts(self, run, count):
        run.wait_for(lambda: len(self.alerts(run)) >= count, f"{count} alerts")
        self.assertEqual(len(self.alerts(run)), count)


class Alerts(WatchTest):

    def test_limit(self):
        """More than five in ten minutes, said once; who sends less, or is exempt, is not named."""
        (self.directory / "exempt").write_text("# ours\n*@example.org\n")
        self.append("log", "")
        with self.following("--json=-", "--alert", "--exempt=news@*", "--exempt-file=exempt",
                            "log") as run:
            self.send(5, who="five")
            self.send(20, who="many", first=100)
            self.send(20, who="News", first=200)
            self.send(20, who="theirs", first=300, domain="@example.org")
            self.wait_for_rows(run, 65)
            self.wait_for_alerts(run, 1)
            self.assertEqual(self.alerts(run), [
                "quarantine-report: alert: many@example.com sent 6 messages in 10 minutes (account)"])
            self.send(1, who="five", first=400)
            self.wait_for_rows(run, 66)
            self.wait_for_alerts(run, 2)

    def test_own_time(self):
        """What was sent before the run, or over a longer time, is none."""
        now = time.time()
        self.send(20, who="past", when=now - 7200)
        self.append("log", "".join(exim(100 + i, who="slow", when=now - 600 + 60 * i)
                                   for i in range(10)))
        with self.following("--json=-", "--alert=3/2", "log") as run:
            self.wait_for_rows(run, 30)
            self.assertEqual(self.alerts(run), [])
            self.send(4, who="fast", first=200)
            self.wait_for_rows(run, 34)
            self.wait_for_alerts(run, 1)

    def test_at_most_so_many(self):
        self.append("log", "")
        with self.following("--json=-", "--alert=1/10", "log") as run:
            for number in range(105):
                self.send(2, who=f"user{number}", first=2 * number + 1)
            self.wait_for_rows(run, 210)
            self.wait_for_alerts(run, 100)
            run.end()
            last = self.alerts(run)[-1]
            self.assertEqual(len(self.alerts(run)), 101)
        self.assertIn("alert: 5 more identities sent too much: user100@example.com, user101", last)

    def test_command(self):
        """Facts as variables and as JSON; nothing of them reaches a shell."""
        evil = "$(touch-x);`id`&'x"
        self.append("log", "")
        (self.directory / "hook").write_text(
            f"#!{sys.executable}\nimport json, os, sys\n"
            "json.dump([json.load(sys.stdin), dict(os.environ)], open('fact.part', 'w'))\n"
            "print('from the hook')\nos.rename('fact.part', 'fact')\n")
        (self.directory / "hook").chmod(0o755)
        secret = {"QUARANTINE_REPORT_CONFIG": "/dev/null", "NOTIFY_SOCKET": "@x", "OTHER": "y"}
        with self.following("--json=-", "--alert=2/5", "--alert-command=./hook", "log",
                            variables=secret) as run:
            self.send(3, who=evil)
            run.wait_for((self.directory / "fact").exists, "the command")
            self.assertEqual(len(self.alerts(run)), 1)
            run.wait_for(lambda: "from the hook" in run.said(), "what it printed")
            self.assertNotIn("from the hook", run.shown())
        fact, variables = json.loads((self.directory / "fact").read_text())
        self.assertEqual(fact["identity"], f"{evil}@example.com")
        self.assertEqual({key: fact[key] for key in ("schema", "kind", "count", "limit", "minutes",
                                                     "subject", "login_ip")},
                         {"schema": 1, "kind": "alert", "count": 3, "limit": 2, "minutes": 5,
                          "subject": "number 3", "login_ip": "198.51.100.7"})
        self.assertRegex(fact["text"], r"^alert: \?\(touch-x\)\?\?id\?\?\?x@example.com sent 3 messages")
        self.assertEqual(variables["ALERT_IDENTITY"], f"{evil}@example.com")
        self.assertEqual(variables["ALERT_COUNT"], "3")
        self.assertFalse({"QUARANTINE_REPORT_CONFIG", "NOTIFY_SOCKET", "OTHER"} & set(variables))

    def test_command_that_hangs(self):
        """The flow goes on; at the end it is not waited for long."""
        self.append("log", "")
        with self.following("--json=-", "--alert=1/5", "--alert-command=sleep 600", "log") as run:
            self.send(2)
            run.wait_for(lambda: self.alerts(run), "the alert")
            self.send(2, who="other", first=100)
            self.wait_for_rows(run, 4)
            status, said = run.end()
            self.assertEqual(status, 128 + signal.SIGTERM)
            self.assertIn("has failed", said)

    def test_command_hangs_at_end(self):
        """Also when the run ends by itself."""
        with self.following("--json=-", "--alert=1/5", "--alert-command=sleep 600", "-",
                            stdin=subprocess.PIPE) as run:
            run.process.stdin.write((exim(1) + exim(2)).encode())
            run.process.stdin.flush()
            run.wait_for(lambda: self.alerts(run), "the alert")
            run.process.stdin.close()
            status, said = run.end(None)
            self.assertEqual(status, 0)
            self.assertIn("it did not end by the end of the run", said)

    def test_command_fails(self):
        self.append("log", "")
        with self.following("--json=-", "--alert=1/5", "--alert-command=exit 3", "log") as run:
            self.send(2)
            run.wait_for(lambda: "--alert-command has failed: it ended with status 3" in run.said(),
                         "the failure")

    def test_usage(self):
        self.append("log", exim(1))
        for option, says in (("--alert=5", "expected N/MINUTES"), ("--alert=0/5", "expected N"),
                             ("--alert=5/0", "expected"), ("--alert=1001/5", "up to 1000"),
                             ("--alert-url=ftp://example.com", "begins with https://"),
                             ("--alert-url=http://example.com/x", "--allow-plaintext"),
                             ("--alert-url=http://localhost@example.com/", "--allow-plaintext"),
                             ("--exempt-file=missing", None),
                             ("--alert-url=https://example.com/a b", "%XX")):
            with self.subTest(option), self.following(option, "--alert", "log") as run:
                status, said = run.end(None)
                self.assertEqual(status, USAGE, said)
                if says:
                    self.assertIn(says, said)


class Hook(http.server.BaseHTTPRequestHandler):

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook = self.server.hook
        hook.requests.append((self.path, self.headers["Content-Type"], json.loads(body)))
        status = hook.statuses.pop(0) if hook.statuses else 200
        if status is None:
            hook.over.wait(600)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://localhost:{hook.port}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Web:
    def __init__(self, *statuses):
        self.statuses, self.requests = list(statuses), []
        self.over = threading.Event()   # of an answer that does not come (None)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.server.hook = self
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hooks/T0p-S3cret-Path"

    def use_tls(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.port}/hooks/T0p-S3cret-Path"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Urls(WatchTest):

    @contextlib.contextmanager
    def posting(self, *statuses):
        self.append("log", "")
        with Web(*statuses) as web, self.following(
                "--json=-", "--alert=1/5", f"--alert-url={web.url}", "log") as run:
            self.send(2)
            run.wait_for(lambda: web.requests, "a request")
            yield web, run

    def test_posted(self):
        with self.posting() as (web, run):
            run.end()
        self.assertEqual(len(web.requests), 1)
        path, kind, fact = web.requests[0]
        self.assertEqual((path, kind), ("/hooks/T0p-S3cret-Path", "application/json"))
        self.assertEqual((fact["identity"], fact["count"]), ("user@example.com", 2))
        self.assertEqual(fact["text"], "alert: user@example.com sent 2 messages in 5 minutes (account)")

    def test_ca_file_is_trusted_alone(self):
        """Not beside the system's authorities, of which the address's is one here."""
        authority = certificates.Authority(self.directory / "authority")
        other = certificates.Authority(self.directory / "other")
        system = self.directory / "system"
        system.mkdir()
        for name in ("ours.pem", "ca-certificates.crt"):
            shutil.copy(authority.ca_file, system / name)
        wrapper = namespaces.private_mounts(
            f"mount --bind {shlex.quote(str(system))} /etc/ssl/certs && exec \"$@\"")
        if wrapper is None:
            self.skipTest("there are no namespaces here")
        for ca_file, taken in ((other.ca_file, False), (authority.ca_file, True), (None, True)):
            self.append("log", "")
            with self.subTest(ca_file), Web() as web:
                web.use_tls(authority.certificate("good"))
                options = [f"--alert-ca-file={ca_file}"] if ca_file else []
                with self.following("--json=-", "--alert=1/5", f"--alert-url={web.url}", *options,
                                    "log", wrapper=wrapper) as run:
                    self.send(2)
                    run.wait_for(lambda: web.requests or "was not taken" in run.said(), "its end")
                    self.assertEqual(bool(web.requests), taken, run.said())
            (self.directory / "log").unlink()

    def test_tried_again(self):
        with self.posting(503, 429) as (web, run):
            run.wait_for(lambda: len(web.requests) == 3, "the third request")
            self.assertNotIn("not taken", run.said())

    def test_refused(self):
        for status, says in ((404, "HTTP 404"), (302, "elsewhere (HTTP 302)")):
            with self.subTest(status), self.posting(status) as (web, run):
                run.wait_for(lambda: "was not taken" in run.said(), "the refusal")
                self.assertIn(says, run.said())
                self.assertNotIn("S3cret", run.said())
                self.assertEqual(len(web.requests), 1)
                (self.directory / "log").unlink()

    def test_hangs(self):
        """The flow goes on; at the end it is not waited for long."""
        with self.posting(None) as (web, run):
            self.send(2, who="other", first=100)
            self.wait_for_rows(run, 4)
            status, said = run.end()
            self.assertEqual(status, 128 + signal.SIGTERM)
            self.assertEqual(said.count("it did not answer by the end of the run"), 2, said)

    def test_nobody_listens(self):
        self.append("log", "")
        holder, port = runner.closed_port()
        self.addCleanup(holder.close)
        url = f"--alert-url=http://127.0.0.1:{port}/x"
        with self.following("--json=-", "--alert=1/5", url, "log") as run:
            self.send(2)
            run.wait_for(lambda: "was not taken" in run.said(), "the failure")
            self.send(2, who="other", first=100)
            self.wait_for_rows(run, 4)


# The text format of Prometheus, as strict as promtool.
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})?'
                    r' (-?\d+(?:\.\d+)?|NaN)\Z')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"')


def parse(text):
    """{(name, labels): value}; what is not in the format is an error."""
    if text == "\n":
        return {}
    if not text.endswith("\n"):
        raise ValueError("no end")
    found, helped, typed, done, last = {}, set(), {}, set(), None
    for line in text.splitlines():
        if match := re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line):
            if match[1] == "HELP":
                if match[2] in helped:
                    raise ValueError(f"twice: {line}")
                helped.add(match[2])
            else:
                if match[3] not in ("counter", "gauge") or match[2] in typed:
                    raise ValueError(line)
                typed[match[2]] = match[3]
            continue
        match = SAMPLE.match(line)
        if not match:
            raise ValueError(f"no sample: {line}")
        name = match[1]
        if name not in helped or name not in typed:
            raise ValueError(f"not described: {line}")
        if (typed[name] == "counter") != name.endswith("_total"):
            raise ValueError(f"misnamed: {line}")
        if name != last and name in done:
            raise ValueError(f"not together: {line}")
        last = name
        done.add(name)
        key = (name.removeprefix("quarantine_report_"), tuple(LABEL.findall(match[2] or "")))
        if key in found:
            raise ValueError(f"twice: {line}")
        found[key] = float(match[3])
    return found


class Metrics(WatchTest):

    def setUp(self):
        super().setUp()
        self.path = self.directory / "out.prom"

    def read(self):
        """Whoever looks before the first of them sees none."""
        text = self.path.read_text() if self.path.exists() else "\n"
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        return parse(text)

    def wait_for_file(self, run):
        run.wait_for(self.path.exists, "the file")

    def value(self, name, **labels):
        return {key: value for key, value in self.read().items()
                if key[0] == name and set(labels.items()) <= set(key[1])}

    def count(self, state):
        return sum(self.value("messages_total", state=state).values())

    def test_numbers(self):
        self.append("log", "")
        with self.following("-n", "--json=-", "--interval=1", "--alert=2/5", "--metrics=out.prom",
                            "log") as run:
            self.wait_for_file(run)
            self.assertEqual(self.value("last_message_seconds"), {})
            self.send(3)
            self.send(1, who="other", first=100)
            run.wait_for(lambda: self.count("reported") == 4, "the numbers")
            numbers = self.read()
            self.assertEqual(numbers["alerts_total", ()], 1)
            self.assertEqual(numbers["source_up", (("host", "log"), ("folder", ""))], 1)
            self.assertEqual(list(self.value("identity_messages").items()),
                             [(("identity_messages", (("identity", "user@example.com"),)), 3.0),
                              (("identity_messages", (("identity", "other@example.com"),)), 1.0)])
            self.assertEqual(self.count("found"), 4)
            self.assertLess(numbers["last_message_seconds", ()], PATIENCE)
            run.process.send_signal(signal.SIGHUP)
            time.sleep(0.1)
            self.send(1, first=200)
            run.wait_for(lambda: self.count("reported") == 5, "one more, behind another report")
            self.send(1, first=300)
            run.end()
            self.assertEqual(self.count("found"), 6, "written at the end, too")
        self.assertEqual(sorted(path.name for path in self.directory.glob("out*")), ["out.prom"])

    def test_hostile_labels(self):
        who = 'a"}\\ 1\\n\u202e\u0085{x="'
        self.append("log", "")
        with self.following("--json=-", "--interval=1", "--metrics=out.prom", "log") as run:
            self.send(2, who=who.replace(" ", ""))
            run.wait_for(lambda: self.value("identity_messages"), "the identity")
            (_, ((_, label),)), = self.value("identity_messages")
            self.assertEqual(label, r'a\"}\\1\\n<U+202E> {x=\"@example.com')

    def test_top(self):
        self.append("log", "")
        with self.following("--json=-", "--interval=1", "--metrics=out.prom", "log") as run:
            for number in range(1500):
                self.send(1, who=f"once{number}", first=number)
            self.send(50, who="many", first=2000)
            self.wait_for_rows(run, 1550)
            run.wait_for(lambda: self.count("reported") == 1550, "the numbers")
            top = self.value("identity_messages")
            self.assertEqual(len(top), 20)
            self.assertEqual(next(iter(top.items()))[1], 50)

    def test_cannot_be_written(self):
        self.append("log", exim(1))
        for path in ("missing/out.prom", "."):
            with self.subTest(path), self.following(f"--metrics={path}", "log") as run:
                status, said = run.end(None)
                self.assertEqual(status, CANNOT_CREATE, said)

    def test_folder_goes(self):
        """That is said once, and the run goes on."""
        folder = self.directory / "sub"
        folder.mkdir()
        self.append("log", "")
        with self.following("--json=-", "--interval=1", "--metrics=sub/out.prom", "log") as run:
            run.wait_for((folder / "out.prom").exists, "the file")
            folder.rename(self.directory / "gone")  # at once: the run may be writing into it
            run.wait_for(lambda: "cannot write the metrics" in run.said(), "the failure")
            self.send(1)
            self.wait_for_rows(run, 1)
            folder.mkdir()
            run.wait_for(lambda: "can be written again" in run.said(), "the file")
            run.end()
            self.assertEqual(run.said().count("cannot write"), 1)


if __name__ == "__main__":
    runner.main()
