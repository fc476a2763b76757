"""One operator process, with no rights but those of its role, and what users do to a network that it keeps."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from corda_operator.reconcile.engine.rights import RIGHTS
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.console import LocalError
from tests.integration.operator.conftest import Elsewhere
from tests.integration.operator.process import Desk, Operator, account
from tests.integration.operator.resources import CONSORTIUM, NODES, node

NewDesk = Callable[[], Desk]


@pytest.fixture(scope="module")
def operator(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator for all namespaces, with a role made of the list of rights."""
    operator = Operator(tmp_path_factory.mktemp("operator"), account(place, "corda-operator"))
    operator.start()
    yield operator
    operator.stop()
    errors = [line for line in operator.log.splitlines() if '"level": "ERROR"' in line]
    # Somebody else was first, and it was tried again.
    assert [line for line in errors if "has been modified" not in line] == []


@pytest.fixture(scope="module")
def network(place: Place, operator: Operator, elsewhere: Elsewhere) -> Desk:
    """A notary and two banks of one apply, once they are Ready."""
    desk = Desk(Kubectl(place.kubeconfig), "bank")
    desk.put(elsewhere.consortium(), *(node(name) for name in NODES))
    try:
        desk.until_ready(*NODES)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{operator.tail}") from error
    return desk


@pytest.fixture
def bank(desk: NewDesk, operator: Operator, elsewhere: Elsewhere) -> Desk:
    """A bank's node in a namespace for one test, once it is Ready."""
    assert not operator.ended(), operator.tail
    made = desk()
    made.put(elsewhere.consortium(), node("bank-a"))
    made.until_ready("bank-a")
    return made


def settle(desk: Desk, generation: int, name: str = "bank-a") -> None:
    """Wait until what was asked for is there."""

    def settled() -> bool:
        current = desk.get("cordanode", name)["status"].get("observedGeneration", 0) >= generation
        return current and desk.condition("cordanode", name, "ConfigurationApplied")[0] == "True"

    desk.until(settled, f"generation {generation} of {name}")


def test_one_apply_brings_a_notary_and_two_banks_to_ready_and_kubectl_shows_it(network: Desk) -> None:
    network.until(lambda: network.is_ready("consortium", CONSORTIUM), "Ready of the Consortium")
    network.until(
        lambda: network.get("consortium", CONSORTIUM)["status"]["nodes"].get("available") == 3, "a count of the nodes"
    )
    shown = [line.split() for line in network.run("get", "cordanode").splitlines()]
    assert shown[0][:5] == ["NAME", "READY", "REASON", "VERSION", "P2P"]
    assert {tuple(line[:4]) for line in shown[1:]} == {(name, "True", "Available", "4.10") for name in NODES}
    assert "True" in network.run("get", "consortium").splitlines()[1]


def test_an_idle_operator_writes_nothing(operator: Operator, network: Desk) -> None:
    network.until_ready(*NODES)

    def listed() -> float:
        return operator.metric("corda_operator_last_resync_timestamp_seconds")

    # What the tests before have begun comes to its end.
    _until_resynced(listed)
    before = operator.writes()
    for _ in range(2):
        _until_resynced(listed)
    assert operator.writes() - before == 0, operator.tail
    assert operator.metric("corda_operator_missed_changes_total") == 0
    assert operator.ask("/healthz") == "ok\n"


def _until_resynced(listed: Callable[[], float]) -> None:
    before, end = listed(), time.monotonic() + 60
    while listed() == before:
        assert time.monotonic() < end, "nothing was listed anew"
        time.sleep(0.2)


@pytest.mark.parametrize(
    "change",
    [
        {"deletionPolicy": "Delete"},
        {"drain": {"timeout": "90s"}},
        {"rpc": {"exposure": {"type": "ClusterIP", "annotations": {"example.com/a": "b"}}}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_needs_no_restart_restarts_nothing(network: Desk, change: dict[str, object]) -> None:
    before = network.uid("pod", "bank-b-node-0")
    settle(network, network.change("cordanode", "bank-b", **change), "bank-b")
    network.until_ready("bank-b")
    assert (network.uid("pod", "bank-b-node-0"), network.restarts("bank-b")) == (before, 0)


def test_what_needs_a_restart_restarts_once(network: Desk) -> None:
    before = network.uid("pod", "bank-a-node-0")
    settle(network, network.change("cordanode", "bank-a", configuration={"sshd.port": 2222}))
    network.until_ready("bank-a")
    after = network.uid("pod", "bank-a-node-0")
    assert after != before
    time.sleep(12)
    assert (network.uid("pod", "bank-a-node-0"), network.restarts("bank-a")) == (after, 1)
    files = [each["metadata"]["name"] for each in network.all("configmaps", "corda-operator.io/node=bank-a")]
    assert len(files) == 1


def test_an_operator_of_another_version_restarts_nothing(operator: Operator, network: Desk) -> None:
    before = {name: network.uid("pod", f"{name}-node-0") for name in NODES}
    operator.stop()
    operator.settings["operatorImage"] = "registry.example.com/corda-operator:1.1"
    operator.start()
    network.until(lambda: operator.active and operator.metric("corda_operator_last_resync_timestamp_seconds"), "work")
    network.until_ready(*NODES)
    assert {name: network.uid("pod", f"{name}-node-0") for name in NODES} == before


def test_a_paused_node_is_left_alone_and_goes_on_afterwards(bank: Desk) -> None:
    def is_annotated() -> bool:
        annotations = bank.get("service", "bank-a-p2p")["metadata"].get("annotations", {})
        return bool(annotations.get("example.com/asked-for") == "yes")

    exposure = {"type": "ClusterIP", "annotations": {"example.com/asked-for": "yes"}}
    bank.change("cordanode", "bank-a", paused=True, p2p={"exposure": exposure})
    bank.until(
        lambda: bank.condition("cordanode", "bank-a", "ConfigurationApplied") == ("False", "Paused"), "the pause"
    )
    # The status goes on to tell how things are.
    bank.run("delete", "statefulset", "bank-a-node", "--cascade=foreground")
    bank.until(lambda: bank.condition("cordanode", "bank-a", "Ready")[0] == "False", "a status while it is paused")
    assert not is_annotated()
    assert bank.get("statefulset", "bank-a-node") == {}
    settle(bank, bank.change("cordanode", "bank-a", paused=False))
    bank.until_ready("bank-a")
    assert is_annotated()


@pytest.mark.parametrize("policy", ["Keep", "Delete"])
def test_a_deleted_node_leaves_its_volume_or_nothing(bank: Desk, policy: str) -> None:
    settle(bank, bank.change("cordanode", "bank-a", deletionPolicy=policy))
    bank.run("delete", "cordanode", "bank-a", "--wait=true", "--timeout=90s")
    kinds = "configmaps,services,serviceaccounts,statefulsets,pods,networkpolicies,poddisruptionbudgets,pvc"
    # And what is the Consortium's.
    kept = {"elsewhere-trust-root", *(["bank-a-data"] if policy == "Keep" else [])}

    def left() -> set[str]:
        return {each["metadata"]["name"] for each in bank.all(kinds, "app.kubernetes.io/managed-by=corda-operator")}

    bank.until(lambda: left() == kept, "an end of what the node had")


def test_a_node_can_be_deleted_while_the_services_are_away(desk: NewDesk, elsewhere: Elsewhere) -> None:
    made = desk()
    made.put(elsewhere.consortium(), node("bank-a"))
    made.until_ready("bank-a")
    other = elsewhere.consortium()
    for field in ("identityManagerURL", "networkMapURL"):
        other["spec"]["joined"][field] = "http://127.0.0.1:9"
    made.put(other)
    made.until(lambda: made.condition("consortium", CONSORTIUM, "Ready")[0] == "False", "trouble")
    made.run("delete", "cordanode,consortium", "--all", "--wait=true", "--timeout=90s")


def test_a_namespace_can_be_deleted(bank: Desk) -> None:
    bank.kubectl.text("delete", "namespace", bank.namespace, "--wait=true", "--timeout=120s")


@pytest.mark.parametrize(
    ("target", "patch", "restored"),
    [
        ("service/bank-a-p2p", {"spec": {"type": "NodePort"}}, lambda found: found["spec"]["type"] == "ClusterIP"),
        (
            "statefulset/bank-a-node",
            {"spec": {"replicas": 3}},
            lambda found: found["spec"]["replicas"] == 1,
        ),
        (
            "poddisruptionbudget/bank-a-node",
            {"spec": {"maxUnavailable": 0}},
            lambda found: found["spec"]["maxUnavailable"] == 1,
        ),
        (
            "networkpolicy/bank-a-node",
            {"spec": {"ingress": [{}]}},
            lambda found: found["spec"]["ingress"] != [{}],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_somebody_edits_is_put_right(
    network: Desk, target: str, patch: dict[str, object], restored: Callable[[dict[str, object]], bool]
) -> None:
    network.run("patch", target, "--type=merge", f"--patch={json.dumps(patch)}")
    kind, _, name = target.partition("/")
    network.until(lambda: restored(network.get(kind, name)), f"repair of {target}")


def test_a_configuration_cannot_be_edited_and_comes_back_as_it_was(network: Desk) -> None:
    (files,) = network.all("configmaps", "corda-operator.io/node=bank-b")
    name = files["metadata"]["name"]
    with pytest.raises(LocalError, match="immutable"):
        network.run("patch", "configmap", name, "--type=merge", '--patch={"data":{"node.conf":"{}"}}')
    network.run("delete", "configmap", name)
    network.until(lambda: network.get("configmap", name).get("data") == files["data"], "repair of the ConfigMap")


def test_what_somebody_deletes_is_made_again(network: Desk) -> None:
    for target in ("service/bank-b-p2p", "serviceaccount/bank-b-node", "statefulset/bank-b-node"):
        kind, _, name = target.partition("/")
        before = network.uid(kind, name)
        network.run("delete", target, "--wait=true")
        network.until(lambda: network.uid(kind, name) not in ("", before), f"another {target}")  # noqa: B023
    network.until_ready("bank-b")


def test_one_broken_resource_holds_up_no_other(desk: NewDesk, operator: Operator, elsewhere: Elsewhere) -> None:
    assert not operator.ended(), operator.tail
    made = desk()
    broken = elsewhere.consortium(name="broken")
    broken["spec"]["joined"]["trustRoot"] = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"
    quota = {"kind": "ResourceQuota", "apiVersion": "v1", "metadata": {"name": "full"}}
    full = desk()
    full.put({**quota, "spec": {"hard": {"count/statefulsets.apps": "0"}}})
    # Nothing is refused before its controller has seen it.
    full.until(lambda: full.get("resourcequota", "full").get("status", {}).get("hard"), "the quota in force")
    full.put(elsewhere.consortium(), node("bank-a"))
    made.put(
        broken,
        node("astray", consortiumRef={"name": "broken"}),
        node("lost", consortiumRef={"name": "nowhere"}),
        elsewhere.consortium(),
        node("bank-a"),
    )
    made.until_ready("bank-a")
    for name, reason in (("astray", "ConsortiumNotReady"), ("lost", "ConsortiumNotFound")):
        made.until(lambda: made.condition("cordanode", name, "Ready") == ("False", reason), reason)  # noqa: B023
    full.until(
        lambda: full.condition("cordanode", "bank-a", "ConfigurationApplied") == ("False", "ApplyFailed"), "a refusal"
    )
    assert "exceeded quota" in json.dumps(full.get("cordanode", "bank-a")["status"])
    full.run("delete", "resourcequota", "full")
    full.until_ready("bank-a")


def test_nothing_secret_is_in_the_cluster(network: Desk) -> None:
    assert network.all("secrets") == []
    kinds = "configmaps,pods,statefulsets,cordanodes,consortia,events,jobs,deployments"
    assert "PRIVATE KEY" not in json.dumps(network.all(kinds))


def test_a_right_that_is_missing_is_named_in_the_log(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    fewer = [each for each in RIGHTS if each.resources != ("pods/log",)]
    kubeconfig = account(place, "short-of-rights", fewer)
    operator = Operator(tmp_path_factory.mktemp("short"), kubeconfig, lease_namespace="short-of-rights")
    operator.start()
    try:
        end = time.monotonic() + 60
        # Others may be named before: the API server learns of bindings one by one.
        while "lacks get pods/log in all namespaces" not in operator.log:
            assert time.monotonic() < end, operator.tail
            time.sleep(0.3)
        assert "can't begin" in operator.log
    finally:
        operator.stop()
