"""The cluster in which the operator brings a network up, with everything there that is there before `kubectl apply`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.credit_records.by_hand import booted
from bench.start.resources import CONSORTIUM, NODES, RPC_SERVICE, directory, namespace_of, resources
from local import cordapps
from local.cluster import choice, stand_ins
from local.cluster.helm import RELEASE, Helm
from local.cluster.kubectl import Kubectl
from local.console import LocalError, step
from local.demo import architecture
from local.demo.installation import administrator, config_map, namespace, set_password, wait_for_administrator

_IMAGES: Final = {"operator:dev": None, "corda:4.10": "corda", "credit-record:1.0.0": "corda"}
"""Images and the node pool that runs them; None: all."""
Resource = dict[str, Any]


@dataclass(frozen=True)
class Remembered:
    """What Kubernetes remembers of a run."""

    consortium: Resource
    nodes: list[Resource]
    pods: list[Resource]
    boots: dict[str, float | None]
    """Seconds that Corda took to start by its own measure, by CordaNode; None before it said so."""


@dataclass
class Operated:
    """A cluster with stand-ins and the operator."""

    cluster: str
    folder: Path
    """Keeps the stand-ins' certificates."""
    password: str
    """Of the RPC user."""
    _kubeconfig: Path | None = None
    _cordapp_image: str = ""
    _ca: str = ""

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's kubectl."""
        if self._kubeconfig is None:
            raise LocalError("the cluster is not up")
        return Kubectl(self._kubeconfig)

    def bring_up(self, runs: int) -> None:
        """Bring up cluster, images, stand-ins for so many runs, and the operator."""
        self._kubeconfig = choice.up(self.cluster)
        with step("images on the nodes"):
            images = {name: choice.load(self.cluster, [name], pool)[name].reference for name, pool in _IMAGES.items()}
        self._cordapp_image = images["credit-record:1.0.0"]
        self._ca = stand_ins.install(self.cluster, self.kubectl, directory(runs), self.folder, "1Gi").read_text()
        self.kubectl.apply([namespace(RELEASE), administrator(images["operator:dev"])])
        with step("helm install"):
            values = architecture.values(images["operator:dev"], images["corda:4.10"])
            Helm(self.kubectl.kubeconfig).install(values)
        wait_for_administrator(self.kubectl)

    def prepare(self, run: int) -> Path:
        """Make a run's namespace and put the password into its vault; return the file that is to be applied."""
        name = namespace_of(run)
        self.kubectl.apply([namespace(name), config_map(name, "azure-ca", {"ca.pem": self._ca})])
        set_password(self.kubectl, name, self.password)
        file = self.folder / f"{name}.json"
        items = resources(name, self._cordapp_image, cordapps.built())
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        return file

    def apply(self, file: Path) -> None:
        """Apply a run's resources, as users do."""
        self.kubectl.text("apply", "--filename", str(file))

    def rpc_address(self, run: int) -> str:
        """Wait until Bank A's load balancer has an address, and return it."""
        service, where = f"service/{RPC_SERVICE}", f"--namespace={namespace_of(run)}"
        self.kubectl.text("wait", "--for=create", service, where, "--timeout=120s")
        path = "{.status.loadBalancer.ingress[0].ip}"
        found = self.kubectl.text(
            "wait", f"--for=jsonpath={path}", service, where, "--timeout=120s", f"--output=jsonpath={path}"
        )
        return f"{found}:10003"

    def wait_until_ready(self, run: int) -> None:
        """Wait until everything that was applied is Ready, so that all has left its traces."""
        where = f"--namespace={namespace_of(run)}"
        everything = (f"consortium/{CONSORTIUM}", *(f"cordanode/{each}" for each in NODES))
        self.kubectl.text("wait", "--for=condition=Ready", *everything, where, "--timeout=300s")

    def remembered(self, run: int) -> Remembered:
        """Return what Kubernetes remembers of a run."""
        where = f"--namespace={namespace_of(run)}"
        boots = {
            each: self.kubectl.text("logs", f"{each}-node-0", "--container=corda", where, "--tail=-1") for each in NODES
        }
        return Remembered(
            consortium=self._json("get", f"consortium/{CONSORTIUM}", where),
            nodes=self._json("get", "cordanode", where)["items"],
            pods=self._json("get", "pod", where)["items"],
            boots={name: booted(log) for name, log in boots.items()},
        )

    def remove(self, run: int) -> None:
        """Take away everything of a run, and wait until it is gone."""
        name = namespace_of(run)
        self.kubectl.text("delete", "cordanode,consortium", "--all", f"--namespace={name}", "--timeout=300s")
        self.kubectl.text("delete", "namespace", name, "--timeout=300s")

    def bring_down(self) -> None:
        """Take the cluster away."""
        choice.down(self.cluster)

    def _json(self, *words: str) -> Any:
        return json.loads(self.kubectl.text(*words, "--output=json"))
