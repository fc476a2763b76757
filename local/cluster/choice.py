"""One cluster with real pods, however this machine can have it: by kind with Docker, else by programs of its own."""

from collections.abc import Sequence
from pathlib import Path

from local import images
from local.cluster import kind, lifecycle, loading
from local.cluster.place import place
from local.cluster.spec import parse_nodes
from local.console import LocalError


def up(name: str, nodes: Sequence[str] = (), image_names: Sequence[str] = ()) -> Path:
    """Bring a cluster up with images on its nodes, or find it running, and return its kubeconfig's path.

    Nodes are given as ``pool:zone``; raises LocalError with what to do.
    """
    if kind.docker_answers():
        if nodes:
            raise LocalError("with Docker, the nodes are those of kind-config.yaml: edit it instead of --node")
        return kind.up(name, image_names)
    return lifecycle.up(name, parse_nodes(nodes or lifecycle.DEFAULT_NODES), image_names).kubeconfig


def down(name: str) -> None:
    """Take a cluster away with everything that it made."""
    if kind.docker_answers():
        kind.down(name)
    else:
        lifecycle.down(name)


def load(name: str, image_names: Sequence[str], pool: str | None = None) -> dict[str, images.Image]:
    """Build images as needed, bring them to a running cluster's nodes, and return them by name.

    With a pool only its nodes need them; kind takes no notice.
    """
    ready = images.ensure(image_names)
    for image in ready.values():
        if kind.docker_answers():
            kind.load(name, image)
        else:
            loading.load(place(name), image, pool)
    return ready
