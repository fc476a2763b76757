"""A network of genuine nodes with the credit record CorDapp, signed: a notary, two nodes of bank A, one of bank B."""

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from corda_operator.corda.names import LegalName
from local import cordapps
from local.azure.standins import StandIns
from local.azure.stub.roles import Role
from local.images.sandbox import Sandbox
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.network.genuine.node import GenuineNode
from tests.integration.network.genuine.own_keys import bring_key_stores
from tests.integration.network.genuine.rpc import Rpc
from tests.integration.network.genuine.services import NetworkServices

NOTARY = LegalName.parse("O=Notary, L=London, C=GB")
NOTARY_SERVICE = LegalName.parse("OU=Service, O=Notary, L=London, C=GB")
BANK_A_1 = LegalName.parse("OU=Node 1, O=Bank A, L=London, C=GB")
BANK_A_2 = LegalName.parse("OU=Node 2, O=Bank A, L=London, C=GB")
BANK_B = LegalName.parse("O=Bank B, L=Paris, C=FR")
CLIENT = (
    "StartFlow.io.cordaoperator.creditrecord.flows.CreateCreditRecord",
    "StartFlow.io.cordaoperator.creditrecord.flows.UpdateCreditRecord",
    "InvokeRpc.vaultQueryBy",
)
"""All that a client of the CorDapp may do."""
OBSERVER = (
    "InvokeRpc.internalFindVerifiedTransaction",
    "InvokeRpc.networkMapSnapshot",
    "InvokeRpc.nodeDiagnosticInfo",
    "InvokeRpc.stateMachinesSnapshot",
)
"""What these tests look at beside."""


@dataclass
class Banks:
    """The nodes."""

    a_1: GenuineNode
    a_2: GenuineNode
    b: GenuineNode

    @property
    def nodes(self) -> tuple[GenuineNode, ...]:
        """All nodes of both banks."""
        return self.a_1, self.a_2, self.b


@pytest.fixture(scope="module")
def banks(
    azure: StandIns,
    cluster_issuer: ClusterIssuer,
    sandbox_of: Callable[[str], Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Banks]:
    with running(azure, cluster_issuer, sandbox_of, tmp_path_factory.mktemp("network"), (*CLIENT, *OBSERVER)) as banks:
        yield banks


@contextlib.contextmanager
def running(
    azure: StandIns,
    cluster_issuer: ClusterIssuer,
    sandbox_of: Callable[[str], Sandbox],
    folder: Path,
    permissions: Sequence[str],
) -> Iterator[Banks]:
    """Give the nodes, up and in sight of one another, with an RPC user that has some permissions."""
    archives = cordapps.built().archives
    corda = sandbox_of("corda:4.10")
    with contextlib.ExitStack() as closing:
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        configuration = {
            "keyVault": {"url": azure.vault_url(vault)},
            "storage": {"accountURL": azure.account_url, "container": f"consortium-{uuid.uuid4().hex}"},
            "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
            "members": [{"organisation": each} for each in ("Notary", "Bank A", "Bank B")],
            "notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}],
            "networkParameters": {"minimumPlatformVersion": 12},
            "networkMap": {"pollInterval": "1s"},
        }
        services = NetworkServices(folder, tenancy.workload((vault, Role.CRYPTO_OFFICER)), configuration)
        closing.callback(services.stop)
        trust_store = services.create_trust_root()
        services.start()

        (folder / "rpc").mkdir()
        rpc = Rpc(corda, folder / "rpc", archives, program=Path(__file__).with_name("CreditRecords.java"))
        closing.callback(rpc.close)
        notary = GenuineNode(NOTARY, corda, rpc, folder / "notary", NOTARY_SERVICE)
        closing.callback(notary.close)
        notary.prepare(services, [])
        notary.register(trust_store)
        banks = Banks(*(_bank(name, corda, rpc, folder, permissions) for name in (BANK_A_1, BANK_A_2, BANK_B)))
        for node in banks.nodes:
            closing.callback(node.close)
            node.prepare(services, archives)
            bring_key_stores(node, services)
        banks.a_1.migrate()
        for node in (notary, banks.a_1):
            assert node.wait_for_end() == 0, f"{node.tail}\n{services.tail}"
        for node in (banks.a_2, banks.b):
            # A migrated database has nothing of its node in it, and a copy is quicker than a migration.
            shutil.copyfile(banks.a_1.base / "persistence.mv.db", node.base / "persistence.mv.db")
        # All at once would be slower.
        with ThreadPoolExecutor(2) as together:
            list(together.map(GenuineNode.start, (notary, *banks.nodes)))
        everybody = sorted(map(str, (NOTARY, BANK_A_1, BANK_A_2, BANK_B)))
        for node in banks.nodes:
            node.wait_until(lambda each: sorted(each.ask("nodes")), everybody)
        yield banks


def _bank(name: LegalName, corda: Sandbox, rpc: Rpc, folder: Path, permissions: Sequence[str]) -> GenuineNode:
    return GenuineNode(
        name,
        corda,
        rpc,
        folder / f"{name.organisation} {name.organisation_unit or ''}".strip().lower().replace(" ", "-"),
        accepts_development_key=False,
        permissions=permissions,
    )
