"""Things in the cache are whole or absent, whoever is killed while making them.

A maker works on ``<name>.partial`` under a lock, and only a finished result gets its real name by a
rename. Whoever holds the lock may therefore delete a leftover ``.partial``: its maker is dead.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock; the kernel lets go of it when this process ends, however it ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made(target: Path, make: Callable[[Path], object]) -> Path:
    """Return ``target``, a file or folder; if it is missing, let ``make`` write it at the path it is given."""
    if target.exists():
        return target
    with locked(target.with_name(f".{target.name}.lock")):
        if not target.exists():
            partial = target.with_name(f"{target.name}.partial")
            remove(partial)
            make(partial)
            partial.rename(target)
    return target


def remove(path: Path) -> None:
    """Delete a file or a folder, or nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
