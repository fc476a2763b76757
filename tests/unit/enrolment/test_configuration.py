"""Faults of a configuration are all named at once, by the fields' own names."""

from pathlib import Path

import pytest

from corda_operator.corda.certificates.issuing import CrlDistributionPoint
from corda_operator.enrolment.configuration import ConfigurationError, load, parse
from corda_operator.enrolment.key_material import write_chain
from tests.unit.enrolment.consortium import CONSORTIUM
from tests.unit.enrolment.vault import NAME, NOTARY, configuration

LISTS = "http://services.test/certificate-revocation-list/tls"
ROOT = "CN=Corda Root CA, O=Consortium, L=London, C=GB"


def faults(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "enrolment.yaml")
    return str(caught.value)


def test_what_is_left_out_is_as_a_genuine_node_has_it() -> None:
    found = parse(configuration(), "enrolment.yaml")
    assert found.legal_name == NAME
    assert found.trust_root == CONSORTIUM.root
    assert str(found.output) == "/run/corda"
    assert found.tls.lifetime.days == 3650
    assert found.tls.renew_before.days == 30
    assert found.crl_distribution_point is None
    assert (found.corda_version, found.platform_version) == ("4.10", 12)


@pytest.mark.parametrize("issuer", [ROOT, "C=GB,L=London,O=Consortium,CN=Corda Root CA"])
def test_the_issuer_of_the_tls_list_may_be_written_in_any_order(issuer: str) -> None:
    text = configuration(f'crl: {{tlsDistributionPoint: "{LISTS}", tlsIssuer: "{issuer}"}}')
    expected = CrlDistributionPoint(LISTS, CONSORTIUM.root.subject)
    assert parse(text, "").crl_distribution_point == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["output: 7"], "output: "),
        (["password: x"], "password: Extra inputs"),
        (["tls: {lifetime: 1d}"], "tls: Value error, lifetime: nodes renew when they start, so at least 7d"),
        (["tls: {lifetime: soon}"], "tls.lifetime: "),
        (['notary: {serviceLegalName: "O=Bank A, L=London, C=GB"}'], "has to differ from legalName"),
        ([f'crl: {{tlsDistributionPoint: "{LISTS}", tlsIssuer: "O=X, L=Y, C=GB"}}'], 'subject of trustRoot, "CN='),
        ([f'crl: {{tlsDistributionPoint: "{LISTS}", tlsIssuer: "nobody"}}'], "an attribute such as O=..."),
        (["crl: {tlsDistributionPoint: ldap}"], "crl.tlsDistributionPoint: "),
        (["submissionTokenSecret: not_a_name"], "submissionTokenSecret: "),
        (["privateNetworkMap: 7"], "privateNetworkMap: "),
        (["rpcUsers: [{name: a, passwordSecret: x}, {name: a, passwordSecret: y}]"], "rpcUsers: a name is there twice"),
        (["rpcUsers: [{name: node_tool, passwordSecret: x}]"], "node_tool is the user that enrolment makes"),
        (["rpcUsers: [{name: bank-app, passwordSecret: x}]"], "rpcUsers.0.name: "),
    ],
)
def test_a_field_that_is_wrong_is_named(lines: list[str], expected: str) -> None:
    assert expected in faults(configuration(*lines))


def test_all_faults_are_named_at_once() -> None:
    found = faults("legalName: Bank A\nkeyVault: {url: vault}\n")
    for field in ("legalName", "emailAddress", "identityManagerURL", "trustRoot", "keyVault.url", "keyVault.prefix"):
        assert f"\n  {field}: " in found


def test_a_trust_root_has_to_be_one() -> None:
    node_ca = CONSORTIUM.node_ca(NAME)[0]
    assert "is no root" in faults(configuration(root=node_ca))
    assert "trustRoot: " in faults(configuration().replace("BEGIN", "BEGINNING"))


@pytest.mark.parametrize(("text", "expected"), [("[1]", "is not a mapping"), ("a: [", "is not YAML")])
def test_what_is_no_configuration_at_all_is_said_so(text: str, expected: str) -> None:
    assert expected in faults(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml can't be read"):
        load(tmp_path / "absent.yaml")


def test_a_notarys_service_is_read() -> None:
    notary = parse(configuration(NOTARY), "").notary
    assert notary is not None
    assert str(notary.service_legal_name) == "O=Notary Service, L=London, C=GB"


def test_only_one_certificate_is_the_trust_root() -> None:
    both = write_chain([CONSORTIUM.root, CONSORTIUM.identity_manager])
    text = (
        configuration().split("trustRoot")[0] + "trustRoot: |\n" + "".join(f"  {line}\n" for line in both.split("\n"))
    )
    assert "trustRoot: " in faults(text)
