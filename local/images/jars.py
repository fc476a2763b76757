"""Java archives, those of images first: fetched by Maven's own client, checked against our hashes."""

import hashlib
import shutil
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from local.commands import run
from local.console import LocalError, step
from local.images.context import Entry
from local.once import made
from local.paths import ROOT, cache_root
from local.system import ensure_packages

TABLE = ROOT / "images" / "corda" / "jars.sha256"
"""The hashes, in the format of ``sha256sum``; the Dockerfile checks against the same file."""

FINANCE_TABLE = ROOT / "cordapps" / "finance" / "jars.sha256"
"""The same of Corda's own finance CorDapps."""

FINANCE = ("corda-finance-contracts-4.10.jar", "corda-finance-workflows-4.10.jar")

EXPORTER_VERSION = "1.0.1"
"""Of Prometheus' JMX exporter; this one still runs on Java 8."""

POSTGRESQL_VERSION = "42.7.4"
"""Of PostgreSQL's JDBC driver."""

COMPILER_VERSION = "3.26.0"
"""Of Eclipse's compiler for Java; this one still runs on Java 8."""

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

_GROUPS = {
    "corda": "net.corda",
    "corda-finance-contracts": "net.corda",
    "corda-finance-workflows": "net.corda",
    "ecj": "org.eclipse.jdt",
    "jmx_prometheus_javaagent": "io.prometheus.jmx",
    "postgresql": "org.postgresql",
}


def parse_table(text: str) -> dict[str, str]:
    """Return file name -> sha256 from lines as ``sha256sum`` writes them."""
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {name.removeprefix("*"): digest for digest, name in lines}


def coordinates(file: str) -> str:
    """Return the Maven coordinates of an archive by its file name."""
    artifact, _, version = file.removesuffix(".jar").rpartition("-")
    return f"{_GROUPS[artifact]}:{artifact}:{version}"


@cache
def _hashes(table: Path) -> dict[str, str]:
    return parse_table(table.read_text())


def jar(file: str, folder: str = "jars", table: Path = TABLE) -> Entry:
    """Return the entry ``<folder>/<file>`` of a context; the archive is fetched only if something is built."""
    return Entry(f"{folder}/{file}", partial(archive, file, table), key=sha256_of(file, table))


def sha256_of(file: str, table: Path = TABLE) -> str:
    """Return the hash that an archive has to have."""
    return _hashes(table)[file]


def archive(file: str, table: Path = TABLE) -> Path:
    """Return an archive, fetched if it isn't here yet; raise LocalError if its hash isn't the table's."""
    digest = _hashes(table)[file]
    return made(cache_root() / "jars" / digest / file, partial(_fetch, file, digest, table))


def _fetch(file: str, digest: str, table: Path, target: Path) -> None:
    if shutil.which("mvn") is None:
        ensure_packages("maven", "default-jdk-headless")
    target.parent.mkdir(parents=True, exist_ok=True)
    with step(f"fetching {coordinates(file)}"), TemporaryDirectory(dir=target.parent) as folder:
        copy = [f"{_PLUGIN}:copy", f"-Dartifact={coordinates(file)}", f"-DoutputDirectory={folder}"]
        run(["mvn", "--quiet", "--batch-mode", *copy])
        fetched = Path(folder) / file
        found = hashlib.sha256(fetched.read_bytes()).hexdigest()
        if found != digest:
            raise LocalError(f"{file} has the sha256 {found}, but {table.relative_to(ROOT)} says {digest}")
        fetched.rename(target)
