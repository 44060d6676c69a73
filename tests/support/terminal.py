"""A real terminal: a window of a private tmux, which says what stands where.

    with Terminal(directory, (80, 24), environment) as terminal:
        terminal.start("shell command")
        terminal.keys("Down", "Enter")
        lines = terminal.screen()
"""

import itertools
import subprocess

# The title of the window then.
ENDED = "the command has ended"

# Seconds that the window stays when its command has ended.
STAYS = 600


class Terminal:
    """A window of a private tmux, gone at the end."""

    _numbers = itertools.count()

    def __init__(self, directory, size, environment):
        # Each has a server of its own: the one before it may still be on its way out.
        self._socket = str(directory / f"tmux-{next(self._numbers)}")
        self._environment = environment
        self._size = [str(n) for n in size]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tmux("kill-server")

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self._socket, "-f", "/dev/null", *arguments],
                              env=self._environment, capture_output=True, check=False)

    def start(self, command):
        """Runs a shell command in the window, which stays; it ends when has_ended()."""
        width, height = self._size
        made = self._tmux("start-server", ";", "set-option", "-g", "status", "off", ";",
                          "new-session", "-d", "-x", width, "-y", height,
                          f"{command}; printf '\\033]2;{ENDED}\\033\\\\'; exec sleep {STAYS}")
        if made.returncode != 0:
            raise RuntimeError(f"tmux: {made.stderr.decode()}")

    def has_ended(self):
        """Whether the command has, and all that it wrote is on the screen: its title came behind."""
        return self.flag("pane_title") == ENDED

    def screen(self, *options):
        """The lines, those that have scrolled away as well."""
        shown = self._tmux("capture-pane", "-p", "-S", "-", *options).stdout.decode()
        return [line.rstrip() for line in shown.rstrip().split("\n")]

    def keys(self, *names):
        """Types keys, as tmux names them, or texts of characters."""
        self._tmux("send-keys", *names)

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def flag(self, name):
        """What tmux knows of the window: alternate_on, cursor_flag, pane_title..."""
        return self._tmux("display-message", "-p", f"#{{{name}}}").stdout.decode().strip()
