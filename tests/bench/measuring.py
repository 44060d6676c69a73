"""What a command takes: for the benchmarks.

    find("QR", "quarantine-report")     a program, from the environment or a build
    timed(command)                      Run(seconds, cpu, kib, first)
    relay(port, ...)                    a longer way to a server, which is counted
    instructions(command)               of the processor, by valgrind
    first_line(command)                 such as a version
"""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "support"))
sys.dont_write_bytecode = True

# seconds: of the clock; cpu: seconds of the processor; kib: the most memory that was resident; first:
# seconds until the first row, or -1.
Run = collections.namedtuple("Run", "seconds cpu kib first")

# What went through a relay: see relay.c.
Count = collections.namedtuple("Count", "connections commands turns first up down")

# So much may be on its way when round trips are counted.
COUNTING_QUEUE = 65536


def find(variable, *places, needed=True):
    """The path of a program: that of the environment, or one of the places in a build directory."""
    builds = [os.environ.get("TOP_BUILDDIR"), TOP / "build"]
    for path in [os.environ.get(variable)] + [pathlib.Path(build, place) for build in builds
                                              if build for place in places]:
        if path and os.access(path, os.X_OK):
            return os.path.abspath(path)
    if needed:
        sys.exit(f"bench: build the program first (make check TESTS=), or set {variable}")
    return None


def first_line(*command):
    """What a command says first; None: it fails, or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return next(iter(done.stdout.splitlines()), "")


def tool(name):
    """A program of this folder."""
    return find(name.upper(), f"tests/bench/{name}")


def environment():
    """Without settings of whoever runs this."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return kept | {"HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def timed(command, rows=False):
    """Runs a command that must succeed; rows: and look when its first row comes."""
    done = subprocess.run([tool("measure"), *(["--rows"] if rows else []), *map(str, command)],
                          capture_output=True, stdin=subprocess.DEVNULL, text=True, env=environment())
    if done.returncode != 0:
        sys.exit(f"bench: {command} failed: {done.returncode}\n{done.stderr}")
    seconds, user, system, kib, first = map(float, done.stdout.split())
    return Run(seconds, user + system, kib, first)


class Relay:
    """Its port, and behind it the Count."""

    def __init__(self, process):
        self.process = process
        self.port = int(process.stdout.readline())
        self.count = None


@contextlib.contextmanager
def relay(port, rtt=0, counting=False):
    """A way to the port on this machine with a round trip of so many milliseconds."""
    command = [tool("relay"), "--delay", str(rtt / 2)]
    if counting and not rtt:
        command += ["--queue", str(COUNTING_QUEUE)]
    with subprocess.Popen([*command, str(port)], stdout=subprocess.PIPE, text=True) as process:
        found = Relay(process)
        try:
            yield found
        finally:
            process.terminate()
            found.count = Count(*map(int, process.stdout.read().split()))


def instructions(command):
    """How many the command takes; None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    with tempfile.NamedTemporaryFile(prefix="qr-bench-") as log:
        done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no",
                               "--cachegrind-out-file=/dev/null", f"--log-file={log.name}",
                               *map(str, command)], stdout=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, env=environment())
        if done.returncode != 0:
            sys.exit(f"bench: {command} failed below valgrind: {done.returncode}")
        found = re.search(r"I\s+refs:\s+([\d,]+)", pathlib.Path(log.name).read_text())
    return int(found[1].replace(",", ""))
