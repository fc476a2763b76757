"""Images brought to a running cluster's nodes, which have no registry to pull from."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local import images, system
from local.cluster import namespaces, node
from local.cluster.place import Place
from local.cluster.spec import Node
from local.console import LocalError, step
from local.paths import cache_root, fingerprint


def load(here: Place, image: images.Image, pool: str | None = None) -> None:
    """Bring an image to every node of a running cluster, or of one pool, that has not got this very build of it."""
    cluster = here.read()
    if cluster is None:
        raise LocalError(f"no cluster is up in {here.folder}")
    lacking = [member for member in cluster.nodes if pool in {None, member.pool} and not _has(here.home(member), image)]
    if not lacking:
        return
    with step(f"{image.reference} to {', '.join(member.name for member in lacking)}"), ThreadPoolExecutor() as several:
        for _ in several.map(lambda member: import_image(here, member, image), lacking):
            pass


def _loaded(home: Path, image: images.Image) -> Path:
    return home / "images" / fingerprint(image.reference)


def _has(home: Path, image: images.Image) -> bool:
    loaded = _loaded(home, image)
    return loaded.exists() and loaded.read_text() == image.archive.name


def import_image(here: Place, member: Node, image: images.Image) -> None:
    """Bring an image to a node, whether it has it or not."""
    holder = namespaces.find_holder(here.home(member))
    if holder is None:
        raise LocalError(f"node {member.name} is not running: try `make cluster-down cluster`")
    ctr = node.CACHE / unpacked("containerd") / "usr/bin/ctr"
    archive = node.CACHE / image.archive.relative_to(cache_root())
    command = [str(ctr), "--address", node.SOCKET, "--namespace", "k8s.io", "images", "import", str(archive)]
    namespaces.run_inside(holder, here.folder, command)
    loaded = _loaded(here.home(member), image)
    loaded.parent.mkdir(exist_ok=True)
    loaded.write_text(image.archive.name)


def unpacked(package: str) -> Path:
    """Return the folder of an unpacked Debian package, relative to the cache, which nodes see elsewhere."""
    return system.unpacked_package(package).relative_to(cache_root())
