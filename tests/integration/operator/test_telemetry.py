"""The operator as a process sends its key figures where its file says."""

import asyncio
from pathlib import Path

from local.cluster.place import Place
from local.ports import free_ports
from tests.integration.operator.process import Operator, account
from tests.integration.telemetry.process import until
from tests.integration.telemetry.receiver import Receiver, receiving

NAMESPACE = "sends-figures"


def leads(receiver: Receiver) -> bool:
    """Tell whether the last figures are those of a replica that is the active one."""
    return bool(receiver.taken) and receiver.metrics()["corda_operator_leading"].gauge.data_points[0].as_double == 1


async def test_the_operator_sends_its_key_figures_and_says_whose_they_are(place: Place, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    telemetry = {"otlpEndpoint": f"http://127.0.0.1:{port}", "interval": "1s"}
    settings = {"namespaces": [NAMESPACE], "telemetry": telemetry}
    operator = Operator(tmp_path, account(place, NAMESPACE), lease_namespace=NAMESPACE, settings=settings)

    async with receiving(port) as receiver:
        operator.start()
        try:
            await until(lambda: leads(receiver))
        finally:
            await asyncio.to_thread(operator.stop)

    (resource,) = receiver.taken[-1].resource_metrics
    attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert attributes["service.name"] == "corda-operator"
    assert attributes["service.namespace"] == NAMESPACE
    assert attributes["service.instance.id"] == "operator-0"
    assert "corda_operator_queue_depth" in receiver.metrics()
