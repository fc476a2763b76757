"""Signing keys that never leave Key Vault.

A signer is pinned to one version of a key: what Corda trusts is a public key, not a name.
"""

import datetime
import hashlib
from typing import Any, Protocol

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.keyvault.keys import KeyCurveName, KeyOperation, KeyProperties, KeyVaultKey, KeyVaultKeyIdentifier
from azure.keyvault.keys.aio import KeyClient
from azure.keyvault.keys.crypto import SignatureAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from corda_operator.azure.errors import KeyUnusable, NotFound, SoftDeleted, Unavailable, WrongAnswer
from corda_operator.azure.translation import Call, translated

OPERATIONS: list[str | KeyOperation] = [KeyOperation.sign, KeyOperation.verify]
_KINDS = ("EC", "EC-HSM")
_COORDINATE = 32
_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)
_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.2, "retry_backoff_max": 2}
_POST_TWICE: dict[str, Any] = {"retry_on_methods": frozenset(["POST"])}
"""A broken connection makes the SDK repeat other methods only; a second signature does no harm."""
_OFFICER, _USER = "the role Key Vault Crypto Officer", "the role Key Vault Crypto User"
_ROUNDS = 5
"""How often another process may change the key while it is being looked for or made."""


class Signer(Protocol):
    """Signs with one version of one key."""

    @property
    def key_id(self) -> str:
        """The key's full id with its version: ``https://<vault>/keys/<name>/<version>``."""
        ...

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public key, on P-256."""
        ...

    async def sign(self, data: bytes, *, within: float = 10.0) -> bytes:
        """Return ECDSA with SHA-256 over ``data``, DER (RFC 3279 2.2.3), checked against the public key.

        Takes ``within`` seconds at most. Raises Unavailable, AccessDenied, NotFound, KeyUnusable, WrongAnswer.
        """
        ...


class KeyVaultSigner:
    """A Signer whose private key is in Key Vault: one HTTP call for a signature. May be used concurrently."""

    def __init__(self, key_id: str, public_key: ec.EllipticCurvePublicKey, client: CryptographyClient) -> None:
        self.key_id = key_id
        self.public_key = public_key
        self._client = client

    async def sign(self, data: bytes, *, within: float = 10.0) -> bytes:
        """Return a signature; see Signer."""
        digest = hashlib.sha256(data).digest()
        async with translated(Call("sign with", f"key {self.key_id}", _USER), within):
            raw = (await self._client.sign(SignatureAlgorithm.es256, digest, **_POST_TWICE)).signature
        return checked_signature(self.key_id, self.public_key, raw, data)


class KeyVaultKeys:
    """The keys of one vault. Made by AzureSession, which closes what is beneath."""

    def __init__(
        self, vault_url: str, credential: AsyncTokenCredential, transport: AsyncHttpTransport[Any, Any]
    ) -> None:
        self._url = vault_url
        self._credential = credential
        self._options: dict[str, Any] = {"transport": transport, **_RETRIES}
        self._client = KeyClient(vault_url, credential, **self._options)

    async def get_or_create(self, name: str, *, within: float = 30.0) -> Signer:
        """Return a signer of the key's latest enabled version, making the key (P-256, not exportable) if need be.

        A deleted key is recovered, never purged. A key that is there but cannot sign is left as it is
        (KeyUnusable). Key Vault cannot create conditionally: of two callers at a time each may make a version, so
        the caller records the id that it goes on with, where only one can (a blob's ``create``), and from then on
        asks for ``signer``. Raises Unavailable, AccessDenied, KeyUnusable.
        """
        for _ in range(_ROUNDS):
            try:
                return self._signer(await self._latest(name, within))
            except NotFound:
                pass
            try:
                return self._signer(await self._created(name, within))
            except SoftDeleted:
                await self._recover(name, within)
        raise Unavailable(
            f"Key {name} of {self._url} was deleted or recovered by others {_ROUNDS} times in a row. Try again later."
        )

    async def signer(self, key_id: str, *, within: float = 10.0) -> Signer:
        """Return a signer of exactly the version that a full id names.

        Raises Unavailable, AccessDenied, NotFound, and KeyUnusable for another vault's id, an id without version
        and a key that cannot sign.
        """
        name, version = self._version(key_id)
        async with translated(Call("get", f"key {key_id}", _USER), within):
            key = await self._client.get_key(name, version)
        return self._signer(key)

    async def _latest(self, name: str, within: float) -> KeyVaultKey:
        what = f"key {name} of {self._url}"
        async with translated(Call("get", what, _USER), within):
            key = await self._client.get_key(name)
        if key.properties.enabled:
            return key
        enabled: list[KeyProperties] = []
        async with translated(Call("list the versions of", what, _USER), within):
            async for version in self._client.list_properties_of_key_versions(name):
                if version.enabled:
                    enabled.append(version)  # noqa: PERF401 - pages arrive while this goes on
        if not enabled:
            raise KeyUnusable(
                f"No version of {what} is enabled. Enable the one that the network trusts; a new one would be "
                "trusted by nobody."
            )
        # Creation is told in whole seconds: the version makes all callers choose alike.
        newest = max(enabled, key=lambda each: (each.created_on or _LONG_AGO, each.version))
        async with translated(Call("get", f"key {newest.id}", _USER), within):
            return await self._client.get_key(name, newest.version)

    async def _created(self, name: str, within: float) -> KeyVaultKey:
        async with translated(Call("create", f"key {name} of {self._url}", _OFFICER), within):
            return await self._client.create_ec_key(name, curve=KeyCurveName.p_256, key_operations=OPERATIONS)

    async def _recover(self, name: str, within: float) -> None:
        try:
            async with translated(Call("recover", f"deleted key {name} of {self._url}", _OFFICER), within):
                await self._client.recover_deleted_key(name)
        except NotFound:
            return  # Somebody else has recovered it.

    def _version(self, key_id: str) -> tuple[str, str]:
        try:
            parsed = KeyVaultKeyIdentifier(key_id)
        except ValueError:
            parsed = None
        if parsed is None or not parsed.version or parsed.vault_url.rstrip("/").lower() != self._url:
            raise KeyUnusable(
                f"{key_id!r} is no key version of this vault: expected {self._url}/keys/<name>/<version>."
            )
        return parsed.name, parsed.version

    def _signer(self, key: KeyVaultKey) -> Signer:
        public_key = usable_public_key(key)
        return KeyVaultSigner(str(key.id), public_key, CryptographyClient(key, self._credential, **self._options))


def usable_public_key(key: KeyVaultKey) -> ec.EllipticCurvePublicKey:
    """Return the public key of a version that may sign for Corda; raise KeyUnusable saying what is wrong with it."""
    material: Any = key.key
    # Enumerations for the values that the SDK knows, and plain strings for others.
    kind, curve = (getattr(value, "value", value) for value in (material.kty, material.crv))
    operations = list(key.key_operations or ())
    faults = [
        (not key.properties.enabled, "it is disabled: enable it"),
        (
            kind not in _KINDS or curve != KeyCurveName.p_256,
            f"it is of type {kind} on curve {curve}, expected EC on P-256: make a key of another name",
        ),
        (
            KeyOperation.sign not in operations,
            f"its operations are [{', '.join(operations)}], expected sign among them: allow it",
        ),
        (bool(key.properties.exportable), "it is exportable: make a key of another name that never leaves the vault"),
    ]
    found = [fault for wrong, fault in faults if wrong]
    if found:
        raise KeyUnusable(f"Key {key.id} cannot be used: {'; '.join(found)}.")
    x, y = (int.from_bytes(coordinate, "big") for coordinate in (material.x, material.y))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise WrongAnswer(f"Key Vault's public key of {key.id} is no point of P-256. Do not use the key.") from None


def checked_signature(key_id: str, public_key: ec.EllipticCurvePublicKey, raw: bytes, data: bytes) -> bytes:
    """Return r || s (RFC 7518 3.4) as DER, if it is the key's signature over data; raise WrongAnswer."""
    if len(raw) == 2 * _COORDINATE:
        r, s = (int.from_bytes(half, "big") for half in (raw[:_COORDINATE], raw[_COORDINATE:]))
        signature = encode_dss_signature(r, s)
        try:
            public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            pass
        else:
            return signature
    raise WrongAnswer(
        f"Key Vault answered a signature of {len(raw)} bytes with {key_id} that the key's public key does not verify. "
        "It was thrown away; find out who answers under the vault's name."
    )
