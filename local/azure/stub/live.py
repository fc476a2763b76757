"""The directory as it stands: seeded from a file, changed at run time, kept over restarts.

The file is a seed. Run-time changes outlive a restart with the same file; a file that has changed since
it was last read replaces everything.
"""

import hashlib

from local.azure.stub.database import Database
from local.azure.stub.directory import Directory, DirectoryError, load


class LiveDirectory:
    """The present directory; services read ``current`` at every call."""

    def __init__(self, database: Database, seed: str | None) -> None:
        self._database = database
        kept = database.document("directory")
        fingerprint = None if seed is None else hashlib.sha256(seed.encode()).hexdigest()
        if seed is not None and (kept is None or fingerprint != database.document("directory-seed")):
            self.current = load(seed)
            database.keep(
                {"directory": self.current.model_dump_json(by_alias=True), "directory-seed": str(fingerprint)}
            )
        elif kept is not None:
            self.current = Directory.model_validate_json(kept)
        else:
            raise DirectoryError("the state holds no directory yet: give one with --directory")

    def replace(self, directory: Directory) -> None:
        """Make another directory the present one."""
        self._database.keep({"directory": directory.model_dump_json(by_alias=True)})
        self.current = directory
