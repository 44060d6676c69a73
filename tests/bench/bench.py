#!/usr/bin/python3
"""How fast the program reads a quarantine, beside a socket that only drains the same answers.

    bench.py [--messages N] [--runs N] [--rtt MILLISECONDS] [--padding BYTES] [--outputs]

Needs QR (the program) and DRAIN (tests/bench/drain, built), or finds them in build/. A private Dovecot
serves N messages (50,000 by default) of about 2 kB selected header fields over TLS on loopback. Each run of
the program is followed by one of drain, which sends the very commands that the program sent (taken from
its trace). Times are medians; the machine is noisy, so look at the ratio.
--padding adds header fields that no report needs: with enough of them the program
asks for the fields it reads by name, else for whole header sections.
With --outputs each run is also followed by runs with further outputs, to see what these cost.
With --rtt both reach the server through a relay that holds everything back for half that time.
"""

import argparse
import asyncio
import datetime
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "support"))
sys.dont_write_bytecode = True

from quarantine import Quarantine  # noqa: E402

FOLDER = "Caught (Outgoing)"

# Beside the CSV of all messages: one grouping, five, and no grouping but much to write.
OUTPUTS = (["--identity-report"], ["--html"], ["--json"], ["--identity-report", "--html", "--json"])


def message(number, padding=0):
    """A cPanel message as the filter keeps it: 25 selected fields of about 2 kB, 3.3 kB in all."""
    account = f"account{number % 997}"
    host = f"host{number % 13}.shared.example"
    return f"""Received: from {host} ([192.0.2.{number % 250}])
 by filter{number % 4}.antispam.example with esmtps (TLS1.3:TLS_AES_256_GCM_SHA384:256)
 (Exim 4.96) (envelope-from <{account}@{account}.example>)
 id 1tA{number:06d}-00000000{number % 1000:03d}-0Abc for user{number}@mailbox.example; Fri, 20 Nov 2026 12:00:00 +0000
Received: from {account} by {host} with local (Exim 4.96)
 (envelope-from <{account}@{host}>) id 1tB{number:06d}-00000000{number % 1000:03d}-1Xyz
 for user{number}@mailbox.example; Fri, 20 Nov 2026 12:00:00 +0000
To: user{number}@mailbox.example
Subject: Your parcel {number} is waiting at the depot
X-PHP-Script: {account}.example/wp-content/plugins/mailer-{number % 31}/send.php for 203.0.113.{number % 250}
X-PHP-Originating-Script: {1000 + number % 997}:send.php
Date: Fri, 20 Nov 2026 12:00:00 +0000
From: =?UTF-8?Q?Parcel_Service_=C3=A9xpress?= <notice{number % 50}@{account}.example>
Reply-To: answers{number % 50}@freemail.example
Message-ID: <{number:032x}@{account}.example>
X-Mailer: PHPMailer 6.6.5 (https://mailer.example/)
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed; d={account}.example; s=default;
 h=From:To:Subject:Date:Message-ID; bh={"A" * 43}=; b={"B" * 240}
X-AntiAbuse: This header was added to track abuse, please include it with any abuse report
X-AntiAbuse: Primary Hostname - {host}
X-AntiAbuse: Original Domain - mailbox.example
X-AntiAbuse: Originator/Caller UID/GID - [{1000 + number % 997} 993] / [47 12]
X-AntiAbuse: Sender Address Domain - {host}
X-Get-Message-Sender-Via: {host}: authenticated_id: {account}/only user confirmed/virtual account not confirmed
X-Authenticated-Sender: {host}: {account}
X-Source: /opt/cpanel/ea-php81/root/usr/bin/php-cgi
X-Source-Args: /opt/cpanel/ea-php81/root/usr/bin/php-cgi /home/{account}/public_html/wp-content/plugins/mailer-{number % 31}/send.php
X-Source-Dir: {account}.example:/public_html/wp-content/plugins/mailer-{number % 31}
X-AuthUser: {account}@{host}
X-Filter-ID: {"Pt3M" * 15}
 {"vcO5" * 15}
 {"N4iK" * 15}
{"".join(f"X-Trace-{i}: {'x' * 90}" + chr(10) for i in range(padding // 100))}X-Report-Abuse-To: spam@quarantine1.antispam.example
X-Originating-IP: 192.0.2.{number % 250}
X-SpamExperts-Domain: out.{host}
X-SpamExperts-Username: 192.0.2.{number % 250}
Authentication-Results: antispam.example; auth=pass smtp.auth=192.0.2.{number % 250}@out.{host}
X-SpamExperts-Outgoing-Class: spam
X-SpamExperts-Outgoing-Evidence: Combined (0.9{number % 10})

Your parcel is waiting: https://parcel.example/{number}
""".encode()


def find(variable, *names):
    for name in [os.environ.get(variable)] + [str(TOP / "build" / name) for name in names]:
        if name and os.access(name, os.X_OK):
            return os.path.abspath(name)
    sys.exit(f"bench: build the program first, or set {variable}")


def peak_memory(pid):
    """Peak resident KiB so far, or 0. (The rusage of a child begins with the size of its parent.)"""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def timed(command):
    """(seconds, peak resident KiB, CPU seconds) of a command that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(command)
    peak = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        peak = max(peak, peak_memory(process.pid))
        time.sleep(0.01)
    seconds = time.monotonic() - start
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command} failed: {process.returncode}")
    return seconds, peak, usage.ru_utime + usage.ru_stime


async def delay(reader, writer, seconds):
    """Copies one direction, each piece later by seconds."""
    due = asyncio.Queue()

    async def send():
        while (item := await due.get()) is not None:
            when, data = item
            await asyncio.sleep(max(0, when - time.monotonic()))
            writer.write(data)
            await writer.drain()
        writer.close()

    sender = asyncio.create_task(send())
    try:
        while data := await reader.read(65536):
            due.put_nowait((time.monotonic() + seconds, data))
    except ConnectionError:
        pass
    due.put_nowait(None)
    await asyncio.gather(sender, return_exceptions=True)


async def relay(target, seconds):
    """Prints its port, then serves until it is killed."""
    async def serve(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(delay(reader, far_writer, seconds), delay(far_reader, writer, seconds))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Bench:
    def __init__(self, count, runs, rtt=0, padding=0, outputs=()):
        self.outputs = {" ".join(more): more for more in outputs}
        self.rtt = rtt
        self.padding = padding
        self.program = find("QR", "quarantine-report")
        self.drain = find("DRAIN", "tests/bench/drain")
        self.count = count
        self.runs = runs
        self.work = tempfile.TemporaryDirectory()

    def arguments(self):
        q = self.quarantine
        return [self.program, "-s", f"{q.host}:{self.port}", "-u", q.user, "--ca-file", str(q.ca_file),
                "--password-file", self.password_file, "--since=2026-11-20", "--until=2026-11-21",
                "--timezone=UTC", "-q", f"--csv={self.work.name}/out.csv"]

    def run_program(self, more=()):
        return timed(self.arguments() + [f"{output}={self.work.name}/out{output}" for output in more])

    def record_commands(self):
        """What the program sends behind its login, without tags."""
        trace = subprocess.run(self.arguments() + ["--trace"], check=True, capture_output=True).stderr
        lines = [line[3:].split(" ", 1)[1] for line in trace.decode().splitlines()
                 if line.startswith("C: ") and "AUTHENTICATE" not in line and "LOGOUT" not in line]
        self.commands = pathlib.Path(self.work.name, "commands")
        self.commands.write_text("\n".join(lines) + "\n")
        return len(lines)

    def run_drain(self):
        q = self.quarantine
        output = subprocess.run(
            [self.drain, q.host, str(self.port), str(q.ca_file), q.user, self.password_file,
             str(self.commands)], check=True, capture_output=True, text=True).stdout.split()
        return int(output[0]), float(output[1])

    def rows(self):
        with open(f"{self.work.name}/out.csv", "rb") as file:
            return file.read().count(b"\r\n") - 1

    def start_relay(self):
        process = subprocess.Popen(
            [sys.executable, __file__, "--relay", str(self.quarantine.port_imaps), "--rtt", str(self.rtt)],
            stdout=subprocess.PIPE, text=True)
        self.port = int(process.stdout.readline())
        return process

    def measure(self):
        when = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.timezone.utc)
        with Quarantine() as self.quarantine:
            self.port = self.quarantine.port_imaps
            self.password_file = f"{self.work.name}/password"
            pathlib.Path(self.password_file).write_text(self.quarantine.password)
            for number in range(self.count):
                self.quarantine.deliver(FOLDER, message(number, self.padding), when)
            cold, _, _ = self.run_program()
            commands = self.record_commands()
            self.run_program()
            delayed = self.start_relay() if self.rtt else None
            program, drain, memory, cpu = [], [], [], []
            others = {name: [] for name in self.outputs}
            for _ in range(self.runs):
                seconds, peak, busy = self.run_program()
                program.append(seconds)
                memory.append(peak)
                cpu.append(busy)
                size, seconds = self.run_drain()
                drain.append(seconds)
                for name, more in self.outputs.items():
                    others[name].append(self.run_program(more))
            if delayed:
                delayed.kill()
                delayed.wait()
        if self.rows() != self.count:
            sys.exit(f"bench: {self.rows()} rows of {self.count}")
        ours, theirs = statistics.median(program), statistics.median(drain)
        print(f"{self.count} messages, {size / 1e6:.1f} MB in {commands} commands, "
              f"round trip {self.rtt:g} ms, median of {self.runs} runs")
        print(f"  program, cold server cache  {cold:7.3f} s  {self.count / cold:9.0f} messages/s")
        print(f"  program, warm               {ours:7.3f} s  {self.count / ours:9.0f} messages/s  "
              f"CPU {statistics.median(cpu):.3f} s  peak {max(memory) / 1024:.1f} MiB")
        print(f"  bare TLS socket, warm       {theirs:7.3f} s  {self.count / theirs:9.0f} messages/s")
        print(f"  rate of the program         {theirs / ours * 100:7.0f} % of the socket's")
        for name, runs in others.items():
            longer = statistics.median(run[0] for run in runs) / ours * 100 - 100
            busier = statistics.median(run[2] for run in runs) - statistics.median(cpu)
            print(f"  {longer:+5.1f} % time, {busier / self.count * 1e6:+5.1f} us CPU a message, peak "
                  f"{max(run[1] for run in runs) / 1024:.1f} MiB with {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, action="append")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rtt", type=float, default=0)
    parser.add_argument("--padding", type=int, default=0)
    parser.add_argument("--outputs", action="store_true")
    parser.add_argument("--relay", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.relay:
        asyncio.run(relay(options.relay, options.rtt / 2000))
    for count in options.messages or [5000, 50000]:
        Bench(count, options.runs, options.rtt, options.padding,
              OUTPUTS if options.outputs else ()).measure()


if __name__ == "__main__":
    main()
