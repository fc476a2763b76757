"""The root file systems that images start from.

With Docker these are public images. Where no registry can be reached, ``mmdebstrap`` makes the same kind
of thing from Debian's own packages; the Dockerfiles take either through a build argument.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local.commands import run
from local.console import step
from local.once import made
from local.paths import cache_root, fingerprint


@dataclass(frozen=True)
class Base:
    """A root file system, as a public image and as packages of a Debian release."""

    name: str
    public: str
    suite: str
    packages: tuple[str, ...]
    options: tuple[str, ...] = ()
    """What ``mmdebstrap`` needs for this base in particular."""

    @property
    def key(self) -> str:
        """Return what names the cached root file system."""
        return fingerprint(*command(self, Path("archive")))

    @property
    def reference(self) -> str:
        """Return the name of the local base image."""
        return f"localhost/corda-operator/base-{self.name}:{self.key}"


_OPTIONS = (
    "--variant=minbase",
    # Unstable releases are mirrored with a Release file that may be past its date.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    # The files only: update-alternatives fails where the folders are missing.
    "--dpkgopt=path-exclude=/usr/share/man/*.gz",
)

BASES = {
    base.name: base
    for base in (
        Base(
            "java8",
            public="docker.io/library/eclipse-temurin:8-jre-jammy",
            # The one Debian release that still has Java 8, which Corda 4 needs.
            suite="sid",
            packages=("openjdk-8-jre-headless", "ca-certificates", "tini"),
        ),
        Base(
            "java17",
            public="docker.io/library/eclipse-temurin:17-jre-jammy",
            suite="bookworm",
            packages=("usr-is-merged", "openjdk-17-jre-headless", "ca-certificates"),
            options=("--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",),
        ),
        Base(
            "python",
            public="docker.io/library/python:3.12-slim-bookworm",
            suite="bookworm",
            packages=("usr-is-merged", "python3", "python3-pip", "ca-certificates"),
            # Else a package is drawn in that merges /usr by a script, and all of Perl with it.
            options=("--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",),
        ),
        Base(
            "node",
            public="docker.io/library/node:20-bookworm-slim",
            suite="trixie",
            packages=("nodejs", "npm", "ca-certificates"),
        ),
        Base(
            "busybox",
            public="docker.io/library/busybox:1.37-musl",
            suite="bookworm",
            packages=("busybox-static",),
            options=("--variant=extract",),
        ),
    )
}


def command(base: Base, target: Path) -> list[str]:
    """Return the command that makes a base's root file system as a tar file."""
    packages = [f"--include={','.join(base.packages)}"]
    return ["mmdebstrap", *_OPTIONS, *base.options, *packages, "--format=tar", base.suite, str(target)]


def archive(base: Base) -> Path:
    """Return the tar file of a base's root file system, making it if it is missing."""
    target = cache_root() / "images" / "bases" / f"{base.name}-{base.suite}-{base.key}.tar"
    return made(target, partial(_make, base))


def _make(base: Base, target: Path) -> None:
    with step(f"base {base.name}: Debian {base.suite} with {', '.join(base.packages)}"):
        _SCRATCH.mkdir(parents=True, exist_ok=True)
        run([*CONTAINED, "sh", "-c", _ON_SCRATCH, "sh", *command(base, target)])


CONTAINED = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
"""Words before a command that must leave neither processes nor mounts when it or its parent is killed."""

_SCRATCH = Path("/run/corda-operator/bases")

_ON_SCRATCH = f'mount -t tmpfs -o mode=1777 tmpfs {_SCRATCH} && TMPDIR={_SCRATCH} exec "$@"'
"""Temporary files in memory go away with the mount."""
