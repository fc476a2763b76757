"""What the init container ``database`` does to a genuine node's database when CorDapps change while a flow is left."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from corda_operator.reconcile.node.causes import cause
from corda_operator.reconcile.node.database import command
from local.cordapps import built, sha256
from local.images.sandbox import Sandbox
from tests.unit.reconcile.node.world import node

pytestmark = pytest.mark.parametrize("version", ["4.10"], indirect=True)

A_FLOW = (
    "INSERT INTO node_checkpoints (flow_id, status, compatible, timestamp) VALUES ('a', 0, TRUE, current_timestamp)"
)
TABLES = "SELECT table_name FROM information_schema.tables"
REFUSED = "CheckpointsException: Attempting to update the database while there are flows in flight."


@dataclass
class Volume:
    """A node's volume, on which the container runs for one list of CorDapps after another."""

    corda: Sandbox
    mounted: Mapping[str, Path]
    name: str
    said: str = field(default="", init=False)

    def migrate(self, cordapps: Sequence[Path]) -> int:
        """Run the container once, as the pod would, and return its exit code."""
        folder = self.mounted["/corda"] / "cordapps"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o777)
        for jar in cordapps:
            shutil.copy(jar, folder)
        spec = [
            {"name": jar.stem, "url": f"https://jars.example.com/{jar.name}", "sha256": sha256(jar)} for jar in cordapps
        ]
        shell, *arguments = command(node(cordapps=spec))
        code, self.said = self._run("database", shell, arguments)
        return code

    @property
    def tables(self) -> set[str]:
        """The names of the database's tables."""
        _, *names, _ = self.sql(TABLES).splitlines()
        return set(names)

    def sql(self, statement: str) -> str:
        """Run a statement in the database and return the answer."""
        program = 'exec java -cp "$(cat /opt/corda/classpath)" org.h2.tools.Shell -url "$1" -user sa -sql "$2"'
        arguments = ["-euc", program, "sql", "jdbc:h2:file:/corda/persistence", statement]
        code, answer = self._run("sql", "/bin/sh", arguments)
        assert code == 0, answer
        return answer

    def _run(self, what: str, program: str, arguments: Sequence[str]) -> tuple[int, str]:
        return self.corda.run(f"{what}-{self.name}", arguments, entrypoint=[program], volumes=self.mounted)


@pytest.fixture
def volume(corda: Sandbox, base_directory: Path, tmp_path: Path) -> Volume:
    temporary, configuration = tmp_path / "tmp", tmp_path / "etc"
    temporary.mkdir()
    temporary.chmod(0o1777)
    configuration.mkdir()
    shutil.copy(base_directory / "node.conf", configuration)
    mounted = {"/corda": base_directory, "/tmp": temporary, "/etc/corda": configuration}  # noqa: S108
    return Volume(corda, mounted, tmp_path.name)


def test_a_cordapp_that_comes_gets_its_tables_though_a_flow_is_left(volume: Volume) -> None:
    assert volume.migrate([]) == 0, volume.said
    volume.sql(A_FLOW)
    before = volume.tables

    assert volume.migrate(built().archives) == 0, volume.said

    assert volume.tables > before


def test_tables_of_cordapps_that_change_wait_for_flows_and_the_way_back_is_open(volume: Volume) -> None:
    contracts, workflows = built().archives
    _, changed = built("1.1.0").archives
    assert volume.migrate([workflows]) == 0, volume.said
    volume.sql(A_FLOW)
    before = volume.tables

    assert volume.migrate([contracts, changed]) == 1
    assert cause(volume.said[-2048:]).startswith(REFUSED)
    assert volume.migrate([workflows]) == 0, volume.said

    assert volume.tables == before
