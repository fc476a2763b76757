"""What a member looks at: all of its nodes in this cluster."""

from typing import Final

from local.monitoring.grafana import EXPIRY, PER_MINUTE, READY, Bars, Dashboard, Graph, Number, Timeline
from local.monitoring.promql import HEAP, JVM, TO_PEERS, Subject

_MEMBER: Final = Subject(("namespace", "consortium", "member"))
_READY: Final = _MEMBER.most("corda_operator_node_ready", "node")


def _of_all(function: str, expression: str) -> str:
    return f"{function} by ({', '.join(_MEMBER.labels)}) ({expression})"


DASHBOARD: Final = Dashboard(
    name="member",
    title="Corda / Member",
    metric="corda_operator_node_ready",
    labels=_MEMBER.labels,
    rows={
        "The member": [
            Number("CordaNodes", "The member's nodes in this cluster.", {"{{member}}": _of_all("count", _READY)}),
            Number(
                "Ready",
                "Those that answer now.",
                {"{{member}}": _of_all("sum", _READY)},
                colours={None: "red", 1: "green"},
            ),
            Number(
                "Transactions per minute",
                "Flows of the member's nodes that start transactions and end well.",
                {"{{member}}": _MEMBER.select("corda:member_transactions:per_minute")},
                PER_MINUTE,
            ),
            Number(
                "Flow errors per minute",
                "Flows of the member's nodes that failed, those that answer others included.",
                {"{{member}}": _MEMBER.total("corda:node_flow_errors:per_minute")},
                PER_MINUTE,
                colours={None: "green", 1: "orange"},
            ),
            Number(
                "Flows in flight",
                "Flows that have begun and not ended.",
                {"{{member}}": _MEMBER.total("corda_flows_in_flight")},
            ),
            Number(
                "First certificate ends in",
                "The first to end of all nodes' certificates.",
                {"{{member}}": _MEMBER.left("corda_operator_node_certificate_expiry_timestamp_seconds")},
                "s",
                colours=EXPIRY,
            ),
        ],
        "Nodes": [
            Timeline(
                "Availability",
                "Whether each CordaNode is Ready, as the cluster sees it.",
                {"{{node}}": _READY},
                width=16,
                states=READY,
            ),
            Bars(
                "Certificates end in",
                "The first of each node's certificates. The operator renews it 30 days before, by a restart.",
                {"{{node}}": _MEMBER.left("corda_operator_node_certificate_expiry_timestamp_seconds", "node")},
                "s",
                colours=EXPIRY,
            ),
        ],
        "Flows": [
            Graph(
                "Transactions",
                "Flows that start transactions and end well, by node.",
                {"{{node}}": _MEMBER.select("corda:node_transactions:per_minute")},
                PER_MINUTE,
            ),
            Graph(
                "Flow errors",
                "Flows that failed, by node: kubectl corda logs says why.",
                {"{{node}}": _MEMBER.select("corda:node_flow_errors:per_minute")},
                PER_MINUTE,
            ),
            Graph(
                "In flight",
                "Flows that have begun and not ended. If they stay, a peer or the notary is away.",
                {"{{node}}": _MEMBER.total("corda_flows_in_flight", "node")},
            ),
            Graph(
                "Slowest class of flow",
                "95 of 100 of its flows ended within this time.",
                {
                    "{{node}}": _MEMBER.most(
                        "corda_flow_duration_milliseconds", "node", where='statistic="95thPercentile"'
                    )
                },
                "ms",
            ),
            Graph(
                "Messages that wait for peers",
                "Messages in the queues of a node's broker for other nodes.",
                {"{{node}}": _MEMBER.total("corda_queue_messagecount", "node", where=TO_PEERS)},
            ),
            Graph(
                "Database connections that are missing",
                "Threads that wait for a connection of the node's pool.",
                {"{{node}}": _MEMBER.total("corda_database_connections", "node", where='state="Pending"')},
            ),
        ],
        "Machines": [
            Graph(
                "Heap",
                "Used part of the greatest heap. An alert is raised when it stays above 90 % for 15 minutes.",
                {
                    "{{node}}": f"{_MEMBER.total('jvm_memory_used_bytes', 'node', where=HEAP)}"
                    f" / {_MEMBER.total('jvm_memory_max_bytes', 'node', where=HEAP)}"
                },
                "percentunit",
                width=12,
                colours={None: "green", 0.9: "red"},
            ),
            Graph(
                "Processor",
                "Processors in use.",
                {"{{node}}": _MEMBER.rate("process_cpu_seconds_total", "node", where=JVM)},
                width=12,
            ),
        ],
    },
)
