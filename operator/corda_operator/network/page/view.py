"""What the network page shows, as JSON. No I/O.

Nothing is in it but what the log tells each member anyway, whether nodes answer, and how much is notarised.
"""

import datetime
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime

from corda_operator.api.parts import Reported
from corda_operator.network import facts
from corda_operator.network.configuration import Configuration
from corda_operator.network.log.state import Node, State
from corda_operator.network.page.node_details import NodeDetails
from corda_operator.network.page.reachability import Found, Reachability
from corda_operator.network.page.reachability import State as Reachable
from corda_operator.network.page.transactions import Transactions
from corda_operator.network.report import ParametersReport, UpdateReport, report

MOST_NODES = 1000


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
    state: Reachable
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

    name: facts.Authority
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
    organisations = Counter(facts.parsed(node.legal_names[0]).organisation for node in state.nodes.values())
    nodes = sorted(
        (
            _node(state, node, reachability, details.get(node.hash))
            for node in itertools.islice(state.nodes.values(), MOST_NODES)
        ),
        key=lambda each: (each.organisation, each.legal_name),
    )
    counts = states(state, reachability, details)
    return NetworkView(
        time=now,
        trust_root_sha256=None if told.trust_root is None else told.trust_root.sha256,
        authorities=()
        if state.trust_root is None
        else tuple(AuthorityView(name=name, expiry=end) for name, end in facts.authorities(state.trust_root).items()),
        members_admitted=len(facts.admitted(configuration)),
        members_listed=len(facts.listed(configuration, state)),
        members=tuple(
            MemberView(
                organisation=each.organisation,
                admission=each.admission,
                nodes=organisations[each.organisation],
            )
            for each in configuration.members
        ),
        node_count=len(state.nodes),
        nodes_available=counts["Reachable"],
        nodes_unknown=counts["Unknown"],
        nodes=tuple(nodes),
        notaries=tuple(
            NotaryView(
                service_legal_name=str(each.service_legal_name),
                validating=each.validating,
                registered=str(each.service_legal_name) not in told.missing_notaries,
            )
            for each in configuration.notaries
        ),
        parameters=told.parameters,
        update=told.update,
        pending_count=told.pending_count,
        pending=tuple(
            WaitingView(legal_name=each.legal_name, role=each.role, key_sha256=each.key_sha256, received=each.received)
            for each in told.pending_requests
        ),
        transactions=_transactions(transactions, now),
        log=LogView(block=state.sequence, hash=state.block),
    )


def states(state: State, reachability: Reachability, details: Mapping[str, NodeDetails]) -> Counter[Reachable]:
    """Return how many of the listed nodes have which state."""
    return Counter(_found(reachability, details.get(name)).state for name in state.nodes)


def _found(reachability: Reachability, details: NodeDetails | None) -> Found:
    return reachability.of("" if details is None else details.addresses[0])


def _node(state: State, node: Node, reachability: Reachability, details: NodeDetails | None) -> NodeView:
    legal_name, *others = node.legal_names
    name = facts.parsed(legal_name)
    found = _found(reachability, details)
    return NodeView(
        legal_name=legal_name,
        service_legal_name=others[0] if others else None,
        organisation=name.organisation,
        locality=name.locality,
        country=name.country,
        addresses=() if details is None else details.addresses,
        platform_version=node.platform_version,
        state=found.state,
        since=found.since,
        published=node.seen,
        certificate_expiry=None if details is None else details.certificate_expiry,
        accepted_update=None if state.update is None else legal_name in state.update.accepted,
    )


def _transactions(transactions: Transactions, now: datetime.datetime) -> TransactionsView:
    return TransactionsView(
        known=transactions.known(now),
        per_minute=transactions.per_minute(now),
        total=transactions.total,
        since=transactions.since,
        minutes=tuple(MinuteView(start=each.start, count=each.count) for each in transactions.minutes(now)),
    )
