"""Who there is in examples/credit-scores, and what Azure's stand-ins have to know of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from local.azure.names import DOMAIN
from local.azure.stub.directory import Directory
from local.cluster.control_plane import ISSUER
from local.cordapps import Built, sha256
from local.monitoring.prometheus import NAMESPACE as MONITORING
from local.paths import ROOT

EXAMPLE: Final = ROOT / "examples" / "credit-scores"
SETTINGS: Final = EXAMPLE / "settings.yaml"
MARK: Final = "# Made by `make demo` for Azure's stand-ins.\n"
CONSORTIUM: Final = "credit-records"
FOUNDER, BANK_A, BANK_B = "founder", "bank-a", "bank-b"
NAMESPACES: Final = (FOUNDER, BANK_A, BANK_B)
BANKS: Final = {BANK_A: "Bank A", BANK_B: "Bank B"}
"""Namespace -> organisation."""
NODES: Final = ((FOUNDER, "notary"), (BANK_A, "node-1"), (BANK_A, "node-2"), (BANK_B, "node-1"))
TRUST_ROOT: Final = "network-trust-root"
"""The ConfigMap that the banks' Consortia refer to."""
RPC_SECRET: Final = "rpc-gateway"  # noqa: S105 - a name
TENANT_ID: Final = "11111111-0000-4000-8000-00000000cafe"
ADMINISTRATOR: Final = "11111111-0000-4000-8000-0000000000ad"
ADMINISTRATOR_SECRET: Final = "administrator"  # noqa: S105 - of a stand-in
_SERVICES: Final = f"http://{CONSORTIUM}-network.{FOUNDER}.svc.cluster.local:8080"
_NODE_ROLES: Final = (("Key Vault Secrets Officer", None), ("Key Vault Crypto Officer", None))


@dataclass(frozen=True)
class Identity:
    """A managed identity, the service account that may take it on, and its roles in its organisation's vault."""

    setting: str
    """Its key in settings.yaml."""
    number: int
    namespace: str
    service_account: str
    roles: Sequence[tuple[str, str | None]]
    """Role and scope; no scope: the whole vault."""

    @property
    def client_id(self) -> str:
        """Made of the number."""
        return f"11111111-0000-4000-8000-{self.number:012d}"


IDENTITIES: Final = (
    Identity(
        "founderNetworkClientID",
        1,
        FOUNDER,
        f"{CONSORTIUM}-network",
        [("Key Vault Crypto User", f"keys/corda-{key}") for key in ("identity-manager", "network-map")],
    ),
    Identity("founderTrustRootClientID", 2, FOUNDER, f"{CONSORTIUM}-trust-root", [("Key Vault Crypto Officer", None)]),
    Identity("notaryClientID", 3, FOUNDER, "notary-node", _NODE_ROLES),
    Identity("bankANode1ClientID", 4, BANK_A, "node-1-node", _NODE_ROLES),
    Identity("bankANode2ClientID", 5, BANK_A, "node-2-node", _NODE_ROLES),
    Identity("bankBNode1ClientID", 6, BANK_B, "node-1-node", _NODE_ROLES),
    *(
        Identity(setting, number, bank, "gateway", [("Key Vault Secrets User", f"secrets/{RPC_SECRET}")])
        for setting, number, bank in (("bankAGatewayClientID", 7, BANK_A), ("bankBGatewayClientID", 8, BANK_B))
    ),
)


def vault_url(namespace: str) -> str:
    """Return the URL of an organisation's vault at the stand-in."""
    return f"https://{namespace}.vault.{DOMAIN}"


def directory() -> Directory:
    """Return identities, vaults and roles, for the stub."""
    administrator = {
        "name": "administrator",
        "clientId": ADMINISTRATOR,
        "clientSecretSha256": hashlib.sha256(ADMINISTRATOR_SECRET.encode()).hexdigest(),
    }
    return Directory.model_validate(
        {
            "tenantId": TENANT_ID,
            "identities": [administrator, *map(_entry, IDENTITIES)],
            "vaults": [_vault(each) for each in NAMESPACES],
        }
    )


def _entry(identity: Identity) -> dict[str, Any]:
    subject = f"system:serviceaccount:{identity.namespace}:{identity.service_account}"
    return {
        "name": identity.setting,
        "clientId": identity.client_id,
        "federatedCredentials": [{"issuer": ISSUER, "subject": subject}],
    }


def _vault(namespace: str) -> dict[str, Any]:
    assignments = [
        {"identity": each.setting, "role": role, **({} if scope is None else {"scope": scope})}
        for each in IDENTITIES
        if each.namespace == namespace
        for role, scope in each.roles
    ]
    everything = {"identity": "administrator", "role": "Key Vault Administrator"}
    return {"name": namespace, "roleAssignments": [everything, *assignments]}


def settings(cordapp_image: str, gateway_image: str, cordapps: Built) -> str:
    """Return settings.yaml for the stand-ins; its keys are those of settings.aks.yaml."""
    data = {
        "tenantID": TENANT_ID,
        "authorityHost": f"https://login.{DOMAIN}",
        "founderVault": vault_url(FOUNDER),
        "founderStorage": f"https://cordastate.blob.{DOMAIN}",
        "bankAVault": vault_url(BANK_A),
        "bankBVault": vault_url(BANK_B),
        "identityManagerURL": _SERVICES,
        "networkMapURL": _SERVICES,
        "tlsRevocationListURL": f"{_SERVICES}/certificate-revocation-list/tls",
        **{each.setting: each.client_id for each in IDENTITIES},
        "cordappImage": cordapp_image,
        "contractsSHA256": sha256(cordapps.contracts),
        "workflowsSHA256": sha256(cordapps.workflows),
        "gatewayImage": gateway_image,
    }
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "annotations": {"config.kubernetes.io/local-config": "true"}},
        "data": data,
    }
    return MARK + yaml.safe_dump(document, sort_keys=False)


def values(operator_image: str, corda_image: str) -> dict[str, Any]:
    """Return what the chart is installed with."""
    return {
        "image": {"reference": operator_image},
        "corda": {"imagePattern": corda_image.replace("4.10", "{version}")},
        "azure": {
            "tenantID": TENANT_ID,
            "authorityHost": f"https://login.{DOMAIN}",
            "caConfigMap": "azure-ca",
            # The stand-ins' pods, behind their Services on 443.
            "ports": [443, 8443, 10000],
        },
        # Not enabled, since the cluster lacks their kind: Prometheus is told what they would say.
        "monitoring": {"namespaces": [MONITORING], "podMonitor": {"interval": "10s"}},
    }
