"""The stand-ins as Kubernetes objects, for pods to use: namespace ``azure``, Services on port 443.

Pods find them as ``login.<domain>``, ``<vault>.vault.<domain>``, ``<region>.in.applicationinsights.<domain>`` and
``<account>.blob.<domain>``, which the cluster's DNS has to rewrite to the Services ``azure-stub`` and ``azurite``; the
certificates are for those names. Whoever trusts the CA in the ConfigMap ``azure-ca`` needs nothing else.

The stub keeps its state on its volume through restarts of its container; with ``storage`` absent, the
volume goes with the pod.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.azure.azurite import ACCOUNT, SERVER_OPTIONS
from local.azure.certificates import Pair
from local.azure.names import DOMAIN
from local.azure.stub.directory import Issuer
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD

NAMESPACE = "azure"
STUB, AZURITE = "azure-stub", "azurite"
POOL = "system"
"""The node pool that they run in: only its nodes need their images."""

_STUB_PORT, _ADMIN_PORT, _AZURITE_PORT = 8443, 8081, 10000
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

Object = dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """What differs from one cluster to the next."""

    stub_image: str
    azurite_image: str
    directory: str
    """The stub's directory, YAML."""
    ca: Path
    stub_certificate: Pair
    azurite_certificate: Pair
    storage: str | None = None
    """The size of a persistent volume for each, for example ``1Gi``."""
    pull_policy: str = "IfNotPresent"


def certificate_hosts(name: str) -> list[str]:
    """Return the names for which the certificate of ``azure-stub`` or ``azurite`` has to be issued."""
    inside = [f"{name}.{NAMESPACE}.svc", f"{name}.{NAMESPACE}.svc.cluster.local", "localhost", "127.0.0.1"]
    of_stub = [f"login.{DOMAIN}", f"*.vault.{DOMAIN}", f"*.in.applicationinsights.{DOMAIN}"]
    return (of_stub if name == STUB else [f"*.blob.{DOMAIN}"]) + inside


def cluster_issuer(issuer: str) -> Issuer:
    """Return the directory's entry for the cluster that the stub runs in, whose tokens say ``issuer``."""
    return Issuer(
        issuer=issuer,
        keys_url="https://kubernetes.default.svc/openid/v1/jwks",
        ca_file=Path(_SERVICE_ACCOUNT, "ca.crt"),
        token_file=Path(_SERVICE_ACCOUNT, "token"),
    )


def objects(deployment: Deployment) -> list[Object]:
    """Return everything, in an order in which it can be created."""
    claims = [_claim(name, deployment.storage) for name in (STUB, AZURITE) if deployment.storage is not None]
    return [
        _namespace(),
        _service_account(STUB, reads_issuer_keys=True),
        _service_account(AZURITE, reads_issuer_keys=False),
        _config_map("azure-ca", {"ca.pem": deployment.ca.read_text()}),
        _config_map("azure-directory", {"directory.yaml": deployment.directory}),
        _tls_secret(STUB, deployment.stub_certificate),
        _tls_secret(AZURITE, deployment.azurite_certificate),
        _account_secret(),
        *claims,
        _stub(deployment),
        _azurite(deployment),
        _service(STUB, {"https": (443, _STUB_PORT), "admin": (_ADMIN_PORT, _ADMIN_PORT)}),
        _service(AZURITE, {"https": (443, _AZURITE_PORT)}),
    ]


def _stub(deployment: Deployment) -> Object:
    return _workload(
        deployment,
        STUB,
        {
            "image": deployment.stub_image,
            "args": [
                *("--state", "/state/stub.sqlite"),
                *("--directory", "/etc/azure/directory.yaml"),
                *("--certificate", "/etc/tls/tls.crt"),
                *("--key", "/etc/tls/tls.key"),
                *("--host", "0.0.0.0", "--port", str(_STUB_PORT)),  # noqa: S104 - the pod's own network
                *("--admin-host", "0.0.0.0", "--admin-port", str(_ADMIN_PORT)),  # noqa: S104
                *("--domain", DOMAIN),
            ],
            "ports": _ports({"https": _STUB_PORT, "admin": _ADMIN_PORT}),
            "readinessProbe": {"httpGet": {"path": "/healthz", "port": "admin"}, "periodSeconds": 2},
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "admin"}, "failureThreshold": 6},
            "resources": _resources("20m", "96Mi", "256Mi"),
        },
        {"directory": ("/etc/azure", {"configMap": {"name": "azure-directory"}})},
        _checksum(deployment.directory, deployment.stub_certificate.certificate.read_text()),
    )


def _azurite(deployment: Deployment) -> Object:
    return _workload(
        deployment,
        AZURITE,
        {
            "image": deployment.azurite_image,
            "args": [
                *("--blobHost", "0.0.0.0", "--blobPort", str(_AZURITE_PORT)),  # noqa: S104
                *("--location", "/state"),
                *("--cert", "/etc/tls/tls.crt", "--key", "/etc/tls/tls.key"),
                *SERVER_OPTIONS,
            ],
            "env": [
                {
                    "name": "AZURITE_ACCOUNTS",
                    "valueFrom": {"secretKeyRef": {"name": "azurite-account", "key": "setting"}},
                }
            ],
            "ports": _ports({"https": _AZURITE_PORT}),
            # It answers nothing below 400 to who has no credentials.
            "readinessProbe": {"tcpSocket": {"port": "https"}, "periodSeconds": 2},
            "livenessProbe": {"tcpSocket": {"port": "https"}, "failureThreshold": 6},
            "resources": _resources("50m", "192Mi", "512Mi"),
        },
        {},
        _checksum(deployment.azurite_certificate.certificate.read_text()),
    )


def _workload(
    deployment: Deployment,
    name: str,
    container: Object,
    own_volumes: dict[str, tuple[str, Object]],
    checksum: str,
) -> Object:
    state = (
        {"emptyDir": {}} if deployment.storage is None else {"persistentVolumeClaim": {"claimName": f"{name}-state"}}
    )
    volumes: dict[str, tuple[str, Object]] = {
        "state": ("/state", state),
        "tmp": ("/tmp", {"emptyDir": {}}),  # noqa: S108 - the container's own
        "tls": ("/etc/tls", {"secret": {"secretName": f"{name}-tls", "defaultMode": 0o440}}),
        **own_volumes,
    }
    read_only = {"tls", *own_volumes}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(name),
        "spec": {
            "replicas": 1,
            # Two at a time would both write to the one state.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _labels(name)},
            "template": {
                "metadata": {"labels": _labels(name), "annotations": {"corda-operator.io/checksum": checksum}},
                "spec": {
                    "serviceAccountName": name,
                    "nodeSelector": {"kubernetes.azure.com/agentpool": POOL},
                    "terminationGracePeriodSeconds": 10,
                    "securityContext": RESTRICTED_POD,
                    "containers": [
                        {
                            "name": name,
                            "imagePullPolicy": deployment.pull_policy,
                            "securityContext": RESTRICTED_CONTAINER,
                            "volumeMounts": [
                                {"name": volume, "mountPath": path, "readOnly": volume in read_only}
                                for volume, (path, _) in volumes.items()
                            ],
                            **container,
                        }
                    ],
                    "volumes": [{"name": volume, **source} for volume, (_, source) in volumes.items()],
                },
            },
        },
    }


def _namespace() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }


def _service_account(name: str, *, reads_issuer_keys: bool) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(name),
        "automountServiceAccountToken": reads_issuer_keys,
    }


def _config_map(name: str, data: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(name), "data": data}


def _tls_secret(name: str, pair: Pair) -> Object:
    data = {"tls.crt": _encoded(pair.certificate.read_bytes()), "tls.key": _encoded(pair.key.read_bytes())}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": _metadata(f"{name}-tls"),
        "data": data,
    }


def _account_secret() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": _metadata("azurite-account"),
        "data": {"setting": _encoded(ACCOUNT.setting.encode())},
    }


def _claim(name: str, size: str | None) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(f"{name}-state"),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }


def _service(name: str, ports: dict[str, tuple[int, int]]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(name),
        "spec": {
            "selector": _labels(name),
            "ports": [{"name": port, "port": outer, "targetPort": inner} for port, (outer, inner) in ports.items()],
        },
    }


def _metadata(name: str) -> Object:
    return {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": "azure-stand-ins"}}


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name}


def _ports(ports: dict[str, int]) -> list[Object]:
    return [{"name": name, "containerPort": port} for name, port in ports.items()]


def _resources(cpu: str, memory: str, limit: str) -> Object:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def _checksum(*parts: str) -> str:
    """Return what changes with a mounted file, so that pods are replaced then."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
