#!/usr/bin/python3
"""What a script takes that does it with python's own library, as the benchmark compares it.

    with_imaplib.py [--per-message] HOST PORT CA-FILE USER PASSWORD-FILE FOLDER SINCE BEFORE OUT

CA-FILE is "-" for a server without TLS; SINCE and BEFORE are seconds since the epoch at midnight. Writes
the usual header fields of each message as CSV. It asks for 1,000 header sections at a time, or, with
--per-message, for one, as scripts do that follow the example in the documentation of imaplib.
"""

import csv
import email.header
import email.parser
import imaplib
import pathlib
import re
import ssl
import sys
import time

AT_ONCE = 1000
FIELDS = ("From", "To", "Reply-To", "Subject", "Message-ID", "X-PHP-Script", "X-Authenticated-Sender",
          "X-Mailer", "X-SpamExperts-Outgoing-Evidence", "X-SpamExperts-Username")
DATE = re.compile(rb'INTERNALDATE "([^"]+)"')

# A SEARCH of a million UIDs is one line.
imaplib._MAXLINE = 100_000_000


def day(seconds):
    return time.strftime("%d-%b-%Y", time.gmtime(int(seconds)))


def text(value):
    """A header field with its encoded words decoded."""
    if value is None or "=?" not in value:
        return value or ""
    return str(email.header.make_header(email.header.decode_header(value)))


def connect(host, port, ca_file):
    if ca_file == "-":
        return imaplib.IMAP4(host, int(port))
    return imaplib.IMAP4_SSL(host, int(port), ssl_context=ssl.create_default_context(cafile=ca_file))


def checked(answer):
    kind, data = answer
    if kind != "OK":
        sys.exit(f"with_imaplib: {data}")
    return data


def main():
    arguments = sys.argv[1:]
    at_once = AT_ONCE
    if arguments[0] == "--per-message":
        at_once = 1
        arguments = arguments[1:]
    host, port, ca_file, user, password_file, folder, since, before, out = arguments
    imap = connect(host, port, ca_file)
    imap.login(user, pathlib.Path(password_file).read_text().strip())
    checked(imap.select(f'"{folder}"', readonly=True))
    uids = checked(imap.uid("SEARCH", f"SINCE {day(since)} BEFORE {day(before)}"))[0].split()
    parser = email.parser.BytesHeaderParser()
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("Date", *FIELDS))
        for first in range(0, len(uids), at_once):
            wanted = b",".join(uids[first:first + at_once]).decode()
            for item in checked(imap.uid("FETCH", wanted, "(INTERNALDATE BODY.PEEK[HEADER])")):
                if isinstance(item, tuple):
                    header = parser.parsebytes(item[1])
                    writer.writerow((DATE.search(item[0])[1].decode(),
                                     *(text(header[name]) for name in FIELDS)))
    imap.logout()


if __name__ == "__main__":
    main()
