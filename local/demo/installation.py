"""From nothing to applied resources: each step finds done what an earlier run has done, however that one ended."""

import json
import secrets
from pathlib import Path
from typing import Any, Final

from local import cordapps, tools
from local.azure.manifests import NAMESPACE as AZURE
from local.azure.manifests import POOL
from local.azure.names import DOMAIN
from local.cluster import choice, stand_ins
from local.cluster.addons import Object
from local.cluster.helm import RELEASE, Helm
from local.cluster.kubectl import Kubectl
from local.console import LocalError, say
from local.demo import architecture
from local.demo.architecture import BANKS, CONSORTIUM, EXAMPLE, FOUNDER, MARK, NAMESPACES, SETTINGS, TRUST_ROOT
from local.monitoring import prometheus
from local.paths import BUILD
from local.pod_security import RESTRICTED_CONTAINER, RESTRICTED_POD

IMAGES: Final = {
    "operator:dev": None,
    "corda:4.10": "corda",
    "credit-record:1.0.0": "corda",
    "credit-record-gateway:1.0.0": "corda",
    prometheus.IMAGE: POOL,
}
"""Images and the node pool that runs them; None: all."""
_ADMINISTRATOR: Final = "administrator"
_CA_FILE: Final = "/etc/azure-ca/ca.pem"
_SET_PASSWORD: Final = f"""
import sys
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
tenant, client, secret, vault, name, value = sys.stdin.read().split()
me = ClientSecretCredential(
    tenant, client, secret, authority="https://login.{DOMAIN}", disable_instance_discovery=True)
with SecretClient(vault, me) as vault:
    try:
        vault.get_secret(name)
    except ResourceNotFoundError:
        vault.set_secret(name, value)
"""


class Installation:
    """A cluster in which everything is brought up step by step."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._references: dict[str, str] = {}
        self._kubeconfig: Path | None = None

    @property
    def kubectl(self) -> Kubectl:
        """The cluster's kubectl."""
        if self._kubeconfig is None:
            raise LocalError("the cluster is not up")
        return Kubectl(self._kubeconfig)

    def bring_cluster_up(self) -> None:
        """Bring up a cluster of kind or of genuine programs, or find it running."""
        self._kubeconfig = choice.up(self._cluster)
        tools.link_user_tools()

    def load_images(self) -> None:
        """Build images as far as they are missing, and bring them to the nodes that run them."""
        for name, pool in IMAGES.items():
            self._references[name] = choice.load(self._cluster, [name], pool)[name].reference

    def start_stand_ins(self) -> None:
        """Run Azurite and the Key Vault and Entra stub, and let all organisations trust their authority."""
        kubectl = self.kubectl
        certificates = BUILD / "demo" / self._cluster
        ca = stand_ins.install(self._cluster, kubectl, architecture.directory(), certificates, "1Gi")
        kubectl.apply([namespace(each) for each in (*NAMESPACES, RELEASE)])
        trusted = {"ca.pem": ca.read_text()}
        kubectl.apply([config_map(each, "azure-ca", trusted) for each in NAMESPACES])
        kubectl.apply([administrator(self._references["operator:dev"])])

    def install_operator(self) -> None:
        """Install the operator with Helm."""
        Helm(self.kubectl.kubeconfig).install(self._values())

    def install_prometheus(self) -> None:
        """Install a Prometheus that reads what the operator's chart says."""
        prometheus.install(self.kubectl, self._values(), self._references[prometheus.IMAGE])

    def set_passwords(self) -> None:
        """Put a password for each bank's gateway into the bank's vault, unless there is one."""
        wait_for_administrator(self.kubectl)
        for bank in BANKS:
            set_password(self.kubectl, bank)

    def apply_example(self) -> None:
        """Write settings.yaml for the stand-ins, and apply examples/credit-scores."""
        if SETTINGS.exists() and not SETTINGS.read_text().startswith(MARK):
            raise LocalError(f"{SETTINGS} is yours: move it away, and put it back after `make demo-down`")
        images = (self._references["credit-record:1.0.0"], self._references["credit-record-gateway:1.0.0"])
        SETTINGS.write_text(architecture.settings(*images, cordapps.built()))
        self.kubectl.text("apply", "--server-side", "--field-manager=demo", "-k", str(EXAMPLE))

    def hand_over_trust_root(self) -> str:
        """Give the founder's root certificate to the banks, as soon as it is made, and return its SHA-256."""
        kubectl = self.kubectl
        name = f"configmap/{CONSORTIUM}-trust-root"
        kubectl.text("wait", "--for=create", name, f"--namespace={FOUNDER}", "--timeout=300s")
        for bank in BANKS:
            hand_over_trust_root(kubectl, bank)
        status = kubectl.text(
            *("wait", "--for=jsonpath={.status.trustRootSHA256}", f"consortium/{CONSORTIUM}"),
            *(f"--namespace={FOUNDER}", "--timeout=60s", "--output=jsonpath={.status.trustRootSHA256}"),
        )
        say(f"    its SHA-256, which the banks compare: {status}")
        return status

    def _values(self) -> dict[str, Any]:
        return architecture.values(self._references["operator:dev"], self._references["corda:4.10"])


def set_password(
    kubectl: Kubectl, bank: str, password: str | None = None, secret: str = architecture.RPC_SECRET
) -> None:
    """Put a password, else one that nobody knows, for RPC into the bank's vault, unless there is one."""
    me = (architecture.TENANT_ID, architecture.ADMINISTRATOR, architecture.ADMINISTRATOR_SECRET)
    told = (*me, architecture.vault_url(bank), secret, password or secrets.token_urlsafe(24))
    as_administrator(kubectl, _SET_PASSWORD, " ".join(told))


def hand_over_trust_root(kubectl: Kubectl, bank: str) -> None:
    """Give the founder's root certificate to a bank."""
    where = ("get", "configmap", f"{CONSORTIUM}-trust-root", f"--namespace={FOUNDER}", "--output=json")
    found = json.loads(kubectl.text(*where))
    kubectl.apply([config_map(bank, TRUST_ROOT, {"root.pem": found["data"]["root.pem"]})])


def wait_for_administrator(kubectl: Kubectl) -> None:
    """Wait until `as_administrator` works."""
    kubectl.text("rollout", "status", f"deployment/{_ADMINISTRATOR}", f"--namespace={AZURE}", "--timeout=120s")


def as_administrator(kubectl: Kubectl, script: str, stdin: str) -> str:
    """Run a Python script where an administrator of the stand-ins would, and return what it prints."""
    command = ("/opt/corda-operator/bin/python", "-c", script)
    return kubectl.text(
        "exec", "-i", f"deployment/{_ADMINISTRATOR}", f"--namespace={AZURE}", "--", *command, stdin=stdin
    )


def namespace(name: str) -> Object:
    """Return a namespace with the strictest of Kubernetes' own pod security standards."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def config_map(namespace: str, name: str, data: dict[str, str]) -> Object:
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def administrator(image: str) -> Object:
    """Return the workload from which vaults are filled, as an organisation's administrator would do it with ``az``."""
    trust = [{"name": name, "value": _CA_FILE} for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    labels = {"app.kubernetes.io/name": _ADMINISTRATOR}
    pod = {
        "terminationGracePeriodSeconds": 1,
        "securityContext": RESTRICTED_POD,
        "automountServiceAccountToken": False,
        # Beside the stand-ins: machines of nodes are drained.
        "nodeSelector": {"kubernetes.azure.com/agentpool": POOL},
        "containers": [
            {
                "name": "main",
                "image": image,
                "command": ["sleep", "infinity"],
                "env": trust,
                "securityContext": RESTRICTED_CONTAINER,
                "volumeMounts": [{"name": "ca", "mountPath": str(Path(_CA_FILE).parent)}],
            }
        ],
        "volumes": [{"name": "ca", "configMap": {"name": "azure-ca"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _ADMINISTRATOR, "namespace": AZURE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
