"""The product's keys against the protocol stub of Key Vault."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from azure.keyvault.keys import KeyClient, KeyOperation
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.azure import (
    AccessDenied,
    AzureSession,
    KeyUnusable,
    KeyVaultKeys,
    NotFound,
    Signer,
    Unavailable,
)
from local.azure.stub.faults import Fault
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.azure_clients.conftest import environment

MAP = b"network map"


@dataclass(frozen=True)
class InVault:
    """A vault, seen by the product and by the SDK's own client."""

    name: str
    url: str
    keys: KeyVaultKeys
    officer: KeyClient


@pytest.fixture
async def vault(tenancy: Tenancy) -> AsyncIterator[InVault]:
    name = tenancy.vault()
    workload = tenancy.workload((name, Role.CRYPTO_OFFICER))
    url = tenancy.azure.vault_url(name)
    async with AzureSession(environment(workload)) as session:
        yield InVault(name, url, session.vault_keys(url), tenancy.keys(workload, name))


def check(signer: Signer, signature: bytes, data: bytes = MAP) -> None:
    signer.public_key.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def fault(vault: InVault, **fields: object) -> Fault:
    return Fault.model_validate({"service": "keyvault", "vault": vault.name, **fields})


async def test_a_key_is_made_once_and_signs_der(vault: InVault) -> None:
    made = await vault.keys.get_or_create("map")
    found = await vault.keys.get_or_create("map")

    signature = await made.sign(MAP)

    assert made.key_id == found.key_id
    assert re.fullmatch(re.escape(f"{vault.url}/keys/map/") + "[0-9a-f]{32}", made.key_id)
    check(found, signature)
    with pytest.raises(InvalidSignature):
        check(found, signature, b"another")


async def test_a_key_is_made_for_signing_only_and_never_leaves(vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")

    key = vault.officer.get_key("map", signer.key_id.rpartition("/")[2])

    assert key.key_operations == ["sign", "verify"]
    assert key.properties.exportable is False
    material = vars(key.key)
    assert material["crv"] == "P-256"
    assert material.get("d") is None
    assert "PRIVATE" not in repr(vars(signer))


async def test_a_signature_is_one_call(tenancy: Tenancy, vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    await signer.sign(MAP)
    tenancy.azure.admin.clear_counts()

    for _ in range(3):
        await signer.sign(MAP)

    assert {(outcome.operation, outcome.status): count for outcome, count in tenancy.azure.admin.counts().items()} == {
        ("sign", "200"): 3
    }


async def test_many_sign_at_a_time(vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    parts = [bytes([number]) for number in range(40)]

    signatures = await asyncio.gather(*(signer.sign(part) for part in parts))

    for part, signature in zip(parts, signatures, strict=True):
        check(signer, signature, part)


async def test_a_pinned_version_outlives_new_ones(vault: InVault) -> None:
    first = await vault.keys.get_or_create("map")
    vault.officer.create_ec_key("map", key_operations=[KeyOperation.sign])

    pinned = await vault.keys.signer(first.key_id)

    assert pinned.key_id == first.key_id
    check(first, await pinned.sign(MAP))
    assert (await vault.keys.get_or_create("map")).key_id != first.key_id


async def test_two_creators_at_a_time_each_get_a_version_that_signs(tenancy: Tenancy, vault: InVault) -> None:
    tenancy.azure.admin.switch_on(fault(vault, kind="latency", seconds=0.2, operation="create-key"))

    both = await asyncio.gather(vault.keys.get_or_create("map"), vault.keys.get_or_create("map"))

    for signer in both:
        check(await vault.keys.signer(signer.key_id), await signer.sign(MAP))
    latest = {(await vault.keys.get_or_create("map")).key_id for _ in range(3)}
    assert len(latest) == 1
    assert latest <= {signer.key_id for signer in both}


async def test_the_latest_enabled_version_is_taken(vault: InVault) -> None:
    await vault.keys.get_or_create("map")
    await asyncio.sleep(1.1)  # Key Vault tells a version's age in whole seconds.
    enabled = vault.officer.create_ec_key("map", key_operations=[KeyOperation.sign])
    for _ in range(4):
        disabled = vault.officer.create_ec_key("map")
        vault.officer.update_key_properties("map", disabled.properties.version, enabled=False)

    signer = await vault.keys.get_or_create("map")

    assert signer.key_id == enabled.id


async def test_a_key_without_an_enabled_version_is_left_as_it_is(vault: InVault) -> None:
    await vault.keys.get_or_create("map")
    vault.officer.update_key_properties("map", enabled=False)

    with pytest.raises(KeyUnusable, match="No version of key map"):
        await vault.keys.get_or_create("map")
    assert len(list(vault.officer.list_properties_of_key_versions("map"))) == 1


async def test_a_deleted_key_is_recovered(vault: InVault) -> None:
    before = await vault.keys.get_or_create("map")
    vault.officer.begin_delete_key("map").result()
    with pytest.raises(NotFound):
        await vault.keys.signer(before.key_id)

    after = await vault.keys.get_or_create("map")

    assert after.key_id == before.key_id
    check(before, await after.sign(MAP))


async def test_two_may_recover_a_key_at_a_time(tenancy: Tenancy, vault: InVault) -> None:
    before = await vault.keys.get_or_create("map")
    vault.officer.begin_delete_key("map").result()
    tenancy.azure.admin.switch_on(fault(vault, kind="latency", seconds=0.2, operation="create-key"))

    both = await asyncio.gather(vault.keys.get_or_create("map"), vault.keys.get_or_create("map"))

    # Whoever finds the key recovered before asking to create it has made a version of it, which both may then have.
    for signer in both:
        check(signer, await signer.sign(MAP))
    check(before, await (await vault.keys.signer(before.key_id)).sign(MAP))
    versions = {each.id for each in vault.officer.list_properties_of_key_versions("map")}
    assert {signer.key_id for signer in both} <= versions
    assert len(versions) <= 2


async def test_a_disabled_version_is_refused_before_and_after_it_was_pinned(vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    vault.officer.update_key_properties("map", enabled=False)

    with pytest.raises(KeyUnusable, match="it is disabled: enable it"):
        await vault.keys.signer(signer.key_id)
    with pytest.raises(KeyUnusable, match=r"KeyDisabled.*Enable the version"):
        await signer.sign(MAP)


async def test_a_key_that_may_not_sign_is_refused(vault: InVault) -> None:
    key = vault.officer.create_ec_key("map", key_operations=[KeyOperation.verify])
    assert key.id is not None

    with pytest.raises(KeyUnusable, match=r"its operations are \[verify\], expected sign"):
        await vault.keys.signer(key.id)
    with pytest.raises(KeyUnusable, match="expected sign"):
        await vault.keys.get_or_create("map")


async def test_an_id_must_name_a_version_in_this_vault(vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    unversioned, _, version = signer.key_id.rpartition("/")

    for wrong in (unversioned, f"https://other.vault.azure.net/keys/map/{version}", "map", ""):
        with pytest.raises(KeyUnusable, match=re.escape(f"{vault.url}/keys/<name>/<version>")):
            await vault.keys.signer(wrong)


async def test_a_missing_version_is_not_found(vault: InVault) -> None:
    await vault.keys.get_or_create("map")

    with pytest.raises(NotFound, match=r"get key .*/map/00000000000000000000000000000000"):
        await vault.keys.signer(f"{vault.url}/keys/map/{'0' * 32}")


async def test_a_missing_role_is_named(tenancy: Tenancy, vault: InVault) -> None:
    made = await vault.keys.get_or_create("map")
    user = tenancy.workload((vault.name, Role.CRYPTO_USER))
    stranger = tenancy.workload()
    async with AzureSession(environment(user)) as session:
        keys = session.vault_keys(vault.url)
        check(made, await (await keys.signer(made.key_id)).sign(MAP))
        with pytest.raises(AccessDenied, match=r"create key other.*ForbiddenByRbac.*Key Vault Crypto Officer\."):
            await keys.get_or_create("other")
    async with AzureSession(environment(stranger)) as session:
        with pytest.raises(AccessDenied, match=r"get key .*Key Vault Crypto User\."):
            await session.vault_keys(vault.url).signer(made.key_id)


async def test_throttling_and_failures_are_waited_out(tenancy: Tenancy, vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    throttled = tenancy.count("sign", "429")
    tenancy.azure.admin.switch_on(fault(vault, kind="status", status=429, retryAfter=0, times=2))
    tenancy.azure.admin.switch_on(fault(vault, kind="status", status=503, times=1))

    check(signer, await signer.sign(MAP))

    assert throttled() == 2


async def test_throttling_that_does_not_end_is_unavailable(tenancy: Tenancy, vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    tenancy.azure.admin.switch_on(fault(vault, kind="status", status=429, retryAfter=0))

    with pytest.raises(Unavailable, match=f"sign with key {re.escape(signer.key_id)}.*429 Throttled") as error:
        await signer.sign(MAP)

    assert error.value.retry_after == 0


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
async def test_a_signature_lost_on_its_way_is_asked_for_again(tenancy: Tenancy, vault: InVault, kind: str) -> None:
    signer = await vault.keys.get_or_create("map")
    dropped = tenancy.count("sign", "dropped")
    tenancy.azure.admin.switch_on(fault(vault, kind=kind, times=1))

    check(signer, await signer.sign(MAP))

    assert dropped() == 1


async def test_a_slow_vault_is_waited_for_no_longer_than_asked(tenancy: Tenancy, vault: InVault) -> None:
    signer = await vault.keys.get_or_create("map")
    tenancy.azure.admin.switch_on(fault(vault, kind="latency", seconds=30, times=1))

    with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
        await signer.sign(MAP, within=0.2)

    check(signer, await signer.sign(MAP))


async def test_a_signer_outlives_its_tokens(tenancy: Tenancy, vault: InVault) -> None:
    directory = tenancy.azure.admin.directory()
    issued = tenancy.count("token", "200")
    tenancy.azure.admin.put_directory(directory.model_copy(update={"access_token_lifetime": 3}))
    try:
        workload = tenancy.workload((vault.name, Role.CRYPTO_OFFICER))
        async with AzureSession(environment(workload)) as session:
            signer = await session.vault_keys(vault.url).get_or_create("map")
            for _ in range(3):
                check(signer, await signer.sign(MAP))
                await asyncio.sleep(3.1)
    finally:
        present = tenancy.azure.admin.directory()
        lifetime = {"access_token_lifetime": directory.access_token_lifetime}
        tenancy.azure.admin.put_directory(present.model_copy(update=lifetime))
    assert issued() >= 3
