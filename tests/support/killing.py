"""kill_at and other programs of tests/support that are built."""

import os
import pathlib

import runner

KILLED, NO_TRACE = 137, 77


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
