"""The fast cluster with the measured resources, and how to ask it without weighing on it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from bench.network_map.processes import Served
from bench.operator.network import Joined
from bench.operator.resources import CONSORTIUM, MONITORING_NAMESPACE, NAMESPACE, consortium, corda_node
from corda_operator.api.resource import API_VERSION, GROUP, VERSION
from corda_operator.reconcile.cluster import Cluster
from corda_operator.reconcile.desired import Manifest, Reference
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.cluster.spec import Node
from local.console import LocalError
from local.paths import ROOT
from local.processes import recorded

_ON_A_MACHINE: Final = 100
_AT_ONCE: Final = 8
_PATIENCE_SECONDS: Final = 1800
_CORDA_NODES: Final = f"/apis/{GROUP}/{VERSION}/namespaces/{NAMESPACE}/cordanodes"
_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"
_TABLE: Final = "application/json;as=Table;v=v1;g=meta.k8s.io"


@dataclass(frozen=True)
class Measured:
    """A fast cluster with CRDs, a Consortium and no CordaNodes yet."""

    place: Place
    nodes: int
    client: ApiClient
    api: Cluster

    @property
    def of_operator(self) -> Path:
        """The operator's kubeconfig."""
        return self.place.folder / "operator.kubeconfig"

    @property
    def kubectl(self) -> Kubectl:
        """The administrator's kubectl."""
        return Kubectl(self.place.kubeconfig)

    def cpu_seconds(self) -> float:
        """Return the time that the control plane has spent computing, kwok and the provisioner with it."""
        return sum(Served(each, 0).cpu_seconds() for each in recorded(self.place.folder / "control-plane"))

    async def create_nodes(self) -> None:
        """Create all CordaNodes as fast as the API server takes them."""
        numbers = iter(range(self.nodes))

        async def some() -> None:
            for number in numbers:
                await self.api.create(corda_node(number))

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(some())

    async def resources(self) -> tuple[Manifest, list[Manifest]]:
        """Return the Consortium and the CordaNodes as they are now."""
        found = await self.api.read(Reference(API_VERSION, "Consortium", NAMESPACE, CONSORTIUM))
        if found is None:
            raise LocalError("the Consortium is gone")
        return found, await self.api.find(API_VERSION, "CordaNode", NAMESPACE)

    async def until_nodes_ready(self) -> None:
        """Wait until all CordaNodes are Ready."""
        await self._until(_CORDA_NODES, "Ready", lambda cell: cell == "True")

    async def until_pods_ready(self) -> None:
        """Wait until there is a pod for each of them, and all are Ready."""
        await self._until(_PODS, "Ready", lambda cell: cell == "1/1")

    async def _until(self, path: str, column: str, good: Callable[[object], bool]) -> None:
        # Tables are what weighs least, on the server as well, and no finer than what is measured needs.
        pause = min(0.5, 0.02 + self.nodes / 1000)
        ready = 0
        for _ in range(int(_PATIENCE_SECONDS / pause)):
            table = await self._table(path)
            place = [each["name"] for each in table["columnDefinitions"]].index(column)
            ready = sum(good(row["cells"][place]) for row in table.get("rows") or ())
            if ready >= self.nodes:
                return
            await asyncio.sleep(pause)
        raise LocalError(f"not all {self.nodes} objects at {path} became Ready: {ready} did")

    async def _table(self, path: str) -> Manifest:
        query = [("includeObject", "None"), ("resourceVersion", "0")]
        request = await self.client.param_serialize(
            "GET", path, query_params=query, header_params={"Accept": _TABLE}, auth_settings=["BearerToken"]
        )
        response = await self.client.call_api(*request, _request_timeout=60)
        table: Manifest = json.loads(await response.read())  # type: ignore[no-untyped-call]
        return table


@contextlib.asynccontextmanager
async def measured_cluster(folder: Path, network: Joined, nodes: int) -> AsyncIterator[Measured]:
    """Run a fast cluster that has room for so many nodes."""
    place = await asyncio.to_thread(fast.up, folder, _machines(nodes))
    try:
        kubectl = Kubectl(place.kubeconfig)
        kubectl.define([yaml.safe_load(file.read_text()) for file in sorted((ROOT / "crds").glob("*.yaml"))])
        kubectl.apply([_namespace(NAMESPACE), _namespace(MONITORING_NAMESPACE), consortium(network, nodes)])
        _warm_up(kubectl)
        connection = Configuration()
        await config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=str(place.kubeconfig), client_configuration=connection
        )
        async with ApiClient(connection) as client:
            measured = Measured(place, nodes, client, Cluster(client))
            _let_operate(measured)
            yield measured
    finally:
        await asyncio.to_thread(fast.down, folder)


def _warm_up(kubectl: Kubectl) -> None:
    """Have one pod with a volume come and go: a control plane that was just started takes its time for the first."""
    labels = {"app": "first"}
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    first: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "first", "namespace": MONITORING_NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "serviceName": "first",
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "first", "image": "registry.example.com/first:1"}]},
            },
            "volumeClaimTemplates": [claim],
        },
    }
    kubectl.apply([first])
    of_first = f"--namespace={MONITORING_NAMESPACE}"
    kubectl.text("rollout", "status", "statefulset/first", of_first, "--timeout=120s")
    kubectl.text("delete", "statefulset/first", "pvc/data-first-0", of_first)


def _let_operate(cluster: Measured) -> None:
    """Write a kubeconfig with a token, which is how an operator in a pod tells who it is."""
    kubectl, of_it = cluster.kubectl, "--namespace=default"
    kubectl.text("create", "serviceaccount", "operator", of_it)
    granted = ("--clusterrole=cluster-admin", "--serviceaccount=default:operator")
    kubectl.text("create", "clusterrolebinding", "operator", *granted)
    token = kubectl.text("create", "token", "operator", of_it, "--duration=24h").strip()
    document = yaml.safe_load(cluster.place.kubeconfig.read_text())
    for user in document["users"]:
        user["user"] = {"token": token}
    cluster.of_operator.write_text(json.dumps(document))


def _machines(nodes: int) -> tuple[Node, ...]:
    machines: Sequence[int] = range(1, max(3, -(-nodes // _ON_A_MACHINE)) + 1)
    return tuple(Node("corda", 1 + number % 3, number) for number in machines)


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
