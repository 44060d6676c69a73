"""The quarantines of the benchmark: a private Dovecot whose folders may outlive it.

    boxes = {"day": Box(300_000, 30), "whole": Box(50_000, 1)}
    with Folders(boxes, cache) as server:       # a user for each box; makes what is not there
        server.place("day", days=1)             # its last day

What is in a cache is used again as long as it is what is wanted. All messages are like message.txt, with
numbers of their own; the INTERNALDATEs are spread evenly over so many days before the day on which the
box was made.
"""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import socket
import sys
import time

from measuring import TOP

from dovecot import as_bytes
from quarantine import Quarantine

FOLDER = "Caught (Outgoing)"
DAY = 86400
AT_ONCE = 20_000  # messages in an APPEND: behind each Dovecot writes its list of all files anew
IN_A_PIECE = 500  # of these, what is sent in one go
TEMPLATE = TOP / "tests/bench/message.txt"
PASSWORD = "bench"
MARK = "made.json"

# The marks of the template, as in many.c: modulo, base, digits.
MARKS = {b"@NUMBER": (10_000_000, 0), b"@AC": (900, 100), b"@IP": (150, 100), b"@H": (90, 10),
         b"@S": (90, 10)}

Box = collections.namedtuple("Box", "messages days")

# Where a client finds messages: tls and plain are ports; messages: how many belong to the period.
Place = collections.namedtuple("Place", "host tls plain ca_file user password_file folder "
                                        "since before messages")


def message(number):
    """A cPanel message as the filter keeps it: 25 selected fields of about 2 kB, 3.3 kB in all."""
    text = message.template
    for mark, (modulo, base) in MARKS.items():
        text = text.replace(mark, b"%0*d" % (len(mark), base + number % modulo))
    return text


message.template = TEMPLATE.read_bytes()


def internal_date(seconds):
    return time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(seconds))


class Folders(Quarantine):
    """Dovecot with a user for each box."""

    def __init__(self, boxes, cache):
        self.boxes = boxes
        self.cache = pathlib.Path(cache).absolute()
        self.cache.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._check_access()
        self.made = {user: self._look(user) for user in boxes}
        super().__init__(users=dict.fromkeys(boxes, PASSWORD))
        self.password_file = self.directory / "password"
        self.password_file.write_text(PASSWORD)

    def home(self, user):
        return self.cache / as_bytes(user).decode()

    def __enter__(self):
        super().__enter__()
        for user, made in self.made.items():
            if made is None:
                self._fill(user)
        return self

    def place(self, user, days=None):
        """The last days of a box; None: all."""
        box, before = self.boxes[user], self.made[user]["end"]
        days = days or box.days
        return Place(self.host, self.port_imaps, self.port_imap, self.ca_file, user,
                     self.password_file, FOLDER, before - days * DAY, before,
                     box.messages * days // box.days)

    def forget(self, user):
        """What Dovecot knows of the folder, as when nobody has read it before."""
        for path in (self.home(user) / "Maildir" / f".{FOLDER}").glob("dovecot.index*"):
            path.unlink()

    def _check_access(self):
        """Root's Dovecot reads mail as another user."""
        for parent in [self.cache, *self.cache.parents] if os.getuid() == 0 else []:
            if not parent.stat().st_mode & 1:
                sys.exit(f"bench: Dovecot cannot reach {self.cache}: mode of {parent}")

    def _wanted(self, user):
        return {**self.boxes[user]._asdict(), "template": hashlib.sha256(message.template).hexdigest()}

    def _look(self, user):
        """What the mark of a box says that is in the cache; None: it is not, or another one."""
        try:
            made = json.loads((self.home(user) / MARK).read_text())
        except (OSError, ValueError):
            made = {}
        if made.items() >= self._wanted(user).items():
            return made
        shutil.rmtree(self.home(user), ignore_errors=True)
        return None

    def _fill(self, user):
        """Through the server itself, many messages to a command (RFC 3502, RFC 7888)."""
        box, end = self.boxes[user], int(time.time()) // DAY * DAY
        begin, span = end - box.days * DAY, box.days * DAY
        with socket.create_connection((self.host, self.port_imap)) as connection, \
                connection.makefile("rb") as answers:
            answers.readline()
            self._say(connection, answers, b'LOGIN "%s" "%s"' % (user.encode(), PASSWORD.encode()))
            for first in range(0, box.messages, AT_ONCE):
                self._append(connection, answers, range(first, min(first + AT_ONCE, box.messages)),
                             lambda number: begin + number * span // box.messages)
            self._say(connection, answers, b"LOGOUT")
        self.made[user] = {**self._wanted(user), "end": end}
        (self.home(user) / MARK).write_text(json.dumps(self.made[user]))

    def _append(self, connection, answers, numbers, when):
        pieces = [b'x APPEND "%s"' % FOLDER.encode()]
        for number in numbers:
            raw = message(number)
            pieces += [b' "%s" {%d+}\r\n' % (internal_date(when(number)).encode(), len(raw)), raw]
            if len(pieces) > 2 * IN_A_PIECE:
                connection.sendall(b"".join(pieces))
                pieces = []
        connection.sendall(b"".join(pieces) + b"\r\n")
        self._wait(answers)

    def _say(self, connection, answers, command):
        connection.sendall(b"x " + command + b"\r\n")
        self._wait(answers)

    @staticmethod
    def _wait(answers):
        while not (line := answers.readline()).startswith(b"x "):
            if not line:
                sys.exit("bench: Dovecot has gone")
        if not line.startswith(b"x OK"):
            sys.exit(f"bench: Dovecot says {line!r}")
