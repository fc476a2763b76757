"""A genuine Corda node starts from what enrolment wrote, and has nothing else; the node tool drains and ends it.

The tests are about one node, in this order.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corda_operator.azure import AzureSession
from corda_operator.corda.names import LegalName
from corda_operator.enrolment.process import ExitCode
from local.images.corda import template
from local.images.jars import FINANCE, FINANCE_TABLE, archive
from local.images.sandbox import Container, Sandbox
from local.ports import free_ports
from tests.integration.enrolment.conftest import NOTARY_SERVICES, Bench, Consortium, nobody
from tests.integration.enrolment.node import Node
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
"crlCheckSoftFail": false, "crlCheckArtemisServer": true,
"tlsCertCrlDistPoint": "{url}/certificate-revocation-list/tls",
"dataSourceProperties": {{
    "dataSourceClassName": "org.h2.jdbcx.JdbcDataSource", "dataSource": {{"url": "jdbc:h2:file:/corda/persistence"}}
}}
}}"""


@pytest.fixture(scope="module")
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

    with nobody():
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


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """P2P, RPC, RPC administration."""
    return free_ports(3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("genuine")


Start = Callable[[], Container]


@pytest.fixture(scope="module")
def start(
    notary: Node, consortium: Consortium, sandbox_of: Callable[[str], Sandbox], ports: list[int], folder: Path
) -> Iterator[Start]:
    """Return what starts the node's container, always with the same volumes."""
    corda = sandbox_of("corda:4.10")
    base, temporary = folder / "corda", folder / "tmp"
    for each in (base, temporary):
        each.mkdir()
        each.chmod(0o1777)
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
    environment = {**QUICK_START, "NODE_TOOL_ADDRESS": f"localhost:{rpc_port}"}
    started: list[Container] = []

    def start() -> Container:
        started.append(corda.start("enrolled", volumes=volumes, environment=environment, shares_network=True))
        return started[-1]

    yield start
    for container in started:
        container.close()


@pytest.fixture(scope="module")
def container(start: Start) -> Container:
    return start()


def wait_until_up(container: Container) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while "started up and registered in" not in container.output:
        assert container.running, container.output[-4000:]
        assert time.monotonic() < end, container.output[-4000:]
        time.sleep(0.2)


Tool = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def tool(container: Container) -> Tool:
    """Return what runs the node tool as the pod's hook does."""

    def run(*words: str) -> tuple[int, str, str]:
        return container.attempt("/opt/corda/bin/node-tool", *words)

    return run


Client = Callable[[str, str], rpc.Rpc]


@pytest.fixture(scope="module")
def client_of(sandbox_of: Callable[[str], Sandbox], folder: Path) -> Iterator[Client]:
    """Return what makes clients of the node by user and password."""
    cordapps = [archive(each, FINANCE_TABLE) for each in FINANCE]
    clients: list[rpc.Rpc] = []

    def make(user: str, password: str) -> rpc.Rpc:
        classes = folder / f"rpc-{len(clients)}"
        classes.mkdir()
        clients.append(rpc.Rpc(sandbox_of("corda:4.10"), classes, cordapps, user=user, password=password))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


@pytest.fixture(scope="module")
def client(client_of: Client) -> rpc.Rpc:
    return client_of(rpc.USER, rpc.PASSWORD)


def test_a_node_that_does_not_answer_yet_is_not_waited_for(container: Container, tool: Tool) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not container.output:
        assert time.monotonic() < end
        time.sleep(0.05)

    code, _, said = tool("drain")

    assert container.running
    assert code == 1
    assert "the node does not answer at localhost:" in said


def test_a_genuine_notary_starts_publishes_itself_and_knows_its_rpc_user(
    container: Container, consortium: Consortium, client: rpc.Rpc, notary: Node, ports: list[int]
) -> None:
    wait_until_up(container)
    end = time.monotonic() + PATIENCE_SECONDS
    while len(consortium.services.network_map().node_info_hashes) != 1:
        assert time.monotonic() < end, consortium.services.tail
        time.sleep(0.2)
    assert client.ask(f"localhost:{ports[1]}", "nodes") == [str(LegalName.parse(notary.legal_name))]


def test_the_node_tool_lets_a_node_take_no_more_flows_and_take_them_again(
    tool: Tool, client: rpc.Rpc, ports: list[int]
) -> None:
    node = f"localhost:{ports[1]}"
    assert client.ask(node, "start")
    code, said, _ = tool("drain")
    assert (code, said.splitlines()[-1]) == (0, "No flows are left.")
    assert tool("status")[:2] == (0, '{"draining": true, "flows": 0}\n')
    with pytest.raises(rpc.RpcError, match="Node is draining"):
        client.ask(node, "start")

    assert tool("undrain")[0] == 0
    assert tool("status")[:2] == (0, '{"draining": false, "flows": 0}\n')
    assert client.ask(node, "start")


def test_before_a_node_is_ended_draining_mode_is_off_again(tool: Tool) -> None:
    assert tool("drain", "--timeout", "60", "--then-undrain")[0] == 0
    assert tool("status")[:2] == (0, '{"draining": false, "flows": 0}\n')


def test_the_node_tool_says_nothing_but_its_answer_whatever_the_nodes_jvm_is_told(
    container: Container,
) -> None:
    told = ("env", "CORDA_JVM_OPTS=-no-such-option", "JAVA_TOOL_OPTIONS=-Xmx4m")
    found = container.attempt(*told, "node-tool", "status")

    assert found == (0, '{"draining": false, "flows": 0}\n', "")


def test_the_node_tool_accepts_no_parameters_that_nobody_proposes(tool: Tool) -> None:
    code, _, said = tool("accept-parameters", "AB" * 32)

    assert code == 1
    assert "refuses" in said


def test_a_wrong_password_is_refused_and_not_told(tool: Tool, notary: Node, folder: Path) -> None:
    wrong = json.loads((notary.output / "node-tool.json").read_text()) | {"password": "never-tell-it"}
    (folder / "corda" / "wrong.json").write_text(json.dumps(wrong))

    code, _, said = tool("status", "--credentials", "/corda/wrong.json")

    assert code == 1
    assert "knows no such user with that password" in said
    assert "never-tell-it" not in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--help"], (0, "Usage: node-tool COMMAND", "")),
        ([], (2, "", "expected a command")),
        (["drian"], (2, "", "unexpected drian")),
        (["drain", "--timeout", "2m"], (2, "", "--timeout is 2m, expected seconds")),
        (["status", "--timeout", "2"], (2, "", "--timeout belongs behind drain")),
        (["drain", "--wait", "2"], (2, "", "--wait belongs behind undrain")),
        (["status", "--address", "here"], (2, "", "the address is here, expected HOST:PORT")),
        (["accept-parameters", "AB"], (2, "", "64 hexadecimal digits, found AB")),
        (["status", "--credentials", "/nowhere"], (1, "", "/nowhere")),
    ],
    ids=str,
)
def test_the_node_tool_says_how_it_is_used(tool: Tool, words: list[str], expected: tuple[int, str, str]) -> None:
    code, said, complained = tool(*words)

    assert code == expected[0]
    assert expected[1] in said
    assert expected[2] in complained


def test_the_node_tools_user_can_do_nothing_else(notary: Node, client_of: Client, ports: list[int]) -> None:
    credentials = json.loads((notary.output / "node-tool.json").read_text())
    client = client_of(credentials["user"], credentials["password"])
    node = f"localhost:{ports[1]}"

    assert client.ask(node, "flows") == []
    for refused in ("start", "nodes", "notaries", "parameters"):
        with pytest.raises(rpc.RpcError, match="User not authorized to perform RPC call"):
            client.ask(node, refused)


def test_the_node_tool_ends_a_node(container: Container, tool: Tool) -> None:
    assert tool("drain")[0] == 0
    assert tool("shutdown")[0] == 0
    assert container.wait(PATIENCE_SECONDS) == 0


def test_a_node_that_ended_while_it_drained_takes_flows_after_its_start(start: Start) -> None:
    """Corda itself would refuse them, since it keeps draining mode in its database."""
    container = start()
    wait_until_up(container)
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := container.attempt("node-tool", "status"))[1] != '{"draining": false, "flows": 0}\n':
        assert time.monotonic() < end, found
        time.sleep(0.2)
