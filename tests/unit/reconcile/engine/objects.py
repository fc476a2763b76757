"""Objects as watches and listings bring them, by a few words each."""

from collections.abc import Mapping
from typing import Any

from corda_operator.api.resource import Resource
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND, Key
from corda_operator.reconcile.labels import CONSORTIUM, MANAGER, NODE
from tests.unit.reconcile.node import world as nodes

NAMESPACE = "bank"
NETWORK = Key(CONSORTIUM_KIND, NAMESPACE, "elsewhere")
DELETED = "2026-12-01T12:00:00Z"


def node_key(name: str) -> Key:
    """Return the key of a CordaNode."""
    return Key(NODE_KIND, NAMESPACE, name)


def _stored(resource: Resource, version: int, metadata: Mapping[str, Any]) -> Manifest:
    manifest = resource.model_dump(mode="json", by_alias=True, exclude_none=True)
    manifest["metadata"] |= {"resourceVersion": str(version), **metadata}
    return manifest


def node(name: str, version: int = 1, *, metadata: Mapping[str, Any] | None = None, **spec: Any) -> Manifest:
    """Return a CordaNode of `NETWORK`."""
    spec = {"consortiumRef": {"name": NETWORK.name}, "revocation": {"hardFail": False}, **spec}
    return _stored(nodes.node(name=name, **spec), version, metadata or {})


def consortium(version: int = 1, *, metadata: Mapping[str, Any] | None = None, **spec: Any) -> Manifest:
    """Return a joined Consortium, `NETWORK`."""
    return _stored(nodes.consortium(NETWORK.name, **spec), version, metadata or {})


def with_status(manifest: Manifest, version: int, **status: Any) -> Manifest:
    """Return a resource with a status."""
    known = {**manifest, "status": {**manifest.get("status", {}), **status}}
    return {**known, "metadata": {**manifest["metadata"], "resourceVersion": str(version)}}


def ready(version: int, manifest: Manifest) -> Manifest:
    """Return a resource that is Ready."""
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "Available",
        "message": "it is",
        "lastTransitionTime": "2026-12-01T12:00:00Z",
        "observedGeneration": 1,
    }
    return with_status(manifest, version, conditions=[condition])


def owned(kind: str, name: str, version: int = 1, *, of: Key | None = None, **more: Any) -> Manifest:
    """Return an object with our label of a resource."""
    api_version = {"StatefulSet": "apps/v1", "Deployment": "apps/v1", "Job": "batch/v1"}.get(kind, "v1")
    labels = {"app.kubernetes.io/managed-by": MANAGER, **more.pop("labels", {})}
    if of is not None:
        labels[NODE if of.kind == NODE_KIND else CONSORTIUM] = of.name
    metadata = {
        "namespace": NAMESPACE,
        "name": name,
        "uid": f"{name}-uid",
        "resourceVersion": str(version),
        "labels": labels,
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}


def reference(manifest: Manifest) -> Reference:
    """Return which object that is."""
    return Reference.of(manifest)
