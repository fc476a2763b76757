"""Consortia with their members and nodes, as the API server's JSON tells of them. No I/O.

Specs are read field by field and not as `api` has them: those models refuse what they don't know, and a cluster may be
newer than the plugin.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from corda_operator.api.conditions import ConditionType, Reason, Truth
from corda_operator.api.consortium import ConsortiumStatus, ParametersStatus, PendingRequest
from corda_operator.api.corda_node import CordaNodeStatus
from corda_operator.corda.names import InvalidName, LegalName

Manifest = Mapping[str, Any]

_SUMMARY: Final = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)
_BEFORE_KEYS: Final = (ConditionType.CONFIGURATION_APPLIED, ConditionType.STORAGE_BOUND)
_ORDER: Final = {each.value: place for place, each in enumerate(dict.fromkeys((*_BEFORE_KEYS, *ConditionType)))}
"""As one step stands on the other."""


@dataclass(frozen=True)
class Step:
    """One condition, on the way to Ready."""

    type: str
    status: Truth
    reason: str
    message: str


@dataclass(frozen=True)
class Standing:
    """How a resource fares."""

    ready: Truth
    reason: str
    message: str
    stalled: bool
    """Nothing goes on until somebody does what the message says."""
    outdated: bool
    """The operator has not looked at the newest spec yet."""
    steps: tuple[Step, ...]
    """Conditions but Ready, Reconciling and Stalled."""

    @property
    def obstacles(self) -> tuple[Step, ...]:
        """What is in the way, without what will come by itself after it; Ready too if nothing else says why."""
        found = tuple(each for each in self.steps if each.status == "False" and self._tells(each))
        if self.ready == "True" or any(each.message == self.message for each in found):
            return found
        return (Step("Ready", self.ready, self.reason, self.message), *found)

    def _tells(self, step: Step) -> bool:
        return step.reason != Reason.PROGRESSING or step.message == self.message


@dataclass(frozen=True)
class Node:
    """A CordaNode."""

    namespace: str
    name: str
    consortium: str
    legal_name: str
    organisation: str | None
    """None: Corda has no such legal name."""
    notary_service: str | None
    standing: Standing
    paused: bool
    version: str | None
    """What runs."""
    wanted_version: str | None
    p2p_address: str | None
    certificate_expiry: datetime.datetime | None
    node_info_hash: str | None
    listed: bool | None
    """In the network map; None if nobody here can tell."""


@dataclass(frozen=True)
class Member:
    """An organisation, and its nodes in this namespace."""

    name: str
    organisation: str
    admission: str
    profile: str
    legal_names: tuple[str, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Notary:
    """A notary service that the Consortium lists."""

    service_legal_name: str
    validating: bool
    nodes: tuple[str, ...]
    """CordaNodes that run it."""
    ready: bool
    """One of them is ready."""


@dataclass(frozen=True)
class Consortium:
    """A Consortium with all that belongs to it."""

    namespace: str
    name: str
    hosted: bool
    standing: Standing
    trust_root_sha256: str | None
    identity_manager_url: str | None
    network_map_url: str | None
    parameters: ParametersStatus | None
    pending_requests: tuple[PendingRequest, ...]
    listed_nodes: int
    reachable_nodes: int | None
    """Of the listed ones, as the network services see it; None: not known."""
    transactions_per_minute: int | None
    """Of the network, about; None: not known."""
    members: tuple[Member, ...]
    notaries: tuple[Notary, ...]
    other_nodes: tuple[Node, ...]
    """Of no member that is listed."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All its nodes in this namespace."""
        return (*(node for member in self.members for node in member.nodes), *self.other_nodes)


@dataclass(frozen=True)
class Overview:
    """All that was asked for."""

    consortia: tuple[Consortium, ...]
    stray_nodes: tuple[Node, ...] = ()
    """CordaNodes whose Consortium is not there."""

    @property
    def ready(self) -> bool:
        """Whether there is something, and all of it is ready and looked at."""
        standings = [
            *(each.standing for each in self.consortia),
            *(node.standing for each in self.consortia for node in each.nodes),
            *(node.standing for node in self.stray_nodes),
        ]
        return bool(standings) and all(each.ready == "True" and not each.outdated for each in standings)


def overview(manifests: Iterable[Manifest]) -> Overview:
    """Return what Consortium and CordaNode objects tell, by namespace and name."""
    found = sorted(manifests, key=lambda each: (each["metadata"]["namespace"], each["metadata"]["name"]))
    nodes = [_node(each) for each in found if each["kind"] == "CordaNode"]
    consortia = tuple(_consortium(each, nodes) for each in found if each["kind"] == "Consortium")
    known = {(each.namespace, each.name) for each in consortia}
    return Overview(consortia, tuple(each for each in nodes if (each.namespace, each.consortium) not in known))


def only(found: Overview, name: str) -> Overview:
    """Return the Consortia of that name alone."""
    return Overview(tuple(each for each in found.consortia if each.name == name))


def _consortium(manifest: Manifest, nodes: Iterable[Node]) -> Consortium:
    metadata, spec = manifest["metadata"], manifest["spec"]
    status = ConsortiumStatus.model_validate(manifest.get("status", {}))
    own = [node for node in nodes if (node.namespace, node.consortium) == (metadata["namespace"], metadata["name"])]
    members = tuple(_member(each, own) for each in spec.get("members", ()))
    listed = {each.organisation for each in members}
    return Consortium(
        namespace=metadata["namespace"],
        name=metadata["name"],
        hosted="hosted" in spec,
        standing=_standing(manifest, status),
        trust_root_sha256=status.trust_root_sha256,
        identity_manager_url=status.identity_manager_url,
        network_map_url=status.network_map_url,
        parameters=status.parameters,
        pending_requests=status.pending_requests,
        listed_nodes=status.nodes.listed,
        reachable_nodes=status.nodes.reachable,
        transactions_per_minute=status.transactions_per_minute,
        members=members,
        notaries=tuple(_notary(each, own) for each in spec.get("notaries", ())),
        other_nodes=tuple(node for node in own if node.organisation not in listed),
    )


def _member(spec: Manifest, nodes: Iterable[Node]) -> Member:
    return Member(
        name=spec["name"],
        organisation=spec["organisation"],
        admission=spec.get("admission", "Admitted"),
        profile=spec.get("profile", "Small"),
        legal_names=tuple(spec.get("legalNames", ())),
        nodes=tuple(node for node in nodes if node.organisation == spec["organisation"]),
    )


def _notary(spec: Manifest, nodes: Iterable[Node]) -> Notary:
    name = spec["serviceLegalName"]
    running = [node for node in nodes if node.notary_service is not None and same_name(node.notary_service, name)]
    return Notary(
        service_legal_name=name,
        validating=spec.get("validating", False),
        nodes=tuple(node.name for node in running),
        ready=any(node.standing.ready == "True" for node in running),
    )


def _node(manifest: Manifest) -> Node:
    metadata, spec = manifest["metadata"], manifest["spec"]
    status = CordaNodeStatus.model_validate(manifest.get("status", {}))
    return Node(
        namespace=metadata["namespace"],
        name=metadata["name"],
        consortium=spec["consortiumRef"]["name"],
        legal_name=spec["legalName"],
        organisation=organisation_of(spec["legalName"]),
        notary_service=spec.get("notary", {}).get("serviceLegalName"),
        standing=_standing(manifest, status),
        paused=spec.get("paused", False),
        version=status.version,
        wanted_version=spec.get("version"),
        p2p_address=status.p2p_address,
        certificate_expiry=status.certificate_expiry,
        node_info_hash=status.node_info_hash,
        listed=_listed(status),
    )


def _listed(status: CordaNodeStatus) -> bool | None:
    published = next((each for each in status.conditions if each.type == ConditionType.PUBLISHED), None)
    if published is not None and published.status != "Unknown":
        return published.status == "True"
    return True if status.node_info_hash else None


def _standing(manifest: Manifest, status: ConsortiumStatus | CordaNodeStatus) -> Standing:
    by_type = {each.type: each for each in status.conditions}
    ready = by_type.get(ConditionType.READY)
    outdated = status.observed_generation < manifest["metadata"].get("generation", 0)
    steps = sorted(
        (each for each in status.conditions if each.type not in _SUMMARY),
        key=lambda each: _ORDER.get(each.type, len(_ORDER)),
    )
    stalled = by_type.get(ConditionType.STALLED)
    return Standing(
        ready="Unknown" if ready is None else ready.status,
        reason="Unknown" if ready is None else ready.reason,
        message="The operator has not looked at it yet. Does it run?" if ready is None else ready.message,
        stalled=stalled is not None and stalled.status == "True",
        outdated=outdated,
        steps=tuple(Step(each.type, each.status, each.reason, each.message) for each in steps),
    )


def organisation_of(legal_name: str) -> str | None:
    """Return the organisation of a legal name; None if Corda has no such name."""
    return next((each.organisation for each in _parsed(legal_name)), None)


def same_name(one: str, other: str) -> bool:
    """Tell whether two texts are the same legal name."""
    return one == other or (any(_parsed(one)) and list(_parsed(one)) == list(_parsed(other)))


def _parsed(legal_name: str) -> Iterator[LegalName]:
    try:
        yield LegalName.parse(legal_name)
    except InvalidName:
        return
