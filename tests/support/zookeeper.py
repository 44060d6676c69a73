"""A private ZooKeeper on loopback, of Debian's packages, in a folder of its own.

private-packages unpacks them, and a Java; nothing is installed.
"""

import os
import pathlib
import signal
import socket
import subprocess
import time

import runner
from clickhouse import PATIENCE, PEERS, TRIES, free_ports

JARS = ("zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple", "metrics-core", "snappy-java")

# Sessions may be as short as two ticks and as long as twenty.
CONFIGURATION = """tickTime=1000
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
maxClientCnxns=0
"""


def _jars():
    return [PEERS / f"usr/share/java/{name}.jar" for name in JARS]


def _java():
    found = sorted((PEERS / "usr/lib/jvm").glob("java-*-openjdk-*/bin/java"))
    return found[-1] if found else None


def missing():
    """What of it is needed and not there."""
    gone = [jar.name for jar in _jars() if not jar.exists()]
    java = _java()
    if java is None or subprocess.run([java, "-version"], capture_output=True).returncode != 0:
        gone.append("a Java that runs")
    return gone


class ZooKeeper:
    """As a context manager. `port` is the same for all its life."""

    def __init__(self):
        self._directory = runner.Folder(prefix="qr-zookeeper-")
        self.folder = pathlib.Path(self._directory.name)
        self.process = None
        self._has_answered = False

    def __enter__(self):
        try:
            self._start_somewhere()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_somewhere(self):
        for _ in range(TRIES):
            (self.port,) = free_ports(1)
            if self.start():
                return
        raise AssertionError(f"no ZooKeeper: {self.log()}")

    def __exit__(self, *_):
        self.kill()
        self._directory.cleanup()

    def log(self):
        return (self.folder / "said").read_text()[-4000:]

    def start(self):
        """True when it answers, False when it ended. The port that it had may be used by somebody
        for a moment."""
        until = time.monotonic() + PATIENCE
        while not self._start_once():
            if not self._has_answered or "already in use" not in self.log() or \
                    time.monotonic() > until:
                return False
            time.sleep(0.5)
        self._has_answered = True
        return True

    def _start_once(self):
        file = self.folder / "zoo.cfg"
        file.write_text(CONFIGURATION.format(folder=self.folder, port=self.port))
        with open(self.folder / "said", "ab") as said:
            self.process = subprocess.Popen(
                [_java(), "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
                 "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.jmx.log4j.disable=true",
                 "-Djava.io.tmpdir=" + str(self.folder),
                 "-cp", ":".join(map(str, _jars())),
                 "org.apache.zookeeper.server.ZooKeeperServerMain", file],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env={"PATH": os.environ.get("PATH", "")}, start_new_session=True)
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > until:
                raise AssertionError(f"ZooKeeper does not answer: {self.log()}")
            time.sleep(0.05)
        return False

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as one:
                one.sendall(b"srvr")
                return one.recv(1000).startswith(b"Zookeeper version")
        except OSError:
            return False

    def kill(self):
        """Also when it is frozen."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
