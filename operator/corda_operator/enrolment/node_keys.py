"""A node's keys and certificates, found in its vault or made there.

    <prefix>-node-ca                 key, EC P-256, which never leaves the vault
    <prefix>-registration            secret: the id of the key's version that was registered; tag: the request's id
    <prefix>-node-ca-certificate     secret: its chain
    <prefix>-identity, -tls          secrets: a private key with the chain of its certificate
    <prefix>-service                 secret: a notary service's private key; tag: its request's id
    <prefix>-service-certificate     secret: its chain

A notary service's key is stored alone because it has to be safe before its request leaves; identity and TLS keys
come into being with their certificates, in one write, so a crash before it loses nothing that anybody knows of.

The first start needs Key Vault Crypto Officer and Secrets Officer on these names, and so does one that renews a TLS
certificate (Crypto User and Secrets Officer); any other start only reads: Secrets User.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.azure.errors import AccessDenied, NotFound
from corda_operator.azure.keys import Signer
from corda_operator.azure.secrets import Secret, Secrets
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import CrlDistributionPoint, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import spki_of
from corda_operator.corda.keystores import KeyAndChain
from corda_operator.enrolment import agreement
from corda_operator.enrolment.agreement import Draft
from corda_operator.enrolment.configuration import Configuration
from corda_operator.enrolment.key_material import (
    PEM,
    PrivateKey,
    new_ed25519,
    new_p256,
    pkcs8,
    read_key_and_chain,
    read_p256,
    write_chain,
    write_key,
)
from corda_operator.enrolment.progress import Progress
from corda_operator.enrolment.registration import Applicant, Registration, check, tags, unusable

logger = logging.getLogger(__name__)

_TEXT = "text/plain"
_Chain = Sequence[Certificate]


@dataclass(frozen=True)
class NodeKeys:
    """All that a node's keystores are made of."""

    identity: KeyAndChain
    tls: KeyAndChain
    service: KeyAndChain | None


class SigningKeys(Protocol):
    """The keys of a vault; see KeyVaultKeys."""

    async def get_or_create(self, name: str) -> Signer:
        """Return a signer of a key's latest version, making or recovering the key."""
        ...

    async def signer(self, key_id: str) -> Signer:
        """Return a signer of one version; raises NotFound."""
        ...


class NodeVault:
    """Finds or makes them, over and over the same. Errors are Azure's and enrolment's."""

    def __init__(
        self,
        configuration: Configuration,
        keys: SigningKeys,
        secrets: Secrets,
        registration: Registration,
        progress: Progress,
    ) -> None:
        self._configuration = configuration
        self._keys = keys
        self._secrets = secrets
        self._registration = registration
        self._progress = progress

    async def node_keys(self) -> NodeKeys:
        """Return everything, having registered, waited and issued as far as it was needed."""
        # In Corda's order: the network's parameters need a notary's service before its node.
        service = await self._service()
        node_ca = await self._node_ca()
        identity, tls = await _both(self._identity(node_ca), self._tls(node_ca))
        if node_ca[0].not_after - datetime.now(UTC) < self._configuration.tls.renew_before:
            logger.warning("%s expires at %s: ask the consortium for another", node_ca[0], node_ca[0].not_after)
        held = {"node-ca": node_ca[0], "identity": identity.chain[0], "tls": tls.chain[0]}
        self._progress.certificates.update(held if service is None else {**held, "service": service.chain[0]})
        return NodeKeys(identity, tls, service)

    async def _service(self) -> KeyAndChain | None:
        notary = self._configuration.notary
        if notary is None:
            return None
        name, certificate = self._name("service"), self._name("service-certificate")
        chain = await self._registration.stored(certificate, notary.service_legal_name, Role.SERVICE_IDENTITY)
        if chain is None:
            record = await agreement.find_or_add(self._secrets, name, _service_key)
        else:
            record = await agreement.find_or_recover(self._secrets, name, f"its certificate is in {certificate}")
        try:
            key = read_p256(record.value)
        except ValueError as error:
            raise unusable(record, error) from None

        async def sign(data: bytes) -> bytes:
            return key.sign(data, ec.ECDSA(SHA256()))

        if chain is None:
            applicant = Applicant(notary.service_legal_name, Role.SERVICE_IDENTITY, key.public_key(), sign, record)
            chain = await self._registration.register(certificate, applicant)
        if chain[0].spki != spki_of(key.public_key()):
            raise unusable(record, ValueError(f"its key is not the one of {chain[0]} in secret {certificate}"))
        return KeyAndChain(pkcs8(key), tuple(chain))

    async def _node_ca(self) -> _Chain:
        name, legal_name = self._name("node-ca-certificate"), self._configuration.legal_name
        chain = await self._registration.stored(name, legal_name, Role.NODE_CA)
        if chain is not None:
            return chain
        record = await agreement.find_or_add(self._secrets, self._name("registration"), self._node_ca_key)
        signer = await self._signer(record)
        applicant = Applicant(legal_name, Role.NODE_CA, signer.public_key, signer.sign, record)
        return await self._registration.register(name, applicant)

    async def _node_ca_key(self) -> Draft:
        signer = await self._keys.get_or_create(self._name("node-ca"))
        return Draft(signer.key_id, _TEXT, tags(Role.NODE_CA, signer.public_key))

    async def _signer(self, record: Secret) -> Signer:
        try:
            return await self._keys.signer(record.value)
        except NotFound:
            # Whole keys are deleted, not versions: this brings back the one that is meant, if it can be.
            await self._keys.get_or_create(self._name("node-ca"))
            return await self._keys.signer(record.value)

    async def _issuer(self, node_ca: _Chain) -> Signer:
        name = self._name("registration")
        record = await agreement.find_or_recover(self._secrets, name, f"{node_ca[0]} was issued to the key it names")
        signer = await self._signer(record)
        if spki_of(signer.public_key) != node_ca[0].spki:
            raise unusable(record, ValueError(f"the key that it names is not the one of {node_ca[0]}"))
        return signer

    async def _identity(self, node_ca: _Chain) -> KeyAndChain:
        async def make() -> Draft:
            validity = Validity.starting(datetime.now(UTC))
            return await self._issued(Profile.LEGAL_IDENTITY, new_ed25519(), validity, None, node_ca)

        secret = await agreement.find_or_add(self._secrets, self._name("identity"), make)
        return self._read(secret, Role.LEGAL_IDENTITY, expired=False)

    async def _tls(self, node_ca: _Chain) -> KeyAndChain:
        validity = Validity.starting(datetime.now(UTC), self._configuration.tls.lifetime)

        async def make() -> Draft:
            point = self._configuration.crl_distribution_point
            return await self._issued(Profile.TLS, new_p256(), validity, point, node_ca)

        name = self._name("tls")
        secret = await agreement.find_or_add(self._secrets, name, make)
        present = self._read(secret, Role.TLS, expired=True)
        reason = self._why_renew(present.chain[0], min(validity.not_after, node_ca[0].not_after))
        if reason is None:
            return present
        logger.info("renewing the TLS certificate: %s", reason)
        try:
            renewed = await agreement.supersede(self._secrets, name, secret, await make())
        except AccessDenied as error:
            if not present.chain[0].is_valid_at(datetime.now(UTC)):
                raise
            logger.warning("going on with the TLS certificate as it is: %s", error)
            return present
        return self._read(renewed, Role.TLS, expired=False)

    def _why_renew(self, leaf: Certificate, end: datetime) -> str | None:
        ahead = min(self._configuration.tls.renew_before, (leaf.not_after - leaf.not_before) / 3)
        # One that ends with the node CA's certificate would be followed by another such at every start.
        if datetime.now(UTC) >= leaf.not_after - ahead and end > leaf.not_after:
            return f"it expires at {leaf.not_after:%FT%TZ}"
        if _distribution_point(leaf) != self._configuration.crl_distribution_point:
            return "crl was changed"
        return None

    async def _issued(
        self,
        profile: Profile,
        key: PrivateKey,
        validity: Validity,
        point: CrlDistributionPoint | None,
        node_ca: _Chain,
    ) -> Draft:
        signer = await self._issuer(node_ca)
        name = self._configuration.legal_name
        unsigned = issue(profile, name, key.public_key(), node_ca[0], validity, crl_distribution_point=point)
        leaf = unsigned.signed(await signer.sign(unsigned.to_be_signed))
        role = profile.role or Role.TLS
        return Draft(write_key(key) + write_chain((leaf, *node_ca)), PEM, tags(role, leaf.public_key), leaf.not_after)

    def _read(self, secret: Secret, role: Role, *, expired: bool) -> KeyAndChain:
        """Read a secret; where it may have ``expired``, the chain has to have been valid at the end."""
        try:
            held = read_key_and_chain(secret.value)
            now = datetime.now(UTC)
            moment = min(now, held.chain[0].not_after) if expired else now
            check(held.chain, self._configuration.legal_name, role, self._configuration.trust_root, moment)
        except ValueError as error:
            raise unusable(secret, error) from None
        return held

    def _name(self, purpose: str) -> str:
        return f"{self._configuration.key_vault.prefix}-{purpose}"


async def _both(
    first: Coroutine[Any, Any, KeyAndChain], second: Coroutine[Any, Any, KeyAndChain]
) -> tuple[KeyAndChain, KeyAndChain]:
    """Do both at a time, and let both end even if one fails: whoever tries again must be alone."""
    results = await asyncio.gather(first, second, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    one, other = results
    return cast("KeyAndChain", one), cast("KeyAndChain", other)


async def _service_key() -> Draft:
    key = new_p256()
    return Draft(write_key(key), PEM, tags(Role.SERVICE_IDENTITY, key.public_key()))


def _distribution_point(leaf: Certificate) -> CrlDistributionPoint | None:
    for extension in leaf.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            point = extension.value[0]
            urls = [each.value for each in point.full_name or ()]
            issuers = [each.value for each in point.crl_issuer or ()]
            return CrlDistributionPoint(urls[0] if urls else "", issuers[0] if issuers else None)
    return None
