"""A quarantine that is followed: nothing is missed and nothing comes twice, whatever the server does."""

import json
import pathlib
import re
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import certificates  # noqa: E402
import quarantine_case  # noqa: E402
import runner  # noqa: E402
from following import Clock, FollowTest  # noqa: E402
from quarantine_case import INCOMING, OUTGOING  # noqa: E402
from small_server import SmallServer, TlsRecords  # noqa: E402

NOFOLDER, TEMPORARY, PROTOCOL, LOGIN = 66, 75, 76, 77

TERMINATED = 128 + signal.SIGTERM


def raw(number):
    return (f"Received: from c.example.com by mail.example.com; now\nX-AuthUser: user@example.com\n"
            f"Subject: number {number}\nFrom: a@example.com\nTo: b@example.net\n\n").encode()


class Cutter(quarantine_case.Relay):
    """Cuts the connection at the next bytes from the server, when it is told to."""

    def __init__(self, port):
        super().__init__(port, self._cut)
        self.wanted = 0
        self.cuts = 0
        self._cut_at = 0    # of what the client has said
        self._lock = threading.Lock()

    def cut(self):
        with self._lock:
            self.wanted += 1

    def _cut(self, data):
        with self._lock:
            if self.wanted:
                self.wanted -= 1
                self.cuts += 1
                self._cut_at = len(self.client)
                raise OSError("cut")
        return data

    def is_read_since(self):
        """Behind a look the client says IDLE."""
        return b"IDLE\r\n" in self.client[self._cut_at:]

    def lead_to(self, port):
        self._server = ("127.0.0.1", port)


class Followed(quarantine_case.QuarantineTest, FollowTest):

    UNSEEN = (runner.USER.encode(),)  # messages come while it is followed

    def setUp(self):
        super().setUp()
        self.sent = 0

    def send(self, count, folder=OUTGOING, ago=0):
        for _ in range(count):
            self.sent += 1
            self.quarantine.deliver(folder, raw(self.sent), time.time() - ago)

    def test_idle(self):
        """The server says when something has come: nobody looks in between, and nobody waits."""
        time.sleep(1.1)
        # With pauses as they are IDLE is not renewed, nor does anybody look, before the test is over.
        with self.following(*self.trust(), "--json=-", "--interval=3600", "--trace",
                            variables={"QR_PAUSE_SECOND_MS": "1000"}) as run:
            for number in range(1, 4):
                run.wait_for(lambda: run.said().count("IDLE") >= number, "IDLE")
                run.wait_for(lambda: run.said().count("S: + ") >= number, "its answer")
                self.sent = 500 + number
                self.quarantine.deliver(OUTGOING, raw(self.sent), time.time())
                run.wait_for(lambda: len(run.rows()) >= number, "the message")
            self.assertEqual(run.subjects(), [501, 502, 503])
            run.wait_for(lambda: run.said().count("IDLE") >= 4, "IDLE")
            self.assertEqual(run.end()[0], TERMINATED)
            self.assertLess(run.said().count("EXAMINE"), 8)

    def assert_in_order(self, rows, count):
        """That of the folder: Dovecot numbers messages as it finds them, not as they are sent."""
        uids = [row["uid"] for row in rows]
        self.assertEqual(len(uids), count)
        self.assertEqual(uids, sorted(set(uids)))

    def test_only_what_is_new(self):
        self.send(3, ago=60)
        time.sleep(1.1)  # what came in the second in which it begins is new
        with quarantine_case.Relay(self.quarantine.port_imap) as relay, \
                self.following(*self.plain(relay.port), "--json=-", "--interval=1") as run:
            run.wait_for(lambda: b"+ idling" in relay.server, "the first look")
            self.sent = 100
            self.send(2)
            run.wait_for_subjects([101, 102])
            status, said = run.end()
            self.assertEqual((status, len(said.splitlines())), (TERMINATED, 1), said)

    def test_bursts_cuts_and_restarts(self):
        """A thousand messages, ten cuts and two restarts: all rows, in order, nothing twice."""
        with Cutter(self.quarantine.port_imap) as relay:
            with self.following(*self.plain(relay.port), "--since=1m", "-o", "--json=-",
                                "--interval=1", "--verbose") as run:
                for burst in range(40):
                    self.send(25)
                    if burst % 4 == 3:
                        relay.cut()
                    if burst in (13, 27):
                        self.quarantine.kill()
                        self.quarantine.start()
                        relay.lead_to(self.quarantine.port_imap)
                    if burst % 5 == 0:
                        run.wait_for(lambda: len(run.rows()) >= self.sent, "this burst")
                run.wait_for(lambda: len(run.rows()) >= 1000, "all messages")
                run.wait_for(lambda: relay.cuts == 10, "all cuts")
                run.wait_for(relay.is_read_since, "a look behind the last one")
                run.wait_until_back()
                self.assertEqual(sorted(run.subjects()), list(range(1, 1001)))
                self.assert_in_order([json.loads(line) for line in run.rows()], 1000)
                status, said = run.end()
        self.assertEqual(status, TERMINATED)
        found = re.search(r": (\d+) found, (\d+) reported\n", said)
        self.assertEqual(found[1], found[2], said)


class BothFolders(Followed):

    def test_bursts_cuts_and_restarts(self):
        """Each folder by itself is in order."""
        with self.following(*self.trust(), "--since=1m", "-o", "-i", "--json=-",
                            "--interval=1") as run:
            for _ in range(10):
                self.send(5, OUTGOING)
                self.send(5, INCOMING)
            run.wait_for(lambda: len(run.rows()) >= 100, "all messages")
            rows = [json.loads(line) for line in run.rows()]
            for folder in (OUTGOING, INCOMING):
                self.assert_in_order([row for row in rows if row["folder"] == folder], 50)


class Hostile(FollowTest):

    def follow(self, server, *options):
        return self.following(*self.login(f"127.0.0.1:{server.port}"), "--tls=off", "--json=-",
                              "--interval=1", "--since=2024-01-01", *options)

    def uids(self, run):
        return [json.loads(line)["uid"] for line in run.rows()]

    def wait_for_uids(self, run, want):
        run.wait_for(lambda: len(run.rows()) >= len(want), f"{want}")
        self.assertEqual(self.uids(run), want)

    def test_expunged(self):
        """Messages go and come; numbers shrink."""
        with SmallServer(range(1, 51)) as server, self.follow(server) as run:
            self.wait_for_uids(run, list(range(1, 51)))
            server.change(uids=[], uidnext=51)
            run.wait_for_look(server)
            server.change(uids=[51, 52], uidnext=None)
            self.wait_for_uids(run, list(range(1, 53)))
            server.change(uids=[52], uidnext=53)
            run.wait_for_look(server)
            self.assertEqual(run.end()[0], TERMINATED)
            self.assertEqual(self.uids(run), list(range(1, 53)))

    def test_made_anew(self):
        """UIDVALIDITY changes: what is older than the last look is not shown again."""
        with SmallServer([1, 2, 3]) as server, self.follow(server) as run:
            self.wait_for_uids(run, [1, 2, 3])
            run.wait_for_look(server)
            server.change(uidvalidity=2, uids=[1, 2])
            run.wait_for(lambda: "made anew" in run.said(), "the warning")
            run.wait_for_look(server)
            server.change(uids=[1, 2, 3])
            self.wait_for_uids(run, [1, 2, 3, 3])
            self.assertEqual(run.end()[0], TERMINATED)

    def test_made_anew_just_after(self):
        """What came in the last minute has other numbers, and is known again all the same."""
        with SmallServer([1, 2, 3]) as server:
            # By the server's clock, which is ahead: the minute is not over, however long this takes.
            server.when = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(time.time() + 600))
            with self.follow(server, "--verbose") as run:
                self.wait_for_uids(run, [1, 2, 3])
                server.change(uids=[1, 2, 3, 4])
                self.wait_for_uids(run, [1, 2, 3, 4])
                # 2 has gone; 5 was never seen; the last one looks like 4, and there was one such.
                server.change(uidvalidity=2, uids=[11, 12, 13, 14, 15],
                              same={11: 1, 12: 3, 13: 5, 14: 4, 15: 4})
                self.wait_for_uids(run, [1, 2, 3, 4, 13, 15])
                server.change(uidvalidity=3, uids=[21, 22, 23], same={21: 5, 22: 4, 23: 6})
                self.wait_for_uids(run, [1, 2, 3, 4, 13, 15, 23])
                status, said = run.end()
        self.assertEqual(status, TERMINATED)
        self.assertIn("made anew by the server", said)
        self.assertIn(": 7 found, 7 reported", said)

    def test_no_epoch(self):
        """A server without UIDVALIDITY, or that knows no UIDs: said in words of this command."""
        for examine in (["* 1 EXISTS"], ["* 1 EXISTS", "* OK [UIDNEXT 2] next"]):
            with self.subTest(examine), SmallServer([1]) as server:
                server.answers = [("EXAMINE", examine), ("STATUS", [])]
                with self.follow(server) as run:
                    status, said = run.end(None)
                self.assertEqual(status, PROTOCOL)
                self.assertIn("UIDVALIDITY", said)
                self.assertIn("cannot be followed", said)
                self.assertNotIn("--new-only", said)

    def test_many_unreadable(self):
        """However many at a time: each is said and counted once, and the next one is shown."""
        with SmallServer(range(1, 201)) as server:
            server.unreadable = dict.fromkeys(range(1, 200, 2), "[SERVERBUG] broken")
            with self.follow(server, "--verbose") as run:
                self.wait_for_uids(run, list(range(2, 201, 2)))
                server.uids.append(202)
                self.wait_for_uids(run, list(range(2, 203, 2)))
                status, said = run.end()
        self.assertEqual(status, 65)
        self.assertIn(": 201 found, 101 reported, 100 unreadable", said)
        self.assertNotIn("next run", said)

    def test_floods(self):
        """Unasked EXISTS, EXPUNGE and FETCH in every answer change nothing."""
        flood = [line for n in range(500) for line in
                 (f"* {n + 1} EXISTS", f"* {n + 1} EXPUNGE", f"* {n + 1} FETCH (FLAGS (\\Seen))")]
        with SmallServer([1, 2, 3]) as server:
            plain = SmallServer.answer
            server.answer = lambda command: (
                [*flood, *plain(server, command)]
                if command.upper().startswith(("UID", "FETCH")) else plain(server, command))
            with self.follow(server) as run:
                self.wait_for_uids(run, [1, 2, 3])
                server.uids = [1, 2, 3, 4]
                self.wait_for_uids(run, [1, 2, 3, 4])
                self.assertEqual(run.end()[0], TERMINATED)

    def test_bad_idle(self):
        """Refused, broken off, or answered with anything: the folder is looked at all the same."""
        flood = [f"* {n} EXISTS" for n in range(1, 200)]
        for name, answer in (("refused", ["{tag} NO not now"]), ("bad", ["{tag} BAD what"]),
                             ("broken", None), ("nonsense", ["+ idling", "{tag} OK", "* junk"]),
                             ("flood", ["+ idling", *flood])):
            with self.subTest(name), SmallServer([1, 2]) as server:
                server.greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE] ready"
                plain = SmallServer.answer
                server.answer = lambda command, server=server, answer=answer: (
                    answer and list(answer) if command.upper() == "IDLE"
                    else plain(server, command))
                with self.follow(server) as run:
                    self.wait_for_uids(run, [1, 2])
                    server.uids = [1, 2, 3]
                    self.wait_for_uids(run, [1, 2, 3])
                    # What breaks the connection may just have done so.
                    away = () if name in ("refused", "bad") else (TEMPORARY, PROTOCOL)
                    self.assertIn(run.end()[0], (TERMINATED, *away))

    def test_said_behind_the_answer_to_idle(self):
        """In the same packet, and in a TLS record of its own: nothing else will come."""
        authority = certificates.Authority(self.directory / "authority")
        certificate = authority.certificate("good")
        with SmallServer([1]) as server:
            def idle():
                if len(server.uids) > 2:
                    return []
                server.uids.append(len(server.uids) + 1)
                return [f"* {len(server.uids)} EXISTS"]
            server.greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE] ready"
            server.idle = idle
            server.wrap = lambda connection: TlsRecords(connection, certificate)
            with self.following(*self.login(f"localhost:{server.port}"), "--tls=implicit",
                                f"--ca-file={authority.ca_file}", "--json=-", "--interval=3600",
                                "--since=2024-01-01",
                                variables={"QR_PAUSE_SECOND_MS": "1000"}) as run:
                self.wait_for_uids(run, [1, 2, 3])
                self.assertEqual(run.end()[0], TERMINATED)

    def test_unreadable(self):
        """Said and counted once, however often the folder is looked at."""
        with SmallServer([1, 2, 3]) as server:
            server.unreadable[2] = "[SERVERBUG] broken"
            with self.follow(server, "--verbose") as run:
                run.wait_for(lambda: len(run.rows()) >= 2, "the others")
                looks = len(server.asked("EXAMINE"))
                run.wait_for(lambda: len(server.asked("EXAMINE")) > looks + 3, "more looks")
                status, said = run.end()
        self.assertEqual(status, 65)
        self.assertEqual(said.count("UID 2 cannot be read"), 1)
        self.assertIn("3 found, 2 reported, 1 unreadable", said)

    def test_away(self):
        """It is said once that a server is away, and that it is back; metrics know."""
        with SmallServer([1]) as server, self.follow(server, "--metrics=out.prom") as run:
            self.wait_for_uids(run, [1])
            plain, server.answer = server.answer, lambda command: None
            run.wait_for(lambda: "tried again until it answers" in run.said(), "the failure")
            away = self.directory / "out.prom"
            run.wait_for(lambda: re.search(r"source_up\{.*\} 0$", away.read_text(), re.M), "0")
            server.uids = [1, 2]
            server.answer = plain
            self.wait_for_uids(run, [1, 2])
            run.wait_for(lambda: "can be read again" in run.said(), "the end of it")
            self.assertEqual(run.said().count("tried again"), 1)
            self.assertEqual(run.end()[0], TERMINATED)

    def test_ends_while_away(self):
        """What was read is delivered, says what is missing, and the status is that of a failure."""
        with SmallServer([1]) as server, self.follow(server, "--csv=out.csv") as run:
            self.wait_for_uids(run, [1])
            server.answer = lambda command: None
            run.wait_for(lambda: "tried again until it answers" in run.said(), "the failure")
            self.assertEqual(run.end()[0], TEMPORARY)
            text = (self.directory / "out.csv").read_text()
            self.assertIn("MISSING", text.upper())

    def test_nothing_to_follow(self):
        holder, port = runner.closed_port()
        self.addCleanup(holder.close)
        with self.following(*self.login(f"127.0.0.1:{port}"), "--tls=off") as run:
            self.assertEqual(run.end(None)[0], TEMPORARY)

    def test_read_only(self):
        with SmallServer([1, 2, 3]) as server, self.follow(server) as run:
            self.wait_for_uids(run, [1, 2, 3])
            run.end()
            verbs = {re.match(r"(UID )?\w+", command.upper())[0] for command in server.commands}
            self.assertLessEqual(verbs, self.READ_ONLY)


class Idle(FollowTest):
    """A server that says what has come, over a connection that may die."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(SmallServer([1]))
        self.server.greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE] ready"
        self.server.idle = lambda: []
        self.dead = set()  # threads of the relay
        self.alive = set()
        self.relay = self.enterContext(quarantine_case.Relay(self.server.port, self.pass_on))

    def pass_on(self, data):
        """Of a dead connection nothing comes; nor does its end."""
        me = threading.current_thread()
        self.alive.add(me)
        return b"" if me in self.dead else data

    def kill(self):
        self.dead |= self.alive

    def follow(self, *options, pause="1000", clock=None):
        return self.following(
            *self.login(f"127.0.0.1:{self.relay.port}"), "--tls=off", "--json=-",
            "--interval=3600", "--since=2024-01-01", *options,
            variables={"QR_PAUSE_SECOND_MS": pause} | (clock.variables if clock else {}))

    def wait_for_idle(self, run, count=1):
        run.wait_for(lambda: len(self.server.asked("IDLE")) >= count, "IDLE")

    def wait_for_uids(self, run, want):
        run.wait_for(lambda: len(run.rows()) >= len(want), f"{want}")
        self.assertEqual([json.loads(line)["uid"] for line in run.rows()], want)

    def test_said_before_idle(self):
        """With an answer behind which nobody searches, or to IDLE itself: it is not said again."""
        plain = self.server.answer

        def come(*unused):
            if len(self.server.uids) > 1:
                return []
            self.server.uids.append(2)
            return ["* 2 EXISTS"]
        for verb in ("UID SEARCH", "UID FETCH", None):
            with self.subTest(verb):
                self.server.uids = [1]
                if verb is None:
                    self.server.before_idle = come
                else:
                    self.server.answer = lambda command, verb=verb: (
                        plain(command) + (come() if command.upper().startswith(verb) else []))
                with self.follow("--timeout=600") as run:
                    self.wait_for_uids(run, [1, 2])
                    self.assertEqual(run.end()[0], TERMINATED)
                self.server.answer = plain

    def test_dies_silently(self):
        """It is noticed when IDLE is renewed, here after a few seconds, and made anew at once."""
        with self.follow("--timeout=10", "--verbose", pause="4") as run:
            self.wait_for_idle(run)
            self.kill()
            self.server.uids.append(2)
            self.wait_for_uids(run, [1, 2])
            self.assertGreater(self.server.connections, 1)
            self.assertIn(run.end()[0], (TERMINATED, TEMPORARY))  # just then it may be away

    def test_asleep(self):
        """A machine that wakes up looks at once: IDLE would be renewed in nine minutes."""
        clock = Clock(self)
        with self.follow("--timeout=10", clock=clock) as run:
            self.wait_for_idle(run)
            self.kill()
            self.server.uids.append(2)
            self.sleep_until(run, clock, lambda: len(run.rows()) >= 2)
            self.wait_for_uids(run, [1, 2])
            self.assertEqual(run.end()[0], TERMINATED)

    @staticmethod
    def sleep_until(run, clock, happened):
        """Hours, once more as long as the run may not yet have been looking at the clock before."""
        ahead, since = 0, 0

        def has_slept_enough():
            nonlocal ahead, since
            if time.monotonic() - since > 5:
                ahead, since = ahead + 3 * 3600, time.monotonic()
                clock.set(ahead)
            return happened()
        run.wait_for(has_slept_enough, "a look")

    def test_clock_is_set(self):
        """Forward and back: what is waited for is waited for as long as ever, and no longer."""
        clock = Clock(self)
        # A look has 1800 of these seconds, which a busy machine must not need.
        with self.follow("--timeout=600", "--metrics=out.prom", pause="6", clock=clock) as run:
            self.wait_for_idle(run)
            self.wait_for_uids(run, [1])
            for number, ahead in enumerate((-7200, 20, 0, 90000, -90000), 2):
                clock.set(ahead)
                self.server.uids.append(number)
                self.wait_for_uids(run, list(range(1, number + 1)))
            self.assertNotIn("no answer", run.said())
            self.assertNotIn("tried again", run.said())
            self.assertEqual(run.end()[0], TERMINATED)
        text = (self.directory / "out.prom").read_text()
        seconds = int(re.search(r"^quarantine_report_last_message_seconds (\d+)$", text, re.M)[1])
        self.assertLess(seconds, 86400)


class Hung(FollowTest):
    """A server that says nothing more holds up no other one. Nothing here waits for a time-out."""

    def follow(self, first, second, *options, **how):
        return self.following(*self.login(f"127.0.0.1:{first.port}"), "-s",
                              f"127.0.0.1:{second.port}", "--tls=off", "--json=-", "--interval=1",
                              "--timeout=600", "--since=2024-01-01", *options, **how)

    def setUp(self):
        super().setUp()
        self.hangs, self.goes_on = threading.Event(), threading.Event()
        self.addCleanup(self.goes_on.set)

    def hang(self, server, verb):
        """From now on, at this command."""
        plain = server.answer

        def answer(command):
            if command.upper().startswith(verb):
                self.hangs.set()
                self.goes_on.wait()
            return plain(command)
        server.answer = answer

    def come_and_be_seen(self, run, good, count):
        """One after another: each has its own look."""
        before = len(run.rows())
        for number in range(1, count + 1):
            good.uids.append(good.uids[-1] + 1)
            run.wait_for(lambda: len(run.rows()) >= before + number, f"message {number}")
        self.assertNotIn("tried again", run.said())

    def test_from_the_first_command_on(self):
        for verb in ("AUTHENTICATE", "EXAMINE", "UID FETCH"):
            with self.subTest(verb), SmallServer([1]) as good, SmallServer([1]) as bad:
                self.hangs.clear()
                self.hang(bad, verb)
                with self.follow(bad, good) as run:
                    run.wait_for(self.hangs.is_set, "the command")
                    run.wait_for(lambda: run.rows(), "the message of the other one")
                    self.come_and_be_seen(run, good, 3)
                    self.assertEqual(run.end()[0], TERMINATED)

    def test_later(self):
        """What the one has to say is read when it says it."""
        for verb in ("EXAMINE", "UID SEARCH", "UID FETCH"):
            with self.subTest(verb), SmallServer([1]) as good, SmallServer([1]) as bad:
                self.hangs.clear()
                self.goes_on.clear()
                with self.follow(bad, good) as run:
                    run.wait_for(lambda: len(run.rows()) == 2, "both")
                    self.hang(bad, verb)
                    bad.uids.append(2)
                    run.wait_for(self.hangs.is_set, "the command")
                    self.come_and_be_seen(run, good, 3)
                    self.goes_on.set()
                    run.wait_for(lambda: len(run.rows()) == 6, "the one that hung")
                    self.assertEqual(run.end()[0], TERMINATED)

    def test_reports_begin_anew_meanwhile(self):
        """Not while one is being read: what is counted in a report stands in it."""
        out = self.directory / "out"
        with SmallServer([1]) as good, SmallServer([1]) as bad:
            with self.follow(bad, good, "--html=out") as run:
                run.wait_for(lambda: len(run.rows()) == 2, "both")
                self.hang(bad, "UID FETCH")
                bad.uids.append(2)
                run.wait_for(self.hangs.is_set, "the command")
                run.process.send_signal(signal.SIGHUP)
                self.come_and_be_seen(run, good, 2)
                self.assertFalse(out.exists())
                self.goes_on.set()
                run.wait_for(out.exists, "the report")
                text = out.read_text()
                good.uids.append(good.uids[-1] + 1)
                run.wait_for(lambda: len(run.rows()) == 6, "one more")
                self.assertEqual(run.end()[0], TERMINATED)
                self.assertIn("5 messages", text)
                self.assertEqual([json.loads(line)["number"] for line in run.rows()],
                                 [1, 2, 3, 4, 5, 1])

    def test_not_for_ever(self):
        """However long its patience: a look ends, and reports of all servers begin anew."""
        out = self.directory / "out"
        with SmallServer([1]) as good, SmallServer([1]) as bad:
            with self.follow(bad, good, "--html=out",
                             variables={"QR_PAUSE_SECOND_MS": "2"}) as run:
                run.wait_for(lambda: len(run.rows()) == 2, "both")
                self.hang(bad, "UID FETCH")
                bad.uids.append(2)
                run.wait_for(self.hangs.is_set, "the command")
                run.process.send_signal(signal.SIGHUP)
                run.wait_for(out.exists, "the report")
                self.assertIn("was not read in 30 minutes", run.said())
                self.goes_on.set()
                run.wait_for(lambda: len(run.rows()) == 3, "what came")
                run.wait_until_back()
                self.assertEqual(run.end()[0], TERMINATED)

    def test_never_read(self):
        """At the end it is said of a server that it never came so far."""
        with SmallServer([1]) as good, SmallServer([1]) as bad:
            self.hang(bad, "EXAMINE")
            with self.follow(bad, good, "--html=out") as run:
                run.wait_for(lambda: run.rows(), "the message of the other one")
                self.assertEqual(run.end()[0], TERMINATED)
            self.assertIn("ended before it had been read", (self.directory / "out").read_text())
            with self.follow(bad, good, "--html=out", "--deadline=1") as run:
                status, said = run.end(None)
                self.assertEqual(status, TEMPORARY)
                self.assertIn("ended before it had been read", said)


if __name__ == "__main__":
    runner.main()
