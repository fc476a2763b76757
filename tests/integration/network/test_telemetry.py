"""Network services as a process send their key figures where their file says, and follow it."""

import asyncio
import uuid

from local.azure.stub.directory import ApplicationInsights, RoleAssignment
from local.azure.stub.roles import Role
from local.ports import free_ports
from tests.integration.network.replicas import Deployment, Replica, eventually
from tests.integration.telemetry.receiver import receiving

SECRET = "application-insights"


async def has_sent(replica: Replica, *destinations: str) -> bool:
    sent = [each for each in await replica.samples() if each.name == "corda_telemetry_exports_total"]
    assert {each.labels["result"] for each in sent} <= {"sent"}
    return {each.labels["destination"] for each in sent} == set(destinations)


async def test_services_send_to_both_as_soon_as_their_file_says_so_and_tell_nobody_the_key(
    deployment: Deployment,
) -> None:
    azure, key = deployment.tenancy.azure, str(uuid.uuid4())
    azure.admin.put_application_insights(ApplicationInsights(name=key, instrumentation_key=key))
    officer = deployment.tenancy.workload((deployment.vault, Role.SECRETS_OFFICER))
    deployment.tenancy.secrets(officer, deployment.vault).set_secret(SECRET, azure.connection_string(key))
    azure.admin.grant(
        deployment.vault,
        RoleAssignment(identity=deployment.workload.identity.name, role=Role.SECRETS_USER, scope=f"secrets/{SECRET}"),
    )
    (port,) = free_ports(1)
    replica = await deployment.started(telemetry={"interval": "1s"})

    async with receiving(port) as receiver:
        wish = {"otlpEndpoint": receiver.url, "applicationInsightsSecret": SECRET, "interval": "1s"}
        replica.configure(telemetry=wish)
        await eventually(lambda: has_sent(replica, "otlp", "application-insights"))
        blocks = (await replica.metrics())["corda_network_log_blocks"]
        await asyncio.to_thread(replica.stop)

    assert replica.process is not None
    assert replica.process.returncode == 0
    assert receiver.metrics()["corda_network_log_blocks"].gauge.data_points[0].as_double == blocks
    items = [each for each in azure.admin.telemetry(key) if each["tags"]["ai.cloud.role"].startswith("network.consor")]
    assert "corda_network_nodes" in {each["data"]["baseData"]["metrics"][0]["name"] for each in items}
    assert key not in replica.log
