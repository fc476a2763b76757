"""The node's pod: what runs before the node, the node, and what they share."""

from collections.abc import Mapping
from typing import Any, Final

from corda_operator.api.conditions import Reason
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile import pods
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import COMPONENT, MEMBER, MONITORED, labels
from corda_operator.reconcile.node import database, names
from corda_operator.reconcile.node.files import (
    BASE,
    CORDAPPS,
    ENROLMENT,
    FILES,
    IMAGES,
    METRICS,
    NO_SECRETS,
    NODE_CONF,
    RPC,
    SECRETS,
    SECRETS_CONF,
    image_place,
    migrates_first,
)
from corda_operator.reconcile.node.inputs import BlockedError, Network, monitored
from corda_operator.reconcile.pods import Mounted

ENROLMENT_CONTAINER: Final = "enrolment"
CORDAPPS_CONTAINER: Final = "cordapps"
IMAGE_CONTAINER: Final = "cordapp-"
"""Begins the names of the containers that copy CorDapps out of images."""
DATABASE_CONTAINER: Final = "database"
NODE_CONTAINER: Final = "corda"

_FROM_KUBERNETES_LOG: Final = "FallbackToLogsOnError"
_GRACE_SECONDS: Final = 90
"""A node that flag day ends takes 55 s to do so, and any other a few. Time for flows comes before it."""
_NODE_TOOL: Final = "/opt/corda/bin/node-tool"
_COPYING: Final[Manifest] = {
    "requests": {"cpu": "10m", "memory": "32Mi"},
    "limits": {"memory": "128Mi"},
}
_OURS: Final[Manifest] = {
    "requests": {"cpu": "50m", "memory": "128Mi"},
    "limits": {"memory": "256Mi"},
}
_TEMPORARY: Final = pods.scratch("tmp", "/tmp", "1Gi")  # noqa: S108 - the pod's own
_KEYS: Final = pods.memory("keys", SECRETS, "16Mi")
_STORES: Final = Mounted(
    mounts=({"name": "keys", "mountPath": f"{BASE}/certificates", "subPath": "certificates", "readOnly": True},)
)
_NO_SECRETS: Final = Mounted(
    mounts=({"name": "files", "mountPath": SECRETS_CONF, "subPath": NO_SECRETS, "readOnly": True},)
)
_READ_KEYS: Final = Mounted(mounts=({"name": "keys", "mountPath": SECRETS, "readOnly": True},))
_COPIES: Final = pods.scratch("cordapps", IMAGES, "1Gi")


def template(node: CordaNode, network: Network, settings: Settings, *, files: str, intent: str) -> Manifest:
    """Return the pod template; ``files`` is the ConfigMap's name. Raises BlockedError."""
    spec = node.spec
    data = Mounted(
        mounts=({"name": "data", "mountPath": BASE},),
        volumes=({"name": "data", "persistentVolumeClaim": {"claimName": names.claim(node)}},),
    )
    configuration = pods.config_map("files", files, FILES)
    try:
        azure = pods.azure_identity(settings, spec.workload_identity)
    except ValueError as error:
        raise BlockedError(Reason.INVALID_SPEC, f"spec.workloadIdentity: {error}.") from error
    corda = _Corda(node, settings, configuration + data + _TEMPORARY)
    before: list[Manifest] = []
    if spec.cordapps:
        before += _copies(node)
        before.append(_cordapps(settings.operator_image, node, configuration + data + _COPIES + pods.way_out(settings)))
    enrolment = _enrolment(settings.operator_image, node, configuration + azure + _KEYS)
    # What can be done without keys is done first: enrolment waits for others, a new network's services or a consent.
    before += [corda.database(), enrolment] if migrates_first(node) else [enrolment, corda.database()]
    shared = configuration + data + azure + _KEYS + _TEMPORARY + (_COPIES if spec.cordapps else Mounted())
    return {
        "metadata": {"labels": _labels(node, network), "annotations": _annotations(node, intent)},
        "spec": {
            "serviceAccountName": names.workload(node),
            "automountServiceAccountToken": False,
            # Corda takes settings from the environment, which names of Services in it could look like.
            "enableServiceLinks": False,
            "securityContext": pods.pod_security(),
            "terminationGracePeriodSeconds": _GRACE_SECONDS + _drain_seconds(node),
            **_placement(node, network, settings),
            "imagePullSecrets": pods.pull_secrets(
                *settings.image_pull_secrets, *(each.name for each in spec.image_pull_secrets)
            ),
            "initContainers": before,
            "containers": [corda.node()],
            "volumes": list(shared.volumes),
        },
    }


class _Corda:
    """The two containers of Corda's image, which see the same but for secrets where there are none yet."""

    def __init__(self, node: CordaNode, settings: Settings, mounted: Mounted) -> None:
        self._node = node
        self._mounted = mounted
        spec = node.spec
        self._common: Manifest = {
            "image": spec.image or settings.corda_image(spec.version),
            "imagePullPolicy": spec.image_pull_policy,
            "workingDir": BASE,
            "env": [{"name": "CORDA_JVM_OPTS", "value": jvm_options(node)}],
            "resources": pods.resources(spec.resources),
            "securityContext": pods.container_security(),
            "terminationMessagePolicy": _FROM_KUBERNETES_LOG,
        }

    def database(self) -> Manifest:
        mounted = self._mounted + (_NO_SECRETS if migrates_first(self._node) else _READ_KEYS + _STORES)
        return {
            "name": DATABASE_CONTAINER,
            **self._common,
            "volumeMounts": list(mounted.mounts),
            "command": database.command(self._node),
        }

    def node(self) -> Manifest:
        return {
            "name": NODE_CONTAINER,
            **self._common,
            "volumeMounts": list((self._mounted + _READ_KEYS + _STORES).mounts),
            "args": ["node", f"--config-file={FILES}/{NODE_CONF}"],
            "ports": [
                {"name": "p2p", "containerPort": self._node.spec.p2p.port, "protocol": "TCP"},
                {"name": "rpc", "containerPort": RPC, "protocol": "TCP"},
                {"name": "metrics", "containerPort": METRICS, "protocol": "TCP"},
            ],
            # RPC opens last, three seconds before the node is ready, which minReadySeconds covers. A start may take
            # as long as unfinished flows and old checkpoints make it: ten minutes before it counts as hanging.
            "startupProbe": pods.tcp_probe("rpc", period=2, failures=300),
            "readinessProbe": pods.tcp_probe("rpc", period=5, failures=3),
            # Full garbage collections last seconds; only a broker that is gone for two minutes is worth a restart.
            "livenessProbe": pods.tcp_probe("p2p", period=20, failures=6),
            **_lifecycle(self._node),
        }


def drain_seconds(pod_spec: Mapping[str, Any]) -> int | None:
    """Return for how long a pod of ours lets flows come to their end before its node ends; None: it does not."""
    (container,) = (each for each in pod_spec["containers"] if each["name"] == NODE_CONTAINER)
    hook = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
    return int(hook[3]) if hook[:3] == [_NODE_TOOL, "drain", "--timeout"] else None


def _drain_seconds(node: CordaNode) -> int:
    return int(node.spec.drain.timeout.total_seconds())


def _lifecycle(node: CordaNode) -> Manifest:
    seconds = _drain_seconds(node)
    if not seconds:
        return {}
    # It fails at once while RPC does not answer yet, and whether it fails or not, Kubernetes ends the node then. Corda
    # would keep draining mode over the restart.
    command = [_NODE_TOOL, "drain", "--timeout", str(seconds), "--then-undrain"]
    return {"lifecycle": {"preStop": {"exec": {"command": command}}}}


def jvm_options(node: CordaNode) -> str:
    """Return what the JVM is told (CORDA_JVM_OPTS)."""
    jvm = node.spec.jvm
    chosen = any(each.startswith("-XX:+Use") and each.endswith("GC") for each in jvm.options)
    collector = () if chosen else ("-XX:+UseG1GC",)
    heap = f"-XX:MaxRAMPercentage={jvm.max_ram_percentage}.0"
    return " ".join((heap, *collector, "-XX:+ExitOnOutOfMemoryError", *jvm.options))


def _enrolment(image: str, node: CordaNode, mounted: Mounted) -> Manifest:
    arguments = ["enrol", "--config", f"{FILES}/{ENROLMENT}"]
    # Its log has requests and reasons; the message that it leaves itself has them in order.
    return {**_ours(ENROLMENT_CONTAINER, image, node, mounted, arguments), "terminationMessagePolicy": "File"}


def _cordapps(image: str, node: CordaNode, mounted: Mounted) -> Manifest:
    return _ours(CORDAPPS_CONTAINER, image, node, mounted, ["cordapps", "--config", f"{FILES}/{CORDAPPS}"])


def _ours(name: str, image: str, node: CordaNode, mounted: Mounted, arguments: list[str]) -> Manifest:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": node.spec.image_pull_policy,
        "args": arguments,
        "env": list(mounted.environment),
        "resources": _OURS,
        "securityContext": pods.container_security(),
        "terminationMessagePolicy": _FROM_KUBERNETES_LOG,
        "volumeMounts": list(mounted.mounts),
    }


def _copies(node: CordaNode) -> list[Manifest]:
    return [
        {
            "name": f"{IMAGE_CONTAINER}{number}",
            "image": each.image,
            "imagePullPolicy": node.spec.image_pull_policy,
            # What an image with nothing but busybox has, too.
            "command": ["cp", "-R", "/cordapps/.", f"{IMAGES}/{number}"],
            "resources": _COPYING,
            "securityContext": pods.container_security(),
            "terminationMessagePolicy": _FROM_KUBERNETES_LOG,
            "volumeMounts": list(_COPIES.mounts),
        }
        for number, each in enumerate(node.spec.cordapps)
        if each.image is not None and image_place(node, number) == number
    ]


def _labels(node: CordaNode, network: Network) -> dict[str, str]:
    member = {} if network.member is None else {MEMBER: network.member.name}
    serves = network.member is not None and node.spec.notary is None and node.spec.rpc.exposure.type != "None"
    rpc = {names.RPC_OF: member[MEMBER]} if serves else {}
    seen = {MONITORED: "true"} if monitored(node, network) else {}
    return labels(node, names.COMPONENT, {names.NETWORK: network.consortium, **member, **rpc, **seen})


def _annotations(node: CordaNode, intent: str) -> dict[str, str]:
    return {
        names.INTENT: intent,
        names.RUNS: node.spec.version,
        "kubectl.kubernetes.io/default-container": NODE_CONTAINER,
    }


def _placement(node: CordaNode, network: Network, settings: Settings) -> Manifest:
    pool = pool_of(node, network)
    result = pods.node_pool(settings, pool)
    spread = _spread_labels(network)
    result["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            # A node that can't be spread is better than one that does not run.
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": spread},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    if node.spec.zones:
        zones = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": list(node.spec.zones)}
        terms = {"nodeSelectorTerms": [{"matchExpressions": [zones]}]}
        result["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return result


def pool_of(node: CordaNode, network: Network) -> str | None:
    """Return the AKS node pool that the node runs in."""
    member = network.member
    return node.spec.node_pool or (None if member is None else member.node_pool)


def _spread_labels(network: Network) -> dict[str, str]:
    member = {} if network.member is None else {MEMBER: network.member.name}
    return {COMPONENT: names.COMPONENT, names.NETWORK: network.consortium, **member}
