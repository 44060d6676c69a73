"""The completions of bash and zsh, in real shells on a terminal of their own."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import runner  # noqa: E402

BUILT = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")).resolve() / "completions"
BASH_SCRIPT = BUILT / "quarantine-report"
ZSH_SCRIPT = BUILT / "_quarantine-report"
BASH_COMPLETION = pathlib.Path("/usr/share/bash-completion/bash_completion")
NAMES = ("quarantine-report", "retrieve_quarantine_info")

ROWS, COLUMNS = 1000, 250  # so that no list of completions is paged or cut
PATIENCE = 120
CHUNK = 65536

PROMPT = "READY> "
RAN = "THE COMMAND RAN"  # nothing that a test types or the shell repeats

# Stands for the program: notes the arguments that the completed line has in the end.
COMMAND = """
{name}() {{
    printf '%s\\0' "$@" >"$ARGUMENTS"
    echo "{ran}"
}}
"""

BASH_SETUP = """
PS1='{prompt}'
bind 'set enable-bracketed-paste off' 'set show-all-if-ambiguous on' 'set bell-style none'
bind 'set completion-query-items 0'
set +o history
"""

ZSH_SETUP = """
PS1='{prompt}'
unsetopt prompt_sp prompt_cr beep
LISTMAX=100000
fpath=({directory} $fpath)
autoload -Uz compinit
compinit -u -D
"""


class Shell:
    """An interactive shell on a terminal, in an empty directory.

    A prompt alone says little: it is also drawn below a list of completions, and what is typed
    before the shell reads may be lost. So each command says that it ran, and the prompt behind
    that is waited for. No ^C is typed, since the terminal then drops what was typed behind it. A
    shell that did not do what it should is not used again.
    """

    def __init__(self, command, setup):
        self._command, self._setup = command, setup
        self._start()

    def _start(self):
        self._directory = tempfile.TemporaryDirectory(prefix="qr-shell-")
        base = pathlib.Path(self._directory.name)
        self.work = base / "work"
        self.work.mkdir()
        self._arguments = base / "arguments"
        self._seen = ""
        (base / "setup").write_text(self._setup.replace("{prompt}", PROMPT) + "".join(
            COMMAND.format(name=name, ran=RAN) for name in NAMES))
        variables = {"PATH": os.environ["PATH"], "TERM": "vt100", "LC_ALL": "C.UTF-8",
                     "HOME": str(base), "ARGUMENTS": str(self._arguments), "PS1": "$ "}
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(self.work)
            os.execve(shutil.which(self._command[0]), self._command, variables)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.wait_for(lambda seen: "$ " in seen, "the first prompt")
        self._send(f". {shlex.quote(str(base / 'setup'))}\n")
        self.wait_for(lambda seen: PROMPT in seen, "the prompt")

    def close(self):
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        os.close(self._terminal)
        self._directory.cleanup()

    def _send(self, text):
        os.write(self._terminal, text.encode())

    def wait_for(self, condition, what):
        """Reads what the shell shows until condition(all of it) holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self._seen):
            if time.monotonic() > deadline:
                raise AssertionError(f"no sign of {what} in {self._seen!r}")
            if select.select([self._terminal], [], [], 0.02)[0]:
                self._seen += os.read(self._terminal, CHUNK).decode(errors="replace")

    def _type(self, text, condition, what):
        """Types a text, and waits until condition(what is shown from then on) holds."""
        self._seen = ""
        self._send(text)
        try:
            self.wait_for(condition, what)
        except AssertionError:
            self.close()
            self._start()
            raise

    def _run(self, text):
        """Types a line that calls the command; its arguments."""
        self._type(text + "\n", lambda seen: re.search(f"{RAN}\\s.*{PROMPT}", seen, re.S),
                   f"a command made of {text!r}")
        arguments = self._arguments.read_bytes().decode().split("\0")[:-1]
        self._arguments.unlink()
        return arguments

    def show(self, text, condition, what):
        """What the shell shows when a text is typed; then the line is taken back."""
        self._type(text, condition, what)
        self._run("\x15" + NAMES[0])

    def complete(self, text):
        """The arguments of the command line that the text, with tabs in it, becomes."""
        return self._run(text)


def long_options():
    usage = subprocess.run([os.environ["QR"], "--help"], capture_output=True, text=True, check=True)
    return re.findall(r"^ {2,6}(?:-\w, )?(--[a-z][a-z-]*)", usage.stdout.split("\nExamples:")[0],
                      re.M)


class Completions:
    """What holds in both shells; `shell` is open."""

    def completed(self, text, *wanted):
        with self.subTest(text):
            self.assertEqual(self.shell.complete("quarantine-report " + text), list(wanted))

    def make_files(self, *names):
        for name in names:
            (self.shell.work / name).touch()
            self.addCleanup((self.shell.work / name).unlink, missing_ok=True)

    def test_options(self):
        self.completed("--gr\tVhost", "--group-by=Vhost")
        self.completed("--disp\t", "--display")
        self.completed("-o --no-b\t", "-o", "--no-bounce")
        self.completed("-cd --verb\t", "-cd", "--verbose")

    def test_old_name(self):
        self.assertEqual(self.shell.complete("retrieve_quarantine_info --gr\tVhost"),
                         ["--group-by=Vhost"])

    def test_every_option_is_offered(self):
        wanted = set(long_options())
        self.assertGreater(len(wanted), 30)
        self.shell.show("quarantine-report --\t", lambda seen: wanted <= set(
            re.findall(r"(?<![\w-])--[a-z][a-z-]*", seen)), f"all of {sorted(wanted)}")

    def test_files(self):
        self.make_files("report one.csv", "$(touch ran)'x\".jsonl")
        self.completed("--csv=rep\t", "--csv=report one.csv")
        self.completed("--password-file=rep\t", "--password-file=report one.csv")
        self.completed("--password-file rep\t", "--password-file", "report one.csv")
        self.completed("--json=\\$\t", "--json=$(touch ran)'x\".jsonl")
        self.assertFalse((self.shell.work / "ran").exists())

    def test_saved_reports(self):
        self.make_files("saved.csv")
        self.completed("--merge --top=5 sav\t", "--merge", "--top=5", "saved.csv")
        self.completed("sav\t", "saved.csv")
        self.completed("-s quarantine.example.com sav\t", "-s", "quarantine.example.com", "sav")
        self.completed("check sav\t", "check", "sav")

    def test_commands(self):
        self.completed("ch\t", "check")
        self.completed("-d sho\t", "-d", "show-config")
        self.completed("-u ch\t", "-u", "ch")
        self.completed("-s quarantine.example.com:993 --tls=off ch\t",
                       "-s", "quarantine.example.com:993", "--tls=off", "check")
        self.completed("check ch\t", "check", "ch")
        self.completed("--merge ch\t", "--merge", "ch")

    def test_options_of_a_command(self):
        self.completed("check --imap\tq", "check", "--imaphost=q")
        self.completed("check --ht\t", "check", "--ht")
        self.completed("show-config --ht\t", "show-config", "--html")
        self.completed("report --che\t", "report", "--che")
        self.completed("-u check --ht\t", "-u", "check", "--html")

    def test_parts_of_a_command(self):
        self.completed("history stat\t", "history", "status")
        self.make_files("saved.csv")
        self.completed("history import sav\t", "history", "import", "saved.csv")
        self.completed("history er\t--unatt\t", "history", "erase", "--unattended")

    def test_saved_reports_of_a_command(self):
        self.make_files("saved.csv")
        self.completed("report --merge sav\t", "report", "--merge", "saved.csv")

    def test_words(self):
        self.completed("--tls=st\t", "--tls=starttls")
        self.completed("--tls st\t", "--tls", "starttls")

    def test_profiles(self):
        """Those of the user's file, blanks and all."""
        config = self.shell.work.parent / ".config" / "quarantine-report" / "config"
        config.parent.mkdir(parents=True, exist_ok=True)
        self.addCleanup(config.unlink)
        config.write_text("imaphost = x\n[profile daily]\nmail-to = a@example.com\n"
                          " [profile  every two hours ] ; x\n#[profile none]\n[profile]\n")
        self.completed("--profile=da\t", "--profile=daily")
        self.completed("--profile ev\t", "--profile", "every two hours")
        self.completed("--profile=no\t", "--profile=no")

    def test_zones(self):
        self.completed("--timezone=Europe/Berl\t", "--timezone=Europe/Berlin")

    def test_days(self):
        self.completed("--since=yes\t", "--since=yesterday")
        self.completed("--date tod\t", "--date", "today")
        self.completed("--delimiter=se\t", "--delimiter=semicolon")
        self.completed("--color=al\t", "--color=always")

    def test_columns(self):
        self.completed("--columns=al\t", "--columns=all")
        self.completed("--group-by=Qma\t", "--group-by=Qmail UID")
        self.completed("--group-by=Vhost,PHP\\ script\\ \t", "--group-by=Vhost,PHP script IP")
        self.completed("--group-by=al\t", "--group-by=al")

    def test_nothing_to_offer(self):
        self.make_files("5.csv")
        self.completed("--top=\t", "--top=")
        self.completed("--top 5\t", "--top", "5")
        self.completed("-u 5\t", "-u", "5")


class Bash(Completions, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.shell = Shell(["bash", "--norc", "--noprofile", "-i"],
                          BASH_SETUP + f". {shlex.quote(str(BASH_SCRIPT))}\n")
        cls.addClassCleanup(cls.shell.close)

    def test_quoted(self):
        self.make_files("report two.csv")
        self.completed("--csv=\"report \t", "--csv=report two.csv")
        self.completed("--group-by='From,Qma\t", "--group-by=From,Qmail UID")

    def test_case_of_columns(self):
        self.completed("--group-by=from,qma\t", "--group-by=from,Qmail UID")

    def test_equals_sign_breaks_no_word(self):
        with contextlib.closing(Shell(["bash", "--norc", "--noprofile", "-i"], BASH_SETUP +
                                      f". {shlex.quote(str(BASH_SCRIPT))}\n"
                                      "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}\n")) as shell:
            for text, wanted in (("--tls=st", "--tls=starttls"), ("--gr", "--group-by="),
                                 ("--columns=all,qma", "--columns=all,Qmail UID")):
                with self.subTest(text):
                    self.assertEqual(shell.complete(f"quarantine-report {text}\t"), [wanted])


@unittest.skipUnless(BASH_COMPLETION.exists(), "bash-completion is missing (its Debian package)")
class BashOnDemand(unittest.TestCase):
    """bash-completion finds the file by the name of the command."""

    def test_both_names(self):
        with tempfile.TemporaryDirectory(prefix="qr-completions-") as directory:
            base = pathlib.Path(directory)
            (base / "completions").mkdir()
            shutil.copy(BASH_SCRIPT, base / "completions" / NAMES[0])
            (base / "completions" / NAMES[1]).symlink_to(NAMES[0])
            setup = (BASH_SETUP + f"BASH_COMPLETION_USER_DIR={shlex.quote(directory)}\n"
                     f". {BASH_COMPLETION}\n")
            for name in NAMES:
                with self.subTest(name), contextlib.closing(
                        Shell(["bash", "--norc", "--noprofile", "-i"], setup)) as shell:
                    self.assertEqual(shell.complete(f"{name} --gr\t"), ["--group-by="])


@unittest.skipUnless(shutil.which("zsh"), "zsh is missing (its Debian package)")
class Zsh(Completions, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.shell = Shell(["zsh", "-f", "-i"], ZSH_SETUP.replace(
                "{directory}", shlex.quote(str(BUILT))))
        cls.addClassCleanup(cls.shell.close)

    def test_syntax(self):
        check = subprocess.run(["zsh", "-n", str(ZSH_SCRIPT)], capture_output=True, text=True,
                               check=False)
        self.assertEqual((check.returncode, check.stderr), (0, ""))


if __name__ == "__main__":
    if shutil.which("bash") is None:
        print("SKIP: bash is missing (its Debian package)")
        sys.exit(77)
    runner.main()
