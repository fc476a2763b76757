"""What the init container ``database`` does: the node's database gets the schema of its version and CorDapps.

A shell script, because the image of Corda has Corda's own migration, and no Python. A new H2 database begins as the
image's template of it, which spares minutes, and which is complete for a node without CorDapps. Before an H2 database
is migrated it is copied, and a migration that was interrupted begins again from the copy: Liquibase would otherwise
find its own lock and half of a change.
"""

from typing import Final

from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.labels import digest
from corda_operator.reconcile.node.files import FILES, NODE_CONF

DOWNGRADE: Final = 3
"""Exit code: a newer version has migrated the database."""
STAMP: Final = ".database"
"""File in the base directory: version and digest of what the database was migrated for."""

_SCRIPT: Final = f"""\
version=$1 purpose=$2 cordapps=$3 kind=$4 template=$5
database=persistence.mv.db
before=$database.before-$version-$purpose

# A file is all there under its name or not at all.
settle() {{
    sync .partial
    mv .partial "$1"
}}
copy() {{
    cp "$1" .partial
    settle "$2"
}}

# The database as it was before a migration that has not come to its end.
good='' new=''
for each in "$database".before-*; do
    [ ! -f "$each" ] || good=$each
done
if [ -f {STAMP} ]; then
    read -r last for <{STAMP}
    if [ "$(printf '%s\n%s\n' "$last" "$version" | sort -V | tail -n 1)" != "$version" ]; then
        echo "Corda $last has migrated this database, which Corda $version can't read." >&2
        exit {DOWNGRADE}
    fi
    if [ "$last $for" = "$version $purpose" ]; then
        # A copy for another purpose: somebody has thought better of a migration that failed.
        [ -z "$good" ] || [ "$good" = "$before" ] || copy "$good" "$database"
        rm -f "$database".before-*
        exit 0
    fi
fi
if [ "$kind" = h2 ]; then
    if [ -n "$good" ]; then
        echo "The last migration did not come to its end: beginning again from the copy." >&2
        copy "$good" "$database"
        [ "$good" = "$before" ] || mv "$good" "$before"
    elif [ -f "$database" ]; then
        copy "$database" "$before"
    elif [ -f "$template" ]; then
        copy "$template" "$database"
        new=yes
    fi
fi
# The template was migrated by the very Corda that its image names beside it, and has no more to come without CorDapps.
if [ -z "$new" ] || [ "$cordapps" != 0 ] || ! sha256sum --check --status "${{template%/*}}/migrated-by"; then
    # Little is migrated in a new database: less than the JVM's best compiler would cost.
    [ -z "$new" ] || export CORDA_JVM_OPTS="${{CORDA_JVM_OPTS-}} -XX:TieredStopAtLevel=1"
    corda run-migration-scripts --core-schemas --app-schemas --config-file={FILES}/{NODE_CONF}
fi
printf '%s %s\n' "$version" "$purpose" >.partial
settle {STAMP}
rm -f "$before"
"""


def command(node: CordaNode) -> list[str]:
    """Return the container's command; it works in the base directory."""
    role = "bank" if node.spec.notary is None else "notary"
    kind = "h2" if node.spec.database.postgresql is None else "postgresql"
    template = f"/opt/corda/templates/{role}/persistence.mv.db"
    cordapps = str(len(node.spec.cordapps))
    return ["/bin/sh", "-euc", _SCRIPT, "database", node.spec.version, purpose(node), cordapps, kind, template]


def purpose(node: CordaNode) -> str:
    """Return a digest of whatever may bring a schema of its own."""
    cordapps = [[each.name, each.sha256 or each.image] for each in node.spec.cordapps]
    what = {"image": node.spec.image, "version": node.spec.version, "cordapps": sorted(cordapps)}
    return digest(what)
