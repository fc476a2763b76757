"""One consortium's services for all tests, and nodes that want to join it."""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corda_operator.azure import AzureSession
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.enrolment.process import ExitCode
from local.azure.standins import StandIns
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy, Workload
from tests.integration.enrolment.node import Node
from tests.integration.network.genuine.services import NetworkServices

NOTARY_SERVICES = [f"OU=Service {number}, O=Notary, L=London, C=GB" for number in range(9)]
SUBMISSION_TOKEN = "t0ken-of-the-bank"
WRITES = {"set-secret", "update-secret", "create-key", "sign", "recover-secret", "recover-key"}
MEMBERS = [
    {"organisation": "Bank"},
    {"organisation": "Notary"},
    {"organisation": "Token Bank", "submissionTokenSHA256": hashlib.sha256(SUBMISSION_TOKEN.encode()).hexdigest()},
    {"organisation": "Denied Bank", "admission": "Denied"},
]


@dataclass
class Consortium:
    """The services, and how many requests they have seen."""

    services: NetworkServices
    root: Certificate

    def request_ids(self, legal_name: str) -> set[str]:
        """Return the ids of the requests of a name that the identity manager has ever recorded."""
        lines = (self.services.folder / "network-services.log").read_text().splitlines()
        told = [json.loads(line) for line in lines if '"certificate requested"' in line]
        return {each["request_id"] for each in told if each["legal_name"] == legal_name}

    def submissions(self) -> int:
        """Return how many requests came in."""
        return (self.services.folder / "network-services.log").read_text().count('"certificate requested"')


@pytest.fixture(scope="session")
def consortium(
    azure: StandIns, cluster_issuer: ClusterIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Consortium]:
    folder = tmp_path_factory.mktemp("consortium")
    with contextlib.ExitStack() as closing:
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        document: dict[str, Any] = {
            "keyVault": {"url": azure.vault_url(vault)},
            "storage": {"accountURL": azure.account_url, "container": f"consortium-{uuid.uuid4().hex}"},
            "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
            "members": MEMBERS,
            "notaries": [{"serviceLegalName": each} for each in NOTARY_SERVICES],
            "networkMap": {"pollInterval": "1s"},
        }
        services = NetworkServices(folder, tenancy.workload((vault, Role.CRYPTO_OFFICER)), document)
        closing.callback(services.stop)
        services.create_trust_root()
        services.start()
        yield Consortium(services, services.root())


@pytest.fixture
def writes(azure: StandIns) -> Callable[[], int]:
    """Return a function that tells how many calls have changed, or signed, something in a vault since now."""

    def present() -> int:
        return sum(number for outcome, number in azure.admin.counts().items() if outcome.operation in WRITES)

    before = present()
    return lambda: present() - before


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A directory in memory, as a pod's volume."""
    path = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield path
    shutil.rmtree(path)


@dataclass
class Bench:
    """A vault, a workload that may do there what a node's first start needs, and nodes that share both."""

    consortium: Consortium
    vault: str
    vault_url: str
    workload: Workload
    memory: Path
    folder: Path

    def node(self, organisation: str = "Bank", **settings: Any) -> Node:
        """Return a node with a new legal name."""
        return Node(
            f"OU={uuid.uuid4().hex[:12]}, O={organisation}, L=London, C=GB",
            self.vault_url,
            self.consortium.services.url,
            self.consortium.root,
            self.workload,
            self.memory,
            self.folder,
            settings,
        )

    def session(self) -> AzureSession:
        """Return a session that may look into the vault."""
        return AzureSession({**os.environ, **self.node().environment})


@pytest.fixture(scope="session")
def bench(
    consortium: Consortium,
    azure: StandIns,
    cluster_issuer: ClusterIssuer,
    memory: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("nodes")
    with contextlib.ExitStack() as closing:
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        workload = tenancy.workload((vault, Role.SECRETS_OFFICER), (vault, Role.CRYPTO_OFFICER))
        yield Bench(consortium, vault, azure.vault_url(vault), workload, memory, folder)


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Give the process its environment back, in which starts set who they are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
            patch.setenv(name, "")
        yield


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    with nobody():
        yield


@pytest.fixture(scope="session")
def pool(bench: Bench) -> list[Node]:
    """Banks' nodes that were enrolled once; most of that is waiting, so all at a time."""
    nodes = [bench.node() for _ in range(8)]

    async def enrolled() -> list[ExitCode]:
        return await asyncio.gather(*(node.enrol() for node in nodes))

    with nobody():
        assert asyncio.run(enrolled()) == [ExitCode.READY] * len(nodes)
    return nodes


@pytest.fixture(scope="session")
def bank(pool: list[Node]) -> Node:
    """A bank's node that was enrolled once, for tests that leave it so."""
    return pool.pop()


@pytest.fixture
def enrolled(pool: list[Node]) -> Node:
    """A bank's node that was enrolled once, for one test alone."""
    return pool.pop()


@pytest.fixture
async def session(bench: Bench) -> AsyncIterator[AzureSession]:
    """A session that may look into the nodes' vault."""
    async with bench.session() as session:
        yield session


@pytest.fixture
def harmless(azure: StandIns) -> Iterator[StandIns]:
    """The stand-ins, whose faults are switched off again after a test."""
    yield azure
    azure.admin.switch_off()
