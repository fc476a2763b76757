"""kubectl against one cluster, for the few calls that bringing it up takes."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from local import tools
from local.cluster.addons import Object
from local.cluster.waiting import wait_until
from local.console import LocalError

_SERVED_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Kubectl:
    """kubectl with a kubeconfig."""

    kubeconfig: Path

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        return [str(tools.binary("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]

    def text(self, *arguments: str, stdin: str | None = None) -> str:
        """Return what kubectl prints; raise LocalError with its complaint if it fails."""
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LocalError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        """Tell whether a call succeeds, whatever it prints."""
        return subprocess.run(self.command(*arguments), capture_output=True, check=False).returncode == 0

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind's objects, as ``kind/name``."""
        return self.text("get", kind, "--output=name").split()

    def apply(self, objects: Sequence[Object]) -> None:
        """Apply objects on the server's side."""
        whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        arguments = (
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=corda-operator-local",
            "-f",
            "-",
        )
        self.text(*arguments, stdin=json.dumps(whole))

    def define(self, definitions: Sequence[dict[str, Any]]) -> None:
        """Apply CustomResourceDefinitions, and wait until the API server serves their kinds."""
        self.apply(definitions)
        for each in definitions:
            kind = each["metadata"]["name"]
            # Not by the condition Established: kubectl fails at a definition that has none yet, and a kind is found a
            # moment later only.
            wait_until(
                partial(self.succeeds, "get", kind, "--all-namespaces"),
                _SERVED_SECONDS,
                lambda: f"the API server does not serve {kind}",  # noqa: B023 - called before the next
            )
