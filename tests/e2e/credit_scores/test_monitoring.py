"""Prometheus reads the running network, as the chart's PodMonitors say and docs/monitoring.md promises."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import aiohttp
import pytest

from local.cluster.helm import RELEASE
from local.cluster.kubectl import Kubectl
from local.demo.architecture import CONSORTIUM, FOUNDER, NODES
from local.demo.ways import forwarded_to
from local.monitoring import prometheus
from local.monitoring.client import Prometheus
from tests.e2e.credit_scores.network import CreditScores

T = TypeVar("T")
SECONDS = 180
WHOSE = ("namespace", "node", "consortium", "member")
EVERY_NODE = {(namespace, name, CONSORTIUM, namespace) for namespace, name in NODES}
"""Each node by WHOSE; members are called as their namespaces are."""


@pytest.fixture(scope="module")
def url(shown: Kubectl) -> Iterator[str]:
    with forwarded_to(shown, prometheus.NAMESPACE, f"service/{prometheus.NAME}", prometheus.PORT) as url:
        yield url


def asked(url: str, question: Callable[[Prometheus], Coroutine[Any, Any, T]]) -> T:
    """Return what Prometheus answers."""

    async def ask() -> T:
        async with aiohttp.ClientSession() as session:
            return await question(Prometheus(url, session))

    return asyncio.run(ask())


def test_the_operator_the_services_and_all_nodes_are_read(network: CreditScores, url: str) -> None:
    monitor = f"{RELEASE}/{RELEASE}"
    wished = sorted([monitor] * 2 + [f"{monitor}-network-services"] * 2 + [f"{monitor}-node"] * len(NODES))

    def read() -> bool:
        targets = asked(url, lambda prometheus: prometheus.targets())
        found = sorted(each.labels["job"] for each in targets)
        return found == wished and {each.health for each in targets} == {"up"}

    network.until(read, SECONDS, f"that these and no others are read ({', '.join(wished)})")


@pytest.mark.parametrize("metric", ["corda_operator_node_ready", "corda_flows_started_total"])
def test_what_is_known_of_a_node_says_whose_it_is(metric: str, network: CreditScores, url: str) -> None:
    def known() -> bool:
        samples = asked(url, lambda prometheus: prometheus.query(metric))
        return {tuple(each.labels.get(label) for label in WHOSE) for each in samples} == EVERY_NODE

    network.until(known, SECONDS, f"a sample of {metric} for each node")


def test_the_map_has_all_nodes_and_says_of_which_consortium_it_is(network: CreditScores, url: str) -> None:
    def known() -> bool:
        samples = asked(url, lambda prometheus: prometheus.query("corda_network_nodes"))
        told = {(each.labels["namespace"], each.labels["consortium"], each.value) for each in samples}
        return told == {(FOUNDER, CONSORTIUM, len(NODES))}

    network.until(known, SECONDS, "corda_network_nodes of the founder's services")


def test_all_rules_are_evaluated(network: CreditScores, url: str) -> None:
    def evaluated() -> bool:
        rules = asked(url, lambda prometheus: prometheus.rules())
        assert [each for each in rules if each.last_error] == []
        return bool(rules) and all(each.health == "ok" for each in rules)

    network.until(evaluated, SECONDS, "an evaluation of all rules")
