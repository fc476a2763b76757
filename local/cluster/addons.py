"""What a cluster runs from the start: name service, storage class, and a few rights. Kubernetes objects as data."""

from collections.abc import Mapping

from local.azure.names import DOMAIN
from local.cluster.control_plane import LOAD_BALANCERS, PROVISIONER
from local.cluster.spec import Cluster
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD

Object = Mapping[str, object]

_DOMAIN = DOMAIN.replace(".", r"\.")
_OF_STUB = r"(.*\.vault|.*\.in\.applicationinsights|login|management)"

STAND_INS_NAMES = f"""\
    rewrite stop {{
        name regex {_OF_STUB}\\.{_DOMAIN}\\.? azure-stub.azure.svc.cluster.local
        answer auto
    }}
    rewrite stop {{
        name regex (.*\\.blob)\\.{_DOMAIN}\\.? azurite.azure.svc.cluster.local
        answer auto
    }}
"""
"""Lines of a Corefile that lead Azure's names to the stand-ins' Services."""

_COREFILE = f"""\
.:1053 {{
    errors
    health :8080
    ready :8181
    reload
    cache 30
{STAND_INS_NAMES}\
    kubernetes cluster.local in-addr.arpa {{
        pods insecure
        ttl 30
    }}
    template ANY ANY . {{
        rcode NXDOMAIN
    }}
}}
"""
"""There is no world outside to forward to; a pod is told so at once."""


def base_objects() -> list[Object]:
    """Return the objects that both flavours have."""
    return [
        kubelet_client_binding(),
        *issuer_discovery_for_all(),
        *provisioner_rights(),
        storage_class(PROVISIONER),
    ]


def kubelet_client_binding() -> Object:
    """Return what lets the API server ask kubelets for logs, exec and metrics."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "corda-operator:kubelet-clients"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "system:kubelet-api-admin",
        },
        "subjects": [
            {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Group",
                "name": "corda-operator:kubelet-clients",
            }
        ],
    }


def provisioner_rights() -> list[Object]:
    """Return what lets the provisioner make volumes in the zones of nodes."""
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "corda-operator:zones"},
            "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}],
        },
        *(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": PROVISIONER}],
            }
            for name, role in (
                ("corda-operator:provisioner", "system:persistent-volume-provisioner"),
                ("corda-operator:provisioner-zones", "corda-operator:zones"),
            )
        ),
    ]


def load_balancer_rights() -> Object:
    """Return what lets the load balancers' controller do what Kubernetes foresees for it."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "corda-operator:load-balancers"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "system:controller:service-controller",
        },
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": LOAD_BALANCERS}],
    }


def issuer_discovery_for_all() -> list[Object]:
    """Return what makes the token issuer's keys public, as the OpenID issuer of an AKS cluster is."""
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "corda-operator:public-issuer"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:service-account-issuer-discovery",
            },
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}],
        }
    ]


def storage_class(provisioner: str) -> Object:
    """Return a default storage class by the name that AKS gives its own."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "managed-csi",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def name_service(cluster: Cluster, image: str) -> list[Object]:
    """Return CoreDNS as AKS has it: namespace, labels and Service name are what network policies name."""
    labels = {"k8s-app": "kube-dns"}
    metadata = {"name": "coredns", "namespace": "kube-system", "labels": labels}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "system:coredns"},
            "rules": [
                {"apiGroups": [""], "resources": ["services", "namespaces"], "verbs": ["list", "watch"]},
                {
                    "apiGroups": ["discovery.k8s.io"],
                    "resources": ["endpointslices"],
                    "verbs": ["list", "watch"],
                },
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "system:coredns"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:coredns",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}],
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"Corefile": _COREFILE}},
        _name_service_deployment(metadata, labels, image),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
            "spec": {
                "clusterIP": str(cluster.dns_service),
                "selector": labels,
                "ports": [
                    {"name": "dns", "protocol": "UDP", "port": 53, "targetPort": "dns"},
                    {"name": "dns-tcp", "protocol": "TCP", "port": 53, "targetPort": "dns-tcp"},
                ],
            },
        },
    ]


def _name_service_deployment(metadata: Object, labels: dict[str, str], image: str) -> Object:
    container = {
        "name": "coredns",
        "image": image,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 1053, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 1053, "protocol": "TCP"},
        ],
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "failureThreshold": 5},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 2},
        "resources": {"requests": {"cpu": "10m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        "securityContext": RESTRICTED_CONTAINER,
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": "coredns",
                    "priorityClassName": "system-cluster-critical",
                    "dnsPolicy": "Default",
                    "securityContext": RESTRICTED_POD,
                    "containers": [container],
                    "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
                },
            },
        },
    }


def greeting_pod(image: str) -> Object:
    """Return a pod that says one thing and ends: the proof that containers run here."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "greeting", "namespace": "default"},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": RESTRICTED_POD,
            "containers": [
                {
                    "name": "greeting",
                    "image": image,
                    "args": ["-version"],
                    "securityContext": RESTRICTED_CONTAINER,
                }
            ],
        },
    }
