"""node.conf: what is written, and what users may add."""

import json
from dataclasses import replace
from typing import Any

import pytest

from corda_operator.corda.names import LegalName
from corda_operator.corda.node_configuration import (
    H2,
    NetworkServices,
    NodeConfiguration,
    NodeConfigurationError,
    Notary,
    PostgreSql,
    RpcSettings,
    RpcUser,
    TlsRevocation,
)
from corda_operator.corda.node_info import HostAndPort

_NAME = LegalName.parse("O=Bank A, L=London, C=GB")
_ANY = "0.0.0.0"  # noqa: S104 - nothing listens here
_MINIMAL = NodeConfiguration(
    legal_name=_NAME,
    email_address="ops@bank-a.example",
    p2p_address=HostAndPort("bank-a.example", 10002),
    rpc=RpcSettings(HostAndPort(_ANY, 10003), HostAndPort(_ANY, 10004)),
    key_store_password='quo"te\\${x}',
    trust_store_password="trust",
    database=H2("/corda/persistence"),
)


def rendered(configuration: NodeConfiguration, **extra: Any) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(replace(configuration, extra=extra or configuration.extra).render())
    return tree


def test_minimal_configuration_has_what_a_node_needs_and_nothing_more() -> None:
    assert rendered(_MINIMAL) == {
        "myLegalName": "O=Bank A, L=London, C=GB",
        "emailAddress": "ops@bank-a.example",
        "devMode": False,
        "p2pAddress": "bank-a.example:10002",
        "detectPublicIp": False,
        "rpcSettings": {"address": "0.0.0.0:10003", "adminAddress": "0.0.0.0:10004"},
        "keyStorePassword": 'quo"te\\${x}',
        "trustStorePassword": "trust",
        "crlCheckSoftFail": True,
        "dataSourceProperties": {
            "dataSourceClassName": "org.h2.jdbcx.JdbcDataSource",
            "dataSource": {
                "url": "jdbc:h2:file:/corda/persistence;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;LOCK_TIMEOUT=10000",
                "user": "sa",
                "password": "",
            },
        },
    }


def test_network_notary_revocation_and_users_are_written_in_cordas_words() -> None:
    service = LegalName.parse("O=Notary Service, L=London, C=GB")
    root = LegalName.parse("CN=Root, O=Network, L=London, C=GB").to_x509()
    full = replace(
        _MINIMAL,
        network_services=NetworkServices("http://doorman:8080", "http://map:8080", "token"),
        notary=Notary(validating=False, service_legal_name=service),
        tls_revocation=TlsRevocation("http://crl/tls.crl", root),
        crl_check_soft_fail=False,
        rpc_users=(RpcUser("operator", "secret", ("ALL",)),),
        database=PostgreSql("jdbc:postgresql://db:5432/corda", "corda", "pg"),
    )
    tree = rendered(full)
    assert tree["networkServices"] == {
        "doormanURL": "http://doorman:8080",
        "networkMapURL": "http://map:8080",
        "csrToken": "token",
    }
    assert tree["notary"] == {"validating": False, "serviceLegalName": "O=Notary Service, L=London, C=GB"}
    assert (tree["tlsCertCrlDistPoint"], tree["tlsCertCrlIssuer"]) == (
        "http://crl/tls.crl",
        "CN=Root,O=Network,L=London,C=GB",
    )
    assert tree["crlCheckSoftFail"] is False
    assert tree["crlCheckArtemisServer"] is True
    assert tree["rpcUsers"] == [{"username": "operator", "password": "secret", "permissions": ["ALL"]}]
    assert tree["dataSourceProperties"] == {
        "dataSourceClassName": "org.postgresql.ds.PGSimpleDataSource",
        "dataSource": {"url": "jdbc:postgresql://db:5432/corda", "user": "corda", "password": "pg"},
    }


@pytest.mark.parametrize("soft_fail", [True, False])
def test_peers_that_connect_are_looked_up_wherever_there_are_lists(*, soft_fail: bool) -> None:
    revocation = TlsRevocation("http://crl/tls.crl")

    with_lists = rendered(replace(_MINIMAL, tls_revocation=revocation, crl_check_soft_fail=soft_fail))

    assert with_lists["crlCheckArtemisServer"] is True
    assert "crlCheckArtemisServer" not in rendered(_MINIMAL)


def test_further_settings_are_merged_into_ours() -> None:
    tree = rendered(
        _MINIMAL,
        dataSourceProperties={"maximumPoolSize": 20},
        custom={"jvmArgs": ["-Xmx1g"]},
        **{"flowTimeout.maxRestartCount": 3, "flowTimeout": {"timeout": "30 seconds"}},
    )
    assert tree["dataSourceProperties"]["maximumPoolSize"] == 20
    assert tree["dataSourceProperties"]["dataSource"]["user"] == "sa"
    assert tree["custom"] == {"jvmArgs": ["-Xmx1g"]}
    assert tree["flowTimeout"] == {"maxRestartCount": 3, "timeout": "30 seconds"}


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ({"devMode": True}, "devMode"),
        ({"devModeOptions": {"allowCompatibilityZone": True}}, "devModeOptions"),
        ({"devModeOptions.allowCompatibilityZone": True}, "devModeOptions"),
        ({"compatibilityZoneURL": "http://elsewhere"}, "compatibilityZoneURL"),
        ({"networkServices": {"networkMapURL": "http://elsewhere"}}, "networkServices"),
        ({"notary": {"validating": True}}, "notary"),
        ({"tlsCertCrlDistPoint": "http://elsewhere"}, "tlsCertCrlDistPoint"),
        ({"crlCheckArtemisServer": False}, "crlCheckArtemisServer"),
        ({"myLegalName": "O=Bank B, L=Paris, C=FR"}, "myLegalName"),
        ({"keyStorePassword": "known"}, "keyStorePassword"),
        ({"rpcSettings": {"address": "0.0.0.0:1"}}, r"rpcSettings\.address"),
        ({"rpcSettings.address": "0.0.0.0:1"}, r"rpcSettings\.address"),
        ({"rpcSettings": "none"}, "rpcSettings"),
        ({"rpcSettings": None}, "rpcSettings"),
        ({"p2pAddress": {"host": "x"}}, "p2pAddress"),
        ({"dataSourceProperties": {"dataSource.url": "jdbc:h2:mem:"}}, r"dataSourceProperties\.dataSource\.url"),
        ({"a.b": 1, "a": {"b": 2}}, r"a\.b"),
    ],
)
def test_what_the_operator_decides_cannot_be_changed_and_the_key_is_named(extra: dict[str, Any], key: str) -> None:
    with pytest.raises(NodeConfigurationError, match=rf"^{key} is "):
        rendered(_MINIMAL, **extra)


def test_what_is_set_can_still_be_completed() -> None:
    notary = replace(_MINIMAL, notary=Notary(validating=False))
    assert rendered(notary, notary={"etaMessageThresholdSeconds": 5})["notary"] == {
        "validating": False,
        "etaMessageThresholdSeconds": 5,
    }


@pytest.mark.parametrize("key", ["", ".", "a.", ".a", "a..b", '"devMode"', "a\nb"])
def test_key_that_is_no_path_is_refused(key: str) -> None:
    with pytest.raises(NodeConfigurationError, match="no path of names"):
        rendered(_MINIMAL, **{key: 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, [object()]])
def test_value_that_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(NodeConfigurationError, match="not JSON"):
        rendered(_MINIMAL, custom=value)


def test_rendering_does_not_change_the_further_settings() -> None:
    extra: dict[str, Any] = {"custom": {"a": 1}, "custom.b": 2}
    configuration = replace(_MINIMAL, extra=extra)
    assert configuration.render() == configuration.render()
    assert extra == {"custom": {"a": 1}, "custom.b": 2}


@pytest.mark.parametrize("host", [_ANY, "::"])
def test_address_that_nobody_can_connect_to_is_not_advertised(host: str) -> None:
    with pytest.raises(NodeConfigurationError, match="p2pAddress"):
        replace(_MINIMAL, p2p_address=HostAndPort(host, 10002))


def test_notary_service_needs_a_name_of_its_own() -> None:
    with pytest.raises(NodeConfigurationError, match="serviceLegalName has to differ"):
        replace(_MINIMAL, notary=Notary(validating=False, service_legal_name=_NAME))


def test_hard_failure_needs_a_revocation_list() -> None:
    with pytest.raises(NodeConfigurationError, match="tlsCertCrlDistPoint is needed"):
        replace(_MINIMAL, crl_check_soft_fail=False)


def test_passwords_are_not_in_what_is_printed() -> None:
    full = replace(
        _MINIMAL,
        key_store_password="s3cret-a",
        trust_store_password="s3cret-b",
        network_services=NetworkServices("http://a", "http://b", "s3cret-c"),
        rpc_users=(RpcUser("a", "s3cret-d", ()),),
        database=PostgreSql("jdbc:", "corda", "s3cret-e"),
    )
    assert "s3cret" not in repr(full)
