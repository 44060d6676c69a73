"""Kills a run of lock at each step that can be seen from outside: before and after each call that
changes a file, and around each call of the API. The next run settles what was left open."""

import os
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import api_server
import runner
from control_case import ControlCase
from killing import KILLED, NO_TRACE, kill_at

LOCK = "api_lock_outgoing_identity"
NAMES = ["a@example.com", "b, c", "d@example.com"]
MANY_POINTS = 400
FEW_POINTS = 12

# With sanitizers, which say nothing about when a run is killed, every third point is enough.
SPARSE = 3


class Kill(ControlCase):

    def setUp(self):
        super().setUp()
        self.server.quoting = "all"
        self.step = SPARSE if runner.is_sanitized(runner.program()) else 1

    def start_again(self):
        shutil.rmtree(self.state, ignore_errors=True)
        self.server.locked.clear()
        self.server.calls.clear()
        self.server.log.clear()
        for i, name in enumerate(NAMES):
            self.spam(name, 90 - i)

    def run_lock(self, **how):
        return runner.run(["lock", *self.options(), "--unattended"], **how)

    def settle(self, killed, why):
        """The next run goes on; each was locked once, and none is claimed that is not."""
        claimed = [line.rpartition(" (")[0] for line in killed.stdout.decode().splitlines()
                   if line.endswith(": locked")]
        self.assertLessEqual(set(claimed), set(self.locked()), why)
        result = self.run_lock()
        self.assertEqual(result.status, 0, f"{why}{result}")
        self.assertEqual(sorted(self.locked()), sorted(NAMES), why)
        calls = [one["identity"] for one in self.server.named(LOCK)]
        done = [one["name"] for one in self.actions() if one["state"] == "done"]
        self.assertEqual(sorted(done), sorted(NAMES), why)
        self.assertEqual(sorted(set(calls)), sorted(NAMES), why)
        opened = {(one["run"], one["sequence"]) for one in self.actions()
                  if one["state"] == "intended"}
        closed = {(one["run"], one["sequence"]) for one in self.actions()
                  if one["state"] != "intended"}
        self.assertEqual(opened, closed, why)
        return calls

    def test_each_step(self):
        for point in range(1, MANY_POINTS, self.step):
            self.start_again()
            killed = self.run_lock(wrapper=kill_at(point))
            if killed.status == NO_TRACE:
                self.skipTest("processes cannot be traced here")
            if killed.status != KILLED:
                self.assertEqual(killed.status, 0, str(killed))
                break
            # The filter was asked once for each, also where the answer was never read.
            self.assertEqual(len(self.settle(killed, killed.stderr.decode()[-200:])),
                             len(NAMES))
        self.assertGreater(point, FEW_POINTS)
        self.assertLess(point, MANY_POINTS - self.step)

    def kill_client(self):
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(self.state).encode() in b" ".join(arguments) and b"lock" in arguments[1:2]:
                os.kill(int(entry.name), signal.SIGKILL)

    def test_around_each_call(self):
        """Killed before the filter does it, and after, without an answer."""
        for when in ("before", "after"):
            for number in range(1, 40, self.step):
                self.start_again()
                seen = []

                def kill(server, name, query):
                    seen.append(name)
                    if len(seen) != number:
                        return
                    if when == "after" and name == LOCK:
                        server.changed(query, server.locked, "identity", True)
                    server.fault = {name: "reset"}
                    self.kill_client()
                self.server.on_call = kill
                killed = self.run_lock()
                self.server.on_call = None
                self.server.fault = {}
                if killed.signal is None:
                    break
                self.settle(killed, f"{when} {number}: {seen[-1]}")
            self.assertGreater(number, 8)


if __name__ == "__main__":
    runner.main()
