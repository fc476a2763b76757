"""A key's registration with the identity manager, up to the certificate in the vault.

Everything that a restart needs is in the vault before it is needed: the key before its request, the request's id
before the wait, the certificate before anything is issued under it.

corda: NetworkRegistrationHelper.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from corda_operator.azure.secrets import Secret, Secrets
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.chains import verify_chain
from corda_operator.corda.certificates.errors import CertificateError, ExpiredError, UntrustedError
from corda_operator.corda.certificates.requests import request_certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import PublicKey, spki_of
from corda_operator.corda.names import LegalName
from corda_operator.enrolment import agreement
from corda_operator.enrolment.agreement import Draft
from corda_operator.enrolment.configuration import Configuration
from corda_operator.enrolment.errors import CertificateEndedError, EnrolmentError, RefusedError, UnusableError
from corda_operator.enrolment.identity_manager import IdentityManager, NotYet, UnknownRequestError
from corda_operator.enrolment.key_material import PEM, fingerprint, read_chain, write_chain
from corda_operator.enrolment.progress import Phase, Progress

logger = logging.getLogger(__name__)

REQUEST_ID = "request-id"
"""The tag of a registration's record: what the identity manager calls the request."""

Sign = Callable[[bytes], Awaitable[bytes]]
"""From data to its signature (ECDSA with SHA-256, DER)."""


@dataclass(frozen=True)
class Applicant:
    """A key that wants a certificate."""

    legal_name: LegalName
    role: Role
    public_key: PublicKey
    sign: Sign
    record: Secret
    """Tells which key it is; gets the tag with the request's id."""


class Registration:
    """Registers keys, and keeps what comes of it in the vault."""

    def __init__(
        self, configuration: Configuration, secrets: Secrets, identity_manager: IdentityManager, progress: Progress
    ) -> None:
        self._configuration = configuration
        self._secrets = secrets
        self._identity_manager = identity_manager
        self._progress = progress

    async def stored(self, name: str, legal_name: LegalName, role: Role) -> tuple[Certificate, ...] | None:
        """Return the chain that an earlier start left in a secret, if there is any; raise UnusableError."""
        secret = await agreement.find(self._secrets, name)
        return None if secret is None else self._read(secret, legal_name, role)

    async def register(self, name: str, applicant: Applicant) -> tuple[Certificate, ...]:
        """Return the key's chain, its certificate first, having put it into a secret.

        Waits as long as it takes. Raises RefusedError, WaitingError if it is to be tried again from the start, and
        UnusableError for certificates that a node must not take.
        """
        chain = await self._obtained(applicant)
        try:
            check(chain, applicant.legal_name, applicant.role, self._configuration.trust_root, datetime.now(UTC))
            if chain[0].spki != spki_of(applicant.public_key):
                raise UntrustedError(f"{chain[0]} is for another key than the one that was registered")
        except CertificateError as error:
            raise UnusableError(
                f"{self._identity_manager.url} answered certificates that this node must not take: {error}. Compare "
                "trustRoot and identityManagerURL with what the consortium publishes."
            ) from error
        draft = Draft(write_chain(chain), PEM, tags(applicant.role, chain[0].public_key), chain[0].not_after)
        # No need to agree: whatever another pod was given is for the same key.
        await agreement.add(self._secrets, name, draft)
        return chain

    async def _obtained(self, applicant: Applicant) -> tuple[Certificate, ...]:
        request_id = applicant.record.properties.tags.get(REQUEST_ID) or await self._submitted(applicant)
        self._progress.request_ids[str(applicant.legal_name)] = request_id
        try:
            return await self._awaited(applicant, request_id)
        except (UnknownRequestError, RefusedError):
            # As Corda does it: the next start asks anew.
            await self._remember(applicant, None)
            raise

    async def _awaited(self, applicant: Applicant, request_id: str) -> tuple[Certificate, ...]:
        legal_name, key = applicant.legal_name, fingerprint(applicant.public_key)
        while isinstance(answer := await self._identity_manager.poll(request_id), NotYet):
            self._progress.tell(
                Phase.WAITING_FOR_ADMISSION,
                f'The consortium at {self._identity_manager.url} has not admitted "{legal_name}" yet: request '
                f"{request_id} waits. Ask it to, and tell it by another way that the key has the SHA-256 {key}.",
            )
            await asyncio.sleep(answer.seconds)
        self._progress.tell(Phase.REGISTERING, f'The consortium has certified "{legal_name}" (request {request_id}).')
        return answer

    async def _submitted(self, applicant: Applicant) -> str:
        configuration = self._configuration
        token = await self._token()
        unsigned = request_certificate(
            applicant.legal_name, applicant.public_key, configuration.email_address, applicant.role
        )
        request = unsigned.signed(await applicant.sign(unsigned.to_be_signed))
        request_id = await self._identity_manager.submit(request, token)
        about = {"legal_name": str(applicant.legal_name), "request_id": request_id}
        logger.info("certificate requested for key %s", fingerprint(applicant.public_key), extra=about)
        await self._remember(applicant, request_id)
        return request_id

    async def _token(self) -> str | None:
        name = self._configuration.submission_token_secret
        if name is None:
            return None
        if not self._identity_manager.url.startswith("https:"):
            logger.warning("the submission token can be read on its way to %s: use https", self._identity_manager.url)
        secret = await self._secrets.get(name)
        token = secret.value.strip()
        if not token.isascii() or not token.isprintable():
            raise unusable(secret, ValueError("a submission token is of printable ASCII characters"))
        return token

    async def _remember(self, applicant: Applicant, request_id: str | None) -> None:
        record = applicant.record.properties
        others = {tag: text for tag, text in record.tags.items() if tag != REQUEST_ID}
        await self._secrets.tag(record, others if request_id is None else {**others, REQUEST_ID: request_id})

    def _read(self, secret: Secret, legal_name: LegalName, role: Role) -> tuple[Certificate, ...]:
        try:
            chain = read_chain(secret.value)
            check(chain, legal_name, role, self._configuration.trust_root, datetime.now(UTC))
        except ValueError as error:
            raise unusable(secret, error) from None
        return chain


def check(
    chain: Sequence[Certificate], legal_name: LegalName, role: Role, trust_root: Certificate, now: datetime
) -> None:
    """Check a chain as a node checks what it gets (corda: NetworkRegistrationHelper.validateCertificates).

    Raises CertificateError.
    """
    leaf = chain[0]
    if leaf.legal_name != legal_name:
        raise UntrustedError(f'{leaf} is for another name than "{legal_name}"')
    if leaf.role is not role:
        raise UntrustedError(f"{leaf} has another role than {role.name}")
    verify_chain(chain, trust_root, now)


def tags(role: Role, key: PublicKey) -> dict[str, str]:
    """Return what a secret says about itself."""
    return {"purpose": role.name.lower().replace("_", "-"), "public-key-sha256": fingerprint(key)}


def unusable(secret: Secret, error: ValueError) -> EnrolmentError:
    """Return what is to be said of a secret whose content can't be used."""
    version = secret.properties
    if isinstance(error, ExpiredError):
        return CertificateEndedError(f"Secret {version.name} (version {version.version}): {error}.")
    return UnusableError(
        f"Secret {version.name} (version {version.version}) can't be used: {error}. It was left as it is: compare the "
        "configuration with what this vault was used for before."
    )
