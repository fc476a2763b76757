"""What the init container ``database`` does: the node's database gets the schema of its version and CorDapps.

A shell script, because the image of Corda has Corda's own migration, and no Python. A new H2 database begins as the
image's template of it, which spares minutes, and which is complete for a node without CorDapps. Before an H2 database
is migrated it is copied, and a migration that was interrupted begins again from the copy: Liquibase would otherwise
find its own lock and half of a change.

Corda migrates nothing while flows are in flight, unless it is told to go on with the tables of CorDapps. It is told so
only if CorDapps have come and all else is as it was: tables of new ones are nothing to flows that began without them.
Flows of a CorDapp that has changed would not survive: a node does not start on checkpoints of a jar that it has no
more (Corda 4.10: net.corda.node.internal.CheckpointVerifier), and there would be no way back to the tables before.
"""

from typing import Final

from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.labels import digest
from corda_operator.reconcile.node.files import FILES, NODE_CONF

DOWNGRADE: Final = 3
"""Exit code: a newer version has migrated the database."""
STAMP: Final = ".database"
"""File in the base directory: version and digest of what the database was migrated for, and digests of its parts."""

_SCRIPT: Final = f"""\
version=$1 purpose=$2 kind=$3 template=$4
shift 4
database=persistence.mv.db
# Corda wants it to be there.
mkdir -p certificates
before=$database.before-$version-$purpose

# A file is all there under its name or not at all.
settle() {{
    sync .partial
    mv .partial "$1"
}}
finish() {{
    printf '%s %s %s\n' "$version" "$purpose" "$*" >.partial
    settle {STAMP}
    rm -f "$database".before-*
    exit 0
}}
copy() {{
    cp "$1" .partial
    settle "$2"
}}
# Whether all parts that the database was migrated for are among those given.
keeps() {{
    [ -n "$parts" ] || return 1
    for part in $parts; do
        case " $* " in
        *" $part "*) ;;
        *) return 1 ;;
        esac
    done
}}

# The database as it was before a migration that has not come to its end.
good='' new=''
for each in "$database".before-*; do
    [ ! -f "$each" ] || good=$each
done
parts=''
if [ -f {STAMP} ]; then
    read -r last for parts <{STAMP}
    if [ "$(printf '%s\n%s\n' "$last" "$version" | sort -V | tail -n 1)" != "$version" ]; then
        echo "Corda $last has migrated this database, which Corda $version can't read." >&2
        exit {DOWNGRADE}
    fi
    if [ "$last $for" = "$version $purpose" ]; then
        # A copy for another purpose: somebody has thought better of a migration that failed.
        [ -z "$good" ] || [ "$good" = "$before" ] || copy "$good" "$database"
        finish "$@"
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
if [ -z "$new" ] || [ $# != 1 ] || ! sha256sum --check --status "${{template%/*}}/migrated-by"; then
    # Little is migrated in a new database: less than the JVM's best compiler would cost.
    [ -z "$new" ] || export CORDA_JVM_OPTS="${{CORDA_JVM_OPTS-}} -XX:TieredStopAtLevel=1"
    despite_flows=''
    ! keeps "$@" || despite_flows=--update-app-schema-with-checkpoints
    corda run-migration-scripts --core-schemas --app-schemas --config-file={FILES}/{NODE_CONF} $despite_flows
fi
finish "$@"
"""


def command(node: CordaNode) -> list[str]:
    """Return the container's command; it works in the base directory."""
    role = "bank" if node.spec.notary is None else "notary"
    kind = "h2" if node.spec.database.postgresql is None else "postgresql"
    template = f"/opt/corda/templates/{role}/persistence.mv.db"
    arguments = [node.spec.version, purpose(node), kind, template, *_parts(node)]
    return ["/bin/sh", "-euc", _SCRIPT, "database", *arguments]


def purpose(node: CordaNode) -> str:
    """Return a digest of whatever may bring a schema of its own."""
    what = {"image": node.spec.image, "version": node.spec.version, "cordapps": sorted(_cordapps(node))}
    return digest(what)


def _parts(node: CordaNode) -> list[str]:
    """Return digests of the same, one by one: of Corda first, then of each CorDapp."""
    corda = {"image": node.spec.image, "version": node.spec.version}
    return [digest(corda), *(digest(each) for each in _cordapps(node))]


def _cordapps(node: CordaNode) -> list[list[str | None]]:
    return [[each.name, each.sha256 or each.image] for each in node.spec.cordapps]
