"""The configuration file: what is wrong with it is told by the field's name."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from corda_operator.configuration_files import ConfigurationError
from corda_operator.network.configuration import Configuration, load, parse

MINIMAL: dict[str, Any] = {
    "publicURL": "https://network.consortium.test/",
    "keyVault": {"url": "https://vault.test"},
    "storage": {"accountURL": "https://storage.test"},
    "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
}
PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
OTHER_PEM = (
    ec.generate_private_key(ec.SECP384R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
NAME = "O=Bank A, L=London, C=GB"


def configured(**sections: Any) -> Configuration:
    return parse(yaml.safe_dump({**MINIMAL, **sections}), "network.yaml")


def test_the_least_there_can_be_is_enough() -> None:
    found = configured()

    assert found.public_url == "https://network.consortium.test"
    assert found.members == ()
    assert found.network_parameters.event_horizon.days == 30


def test_whatever_is_written_is_read() -> None:
    found = configured(
        generation=3,
        members=[{"organisation": "Bank A", "legalNames": [NAME], "submissionTokenSHA256": "ab" * 32}],
        networkParameters={"eventHorizon": "14d", "packageOwnership": {"com.bank": PEM}},
        parametersUpdate={"acceptancePeriod": "1h30m"},
        revocations=[{"legalName": NAME, "reason": "keyCompromise"}],
    )
    assert found.members[0].submission_token_sha256 == "AB" * 32
    assert str((found.members[0].legal_names or ())[0]) == NAME
    assert found.parameters_update.acceptance_period.total_seconds() == 5400
    assert found.revocations[0].reason.value == "keyCompromise"


@pytest.mark.parametrize("field", sorted(MINIMAL))
def test_what_is_missing_is_named(field: str) -> None:
    text = yaml.safe_dump({name: value for name, value in MINIMAL.items() if name != field})

    with pytest.raises(ConfigurationError, match=rf"(?s)^network.yaml:\n.*{field}.*: Field required"):
        parse(text, "network.yaml")


@pytest.mark.parametrize(
    ("sections", "field", "reason"),
    [
        ({"weather": "fair"}, "weather", "Extra inputs are not permitted"),
        ({"publicURL": "ftp://network"}, "publicURL", "URL scheme should be 'http' or 'https'"),
        ({"generation": -1}, "generation", "greater than or equal to 0"),
        ({"listen": "8080"}, "listen", "should match pattern"),
        ({"listenAdmin": "::1:8080"}, "listenAdmin", "should match pattern"),
        ({"storage": {"accountURL": "https://s.test", "container": "A_B"}}, "storage.container", "pattern"),
        ({"keyVault": {"url": "https://v.test", "keyPrefix": "a_b"}}, "keyVault.keyPrefix", "pattern"),
        ({"trustRoot": {**MINIMAL["trustRoot"], "country": "Atlantis"}}, "trustRoot", "Atlantis"),
        ({"members": [{"organisation": "A"}, {"organisation": "A"}]}, "whole file", "members: listed twice: A"),
        ({"members": [{"organisation": "A", "admission": "Perhaps"}]}, "members.0.admission", "'Admitted' or 'Denied'"),
        ({"members": [{"organisation": "A", "legalNames": ["Bank"]}]}, "members.0.legalNames.0", ""),
        ({"members": [{"organisation": "A", "submissionTokenSHA256": "abc"}]}, "submissionTokenSHA256", "64 hexa"),
        ({"notaries": [{"serviceLegalName": NAME}] * 2}, "whole file", "serviceLegalName is listed twice"),
        ({"networkParameters": {"eventHorizon": "1d"}}, "networkParameters.eventHorizon", "at least 2d"),
        ({"networkParameters": {"eventHorizon": "soon"}}, "networkParameters.eventHorizon", "no duration"),
        ({"networkParameters": {"maxMessageSize": 2**31}}, "networkParameters.maxMessageSize", "less than or equal"),
        ({"networkParameters": {"packageOwnership": {"com.bank": "PEM"}}}, "packageOwnership", "com.bank: expected"),
        ({"networkParameters": {"packageOwnership": {"com.bank": OTHER_PEM}}}, "packageOwnership", "signs with"),
        ({"networkParameters": {"packageOwnership": {"com-bank": PEM}}}, "packageOwnership", "not the name of a Java"),
        (
            {"networkParameters": {"packageOwnership": {"com.bank": PEM, "com.bank.a": PEM}}},
            "packageOwnership",
            "lies in 'com.bank'",
        ),
        ({"networkMap": {"pollInterval": "0s"}}, "networkMap.pollInterval", "at least 1s"),
        ({"revocations": [{}]}, "revocations.0", "exactly one of"),
        ({"revocations": [{"legalName": NAME, "serialNumber": "1"}]}, "revocations.0", "exactly one of"),
        ({"revocations": [{"legalName": NAME, "reason": "removeFromCRL"}]}, "revocations.0.reason", "for ever"),
        ({"revocations": [{"serialNumber": "0x1"}]}, "revocations.0.serialNumber", "pattern"),
        ({"limits": {"connections": 0}}, "limits.connections", "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_named_with_the_reason(sections: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        configured(**sections)
    line = next(each for each in str(error.value).splitlines() if field in each)
    assert reason in line
    assert str(error.value).startswith("network.yaml:\n")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        configured(generation=-1, listen="here", weather="fair")
    assert len(str(error.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "message"), [("a: [", "is not YAML"), ("", "not a mapping"), ("- a", "not a mapping"), ("\0", "not YAML")]
)
def test_what_is_no_document_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse(text, "network.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml can't be read"):
        load(tmp_path / "absent.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigurationError, match=r"binary\.yaml can't be read"):
        load(tmp_path / "binary.yaml")
