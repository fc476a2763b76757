"""Figures to Application Insights: Microsoft's exporter against a protocol stub of the track endpoint.

The stub takes what the exporter sends; what Azure does with it later, nobody has looked at here.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from azure.keyvault.secrets import SecretClient

from corda_operator.azure.session import AzureSession
from corda_operator.telemetry import senders
from corda_operator.telemetry.exporting import LAST_SECONDS, ConnectionString
from corda_operator.telemetry.figures import Figure, Point
from corda_operator.telemetry.origin import Origin
from local.azure.stub.directory import ApplicationInsights
from local.azure.stub.faults import Fault
from local.azure.stub.roles import Role
from local.ports import free_ports
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.azure_clients.conftest import environment
from tests.integration.telemetry.process import NEVER, Process, until

NAME = "application-insights"
"""The secret's, and what exports are counted by."""


@dataclass
class Resource:
    """A resource of Application Insights, whose connection string is in a vault."""

    tenancy: Tenancy
    officer: SecretClient
    string: ConnectionString
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def connection_string(self) -> str:
        return self.tenancy.azure.connection_string(self.key)

    def items(self) -> list[dict[str, Any]]:
        return self.tenancy.azure.admin.telemetry(self.key)

    def values(self) -> dict[tuple[str, str], list[float]]:
        """Return what arrived, in the order of its coming, by metric and value of its only label."""
        found: dict[tuple[str, str], list[float]] = {}
        for item in self.items():
            data = item["data"]["baseData"]
            (label,) = data["properties"].values()
            found.setdefault((data["metrics"][0]["name"], label), []).append(data["metrics"][0]["value"])
        return found

    def fail(self, **fields: Any) -> None:
        self.tenancy.azure.admin.switch_on(Fault.model_validate({"service": "applicationinsights", **fields}))


@pytest.fixture
async def resource(tenancy: Tenancy) -> AsyncIterator[Resource]:
    vault = tenancy.vault()
    officer = tenancy.secrets(tenancy.workload((vault, Role.SECRETS_OFFICER)), vault)
    reader = tenancy.workload((vault, Role.SECRETS_USER, f"secrets/{NAME}"))
    async with AzureSession(environment(reader)) as session:
        string = ConnectionString(lambda: NAME, session.vault_secrets(tenancy.azure.vault_url(vault)))
        made = Resource(tenancy, officer, string)
        tenancy.azure.admin.put_application_insights(ApplicationInsights(name=made.key, instrumentation_key=made.key))
        officer.set_secret(NAME, made.connection_string)
        yield made


async def test_figures_arrive_as_prometheus_has_them_and_say_whose_they_are(resource: Resource) -> None:
    process = Process()
    async with process.sending(string=resource.string, interval=NEVER):
        process.commits.labels("written").inc()

    assert resource.values() == {
        ("corda_network_members", "admitted"): [3],
        ("corda_network_members", "listed"): [2],
        ("corda_network_commits_total", "written"): [8],
    }
    assert process.exports(NAME, "sent") == 1
    for item in resource.items():
        assert item["tags"]["ai.cloud.role"] == "network.example.com.corda-network-services"
        assert item["tags"]["ai.cloud.roleInstance"] == "replica-0"


async def test_figures_are_sent_again_and_again_as_they_are_then(resource: Resource) -> None:
    process = Process()
    async with process.sending(string=resource.string):
        await until(lambda: process.exports(NAME, "sent"))
        process.members.labels("listed").set(5)
        await until(lambda: 5 in resource.values()["corda_network_members", "listed"])


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_passing_failure_is_asked_again_and_loses_nothing(resource: Resource, status: int) -> None:
    resource.fail(kind="status", status=status, times=2, retryAfter=0.1)
    failed = resource.tenancy.count("track", str(status))
    process = Process()

    async with process.sending(string=resource.string, interval=NEVER):
        pass

    assert failed() == 2
    assert resource.values()["corda_network_commits_total", "written"] == [7]
    assert (process.exports(NAME, "sent"), process.exports(NAME, "failed")) == (1, 0)


async def test_whoever_is_to_come_again_much_later_comes_with_the_next_figures(resource: Resource) -> None:
    resource.fail(kind="status", status=429, times=1, retryAfter=3600)
    process = Process()

    async with process.sending(string=resource.string):
        await until(lambda: process.exports(NAME, "sent"))

    assert process.exports(NAME, "failed") == 1


async def test_what_arrived_without_an_answer_is_counted_as_failed_and_falsifies_nothing(resource: Resource) -> None:
    resource.fail(kind="drop-after", times=1)
    process = Process()

    async with process.sending(string=resource.string):
        await until(lambda: process.exports(NAME, "failed"))
        process.commits.labels("written").inc()
        await until(lambda: process.exports(NAME, "sent"))

    # Totals: what arrived twice is no more than what it was.
    totals = resource.values()["corda_network_commits_total", "written"]
    assert totals[0] == 7
    assert set(totals) == {7, 8}
    assert totals == sorted(totals)


async def test_a_process_goes_on_while_nobody_answers_and_then_sends(
    resource: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (nobody,) = free_ports(1)
    away = resource.connection_string.replace(str(resource.tenancy.azure.ports.stub), str(nobody))
    resource.officer.set_secret(NAME, away)
    process = Process()

    async with process.sending(string=resource.string):
        await until(lambda: process.exports(NAME, "failed") >= 2)
        assert resource.items() == []
        # The one that came is found without a new start.
        resource.officer.set_secret(NAME, resource.connection_string)
        await until(lambda: process.exports(NAME, "sent"))

    assert resource.values()["corda_network_commits_total", "written"][0] == 7
    assert caplog.text.count("figures could not be sent by application-insights") == 1
    assert "figures are sent by application-insights again" in caplog.text
    assert resource.key not in caplog.text


async def test_the_event_loop_goes_on_while_an_answer_does_not_come(resource: Resource) -> None:
    resource.fail(kind="latency", seconds=2, times=1)
    process = Process()

    async with process.sending(string=resource.string):
        await until(lambda: [each.applied for each in resource.tenancy.azure.admin.switches()] == [1])
        assert process.exports(NAME, "sent") == 0
        await until(lambda: process.exports(NAME, "sent"))


async def test_the_end_does_not_wait_for_who_does_not_answer(resource: Resource) -> None:
    resource.fail(kind="latency", seconds=20)
    process = Process()

    async with process.sending(string=resource.string, last_seconds=LAST_SECONDS):
        await until(lambda: [each.applied for each in resource.tenancy.azure.admin.switches()] == [1])

    # Nobody knows how it ended.
    assert process.exports(NAME, "sent") == process.exports(NAME, "failed") == 0


async def test_an_unknown_key_is_told_without_the_key(resource: Resource, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stranger = str(uuid.uuid4())
    resource.officer.set_secret(NAME, resource.tenancy.azure.connection_string(stranger))
    process = Process()

    async with process.sending(string=resource.string, interval=NEVER):
        pass

    assert process.exports(NAME, "failed") == 1
    assert "figures could not be sent by application-insights, trying again: answer 400" in caplog.text
    assert stranger not in caplog.text


async def test_what_is_no_connection_string_is_told_without_repeating_it(
    resource: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    resource.officer.set_secret(NAME, "InstrumentationKey=not-a-key")
    process = Process()

    async with process.sending(string=resource.string, interval=NEVER):
        pass

    assert process.exports(NAME, "failed") == 1
    assert "could not even be tried (ValueError)" in caplog.text
    assert "not-a-key" not in caplog.text


async def test_a_secret_that_may_not_be_read_is_told_with_the_role(
    tenancy: Tenancy, caplog: pytest.LogCaptureFixture
) -> None:
    vault = tenancy.vault()
    process = Process()
    async with AzureSession(environment(tenancy.workload())) as session:
        string = ConnectionString(lambda: NAME, session.vault_secrets(tenancy.azure.vault_url(vault)))
        async with process.sending(string=string, interval=NEVER):
            pass

    assert process.exports(NAME, "failed") == 1
    assert "the role Key Vault Secrets User" in caplog.text


async def test_the_vault_may_be_away_once_the_string_is_known(resource: Resource) -> None:
    process = Process()
    async with process.sending(string=resource.string):
        await until(lambda: process.exports(NAME, "sent"))
        resource.tenancy.azure.admin.switch_on(
            Fault.model_validate({"service": "keyvault", "kind": "status", "status": 403})
        )
        resource.fail(kind="status", status=400, times=1)
        await until(lambda: process.exports(NAME, "failed"))
        sent = process.exports(NAME, "sent")
        await until(lambda: process.exports(NAME, "sent") > sent)


async def test_of_a_batch_that_is_taken_in_part_nothing_is_logged_but_that(
    resource: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sender = senders.application_insights(resource.connection_string, Origin("s", "n"))
    points = (Point({"state": "listed"}, 2), Point({"state": "admitted"}, float("inf")))
    figure = Figure("corda_network_members", "Members", "{member}", counted=False, points=points)
    try:
        ending = await asyncio.to_thread(sender.send, (figure,), time.time_ns())
    finally:
        sender.close()

    assert ending == "answer 206"
    assert resource.values() == {("corda_network_members", "listed"): [2]}
    assert resource.key not in caplog.text
