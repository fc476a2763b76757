"""What Azure may do to a start: deny, throttle, be away, have deleted things. And what a start may do with little."""

import asyncio

from corda_operator.azure import AzureSession
from corda_operator.enrolment.process import ExitCode
from local.azure.standins import StandIns
from local.azure.stub.faults import Fault, Kind
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.enrolment.conftest import Bench, Consortium
from tests.integration.enrolment.node import Node


async def test_reading_is_all_the_right_that_a_later_start_needs(bank: Node, bench: Bench, tenancy: Tenancy) -> None:
    again = bank.second_pod()
    again.workload = tenancy.workload((bench.vault, Role.SECRETS_USER))
    assert await again.enrol() is ExitCode.READY
    assert again.key_bytes() == bank.key_bytes()


async def test_a_first_start_without_the_right_to_write_says_which_role_it_lacks(
    bench: Bench, tenancy: Tenancy, consortium: Consortium
) -> None:
    node = bench.node()
    node.workload = tenancy.workload((bench.vault, Role.SECRETS_USER), (bench.vault, Role.CRYPTO_USER))
    assert await node.enrol() is ExitCode.DENIED
    assert node.status["phase"] == "Failed"
    assert "Key Vault Crypto Officer" in node.status["reason"]
    assert consortium.request_ids(node.legal_name) == set()


async def test_a_first_start_whose_key_was_made_beforehand_needs_no_right_to_make_keys(
    bench: Bench, tenancy: Tenancy
) -> None:
    node = bench.node()
    name = f"{node.prefix}-node-ca"
    officer = tenancy.keys(bench.workload, bench.vault)
    officer.create_ec_key(name, curve="P-256", key_operations=["sign", "verify"])
    node.workload = tenancy.workload(
        (bench.vault, Role.SECRETS_OFFICER), (bench.vault, Role.CRYPTO_USER, f"keys/{name}")
    )
    assert await node.enrol() is ExitCode.READY


async def test_a_workload_without_any_role_is_denied(bench: Bench, tenancy: Tenancy) -> None:
    node = bench.node()
    node.workload = tenancy.workload()
    assert await node.enrol() is ExitCode.DENIED
    assert "Key Vault Secrets User" in node.status["reason"]


async def test_a_vault_that_is_not_there_yet_is_waited_for_with_a_reason(bench: Bench, tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    node = bench.node()
    node.vault_url = tenancy.azure.vault_url(vault)
    node.workload = tenancy.workload((vault, Role.SECRETS_OFFICER), (vault, Role.CRYPTO_OFFICER))
    directory = tenancy.azure.admin.directory()
    tenancy.azure.admin.delete_vault(vault)
    start = asyncio.create_task(node.enrol())
    status = await node.wait_for(lambda status: vault in status.get("reason", ""))
    assert status["phase"] == "Registering"
    tenancy.azure.admin.put_directory(directory)
    assert await start is ExitCode.READY


async def test_throttling_only_delays(bench: Bench, harmless: StandIns) -> None:
    harmless.admin.switch_on(
        Fault(kind=Kind.STATUS, status=429, retryAfter=0.1, vault=bench.vault, probability=0.4, seed=7)
    )
    node = bench.node()
    assert await node.enrol() is ExitCode.READY
    assert sum(switch.applied for switch in harmless.admin.switches()) > 3


async def test_lost_answers_of_the_vault_make_no_second_key(
    bench: Bench, harmless: StandIns, session: AzureSession
) -> None:
    for operation in ("set-secret", "update-secret", "create-key", "sign"):
        harmless.admin.switch_on(Fault(kind=Kind.DROP_AFTER, operation=operation, vault=bench.vault, times=2))
    node = bench.node()
    assert await node.enrol() is ExitCode.READY
    assert all(switch.applied > 0 for switch in harmless.admin.switches())
    again = node.second_pod()
    assert await again.enrol() is ExitCode.READY
    assert again.key_bytes() == node.key_bytes()
    secrets = session.vault_secrets(node.vault_url)
    for purpose in ("registration", "identity", "tls", "node-ca-certificate"):
        assert len(await node.enabled_versions(secrets, purpose)) == 1


async def test_a_vault_that_fails_for_a_while_is_waited_for_with_a_reason(bench: Bench, harmless: StandIns) -> None:
    harmless.admin.switch_on(Fault(kind=Kind.STATUS, status=503, vault=bench.vault))
    node = bench.node()
    start = asyncio.create_task(node.enrol())
    await node.wait_for(lambda status: "503" in status.get("reason", ""))
    harmless.admin.switch_off()
    assert await start is ExitCode.READY


async def test_an_identity_manager_that_is_away_is_waited_for_with_a_reason(
    bench: Bench, consortium: Consortium
) -> None:
    consortium.services.stop()
    node = bench.node()
    start = asyncio.create_task(node.enrol())
    try:
        status = await node.wait_for(lambda status: "can't be reached" in status.get("reason", ""))
        assert consortium.services.url in status["reason"]
    finally:
        consortium.services.start()
    assert await start is ExitCode.READY


async def test_deleted_secrets_and_keys_are_recovered_and_not_replaced(
    enrolled: Node, bench: Bench, tenancy: Tenancy, consortium: Consortium
) -> None:
    node = enrolled
    secrets, keys = tenancy.secrets(node.workload, bench.vault), tenancy.keys(node.workload, bench.vault)
    for purpose in ("identity", "tls", "node-ca-certificate", "registration"):
        secrets.begin_delete_secret(f"{node.prefix}-{purpose}").wait()
    keys.begin_delete_key(f"{node.prefix}-node-ca").wait()
    again = node.second_pod()
    assert await again.enrol() is ExitCode.READY
    assert again.key_bytes() == node.key_bytes()
    assert len(consortium.request_ids(node.legal_name)) == 1
    assert len(list(keys.list_properties_of_key_versions(f"{node.prefix}-node-ca"))) == 1


async def test_a_disabled_identity_is_not_replaced_by_another(enrolled: Node, bench: Bench, tenancy: Tenancy) -> None:
    node = enrolled
    secrets = tenancy.secrets(node.workload, bench.vault)
    secrets.update_secret_properties(f"{node.prefix}-identity", enabled=False)
    assert await node.enrol() is ExitCode.CONFIGURATION
    assert "none is enabled" in node.status["reason"]


async def test_a_password_that_is_not_in_the_vault_yet_is_waited_for_by_name(
    bench: Bench, session: AzureSession
) -> None:
    name = f"password-{bench.node().prefix}"
    secrets = session.vault_secrets(bench.vault_url)
    await secrets.add("some-password", "s3cret", content_type="text/plain", tags={})
    node = bench.node(
        rpcUsers=[{"name": "app", "passwordSecret": "some-password", "permissions": ["ALL"]}],
        database={"postgresql": {"user": "corda", "passwordSecret": name}},
    )
    start = asyncio.create_task(node.enrol())
    await node.wait_for(lambda status: f"get secret {name}" in status.get("reason", ""))
    await secrets.add(name, 'the "p$ssword', content_type="text/plain", tags={})
    assert await start is ExitCode.READY
    settings = node.secret_settings
    assert settings["rpcUsers"][0] == {"username": "app", "password": "s3cret", "permissions": ["ALL"]}
    assert settings["dataSourceProperties"] == {"dataSource": {"user": "corda", "password": 'the "p$ssword'}}
