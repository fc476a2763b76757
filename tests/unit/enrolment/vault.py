"""A node's vault and an identity manager in memory, which answer at once; nothing races here."""

# ruff: noqa: ARG002 - they answer for protocols

import datetime
import itertools
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.azure.errors import NotFound
from corda_operator.azure.keys import Signer
from corda_operator.azure.secrets import Listing, Secret, SecretVersion
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.names import LegalName
from corda_operator.enrolment.configuration import Configuration, parse
from corda_operator.enrolment.identity_manager import NotYet, UnknownRequestError
from corda_operator.enrolment.key_material import write_chain
from corda_operator.enrolment.node_keys import NodeVault
from corda_operator.enrolment.progress import Progress
from corda_operator.enrolment.registration import Registration
from tests.unit.enrolment.consortium import CONSORTIUM, signed

EPOCH = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
FOR_EVER = EPOCH + datetime.timedelta(days=3650)
NAME = LegalName.parse("O=Bank A, L=London, C=GB")
SERVICE = LegalName.parse("O=Notary Service, L=London, C=GB")
NOTARY = f'notary: {{serviceLegalName: "{SERVICE}"}}'


def configuration(*lines: str, root: Certificate = CONSORTIUM.root) -> str:
    """Return the least configuration of a bank, and further lines."""
    whole = f"""\
legalName: "{NAME}"
emailAddress: operations@bank.test
identityManagerURL: http://identity-manager.test
keyVault: {{url: "https://vault.test", prefix: bank-a}}
trustRoot: |
{textwrap.indent(write_chain([root]), "  ")}
"""
    return "\n".join([whole, *lines])


@dataclass
class HeldSecrets:
    """Secrets; each version is long settled as soon as it is there."""

    held: dict[str, list[Secret]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    _made: itertools.count = field(default_factory=itertools.count)  # type: ignore[type-arg] # it is of int only

    async def versions(self, name: str, *, within: float = 0) -> Listing:
        return Listing(tuple(each.properties for each in self.held.get(name, ())), FOR_EVER)

    async def get(self, name: str, version: str | None = None, *, within: float = 0) -> Secret:
        for secret in reversed(self.held.get(name, ())):
            if version in (None, secret.properties.version):
                return secret
        raise NotFound(name)

    async def add(
        self,
        name: str,
        value: str,
        *,
        content_type: str,
        tags: Mapping[str, str],
        expires: datetime.datetime | None = None,
        within: float = 0,
    ) -> None:
        self.writes.append(name)
        number = next(self._made)
        made = EPOCH + datetime.timedelta(seconds=number)
        version = SecretVersion(name, str(number), made, enabled=True, tags=dict(tags))
        self.held.setdefault(name, []).append(Secret(value, version))

    async def tag(self, version: SecretVersion, tags: Mapping[str, str], *, within: float = 0) -> None:
        self._change(replace(version, tags=dict(tags)))

    async def disable(self, version: SecretVersion, *, within: float = 0) -> None:
        self._change(replace(version, enabled=False))

    async def recover(self, name: str, *, within: float = 0) -> None:
        return

    def _change(self, version: SecretVersion) -> None:
        self.writes.append(version.name)
        self.held[version.name] = [
            replace(each, properties=version) if each.properties.version == version.version else each
            for each in self.held[version.name]
        ]


@dataclass(frozen=True)
class HeldKey:
    """A Signer whose key is here."""

    key_id: str
    key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self.key.public_key()

    async def sign(self, data: bytes, *, within: float = 0) -> bytes:
        return signed(self.key, data)


@dataclass
class HeldKeys:
    """Signing keys."""

    held: dict[str, HeldKey] = field(default_factory=dict)

    async def get_or_create(self, name: str) -> Signer:
        key_id = f"https://vault.test/keys/{name}/1"
        return self.held.setdefault(key_id, HeldKey(key_id, ec.generate_private_key(ec.SECP256R1())))

    async def signer(self, key_id: str) -> Signer:
        if key_id not in self.held:
            raise NotFound(key_id)
        return self.held[key_id]


@dataclass
class Answering:
    """An identity manager that certifies what is submitted, or answers what it is told to."""

    url: str = "http://identity-manager.test"
    submitted: list[CertificateRequest] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    chain: tuple[Certificate, ...] | None = None
    """Instead of the right one."""
    error: Exception | None = None
    """Of the next poll."""

    async def submit(self, request: CertificateRequest, token: str | None) -> str:
        self.submitted.append(request)
        self.tokens.append(token)
        return f"R{len(self.submitted)}"

    async def poll(self, request_id: str) -> tuple[Certificate, ...] | NotYet:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        number = int(request_id.removeprefix("R"))
        if number > len(self.submitted):
            raise UnknownRequestError(request_id)
        request = self.submitted[number - 1]
        profile = Profile.NODE_CA if request.role is Role.NODE_CA else Profile.SERVICE_IDENTITY
        return self.chain or CONSORTIUM.certify(profile, request.legal_name, request.public_key)


@dataclass
class Enrolling:
    """All of them together, for one node."""

    text: str
    folder: Path
    secrets: HeldSecrets = field(default_factory=HeldSecrets)
    keys: HeldKeys = field(default_factory=HeldKeys)
    identity_manager: Answering = field(default_factory=Answering)

    @property
    def configuration(self) -> Configuration:
        return parse(self.text, "test.yaml")

    def vault(self) -> NodeVault:
        """Return what a start has."""
        progress = Progress(self.folder / "status.json", self.folder / "absent")
        registration = Registration(
            self.configuration,
            self.secrets,
            self.identity_manager,  # type: ignore[arg-type] # it answers as one does
            progress,
        )
        return NodeVault(self.configuration, self.keys, self.secrets, registration, progress)
