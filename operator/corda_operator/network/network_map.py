"""The network map: takes what nodes publish and shows what the log says of the network.

corda: NetworkMapClient, NetworkMapUpdater. What nodes poll is answered from memory; only a node info that isn't there
is read from Storage.
"""

import datetime
from collections import OrderedDict
from collections.abc import Callable

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.errors import NodeInfoRejected, SignatureError, UnsupportedKeyError
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import load_public_key, verify_signature
from corda_operator.corda.certificates.verification import NodeInfoVerifier, VerifiedIdentity, VerifiedNodeInfo
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.node_info import SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement
from corda_operator.network import admission
from corda_operator.network.configuration import Configuration
from corda_operator.network.ledger import Ledger
from corda_operator.network.listing import in_force, signed_network_map
from corda_operator.network.log.records import NodeInfoPublished, NodesSeen, ParametersAccepted
from corda_operator.network.log.state import State
from corda_operator.network.writer import Proposing, RefusedError, Writer

SEEN_INTERVAL = datetime.timedelta(hours=12)
"""How often it is recorded that a node still publishes; the shortest event horizon is four times as long."""
CLOCK_SKEW = datetime.timedelta(days=1)
"""How far a node's clock may be ahead."""
CACHE_BYTES = 4 * 1024 * 1024


class NotYetError(Exception):
    """There are no network parameters yet; the message says what they wait for."""


class NetworkMapService:
    """What the endpoints under /network-map do."""

    def __init__(
        self,
        ledger: Ledger,
        writer: Writer,
        configuration: Callable[[], Configuration],
        root: Certificate,
        *,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._ledger = ledger
        self._writer = writer
        self._configuration = configuration
        self._verifier = NodeInfoVerifier(root)
        self._now = now
        self._node_infos = _Cache(CACHE_BYTES)
        self._map: tuple[State, bytes | None] | None = None

    def network_map(self) -> bytes | None:
        """Return the signed network map, or None before there is one; raise InconsistentStateError."""
        state = self._ledger.state
        if self._map is None or self._map[0] is not state:
            if self._map is not None and self._map[0].signed_map is state.signed_map:
                self._map = (state, self._map[1])
            else:
                self._map = (state, signed_network_map(state))
        return self._map[1]

    async def parameters(self, name: str) -> bytes | None:
        """Return signed network parameters, in force or historic, by their hash (upper case)."""
        if name not in self._ledger.state.parameters:
            await self._ledger.refresh()
        return self._ledger.state.parameters.get(name)

    async def node_info(self, name: str) -> bytes | None:
        """Return a listed node info, just as it was published, by its hash (upper case)."""
        if name not in self._ledger.state.nodes:
            await self._ledger.refresh()
        node = self._ledger.state.nodes.get(name)
        if node is None:
            return None
        found = self._node_infos.get(name)
        if found is None:
            found = await self._ledger.store.attachment(node.node_info)
            self._node_infos.put(name, found)
        return found

    async def publish(self, data: bytes) -> str:
        """List a signed node info (Corda's AMQP) and return the node's legal name once that is durable.

        Raises DecodeError, NodeInfoRejected, RefusedError, NotYetError or BusyError.
        """
        signed = SignedNodeInfo.decode(data)
        name = str(signed.hash)
        listed = self._ledger.state.nodes.get(name)
        if listed is not None:
            if self._now() - listed.seen > SEEN_INTERVAL:
                await self._writer.propose(lambda proposing: _see(proposing, name))
            return listed.legal_names[0]
        parameters = in_force(self._ledger.state)
        if parameters is None:
            raise NotYetError("The network has no parameters yet; its notaries have to register first.")
        verified = self._verifier.verify(
            signed, now=self._now(), minimum_platform_version=parameters.minimum_platform_version
        )
        configuration = self._configuration()
        await self._writer.propose(lambda proposing: _list(proposing, configuration, verified, data))
        self._node_infos.put(name, data)
        return str(verified.legal_names[0])

    async def acknowledge(self, data: bytes) -> str:
        """Record that a node accepted proposed parameters and return its legal name.

        Raises DecodeError, RefusedError or BusyError.
        """
        acknowledgement = ParametersAcknowledgement.decode(data)
        parameters_hash = str(acknowledgement.parameters_hash())
        try:
            verify_signature(load_public_key(acknowledgement.by), acknowledgement.signature, acknowledgement.raw)
        except (UnsupportedKeyError, SignatureError) as error:
            raise RefusedError(f"The acknowledgement isn't signed with the key that it names: {error}") from error
        key = str(SecureHash.of(acknowledgement.by))
        return await self._writer.propose(lambda proposing: _accept(proposing, parameters_hash, key, data))


def _see(proposing: Proposing, name: str) -> None:
    listed = proposing.state.nodes.get(name)
    if listed is not None and proposing.now - listed.seen > SEEN_INTERVAL:
        proposing.add(NodesSeen(hashes=(name,)))


def _list(proposing: Proposing, configuration: Configuration, verified: VerifiedNodeInfo, data: bytes) -> None:
    state, name = proposing.state, str(verified.hash)
    if name in state.nodes:
        return
    serial = verified.node_info.serial
    if serial > (proposing.now + CLOCK_SKEW).timestamp() * 1000:
        # No later one could exceed it.
        raise RefusedError(
            f"The serial {serial} (milliseconds since 1970) lies in the future: the node's clock is wrong."
        )
    certificates = [_admitted(state, configuration, identity) for identity in verified.identities]
    names = tuple(str(each) for each in verified.legal_names)
    for legal_name, serial_number in zip(names, certificates, strict=True):
        listed = state.nodes.get(state.node_names.get(legal_name, ""))
        registration = state.registration_of(serial_number)
        newest = max(listed.serial + 1 if listed else 0, registration.serial if registration else 0)
        if serial < newest:
            raise RefusedError(
                f"{legal_name} published a newer node info before: this one has serial {serial}, expected {newest} "
                "or more."
            )
    proposing.add(
        NodeInfoPublished(
            hash=name,
            legal_names=names,
            keys=tuple(_key(identity) for identity in verified.identities),
            certificates=tuple(certificates),
            serial=verified.node_info.serial,
            platform_version=verified.node_info.platform_version,
            node_info=proposing.attach(data),
        )
    )


def _admitted(state: State, configuration: Configuration, identity: VerifiedIdentity) -> str:
    """Return the serial number of the certificate that an identity stands on; raise RefusedError."""
    certificate = identity.issued_by_the_network
    registration = state.registration_of(str(certificate.serial_number))
    role = Role.NODE_CA if identity.role is Role.LEGAL_IDENTITY else Role.SERVICE_IDENTITY
    if (
        registration is None
        or registration.role != role
        or registration.legal_name != str(identity.name)
        or registration.key != str(SecureHash.of(certificate.spki))
    ):
        raise RefusedError(f"{identity.name} has a certificate that this identity manager did not issue.")
    if registration.identity not in (None, _key(identity)):
        raise RefusedError(f"{identity.name} has published another identity key before, which it has to keep.")
    refusal = admission.refusal(configuration, registration)
    if refusal is not None:
        raise RefusedError(f"{identity.name} may not be listed: {refusal}.")
    return str(certificate.serial_number)


def _key(identity: VerifiedIdentity) -> str:
    return str(SecureHash.of(identity.certificate.spki))


def _accept(proposing: Proposing, parameters_hash: str, key: str, data: bytes) -> str:
    state = proposing.state
    found = [node for node in state.nodes.values() if node.keys[0] == key]
    if not found:
        raise RefusedError("The acknowledgement is signed by no node that is listed.")
    legal_name = found[0].legal_names[0]
    if state.update is None or state.update.hash != parameters_hash:
        if state.parameters_hash == parameters_hash:
            return legal_name
        raise RefusedError(f"Network parameters {parameters_hash} are not proposed.")
    if legal_name not in state.update.accepted:
        proposing.add(
            ParametersAccepted(hash=parameters_hash, legal_name=legal_name, acknowledgement=proposing.attach(data))
        )
    return legal_name


class _Cache:
    """The node infos that were asked for last, up to a number of bytes."""

    def __init__(self, capacity: int) -> None:
        self._room = capacity
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """Return an entry, if it is there."""
        if name in self._entries:
            self._entries.move_to_end(name)
        return self._entries.get(name)

    def put(self, name: str, data: bytes) -> None:
        """Keep an entry, and forget others for it."""
        if name not in self._entries:
            self._entries[name] = data
            self._room -= len(data)
        while self._room < 0:
            self._room += len(self._entries.popitem(last=False)[1])


__all__ = ["NetworkMapService", "NodeInfoRejected", "NotYetError"]
