"""What is built from what, and under which key."""

import os
from pathlib import Path

import pytest

from local.console import LocalError
from local.images import builder, context, jars
from local.images.archives import KEPT, folder, prune
from local.images.bases import BASES, Base, command
from local.images.engines import Docker, build_words
from local.images.jars import coordinates, parse_table
from local.images.recipes import RECIPES, Recipe
from local.paths import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small checkout with one image's sources."""
    (tmp_path / "part" / "__pycache__").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    (tmp_path / "part" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "part" / "__pycache__" / "x.pyc").write_text("bytecode")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    return tmp_path


def sample(checkout: Path, **changes: object) -> Recipe:
    values = {"bases": {"BASE": "python"}, "arguments": {"VERSION": "1"}, **changes}
    return Recipe("sample:1", "Dockerfile", lambda: context.files(checkout, "part"), **values)  # type: ignore[arg-type]


def test_the_key_stays_when_nothing_changes(checkout: Path) -> None:
    before = builder.key(sample(checkout), Docker())
    os.utime(checkout / "part" / "run.sh", (1, 1))
    (checkout / "part" / "__pycache__" / "x.pyc").write_text("other bytecode")
    (checkout / "unlisted").write_text("not in the image")
    assert builder.key(sample(checkout), Docker()) == before


@pytest.mark.parametrize("change", ["content", "mode", "name", "dockerfile", "argument", "base", "target"])
def test_the_key_changes_with_everything_that_goes_in(change: str, checkout: Path) -> None:
    before = builder.key(sample(checkout), Docker())
    changes: dict[str, object] = {}
    file = checkout / "part" / "run.sh"
    match change:
        case "content":
            file.write_text("#!/bin/sh\nexit 1\n")
        case "mode":
            file.chmod(0o755)
        case "name":
            file.rename(file.with_name("start.sh"))
        case "dockerfile":
            (checkout / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nUSER 1:1\n")
        case "argument":
            changes = {"arguments": {"VERSION": "2"}}
        case "base":
            changes = {"bases": {"BASE": "node"}}
        case "target":
            changes = {"target": "other"}
    assert builder.key(sample(checkout, **changes), Docker()) != before


def test_pods_name_another_build_otherwise(checkout: Path) -> None:
    before = builder.image(sample(checkout), Docker())
    assert builder.image(sample(checkout), Docker()) == before
    (checkout / "part" / "run.sh").write_text("#!/bin/sh\nexit 1\n")
    after = builder.image(sample(checkout), Docker())
    assert before.reference.startswith("localhost/corda-operator/sample:1-")
    assert after.reference.startswith("localhost/corda-operator/sample:1-")
    assert after.reference != before.reference
    assert after.archive != before.archive


def test_a_known_hash_stands_for_a_file_that_is_not_there_yet() -> None:
    def fetch() -> Path:
        raise AssertionError("fetched for a key")

    one, other = (context.key([context.Entry("jars/a.jar", fetch, key=digest)]) for digest in ("11", "22"))
    assert one != other


def test_staged_files_look_alike_in_every_checkout(checkout: Path, tmp_path: Path) -> None:
    source = checkout / "part" / "run.sh"
    source.chmod(0o700)
    target = tmp_path / "staged"
    context.stage(context.files(checkout, "part"), target)
    staged = [file for file in target.rglob("*") if file.is_file()]
    assert [str(file.relative_to(target)) for file in staged] == ["part/run.sh"]
    assert staged[0].stat().st_mode & 0o777 == 0o755
    assert staged[0].stat().st_mtime == context.TIME


def test_only_the_archives_used_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORDA_OPERATOR_CACHE", str(tmp_path))
    archives = folder("sample:1")
    archives.mkdir(parents=True)
    for age in range(KEPT + 2):
        (archives / f"{age}.tar").write_text("")
        os.utime(archives / f"{age}.tar", (1000 - age, 1000 - age))
    prune("sample:1")
    assert sorted(file.name for file in archives.iterdir()) == [f"{age}.tar" for age in range(KEPT)]


def test_a_build_command_names_everything_explicitly() -> None:
    words = build_words("localhost/a:1", Path("Dockerfile"), Path("context"), {"B": "2", "A": "1"}, "stage")
    assert words == [
        *("--file", "Dockerfile", "--tag", "localhost/a:1"),
        *("--build-arg", "A=1", "--build-arg", "B=2", "--target", "stage", "context"),
    ]


def test_a_base_is_another_one_with_another_package_or_release() -> None:
    base = Base("a", "public", "bookworm", ("python3",))
    assert base.key == Base("renamed", "other", "bookworm", ("python3",)).key
    assert base.key != Base("a", "public", "trixie", ("python3",)).key
    assert base.key != Base("a", "public", "bookworm", ("python3", "tini")).key


def test_a_base_is_made_without_naming_a_mirror() -> None:
    words = command(BASES["java8"], Path("java8.tar"))
    assert words[-2:] == ["sid", "java8.tar"]
    assert "--include=openjdk-8-jre-headless,ca-certificates,tini" in words
    assert not any("://" in word for word in words)


def test_a_jars_file_name_gives_its_maven_coordinates() -> None:
    assert coordinates("corda-4.10.jar") == "net.corda:corda:4.10"
    assert coordinates("jmx_prometheus_javaagent-1.0.1.jar") == "io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1"


def test_the_table_of_hashes_is_read_as_sha256sum_writes_it() -> None:
    assert parse_table("# a comment\n\nab  a.jar\ncd *b.jar\n") == {"a.jar": "ab", "b.jar": "cd"}


def test_a_jar_with_another_hash_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def maven(words: list[str]) -> str:
        output = Path(words[-1].removeprefix("-DoutputDirectory="))
        (output / "corda-4.10.jar").write_text("something else")
        return ""

    monkeypatch.setenv("CORDA_OPERATOR_CACHE", str(tmp_path))
    monkeypatch.setattr(jars, "run", maven)
    with pytest.raises(LocalError, match=r"has the sha256 \w+, but images/corda/jars\.sha256 says 349a"):
        jars.jar("corda-4.10.jar").find()
    assert not list(tmp_path.rglob("corda-4.10.jar"))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_files_that_exist(name: str) -> None:
    recipe = RECIPES[name]
    assert (ROOT / recipe.dockerfile).is_file()
    assert set(recipe.bases.values()) <= set(BASES)
    assert all(f"ARG {argument}" in (ROOT / recipe.dockerfile).read_text() for argument in recipe.bases)


def test_an_unknown_image_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(LocalError, match=r"no image is called corda:5; there are .*corda:4\.10"):
        builder.recipe("corda:5")
