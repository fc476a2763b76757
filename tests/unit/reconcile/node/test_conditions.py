"""What each world is called in a node's status, and what it tells people to do."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from corda_operator.api.conditions import Reason
from corda_operator.reconcile.desired import Reference
from corda_operator.reconcile.node.observed import Listing, ObservedNode
from tests.unit.reconcile.node.world import (
    NOW,
    ROOT_PEM,
    RUNNING,
    SETTINGS,
    applied,
    conditions,
    consortium,
    empty,
    ended,
    enrolment_ended,
    node,
    planned,
    reported,
    running,
    with_pod,
)

BANK = node()
WORLD = applied(BANK, empty(BANK))
ENROLLED: dict[str, Any] = {"enrolment": enrolment_ended(), "cordapps": ended(0)}
MIGRATED: dict[str, Any] = {**ENROLLED, "database": ended(0)}
IN_FLIGHT = """\
\tat net.corda.node.Corda.main(Corda.kt:13)
Caused by: net.corda.nodeapi.internal.persistence.CheckpointsException: Attempting to update the database while there \
are flows in flight. This is dangerous because the node might not be able to restore the flows correctly.
\tat net.corda.nodeapi.internal.persistence.SchemaMigration.runMigration(SchemaMigration.kt:65)
\t... 20 more
"""
FAILED = IN_FLIGHT.replace("CheckpointsException: Attempting to update the database", "AnyException: No")
VAULT = "https://bank-a.vault.azure.net"
DENIED = f"Could not list the versions of secret bank-a-tls of {VAULT}: answer 403 Forbidden. Needed: the role Officer."
ANOTHER_KEY = (
    "http://n rejected request 1: The legal name O=Bank A, L=London, C=GB is bound to another key already. If that key "
    "is lost, the consortium has to revoke certificate 7 first."
)


def pod_with(**containers: Any) -> ObservedNode:
    return with_pod(WORLD, **containers)


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def enrolling(phase: str, message: str) -> ObservedNode:
    log = "not JSON\n" + "\n".join(
        json.dumps(each) for each in ({"phase": phase, "message": message}, {"message": "x"})
    )
    return replace(pod_with(enrolment=RUNNING), enrolment_log=log)


def unschedulable() -> ObservedNode:
    world = pod_with()
    assert world.pod is not None
    message = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
    world.pod["status"]["conditions"].append(
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    )
    return world


def unbound() -> ObservedNode:
    world = applied(BANK, empty(BANK))
    (claim,) = (each for reference, each in world.live.items() if reference.kind == "PersistentVolumeClaim")
    claim["status"] = {"phase": "Pending"}
    return with_pod(world)


def of_another() -> ObservedNode:
    world = applied(BANK, empty(BANK))
    (claim,) = (each for reference, each in world.live.items() if reference.kind == "PersistentVolumeClaim")
    claim["metadata"]["annotations"]["corda-operator.io/legal-name"] = "O=Bank B, L=Paris, C=FR"
    return world


def certified_until(moment: str, *purposes: str) -> ObservedNode:
    certificates = {each: {"expires": moment, "publicKeySHA256": "EF" * 32} for each in purposes}
    enrolled = enrolment_ended(certificates=certificates)
    return with_pod(running(BANK), ready=True, enrolment=enrolled, cordapps=ended(0), database=ended(0), corda=RUNNING)


def refused_by_the_api_server() -> ObservedNode:
    service = Reference("v1", "Service", "bank", "bank-a-p2p")
    return replace(WORLD, refused={service: "spec.ports: Required value"})


WORLDS: list[tuple[str, ObservedNode, str, str, Reason, str]] = [
    ("no consortium", replace(WORLD, consortium=None), "ConfigurationApplied", "False", Reason.CONSORTIUM_NOT_FOUND,
     "There is no Consortium credit-records in namespace bank: create it"),
    ("no trust root", replace(WORLD, trust_root=None), "ConfigurationApplied", "False", Reason.CONSORTIUM_NOT_READY,
     "kubectl describe consortium credit-records"),
    ("no services", replace(WORLD, consortium=consortium(status={})), "ConfigurationApplied", "False",
     Reason.CONSORTIUM_NOT_READY, "no trust root or no services yet"),
    ("no certificate", replace(WORLD, trust_root="nonsense"), "ConfigurationApplied", "False",
     Reason.CONSORTIUM_NOT_READY, "is no certificate"),
    ("refused object", refused_by_the_api_server(), "ConfigurationApplied", "False", Reason.APPLY_FAILED,
     "The API server refused Service bank/bank-a-p2p: spec.ports: Required value"),
    ("another's ledger", of_another(), "ConfigurationApplied", "False", Reason.INVALID_SPEC,
     'bank-a-data holds the ledger of "O=Bank B, L=Paris, C=FR"'),
    ("no notary", replace(pod_with(**MIGRATED, corda=RUNNING), consortium=consortium(status={
        "identityManagerURL": "http://network.example.com:8080", "networkMapURL": "http://network.example.com:8080",
    })), "Ready", "False", Reason.NOTARY_NOT_REGISTERED, "lists O=Notary Service, L=London, C=GB"),
    ("volume pending", unbound(), "StorageBound", "False", Reason.VOLUME_PENDING, "kubectl describe pvc bank-a-data"),
    ("no machine", unschedulable(), "Ready", "False", Reason.POD_UNSCHEDULABLE,
     "asks for node pool banka; zones westeurope-1, westeurope-2; 250m CPU and 1Gi of memory"),
    ("image away", pod_with(enrolment=waiting("ImagePullBackOff", "Back-off pulling")), "Ready", "False",
     Reason.IMAGE_UNAVAILABLE, "Container enrolment: an-image can't be pulled: Back-off pulling. Check"),
    ("container can't be made", pod_with(corda=waiting("CreateContainerConfigError", "no such key")), "Ready", "False",
     Reason.NODE_FAILED, "kubectl describe pod bank-a-node-0"),
    ("vault denied", pod_with(enrolment=enrolment_ended(3, "Failed", DENIED)), "KeysReady", "False",
     Reason.VAULT_ACCESS_DENIED, "Needed: the role Officer. The identity is the one of spec.workloadIdentity."),
    ("no token", pod_with(enrolment=enrolment_ended(3, "Failed", "Could not get a token from Microsoft Entra: no.")),
     "KeysReady", "False", Reason.IDENTITY_UNAVAILABLE, "the subject system:serviceaccount:bank:bank-a-node"),
    ("vault away", enrolling("Registering", f"Could not list the versions of secret x of {VAULT}: no answer."),
     "KeysReady", "False", Reason.VAULT_UNREACHABLE, "Check the vault's firewall, private endpoint and DNS."),
    ("no such secret", enrolling("Registering", f"Could not get secret gateway of {VAULT}: answer 404 SecretNotFound."),
     "KeysReady", "False", Reason.INVALID_SPEC, "The spec names it, so put it into the vault."),
    ("identity manager away", enrolling("Registering", "http://network.example.com:8080 can't be reached"),
     "KeysReady", "False", Reason.SERVICES_UNREACHABLE, "can't be reached. Enrolment goes on by itself"),
    ("enrolling", pod_with(enrolment=RUNNING), "KeysReady", "Unknown", Reason.PROGRESSING, "Enrolment is at work."),
    ("not admitted", enrolling("WaitingForAdmission", "Request 1 waits."), "Registered", "False",
     Reason.ADMISSION_PENDING, "Request 1 waits."),
    ("not admitted, as the services see it", replace(
        enrolling("WaitingForAdmission", "Request 1 waits."), listing=Listing(pending="Bank A is not in members.")),
     "Registered", "False", Reason.ADMISSION_PENDING, "Request 1 waits. Bank A is not in members."),
    ("refused", pod_with(enrolment=enrolment_ended(2, "Refused", "http://n rejected request 1: denied.")), "Registered",
     "False", Reason.ADMISSION_DENIED, "rejected request 1: denied. Ask the consortium to admit the node."),
    ("refused, since another key is certified", pod_with(enrolment=enrolment_ended(2, "Refused", ANOTHER_KEY)),
     "Registered", "False", Reason.KEYS_CHANGED, "revoke certificate 7 first. If it is not lost, restore it in https://bank-a.vault.azure.net"),
    ("refused, and trying again", replace(pod_with(enrolment={
        **RUNNING, "lastState": enrolment_ended(2, "Refused", "Rejected.")["lastState"]})),
     "Registered", "False", Reason.ADMISSION_DENIED, "Rejected."),
    ("refused again, as its log says before its end does", replace(enrolling("Refused", "Rejected anew."), pod=pod_with(
        enrolment={**RUNNING, "lastState": enrolment_ended(2, "Refused", "Rejected.")["lastState"]}).pod),
     "Registered", "False", Reason.ADMISSION_DENIED, "Rejected. Ask"),
    ("refused for the first time, as its log says before its end does", enrolling("Refused", "Rejected."), "KeysReady",
     "Unknown", Reason.PROGRESSING, "Enrolment is at work."),
    ("unusable vault", pod_with(enrolment=enrolment_ended(1, "Failed", "Secret bank-a-tls can't be used.")),
     "KeysReady", "False", Reason.INVALID_SPEC, "Secret bank-a-tls can't be used."),
    ("died without a word", pod_with(enrolment=ended(137)), "KeysReady", "False", Reason.INVALID_SPEC,
     "Enrolment ended with exit code 137"),
    ("expired", certified_until("2026-12-01T11:59:59Z", "node-ca", "tls"), "Registered", "False",
     Reason.CERTIFICATE_EXPIRED, "certificate node-ca, tls ended at 2026-12-01T11:59:59Z. Nothing renews this"),
    ("expired, and a restart helps", certified_until("2026-12-01T11:59:59Z", "tls"), "Registered", "False",
     Reason.CERTIFICATE_EXPIRED, "A restart renews it: kubectl corda restart bank-a."),
    ("expired before a start", pod_with(enrolment=enrolment_ended(4, "Failed", "Secret bank-a-node-ca-certificate: "
     "it ended.")), "Registered", "False", Reason.CERTIFICATE_EXPIRED, "it ended. Nothing renews this"),
    ("revoked", replace(running(BANK), listing=Listing(revoked=True)), "Registered", "False", Reason.REVOKED,
     "create it anew with another spec.keyVault.secretPrefix"),
    ("revoked before, and registering with new keys", replace(
        enrolling("WaitingForAdmission", "Request 2 waits."), listing=Listing(revoked=True)),
     "Registered", "False", Reason.ADMISSION_PENDING, "Request 2 waits."),
    ("wrong CorDapp", pod_with(enrolment=enrolment_ended(), cordapps=ended(1, "CorDapp x: has SHA-256 0, expected 1.")),
     "Ready", "False", Reason.CORDAPP_UNAVAILABLE, "has SHA-256 0, expected 1. Correct spec.cordapps."),
    ("wrong CorDapp, without a full stop", pod_with(enrolment=enrolment_ended(), cordapps=ended(1, "cp: not found ")),
     "Ready", "False", Reason.CORDAPP_UNAVAILABLE, "cp: not found. Correct spec.cordapps."),
    ("CorDapps fill volume", pod_with(enrolment=enrolment_ended(), cordapps=ended(1, "No space left on device")),
     "Ready", "False", Reason.NODE_FAILED, "volume is full: raise spec.storage.size from 20Gi"),
    ("migrating", pod_with(**ENROLLED, database=RUNNING), "DatabaseMigrated", "Unknown", Reason.PROGRESSING, "being"),
    ("migration failed", pod_with(**ENROLLED, database=ended(1, "Blacklisted key")), "DatabaseMigrated", "False",
     Reason.MIGRATION_FAILED, "Blacklisted key"),
    ("migration failed, and trying again", pod_with(**ENROLLED, database={**ended(1, "Bad key"), **RUNNING}),
     "DatabaseMigrated", "False", Reason.MIGRATION_FAILED, "Bad key"),
    ("flows in flight", pod_with(**ENROLLED, database=ended(1, IN_FLIGHT)), "DatabaseMigrated", "False",
     Reason.MIGRATION_FAILED, "put spec.version, spec.image and spec.cordapps back"),
    ("older version", pod_with(**ENROLLED, database=ended(3, "Corda 4.11 has migrated this database.")),
     "DatabaseMigrated", "False", Reason.VERSION_DOWNGRADE, "Put spec.version back."),
    ("volume full", pod_with(**ENROLLED, database=ended(1, "cp: No space left on device")), "DatabaseMigrated", "False",
     Reason.NODE_FAILED, "volume is full"),
    ("starting", pod_with(**MIGRATED, corda=RUNNING), "Ready", "False", Reason.NODE_STARTING, "a minute or two"),
    ("out of memory", pod_with(**MIGRATED, corda=ended(137, reason="OOMKilled")), "Ready", "False", Reason.NODE_FAILED,
     "raise spec.resources"),
    ("crashed", pod_with(**MIGRATED, corda=ended(1, "Exception during node startup")), "Ready", "False",
     Reason.NODE_FAILED, "Corda ended with exit code 1: Exception during node startup"),
    ("keeps crashing", pod_with(**MIGRATED, corda={**ended(1, "Boom"), **RUNNING}), "Ready", "False",
     Reason.NODE_FAILED, "Boom"),
    ("flag day", pod_with(**MIGRATED, corda=ended(1, "Node is using network parameters with hash A but the network "
     "map is advertising B")), "Ready", "False", Reason.PARAMETERS_NOT_ACCEPTED, "kubectl exec bank-a-node-0 -c corda"),
    ("volume full at run time", pod_with(**MIGRATED, corda=ended(1, "java.io.IOException: No space left on device")),
     "Ready", "False", Reason.NODE_FAILED, "raise spec.storage.size"),
    ("ready", running(BANK), "Ready", "True", Reason.AVAILABLE, "The node runs."),
    ("not listed", replace(running(BANK), listing=Listing()), "Ready", "False", Reason.PROGRESSING, "does not list"),
    ("services away", replace(running(BANK), listing=None, services_error="no answer"), "Published", "Unknown",
     Reason.SERVICES_UNREACHABLE, "no answer. A node that has started once goes on"),
    ("elsewhere", replace(running(BANK), listing=None), "Published", "Unknown", Reason.PROGRESSING, "own operator"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("world", "condition", "status", "reason", "message"),
    [each[1:] for each in WORLDS],
    ids=[each[0] for each in WORLDS],
)
def test_every_trouble_has_its_reason_and_says_what_to_do(
    world: ObservedNode, condition: str, status: str, reason: Reason, message: str
) -> None:
    found = conditions(planned(BANK, world))

    assert (found[condition].status, found[condition].reason) == (status, reason), found[condition].message
    assert message in found[condition].message
    if status == "False":
        assert (found["Ready"].status, found["Ready"].reason) == ("False", reason)


@pytest.mark.parametrize(
    ("database", "corda", "beginning"),
    [
        (ended(1, IN_FLIGHT), {}, "Flows are in flight, and "),
        (ended(1, FAILED), {}, "AnyException: No while there are flows in flight. "),
        (
            ended(0),
            ended(1, FAILED),
            "Corda ended with exit code 1: AnyException: No while there are flows in flight. ",
        ),
    ],
)
def test_a_message_about_corda_begins_with_the_cause_and_has_no_stack_trace(
    database: dict[str, Any], corda: dict[str, Any], beginning: str
) -> None:
    world = pod_with(**ENROLLED, database=database, corda=corda)

    message = conditions(planned(BANK, world))["Ready"].message

    assert message.startswith(beginning)
    assert ".kt:" not in message


@pytest.mark.parametrize(
    ("said", "reason", "message"),
    [
        (
            "FATAL: password authentication failed for user",
            Reason.DATABASE_UNREACHABLE,
            "db.example.com does not answer",
        ),
        ("Could not acquire change log lock", Reason.MIGRATION_FAILED, "corda.databasechangeloglock"),
        ("anything else", Reason.MIGRATION_FAILED, "anything else"),
    ],
)
def test_a_postgresql_database_has_troubles_of_its_own(said: str, reason: Reason, message: str) -> None:
    notary = node("notary")
    world = with_pod(applied(notary, empty(notary)), enrolment=enrolment_ended(), database=ended(1, said))

    found = conditions(planned(notary, world))["DatabaseMigrated"]

    assert found.reason == reason
    assert message in found.message


def test_an_image_of_a_cordapp_without_jars_is_named() -> None:
    image = "registry.example.com/app@sha256:" + "0" * 64
    bank = node(
        cordapps=[
            {"name": "other", "url": "https://a.example.com/a", "sha256": "0" * 64},
            {"name": "app", "image": image},
        ]
    )
    status = {"name": "cordapp-1", **ended(1, "cp: can't stat '/cordapps/.'")}
    world = with_pod(applied(bank, empty(bank)), enrolment=enrolment_ended(), ready=False, **{"cordapp-1": status})

    found = conditions(planned(bank, world))["Ready"]

    assert found.reason == Reason.CORDAPP_UNAVAILABLE
    assert found.message.startswith("app (its image needs jars in /cordapps, and cp): cp: can't stat")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"p2p": {"port": 10003}}, "spec.p2p.port: 10003 is the node's port for RPC"),
        ({"legalName": "O=Bank A, L=London, C=XX"}, "spec.legalName: C=XX"),
        ({"configuration": {"rpcUsers.x": 1}}, "spec.configuration.rpcUsers.x: use spec.rpc.users instead"),
        ({"configuration": {"emailAddress": "a@b"}}, "emailAddress is set by the operator"),
        ({"notary": {"serviceLegalName": "O=N, L=London, C=XX"}}, "spec.notary.serviceLegalName: C=XX"),
    ],
)
def test_a_spec_that_corda_would_refuse_names_the_field_and_changes_nothing(spec: dict[str, Any], message: str) -> None:
    desired = planned(node(**spec), running(BANK))

    found = conditions(desired)
    assert (found["Stalled"].status, found["Stalled"].reason) == ("True", Reason.INVALID_SPEC)
    assert message in found["ConfigurationApplied"].message
    assert (desired.objects, desired.obsolete) == ((), ())


def test_an_identity_without_a_tenant_is_a_fault_of_the_spec() -> None:
    found = conditions(planned(BANK, WORLD, replace(SETTINGS, tenant_id=None)))

    assert found["Stalled"].reason == Reason.INVALID_SPEC
    assert "give workloadIdentity.tenantID" in found["Stalled"].message


@pytest.mark.parametrize(
    ("given", "hard_fail", "message"),
    [
        (None, True, "names no revocation list for TLS certificates"),
        ({"url": "http://crl.example.com/tls", "issuer": "O=Other, L=London, C=GB"}, True, "leave the issuer out"),
        (None, False, None),
        ({"url": "http://crl.example.com/tls"}, True, None),
        (
            {
                "url": "http://crl.example.com/tls",
                "issuer": "CN=Corda Root CA, O=Example Consortium, L=London, C=GB",
            },
            True,
            None,
        ),
    ],
)
def test_a_joined_network_needs_a_list_that_its_root_signs_or_nodes_that_ask_for_none(
    given: dict[str, str] | None, *, hard_fail: bool, message: str | None
) -> None:
    joined = {
        "identityManagerURL": "https://identity.example.com",
        "networkMapURL": "https://map.example.com",
        "trustRoot": ROOT_PEM,
        **({} if given is None else {"tlsRevocationList": given}),
    }
    bank = node(revocation={"hardFail": hard_fail}, consortiumRef={"name": "elsewhere"})
    world = empty(bank, consortium=consortium("elsewhere", joined=joined), trust_root=None, listing=None)

    desired = planned(bank, world)

    if message is None:
        assert desired.objects
    else:
        assert message in conditions(desired)["ConfigurationApplied"].message


@pytest.mark.parametrize(
    ("proposed", "status", "message"),
    [
        ({"acceptedBy": ["C=GB,L=London,O=Bank A"]}, "True", "has accepted"),
        ({"waitingFor": ["O=Bank A, L=London, C=GB"]}, "False", "accept-parameters bank-a EE"),
        ({"waitingFor": ["O=Bank B, L=London, C=GB"]}, "Unknown", "are proposed"),
    ],
)
def test_proposed_parameters_are_accepted_or_to_be_accepted_before_flag_day(
    proposed: dict[str, Any], status: str, message: str
) -> None:
    parameters = {
        "epoch": 1,
        "hash": "AB" * 32,
        "proposed": {"hash": "EE" * 32, "deadline": "2026-12-08T00:00:00Z", **proposed},
    }
    network = consortium(
        status={
            "identityManagerURL": "http://network.example.com:8080",
            "networkMapURL": "http://network.example.com:8080",
            "parameters": parameters,
        }
    )

    found = conditions(planned(BANK, replace(running(BANK), consortium=network)))

    assert found["ParametersAccepted"].status == status
    assert message in found["ParametersAccepted"].message
    assert found["Ready"].status == "True"


def test_what_passes_by_itself_reconciles_and_what_does_not_stalls() -> None:
    pending = conditions(planned(BANK, enrolling("WaitingForAdmission", "Request 1 waits.")))
    denied = conditions(planned(BANK, pod_with(enrolment=enrolment_ended(3, "Failed", DENIED))))
    ready = conditions(planned(BANK, running(BANK)))

    assert (pending["Reconciling"].status, "Stalled" in pending) == ("True", False)
    assert (denied["Stalled"].status, "Reconciling" in denied) == ("True", False)
    assert not {"Stalled", "Reconciling"} & ready.keys()


def test_an_unchanged_world_gives_an_unchanged_status_and_no_event() -> None:
    world = running(BANK)
    first = planned(BANK, world)

    second = planned(reported(BANK, first), world, now=NOW.replace(hour=13))

    assert second.status == first.status
    assert second.events == ()


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (lambda: pod_with(enrolment=enrolment_ended(3, "Failed", DENIED)), "VaultAccessDenied"),
        (unschedulable, "PodUnschedulable"),
    ],
)
def test_each_trouble_is_an_event_once(world: Callable[[], ObservedNode], reason: str) -> None:
    before = reported(BANK, planned(BANK, pod_with()))

    first = planned(before, world())
    again = planned(reported(BANK, first), world())

    assert [(event.type, event.reason) for event in first.events] == [("Warning", reason)]
    assert again.events == ()


def test_status_tells_what_the_node_is() -> None:
    status = planned(BANK, running(BANK)).status

    assert {key: value for key, value in status.items() if key != "conditions"} == {
        "observedGeneration": 4,
        "version": "4.10",
        "p2pAddress": "bank-a.example.com:10002",
        "keySHA256": "EF" * 32,
        "certificateExpiry": "2036-11-28T00:00:00Z",
        "nodeInfoHash": "CD" * 32,
        "parametersHash": "AB" * 32,
    }


def test_what_a_new_pod_can_not_tell_yet_stays_in_the_status() -> None:
    before = reported(BANK, planned(BANK, running(BANK)))

    status = planned(before, replace(running(BANK), pod=None)).status

    assert (status["version"], status["certificateExpiry"]) == ("4.10", "2036-11-28T00:00:00Z")
