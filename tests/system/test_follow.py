"""Runs that stay: logs, pipes and Maildirs that are followed, and what becomes of outputs meanwhile."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import namespaces  # noqa: E402
import runner  # noqa: E402
from following import PATIENCE, Clock, FollowTest, exim, message, read_csv, stamp  # noqa: E402

USAGE, DATA, NOINPUT = 64, 65, 66


class Logs(FollowTest):

    def test_grows_and_rotates(self):
        """Every message once, in order, through both kinds of rotation."""
        self.append("log", exim(1))
        with self.following("--json=-", "log") as run:
            run.wait_for_subjects([1])
            self.append("log", exim(2) + exim(3, ending=False))
            run.wait_for_subjects([1, 2])
            os.rename(self.directory / "log", self.directory / "log.1")
            text = exim(3)
            self.append("log.1", text[text.index("\n") + 1:])
            run.wait_for_subjects([1, 2, 3])
            self.append("log", exim(4))
            run.wait_for_subjects([1, 2, 3, 4])
            self.append("log.1", exim(5))
            run.wait_for_subjects([1, 2, 3, 4, 5])
            (self.directory / "log").write_text("")
            run.wait_for(lambda: "truncated" in run.said(), "the truncation")
            self.append("log", exim(6))
            run.wait_for_subjects([1, 2, 3, 4, 5, 6])
            status, said = run.end()
        self.assertEqual(status, 128 + signal.SIGTERM)
        self.assertEqual(len(said.splitlines()), 2, said)

    def test_rotates_in_a_row(self):
        """Sooner than the older files are done with; what nobody has ended counts at the end."""
        self.append("log", exim(1))
        with self.following("--json=-", "--verbose", "log") as run:
            run.wait_for_subjects([1])
            for number in range(2, 10):
                text = exim(number)
                first = text.index("\n") + 1
                os.rename(self.directory / "log", self.directory / f"log.{number}")
                self.append("log", text[:first])
                run.wait_for(lambda: run.said().count("is another file now") == number - 1,
                             "the rotation")
                self.append(f"log.{number}", text[first:])
                run.wait_for_subjects(list(range(1, number + 1)))
            self.append("log.9", exim(10))
            run.wait_for_subjects(list(range(1, 11)))
            self.append("log", exim(11, ending=False).rstrip("\n"))
            status, said = run.end()
        self.assertEqual(status, 128 + signal.SIGTERM)
        self.assertRegex(said, r"\b1 odd\b")

    def test_open_message(self):
        """One that stays open is shown when it has been so for a while, and not again."""
        self.append("log", exim(1, ending=False, when=time.time() - 3600))
        with self.following("--json=-", "log") as run:
            run.wait_for_subjects([1])
            text = exim(1)
            self.append("log", text[text.index("\n") + 1:] + exim(2))
            run.wait_for_subjects([1, 2])
            self.append("log", exim(3, ending=False))
            status, _ = run.end()
            self.assertEqual(run.subjects(), [1, 2, 3], "what is open at the end is shown")
        self.assertEqual(status, 128 + signal.SIGTERM)

    def test_period(self):
        self.append("log", exim(1, when=time.time() - 7200) + exim(2))
        with self.following("--since=1h", "--json=-", "log") as run:
            run.wait_for_subjects([2])
            self.append("log", exim(3))
            run.wait_for_subjects([2, 3])

    def test_an_empty_log_begins(self):
        self.append("log", "")
        with self.following("--json=-", "log") as run:
            time.sleep(0.1)
            self.append("log", exim(1))
            run.wait_for_subjects([1])

    def test_deadline(self):
        """What has come by then is delivered, and that is no failure."""
        self.append("log", exim(1))
        with self.following("--json=-", "--csv=out.csv", "--deadline=1", "log") as run:
            self.assertEqual(run.end(None), (0, ""))
            self.assertEqual(run.subjects(), [1])
        self.assertEqual(len(read_csv(self.directory / "out.csv")), 2)

    def test_ends_in_the_middle(self):
        """A signal comes while lines are read: none of them is left out, but what lies far behind,
        and then that is said."""
        for count, is_short in ((3000, True), (50000, False)):
            (self.directory / "log").write_text("".join(
                exim(number, when=time.time() - count + number) for number in range(count)))
            with self.subTest(count), self.following("--json=-", "--csv=out.csv", "log") as run:
                run.wait_for(run.rows, "the first messages")
                self.assertEqual(run.end()[0], 128 + signal.SIGTERM)
                shown = [int(one["subject"].split()[-1]) for one in map(json.loads, run.rows())
                         if one["kind"] == "message"]
                self.assertEqual(shown, list(range(len(shown))))
                for said in (run.shown(), (self.directory / "out.csv").read_text()):
                    self.assertEqual("ended before all of it" in said, len(shown) < count)
                if is_short:
                    self.assertEqual(len(shown), count)
            (self.directory / "out.csv").unlink()

    def test_several(self):
        for name in ("a", "b"):
            self.append(name, exim(1 if name == "a" else 2))
        with self.following("--json=-", "a", "b") as run:
            run.wait_for_subjects([1, 2])
            self.append("b", exim(3))
            run.wait_for_subjects([1, 2, 3])
            self.append("a", exim(4))
            run.wait_for_subjects([1, 2, 3, 4])

    def test_long_lines(self):
        self.append("log", exim(1))
        with self.following("--json=-", "log") as run:
            run.wait_for_subjects([1])
            self.append("log", f"{stamp()} " + "x" * (1 << 20))
            self.append("log", "x" * (1 << 20) + "\n" + exim(2))
            run.wait_for_subjects([1, 2])

    def test_what_cannot_be_followed(self):
        (self.directory / "a.eml").write_text(message(1))
        (self.directory / "a.mbox").write_text("From a\n" + message(1))
        (self.directory / "folder").mkdir()
        (self.directory / "text").write_text("nothing that is known\n" * 30)
        self.append("log", exim(1))
        for arguments, wanted in ((["a.eml"], DATA), (["a.mbox"], DATA), (["folder"], DATA),
                                  (["text"], DATA), (["./missing"], NOINPUT),
                                  (["--input=eml", "log"], DATA),
                                  (["--merge", "log"], USAGE), (["--until=1h", "log"], USAGE),
                                  (["--group-by=Reply-To", "log"], DATA)):
            with self.subTest(arguments), self.following(*arguments) as run:
                status, said = run.end(None)
                self.assertEqual(status, wanted, said)


class Pipes(FollowTest):

    def test_named_pipe(self):
        os.mkfifo(self.directory / "pipe")
        with self.following("--json=-", "pipe") as run:
            for number in (1, 2):
                with open(self.directory / "pipe", "w", encoding="utf-8") as pipe:
                    pipe.write(exim(number))
                run.wait_for_subjects(list(range(1, number + 1)))
            self.assertEqual(run.end()[0], 128 + signal.SIGTERM)

    def test_standard_input_ends(self):
        with self.following("--json=-", "-", stdin=subprocess.PIPE) as run:
            run.process.stdin.write(exim(1).encode())
            run.process.stdin.flush()
            run.wait_for_subjects([1])
            run.process.stdin.write(exim(2).encode().rstrip(b"\n"))
            run.process.stdin.close()
            status, said = run.end(None)
            self.assertEqual((status, said), (0, ""))
            self.assertEqual(run.subjects(), [1, 2])

    def test_standard_input_is_none(self):
        """Empty it is no failure; what is no log is one, however short."""
        for text, late, wanted in (("", 0, 0), ("", 0.3, 0), ("what is this?\n", 0, DATA),
                                   ("half a line", 0.3, DATA), ("half a line", 0, DATA)):
            with self.subTest(text, late=late), self.following("--json=-", "-",
                                                               stdin=subprocess.PIPE) as run:
                run.process.stdin.write(text.encode())
                time.sleep(late)
                run.process.stdin.close()
                self.assertEqual(run.end(None)[0], wanted)

    def test_nothing_to_do(self):
        """Waiting takes no time of the processor, also where nobody knows yet what is waited for."""
        self.append("blank", "\n")
        self.append("log", exim(1))
        os.mkfifo(self.directory / "pipe")
        for folder in ("cur", "new"):
            (self.directory / "mail" / folder).mkdir(parents=True)
        before = os.times()
        with self.following("--json=-", "--deadline=3", "blank", "log", "pipe", "mail") as run:
            run.wait_for(lambda: run.rows() or run.process.returncode is not None, "the message")
            start = self.processor_time(run.process.pid)
            self.assertEqual(run.end(None), (0, ""))
        after = os.times()
        self.assertLess(after.children_user + after.children_system -
                        before.children_user - before.children_system - start, 1)

    @staticmethod
    def processor_time(pid):
        """Seconds that it has used so far."""
        try:
            words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:     # it has ended
            return 0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def test_reader_goes(self):
        """As any filter: it ends by SIGPIPE, and says nothing."""
        self.append("log", exim(1))
        wrapper = ["sh", "-c", 'exec "$@" | head -c 1 > /dev/null', "sh"]
        with self.following("--json=-", "log", wrapper=wrapper) as run:
            time.sleep(0.1)
            deadline = time.monotonic() + PATIENCE
            while run.process.poll() is None and time.monotonic() < deadline:
                self.append("log", exim(2))
                time.sleep(0.05)
            self.assertEqual(run.end(None), (0, ""))


class Maildirs(FollowTest):

    def setUp(self):
        super().setUp()
        self.folder = self.directory / "mail"
        for name in ("cur", "new", "tmp"):
            (self.folder / name).mkdir(parents=True)

    def deliver(self, number):
        name = f"{int(time.time())}.M{number:06}P1.host"
        (self.folder / "tmp" / name).write_text(message(number))
        os.rename(self.folder / "tmp" / name, self.folder / "new" / name)
        return name

    def test_each_message_once(self):
        first = self.deliver(1)
        with self.following("--json=-", "mail") as run:
            run.wait_for_subjects([1])
            second = self.deliver(2)
            run.wait_for_subjects([1, 2])
            os.rename(self.folder / "new" / first, self.folder / "cur" / f"{first}:2,S")
            os.rename(self.folder / "new" / second, self.folder / "cur" / f"{second}:2,")
            os.rename(self.folder / "cur" / f"{second}:2,", self.folder / "cur" / f"{second}:2,RS")
            self.deliver(3)
            run.wait_for_subjects([1, 2, 3])
            # Linked into its place, and seen nowhere else.
            source = self.folder / "tmp" / "x"
            source.write_text(message(4))
            os.link(source, self.folder / "new" / "9.linked.host")
            source.unlink()
            run.wait_for_subjects([1, 2, 3, 4])
            status, said = run.end()
        self.assertEqual((status, len(said.splitlines())), (128 + signal.SIGTERM, 1), said)

    def test_burst(self):
        with self.following("--json=-", "mail") as run:
            for number in range(2000):
                self.deliver(number)
            run.wait_for(lambda: len(run.rows()) >= 2000, "all messages")
            self.assertEqual(sorted(run.subjects()), list(range(2000)))

    def test_ends_in_the_middle(self):
        """A signal comes while there are more: they are shown, too."""
        count = 5000
        for number in range(count):
            self.deliver(number)
        with self.following("--json=-", "mail") as run:
            run.wait_for(run.rows, "the first messages")
            self.assertEqual(run.end()[0], 128 + signal.SIGTERM)
            self.assertEqual(sorted(run.subjects()), list(range(count)))

    def test_folder_goes(self):
        with self.following("--json=-", "mail") as run:
            self.deliver(1)
            run.wait_for_subjects([1])
            os.rename(self.folder, self.directory / "away")
            os.rename(self.directory / "away" / "new", self.directory / "away" / "old")
            status, said = run.end(None)
            self.assertEqual(status, NOINPUT)
            self.assertIn("is gone", said)


class Outputs(FollowTest):

    def wait_for_file(self, run, name):
        run.wait_for((self.directory / name).exists, name)
        return (self.directory / name).read_text()

    def test_files_come_at_the_end(self):
        self.append("log", exim(1))
        numbers = self.directory / "numbers"
        with self.following("-d", "--csv=out.csv", "--html=out.html", "--top=5", "--metrics=numbers",
                            "--interval=1", "log") as run:
            self.append("log", exim(2))
            run.wait_for(lambda: numbers.exists() and
                         re.search(r'state="reported"[^}]*} 2$', numbers.read_text(), re.M),
                         "both messages")
            self.assertFalse((self.directory / "out.csv").exists())
            status, said = run.end(signal.SIGINT)
            self.assertEqual(status, 128 + signal.SIGINT)
            self.assertIn("interrupted", said)
            self.assertIn("user@example.com", run.shown())
        rows = read_csv(self.directory / "out.csv")
        self.assertEqual(rows[1][:1] + rows[1][2:3], ["2", "user@example.com"])

    def test_hangup_begins_anew(self):
        """Nothing that was delivered is replaced, and every row is in one of the files."""
        self.append("log", exim(1))
        with self.following("--json=out", "--csv=-", "log") as run:
            run.wait_for(lambda: len(run.rows()) == 2, "the first message")
            run.process.send_signal(signal.SIGHUP)
            self.wait_for_file(run, "out")
            self.append("log", exim(2))
            run.wait_for(lambda: len(run.rows()) == 3, "the second message")
            os.rename(self.directory / "out", self.directory / "away")
            run.process.send_signal(signal.SIGHUP)
            self.wait_for_file(run, "out.2")
            self.append("log", exim(3))
            run.wait_for(lambda: len(run.rows()) == 4, "the third message")
            run.end()
            self.assertEqual([row.split(",")[0] for row in run.rows()], ["#", '"1"', '"1"', '"1"'],
                             "one header row, and a numbering for each report")
        for name, number in (("away", 1), ("out.2", 2), ("out", 3)):
            found = [json.loads(line)["subject"]
                     for line in (self.directory / name).read_text().splitlines()]
            self.assertEqual(found, [f"number {number}"], name)

    def test_midnight(self):
        """With -t each day has its report."""
        clock = Clock(self)
        now = int(time.time())
        noon = 43200 - now % 86400  # so many seconds ahead
        days = [time.strftime("%Y-%m-%d", time.gmtime(now + noon + 86400 * day)) for day in (0, 1, 3)]
        names = [f"quarantine-files-{day}.jsonl" for day in days]
        clock.set(noon)
        self.append("log", exim(1, when=now + noon))
        with self.following("-t", "--json", "--csv=-", "log", variables=clock.variables) as run:
            run.wait_for(lambda: len(run.rows()) == 2, "the first message")
            for day, ahead in ((1, 86400), (2, 3 * 86400)):
                clock.set(noon + ahead)
                run.wait_for((self.directory / names[day - 1]).exists, "the report of a day")
                self.append("log", exim(day + 1, when=now + noon + ahead))
                run.wait_for(lambda: len(run.rows()) == day + 2, "a message of the next one")
            run.end()
            found = {path.name: [json.loads(line)["subject"] for line in
                                 path.read_text().splitlines()]
                     for path in self.directory.glob("*.jsonl")}
        self.assertEqual(found, {name: [f"number {number}"] for number, name in enumerate(names, 1)},
                         "a day without a run of its own has none")

    def test_full_disk(self):
        """It says so, waits, goes on when there is room, and has lost nothing."""
        out = self.directory / "small"
        out.mkdir()
        script = (f'mount -t tmpfs -o size=32k,mode=700 none "{out}" && '
                  f'head -c 28k /dev/zero > "{out}/filler" || exit 99; '
                  f'[ "$1" = true ] && exit; '
                  f'(for i in $(seq 6000); do [ -e "{self.directory}/room" ] && break; sleep 0.05; '
                  f' done; rm "{out}/filler") > /dev/null 2>&1 & "$@" & '
                  f'echo $! > "{self.directory}/pid"; wait $!; status=$?; '
                  f'cp "{out}/out.csv" "{self.directory}/after"; exit $status')
        wrapper = namespaces.private_mounts(script)
        if wrapper is None:
            self.skipTest("nothing can be mounted here")
        self.append("log", exim(1))
        with self.following(f"--csv={out}/out.csv", "-d", "log", wrapper=wrapper) as run:
            run.wait_for(lambda: len(run.rows()) == 2, "the first message")
            for number in range(2, 102):
                self.append("log", exim(number))
            run.wait_for(lambda: "No space left" in run.said(), "the full disk")
            (self.directory / "room").touch()
            run.wait_for(lambda: len(run.rows()) == 102, "all messages")
            run.wait_for(lambda: "can be written again" in run.said(), "room")
            pid = self.directory / "pid"
            run.wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"), "its number")
            os.kill(int(pid.read_text()), signal.SIGTERM)
            run.end(None)
        rows = read_csv(self.directory / "after")
        self.assertEqual([row[0] for row in rows[1:]], [str(n) for n in range(1, 102)])

    def test_full_disk_and_a_signal(self):
        """Who has had enough is not kept waiting; nothing incomplete gets the name."""
        self.append("log", exim(1))
        wrapper = ["sh", "-c", 'exec "$@" > /dev/full', "sh"]
        with self.following("-d", "--csv=out.csv", "log", wrapper=wrapper) as run:
            run.wait_for(lambda: "No space left" in run.said(), "the full disk")
            status, _ = run.end()
            self.assertEqual(status, 128 + signal.SIGTERM)
            self.assertEqual(run.said().count("no file of this report gets its name"), 1)
        self.assertEqual(list(self.directory.glob("*.csv")), [])


class Terminals(FollowTest):
    """What somebody sees who follows a log without asking for an output."""

    def seen(self, *arguments, lines):
        """The lines, from a terminal of 80 columns."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm",
                       "HOME": str(self.directory), "QR_PAUSE_SECOND_MS": "20"} | runner.inherited()
        with subprocess.Popen([runner.program(), "follow", *arguments, "log"], cwd=self.directory,
                              env=environment, stdin=slave, stdout=slave,
                              stderr=subprocess.DEVNULL, start_new_session=True) as process:
            os.close(slave)
            shown, deadline = b"", time.monotonic() + PATIENCE
            try:
                while shown.count(b"\n") < lines:
                    self.assertLess(time.monotonic(), deadline, shown)
                    if select.select([master], [], [], 0.1)[0]:
                        shown += os.read(master, 65536)
            finally:
                process.terminate()
                process.wait(PATIENCE)
        return shown.decode().splitlines()

    def test_who_sent_it_stands_first(self):
        self.append("log", exim(1) + exim(2, who="somebody-else"))
        lines = self.seen(lines=3)
        self.assertEqual(lines[0], "Date         Identity                      Kind     Subject")
        for number, who in ((1, "user@example.com         "), (2, "somebody-else@example.com")):
            self.assertRegex(lines[number], rf"^\d\d-\d\d \d\d:\d\d  {who}     account  number {number}$")

    def test_what_is_asked_for_is_shown(self):
        """-d, or columns, as everywhere."""
        self.append("log", exim(1))
        self.assertTrue(self.seen("-d", lines=2)[0].startswith("#,From,To,"))
        self.assertEqual(self.seen("--columns=Subject,Identity", lines=2),
                         ["Subject,Identity", "number 1,user@example.com"])
        self.assertTrue(self.seen("--json=-", lines=1)[0].startswith("{"))


class Services(FollowTest):

    def test_manager(self):
        """READY, then signs in time, STOPPING, and SIGTERM is no failure."""
        path = str(self.directory / "notify")
        self.append("log", exim(1))
        heard = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(PATIENCE)

            def listen():
                """All the time: only a few signs wait to be heard, and more are not waited for."""
                while heard[-1:] != ["STOPPING=1"]:
                    heard.append(manager.recv(4096).decode())
            listener = threading.Thread(target=listen, daemon=True)
            listener.start()
            variables = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"}
            with self.following("--json=-", "log", variables=variables) as run:
                run.wait_for(lambda: len(heard) >= 4, "three signs")
                run.wait_for_subjects([1])
                status, said = run.end()
            self.assertEqual((status, said), (0, ""))
            listener.join()
        self.assertEqual(heard[0], "READY=1")
        self.assertEqual(set(heard[1:-1]), {"WATCHDOG=1"})
        self.assertEqual(heard[-1], "STOPPING=1")

    def test_units(self):
        """systemd takes the samples, with nothing to say about them."""
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze")
        samples = pathlib.Path(__file__).resolve().parents[2] / "samples"
        units = []
        for sample in sorted([*samples.glob("*.service"), *samples.glob("*.timer")]):
            text = re.sub(r"(?m)^(Exec\w+=)\S+/quarantine-report(?=\s)",
                          lambda found: found[1] + runner.program(), sample.read_text())
            unit = self.directory / sample.name.replace("@.", "@profile.")
            unit.write_text(text)
            (self.directory / sample.name).write_text(text)
            units.append(str(unit))
        self.assertTrue(any("follow" in unit for unit in units))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], text=True,
                              capture_output=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "quarantine" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)

    def test_failure_is_one(self):
        """What could not be read is said, whoever ends it."""
        variables = {"NOTIFY_SOCKET": "@nobody-listens"}
        (self.directory / "mail" / "new").mkdir(parents=True)
        (self.directory / "mail" / "cur").mkdir()
        if os.getuid() == 0:
            self.skipTest("root can read everything")
        (self.directory / "mail" / "new" / "1.a.host").write_text(message(1))
        (self.directory / "mail" / "new" / "1.a.host").chmod(0)
        with self.following("--json=-", "mail", variables=variables) as run:
            run.wait_for(lambda: "cannot be read" in run.said(), "the message")
            self.assertEqual(run.end()[0], DATA)


if __name__ == "__main__":
    runner.main()
