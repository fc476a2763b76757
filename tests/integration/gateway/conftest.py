"""Bank A's gateway in front of its two genuine nodes, and what it needs of Azure."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.keyvault.secrets import SecretClient

from local.azure.standins import StandIns
from local.azure.stub.roles import Role
from local.images.sandbox import Sandbox
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.cordapp.conftest import Banks, running
from tests.integration.gateway.balancer import Balancer
from tests.integration.gateway.replica import SECRET, Replica
from tests.integration.network.genuine import rpc

PERMISSIONS = (
    "StartFlow.io.cordaoperator.creditrecord.flows.CreateCreditRecord",
    "StartFlow.io.cordaoperator.creditrecord.flows.UpdateCreditRecord",
    "InvokeRpc.finishedFlowsWithClientIds",
    "InvokeRpc.networkMapSnapshot",
    "InvokeRpc.nodeInfo",
    "InvokeRpc.removeClientId",
    "InvokeRpc.vaultQueryBy",
)
"""All that the gateway's RPC user may do."""


@dataclass
class Gateway:
    """Two replicas that differ in their patience, the nodes, and the bank's vault."""

    patient: Replica
    impatient: Replica
    banks: Banks
    secrets: SecretClient

    def put_password(self, value: str) -> None:
        """Write a new version of the RPC user's password."""
        self.secrets.set_secret(SECRET, value)


@pytest.fixture(scope="module")
def gateway(
    azure: StandIns,
    cluster_issuer: ClusterIssuer,
    sandbox_of: Callable[[str], Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    network = tmp_path_factory.mktemp("network")
    with contextlib.ExitStack() as closing:
        banks = closing.enter_context(running(azure, cluster_issuer, sandbox_of, network, PERMISSIONS))
        balancer = Balancer([node.ports[1] for node in (banks.a_1, banks.a_2)])
        closing.callback(balancer.close)
        tenancy = Tenancy(azure, cluster_issuer, folder, closing)
        vault = tenancy.vault()
        secrets = tenancy.secrets(tenancy.workload((vault, Role.SECRETS_OFFICER)), vault)
        workload = tenancy.workload((vault, Role.SECRETS_USER))
        workload.token_file.chmod(0o644)
        image = sandbox_of("credit-record-gateway:1.0.0")
        replicas = {
            timeout: Replica(
                image, Path(folder, f"replica-{timeout}"), azure, workload, vault, balancer.port, rpc.USER, timeout
            )
            for timeout in ("230s", "8s")
        }
        for replica in replicas.values():
            closing.callback(replica.close)
        yield Gateway(replicas["230s"], replicas["8s"], banks, secrets)
