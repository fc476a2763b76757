"""What whoever runs a network looks at."""

from typing import Final

from local.monitoring.grafana import DAY, EXPIRY, PER_MINUTE, Bars, Dashboard, Graph, Number, Timeline
from local.monitoring.promql import Subject

_NETWORK: Final = Subject(("namespace", "consortium"))
# Pods of a network's nodes have these labels, too.
_MEMORY: Final = (
    f"{_NETWORK.select('process_resident_memory_bytes')} and on (namespace, pod)"
    f" {_NETWORK.select('corda_network_configuration_valid')}"
)


def _counted(metric: str, where: str) -> str:
    return _NETWORK.or_zero(_NETWORK.per_minute(metric, where=where), "corda_network_nodes")


DASHBOARD: Final = Dashboard(
    name="network",
    title="Corda / Network",
    metric="corda_network_nodes",
    labels=_NETWORK.labels,
    rows={
        "The network": [
            Number(
                "Members admitted",
                "Organisations that spec.members of the Consortium admits.",
                {"{{consortium}}": _NETWORK.most("corda_network_members", where='state="admitted"')},
            ),
            Number(
                "Members with a node",
                "Admitted members with a node that the network map lists.",
                {"{{consortium}}": _NETWORK.most("corda_network_members", where='state="listed"')},
            ),
            Number(
                "Nodes listed",
                "Nodes that the network map lists. One that is down stays listed for an event horizon.",
                {"{{consortium}}": _NETWORK.most("corda_network_nodes")},
            ),
            Number(
                "Nodes reachable",
                "Listed nodes whose P2P address takes connections, as seen from the network services.",
                {"{{consortium}}": _NETWORK.most("corda_network_node_reachability", where='state="reachable"')},
            ),
            Number(
                "CordaNodes Ready here",
                "CordaNodes of the network in this cluster that answer now. Others may run elsewhere.",
                {
                    "{{consortium}}": _NETWORK.or_zero(
                        _NETWORK.select("corda:cluster_nodes:available"), "corda_network_nodes"
                    )
                },
            ),
            Number(
                "Transactions per minute",
                "What the network's notaries commit: mean of the last five minutes.",
                {"{{consortium}}": _NETWORK.most("corda_network_transactions_per_minute")},
                PER_MINUTE,
            ),
        ],
        "Nodes, members and transactions": [
            Graph(
                "Nodes",
                "Listed nodes, and those of them that the network services reach or not. Unknown: not tried yet.",
                {
                    "{{consortium}}: listed": _NETWORK.most("corda_network_nodes"),
                    "{{consortium}}: {{state}}": _NETWORK.most("corda_network_node_reachability", "state"),
                    "{{consortium}}: Ready here": _NETWORK.select("corda:cluster_nodes:available"),
                },
                width=12,
            ),
            Graph(
                "Members",
                "Members by what the network services know, and by what the Consortium in this cluster says.",
                {
                    "{{consortium}}: {{state}}": _NETWORK.most("corda_network_members", "state"),
                    "{{consortium}}: spec says {{admission}}": _NETWORK.most("corda_operator_members", "admission"),
                },
                width=12,
            ),
            Graph(
                "Transactions",
                "What notaries in this cluster commit, and the mean of five minutes that the network services tell.",
                {
                    "{{consortium}}: notarised here": _NETWORK.select("corda:network_transactions:per_minute"),
                    "{{consortium}}: mean of five minutes": _NETWORK.most("corda_network_transactions_per_minute"),
                },
                PER_MINUTE,
                width=12,
            ),
            Graph(
                "Transactions by member",
                "Flows that start transactions and end well, by the member in this cluster whose node it is.",
                {"{{member}}": _NETWORK.select("corda:member_transactions:per_minute")},
                PER_MINUTE,
                width=12,
            ),
        ],
        "Admission and certificates": [
            Graph(
                "Requests that wait",
                "Requests for a certificate that have none: kubectl corda pending shows who asks.",
                {"{{consortium}}": _NETWORK.most("corda_network_pending_requests")},
                colours={None: "green", 1: "orange"},
            ),
            Graph(
                "Certificates",
                "Certificates that the identity manager has issued.",
                {"{{consortium}}: {{role}} {{state}}": _NETWORK.most("corda_network_certificates", "role", "state")},
            ),
            Bars(
                "The network's certificates end in",
                "Every certificate below ends with them. An alert is raised half a year before.",
                {
                    "{{consortium}}: {{authority}}": _NETWORK.left(
                        "corda_network_authority_expiry_timestamp_seconds", "authority"
                    )
                },
                "s",
                colours={None: "red", 180 * DAY: "green"},
            ),
            Number(
                "First node's certificate ends in",
                "The first to end of the certificates of CordaNodes in this cluster.",
                {"{{consortium}}": _NETWORK.left("corda_operator_node_certificate_expiry_timestamp_seconds")},
                "s",
                width=12,
                colours=EXPIRY,
            ),
            Number(
                "Revocation list ends in",
                "Until the identity manager's list has to be replaced, which the services do long before.",
                {"{{consortium}}": _NETWORK.left("corda_network_revocation_list_next_update_timestamp_seconds")},
                "s",
                width=12,
                colours={None: "red", DAY: "green"},
            ),
        ],
        "Network parameters": [
            Number(
                "Epoch",
                "Highest epoch of the network parameters.",
                {"{{consortium}}": _NETWORK.most("corda_network_parameters_epoch")},
                height=8,
            ),
            Number(
                "Flag day in",
                "Until nodes that have not accepted the proposed parameters stop.",
                {"{{consortium}}": _NETWORK.left("corda_network_parameters_update_deadline_timestamp_seconds")},
                "s",
                height=8,
                colours={None: "red", 2 * DAY: "green"},
                no_data="none proposed",
            ),
            Graph(
                "Acknowledgements",
                "Listed nodes that have accepted the proposed parameters, and that have not. Both 0: none proposed.",
                {"{{consortium}}: {{state}}": _NETWORK.most("corda_network_parameters_update_nodes", "state")},
                width=16,
            ),
        ],
        "Map and log": [
            Graph(
                "Age of the map",
                "Since the network map has changed.",
                {"{{consortium}}": _NETWORK.age("corda_network_map_signed_timestamp_seconds")},
                "s",
            ),
            Graph(
                "Age of what replicas know",
                "Since each replica last knew that its state is the newest. An alert is raised after 5 minutes.",
                {"{{pod}}": _NETWORK.age("corda_network_state_timestamp_seconds", "pod")},
                "s",
                colours={None: "green", 300: "red"},
            ),
            Graph(
                "Head of the log",
                "Number of the last block.",
                {"{{consortium}}": _NETWORK.most("corda_network_log_blocks")},
            ),
            Graph(
                "Blocks and changes",
                "Blocks that were written or failed, and the changes in those that were written.",
                {
                    "{{consortium}}: written": _counted("corda_network_commits_total", 'result="written"'),
                    "{{consortium}}: failed": _counted("corda_network_commits_total", 'result="failed"'),
                    "{{consortium}}: changes": _NETWORK.per_minute("corda_network_changes_total"),
                },
                PER_MINUTE,
            ),
            Graph(
                "Changes that wait",
                "Changes that are not durable yet, and so not answered.",
                {"{{pod}}": _NETWORK.most("corda_network_waiting_changes", "pod")},
            ),
            Timeline(
                "Who writes",
                "The replica that has the lease of the log's head: none but for the time of a write.",
                {"{{pod}}": _NETWORK.most("corda_network_lease_held", "pod")},
                states=(("reads", "transparent"), ("writes", "blue")),
            ),
            Graph(
                "Attempts to get the lease",
                "Taken: another replica had it.",
                {
                    "{{consortium}}: granted": _counted("corda_network_lease_attempts_total", 'result="granted"'),
                    "{{consortium}}: taken": _counted("corda_network_lease_attempts_total", 'result="taken"'),
                },
                PER_MINUTE,
                width=12,
            ),
            Graph(
                "Wait for the lease",
                "How long changes waited for it: 95 of 100 less than this.",
                {"{{consortium}}": _NETWORK.quantile("corda_network_lease_wait_seconds")},
                "s",
                width=12,
            ),
        ],
        "Requests to the services": [
            Graph(
                "Requests by status",
                "Status 0: the caller went away.",
                {"{{consortium}}: {{status}}": _NETWORK.rate("corda_network_requests_total", "status")},
                "reqps",
            ),
            Graph(
                "Requests by endpoint",
                "What nodes ask for and publish.",
                {
                    "{{consortium}}: {{method}} {{endpoint}}": _NETWORK.rate(
                        "corda_network_requests_total", "method", "endpoint"
                    )
                },
                "reqps",
            ),
            Graph(
                "Time to answer",
                "95 of 100 requests are answered in less than this, without the time to send it.",
                {
                    "{{consortium}}: {{method}} {{endpoint}}": _NETWORK.quantile(
                        "corda_network_request_seconds", "method", "endpoint"
                    )
                },
                "s",
            ),
            Graph(
                "Connections",
                "Open ones, and those that were turned away or cut off since the replica's start.",
                {
                    "{{pod}}: open": _NETWORK.most("corda_network_connections", "pod"),
                    "{{pod}}: refused": _NETWORK.most("corda_network_connections_refused", "pod"),
                },
            ),
            Timeline(
                "Configuration",
                "Older: the file can't be used, and condition ConfigurationApplied of the Consortium says why.",
                {"{{pod}}": _NETWORK.most("corda_network_configuration_valid", "pod")},
                states=(("older", "red"), ("valid", "green")),
            ),
            Graph(
                "Memory",
                "Of each replica.",
                {"{{pod}}": _MEMORY},
                "bytes",
            ),
        ],
        "Azure": [
            Graph(
                "Requests to Azure",
                "304: the map has not changed; 409: another replica has the lease; 0: no answer.",
                {
                    "{{consortium}}: {{service}} {{method}} {{status}}": _NETWORK.rate(
                        "corda_network_azure_requests_total", "service", "method", "status"
                    )
                },
                "reqps",
                width=12,
            ),
            Graph(
                "Azure's time to answer",
                "95 of 100 answers begin in less than this.",
                {"{{consortium}}: {{service}}": _NETWORK.quantile("corda_network_azure_request_seconds", "service")},
                "s",
                width=12,
            ),
        ],
    },
)
