"""What the CorDapp's archives are made from, and by whom they are signed."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from local import cordapps
from local.console import LocalError


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Give stand-ins for Maven's and Java's programs, and return what they are told."""
    told: list[list[str]] = []

    def run(words: Sequence[str | Path], folder: Path | None = None) -> str:
        program, *options = map(str, words)
        told.append([program, *options])
        if program == "mvn" and folder is not None:
            for module in cordapps.MODULES:
                (folder / module / "target").mkdir()
                (folder / module / "target" / f"credit-record-{module}-1.0.0.jar").write_text(" ".join(options))
        elif program == "jarsigner":
            signed, unsigned = (Path(each) for each in options[-3:-1])
            signed.write_text(f"signed {unsigned.read_text()}")
        elif "-exportcert" in options:
            Path(options[-1]).write_text("a certificate")
        return ""

    monkeypatch.setenv("CORDA_OPERATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cordapps, "run", run)
    monkeypatch.setattr("shutil.which", lambda program: program)
    return told


def test_archives_are_built_and_signed_once(commands: list[list[str]]) -> None:
    first = cordapps.built()
    assert first.contracts.read_text().startswith("signed ")
    done = len(commands)
    assert cordapps.built() == first
    assert len(commands) == done


@pytest.mark.usefixtures("commands")
def test_another_version_has_the_same_contracts_and_other_flows() -> None:
    old, new = cordapps.built("1.0.0"), cordapps.built("1.1.0")
    assert new.contracts == old.contracts
    assert new.workflows.name == "credit-record-workflows-1.1.0.jar"
    assert "-Dworkflows.version=1.1.0 -Dworkflows.release=2" in new.workflows.read_text()
    assert cordapps.sha256(new.workflows) != cordapps.sha256(old.workflows)


def test_the_key_is_made_once_and_nobody_else_can_read_it(commands: list[list[str]], tmp_path: Path) -> None:
    cordapps.built("1.0.0")
    cordapps.built("1.1.0")
    assert sum("-genkeypair" in words for words in commands) == 1
    keys = tmp_path / "cache" / "cordapp-signing"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    password = (keys / "password").read_text()
    assert not any(password in word for words in commands for word in words)


def test_a_version_that_there_is_not_is_an_error_that_lists_the_others() -> None:
    with pytest.raises(LocalError, match=r"no version 2\.0\.0 of the CorDapp; there are 1\.0\.0, 1\.1\.0"):
        cordapps.built("2.0.0")
