"""``kubectl corda`` as people run it: the real kubectl finds the plugin on PATH, and the plugin kubectl."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import tools
from local.cluster.kubectl import Kubectl

Object = dict[str, Any]


@dataclass(frozen=True)
class PluggedIn:
    """A cluster, and the plugin beside kubectl."""

    kubeconfig: Path
    before: subprocess.CompletedProcess[str]
    """What it said before the cluster knew Consortium and CordaNode."""

    @property
    def kubectl(self) -> Kubectl:
        """For what is not about the plugin."""
        return Kubectl(self.kubeconfig)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a person with this cluster."""
        folders = (str(Path(sys.executable).parent), str(tools.binary("kubectl").parent), os.environ["PATH"])
        kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "KUBECTL")}
        return {**kept, "PATH": os.pathsep.join(folders), "KUBECONFIG": str(self.kubeconfig), **more}

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``kubectl corda``."""
        return corda(self.environment(**environment), *arguments)

    def put(self, *resources: Object) -> None:
        """Apply resources with their status, as the operator would report it."""
        self.kubectl.apply([{**each, "status": {}} for each in resources])
        for each in resources:
            metadata = each["metadata"]
            self.kubectl.text(
                "patch",
                each["kind"].lower(),
                metadata["name"],
                f"--namespace={metadata['namespace']}",
                "--subresource=status",
                "--type=merge",
                f"--patch={json.dumps({'status': each.get('status', {})})}",
            )


def corda(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``kubectl corda`` in an environment."""
    command = [str(tools.binary("kubectl")), "corda", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
