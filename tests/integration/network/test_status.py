"""What the admin port tells the operator, of processes as they are."""

import asyncio

import aiohttp

from corda_operator.network.report import StatusReport
from corda_operator.reconcile.consortium.hosted_findings import NO_TRUST_ROOT
from tests.integration.network.replicas import Deployment, Replica, eventually
from tests.unit.network.consortium import BANK_A, BANK_B


async def asked(replica: Replica, query: str = "") -> tuple[int, str]:
    async with aiohttp.request("GET", f"http://127.0.0.1:{replica.ports[1]}/status{query}") as response:
        return response.status, await response.text()


async def report(replica: Replica, query: str = "") -> StatusReport:
    status, text = await asked(replica, query)
    assert status == 200, text
    return StatusReport.model_validate_json(text)


async def test_a_replica_without_trust_root_says_so_and_then_what_it_serves(deployment: Deployment) -> None:
    replica = deployment.replica()
    replica.spawn()

    async def says_what_is_missing() -> bool:
        return await replica.probe("/status") == 503 and NO_TRUST_ROOT in (await asked(replica))[1]

    await eventually(says_what_is_missing)

    deployment.create_trust_root()
    await replica.wait_until_ready()
    for name in (BANK_A, BANK_B):
        member = await replica.register(name)
        assert await replica.publish(member.node_info().encode()) == 200

    found = await report(replica)
    assert found.trust_root is not None
    assert (found.node_count, found.certificate_count, found.pending_count) == (2, 2, 0)
    assert found.map_hash is not None
    metrics = await replica.metrics()
    assert metrics["corda_network_nodes"] == 2
    assert metrics["corda_network_changes_total"] >= 6
    requests = [each for each in await replica.samples() if each.name == "corda_network_azure_requests_total"]
    assert {each.labels["service"] for each in requests if each.value > 0} == {"BlobStorage", "KeyVault", "Entra"}
    [node] = (await report(replica, "?legalName=O%3DBank+A%2C+L%3DLondon%2C+C%3DGB")).nodes
    assert node.legal_names == (str(BANK_A),)


async def test_a_file_that_cannot_be_used_is_told_until_it_can(deployment: Deployment) -> None:
    replica = await deployment.started(generation=1)

    replica.configure(generation=2, weather="fine")
    async with asyncio.timeout(30):
        while (found := await report(replica)).configuration_error is None:
            await asyncio.sleep(0.2)
    assert "weather" in found.configuration_error
    assert found.replica_generation == 1

    del replica.document["weather"]
    replica.configure(generation=3)
    async with asyncio.timeout(30):
        while (found := await report(replica)).generation != 3:
            await asyncio.sleep(0.2)
    assert found.configuration_error is None
