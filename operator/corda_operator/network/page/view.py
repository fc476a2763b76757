"""What the network page shows, as JSON. No I/O.

Nothing is in it but what the log tells each member anyway, whether nodes answer, and how much is notarised.
"""

import datetime
import functools
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime

from corda_operator.api.parts import Reported
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.names import LegalName
from corda_operator.network import plan
from corda_operator.network.configuration import Configuration
from corda_operator.network.log.state import Node, State
from corda_operator.network.page.node_details import NodeDetails
from corda_operator.network.page.reachability import Reachability
from corda_operator.network.page.transactions import Transactions
from corda_operator.network.report import MOST_PENDING, ParametersReport, UpdateReport, report, role_name

MOST_NODES = 1000
_parsed = functools.lru_cache(maxsize=16_384)(LegalName.parse)
"""The same names are asked for again and again."""


class MemberView(Reported):
    """An organisation that the consortium lists."""

    organisation: str
    admission: Literal["Admitted", "Denied"]
    nodes: int
    """Of its nodes, those that the network map lists."""


class NodeView(Reported):
    """A node that the network map lists."""

    legal_name: str
    service_legal_name: str | None = None
    """Of the notary service that it has, too."""
    organisation: str
    locality: str
    country: str
    """ISO 3166-1, two letters."""
    addresses: tuple[str, ...] = ()
    """``host:port``, where other nodes reach it; empty until its node info was read."""
    platform_version: int
    state: Literal["Reachable", "Unreachable", "Unknown"]
    """Whether its first address takes connections, as seen from the network services."""
    since: AwareDatetime | None = None
    """Since when it has that state; None for ``Unknown``."""
    published: AwareDatetime
    """When it published last, to within half a day."""
    certificate_expiry: AwareDatetime | None = None
    """When the first certificate of its identities ends; None until its node info was read."""
    accepted_update: bool | None = None
    """Whether it has accepted the proposed parameters; None if none are proposed."""


class NotaryView(Reported):
    """A notary that the consortium declares."""

    service_legal_name: str
    validating: bool
    registered: bool


class AuthorityView(Reported):
    """A certificate that all others stand on."""

    name: Literal["Root", "IdentityManager", "NetworkMap"]
    expiry: AwareDatetime


class WaitingView(Reported):
    """A request for a certificate that has none."""

    legal_name: str
    role: str
    """``NodeCA`` or ``NotaryService``."""
    key_sha256: str
    received: AwareDatetime


class MinuteView(Reported):
    """Transactions notarised within a minute."""

    start: AwareDatetime
    count: float


class TransactionsView(Reported):
    """Notarised transactions, as the network's notaries count them."""

    known: bool
    """False: no notary's figures can be read, and what follows means nothing."""
    per_minute: float = 0
    """Of the last `transactions.WINDOW`."""
    total: float = 0
    """Since ``since``."""
    since: AwareDatetime | None = None
    minutes: tuple[MinuteView, ...] = ()
    """Oldest first; the last one is not over."""


class LogView(Reported):
    """The head of the certificate log."""

    block: int
    """Number of the last block."""
    hash: str
    """Its SHA-256."""


class NetworkView(Reported):
    """The whole page."""

    time: AwareDatetime
    """When this was put together."""
    trust_root_sha256: str | None = None
    authorities: tuple[AuthorityView, ...] = ()
    members_admitted: int = 0
    members_listed: int = 0
    """Admitted members with a node that the network map lists."""
    members: tuple[MemberView, ...] = ()
    node_count: int = 0
    nodes_available: int = 0
    """Nodes whose state is ``Reachable``."""
    nodes_unknown: int = 0
    nodes: tuple[NodeView, ...] = ()
    """By organisation and name; the first `MOST_NODES` of the network map."""
    notaries: tuple[NotaryView, ...] = ()
    parameters: ParametersReport | None = None
    update: UpdateReport | None = None
    pending_count: int = 0
    pending: tuple[WaitingView, ...] = ()
    """Oldest first; the first `report.MOST_PENDING`."""
    transactions: TransactionsView
    log: LogView


def view(
    state: State,
    configuration: Configuration,
    reachability: Reachability,
    transactions: Transactions,
    details: Mapping[str, NodeDetails],
    now: datetime.datetime,
) -> NetworkView:
    """Return the page's content at ``now``; ``details`` are of nodes by the hash of their node info."""
    told = report(state, configuration, names=frozenset())
    organisations = Counter(_parsed(node.legal_names[0]).organisation for node in state.nodes.values())
    nodes = sorted(
        (
            _node(state, node, reachability, details.get(node.hash))
            for node in itertools.islice(state.nodes.values(), MOST_NODES)
        ),
        key=lambda each: (each.organisation, each.legal_name),
    )
    states = Counter(each.state for each in nodes)
    admitted = {each.organisation for each in configuration.members if each.admission == "Admitted"}
    missing = set(plan.missing_notaries(configuration, state))
    return NetworkView(
        time=now,
        trust_root_sha256=None if told.trust_root is None else told.trust_root.sha256,
        authorities=_authorities(state),
        members_admitted=len(admitted),
        members_listed=len(admitted & organisations.keys()),
        members=tuple(
            MemberView(
                organisation=each.organisation,
                admission=each.admission,
                nodes=organisations[each.organisation],
            )
            for each in configuration.members
        ),
        node_count=len(state.nodes),
        nodes_available=states["Reachable"],
        nodes_unknown=len(state.nodes) - states["Reachable"] - states["Unreachable"],
        nodes=tuple(nodes),
        notaries=tuple(
            NotaryView(
                service_legal_name=str(each.service_legal_name),
                validating=each.validating,
                registered=each.service_legal_name not in missing,
            )
            for each in configuration.notaries
        ),
        parameters=told.parameters,
        update=told.update,
        pending_count=told.pending_count,
        pending=tuple(
            WaitingView(
                legal_name=each.legal_name,
                role=role_name(each.role),
                key_sha256=each.key,
                received=each.received,
            )
            for each in map(state.registrations.__getitem__, itertools.islice(state.pending, MOST_PENDING))
        ),
        transactions=_transactions(transactions, now),
        log=LogView(block=state.sequence, hash=state.block),
    )


def _node(state: State, node: Node, reachability: Reachability, details: NodeDetails | None) -> NodeView:
    legal_name, *others = node.legal_names
    name = _parsed(legal_name)
    addresses = () if details is None else details.addresses
    found = reachability.of(addresses[0] if addresses else "")
    return NodeView(
        legal_name=legal_name,
        service_legal_name=others[0] if others else None,
        organisation=name.organisation,
        locality=name.locality,
        country=name.country,
        addresses=addresses,
        platform_version=node.platform_version,
        state=found.state,
        since=found.since,
        published=node.seen,
        certificate_expiry=None if details is None else details.certificate_expiry,
        accepted_update=None if state.update is None else legal_name in state.update.accepted,
    )


def _authorities(state: State) -> tuple[AuthorityView, ...]:
    root = state.trust_root
    if root is None:
        return ()
    return (
        AuthorityView(name="Root", expiry=Certificate.from_der(root.root).not_after),
        AuthorityView(name="IdentityManager", expiry=Certificate.from_der(root.identity_manager).not_after),
        AuthorityView(name="NetworkMap", expiry=Certificate.from_der(root.network_map).not_after),
    )


def _transactions(transactions: Transactions, now: datetime.datetime) -> TransactionsView:
    return TransactionsView(
        known=transactions.known(now),
        per_minute=transactions.per_minute(now),
        total=transactions.total,
        since=transactions.since,
        minutes=tuple(MinuteView(start=each.start, count=each.count) for each in transactions.minutes(now)),
    )
