"""What all pods of ours have in common: restricted security, identity by projected token, memory, probes, images.

A pod template never follows the operator's version: which image of ours a workload runs is written down on it and
stays until something else in the template changes, so that upgrading the operator restarts nothing.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from corda_operator.api.azure import WorkloadIdentity
from corda_operator.api.pods import NodeResources, ServiceResources
from corda_operator.api.resource import GROUP
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import digest

USER: Final = 10001
"""The user of all our images."""
TOKENS: Final = "/var/run/secrets/azure/tokens"
AUTHORITIES: Final = "/etc/corda-operator/ca"
_QUANTITY: Final = re.compile(
    r"\+?(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[-+]?[0-9]{1,3}))?"
)
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL: Final = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_EXPONENTS: Final = ("e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18")
_ONES: Final = _DECIMAL.index("")
OPERATOR_IMAGE: Final = f"{GROUP}/operator-image"
"""Annotation of a workload: the image that its containers of ours run."""
TEMPLATE: Final = f"{GROUP}/template"
"""Annotation of a workload: digest of its pod template without the image of ours."""


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
        **settings.environment,
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
    ) + _authorities(settings)


def _authorities(settings: Settings) -> Mounted:
    if settings.ca_config_map is None:
        return Mounted()
    return Mounted(
        environment=({"name": "SSL_CERT_FILE", "value": f"{AUTHORITIES}/ca.pem"},),
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
    limits = {"memory": quantity(wanted.limits.memory or wanted.requests.memory)}
    if wanted.limits.cpu is not None:
        limits["cpu"] = quantity(wanted.limits.cpu)
    requests = {"cpu": quantity(wanted.requests.cpu), "memory": quantity(wanted.requests.memory)}
    return {"requests": requests, "limits": limits}


def quantity(text: str) -> str:
    """Return a quantity as the API server will write it, so that a wish can be compared with what is there.

    kubernetes: resource.Quantity.CanonicalizeBytes. Raises ValueError if it is no quantity.
    """
    parts = _QUANTITY.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no quantity: expected for example 500m, 2, 512Mi or 10Gi")
    number, suffix, exponent = Fraction(parts["number"]), parts["suffix"] or "", parts["exponent"]
    if suffix in _BINARY:
        value = number * 1024 ** _BINARY.index(suffix)
        if abs(value) >= 1024:
            return _scaled(value, 1024, _BINARY)
    else:
        value = number * Fraction(1000) ** (_DECIMAL.index(suffix) - _ONES)
    if exponent is None:
        # Smaller than a billionth there is nothing.
        return _scaled(Fraction(math.ceil(value * 10**9)), 1000, _DECIMAL)
    value *= Fraction(10) ** int(exponent)
    return _scaled(Fraction(math.ceil(value * 10**9)), 1000, _EXPONENTS)


def _scaled(value: Fraction, base: int, suffixes: Sequence[str]) -> str:
    if base == 1024:
        value = Fraction(math.ceil(value))
    place = 0
    while value and value % base == 0 and place + 1 < len(suffixes):
        value, place = value / base, place + 1
    return f"{value.numerator}{suffixes[place] if value else ''}"


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

    The toleration lets a pool be reserved by a taint of the label's own key: ``agentpool=<pool>:NoSchedule``.
    """
    if pool is None:
        return {}
    toleration = {"key": settings.node_pool_label, "operator": "Equal", "value": pool, "effect": "NoSchedule"}
    return {"nodeSelector": {settings.node_pool_label: pool}, "tolerations": [toleration]}


@dataclass(frozen=True)
class OperatorImage:
    """Which image of ours a workload runs, and what to annotate it with so that the next plan knows."""

    image: str
    annotations: Mapping[str, str]


def operator_image(
    settings: Settings, live: Mapping[str, Any] | None, template: Manifest, *, keep: bool = True
) -> OperatorImage:
    """Return the image for a workload's containers of ours: the live one's, as long as nothing else changes.

    ``template`` is the wished pod template with any fixed text as the image of those containers, so that it does not
    follow the operator's version. Not to ``keep`` the live one's is for workloads that don't run anyway, perhaps
    because of their image.
    """
    now = digest(template)
    annotations = {} if live is None else live["metadata"].get("annotations", {})
    same = keep and annotations.get(TEMPLATE) == now
    image = annotations.get(OPERATOR_IMAGE, settings.operator_image) if same else settings.operator_image
    return OperatorImage(image, {OPERATOR_IMAGE: image, TEMPLATE: now})
