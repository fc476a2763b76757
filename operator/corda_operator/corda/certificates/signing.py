"""Two-phase signing: what is to be signed goes out, the signature comes back, no private key comes near.

`cryptography`'s builders want a private key to sign with. They get one that keeps what it is given to sign
and answers with a placeholder, which the true signature later replaces.
"""

from collections.abc import Callable
from typing import Final, Generic, NoReturn, TypeVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from corda_operator.corda.certificates.der import ECDSA_SHA256, assemble
from corda_operator.corda.certificates.errors import IssuingError, SignatureError
from corda_operator.corda.certificates.signatures import PublicKey, is_p256, verify_signature

_Result = TypeVar("_Result")
_PLACEHOLDER: Final = utils.encode_dss_signature(1, 1)


class Unsigned(Generic[_Result]):
    """Something that waits for its signature: ECDSA over SHA-256 with a key on P-256."""

    def __init__(self, to_be_signed: bytes, key: PublicKey, signed: Callable[[bytes], _Result]) -> None:
        self.to_be_signed = to_be_signed
        """The DER to sign; its SHA-256 digest is what Key Vault takes for ES256."""
        self._key = key
        self._signed = signed

    def signed(self, signature: bytes) -> _Result:
        """Return the whole with its signature (ECDSA-Sig-Value, DER).

        Raises SignatureError if it is not the signature of the key that was to sign.
        """
        try:
            verify_signature(self._key, signature, self.to_be_signed)
        except SignatureError as error:
            raise SignatureError(
                f"what came back from signing does not fit the signer's certificate: {error}"
            ) from None
        return self._signed(assemble(self.to_be_signed, ECDSA_SHA256, signature))


class CapturingKey(ec.EllipticCurvePrivateKey):
    """Stands for a private key that is elsewhere: keeps what it is given to sign as ``captured``."""

    def __init__(self, public_key: PublicKey) -> None:
        if not isinstance(public_key, ec.EllipticCurvePublicKey) or not is_p256(public_key):
            raise IssuingError("the key to sign with is not EC on secp256r1, which all authorities' keys are")
        self._public_key = public_key
        self.captured = b""

    @property
    def curve(self) -> ec.EllipticCurve:
        """The public key's curve."""
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        """The public key's size in bits."""
        return self._public_key.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the public key."""
        return self._public_key

    def sign(
        self, data: bytes | bytearray | memoryview, signature_algorithm: ec.EllipticCurveSignatureAlgorithm
    ) -> bytes:
        """Keep the data and return a placeholder."""
        del signature_algorithm
        self.captured = bytes(data)
        return _PLACEHOLDER

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        """There is nothing to exchange with."""
        raise NotImplementedError

    def private_numbers(self) -> NoReturn:
        """There are none."""
        raise NotImplementedError

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,  # noqa: A002 - the base class' name
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> NoReturn:
        """There are none."""
        raise NotImplementedError

    def __copy__(self) -> "CapturingKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "CapturingKey":
        return self


HASH: Final = hashes.SHA256()
"""What builders are to sign with."""
