"""Commands that run another one in namespaces of its own (unshare(1)): other files, another network.

As a command it is the last link of such a chain:

    namespaces.py silent-address ADDRESS PORT COMMAND...   nobody answers a connect to this address
    namespaces.py silent-dns [terminate] COMMAND...        nobody answers at 127.0.0.1 port 53, in a
                                                           network of its own; COMMAND gets SIGTERM
                                                           when it asks there
"""

import ctypes
import fcntl
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_PR_SET_PDEATHSIG = 1


# An empty /dev with what programs expect there, and a link to a socket.
_PRIVATE_DEV = """
mkdir -p "{directory}/dev" && mount --rbind /dev "{directory}/dev" || exit 99
mount -t tmpfs none /dev || exit 99
for name in null zero full random urandom; do
    : > "/dev/$name" && mount --bind "{directory}/dev/$name" "/dev/$name" || exit 99
done
ln -s "{directory}/log" /dev/log || exit 99
exec "$@"
"""


def private_mounts(script, *, net=False):
    """A wrapper that runs a command by a shell script, as "$@", which may mount what it likes.

    None where that cannot be done.
    """
    for flags in (["--mount"], ["--user", "--map-root-user", "--mount"]):
        wrapper = ["unshare", *flags, *(["--net"] if net else []), "sh", "-c", script, "sh"]
        try:
            done = subprocess.run([*wrapper, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            return None
        if done.returncode == 0:
            return wrapper
    return None


def private_log(directory):
    """A wrapper with directory/log in the place of /dev/log; or None."""
    return private_mounts(_PRIVATE_DEV.format(directory=directory))


def private_files(directory, files, *more, net=False):
    """A wrapper in which other texts stand in these files, {"/etc/hosts": text}; or None.

    They are kept in the directory. `more` is run in it as the next link.
    """
    binds = []
    for path, text in files.items():
        ours = directory / path.strip("/").replace("/", "-")
        ours.write_text(text)
        binds.append(f"mount --bind {shlex.quote(str(ours))} {path}")
    script = " && ".join([*binds, 'exec "$@"'])
    wrapper = private_mounts(script, net=net)
    return [*wrapper, *more] if wrapper else None


def link(*arguments):
    """This file as a link of the chain."""
    return [sys.executable, "-B", __file__, *map(str, arguments)]


def _silent_address(address, port, *command):
    """A listening socket whose queue is full; it stays open over exec, and so do those in it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sockets = [socket.socket(family) for _ in range(5)]
    sockets[0].bind((address, int(port)))
    sockets[0].listen(0)
    for one in sockets[1:]:
        one.setblocking(False)
        one.connect_ex((address, int(port)))
    for one in sockets:
        one.set_inheritable(True)
    os.execvp(command[0], command)


def _silent_dns(*command):
    end_it = command[0] == "terminate"
    command = command[1:] if end_it else command
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(server, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    server.bind(("127.0.0.1", 53))
    server.set_inheritable(True)
    parent = os.getpid()
    if end_it and os.fork() == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        server.recv(512)
        os.kill(parent, signal.SIGTERM)
        os._exit(0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    {"silent-address": _silent_address, "silent-dns": _silent_dns}[sys.argv[1]](*sys.argv[2:])
