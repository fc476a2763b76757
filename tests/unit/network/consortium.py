"""A consortium in memory: the real services on a simulated storage, with keys made here, and nodes that join."""

import asyncio
import contextlib
import datetime
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import request_certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import spki_of
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import HostAndPort, NodeInfo, SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from corda_operator.network import plan, trust_root
from corda_operator.network.configuration import Configuration
from corda_operator.network.identity_manager import IdentityManager
from corda_operator.network.ledger import Ledger
from corda_operator.network.log.state import State
from corda_operator.network.network_map import NetworkMapService
from corda_operator.network.reconciler import Reconciler
from corda_operator.network.store import Store
from corda_operator.network.trust_root import Authorities
from corda_operator.network.writer import Writer
from tests.unit.corda.certificates.zone import Holder, Private, complete, signature_by
from tests.unit.network.simulated_storage import SimulatedContainer, SimulatedStorage

if TYPE_CHECKING:
    from corda_operator.azure.keys import KeyVaultKeys

BANK_A = LegalName.parse("O=Bank A, L=London, C=GB")
BANK_B = LegalName.parse("O=Bank B, L=Paris, C=FR")
STRANGER = LegalName.parse("O=Stranger, L=Rome, C=IT")
NOTARY = LegalName.parse("O=Notary, L=London, C=GB")
NOTARY_SERVICE = LegalName.parse("O=Notary Service, L=London, C=GB")
BEGIN = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
_PATIENCE_SECONDS = 10


@dataclass
class LocalKey:
    """A `corda_operator.azure.keys.Signer` whose key is here."""

    key_id: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self.private.public_key()

    async def sign(self, data: bytes, *, within: float = 10.0) -> bytes:
        del within
        return signature_by(self.private, data)


@dataclass
class LocalKeys:
    """Keys by name, in place of a vault's."""

    made: dict[str, LocalKey] = field(default_factory=dict)

    async def get_or_create(self, name: str, *, within: float = 30.0) -> LocalKey:
        del within
        return self.made.setdefault(name, LocalKey(f"https://vault.test/keys/{name}/1"))


def configuration(**sections: Any) -> Configuration:
    """Return a configuration by field names as in the file, with two banks for members unless told otherwise."""
    document = {
        "publicURL": "http://network.test",
        "keyVault": {"url": "https://vault.test"},
        "storage": {"accountURL": "https://storage.test"},
        "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
        "members": [{"organisation": "Bank A"}, {"organisation": "Bank B"}],
        **sections,
    }
    return Configuration.model_validate(document)


@dataclass
class Member:
    """A node with its keys; certificates as it got them."""

    name: LegalName
    node_ca_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    identity_key: Private = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    chain: tuple[Certificate, ...] = ()
    service: Holder | None = None

    def request(self, role: Role = Role.NODE_CA) -> bytes:
        """Return the certificate signing request (DER) for its key."""
        unsigned = request_certificate(self.name, self.node_ca_key.public_key(), "operations@bank.test", role)
        return complete(unsigned, self.node_ca_key).der

    def take(self, archive: bytes) -> None:
        """Keep the certificates that the identity manager answered (zip)."""
        with zipfile.ZipFile(io.BytesIO(archive)) as entries:
            self.chain = tuple(Certificate.from_der(entries.read(each)) for each in entries.infolist())

    def node_info(
        self,
        serial: int = 1,
        *,
        platform_version: int = 12,
        identity_key: Private | None = None,
        host: str = "node.bank.test",
        port: int = 10002,
    ) -> SignedNodeInfo:
        """Return its signed node info."""
        key = identity_key or self.identity_key
        node_ca = self.chain[0]
        validity = Validity(node_ca.not_before, node_ca.not_after)
        unsigned = issue(Profile.LEGAL_IDENTITY, self.name, key.public_key(), node_ca, validity)
        identity = complete(unsigned, self.node_ca_key)
        paths = [tuple(each.der for each in (identity, *self.chain))]
        keys = [key]
        if self.service is not None:
            paths.append(tuple(each.der for each in (self.service.certificate, *self.chain[1:])))
            keys.append(self.service.key)
        info = NodeInfo((HostAndPort(host, port),), tuple(paths), platform_version, serial)
        raw = info.encode()
        return SignedNodeInfo(raw, tuple(signature_by(each, raw) for each in keys))

    def acknowledgement(self, parameters_hash: str, key: Private | None = None) -> bytes:
        """Return its word that it accepted parameters."""
        raw = ParametersAcknowledgement.to_be_signed(SecureHash.parse(parameters_hash))
        signer = key or self.identity_key
        spki = spki_of(signer.public_key())
        return ParametersAcknowledgement(raw, spki, signature_by(signer, raw)).encode()


@dataclass
class Consortium:
    """One replica's services, without a process or HTTP; `now` is what its clocks show."""

    storage: SimulatedStorage
    container: SimulatedContainer
    keys: LocalKeys
    configuration: Configuration
    now: datetime.datetime = BEGIN

    async def open(self) -> None:
        """Make the trust root, or find it, and put everything together."""
        self.ledger = Ledger(Store(self.container), self._notice)
        await self.ledger.open()
        root = await trust_root.create(self.ledger, cast("KeyVaultKeys", self.keys), self.configuration)
        self.authorities = Authorities.of(root)
        network_map_key = await self.keys.get_or_create("corda-network-map")
        self.writer = Writer(self.ledger, network_map_key.sign, now=self._clock)
        self.identity_manager = IdentityManager(self.ledger, self.writer, self._current)
        self.network_map = NetworkMapService(
            self.ledger, self.writer, self._current, self.authorities.root, now=self._clock
        )
        self.reconciler = Reconciler(
            self.ledger,
            self.writer,
            self._current,
            self.authorities,
            await self.keys.get_or_create("corda-identity-manager"),
            network_map_key,
            now=self._clock,
        )

    @property
    def state(self) -> State:
        """The state that this replica knows."""
        return self.ledger.state

    def configure(self, **sections: Any) -> None:
        """Act on another configuration from now on."""
        self.configuration = configuration(**sections)
        self.reconciler.wake()

    async def settle(self) -> None:
        """Wait until there is nothing to be done."""
        self.reconciler.wake()
        await until(lambda: not self.due())

    def due(self) -> list[plan.Task]:
        """Return what is to be done."""
        known = (self.configuration, self.state, self.now)
        return [*plan.tasks(*known), *plan.parameters_tasks(*known)]

    async def register(self, name: LegalName, role: Role = Role.NODE_CA, token: str | None = None) -> Member:
        """Let a node register, and wait for its certificate."""
        member = Member(name)
        registration = await self.identity_manager.submit(member.request(role), token)
        await self.settle()
        found = await self.identity_manager.answer(registration.request_id)
        assert found is not None
        assert found[1].certificates is not None, found[1].decision
        member.take(found[1].certificates)
        return member

    async def listed(self, name: LegalName, serial: int = 1) -> Member:
        """Let a node register and publish."""
        member = await self.register(name)
        await self.network_map.publish(member.node_info(serial).encode())
        return member

    def map(self) -> NetworkMap:
        """Return the network map as nodes see it."""
        served = self.network_map.network_map()
        assert served is not None
        return NetworkMap.decode(SignedDataWithCert.decode(served).raw)

    def parameters(self) -> NetworkParameters:
        """Return the network parameters in force."""
        served = self.state.parameters[str(self.map().network_parameter_hash)]
        return NetworkParameters.decode(SignedDataWithCert.decode(served).raw)

    def _current(self) -> Configuration:
        return self.configuration

    def _clock(self) -> datetime.datetime:
        return self.now

    def _notice(self, state: State) -> None:
        if hasattr(self, "reconciler"):
            self.reconciler.notice(state)


@contextlib.asynccontextmanager
async def consortium(
    beside: Consortium | None = None, *, reconciling: bool = True, **sections: Any
) -> AsyncIterator[Consortium]:
    """Give a running replica: of a new consortium, or one more beside another."""
    if beside is None:
        storage, keys = SimulatedStorage(lambda: asyncio.get_running_loop().time()), LocalKeys()
    else:
        storage, keys = beside.storage, beside.keys
    replica = Consortium(storage, SimulatedContainer(storage), keys, configuration(**sections))
    await replica.open()
    tasks = [asyncio.create_task(replica.writer.run())]
    if reconciling:
        tasks.append(asyncio.create_task(replica.reconciler.run()))
    try:
        yield replica
        failed = [task for task in tasks if task.done()]
        assert not failed, failed
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)
