"""The network map over HTTP: what nodes publish, poll and accept, and what stays for ever."""

import asyncio
import datetime
import functools

from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.signed import SignedDataWithCert
from tests.integration.network.replicas import Deployment, Replica, eventually
from tests.unit.network.consortium import BANK_A, BANK_B, Member

FOREVER = "public, max-age=31536000, immutable"
AT_ONCE = {"adoptWhenAllAccepted": True}


async def parameters(replica: Replica, name: str) -> NetworkParameters:
    answer = await replica.request("GET", f"/network-map/network-parameters/{name}")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, FOREVER), answer
    return NetworkParameters.decode(SignedDataWithCert.decode(answer.body).raw)


async def proposed_parameters(replica: Replica) -> str:
    """Return the hash of the parameters that the map announces, as soon as it does."""
    async with asyncio.timeout(30):
        while (update := (await replica.network_map()).parameters_update) is None:
            await asyncio.sleep(0.05)
    return str(update.new_parameters_hash)


async def in_force(replica: Replica, name: str) -> bool:
    return str((await replica.network_map()).network_parameter_hash) == name


async def revocation_list(replica: Replica) -> RevocationList:
    answer = await replica.request("GET", "/certificate-revocation-list/identity-manager")
    assert answer.status == 200, answer
    return RevocationList.from_der(answer.body)


async def test_a_published_node_is_listed_and_served_as_it_was_published(deployment: Deployment) -> None:
    replica = await deployment.started()
    member = await replica.register(BANK_A)
    published = member.node_info()

    answer = await replica.request("POST", "/network-map/publish", published.encode())
    assert (answer.status, answer.body, answer.headers["Cache-Control"]) == (200, b"", "no-store")

    found = await replica.network_map()
    assert found.node_info_hashes == (published.hash,)
    for name in (str(published.hash), str(published.hash).lower()):
        served = await replica.request("GET", f"/network-map/node-info/{name}")
        assert (served.body, served.headers["Cache-Control"]) == (published.encode(), FOREVER)
    served = await replica.request("GET", "/network-map")
    signed = SignedDataWithCert.decode(served.body)
    assert served.headers["Cache-Control"] == "public, max-age=7"
    assert len(signed.by) > 0
    assert (await parameters(replica, str(found.network_parameter_hash))).epoch == 1


async def test_every_answer_says_how_long_it_holds_and_refusals_say_why(deployment: Deployment) -> None:
    limits = {"bodyBytes": 1024, "postsPerSecondPerAddress": 0.2}
    replica = await deployment.started(limits=limits)
    missing = "AB" * 32
    expected = {
        ("GET", "/trust-root"): 200,
        ("GET", "/log/head"): 200,
        ("GET", "/network-map/my-hostname"): 200,
        ("GET", "/certificate-revocation-list/root"): 200,
        ("GET", "/certificate-revocation-list/tls"): 200,
        ("GET", "/certificate-revocation-list/nobody"): 404,
        ("GET", f"/network-map/node-info/{missing}"): 404,
        ("GET", "/network-map/node-info/nonsense"): 404,
        ("GET", f"/network-map/network-parameters/{missing}"): 404,
        ("GET", f"/log/blocks/{missing}"): 404,
        ("GET", "/"): 404,
        ("GET", "/certificate"): 405,
        ("PUT", "/network-map"): 405,
        ("POST", f"/network-map/node-info/{missing}"): 405,
        ("GET", "/network-map/publish"): 405,
    }
    for (method, path), status in expected.items():
        answer = await replica.request(method, path)
        assert answer.status == status, (method, path, answer)
        assert answer.headers.get("Cache-Control"), (method, path)
        assert answer.body, (method, path)
        assert ("Allow" in answer.headers) == (status == 405)

    large = await replica.request("POST", "/network-map/publish", bytes(1025))
    assert (large.status, large.headers["Cache-Control"]) == (413, "no-store")
    assert large.text == "The request is larger than any that nodes send."
    nonsense = [await replica.request("POST", "/network-map/publish", bytes(10)) for _ in range(3)]
    assert [each.status for each in nonsense] == [400] * 2 + [429]
    assert nonsense[-1].headers["Retry-After"] == "5"
    assert nonsense[-1].headers["Cache-Control"] == "no-store"


async def test_historic_parameters_stay_after_three_updates_and_a_restart(deployment: Deployment) -> None:
    replica = await deployment.started(parametersUpdate=AT_ONCE)
    member = await replica.register(BANK_A)
    assert await replica.publish(member.node_info().encode()) == 200
    seen = [str((await replica.network_map()).network_parameter_hash)]
    for size in (1_000_000, 2_000_000, 3_000_000):
        replica.configure(networkParameters={"maxMessageSize": size})
        proposed = await proposed_parameters(replica)
        answer = await replica.request("POST", "/network-map/ack-parameters", member.acknowledgement(proposed))
        assert answer.status == 200, answer
        await eventually(functools.partial(in_force, replica, proposed))
        seen.append(proposed)

    replica.stop()
    await replica.start()
    other = await deployment.started("other")

    for each in (replica, other):
        found = [await parameters(each, name) for name in seen]
        assert [one.epoch for one in found] == [1, 2, 3, 4]
        assert [one.max_message_size for one in found[1:]] == [1_000_000, 2_000_000, 3_000_000]


async def test_a_revoked_node_is_off_the_map_and_in_the_list(deployment: Deployment) -> None:
    replica = await deployment.started()
    member = await replica.register(BANK_A)
    assert await replica.publish(member.node_info().encode()) == 200

    replica.configure(revocations=[{"legalName": str(BANK_A), "reason": "keyCompromise"}])
    async with asyncio.timeout(30):
        while (await replica.network_map()).node_info_hashes:
            await asyncio.sleep(0.05)
        while (revoked := await revocation_list(replica)).find(member.chain[0].serial_number) is None:
            await asyncio.sleep(0.05)

    revoked.verify_issued_by(member.chain[1])
    assert revoked.next_update is not None
    assert revoked.next_update > datetime.datetime.now(datetime.UTC)
    refused = await replica.request("POST", "/network-map/publish", member.node_info(2).encode())
    assert (refused.status, "is revoked" in refused.text) == (403, True)


async def test_replicas_with_different_configurations_leave_it_to_the_newer_one(deployment: Deployment) -> None:
    newer = await deployment.started("newer", generation=2, networkParameters={"maxMessageSize": 1_000_000})
    older = await deployment.started("older", generation=1, members=[{"organisation": "Bank B"}])
    member = await newer.register(BANK_A)
    assert await newer.publish(member.node_info().encode()) == 200
    other = Member(BANK_B)
    await newer.fetch(other, await older.submit(other))
    head = (await newer.request("GET", "/log/head")).body

    older.configure(networkParameters={"maxMessageSize": 9_000_000})
    async with asyncio.timeout(30):
        while "configuration changed" not in older.log:
            await asyncio.sleep(0.05)

    for _ in range(20):
        assert (await newer.request("GET", "/log/head")).body == head
        assert (await older.network_map()).node_info_hashes == (await newer.network_map()).node_info_hashes
    assert "decides nothing: its configuration has generation 1, but generation 2" in older.log
