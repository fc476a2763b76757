"""What the kubelet and Prometheus are told, over real HTTP."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from corda_operator.reconcile.engine.election import Election
from corda_operator.reconcile.engine.health import Health
from corda_operator.reconcile.engine.keys import Key
from corda_operator.reconcile.engine.metrics import Metrics
from corda_operator.reconcile.engine.resync import Resync
from corda_operator.reconcile.engine.watching import Watcher
from corda_operator.reconcile.engine.world import World
from corda_operator.reconcile.queue import WorkQueue
from tests.unit.reconcile.engine.api_server import ApiServer
from tests.unit.reconcile.engine.objects import NETWORK, consortium, node, node_key, ready, with_status


@pytest.fixture
def health() -> Health:
    return Health(Metrics(), stuck_seconds=300)


@contextlib.asynccontextmanager
async def asking(health: Health) -> AsyncIterator[aiohttp.ClientSession]:
    async with health.listening("127.0.0.1", 0) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session


async def asked(health: Health, path: str) -> tuple[int, str]:
    async with asking(health) as session, session.get(path) as answer:
        return answer.status, await answer.text()


async def test_an_operator_that_waits_is_healthy_and_ready(health: Health) -> None:
    assert await asked(health, "/healthz") == (200, "ok\n")
    assert await asked(health, "/readyz") == (200, "waiting\n")


async def test_the_active_operator_says_that_it_is(health: Health) -> None:
    health.election = Election(ApiServer().cluster(), "corda-operator", "corda-operator", "first")
    assert await asked(health, "/readyz") == (200, "waiting\n")
    await health.election.acquire()
    assert await asked(health, "/readyz") == (200, "active\n")
    assert "corda_operator_leading 1.0" in (await asked(health, "/metrics"))[1]


async def test_a_resource_that_is_worked_at_for_minutes_makes_the_operator_unhealthy(
    health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_ends(_: Key) -> float | None:
        await asyncio.Event().wait()
        return None

    queue = WorkQueue(never_ends, workers=1)
    health.queue = queue
    work = asyncio.create_task(queue.run())
    await queue.add(node_key("alpha"))
    await asyncio.sleep(0.01)
    assert (await asked(health, "/healthz"))[0] == 200
    clock = queue._clock
    monkeypatch.setattr(queue, "_clock", lambda: clock() + 301)
    status, text = await asked(health, "/healthz")
    assert status == 500
    assert "waited or been worked at for 30" in text
    work.cancel()


async def test_a_watch_that_is_dead_makes_the_operator_unhealthy(health: Health) -> None:
    async def nothing(_: Key) -> float | None:
        return None

    world, queue = World(), WorkQueue(nothing, workers=1)
    watcher = Watcher(world, queue, health.metrics)
    health.resync = Resync(ApiServer().cluster(), world, watcher, queue, health.metrics, (None,), 600)
    health.resync._missed["Pod", None] = 1
    assert (await asked(health, "/healthz"))[0] == 200
    health.resync._missed["Pod", None] = 2
    assert await asked(health, "/healthz") == (500, "the watch of Pod misses changes again and again\n")


async def test_metrics_count_resources_by_why_they_are_not_ready(health: Health) -> None:
    world = health.metrics.resources.world = World()
    for manifest in (consortium(), ready(2, node("alpha")), node("beta"), ready(2, node("gamma"))):
        world.put(manifest)
    text = (await asked(health, "/metrics"))[1]
    assert 'corda_operator_resources{kind="CordaNode",reason="Available"} 2.0' in text
    assert 'corda_operator_resources{kind="CordaNode",reason="Unknown"} 1.0' in text
    assert "corda_operator_known_objects 4.0" in text
    world.drop(node_key("alpha").reference)
    assert 'reason="Available"} 1.0' in (await asked(health, "/metrics"))[1]


async def test_metrics_tell_of_each_node_whether_it_is_ready_and_when_its_certificates_end(health: Health) -> None:
    world = health.metrics.resources.world = World()
    certified = with_status(ready(2, node("alpha")), 3, certificateExpiry="2027-12-01T12:00:00Z")
    members = [
        {"name": "bank-a", "organisation": "Bank A"},
        {"name": "bank-x", "organisation": "Bank X", "admission": "Denied"},
    ]
    for manifest in (consortium(members=members), certified, node("beta", paused=True)):
        world.put(manifest)

    told = text_string_to_metric_families((await asked(health, "/metrics"))[1])

    samples = {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples} for family in told
    }
    # Labels are in the order of their names: consortium, member, namespace, node.
    alpha, beta = ((NETWORK.name, "bank-a", "bank", name) for name in ("alpha", "beta"))
    assert samples["corda_operator_node_ready"] == {alpha: 1, beta: 0}
    expiry = datetime.datetime(2027, 12, 1, 12, tzinfo=datetime.UTC).timestamp()
    assert samples["corda_operator_node_certificate_expiry_timestamp_seconds"] == {alpha: expiry}
    assert samples["corda_operator_members"] == {
        ("Admitted", NETWORK.name, "bank"): 1,
        ("Denied", NETWORK.name, "bank"): 1,
    }
    assert samples["corda_operator_paused_resources"] == {("Consortium",): 0, ("CordaNode",): 1}
    assert samples["corda_operator_conditions"] == {("CordaNode", "Available", "True", "Ready"): 1}
