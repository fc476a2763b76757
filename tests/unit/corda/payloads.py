"""Every payload that is read, as bytes that its reader takes; the unit tests and the fuzzers start from these."""

from collections.abc import Callable

from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import NodeInfo, SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from tests.unit.corda.golden import NODE_INFOS, golden

ACKNOWLEDGEMENT = "ack-parameters-ed25519.SignedData_SecureHash"
PARAMETERS = "bootstrapper-network-parameters"


def read_published(data: bytes) -> object:
    """Read a signed node info and what is in it."""
    return SignedNodeInfo.decode(data).node_info()


def read_acknowledgement(data: bytes) -> object:
    """Read an acknowledgement and the hash in it."""
    return ParametersAcknowledgement.decode(data).parameters_hash()


def read_signed_parameters(data: bytes) -> object:
    """Read signed parameters and what is in them."""
    return NetworkParameters.decode(SignedDataWithCert.decode(data).raw)


READERS: dict[str, tuple[Callable[[bytes], object], tuple[bytes, ...]]] = {
    "published": (read_published, tuple(map(golden, NODE_INFOS))),
    "node-info": (NodeInfo.decode, tuple(SignedNodeInfo.decode(golden(name)).raw for name in NODE_INFOS)),
    "acknowledgement": (read_acknowledgement, (golden(ACKNOWLEDGEMENT),)),
    "signed-parameters": (read_signed_parameters, (golden(PARAMETERS),)),
    "parameters": (
        NetworkParameters.decode,
        (
            SignedDataWithCert.decode(golden(PARAMETERS)).raw,
            golden("network-parameters-in-full"),
            golden("network-parameters-with-shared-empty-map"),
            golden("network-parameters-with-shared-hashes"),
        ),
    ),
    "map": (NetworkMap.decode, (golden("network-map-of-nobody"), golden("network-map-with-update"))),
    "name": (
        LegalName.from_der,
        (
            LegalName("Bank A", "London", "GB").to_x509().public_bytes(),
            LegalName("Notary", "Zürich", "CH", "ZH", "Ledger", "Service").to_x509().public_bytes(),
        ),
    ),
}
"""How each kind of payload is read, and samples of it."""
