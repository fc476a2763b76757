"""A consortium's certificates, made in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import DEFAULT_LIFETIME, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.signatures import PublicKey
from corda_operator.corda.names import LegalName


def signed(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Return a signature as Key Vault's signers give it."""
    return key.sign(data, ec.ECDSA(SHA256()))


@dataclass
class Consortium:
    """A root and an identity manager."""

    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        name = LegalName("Consortium", "London", "GB", common_name="Corda Root CA")
        validity = Validity.starting(datetime.now(UTC) - timedelta(days=400), DEFAULT_LIFETIME)
        root = issue(Profile.ROOT_CA, name, self.root_key.public_key(), None, validity)
        self.root = root.signed(signed(self.root_key, root.to_be_signed))
        manager = LegalName("Consortium", "London", "GB", common_name="Identity Manager")
        doorman = issue(Profile.DOORMAN_CA, manager, self.key.public_key(), self.root, validity)
        self.identity_manager = doorman.signed(signed(self.root_key, doorman.to_be_signed))

    def certify(
        self, profile: Profile, name: LegalName, key: PublicKey, validity: Validity | None = None
    ) -> tuple[Certificate, ...]:
        """Return a key's chain."""
        wanted = validity or Validity.starting(datetime.now(UTC))
        unsigned = issue(profile, name, key, self.identity_manager, wanted)
        return unsigned.signed(signed(self.key, unsigned.to_be_signed)), self.identity_manager, self.root

    def node_ca(self, name: LegalName) -> tuple[Certificate, ...]:
        """Return the chain of a node whose key nobody has."""
        return self.certify(Profile.NODE_CA, name, ec.generate_private_key(ec.SECP256R1()).public_key())


CONSORTIUM = Consortium()
