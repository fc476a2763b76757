"""A genuine node, out of dev mode and within 1 GiB, in the image, on a copy of the template."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corda_operator.api.settings import NODE_TOOL
from corda_operator.enrolment.node_files import TOOL_PERMISSIONS
from local.images.corda import template
from local.images.sandbox import Container, Sandbox
from tests.records import records

SCRAPE = """
use IO::Socket::INET;
$socket = IO::Socket::INET->new("127.0.0.1:9404") or die $!;
print $socket "GET /metrics HTTP/1.0\\r\\n\\r\\n";
print <$socket>;
"""
"""There is no HTTP client in the image; Perl comes with every Debian."""

MIGRATE = ["run-migration-scripts", "--core-schemas", "--app-schemas"]
MIGRATED = "There are no outstanding database changes."
CHANGED = re.compile(r"ChangeSet \S+ ran successfully")
LOUD = {"JAVA_TOOL_OPTIONS": "-DliquibaseLogLevel=info"}


@pytest.fixture
def volumes(base_directory: Path, tmp_path: Path) -> dict[str, Path]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    return {"/corda": base_directory, "/tmp": temporary}  # noqa: S108


@pytest.fixture
def start(corda: Sandbox, volumes: dict[str, Path], tmp_path: Path) -> Iterator[Callable[[], Container]]:
    started = []

    def start() -> Container:
        started.append(corda.start(f"node-{tmp_path.name}", volumes=volumes))
        return started[-1]

    yield start
    for container in started:
        container.close()


def give_the_node_tool_a_user(base: Path) -> None:
    user = {"username": NODE_TOOL, "password": "of-this-test-only", "permissions": list(TOOL_PERMISSIONS)}
    with (base / "node.conf").open("a") as configuration:
        configuration.write(f"rpcUsers = {json.dumps([user])}\n")
    (base / "node-tool.json").write_text(json.dumps({"user": user["username"], "password": user["password"]}))


def wait_for(container: Container, text: str) -> None:
    end = time.monotonic() + 240
    while text not in container.output:
        assert container.running, container.output[-3000:]
        assert time.monotonic() < end, container.output[-3000:]
        time.sleep(0.2)


def wait_for_metric(node: Container, pattern: str) -> None:
    end = time.monotonic() + 60
    while not re.search(pattern, metrics := node.execute("perl", "-e", SCRAPE), re.M):
        assert time.monotonic() < end, metrics
        time.sleep(0.5)


def test_boots_from_the_template_serves_metrics_drains_and_ends_on_sigterm(
    start: Callable[[], Container], base_directory: Path
) -> None:
    give_the_node_tool_a_user(base_directory)
    node = start()
    wait_for(node, "started up and registered")

    # The node says that it has started a moment before it takes messages.
    wait_for_metric(node, r'^corda_queue_consumercount\{broker="P2P",queue="p2p\.inbound\.\w+",?\} [1-9]')
    metrics = node.execute("perl", "-e", SCRAPE)
    assert re.search(r'^corda_queue_consumercount\{broker="RPC",queue="rpc\.server",?\} [1-9]', metrics, re.M)
    assert re.search(r"^corda_flows_finished_total 0", metrics, re.M)
    assert re.search(r'^corda_database_connections\{state="Total",?\} [1-9]', metrics, re.M)
    assert re.search(r"^jvm_memory_used_bytes\{", metrics, re.M)

    code, said, _ = node.attempt("node-tool", "drain", "--credentials", "/corda/node-tool.json")
    assert (code, said.splitlines()) == (0, ["The node takes no new flows.", "No flows are left."])

    node.signal(signal.SIGTERM)
    # What a JVM that was told to end returns, passed on by the launcher and tini.
    assert node.wait(240) == 143
    # Corda draws its name on standard output by itself, and Log4j its last words.
    told = records("\n".join(line for line in node.output.splitlines() if line.startswith("{")))
    assert any('Node for "Bank A" started up and registered' in each["message"] for each in told)
    assert len(told) > len(node.output.splitlines()) / 2


def test_says_why_it_cannot_start_without_network_parameters(
    start: Callable[[], Container], base_directory: Path
) -> None:
    (base_directory / "network-parameters").unlink()
    node = start()
    assert node.wait(240) == 1
    assert "Couldn't find network parameters file and compatibility zone wasn't configured" in node.output


def test_writes_its_log_to_standard_output_alone(start: Callable[[], Container], base_directory: Path) -> None:
    (base_directory / "network-parameters").unlink()
    start().wait(240)
    assert [file.name for file in base_directory.rglob("*.log")] == []


def notary(base: Path) -> None:
    with (base / "node.conf").open("a") as configuration:
        configuration.write("notary { validating = false }\n")


@pytest.mark.parametrize("role", ["bank", "notary"])
def test_a_template_leaves_nothing_to_migrate(
    role: str, corda: Sandbox, volumes: dict[str, Path], tmp_path: Path
) -> None:
    if role == "notary":
        notary(volumes["/corda"])
        template(corda, "notary", volumes["/corda"])
    code, output = corda.run(f"migrate-{tmp_path.name}", MIGRATE, volumes=volumes, environment=LOUD)
    assert code == 0, output
    assert MIGRATED in output
    assert not CHANGED.search(output)


def test_a_banks_template_lacks_what_a_notary_needs(corda: Sandbox, volumes: dict[str, Path], tmp_path: Path) -> None:
    notary(volumes["/corda"])
    code, output = corda.run(f"migrate-{tmp_path.name}", MIGRATE, volumes=volumes, environment=LOUD)
    assert code == 0, output
    assert CHANGED.search(output)
