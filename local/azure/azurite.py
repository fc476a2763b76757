"""Azurite, Microsoft's own emulator of Azure Storage: installed once per lock file, run as a process.

Three things it does that Azure does not, so that no test builds on them: a finite lease does not survive
its restart, the last few seconds of acknowledged writes do not survive its kill -9, and the signature of
a bearer token is not checked.
"""

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.azure.certificates import Pair
from local.console import LocalError, step
from local.once import made
from local.paths import ROOT, cache_root, fingerprint
from local.system import ensure_packages

PACKAGE = ROOT / "local" / "azure" / "azurite"

SERVER_OPTIONS = (
    # The SDKs are ahead of the API versions that Azurite knows.
    "--skipApiVersionCheck",
    "--disableTelemetry",
    "--silent",
    # Bearer tokens beside shared keys; they need https.
    "--oauth",
    "basic",
)


@dataclass(frozen=True)
class Account:
    """A storage account and its shared key (base64)."""

    name: str
    key: str

    @property
    def setting(self) -> str:
        """The account as Azurite's environment variable ``AZURITE_ACCOUNTS`` has it."""
        return f"{self.name}:{self.key}"


ACCOUNT = Account(
    "cordastate", base64.b64encode(hashlib.sha512(b"the key of a stand-in is no secret").digest()).decode()
)
"""The account that the stand-in serves."""


def install() -> Path:
    """Return Azurite's program for blobs, installing it into the cache if it is not there."""
    inputs = [PACKAGE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    folder = made(cache_root() / "azurite" / fingerprint(*inputs), _install)
    return folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


def command(program: Path, location: Path, host: str, port: int, certificate: Pair) -> list[str | Path]:
    """Return the command that serves blobs over https, its data in ``location``."""
    return [
        _found("node"),
        program,
        "--blobHost",
        host,
        "--blobPort",
        str(port),
        "--location",
        location,
        "--cert",
        certificate.certificate,
        "--key",
        certificate.key,
        *SERVER_OPTIONS,
    ]


def environment(account: Account) -> Mapping[str, str]:
    """Return the environment variables that the server needs."""
    return {"AZURITE_ACCOUNTS": account.setting}


def _install(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PACKAGE / name, folder)
    with step("installing Azurite (npm, under a minute)"):
        done = subprocess.run(
            [_found("npm"), "ci", "--no-progress"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise LocalError(f"npm ci failed in {folder}:\n{done.stderr[-4000:]}")


def _found(program: str) -> str:
    if shutil.which(program) is None:
        ensure_packages("nodejs", "npm")
    path = shutil.which(program)
    if path is None:
        raise LocalError(f"{program} is not installed; Azurite needs Node.js 18 or later with npm")
    return path
