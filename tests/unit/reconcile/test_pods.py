"""What all pods of ours have in common."""

from dataclasses import replace
from typing import Any

import pytest

from corda_operator.api.azure import WorkloadIdentity
from corda_operator.api.pods import NodeResources
from corda_operator.reconcile import pods
from corda_operator.reconcile.desired import Settings
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD

CLIENT, TENANT, OTHER = (f"7d5c2a10-0000-4000-8000-00000000000{number}" for number in range(3))
SETTINGS = Settings("operator:1", "corda:{version}", "corda-operator", tenant_id=TENANT)


def environment(mounted: pods.Mounted) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in mounted.environment}


def test_pods_are_as_restricted_as_those_of_the_local_network() -> None:
    assert pods.pod_security().items() >= RESTRICTED_POD.items()
    assert pods.container_security() == RESTRICTED_CONTAINER


def test_the_identity_is_a_projected_token_for_entra() -> None:
    mounted = pods.azure_identity(SETTINGS, WorkloadIdentity(client_id=CLIENT))

    assert environment(mounted) == {
        "AZURE_CLIENT_ID": CLIENT,
        "AZURE_TENANT_ID": TENANT,
        "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/azure/tokens/azure-identity-token",
    }
    [volume], [mount] = mounted.volumes, mounted.mounts
    [source] = volume["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "api://AzureADTokenExchange"
    assert (mount["name"], mount["mountPath"]) == (volume["name"], "/var/run/secrets/azure/tokens")


def test_an_identitys_own_tenant_comes_first_and_some_tenant_is_needed() -> None:
    own = pods.azure_identity(SETTINGS, WorkloadIdentity(client_id=CLIENT, tenant_id=OTHER))
    assert environment(own)["AZURE_TENANT_ID"] == OTHER

    with pytest.raises(ValueError, match=r"give workloadIdentity\.tenantID"):
        pods.azure_identity(replace(SETTINGS, tenant_id=None), WorkloadIdentity(client_id=CLIENT))


def test_another_cloud_authorities_and_a_proxy_are_told() -> None:
    settings = replace(
        SETTINGS,
        authority_host="https://login.azure.test",
        ca_config_map="azure-ca",
        environment={"HTTPS_PROXY": "http://proxy.test:3128"},
    )
    mounted = pods.azure_identity(settings, WorkloadIdentity(client_id=CLIENT))

    told = environment(mounted)
    assert told["AZURE_AUTHORITY_HOST"] == "https://login.azure.test"
    assert told["HTTPS_PROXY"] == "http://proxy.test:3128"
    [mount] = [each for each in mounted.mounts if each["name"] == "ca"]
    assert told["SSL_CERT_FILE"] == f"{mount['mountPath']}/ca.pem"
    assert [each["configMap"]["name"] for each in mounted.volumes if each["name"] == "ca"] == ["azure-ca"]


def test_memory_is_limited_to_what_is_requested_and_processor_time_is_not() -> None:
    default = pods.resources(NodeResources())
    assert default["limits"] == {"memory": default["requests"]["memory"]}

    more = NodeResources.model_validate({"limits": {"cpu": "0.5", "memory": "2048Mi"}})
    assert pods.resources(more)["limits"] == {"cpu": "500m", "memory": "2Gi"}


def test_what_is_secret_stays_in_memory() -> None:
    [volume] = pods.memory("keys", "/run/corda", "16Mi").volumes

    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "16Mi"}


def test_a_node_pool_is_chosen_by_its_label_and_its_taint_is_tolerated() -> None:
    chosen = pods.node_pool(SETTINGS, "banka")

    assert chosen["nodeSelector"] == {"kubernetes.azure.com/agentpool": "banka"}
    # AKS refuses taints whose keys begin as the label does.
    assert [(each["key"], each["value"], each["effect"]) for each in chosen["tolerations"]] == [
        ("corda-operator.io/node-pool", "banka", "NoSchedule")
    ]
    assert pods.node_pool(SETTINGS, None) == {}
