"""What the engine has seen of a node's world; whatever is not there is None or empty."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.desired import Manifest, Reference


@dataclass(frozen=True)
class Listing:
    """What the network services say about the node's legal name."""

    node_info_hash: str | None = None
    """Of the node info that the map lists."""
    pending: str | None = None
    """Why a request for a certificate waits, and its key."""
    revoked: bool = False


@dataclass(frozen=True)
class ObservedNode:
    """The world of one CordaNode, as it was read before a plan."""

    live: Mapping[Reference, Manifest] = field(default_factory=dict)
    """Objects with the label `corda-operator.io/node` of this node, its pods aside, and the Service of its member."""
    pod: Manifest | None = None
    """The pod `names.pod`."""
    consortium: Consortium | None = None
    """The one that the node refers to."""
    trust_root: str | None = None
    """PEM: a hosted consortium's ``root.pem``, once there is one. A joined consortium may have its own in the spec."""
    nodes: tuple[CordaNode, ...] = ()
    """All CordaNodes of the namespace that refer to the consortium, this one among them."""
    enrolment_log: str = ""
    """The last lines of the container ``enrolment``, if it runs: while it waits, there is no other trace of why."""
    listing: Listing | None = None
    """None if nobody can be asked: in networks that run elsewhere."""
    services_error: str | None = None
    """Why the network services did not answer the operator."""
    refused: Mapping[Reference, str] = field(default_factory=dict)
    """What the API server said to objects that it refused at the last attempt."""

    def pod_annotation(self, name: str) -> str | None:
        """Return an annotation of the pod."""
        return None if self.pod is None else self.pod["metadata"].get("annotations", {}).get(name)

    def container(self, name: str) -> Mapping[str, Any] | None:
        """Return the status of a container, init container or not."""
        status = {} if self.pod is None else self.pod.get("status", {})
        every = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
        return next((each for each in every if each["name"] == name), None)

    @property
    def ready(self) -> bool:
        """Whether the pod is ready and stays."""
        if self.pod is None or "deletionTimestamp" in self.pod["metadata"]:
            return False
        conditions = self.pod.get("status", {}).get("conditions", ())
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    @property
    def migrated(self) -> bool:
        """Whether the database has the schema of the pod's version."""
        state = (self.container("database") or {}).get("state", {})
        return "terminated" in state and state["terminated"].get("exitCode") == 0


def moment(text: str) -> datetime.datetime:
    """Return a time that Kubernetes or enrolment has written (RFC 3339, UTC)."""
    return datetime.datetime.fromisoformat(text)
