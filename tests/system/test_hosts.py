"""Several quarantine servers in one run: one report of all, also when one of them fails."""

import contextlib
import csv
import io
import json
import pathlib
import re
import signal
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import quarantine as quarantines  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from quarantine_case import INCOMING, OUTGOING, PATIENCE, SAMPLES  # noqa: E402

USAGE, DATA, NOFOLDER, NOHOST, UNAVAILABLE, IO, TEMPORARY, LOGIN = 64, 65, 66, 68, 69, 74, 75, 77
MAX_CONNECTIONS = 4

# Of a run that a busy machine may hold up until nothing of its time is left.
TRIES = 5

# The day of the scripted peer's messages, too. They arrived at noon.
DAY = ["--date=2024-03-15", "--timezone=UTC"]
NOON = 1710504000

CSV, JSON, HTML, IDENTITIES = "report.csv", "report.jsonl", "report.html", "identities.csv"
FILES = {CSV: f"--csv={CSV}", JSON: f"--json={JSON}", HTML: f"--html={HTML}",
         IDENTITIES: f"--identity-report={IDENTITIES}"}

# Message 3 is never seen: the connection breaks, and nobody answers any more.
BREAKS = """
at 3 every *BODY.PEEK*
  close
end
connection
  greeting
  serve
end
"""

# Two connections are closed before a word, then it works.
TWICE_CLOSED = """
connection 2
  close
end
connection forever
  greeting
  serve
end
"""

SUMMARY = (r"quarantine-report: (?P<host>\S+): '(?P<folder>[^']*)' from \S+ to \S+: "
           r"(?P<found>\d+) found, (?P<reported>\d+) reported, (?P<bounces>\d+) filtered as "
           r"bounces, (?P<vanished>\d+) vanished, (?P<unreadable>\d+) unreadable$")


class Crowd:
    """Several ports before one server, at whose doors the first `wanted` connections wait.

    They are let in together, and a moment later, when a client that opens more of them at once
    would have done so: `most` is how many there were by then. Later ones are only counted.
    """

    MOMENT = 1

    def __init__(self, server_port, ports, wanted):
        self.most = self.connections = 0
        self._wanted = wanted
        self._open = False
        self._changed = threading.Condition()
        self._stack = contextlib.ExitStack()
        self._relays = [self._Port(self, server_port) for _ in range(ports)]
        self.ports = [relay.port for relay in self._relays]

    def __enter__(self):
        for relay in self._relays:
            self._stack.enter_context(relay)
        return self

    def __exit__(self, *_):
        self._stack.close()

    class _Port(quarantine_case.Relay):
        def __init__(self, crowd, server_port):
            self._crowd = crowd
            super().__init__(server_port)

        def _serve(self, client):
            self._crowd.come()
            super()._serve(client)

    def come(self):
        with self._changed:
            self.connections += 1
            if self.connections == self._wanted:
                # Gives the lock away meanwhile.
                self._changed.wait(self.MOMENT)
                self.most = self.connections
                self._open = True
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: self._open, PATIENCE)


class HostsTest(quarantine_case.QuarantineTest):
    """Two Dovecots: the first has every other sample message, the second the rest."""

    @classmethod
    def setUpClass(cls):
        cls.messages = {}
        super().setUpClass()
        cls.other = quarantines.Quarantine(users={runner.USER: runner.PASSWORD})
        cls.addClassCleanup(cls.other.stop)
        cls.deliver(cls.other, 1)
        cls.other.start()
        cls.other_at_first = quarantine_case.snapshot(cls.other)
        cls.ca_file = pathlib.Path(cls.quarantine.directory, "both.pem")
        cls.ca_file.write_text("".join(
            pathlib.Path(one.ca_file).read_text() for one in (cls.quarantine, cls.other)))

    @classmethod
    def fill(cls, quarantine):
        cls.deliver(quarantine, 0)
        quarantine.create("Only Here")

    @classmethod
    def deliver(cls, quarantine, rest):
        """Notes in `messages` what the quarantine has: {folder: number}."""
        count = cls.messages[quarantine] = {OUTGOING: 0, INCOMING: 0}
        for i, (file, folder, *_) in enumerate(quarantines.read_manifest(SAMPLES)):
            if i % 2 == rest and folder in count:
                quarantine.deliver(folder, (SAMPLES / file).read_bytes(), NOON + i)
                count[folder] += 1

    def tearDown(self):
        super().tearDown()
        self.assertEqual(quarantine_case.snapshot(self.other), self.other_at_first,
                         "the other quarantine was changed")

    def log_in(self, *hosts):
        servers = [f"-s{host}" for host in hosts]
        return [*servers, "-u", runner.USER, f"--password-file={self.password_file}", *DAY]

    def plain(self, *hosts):
        """Arguments for servers without TLS: "HOST:PORT", or just a port."""
        return [*self.log_in(*(host if isinstance(host, str) else f"127.0.0.1:{host}"
                               for host in hosts)), "--tls=off"]

    def both(self):
        """The two Dovecots under names of their own, and who is who."""
        names = {f"localhost:{self.quarantine.port_imap}": self.quarantine,
                 f"127.0.0.1:{self.other.port_imap}": self.other}
        return names, self.plain(*names)

    def assert_merged(self, rows, want):
        """Rows of all columns; `want` has the counts: {(host, folder): number}."""
        self.assertEqual([row["#"] for row in rows], [str(i + 1) for i in range(len(rows))])
        uids = {}
        folders = {}
        for row in rows:
            uids.setdefault((row["Host"], row["Folder"]), []).append(int(row["UID"]))
            seen = folders.setdefault(row["Host"], [])
            if row["Folder"] not in seen[-1:]:
                seen.append(row["Folder"])
        want = {key: number for key, number in want.items() if number}
        self.assertEqual(uids, {key: list(range(1, number + 1)) for key, number in want.items()})
        for host, seen in folders.items():
            self.assertEqual(seen, sorted(set(seen), key=(OUTGOING, INCOMING).index), host)

    def assert_summaries(self, result, want):
        """The account on standard error of each folder of each host."""
        found = [re.match(SUMMARY, line) for line in result.stderr.decode().splitlines()]
        counts = {(m["host"], m["folder"]): (int(m["found"]), int(m["reported"]))
                  for m in found if m}
        self.assertEqual(counts, {key: (number, number) for key, number in want.items()})


class OneReport(HostsTest):

    def test_two(self):
        hosts, arguments = self.both()
        result = self.run_program([*arguments, "-i", "-o", "-v", "--columns=all", FILES[CSV]],
                                  files=[CSV])
        self.assert_status(result, 0)
        want = {(host.partition(":")[0], folder): number
                for host, quarantine in hosts.items()
                for folder, number in self.messages[quarantine].items()}
        self.assertGreater(min(want.values()), 0)
        self.assert_merged(result.rows(CSV), want)
        self.assert_summaries(result, want)

    def test_two_over_tls(self):
        result = self.run_program([
            *self.log_in(f"localhost:{self.quarantine.port_imaps}",
                         f"127.0.0.1:{self.other.port_imaps}"),
            f"--ca-file={self.ca_file}", "-o", "--columns=Host,#", "--csv=-"])
        self.assert_status(result, 0)
        self.assertEqual(result.stderr, b"", "a run that succeeds says nothing")
        hosts = [row["Host"] for row in result.rows()]
        self.assertEqual({host: hosts.count(host) for host in hosts},
                         {"localhost": self.messages[self.quarantine][OUTGOING],
                          "127.0.0.1": self.messages[self.other][OUTGOING]})

    def test_every_output_counts_the_same(self):
        hosts, arguments = self.both()
        result = self.run_program([*arguments, "-d", *FILES.values()], files=FILES)
        self.assert_status(result, 0)
        number = sum(self.messages[quarantine][OUTGOING] for quarantine in hosts.values())
        lines = [json.loads(line) for line in result.files[JSON].splitlines()]
        self.assertEqual(len(result.rows()), number)
        self.assertEqual(len(result.rows(CSV)), number)
        self.assertEqual(sum(int(row["Spam Count"]) for row in result.rows(IDENTITIES)), number)
        self.assertEqual([line["number"] for line in lines],
                         list(range(1, number + 1)))
        self.assertEqual({line["host"] for line in lines}, {"localhost", "127.0.0.1"})

    def test_host_is_added(self):
        """Behind the default columns, not to those that somebody chose, nor for one server."""
        _, arguments = self.both()
        for extra, header in (([], runner.HEADER + ",Host"),
                              (["--columns=From,#"], "From,#"),
                              (["--columns=default"], runner.HEADER)):
            result = self.run_program([*arguments, "--csv=-", *extra])
            self.assert_status(result, 0)
            self.assertEqual(result.stdout.splitlines()[0].decode(), header)

    def test_five_with_one_name(self):
        """Five ports of one machine are told apart by the port."""
        relays = [quarantine_case.Relay(server.port_imap)
                  for server in (self.quarantine, self.other, self.quarantine, self.other,
                                 self.quarantine)]
        with contextlib.ExitStack() as stack:
            for relay in relays:
                stack.enter_context(relay)
            result = self.run_program([*self.plain(*(relay.port for relay in relays)),
                                       "-i", "-o", "-v", "--columns=all", "--csv=-"])
        self.assert_status(result, 0)
        servers = (self.quarantine, self.other) * 2 + (self.quarantine,)
        want = {(f"127.0.0.1:{relay.port}", folder): number
                for relay, server in zip(relays, servers)
                for folder, number in self.messages[server].items()}
        self.assert_merged(result.rows(), want)
        self.assert_summaries(result, want)

    def test_at_most_four_at_once(self):
        with Crowd(self.quarantine.port_imap, 9, MAX_CONNECTIONS) as crowd:
            result = self.run_program([*self.plain(*crowd.ports), "--csv=-"])
        self.assert_status(result, 0)
        self.assertEqual((crowd.most, crowd.connections), (MAX_CONNECTIONS, 9))
        self.assertEqual(len(result.rows()), 9 * self.messages[self.quarantine][OUTGOING])

    def test_named_twice(self):
        for again in ("localhost:1143", "LOCALHOST:1143"):
            with self.subTest(again):
                result = self.run_program(self.plain("localhost:1143", again))
                self.assert_status(result, USAGE)
                self.assertIn("is named twice", result.stderr.decode())

    def test_check(self):
        hosts, arguments = self.both()
        result = self.run_program([*arguments, "--check"])
        self.assert_status(result, 0)
        self.assertEqual(
            re.findall(r"(?m)^connected to (\S+)|^ +(\d+) +Caught \(Out", result.stdout.decode()),
            [found for host, quarantine in hosts.items()
             for found in ((host.partition(":")[0], ""),
                           ("", str(self.messages[quarantine][OUTGOING])))])
        self.assertEqual(result.stderr, b"", "a run that succeeds says nothing")

    def test_check_with_one_failing(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.run_program([*self.plain(port, self.other.port_imap), "--check"])
        self.assert_status(result, TEMPORARY)
        self.assertEqual(result.stdout.decode().count(OUTGOING), 1)
        self.assertRegex(result.stdout, rb"\Aconnected to ")
        self.assertIn(str(port), result.stderr.decode())

    def test_names_without_regard_to_case(self):
        """A grouped report would take both for one server, had they not their ports."""
        with quarantine_case.Relay(self.other.port_imap) as relay:
            result = self.run_program([
                *self.plain(f"localhost:{self.quarantine.port_imap}", f"LOCALHOST:{relay.port}"),
                "--group-by=Host", "--csv=-"])
        self.assert_status(result, 0)
        self.assertEqual({row["Host"]: int(row["Count"]) for row in result.rows()}, {
            f"localhost:{self.quarantine.port_imap}": self.messages[self.quarantine][OUTGOING],
            f"LOCALHOST:{relay.port}": self.messages[self.other][OUTGOING]})


class OneFails(HostsTest):
    """The first Dovecot is well; the other server is not."""

    def failing(self, arguments, status, *options, files=()):
        result = self.run_program([*arguments, *options], files=files)
        self.assert_status(result, status)
        return result

    def check_failure(self, arguments, status, rows=0, well=None):
        """Without --partial no file; with it a marked one that has `rows` of the failing server."""
        number = self.messages[self.quarantine][OUTGOING] if well is None else well
        result = self.failing(arguments, status, FILES[CSV])
        self.assertRegex(result.stderr.decode(), r"127\.0\.0\.1\S* is missing: ")
        result = self.failing(arguments, status, "-v", "--columns=all", "--partial", FILES[CSV],
                              files=[CSV])
        *messages, marker = result.rows(CSV)
        self.assertEqual(len(messages), number + rows)
        self.assertEqual([row["#"] for row in messages],
                         [str(i + 1) for i in range(len(messages))])
        self.assertEqual(marker["#"], "missing")
        self.assertRegex(marker["From"], r"\A\(missing: 127\.0\.0\.1\S*: .+\)\Z")
        if number:
            self.assert_summaries(result, {("localhost", OUTGOING): number})
        return marker["From"]

    def with_plain(self, port):
        return self.plain(f"localhost:{self.quarantine.port_imap}", port)

    def test_refused(self):
        holder, port = runner.closed_port()
        with holder:
            self.check_failure(self.with_plain(port), TEMPORARY)

    def test_unknown_name(self):
        result = self.failing(self.plain("nowhere.invalid", self.quarantine.port_imap), NOHOST,
                              "--allow-plaintext", FILES[CSV])
        self.assertIn("nowhere.invalid is missing: ", result.stderr.decode())

    def test_login_refused(self):
        with runner.Peer("login-refused.imap") as peer:
            self.check_failure(self.with_plain(peer.port), LOGIN)

    def test_login_refused_with_hostile_words(self):
        """What the server says comes into every output, as text."""
        with runner.Peer("login-refused-hostile.imap") as peer:
            result = self.failing(self.with_plain(peer.port), LOGIN, "-d", "--partial",
                                  *FILES.values(), files=FILES)
        self.assert_printable(result.stdout)
        for name in FILES:
            if name != HTML:    # of which the style sheet and the script have tabs
                self.assert_printable(result.files[name].replace(b"\r\n", b"\n"))
        self.assertIn("owned", json.loads(result.files[JSON].splitlines()[-1])["why"])

    def test_untrusted_certificate(self):
        arguments = [*self.log_in(f"localhost:{self.quarantine.port_imaps}",
                                  f"127.0.0.1:{self.other.port_imaps}"),
                     f"--ca-file={self.quarantine.ca_file}"]
        marker = self.check_failure(arguments, UNAVAILABLE)
        self.assertIn("fingerprint", marker.lower())
        self.assertNotIn("\n", marker)

    def test_no_such_folder(self):
        hosts, arguments = self.both()
        self.assertEqual(len(hosts), 2)
        marker = self.check_failure([*arguments, "--outgoing-folder=Only Here"], NOFOLDER, well=0)
        self.assertIn(INCOMING, marker, "it says which folders there are")

    def test_no_such_folder_in_a_cut_list(self):
        """The list of folders is cut within a character, and stays text for JSON."""
        names = "".join(f'    S: * LIST () "/" "{"&AOQ-" * 40}{i}"\n' for i in range(22))
        script = ("on every EXAMINE*\n    S: {tag} NO no such folder\nend\n"
                  f"on every LIST*\n{names}    S: {{tag}} OK that is all\nend\n")
        for shift in (200, 201):
            with self.subTest(shift), runner.Peer(text=script) as peer:
                result = self.failing(self.with_plain(peer.port), NOFOLDER, "--partial",
                                      f"--outgoing-folder={'x' * shift}",
                                      FILES[JSON], files=[JSON])
                why = json.loads(result.files[JSON].splitlines()[-1])["why"]
                self.assertRegex(why, r"ä(<C3>)?\.\.\.\Z")

    def test_broken_off(self):
        """What came before the connection broke is in the partial report."""
        with runner.Peer(text=BREAKS) as peer:
            result = self.failing(self.with_plain(peer.port), TEMPORARY, FILES[CSV])
        self.assertRegex(result.stderr.decode(), r"127\.0\.0\.1 is missing: ")
        with runner.Peer(text=BREAKS) as peer:
            result = self.failing(self.with_plain(peer.port), TEMPORARY, "--columns=all",
                                  "--partial", FILES[CSV], files=[CSV])
        *messages, marker = result.rows(CSV)
        self.assert_merged(messages, {
            ("localhost", OUTGOING): self.messages[self.quarantine][OUTGOING],
            ("127.0.0.1", OUTGOING): 2})
        self.assertEqual(marker["#"], "missing")

    def test_first_in_order_counts(self):
        holder, port = runner.closed_port()
        with holder, runner.Peer("login-refused.imap") as peer:
            for ports, status in (([peer.port, port], LOGIN), ([port, peer.port], TEMPORARY)):
                with self.subTest(ports):
                    result = self.failing(
                        self.plain(ports[0], f"localhost:{self.quarantine.port_imap}", ports[1]),
                        status, "--partial", "--columns=#,Host,From", FILES[CSV], files=[CSV])
                    rows = result.rows(CSV)
                    missing = [row["Host"] for row in rows if row["#"] == "missing"]
                    self.assertEqual([text.split(": ")[1] for text in missing],
                                     [f"127.0.0.1:{port}" for port in ports])
                    self.assertEqual(len(rows), self.messages[self.quarantine][OUTGOING] + 2)

    def test_all_fail(self):
        holder, port = runner.closed_port()
        with holder:
            result = self.failing(self.plain(port, f"localhost:{port}"), TEMPORARY, "--partial",
                                  FILES[CSV], files=[CSV])
        self.assertEqual([row["#"] for row in result.rows(CSV)], ["missing", "missing"])

    def test_display_says_so(self):
        """Also without --partial, as what has been shown cannot be taken back."""
        holder, port = runner.closed_port()
        with holder:
            for options in ([], ["--partial"]):
                with self.subTest(options):
                    result = self.failing(self.with_plain(port), TEMPORARY, "-d", *options)
                    *messages, marker = result.rows()
                    self.assertEqual(len(messages), self.messages[self.quarantine][OUTGOING])
                    self.assertEqual(marker["#"], "missing")
                    self.assertIn("(missing: 127.0.0.1: ", marker["From"])

    def test_explanations_say_so(self):
        """As the display does, in a block of its own behind the last message."""
        holder, port = runner.closed_port()
        with holder:
            for options in ([], ["--partial"]):
                with self.subTest(options):
                    result = self.failing(self.with_plain(port), TEMPORARY, "--explain", *options)
                    *messages, marker = result.stdout.decode().removesuffix("\n\n").split("\n\n")
                    self.assertEqual(len(messages), self.messages[self.quarantine][OUTGOING])
                    self.assertTrue(messages[-1].startswith(f"{len(messages)}: UID "))
                    self.assertRegex(marker, r"\A\(missing: 127\.0\.0\.1: [^\n]+\)\Z")

    def test_one_host_alone(self):
        """Without --partial it is as ever: nothing but the error."""
        holder, port = runner.closed_port()
        with holder:
            result = self.failing(self.plain(port), TEMPORARY, "-d")
            self.assertEqual(result.stdout, b"")
            self.assertNotIn(b"is missing", result.stderr)
            result = self.failing(self.plain(port), TEMPORARY, "-d", "--partial")
            self.assertEqual([row["#"] for row in result.rows()], ["missing"])

    def test_marks(self):
        """Two servers are missing in each output."""
        number = self.messages[self.quarantine][OUTGOING]
        holder, port = runner.closed_port()
        with holder, runner.Peer("login-refused.imap") as peer:
            arguments = self.plain(f"localhost:{self.quarantine.port_imap}", port, peer.port)
            result = self.failing(arguments, TEMPORARY, "--partial", "-d", *FILES.values(),
                                  files=FILES)
            grouped = self.failing(arguments, TEMPORARY, "--partial", "-d", "--group-by=Host",
                                   FILES[CSV], FILES[JSON], files=FILES)
        names = [f"127.0.0.1:{port}", f"127.0.0.1:{peer.port}"]
        marks = [f"(missing: {name}: " for name in names]

        for rows in (result.rows(), result.rows(CSV)):
            self.assertEqual([row["#"] for row in rows[number:]], ["missing"] * 2)
            self.assertEqual([row["From"].startswith(mark) for row, mark in
                              zip(rows[number:], marks)], [True] * 2)
        for run, kinds in ((result, ["message"] * number), (grouped, ["group"])):
            lines = [json.loads(line) for line in run.files[JSON].splitlines()]
            self.assertEqual([line["kind"] for line in lines], [*kinds, "missing", "missing"])
            self.assertEqual([line["host"] for line in lines[-2:]], names)

        rows = grouped.rows(CSV)
        self.assertEqual([int(row["Count"]) for row in rows], [number, 0, 0])
        self.assertEqual([row["Host"].startswith(mark) for row, mark in zip(rows[1:], marks)],
                         [True] * 2)
        table = grouped.stdout.decode().splitlines()
        self.assertEqual([line.startswith(mark) for line, mark in zip(table[-2:], marks)],
                         [True] * 2)

        rows = list(csv.reader(io.StringIO(result.files[IDENTITIES].decode())))
        self.assertEqual(sum(int(row[3]) for row in rows[1:]), number)
        self.assertEqual([row[2].startswith(mark) for row, mark in zip(rows[-2:], marks)],
                         [True] * 2)
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})

        page = result.files[HTML].decode()
        alerts = [re.sub("</?bdi>", "", alert) for alert in re.findall(
            r'<p class="alert"><strong>Not complete:</strong> (.*?)</p>', page)]
        self.assertEqual([alert.startswith(f"{name}: ") for alert, name in zip(alerts, names)],
                         [True] * 2)
        self.assertEqual(len(alerts), 2)
        self.assertEqual(page.count("not complete</span>"), 2)

    def test_merge(self):
        """A merge is no more complete than what it is made of, and takes no mark for a message."""
        number = self.messages[self.quarantine][OUTGOING]
        holder, port = runner.closed_port()
        with holder:
            saved = self.failing(self.with_plain(port), TEMPORARY, "--partial", FILES[CSV],
                                 FILES[JSON], files=FILES)
        for name in (CSV, JSON):
            with self.subTest(name):
                path = self.directory / name
                path.write_bytes(saved.files[name])
                result = self.run_program(["--merge", str(path), "--csv=-"])
                self.assert_status(result, DATA)
                self.assertIn(f"not complete when saved: '{path}'", result.stderr.decode())
                *groups, marker = result.rows()
                self.assertEqual(sum(int(row["Count"]) for row in groups), number)
                self.assertNotIn("missing", "".join(row["Identity"] for row in groups))
                self.assertEqual(marker["Count"], "0")
                self.assertTrue(marker["Identity"].startswith(f"(missing: {path}: "), marker)

    def test_output_fails(self):
        """Our own mistake counts before a server's."""
        holder, port = runner.closed_port()
        with holder:
            result = self.failing(self.plain(port, f"localhost:{self.quarantine.port_imap}"), IO,
                                  "--partial", "--csv=/dev/full")
        self.assertIn("No space left on device", result.stderr.decode().splitlines()[-1])


class Patience(HostsTest):

    def test_retries(self):
        """As often as that, and no more."""
        for retries in (0, 1):
            with self.subTest(retries):
                with runner.Peer(text=TWICE_CLOSED) as peer:
                    result = self.run_program([*self.plain(peer.port), f"--retries={retries}",
                                               FILES[CSV]])
                self.assert_status(result, TEMPORARY)
                self.assertEqual(sum(" end: " in line for line in peer.log), retries + 1, peer.log)

    def test_retry_that_helps(self):
        """One of two servers is late; the other is asked once."""
        script = TWICE_CLOSED.replace("connection 2", "connection")
        with runner.Peer(text=script) as peer, \
                quarantine_case.Relay(self.quarantine.port_imap) as relay:
            result = self.run_program([*self.plain(f"localhost:{relay.port}", peer.port),
                                       "--retries=1", "-v", "--columns=all", "--csv=-"])
        self.assert_status(result, 0)
        self.assertIn("trying again in 2 seconds", result.stderr.decode())
        self.assertEqual(relay.client.count(b"EXAMINE"), 1)
        self.assert_merged(result.rows(), {
            ("localhost", OUTGOING): self.messages[self.quarantine][OUTGOING],
            ("127.0.0.1", OUTGOING): 3})

    def test_login_is_not_tried_again(self):
        with runner.Peer("login-refused.imap") as peer:
            result = self.run_program([*self.plain(peer.port), "--retries=5"])
        self.assert_status(result, LOGIN)
        self.assertEqual(len(peer.logins()), 1)

    def test_no_retry_beyond_the_deadline(self):
        # Less is left than the two seconds of a pause, unless all was over before the first try.
        for _ in range(TRIES):
            with runner.Peer(text=TWICE_CLOSED) as peer:
                result = self.run_program([*self.plain(peer.port), "--retries=5", "--deadline=2"])
            self.assert_status(result, TEMPORARY)
            if peer.log:
                break
        self.assertEqual(sum(" end: " in line for line in peer.log), 1, peer.log)

    def test_deadline(self):
        """It is that of the whole run: the server that answers is in the report."""
        def run(seconds):
            with runner.Peer("stall-login.imap") as peer:
                return self.run_program([*self.plain(f"localhost:{self.quarantine.port_imap}",
                                                     peer.port),
                                         f"--deadline={seconds}", "--partial", "--csv=-"])
        rows = self.messages[self.quarantine][OUTGOING] + 1
        result = self.run_into_limit(run, lambda result: len(result.rows()) == rows)
        self.assert_status(result, TEMPORARY)
        self.assertIn("127.0.0.1 is missing: ", result.stderr.decode())
        self.assertNotIn("localhost is missing: ", result.stderr.decode())

    def setUp(self):
        super().setUp()
        # What is ignored, as in a shell's background job, the program would ignore, too.
        self.addCleanup(signal.signal, signal.SIGINT,
                        signal.signal(signal.SIGINT, signal.default_int_handler))

    def check_signal(self, number, *options):
        relays = [quarantine_case.Relay(server.port_imap, quarantine_case.stall_after(b"BODY[", 3))
                  for server in (self.quarantine, self.other, self.quarantine)]
        with contextlib.ExitStack() as stack:
            for relay in relays:
                stack.enter_context(relay)
            arguments = [*self.plain(*(relay.port for relay in relays)), *FILES.values(),
                         *options]
            process = stack.enter_context(self.running(arguments))
            for relay in relays:
                self.assertTrue(relay.stalled.wait(PATIENCE))
            process.send_signal(number)
            status, error = self.end_of(process)
        self.assertEqual(status, 128 + number, error)
        self.assertEqual(list((self.directory / "work").iterdir()), [], "files left behind")
        self.assertNotIn(b"is missing", error)

    def test_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for options in ([], ["--partial"]):
                with self.subTest(number=number, options=options):
                    self.check_signal(number, *options)

    def test_signal_during_a_pause(self):
        holder, port = runner.closed_port()
        with holder, quarantine_case.Relay(self.quarantine.port_imap,
                                           quarantine_case.stall_at_once) as relay:
            arguments = [*self.plain(port, relay.port), "--retries=100", FILES[CSV]]
            with self.running(arguments) as process:
                self.assertTrue(relay.stalled.wait(PATIENCE))
                process.send_signal(signal.SIGTERM)
                status, error = self.end_of(process)
        self.assertEqual(status, 128 + signal.SIGTERM, error)
        self.assertEqual(list((self.directory / "work").iterdir()), [], "files left behind")


class Slow(HostsTest):

    def test_a_slow_one_stops_no_other(self):
        """The server behind a stalled one is complete before that goes on."""
        ready = threading.Event()

        def hold(data):
            ready.wait(PATIENCE)
            return data

        with quarantine_case.Relay(self.other.port_imap, hold) as slow, \
                quarantine_case.Relay(self.quarantine.port_imap) as fast:
            with self.running([*self.plain(slow.port, f"localhost:{fast.port}"),
                               FILES[CSV]]) as process:
                self.wait_for(lambda: b"BODY.PEEK" in fast.client, "the messages of the fast one")
                ready.set()
                status, error = self.end_of(process)
        self.assertEqual((status, error), (0, b""))


if __name__ == "__main__":
    runner.main()
