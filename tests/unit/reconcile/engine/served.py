"""What genuine network services serve to whoever looks whether a network is the one that was meant."""

import datetime
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.signed import SignedDataWithCert
from tests.unit.corda.certificates.zone import complete, p256, signature_by
from tests.unit.reconcile.consortium.world import pem

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
PARAMETERS = NetworkParameters(4, (), 1, 1, NOW, 7)
MAP = NetworkMap((SecureHash(b"1" * 32),), SecureHash.of(PARAMETERS.encode()))
PARAMETERS_PAGE = f"/network-map/network-parameters/{MAP.network_parameter_hash}"


@dataclass
class Network:
    """A network of its own root, valid from now on."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=p256)
    root: Certificate = field(init=False)
    pages: dict[str, bytes] = field(init=False)
    """By path."""

    def __post_init__(self) -> None:
        name = LegalName("Consortium", "London", "GB", common_name="Corda Root CA")
        self.root = complete(
            issue(Profile.ROOT_CA, name, self.key.public_key(), None, Validity.starting(NOW)), self.key
        )
        self.pages = {
            "/network-map": self.signed(MAP.encode()),
            PARAMETERS_PAGE: self.signed(PARAMETERS.encode()),
            "": b"",
        }

    @property
    def root_pem(self) -> str:
        """The trust root."""
        return pem(self.root)

    def signed(self, raw: bytes) -> bytes:
        """Sign as the network map does."""
        key = p256()
        name = LegalName("Consortium", "London", "GB", common_name="Signer")
        unsigned = issue(Profile.NETWORK_MAP, name, key.public_key(), self.root, Validity.starting(NOW))
        signer = complete(unsigned, self.key)
        return SignedDataWithCert(raw, signer.der, signature_by(key, raw)).encode()
