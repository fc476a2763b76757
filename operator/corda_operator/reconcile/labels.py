"""How objects that belong to a resource are named, labelled and tied to it.

Names follow from the resource's name alone, so that a plan finds again what an earlier one made.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from corda_operator.api.resource import GROUP, Resource
from corda_operator.reconcile.desired import Manifest, Reference

MANAGER: Final = "corda-operator"
"""The field manager, and the value of app.kubernetes.io/managed-by."""
CONSORTIUM: Final = f"{GROUP}/consortium"
"""Label: name of the Consortium that an object belongs to."""
NODE: Final = f"{GROUP}/node"
"""Label: name of the CordaNode that an object belongs to."""
MEMBER: Final = f"{GROUP}/member"
"""Label: name of the member, in its Consortium, whose node it is."""
MONITORED: Final = f"{GROUP}/monitored"
"""Label, ``true``, of pods whose metrics are to be collected."""
COMPONENT: Final = "app.kubernetes.io/component"
WISH: Final = f"{GROUP}/wish"
"""Annotation: digest of what the operator last wished the object to be. Without it a field that is wished no longer
would stay: what is left out of a wish can't be told from what the API server added."""
FINALIZER: Final = f"{GROUP}/operator"

DNS_LABEL: Final = 63
"""Longest name of a Service, and longest value of a label."""
STATEFUL_SET: Final = 52
"""Longest name of a StatefulSet or CronJob: Kubernetes labels its pods with the name and eleven more characters."""


def owned_name(name: str, suffix: str, *, limit: int = DNS_LABEL) -> str:
    """Return ``name-suffix``; if that is too long, with a digest in the place of the name's end.

    Names that differ stay different, and the result begins with a letter if the name does.
    """
    whole = f"{name}-{suffix}"
    if len(whole) <= limit:
        return whole
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = limit - len(suffix) - len(digest) - 2
    if room < 1:
        raise ValueError(f"{suffix!r} leaves no room for a name within {limit} characters")
    return f"{name[:room].rstrip('-.')}-{digest}-{suffix}"


def selector(owner: Resource, component: str) -> dict[str, str]:
    """Return the labels that pods of a part are found by; they never change, since a workload's selector can't."""
    return {
        "app.kubernetes.io/name": "corda-network-services" if owner.kind == "Consortium" else "corda-node",
        "app.kubernetes.io/instance": owner.metadata.name,
        COMPONENT: component,
    }


def labels(owner: Resource, component: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the labels of an object of a resource, with the one of ours that names the resource.

    ``component`` says which part of the resource it is for, as in ``network-services``.
    """
    return {
        **selector(owner, component),
        "app.kubernetes.io/part-of": "corda",
        "app.kubernetes.io/managed-by": MANAGER,
        (CONSORTIUM if owner.kind == "Consortium" else NODE): owner.metadata.name,
        **(more or {}),
    }


def owner_reference(owner: Resource) -> Manifest:
    """Return the reference by which Kubernetes deletes an object after its resource."""
    return {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": owner.metadata.name,
        "uid": owner.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owned_by(owner: Resource, live: Mapping[Reference, Manifest]) -> dict[Reference, Manifest]:
    """Return the objects that are a resource's own: others may carry its label, such as those of its members' nodes."""
    return {
        reference: manifest
        for reference, manifest in live.items()
        if any(each["uid"] == owner.metadata.uid for each in manifest["metadata"].get("ownerReferences", ()))
    }


def metadata(
    owner: Resource,
    name: str,
    component: str,
    *,
    more: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owned: bool = True,
) -> Manifest:
    """Return an object's metadata; not ``owned`` is what has to outlive the resource. ``more`` are labels."""
    result: Manifest = {
        "name": name,
        "namespace": owner.metadata.namespace,
        "labels": labels(owner, component, more),
    }
    if annotations:
        result["annotations"] = dict(annotations)
    if owned:
        result["ownerReferences"] = [owner_reference(owner)]
    return result


def digest(content: Any) -> str:
    """Return a short digest of something that JSON can say, for annotations."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stamped(manifest: Manifest) -> Manifest:
    """Return an object with the annotation `WISH`: the last thing that a plan does with each."""
    own = manifest["metadata"]
    annotations = {key: value for key, value in own.get("annotations", {}).items() if key != WISH}
    bare = {**manifest, "metadata": {**own, "annotations": annotations}}
    return {**manifest, "metadata": {**own, "annotations": {**annotations, WISH: digest(bare)}}}
