"""One network of genuine nodes with the network services: a notary and bank A registered by Corda, bank B by us."""

import contextlib
import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corda_operator.corda.names import LegalName
from local.azure.standins import StandIns
from local.azure.stub.roles import Role
from local.images.jars import FINANCE, FINANCE_TABLE, archive
from local.images.sandbox import Sandbox
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.network.genuine.node import GenuineNode
from tests.integration.network.genuine.own_keys import bring_key_stores
from tests.integration.network.genuine.rpc import Rpc
from tests.integration.network.genuine.services import NetworkServices

NOTARY = LegalName.parse("O=Notary, L=London, C=GB")
NOTARY_SERVICE = LegalName.parse("OU=Service, O=Notary, L=London, C=GB")
BANK_A = LegalName.parse("O=Bank A, L=London, C=GB")
BANK_B = LegalName.parse("O=Bank B, L=Paris, C=FR")
NOTARY_TOKEN = "what the notary was told by the consortium"
MEMBERS: dict[str, dict[str, str]] = {
    "Notary": {"submissionTokenSHA256": hashlib.sha256(NOTARY_TOKEN.encode()).hexdigest()},
    "Second Notary": {},
    "Bank A": {},
    "Bank B": {},
}


@dataclass
class Network:
    """The services, the trust store that they made for registrations, and the nodes."""

    services: NetworkServices
    trust_store: Path
    notary: GenuineNode
    bank_a: GenuineNode
    bank_b: GenuineNode

    @property
    def nodes(self) -> tuple[GenuineNode, ...]:
        """All nodes."""
        return self.notary, self.bank_a, self.bank_b


def members(without: str | None = None) -> list[dict[str, str]]:
    """Return the configuration's section, with all organisations or all but one."""
    return [{"organisation": each, **more} for each, more in MEMBERS.items() if each != without]


def configuration(azure: StandIns, vault: str) -> dict[str, Any]:
    """Return what the services are told at first."""
    return {
        "keyVault": {"url": azure.vault_url(vault)},
        "storage": {"accountURL": azure.account_url, "container": f"consortium-{uuid.uuid4().hex}"},
        "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
        "members": members(without="Bank A"),
        "notaries": [{"serviceLegalName": str(NOTARY_SERVICE)}],
        "networkParameters": {"minimumPlatformVersion": 12},
        "networkMap": {"pollInterval": "1s"},
    }


@pytest.fixture(scope="module")
def network(
    azure: StandIns,
    cluster_issuer: ClusterIssuer,
    sandbox_of: Callable[[str], Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Network]:
    corda = sandbox_of("corda:4.10")
    folder = tmp_path_factory.mktemp("network")
    cordapps = [archive(each, FINANCE_TABLE) for each in FINANCE]
    with contextlib.ExitStack() as closing:
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        workload = tenancy.workload((vault, Role.CRYPTO_OFFICER))
        services = NetworkServices(folder, workload, configuration(azure, vault))
        closing.callback(services.stop)
        trust_store = services.create_trust_root()
        services.start()

        (folder / "rpc").mkdir()
        rpc = Rpc(corda, folder / "rpc", cordapps)
        closing.callback(rpc.close)
        notary = GenuineNode(NOTARY, corda, rpc, folder / "notary", NOTARY_SERVICE, NOTARY_TOKEN)
        bank_a = GenuineNode(BANK_A, corda, rpc, folder / "bank-a")
        bank_b = GenuineNode(BANK_B, corda, rpc, folder / "bank-b")
        network = Network(services, trust_store, notary, bank_a, bank_b)
        for node in network.nodes:
            closing.callback(node.close)
            node.prepare(services, [] if node is notary else cordapps)

        for node in (notary, bank_a):
            node.register(trust_store)
        bring_key_stores(bank_b, services)
        bank_b.migrate()
        bank_a.wait_for("Successfully submitted request")
        assert services.request("GET", f"/certificate/{bank_a.request_id}")[0] == 204
        services.configure(members=members())
        for node in network.nodes:
            assert node.wait_for_end() == 0, f"{node.tail}\n{services.tail}"
        # One after the other is quicker than all at once, and the map has the notary in it when banks look.
        for node in network.nodes:
            node.start()
        yield network
