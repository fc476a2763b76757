"""From a world to conditions: what users read when something is amiss, and what they should do."""

import copy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from corda_operator.network.report import PendingReport, StatusReport, UpdateReport
from corda_operator.reconcile.consortium.hosted_findings import NO_TRUST_ROOT
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.trust_root import fingerprint
from corda_operator.reconcile.desired import Manifest, Reference
from tests.unit.reconcile.consortium.world import (
    CREATED,
    DEPLOYMENT,
    NOTARY,
    NOW,
    OTHER_PEM,
    ROOT_SHA256,
    condition,
    consortium,
    looked,
    planned,
    pod,
    report,
    reported,
    settled,
    truth,
)

VAULT = "https://founder.vault.azure.net"
STORAGE = "https://founder.blob.core.windows.net"


def ended(message: str, code: int = 1, reason: str = "Error") -> dict[str, Any]:
    """Return the status of a container that waits to be started again."""
    return {
        "ready": False,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": {"exitCode": code, "reason": reason, "message": message}},
    }


def command(text: str) -> dict[str, Any]:
    return ended(f"Traceback or whatever\ncorda-operator: {text}\n")


DENIED = f"Could not create key corda-root of {VAULT}: answer 403 Forbidden: no. Needed: Key Vault Crypto Officer."
UNSCHEDULABLE = [
    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes have the zone"}
]
PULL = {"ready": False, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}


@dataclass(frozen=True)
class Case:
    """A world in which nothing exists yet but the pods given, or with ``after`` one in which all did."""

    about: str
    status: str
    reason: str
    says: str
    pods: tuple[Manifest, ...] = ()
    services: StatusReport | None = None
    services_error: str | None = None
    after: bool = False
    deployment: dict[str, Any] = field(default_factory=dict)
    stalled: bool = False


CASES = {
    "the trust root is being made": Case("TrustRootReady", "False", "Progressing", "Job credit-records-trust-root-"),
    "the vault refuses the trust root's identity": Case(
        "TrustRootReady",
        "False",
        "VaultAccessDenied",
        "Needed: Key Vault Crypto Officer",
        pods=(pod("trust-root", command(DENIED)),),
        stalled=True,
    ),
    "the vault's firewall is closed": Case(
        "TrustRootReady",
        "False",
        "VaultUnreachable",
        "firewall",
        pods=(
            pod(
                "trust-root",
                command(
                    f"Could not get key corda-root of {VAULT}: answer 403. "
                    "Let this cluster's network through the service's firewall."
                ),
            ),
        ),
    ),
    "storage refuses": Case(
        "TrustRootReady",
        "False",
        "StorageAccessDenied",
        "Storage Blob Data Contributor",
        pods=(
            pod(
                "trust-root",
                command(
                    f"Could not look for container {STORAGE}/consortium: 403. Needed: Storage Blob Data Contributor."
                ),
            ),
        ),
        stalled=True,
    ),
    "storage is away": Case(
        "TrustRootReady",
        "False",
        "StorageUnreachable",
        "Try again later",
        pods=(pod("trust-root", command(f"Could not look for container {STORAGE}/x: no answer. Try again later.")),),
    ),
    "entra gives no token": Case(
        "TrustRootReady",
        "False",
        "IdentityUnavailable",
        "federated credential",
        pods=(
            pod(
                "trust-root",
                command(
                    f"Could not get a token for {VAULT}/.default from Microsoft Entra: AADSTS700213. "
                    "Needed: a federated credential for this service account's issuer and subject."
                ),
            ),
        ),
        stalled=True,
    ),
    "the image can't be pulled": Case(
        "TrustRootReady", "False", "ImageUnavailable", "pull secrets", pods=(pod("trust-root", PULL),), stalled=True
    ),
    "there is no room": Case(
        "TrustRootReady",
        "False",
        "PodUnschedulable",
        "0/3 nodes have the zone",
        pods=(pod("trust-root", conditions=UNSCHEDULABLE),),
    ),
    "the trust root is there": Case("TrustRootReady", "True", "Available", ROOT_SHA256, services=report(), after=True),
    "the log begins with another trust root": Case(
        "TrustRootReady",
        "False",
        "TrustRootMismatch",
        "Put the container back",
        services=report(trust_root={"pem": OTHER_PEM, "sha256": fingerprint(OTHER_PEM)}),
        after=True,
        stalled=True,
    ),
    "the log is gone": Case(
        "TrustRootReady",
        "False",
        "TrustRootMismatch",
        "don't make another trust root",
        services_error=f"container consortium {NO_TRUST_ROOT}: make it with x",
        after=True,
        stalled=True,
    ),
    "the notary has not registered": Case(
        "NetworkParametersReady",
        "False",
        "NotaryNotRegistered",
        NOTARY,
        services=report(parameters=None, map_hash=None, missing_notaries=(NOTARY,)),
        after=True,
    ),
    "the first parameters are being signed": Case(
        "NetworkParametersReady",
        "False",
        "Progressing",
        "being signed",
        services=report(parameters=None, map_hash=None),
        after=True,
    ),
    "the network has no notary at all": Case(
        "NetworkParametersReady",
        "False",
        "NotaryNotRegistered",
        "List one in spec.notaries",
        services=report(parameters=report().parameters.model_copy(update={"notaries": ()})),  # type: ignore[union-attr]
        after=True,
    ),
    "parameters are in force": Case(
        "NetworkParametersReady", "True", "Available", "Epoch 1 is in force.", services=report(), after=True
    ),
    "parameters are known although the services are away": Case(
        "NetworkParametersReady", "True", "Available", "Epoch 1", services_error="no route to host", after=True
    ),
    "services begin": Case("NetworkMapServing", "False", "Progressing", "None of 2 replicas serves yet."),
    "services wait for the vault": Case(
        "NetworkMapServing",
        "False",
        "VaultAccessDenied",
        "Needed: Key Vault Crypto User",
        services_error=f"Could not get key {VAULT}/keys/corda-identity-manager/1: 403. Needed: Key Vault Crypto User.",
        after=True,
        deployment={"availableReplicas": 0},
        stalled=True,
    ),
    "services have no room": Case(
        "NetworkMapServing",
        "False",
        "PodUnschedulable",
        "0/3 nodes",
        pods=(pod("network-services", conditions=UNSCHEDULABLE),),
    ),
    "services were killed for memory": Case(
        "NetworkMapServing",
        "False",
        "ServicesUnreachable",
        "resources.limits.memory",
        pods=(pod("network-services", ended("", 137, "OOMKilled")),),
    ),
    "services end with an error of Python's": Case(
        "NetworkMapServing",
        "False",
        "ServicesUnreachable",
        "exit code 1: KeyError: 'x'",
        pods=(pod("network-services", ended("Traceback\nKeyError: 'x'")),),
    ),
    "a container can't be made": Case(
        "NetworkMapServing",
        "False",
        "ApplyFailed",
        "configmap not found",
        pods=(
            pod(
                "network-services",
                {
                    "ready": False,
                    "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "configmap not found"}},
                },
            ),
        ),
        stalled=True,
    ),
    "pods are refused": Case(
        "NetworkMapServing",
        "False",
        "ApplyFailed",
        "exceeded quota",
        after=True,
        deployment={
            "availableReplicas": 0,
            "conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}],
        },
        stalled=True,
    ),
    "one of two serves": Case(
        "NetworkMapServing",
        "True",
        "Available",
        "1 of 2 replicas serve.",
        services=report(),
        after=True,
        deployment={"availableReplicas": 1},
    ),
    "the services are not asked yet": Case("ConfigurationApplied", "Unknown", "Progressing", "not up yet"),
    "the services have an older configuration": Case(
        "ConfigurationApplied",
        "False",
        "Progressing",
        "within two minutes",
        services=report(generation=report().generation - 1),
        after=True,
    ),
    "a younger Consortium has the same log": Case(
        "ConfigurationApplied",
        "False",
        "InvalidSpec",
        "Two must not host one network",
        services=report(generation=report().generation + 5_000_000),
        after=True,
        stalled=True,
    ),
    "the services refuse the file": Case(
        "ConfigurationApplied",
        "False",
        "InvalidSpec",
        "members.0",
        services=report(configuration_error="network.yaml:\n  members.0: extra"),
        after=True,
        stalled=True,
    ),
    "a replica is missing": Case(
        "ConfigurationApplied",
        "False",
        "Progressing",
        "1 of 2 replicas",
        services=report(),
        after=True,
        deployment={"availableReplicas": 1},
    ),
    "the second replica has no room": Case(
        "ConfigurationApplied",
        "False",
        "PodUnschedulable",
        "0/3 nodes",
        services=report(),
        after=True,
        pods=(pod("network-services", conditions=UNSCHEDULABLE),),
        deployment={"availableReplicas": 1},
    ),
    "the rollout was not noticed yet": Case(
        "ConfigurationApplied",
        "False",
        "Progressing",
        "replicas",
        services=report(),
        after=True,
        deployment={"observedGeneration": 0},
    ),
    "everything is as it should be": Case("Ready", "True", "Available", "2 nodes", services=report(), after=True),
}


def world(case: Case) -> tuple[Any, ObservedConsortium]:
    if not case.after:
        return consortium(), ObservedConsortium(
            CREATED, pods=case.pods, services=case.services, services_error=case.services_error
        )
    resource, observed = settled(consortium())
    live = dict(observed.live)
    deployment = dict(live[DEPLOYMENT])
    deployment["status"] = {**deployment["status"], **case.deployment}
    live[DEPLOYMENT] = deployment
    return resource, ObservedConsortium(
        CREATED, live=live, pods=case.pods, services=case.services, services_error=case.services_error
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_world_gives_a_condition_that_says_what_to_do(case: Case) -> None:
    desired = planned(*world(case))
    found = condition(desired, case.about)

    assert found is not None
    assert (found.status, found.reason) == (case.status, case.reason)
    assert case.says in found.message
    assert found.observed_generation == 3
    ready = truth(desired, "Ready")
    assert ready is not None
    if case.status != "True":
        assert ready[0] == "False"
    # kstatus: at most one of them, and none once it's ready.
    expected = ("Stalled",) if case.stalled else ("Reconciling",) if ready[0] == "False" else ()
    assert tuple(each for each in ("Stalled", "Reconciling") if condition(desired, each)) == expected


def test_a_new_try_at_the_trust_root_does_not_hide_why_the_last_one_failed() -> None:
    resource = consortium()
    failed = planned(resource, ObservedConsortium(CREATED, pods=(pod("trust-root", command(DENIED)),)))

    again = reported(resource, failed)
    running = {**command(DENIED), "ready": True, "state": {"running": {}}}
    desired = planned(again, ObservedConsortium(CREATED, pods=(pod("trust-root", running),)))
    assert truth(desired, "TrustRootReady") == ("False", "VaultAccessDenied")
    assert desired.events == ()

    edited = again.model_copy(update={"metadata": again.metadata.model_copy(update={"generation": 4})})
    assert truth(planned(edited), "TrustRootReady") == ("False", "Progressing")


def test_a_pod_that_is_well_again_is_no_trouble() -> None:
    resource, observed = settled(consortium())
    well = pod("network-services", {**ended("KeyError", 1), "ready": True, "state": {"running": {}}})
    live = copy.deepcopy(dict(observed.live))
    live[DEPLOYMENT]["status"]["availableReplicas"] = 1

    desired = planned(resource, replace(observed, live=live, pods=(well,)))

    assert truth(desired, "ConfigurationApplied") == ("False", "Progressing")


def test_pods_of_other_parts_and_those_on_their_way_out_are_not_blamed() -> None:
    stranger = pod("node", command(DENIED))
    leaving = pod("trust-root", command(DENIED))
    leaving["metadata"]["deletionTimestamp"] = "2026-12-01T12:00:00Z"

    desired = planned(consortium(), ObservedConsortium(CREATED, pods=(stranger, leaving)))

    assert truth(desired, "TrustRootReady") == ("False", "Progressing")
    assert truth(desired, "NetworkMapServing") == ("False", "Progressing")


def test_pods_of_the_version_before_still_have_to_go() -> None:
    resource, observed = settled(consortium())
    live = copy.deepcopy(dict(observed.live))
    live[DEPLOYMENT]["status"]["replicas"] = 3

    assert truth(planned(resource, replace(observed, live=live)), "ConfigurationApplied") == ("False", "Progressing")


def test_being_at_work_is_no_event() -> None:
    resource, observed = settled(consortium())
    live = copy.deepcopy(dict(observed.live))
    live[DEPLOYMENT]["status"]["replicas"] = 3

    assert planned(resource, replace(observed, live=live)).events == ()


def test_a_made_trust_root_is_read_before_it_is_ready() -> None:
    desired = planned(consortium())
    live = looked(desired)
    job = next(reference for reference in live if reference.kind == "Job")
    live[job]["status"] = {"succeeded": 1}

    found = condition(planned(consortium(), ObservedConsortium(CREATED, live=live)), "TrustRootReady")

    assert found is not None
    assert (found.status, found.reason) == ("False", "Progressing")
    assert "about to read it" in found.message


def test_a_name_that_corda_refuses_leaves_everything_as_it_is() -> None:
    resource = consortium(notaries=[{"serviceLegalName": "O=Notary Service, L=London, C=QQ"}])

    desired = planned(resource, ObservedConsortium(CREATED, live=settled(consortium())[1].live))

    found = condition(desired, "ConfigurationApplied")
    assert found is not None
    assert (found.status, found.reason) == ("False", "InvalidSpec")
    assert "notaries" in found.message
    assert (desired.objects, desired.obsolete) == ((), ())
    assert truth(desired, "Stalled") == ("True", "InvalidSpec")


def test_what_the_api_server_refuses_is_told() -> None:
    resource, observed = settled(consortium())

    desired = planned(resource, replace(observed, apply_error="Service is invalid: spec.ports"))

    assert truth(desired, "ConfigurationApplied") == ("False", "ApplyFailed")
    assert truth(desired, "Stalled") == ("True", "ApplyFailed")
    assert desired.objects


def test_events_are_of_changes_only() -> None:
    resource, observed = settled(consortium())
    assert planned(resource, observed).events == ()

    broken = replace(observed, services=report(configuration_error="members.0: extra"))
    desired = planned(resource, broken)
    assert [(each.type, each.reason) for each in desired.events] == [("Warning", "InvalidSpec")]
    assert planned(reported(resource, desired), broken).events == ()

    mended = planned(reported(resource, desired), observed)
    assert [(each.type, each.reason) for each in mended.events] == [
        ("Normal", "Ready"),
        ("Normal", "ConfigurationApplied"),
    ]


def test_the_status_has_what_the_services_know() -> None:
    parameters = report().parameters
    assert parameters is not None
    update = UpdateReport(
        parameters=parameters.model_copy(update={"epoch": 2, "hash": "EF" * 32}),
        description="larger",
        deadline=NOW,
        accepted_by=("O=Bank A, L=London, C=GB",),
        waiting_for=("O=Bank B, L=Paris, C=FR",),
    )
    pending = [
        PendingReport(
            request_id=verdict,
            legal_name="O=Stranger, L=Rome, C=IT",
            role="NodeCA",
            key_sha256="00",
            received=NOW,
            verdict=verdict,
            reason="not admitted",
        )
        for verdict in ("waits", "denied", "admitted")
    ]
    resource, observed = settled(consortium())
    services = report(update=update, pending_requests=pending, pending_count=3)
    status = planned(resource, replace(observed, services=services, available_nodes=1)).status

    assert status["observedGeneration"] == 3
    assert status["trustRootSHA256"] == ROOT_SHA256
    assert status["identityManagerURL"] == status["networkMapURL"] == "http://network.example.com:8080"
    assert status["members"] == 2
    assert status["nodes"] == {"listed": 2, "available": 1}
    assert status["parameters"] == {
        "epoch": 1,
        "hash": "AB" * 32,
        "proposed": {
            "hash": "EF" * 32,
            "deadline": "2026-12-01T12:00:00Z",
            "acceptedBy": ["O=Bank A, L=London, C=GB"],
            "waitingFor": ["O=Bank B, L=Paris, C=FR"],
        },
    }
    assert [each["requestID"] for each in status["pendingRequests"]] == ["waits"]

    away = planned(
        reported(resource, planned(resource, replace(observed, services=services))), replace(observed, services=None)
    )
    assert away.status["parameters"] == status["parameters"]
    assert away.status["pendingRequests"] == status["pendingRequests"]


def test_a_strangers_long_name_does_not_keep_the_status_from_being_written() -> None:
    pending = PendingReport(
        request_id="1",
        legal_name="O=" + "x" * 5000,
        role="NodeCA",
        key_sha256="00",
        received=NOW,
        verdict="waits",
        reason="y" * 5000,
    )
    resource, observed = settled(consortium(), report(pending_requests=(pending,), pending_count=1))

    request = planned(resource, observed).status["pendingRequests"][0]

    assert (len(request["legalName"]), len(request["reason"])) == (1024, 1024)


def test_the_published_root_is_not_replaced_by_another() -> None:
    resource, observed = settled(consortium())
    other = report(trust_root={"pem": OTHER_PEM, "sha256": fingerprint(OTHER_PEM)})

    desired = planned(resource, replace(observed, services=other))

    roots = [each["data"]["root.pem"] for each in desired.objects if "root.pem" in each.get("data", {})]
    assert roots == [
        observed.live[Reference("v1", "ConfigMap", "founder", "credit-records-trust-root")]["data"]["root.pem"]
    ]
    assert desired.status["trustRootSHA256"] == ROOT_SHA256


def test_a_paused_consortium_is_left_as_it_is_and_still_reported_on() -> None:
    resource, observed = settled(consortium())
    changed = resource.spec.model_copy(update={"paused": True})
    paused = resource.model_copy(update={"spec": changed})
    assert planned(paused, observed).objects == ()
    assert truth(planned(paused, observed), "Ready") == ("True", "Available")

    without = {reference: each for reference, each in observed.live.items() if reference.kind != "Service"}
    desired = planned(paused, replace(observed, live=without))
    assert (desired.objects, desired.obsolete) == ((), ())
    assert truth(desired, "ConfigurationApplied") == ("False", "Paused")
    assert truth(desired, "Ready") == ("False", "Paused")
    assert condition(desired, "Reconciling") is None
    assert desired.events == ()


def test_what_two_conditions_say_alike_is_one_event() -> None:
    services = report(parameters=None, map_hash=None, missing_notaries=(NOTARY,))
    _, observed = settled(consortium(), services)
    fresh = consortium()
    told = [each.reason for each in planned(fresh, observed).events]
    assert told.count("NotaryNotRegistered") == 1
