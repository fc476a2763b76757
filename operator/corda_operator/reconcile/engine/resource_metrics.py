"""What the operator tells Prometheus of the resources themselves, worked out when it is asked."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from corda_operator.api.conditions import ConditionType
from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.node.inputs import member_of

_NODE_LABELS: Final = ("namespace", "node", "consortium", "member")


class ResourceMetrics(Collector):
    """One sample for each CordaNode and fact; resources are counted by condition, so that messages add none."""

    def __init__(self) -> None:
        self.world: World | None = None
        """None before there is one."""

    def collect(self) -> Iterator[Metric]:
        """Yield what there is to tell now."""
        if self.world is None:
            return
        world = self.world
        reasons: Counter[tuple[str, ...]] = Counter()
        resources: list[CordaNode | Consortium] = []
        nodes: list[tuple[CordaNode, tuple[str, ...]]] = []
        for key in world.resources():
            node = world.node(key)
            resource = node or world.consortium(key.namespace, key.name)
            # One that can't be understood has no condition yet.
            reasons[key.kind, "Unknown" if resource is None else _ready(resource)[1]] += 1
            if resource is not None:
                resources.append(resource)
            if node is not None:
                consortium = world.consortium(key.namespace, node.spec.consortium_ref.name)
                nodes.append((node, _labels(node, consortium)))
        yield _known(world)
        yield _counted(
            "corda_operator_resources",
            "Resources by kind and reason of their condition Ready (Available: it is)",
            ("kind", "reason"),
            reasons,
        )
        yield _conditions(resources)
        yield _paused(resources)
        yield _members(resources)
        yield _nodes_ready(nodes)
        yield _certificates(nodes)


def _known(world: World) -> Metric:
    return GaugeMetricFamily("corda_operator_known_objects", "Objects that the operator knows of", len(world))


def _conditions(resources: list[CordaNode | Consortium]) -> Metric:
    counts: Counter[tuple[str, ...]] = Counter(
        (resource.kind, each.type, each.status, each.reason)
        for resource in resources
        for each in resource.status.conditions
    )
    return _counted(
        "corda_operator_conditions",
        "Conditions of resources, such as Registered, which tells what enrolments came to",
        ("kind", "type", "status", "reason"),
        counts,
    )


def _paused(resources: list[CordaNode | Consortium]) -> Metric:
    counts: Counter[tuple[str, ...]] = Counter({("CordaNode",): 0, ("Consortium",): 0})
    counts.update((each.kind,) for each in resources if each.spec.paused)
    return _counted("corda_operator_paused_resources", "Resources with spec.paused", ("kind",), counts)


def _members(resources: list[CordaNode | Consortium]) -> Metric:
    family = GaugeMetricFamily(
        "corda_operator_members",
        "Members that a Consortium lists here, by their admission",
        labels=("namespace", "consortium", "admission"),
    )
    for each in resources:
        if isinstance(each, Consortium):
            for admission, count in sorted(Counter(member.admission for member in each.spec.members).items()):
                family.add_metric((each.metadata.namespace, each.metadata.name, admission), count)
    return family


def _nodes_ready(nodes: list[tuple[CordaNode, tuple[str, ...]]]) -> Metric:
    family = GaugeMetricFamily(
        "corda_operator_node_ready", "1: the CordaNode is Ready, as the cluster sees it", labels=_NODE_LABELS
    )
    for node, labels in nodes:
        family.add_metric(labels, float(_ready(node)[0] == "True"))
    return family


def _certificates(nodes: list[tuple[CordaNode, tuple[str, ...]]]) -> Metric:
    family = GaugeMetricFamily(
        "corda_operator_node_certificate_expiry_timestamp_seconds",
        "When the first of a CordaNode's certificates ends",
        labels=_NODE_LABELS,
    )
    for node, labels in nodes:
        expiry = node.status.certificate_expiry
        if expiry is not None:
            family.add_metric(labels, expiry.timestamp())
    return family


def _labels(node: CordaNode, consortium: Consortium | None) -> tuple[str, ...]:
    member = member_of(node, consortium)
    name = "" if member is None else member.name
    return node.metadata.namespace, node.metadata.name, node.spec.consortium_ref.name, name


def _ready(resource: CordaNode | Consortium) -> tuple[str, str]:
    """Return status and reason of Ready."""
    found = ((each.status, each.reason) for each in resource.status.conditions if each.type == ConditionType.READY)
    return next(found, ("Unknown", "Unknown"))


def _counted(name: str, text: str, labels: tuple[str, ...], counts: Counter[tuple[str, ...]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family
