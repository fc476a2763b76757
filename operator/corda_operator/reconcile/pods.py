"""What all pods of ours have in common: restricted security, identity by projected token, memory, probes."""

from dataclasses import dataclass
from typing import Final

from corda_operator.api.azure import WorkloadIdentity
from corda_operator.api.pods import NodeResources, ServiceResources
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.quantities import canonical

USER: Final = 10001
"""The user of all our images."""
TOKENS: Final = "/var/run/secrets/azure/tokens"
AUTHORITIES: Final = "/etc/corda-operator/ca"


def pod_security() -> Manifest:
    """Return a pod's security context under the ``restricted`` Pod Security Standard."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Manifest:
    """Return a container's security context under the ``restricted`` Pod Security Standard, and stricter."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@dataclass(frozen=True)
class Mounted:
    """What a container needs to have something: environment, mounts, and the pod's volumes for them."""

    environment: tuple[Manifest, ...] = ()
    mounts: tuple[Manifest, ...] = ()
    volumes: tuple[Manifest, ...] = ()

    def __add__(self, other: "Mounted") -> "Mounted":
        return Mounted(self.environment + other.environment, self.mounts + other.mounts, self.volumes + other.volumes)


def azure_identity(settings: Settings, identity: WorkloadIdentity) -> Mounted:
    """Return a pod's identity in Azure and the way there, without the webhook of Azure Workload Identity.

    Raises ValueError if neither the identity nor the operator names a tenant. The token's file is renewed by the
    kubelet; azure-identity: WorkloadIdentityCredential reads it anew.
    """
    tenant = identity.tenant_id or settings.tenant_id
    if tenant is None:
        raise ValueError(
            f"workloadIdentity {identity.client_id} names no tenant, and neither does the operator's installation: "
            "give workloadIdentity.tenantID"
        )
    variables = {
        "AZURE_CLIENT_ID": identity.client_id,
        "AZURE_TENANT_ID": tenant,
        "AZURE_FEDERATED_TOKEN_FILE": f"{TOKENS}/azure-identity-token",
        **({} if settings.authority_host is None else {"AZURE_AUTHORITY_HOST": settings.authority_host}),
    }
    token = {"path": "azure-identity-token", "audience": "api://AzureADTokenExchange", "expirationSeconds": 3600}
    return Mounted(
        environment=tuple({"name": name, "value": value} for name, value in sorted(variables.items())),
        mounts=({"name": "azure-token", "mountPath": TOKENS, "readOnly": True},),
        volumes=(
            {
                "name": "azure-token",
                # Only its owner and group need to read it.
                "projected": {"defaultMode": 0o440, "sources": [{"serviceAccountToken": token}]},
            },
        ),
    ) + way_out(settings)


def way_out(settings: Settings) -> Mounted:
    """Return what a pod needs to reach anything outside of the cluster: proxies, and whom to trust in TLS."""
    environment = tuple({"name": name, "value": value} for name, value in sorted(settings.environment.items()))
    if settings.ca_config_map is None:
        return Mounted(environment=environment)
    return Mounted(
        environment=(*environment, {"name": "SSL_CERT_FILE", "value": f"{AUTHORITIES}/ca.pem"}),
        mounts=({"name": "ca", "mountPath": AUTHORITIES, "readOnly": True},),
        volumes=({"name": "ca", "configMap": {"name": settings.ca_config_map, "defaultMode": 0o444}},),
    )


def config_map(volume: str, name: str, path: str) -> Mounted:
    """Return a ConfigMap as a directory, whose files follow when it changes."""
    return Mounted(
        mounts=({"name": volume, "mountPath": path, "readOnly": True},),
        volumes=({"name": volume, "configMap": {"name": name, "defaultMode": 0o444}},),
    )


def memory(volume: str, path: str, size: str) -> Mounted:
    """Return a directory in memory, which counts as memory of whichever container writes to it."""
    return Mounted(
        mounts=({"name": volume, "mountPath": path},),
        volumes=({"name": volume, "emptyDir": {"medium": "Memory", "sizeLimit": size}},),
    )


def scratch(volume: str, path: str, size: str) -> Mounted:
    """Return a directory on the machine's disk that ends with the pod: never for anything secret."""
    return Mounted(
        mounts=({"name": volume, "mountPath": path},),
        volumes=({"name": volume, "emptyDir": {"sizeLimit": size}},),
    )


def resources(wanted: NodeResources | ServiceResources) -> Manifest:
    """Return a container's resources; memory is limited to what is requested unless more is allowed."""
    limits = {"memory": canonical(wanted.limits.memory or wanted.requests.memory)}
    if wanted.limits.cpu is not None:
        limits["cpu"] = canonical(wanted.limits.cpu)
    requests = {"cpu": canonical(wanted.requests.cpu), "memory": canonical(wanted.requests.memory)}
    return {"requests": requests, "limits": limits}


def http_probe(path: str, port: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """Return a probe by HTTP on a named port; ``period`` and ``timeout`` in seconds."""
    action = {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}}
    return {**action, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": timeout}


def tcp_probe(port: str, *, period: int, failures: int, timeout: int = 5) -> Manifest:
    """Return a probe that connects to a named port; ``period`` and ``timeout`` in seconds."""
    action = {"tcpSocket": {"port": port}}
    return {**action, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": timeout}


def pull_secrets(*names: str) -> list[Manifest]:
    """Return a pod's imagePullSecrets, each once, in order."""
    return [{"name": name} for name in dict.fromkeys(names)]


def node_pool(settings: Settings, pool: str | None) -> Manifest:
    """Return the fields of a pod that keep it on an AKS node pool, or none.

    The toleration lets a pool be reserved by a taint, whose key can't be the label's: AKS keeps keys that begin with
    ``kubernetes.azure.com`` for itself.
    """
    if pool is None:
        return {}
    toleration = {"key": settings.node_pool_taint, "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return {"nodeSelector": {settings.node_pool_label: pool}, "tolerations": [toleration]}
