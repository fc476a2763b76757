"""The stub's state in one SQLite file.

Every write is a transaction that is on the disk before it is acknowledged (``synchronous=FULL``), so
that killing the process, or the machine, loses nothing that a client was told. Calls block the event
loop for the length of a disk flush; for a stand-in that is simpler than a thread and fast enough.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    vault TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    deleted INTEGER,
    PRIMARY KEY (vault, kind, name)
);
CREATE TABLE IF NOT EXISTS versions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    vault TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    version TEXT NOT NULL COLLATE NOCASE,
    record TEXT NOT NULL,
    UNIQUE (vault, kind, name, version),
    FOREIGN KEY (vault, kind, name) REFERENCES objects ON DELETE CASCADE
);
"""


class Database:
    """The file, open for as long as the program runs."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Private keys lie in it: nobody else may read it, not even for the moment of its making.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Make changes as one transaction: all of them or none."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def document(self, name: str) -> str | None:
        """Return a document that the stub keeps for itself."""
        row = self.connection.execute("SELECT content FROM documents WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, documents: dict[str, str]) -> None:
        """Write documents, all of them or none."""
        with self.writing() as connection:
            connection.executemany(
                "INSERT INTO documents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content",
                documents.items(),
            )

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
