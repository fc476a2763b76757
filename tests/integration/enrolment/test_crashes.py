"""A start that is killed at any of its calls to the outside leaves nothing that the next one can't go on from."""

import asyncio
from collections import Counter
from contextvars import ContextVar
from typing import Any

import aiohttp
import pytest

from corda_operator.azure import AzureSession
from corda_operator.enrolment.process import ExitCode
from tests.integration.enrolment.conftest import NOTARY_SERVICES, Bench, Consortium
from tests.integration.enrolment.node import Node
from tests.integration.killing import NEVER, Killed, Plan

_plan: ContextVar[Plan] = ContextVar("plan")


@pytest.fixture(autouse=True)
def killing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all HTTP calls of a start go by its plan."""
    genuine = aiohttp.ClientSession._request

    async def planned(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        plan = _plan.get(Plan(NEVER))
        chosen = plan.count(f"{method} {url}")
        if chosen and not plan.after:
            raise Killed
        answer = await genuine(session, method, url, **options)
        if chosen:
            answer.close()
            raise Killed
        return answer

    monkeypatch.setattr(aiohttp.ClientSession, "_request", planned)


async def start(node: Node, plan: Plan) -> ExitCode | None:
    """Run a start by a plan; None if it was killed."""

    async def planned() -> ExitCode | None:
        _plan.set(plan)
        try:
            return await node.enrol()
        except Killed:
            return None

    return await asyncio.create_task(planned())


async def held_ids(node: Node, session: AzureSession) -> dict[str, str]:
    """Return which version of each secret all agree on."""
    return {purpose: secret.properties.version for purpose, secret in (await node.held(session)).items()}


async def killed_and_run_again(node: Node, plan: Plan, session: AzureSession) -> str | None:
    """Kill a start, run another to its end, and return what is wrong with where that ended."""
    if (code := await start(node, plan)) is not None and (code, plan.spent) != (ExitCode.READY, False):
        return f"the start that was to be killed ended with {code!r}"
    before = await held_ids(node, session)
    again = node.second_pod()
    if await start(again, Plan(NEVER)) is not ExitCode.READY:
        return f"the next start failed: {again.status}"
    after = await held_ids(node, session)
    if not before.items() <= after.items():
        return f"what was there is not used any more: {before} {after}"
    secrets = session.vault_secrets(node.vault_url)
    enabled = {purpose: await node.enabled_versions(secrets, purpose) for purpose in after}
    if any(len(versions) != 1 for versions in enabled.values()):
        return f"there is more than one version: {enabled}"
    third = node.second_pod()
    if await start(third, Plan(NEVER)) is not ExitCode.READY or third.key_bytes() != again.key_bytes():
        return "a third start has other keys"
    return None


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_start_that_is_killed_at_any_call_is_resumed_with_the_same_keys_and_one_registration(
    bench: Bench, consortium: Consortium, session: AzureSession, moment: str
) -> None:
    whole = Plan(NEVER)
    assert await start(bench.node(), whole) is ExitCode.READY
    total = len(whole.calls)
    scenarios = [(bench.node(), Plan(number, after=moment == "after")) for number in range(1, total)]
    wrong = await asyncio.gather(*(killed_and_run_again(node, plan, session) for node, plan in scenarios))
    assert {plan.calls[-1]: what for (_, plan), what in zip(scenarios, wrong, strict=True) if what} == {}
    assert sum(plan.spent for _, plan in scenarios) > 20
    assert Counter(len(consortium.request_ids(node.legal_name)) for node, _ in scenarios) == {1: len(scenarios)}


async def test_a_notarys_start_that_is_killed_while_its_service_registers_keeps_the_services_key(
    bench: Bench, consortium: Consortium, session: AzureSession
) -> None:
    services = NOTARY_SERVICES[1:7]
    nodes = [bench.node("Notary", notary={"serviceLegalName": each}) for each in services]
    # In the middle of it: the key's writing, the request, its id's writing, the certificate's.
    plans = [Plan(at, after=True) for at in (4, 6, 8, 9, 10, 12)]
    wrong = await asyncio.gather(
        *(killed_and_run_again(node, plan, session) for node, plan in zip(nodes, plans, strict=True))
    )
    assert [what for what in wrong if what] == []
    assert [len(consortium.request_ids(each)) for each in services] == [1] * len(services)
