"""What is peculiar to keys: EC keys on P-256, which sign and verify ES256 and never leave.

Made without ``key_ops``, a key may do all that its type can, as in Azure. Times bind keys where they
only advise secrets: a key that is expired or not yet valid refuses to sign but still verifies. The
refusal's code ``KeyOperationForbidden`` and its message are Azure's; those about times are guesses.
"""

import base64
import binascii
import time
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from local.azure.stub.errors import AzureError, bad_parameter
from local.azure.stub.routing import Answer, Call
from local.azure.stub.vault.objects import Objects
from local.azure.stub.vault.records import AttributesMessage, Message, Record, Tags, new_fields
from local.azure.stub.vault.store import Stored

_COORDINATE = 32
_ES256 = ec.ECDSA(Prehashed(hashes.SHA256()))

Operation = Literal["sign", "verify"]


class KeyRecord(Record):
    """A version of a key."""

    private: str
    """PKCS #8, PEM: only the state's file ever holds it."""
    key_ops: tuple[Operation, ...]


class KeyUpdate(Message):
    """The body of an update."""

    key_ops: tuple[Operation, ...] | None = None
    attributes: AttributesMessage | None = None
    tags: Tags | None = None


class KeyCreate(KeyUpdate):
    """The body of a create."""

    kty: str
    crv: str | None = None


class Digest(Message):
    """The body of a sign, and most of a verify's."""

    alg: str
    value: str


class SignedDigest(Message):
    """The body of a verify: ``value`` is the signature."""

    alg: str
    digest: str
    value: str


class Keys(Objects[KeyRecord]):
    """The operations on keys."""

    plural = "keys"

    async def create(self, call: Call) -> Answer:
        """Make a key, or a new version of it."""
        wish = call.parsed(KeyCreate)
        if (wish.kty, wish.crv or "P-256") != ("EC", "P-256"):
            raise bad_parameter(
                f"The protocol stub makes keys of type EC on curve P-256 only, not {wish.kty} on {wish.crv}."
            )
        if wish.attributes is not None and wish.attributes.exportable:
            raise bad_parameter("The protocol stub makes no exportable keys.")
        private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        record = KeyRecord(
            private=private.decode(),
            key_ops=("sign", "verify") if wish.key_ops is None else wish.key_ops,
            **new_fields(wish.attributes, wish.tags),
        )
        stored = self._store.add(call.resource, call.parameters["name"], record)
        return Answer(200, self.bundle(call, stored))

    async def get(self, call: Call) -> Answer:
        """Return the public part."""
        return Answer(200, self.bundle(call, self.found(call)))

    async def update(self, call: Call) -> Answer:
        """Change a version's properties."""
        wish = call.parsed(KeyUpdate)
        own = {} if wish.key_ops is None else {"key_ops": wish.key_ops}
        return self.changed(call, wish.attributes, wish.tags, own)

    async def sign(self, call: Call) -> Answer:
        """Sign a SHA-256 digest; the signature is r and s, 32 bytes each."""
        wish = call.parsed(Digest)
        stored = self._usable(call, "sign", wish.alg)
        r, s = decode_dss_signature(_private(stored.record).sign(_digest(wish.value), _ES256))
        signature = r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
        return Answer(200, {"kid": self.identifier(call, stored, versioned=True), "value": _encoded(signature)})

    async def verify(self, call: Call) -> Answer:
        """Tell whether a signature is this key's; one of a wrong length is not."""
        wish = call.parsed(SignedDigest)
        stored = self._usable(call, "verify", wish.alg)
        digest, signature = _digest(wish.digest), _decoded("value", wish.value)
        if len(signature) != 2 * _COORDINATE:
            return Answer(200, {"value": False})
        r, s = (int.from_bytes(half, "big") for half in (signature[:_COORDINATE], signature[_COORDINATE:]))
        try:
            _private(stored.record).public_key().verify(encode_dss_signature(r, s), digest, _ES256)
        except InvalidSignature:
            return Answer(200, {"value": False})
        return Answer(200, {"value": True})

    def item(self, call: Call, stored: Stored[KeyRecord], *, versioned: bool) -> dict[str, Any]:
        """Return what lists tell."""
        body: dict[str, Any] = {
            "kid": self.identifier(call, stored, versioned=versioned),
            "attributes": {**stored.record.attributes_body(), "exportable": False},
        }
        if stored.record.tags is not None:
            body["tags"] = stored.record.tags
        return body

    def bundle(self, call: Call, stored: Stored[KeyRecord]) -> dict[str, Any]:
        """Return the public key (a JSON Web Key) and the properties."""
        body = self.item(call, stored, versioned=True)
        point = _private(stored.record).public_key().public_numbers()
        body["key"] = {
            "kid": body.pop("kid"),
            "kty": "EC",
            "crv": "P-256",
            "key_ops": list(stored.record.key_ops),
            "x": _encoded(point.x.to_bytes(_COORDINATE, "big")),
            "y": _encoded(point.y.to_bytes(_COORDINATE, "big")),
        }
        return body

    def _usable(self, call: Call, operation: Operation, algorithm: str) -> Stored[KeyRecord]:
        stored = self.found(call)
        record = stored.record
        if not record.enabled:
            raise _forbidden(f"Operation {operation} is not allowed on a disabled key.", "KeyDisabled")
        if operation not in record.key_ops:
            raise _forbidden(f"Operation {operation} is not permitted on this key.", "KeyOperationForbidden")
        now = time.time()
        if operation == "sign" and record.exp is not None and record.exp <= now:
            raise _forbidden("Operation sign is not allowed on an expired key.", "KeyExpired")
        if operation == "sign" and record.nbf is not None and record.nbf > now:
            raise _forbidden("Operation sign is not allowed on a key that is not yet valid.", "KeyNotYetValid")
        if algorithm != "ES256":
            raise bad_parameter(
                "Key and signing algorithm are incompatible. "
                f"Key {self.identifier(call, stored, versioned=True)} is of type 'EC' on curve 'P-256', "
                f"whose algorithm is 'ES256', not '{algorithm}'."
            )
        return stored


def _forbidden(message: str, inner: str) -> AzureError:
    return AzureError(403, "Forbidden", message, inner=inner)


def _private(record: KeyRecord) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(record.private.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the state holds a key that is no EC key")
    return key


def _digest(text: str) -> bytes:
    digest = _decoded("digest", text)
    if len(digest) != hashes.SHA256.digest_size:
        raise bad_parameter(f"Invalid length of digest: ES256 takes {hashes.SHA256.digest_size} bytes.")
    return digest


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad_parameter(f"Property {name} is not base64url.") from None


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
