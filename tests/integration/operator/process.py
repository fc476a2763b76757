"""The operator as a process beside the cluster, with no rights but its role's, and started again as a kubelet would."""

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from corda_operator.reconcile.engine.rights import OWN_RIGHTS, RIGHTS, Right
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.paths import ROOT
from local.ports import free_ports
from local.processes import Process, log_tail, spawn

Object = dict[str, Any]
PATIENCE_SECONDS = 90.0
IMAGE = "registry.example.com/corda-operator:1.0"


@dataclass
class Desk:
    """Whoever looks into one namespace of a cluster, and changes what is there."""

    kubectl: Kubectl
    namespace: str

    def __post_init__(self) -> None:
        self.kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}])

    def put(self, *resources: Object) -> None:
        """Apply resources as a user does."""
        self.kubectl.apply(
            [{**each, "metadata": {**each["metadata"], "namespace": self.namespace}} for each in resources]
        )

    def run(self, *arguments: str) -> str:
        """Run kubectl in the namespace."""
        return self.kubectl.text(*arguments, f"--namespace={self.namespace}")

    def get(self, kind: str, name: str) -> Object:
        """Return an object; empty if there is none."""
        text = self.run("get", kind, name, "--ignore-not-found", "--output=json")
        found: Object = json.loads(text) if text else {}
        return found

    def all(self, kinds: str, selector: str = "") -> list[Object]:
        """Return the objects of kinds."""
        items: list[Object] = json.loads(self.run("get", kinds, f"--selector={selector}", "--output=json"))["items"]
        return items

    def change(self, kind: str, name: str, **spec: Any) -> int:
        """Change fields of a resource's spec and return its generation."""
        patch = json.dumps({"spec": spec})
        text = self.run("patch", kind, name, "--type=merge", f"--patch={patch}", "--output=json")
        generation: int = json.loads(text)["metadata"]["generation"]
        return generation

    def condition(self, kind: str, name: str, about: str) -> tuple[str, str]:
        """Return status and reason of a condition of the newest generation."""
        resource = self.get(kind, name)
        status = resource.get("status", {})
        if not resource or status.get("observedGeneration") != resource["metadata"]["generation"]:
            return "", ""
        found: Object = next((each for each in status.get("conditions", ()) if each["type"] == about), {})
        return found.get("status", ""), found.get("reason", "")

    def is_ready(self, kind: str, name: str) -> bool:
        """Tell whether a resource is Ready as it is now."""
        return self.condition(kind, name, "Ready")[0] == "True"

    def uid(self, kind: str, name: str) -> str:
        """Return an object's UID; empty if there is none."""
        found: str = self.get(kind, name).get("metadata", {}).get("uid", "")
        return found

    def until(self, what: Callable[[], object], about: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"{about} has not come:\n{self.standing()}"
            time.sleep(0.3)

    def until_ready(self, *nodes: str) -> None:
        """Wait until nodes are Ready."""
        for name in nodes:
            self.until(lambda name=name: self.is_ready("cordanode", name), f"Ready of {name}")  # type: ignore[misc]

    def standing(self) -> str:
        """Return how things stand, for a failure."""
        return self.run("get", "consortium,cordanode,pods", "--output=wide")

    def restarts(self, name: str) -> int:
        """Return how often the operator has told that it restarts a node."""
        events = self.all("events")
        return sum(each["reason"] == "Restarting" and each["involvedObject"]["name"] == name for each in events)


@dataclass
class Operator:
    """A replica, ended and started again at will."""

    folder: Path
    kubeconfig: Path
    name: str = "operator-0"
    lease_namespace: str = "corda-operator"
    settings: Object = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: Process | None = None

    def start(self) -> None:
        """Start it, without waiting for anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {
            "operatorImage": IMAGE,
            "cordaImagePattern": "registry.example.com/corda:{version}",
            "tenantId": "7d5c2a10-0000-4000-8000-000000000001",
            "listen": f"127.0.0.1:{self.port}",
            "resyncSeconds": 10,
            **self.settings,
        }
        file = self.folder / "operator.yaml"
        file.write_text(yaml.safe_dump(document))
        environment = {
            **{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
            "PYTHONPATH": str(ROOT),
            "KUBECONFIG": str(self.kubeconfig),
            "POD_NAME": self.name,
            "POD_NAMESPACE": self.lease_namespace,
        }
        words: Sequence[str | Path] = [sys.executable, "-m", "corda_operator", "operate", "--config", file]
        self.process = spawn(self.folder, "operator", words, environment)

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        assert self.process is not None
        self.process.send(number)

    def ended(self) -> bool:
        """Tell whether it has ended."""
        if self.process is None:
            return True
        self.process.reap()
        return not self.process.alive

    def kept_running(self) -> None:
        """Start it again if it has ended, as a kubelet does."""
        if self.ended():
            self.start()

    def stop(self) -> None:
        """End it in an orderly way, or at least."""
        if self.process is not None:
            self.process.send(signal.SIGCONT)
            self.process.stop(grace=20)
            self.process = None

    def ask(self, path: str) -> str:
        """Return what it answers; empty if it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except (TimeoutError, OSError):
            return ""

    @property
    def active(self) -> bool:
        """Whether it says that it is the active one."""
        return self.ask("/readyz") == "active\n"

    def writes(self) -> float:
        """Return how many calls it has made that change something, those for its Lease aside."""
        total = 0.0
        for line in self.ask("/metrics").splitlines():
            reads = 'method="GET"' in line or 'resource="leases"' in line or "accessreviews" in line
            if line.startswith("corda_operator_api_calls_total{") and not reads:
                total += float(line.rpartition(" ")[2])
        return total

    def metric(self, name: str) -> float:
        """Return the sum of a metric."""
        lines = [line for line in self.ask("/metrics").splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "operator.log").read_text()

    @property
    def tail(self) -> str:
        """The end of its log."""
        return log_tail(self.folder, "operator", 30)


def rules(rights: Sequence[Right]) -> list[Object]:
    """Return the rules of a role that gives rights."""
    return [
        {"apiGroups": [each.group], "resources": list(each.resources), "verbs": list(each.verbs)} for each in rights
    ]


def account(place: Place, namespace: str, rights: Sequence[Right] = RIGHTS) -> Path:
    """Make a service account with no rights but these and those on its Lease; return a kubeconfig with its token."""
    kubectl = Kubectl(place.kubeconfig)
    subject = {"kind": "ServiceAccount", "name": "operator", "namespace": namespace}
    group, metadata = "rbac.authorization.k8s.io", {"name": namespace}

    def binding(kind: str, role: str, **more: Object) -> Object:
        return {
            "apiVersion": f"{group}/v1",
            "kind": f"{kind}Binding",
            "metadata": {**metadata, **more.get("metadata", {})},
            "roleRef": {"apiGroup": group, "kind": kind, "name": role},
            "subjects": [subject],
        }

    inside = {"name": namespace, "namespace": namespace}
    kubectl.apply(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata},
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**inside, "name": "operator"}},
            {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules(rights)},
            {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": inside, "rules": rules(OWN_RIGHTS)},
            binding("ClusterRole", namespace),
            binding("Role", namespace, metadata=inside),
        ]
    )
    return signed_in(place, namespace, "operator")


def signed_in(place: Place, namespace: str, service_account: str) -> Path:
    """Return a kubeconfig with a service account's token."""
    token = (
        Kubectl(place.kubeconfig)
        .text("create", "token", service_account, f"--namespace={namespace}", "--duration=2h")
        .strip()
    )
    document = yaml.safe_load(place.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": token}
    file = place.folder / f"{namespace}.kubeconfig"
    file.write_text(yaml.safe_dump(document))
    return file


def by_way_of(kubeconfig: Path, address: str) -> Path:
    """Return a kubeconfig that reaches the API server by another address, host:port."""
    document = yaml.safe_load(kubeconfig.read_text())
    document["clusters"][0]["cluster"]["server"] = f"https://{address}"
    file = kubeconfig.with_name(f"{kubeconfig.stem}-by-{address.rpartition(':')[2]}.kubeconfig")
    file.write_text(yaml.safe_dump(document))
    return file
