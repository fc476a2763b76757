"""What there is to see of single nodes."""

from typing import Final

from local.monitoring.grafana import EXPIRY, PER_MINUTE, READY, Dashboard, Graph, Number, Timeline
from local.monitoring.promql import HEAP, JVM, TO_PEERS, Subject

_NODE: Final = Subject(("namespace", "consortium", "member", "node"))
_SUCCESS: Final = 'outcome="Success"'
_TO_ITSELF: Final = 'queue=~"p2p[.]inbound[.].+"'
_FAILED: Final = "corda:node_flow_errors:per_minute"


def _lasted(statistic: str) -> str:
    return _NODE.most("corda_flow_duration_milliseconds", "flow", where=f'statistic="{statistic}"')


DASHBOARD: Final = Dashboard(
    name="node",
    title="Corda / Node",
    metric="corda_operator_node_ready",
    labels=_NODE.labels,
    rows={
        "The node": [
            Timeline(
                "Availability",
                "Whether the CordaNode is Ready, as the cluster sees it.",
                {"{{node}}": _NODE.most("corda_operator_node_ready")},
                width=4,
                height=4,
                states=READY,
            ),
            Number(
                "Up for",
                "Since its process has begun.",
                {"{{node}}": f"time() - {_NODE.most('process_start_time_seconds', where=JVM)}"},
                "s",
            ),
            Number(
                "Transactions per minute",
                "Its flows that start transactions and end well.",
                {"{{node}}": _NODE.select("corda:node_transactions:per_minute")},
                PER_MINUTE,
            ),
            Number(
                "Flow errors per minute",
                "Its flows that failed, those that answer others included.",
                {"{{node}}": _NODE.select(_FAILED)},
                PER_MINUTE,
                colours={None: "green", 1: "orange"},
            ),
            Number(
                "Flows in flight",
                "Flows that have begun and not ended.",
                {"{{node}}": _NODE.total("corda_flows_in_flight")},
            ),
            Number(
                "Certificate ends in",
                "The first of its certificates. The operator renews it 30 days before, by a restart.",
                {"{{node}}": _NODE.left("corda_operator_node_certificate_expiry_timestamp_seconds")},
                "s",
                colours=EXPIRY,
            ),
        ],
        "Flows": [
            Graph(
                "Flows",
                "Flows of the node, and those of its peers' that it answered. Failed ones finish, too.",
                {
                    "{{node}}: started": _NODE.per_minute("corda_flows_started_total"),
                    "{{node}}: finished": _NODE.per_minute("corda_flows_finished_total"),
                    "{{node}}: failed": _NODE.select(_FAILED),
                },
                PER_MINUTE,
            ),
            Graph(
                "Flows that ended well",
                "By class. A notary's NotaryFlow counts what it has notarised.",
                {"{{node}}: {{flow}}": _NODE.per_minute("corda_flow_completed_total", "flow", where=_SUCCESS)},
                PER_MINUTE,
            ),
            Graph(
                "In flight",
                "If flows stay, a peer or the notary is away.",
                {"{{node}}": _NODE.total("corda_flows_in_flight")},
            ),
            Graph(
                "How long flows take",
                "By class: half, and 95 of 100, ended within this time, most of them in the last five minutes.",
                {
                    "{{node}}: {{flow}}, half": _lasted("50thPercentile"),
                    "{{node}}: {{flow}}, 95 of 100": _lasted("95thPercentile"),
                },
                "ms",
            ),
            Graph(
                "Longest flows",
                "By class, over the same flows.",
                {"{{node}}: {{flow}}": _lasted("Max")},
                "ms",
            ),
            Graph(
                "Checkpoints",
                "Checkpoints that are written.",
                {"{{node}}": _NODE.rate("corda_checkpoints_total")},
                "wps",
            ),
        ],
        "Messages and database": [
            Graph(
                "Messages that wait for peers",
                "By the queue of the peer, whose key is in its name.",
                {"{{node}}: {{queue}}": _NODE.total("corda_queue_messagecount", "queue", where=TO_PEERS)},
                width=12,
            ),
            Graph(
                "Messages to the node",
                "Messages that wait for the node itself, and consumers that take them: none until it listens.",
                {
                    "{{node}}: messages": _NODE.total("corda_queue_messagecount", where=_TO_ITSELF),
                    "{{node}}: consumers": _NODE.total("corda_queue_consumercount", where=_TO_ITSELF),
                },
                width=12,
            ),
            Graph(
                "Message rate",
                "Messages that are put into queues for peers and for the node.",
                {
                    "{{node}}: to peers": _NODE.rate("corda_queue_messages_added_total", where=TO_PEERS),
                    "{{node}}: to the node": _NODE.rate("corda_queue_messages_added_total", where=_TO_ITSELF),
                },
                "cps",
                width=12,
            ),
            Graph(
                "Database connections",
                "Of the pool. Pending: threads that wait for one.",
                {"{{node}}: {{state}}": _NODE.total("corda_database_connections", "state")},
                width=12,
            ),
        ],
        "Machine": [
            Graph(
                "Heap",
                "An alert is raised when it stays above 90 % of the greatest heap for 15 minutes.",
                {
                    "{{node}}: used": _NODE.total("jvm_memory_used_bytes", where=HEAP),
                    "{{node}}: committed": _NODE.total("jvm_memory_committed_bytes", where=HEAP),
                    "{{node}}: greatest": _NODE.total("jvm_memory_max_bytes", where=HEAP),
                },
                "bytes",
            ),
            Graph(
                "Garbage collection",
                "Part of the time that is spent in collections, by collector.",
                {"{{node}}: {{gc}}": _NODE.rate("jvm_gc_collection_seconds_sum", "gc", where=JVM)},
                "percentunit",
            ),
            Graph(
                "Pause of a collection",
                "Mean, over all collectors.",
                {
                    "{{node}}": f"{_NODE.rate('jvm_gc_collection_seconds_sum', where=JVM)}"
                    f" / {_NODE.rate('jvm_gc_collection_seconds_count', where=JVM)}"
                },
                "s",
            ),
            Graph("Processor", "Processors in use.", {"{{node}}": _NODE.rate("process_cpu_seconds_total", where=JVM)}),
            Graph("Threads", "Of the JVM.", {"{{node}}": _NODE.total("jvm_threads_current", where=JVM)}),
            Graph(
                "Memory",
                "Of the whole process, which has more than the heap.",
                {"{{node}}": _NODE.total("process_resident_memory_bytes", where=JVM)},
                "bytes",
            ),
        ],
    },
)
