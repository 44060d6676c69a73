"""A private Courier IMAP server on loopback.

Courier's own front end (couriertcpd, imaplogin) listens on the system's ports and asks the system's
authentication daemon; what speaks IMAP is the program that they start for each user when the login is
done. Here a thread greets, takes any login, and hands the connection over to that program, as they do.
"""

import os
import pathlib
import socket
import subprocess
import threading

import runner

# Unpacked there by private-packages.
PEERS = pathlib.Path(os.environ.get("QR_PEERS", "peers"))
IMAPD = PEERS / "usr/bin/imapd"

CAPABILITY = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA"

# What the system's configuration would set (imapd(8)).
ENVIRONMENT = {"AUTHENTICATED": "user", "IMAP_CAPABILITY": CAPABILITY, "IMAP_EMPTYTRASH": "",
               "IMAP_ENHANCEDIDLE": "0", "IMAP_USELOCKS": "0", "IMAP_TRASHFOLDERNAME": "Trash",
               "TCPREMOTEIP": "127.0.0.1", "PROTOCOL": "IMAP"}

# When the messages came: the time of their files.
WHEN = 1710504000    # 2024-03-15 12:00 UTC


def missing():
    """The Debian packages that are needed and not there."""
    return [] if IMAPD.exists() else ["courier-imap"]


def _take_login(connection, stream):
    """The tag of a login, or None when the client has gone."""
    connection.sendall(f"* OK [CAPABILITY {CAPABILITY} AUTH=PLAIN] ready\r\n".encode())
    for line in stream:
        tag, _, command = line.decode("latin-1").strip().partition(" ")
        verb = command.split(" ")[0].upper()
        if verb == "CAPABILITY":
            connection.sendall(f"* CAPABILITY {CAPABILITY} AUTH=PLAIN\r\n{tag} OK\r\n".encode())
        elif verb == "AUTHENTICATE":
            connection.sendall(b"+ \r\n")
            stream.readline()
            return tag
        elif verb == "LOGIN":
            return tag
        else:
            connection.sendall(f"{tag} BAD not now\r\n".encode())
    return None


class Courier:
    """As a context manager: `port`, and messages put into its folders by deliver()."""

    def __enter__(self):
        self._directory = runner.Folder(prefix="qr-courier-")
        self.mail = pathlib.Path(self._directory.name) / "Maildir"
        self._make(self.mail)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.logins = 0
        self._threads = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *unused):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join()
        self._directory.cleanup()

    @staticmethod
    def _make(folder):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True)

    def deliver(self, folder, number, message):
        """Courier numbers messages by the names of their files, and dates them by the files'."""
        place = self.mail / f".{folder}"
        if not place.exists():
            self._make(place)
            (place / "maildirfolder").touch()
        path = place / "cur" / f"{WHEN}.M{number:06}.example:2,S"
        path.write_bytes(message)
        os.utime(path, (WHEN, WHEN))

    def open_by_mail_program(self, folder):
        """Only then does a folder keep its UIDVALIDITY: EXAMINE alone leaves nothing behind."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(f'1 LOGIN a b\r\n2 SELECT "{folder}"\r\n3 LOGOUT\r\n'.encode())
            while connection.recv(4096):
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with connection:
            # Unbuffered, so that nothing of what follows the login is taken from the program.
            tag = _take_login(connection, connection.makefile("rb", buffering=0))
            if tag is None:
                return
            self.logins += 1
            libraries = [PEERS / "usr/lib", *(PEERS / "usr/lib").glob("*-linux-gnu*")]
            environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.mail.parent),
                           "LD_LIBRARY_PATH": ":".join(map(str, libraries)), **ENVIRONMENT}
            with subprocess.Popen([IMAPD, "Maildir"], cwd=self.mail.parent, env=environment,
                                  stdin=connection, stdout=subprocess.PIPE, bufsize=0,
                                  stderr=subprocess.DEVNULL) as process:
                process.stdout.readline()    # "* PREAUTH": started by hand, it greets
                connection.sendall(f"{tag} OK LOGIN Ok.\r\n".encode())
                try:
                    while data := process.stdout.read(65536):
                        connection.sendall(data)
                except OSError:
                    process.kill()
