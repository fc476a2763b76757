"""What a node takes from its Consortium, and why it can't be planned if something is missing or can't be."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from corda_operator.api.conditions import Reason
from corda_operator.api.consortium import Consortium, Member
from corda_operator.api.corda_node import CordaNode
from corda_operator.api.settings import RESERVED
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.distinguished_names import InvalidName, parse_attributes
from corda_operator.corda.names import LegalName
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.observed import ObservedNode

P2P_IN_USE = {10003: "RPC", 10004: "RPC administration", 9404: "metrics"}
"""Ports of the node's pod that P2P can't have."""


_PROFILES_WITH_MONITORING: Final = frozenset({"Medium", "Large"})


@dataclass(frozen=True)
class Network:
    """What a node has to know of its network."""

    consortium: str
    identity_manager_url: str
    network_map_url: str
    trust_root: str
    """PEM, trimmed."""
    root: Certificate
    """Its subject signs the list of TLS certificates: nodes find no other issuer among what they trust."""
    tls_revocation_list: str | None
    """URL."""
    member: Member | None
    """Whose node it is, if the Consortium lists its organisation."""
    monitored: bool | None
    """What the Consortium says of metrics, if it does."""


@dataclass(frozen=True)
class Blocked:
    """Why there is nothing to apply; what is live stays as it is."""

    reason: Reason
    message: str


class BlockedError(Exception):
    """The plan stops here."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.blocked = Blocked(reason, message)


def network_of(node: CordaNode, observed: ObservedNode) -> Network:
    """Return what the node's Consortium says; raise BlockedError."""
    consortium = observed.consortium
    reference = node.spec.consortium_ref.name
    if consortium is None:
        raise BlockedError(
            Reason.CONSORTIUM_NOT_FOUND,
            f"There is no Consortium {reference} in namespace {node.metadata.namespace}: create it, or correct "
            "spec.consortiumRef.name.",
        )
    joined = consortium.spec.joined
    status = consortium.status
    pem = observed.trust_root if joined is None or joined.trust_root is None else joined.trust_root
    identity_manager = status.identity_manager_url if joined is None else joined.identity_manager_url
    network_map = status.network_map_url if joined is None else joined.network_map_url
    if pem is None or identity_manager is None or network_map is None:
        raise BlockedError(
            Reason.CONSORTIUM_NOT_READY,
            f"Consortium {reference} has no trust root or no services yet: kubectl describe consortium {reference} "
            "says what it waits for.",
        )
    try:
        root = _root(pem)
    except (ValueError, CertificateError) as error:
        raise BlockedError(
            Reason.CONSORTIUM_NOT_READY,
            f"The trust root of Consortium {reference} is no certificate ({error}): correct spec.joined.",
        ) from error
    found = _tls_revocation_list(consortium, root, network_map)
    if found is None and node.spec.revocation.hard_fail:
        raise BlockedError(
            Reason.INVALID_SPEC,
            f"spec.revocation.hardFail is true, but Consortium {reference} names no revocation list for TLS "
            "certificates: give its spec.joined.tlsRevocationList, or set hardFail to false.",
        )
    return Network(
        consortium=reference,
        identity_manager_url=identity_manager,
        network_map_url=network_map,
        trust_root=f"{pem.strip()}\n",
        root=root,
        tls_revocation_list=found,
        member=member_of(node, consortium),
        monitored=consortium.spec.monitoring.enabled,
    )


def monitored(node: CordaNode, network: Network) -> bool:
    """Tell whether the node's metrics are collected: its own word, the Consortium's or its member's profile."""
    for said in (node.spec.monitoring.enabled, network.monitored):
        if said is not None:
            return said
    return network.member is not None and network.member.profile in _PROFILES_WITH_MONITORING


def member_of(node: CordaNode, consortium: Consortium | None) -> Member | None:
    """Return the member of the node's organisation."""
    organisation = organisation_of(node.spec.legal_name)
    members = () if consortium is None else consortium.spec.members
    return next((each for each in members if each.organisation == organisation), None)


# The plan of each node looks at the names of all of them.
@functools.lru_cache(maxsize=4096)
def organisation_of(legal_name: str) -> str | None:
    """Return the organisation in a legal name, None if it is no such name."""
    try:
        return LegalName.parse(legal_name).organisation
    except InvalidName:
        return None


@functools.lru_cache(maxsize=16)
def _root(pem: str) -> Certificate:
    return Certificate.from_pem(pem)


def check(node: CordaNode, observed: ObservedNode) -> None:
    """Raise BlockedError for what neither the API server nor the rendering of node.conf notices."""
    spec = node.spec
    legal_name = _legal_name("spec.legalName", spec.legal_name)
    if spec.notary is not None:
        _legal_name("spec.notary.serviceLegalName", spec.notary.service_legal_name)
    if spec.p2p.port in P2P_IN_USE:
        raise BlockedError(
            Reason.INVALID_SPEC,
            f"spec.p2p.port: {spec.p2p.port} is the node's port for {P2P_IN_USE[spec.p2p.port]}: choose another, such "
            "as 10002.",
        )
    _check_settings(spec.configuration)
    claim = observed.live.get(names.reference(node, "v1", "PersistentVolumeClaim", names.claim(node)))
    owner = None if claim is None else claim["metadata"].get("annotations", {}).get(names.LEGAL_NAME)
    if owner not in (None, str(legal_name)):
        raise BlockedError(
            Reason.INVALID_SPEC,
            f'PersistentVolumeClaim {names.claim(node)} holds the ledger of "{owner}": give this CordaNode another '
            "metadata.name, or, if that ledger is no longer needed, delete the claim.",
        )
    runs = observed.pod_annotation(names.RUNS)
    # Until the migration has come to its end, there is a way back.
    if runs is not None and observed.migrated and _number(spec.version) < _number(runs):
        raise BlockedError(
            Reason.VERSION_DOWNGRADE,
            f"Corda {runs} runs on this database, and {spec.version} could not read it: put spec.version back to "
            f'"{runs}", or restore a backup of the ledger into a new CordaNode.',
        )


def _tls_revocation_list(consortium: Consortium, root: Certificate, network_map: str) -> str | None:
    if consortium.spec.joined is None:
        return f"{network_map}/certificate-revocation-list/tls"
    given = consortium.spec.joined.tls_revocation_list
    if given is None:
        return None
    if given.issuer is not None and set(parse_attributes(given.issuer)) != set(_attributes(root)):
        raise BlockedError(
            Reason.CONSORTIUM_NOT_READY,
            f'Consortium {consortium.metadata.name}: spec.joined.tlsRevocationList.issuer is "{given.issuer}", but '
            f'nodes find only the trust root, "{root.subject.rfc4514_string()}": leave the issuer out.',
        )
    return given.url


def _attributes(root: Certificate) -> list[tuple[str, str]]:
    return [(each.rfc4514_attribute_name.upper(), str(each.value)) for each in root.subject]


def _legal_name(field: str, text: str) -> LegalName:
    try:
        return LegalName.parse(text)
    except InvalidName as error:
        raise BlockedError(Reason.INVALID_SPEC, f"{field}: {error}.") from error


def _check_settings(keys: Iterable[str]) -> None:
    for key in keys:
        first = key.partition(".")[0]
        if first in RESERVED:
            raise BlockedError(Reason.INVALID_SPEC, f"spec.configuration.{key}: {RESERVED[first][1]}.")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
