"""What Debian's programs say, and how they are asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import system
from local.console import LocalError


def test_only_packages_that_are_installed_count() -> None:
    listing = "ii |buildah\nrc |etcd-server\nun |runc\nii |mmdebstrap\n"
    assert system.parse_installed(listing) == {"buildah", "mmdebstrap"}


def test_downloads_are_known_by_file_and_hash() -> None:
    listing = (
        "'https://mirror/pool/r/runc/runc_1.1.5_amd64.deb' runc_1.1.5_amd64.deb 2709752 SHA256:aa\n"
        "'https://mirror/pool/c/c.deb' c.deb 5 SHA256:bb\n"
    )
    assert system.parse_uris(listing) == [("c.deb", "SHA256:bb"), ("runc_1.1.5_amd64.deb", "SHA256:aa")]


def test_whoever_may_not_install_is_told_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORDA_OPERATOR_CACHE", str(tmp_path))
    monkeypatch.setattr(system, "missing_packages", lambda _: ["nftables", "runc"])
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LocalError, match="sudo apt-get install --no-install-recommends nftables runc"):
        system.ensure_packages("nftables", "runc")


def policy_script(policy: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    words = ["sh", "-c", system.KEEP_SERVICES_DOWN, policy, *command]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_services_are_refused_while_packages_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    ask = f"import subprocess, sys; sys.exit(subprocess.call([{str(policy)!r}, 'etcd', 'start']))"
    assert policy_script(policy, sys.executable, "-c", ask).returncode == 101


def test_a_policy_that_nobody_was_left_to_delete_deletes_itself(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy_script(policy, "true")
    assert policy.exists()
    assert subprocess.run([policy, "etcd", "start"], check=False).returncode == 0
    assert not policy.exists()


def test_a_policy_of_the_machines_own_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    commands: list[list[str]] = []
    monkeypatch.setattr(system, "POLICY", policy)
    monkeypatch.setattr(system, "_run", commands.append)
    system._install(["runc"])
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"
    assert commands == [["apt-get", "install", "--yes", "--no-install-recommends", "runc"]]
