"""What the objects of a Consortium are called, and where its services are reached.

The names of the service accounts are part of what users rely on: federated credentials in Entra name them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from corda_operator.api.consortium import Consortium
from corda_operator.reconcile.desired import Settings
from corda_operator.reconcile.labels import COMPONENT, owned_name

SERVICES: Final = "network-services"
"""Component: identity manager and network map."""
TRUST_ROOT: Final = "trust-root"
"""Component: what makes the trust root, and what holds it."""
NODES_PORT, ADMIN_PORT, PAGE_PORT = 8080, 8081, 8082
KINDS: Final = (
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
)
"""The kinds of objects that a Consortium may own (apiVersion, kind)."""


def services_name(consortium: Consortium) -> str:
    """Return the name of the Deployment, of its Service, ServiceAccount, ConfigMap, budget and NetworkPolicy."""
    return owned_name(consortium.metadata.name, "network")


def admin_service_name(consortium: Consortium) -> str:
    """Return the name of the headless Service for metrics and status."""
    return owned_name(consortium.metadata.name, "network-admin")


def page_service_name(consortium: Consortium) -> str:
    """Return the name of the network page's Service."""
    return owned_name(consortium.metadata.name, "network-page")


def trust_root_name(consortium: Consortium) -> str:
    """Return the name of the ConfigMap with ``root.pem``, and of what makes the trust root but for the Job."""
    return owned_name(consortium.metadata.name, "trust-root")


def public_url(consortium: Consortium, settings: Settings) -> str:
    """Return where nodes reach the hosted services: what the spec says, or the Service's name in the cluster."""
    hosted = consortium.spec.hosted
    if hosted is None:
        raise ValueError(f"Consortium {consortium.metadata.name} is not hosted")
    host = f"{services_name(consortium)}.{consortium.metadata.namespace}.svc.{settings.cluster_domain}"
    return hosted.network_map.public_url or f"http://{host}:{NODES_PORT}"


def load_balancer_port(url: str) -> int:
    """Return the TCP port that a public URL asks of the load balancer.

    TLS is ended by something before it, which then connects to the services' own port.
    """
    parts = urlsplit(url)
    return parts.port or 80 if parts.scheme == "http" else NODES_PORT


def status_urls(pods: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return where replicas of the services tell their status, those that are ready first."""
    found: list[tuple[bool, str]] = []
    for pod in pods:
        status = pod.get("status", {})
        is_ours = pod["metadata"].get("labels", {}).get(COMPONENT) == SERVICES
        if not is_ours or not status.get("podIP") or "deletionTimestamp" in pod["metadata"]:
            continue
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ()))
        host = f"[{status['podIP']}]" if ":" in status["podIP"] else status["podIP"]
        found.append((not ready, f"http://{host}:{ADMIN_PORT}/status"))
    return tuple(url for _, url in sorted(found))
