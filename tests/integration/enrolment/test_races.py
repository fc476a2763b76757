"""Pods of one node that start at the same time end with the same keys."""

import asyncio

from corda_operator.azure import AzureSession
from corda_operator.enrolment.process import ExitCode
from local.azure.standins import StandIns
from local.azure.stub.faults import Fault, Kind
from tests.integration.enrolment.conftest import NOTARY_SERVICES, Bench, Consortium
from tests.integration.enrolment.node import Node

STARTS = (0.0, 0.0, 0.4, 0.9, 1.3, 2.1)
"""Seconds; Key Vault tells when a version was made in whole ones."""


async def late(node: Node, seconds: float) -> ExitCode:
    await asyncio.sleep(seconds)
    return await node.enrol()


async def test_of_pods_that_race_one_wins_and_all_use_its_keys(
    bench: Bench, consortium: Consortium, session: AzureSession
) -> None:
    first = bench.node("Notary", notary={"serviceLegalName": NOTARY_SERVICES[7]})
    pods = [first, *(first.second_pod() for _ in STARTS[1:])]
    codes = await asyncio.gather(*map(late, pods, STARTS))
    assert codes == [ExitCode.READY] * len(pods)
    keys = [pod.key_bytes() for pod in pods]
    assert keys == [keys[0]] * len(pods)
    assert len(consortium.request_ids(first.legal_name)) == len(consortium.request_ids(NOTARY_SERVICES[7])) == 1

    secrets = session.vault_secrets(first.vault_url)
    made = {
        purpose: len((await secrets.versions(f"{first.prefix}-{purpose}")).versions)
        for purpose in ("service", "registration", "identity", "tls")
    }
    assert max(made.values()) > 1, "nobody raced"
    for purpose in made:
        assert len(await first.enabled_versions(secrets, purpose)) == 1


async def test_pods_whose_writes_take_their_time_agree_all_the_same(bench: Bench, harmless: StandIns) -> None:
    """Some write when others have long read, though within the second that is all the vault tells of both."""
    for seconds, probability in ((0.3, 0.3), (0.6, 0.4)):
        harmless.admin.switch_on(
            Fault(
                kind=Kind.LATENCY,
                seconds=seconds,
                operation="set-secret",
                vault=bench.vault,
                probability=probability,
                seed=3,
            )
        )
    nodes = [bench.node() for _ in range(6)]
    rivals = [[node, node.second_pod(), node.second_pod()] for node in nodes]
    codes = await asyncio.gather(*(pod.enrol() for pods in rivals for pod in pods))
    assert set(codes) == {ExitCode.READY}
    harmless.admin.switch_off()
    for pods in rivals:
        later = pods[0].second_pod()
        assert await later.enrol() is ExitCode.READY
        assert [pod.key_bytes() for pod in pods] == [later.key_bytes()] * len(pods)
