"""Replicas that are killed, stopped and cut off in mid-flight: every node that got a 200 is in the map."""

import asyncio
import random
import signal

from corda_operator.corda.names import LegalName
from local.azure.stub.faults import Fault, Kind
from tests.integration.network.replicas import Deployment, Replica
from tests.unit.network.consortium import BANK_A, BANK_B, Member

NODES = 200
CUT_SECONDS = 3.0
GENEROUS = {"postsPerSecondPerAddress": 10_000}


def names(count: int) -> list[LegalName]:
    return [LegalName.parse(f"O=Bank A, OU=Desk {number}, L=London, C=GB") for number in range(count)]


async def registered(replicas: list[Replica], count: int) -> list[Member]:
    """Return nodes that registered over HTTP, a few at a time."""
    slots = asyncio.Semaphore(16)

    async def one(number: int, name: LegalName) -> Member:
        async with slots:
            return await replicas[number % len(replicas)].register(name)

    return list(await asyncio.gather(*(one(number, name) for number, name in enumerate(names(count)))))


async def publish_until_taken(replicas: list[Replica], first: int, data: bytes) -> bool:
    """Publish as a node does, first here, then there; tell whether it got a 200 in the end."""
    for attempt in range(60):
        if await replicas[(first + attempt) % len(replicas)].publish(data) == 200:
            return True
        await asyncio.sleep(0.5)
    return False


async def test_every_node_that_got_a_200_is_in_the_map_though_a_replica_died_and_storage_was_cut_off(
    deployment: Deployment,
) -> None:
    proxy = deployment.proxy()
    storage = deployment.storage_by(proxy)
    one = await deployment.started("one", storage=storage, limits=GENEROUS)
    two = await deployment.started("two", storage=storage, limits=GENEROUS)
    members = await registered([one, two], NODES)
    published = [member.node_info() for member in members]
    taken: set[str] = set()

    async def node(number: int) -> None:
        await asyncio.sleep(random.uniform(0, 4))  # noqa: S311 - no secret
        signed = published[number]
        if await publish_until_taken([one, two], number, signed.encode()):
            taken.add(str(signed.hash))

    async def trouble() -> None:
        while len(taken) < NODES // 4:
            await asyncio.sleep(0.01)
        one.send(signal.SIGKILL)
        deployment.tenancy.azure.toxiproxy.disable(proxy.name)
        assert len(taken) < NODES
        await asyncio.sleep(CUT_SECONDS)
        deployment.tenancy.azure.toxiproxy.enable(proxy.name)

    await asyncio.gather(trouble(), *(node(number) for number in range(NODES)))

    fresh = await deployment.started("fresh")
    listed = {str(each) for each in (await fresh.network_map()).node_info_hashes}
    assert taken <= listed
    assert listed <= {str(each.hash) for each in published}
    assert len(taken) == NODES
    assert {str(each) for each in (await two.network_map()).node_info_hashes} == listed
    for signed in published[:10]:
        served = await fresh.request("GET", f"/network-map/node-info/{signed.hash}")
        assert served.body == signed.encode()


async def test_a_replica_that_stood_still_while_its_lease_ended_loses_nothing_and_goes_on(
    deployment: Deployment,
) -> None:
    one, two = await deployment.started("one"), await deployment.started("two")
    sleeper, other = await one.register(BANK_A), await two.register(BANK_B)
    await one.network_map()
    admin = deployment.tenancy.azure.admin
    # Long enough under the lease to be stopped there.
    admin.switch_on(Fault(kind=Kind.LATENCY, seconds=3, operation="sign", vault=deployment.vault))
    slept, woken = sleeper.node_info(), other.node_info()
    pending = asyncio.create_task(publish_until_taken([one], 0, slept.encode()))
    await until_signing(deployment)
    one.send(signal.SIGSTOP)
    admin.switch_off()
    assert not pending.done()

    assert await publish_until_taken([two], 0, woken.encode())
    one.send(signal.SIGCONT)

    assert await pending
    fresh = await deployment.started("fresh")
    expected = {slept.hash, woken.hash}
    assert set((await fresh.network_map()).node_info_hashes) == expected
    for replica in (one, two):
        async with asyncio.timeout(60):
            while set((await replica.network_map()).node_info_hashes) != expected:
                await asyncio.sleep(0.1)
    assert await one.publish(sleeper.node_info(2).encode()) == 200
    assert await two.publish(other.node_info(2).encode()) == 200
    assert "could not write to the log" in one.log


async def until_signing(deployment: Deployment) -> None:
    """Wait until a signature is under way, which is asked for under the lease only."""
    admin = deployment.tenancy.azure.admin
    async with asyncio.timeout(20):
        while not any(each.applied for each in admin.switches()):
            await asyncio.sleep(0.02)
