"""How the node's pod fares: volume, machine, images, CorDapps, database, Corda itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.causes import cause
from corda_operator.reconcile.node.database import DOWNGRADE
from corda_operator.reconcile.node.findings import Finding, no, sentence, unknown, yes
from corda_operator.reconcile.node.inputs import member_of
from corda_operator.reconcile.node.observed import ObservedNode
from corda_operator.reconcile.node.pod import (
    CORDAPPS_CONTAINER,
    DATABASE_CONTAINER,
    IMAGE_CONTAINER,
    NODE_CONTAINER,
)

_PULLING: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_MAKING: Final = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
_FULL: Final = re.compile(r"No space left on device|There is not enough space", re.IGNORECASE)
_UNREACHABLE: Final = re.compile(
    r"Connection (?:to \S+ )?refused|connection attempt failed|UnknownHostException|password authentication failed"
    r"|Could not connect to the database|SocketTimeoutException",
    re.IGNORECASE,
)
_LOCKED: Final = "Could not acquire change log lock"
_IN_FLIGHT: Final = "Attempting to update the database while there are flows in flight"
_PARAMETERS: Final = re.compile(
    r"using network parameters with hash .{0,90}but the network map is advertising", re.DOTALL
)
_CLEAN: Final = frozenset({0, 143})
"""Exit codes of a node that was asked to end."""
_CRASHES: Final = 3
"""After so many a node that is starting again counts as failed until it is ready."""


def storage(node: CordaNode, observed: ObservedNode) -> Finding:
    """Return StorageBound."""
    name = names.claim(node)
    claim = observed.live.get(names.reference(node, "v1", "PersistentVolumeClaim", name))
    condition = ConditionType.STORAGE_BOUND
    if claim is None:
        return unknown(condition, Reason.PROGRESSING, f"PersistentVolumeClaim {name} is not there yet.")
    phase = claim.get("status", {}).get("phase")
    if phase == "Bound":
        return yes(condition, f"PersistentVolumeClaim {name} is bound.")
    if phase == "Lost":
        return no(
            condition,
            Reason.VOLUME_PENDING,
            f"The volume of PersistentVolumeClaim {name} is gone, and the ledger with it unless you have a backup: "
            "restore the volume under its name.",
        )
    return no(
        condition,
        Reason.VOLUME_PENDING,
        f"PersistentVolumeClaim {name} is not bound yet: kubectl describe pvc {name} says why. Does the StorageClass "
        f"{node.spec.storage.class_name or '(default)'} exist, and are there machines in spec.zones?",
    )


def pod(node: CordaNode, observed: ObservedNode) -> Finding | None:
    """Return what keeps the pod from running its containers at all, as a reason for Ready."""
    if observed.pod is None:
        return None
    ready = ConditionType.READY
    for each in observed.pod.get("status", {}).get("conditions", ()):
        if each["type"] == "PodScheduled" and each.get("reason") == "Unschedulable":
            return no(ready, Reason.POD_UNSCHEDULABLE, f"{each.get('message', '')} {_wanted(node, observed)}".strip())
    for status in _statuses(observed.pod):
        waiting = status.get("state", {}).get("waiting", {})
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if reason in _PULLING:
            return no(
                ready,
                Reason.IMAGE_UNAVAILABLE,
                f"Container {status['name']}: {status.get('image', '')} can't be pulled: {message or reason}. Check "
                "the image's name, and spec.imagePullSecrets if its registry asks for a login.",
            )
        if reason in _MAKING:
            return no(
                ready,
                Reason.NODE_FAILED,
                f"Container {status['name']} can't be made ({reason}): {message}. kubectl describe pod "
                f"{names.pod(node)} says more.",
            )
    return None


def cordapps(node: CordaNode, observed: ObservedNode) -> Finding | None:
    """Return what is wrong with a CorDapp, as a reason for Ready."""
    for status in _statuses(observed.pod or {}):
        if status["name"] != CORDAPPS_CONTAINER and not status["name"].startswith(IMAGE_CONTAINER):
            continue
        end = _failure(status)
        if end is None:
            continue
        said = _cause(end)
        if _FULL.search(said):
            return _full(node, ConditionType.READY, said)
        which = ""
        if status["name"].startswith(IMAGE_CONTAINER):
            which = f"{node.spec.cordapps[int(status['name'].removeprefix(IMAGE_CONTAINER))].name} (its image needs "
            which += "jars in /cordapps, and cp): "
        return no(ConditionType.READY, Reason.CORDAPP_UNAVAILABLE, f"{which}{sentence(said)} Correct spec.cordapps.")
    return None


def database(node: CordaNode, observed: ObservedNode) -> Finding:
    """Return DatabaseMigrated."""
    condition = ConditionType.DATABASE_MIGRATED
    status = observed.container(DATABASE_CONTAINER) or {}
    end = _failure(status)
    if end is not None:
        return _not_migrated(node, end)
    state = status.get("state", {})
    if "terminated" in state:
        return yes(condition, f"The database has the schema of Corda {observed.pod_annotation(names.RUNS)}.")
    if "running" in state:
        return unknown(condition, Reason.PROGRESSING, "The database is being migrated.")
    return unknown(condition, Reason.PROGRESSING, "The migration has not begun.")


def _not_migrated(node: CordaNode, end: Mapping[str, Any]) -> Finding:
    condition = ConditionType.DATABASE_MIGRATED
    said, why = end.get("message", ""), sentence(_cause(end))
    if end.get("exitCode") == DOWNGRADE:
        return no(condition, Reason.VERSION_DOWNGRADE, f"{why} Put spec.version back.")
    if _FULL.search(said):
        return _full(node, condition, why)
    postgresql = node.spec.database.postgresql
    if postgresql is not None:
        if _LOCKED in said:
            return no(
                condition,
                Reason.MIGRATION_FAILED,
                "A migration was interrupted and left its lock: make sure that nothing else migrates, then set "
                f"locked to FALSE in the table {postgresql.schema_}.databasechangeloglock. {why}",
            )
        if _UNREACHABLE.search(said):
            return no(
                condition,
                Reason.DATABASE_UNREACHABLE,
                f"{postgresql.host} does not answer, or refuses the user: check its firewall, "
                f"spec.database.postgresql and the secret with the password. {why}",
            )
    if _IN_FLIGHT in said:
        return no(
            condition,
            Reason.MIGRATION_FAILED,
            "Flows are in flight, and while there are any Corda changes no tables but those of new CorDapps beside "
            "unchanged ones. Nothing was changed: put spec.version, spec.image and spec.cordapps back, and the node "
            f"starts as before. Then let its flows end (kubectl corda drain {node.metadata.name} --timeout 1h), and "
            "make the change anew while it still drains. A flow that was started with a client id counts until its "
            "client calls removeClientId.",
        )
    return no(
        condition,
        Reason.MIGRATION_FAILED,
        f"{why} So Corda could not migrate its database; the last good state of an H2 database is kept. Correct the "
        f"cause, or put spec.version and spec.cordapps back. All of the log: kubectl corda logs {node.metadata.name} "
        f"-c {DATABASE_CONTAINER}",
    )


def corda(node: CordaNode, observed: ObservedNode) -> Finding:
    """Return how Corda itself does, as a reason for Ready."""
    ready = ConditionType.READY
    if observed.ready:
        return yes(ready, "The node runs.")
    status = observed.container(NODE_CONTAINER) or {}
    end = _failure(status)
    if end is None or ("running" in status.get("state", {}) and status.get("restartCount", 0) < _CRASHES):
        return no(ready, Reason.NODE_STARTING, "The node starts; that takes a minute or two.")
    said = end.get("message", "")
    if end.get("reason") == "OOMKilled":
        return no(
            ready,
            Reason.NODE_FAILED,
            "The node used more memory than its limit: raise spec.resources, or lower spec.jvm.maxRAMPercentage.",
        )
    if _FULL.search(said):
        return _full(node, ready, _cause(end))
    if _PARAMETERS.search(said):
        return no(
            ready,
            Reason.PARAMETERS_NOT_ACCEPTED,
            "Flag day has passed, and the node has not accepted the network's new parameters. To accept them: kubectl "
            f"exec {names.pod(node)} -c {NODE_CONTAINER} -- rm network-parameters, while the node tries to start.",
        )
    return no(ready, Reason.NODE_FAILED, f"Corda ended with exit code {end.get('exitCode')}: {_cause(end)}")


def _full(node: CordaNode, condition: ConditionType, said: str) -> Finding:
    return no(
        condition,
        Reason.NODE_FAILED,
        f"The node's volume is full: raise spec.storage.size from {node.spec.storage.size}, which needs a StorageClass "
        f"that allows it. {said}",
    )


def _wanted(node: CordaNode, observed: ObservedNode) -> str:
    member = member_of(node, observed.consortium)
    pool = node.spec.node_pool or (None if member is None else member.node_pool)
    wanted = [
        *([] if pool is None else [f"node pool {pool}"]),
        *([] if not node.spec.zones else [f"zones {', '.join(node.spec.zones)}"]),
        f"{node.spec.resources.requests.cpu} CPU and {node.spec.resources.requests.memory} of memory",
    ]
    return f"The node asks for {'; '.join(wanted)}: is there such a machine, and has it room?"


def _failure(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return how a container ended the last time, if it was not asked to; that it tries again is no news."""
    for state in (status.get("state", {}), status.get("lastState", {})):
        end: Mapping[str, Any] | None = state.get("terminated")
        if end is not None:
            return None if end.get("exitCode") in _CLEAN else end
    return None


def _cause(end: Mapping[str, Any]) -> str:
    return cause(end.get("message", "")) or f"It ended with exit code {end.get('exitCode')} and named no cause."


def _statuses(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    status = manifest.get("status", {})
    yield from status.get("initContainerStatuses", ())
    yield from status.get("containerStatuses", ())
