"""LibreOffice as a reader of CSV: what a spreadsheet makes of a report.

    with Soffice() as soffice:
        [copy] = soffice.as_text([path])        # CSV again, no cell interpreted
        [cells] = soffice.as_opened([path])     # rows of Cell, as a double click opens the file

It runs without a display, with a profile and a home of its own, so that it disturbs no other one.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

import runner
from dovecot import die_with_parent

# Its first start makes the profile.
TIMEOUT = 300

MAX_COLUMNS = 64

# Tokens of the CSV filter: delimiter and quote as character codes, UTF-8, first line, formats of
# the columns (2: text), language (en-US), "quoted field as text", "detect special numbers".
_READ = "44,34,76,1,{formats},1033,false,{special}"
_FORMATS = "/".join(f"{column}/2" for column in range(1, MAX_COLUMNS + 1))

# Written: every text in quotes, cells as they are shown, no formulas.
_WRITE = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,false,true,false"

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


class Cell:
    """text: as shown. kind: "string", "float", "date"...; None: empty. formula: None when it has
    none. value: what a cell of another kind than "string" holds."""

    def __init__(self, element):
        self.text = "\n".join(_shown(line) for line in element.findall(f"{_TEXT}p"))
        self.kind = element.get(f"{_OFFICE}value-type")
        self.formula = element.get(f"{_TABLE}formula")
        self.value = (element.get(f"{_OFFICE}value") or element.get(f"{_OFFICE}date-value") or
                      element.get(f"{_OFFICE}time-value") or element.get(f"{_OFFICE}boolean-value"))

    def __repr__(self):
        return f"<{self.kind} {self.text!r} value={self.value!r} formula={self.formula!r}>"


class Soffice:
    def __enter__(self):
        self._directory = runner.Folder(prefix="qr-office-")
        self._base = pathlib.Path(self._directory.name)
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    def as_text(self, paths):
        """CSV files read with every column as text, and saved as CSV again: their bytes."""
        read = _READ.format(formats=_FORMATS, special="false")
        return [path.read_bytes() for path in self._convert(paths, read, _WRITE)]

    def as_opened(self, paths, special_numbers=False):
        """What opening them with the proposed settings makes of them: rows of Cell.

        Only the character set is given: the dialog proposes UTF-8 where it sees the mark (BOM),
        but a conversion without a dialog never looks for one.
        """
        read = _READ.format(formats="", special=str(special_numbers).lower())
        return [_rows(path) for path in self._convert(paths, read, "fods")]

    def _convert(self, paths, read, write):
        out = pathlib.Path(tempfile.mkdtemp(dir=self._base))
        self._run(f"--infilter=CSV:{read}", "--convert-to", write, "--outdir", out, *paths)
        ending = "." + write.partition(":")[0]
        made = [out / (path.stem + ending) for path in paths]
        missing = [path.name for path in made if not path.exists()]
        if missing:
            raise RuntimeError(f"soffice did not write {missing}")
        return made

    def _run(self, *arguments):
        home = self._base / "home"
        home.mkdir(exist_ok=True)
        command = [find_soffice(), "--headless", "--norestore", "--nologo",
                   f"-env:UserInstallation={(self._base / 'profile').as_uri()}",
                   *map(str, arguments)]
        variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8",
                     "HOME": str(home)}
        with subprocess.Popen(command, env=variables, cwd=self._base, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True, preexec_fn=die_with_parent) as process:
            try:
                said, _ = process.communicate(timeout=TIMEOUT)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)  # it is a shell script with children
                raise
        if process.returncode != 0:
            raise RuntimeError(f"soffice ended with {process.returncode}: {said.decode()}")


def find_soffice():
    """Its path, or None."""
    return shutil.which("soffice")


def _rows(path):
    """The cells of the first sheet of a flat OpenDocument file, without the empty ones at the
    end of each row and the empty rows at the end."""
    sheet = ElementTree.parse(path).getroot().find(f".//{_TABLE}table")
    rows = []
    for element in sheet.iter(f"{_TABLE}table-row"):
        row = []
        for cell in element:
            row += [Cell(cell)] * int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        while row and row[-1].kind is None:
            row.pop()
        rows += [row] * min(int(element.get(f"{_TABLE}number-rows-repeated", 1)),
                            len(row) and 1 << 20)
    return rows


def _shown(element):
    """The text of a paragraph: runs of blanks and tabs are elements of their own."""
    text = element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            text += " " * int(child.get(f"{_TEXT}c", 1))
        elif child.tag == f"{_TEXT}tab":
            text += "\t"
        elif child.tag == f"{_TEXT}line-break":
            text += "\n"
        else:
            text += _shown(child)
        text += child.tail or ""
    return text
