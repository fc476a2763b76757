"""kubectl against one cluster, for the few calls that bringing it up takes."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local import tools
from local.cluster.addons import Object
from local.console import LocalError

_SERVED_SECONDS: Final = 60.0
_ESTABLISHED: Final = '{.status.conditions[?(@.type=="Established")].status}'


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
        names = [f"crd/{each['metadata']['name']}" for each in definitions]
        # Not --for=condition: kubectl fails at a definition that has no conditions yet.
        self.text("wait", f"--for=jsonpath={_ESTABLISHED}=True", *names, "--timeout=60s")
        end = time.monotonic() + _SERVED_SECONDS
        for each in definitions:
            # They are served, and found, a moment after they are established.
            kind = each["metadata"]["name"]
            while not self.succeeds("get", kind, "--all-namespaces"):
                if time.monotonic() > end:
                    raise LocalError(f"the API server does not serve {kind}")
                time.sleep(0.2)
