"""Key Vault that refuses, Storage that is away, SIGTERM in the middle: the process goes on, or ends well."""

import asyncio
import signal

import aiohttp

from local.azure.stub.faults import Fault, Kind
from tests.integration.network.replicas import Deployment, eventually
from tests.integration.network.test_nothing_is_lost import GENEROUS, registered, until_signing
from tests.unit.network.consortium import BANK_A, BANK_B, Member


async def test_while_key_vault_refuses_nothing_is_taken_and_everything_known_is_served(deployment: Deployment) -> None:
    replica = await deployment.started()
    member = await replica.register(BANK_A)
    await replica.network_map()
    admin = deployment.tenancy.azure.admin
    refusal = {"kind": "status", "status": 429, "retryAfter": 0, "operation": "sign", "vault": deployment.vault}
    admin.switch_on(Fault.model_validate(refusal))
    signed = member.node_info()

    refused = await replica.request("POST", "/network-map/publish", signed.encode())

    assert refused.status == 503
    assert refused.headers["Retry-After"] == "10"
    assert "did not confirm the change" in refused.text
    assert (await replica.network_map()).node_info_hashes == ()
    assert await replica.probe("/readyz") == 200
    admin.switch_off()
    async with asyncio.timeout(30):
        while await replica.publish(signed.encode()) != 200:
            await asyncio.sleep(0.2)
    assert (await replica.network_map()).node_info_hashes == (signed.hash,)
    log = replica.log
    assert "could not write to the log" in log
    assert "429" in log
    assert deployment.workload.token_file.read_text() not in log
    assert "PRIVATE KEY" not in log
    assert "eyJ" not in log


async def test_while_storage_is_away_the_map_is_served_and_afterwards_nodes_are_taken(deployment: Deployment) -> None:
    proxy = deployment.proxy()
    replica = await deployment.started(storage=deployment.storage_by(proxy))
    member = await replica.register(BANK_A)
    known = await replica.network_map()
    toxiproxy = deployment.tenancy.azure.toxiproxy
    toxiproxy.disable(proxy.name)

    publishing = asyncio.create_task(replica.request("POST", "/network-map/publish", member.node_info().encode()))
    unknown = await replica.request("GET", f"/network-map/node-info/{'AB' * 32}")
    assert await replica.network_map() == known
    assert await replica.probe("/readyz") == 200
    assert (unknown.status, unknown.headers["Cache-Control"]) == (503, "no-store")
    toxiproxy.enable(proxy.name)

    # It waited, and got its answer.
    assert (await publishing).status == 200
    assert len((await replica.network_map()).node_info_hashes) == 1


async def test_sigterm_while_nodes_publish_leaves_no_accepted_request_without_an_answer(deployment: Deployment) -> None:
    replica = await deployment.started(limits=GENEROUS)
    members = await registered([replica], 40)
    admin = deployment.tenancy.azure.admin
    admin.switch_on(Fault(kind=Kind.LATENCY, seconds=4, operation="sign", vault=deployment.vault))
    answers: dict[str, int] = {}

    async def node(member: Member, session: aiohttp.ClientSession) -> None:
        signed = member.node_info()
        data = signed.encode()
        async with session.post(f"{replica.url}/network-map/publish", data=data) as response:
            answers[str(signed.hash)] = response.status

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        publishing = [asyncio.create_task(node(member, session)) for member in members]
        await until_signing(deployment)
        await eventually(lambda: replica.has_connections(len(members)))
        assert not answers
        replica.send(signal.SIGTERM)
        await asyncio.gather(*publishing)

    assert await replica.wait_for_end() == 0
    assert set(answers.values()) <= {200, 503}
    assert 200 in answers.values()
    fresh = await deployment.started("fresh")
    listed = {str(each) for each in (await fresh.network_map()).node_info_hashes}
    assert {each for each, status in answers.items() if status == 200} <= listed
    assert "Traceback" not in replica.log


async def test_a_configuration_that_went_wrong_leaves_the_last_good_one_in_use(deployment: Deployment) -> None:
    replica = await deployment.started()
    good = replica.file.read_text()

    wrong = {"is not YAML": "members: [", "listed twice: Bank A": good.replace("Bank B", "Bank A")}
    for reason, text in wrong.items():
        replica.file.write_text(text)
        async with asyncio.timeout(60):
            while reason not in replica.log:
                await asyncio.sleep(0.1)
        assert (await replica.request("GET", "/trust-root")).status == 200
    assert (await replica.register(BANK_B)).chain
    replica.file.write_text(good)

    assert (await replica.register(BANK_A)).chain
    assert await replica.probe("/readyz") == 200
