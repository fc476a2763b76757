"""The files that a build sees, and a key over them.

A context is staged from an explicit list instead of sent as a folder: what isn't listed can neither
slip into an image nor change its key. Modes and times are made equal, so that the same sources give the
same layers whatever the checkout's umask and age.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.paths import fingerprint

IGNORED = {"__pycache__", "node_modules"}

TIME = 1_577_836_800
"""Every staged file's modification time: 2020-01-01."""


@dataclass(frozen=True)
class Entry:
    """A file of a context."""

    place: str
    """Its path inside the context."""
    find: Callable[[], Path]
    """Returns the file; what is slow to get is only got when something is built."""
    key: str | None = None
    """Stands for the content where that is known beforehand, as from a table of hashes."""

    def fingerprint(self) -> str:
        """Return a key over the place and the content."""
        if self.key is not None:
            return fingerprint(self.place, self.key)
        file = self.find()
        return fingerprint(self.place, oct(_mode(file)), file.read_bytes())


def files(root: Path, *names: str) -> list[Entry]:
    """Return entries for files, and for all files inside folders, at the places they have under ``root``."""
    found: list[Path] = []
    for name in names:
        path = root / name
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        Entry(str(file.relative_to(root)), lambda file=file: file)  # type: ignore[misc]
        for file in found
        if not file.is_dir() and not _ignored(file.relative_to(root))
    ]


def key(entries: Iterable[Entry]) -> str:
    """Return a key over all entries, whatever their order."""
    return fingerprint(*sorted(entry.fingerprint() for entry in entries))


def stage(entries: Sequence[Entry], folder: Path) -> None:
    """Copy the entries into an empty folder."""
    for entry in entries:
        source, target = entry.find(), folder / entry.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(_mode(source))
        os.utime(target, (TIME, TIME))


def _mode(file: Path) -> int:
    return 0o755 if file.stat().st_mode & 0o100 else 0o644


def _ignored(path: Path) -> bool:
    return bool(IGNORED & set(path.parts)) or any(part.endswith(".egg-info") for part in path.parts)
