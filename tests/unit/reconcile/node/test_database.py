"""What the init container ``database`` does, by a real shell; a program stands in for Corda's own migration."""

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corda_operator.reconcile.node.database import command
from tests.unit.reconcile.node.world import node

MIGRATION = """#!/bin/sh
echo "$@" "${CORDA_JVM_OPTS-}" >>migrations
[ ! -f persistence.mv.db ] || echo migrated >>persistence.mv.db
exit "$(cat outcome)"
"""


@dataclass
class Volume:
    """A base directory, and a Corda whose migration ends as it is told."""

    base: Path
    programs: Path
    template: Path

    def run(self, version: str = "4.10", *, outcome: int = 0, kind: str = "h2", **spec: Any) -> int:
        """Run the container once and return its exit code."""
        (self.base / "outcome").write_text(str(outcome))
        words = command(node(version=version, **spec))
        kind_of_database, template = 6, 7
        words[kind_of_database], words[template] = kind, str(self.template)
        environment = {"PATH": f"{self.programs}:/usr/bin:/bin"}
        done = subprocess.run(words, cwd=self.base, env=environment, check=False, capture_output=True, text=True)
        self.said = done.stderr
        return done.returncode

    @property
    def migrations(self) -> int:
        """How often Corda's migration ran."""
        log = self.base / "migrations"
        return len(log.read_text().splitlines()) if log.exists() else 0

    @property
    def told(self) -> list[str]:
        """What each migration and its JVM were told."""
        return (self.base / "migrations").read_text().splitlines()

    def made_by(self, corda: bytes) -> None:
        """Have the template beside a note of which Corda made it."""
        jar = self.template.with_name("corda.jar")
        jar.write_bytes(b"this Corda")
        note = f"{hashlib.sha256(corda).hexdigest()}  {jar}\n"
        self.template.with_name("migrated-by").write_text(note)

    @property
    def database(self) -> str:
        """The database."""
        return (self.base / "persistence.mv.db").read_text()

    @property
    def copies(self) -> list[str]:
        """The copies of the database from before a migration."""
        return [each.read_text() for each in self.base.glob("persistence.mv.db.before*")]

    @property
    def leftovers(self) -> set[str]:
        """What else the script left."""
        known = {"persistence.mv.db", ".database", "certificates", "outcome", "migrations"}
        return {each.name for each in self.base.iterdir()} - known


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    base, programs, template = (tmp_path / name for name in ("base", "programs", "template"))
    for folder in (base, programs):
        folder.mkdir()
    (programs / "corda").write_text(MIGRATION)
    (programs / "corda").chmod(0o755)
    template.write_text("template\n")
    return Volume(base, programs, template)


def test_a_new_node_begins_with_the_template_and_migrates_it_once(volume: Volume) -> None:
    assert [volume.run(), volume.run()] == [0, 0]

    assert volume.database == "template\nmigrated\n"
    assert volume.migrations == 1
    assert volume.leftovers == set()


def test_a_new_node_without_cordapps_needs_no_more_than_a_template_of_its_corda(volume: Volume) -> None:
    volume.made_by(b"this Corda")

    assert [volume.run(cordapps=[]), volume.run(cordapps=[])] == [0, 0]

    assert (volume.database, volume.migrations, volume.leftovers) == ("template\n", 0, set())
    assert volume.run() == 0
    assert volume.migrations == 1


@pytest.mark.parametrize("kind", ["h2", "postgresql"])
def test_a_template_of_another_corda_or_of_another_database_is_not_enough(volume: Volume, kind: str) -> None:
    volume.made_by(b"another Corda" if kind == "h2" else b"this Corda")

    assert volume.run(cordapps=[], kind=kind) == 0

    assert volume.migrations == 1


def test_only_a_new_database_is_migrated_by_a_jvm_that_does_not_optimise(volume: Volume) -> None:
    volume.made_by(b"this Corda")

    assert [volume.run(), volume.run(version="4.11")] == [0, 0]

    assert ["-XX:TieredStopAtLevel=1" in each for each in volume.told] == [True, False]


def test_an_image_without_templates_migrates_from_nothing(volume: Volume) -> None:
    volume.template.unlink()

    assert volume.run() == 0
    assert volume.migrations == 1


@pytest.mark.parametrize(
    "change", [{"version": "4.11"}, {"cordapps": []}, {"image": "registry.example.com/corda-enterprise:4.10"}], ids=str
)
def test_a_new_version_or_other_cordapps_migrate_the_database(volume: Volume, change: dict[str, Any]) -> None:
    volume.run()

    assert volume.run(**change) == 0

    assert volume.database == "template\nmigrated\nmigrated\n"
    assert volume.leftovers == set()


def test_a_failed_migration_begins_again_from_the_good_copy(volume: Volume) -> None:
    volume.run()

    assert [volume.run("4.11", outcome=1), volume.run("4.11", outcome=1)] == [1, 1]
    assert volume.copies == ["template\nmigrated\n"]
    assert volume.run("4.11") == 0

    assert volume.database == "template\nmigrated\nmigrated\n"
    assert volume.leftovers == set()


def test_a_failed_migration_can_be_taken_back(volume: Volume) -> None:
    volume.run()
    volume.run("4.11", outcome=1)

    assert volume.run("4.10") == 0

    assert volume.database == "template\nmigrated\n"
    assert volume.leftovers == set()


def test_a_failed_migration_can_be_given_another_aim(volume: Volume) -> None:
    volume.run()
    volume.run("4.11", outcome=1)

    assert volume.run("4.12") == 0

    assert volume.database == "template\nmigrated\nmigrated\n"
    assert volume.leftovers == set()


def test_an_older_version_is_refused_and_nothing_is_touched(volume: Volume) -> None:
    volume.run("4.10")

    assert volume.run("4.9") == 3

    assert "Corda 4.10 has migrated this database, which Corda 4.9 can't read." in volume.said
    assert volume.migrations == 1


def test_a_copy_that_was_cut_off_is_never_used(volume: Volume) -> None:
    volume.run()
    (volume.base / ".partial").write_text("half")

    assert volume.run("4.11") == 0

    assert volume.database == "template\nmigrated\nmigrated\n"
    assert volume.leftovers == set()


def test_a_postgresql_database_is_migrated_without_files(volume: Volume) -> None:
    assert volume.run(kind="postgresql") == 0

    assert not (volume.base / "persistence.mv.db").exists()
    assert volume.migrations == 1


A = {"name": "a", "url": "https://a.example.com/a.jar", "sha256": "a" * 64}
B = {"name": "b", "image": f"registry.example.com/b@sha256:{'b' * 64}"}
CHANGED_A = {**A, "sha256": "c" * 64}
DESPITE_FLOWS = "--update-app-schema-with-checkpoints"


def test_cordapps_beside_those_that_were_there_get_their_tables_though_flows_are_in_flight(volume: Volume) -> None:
    volume.run(cordapps=[A])

    assert [volume.run(cordapps=[B, A], outcome=1), volume.run(cordapps=[B, A])] == [1, 0]

    assert [DESPITE_FLOWS in each for each in volume.told] == [False, True, True]


@pytest.mark.parametrize(
    "change",
    [
        {"cordapps": [CHANGED_A, B]},
        {"cordapps": [B]},
        {"cordapps": [A, B], "version": "4.11"},
        {"cordapps": [A, B], "image": "registry.example.com/corda-enterprise:4.10"},
    ],
    ids=["a CorDapp has changed", "a CorDapp has gone", "another version", "another image"],
)
def test_any_other_change_leaves_tables_alone_while_flows_are_in_flight(volume: Volume, change: dict[str, Any]) -> None:
    volume.run(cordapps=[A])

    assert volume.run(**change) == 0

    assert DESPITE_FLOWS not in volume.told[-1]


def test_a_database_of_which_nothing_is_known_is_left_alone_while_flows_are_in_flight(volume: Volume) -> None:
    assert volume.run(cordapps=[A], kind="postgresql") == 0

    assert DESPITE_FLOWS not in volume.told[-1]


def test_a_start_without_a_change_notes_what_an_older_operator_did_not(volume: Volume) -> None:
    volume.run(cordapps=[A])
    version, purpose, *_ = (volume.base / ".database").read_text().split()
    (volume.base / ".database").write_text(f"{version} {purpose}\n")

    assert volume.run(cordapps=[A, B], outcome=1) == 1
    assert DESPITE_FLOWS not in volume.told[-1]
    assert [volume.run(cordapps=[A]), volume.run(cordapps=[A, B])] == [0, 0]
    assert DESPITE_FLOWS in volume.told[-1]


@pytest.mark.parametrize("moment", ["cp", "sync", "mv", "corda", "rm"])
def test_a_migration_killed_at_any_moment_comes_to_the_same_end(
    volume: Volume, moment: str, kill: Callable[[str], None]
) -> None:
    volume.run()
    kill(moment)
    assert volume.run("4.11") != 0
    (volume.programs / moment).unlink()
    (volume.programs / "corda").write_text(MIGRATION)
    (volume.programs / "corda").chmod(0o755)

    assert volume.run("4.11") == 0

    assert volume.database == "template\nmigrated\nmigrated\n"
    assert volume.leftovers == set()


@pytest.fixture
def kill(volume: Volume) -> Callable[[str], None]:
    """Let a program kill the shell that calls it, after it has done half of its work if it is Corda's."""

    def kill(program: str) -> None:
        half = "echo half >>persistence.mv.db\n" if program == "corda" else ""
        (volume.programs / program).write_text(f"#!/bin/sh\n{half}kill -9 $PPID\n")
        (volume.programs / program).chmod(0o755)

    return kill
