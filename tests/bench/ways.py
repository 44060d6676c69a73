"""The ways to read a quarantine that the benchmark compares: ours, and those of others."""

import os
import subprocess
import sys
import time

from measuring import TOP, find, first_line, tool

ALL_OUTPUTS = ("csv", "tsv", "json", "html", "identity-report")


class Row:
    """A way to read a place. command: a function of (place, port, CA file or "-", output file).

    has_rows: it writes CSV with a row for each message; first: its first row is waited for.
    """

    def __init__(self, name, command, has_rows=True, first=False):
        self.name = name
        self.command = command
        self.has_rows = has_rows
        self.first = first


class Ways:
    """All there are; None: not here. item: what the floor fetches of each message, once that is known."""

    def __init__(self):
        self.program = find("QR", "quarantine-report")
        self.item = None
        help_text = subprocess.run([self.program, "--help"], capture_output=True, text=True,
                                   check=True).stdout
        self.floor = Row("floor", self._floor, has_rows=False, first=True)
        self.csv = Row("ours -c", self._ours("--csv={out}"))
        self.no_bounce = Row("ours -c -n", self._ours("--csv={out}", "-n"))
        self.group = Row("ours --group-by=Identity", self._ours("--csv={out}", "--group-by=Identity"),
                         has_rows=False)
        self.all = Row("ours, all outputs", self._ours(
            *(f"--{name}={{out}}" + ("." + name if name != "csv" else "") for name in ALL_OUTPUTS)))
        self.first = Row("ours --csv=-", self._ours("--csv=-"), has_rows=False, first=True)
        self.two = (Row("ours -c --connections=2", self._ours("--csv={out}", "--connections=2"))
                    if "--connections" in help_text else None)
        self.before = (Row("before -c", self._ours("--csv={out}", program=find("QR_BEFORE")))
                       if "QR_BEFORE" in os.environ else None)
        self.bulk = Row("imaplib, bulk", self._script(sys.executable, "-B", "with_imaplib.py"))
        self.single = Row("imaplib, per message",
                          self._script(sys.executable, "-B", "with_imaplib.py", "--per-message"))
        self.perl = (Row("Mail::IMAPClient", self._script("perl", "with_mail_imapclient.pl"))
                     if perl_version() else None)
        self.etpan = Row("libetpan alone", self._etpan, has_rows=False)

    def ours(self):
        return [row for row in (self.csv, self.no_bounce, self.group, self.all, self.two, self.before)
                if row]

    def with_history(self, file):
        """Beside a history, with a report and without; and from it alone."""
        return [Row("ours -c --history", self._ours("--csv={out}", f"--history={file}")),
                Row("ours --history", self._ours(f"--history={file}"), has_rows=False),
                Row("ours -c --offline", self._ours("--csv={out}", f"--history={file}", "--offline"))]

    def others(self):
        return [row for row in (self.bulk, self.single, self.perl, self.etpan) if row]

    def several(self, row, name, places):
        """The row for several places, in turn or, for the floor, at once."""
        at_once = row is self.floor

        def command(_, port, ca, out):
            each = [quoted(row.command(place, place.tls, ca, f"{out}-{place.tls}")) for place in places]
            return ["sh", "-c", " & ".join(each) + " & wait" if at_once else " && ".join(each)]
        return Row(name, command, has_rows=row.has_rows)

    def several_ours(self, places):
        def command(_, port, ca, out):
            one = self.csv.command(places[0], places[0].tls, ca, out)
            return one + [word for place in places[1:] for word in ("-s", f"{place.host}:{place.tls}")]
        return Row("ours -c", command)

    # Commands.

    def _floor(self, place, port, ca, _):
        return [tool("drain"), place.host, port, ca, place.user, place.password_file, place.folder,
                place.since, place.before, self.item]

    def _ours(self, *options, program=None):
        def command(place, port, ca, out):
            tls = ["--tls=off"] if ca == "-" else [f"--ca-file={ca}"]
            return [program or self.program, "-s", f"{place.host}:{port}", "-u", place.user, *tls,
                    f"--password-file={place.password_file}", f"--since={date(place.since)}",
                    f"--until={date(place.before)}", "--timezone=UTC", "-q",
                    *(option.format(out=out) for option in options)]
        return command

    @staticmethod
    def _script(*words):
        words = [str(TOP / "tests/bench" / word) if word.startswith("with_") else word for word in words]

        def command(place, port, ca, out):
            return [*words, place.host, port, ca, place.user, place.password_file, place.folder,
                    place.since, place.before, out]
        return command

    @staticmethod
    def _etpan(place, port, ca, _):
        return [tool("etpan"), place.host, port, "-" if ca == "-" else "tls", place.user,
                place.password_file, place.folder, place.since, place.before]


def quoted(words):
    return " ".join("'" + str(word).replace("'", "'\\''") + "'" for word in words)


def date(seconds):
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def perl_version():
    return first_line("perl", "-MMail::IMAPClient", "-e", "print Mail::IMAPClient->VERSION")
