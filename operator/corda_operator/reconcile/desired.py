"""What a plan says: the objects that shall be there, those that shall go, the status, and when to look again.

Every kind's plan returns one `Desired`, made of nothing but the resource, the observed world and `Settings`; the
engine alone talks to the API server.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from corda_operator.api.conditions import Conditions, ConditionType, Reason
from corda_operator.api.resource import GROUP

Manifest = dict[str, Any]
"""A Kubernetes object as the API server's JSON has it."""

_WAITS: Final = (
    Reason.ADMISSION_PENDING,
    Reason.CONSORTIUM_NOT_READY,
    Reason.DRAINING,
    Reason.NOTARY_NOT_REGISTERED,
    Reason.VOLUME_PENDING,
)
"""What happens to every resource that is new, and is no warning."""
_AT_WORK: Final = (Reason.PROGRESSING, Reason.DELETING, Reason.PAUSED, Reason.NODE_STARTING)


@dataclass(frozen=True, order=True)
class Reference:
    """Which object."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """Return the reference of a namespaced object."""
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata["namespace"], metadata["name"])

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Event:
    """Something to tell about the resource; the engine makes a Kubernetes Event of it."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True)
class Desired:
    """What shall be."""

    objects: tuple[Manifest, ...]
    """Applied in this order by server-side apply. Each has our labels and, unless it has to outlive the resource, an
    owner reference to it."""
    obsolete: tuple[Reference, ...]
    """Objects of ours that are to go."""
    status: Manifest
    """The whole status. An unchanged world gives an unchanged status."""
    look_again: float | None = None
    """In how many seconds to plan anew although nothing was heard of; None: only when something is heard of."""
    events: tuple[Event, ...] = ()
    """For conditions that have changed."""
    finalizer: bool | None = None
    """Whether the resource shall have our finalizer; None: leave it as it is."""


@dataclass(frozen=True)
class Settings:
    """How this operator was installed: what is the same for every resource."""

    operator_image: str
    """The image that this operator runs from, for everything of ours that runs in pods."""
    corda_image_pattern: str
    """Image of genuine Corda with ``{version}`` in it, as in registry.example.com/corda:{version}."""
    operator_namespace: str
    """Where the operator's pods are; NetworkPolicies let them in."""
    image_pull_secrets: tuple[str, ...] = ()
    """Secrets, in the resource's namespace, that pods of ours pull images with."""
    node_pool_label: str = "kubernetes.azure.com/agentpool"
    """The label of machines whose value is their node pool."""
    node_pool_taint: str = f"{GROUP}/node-pool"
    """The key of the taint, with the pool as its value, by which a node pool may be reserved."""
    cluster_domain: str = "cluster.local"
    """What the names of Services end with."""
    monitoring_namespaces: tuple[str, ...] = ()
    """Namespaces whose pods may read metrics."""
    otlp_endpoint: str | None = None
    """The collector (OTLP over HTTP) that hosted networks' services send their key figures to."""
    telemetry_interval: str = "1m"
    """How often, there and to Application Insights."""
    tenant_id: str | None = None
    """Entra tenant of identities that name none."""
    authority_host: str | None = None
    """Where Entra is (AZURE_AUTHORITY_HOST). Default: the public cloud."""
    ca_config_map: str | None = None
    """ConfigMap, in the resource's namespace, whose ``ca.pem`` has all the authorities that Python trusts in TLS, for
    a proxy that looks into TLS and for stand-ins of Azure. Default: those of the image."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further environment of pods that call Azure, such as HTTPS_PROXY and NO_PROXY."""
    azure_ports: tuple[int, ...] = (443,)
    """TCP ports through which pods reach Azure, or the proxy before it. NetworkPolicies see the port of a pod, not
    that of the Service before it."""

    def corda_image(self, version: str) -> str:
        """Return the image of a version of Corda."""
        return self.corda_image_pattern.replace("{version}", version)


def obsolete(
    live: Mapping[Reference, Manifest], wished: Iterable[Manifest], *, keep: Iterable[Reference] = ()
) -> tuple[Reference, ...]:
    """Return which live objects of ours are neither wished nor to be kept nor on their way out, in order."""
    stays = {Reference.of(each) for each in wished} | set(keep)
    return tuple(
        sorted(
            reference
            for reference, manifest in live.items()
            if reference not in stays and "deletionTimestamp" not in manifest["metadata"]
        )
    )


def severity(reason: str) -> Literal["Normal", "Warning"]:
    """Return the type of an Event about something that is not as it should be, or not yet."""
    return "Normal" if reason in _WAITS else "Warning"


def transitions(before: Conditions, after: Conditions) -> tuple[Event, ...]:
    """Return the events for what has changed: what went wrong, what is right again, and that the resource is ready.

    Nothing about being at work, and no step of a new resource that went well at once: hundreds may be new together, and
    conditions tell. Stalled and a Ready that is False only repeat another condition, and two conditions may say the
    same: once is told.
    """
    known = {each.type: each for each in before}
    events: list[Event] = []
    for each in after:
        old = known.get(each.type)
        same = old is not None and (old.status, old.reason) == (each.status, each.reason)
        if same or each.type in (ConditionType.RECONCILING, ConditionType.STALLED):
            continue
        if each.status == "True":
            was_wrong = old is not None and old.status == "False" and old.reason not in _AT_WORK
            if was_wrong or each.type == ConditionType.READY:
                events.append(Event("Normal", each.type, each.message))
        elif each.reason not in _AT_WORK and each.type != ConditionType.READY:
            events.append(Event(severity(each.reason), each.reason, each.message))
    return tuple(dict.fromkeys(events))
