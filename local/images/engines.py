"""The two programs that can build an image here, behind one set of calls.

Docker is taken where its engine answers. Else buildah builds without any service, in a store of its own
inside the cache, so that the machine's other containers and images are neither seen nor touched.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from local.commands import run
from local.console import LocalError, step
from local.images.bases import CONTAINED, Base, archive
from local.paths import cache_root, fingerprint
from local.system import ensure_packages


class Engine(Protocol):
    """What builds images."""

    name: str

    def base(self, base: Base) -> str:
        """Return the name under which Dockerfiles find a base."""

    def prepare(self, bases: Sequence[Base]) -> None:
        """Make sure that the bases of a build are at hand."""

    def build(
        self,
        reference: str,
        *,
        dockerfile: Path,
        folder: Path,
        arguments: Mapping[str, str],
        target: str | None,
        archive: Path,
    ) -> None:
        """Build an image from a staged folder and write it to an archive."""


def build_words(
    reference: str, dockerfile: Path, folder: Path, arguments: Mapping[str, str], target: str | None
) -> list[str]:
    """Return the words of a build command that both programs share."""
    words = ["--file", str(dockerfile), "--tag", reference]
    for name, value in sorted(arguments.items()):
        words += ["--build-arg", f"{name}={value}"]
    if target is not None:
        words += ["--target", target]
    return [*words, str(folder)]


class Docker:
    """A Docker engine, with public base images."""

    name = "docker"

    def base(self, base: Base) -> str:
        """Return the name under which Dockerfiles find a base."""
        return base.public

    def prepare(self, bases: Sequence[Base]) -> None:
        """Leave it to the engine, which pulls what it lacks."""

    def build(
        self,
        reference: str,
        *,
        dockerfile: Path,
        folder: Path,
        arguments: Mapping[str, str],
        target: str | None,
        archive: Path,
    ) -> None:
        """Build an image from a staged folder and write it to an archive."""
        words = build_words(reference, dockerfile, folder, arguments, target)
        _logged(["docker", "build", *words], archive.parent.name)
        run(["docker", "save", "--output", str(archive), reference])


LAYERS = 150
"""Once the store holds more images than this, builds start from the bases again."""


class Buildah:
    """buildah as root, without a service, on bases made of Debian's packages."""

    name = "buildah"

    def __init__(self) -> None:
        """Find out where and how layers can be stored."""
        if os.geteuid() != 0:
            raise LocalError("no Docker engine answers; start one, or run this as root to build with buildah")
        ensure_packages("buildah", "mmdebstrap", "debian-archive-keyring", "ca-certificates")
        self._store = self._working_store()

    def base(self, base: Base) -> str:
        """Return the name under which Dockerfiles find a base."""
        return base.reference

    def prepare(self, bases: Sequence[Base]) -> None:
        """Make sure that the bases of a build are in the store."""
        # Only a killed build leaves working containers behind.
        self._run("rm", "--all")
        if len(self._images()) > LAYERS:
            self._run("rmi", "--all", "--force")
        for base in bases:
            if base.reference not in self._images():
                self._import(base)

    def _import(self, base: Base) -> None:
        root = archive(base)
        with step(f"base {base.name} into the layer store"):
            container = self._run("from", "scratch").strip()
            self._run("add", container, root, "/")
            self._run("commit", "--rm", "--disable-compression", container, base.reference)

    def build(
        self,
        reference: str,
        *,
        dockerfile: Path,
        folder: Path,
        arguments: Mapping[str, str],
        target: str | None,
        archive: Path,
    ) -> None:
        """Build an image from a staged folder and write it to an archive."""
        words = build_words(reference, dockerfile, folder, arguments, target)
        # Debian's and Python's package clients inside the build need the machine's own way out.
        volumes = [f"--volume={source}:{target}:ro" for source, target in _client_settings()]
        options = ["--isolation=chroot", "--format=docker", "--layers", "--pull-never", *volumes]
        _logged([*CONTAINED, *self._store, "bud", *options, *words], archive.parent.name)
        self._run("push", "--disable-compression", reference, f"docker-archive:{archive}:{reference}")

    def _images(self) -> set[str]:
        images = json.loads(self._run("images", "--all", "--json") or "null") or []
        return {name for image in images for name in image.get("names") or [image["id"]]}

    def _run(self, *words: str | Path) -> str:
        return run([*self._store, *words])

    def _working_store(self) -> list[str]:
        found = ""
        for driver in ("overlay", "vfs"):
            store = _store_words(driver)
            result = subprocess.run([*store, "images"], capture_output=True, text=True, check=False)
            if result.returncode == 0:
                return store
            found = result.stderr.strip()
        raise LocalError(f"buildah can store no layers in {cache_root()}:\n{found}")


def _store_words(driver: str) -> list[str]:
    storage = cache_root() / "images" / "storage" / driver
    # What is mounted where is forgotten at a reboot, as it should be.
    mounts = Path("/run/corda-operator") / fingerprint(str(storage))
    return ["buildah", f"--root={storage}", f"--runroot={mounts}", f"--storage-driver={driver}"]


def _client_settings() -> list[tuple[Path, str]]:
    """Return files of this machine, and where package clients inside a build look for them."""
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    folder = cache_root() / "images" / "clients"
    folder.mkdir(parents=True, exist_ok=True)
    pip = {"cert": str(certificates), "index-url": os.environ.get("PIP_INDEX_URL")}
    (folder / "pip.conf").write_text("[global]\n" + "".join(f"{k} = {v}\n" for k, v in pip.items() if v))
    (folder / "npmrc").write_text(f"cafile={certificates}\n")
    return [
        (certificates, str(certificates)),
        (folder / "pip.conf", "/etc/pip.conf"),
        (folder / "npmrc", "/root/.npmrc"),
    ]


def _logged(words: Sequence[str], name: str) -> None:
    """Run a build; what it says goes to a file, whose end is shown if it fails."""
    file = cache_root() / "images" / "logs" / f"{name}.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as log:
        code = subprocess.run(words, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        tail = "\n".join(file.read_text(errors="replace").splitlines()[-25:])
        raise LocalError(f"building {name} failed with code {code}; its log {file} ends with:\n{tail}")


@cache
def find_engine() -> Engine:
    """Return what can build images on this machine."""
    if shutil.which("docker"):
        info = ["docker", "info", "--format", "{{.ServerVersion}}"]
        if subprocess.run(info, capture_output=True, check=False).returncode == 0:
            return Docker()
    return Buildah()
