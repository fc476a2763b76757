"""One API server for all of this folder, with our definitions in it; each test has namespaces of its own."""

import asyncio
import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corda_operator.api.crds import custom_resource_definitions
from corda_operator.enrolment.process import ExitCode
from local.azure.standins import StandIns
from local.azure.stub.roles import Role
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.enrolment.conftest import nobody
from tests.integration.enrolment.node import Node
from tests.integration.network.genuine.services import NetworkServices
from tests.integration.operator import resources
from tests.integration.operator.process import Desk
from tests.unit.reconcile.consortium.world import pem

NOTARY_SERVICE = "O=Notary Service, L=London, C=GB"


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A control plane whose nodes and pods are faked by kwok."""
    place = fast.up(tmp_path_factory.mktemp("cluster"))
    Kubectl(place.kubeconfig).define(list(custom_resource_definitions().values()))
    yield place
    fast.down(place.folder)


@dataclass(frozen=True)
class Elsewhere:
    """A network that somebody else runs: genuine network services, with a notary that has registered."""

    services: NetworkServices
    root_pem: str

    def consortium(self, **changes: Any) -> dict[str, Any]:
        """Return the Consortium that joins it."""
        return resources.consortium(self.root_pem, self.services.url, **changes)


@pytest.fixture(scope="package")
def elsewhere(
    azure: StandIns, cluster_issuer: ClusterIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("elsewhere")
    memory = Path(tempfile.mkdtemp(dir="/dev/shm"))
    with contextlib.ExitStack() as closing:
        closing.callback(shutil.rmtree, memory)
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        document: dict[str, Any] = {
            "keyVault": {"url": azure.vault_url(vault)},
            "storage": {"accountURL": azure.account_url, "container": f"consortium-{uuid.uuid4().hex}"},
            "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
            "members": [{"organisation": "Notary"}],
            "notaries": [{"serviceLegalName": NOTARY_SERVICE}],
            "networkMap": {"pollInterval": "1s"},
        }
        services = NetworkServices(folder, tenancy.workload((vault, Role.CRYPTO_OFFICER)), document)
        closing.callback(services.stop)
        services.create_trust_root()
        services.start()
        vault = tenancy.vault()
        notary = Node(
            "O=Notary, L=London, C=GB",
            azure.vault_url(vault),
            services.url,
            services.root(),
            tenancy.workload((vault, Role.SECRETS_OFFICER), (vault, Role.CRYPTO_OFFICER)),
            memory,
            folder,
            {"notary": {"serviceLegalName": NOTARY_SERVICE}},
        )
        with nobody():
            assert asyncio.run(notary.enrol()) is ExitCode.READY
        yield Elsewhere(services, pem(services.root()))


@pytest.fixture
def desk(place: Place) -> Callable[[], Desk]:
    """Return a function that makes a namespace."""
    return lambda: Desk(Kubectl(place.kubeconfig), f"bank-{uuid.uuid4().hex[:8]}")
