"""A genuine node whose ledger is in a real PostgreSQL, with nothing but the driver that the image brings."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.images.sandbox import Container, Sandbox
from local.ports import free_ports
from tests.integration.images.postgresql import PostgreSql

QUICK_START = {"CORDA_JVM_OPTS": "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1", "CORDA_METRICS_PORT": ""}
MIGRATE = ["run-migration-scripts", "--core-schemas", "--app-schemas"]
PATIENCE_SECONDS = 240.0

pytestmark = pytest.mark.parametrize("version", ["4.10"], indirect=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgreSql]:
    (tmp_path / "server").mkdir()
    server = PostgreSql(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture
def volumes(base_directory: Path, server: PostgreSql, tmp_path: Path) -> dict[str, Path]:
    """A base directory without H2's database, with ports that the machine has free."""
    (base_directory / "persistence.mv.db").unlink()
    configuration = (base_directory / "node.conf").read_text()
    for fixed, free in zip(("10002", "10003", "10004"), free_ports(3), strict=True):
        configuration = configuration.replace(f":{fixed}", f":{free}")
    before, _, _ = configuration.partition("dataSourceProperties")
    (base_directory / "node.conf").write_text(before + server.data_source)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    return {"/corda": base_directory, "/tmp": temporary}  # noqa: S108 - the container's


@pytest.fixture
def node(corda: Sandbox, volumes: dict[str, Path]) -> Iterator[Container]:
    options = {"volumes": volumes, "environment": QUICK_START, "shares_network": True}
    code, output = corda.run("migration", MIGRATE, **options)
    assert code == 0, output[-4000:]
    assert "There are no outstanding database changes." in output
    container = corda.start("node", **options)  # type: ignore[arg-type] # each has the type of its parameter
    yield container
    container.close()


def test_a_node_migrates_its_database_in_postgresql_and_starts_on_it(
    node: Container, server: PostgreSql, base_directory: Path
) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while "started up and registered" not in node.output:
        assert node.running, node.output[-4000:]
        assert time.monotonic() < end, node.output[-4000:]
        time.sleep(0.2)
    node.signal(signal.SIGTERM)
    node.wait(PATIENCE_SECONDS)
    server.stop()

    # What the migration has done, and that the node knows itself.
    assert server.rows("databasechangelog") > 0
    assert server.rows("node_infos") == 1
    assert not list(base_directory.glob("*.mv.db"))
