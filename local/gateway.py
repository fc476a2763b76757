"""The bank's gateway, built by Maven beside the CorDapp that it calls, as two archives for its image.

What others have written is in one of them, and changes rarely; what is written here is in the other.
"""

import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from local.commands import run
from local.console import step
from local.cordapps import MAVEN, SOURCES, ensure_java
from local.images.context import TIME
from local.once import made
from local.paths import cache_root, fingerprint

VERSION = "1.0.0"

MODULES = ("contracts", "workflows", "gateway")
"""Of the Maven build; the first two are the CorDapp, whose classes travel over RPC."""

LIBRARIES, APPLICATION = "lib.tar", "app.tar"


def fingerprint_of() -> str:
    """Return a key over what the archives are made from."""
    sources = [SOURCES / "pom.xml", *(SOURCES / module / "pom.xml" for module in MODULES)]
    return fingerprint(*sources, *(SOURCES / module / "src" / "main" for module in MODULES))


def built(name: str) -> Path:
    """Return one of the archives, building both if their sources have changed."""
    return made(cache_root() / "gateway" / fingerprint_of(), _build) / name


def _build(folder: Path) -> None:
    ensure_java()
    folder.mkdir(parents=True)
    with step(f"building the gateway {VERSION}"), TemporaryDirectory() as copy:
        # Beside the checkout: somebody may be building there.
        sources = shutil.copytree(SOURCES, Path(copy, "sources"), ignore=shutil.ignore_patterns("target"))
        run([*MAVEN, "package", "-DskipTests", "--projects", ",".join(MODULES)], sources)
        target = sources / "gateway" / "target"
        jars = [*(target / "lib").glob("*.jar"), *target.glob("*.jar")]
        own = [jar for jar in jars if jar.name.startswith("credit-record-")]
        _archive(folder / LIBRARIES, set(jars) - set(own))
        _archive(folder / APPLICATION, own)


def _archive(file: Path, jars: Iterable[Path]) -> None:
    with tarfile.open(file, "w") as archive:
        for jar in sorted(jars, key=lambda each: each.name):
            archive.add(jar, jar.name, filter=_as_always)


def _as_always(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Give equal jars equal archives, and so equal layers."""
    entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = TIME, 0o644, 0, 0, "", ""
    return entry
