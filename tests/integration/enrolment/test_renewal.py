"""TLS certificates are renewed by a start near their end; nothing else is."""

import asyncio
import datetime

import pytest

from corda_operator.azure import AzureSession
from corda_operator.azure.secrets import Secret
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.keystores import IDENTITY_ALIAS, TLS_ALIAS
from corda_operator.enrolment.agreement import Draft, generation, supersede
from corda_operator.enrolment.key_material import PEM, new_p256, read_chain, write_chain, write_key
from corda_operator.enrolment.process import ExitCode
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy, Workload
from tests.integration.enrolment.conftest import Bench
from tests.integration.enrolment.node import Node, chains

SOON = datetime.timedelta(minutes=10)
"""Within the last third of the life of about an hour that these certificates have."""


async def with_tls_until(node: Node, session: AzureSession, remaining: datetime.timedelta) -> Secret:
    """Have a node's TLS certificate end soon, or have ended, and return its secret."""
    held = await node.held(session)
    node_ca = read_chain(held["node-ca-certificate"].value)
    signer = await session.vault_keys(node.vault_url).signer(held["registration"].value)
    now = datetime.datetime.now(datetime.UTC)
    validity = Validity(max(node_ca[0].not_before, now - datetime.timedelta(hours=1)), now + remaining)
    key = new_p256()
    unsigned = issue(Profile.TLS, node_ca[0].subject, key.public_key(), node_ca[0], validity)
    leaf = unsigned.signed(await signer.sign(unsigned.to_be_signed))
    secrets = session.vault_secrets(node.vault_url)
    draft = Draft(write_key(key) + write_chain((leaf, *node_ca)), PEM, {"purpose": "tls"})
    return await supersede(secrets, f"{node.prefix}-tls", held["tls"], draft)


async def test_a_tls_certificate_near_its_end_is_renewed_once_with_a_new_key(
    enrolled: Node, session: AzureSession
) -> None:
    identity = enrolled.key_bytes()[IDENTITY_ALIAS]
    short = await with_tls_until(enrolled, session, SOON)
    pods = [enrolled.second_pod() for _ in range(2)]
    for pod in pods:
        assert await pod.enrol() is ExitCode.READY
    first, second = (pod.key_bytes() for pod in pods)
    assert first == second
    assert first[IDENTITY_ALIAS] == identity
    leaf = chains(pods[0])[TLS_ALIAS][0]
    assert leaf.not_after - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=3000)
    renewed = (await enrolled.held(session))["tls"]
    assert generation(renewed.properties) == generation(short.properties) + 1 == 2


async def test_pods_that_renew_at_the_same_time_end_with_the_same_key(enrolled: Node, session: AzureSession) -> None:
    await with_tls_until(enrolled, session, SOON)
    pods = [enrolled.second_pod() for _ in range(3)]
    assert await asyncio.gather(*(pod.enrol() for pod in pods)) == [ExitCode.READY] * 3
    assert all(pod.key_bytes() == pods[0].key_bytes() for pod in pods)
    assert generation((await enrolled.held(session))["tls"].properties) == 2


async def test_who_may_only_read_starts_without_renewing_as_long_as_the_certificate_is_valid(
    enrolled: Node, session: AzureSession, reader: Workload
) -> None:
    await with_tls_until(enrolled, session, SOON)
    restricted = enrolled.second_pod()
    restricted.workload = reader
    assert await restricted.enrol() is ExitCode.READY
    assert chains(restricted)[TLS_ALIAS][0].not_after < datetime.datetime.now(datetime.UTC) + datetime.timedelta(
        hours=1
    )


async def test_an_expired_certificate_is_renewed_and_stops_who_may_only_read(
    enrolled: Node, session: AzureSession, reader: Workload
) -> None:
    await with_tls_until(enrolled, session, -datetime.timedelta(seconds=2))
    restricted = enrolled.second_pod()
    restricted.workload = reader
    assert await restricted.enrol() is ExitCode.DENIED
    assert "Key Vault Secrets Officer" in restricted.status["reason"]
    assert not (restricted.output / "certificates").exists()
    assert await enrolled.enrol() is ExitCode.READY
    assert chains(enrolled)[TLS_ALIAS][0].is_valid_at(datetime.datetime.now(datetime.UTC))


@pytest.fixture
def reader(bench: Bench, tenancy: Tenancy) -> Workload:
    """What a node needs after its first start."""
    return tenancy.workload((bench.vault, Role.SECRETS_USER), (bench.vault, Role.CRYPTO_USER))
