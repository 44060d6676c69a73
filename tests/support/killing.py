"""kill_at and other programs of tests/support that are built."""

import os
import pathlib
import shutil

import runner

KILLED, NO_TRACE = 137, 77

# Whoever is killed leaves the same in memory as on a disk, which takes its time for each fsync(2).
_MEMORY = "/dev/shm"
_ENOUGH = 256 << 20


def quick_place():
    """A folder for what thousands of runs write, for tempfile; None: the usual one."""
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ENOUGH:
        return None
    return _MEMORY


def helper(name):
    """The path of a program of tests/support."""
    places = [pathlib.Path(os.environ.get("TOP_BUILDDIR", "."))]
    if runner.program():
        places.append(pathlib.Path(runner.program()).resolve().parent)
    for place in places:
        path = place / "tests/support" / name
        if path.is_file():
            return str(path.resolve())
    raise RuntimeError(f"{name} is not built")


def kill_at(point):
    """A command to run the program by, which is killed at this point, if there is such a one."""
    return [helper("kill_at"), str(point)]
