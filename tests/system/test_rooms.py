"""The rooms of src/: which may know which. Includes are followed as the compiler does, transitively."""

import collections
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

TOP = pathlib.Path(os.environ.get("TOP_SRCDIR", pathlib.Path(__file__).parents[2]))
SRC = TOP / "src"

# From the top; a room knows those on lower levels, and no neighbour but the ones it is given here.
LEVELS = [
    ["main"],
    ["mode"],
    ["source/files", "source/history"],
    ["source/logsearch", "source/maillog", "source/quarantine", "source/saved", "letter"],
    ["source"],
    ["report", "settings", "watch"],
    ["sink"],
    ["control", "evidence", "group", "imap", "state", "store"],
    ["http"],
    ["record", "secret", "calendar", "mail", "text", "deliver", "input"],
    ["base"],
]
NEIGHBOURS = {("text", "mail"),     # an IP address is read as in a Received line
              ("record", "text")}   # a column that does not exist is like one that does

# Their headers stay where they are used. Mail is composed by libetpan as well.
LIBRARIES = {"libetpan/": {"imap": "", "deliver": "deliver_mail"}, "openssl/": {"imap": ""}}

LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def room_of(name):
    """The room of a file below src/; the page and the screen are parts of the sinks."""
    folder = name.rpartition("/")[0] or "main"
    return "sink" if folder in ("sink/html", "sink/screen") else folder


def read_includes():
    """{file: [what it includes, ours below src/ or a library's]}"""
    return {path.relative_to(SRC).as_posix():
            re.findall(r'^#\s*include [<"]([^">]+)[">]', path.read_text(), re.M)
            for path in SRC.rglob("*.[ch]")}


INCLUDES = read_includes()


def reached(name):
    """Everything that the file includes, and that this includes."""
    seen = set()
    todo = [name]
    while todo:
        for one in INCLUDES.get(todo.pop(), []):
            if one not in seen:
                seen.add(one)
                todo.append(one)
    return seen


def arrows():
    """{(room, room): [(file, included)]}"""
    found = collections.defaultdict(list)
    for name, included in INCLUDES.items():
        for one in included:
            if one in INCLUDES and room_of(one) != room_of(name):
                found[room_of(name), room_of(one)].append((name, one))
    return found


class Rooms(unittest.TestCase):

    def test_every_room_has_its_level(self):
        self.assertEqual({room_of(name) for name in INCLUDES}, set(LEVEL))

    def test_arrows_point_down(self):
        wrong = {f"{name} -> {one}" for (upper, lower), files in arrows().items()
                 for name, one in files
                 if LEVEL[upper] >= LEVEL[lower] and (upper, lower) not in NEIGHBOURS}
        self.assertEqual(wrong, set())

    def test_no_circle(self):
        """A room is never reached again from itself."""
        knows = collections.defaultdict(set)
        for upper, lower in arrows():
            knows[upper].add(lower)

        def below(room, seen):
            for one in knows[room] - seen:
                seen.add(one)
                below(one, seen)
            return seen
        self.assertEqual([room for room in LEVEL if room in below(room, set())], [])

    def test_libraries_do_not_leak(self):
        wrong = []
        for name in INCLUDES:
            for library, rooms in LIBRARIES.items():
                start = rooms.get(room_of(name))
                if start is not None and name.rpartition("/")[2].startswith(start):
                    continue
                wrong += [f"{name} reaches {one}" for one in sorted(reached(name))
                          if one.startswith(library)][:1]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    runner.main(needs_program=False)
