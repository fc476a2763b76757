"""The credit record CorDapp: built by Maven, and signed with a developer's key of this machine.

Nodes that are not in development mode refuse archives that are signed with Corda's own development key, and take
unsigned ones only if every bank has the very same bytes. So the archives are signed. The key is made once and stays in
the cache folder. It is a developer's: a bank has its own signing service sign what it has reviewed.

Signatures are not reproducible, so what is signed stays in the cache under a key over the sources and the certificate.
"""

import argparse
import hashlib
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from local.commands import run
from local.console import LocalError, fail, say, step
from local.once import made
from local.paths import ROOT, cache_root, fingerprint
from local.system import ensure_packages

SOURCES = ROOT / "cordapps" / "credit-record"

RELEASES = {"1.0.0": 1, "1.1.0": 2}
"""Versions of the flows, with the number by which Corda knows each (RPC ``nodeDiagnosticInfo``). All have the same
contracts, so a node may go from one to the other while records exist."""

FIRST = "1.0.0"
"""The version that the contracts have."""

MODULES = ("contracts", "workflows")
"""Of the Maven build; it has others that are not part of the CorDapp."""

MAVEN = ("mvn", "--batch-mode", "--quiet")

_ALIAS = "cordapp"
_NAME = "CN=CorDapp development, O=Corda Operator"


@dataclass(frozen=True)
class Built:
    """The signed archives of a version."""

    contracts: Path
    workflows: Path

    @property
    def archives(self) -> tuple[Path, Path]:
        """Both, as they go into a node's folder ``cordapps``."""
        return self.contracts, self.workflows


def sha256(archive: Path) -> str:
    """Return an archive's hash, as CordaNodes name it."""
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def built(version: str = FIRST) -> Built:
    """Return the signed archives of a version, building them if their sources have changed."""
    _number(version)
    return Built(_archive("contracts", FIRST), _archive("workflows", version))


def verify() -> None:
    """Compile in the checkout and run the unit tests, those of the gateway too."""
    ensure_java()
    with step("building and testing the CorDapp and the gateway"):
        run([*MAVEN, "verify"], SOURCES)


def fingerprint_of(version: str) -> str:
    """Return a key over what a version's archives are made from."""
    sources = [SOURCES / "pom.xml", *(SOURCES / module / "pom.xml" for module in MODULES)]
    sources += [SOURCES / module / "src" / "main" for module in MODULES]
    return fingerprint(version, str(_number(version)), _certificate(), *sources)


def _number(version: str) -> int:
    if version not in RELEASES:
        raise LocalError(f"there is no version {version} of the CorDapp; there are {', '.join(RELEASES)}")
    return RELEASES[version]


_ONLY_THE_CORDAPP = ("--projects", ",".join(MODULES))


def _archive(module: str, version: str) -> Path:
    folder = cache_root() / "cordapps" / fingerprint_of(version)
    return made(folder, partial(_build, version)) / _file(module, version)


def _file(module: str, version: str) -> str:
    return f"credit-record-{module}-{version}.jar"


def _build(version: str, folder: Path) -> None:
    ensure_java()
    folder.mkdir(parents=True)
    with step(f"building and signing the CorDapp {version}"), TemporaryDirectory() as copy:
        # Beside the checkout: somebody may be building there.
        sources = shutil.copytree(SOURCES, Path(copy, "sources"), ignore=shutil.ignore_patterns("target"))
        release = [f"-Dworkflows.version={version}", f"-Dworkflows.release={RELEASES[version]}"]
        run([*MAVEN, "package", "-DskipTests", *_ONLY_THE_CORDAPP, *release], sources)
        for module in MODULES:
            unsigned = sources / module / "target" / _file(module, FIRST)
            _sign(unsigned, folder / _file(module, version))


def _sign(unsigned: Path, signed: Path) -> None:
    keys = _keys()
    algorithms = ("-sigalg", "SHA256withECDSA", "-digestalg", "SHA-256")
    run(["jarsigner", *_store(keys), *algorithms, "-signedjar", signed, unsigned, _ALIAS])


def _keys() -> Path:
    """Return the folder with the key store and its password, both made once."""
    return made(cache_root() / "cordapp-signing", _make_keys)


def _make_keys(folder: Path) -> None:
    ensure_java()
    folder.mkdir(parents=True, mode=0o700)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(32))
    kind = ("-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA", "-validity", "3650")
    run(["keytool", "-genkeypair", *_store(folder), "-alias", _ALIAS, *kind, "-dname", _NAME])
    certificate = folder / "certificate.pem"
    run(["keytool", "-exportcert", "-rfc", *_store(folder), "-alias", _ALIAS, "-file", certificate])


def _certificate() -> bytes:
    return (_keys() / "certificate.pem").read_bytes()


def _store(keys: Path) -> tuple[str, ...]:
    return "-keystore", str(keys / "keys.p12"), "-storetype", "PKCS12", "-storepass:file", str(keys / "password")


def ensure_java() -> None:
    """Install what builds and signs archives, if it isn't there."""
    if any(shutil.which(program) is None for program in ("mvn", "javac", "jarsigner")):
        ensure_packages("maven", "default-jdk-headless")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(
        prog="python -m local.cordapps", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = result.add_subparsers(dest="command", required=True)
    commands.add_parser("verify", help="compile in the checkout and run the unit tests")
    build = commands.add_parser("build", help="show the signed archives and their hashes, building what is missing")
    build.add_argument("version", nargs="?", default=FIRST, help=f"one of {', '.join(RELEASES)}; default: {FIRST}")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process' exit code."""
    chosen = parser().parse_args(arguments)
    try:
        if chosen.command == "verify":
            verify()
            return 0
        for archive in built(chosen.version).archives:
            say(f"{sha256(archive)}  {archive}")
    except LocalError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
