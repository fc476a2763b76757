"""A genuine Corda node starts from what enrolment wrote, and has nothing else."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corda_operator.azure import AzureSession
from corda_operator.corda.names import LegalName
from corda_operator.enrolment.process import ExitCode
from local.images.jars import archive
from local.ports import free_ports
from tests.integration.enrolment.conftest import NOTARY_SERVICES, Bench, Consortium
from tests.integration.enrolment.node import Node
from tests.integration.images.node_files import template
from tests.integration.images.sandbox import Container, Sandbox
from tests.integration.network.genuine import conftest as genuine
from tests.integration.network.genuine import rpc
from tests.integration.network.genuine.node import QUICK_START

CORDA = 10001
"""The image's user, who enrols in a pod, too."""
PATIENCE_SECONDS = 240.0
SERVICE = NOTARY_SERVICES[8]
# JSON, as the operator renders it, around the one line that JSON has not.
NODE_CONF = """{{
include required(file("/run/corda/secrets.conf"))
"myLegalName": "{legal_name}", "emailAddress": "operations@bank.test", "devMode": false, "detectPublicIp": false,
"p2pAddress": "localhost:{p2p}",
"rpcSettings": {{"address": "localhost:{rpc}", "adminAddress": "localhost:{administration}"}},
"networkServices": {{"doormanURL": "{url}", "networkMapURL": "{url}"}},
"notary": {{"validating": false, "serviceLegalName": "{service}"}},
"crlCheckSoftFail": false, "tlsCertCrlDistPoint": "{url}/certificate-revocation-list/tls",
"dataSourceProperties": {{
    "dataSourceClassName": "org.h2.jdbcx.JdbcDataSource", "dataSource": {{"url": "jdbc:h2:file:/corda/persistence"}}
}}
}}"""


@pytest.fixture
def notary(bench: Bench, consortium: Consortium) -> Iterator[Node]:
    """A notary that is enrolled, with the credentials of a database and an RPC user in the vault."""
    declared = consortium.services.document["notaries"]
    # The map is served when all declared notaries have registered.
    consortium.services.configure(notaries=[{"serviceLegalName": SERVICE}])
    notary = bench.node(
        "Notary",
        notary={"serviceLegalName": SERVICE},
        rpcUsers=[{"name": rpc.USER, "passwordSecret": "rpc", "permissions": ["ALL"]}],
        database={"postgresql": {"user": "sa", "passwordSecret": "database-password"}},
        crl={"tlsDistributionPoint": f"{consortium.services.url}/certificate-revocation-list/tls"},
    )

    async def enrolled() -> ExitCode:
        async with bench.session() as session:
            await put(session, notary.vault_url)
        return await notary.enrol()

    assert asyncio.run(enrolled()) is ExitCode.READY
    for each in (notary.output, *notary.output.rglob("*")):
        os.chown(each, CORDA, CORDA)
    yield notary
    consortium.services.configure(notaries=declared)


async def put(session: AzureSession, vault_url: str) -> None:
    secrets = session.vault_secrets(vault_url)
    # The template's database has H2's own user without a password.
    for name, value in {"rpc": rpc.PASSWORD, "database-password": ""}.items():
        await secrets.add(name, value, content_type="text/plain", tags={})


@pytest.fixture
def ports() -> list[int]:
    """P2P, RPC, RPC administration."""
    return free_ports(3)


@pytest.fixture
def container(
    notary: Node, consortium: Consortium, sandbox_of: Callable[[str], Sandbox], ports: list[int], tmp_path: Path
) -> Iterator[Container]:
    corda = sandbox_of("corda:4.10")
    base, temporary = tmp_path / "corda", tmp_path / "tmp"
    for folder in (base, temporary):
        folder.mkdir()
        folder.chmod(0o1777)
    template(corda, "notary", base)
    p2p, rpc_port, administration = ports
    (base / "node.conf").write_text(
        NODE_CONF.format(
            legal_name=notary.legal_name,
            service=SERVICE,
            url=consortium.services.url,
            p2p=p2p,
            rpc=rpc_port,
            administration=administration,
        )
    )
    volumes = {
        "/corda": base,
        "/tmp": temporary,  # noqa: S108 - the container's
        "/run/corda": notary.output,
        "/corda/certificates": notary.output / "certificates",
    }
    container = corda.start("enrolled", volumes=volumes, environment=QUICK_START, shares_network=True)
    yield container
    container.close()


@pytest.fixture
def client(sandbox_of: Callable[[str], Sandbox], tmp_path: Path) -> Iterator[rpc.Rpc]:
    (tmp_path / "rpc").mkdir()
    cordapps = [archive(each, Path(genuine.__file__).with_name("jars.sha256")) for each in genuine.CORDAPPS]
    client = rpc.Rpc(sandbox_of("corda:4.10"), tmp_path / "rpc", cordapps)
    yield client
    client.close()


def test_a_genuine_notary_starts_publishes_itself_and_knows_its_rpc_user(
    container: Container, consortium: Consortium, client: rpc.Rpc, notary: Node, ports: list[int]
) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while "started up and registered in" not in container.output:
        assert container.running, container.output[-4000:]
        assert time.monotonic() < end, container.output[-4000:]
        time.sleep(0.2)
    while len(consortium.services.network_map().node_info_hashes) != 1:
        assert time.monotonic() < end, consortium.services.tail
        time.sleep(0.2)
    assert client.ask(f"localhost:{ports[1]}", "nodes") == [str(LegalName.parse(notary.legal_name))]
