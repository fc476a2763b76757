import copy
import re

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode, CordaNodeStatus
from corda_operator.api.crds import KINDS
from corda_operator.api.parts import spelling
from corda_operator.api.settings import RESERVED
from corda_operator.api.texts import LegalName
from corda_operator.corda import names
from corda_operator.corda.node_configuration import (
    H2,
    NodeConfiguration,
    NodeConfigurationError,
    RpcSettings,
    RpcUser,
)
from corda_operator.corda.node_info import HostAndPort
from corda_operator.network.configuration import Configuration
from tests.unit.api.examples import NAMES, Object, example
from tests.unit.corda.strategies import LEGAL_NAMES

MODELS = {kind.name: kind.model for kind in KINDS}
LEGAL_NAME: TypeAdapter[str] = TypeAdapter(LegalName)


def read(resource: Object) -> Consortium | CordaNode:
    resource["metadata"].setdefault("namespace", "bank")
    model = MODELS[resource["kind"]].model_validate(resource)
    assert isinstance(model, Consortium | CordaNode)
    return model


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_and_written_again_is_the_same(name: str) -> None:
    model = read(example(name))

    assert read(model.model_dump(mode="json", by_alias=True, exclude_none=True)) == model


def test_fields_are_spelled_as_kubernetes_does() -> None:
    fields = ("account_url", "client_id", "submission_token_sha256", "ip_address", "max_ram_percentage", "p2p_address")

    assert [spelling(field) for field in fields] == [
        "accountURL",
        "clientID",
        "submissionTokenSHA256",
        "ipAddress",
        "maxRAMPercentage",
        "p2pAddress",
    ]


def test_a_wish_that_the_operator_does_not_know_is_refused() -> None:
    resource = example("bank-a")
    resource["spec"]["hotStandby"] = True

    with pytest.raises(ValidationError, match=r"spec\.hotStandby"):
        read(resource)


def test_a_report_of_a_newer_operator_is_read() -> None:
    resource = example("bank-a")
    resource["status"] = {"version": "4.10", "mood": "fine", "conditions": []}

    assert read(resource).status == CordaNodeStatus(version="4.10")


def test_a_text_that_the_api_server_would_refuse_is_refused_with_the_same_message() -> None:
    resource = example("bank-a")
    resource["spec"]["keyVault"]["url"] = "http://bank-a.vault.azure.net"

    with pytest.raises(ValidationError, match="write the vault's https URL as Azure shows it"):
        read(resource)


def test_a_line_break_after_a_good_text_is_refused() -> None:
    resource = example("bank-a")
    resource["spec"]["version"] = "4.10\n"

    with pytest.raises(ValidationError, match=re.escape("write a Corda 4 version")):
        read(resource)


def test_quantities_may_be_numbers() -> None:
    node = read(example("notary"))

    assert isinstance(node, CordaNode)
    assert node.spec.resources.requests.cpu == "1"


def test_the_services_file_follows_from_a_hosted_consortium_with_the_same_names_and_defaults() -> None:
    resource = example("credit-records")
    del resource["spec"]["hosted"]["networkParameters"]
    consortium = read(copy.deepcopy(resource))
    assert isinstance(consortium, Consortium)
    written = {"publicURL": "http://network.example.com:8080", **resource["spec"]["hosted"]}
    for not_theirs in ("workloadIdentity", "networkMap"):
        del written[not_theirs]
    hosted = consortium.spec.model_dump(mode="json", by_alias=True, exclude_none=True)["hosted"]
    filled = {field: hosted[field] for field in (*written, "networkParameters", "parametersUpdate") if field in hosted}
    filled["networkMap"] = {"pollInterval": hosted["networkMap"]["pollInterval"]}
    filled["publicURL"] = written["publicURL"]
    members = consortium.spec.model_dump(mode="json", by_alias=True, exclude_none=True)["members"]
    theirs = ("organisation", "admission", "legalNames", "submissionTokenSHA256")
    members = [{field: each[field] for field in theirs if field in each} for each in members]
    notaries = [each.model_dump(mode="json", by_alias=True) for each in consortium.spec.notaries]

    derived = Configuration.model_validate({**filled, "members": members, "notaries": notaries})

    plain_members = [
        {key: value for key, value in each.items() if key in theirs} for each in resource["spec"]["members"]
    ]
    assert derived == Configuration.model_validate(
        {**written, "members": plain_members, "notaries": resource["spec"]["notaries"]}
    )


@given(LEGAL_NAMES)
def test_every_name_that_corda_takes_can_be_written(name: names.LegalName) -> None:
    if len(str(name)) <= 420:
        assert names.LegalName.parse(LEGAL_NAME.validate_python(str(name))) == name


def test_names_with_commas_and_quotes_can_be_written() -> None:
    for locality in ("Washington, D.C.", 'the "City", London', "back\\slash, Anywhere"):
        name = names.LegalName("Bank A", locality, "US")

        assert names.LegalName.parse(LEGAL_NAME.validate_python(str(name))) == name


@pytest.mark.parametrize(
    "text",
    ["Bank A", "O=Bank A", "O=Bank A, L=London", "O=Bank A; L=London; C=GB", "O=, L=London, C=GB", "X=a, L=b, C=GB"],
)
def test_what_is_no_legal_name_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write an X\.500 name as in O=Bank A, L=London, C=GB"):
        LEGAL_NAME.validate_python(text)


@pytest.mark.parametrize("setting", sorted(RESERVED))
def test_a_reserved_setting_is_one_that_the_nodes_configuration_would_refuse(setting: str) -> None:
    configuration = NodeConfiguration(
        legal_name=names.LegalName("Bank A", "London", "GB"),
        email_address="corda@example.com",
        p2p_address=HostAndPort("bank-a", 10002),
        rpc=RpcSettings(HostAndPort("localhost", 10003), HostAndPort("localhost", 10004)),
        key_store_password="keys",
        trust_store_password="trust",
        database=H2("/corda/persistence"),
        rpc_users=(RpcUser("gateway", "password", ("ALL",)),),
        extra={setting: "any"},
    )
    with pytest.raises(NodeConfigurationError, match=setting):
        configuration.render()
