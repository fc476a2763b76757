"""How the operator is told what it is to do: a YAML file, described field by field.

What the process learns from where it runs comes by environment: POD_NAME and POD_NAMESPACE (downward API).
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from corda_operator import configuration_files
from corda_operator.api.durations import render
from corda_operator.api.resource import GROUP
from corda_operator.configuration_files import Part, Url
from corda_operator.reconcile.desired import Settings
from corda_operator.telemetry.configuration import OpenTelemetry

Namespace = Annotated[str, Field(pattern="^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]


class OperatorConfiguration(Part):
    """The whole file."""

    operator_image: str = Field(min_length=1)
    """The image that this operator runs from, for everything of ours that runs in pods."""
    corda_image_pattern: str = Field(min_length=1, pattern=r"\{version\}")
    """Image of genuine Corda with ``{version}`` in it, as in registry.example.com/corda:{version}."""
    namespaces: tuple[Namespace, ...] = ()
    """Namespaces whose resources are acted on; none: those of all namespaces, which needs a ClusterRole."""
    image_pull_secrets: tuple[str, ...] = ()
    """Secrets, in the resource's namespace, that pods of ours pull images with."""
    node_pool_label: str = "kubernetes.azure.com/agentpool"
    """The label of machines whose value is their node pool."""
    node_pool_taint: str = f"{GROUP}/node-pool"
    """The key of the taint, with the pool as its value, by which a node pool may be reserved."""
    cluster_domain: str = "cluster.local"
    """What the names of Services end with."""
    monitoring_namespaces: tuple[Namespace, ...] = ()
    """Namespaces whose pods may read metrics."""
    telemetry: OpenTelemetry = OpenTelemetry()
    """Where the operator's key figures are sent, and those of hosted networks' services."""
    tenant_id: str | None = None
    """Entra tenant of identities that name none."""
    authority_host: Url | None = None
    """Where Entra is. Default: the public cloud."""
    ca_config_map: str | None = None
    """ConfigMap, in the resource's namespace, whose ``ca.pem`` has all authorities that are trusted in TLS."""
    environment: dict[str, str] = Field(default={})
    """Further environment of pods that call Azure, such as HTTPS_PROXY and NO_PROXY."""
    azure_ports: tuple[int, ...] = (443,)
    """TCP ports through which pods reach Azure, or the proxy before it."""
    listen: str = "0.0.0.0:8080"
    """Where health and metrics are."""
    lease_name: str = "corda-operator"
    """The Lease, in the operator's namespace, by which one replica is active."""
    workers: int = Field(default=10, ge=1, le=100)
    """Resources that are worked at side by side."""
    resync_seconds: float = Field(default=600, ge=10)
    """How often everything is listed and looked at anew."""
    stuck_seconds: float = Field(default=300, ge=30)
    """For how long one resource may be worked at, or wait for a worker, before the operator counts as stuck."""

    def settings(self, operator_namespace: str) -> Settings:
        """Return what plans are told."""
        return Settings(
            operator_image=self.operator_image,
            corda_image_pattern=self.corda_image_pattern,
            operator_namespace=operator_namespace,
            image_pull_secrets=self.image_pull_secrets,
            node_pool_label=self.node_pool_label,
            node_pool_taint=self.node_pool_taint,
            cluster_domain=self.cluster_domain,
            monitoring_namespaces=self.monitoring_namespaces,
            otlp_endpoint=self.telemetry.otlp_endpoint,
            telemetry_interval=render(self.telemetry.interval),
            tenant_id=self.tenant_id,
            authority_host=self.authority_host,
            ca_config_map=self.ca_config_map,
            environment=self.environment,
            azure_ports=self.azure_ports,
        )


def load(path: Path) -> OperatorConfiguration:
    """Read the file; raise ConfigurationError."""
    return configuration_files.load(OperatorConfiguration, path)
