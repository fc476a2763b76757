"""Figures by OTLP over HTTP: the SDK's exporter against a receiver of ours, which is no more than a decoder."""

import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from local.azure.certificates import ca_certificate, server_certificate
from local.ports import free_ports
from tests.integration.telemetry.process import NEVER, Process, until
from tests.integration.telemetry.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    (port,) = free_ports(1)
    async with receiving(port) as receiver:
        yield receiver


async def test_figures_arrive_as_prometheus_has_them_and_say_whose_they_are(receiver: Receiver) -> None:
    process = Process()
    async with process.sending(receiver.url, interval=NEVER):
        pass

    (request,) = receiver.taken
    attributes = {each.key: each.value.string_value for each in request.resource_metrics[0].resource.attributes}
    assert attributes["service.name"] == "corda-network-services"
    assert attributes["service.namespace"] == "network.example.com"
    assert attributes["service.instance.id"] == "replica-0"

    metrics = receiver.metrics()
    members, commits = metrics["corda_network_members"], metrics["corda_network_commits_total"]
    assert set(metrics) == {members.name, commits.name}
    assert (members.unit, members.description) == ("{member}", "Members")
    values = {each.attributes[0].value.string_value: each.as_double for each in members.gauge.data_points}
    assert values == {"admitted": 3, "listed": 2}
    assert commits.sum.is_monotonic
    assert commits.sum.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    (point,) = commits.sum.data_points
    assert point.as_double == 7
    assert 0 < point.start_time_unix_nano < point.time_unix_nano


async def test_a_passing_failure_is_asked_again(receiver: Receiver) -> None:
    receiver.statuses = [503]
    process = Process()

    async with process.sending(receiver.url):
        await until(lambda: receiver.taken)
        await until(lambda: process.exports("otlp", "sent"))

    assert process.exports("otlp", "failed") == 0


async def test_what_arrived_without_an_answer_falsifies_nothing(receiver: Receiver) -> None:
    receiver.statuses = [0]
    process = Process()

    async with process.sending(receiver.url):
        await until(lambda: process.exports("otlp", "sent"))
        process.commits.labels("written").inc()
        await until(lambda: 8 in receiver.committed())

    totals = receiver.committed()
    assert totals[:2] == [7, 7]
    assert set(totals) == {7, 8}
    assert totals == sorted(totals)


async def test_a_process_goes_on_while_nobody_listens_and_then_sends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    (port,) = free_ports(1)
    process = Process()

    async with contextlib.AsyncExitStack() as closing, process.sending(f"http://127.0.0.1:{port}"):
        await until(lambda: process.exports("otlp", "failed") >= 1)
        receiver = await closing.enter_async_context(receiving(port))
        await until(lambda: process.exports("otlp", "sent"))

    assert receiver.committed()[0] == 7
    assert caplog.text.count("figures could not be sent by otlp, trying again: no answer (ConnectionError)") == 1
    assert "figures are sent by otlp again" in caplog.text


async def test_a_collector_is_known_by_the_authorities_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    pair = server_certificate(tmp_path, "collector", ["127.0.0.1"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    process, stranger = Process(), Process()

    monkeypatch.setenv("SSL_CERT_FILE", str(ca_certificate(tmp_path)))
    async with receiving(port, context) as receiver:
        async with process.sending(receiver.url, interval=NEVER):
            pass
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_certificate(tmp_path / "others")))
        async with stranger.sending(receiver.url):
            await until(lambda: stranger.exports("otlp", "failed"))

    assert len(receiver.taken) == 1


async def test_nothing_is_sent_and_nothing_counted_without_an_endpoint() -> None:
    process = Process()
    async with process.sending(interval=NEVER):
        pass

    assert process.exports("otlp", "sent") == process.exports("otlp", "failed") == 0
