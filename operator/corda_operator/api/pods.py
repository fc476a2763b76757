"""What a resource says about the pods that are made for it."""

from corda_operator.api.parts import Part
from corda_operator.api.rules import Rule
from corda_operator.api.texts import ObjectName, Quantity


class NodeRequests(Part):
    """What a Corda node is given for sure."""

    cpu: Quantity = "250m"
    """Processor time: to run; to start it takes what is free."""
    memory: Quantity = "1Gi"
    """Memory."""


class ServiceRequests(Part):
    """What a pod of the network services is given for sure."""

    cpu: Quantity = "100m"
    """Processor time."""
    memory: Quantity = "256Mi"
    """Memory."""


class Limits(Part):
    """What a container may use at most."""

    cpu: Quantity | None = None
    """Processor time. Default: no limit, since a JVM needs several times as much to start as to run."""
    memory: Quantity | None = None
    """Memory. Default: as much as is requested, so that a busy machine has no reason to evict the pod."""


class _Resources(Part):
    limits: Limits = Limits()
    """What it may use at most."""

    rules = tuple(
        Rule(
            f"!has(self.limits.{what})"
            f" || ![self.limits.{what}, self.requests.{what}].all(q, isQuantity(string(q)))"
            f" || !quantity(string(self.limits.{what})).isLessThan(quantity(string(self.requests.{what})))",
            f"limits.{what} is less than requests.{what}: raise the limit, or lower the request",
        )
        for what in ("cpu", "memory")
    )


class NodeResources(_Resources):
    """Processor time and memory of a Corda node."""

    requests: NodeRequests = NodeRequests()
    """What it is given for sure, and what the scheduler counts."""


class ServiceResources(_Resources):
    """Processor time and memory of the network services."""

    requests: ServiceRequests = ServiceRequests()
    """What each pod is given for sure, and what the scheduler counts."""


class ImagePullSecret(Part):
    """A Secret for pulling images."""

    name: ObjectName
    """Name of a Secret of type kubernetes.io/dockerconfigjson in the same namespace."""


class Monitoring(Part):
    """Whether metrics are collected."""

    enabled: bool | None = None
    """Let the namespaces that the operator was given for monitoring read metrics (NetworkPolicy), and have the chart's
    PodMonitor find the pods: those of nodes that run already from their next restart on. Default: of a node as the
    Consortium has it, else its member's profile (Small: no; Medium and Large: yes); of the network services: yes."""
