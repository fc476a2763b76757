"""Debian packages that ``local`` needs: installed on the machine, or only unpacked into the cache.

Programs that are harmless to have (an image builder, a firewall's command line) are installed. Those
that come with a service of their own (containerd, etcd) are unpacked beside the machine's own files
instead: nothing of the user's is replaced, and nothing starts at the next boot.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from local.console import LocalError, step
from local.once import locked, made
from local.paths import cache_root, fingerprint

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's maintainer scripts ask this program whether they may start a service."""


def parse_installed(listing: str) -> set[str]:
    """Return the names that ``dpkg-query`` lists as installed, from its ``status|name`` lines."""
    lines = (line.partition("|") for line in listing.splitlines())
    # A package that was removed but left its configuration is listed too, as "rc".
    return {name for status, _, name in lines if status.startswith("ii")}


def missing_packages(names: Sequence[str]) -> list[str]:
    """Return those of the Debian packages that the machine lacks."""
    if shutil.which("dpkg-query") is None:
        return list(names)
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}|${Package}\n", *names]
    # It exits with 1 when it does not know one of the names, and still lists the others.
    listing = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    installed = parse_installed(listing)
    return [name for name in names if name not in installed]


def ensure_packages(*names: str) -> None:
    """Install the Debian packages that are missing, without starting any service that they bring."""
    if not missing_packages(names):
        return
    if shutil.which("apt-get") is None:
        raise LocalError(f"this needs the programs of Debian's packages {' '.join(names)}: please install them")
    with _apt():
        missing = missing_packages(names)
        if not missing:
            return
        if os.geteuid() != 0:
            command = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
            raise LocalError(f"Debian packages are missing; install them with: {command}")
        with step(f"Debian packages: {' '.join(missing)}"):
            _run(["apt-get", "update"])
            _install(missing)


@cache
def unpacked_package(*names: str) -> Path:
    """Return a folder with the unpacked files of Debian packages, which are not installed.

    It is keyed by the packages' versions and hashes. Shared libraries are not looked for: name their
    packages too if the machine may lack them.
    """
    if shutil.which("apt-get") is None:
        raise LocalError(f"this unpacks Debian's packages {' '.join(names)} and needs apt-get and dpkg-deb for it")
    with _apt():
        try:
            files = _candidates(names)
        except LocalError:
            # The machine's package lists are missing, or older than these packages.
            _run(["apt-get", "update"])
            files = _candidates(names)
        key = fingerprint(*(" ".join(file) for file in files))
        return made(cache_root() / "debian" / f"{names[0]}-{key}", lambda folder: _unpack(names, folder))


def parse_uris(listing: str) -> list[tuple[str, str]]:
    """Return file name and hash of each package from ``apt-get download --print-uris``."""
    # 'address' name_version_architecture.deb size hash
    fields = [line.split() for line in listing.splitlines() if line.startswith("'")]
    return sorted((field[1], field[3]) for field in fields)


def _candidates(names: Sequence[str]) -> list[tuple[str, str]]:
    return parse_uris(_run(["apt-get", "download", "--print-uris", *names]))


def _unpack(names: Sequence[str], folder: Path) -> None:
    archives = folder.with_suffix(".archives")
    shutil.rmtree(archives, ignore_errors=True)
    archives.mkdir(parents=True)
    folder.mkdir()
    with step(f"Debian packages, unpacked only: {' '.join(names)}"):
        # apt would hand the download to a user who may not write into the cache.
        download = ["apt-get", "--option", "APT::Sandbox::User=root", "download", *names]
        try:
            _run(download, archives)
        except LocalError:
            _run(["apt-get", "update"])
            _run(download, archives)
        for archive in sorted(archives.glob("*.deb")):
            _run(["dpkg-deb", "--extract", archive, folder])
    shutil.rmtree(archives)


def _apt() -> AbstractContextManager[None]:
    return locked(cache_root() / "debian" / ".apt.lock")


_MARK = "# Written by corda-operator's local tools: no service starts while they install packages."

KEEP_SERVICES_DOWN = f"""
printf '%s\\n' '#!/bin/sh' "{_MARK}" "[ -e /proc/$$ ] && exit 101" 'rm -f "$0"' >"$0"
chmod 755 "$0"
exec "$@"
"""
"""Leaves a policy behind that is valid for as long as the very process that becomes apt-get runs.

Should nobody be left to delete it, it deletes itself the first time it is asked.
"""


def _install(names: Sequence[str]) -> None:
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
    if POLICY.exists() and _MARK not in POLICY.read_text(errors="replace"):
        # Whoever runs this machine has a policy of their own, as container images do.
        _run(command)
        return
    try:
        _run(["sh", "-c", KEEP_SERVICES_DOWN, POLICY, *command])
    finally:
        POLICY.unlink(missing_ok=True)


def _run(command: Sequence[str | Path], folder: Path | None = None) -> str:
    """Run a program of apt or dpkg and return its output."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        words = " ".join(str(word) for word in command)
        raise LocalError(f"`{words}` failed with code {result.returncode}:\n{result.stderr.strip()}")
    return result.stdout
