#!/usr/bin/python3
"""How fast mail logs are read, beside grep -c and the readers that the mail servers come with.

    bench.py maillog

Needs BENCH_MAILLOG (tests/bench/bench_maillog, built), or finds it in build/; pflogsumm and eximstats in
QR_PEERS, or they are left out. Logs of a million lines of each server are written to a temporary folder
(TMPDIR). Each row is the median of the runs: megabytes a second of the processor, how much longer it
takes than the row of the whole program, and the most memory. "readers alone" has no outputs. The
machine is noisy: look at the ratios.
"""

import os
import pathlib
import random
import statistics
import tempfile
import time

from measuring import TOP, find, timed

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BEGIN = 1763600000


def stamp(when, form):
    return time.strftime(form, time.gmtime(when))


def postfix_message(number, when, user, address, recipient):
    head = stamp(when, "%b %e %H:%M:%S") + " mail postfix"
    queue_id = f"{number * 7919 % (1 << 20):05X}{number:06X}"
    client = f"client{number % 999}.example.com[{address}]"
    smtpd, smtp = f"{head}/submission/smtpd[{2000 + number % 90}]", f"{head}/smtp[{4000 + number % 70}]"
    return [f"{smtpd}: connect from {client}",
            f"{smtpd}: {queue_id}: client={client}, sasl_method=PLAIN, sasl_username={user}",
            f"{head}/cleanup[{3000 + number % 50}]: {queue_id}: message-id=<{number:x}.{int(when)}@customer.example>",
            f"{head}/qmgr[1234]: {queue_id}: from=<{user}>, size={500 + number % 90000}, nrcpt=1 (queue active)",
            f"{smtpd}: disconnect from {client} ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8",
            f"{smtp}: {queue_id}: to=<{recipient}>, relay=mx.example.net[192.0.2.25]:25, delay=0.51, "
            f"delays=0.1/0.01/0.2/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4dGxyz{number % 1000}AbcZ)",
            f"{head}/qmgr[1234]: {queue_id}: removed"]


def exim_message(number, when, user, address, recipient):
    head = stamp(when, "%Y-%m-%d %H:%M:%S")
    rest, part = number, ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        part = BASE62[digit] + part
    queue_id = f"1vL{part[3:]}-{part}-{10 + number % 90}"
    port = 30000 + number % 9999
    if number % 4 == 0:
        account = f"acct{number // 4 % 300}"
        lines = [f"{head} cwd=/home/{account}/public_html/wp 4 args: /usr/sbin/sendmail -t -i -f{account}@customer.example",
                 f"{head} {queue_id} <= {account}@customer.example U={account} P=local S=2301 "
                 f"id={number:x}@customer.example T=\"Your order {number}\" for {recipient}"]
    else:
        lines = [f"{head} SMTP connection from [{address}]:{port} (TCP/IP connection count = 3)",
                 f"{head} {queue_id} <= {user} H=client{number % 999}.example.com ([192.168.1.7]) [{address}]:{port} "
                 f"P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no A=dovecot_plain:{user} S=2301 "
                 f"id={number:x}@customer.example T=\"Your order {number}\" for {recipient}"]
    return [*lines,
            f"{head} {queue_id} => {recipient} R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25] "
            f"X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C=\"250 2.0.0 Ok: queued as 4dGxyz\"",
            f"{head} {queue_id} Completed"]


def write_log(path, make, wanted):
    chance = random.Random(7)
    lines = number = 0
    when = float(BEGIN)
    with path.open("w", encoding="ascii") as log:
        while lines < wanted:
            number += 1
            when += chance.random() * 0.4
            user = f"user{chance.randrange(3000)}@customer{chance.randrange(400)}.example"
            more = make(number, when, user, f"198.51.100.{chance.randrange(256)}",
                        f"recipient{chance.randrange(100000)}@example.net")
            log.write("\n".join(more) + "\n")
            lines += len(more)


def show(say, label, path, command, runs, unit=None):
    found = [timed([*command, path]) for _ in range(runs)]
    seconds, peak = (statistics.median(getattr(each, name) for each in found) for name in ("cpu", "kib"))
    times = f"{seconds / unit:8.2f}" if unit else f"{1:8}"
    say(f"  {label:24} {path.stat().st_size / 1e6 / max(seconds, 0.001):8.0f} {times} {peak / 1024:8.1f}")
    return seconds


def run(say, lines, runs):
    program = find("QR", "quarantine-report")
    alone = find("BENCH_MAILLOG", "tests/bench/bench_maillog", needed=False)
    peers = pathlib.Path(os.environ.get("QR_PEERS", TOP / "build/peers"))
    others = {"postfix": ("pflogsumm", ["perl", f"-I{peers}/usr/share/perl5", peers / "usr/sbin/pflogsumm"]),
              "exim": ("eximstats", ["perl", peers / "usr/sbin/eximstats"])}
    say(f"\nmail logs of {lines:,} lines\n  {'':24} {'MB/s cpu':>8} {'times':>8} {'MiB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("postfix", postfix_message), ("exim", exim_message)):
            path = pathlib.Path(folder) / name
            write_log(path, make, lines)
            unit = show(say, f"{name}: by identity", path,
                        [program, "-q", "--group-by=Identity", "--top=10"], runs)
            show(say, "  as CSV", path, [program, "-q", "--csv=-"], runs, unit)
            if alone:
                show(say, "  readers alone", path, [alone], runs, unit)
            show(say, "  grep -c", path, ["sh", "-c", 'grep -c "status=sent" "$1" | cat', "sh"], runs, unit)
            label, command = others[name]
            if pathlib.Path(command[-1]).exists():
                show(say, f"  {label}", path, command, 1, unit)
