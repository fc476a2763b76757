"""What is found about a Consortium whose services this cluster runs, condition by condition."""

from collections.abc import Mapping
from typing import Final

from corda_operator.api.conditions import Conditions, ConditionType, Reason
from corda_operator.api.consortium import Consortium
from corda_operator.api.hosted import Hosted
from corda_operator.reconcile.consortium.findings import Finding, false, progressing, true, unknown, unless_known_better
from corda_operator.reconcile.consortium.naming import SERVICES, TRUST_ROOT, services_name
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.root import Root
from corda_operator.reconcile.consortium.services_file import generation_of
from corda_operator.reconcile.consortium.troubles import Trouble, azure_trouble, pod_trouble
from corda_operator.reconcile.desired import Manifest, Reference

NO_TRUST_ROOT: Final = "has no trust root yet"
"""What a replica says of a container whose log has not begun."""


def deployment_reference(consortium: Consortium) -> Reference:
    """Return which Deployment is the services'."""
    return Reference("apps/v1", "Deployment", consortium.metadata.namespace, services_name(consortium))


def available_replicas(deployment: Manifest | None) -> int:
    """Return how many replicas of a live Deployment serve."""
    count: int = (deployment or {}).get("status", {}).get("availableReplicas", 0)
    return count


def trust_root_finding(
    consortium: Consortium, hosted: Hosted, observed: ObservedConsortium, root: Root, job: Manifest | None
) -> Finding:
    """Return whether the trust root is made, and is still the one that nodes stand on."""
    about = ConditionType.TRUST_ROOT_READY
    if root.other is not None:
        told = (
            f"The log in container {hosted.storage.container} of {hosted.storage.account_url} begins with trust root "
            f"{root.other}, but this network's is {root.sha256}, which nodes keep trusting. Put the container back. "
            "If a new network is wanted, delete the Consortium, create it anew and enrol every node anew."
        )
        return false(about, Trouble(Reason.TRUST_ROOT_MISMATCH, told))
    if root.sha256 is not None and NO_TRUST_ROOT in (observed.services_error or ""):
        told = (
            f"Container {hosted.storage.container} of {hosted.storage.account_url} is empty, but this network's trust "
            f"root is {root.sha256}, which nodes keep trusting. Put the container back; don't make another trust root."
        )
        return false(about, Trouble(Reason.TRUST_ROOT_MISMATCH, told))
    if root.sha256 is not None:
        return true(about, f"SHA-256 {root.sha256}.")
    trouble = pod_trouble(hosted, observed.pods, TRUST_ROOT)
    if trouble is not None:
        return false(about, trouble)
    if job is None:
        return progressing(about, "The trust root will be made once the spec can be acted on.")
    name = f"Job {job['metadata']['name']}"
    if observed.live.get(Reference.of(job), {}).get("status", {}).get("succeeded"):
        return progressing(about, f"{name} has made the trust root; the services are about to read it.")
    found = progressing(about, f"{name} makes the network's keys and certificates.")
    return unless_known_better(found, consortium.status.conditions, consortium.metadata.generation)


def serving_finding(consortium: Consortium, hosted: Hosted, observed: ObservedConsortium) -> Finding:
    """Return whether nodes are served the network map."""
    about = ConditionType.NETWORK_MAP_SERVING
    live, wanted = observed.live.get(deployment_reference(consortium)), hosted.network_map.replicas
    available = available_replicas(live)
    trouble = pod_trouble(hosted, observed.pods, SERVICES)
    if available == 0:
        refused = _replica_failure(live)
        if refused is not None:
            return false(about, Trouble(Reason.APPLY_FAILED, refused))
        if trouble is not None:
            return false(about, trouble)
        told = f"None of {wanted} replicas serves yet."
        said = observed.services_error
        if live is not None and said is not None:
            by_azure = azure_trouble(hosted, said)
            if by_azure.reason is not Reason.SERVICES_UNREACHABLE:
                return false(about, Trouble(by_azure.reason, f"{told} {said}"))
            told = f"{told} {said}"
        return progressing(about, told)
    if observed.services is not None and observed.services.map_hash is None:
        return _waits_for_notaries(about, observed.services.missing_notaries)
    told = f"{available} of {wanted} replicas serve."
    if trouble is not None and available < wanted:
        told = f"{told} {trouble.message}"
    return true(about, told)


def _replica_failure(deployment: Mapping[str, object] | None) -> str | None:
    status = (deployment or {}).get("status", {})
    if isinstance(status, Mapping):
        for each in status.get("conditions", ()):
            if each["type"] == "ReplicaFailure" and each["status"] == "True":
                return f"Pods of the services can't be created: {each.get('message', 'no message')}"
    return None


def _waits_for_notaries(about: ConditionType, missing: tuple[str, ...]) -> Finding:
    if not missing:
        return progressing(about, "The first network parameters are being signed.")
    told = (
        f"The first network parameters wait for notaries to register: {'; '.join(missing)}. Create the CordaNode of "
        "each, with notary.serviceLegalName as in spec.notaries, and admit its organisation in spec.members."
    )
    return false(about, Trouble(Reason.NOTARY_NOT_REGISTERED, told))


def parameters_finding(consortium: Consortium, observed: ObservedConsortium, serving: Finding) -> Finding:
    """Return whether there are network parameters with a notary."""
    about = ConditionType.NETWORK_PARAMETERS_READY
    services = observed.services
    if services is None:
        return _as_before(about, consortium.status.conditions, serving)
    parameters, update = services.parameters, services.update
    if parameters is None:
        return _waits_for_notaries(about, services.missing_notaries)
    if not parameters.notaries:
        told = (
            f"Epoch {parameters.epoch} of the network parameters is in force without a notary, so nothing can be "
            "notarised. List one in spec.notaries and create its CordaNode."
        )
        return false(about, Trouble(Reason.NOTARY_NOT_REGISTERED, told))
    told = f"Epoch {parameters.epoch} is in force."
    if update is not None:
        told += (
            f" Epoch {update.parameters.epoch} is proposed, flag day is {update.deadline:%Y-%m-%d %H:%M} UTC: "
            f"{len(update.accepted_by)} nodes have accepted it, {len(update.waiting_for)} have not."
        )
    if services.missing_notaries:
        told += f" Not registered yet: {'; '.join(services.missing_notaries)}."
    return true(about, told)


def _as_before(about: ConditionType, before: Conditions, serving: Finding) -> Finding:
    """Return what was known, as long as nothing newer is: what is signed stays signed."""
    for each in before:
        if each.type == about and each.status == "True":
            return true(about, each.message)
    if serving.status == "True":
        return unknown(about, Reason.SERVICES_UNREACHABLE, "The services' status is not known.")
    return unknown(about, serving.reason, "The services are not up yet.")


def applied_finding(
    consortium: Consortium, hosted: Hosted, observed: ObservedConsortium, invalid: Trouble | None
) -> Finding:
    """Return whether what runs is what the newest generation asks for; ``invalid`` is what is wrong with that."""
    about = ConditionType.CONFIGURATION_APPLIED
    if invalid is not None:
        return false(about, invalid)
    services, generation = observed.services, generation_of(consortium, observed.created)
    if services is None:
        told = observed.services_error or "they have not been asked yet"
        if available_replicas(observed.live.get(deployment_reference(consortium))) == 0:
            return unknown(about, Reason.PROGRESSING, "The services are not up yet.")
        return unknown(about, Reason.SERVICES_UNREACHABLE, f"No replica of the services tells its status: {told}.")
    if services.configuration_error is not None:
        told = f"The services refuse their configuration and keep the one before: {services.configuration_error}"
        return false(about, Trouble(Reason.INVALID_SPEC, told))
    if services.generation > generation:
        told = (
            "The services act on the configuration of a newer Consortium with the same log. Two must not host one "
            "network: delete the one that is not meant."
        )
        return false(about, Trouble(Reason.INVALID_SPEC, told))
    if services.generation < generation:
        told = "The services have not read the newest configuration yet; the kubelet brings it within two minutes."
        return progressing(about, told)
    return _rolled_out(consortium, hosted, observed)


def _rolled_out(consortium: Consortium, hosted: Hosted, observed: ObservedConsortium) -> Finding:
    about, wanted = ConditionType.CONFIGURATION_APPLIED, hosted.network_map.replicas
    live = observed.live.get(deployment_reference(consortium)) or {"metadata": {}}
    status = live.get("status", {})
    counts = [status.get(f"{kind}Replicas", 0) for kind in ("updated", "available")]
    current = status.get("observedGeneration", 0) >= live["metadata"].get("generation", 0)
    if current and min(counts) >= wanted and status.get("replicas", 0) == wanted:
        return true(about, f"The services act on generation {consortium.metadata.generation}.")
    trouble = pod_trouble(hosted, observed.pods, SERVICES)
    if trouble is not None:
        return false(about, trouble)
    return progressing(about, f"{min(counts)} of {wanted} replicas are available as the spec wants them.")
