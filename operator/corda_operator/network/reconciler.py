"""Does what there is to be done: asks the vault for signatures and proposes the results to the log.

Every replica runs one. Two may work at the same task; the one whose proposal comes second finds it done.
"""

import asyncio
import contextlib
import datetime
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar, assert_never

from cryptography.x509 import ReasonFlags

from corda_operator.azure.errors import AzureError
from corda_operator.azure.keys import Signer
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.certificates.issuing import CrlDistributionPoint, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.revocation_lists import Revocation, issue_revocation_list
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.signed import SignedDataWithCert
from corda_operator.network import admission, plan
from corda_operator.network.configuration import Configuration
from corda_operator.network.ledger import Ledger
from corda_operator.network.listing import in_force
from corda_operator.network.log.records import (
    CertificateIssued,
    CertificateRevoked,
    ConfigurationApplied,
    NodeRemoved,
    ParametersAdopted,
    ParametersSigned,
    RevocationListSigned,
    UpdateProposed,
    UpdateWithdrawn,
    utc,
)
from corda_operator.network.log.state import State
from corda_operator.network.paths import revocation_list_url
from corda_operator.network.trust_root import Authorities
from corda_operator.network.writer import BusyError, Proposal, Proposing, RefusedError, Writer

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Reconciler:
    """Keeps the log in step with the configuration; `run` must be running, `wake` tells it that something changed."""

    def __init__(
        self,
        ledger: Ledger,
        writer: Writer,
        configuration: Callable[[], Configuration],
        authorities: Authorities,
        identity_manager: Signer,
        network_map: Signer,
        *,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    ) -> None:
        self._ledger = ledger
        self._writer = writer
        self._configuration = configuration
        self._authorities = authorities
        self._identity_manager = identity_manager
        self._network_map = network_map
        self._now = now
        self._wake = asyncio.Event()
        self._concerns: tuple[object, ...] = ()
        self._told: tuple[int, int] | None = None
        self._slots = asyncio.Semaphore(64)

    def wake(self) -> None:
        """Look again, soon."""
        self._wake.set()

    def notice(self, state: State) -> None:
        """Look again if a new state differs in something that makes work."""
        # One block may both settle a request and bring another.
        newest = next(reversed(state.pending), None)
        waiting = (len(state.pending), newest)
        concerns = (*waiting, state.unlisted_revocations, state.parameters_hash, state.update, state.epoch)
        if concerns != self._concerns:
            self._concerns = concerns
            self.wake()

    async def run(self) -> None:
        """Reconcile whenever woken, and when time makes something due, until cancelled."""
        while True:
            self._wake.clear()
            failed = await self._reconcile()
            due = plan.next_deadline(self._configuration(), self._ledger.state, self._now())
            pause = 2.0 if failed else max(0.05, (due - self._now()).total_seconds())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _reconcile(self) -> bool:
        configuration = self._configuration()
        state = self._ledger.state
        if configuration.generation > state.generation:
            await self._settled(self._apply(configuration))
            state = self._ledger.state
        self._tell_if_outdated(configuration, state)
        results: list[bool] = []
        due = plan.tasks(configuration, state, self._now())
        try:
            due += plan.parameters_tasks(configuration, state, self._now())
        except ValueError as error:
            logger.error("the network parameters can't be as the configuration has them: %s", error)
            results.append(False)
        # Of one kind at the same time, so that the log takes them together; kinds in their order.
        for _, kind in itertools.groupby(due, key=type):
            results += await asyncio.gather(*(self._settled(self._do(configuration, task)) for task in kind))
        return not all(results)

    def _tell_if_outdated(self, configuration: Configuration, state: State) -> None:
        generations = configuration.generation, state.generation
        if configuration.generation < state.generation and generations != self._told:
            logger.warning(
                "this replica decides nothing: its configuration has generation %d, but generation %d was acted on "
                "already; if no newer one is to come, raise the number",
                *generations,
            )
        self._told = generations

    async def _settled(self, work: Awaitable[None]) -> bool:
        # One task that can't be done must not keep back the others.
        try:
            async with self._slots:
                await work
        except RefusedError as refusal:
            logger.debug("no longer to be done: %s", refusal)
        except (AzureError, BusyError, CertificateError, ValueError) as error:
            logger.error("could not reconcile, trying again: %s", error)
            return False
        return True

    async def _propose(self, configuration: Configuration, proposal: Proposal[T]) -> T:
        def propose(proposing: Proposing) -> T:
            if configuration.generation < proposing.state.generation:
                raise RefusedError(
                    f"another replica acts on generation {proposing.state.generation} of the configuration already, "
                    f"this one still has {configuration.generation}"
                )
            return proposal(proposing)

        return await self._writer.propose(propose)

    async def _apply(self, configuration: Configuration) -> None:
        def propose(proposing: Proposing) -> None:
            if configuration.generation > proposing.state.generation:
                proposing.add(ConfigurationApplied(generation=configuration.generation))

        await self._writer.propose(propose)

    async def _do(self, configuration: Configuration, task: plan.Task) -> None:
        match task:
            case plan.IssueCertificate():
                await self._issue(configuration, task)
            case plan.RevokeCertificate():
                await self._revoke(configuration, task)
            case plan.SignRevocationList():
                await self._sign_revocation_list(configuration)
            case plan.RemoveNode():
                await self._remove(configuration, task)
            case plan.ProposeParameters():
                await self._propose_parameters(configuration, task)
            case plan.WithdrawUpdate():
                await self._withdraw(configuration, task)
            case plan.AdoptParameters():
                await self._adopt(configuration, task)
            case _:
                assert_never(task)

    async def _issue(self, configuration: Configuration, task: plan.IssueCertificate) -> None:
        registration = self._ledger.state.registrations[task.request_id]
        request = CertificateRequest.from_der(await self._ledger.store.attachment(registration.request))
        role = Role(registration.role)
        unsigned = issue(
            Profile.NODE_CA if role is Role.NODE_CA else Profile.SERVICE_IDENTITY,
            request.legal_name,
            request.public_key,
            self._authorities.identity_manager,
            Validity.starting(self._now()),
            crl_distribution_point=CrlDistributionPoint(
                revocation_list_url(configuration.public_url, "identity-manager")
            ),
            name_constraints=role is Role.NODE_CA,
        )
        certificate = unsigned.signed(await self._identity_manager.sign(unsigned.to_be_signed))

        def propose(proposing: Proposing) -> None:
            current = proposing.state.registrations[task.request_id]
            decision = admission.decide(configuration, proposing.state, current)
            if current.issued is not None or decision.verdict is not admission.Verdict.ADMITTED:
                raise RefusedError(f"request {task.request_id} is not to be signed: {decision.reason}")
            proposing.add(
                CertificateIssued(
                    request_id=task.request_id,
                    serial_number=str(certificate.serial_number),
                    certificate=proposing.attach(certificate.der),
                )
            )

        await self._propose(configuration, propose)
        logger.info(
            "issued a certificate",
            extra={"legal_name": registration.legal_name, "request_id": task.request_id, "role": role.name},
        )

    async def _revoke(self, configuration: Configuration, task: plan.RevokeCertificate) -> None:
        def propose(proposing: Proposing) -> str:
            registration = proposing.state.registration_of(task.serial_number)
            if registration is None or not registration.bound:
                raise RefusedError(f"certificate {task.serial_number} is revoked already")
            proposing.add(CertificateRevoked(serial_number=task.serial_number, reason=task.reason))
            return registration.legal_name

        legal_name = await self._propose(configuration, propose)
        logger.warning("revoked a certificate", extra={"legal_name": legal_name, "serial_number": task.serial_number})

    async def _sign_revocation_list(self, configuration: Configuration) -> None:
        state = self._ledger.state
        now = utc(self._now()).replace(microsecond=0)
        number = 1 if state.revocation_list is None else state.revocation_list.number + 1
        revoked = _revoked(state)
        unsigned = issue_revocation_list(
            self._authorities.identity_manager,
            number=number,
            this_update=now,
            next_update=now + plan.REVOCATION_LIST_LIFETIME,
            revoked=revoked,
        )
        signed = unsigned.signed(await self._identity_manager.sign(unsigned.to_be_signed))

        def propose(proposing: Proposing) -> None:
            present = proposing.state.revocation_list
            if (0 if present is None else present.number) != number - 1 or _revoked(proposing.state) != revoked:
                raise RefusedError("the revocation list has changed meanwhile")
            proposing.add(
                RevocationListSigned(
                    number=number,
                    next_update=now + plan.REVOCATION_LIST_LIFETIME,
                    revocation_list=proposing.attach(signed.der),
                )
            )

        await self._propose(configuration, propose)

    async def _remove(self, configuration: Configuration, task: plan.RemoveNode) -> None:
        def propose(proposing: Proposing) -> tuple[str, ...]:
            node = proposing.state.nodes.get(task.hash)
            if node is None:
                raise RefusedError(f"node {task.hash} is not listed any more")
            reason = plan.removal(configuration, proposing.state, node, proposing.now)
            if reason is None:
                raise RefusedError(f"node {task.hash} is not to be removed any more")
            proposing.add(NodeRemoved(hash=task.hash, reason=reason))
            return node.legal_names

        names = await self._propose(configuration, propose)
        logger.warning("removed a node: %s", task.reason, extra={"legal_name": names[0]})

    async def _propose_parameters(self, configuration: Configuration, task: plan.ProposeParameters) -> None:
        parameters = task.parameters
        raw = parameters.encode()
        signature = await self._network_map.sign(raw)
        signed = SignedDataWithCert(raw, self._authorities.network_map.der, signature)
        settings = configuration.parameters_update

        def propose(proposing: Proposing) -> None:
            if proposing.state.epoch != parameters.epoch - 1:
                raise RefusedError(f"epoch {parameters.epoch} exists already")
            first = in_force(proposing.state) is None
            parameters_hash = str(signed.hash)
            proposing.add(
                ParametersSigned(
                    hash=parameters_hash,
                    epoch=parameters.epoch,
                    revision=task.revision,
                    parameters=proposing.attach(signed.encode()),
                )
            )
            if first:
                proposing.add(ParametersAdopted(hash=parameters_hash))
            else:
                deadline = utc(proposing.now + settings.acceptance_period)
                proposing.add(UpdateProposed(hash=parameters_hash, description=settings.description, deadline=deadline))

        await self._propose(configuration, propose)
        logger.info("signed network parameters", extra={"epoch": parameters.epoch, "hash": str(signed.hash)})

    async def _withdraw(self, configuration: Configuration, task: plan.WithdrawUpdate) -> None:
        def propose(proposing: Proposing) -> None:
            _still_due(task, configuration, proposing)
            proposing.add(UpdateWithdrawn(hash=task.hash))

        await self._propose(configuration, propose)
        logger.info("withdrew the proposed network parameters", extra={"hash": task.hash})

    async def _adopt(self, configuration: Configuration, task: plan.AdoptParameters) -> None:
        def propose(proposing: Proposing) -> None:
            _still_due(task, configuration, proposing)
            proposing.add(ParametersAdopted(hash=task.hash))

        await self._propose(configuration, propose)
        logger.info("flag day: the network has new parameters", extra={"hash": task.hash})


def _still_due(task: plan.Task, configuration: Configuration, proposing: Proposing) -> None:
    if task not in plan.parameters_tasks(configuration, proposing.state, proposing.now):
        raise RefusedError(f"no longer to be done, as things stand by now: {task}")


def _revoked(state: State) -> list[Revocation]:
    issued = [each.issued for each in state.registrations.values() if each.issued is not None]
    return [
        Revocation(
            int(each.serial_number),
            each.revocation.time.replace(microsecond=0),
            ReasonFlags(each.revocation.reason),
        )
        for each in issued
        if each.revocation is not None
    ]
