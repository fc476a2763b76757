"""A small network as its page shows it: two banks and the consortium that runs the notary."""

import datetime
from typing import Any

from corda_operator.network.page.view import (
    AuthorityView,
    LogView,
    MemberView,
    MinuteView,
    NetworkView,
    NodeView,
    NotaryView,
    TransactionsView,
    WaitingView,
)
from corda_operator.network.report import NotaryReport, ParametersReport, UpdateReport

NOW = datetime.datetime(2026, 11, 26, 4, 0, 30, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
NOTARY_SERVICE = "OU=Notary Service, O=Credit Consortium, L=London, C=GB"
PER_MINUTE = (
    *(9, 12, 8, 14, 11, 6, 13, 15, 10, 12, 7, 16, 18, 13, 9),
    *(11, 14, 10, 8, 12, 15, 17, 11, 9, 13, 6, 4, 0, 0, 3),
)


def node(number: int, organisation: str, *, locality: str = "London", country: str = "GB", **fields: Any) -> NodeView:
    """Return a node that answers."""
    host = organisation.lower().replace(" ", "-")
    usual: dict[str, Any] = {
        "legal_name": f"OU=Node {number}, O={organisation}, L={locality}, C={country}",
        "organisation": organisation,
        "locality": locality,
        "country": country,
        "addresses": (f"node-{number}-p2p.{host}.svc.cluster.local:10002",),
        "platform_version": 12,
        "state": "Reachable",
        "since": NOW - HOUR,
        "published": NOW - 5 * HOUR,
        "certificate_expiry": NOW + 3650 * DAY,
    }
    return NodeView.model_validate(usual | fields)


NODES = (
    node(1, "Bank A"),
    node(2, "Bank A"),
    node(1, "Bank B", locality="Paris", country="FR"),
    node(1, "Credit Consortium", service_legal_name=NOTARY_SERVICE),
)


def away(reachable: NodeView, since: datetime.datetime = NOW - 7 * MINUTE) -> NodeView:
    """Return the node as it is when it does not answer."""
    return reachable.model_copy(update={"state": "Unreachable", "since": since})


def parameters(epoch: int = 1, largest_message: int = 10 * 2**20) -> ParametersReport:
    """Return parameters with the notary."""
    return ParametersReport(
        epoch=epoch,
        hash=f"{epoch:X}7C0" * 16,
        notaries=(NotaryReport(service_legal_name=NOTARY_SERVICE, validating=False),),
        minimum_platform_version=4,
        max_message_size=largest_message,
        max_transaction_size=500 * 2**20,
        event_horizon_seconds=30 * 86_400,
        modified=NOW - 2 * HOUR,
    )


def network(nodes: tuple[NodeView, ...] = NODES, **fields: Any) -> NetworkView:
    """Return the page's content for these nodes; `fields` replace what would else be there."""
    organisations = ("Bank A", "Bank B", "Credit Consortium")
    listed = {each.organisation for each in nodes}
    usual: dict[str, Any] = {
        "time": NOW,
        "trust_root_sha256": "AB12" * 16,
        "authorities": (
            AuthorityView(name="Root", expiry=NOW + 3650 * DAY),
            AuthorityView(name="IdentityManager", expiry=NOW + 3650 * DAY),
            AuthorityView(name="NetworkMap", expiry=NOW + 3650 * DAY),
        ),
        "members_admitted": len(organisations),
        "members_listed": len(listed.intersection(organisations)),
        "members": tuple(
            MemberView(
                organisation=each,
                admission="Admitted",
                nodes=sum(node.organisation == each for node in nodes),
            )
            for each in organisations
        ),
        "node_count": len(nodes),
        "nodes_available": sum(each.state == "Reachable" for each in nodes),
        "nodes_unknown": sum(each.state == "Unknown" for each in nodes),
        "nodes": nodes,
        "notaries": (NotaryView(service_legal_name=NOTARY_SERVICE, validating=False, registered=True),),
        "parameters": parameters(),
        "pending_count": 1,
        "pending": (pending("O=Bank X, L=Paris, C=FR"),),
        "transactions": transactions(),
        "log": LogView(block=42, hash="C0DA" * 16),
    }
    return NetworkView.model_validate(usual | fields)


def pending(legal_name: str) -> WaitingView:
    """Return a node's request for a certificate."""
    return WaitingView(legal_name=legal_name, role="NodeCA", key_sha256="5EED" * 16, received=NOW - HOUR / 2)


def proposal(nodes: tuple[NodeView, ...] = NODES) -> dict[str, Any]:
    """Return the fields of a network whose nodes are asked to accept larger messages; the first two have."""
    names = [each.legal_name for each in nodes]
    return {
        "nodes": tuple(each.model_copy(update={"accepted_update": index < 2}) for index, each in enumerate(nodes)),
        "update": UpdateReport(
            parameters=parameters(epoch=2, largest_message=20 * 2**20),
            description="Larger messages, for credit records with attachments",
            deadline=NOW + 6 * DAY + HOUR,
            accepted_by=tuple(names[:2]),
            waiting_for=tuple(names[2:]),
        ),
    }


def transactions() -> TransactionsView:
    """Return an hour of a network that was still for two minutes."""
    counts = PER_MINUTE * 2
    begun = NOW.replace(second=0) - (len(counts) - 1) * MINUTE
    return TransactionsView(
        known=True,
        per_minute=12.4,
        total=sum(counts),
        since=begun,
        minutes=tuple(MinuteView(start=begun + index * MINUTE, count=count) for index, count in enumerate(counts)),
    )
