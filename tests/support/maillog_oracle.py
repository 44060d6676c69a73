"""Mail logs read once more, in plain python, by patterns: who logged in, and from where, how often.

For logs without forged fields; it shares nothing with the program but what the logs look like.
"""

import collections
import gzip
import pathlib
import re

ARRIVAL = re.compile(r"^\S+ \S+ (\w{6}-\w{6,11}-\w{2,4}) (?:<=|\(=) "
                     r'("(?:[^"\\]|\\.)*"\S*|\S+) (.*)$')
ADDRESS = re.compile(r"\[([0-9a-f.:]+)\](?::\d+)? P=")
LOGIN = re.compile(r" A=\w+:(\S+) ")
LOCAL = re.compile(r"^U=(\S+) P=local")
CLIENT = re.compile(r"^(?:\S+ +){4}postfix/(?:\w+/)?smtpd\[\d+\]: ([0-9A-Z]+): client=\S*?\[([^]]+)\]"
                    r"(?:, sasl_method=\w+, sasl_username=(\S+))?$")
PICKUP = re.compile(r"^(?:\S+ +){4}postfix/pickup\[\d+\]: ([0-9A-Z]+): uid=(\d+) ")


def lines_of(path):
    path = pathlib.Path(path)
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8", "replace").splitlines()


def read_exim(*paths):
    """(Counter of logins and local users, Counter of (login, address))"""
    who, where, seen = collections.Counter(), collections.Counter(), set()
    for path in paths:
        for line in lines_of(path):
            match = ARRIVAL.match(line)
            if not match or match[1] in seen:
                continue
            seen.add(match[1])
            fields = match[3].split(' T="')[0]
            login, local = LOGIN.search(fields + " "), LOCAL.match(re.sub(r"^R=\S+ ", "", fields))
            address = ADDRESS.search(fields)
            who[login[1] if login else local[1] if local else address[1]] += 1
            if login and address:
                where[login[1], address[1]] += 1
    return who, where


def read_postfix(*paths):
    """The same; users of the host as "uid N"."""
    who, where = collections.Counter(), collections.Counter()
    for path in paths:
        for line in lines_of(path):
            client, pickup = CLIENT.match(line), PICKUP.match(line)
            if client and client[3]:
                who[client[3]] += 1
                where[client[3], client[2]] += 1
            elif client and not client[2].startswith("127."):
                who[client[2]] += 1
            elif pickup:
                who[f"uid {pickup[2]}"] += 1
    return who, where
