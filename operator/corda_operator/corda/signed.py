"""What Corda wraps around what somebody has signed (corda: SignedDataWithCert, SignedData).

Nothing is verified here: the bytes, who is said to have signed them, and the signature.
"""

from dataclasses import dataclass
from functools import cached_property

from corda_operator.corda.amqp import types, writer
from corda_operator.corda.amqp.envelope import seal, sealing, unseal
from corda_operator.corda.amqp.limits import PARAMETERS, Limits
from corda_operator.corda.hashes import InvalidHash, SecureHash


@dataclass(frozen=True)
class SignedDataWithCert:
    """A network map's or network parameters' blob with the operator's signature over it.

    ``by`` is the signer's certificate, DER; ``parent_certs_chain`` its issuers up to the root, or empty where
    the root itself issued it. Signatures are as Java has them: ECDSA as a DER SEQUENCE.
    """

    raw: bytes
    by: bytes
    signature: bytes
    parent_certs_chain: tuple[bytes, ...] = ()

    @cached_property
    def hash(self) -> SecureHash:
        """What the network map names network parameters by."""
        return SecureHash.of(self.raw)

    def encode(self) -> bytes:
        """Return the blob that nodes fetch."""
        parents = writer.sequence(map(_certificate, self.parent_certs_chain))
        signature = (
            _certificate(self.by),
            writer.binary(self.signature),
            writer.described(types.CERTIFICATES.descriptor, parents),
        )
        values = (
            _serialized(self.raw),
            writer.described(types.SIGNATURE_WITH_CERT.descriptor, writer.sequence(signature)),
        )
        value = writer.described(types.SIGNED_DATA_WITH_CERT.descriptor, writer.sequence(values))
        return seal(value, sealing(types.SIGNED_DATA_WITH_CERT_SCHEMA))

    @classmethod
    def decode(cls, data: bytes, limits: Limits = PARAMETERS) -> "SignedDataWithCert":
        """Read such a blob, but not what is signed; raises DecodeError."""
        record = unseal(data, limits, types.SIGNED_DATA_WITH_CERT.name)
        signature = record.record("sig", types.SIGNATURE_WITH_CERT.name)
        return cls(
            raw=record.record("raw", types.SERIALIZED_OBJECT.name).binary("bytes"),
            by=signature.custom_binary("by", types.CERTIFICATE),
            signature=signature.binary("bytes"),
            parent_certs_chain=tuple(signature.custom_binaries("parentCertsChain", types.CERTIFICATE)),
        )


@dataclass(frozen=True)
class ParametersAcknowledgement:
    """A node's word that it has accepted new network parameters, signed with its legal identity's key.

    ``raw`` is the blob of the parameters' hash, ``by`` the key: SubjectPublicKeyInfo, DER.
    """

    raw: bytes
    by: bytes
    signature: bytes

    @staticmethod
    def to_be_signed(parameters_hash: SecureHash) -> bytes:
        """Return the ``raw`` of an acknowledgement of these parameters."""
        value = writer.described(types.SHA256.descriptor, writer.sequence([writer.binary(parameters_hash)]))
        return seal(value, sealing((types.SHA256,)))

    def parameters_hash(self, limits: Limits = Limits()) -> SecureHash:  # noqa: B008 - frozen
        """Return which parameters were accepted; raises DecodeError, its offset counted in ``raw``."""
        record = unseal(self.raw, limits, types.SHA256.name)
        try:
            return SecureHash(record.binary("bytes"))
        except InvalidHash as error:
            raise record.refused(error) from None

    def encode(self) -> bytes:
        """Return the blob that a node posts."""
        key = writer.described(types.PUBLIC_KEY, writer.binary(self.by))
        signature = writer.sequence((key, writer.binary(self.signature)))
        values = (_serialized(self.raw), writer.described(types.SIGNATURE_WITH_KEY.descriptor, signature))
        value = writer.described(types.SIGNED_DATA.descriptor, writer.sequence(values))
        return seal(value, sealing(types.SIGNED_DATA_SCHEMA))

    @classmethod
    def decode(cls, data: bytes, limits: Limits = Limits()) -> "ParametersAcknowledgement":  # noqa: B008 - frozen
        """Read such a blob, but not the hash in it; raises DecodeError."""
        record = unseal(data, limits, types.SIGNED_DATA.name)
        signature = record.record("sig", types.SIGNATURE_WITH_KEY.name)
        return cls(
            raw=record.record("raw", types.SERIALIZED_OBJECT.name).binary("bytes"),
            by=signature.custom_binary("by", types.PUBLIC_KEY),
            signature=signature.binary("bytes"),
        )


def _certificate(der: bytes) -> bytes:
    return writer.described(types.CERTIFICATE, writer.binary(der))


def _serialized(raw: bytes) -> bytes:
    return writer.described(types.SERIALIZED_OBJECT.descriptor, writer.sequence([writer.binary(raw)]))
