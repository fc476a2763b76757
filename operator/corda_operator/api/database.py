"""Where a node keeps its ledger."""

from typing import Annotated, Literal

from pydantic import Field

from corda_operator.api.parts import Part
from corda_operator.api.rules import Matches, Rule, one_of
from corda_operator.api.texts import Host, Line, VaultName

SqlName = Annotated[
    str,
    Field(max_length=63),
    Matches("[a-z_][a-z0-9_]*", "use small letters, digits and underscores, as PostgreSQL does without quotes"),
]


class H2(Part):
    """The embedded database, on the node's volume."""


class PostgreSql(Part):
    """A PostgreSQL database; database, schema and user have to exist."""

    host: Host
    """Host name of the server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    """Port of the server."""
    name: SqlName
    """Name of the database."""
    schema_: Annotated[SqlName, Field(alias="schema")] = "corda"
    """Schema in it, one for each node."""
    user: Line
    """User that owns the schema."""
    password_secret: VaultName
    """Name of the secret with the user's password, in the node's Key Vault."""
    ssl_mode: Literal["disable", "require", "verify-ca", "verify-full"] = "verify-full"
    """How far TLS goes (PostgreSQL: sslmode); verified against Java's certificates, which know Azure's."""

    rules = (
        Rule(
            "self.name == oldSelf.name && self.schema == oldSelf.schema",
            "another database or schema is another ledger: put name and schema back; host and port may change",
        ),
    )


class Database(Part):
    """Where the node's ledger is."""

    h2: H2 | None = None
    """The embedded database, on the node's volume. Its backup is the volume's."""
    postgresql: PostgreSql | None = None
    """A PostgreSQL database, such as Azure Database for PostgreSQL."""

    rules = (
        one_of("h2", "postgresql", "give exactly one of h2: {} (on the node's volume) and postgresql"),
        Rule(
            "has(self.h2) == has(oldSelf.h2)",
            "a ledger can't move between H2 and PostgreSQL: create a new node, or put the old database back",
        ),
    )
