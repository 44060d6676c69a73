"""A private quarantine: a real Dovecot (dovecot.py) with folders and messages.

As a module:

    with Quarantine() as quarantine:            # starts; stops on every way out
        quarantine.deliver("Caught", b"From: ...", internal_date)
        ... quarantine.host, .port_imaps, .port_imap, .ca_file, .user, .password ...
        before = quarantine.flags_and_counts("Caught")

As a command: runs COMMAND with the server up, or serves until a signal comes:

    quarantine.py [--samples DIR | --demo] [--zone ZONE] [--certificate KIND] [COMMAND ARGUMENT...]

COMMAND finds QUARANTINE_HOST, QUARANTINE_PORT (imaps), QUARANTINE_PORT_PLAIN (imap and STARTTLS),
QUARANTINE_CA_FILE, QUARANTINE_FINGERPRINT, QUARANTINE_USER, QUARANTINE_PASSWORD_FILE and
QUARANTINE_DIRECTORY (to write in; it goes with the server) in its environment.
"""

import argparse
import base64
import datetime
import imaplib
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import zoneinfo

import demo_quarantine
from certificates import KINDS
from dovecot import Dovecot, as_bytes, die_with_parent

FOLDERS = ("Caught", "Caught (Outgoing)", "Training Requested", "Release", "Release & Train",
           "Not Spam", "Spam")

# Days before now, as samples/manifest.tsv names them.
MANIFEST_DAYS = {"today": 0, "yesterday": 1, "older": 3}


class Quarantine(Dovecot):
    """Dovecot's parameters; each user has FOLDERS."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self._delivered = 0
        for user in self.users:
            for folder in FOLDERS:
                self.create(folder, user)

    def create(self, folder, user=None):
        """Returns the Maildir of a folder, made at the first call. Names are UTF-8, without dots."""
        maildir = self.home(user or self.user) / "Maildir"
        path = maildir if folder == "INBOX" else maildir / ("." + mutf7(folder))
        for directory in (maildir, path, path / "cur", path / "new", path / "tmp"):
            self.make_mail_directory(directory)
        return path

    def deliver(self, folder, raw, internal_date, user=None, flags=""):
        """Adds one message, before or after start().

        internal_date: a datetime (without a zone: the system's), or seconds since the epoch. flags:
        Maildir letters, such as "S" for \\Seen. UIDs follow the order of the calls.
        """
        if isinstance(internal_date, datetime.datetime):
            internal_date = internal_date.timestamp()
        self._delivered += 1
        crlf_size = len(raw) + raw.count(b"\n") - raw.count(b"\r\n")
        # The times of all names are equal, so that Dovecot orders the messages by the number.
        name = f"1000000000.M{self._delivered:09}.quarantine,S={len(raw)},W={crlf_size}:2,{flags}"
        folder = self.create(folder, user)
        path = folder / "tmp" / name
        path.write_bytes(raw)
        os.utime(path, (internal_date, internal_date))
        self.give_to_mail_owner(path)
        path.rename(folder / "cur" / name)

    def flags_and_counts(self, folder, user=None):
        """What a client could have changed; compare the values of before and after.

        {"folders": all there are; "status": counts, RECENT, next UID; "messages": UID, FLAGS,
        INTERNALDATE and size of each}
        """
        name = '"' + mutf7(folder) + '"'
        with self.connect(user) as imap:
            status = checked(imap.status(name, "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)"))
            folders = sorted(checked(imap.list()))
            count = int(checked(imap.select(name, readonly=True))[0])
            messages = (checked(imap.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE)"))
                        if count else [])
        return {"folders": folders, "status": status, "messages": messages}

    def connect(self, user=None):
        """A logged-in imaplib connection: an oracle, and a look at the server's side of things."""
        name = as_bytes(user or self.user)
        if self.tls:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_kind != "good":
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            imap = imaplib.IMAP4_SSL(self.host, self.port_imaps, ssl_context=context)
        else:
            imap = imaplib.IMAP4(self.host, self.port_imap)
        imap.authenticate("PLAIN", lambda _: b"\0" + name + b"\0" + self.users[name])
        return imap


def checked(answer):
    """The data of an imaplib answer that must be OK."""
    kind, data = answer
    if kind != "OK":
        raise RuntimeError(f"IMAP: {kind} {data!r}")
    return data


def mutf7(name):
    """Modified UTF-7 (RFC 3501, 5.1.3)."""
    out, wide = [], ""
    for char in name + "\0":
        if not " " <= char <= "~" and char != "\0":
            wide += char
            continue
        if wide:
            code = base64.b64encode(wide.encode("utf-16-be"), b"+,").rstrip(b"=")
            out.append("&" + code.decode() + "-")
            wide = ""
        out.append("&-" if char == "&" else char)
    return "".join(out[:-1])


def read_manifest(samples):
    """The rows of samples/manifest.tsv: [(file, folder, day, time)] of each message."""
    lines = pathlib.Path(samples, "manifest.tsv").read_text().splitlines()
    return [tuple(line.split("\t")[:4]) for line in lines if line and not line.startswith("#")]


def load_samples(quarantine, samples, now, zone):
    """Delivers the sample messages in the manifest's order, dated relative to now.

    now: an aware datetime. zone: the IANA name of the zone that the manifest's days and times are
    meant in; None: the system's.
    """
    zone = zoneinfo.ZoneInfo(zone) if zone else None
    today = now.astimezone(zone).date()
    for file, folder, day, time, *_ in read_manifest(samples):
        date = today - datetime.timedelta(days=MANIFEST_DAYS[day])
        when = datetime.datetime.combine(date, datetime.time.fromisoformat(time), zone)
        quarantine.deliver(folder, pathlib.Path(samples, file).read_bytes(), when)


def environment(quarantine):
    """What the command line's COMMAND finds in its environment."""
    password_file = quarantine.directory / "password"
    password_file.touch(0o600)
    password_file.write_bytes(as_bytes(quarantine.password))
    return {
        "QUARANTINE_HOST": quarantine.host,
        "QUARANTINE_PORT": str(quarantine.port_imaps),
        "QUARANTINE_PORT_PLAIN": str(quarantine.port_imap),
        "QUARANTINE_CA_FILE": quarantine.ca_file,
        "QUARANTINE_FINGERPRINT": quarantine.fingerprint,
        "QUARANTINE_USER": quarantine.user,
        "QUARANTINE_PASSWORD_FILE": str(password_file),
        "QUARANTINE_DIRECTORY": str(quarantine.directory),
    }


def main():
    parser = argparse.ArgumentParser(description="Runs a command beside a private quarantine.")
    parser.add_argument("--samples", metavar="DIR", help="load the sample messages")
    parser.add_argument("--demo", action="store_true", help="load those of samples/demo")
    parser.add_argument("--zone", help="the zone their days are meant in (the system's)")
    parser.add_argument("--certificate", default="good", choices=KINDS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    quarantine = Quarantine(certificate=options.certificate)
    if options.samples:
        load_samples(quarantine, options.samples, datetime.datetime.now(datetime.timezone.utc),
                     options.zone)
    if options.demo:
        demo_quarantine.load(quarantine, datetime.datetime.now())
    with quarantine:
        found = environment(quarantine)
        if not options.command:
            print("\n".join(f"{name}={value}" for name, value in found.items()), flush=True)
            signal.pause()
        return run(options.command, os.environ | found)


def run(command, env):
    """The exit status of the command; it ends when this process is told to."""
    child = None
    try:
        child = subprocess.Popen(command, env=env, preexec_fn=die_with_parent)
        status = child.wait()
    except BaseException:   # a signal may come as soon as the command runs
        if child is not None:
            child.terminate()
            child.wait()
        raise
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
