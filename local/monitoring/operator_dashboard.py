"""What there is to see of the operator itself."""

from typing import Final

from local.monitoring.grafana import PER_MINUTE, Bars, Dashboard, Graph, Number, Timeline
from local.monitoring.promql import Subject

_OPERATOR: Final = Subject(("namespace",))
_LEADING: Final = "corda_operator_leading"
# Other pods of the namespace have metrics of processes, too.
_ITS_PODS: Final = f"and on (namespace, pod) {_OPERATOR.select(_LEADING)}"


def _or_zero(expression: str) -> str:
    return _OPERATOR.or_zero(expression, _LEADING)


DASHBOARD: Final = Dashboard(
    name="operator",
    title="Corda / Operator",
    metric=_LEADING,
    labels=_OPERATOR.labels,
    rows={
        "The operator": [
            Number(
                "Active replicas",
                "One has the Lease; the others wait for it.",
                {"": _OPERATOR.total(_LEADING)},
                colours={None: "red", 1: "green", 2: "red"},
            ),
            Number(
                "Resources that wait",
                "For a worker.",
                {"": _OPERATOR.most("corda_operator_queue_depth")},
            ),
            Number(
                "Longest wait",
                "Of the resource that waits, or is worked at, longest. After 5 minutes the operator starts anew.",
                {"": _OPERATOR.most("corda_operator_queue_oldest_seconds")},
                "s",
                colours={None: "green", 60: "orange", 180: "red"},
            ),
            Number(
                "Failing",
                "Resources at which the last attempt failed: the log names them and says why.",
                {"": _OPERATOR.most("corda_operator_failing_resources")},
                colours={None: "green", 1: "red"},
            ),
            Number(
                "Paused",
                "Resources with spec.paused, which the operator leaves as they are.",
                {"{{kind}}": _OPERATOR.most("corda_operator_paused_resources", "kind")},
                colours={None: "green", 1: "orange"},
            ),
            Number(
                "Age of the last listing",
                "Since all resources were listed last, beside the watches.",
                {"": _OPERATOR.age("corda_operator_last_resync_timestamp_seconds")},
                "s",
            ),
        ],
        "Resources": [
            Graph(
                "Resources by reason",
                "Of their condition Ready; Available means that it is.",
                {"{{kind}}: {{reason}}": _OPERATOR.most("corda_operator_resources", "kind", "reason")},
            ),
            Bars(
                "Conditions",
                "How many resources have each. Registered tells what enrolments came to.",
                {
                    "{{kind}} {{type}}={{status}}: {{reason}}": _OPERATOR.most(
                        "corda_operator_conditions", "kind", "type", "status", "reason"
                    )
                },
            ),
            Timeline(
                "Who is active",
                "The replica that has the Lease.",
                {"{{pod}}": _OPERATOR.most(_LEADING, "pod")},
                states=(("waits", "transparent"), ("active", "blue")),
            ),
        ],
        "Work": [
            Graph(
                "Attempts",
                "How often resources were worked at, and what came of it.",
                {"{{kind}}: {{result}}": _OPERATOR.per_minute("corda_operator_reconciles_total", "kind", "result")},
                PER_MINUTE,
            ),
            Graph(
                "Time of an attempt",
                "95 of 100 take less than this.",
                {"{{kind}}": _OPERATOR.quantile("corda_operator_reconcile_seconds", "kind")},
                "s",
            ),
            Graph(
                "Queue",
                "Resources that wait for a worker, and those that failed last.",
                {
                    "wait": _OPERATOR.most("corda_operator_queue_depth"),
                    "failed": _OPERATOR.most("corda_operator_failing_resources"),
                },
            ),
            Graph(
                "Longest wait over time",
                "An alert is raised when it stays above 3 minutes.",
                {"": _OPERATOR.most("corda_operator_queue_oldest_seconds")},
                "s",
                colours={None: "green", 180: "red"},
            ),
            Graph(
                "Events of watches",
                "What the API server tells of changes.",
                {"{{kind}}": _OPERATOR.per_minute("corda_operator_watch_events_total", "kind")},
                PER_MINUTE,
            ),
            Graph(
                "Changes that watches missed",
                "And that a listing found. Many of them: the watches are cut off without a word.",
                {"": _or_zero(_OPERATOR.per_minute("corda_operator_missed_changes_total"))},
                PER_MINUTE,
            ),
        ],
        "API server": [
            Graph(
                "Calls",
                "By method and kind of resource.",
                {"{{method}} {{resource}}": _OPERATOR.rate("corda_operator_api_calls_total", "method", "resource")},
                "reqps",
                width=12,
            ),
            Graph(
                "Calls that fail",
                "Conflicts and what is not found are among the refused, and no fault by themselves.",
                {
                    "refused": _or_zero(_OPERATOR.rate("corda_operator_api_calls_total", where='status=~"4.."')),
                    "failed": _or_zero(_OPERATOR.rate("corda_operator_api_calls_total", where='status=~"5.."')),
                    "no answer": _or_zero(_OPERATOR.rate("corda_operator_api_calls_total", where='status="0"')),
                },
                "reqps",
                width=12,
            ),
        ],
        "Process": [
            Graph(
                "Memory",
                "Of each replica.",
                {"{{pod}}": f"{_OPERATOR.select('process_resident_memory_bytes')} {_ITS_PODS}"},
                "bytes",
            ),
            Graph(
                "Processor",
                "Processors in use by each replica.",
                {"{{pod}}": f"{_OPERATOR.rate('process_cpu_seconds_total', 'pod')} {_ITS_PODS}"},
            ),
            Graph(
                "Objects in memory",
                "What each replica knows of the cluster.",
                {"{{pod}}": _OPERATOR.most("corda_operator_known_objects", "pod")},
            ),
        ],
    },
)
