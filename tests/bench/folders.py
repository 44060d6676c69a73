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
import sys
import time

from measuring import TOP

from dovecot import as_bytes
from quarantine import Quarantine

FOLDER = "Caught (Outgoing)"
DAY = 86400
DIRTY_SECONDS = 3  # more than the two for which Dovecot does not trust the time of a directory
LF = b"\n"
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
        """Writes the files where Dovecot keeps what it has seen; it would take longer by APPEND."""
        box, end = self.boxes[user], int(time.time()) // DAY * DAY
        begin, span = end - box.days * DAY, box.days * DAY
        current, owner = self.create(FOLDER, user) / "cur", self._mail_owner
        for number in range(box.messages):
            raw = message(number)
            # The times of all names are equal, so that Dovecot orders the messages by the number. No
            # name has flags: one that does is looked for without them first, and then through the
            # whole directory, once in each session.
            path = f"{current}/1000000000.M{number:09}.quarantine,S={len(raw)},W={len(raw) + raw.count(LF)}"
            with open(path, "wb", buffering=0) as file:
                file.write(raw)
                os.fchown(file.fileno(), owner.pw_uid, owner.pw_gid)
            os.utime(path, (begin + number * span // box.messages,) * 2)
        self._settle(user)
        self.made[user] = {**self._wanted(user), "end": end}
        (self.home(user) / MARK).write_text(json.dumps(self.made[user]))

    def _settle(self, user):
        """Dovecot looks through a directory again that has just been written to."""
        time.sleep(DIRTY_SECONDS)
        for _ in range(2):
            imap = self.connect(user)
            imap.select(f'"{FOLDER}"')
            imap.uid("FETCH", "1:*", "(UID INTERNALDATE)")
            imap.logout()
