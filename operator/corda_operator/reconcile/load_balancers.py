"""How a Service is reached from outside of the cluster: Azure's internal load balancer, by its annotations."""

from typing import Final

from corda_operator.api.azure import Exposure, RpcExposure
from corda_operator.reconcile.desired import Manifest

_AZURE: Final = "service.beta.kubernetes.io/azure-load-balancer"


def exposed(service: Manifest, exposure: Exposure | RpcExposure) -> Manifest:
    """Return the Service as reached in the way that is asked for (cloud-provider-azure: consts.go)."""
    annotations = dict(exposure.annotations or {})
    spec = dict(service["spec"])
    if exposure.type == "InternalLoadBalancer":
        annotations[f"{_AZURE}-internal"] = "true"
        if exposure.subnet is not None:
            annotations[f"{_AZURE}-internal-subnet"] = exposure.subnet
        if exposure.ip_address is not None:
            annotations[f"{_AZURE}-ipv4"] = exposure.ip_address
        spec["type"] = "LoadBalancer"
        # So that NetworkPolicies and the services' limits see who connects, and not a machine of the cluster.
        spec["externalTrafficPolicy"] = "Local"
        if exposure.source_ranges is not None:
            spec["loadBalancerSourceRanges"] = list(exposure.source_ranges)
    elif spec.get("clusterIP") != "None":
        spec["type"] = "ClusterIP"
    own = {**service["metadata"], **({"annotations": annotations} if annotations else {})}
    return {**service, "metadata": own, "spec": spec}
