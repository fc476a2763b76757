"""What is fuzzed: reads that may only end in a value or the error for bad input, and must hold for the value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from corda_operator.corda.amqp import DecodeError
from corda_operator.corda.names import InvalidName, LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import NodeInfo, SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from tests.unit.corda.payloads import READERS


class Payload(Protocol):
    """A value with a form in bytes."""

    def encode(self) -> bytes:
        """Return the bytes."""


@dataclass(frozen=True)
class Target:
    """Something that takes any bytes, and bytes to start from."""

    run: Callable[[bytes], None]
    samples: tuple[bytes, ...]


def _keeps(*decoders: Callable[[bytes], Payload]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        for decode in decoders:
            try:
                value = decode(data)
            except DecodeError:
                continue
            if decode(value.encode()) != value:
                raise AssertionError(f"{value!r} is not what is read after it was written")

    return run


def _read_published(data: bytes) -> None:
    try:
        node_info = SignedNodeInfo.decode(data).node_info()
    except DecodeError:
        return
    if NodeInfo.decode(node_info.encode()) != node_info:
        raise AssertionError(f"{node_info!r} is not what is read after it was written")


def _read_acknowledgement(data: bytes) -> None:
    try:
        ParametersAcknowledgement.decode(data).parameters_hash()
    except DecodeError:
        return


def _read_name(data: bytes) -> None:
    try:
        name = LegalName.from_der(data)
    except InvalidName:
        return
    if LegalName.parse(str(name)) != name:
        raise AssertionError(f"{name!r} is not what is read after it was printed")


def _read_text(data: bytes) -> None:
    try:
        name = LegalName.parse(data.decode(errors="surrogateescape"))
    except InvalidName:
        return
    if LegalName.parse(str(name)) != name:
        raise AssertionError(f"{name!r} is not what is read after it was printed")


TARGETS = {
    "published": Target(_read_published, READERS["published"][1]),
    "node-info": Target(_keeps(NodeInfo.decode), READERS["node-info"][1]),
    "acknowledgement": Target(_read_acknowledgement, READERS["acknowledgement"][1]),
    "parameters": Target(_keeps(NetworkParameters.decode), READERS["parameters"][1]),
    "signed-data": Target(_keeps(SignedDataWithCert.decode), READERS["signed-parameters"][1]),
    "map": Target(_keeps(NetworkMap.decode), READERS["map"][1]),
    "name": Target(_read_name, READERS["name"][1]),
    "name-in-text": Target(_read_text, (b"O=Bank A, L=London, C=GB", b'CN="a, b", O=A=b, L=\\C3\\BC\\, x, C=CH')),
}
