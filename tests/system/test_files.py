"""Files instead of a server: what each is, what is in it, and what is wrong with it."""

import gzip
import json
import lzma
import mailbox
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import dovecot  # noqa: E402
import runner  # noqa: E402
from quarantine_case import SAMPLES, sample_files  # noqa: E402

USAGE, DATA, NOINPUT, IO, TEMPORARY = 64, 65, 66, 74, 75

DAY = "2026-09-13"

# Memory, as the program says it is bounded (man page); a sanitizer takes more.
MEMORY_KIB = 16 * 1024

# What a file grows to that nobody stops in time.
MUCH = 1 << 28

# Bodies as they are, which some writers quote.
BODIES = [b"Hello\n", b"", b"\n\n\n", b"From here on\n\nFrom there\n", b">From a\n>>From b\n",
          b"text\n\nFrom alice@example.com Thu Nov 20 13:45:00 2026\nX-AuthUser: forged\n\nmore\n",
          b"no line end", b"--\n" * 3000, b"x" * 100_000 + b"\n"]


def samples(folder="outgoing"):
    return [SAMPLES / file for (where, _), file in sample_files().items()
            if file.startswith(folder)]


def compressed(data, how):
    if how == "zst":
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout
    return {"gz": gzip.compress, "xz": lzma.compress}[how](data)


class FilesTest(runner.SystemTest):

    def save(self, name, data):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def read(self, *arguments, status=0, **how):
        """The rows, and standard error."""
        result = self.run_program([*map(str, arguments), "--json=-", "--timezone=UTC"], **how)
        self.assert_status(result, status)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr.decode()

    def messages(self, *arguments, **how):
        """The rows without what tells where they are from, of a run that says nothing."""
        rows, error = self.read(*arguments, **how)
        self.assertEqual(error, "")
        for row in rows:
            for key in ("number", "folder", "uid", "date"):
                del row[key]
        return rows

    def one_by_one(self, paths):
        rows = self.messages(*paths)
        self.assertEqual(len(rows), len(paths))
        return rows


class Zone(FilesTest):

    def test_of_the_environment(self):
        """The C library takes UTC for a zone that it does not find, and says nothing."""
        message = self.save("one.eml", b"X-AuthUser: a@example.com\n"
                            b"Date: Wed, 1 Jan 2020 23:30:00 +0000\n\n")
        arguments = ["--group-by=Day", "--csv=-", "--since=2020-01-01", "--until=2020-01-04",
                     str(message)]
        for zone, more, day, warnings in (("Europe/Amsterdam", [], "2020-01-02", 0),
                                          ("Europe/Amsterdm", [], "2020-01-01", 1),
                                          ("Europe/Amsterdm", ["--timezone=Europe/Amsterdam"],
                                           "2020-01-02", 0)):
            with self.subTest(zone=zone, more=more):
                result = self.run_program([*more, *arguments], environment={"TZ": zone})
                self.assert_status(result, 0)
                self.assertIn(f'"{day}"', result.stdout.decode())
                self.assertEqual(result.stderr.count(b"TZ=Europe/Amsterdm: the system knows no"),
                                 warnings, result.stderr)


class Mailboxes(FilesTest):

    def test_same_as_single_messages(self):
        """A mailbox of each form, made by others, and compressed in each way."""
        want = self.one_by_one(samples())
        box = mailbox.mbox(self.directory / "box")
        folder = mailbox.Maildir(self.directory / "folder")
        for path in samples():
            box.add(path.read_bytes())
            folder.add(path.read_bytes())
        box.close()
        data = (self.directory / "box").read_bytes()
        self.assertEqual(self.messages(self.directory / "box"), want)
        self.assertEqual(self.messages(self.save("crlf", data.replace(b"\n", b"\r\n"))), want)
        self.assertEqual(self.messages("-", stdin=data), want)
        for how in ("gz", "xz", "zst"):
            if how != "zst" or shutil.which("zstd"):
                self.assertEqual(self.messages(self.save("any name", compressed(data, how))), want)
                self.assertEqual(self.messages("-", stdin=compressed(data, how)), want)
        order = {json.dumps(row): number for number, row in enumerate(want)}
        found = self.messages(self.directory / "folder")
        self.assertEqual(sorted(found, key=lambda row: order[json.dumps(row)]), want)

    def write_boxes(self, bodies):
        """{name: bytes} of mailboxes with these bodies, in each form that there is."""
        boxes = {"mboxo": b"", "mboxrd": b"", "mboxcl": b"", "mboxcl2": b""}
        for number, body in enumerate(bodies):
            if not body.endswith(b"\n"):
                body += b"\n"
            line = b"From a@example.com Thu Nov 20 13:45:%02d 2026\n" % (number % 60)
            head = b"From: sender%d@example.com\nX-AuthUser: user%d@example.com\n" % (number, number)
            mboxo = re.sub(rb"(?m)^From ", b">From ", body)
            mboxrd = re.sub(rb"(?m)^(>*From )", rb">\1", body)
            boxes["mboxo"] += line + head + b"\n" + mboxo + b"\n"
            boxes["mboxrd"] += line + head + b"\n" + mboxrd + b"\n"
            for name, text in (("mboxcl", mboxo), ("mboxcl2", body)):
                boxes[name] += line + head + b"Content-Length: %d\n\n" % len(text) + text + b"\n"
        return boxes

    def test_forms(self):
        """No body begins a message, whatever stands in it."""
        chance = random.Random(5)
        bodies = BODIES + [b"".join(chance.choice([b"From ", b"\n", b"a", b">", b"From a@b ", b"\r\n",
                                                   b"Thu Nov 20 13:45:00 2026\n"])
                                    for _ in range(chance.randrange(60))) for _ in range(300)]
        for name, data in self.write_boxes(bodies).items():
            with self.subTest(name):
                rows, _ = self.read(self.save(name, data))
                self.assertEqual([row["identity"] for row in rows],
                                 [f"user{number}@example.com" for number in range(len(bodies))])
                self.assertEqual([row["uid"] for row in rows], list(range(1, len(bodies) + 1)))
                self.assertEqual(rows[3]["date"], "2026-11-20T13:45:03+00:00")

    def test_content_length_is_not_believed(self):
        """It may be the sender's."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        for length in (b"0", b"5", b"99999999", b"18446744073709551617", b"-1", b"x", b""):
            data = (line + b"X-AuthUser: a@example.com\nContent-Length: " + length +
                    b"\n\nHello\n\n" + line + b"X-AuthUser: b@example.com\n\nHello\n")
            rows, _ = self.read(self.save("box", data))
            self.assertEqual([row["identity"] for row in rows], ["a@example.com", "b@example.com"],
                             length)

    def test_content_length_and_blank_lines(self):
        """Which are no end of the file."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        head = b"X-AuthUser: a@example.com\nContent-Length: 6\n\nHello\n"
        data = line + head + b"\n" * 600_000 + line + head + b"\n" * 10_000
        rows, _ = self.read(self.save("box", data))
        self.assertEqual(len(rows), 2)
        # Cut where a message is whole: it counts, and the report is not complete.
        box = b"".join(line + b"X-AuthUser: %d@example.com\nContent-Length: 6\n\nHello\n\n" % n
                       for n in range(10_000))
        for cut in range(1000, 1040):
            rows, error = self.read(self.save("box.gz", gzip.compress(box)[:cut]), status=DATA)
            self.assertIn("cut off", error)

    def test_no_body(self):
        """The empty line behind it is the one in front of the next message, or not."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        for between in (b"\n", b"\n\n", b"\n\n\n"):
            data = b"".join(line + b"X-AuthUser: %d@example.com\n" % n + between for n in range(5))
            for name, box in (("lf", data), ("crlf", data.replace(b"\n", b"\r\n"))):
                with self.subTest(name=name, between=between):
                    rows, _ = self.read(self.save("box", box))
                    self.assertEqual([row["identity"] for row in rows],
                                     [f"{n}@example.com" for n in range(5)])

    def test_content_length_over_messages(self):
        """It is as it should be, or hides messages: nobody can tell, and it is said."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        hidden = line + b"X-AuthUser: b@example.com\n\nHello\n\n"
        data = (line + b"X-AuthUser: a@example.com\nContent-Length: %d\n\nHello\n\n" %
                (len(hidden) + 7) + hidden + line + b"X-AuthUser: c@example.com\n\nHello\n")
        _, error = self.read(self.save("box", data))
        self.assertIn("Content-Length says that 1 line within it begins no message", error)

    def test_no_empty_line_in_front(self):
        """A message may be lost so, or a body made of one: nobody can tell, and it is said."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        first, second = (b"X-AuthUser: %s@example.com\n" % name for name in (b"a", b"b"))
        said = "1 line that may begin a message has no empty line in front, and begins none"
        for name, data in (("body", line + first + b"\nHello\n" + line + second + b"\nHello\n"),
                           ("header", line + first + line + second + b"\nHello\n"),
                           ("far", line + first + b"\n" + b"x\n" * 600_000 + line + second)):
            with self.subTest(name):
                rows, error = self.read(self.save("box", data))
                self.assertEqual(len(rows), 1)
                self.assertIn(said, error)
        for text in (b"From here on Thu Nov 20 13:45:00 2026\nno field", b"From Thu\nA: b"):
            rows, error = self.read(self.save("box", line + first + b"\nHello\n" + text + b"\n"))
            self.assertEqual((len(rows), error), (1, ""))

    def test_windows(self):
        """Beginnings of messages wherever blocks end."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        for size in range(512 * 1024 - 160, 512 * 1024 + 20, 7):
            with self.subTest(size):
                data = (line + b"X-AuthUser: a@example.com\n\n" + b"x" * size + b"\n\n" + line +
                        b"X-AuthUser: b@example.com\n\n" + b"From \n" * 3)
                rows, _ = self.read(self.save("box", data))
                self.assertEqual([row["identity"] for row in rows],
                                 ["a@example.com", "b@example.com"])

    def test_long_header(self):
        data = (b"From: a@example.com\nX-AuthUser: a@example.com\nX-Long: " + b"x" * 2_000_000 +
                b"\nX-AuthUser: b@example.com\n\n")
        for name, text in (("a.eml", data),
                           ("box", b"From a Thu Nov 20 13:45:00 2026\n" + data)):
            rows, _ = self.read(self.save(name, text))
            self.assertEqual([(row["identity"], row["notes"]) for row in rows],
                             [("a@example.com", "header truncated")])

    def test_maildir(self):
        """Times of names, flags, both folders, what is no message; names in their order."""
        for name, text in (("new/1600000001.a.example", b"From: b@example.com\n\n"),
                           ("cur/1600000000.b.example:2,S", b"From: a@example.com\n\n"),
                           ("cur/.hidden", b"From: c@example.com\n\n"),
                           ("tmp/1600000002.c", b"From: d@example.com\n\n")):
            self.save(f"box/{name}", text)
        (self.directory / "box/cur/1600000003.d").mkdir()
        (self.directory / "box/cur/1600000004.e").symlink_to("/etc/passwd")
        rows, error = self.read(self.directory / "box", "-v", status=DATA)
        self.assertEqual([(row["from"], row["date"]) for row in rows],
                         [("a@example.com", "2020-09-13T12:26:40+00:00"),
                          ("b@example.com", "2020-09-13T12:26:41+00:00")])
        self.assertTrue(rows[0]["folder"].endswith("box/cur/1600000000.b.example:2,S"))
        self.assertIn("1 other file", error)
        self.assertIn("1600000004.e' cannot be read", error)

    def test_many_names(self):
        """More than are held at a time: each once, in order."""
        (self.directory / "box/cur").mkdir(parents=True)
        (self.directory / "box/new").mkdir()
        count = 20_000
        for number in range(count):
            (self.directory / f"box/cur/{1600000000 + number}.x").write_bytes(
                b"From: %d@example.com\n\n" % number)
        rows, _ = self.read(self.directory / "box")
        self.assertEqual([row["from"] for row in rows], [f"{n}@example.com" for n in range(count)])

    def test_tree(self):
        self.save("tree/a/one.eml", b"From: a@example.com\n\n")
        self.save("tree/a/two.eml.gz", gzip.compress(b"From: b@example.com\n\n"))
        self.save("tree/a/notes.txt", b"From: c@example.com\n\n")
        self.save("tree/b/cur/1600000000.x", b"From: d@example.com\n\n")
        (self.directory / "tree/b/new").mkdir()
        (self.directory / "tree/loop").symlink_to(self.directory / "tree")
        rows, error = self.read(self.directory / "tree", "--recursive", "-v")
        self.assertEqual([row["from"] for row in rows],
                         ["a@example.com", "b@example.com", "d@example.com"])
        self.assertIn("2 other files", error)
        _, error = self.read(self.directory / "tree", status=DATA)
        self.assertIn("is no Maildir: it has no folders cur and new; with --recursive", error)

    def test_maildirs_in_a_maildir(self):
        """Maildir++ hides its folders; other servers do not. What is no Maildir and hidden is none."""
        names = ("cur/1.a", ".Spam/cur/1.b", ".Spam.2026/new/1.c", "old/2026/cur/1.d", ".cache/x.eml",
                 ".cache/.m/cur/1.e", "tmp/1.f", "courierimapkeywords/x")
        for number, name in enumerate(names):
            self.save(f"home/.maildir/{name}", b"From: %d@example.com\n\n" % number)
        for folder in (".", ".Spam", ".Spam.2026", "old/2026", ".cache/.m"):
            for part in ("cur", "new", "tmp"):
                (self.directory / "home/.maildir" / folder / part).mkdir(exist_ok=True)
        self.save("home/.maildir/dovecot-uidlist", b"3 V1\n")
        want = [f"{number}@example.com" for number in range(4)]
        for path in ("home", "home/.maildir"):
            rows, error = self.read(self.directory / path, "--recursive", "-v")
            self.assertEqual([row["from"] for row in rows], want)
            self.assertIn("4 messages, 1 other file", error)
        rows, _ = self.read(self.directory / "home/.maildir")
        self.assertEqual([row["from"] for row in rows], want[:1])

    @unittest.skipUnless(dovecot.find_dovecot(), "Dovecot is missing")
    def test_maildir_of_dovecot(self):
        """What a real server keeps there."""
        import quarantine_case    # needs a server
        import quarantine as quarantines
        server = quarantines.Quarantine(users={runner.USER: runner.PASSWORD})
        self.addCleanup(server.stop)
        quarantine_case.load_samples(server)
        server.start()
        with server.connect(runner.USER) as imap:
            imap.select('"Caught (Outgoing)"', readonly=True)
            count = len(imap.search(None, "ALL")[1][0].split())
        folder, = [path for path in pathlib.Path(server.home(runner.USER)).rglob("*Outgoing*")
                   if (path / "cur").is_dir()]
        rows, _ = self.read(folder)
        self.assertEqual(len(rows), count)
        want = self.one_by_one(samples())
        found = self.messages(folder)
        self.assertLessEqual({row["identity"] for row in found}, {row["identity"] for row in want})


class Kinds(FilesTest):

    def test_recognised_by_content(self):
        """The name says nothing; files of several kinds in one run."""
        message = samples()[0].read_bytes()
        saved = self.run_program([str(samples()[1]), "--csv=-", "--columns=all"]).stdout
        lines = self.run_program([str(samples()[2]), "--json=-"]).stdout
        files = [self.save("a.csv", message), self.save("b.eml", saved), self.save("c.mbox", lines),
                 self.save("d.json", b"From a Thu Nov 20 13:45:00 2026\n" +
                           samples()[3].read_bytes())]
        rows, _ = self.read(*files)
        want, _ = self.read(*samples()[:4])
        self.assertEqual([row["subject"] for row in rows], [row["subject"] for row in want])
        self.assertEqual([row["identity"] for row in rows], [row["identity"] for row in want])

    def test_input_overrules(self):
        path = self.save("a", b"From a Thu Nov 20 13:45:00 2026\nFrom: a@example.com\n\n")
        rows, _ = self.read(path, "--input=eml")
        self.assertEqual([row["uid"] for row in rows], [0])
        _, error = self.read(path, "--input=csv", status=DATA)
        self.assertIn("not a report of quarantine-report", error)
        _, error = self.read(self.save("b", b"X: y\n"), "--input=mbox", status=DATA)
        self.assertIn("is no mailbox (mbox)", error)
        _, error = self.read(self.directory, "--input=eml", status=DATA)
        self.assertIn("is a folder: --input=eml is about files", error)
        _, error = self.read(path, "--input=maildir", status=NOINPUT)
        self.assertIn("cannot read the folder", error)
        result = self.run_program(["--input=word", str(path)])
        self.assert_status(result, USAGE)
        self.assertIn(b"expected one of: auto csv json eml mbox maildir arf", result.stderr)

    def test_nothing_we_know(self):
        for number, data in enumerate((
                b"hello\n", b"%PDF-1.4\n\xe2\xe3", bytes(range(256)), b"\x7fELF" + b"\0" * 1000,
                b"PK\3\4" + b"x" * 100, b"[]\n", b"<html>", b"x" * 20_000_000, b"From a\n",
                b"\xff\xfe" + "From: a\n".encode("utf-16-le"), b"one: two\n", b"a,b\n")):
            with self.subTest(data[:20]):
                path = self.save(f"file{number}", data)
                rows, error = self.read(path, status=DATA)
                self.assertEqual(rows, [])
                self.assertRegex(error, rf"\Aquarantine-report: '{path}' is no message, mailbox")

    def test_bzip2_is_named(self):
        path = self.save("file", b"BZh91AY&SY" + bytes(range(256)))
        self.assertEqual(self.read(path, status=DATA)[1],
                         f"quarantine-report: '{path}' is compressed by bzip2, which is not read: bzcat "
                         "can write it to standard input (-)\n")

    def test_empty(self):
        for data in (b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf", gzip.compress(b"")):
            self.assertEqual(self.read(self.save("a", data)), ([], ""))
            self.assertEqual(self.read("-", stdin=data), ([], ""))
        self.assertEqual(self.read("/dev/null"), ([], ""))
        (self.directory / "box/cur").mkdir(parents=True)
        (self.directory / "box/new").mkdir()
        self.assertEqual(self.read(self.directory / "box"), ([], ""))

    def test_not_there(self):
        """66, and nothing appears."""
        for path, words in ((self.directory / "missing.eml", "No such file"),
                            ("/dev/zero", "is a device")):
            result = self.run_program([str(path), "--csv=out.csv"])
            self.assert_status(result, NOINPUT)
            self.assertIn(words, result.stderr.decode())
            self.assertEqual(result.files, {})
        for option in ("--input=exim", "--recursive", "--failed-logins", "--auth-failures"):
            result = self.run_program([option, "mainlog"])
            self.assert_status(result, NOINPUT)
            self.assertIn("cannot open 'mainlog': No such file", result.stderr.decode())
        path = self.save("secret.eml", b"From: a@example.com\n\n")
        if os.geteuid() != 0:
            path.chmod(0)
            self.read(path, status=NOINPUT)

    def test_failed_logins_are_of_logs(self):
        """What other files hold does not pass for logins that failed."""
        message = self.save("a.eml", b"From: a@example.com\n\n")
        folder = self.save("box/cur/1", b"From: a@example.com\n\n").parent.parent
        (folder / "new").mkdir()
        for arguments, what in (([message], "a message"), ([folder], "a folder of messages"),
                                (["--input=csv", message], "a saved report (CSV)")):
            rows, error = self.read("--failed-logins", *arguments, status=DATA)
            self.assertEqual(rows, [])
            self.assertIn(f"is {what}: --failed-logins is about mail logs", error)
        self.assertEqual(self.read("--failed-logins", self.save("empty", b"")), ([], ""))

    def test_names_in_all_outputs(self):
        """Files of any kind, alone, twice and below folders: nothing of a name is a line, a command to a
        terminal, or no UTF-8."""
        bad = "a\nquarantine-report: forged\x1b[31m".encode() + b"\xff\xe2\x80\xae"
        folder = os.fsencode(self.directory)
        log = b"2026-11-20 10:00:01 1abcde-0001Fx-2N <= a@e.example U=a P=local S=1\n"
        for name, data in ((b"log", log), (b"m.eml", b"From: a@e.example\n\n"), (b"bad", b"\1\2")):
            with open(folder + b"/" + bad + name, "wb") as file:
                file.write(data)
        deep = folder + b"/" + bad
        for name in (b"cur", b"new", *([b"deep" + bad] * 1)):
            os.makedirs(deep + b"/" + name)
        for place in (b"/cur/" + bad, b"/" + bad + b".eml"):
            with open(deep + place, "wb") as file:
                file.write(b"From: a@e.example\n\n")
        for names in ([b"log"], [b"m.eml"], [b"bad"], [b""], [b"log", b"log"], [b"nowhere"]):
            for options in (["--csv=-", "--columns=Folder"], ["--json=-"], ["--html=-"], ["-d", "-v"],
                            ["--explain"], ["--merge"], ["--input=mbox"], ["--input=csv"],
                            ["--input=php"], ["--failed-logins"], ["--recursive", "--json=-"],
                            ["--input=exim", "--group-by=Vhost"], ["--log-host=directory"]):
                with self.subTest((names, options)):
                    result = self.run_program(
                        [*options, *(os.fsdecode(folder + b"/" + bad + name) for name in names)])
                    self.assertNotIn(result.status, (70, 71), str(result))
                    for text in (result.stdout, result.stderr):
                        text.decode()
                        self.assertNotRegex(text, b"(?m)\x1b|\xe2\x80\xae|^quarantine-report: forged|"
                                                  b"^quarantine-report: quarantine-report:")

    def test_page_says_what_does_not_tell(self):
        """A table of what no file has is not laid to saved reports where there is something else."""
        saved = self.save("r.csv", b"#,From\r\n1,a\r\n")
        folder = self.directory / "folder"
        for name in ("cur", "new"):
            (folder / name).mkdir(parents=True)
        for files, words in (([saved], b"The saved reports do not have it."),
                             ([saved, folder], b"What was read does not tell it.")):
            result = self.run_program(["--html=-", *map(str, files)])
            self.assert_status(result, 0)
            self.assertEqual(re.findall(rb"The saved[^<]*|What was read[^<]*", result.stdout)[:1], [words])

    def test_names_of_others(self):
        """With line breaks they would write lines of their own into standard error."""
        name = self.directory / "a\nquarantine-report: all is well\x1b[2J.eml"
        for make in (lambda: None, lambda: name.write_bytes(b"\0"),
                     lambda: name.write_bytes(gzip.compress(b"From: a\n")[:-3])):
            make()
            result = self.run_program([str(name)])
            self.assertIn(result.status, (NOINPUT, DATA))
            self.assertNotIn(b"\nquarantine-report: all", result.stderr + result.stdout)

    def test_usage(self):
        path = str(self.save("a.eml", b"From: a@example.com\n\n"))
        for words, error in (
                ([path, "-s", "quarantine.example.com"], "belongs to no option"),
                ([path, "-o"], "files are read and no server: --outgoing does not go with it"),
                ([path, "--new-only"], "--new-only does not go with it"),
                ([path, "--port=993"], "--port does not go with it"),
                ([path, "--arf"], "--arf does not go with it"),
                (["--recursive"], "--recursive needs the names of files"),
                (["--failed-logins"], "--failed-logins needs the names of files"),
                (["--failed-logins", "-s", "quarantine.example.com"],
                 "--imaphost does not go with it"),
                (["--input=eml"], "--input needs the names of files"),
                (["-s", "quarantine.example.com", "--folder=A"], "--folder is that of --arf"),
                (["-s", "quarantine.example.com", "--arf", "-i"], "--incoming does not go with it"),
                (["nonsense"], "names no file, and is none of the commands"),
                (["-c", "new.csv"], "for the file of --csv write --csv=new.csv"),
                ([path, path], "are the same file"),
                ([path, f"--csv={path}"], "would replace a file that is read")):
            with self.subTest(words):
                result = self.run_program(words)
                self.assert_status(result, USAGE)
                self.assertIn(error, result.stderr.decode())

    def test_called_like_a_command(self):
        self.save("work/lock", b"From: a@example.com\n\n")
        self.save("work/check", b"From: a@example.com\n\n")
        for words in (["./check"], ["report", "check"], ["./lock"], ["report", "lock"]):
            result = self.run_program([*words, "--csv=-"],
                                      wrapper=["env", "-C", str(self.directory / "work")])
            self.assert_status(result, 0)
            self.assertIn(b"a@example.com", result.stdout)

    def test_settings_about_a_server(self):
        """Those of a configuration file do not matter, nor does its period."""
        config = self.save("config", b"imaphost = quarantine.example.com\ntoday = yes\n"
                           b"new-only = yes\nincoming = yes\nno-bounce = yes\n")
        rows, _ = self.read(f"--config={config}",
                            self.save("a.eml", b"From: a@example.com\n\n"),
                            self.save("b.eml", b"From: MAILER-DAEMON@example.com\n\n"))
        self.assertEqual([row["from"] for row in rows], ["a@example.com"])

    def test_outputs(self):
        """Every output works for files."""
        outputs = {"--csv": "a.csv", "--json": "a.json", "--html": "a.html",
                   "--identity-report": "i.csv"}
        result = self.run_program(
            [*map(str, samples()), *(f"{option}={name}" for option, name in outputs.items()), "-d"],
            files=outputs.values())
        self.assert_status(result, 0)
        self.assertEqual(len(result.rows("a.csv")), len(samples()))
        result = self.run_program([*map(str, samples()), "--top=3"])
        self.assert_status(result, 0)
        self.assertIn(b"Identity", result.stdout)
        name = f"quarantine-files-{DAY}.csv"
        result = self.run_program([*map(str, samples()), "-c", f"--date={DAY}"], files=[name])
        self.assertIn(name, result.files)


class Period(FilesTest):

    def test_by_the_message(self):
        """The first that there is: Received, the name, the line, Date."""
        received = b"Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000\n"
        date = b"Date: Fri, 20 Nov 2026 13:00:00 +0000\nFrom: a@example.com\n\n"
        line = b"From a@example.com Fri Nov 20 12:00:00 2026\n"
        self.save("box/cur/1795172400.x", date)    # 11:00
        (self.directory / "box/new").mkdir()
        rows = [(self.save("a", received + date), "10:00", "the uppermost Received"),
                (self.directory / "box", "11:00", "the file's name"),
                (self.save("b", line + date), "12:00", "the mbox line"),
                (self.save("c", date), "13:00", "its own Date, which the sender wrote"),
                (self.save("d", line + received + date), "10:00", "the uppermost Received")]
        for path, hour, which in rows:
            with self.subTest(which):
                result = self.run_program(["--explain", str(path), "--timezone=UTC"])
                self.assert_status(result, 0)
                # Our own clock may be before it.
                text = result.stdout.decode()
                if "Date:" in text:
                    self.assertIn(f"  Date: 2026-11-20T{hour}:00+00:00; {which}\n", text)

    def test_chosen(self):
        texts = [b"Received: from a by b; Sun, 13 Sep 2020 %02d:00:00 +0000\nFrom: %d@example.com\n\n"
                 % (hour, hour) for hour in (0, 12, 23)] + [b"From: none@example.com\n\n"]
        paths = [self.save(f"{number}.eml", text) for number, text in enumerate(texts)]
        for options, want in ((["--date=2020-09-13"], ["0", "12", "23"]),
                              (["--since=2020-09-13T12:00", "--until=2020-09-13T23:00"], ["12"]),
                              (["--since=2020-09-14"], []), ([], ["0", "12", "23", "none"])):
            rows, error = self.read(*paths, "-v", *options)
            self.assertEqual([row["from"].partition("@")[0] for row in rows], want)
        for options in (["--date=2020-09-13"],):
            _, error = self.read(*paths, "-v", *options)
            self.assertIn("3.eml': 0 messages, 1 of no known time", error)
        # Rows of saved reports by their Date.
        saved = self.save("saved.csv", b"Date,From\n2020-09-13T10:00:00Z,a\n2020-09-14T10:00:00Z,b\n,c\n")
        rows, error = self.read(saved, "--date=2020-09-13", "-v")
        self.assertEqual([row["from"] for row in rows], ["a"])
        self.assertIn("1 messages, 1 of another time, 1 of no known time", error)


class Damage(FilesTest):

    def box(self, count):
        return b"".join(b"From a@example.com Thu Nov 20 13:45:00 2020\nFrom: %d@example.com\n"
                        b"X-AuthUser: %d@example.com\n\n%d\n\n" % (n, n, random.Random(n).random() * 1e17)
                        for n in range(count))

    def test_cut(self):
        """What came before is reported, and the report says that it is not all."""
        data = self.box(5000)
        for how in ("gz", "xz", "zst"):
            if how == "zst" and not shutil.which("zstd"):
                continue
            packed = compressed(data, how)
            path = self.save(f"box.{how}", packed[:len(packed) // 2])
            result = self.run_program([str(path), "--csv=a.csv", "--json=a.json", "-d"],
                                      files=["a.csv", "a.json"])
            self.assert_status(result, DATA)
            error = result.stderr.decode()
            self.assertRegex(error, r"box\.\w+' is cut off: its \w+ data has no end")
            self.assertIn("1 file could not be read to the end", error)
            rows = [json.loads(line) for line in result.files["a.json"].splitlines()]
            self.assertEqual(rows[-1]["kind"], "missing")
            count = len(rows) - 1
            self.assertGreater(count, 100 if how != "xz" else -1)
            self.assertEqual([row["identity"] for row in rows[:-1]],
                             [f"{n}@example.com" for n in range(count)])

    def test_cut_in_a_header(self):
        """The filter's lines stand at the end: without them another account would be named."""
        head = b"From: a@example.com\nX-AuthUser: innocent@example.com\nX-Pad: "
        data = head + bytes(random.Random(1).choices(range(33, 127), k=300_000)) + \
            b"\nX-AuthUser: guilty@example.com\n\n"
        packed = gzip.compress(data)
        path = self.save("a.eml.gz", packed[:-20_000])
        rows, error = self.read(path, status=DATA)
        self.assertEqual([row for row in rows if row["kind"] == "message"], [])
        self.assertIn("cannot be read: the file is cut off or damaged in it", error)

    def test_damaged(self):
        data = bytearray(gzip.compress(self.box(5000)))
        data[len(data) // 2:len(data) // 2 + 50] = b"\x55" * 50
        rows, error = self.read(self.save("box.gz", bytes(data)), status=DATA)
        self.assertGreater(len(rows), 100)
        rows, error = self.read(self.save("short.gz", gzip.compress(self.box(10))[:12]), status=DATA)
        self.assertIn("cut off", error)

    def test_others_are_read(self):
        """One that is damaged does not stop the others."""
        bad = self.save("bad.gz", gzip.compress(self.box(5000))[:-1000])
        good = self.save("good.eml", b"From: good@example.com\n\n")
        rows, error = self.read(bad, good, status=DATA)
        self.assertIn("good@example.com", [row.get("from") for row in rows])
        self.assertIn(f"'{bad}'", error)

    def test_saved_and_cut(self):
        data = b"Identity\n" + b"".join(b"%d@example.com\n" % n for n in range(200_000))
        rows, error = self.read(self.save("a.csv.gz", gzip.compress(data)[:-5000]), status=DATA)
        self.assertGreater(len(rows), 1000)
        self.assertIn("cut off", error)

    def test_grows(self):
        """It is read as far as it went, however fast it grows; a line of it is never torn apart."""
        path = self.save("box", self.box(20_000))
        stop = threading.Event()

        def grow():
            with path.open("ab") as file:
                while not stop.is_set() and file.tell() < MUCH:
                    file.write(self.box(200))
                    file.flush()

        thread = threading.Thread(target=grow)
        thread.start()
        try:
            rows, _ = self.read(path)
        finally:
            stop.set()
            thread.join()
        self.assertGreaterEqual(len(rows), 20_000)

    def test_vanishes(self):
        """Messages of a Maildir that go, or get other names, while it is read."""
        count = 3000
        (self.directory / "box/new").mkdir(parents=True)
        (self.directory / "box/cur").mkdir()
        for number in range(count):
            self.save(f"box/new/{1600000000 + number}.x", b"From: %d@example.com\n\n" % number)

        def change():
            for number in range(count):
                path = self.directory / f"box/new/{1600000000 + number}.x"
                if number % 3 == 0:
                    path.rename(self.directory / f"box/cur/{1600000000 + number}.x:2,S")
                elif number % 3 == 1:
                    path.unlink()

        thread = threading.Thread(target=change)
        thread.start()
        try:
            result = self.run_program([str(self.directory / "box"), "--json=-", "-v"])
        finally:
            thread.join()
        self.assert_status(result, 0)
        names = [json.loads(line)["from"] for line in result.stdout.splitlines()]
        self.assertEqual(len(names), len(set(names)), "a message counts twice")
        vanished = re.search(r"(\d+) vanished", result.stderr.decode())
        found = re.search(r"box': (\d+) messages", result.stderr.decode())
        self.assertEqual(int(found[1]), len(names) + (int(vanished[1]) if vanished else 0))

    def assert_small(self, result):
        if not runner.is_sanitized(runner.program()):
            self.assertLess(result.peak_kib, MEMORY_KIB)

    def test_memory(self):
        """A line, a header and a message without end, and a large mailbox."""
        for name, chunk, count in (("line", b"x" * 1_000_000, 100),
                                   ("header", b"X-A: " + b"y" * 60 + b"\n", 500_000),
                                   ("box", self.box(2000), 200)):
            with self.subTest(name):
                path = self.directory / name
                with path.open("wb") as file:
                    file.write(b"From a@example.com Thu Nov 20 13:45:00 2020\nFrom: a@example.com\n")
                    file.writelines(chunk for _ in range(count))
                result = self.run_program([str(path), "--csv=/dev/null"])
                self.assert_status(result, 0)
                self.assert_small(result)
                path.unlink()

    def test_bombs(self):
        """What unpacks to a thousand times as much takes time, and no memory."""
        path = self.save("bomb.gz", gzip.compress(
            b"From: a@example.com\nX-AuthUser: a@example.com\n\n" + b"\0" * 300_000_000))
        result = self.run_program([str(path), "--csv=-"])
        self.assert_status(result, 0)
        self.assert_small(result)

    def test_interrupted(self):
        """While it waits for more."""
        pipe = self.directory / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen([runner.program(), str(pipe)], stdout=subprocess.DEVNULL) as process:
            with pipe.open("wb") as file:
                file.write(b"From: a@example.com\n")
                file.flush()
                time.sleep(0.05)
                process.terminate()
                self.assertEqual(process.wait(runner.RUN_TIMEOUT), -15 if process.returncode == -15
                                 else 143)

    def test_first_is_a_report(self):
        """Which then are what the file is thought to hold: who wrote it hides the others, aloud."""
        line = b"From a@example.com Thu Nov 20 13:45:00 2026\n"
        report = (b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
                  b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--\n")
        box = self.save("box", line + report + b"\n" + line + b"X-AuthUser: a@example.com\n\n")
        _, error = self.read(box)
        self.assertIn("1 of its messages is no report of abuse", error)
        self.assertIn("--input=mbox", error)
        _, error = self.read(box, "--input=arf")
        self.assertEqual(error, "")
        rows, _ = self.read(box, "--input=mbox")
        self.assertEqual(len(rows), 2)

    def test_silent_pipe(self):
        """Nobody writes to it, or goes on to; it is waited for until the deadline."""
        pipe = self.directory / "pipe"
        for kind, first in (("", None), ("", b"From: a@example.com\n"), ("", b"#,From,To\n"),
                            ("arf", b"From a@example.com Thu Nov 26 10:00:00 2026\nFrom: a@example"),
                            ("exim", b"2026-11-26 10:00:00 Start queue run: pid=1\n")):
            with self.subTest(kind=kind, first=first):
                os.mkfifo(pipe)
                held = os.open(pipe, os.O_RDWR) if first is not None else None
                if held is not None:
                    os.write(held, first)
                result = self.run_program([str(pipe), "--deadline=1", "--csv=new.csv",
                                           *([f"--input={kind}"] if kind else [])])
                self.assert_status(result, TEMPORARY)
                self.assertIn(b"the deadline of the run has passed", result.stderr)
                if held is not None:
                    os.close(held)
                pipe.unlink()

    def test_endless_pipe(self):
        """One that never ends nor is silent."""
        begin = "From a@example.com Thu Nov 26 10:00:00 2026"
        result = self.run_program(["-", "--deadline=1", "--csv=new.csv"], wrapper=[
            "sh", "-c", f'(echo "{begin}"; yes) | "$@"', "sh"])
        self.assert_status(result, TEMPORARY)

    def test_pipe_in_a_maildir(self):
        """Whoever owns the folder may have put one there: it is no message, and not waited for."""
        self.save("maildir/new/1.eml", b"From: a@example.com\n\n")
        self.save("maildir/cur/2.eml", b"From: b@example.com\n\n")
        os.mkfifo(self.directory / "maildir/cur/0")
        os.mkfifo(self.directory / "maildir/x.eml")
        for options in ([], ["--recursive"]):
            rows, said = self.read(self.directory / "maildir", "-v", *options)
            self.assertEqual([row["from"] for row in rows], ["b@example.com", "a@example.com"])
            self.assertIn("1 other file", said)


if __name__ == "__main__":
    runner.main()
