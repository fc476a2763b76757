"""What the demo tells the stand-ins is what the example's resources need, and no more."""

import re

import pytest
import yaml

from local.azure.stub.directory import TOKEN_EXCHANGE
from local.cordapps import Built
from local.demo import architecture
from local.demo.architecture import EXAMPLE, IDENTITIES
from local.paths import ROOT


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("jars")
    jars = folder / "contracts.jar", folder / "workflows.jar"
    for jar in jars:
        jar.write_bytes(jar.name.encode())
    data: dict[str, str] = yaml.safe_load(architecture.settings("cordapp:1", "gateway:1", Built(*jars)))["data"]
    return data


def test_the_demo_sets_what_is_to_be_set_on_aks(settings: dict[str, str]) -> None:
    on_aks = yaml.safe_load((EXAMPLE / "settings.aks.yaml").read_text())["data"]
    assert settings.keys() == on_aks.keys()


def test_every_setting_is_copied_into_a_resource() -> None:
    copied = set[str]()
    for file in (EXAMPLE / "replacements").glob("*.yaml"):
        copied |= {each["source"]["fieldPath"].removeprefix("data.") for each in yaml.safe_load(file.read_text())}
    assert copied == yaml.safe_load((EXAMPLE / "settings.aks.yaml").read_text())["data"].keys()


def test_each_identity_is_for_one_service_account_of_one_namespace() -> None:
    directory = architecture.directory()
    for identity in directory.identities:
        if identity.name == "administrator":
            continue
        (credential,) = identity.federated_credentials
        assert credential.audience == TOKEN_EXCHANGE
        assert re.fullmatch(r"system:serviceaccount:(founder|bank-a|bank-b):[a-z0-9-]+", credential.subject)
    assert len({each.client_id for each in IDENTITIES}) == len(IDENTITIES)


def test_no_organisation_has_a_role_in_anothers_vault() -> None:
    organisations = {each.setting: each.namespace for each in IDENTITIES}
    for vault in architecture.directory().vaults:
        holders = {each.identity for each in vault.role_assignments} - {"administrator"}
        assert {organisations[each] for each in holders} == {vault.name}


def test_a_gateway_may_read_its_password_and_nothing_else() -> None:
    for vault in architecture.directory().vaults:
        roles = [each for each in vault.role_assignments if each.identity.endswith("GatewayClientID")]
        assert {(each.role, each.scope) for each in roles} <= {("Key Vault Secrets User", "secrets/rpc-gateway")}


def test_settings_of_a_subscription_are_not_committed() -> None:
    assert "/examples/credit-scores/settings.yaml" in (ROOT / ".gitignore").read_text().splitlines()
