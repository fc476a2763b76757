"""The example's files, as kustomize puts them together, are what a real API server takes."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from local import tools
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from local.demo.architecture import EXAMPLE, NAMESPACES
from local.paths import ROOT


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example with the settings of a subscription, where nobody's own settings are touched."""
    copy = tmp_path / "credit-scores"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("settings.yaml"))
    shutil.copy(copy / "settings.aks.yaml", copy / "settings.yaml")
    return copy


@pytest.fixture
def built(example: Path) -> str:
    done = subprocess.run(
        [str(tools.binary("kubectl")), "kustomize", str(example)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_setting_is_left_out(built: str) -> None:
    assert ".invalid" not in built
    assert "settings.yaml" not in built
    kinds = [each["kind"] for each in yaml.safe_load_all(built)]
    assert kinds.count("CordaNode") == 4
    assert kinds.count("Consortium") == 3


def test_an_api_server_takes_everything_and_knows_every_field(
    built: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cluster")
    kubectl = Kubectl(fast.up(folder).kubeconfig)
    try:
        kubectl.text("apply", "--server-side", f"--filename={ROOT / 'crds'}")
        for namespace in NAMESPACES:
            kubectl.text("create", "namespace", namespace)
        told = kubectl.text(
            *("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"), stdin=built
        )
    finally:
        fast.down(folder)
    assert told.count("serverside-applied") == len(list(yaml.safe_load_all(built)))
