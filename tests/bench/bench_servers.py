#!/usr/bin/python3
"""How fast the program reads several servers at once, one version beside another.

    bench_servers.py [--servers N] [--messages N] [--runs N]

Needs QR (the program), or finds it in build/; QR_BEFORE is the version to compare it with. The servers
answer from memory and without TLS, so that the client has the larger part of the work: a real one on the
same machine has nearly all of it. The versions run in turn; look at the ratio, since the machine is noisy:
then only "chrt -f 1" in front, with few messages, shows what the cores can do.
"""

import argparse
import contextlib
import multiprocessing
import os
import pathlib
import re
import signal
import statistics
import tempfile

from bench import find, message, timed
from small_server import SmallServer

WHEN = "20-Nov-2026 12:00:00 +0000"


class Memory(SmallServer):
    """Every message belongs to the period; what was asked before is answered from memory."""

    def __init__(self, count):
        super().__init__(range(1, count + 1))
        self.known = {}
        self.headers = [message(number).partition(b"\n\n")[0].replace(b"\n", b"\r\n").decode()
                        + "\r\n\r\n" for number in range(count)]

    def answer(self, command):
        if command not in self.known:
            self.known[command] = "\r\n".join(self.make_answer(command))
        return [self.known[command]] if self.known[command] else []

    def make_answer(self, command):
        if command.upper().startswith("UID SEARCH ") and not re.search(" UID ", command[11:]):
            return ["* SEARCH " + " ".join(map(str, self.uids))]
        return super().answer(command)

    def fetch(self, messages, command):
        section = re.search(r"BODY\.PEEK(\[.*\])", command)
        lines = []
        for number, uid in messages:
            items = f'UID {uid} INTERNALDATE "{WHEN}"'
            if section:
                header = self.headers[uid - 1]
                items += f" BODY{section[1]}<0> {{{len(header)}}}\r\n{header}"
            lines.append(f"* {number} FETCH ({items})")
        return lines


def serve(count, ready):
    with Memory(count) as server:
        ready.put(server.port)
        signal.pause()


@contextlib.contextmanager
def servers(number, count):
    """Ports of so many servers, each a process of its own."""
    ready = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=serve, args=(count, ready)) for _ in range(number)]
    for process in processes:
        process.start()
    try:
        yield [ready.get() for _ in processes]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def arguments(program, ports, directory):
    hosts = [option for port in ports for option in ("-s", f"127.0.0.1:{port}")]
    return [program, *hosts, "-u", "bench", "--password-file", f"{directory}/password", "--tls=off",
            "--since=2026-11-20", "--until=2026-11-21", "--timezone=UTC", "-q", "--columns=all",
            f"--csv={directory}/out.csv"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=4)
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    programs = {"this": find("QR", "quarantine-report")}
    if "QR_BEFORE" in os.environ:
        programs["before"] = find("QR_BEFORE")
    found = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as directory, \
            servers(options.servers, options.messages) as ports:
        pathlib.Path(directory, "password").write_text("bench")
        timed(arguments(programs["this"], ports, directory))
        for _ in range(options.runs):
            for name, program in programs.items():
                found[name].append(timed(arguments(program, ports, directory)))
    print(f"{options.servers} servers, {options.messages} messages each, median of {options.runs} runs")
    for name, runs in found.items():
        seconds, cpu = (statistics.median(run[i] for run in runs) for i in (0, 2))
        print(f"  {name:7}{seconds:7.3f} s, CPU {cpu:.3f} s, peak {max(run[1] for run in runs)} KiB")
    if "before" in found:
        ratios = [new[0] / old[0] for new, old in zip(found["this"], found["before"])]
        print(f"  this takes {statistics.median(ratios) * 100:.0f} % of the time before")


if __name__ == "__main__":
    main()
