"""The identity manager: takes certificate requests and gives certificates, as Corda and CENM do it.

corda: HTTPNetworkRegistrationService, NetworkRegistrationHelper.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.hashes import SecureHash
from corda_operator.network import admission
from corda_operator.network.admission import Decision, Verdict
from corda_operator.network.configuration import Configuration, Member
from corda_operator.network.ledger import Ledger
from corda_operator.network.log.records import CertificateRequested
from corda_operator.network.log.state import Registration, State, TrustRoot
from corda_operator.network.writer import BusyError, Proposing, Writer


@dataclass(frozen=True)
class Answer:
    """What whoever polls is told: the certificates (zip) if there are any, else why not."""

    decision: Decision
    certificates: bytes | None = None


class UnacceptableRequestError(ValueError):
    """The request's name can't be registered whoever asks; the message says what to change."""


class IdentityManager:
    """Answers registrations from the log; what to sign is the reconciler's."""

    def __init__(self, ledger: Ledger, writer: Writer, configuration: Callable[[], Configuration]) -> None:
        self._ledger = ledger
        self._writer = writer
        self._configuration = configuration

    async def submit(self, der: bytes, token: str | None) -> Registration:
        """Record a request (PKCS #10, DER) and return its registration; the same name and key get the same one.

        Raises CertificateError or UnacceptableRequestError for a bad request, and BusyError.
        """
        request = CertificateRequest.from_der(der)
        objections = request.legal_name.doorman_objections()
        if objections:
            raise UnacceptableRequestError(f"the legal name {request.legal_name} is refused: {'; '.join(objections)}")
        configuration = self._configuration()
        member = admission.member_of(configuration, request.legal_name)
        key = str(SecureHash.of(request.spki))
        request_id = _request_id(request)
        proof = None if token is None else admission.token_proof(request_id, admission.token_hash(token))
        known = self._ledger.state.registrations.get(request_id)
        if known is not None and _says_nothing_new(known, member, proof):
            return known

        def propose(proposing: Proposing) -> Registration:
            present = proposing.state.registrations.get(request_id)
            if present is not None and _says_nothing_new(present, member, proof):
                return present
            if present is None and not (member is not None and admission.proves(member, request_id, proof)):
                _check_room(configuration, proposing.state, member)
            proposing.add(
                CertificateRequested(
                    request_id=request_id,
                    legal_name=str(request.legal_name),
                    role=4 if request.role is Role.NODE_CA else 3,
                    key=key,
                    token_proof=proof,
                    request=proposing.attach(der),
                )
            )
            return proposing.state.registrations[request_id]

        return await self._writer.propose(propose)

    async def answer(self, request_id: str) -> tuple[Registration, Answer] | None:
        """Return how things stand with a request, or None if there's no such request; raise AzureError."""
        registration = self._ledger.state.registrations.get(request_id)
        if registration is None:
            # Another replica may have taken it a moment ago.
            await self._ledger.refresh()
            registration = self._ledger.state.registrations.get(request_id)
        if registration is None:
            return None
        trust_root = self._ledger.state.trust_root
        if registration.bound and registration.issued is not None and trust_root is not None:
            certificate = await self._ledger.store.attachment(registration.issued.certificate)
            decision = Decision(Verdict.ADMITTED, "The certificate was issued.")
            return registration, Answer(decision, _zip(certificate, trust_root))
        return registration, Answer(admission.decide(self._configuration(), self._ledger.state, registration))


def _check_room(configuration: Configuration, state: State, member: Member | None) -> None:
    """Raise BusyError if too many requests wait that anybody could have sent: of a member, or of no member."""
    if admission.waiting(configuration, state, member) >= configuration.limits.pending_requests:
        whose = "unknown organisations wait" if member is None else f"{member.organisation} wait"
        raise BusyError(
            f"Too many requests of {whose} for the consortium. A member with a submission token registers all the same."
        )


def _request_id(request: CertificateRequest) -> str:
    # From what makes a request the same, so that asking twice needs no memory. The node puts it into a URL as it is.
    whole = b"\0".join([bytes([request.role]), request.legal_name.to_x509().public_bytes(), request.spki])
    return hashlib.sha256(whole).hexdigest()[:40].upper()


def _says_nothing_new(registration: Registration, member: Member | None, proof: str | None) -> bool:
    """Tell whether a request is known with the better of both proofs: requests can be read in the log by anybody."""
    if registration.issued is not None or proof in (None, registration.token_proof):
        return True
    if registration.token_proof is None:
        return False
    return member is None or not admission.proves(member, registration.request_id, proof)


def _zip(certificate: bytes, trust_root: TrustRoot) -> bytes:
    """Return the chain as nodes read it: entries in this order, whatever their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cordaclientca.cer", certificate)
        archive.writestr("cordaintermediateca.cer", trust_root.identity_manager)
        archive.writestr("cordarootca.cer", trust_root.root)
    return buffer.getvalue()
