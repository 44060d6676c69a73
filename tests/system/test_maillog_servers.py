"""Logs of real mail servers: what people did there is what the report says they did."""

import collections
import csv
import gzip
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import maillog_oracle  # noqa: E402
import mta  # noqa: E402
import runner  # noqa: E402

COLUMNS = ("Date,Queue ID,Identity,Identity kind,Auth-User,Login IP,Source IP,Class,Return-Path,To,"
           "Subject,PHP script,Message-ID,Host,Notes")
A, B, ATTACKER = mta.CLIENTS
WORLD = ["a@example.net"]


def rows_of(result):
    return list(csv.DictReader(io.StringIO(result.stdout.decode(), newline=""), strict=True))


class _Logs:
    """What is done once with a server, and what is read of its log by each test."""

    needs = package = None
    kind = None

    @classmethod
    def setUpClass(cls):
        cls.lacks = mta.missing(cls.needs, cls.package)
        if cls.lacks:
            return
        directory = tempfile.TemporaryDirectory(prefix="qr-maillog-")
        cls.addClassCleanup(directory.cleanup)
        cls.place = pathlib.Path(directory.name)
        cls.done = {}    # queue id: (login or user, address, class)
        cls.failed = []
        cls.make()

    def setUp(self):
        super().setUp()
        if self.lacks:
            self.skipTest(f"needs {self.lacks}")

    def read(self, *options, files=None):
        result = self.run_program([f"--columns={COLUMNS}", "--raw-csv", "--csv=-", *options,
                                   *map(str, files or self.files)])
        self.assert_status(result, 0)
        return rows_of(result)

    def test_each_message_is_whose_it_was(self):
        rows = {row["Queue ID"]: row for row in self.read()}
        for queue_id, (who, address, outcome) in self.done.items():
            row = rows.get(queue_id)
            self.assertIsNotNone(row, f"{queue_id} of {who} is missing")
            self.assertEqual((row["Identity"], row["Source IP"], row["Class"]),
                             (who, address, outcome), row)

    def test_nothing_is_there_twice(self):
        count = collections.Counter(row["Queue ID"] for row in self.read())
        self.assertEqual([one for one, times in count.items() if times > 1], [])

    def test_nobody_is_whom_they_named(self):
        for row in self.read():
            self.assertNotIn(row["Identity"], ("other@example.com", "forged@example.com"), row)
            self.assertNotIn(row["Source IP"], ("192.0.2.50", "192.0.2.200", "192.0.2.1"), row)

    def test_lines_add_up(self):
        result = self.run_program(["-v", "--csv=-", *map(str, self.files)])
        said = re.search(r"mail log: (\d+) lines: (.*)", result.stderr.decode())
        parts = [int(number) for number in re.findall(r"\b\d+\b", said[2])]
        self.assertEqual(int(said[1]), sum(parts), said[0])
        total = sum(len(maillog_oracle.lines_of(path)) for path in self.files)
        self.assertEqual(int(said[1]), total)

    def test_failed_logins(self):
        rows = self.read("--failed-logins")
        self.assertEqual([(row["Auth-User"], row["Source IP"]) for row in rows], self.failed)
        self.assertEqual({row["Identity"] for row in rows}, {""})

    def test_counts_are_those_of_another_reader(self):
        who, where = self.oracle()
        rows = [row for row in self.read() if "suspicious" not in row["Notes"]]
        plain = [row for row in rows if re.fullmatch(r"[\w.@-]+", row["Auth-User"] or "x")
                 and row["Class"] != "rejected"]
        got = collections.Counter(self.plain_identity(row) for row in plain)
        for name, count in got.items():
            if name:
                self.assertEqual(count, who[name], name)
        got = collections.Counter((row["Auth-User"], row["Login IP"]) for row in plain
                                  if row["Login IP"])
        self.assertEqual(got, collections.Counter({key: count for key, count in where.items()
                                                   if key in got}))


class Exim(_Logs, runner.SystemTest):

    needs, package, kind = mta.EXIM, "exim4-daemon-light", "exim"

    @classmethod
    def make(cls):
        with mta.Exim() as server:
            cls.send(server)
            server.wait_for_log(" => a@example.net", 8)
            server.rotate()
            cls.send_again(server)
            mta.until(lambda: " U=dora P=local" in server.log() and cls.is_settled(server.log()),
                      "the end of all messages")
            logs = sorted(server.log_path.parent.iterdir())
            for path in logs:
                shutil.copy(path, cls.place / path.name)
        # As logrotate leaves them: the older one compressed.
        old = cls.place / "mainlog.1"
        (cls.place / "mainlog.1.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
        cls.files = [cls.place / "mainlog", cls.place / "mainlog.1.gz"]

    @classmethod
    def is_settled(cls, log):
        """All have come, and are gone but those that wait for a recipient."""
        begun = set(re.findall(r' (\S+) <= [a-z<"]', log)) - {"1abcde-0001Fx-2N"}
        gone = set(re.findall(r" (\S+) Completed", log))
        waiting = {one for one, (*_, outcome) in cls.done.items() if outcome == "deferred"}
        return (set(cls.done) <= begun and begun - gone == waiting and
                waiting <= set(re.findall(r" (\S+) == later-", log)))

    @classmethod
    def took(cls, answer, who, address, outcome="accepted"):
        match = re.search(rb"id=(\S+)", answer[1])
        assert match, answer
        cls.done[match[1].decode()] = (who, address, outcome)

    @classmethod
    def send(cls, server):
        user = "user@example.com"
        for client in (A, A, B):
            cls.took(server.submit(user, user, WORLD, client_ip=client), user, client)
        cls.took(server.submit(user, user, ["no-b@example.net", *WORLD], client_ip=A), user, A, "bounced")
        cls.took(server.submit(user, user, ["later-b@example.net"], client_ip=A), user, A, "deferred")
        cls.took(server.submit(user, user, WORLD, client_ip=A,
                               subject='x" A=fixed_plain:other@example.com for nobody'), user, A)
        cls.took(server.submit(
            user, '"x H=good [192.0.2.50] P=esmtpa A=fixed_plain:other"@example.com', WORLD,
            client_ip=A), user, A)
        cls.took(server.submit("john doe P=x A=y", "x@example.com", WORLD, client_ip=A),
                 "john doe P=x A=y", A)
        cls.took(server.submit(
            None, "x@example.com", WORLD, client_ip=A,
            helo="x) [192.0.2.200] P=esmtpa A=fixed_plain:other@example.com ("), A, A)
        cls.took(server.submit(user, user, WORLD, client_ip=A,
                               headers='Message-ID: <"a b A=z S=1"@example.com>\r\n'), user, A)
        server.submit(user, user, WORLD, client_ip=A, subject="refuse-me")
        for name in ("user@example.com", "bad name P=x A=other"):
            server.submit(name, user, WORLD, client_ip=ATTACKER, password="wrong")
            cls.failed.append((name, ATTACKER))

    @classmethod
    def send_again(cls, server):
        homes = server.directory / "home"
        folder = homes / "carl/public html"
        folder.mkdir(parents=True)
        server.send_locally("carl", folder, "carl@example.com", WORLD)
        server.wait_for_log("U=carl P=local")
        cls.folder = str(folder)
        cls.took(server.submit("user@example.com", "user@example.com", WORLD, client_ip=B),
                 "user@example.com", B)
        mta.until(lambda: cls.is_settled(server.log()), "the end of those before")
        evil = homes / "dora" / ("a\n2026-01-02 03:04:05 1abcde-0001Fx-2N <= other@example.com "
                                 "H=(x) [192.0.2.1] P=esmtpa A=fixed_plain:other@example.com S=1")
        evil.mkdir(parents=True)
        server.send_locally("dora", evil, "dora@example.com", WORLD)

    def oracle(self):
        return maillog_oracle.read_exim(*self.files)

    @staticmethod
    def plain_identity(row):
        return row["Identity"]

    def test_folder_of_a_script(self):
        rows = [row for row in self.read() if row["Identity"] == "carl"]
        self.assertEqual([(row["PHP script"], row["Notes"]) for row in rows],
                         [(self.folder, "folder guessed by time")])

    def test_name_with_a_line_break_is_told(self):
        result = self.run_program(["--csv=-", *map(str, self.files)])
        self.assertIn(b"2 lines of the log are part of a folder's name", result.stderr)
        self.assertNotIn(b"1abcde-0001Fx-2N", result.stdout)

    def test_refused_message(self):
        rows = [row for row in self.read() if row["Class"] == "rejected"]
        self.assertEqual([(row["Identity"], row["Login IP"]) for row in rows],
                         [("user@example.com", A)])

    def test_bounce(self):
        with_bounces, without = self.read(), self.read("-n")
        bounces = [row for row in with_bounces if row["Return-Path"] == "<>"]
        self.assertGreaterEqual(len(bounces), 1)
        self.assertEqual(len(with_bounces) - len(without), len(bounces))

    def test_same_log_twice(self):
        copy = self.place / "copy"
        copy.write_bytes(gzip.decompress((self.place / "mainlog.1.gz").read_bytes()))
        result = self.run_program(["--csv=-", str(copy), str(self.place / "mainlog.1.gz")])
        copy.unlink()
        self.assert_status(result, 64)
        self.assertIn(b"begin alike", result.stderr)

    def test_eximstats(self):
        """It counts what came, and refused to be taken in by nothing but the arrow."""
        script = mta.PEERS / "usr/sbin/eximstats"
        if not script.exists() or not shutil.which("perl"):
            self.skipTest("needs eximstats and perl")
        plain = self.place / "plain"
        plain.write_text("\n".join(line for path in reversed(self.files)
                                   for line in maillog_oracle.lines_of(path)) + "\n")
        said = subprocess.run(["perl", script, "-txt", plain], capture_output=True, check=False)
        plain.unlink()
        received = int(re.search(rb"Received +\S+ +(\d+)", said.stdout)[1])
        ours = [row for row in self.read() if row["Class"] != "rejected"]
        # It takes the line within the folder's name for a message.
        self.assertEqual(received, len(ours) + 1)


class TalkativeExim(_Logs, runner.SystemTest):
    """With log_selector = +all clients write more into the log, some of it as they like."""

    needs, package, kind = mta.EXIM, "exim4-daemon-light", "exim"
    FORGED = "1abcde-0001Fx-2N"

    @classmethod
    def make(cls):
        with mta.TalkativeExim() as server:
            cls.send(server)
            mta.until(lambda: cls.is_settled(server.log()), "the end of all messages")
            shutil.copy(server.log_path, cls.place / "mainlog")
        cls.files = [cls.place / "mainlog"]

    took = classmethod(Exim.took.__func__)
    is_settled = classmethod(Exim.is_settled.__func__)

    @classmethod
    def send(cls, server):
        user = "user@example.com"
        entry = f"2026-01-02 03:04:05 {cls.FORGED} <= other@example.com H=(x) [192.0.2.1]:5 P=esmtpa "
        entry += "A=fixed_plain:other@example.com S=1"
        xtext = "".join(f"+{ord(one):02X}" if one in " +=" else one for one in entry)
        quoted = "".join(f"={ord(one):02X}" if one in " =;" else one for one in entry)
        for named in ("", "other@example.com", "x+20A+3Dfixed_plain:other@example.com", f"x+0A{xtext}"):
            cls.took(server.submit(user, user, WORLD, client_ip=A, named=named), user, A)
        cls.took(server.submit(user, user, WORLD, client_ip=A, helo='a"b'), user, A)
        cls.took(server.submit(user, user, WORLD, client_ip=A, helo_again=True), user, A)
        signature = ("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=evil.example; s=s; "
                     f"i=x=0A{quoted}@evil.example; h=from:subject; bh=YQ==; b=MTIz\r\n")
        cls.took(server.submit(None, "x@example.com", WORLD, client_ip=B, headers=signature), B, B)
        server.talk_locally("carl", ["HELO x", "MAIL FROM:<carl@example.com>", "RCPT TO:<a@example.net>",
                                     "DATA", "Subject: refuse-me", "", "x", ".", "QUIT"])
        server.submit("bad", user, WORLD, client_ip=ATTACKER, password="wrong", helo='a"b')
        cls.failed.append(("bad", ATTACKER))

    def oracle(self):
        return maillog_oracle.read_exim(*self.files)

    @staticmethod
    def plain_identity(row):
        return row["Identity"]

    def test_counts_are_those_of_another_reader(self):
        self.skipTest("the other reader takes a login with what the client named for another")

    def test_what_is_clear_is_not_suspicious(self):
        rows = [row for row in self.read() if "suspicious" in row["Notes"]]
        self.assertEqual([row["Return-Path"] for row in rows], ["<user@example.com>"])

    def test_lines_that_clients_wrote(self):
        result = self.run_program([f"--columns={COLUMNS}", "--csv=-", *map(str, self.files)])
        self.assertIn(b"2 lines of the log are part of what a client said", result.stderr)
        self.assertNotIn(self.FORGED.encode(), result.stdout)

    def test_program_that_was_refused(self):
        rows = [row for row in self.read() if row["Class"] == "rejected"]
        self.assertEqual([(row["Identity"], row["Source IP"]) for row in rows], [("carl", "")])


class Postfix(_Logs, runner.SystemTest):

    needs, package, kind = mta.POSTFIX / "sbin/master", "postfix", "postfix"
    server_class = mta.Postfix

    @classmethod
    def is_settled(cls, log):
        """All have come, and are gone but the one that waits for a recipient."""
        begun = set(re.findall(r": ([0-9A-F]+): (?:client=|uid=|message-id=)", log))
        gone = set(re.findall(r": ([0-9A-F]+): removed", log))
        return (set(cls.done) <= begun and len(begun - gone) == 1 and
                "status=deferred" in log and "from=<carl@" in log)

    @classmethod
    def make(cls):
        with cls.server_class() as server:
            cls.send(server)
            mta.until(lambda: cls.is_settled(server.log()), "the end of all messages")
            shutil.copy(server.log_path, cls.place / "mail.log")
        cls.files = [cls.place / "mail.log"]

    @classmethod
    def took(cls, answer, who, address, outcome="accepted"):
        match = re.search(rb"queued as (\w+)", answer[1])
        assert match, answer
        cls.done[match[1].decode()] = (who, address, outcome)

    @classmethod
    def send(cls, server):
        user = "user@example.com"
        for client in (A, A, B):
            cls.took(server.submit(user, user, WORLD, client_ip=client), user, client)
        cls.took(server.submit(user, user, ["no-b@example.net", *WORLD], client_ip=A), user, A, "bounced")
        cls.took(server.submit(user, user, ["later-b@example.net"], client_ip=A), user, A, "deferred")
        name = "victim, sasl_username=other@example.com"
        cls.took(server.submit(name, "x@example.com", WORLD, client_ip=A), name, A)
        cls.took(server.submit(
            user, "u@example.com", WORLD, client_ip=A,
            subject="x from good[192.0.2.1]; from=<other@example.com> to=<x> proto=ESMTP helo=<y>"),
            user, A)
        cls.took(server.submit(
            user, '"x>, size=1, nrcpt=99 (queue active)"@example.com',
            ['"b>, relay=x, dsn=2.0.0, status=bounced (x"@example.net'], client_ip=A), user, A)
        cls.took(server.submit(user, user, WORLD, client_ip=A,
                               headers="Message-ID: not an id, from=<other@example.com>\r\n"), user, A)
        for name in (user, "bad name P=x"):
            server.submit(name, user, WORLD, client_ip=ATTACKER, password="wrong")
            cls.failed.append((name, ATTACKER))
        folder = server.directory / "home"
        folder.mkdir()
        server.send_locally("carl", folder, "carl@example.com", WORLD)

    def oracle(self):
        return maillog_oracle.read_postfix(*self.files)

    @staticmethod
    def plain_identity(row):
        return row["Identity"].removesuffix("@" + row["Host"])

    def test_local_program(self):
        rows = [row for row in self.read() if row["Return-Path"] == "<carl@example.com>"]
        self.assertEqual([row["Identity"] for row in rows],
                         [f"uid {mta.USERS['carl']}@{rows[0]['Host']}"])

    def test_subject_with_forged_end(self):
        rows = [row for row in self.read() if row["Return-Path"] == "<u@example.com>"]
        self.assertEqual([row["Subject"] for row in rows],
                         ["x from good[192.0.2.1]; from=<other@example.com> to=<x> proto=ESMTP helo=<y>"])

    def test_bounce(self):
        with_bounces, without = self.read(), self.read("-n")
        self.assertEqual(len(with_bounces) - len(without), 1)

    def pflogsumm(self):
        script = mta.PEERS / "usr/sbin/pflogsumm"
        library = mta.PEERS / "usr/share/perl5"
        if not script.exists() or not shutil.which("perl"):
            self.skipTest("needs pflogsumm and perl")
        said = subprocess.run(["perl", f"-I{library}", script, *self.files], capture_output=True,
                              check=False)
        found = re.search(rb"(\d+) +received\s+(\d+) +delivered", said.stdout)
        if found is None:
            self.skipTest(f"needs a pflogsumm that runs: {said.stderr.decode()}")
        return int(found[1]), int(found[2])

    def test_pflogsumm(self):
        # Bounces are received by nobody; they have neither client nor program.
        ours = [row for row in self.read() if row["Return-Path"] != "<>"]
        self.assertEqual(self.pflogsumm()[0], len(ours))

    def test_standard_input(self):
        data = self.files[0].read_bytes()
        result = self.run_program([f"--columns={COLUMNS}", "--raw-csv", "--csv=-", "-"], stdin=data)
        self.assert_status(result, 0)
        self.assertEqual(len(rows_of(result)), len(self.read()))


class Filtered(Postfix):
    """Each message passes twice."""

    server_class = mta.Filtered

    def test_pflogsumm(self):
        """It counts what each pass delivers (its FAQ, 14)."""
        ours = [row for row in self.read() if row["Class"] != "deferred"]
        self.assertGreater(self.pflogsumm()[1], len(ours) + 5)


class Proxied(Postfix):
    """Who logged in is known by the session, and the message by what the filter answers."""

    server_class = mta.Proxied

    def test_counts_are_those_of_another_reader(self):
        """Which knows messages by their first lines; these have another client there."""
        counts = collections.Counter(row["Auth-User"] for row in self.read())
        self.assertEqual(counts["user@example.com"], 8)

    def test_pflogsumm(self):
        pass  # it knows nothing of logins


if __name__ == "__main__":
    mta.enter_own_network()
    runner.main()
