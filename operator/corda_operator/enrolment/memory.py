"""The directory in memory that keystores and passwords are written to, for the node's container to read."""

import os
import re
import secrets
from pathlib import Path

from corda_operator.enrolment.errors import UnusableError

_IN_MEMORY = {"tmpfs", "ramfs"}
_ESCAPE = re.compile(r"\\([0-7]{3})")
_MOUNTS = Path("/proc/self/mountinfo")


class MemoryDirectory:
    """A directory that belongs to this process' user alone. Raises UnusableError unless it is in memory.

    ``allow_disk`` is for trials of developers: private keys then lie on a disk, where deleting does not erase them.
    """

    def __init__(self, path: Path, *, allow_disk: bool = False) -> None:
        kind = file_system_of(path, _MOUNTS.read_text())
        if kind not in _IN_MEMORY and not allow_disk:
            raise UnusableError(
                f"{path} is on a file system of type {kind}, expected tmpfs: private keys must not be on a disk. Mount "
                'an emptyDir with medium "Memory" there.'
            )
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableError(f"{path} can't be made: {error}") from error

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all, that only its owner can read; raise UnusableError."""
        file = self.path / name
        partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as opened:
                    opened.write(content)
                partial.replace(file)
            except BaseException:
                partial.unlink()
                raise
        except OSError as error:
            raise UnusableError(
                f"{file} can't be written: {error}. Has the volume room, and may this user write to it?"
            ) from error


def file_system_of(path: Path, mounts: str) -> str:
    """Return the type of the file system that a path is on or would be on (linux: proc_pid_mountinfo(5))."""
    resolved = path.resolve()
    found = ""
    deepest = -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(_ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), before.split(" ")[4]))
        # Of several mounts at one place the last one is seen.
        if resolved.is_relative_to(point) and len(point.parts) >= deepest:
            found, deepest = after.split(" ")[0], len(point.parts)
    return found
