"""What the operator may do in a cluster, and why: the one list, which roles are checked by, and starts, too."""

from dataclasses import dataclass
from typing import Final

from corda_operator.api.resource import GROUP


@dataclass(frozen=True)
class Right:
    """Verbs on kinds of one API group."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    why: str


VERBS: Final = {
    "list": "to know what there is",
    "watch": "to learn of a change at once",
    "get": "to read one thing that is not watched",
    "create": "to make what is missing",
    "patch": "to put right what differs, by server-side apply",
    "update": "to replace a whole that nobody else writes",
    "delete": "to take away what is wished no longer, and to end a pod that has to start anew",
}
"""What each verb is for, wherever it is given; a right says what for on its kinds."""

_WATCH: Final = ("list", "watch")
_KEEP: Final = (*_WATCH, "create", "patch", "delete")
"""What server-side apply, and taking away again, need. Never ``update``: it would overwrite what others say."""

RIGHTS: Final = (
    Right(
        GROUP,
        ("consortia", "cordanodes"),
        (*_WATCH, "patch"),
        "To know what is asked for, and to set the finalizer.",
    ),
    Right(GROUP, ("consortia/status", "cordanodes/status"), ("update",), "To report; a status is replaced as a whole."),
    Right(
        GROUP,
        ("consortia/finalizers", "cordanodes/finalizers"),
        ("update",),
        "To own objects: where owner references are checked, only who may do this may make one that blocks deletion.",
    ),
    Right(
        "",
        ("configmaps", "services", "serviceaccounts", "persistentvolumeclaims"),
        _KEEP,
        "Configuration, addresses, identities and volumes. No right on Secrets: none is used.",
    ),
    Right("", ("configmaps",), ("get",), "To read the trust root that a joined Consortium refers to."),
    Right("apps", ("deployments", "statefulsets"), _KEEP, "The network services and the nodes."),
    Right("batch", ("jobs",), _KEEP, "The Job that makes a trust root once."),
    Right(
        "policy",
        ("poddisruptionbudgets",),
        _KEEP,
        "So that upgrades of machines are neither blocked nor end all replicas.",
    ),
    Right("networking.k8s.io", ("networkpolicies",), _KEEP, "Only the flows that the network needs."),
    Right(
        "",
        ("pods",),
        (*_WATCH, "delete"),
        "To see how nodes fare, and to restart one. Pods are made by StatefulSets only.",
    ),
    Right("", ("pods/log",), ("get",), "To tell what enrolment waits for."),
    Right("", ("events",), ("create",), "To tell what has changed. Never read."),
)
"""In every namespace that is watched."""

OWN_RIGHTS: Final = (
    Right("coordination.k8s.io", ("leases",), ("get", "create", "update"), "The Lease by which one replica is active."),
)
"""In the operator's own namespace."""
