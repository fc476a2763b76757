"""Helm with the operator's chart: installed, upgraded and taken away in a cluster, as users do it, or just rendered."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local import tools
from local.console import LocalError
from local.paths import ROOT

RELEASE = "corda-operator"
"""Name of the release and of its namespace."""
CHART = ROOT / "charts" / "corda-operator"


@dataclass(frozen=True)
class Helm:
    """Helm with a kubeconfig, for one release in a namespace of its name."""

    kubeconfig: Path

    def install(self, values: Mapping[str, Any], timeout: str = "180s") -> None:
        """Install the chart, or upgrade the release to it, and wait until it is ready; raise LocalError."""
        if self._run("list", "--pending", "--short").strip():
            # One that was killed half-way. Nothing is lost: definitions and resources stay.
            self.uninstall()
        with _values_file(values) as option:
            chart = ("upgrade", "--install", RELEASE, str(CHART), "--create-namespace")
            self._run(*chart, option, "--wait", f"--timeout={timeout}")

    def uninstall(self) -> None:
        """Take the release away, and wait until it is gone."""
        self._run("uninstall", RELEASE, "--wait", "--ignore-not-found")

    def _run(self, *arguments: str) -> str:
        return _helm(*arguments, f"--kubeconfig={self.kubeconfig}", f"--namespace={RELEASE}")


def rendered(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the chart's objects as they would be installed, without a cluster; raise LocalError."""
    # Built from its module, Helm does not know which Kubernetes it is made for.
    version = f"--kube-version={tools.module_version('k8s.io/kubernetes')}"
    with _values_file(values) as option:
        text = _helm("template", RELEASE, str(CHART), f"--namespace={RELEASE}", version, option)
    return [each for each in yaml.safe_load_all(text) if each]


@contextmanager
def _values_file(values: Mapping[str, Any]) -> Iterator[str]:
    """Give the option by which Helm reads values."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        yield f"--values={file.name}"


def _helm(*arguments: str) -> str:
    done = subprocess.run([str(tools.binary("helm")), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"helm {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
