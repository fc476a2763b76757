"""A log without services: nodes known by a name and a serial only, and replicas that write about them."""

import asyncio
import base64
import contextlib
import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.azure.errors import AzureError, Unavailable
from corda_operator.corda.hashes import SecureHash
from corda_operator.network.ledger import Ledger, UnreadableLogError
from corda_operator.network.listing import signed_network_map
from corda_operator.network.log.blocks import Block, Draft
from corda_operator.network.log.head import Head
from corda_operator.network.log.records import (
    NodeInfoPublished,
    ParametersAdopted,
    ParametersSigned,
    Record,
    TrustRootCreated,
)
from corda_operator.network.log.state import State
from corda_operator.network.store import HEAD, Store
from corda_operator.network.writer import BusyError, Proposing, RefusedError, Writer
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage

EPOCH = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
_KEY = ec.generate_private_key(ec.SECP256R1())


def hash_of(text: str) -> str:
    """Return a hash for whatever a test calls by a name."""
    return str(SecureHash.of(text.encode()))


def node_info(name: str, serial: int) -> bytes:
    """Return what stands for a node info."""
    return f"{name} {serial}".encode()


def publishing(name: str, serial: int) -> "Publishing":
    """Return the proposal to list a node info, as the network map proposes it."""
    return Publishing(name, serial)


@dataclass(frozen=True)
class Publishing:
    """Lists a node info unless it or a newer one is listed."""

    name: str
    serial: int

    @property
    def hash(self) -> str:
        """The node info's hash."""
        return str(SecureHash.of(node_info(self.name, self.serial)))

    def __call__(self, proposing: Proposing) -> str:
        listed = proposing.state.nodes.get(proposing.state.node_names.get(self.name, ""))
        if listed is not None and listed.hash == self.hash:
            return self.hash
        if listed is not None and listed.serial >= self.serial:
            raise RefusedError(f"{self.name} has published serial {listed.serial}")
        proposing.add(
            NodeInfoPublished(
                hash=self.hash,
                legal_names=(self.name,),
                keys=(hash_of(f"key of {self.name}"),),
                certificates=("1",),
                serial=self.serial,
                platform_version=12,
                node_info=proposing.attach(node_info(self.name, self.serial)),
            )
        )
        return self.hash


def beginning(proposing: Proposing) -> None:
    """Propose a trust root and parameters, which stand for themselves, so that there is a map to be signed."""
    if proposing.state.trust_root is not None:
        return
    proposing.add(
        TrustRootCreated(
            root=proposing.attach(b"root"),
            identity_manager=proposing.attach(b"identity manager"),
            network_map=proposing.attach(b"network map"),
            root_key="root",
            identity_manager_key="identity-manager",
            network_map_key="network-map",
            root_revocation_list=proposing.attach(b"revocation list"),
            tls_revocation_list=proposing.attach(b"revocation list for TLS"),
        )
    )
    parameters_hash = hash_of("parameters")
    proposing.add(ParametersSigned(hash=parameters_hash, epoch=1, parameters=proposing.attach(b"parameters")))
    proposing.add(ParametersAdopted(hash=parameters_hash))


def block_after(state: State, *records: Record, attachments: tuple[bytes, ...] = ()) -> Block:
    """Return the next block, with records as they are."""
    return Draft(list(records), list(attachments)).block(state.sequence + 1, state.block, EPOCH)


async def signed(data: bytes) -> bytes:
    """Sign with the key that stands for the network map's."""
    return _KEY.sign(data, ec.ECDSA(SHA256()))


def verify_head(head: Head) -> None:
    """Raise InvalidSignature if a head isn't signed with that key."""
    _KEY.public_key().verify(base64.b64decode(head.signature), head.statement, ec.ECDSA(SHA256()))


def chain(storage: SimulatedStorage) -> list[Block]:
    """Return all blocks of the log that the head stands for, the first one first; each is checked against its name."""
    head = Head.decode(storage.read(HEAD, None).data)  # type: ignore[union-attr]
    blocks: list[Block] = []
    name = head.block
    while len(blocks) < head.sequence:
        blocks.append(Block.decode(storage.read(f"blocks/{name}", None).data, name))  # type: ignore[union-attr]
        name = blocks[-1].header.previous
    assert name == "0" * 64, "the chain does not begin where it should"
    return blocks[::-1]


def folded(blocks: list[Block]) -> State:
    """Return what follows from blocks, each of whose maps has to be the one that was signed in it."""
    state = State()
    for block in blocks:
        state = state.after(block)
        signed_network_map(state)
    return state


@dataclass
class Replica:
    """A process with a ledger and a writer; `crash` ends it as SIGKILL would."""

    storage: SimulatedStorage
    container: SimulatedContainer
    rng: random.Random
    sign_seconds: float = 0.0
    """The longest that a signature takes."""
    sign_failures: float = 0.0
    follow: bool = True
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(Store(self.container))
        self.writer = Writer(self.ledger, self._sign)

    async def start(self) -> None:
        """Start as a pod does: again and again, until the log could be read."""
        while True:
            with contextlib.suppress(AzureError):
                await self.ledger.open()
                break
            await asyncio.sleep(1)
        self._tasks = [asyncio.create_task(self.writer.run())]
        if self.follow:
            self._tasks.append(asyncio.create_task(self._following()))

    async def propose(self, publishing: Publishing) -> bool:
        """Tell whether a node info was acknowledged; a dead process acknowledges nothing."""
        try:
            await self.writer.propose(publishing)
        except (BusyError, RefusedError):
            return False
        return not self.container.crashed

    async def crash(self) -> None:
        """Die without another word; what was sent may arrive later."""
        self.container.crashed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self.check()

    def check(self) -> None:
        """Raise whatever ended a task that nobody ended."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _following(self) -> None:
        while True:
            with contextlib.suppress(AzureError, UnreadableLogError):
                await self.ledger.refresh()
            await asyncio.sleep(1)

    async def _sign(self, data: bytes) -> bytes:
        # A process that was stopped for a while looks the same to all others.
        await asyncio.sleep(self.rng.uniform(0, self.sign_seconds))
        if self.rng.random() < self.sign_failures:
            raise Unavailable("Key Vault throttles")
        return await signed(data)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[random.Random]:
    """Give randomness that a seed tells, to the product's own pauses too."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield random.Random(seed)  # noqa: S311 - repeatable, not secret
    finally:
        random.setstate(before)
