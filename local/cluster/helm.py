"""Helm against one cluster: the operator's chart installed, upgraded and taken away, as users do it."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(values, file)
            file.flush()
            chart = ("upgrade", "--install", RELEASE, str(CHART), "--create-namespace")
            self._run(*chart, f"--values={file.name}", "--wait", f"--timeout={timeout}")

    def uninstall(self) -> None:
        """Take the release away, and wait until it is gone."""
        self._run("uninstall", RELEASE, "--wait", "--ignore-not-found")

    def _run(self, *arguments: str) -> str:
        command = [str(tools.binary("helm")), f"--kubeconfig={self.kubeconfig}", f"--namespace={RELEASE}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LocalError(f"helm {arguments[0]}: {done.stderr.strip()}")
        return done.stdout
