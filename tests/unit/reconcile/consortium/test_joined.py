"""A network that others run: what is told about it."""

from dataclasses import dataclass, replace

import pytest

from corda_operator.api.consortium import Consortium
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap, ParametersUpdate
from corda_operator.corda.network_parameters import NetworkParameters, NotaryInfo
from corda_operator.reconcile.consortium.observed import JoinedProbe, ObservedConsortium
from corda_operator.reconcile.desired import Manifest, Reference
from tests.unit.reconcile.consortium.world import (
    CREATED,
    NOTARY,
    NOW,
    OTHER_PEM,
    ROOT_PEM,
    ROOT_SHA256,
    condition,
    consortium,
    planned,
    truth,
    wished,
)

MAP = NetworkMap(
    (SecureHash(b"1" * 32), SecureHash(b"3" * 32)),
    SecureHash(b"2" * 32),
    ParametersUpdate(SecureHash(b"4" * 32), "larger", NOW),
)
PARAMETERS = NetworkParameters(4, (NotaryInfo(LegalName.parse(NOTARY), b"key", validating=False),), 1, 1, NOW, 7)
FINE = JoinedProbe(
    identity_manager_ok=True, network_map_ok=True, trust_root_matches=True, network_map=MAP, parameters=PARAMETERS
)


def elsewhere(**changes: object) -> Consortium:
    return consortium("elsewhere", like="elsewhere", **changes)


@dataclass(frozen=True)
class Case:
    probe: JoinedProbe | None
    about: str
    status: str
    reason: str
    says: str
    ready: bool = False
    stalled: bool = False


CASES = {
    "not looked at yet": Case(None, "TrustRootVerified", "False", "Progressing", "about to be asked"),
    "fine": Case(FINE, "TrustRootVerified", "True", "Available", "given trust root", ready=True),
    "another root": Case(
        replace(FINE, trust_root_matches=False, error="the network map can't be trusted: x"),
        "TrustRootVerified",
        "False",
        "TrustRootMismatch",
        "which trust root is genuine",
        stalled=True,
    ),
    "no map": Case(
        JoinedProbe(identity_manager_ok=True, network_map_ok=False, error="connection refused"),
        "TrustRootVerified",
        "Unknown",
        "ServicesUnreachable",
        "network map at https://map.example.com does not answer as one: connection refused",
    ),
    "no identity manager": Case(
        replace(FINE, identity_manager_ok=False, error="no such host"),
        "TrustRootVerified",
        "Unknown",
        "ServicesUnreachable",
        "identity manager at https://identity.example.com does not answer",
    ),
    "parameters unknown": Case(
        replace(FINE, parameters=None), "NetworkParametersReady", "Unknown", "ServicesUnreachable", "not known yet"
    ),
    "no notary": Case(
        replace(FINE, parameters=replace(PARAMETERS, notaries=())),
        "NetworkParametersReady",
        "False",
        "NotaryNotRegistered",
        "name no notary",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_was_found_gives_a_condition(case: Case) -> None:
    desired = planned(elsewhere(), ObservedConsortium(CREATED, probe=case.probe))

    found = condition(desired, case.about)
    assert found is not None
    assert (found.status, found.reason) == (case.status, case.reason)
    assert case.says in found.message
    ready = truth(desired, "Ready")
    assert ready is not None
    assert (ready[0] == "True") is case.ready
    assert (condition(desired, "Stalled") is not None) is case.stalled


def test_the_trust_root_is_published_whatever_was_found() -> None:
    for case in CASES.values():
        desired = planned(elsewhere(), ObservedConsortium(CREATED, probe=case.probe))
        assert len(desired.objects) == 1
        assert wished(desired, "ConfigMap", "elsewhere-trust-root")["data"] == {"root.pem": ROOT_PEM}


def test_a_notary_that_the_network_does_not_have_is_named() -> None:
    resource = elsewhere(notaries=[{"serviceLegalName": "O=Other Notary, L=Paris, C=FR"}])

    found = condition(planned(resource, ObservedConsortium(CREATED, probe=FINE)), "NetworkParametersReady")

    assert found is not None
    assert (found.status, found.reason) == ("False", "NotaryNotRegistered")
    assert "O=Other Notary, L=Paris, C=FR" in found.message
    assert NOTARY in found.message


def test_a_notarys_name_may_be_written_in_any_order() -> None:
    resource = elsewhere(notaries=[{"serviceLegalName": "C=GB, L=London, O=Notary Service"}])

    assert truth(planned(resource, ObservedConsortium(CREATED, probe=FINE)), "Ready") == ("True", "Available")


def test_what_can_be_no_trust_root_changes_nothing() -> None:
    resource = elsewhere()
    joined = resource.spec.joined
    assert joined is not None
    wrong = joined.model_copy(update={"trust_root": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"})
    resource = resource.model_copy(update={"spec": resource.spec.model_copy(update={"joined": wrong})})

    desired = planned(resource, ObservedConsortium(CREATED, probe=FINE))

    assert (desired.objects, desired.obsolete) == ((), ())
    assert truth(desired, "Stalled") == ("True", "InvalidSpec")


def referring(sha256: str | None = None) -> Consortium:
    resource = elsewhere(trustRoot=None, trustRootRef={"name": "network-trust-root"})
    return resource.model_copy(update={"status": resource.status.model_copy(update={"trust_root_sha256": sha256})})


def published(pem: str) -> dict[Reference, Manifest]:
    return {
        Reference("v1", "ConfigMap", "founder", "elsewhere-trust-root"): {
            "metadata": {"name": "elsewhere-trust-root"},
            "data": {"root.pem": pem},
        }
    }


def test_a_trust_root_that_is_yet_to_come_is_asked_for() -> None:
    desired = planned(referring(), ObservedConsortium(CREATED))

    assert (desired.objects, desired.obsolete) == ((), ())
    assert truth(desired, "Stalled") == ("True", "TrustRootMissing")
    told = condition(desired, "TrustRootVerified")
    assert told is not None
    assert "kubectl create configmap network-trust-root --namespace=founder --from-file=root.pem=FILE" in told.message


def test_a_trust_root_of_a_config_map_is_published() -> None:
    desired = planned(referring(), ObservedConsortium(CREATED, referenced_root=ROOT_PEM, probe=FINE))

    assert wished(desired, "ConfigMap", "elsewhere-trust-root")["data"] == {"root.pem": ROOT_PEM}
    assert truth(desired, "Ready") == ("True", "Available")
    assert desired.status["trustRootSHA256"] == ROOT_SHA256


@pytest.mark.parametrize("sha256", [None, ROOT_SHA256])
def test_nodes_go_on_with_their_trust_root_when_its_source_has_another(sha256: str | None) -> None:
    observed = ObservedConsortium(CREATED, live=published(ROOT_PEM), referenced_root=OTHER_PEM, probe=FINE)

    desired = planned(referring(sha256), observed)

    assert wished(desired, "ConfigMap", "elsewhere-trust-root")["data"] == {"root.pem": ROOT_PEM}
    assert truth(desired, "Stalled") == ("True", "TrustRootMismatch")
    assert desired.status["trustRootSHA256"] == ROOT_SHA256


def test_nodes_go_on_with_their_trust_root_when_its_source_is_gone() -> None:
    desired = planned(referring(), ObservedConsortium(CREATED, live=published(ROOT_PEM), probe=FINE))

    assert wished(desired, "ConfigMap", "elsewhere-trust-root")["data"] == {"root.pem": ROOT_PEM}
    assert truth(desired, "Ready") == ("True", "Available")


def test_what_somebody_has_put_into_the_published_map_is_put_right() -> None:
    observed = ObservedConsortium(CREATED, live=published(OTHER_PEM), referenced_root=ROOT_PEM, probe=FINE)

    desired = planned(referring(ROOT_SHA256), observed)

    assert wished(desired, "ConfigMap", "elsewhere-trust-root")["data"] == {"root.pem": ROOT_PEM}
    assert truth(desired, "Ready") == ("True", "Available")


@pytest.mark.parametrize(("given", "reason"), [(None, "TrustRootMissing"), (OTHER_PEM, "TrustRootMismatch")])
def test_a_known_trust_root_that_is_nowhere_any_more_is_asked_for(given: str | None, reason: str) -> None:
    desired = planned(referring(ROOT_SHA256), ObservedConsortium(CREATED, referenced_root=given))

    assert desired.objects == ()
    assert truth(desired, "Stalled") == ("True", reason)
    told = condition(desired, "TrustRootVerified")
    assert told is not None
    assert ROOT_SHA256 in told.message


def test_a_config_map_with_something_else_is_no_trust_root() -> None:
    desired = planned(referring(), ObservedConsortium(CREATED, referenced_root="no certificate"))

    assert desired.objects == ()
    assert truth(desired, "Stalled") == ("True", "InvalidSpec")


def test_the_status_tells_the_network() -> None:
    status = planned(elsewhere(), ObservedConsortium(CREATED, probe=FINE, available_nodes=1)).status

    assert status["trustRootSHA256"] == ROOT_SHA256
    assert status["identityManagerURL"] == "https://identity.example.com"
    assert status["nodes"] == {"listed": 2, "available": 1}
    assert status["parameters"]["epoch"] == 7
    assert status["parameters"]["proposed"] == {
        "hash": (b"4" * 32).hex().upper(),
        "deadline": "2026-12-01T12:00:00Z",
        "acceptedBy": [],
        "waitingFor": [],
    }


def test_a_deleted_one_lets_go() -> None:
    resource = elsewhere()
    ending = resource.metadata.model_copy(update={"deletion_timestamp": CREATED})

    desired = planned(resource.model_copy(update={"metadata": ending}))

    assert (desired.objects, desired.finalizer) == ((), False)
    assert "stays as it is" in desired.events[0].message
