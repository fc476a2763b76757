"""A network that others run: what is told about it."""

from dataclasses import dataclass, replace

import pytest

from corda_operator.api.consortium import Consortium
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap, ParametersUpdate
from corda_operator.corda.network_parameters import NetworkParameters, NotaryInfo
from corda_operator.reconcile.consortium.observed import JoinedProbe, ObservedConsortium
from tests.unit.reconcile.consortium.world import (
    CREATED,
    NOTARY,
    NOW,
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
