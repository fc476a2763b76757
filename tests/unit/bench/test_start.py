from pathlib import Path
from typing import Any

from bench.credit_records.by_hand import booted
from bench.credit_records.client import First
from bench.start import steps
from bench.start.figures import Figures, Start
from bench.start.resources import directory, namespace_of, resources
from local.cordapps import Built

START = 1_800_000_000.0
"""2027-01-15T08:00:00Z."""
FIRST = First(open=START + 50, connected=START + 52.04, committed=START + 60.5, refused=3, transaction="F00D")


def at(second: int) -> str:
    return f"2027-01-15T08:00:{second:02}Z"


def condition(kind: str, second: int, status: str = "True") -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": at(second)}


def pod(name: str, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": labels, "creationTimestamp": at(2)},
        "status": {
            "conditions": [condition("PodScheduled", 3), condition("Ready", 40)],
            "initContainerStatuses": [
                {"name": "enrolment", "state": {"terminated": {"startedAt": at(5), "finishedAt": at(9)}}},
            ],
            "containerStatuses": [{"name": "corda", "state": {"running": {"startedAt": at(20)}}, "restartCount": 1}],
        },
    }


def node(name: str, *conditions: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"conditions": list(conditions)}}


def test_steps_are_seconds_since_the_apply_of_what_conditions_and_containers_say() -> None:
    pods = [pod("bank-a-node-0", {"corda-operator.io/node": "bank-a"}), pod("measured-network-x", {})]
    nodes = [node("bank-a", condition("Registered", 8), condition("Published", 30, "False"))]

    found = steps.of_operator(
        node("measured", condition("TrustRootReady", 4)), nodes, pods, {"bank-a": 18.5}, FIRST, START
    )

    assert found["consortium"] == {"trust_root_made": 4}
    assert found["nodes"] == {
        "bank-a": {
            "registered": 8,
            "pod_created": 2,
            "pod_scheduled": 3,
            "enrolment_started": 5,
            "enrolment_ended": 9,
            "corda_started": 20,
            "corda_restarts": 1,
            "pod_ready": 40,
            "corda_by_itself": 18.5,
        }
    }
    assert list(found["services"]) == ["measured-network-x"]
    assert {name: found[name] for name in ("rpc_open", "rpc_connected", "first_transaction")} == {
        "rpc_open": 50,
        "rpc_connected": 52,
        "first_transaction": 60.5,
    }
    assert found["flows_refused_before"] == 3


def test_a_node_tells_how_long_it_took_only_once_it_is_up() -> None:
    assert booted("Creating session factory") is None
    assert booted('[INFO ] Main - Node for "Bank A" started up and registered in 17.88 sec\n') == 17.88


def start(seconds: float, steps: dict[str, Any] | None = None) -> Start:
    return Start(seconds, steps or {}, cpu_seconds=2 * seconds, busy_before=0.2)


def test_the_ratio_is_of_the_medians_and_the_steps_are_of_the_runs_that_have_them() -> None:
    figures = Figures(
        by_hand_alone=start(38.0),
        by_hand=[start(50.0), start(40.0, {"the": "median"}), start(39.0)],
        operator=[start(60.0), start(50.0, {"another": "median"}), start(49.0)],
    )

    document = figures.document()

    assert (document["by_hand_seconds"], document["operator_seconds"], document["ratio"]) == (40.0, 50.0, 1.25)
    assert (document["by_hand_seconds_without_cluster"], document["ratio_without_cluster"]) == (38.0, 1.32)
    assert document["ratio_of_cpu"] == 1.25
    assert document["steps"] == {"by_hand": {"the": "median"}, "operator": {"another": "median"}}
    assert [each["seconds"] for each in document["runs"]["by_hand"]] == [50.0, 40.0, 39.0]


def test_what_a_run_that_failed_has_measured_is_reported() -> None:
    document = Figures(by_hand_alone=start(38.0), by_hand=[start(40.0)]).document()

    assert (document["by_hand_seconds"], document["operator_seconds"], document["ratio"]) == (40.0, None, None)


def test_every_run_has_a_vault_and_identities_of_its_own(tmp_path: Path) -> None:
    for name in ("contracts.jar", "workflows.jar"):
        (tmp_path / name).touch()
    cordapps = Built(tmp_path / "contracts.jar", tmp_path / "workflows.jar")
    applied: Any = resources(namespace_of(1), "image", cordapps)

    known = directory(runs=2)

    assert {f"https://{each.name}.vault.azure.test" for each in known.vaults} == {
        f"https://{namespace_of(run)}.vault.azure.test" for run in range(2)
    }
    clients = {each.client_id for each in known.identities}
    for each in applied:
        spec = each["spec"].get("hosted", each["spec"])
        assert spec["workloadIdentity"]["clientID"] in clients
        assert spec["keyVault"]["url"] == f"https://{namespace_of(1)}.vault.azure.test"
