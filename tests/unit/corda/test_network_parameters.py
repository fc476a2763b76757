from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from corda_operator.corda.amqp import DecodeError
from corda_operator.corda.amqp.times import FOREVER
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_parameters import (
    InvalidParameters,
    NetworkParameters,
    NotaryInfo,
    auto_acceptable,
    hot_loadable,
)
from corda_operator.corda.signed import SignedDataWithCert
from tests.unit.corda.golden import golden
from tests.unit.corda.strategies import NETWORK_PARAMETERS, NOON

NODE_0, NODE_1 = SecureHash.of(b"node 0"), SecureHash.of(b"node 1")
NOTARY = NotaryInfo(LegalName("Notary", "London", "GB"), b"key", validating=False)
PARAMETERS = NetworkParameters(
    minimum_platform_version=12,
    notaries=(NOTARY,),
    max_message_size=10_485_760,
    max_transaction_size=524_288_000,
    modified_time=NOON,
    epoch=1,
)


def test_the_bootstrappers_parameters_say_what_it_was_told() -> None:
    parameters = NetworkParameters.decode(SignedDataWithCert.decode(golden("bootstrapper-network-parameters")).raw)

    assert [str(notary.name) for notary in parameters.notaries] == ["O=Notary, L=London, C=GB"]
    assert parameters.minimum_platform_version == 10
    assert parameters.modified_time == datetime(2026, 11, 22, 16, 54, 13, 84_000, tzinfo=UTC)
    assert parameters.event_horizon == timedelta(days=30)
    assert parameters.epoch == 1


def test_parameters_with_everything_say_what_corda_wrote() -> None:
    parameters = NetworkParameters.decode(golden("network-parameters-in-full"))

    assert [(str(notary.name), notary.validating) for notary in parameters.notaries] == [
        ("O=Notary, L=London, C=GB", False),
        ("CN=Service, OU=Ledger, O=Notary Zwei, L=Zürich, ST=ZH, C=CH", True),
    ]
    assert parameters.epoch == 70_000
    assert parameters.event_horizon == FOREVER
    assert parameters.whitelisted_contract_implementations == {
        "com.example.Credit": (NODE_0, NODE_1),
        "com.example.Debit": (),
    }
    assert list(parameters.package_ownership) == ["com.example"]


def test_parameters_are_written_byte_for_byte_as_corda_writes_them() -> None:
    signed = SignedDataWithCert.decode(golden("bootstrapper-network-parameters"))
    full = golden("network-parameters-in-full")

    assert NetworkParameters.decode(signed.raw).encode() == signed.raw
    assert NetworkParameters.decode(full).encode() == full


def test_back_references_are_followed_with_cordas_own_numbers() -> None:
    nothing = NetworkParameters.decode(golden("network-parameters-with-shared-empty-map"))
    twice = NetworkParameters.decode(golden("network-parameters-with-shared-hashes"))

    assert nothing.package_ownership == {}
    assert nothing.whitelisted_contract_implementations == {}
    assert twice.whitelisted_contract_implementations == {
        "com.example.Credit": (NODE_0, NODE_0),
        "com.example.Debit": (NODE_0, NODE_0),
    }


@given(NETWORK_PARAMETERS)
def test_any_parameters_read_as_they_were_written(parameters: NetworkParameters) -> None:
    assert NetworkParameters.decode(parameters.encode()) == parameters


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"minimum_platform_version": 0}, "minimum platform version"),
        ({"max_message_size": 0}, "maximum message size"),
        ({"max_transaction_size": -1}, "maximum transaction size"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": 2**31}, "epoch"),
        ({"event_horizon": timedelta(microseconds=-1)}, "event horizon"),
        ({"modified_time": datetime(2026, 11, 22)}, "time zone"),
        ({"notaries": (NOTARY, replace(NOTARY, validating=True))}, "same key"),
        ({"package_ownership": {"": b""}}, "not the name of a Java package"),
        ({"package_ownership": {"com.": b""}}, "not the name of a Java package"),
        ({"package_ownership": {"com..example": b""}}, "not the name of a Java package"),
        ({"package_ownership": {"com.1st": b""}}, "not the name of a Java package"),
        ({"package_ownership": {"com.example": b"", "com.example.a.b": b""}}, "lies in 'com.example'"),
    ],
)
def test_what_corda_would_not_construct_are_no_parameters(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidParameters, match=why):
        replace(PARAMETERS, **changes)


def test_neighbouring_packages_may_have_owners() -> None:
    replace(PARAMETERS, package_ownership={"com.example": b"a", "com.examples": b"b", "com.$x_1": b"c"})


def test_parameters_that_corda_would_not_construct_are_not_read_either() -> None:
    other = NotaryInfo(NOTARY.name, b"yek", validating=True)
    blob = replace(PARAMETERS, notaries=(NOTARY, other)).encode().replace(b"yek", b"key")

    with pytest.raises(DecodeError, match="two notaries have the same key"):
        NetworkParameters.decode(blob)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, set()),
        ({"epoch": 2, "modified_time": NOON + timedelta(days=1)}, {"epoch", "modifiedTime"}),
        ({"notaries": ()}, {"notaries"}),
        ({"notaries": (replace(NOTARY, name=LegalName("Other", "London", "GB")),)}, set()),
        ({"notaries": (replace(NOTARY, validating=True),)}, {"notaries"}),
        ({"max_message_size": 1, "max_transaction_size": 1}, {"maxMessageSize", "maxTransactionSize"}),
        ({"minimum_platform_version": 13, "event_horizon": FOREVER}, {"minimumPlatformVersion", "eventHorizon"}),
        ({"package_ownership": {"a": b""}}, {"packageOwnership"}),
        ({"whitelisted_contract_implementations": {"a": ()}}, {"whitelistedContractImplementations"}),
    ],
)
def test_changes_have_cordas_names_and_cordas_idea_of_equality(change: dict[str, Any], names: set[str]) -> None:
    assert PARAMETERS.changes_to(replace(PARAMETERS, **change)) == names


@pytest.mark.parametrize(
    ("changes", "accepted", "loaded"),
    [
        (set(), True, True),
        ({"epoch", "modifiedTime"}, True, True),
        ({"epoch", "notaries"}, False, True),
        ({"epoch", "packageOwnership"}, True, False),
        ({"whitelistedContractImplementations"}, True, False),
        ({"epoch", "maxMessageSize"}, False, False),
        ({"notaries", "packageOwnership"}, False, False),
    ],
)
def test_nodes_accept_and_load_only_some_changes_by_themselves(
    changes: set[str],
    accepted: bool,  # noqa: FBT001
    loaded: bool,  # noqa: FBT001
) -> None:
    assert auto_acceptable(changes) is accepted
    assert hot_loadable(changes) is loaded


def test_a_node_can_exclude_what_it_accepts_by_itself() -> None:
    assert not auto_acceptable({"packageOwnership"}, excluded={"packageOwnership"})


def test_parameters_do_not_change_with_the_mappings_they_were_made_of() -> None:
    owners = {"com.example": b"a"}
    parameters = replace(PARAMETERS, package_ownership=owners)
    owners.clear()

    assert parameters.package_ownership == {"com.example": b"a"}
