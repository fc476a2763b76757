"""Where a resource's workloads meet Azure: vaults, identities, internal load balancers."""

from typing import Annotated, Literal

from pydantic import Field

from corda_operator.api.parts import Part
from corda_operator.api.rules import ListSet, Matches, Rule
from corda_operator.api.texts import Guid, Line

Cidr = Annotated[
    str,
    Field(max_length=18),
    Matches(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}", "write an IPv4 range as in 10.1.0.0/16"),
]
IpAddress = Annotated[
    str, Field(max_length=15), Matches(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", "write an IPv4 address as in 10.1.0.4")
]


class WorkloadIdentity(Part):
    """A managed identity in Entra that pods take on; it needs a federated credential for their service account."""

    client_id: Guid
    """Client ID of the managed identity (not its object ID or its resource ID)."""
    tenant_id: Guid | None = None
    """Its tenant. Default: the tenant that the operator was installed with."""


class _LoadBalancer(Part):
    subnet: Line | None = None
    """Subnet of the load balancer's address. Default: the cluster's own."""
    ip_address: IpAddress | None = None
    """The load balancer's address, free and in its subnet. Default: Azure chooses one."""
    source_ranges: Annotated[tuple[Cidr, ...], Field(max_length=64), ListSet()] | None = None
    """Ranges of addresses that may connect through the load balancer. Default: all that can route to it."""
    annotations: Annotated[dict[str, Annotated[str, Field(max_length=1024)]], Field(max_length=32)] | None = None
    """Further annotations of the Service, such as those of a DNS controller."""

    rules = tuple(
        Rule(
            f"self.type == 'InternalLoadBalancer' || !has(self.{field})",
            f"{field} is for load balancers: remove it, or set type to InternalLoadBalancer",
        )
        for field in ("subnet", "ipAddress", "sourceRanges")
    )


class Exposure(_LoadBalancer):
    """How a port is reached."""

    type: Literal["ClusterIP", "InternalLoadBalancer"] = "ClusterIP"
    """From where: this cluster, or also its virtual network and what is peered with it. Nothing has a public
    address."""


class RpcExposure(_LoadBalancer):
    """How RPC is reached. Corda does not encrypt it, so let it go no further than needed."""

    type: Literal["None", "ClusterIP", "InternalLoadBalancer"] = "ClusterIP"
    """From where: the node's own pod only, this cluster, or also its virtual network and what is peered with it."""
