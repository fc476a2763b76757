"""What the Azure CLI knows of the commands in the documents, so that they can be checked without it.

python -m tests.unit.docs.azure_cli AZ      with the path of an installed CLI: write azure_cli.json again
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.unit.docs.documents import DOCUMENTS, commands

TABLE = Path(__file__).with_suffix(".json")
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_SEPARATOR = re.compile(r"[|;>]|&&")
_OPTION = re.compile(r"^ {4}(--[a-z0-9-]+(?: -{1,2}[a-z0-9-]+)*) *((?:\[\w+\] *)*):", re.MULTILINE)


def az_commands(document: Path) -> Iterator[list[str]]:
    """Yield the words of each command for the Azure CLI, without ``az``."""
    for line in commands(document):
        if "az " in line:
            for part in _parts(line):
                if re.match("az [a-z]", part):
                    yield shlex.split(part, comments=True)[1:]


def _parts(line: str) -> Iterator[str]:
    """Yield each simple command of a line of shell, those in ``$()`` first."""
    while inner := _SUBSTITUTION.search(line):
        yield from _parts(inner[1])
        line = f"{line[: inner.start()]}output{line[inner.end() :]}"
    yield from (part.strip() for part in _SEPARATOR.split(line))


def words_of(command: list[str]) -> str:
    """Return what comes before the first option: the command's name."""
    names = []
    for word in command:
        if word.startswith("-"):
            break
        names.append(word)
    return " ".join(names)


def _described(az: str, command: str) -> dict[str, str | list[str]]:
    text = subprocess.run([az, *command.split(), "--help"], check=True, capture_output=True, text=True).stdout
    options, required = set(), []
    for names, marks in _OPTION.findall(text):
        options.update(names.split())
        if "[Required]" in marks:
            required.append(names)
    return {"options": " ".join(sorted(options)), "required": sorted(required)}


def main(az: str) -> None:
    """Write the table anew, for the commands that the documents have now."""
    version = json.loads(subprocess.run([az, "version"], check=True, capture_output=True, text=True).stdout)
    used = sorted({words_of(command) for document in DOCUMENTS for command in az_commands(document)})
    table = {"version": version["azure-cli"], "commands": {each: _described(az, each) for each in used}}
    TABLE.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
