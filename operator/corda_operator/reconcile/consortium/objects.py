"""The objects of a hosted Consortium's network services."""

from corda_operator.api.azure import Exposure, WorkloadIdentity
from corda_operator.api.consortium import Consortium
from corda_operator.api.hosted import NetworkMap
from corda_operator.reconcile import pods
from corda_operator.reconcile.consortium.naming import (
    ADMIN_PORT,
    NODES_PORT,
    PAGE_PORT,
    SERVICES,
    admin_service_name,
    load_balancer_port,
    page_service_name,
    public_url,
    services_name,
)
from corda_operator.reconcile.consortium.services_file import FILE
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import MONITORED, metadata, selector
from corda_operator.reconcile.load_balancers import exposed

CONFIGURATION = "/etc/corda-operator/network"
_GRACE_SECONDS = 60
"""The pause for Endpoints to follow, 15 s for requests and 10 s for what was proposed, with room to spare."""


def service_account(consortium: Consortium, name: str, component: str) -> Manifest:
    """Return a service account, whose token for the cluster's API no pod of ours mounts."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(consortium, name, component),
        "automountServiceAccountToken": False,
    }


def config_map(consortium: Consortium, name: str, component: str, data: dict[str, str]) -> Manifest:
    """Return a ConfigMap of files by name."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(consortium, name, component),
        "data": data,
    }


def deployment(
    consortium: Consortium,
    settings: Settings,
    identity: WorkloadIdentity,
    wish: NetworkMap,
) -> Manifest:
    """Return the services' Deployment; raise ValueError if the identity lacks its tenant.

    A changed configuration is no change of the template: the process reads it again. Another version of the operator
    is one: services read a file that it writes, and their replicas are replaced one after the other.
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(consortium, services_name(consortium), SERVICES),
        "spec": {
            "replicas": wish.replicas,
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": selector(consortium, SERVICES)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": _template(consortium, settings, identity, wish),
        },
    }


def _template(consortium: Consortium, settings: Settings, identity: WorkloadIdentity, wish: NetworkMap) -> Manifest:
    mounted = pods.azure_identity(settings, identity) + pods.config_map(
        "configuration", services_name(consortium), CONFIGURATION
    )
    container = {
        "name": SERVICES,
        "image": settings.operator_image,
        "args": ["network-services", "--config", f"{CONFIGURATION}/{FILE}"],
        "env": list(mounted.environment),
        "ports": [
            {"name": "nodes", "containerPort": NODES_PORT, "protocol": "TCP"},
            {"name": "admin", "containerPort": ADMIN_PORT, "protocol": "TCP"},
            {"name": "page", "containerPort": PAGE_PORT, "protocol": "TCP"},
        ],
        "readinessProbe": pods.http_probe("/readyz", "admin", period=2, failures=5),
        "livenessProbe": pods.http_probe("/healthz", "admin", period=10, failures=6),
        # Whoever resolved the address a moment ago is still answered.
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "resources": pods.resources(wish.resources),
        "securityContext": pods.container_security(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": list(mounted.mounts),
    }
    seen = {} if consortium.spec.monitoring.enabled is False else {MONITORED: "true"}
    return {
        "metadata": {"labels": {**metadata(consortium, "", SERVICES)["labels"], **seen}},
        "spec": {
            **pod_basics(settings, services_name(consortium)),
            "containers": [container],
            "volumes": list(mounted.volumes),
            "terminationGracePeriodSeconds": _GRACE_SECONDS,
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": key,
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": selector(consortium, SERVICES)},
                    # Pods of the version that is on its way out don't count.
                    "matchLabelKeys": ["pod-template-hash"],
                }
                for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
            ],
        },
    }


def pod_basics(settings: Settings, account: str) -> Manifest:
    """Return the fields that pods of ours for a Consortium have in common."""
    basics: Manifest = {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pods.pod_security(),
    }
    if settings.image_pull_secrets:
        basics["imagePullSecrets"] = pods.pull_secrets(*settings.image_pull_secrets)
    return basics


def nodes_service(consortium: Consortium, settings: Settings, exposure: Exposure) -> Manifest:
    """Return the Service that nodes reach the services by."""
    port = {"name": "nodes", "port": NODES_PORT, "targetPort": "nodes", "protocol": "TCP"}
    ports = [port]
    if exposure.type == "InternalLoadBalancer":
        outside = load_balancer_port(public_url(consortium, settings))
        if outside != NODES_PORT:
            ports.append({**port, "name": "public", "port": outside})
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(consortium, services_name(consortium), SERVICES),
        "spec": {"selector": selector(consortium, SERVICES), "ports": ports},
    }
    return exposed(service, exposure)


def admin_service(consortium: Consortium) -> Manifest:
    """Return the headless Service of the admin port: every replica by itself, also those that can't serve yet."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(consortium, admin_service_name(consortium), SERVICES),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": selector(consortium, SERVICES),
            "ports": [{"name": "admin", "port": ADMIN_PORT, "targetPort": "admin", "protocol": "TCP"}],
        },
    }


def page_service(consortium: Consortium) -> Manifest:
    """Return the Service of the network page."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(consortium, page_service_name(consortium), SERVICES),
        "spec": {
            "selector": selector(consortium, SERVICES),
            "ports": [{"name": "page", "port": PAGE_PORT, "targetPort": "page", "protocol": "TCP"}],
        },
    }


def disruption_budget(consortium: Consortium, replicas: int) -> Manifest:
    """Return the services' budget, which always lets one pod be evicted, and any that doesn't serve."""
    allowed = {"minAvailable": 1} if replicas > 1 else {"maxUnavailable": 1}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(consortium, services_name(consortium), SERVICES),
        "spec": {
            **allowed,
            "selector": {"matchLabels": selector(consortium, SERVICES)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
