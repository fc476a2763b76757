"""Versions, soft deletion, recovery and purging, which secrets and keys share.

Error codes and messages are those that Key Vault's users quote in bug reports. Two differences: a
deletion or recovery is done when it is answered (Azure's takes seconds), and nothing is purged by
itself when its retention ends.
"""

import re
import time
import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar

from local.azure.stub.database import Database
from local.azure.stub.errors import AzureError, bad_parameter
from local.azure.stub.vault.paging import Page, PageRequest
from local.azure.stub.vault.records import Record

R = TypeVar("R", bound=Record)

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")


@dataclass(frozen=True)
class Stored(Generic[R]):
    """A version of an object."""

    name: str
    version: str
    sequence: int
    record: R
    deleted: int | None
    """When the object was deleted, in seconds since 1970."""


class ObjectStore(Generic[R]):
    """All objects of one kind, ``secret`` or ``key``, in all vaults."""

    def __init__(self, database: Database, noun: str, record_type: type[R]) -> None:
        self.noun = noun
        self._database = database
        self._record_type = record_type

    def add(self, vault: str, name: str, record: R) -> Stored[R]:
        """Make a new version, which becomes the latest; raise 409 if the name lies deleted."""
        if not _NAME.fullmatch(name):
            raise bad_parameter(
                f"The request URI contains an invalid name: {name}. "
                f"A {self.noun}'s name is 1 to 127 letters, digits and hyphens."
            )
        version = uuid.uuid4().hex
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT deleted FROM objects WHERE vault = ? AND kind = ? AND name = ?",
                (vault, self.noun, name),
            ).fetchone()
            if row is not None and row[0] is not None:
                raise AzureError(
                    409,
                    "Conflict",
                    f"{self.noun.capitalize()} {name} is currently in a deleted but recoverable state, "
                    f"and its name cannot be reused; in this state, the {self.noun} can only be recovered "
                    "or purged.",
                    inner="ObjectIsDeletedButRecoverable",
                )
            if row is None:
                connection.execute("INSERT INTO objects VALUES (?, ?, ?, NULL)", (vault, self.noun, name))
            connection.execute(
                "INSERT INTO versions (vault, kind, name, version, record) VALUES (?, ?, ?, ?, ?)",
                (vault, self.noun, name, version, record.model_dump_json()),
            )
        return self.get(vault, name, version)

    def get(self, vault: str, name: str, version: str = "") -> Stored[R]:
        """Return a version, the latest if none is named; raise 404."""
        found = self._one(vault, name, version, deleted=False)
        if found is None:
            raise AzureError(
                404,
                f"{self.noun.capitalize()}NotFound",
                f"A {self.noun} with (name/id) {f'{name}/{version}'.rstrip('/')} was not found in this key "
                f"vault. If you recently deleted this {self.noun} you may be able to recover it using the "
                "correct recovery command. For help resolving this issue, please see "
                "https://go.microsoft.com/fwlink/?linkid=2125182",
            )
        return found

    def replace(self, vault: str, stored: Stored[R], record: R) -> Stored[R]:
        """Change a version's record."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE versions SET record = ? WHERE sequence = ?",
                (record.model_dump_json(), stored.sequence),
            )
        return self.get(vault, stored.name, stored.version)

    def objects(self, vault: str, page: PageRequest, *, deleted: bool) -> Page[Stored[R]]:
        """Return objects by name, each by its latest version: those in use, or those deleted."""
        rows = self._database.connection.execute(
            f"""SELECT v.name, v.version, v.sequence, v.record, o.deleted
            FROM objects o JOIN versions v USING (vault, kind, name)
            WHERE o.vault = ? AND o.kind = ? AND o.name > ? AND o.deleted IS {"NOT" if deleted else ""} NULL
            AND v.sequence = (SELECT MAX(sequence) FROM versions w
                WHERE w.vault = o.vault AND w.kind = o.kind AND w.name = o.name)
            ORDER BY o.name LIMIT ?""",  # noqa: S608 - of two constants
            (vault, self.noun, page.after, page.size + 1),
        ).fetchall()
        items = tuple(self._stored(row) for row in rows[: page.size])
        return Page(items, items[-1].name if len(rows) > page.size else None)

    def versions(self, vault: str, name: str, page: PageRequest) -> Page[Stored[R]]:
        """Return an object's versions, oldest first; raise 404 if there is no such object."""
        self.get(vault, name)
        rows = self._database.connection.execute(
            """SELECT name, version, sequence, record, NULL FROM versions
            WHERE vault = ? AND kind = ? AND name = ? AND sequence > ? ORDER BY sequence LIMIT ?""",
            (vault, self.noun, name, int(page.after) if page.after.isdigit() else 0, page.size + 1),
        ).fetchall()
        items = tuple(self._stored(row) for row in rows[: page.size])
        return Page(items, str(items[-1].sequence) if len(rows) > page.size else None)

    def delete(self, vault: str, name: str) -> Stored[R]:
        """Delete an object softly, with all its versions; raise 404."""
        self.get(vault, name)
        self._mark(vault, name, int(time.time()))
        return self.deleted(vault, name)

    def deleted(self, vault: str, name: str) -> Stored[R]:
        """Return a deleted object's latest version; raise 404."""
        found = self._one(vault, name, "", deleted=True)
        if found is None:
            noun = self.noun.capitalize()
            raise AzureError(404, f"{noun}NotFound", f"Deleted {noun} not found: {name}")
        return found

    def recover(self, vault: str, name: str) -> Stored[R]:
        """Bring a deleted object back with all its versions; raise 404."""
        self.deleted(vault, name)
        self._mark(vault, name, None)
        return self.get(vault, name)

    def purge(self, vault: str, name: str) -> None:
        """Delete a deleted object for good; raise 404."""
        self.deleted(vault, name)
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM objects WHERE vault = ? AND kind = ? AND name = ?", (vault, self.noun, name)
            )

    def _mark(self, vault: str, name: str, deleted: int | None) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE objects SET deleted = ? WHERE vault = ? AND kind = ? AND name = ?",
                (deleted, vault, self.noun, name),
            )

    def _one(self, vault: str, name: str, version: str, *, deleted: bool) -> Stored[R] | None:
        row = self._database.connection.execute(
            f"""SELECT v.name, v.version, v.sequence, v.record, o.deleted
            FROM objects o JOIN versions v USING (vault, kind, name)
            WHERE o.vault = ? AND o.kind = ? AND o.name = ? AND o.deleted IS {"NOT" if deleted else ""} NULL
            AND (v.version = ? OR ? = '') ORDER BY v.sequence DESC LIMIT 1""",  # noqa: S608 - of two constants
            (vault, self.noun, name, version, version),
        ).fetchone()
        return None if row is None else self._stored(row)

    def _stored(self, row: tuple[str, str, int, str, int | None]) -> Stored[R]:
        name, version, sequence, record, deleted = row
        return Stored(name, version, sequence, self._record_type.model_validate_json(record), deleted)
