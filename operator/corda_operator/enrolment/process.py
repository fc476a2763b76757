"""Enrolment as a process: tries until the node can start, unless a person has to change something first."""

import asyncio
import itertools
import logging
import random
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path

from corda_operator.azure.errors import AzureError, NotConfigured, NotFound, Unavailable
from corda_operator.azure.session import AzureSession
from corda_operator.enrolment import node_files
from corda_operator.enrolment.configuration import Configuration, load
from corda_operator.enrolment.errors import CertificateEndedError, EnrolmentError, RefusedError, WaitingError
from corda_operator.enrolment.identity_manager import identity_manager
from corda_operator.enrolment.memory import MemoryDirectory
from corda_operator.enrolment.node_keys import NodeVault
from corda_operator.enrolment.progress import Phase, Progress
from corda_operator.enrolment.registration import Registration

logger = logging.getLogger(__name__)

_SHORTEST, _LONGEST = 1.0, 60.0
"""Seconds between two tries."""


class ExitCode(IntEnum):
    """What the process ends with."""

    READY = 0
    CONFIGURATION = 1
    """The configuration, or the vault's content, can't be used."""
    REFUSED = 2
    """The identity manager has refused the node."""
    DENIED = 3
    """Azure has denied something, or has what can't be right."""
    EXPIRED = 4
    """A certificate has ended that no start renews."""
    TERMINATED = 143
    """SIGTERM, as programs without a handler end."""


async def run(file: Path, *, allow_disk: bool, termination_log: Path) -> ExitCode:
    """Enrol the node that a configuration describes, and return how that ended."""
    enrolment = asyncio.ensure_future(_told(file, allow_disk=allow_disk, termination_log=termination_log))
    # As a container's first process it would otherwise not be ended by SIGTERM at all.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, enrolment.cancel)
    try:
        return await enrolment
    except asyncio.CancelledError:
        logger.info("told to end; the next start goes on from here")
        return ExitCode.TERMINATED


async def _told(file: Path, *, allow_disk: bool, termination_log: Path) -> ExitCode:
    progress = Progress(termination_log=termination_log)
    try:
        configuration = load(file)
        directory = MemoryDirectory(configuration.output, allow_disk=allow_disk)
        progress.status = directory.path / "status.json"
        if allow_disk:
            logger.warning("private keys may be written to a disk: --allow-disk")
        await _enrol(configuration, directory, progress)
    except RefusedError as error:
        progress.tell(Phase.REFUSED, str(error), logging.ERROR)
        return ExitCode.REFUSED
    except CertificateEndedError as error:
        progress.tell(Phase.FAILED, str(error), logging.ERROR)
        return ExitCode.EXPIRED
    except (EnrolmentError, NotConfigured) as error:
        progress.tell(Phase.FAILED, str(error), logging.ERROR)
        return ExitCode.CONFIGURATION
    except AzureError as error:
        progress.tell(Phase.FAILED, str(error), logging.ERROR)
        return ExitCode.DENIED
    progress.tell(Phase.READY, "The node can start.")
    return ExitCode.READY


async def _enrol(configuration: Configuration, directory: MemoryDirectory, progress: Progress) -> None:
    url = configuration.key_vault.url
    async with (
        AzureSession() as session,
        identity_manager(configuration.identity_manager_url, _headers(configuration)) as services,
    ):
        secrets = session.vault_secrets(url)
        registration = Registration(configuration, secrets, services, progress)
        vault = NodeVault(configuration, session.vault_keys(url), secrets, registration, progress)

        async def attempt() -> None:
            keys = await vault.node_keys()
            held = await node_files.passwords(configuration, secrets)
            node_files.write(directory, configuration, keys, held)

        await persistently(attempt, progress)


async def persistently(attempt: Callable[[], Awaitable[None]], progress: Progress) -> None:
    """Try until it succeeds or fails in a way that time won't mend, with growing pauses (seconds).

    Each try finds in the vault what the one before it has achieved.
    """
    loop = asyncio.get_running_loop()
    pauses = _pauses()
    while True:
        began = loop.time()
        try:
            return await attempt()
        except (Unavailable, WaitingError, NotFound) as error:
            if loop.time() - began > _LONGEST:
                pauses = _pauses()
            asked = None if isinstance(error, NotFound) else error.retry_after
            pause = max(next(pauses), asked or 0.0)
            progress.tell(progress.phase, str(error), logging.WARNING)
        await asyncio.sleep(pause)


def _pauses() -> Iterator[float]:
    for number in itertools.count():
        longest = min(_SHORTEST * 2 ** min(number, 16), _LONGEST)
        yield random.uniform(longest / 2, longest)  # noqa: S311 - so that not all nodes come back at once


def _headers(configuration: Configuration) -> Mapping[str, str]:
    """Return what a node says about itself when it registers (corda: HTTPNetworkRegistrationService.submitRequest)."""
    return {
        "Platform-Version": str(configuration.platform_version),
        "Client-Version": configuration.corda_version,
        "Private-Network-Map": str(configuration.private_network_map or ""),
    }
