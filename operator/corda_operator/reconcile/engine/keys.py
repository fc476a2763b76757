"""Keys: which resource to reconcile, and which one an object of the cluster concerns."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from corda_operator.api.resource import API_VERSION
from corda_operator.reconcile.desired import Reference
from corda_operator.reconcile.labels import CONSORTIUM, MANAGER, NODE

CONSORTIUM_KIND: Final = "Consortium"
NODE_KIND: Final = "CordaNode"
MANAGED: Final = f"app.kubernetes.io/managed-by={MANAGER}"
"""Label selector of all objects of ours."""


class Key(NamedTuple):
    """A resource of ours."""

    kind: str
    namespace: str
    name: str

    @property
    def reference(self) -> Reference:
        """The resource as an object of the cluster."""
        return Reference(API_VERSION, self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        return str(self.reference)


def key_of(manifest: Mapping[str, Any]) -> Key:
    """Return the key of a resource of ours."""
    metadata = manifest["metadata"]
    return Key(manifest["kind"], metadata["namespace"], metadata["name"])


def owners(manifest: Mapping[str, Any]) -> Iterator[Key]:
    """Yield the resources that an object belongs to, by our labels."""
    metadata = manifest["metadata"]
    labels = metadata.get("labels", {})
    for kind, label in ((NODE_KIND, NODE), (CONSORTIUM_KIND, CONSORTIUM)):
        if label in labels:
            yield Key(kind, metadata["namespace"], labels[label])
