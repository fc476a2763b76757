"""The operator's way to the API server, against a real one."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from corda_operator.reconcile.cluster import (
    ChangedMeanwhileError,
    Cluster,
    ClusterError,
    RefusedByClusterError,
)
from corda_operator.reconcile.desired import Manifest, Reference
from local.cluster import fast
from local.cluster.kubectl import Kubectl

NAMESPACE = "bank-a"
LABELS = {"corda-operator.io/node": "alpha"}


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cluster")
    kubeconfig = fast.up(folder).kubeconfig
    Kubectl(kubeconfig).apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    yield kubeconfig
    fast.down(folder)


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path, host: str | None = None) -> AsyncIterator[Cluster]:
    configuration = Configuration()
    await config.load_kube_config(str(kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]
    configuration.host = host or configuration.host
    async with ApiClient(configuration) as client:
        yield Cluster(client)


def config_map(name: str, **data: str) -> Manifest:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": LABELS}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_what_is_applied_is_there_and_what_is_not_said_any_more_goes(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        reference = Reference.of(config_map("said"))
        assert await cluster.read(reference) is None

        await cluster.apply(config_map("said", one="1", two="2"))
        Kubectl(kubeconfig).text(
            "patch", "configmap/said", f"--namespace={NAMESPACE}", '--patch={"data":{"others":"stays"}}'
        )
        applied = await cluster.apply(config_map("said", one="1"))

        assert applied["data"] == {"one": "1", "others": "stays"}
        assert await cluster.read(reference) == applied


async def test_fields_that_somebody_else_took_become_the_operators_again(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        await cluster.apply(config_map("taken", one="1"))
        Kubectl(kubeconfig).text(
            "patch", "configmap/taken", f"--namespace={NAMESPACE}", '--patch={"data":{"one":"else"}}'
        )
        assert (await cluster.apply(config_map("taken", one="1")))["data"] == {"one": "1"}


async def test_objects_are_found_by_label_with_what_a_list_leaves_out(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        await cluster.apply(config_map("found"))
        found = await cluster.find("v1", "ConfigMap", NAMESPACE, "corda-operator.io/node=alpha")
        assert "found" in [each["metadata"]["name"] for each in found]
        assert {(each["apiVersion"], each["kind"]) for each in found} == {("v1", "ConfigMap")}
        assert await cluster.find("v1", "ConfigMap", NAMESPACE, "corda-operator.io/node=none") == []


async def test_a_dry_run_changes_nothing(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        assert (await cluster.apply(config_map("dry", one="1"), dry_run=True))["data"] == {"one": "1"}
        assert await cluster.read(Reference.of(config_map("dry"))) is None


async def test_a_status_is_reported_on_the_version_that_was_read_only(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        budget = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "reported", "namespace": NAMESPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
        }
        read = await cluster.apply(budget)
        status = {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 7}
        reported = await report_unless_changed(cluster, read, status)
        assert reported["status"]["expectedPods"] == 7
        with pytest.raises(ChangedMeanwhileError):
            await cluster.report(read, status)


async def report_unless_changed(cluster: Cluster, read: Manifest, status: dict[str, Any]) -> Manifest:
    """Report on the newest version: the disruption controller reports on it, too."""
    while True:
        try:
            return await cluster.report(read, status)
        except ChangedMeanwhileError:
            found = await cluster.read(Reference.of(read))
            assert found is not None
            read = found


async def test_what_has_a_finalizer_stays_until_it_is_taken_away(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        applied = await cluster.apply(config_map("kept"))
        kept = await cluster.set_finalizers(applied, ["corda-operator.io/cleanup"])
        assert kept is not None
        with pytest.raises(ChangedMeanwhileError):
            await cluster.set_finalizers(applied, [])

        reference = Reference.of(applied)
        await cluster.delete(reference)
        deleting = await cluster.read(reference)
        assert deleting is not None
        assert deleting["metadata"]["deletionTimestamp"]
        await cluster.set_finalizers(deleting, [])
        assert await cluster.read(reference) is None


async def test_nothing_but_the_object_that_was_meant_is_deleted(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        applied = await cluster.apply(config_map("meant"))
        reference = Reference.of(applied)
        with pytest.raises(ChangedMeanwhileError):
            await cluster.delete(reference, uid="another")
        await cluster.delete(reference, uid=applied["metadata"]["uid"])
        await cluster.delete(reference)
        assert await cluster.read(reference) is None


async def test_a_refusal_says_why_and_is_told_from_trouble(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        invalid = {**config_map("Not_A_Name"), "data": {"a": "b"}}
        with pytest.raises(RefusedByClusterError, match="lowercase RFC 1123") as refused:
            await cluster.apply(invalid)
        assert refused.value.status == 422
        nowhere = config_map("x")
        nowhere["metadata"] = {**nowhere["metadata"], "namespace": "absent"}
        with pytest.raises(RefusedByClusterError, match="absent"):
            await cluster.apply(nowhere)
    async with connected(kubeconfig, host="https://127.0.0.1:9") as away:
        with pytest.raises(ClusterError, match="does not answer"):
            await away.read(Reference.of(config_map("x")))


async def test_what_is_there_cannot_be_created_once_more(kubeconfig: Path) -> None:
    async with connected(kubeconfig) as cluster:
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "alpha-1", "namespace": NAMESPACE},
            "involvedObject": {"kind": "ConfigMap", "name": "said", "namespace": NAMESPACE},
            "reason": "Available",
            "message": "it is there",
            "type": "Normal",
        }
        created = await cluster.create(event)
        assert created["metadata"]["uid"]
        with pytest.raises(ChangedMeanwhileError):
            await cluster.create(event)
