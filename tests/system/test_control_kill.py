"""Kills a run of lock, or of queue --remove, at each step that can be seen from outside: before and
after each call that changes a file, and around each call of the API. The next run settles what was
left open."""

import os
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import api_server
import runner
from control_case import ControlCase
from killing import KILLED, NO_TRACE, kill_at, quick_place

LOCK = "api_lock_outgoing_identity"
REMOVE = "api_remove_outgoing_queued_message"
MANY_POINTS = 400
FEW_POINTS = 12

# With sanitizers, which say nothing about when a run is killed, every third point is enough.
SPARSE = 3


class KillCase(ControlCase):
    CHANGE = ""     # the call that changes something
    NAMES = []      # what it is called with
    ARGUMENT = ""   # by this argument
    COMMAND = []

    PLACE = quick_place()

    def setUp(self):
        super().setUp()
        self.server.quoting = "all"
        self.step = SPARSE if runner.is_sanitized(runner.program()) else 1

    def start_again(self):
        shutil.rmtree(self.state, ignore_errors=True)
        self.server.calls.clear()

    def run_once(self, **how):
        return runner.run([self.COMMAND[0], *self.options(), *self.COMMAND[1:], "--unattended"],
                          **how)

    def assert_all_done(self, why):
        raise NotImplementedError

    def settle(self, killed, why):
        """The next run goes on; each was done once, and none is claimed that is not."""
        self.assert_no_false_claim(killed, why)
        result = self.run_once()
        self.assertEqual(result.status, 0, f"{why}{result}")
        self.assert_all_done(why)
        calls = [one[self.ARGUMENT] for one in self.server.named(self.CHANGE)]
        done = [one["name"] for one in self.actions() if one["state"] == "done"]
        self.assertEqual(sorted(done), sorted(self.NAMES), why)
        self.assertEqual(sorted(set(calls)), sorted(self.NAMES), why)
        opened = {(one["run"], one["sequence"]) for one in self.actions()
                  if one["state"] == "intended"}
        closed = {(one["run"], one["sequence"]) for one in self.actions()
                  if one["state"] != "intended"}
        self.assertEqual(opened, closed, why)
        return calls

    def kill_each_step(self, step):
        for point in range(1, MANY_POINTS, step):
            self.start_again()
            killed = self.run_once(wrapper=kill_at(point))
            if killed.status == NO_TRACE:
                self.skipTest("processes cannot be traced here")
            if killed.status != KILLED:
                self.assertEqual(killed.status, 0, str(killed))
                break
            # The filter was asked once for each, also where the answer was never read.
            self.assertEqual(len(self.settle(killed, killed.stderr.decode()[-200:])),
                             len(self.NAMES))
        self.assertGreater(point, FEW_POINTS)
        self.assertLess(point, MANY_POINTS - step)

    def kill_client(self):
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(self.state).encode() in b" ".join(arguments) and \
                    self.COMMAND[0].encode() in arguments[1:2]:
                os.kill(int(entry.name), signal.SIGKILL)

    def kill_around_each_call(self):
        """Killed before the filter does it, and after, without an answer."""
        for when in ("before", "after"):
            for number in range(1, 40, self.step):
                self.start_again()
                seen = []

                def kill(server, name, query):
                    seen.append(name)
                    if len(seen) != number:
                        return
                    if when == "after" and name == self.CHANGE:
                        self.change(server, query)
                    server.fault = {name: "reset"}
                    self.kill_client()
                self.server.on_call = kill
                killed = self.run_once()
                # Whoever killed it is still on his way to the fault.
                with self.server.lock:
                    self.server.on_call = None
                    self.server.fault = {}
                if killed.signal is None:
                    break
                self.settle(killed, f"{when} {number}: {seen[-1]}")
            self.assertGreater(number, 8)


class KillLock(KillCase):
    CHANGE, ARGUMENT, COMMAND = LOCK, "identity", ["lock"]
    NAMES = ["a@example.com", "b, c", "d@example.com"]

    def start_again(self):
        super().start_again()
        self.server.locked.clear()
        self.server.log.clear()
        for i, name in enumerate(self.NAMES):
            self.spam(name, 90 - i)

    def assert_no_false_claim(self, killed, why):
        claimed = [line.rpartition(" (")[0] for line in killed.stdout.decode().splitlines()
                   if line.endswith(": locked")]
        self.assertLessEqual(set(claimed), set(self.locked()), why)

    def assert_all_done(self, why):
        self.assertEqual(sorted(self.locked()), sorted(self.NAMES), why)

    @staticmethod
    def change(server, query):
        server.changed(query, server.locked, "identity", True)

    def test_each_step(self):
        self.kill_each_step(self.step)

    def test_around_each_call(self):
        self.kill_around_each_call()


class KillQueueRemove(KillCase):
    CHANGE, ARGUMENT = REMOVE, "message_id"
    COMMAND = ["queue", "--remove", "--sender=<>"]
    NAMES = [f"1ZPhsl-0004Im-{i:02}" for i in range(3)]

    def start_again(self):
        super().start_again()
        self.server.queue = [["example.com", "mx.example.net", name, "60", "2000", sender,
                              "user@example.net", "False"]
                             for name, sender in [*((name, "") for name in self.NAMES),
                                                  ("1ZPhsl-0004Im-99", "abuse@example.com")]]

    def assert_no_false_claim(self, killed, why):
        there = {one[2] for one in self.server.queue}
        done = {one["name"] for one in self.actions() if one["state"] == "done"}
        self.assertEqual(done & there, set(), why)

    def assert_all_done(self, why):
        self.assertEqual([one[2] for one in self.server.queue], ["1ZPhsl-0004Im-99"], why)

    @staticmethod
    def change(server, query):
        server.api_remove_outgoing_queued_message(query)

    def test_each_step(self):
        """What writes the log and makes calls is that of lock."""
        self.kill_each_step(SPARSE)

    def test_around_each_call(self):
        self.kill_around_each_call()


if __name__ == "__main__":
    runner.main()
