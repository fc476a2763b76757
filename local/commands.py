"""Programs that are run to their end."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from local.console import LocalError


def run(words: Sequence[str | Path], folder: Path | None = None) -> str:
    """Run a program to its end, in a folder if one is named, and return its output; its words make the error."""
    result = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        # Maven complains on standard output.
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
        program = " ".join(str(word) for word in words)
        raise LocalError(f"`{program}` failed with code {result.returncode}:\n{tail}")
    return result.stdout
