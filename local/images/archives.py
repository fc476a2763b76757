"""One archive file per image in the cache, named by everything that went into it."""

import os
from dataclasses import dataclass
from pathlib import Path

from local.paths import cache_root

PREFIX = "localhost/corda-operator"
"""Where references of local images begin; no registry answers to it."""

KEPT = 3
"""Archives kept per image: going back and forth between two branches builds nothing again."""


@dataclass(frozen=True)
class Image:
    """A built image."""

    reference: str
    """What pods name it. Another build is called otherwise, so that pods of the one before are replaced."""
    archive: Path
    """Its file, in the format that ``docker save`` writes."""


def folder(name: str) -> Path:
    """Return the folder of an image's archives."""
    return cache_root() / "images" / "archives" / name.replace(":", "-")


def prune(name: str) -> None:
    """Delete all but the archives of an image that were used last; another process may be at it, too."""
    for archive in sorted(folder(name).glob("*.tar"), key=_last_use)[:-KEPT]:
        archive.unlink(missing_ok=True)
        archive.with_name(f".{archive.name}.lock").unlink(missing_ok=True)


def used(archive: Path) -> None:
    """Remember that an archive was asked for just now."""
    os.utime(archive)


def _last_use(archive: Path) -> float:
    try:
        return archive.stat().st_mtime
    except FileNotFoundError:
        # Deleted meanwhile: the first to go.
        return 0.0
