"""Making the trust root, once, whatever happens meanwhile, and living without its key afterwards."""

import asyncio
import signal

import pytest

from corda_operator.azure import AccessDenied, AzureSession
from local.azure.stub.directory import RoleAssignment
from local.azure.stub.faults import Fault, Kind
from local.azure.stub.roles import Role
from tests.integration.network.replicas import Deployment
from tests.unit.network.consortium import BANK_A


async def test_the_trust_root_is_made_once(deployment: Deployment) -> None:
    first = deployment.create_trust_root()

    assert deployment.create_trust_root() == first
    assert [line.split()[0] for line in first.splitlines()] == ["root", "identity", "network"]


async def test_two_that_make_it_at_once_end_with_the_same(deployment: Deployment) -> None:
    first, second = await asyncio.gather(*(asyncio.to_thread(deployment.create_trust_root) for _ in range(2)))

    assert first == second == deployment.create_trust_root()


async def test_one_that_is_killed_in_the_middle_leaves_nothing_behind_but_keys(deployment: Deployment) -> None:
    admin = deployment.tenancy.azure.admin
    switch = admin.switch_on(Fault(kind=Kind.LATENCY, seconds=5, operation="sign", vault=deployment.vault))
    replica = deployment.replica("killed")
    replica.spawn("trust-root")
    async with asyncio.timeout(30):
        while next(each for each in admin.switches() if each.identifier == switch).applied < 1:
            await asyncio.sleep(0.05)
    replica.send(signal.SIGKILL)
    await replica.wait_for_end()
    admin.switch_off()

    # Its lease keeps the next one waiting for up to 15 seconds.
    made = await asyncio.to_thread(deployment.create_trust_root)

    assert made == deployment.create_trust_root()
    services = await deployment.started()
    assert (await services.register(BANK_A)).chain


async def test_with_keys_that_were_made_beforehand_nobody_needs_the_right_to_make_keys(deployment: Deployment) -> None:
    vault, tenancy = deployment.vault, deployment.tenancy
    officer = tenancy.keys(deployment.workload, vault)
    names = [f"corda-{name}" for name in ("root", "identity-manager", "network-map")]
    for name in names:
        officer.create_ec_key(name, curve="P-256", key_operations=["sign", "verify"])

    made = deployment.create_trust_root(
        tenancy.workload(*((vault, Role.CRYPTO_USER, f"keys/{name}") for name in names))
    )

    assert made == deployment.create_trust_root()


async def test_the_services_run_and_certify_without_a_right_to_the_root_key(deployment: Deployment) -> None:
    deployment.create_trust_root()
    vault, admin = deployment.vault, deployment.tenancy.azure.admin
    installer = deployment.workload.identity.name
    admin.revoke(vault, RoleAssignment(identity=installer, role=Role.CRYPTO_OFFICER))
    workload = deployment.tenancy.workload(
        (vault, Role.CRYPTO_USER, "keys/corda-identity-manager"),
        (vault, Role.CRYPTO_USER, "keys/corda-network-map"),
    )
    replica = deployment.replica(workload=workload)
    await replica.start()

    member = await replica.register(BANK_A)
    assert await replica.publish(member.node_info().encode()) == 200

    async with AzureSession(replica.environment) as session:
        keys = session.vault_keys(deployment.tenancy.azure.vault_url(vault))
        with pytest.raises(AccessDenied):
            await keys.get_or_create("corda-root")


async def test_without_a_trust_root_the_services_wait_and_say_what_for(deployment: Deployment) -> None:
    replica = deployment.replica()
    replica.spawn()
    async with asyncio.timeout(30):
        while await replica.probe("/readyz") is None:
            await asyncio.sleep(0.1)
    assert await replica.probe("/readyz") == 503
    assert await replica.probe("/healthz") == 200

    await asyncio.to_thread(deployment.create_trust_root)

    await replica.wait_until_ready()
    assert "make it with `corda-operator trust-root`" in replica.log
