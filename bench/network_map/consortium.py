"""A network of so many nodes, in Azure's stand-ins: configured, registered and published before anything is measured.

The product's own services do it inside this process, without HTTP: every request is verified, every certificate signed
in the stub's vault, every node info verified and logged.
"""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.network_map.members import Applicant, Member, organisation
from corda_operator.azure.session import AzureSession
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.network import configuration as configurations
from corda_operator.network import trust_root
from corda_operator.network.ledger import Ledger
from corda_operator.network.log.blocks import Location
from corda_operator.network.log.state import State
from corda_operator.network.metrics import Metrics
from corda_operator.network.services import Services, running
from corda_operator.network.store import Store
from local.azure.standins import StandIns
from local.console import LocalError

POLL_SECONDS = 30
"""How long nodes keep the map (``Cache-Control: max-age``)."""
PUBLISHING = 256
"""How many of the nodes publish anew while it is measured."""
_AT_ONCE = 250
_VAULT = "dev"


@dataclass(frozen=True)
class Consortium:
    """A network of ``nodes`` nodes with a container and keys of its own."""

    folder: Path
    standins: StandIns
    nodes: int
    ports: tuple[int, int, int]
    """Of the replica that is measured: for nodes, for probes, for people."""

    @property
    def url(self) -> str:
        """Where the replica serves nodes."""
        return f"http://127.0.0.1:{self.ports[0]}"

    def write_configuration(self, name: str, account_url: str) -> Path:
        """Write a replica's configuration, which finds Storage at a URL, and return the file's path."""
        nodes, probes, page = self.ports
        document: dict[str, Any] = {
            "publicURL": self.url,
            "listen": f"127.0.0.1:{nodes}",
            "listenAdmin": f"127.0.0.1:{probes}",
            "listenPage": f"127.0.0.1:{page}",
            "keyVault": {"url": self.standins.vault_url(_VAULT), "keyPrefix": f"nodes-{self.nodes}"},
            "storage": {"accountURL": account_url, "container": f"nodes-{self.nodes}"},
            "trustRoot": {"organisation": "Measured Consortium", "locality": "London", "country": "GB"},
            "members": [{"organisation": organisation(number)} for number in range(self.nodes)],
            "networkMap": {"pollInterval": f"{POLL_SECONDS}s"},
            # All that is posted comes from one address here.
            "limits": {"postsPerSecondPerAddress": 1_000_000},
        }
        file = self.folder / f"{name}.yaml"
        self.folder.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return file

    async def prepared(self, file: Path) -> list[Member]:
        """Have every node listed that isn't yet, and return those that are to publish anew."""
        configuration = configurations.load(file)
        publishing: list[Member] = []
        async with AzureSession() as session:
            ledger = Ledger(Store(session.container(str(configuration.storage.account_url), f"nodes-{self.nodes}")))
            await ledger.open()
            await trust_root.create(ledger, session.vault_keys(str(configuration.key_vault.url)), configuration)
            async with running(configuration, session, Metrics()) as services:
                while services.network_map.network_map() is None:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
                async for members in _listed(services, [Applicant(number) for number in range(self.nodes)]):
                    publishing += members[: PUBLISHING - len(publishing)]
        return publishing


async def _listed(services: Services, applicants: Sequence[Applicant]) -> AsyncIterator[list[Member]]:
    for first in range(0, len(applicants), _AT_ONCE):
        some = applicants[first : first + _AT_ONCE]
        unlisted = [each for each in some if str(each.legal_name) not in services.ledger.state.node_names]
        await _registered(services, unlisted)
        # Of a network that is there already, only those who publish anew are needed.
        members = await _certified(services, some if first < PUBLISHING else unlisted)
        serial = int(time.time() * 1000)
        await asyncio.gather(
            *(
                services.network_map.publish(member.publication(serial).data)
                for member in members
                if member.applicant in unlisted
            )
        )
        yield members


async def _registered(services: Services, applicants: Iterable[Applicant]) -> None:
    await asyncio.gather(*(services.identity_manager.submit(each.request(), None) for each in applicants))
    services.wake()
    while services.ledger.state.pending:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)


async def _certified(services: Services, applicants: Iterable[Applicant]) -> list[Member]:
    state, now = services.ledger.state, datetime.datetime.now(datetime.UTC)
    above = [Certificate.from_der(each) for each in (services.trust_root.identity_manager, services.trust_root.root)]
    places = [(each, _certificate(state, each)) for each in applicants]
    # One read of a whole block instead of one for each certificate in it.
    blocks = {name: (await services.ledger.store.block(name)).data for name in {place.block for _, place in places}}
    return [
        Member(applicant, [Certificate.from_der(blocks[block][offset : offset + length]), *above], now)
        for applicant, (block, offset, length) in places
    ]


def _certificate(state: State, applicant: Applicant) -> Location:
    registration = state.bound(Role.NODE_CA, str(applicant.legal_name))
    if registration is None or registration.issued is None:
        raise LocalError(f"the identity manager did not certify {applicant.legal_name}")
    return registration.issued.certificate
