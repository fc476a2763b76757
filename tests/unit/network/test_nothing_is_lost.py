"""Replicas, a simulated storage and everything that can go wrong at every call: what was acknowledged is in the log."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corda_operator.network import writer
from corda_operator.network.log.head import Head
from corda_operator.network.log.records import NodeInfoPublished
from corda_operator.network.store import HEAD
from tests.unit.network.consortium_log import Publishing, Replica, beginning, chain, folded, seeded, verify_head
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage, Way, no_faults
from tests.unit.network.simulated_time import simulated

NODES = [f"O=Bank {letter}, L=London, C=GB" for letter in "ABCDEF"]


@pytest.fixture(autouse=True, scope="module")
def _simulated_seconds() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "time", SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time()))
        patch.setattr(writer, "SNAPSHOT_INTERVAL", 4)
        yield


@dataclass
class World:
    """Replicas that crash and come back, nodes that publish to whichever answers."""

    rng: random.Random
    trouble: float
    """The part of all calls that something happens to."""
    leases_exclude: bool = True
    replicas: list[Replica] = field(default_factory=list)
    acknowledged: set[Publishing] = field(default_factory=set)
    asked: set[Publishing] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.storage = SimulatedStorage(
            lambda: asyncio.get_running_loop().time(), self.rng, leases_exclude=self.leases_exclude
        )

    def way(self, _: str, __: str) -> Way:
        """Tell what happens to a call."""
        if self.rng.random() >= self.trouble:
            return Way(delay=self.rng.uniform(0, 0.1), return_delay=self.rng.uniform(0, 0.05))
        return self.rng.choice(
            [
                Way(arrives=False),
                Way(answered=False, delay=self.rng.uniform(0, 1)),
                Way(delay=self.rng.uniform(5, 60)),
                Way(delay=self.rng.uniform(0, 9), return_delay=self.rng.uniform(0, 9)),
            ]
        )

    async def replica(self) -> Replica:
        """Start a replica."""
        slow = self.rng.random() < self.trouble
        container = SimulatedContainer(self.storage, self.way)
        replica = Replica(self.storage, container, self.rng, sign_seconds=40 if slow else 0.1, sign_failures=0.05)
        await replica.start()
        return replica

    async def node(self, name: str, publications: int) -> None:
        """Publish one node info after the other, each until it is acknowledged or the next is due."""
        for serial in range(1, publications + 1):
            publishing = Publishing(name, serial)
            self.asked.add(publishing)
            for _ in range(self.rng.randint(1, 6)):
                if await self.rng.choice(self.replicas).propose(publishing):
                    self.acknowledged.add(publishing)
                    break
                await asyncio.sleep(self.rng.uniform(0, 20))
            await asyncio.sleep(self.rng.uniform(0, 10))

    async def crashes(self) -> None:
        """Kill a replica now and then, and start another in its place."""
        while True:
            await asyncio.sleep(self.rng.uniform(5, 60))
            which = self.rng.randrange(len(self.replicas))
            await self.replicas[which].crash()
            await asyncio.sleep(self.rng.uniform(0, 5))
            self.replicas[which] = await self.replica()

    async def heal(self) -> None:
        """Let all calls go well, and everything that is under way arrive."""
        self.trouble = 0.0
        for replica in self.replicas:
            replica.sign_seconds = replica.sign_failures = 0.0
        await asyncio.sleep(90)

    def check(self) -> None:
        """Check everything that has to hold of the log, whatever happened."""
        blocks = chain(self.storage)
        state = folded(blocks)
        listed = [each for block in blocks for each in block.records if isinstance(each, NodeInfoPublished)]
        hashes = [each.hash for each in listed]
        assert len(set(hashes)) == len(hashes), "a node info was listed twice"
        assert {each.hash for each in self.acknowledged} <= set(hashes), "what was acknowledged is not in the log"
        assert set(hashes) <= {each.hash for each in self.asked}, "the log has what nobody asked for"
        for name in NODES:
            newest = max((each.serial for each in listed if each.legal_names == (name,)), default=None)
            present = state.nodes.get(state.node_names.get(name, ""))
            assert (present.serial if present else None) == newest
        for replica in self.replicas:
            replica.check()
            assert replica.ledger.state == state
            assert list(replica.ledger.state.nodes) == list(state.nodes)

    def check_heads(self) -> None:
        """Check that the head went forward by one block at a time, each continuing from the one before."""
        heads = [Head.decode(data) for name, data in self.storage.written if name == HEAD]
        blocks = {block.hash: block for block in chain(self.storage)}
        assert [head.sequence for head in heads] == list(range(len(heads)))
        for before, head in itertools.pairwise(heads):
            assert blocks[head.block].header.previous == before.block
            verify_head(head)


async def eventful_day(
    seed: int, count: int, trouble: float, publications: int, *, leases_exclude: bool = True
) -> None:
    with seeded(seed) as rng:
        world = World(rng, 0.0, leases_exclude)
        world.replicas = [await world.replica() for _ in range(count)]
        await world.replicas[0].writer.propose(beginning)
        world.trouble = trouble
        crashing = asyncio.create_task(world.crashes())
        await asyncio.gather(*(world.node(name, publications) for name in NODES))
        crashing.cancel()
        await asyncio.wait([crashing])
        if not crashing.cancelled():
            crashing.result()
        world.replicas = [each for each in world.replicas if not each.container.crashed]
        await world.heal()
        world.replicas.append(await world.replica())
        assert await world.replicas[-1].propose(Publishing(NODES[0], 1000)), "the log takes nothing any more"
        world.asked.add(Publishing(NODES[0], 1000))
        await asyncio.sleep(5)
        world.check()
        world.check_heads()
        for replica in world.replicas:
            await replica.crash()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 4),
    trouble=st.sampled_from([0.0, 0.05, 0.2, 0.4]),
    publications=st.integers(1, 6),
)
def test_replicas_that_crash_and_stall_lose_nothing_they_acknowledged(
    seed: int, count: int, trouble: float, publications: int
) -> None:
    simulated(lambda: eventful_day(seed, count, trouble, publications))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 4), trouble=st.sampled_from([0.0, 0.1, 0.3]))
def test_even_if_leases_did_not_exclude_anybody_nothing_would_be_lost(seed: int, count: int, trouble: float) -> None:
    """A lease keeps replicas from working in vain; what keeps them from harm is that the head is of a version."""
    simulated(lambda: eventful_day(seed, count, trouble, 5, leases_exclude=False))


def test_a_world_without_trouble_acknowledges_everything() -> None:
    async def day() -> None:
        with seeded(1) as rng:
            world = World(rng, 0.0)
            world.replicas = [await world.replica() for _ in range(3)]
            await world.replicas[0].writer.propose(beginning)
            await asyncio.gather(*(world.node(name, 5) for name in NODES))
            await asyncio.sleep(5)
            assert len(world.acknowledged) == 5 * len(NODES)
            world.check()
            world.check_heads()
            for replica in world.replicas:
                replica.container.faults = no_faults
                await replica.crash()

    simulated(day)
