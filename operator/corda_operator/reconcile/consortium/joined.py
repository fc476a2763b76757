"""The plan of a Consortium whose services run elsewhere: a ConfigMap and what was found at the URLs."""

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.consortium import (
    Consortium,
    ConsortiumStatus,
    Joined,
    ParametersStatus,
    ProposedParameters,
    TrustRootReference,
)
from corda_operator.corda.names import LegalName
from corda_operator.reconcile.consortium.findings import Finding, false, progressing, true, unknown
from corda_operator.reconcile.consortium.observed import JoinedProbe, ObservedConsortium
from corda_operator.reconcile.consortium.outcome import Outcome
from corda_operator.reconcile.consortium.root import Root, joined_root
from corda_operator.reconcile.consortium.troubles import Trouble
from corda_operator.reconcile.consortium.trust_root import trust_root_map
from corda_operator.reconcile.consortium.verification import trust_root_of

_LOOK_AGAIN, _LOOK_AGAIN_SOON = 60.0, 10.0


def joined_outcome(consortium: Consortium, joined: Joined, observed: ObservedConsortium) -> Outcome:
    """Return what a joined Consortium comes to."""
    status = consortium.status.model_copy(
        update={
            "identity_manager_url": joined.identity_manager_url.rstrip("/"),
            "network_map_url": joined.network_map_url.rstrip("/"),
        }
    )
    root = joined_root(consortium, observed)
    if root.pem is None:
        missing = false(ConditionType.TRUST_ROOT_VERIFIED, _missing(consortium, joined, root))
        return Outcome(findings=(missing,), status=status, look_again=_LOOK_AGAIN_SOON, usable=False)
    try:
        trust_root_of(root.pem)
        _expected(consortium)
    except ValueError as error:
        told = f"spec can't be acted on: {error}"
        invalid = false(ConditionType.TRUST_ROOT_VERIFIED, Trouble(Reason.INVALID_SPEC, told))
        return Outcome(findings=(invalid,), status=status, look_again=_LOOK_AGAIN, usable=False)
    probe = observed.probe
    verified = _verified(joined, probe) if root.other is None else _exchanged(joined, root)
    parameters = _parameters(consortium, probe)
    fine = verified.status == parameters.status == "True"
    return Outcome(
        objects=(trust_root_map(consortium, root.pem),),
        findings=(verified, parameters),
        status=_status(status, root, probe),
        ready_message=f"The network's services answer, under the given trust root. {parameters.message}",
        look_again=_LOOK_AGAIN if fine else _LOOK_AGAIN_SOON,
    )


def _missing(consortium: Consortium, joined: Joined, root: Root) -> Trouble:
    reference = joined.trust_root_ref or TrustRootReference(name="")
    create = (
        f"kubectl create configmap {reference.name} --namespace={consortium.metadata.namespace} "
        f"--from-file={reference.key}=FILE"
    )
    if root.sha256 is None:
        told = (
            f"ConfigMap {reference.name} with {reference.key}, the network's root certificate, is not there. Get the "
            f"certificate from the network's operator, compare its SHA-256 by another way, then: {create}."
        )
        return Trouble(Reason.TRUST_ROOT_MISSING, told)
    found = "is not there" if root.other is None else f"has another one, with SHA-256 {root.other}"
    told = (
        f"The trust root of this Consortium has SHA-256 {root.sha256}, but ConfigMap {reference.name} with "
        f"{reference.key} {found}. Put the genuine certificate back: {create}."
    )
    return Trouble(Reason.TRUST_ROOT_MISSING if root.other is None else Reason.TRUST_ROOT_MISMATCH, told)


def _exchanged(joined: Joined, root: Root) -> Finding:
    name = "" if joined.trust_root_ref is None else joined.trust_root_ref.name
    told = (
        f"ConfigMap {name} has another root certificate now, with SHA-256 {root.other}. Nodes go on with the one that "
        f"they stand on, {root.sha256}. Find out who has changed it and put that one back; for another network, create "
        "a second Consortium."
    )
    return false(ConditionType.TRUST_ROOT_VERIFIED, Trouble(Reason.TRUST_ROOT_MISMATCH, told))


def _verified(joined: Joined, probe: JoinedProbe | None) -> Finding:
    about = ConditionType.TRUST_ROOT_VERIFIED
    if probe is None:
        return progressing(about, f"{joined.network_map_url} is about to be asked for the network map.")
    if probe.trust_root_matches is False:
        told = (
            f"{joined.network_map_url}: {probe.error or 'it is signed under another trust root'}. Ask the network's "
            "operator by another way which trust root is genuine; nodes refuse this one."
        )
        return false(about, Trouble(Reason.TRUST_ROOT_MISMATCH, told))
    if probe.trust_root_matches is None or not probe.network_map_ok:
        return unknown(about, Reason.SERVICES_UNREACHABLE, _away(joined.network_map_url, "network map", probe))
    if not probe.identity_manager_ok:
        return unknown(
            about, Reason.SERVICES_UNREACHABLE, _away(joined.identity_manager_url, "identity manager", probe)
        )
    return true(about, "The network map is signed under the given trust root.")


def _away(url: str, what: str, probe: JoinedProbe) -> str:
    return (
        f"The {what} at {url} does not answer as one: {probe.error or 'no reason given'}. Check the URL, DNS and "
        "firewalls; nodes that run go on."
    )


def _parameters(consortium: Consortium, probe: JoinedProbe | None) -> Finding:
    about = ConditionType.NETWORK_PARAMETERS_READY
    if probe is None or probe.parameters is None or probe.network_map is None:
        return unknown(about, Reason.SERVICES_UNREACHABLE, "The network parameters are not known yet.")
    known = {str(notary.name) for notary in probe.parameters.notaries}
    if not known:
        told = "The network's parameters name no notary; its operator has to add one."
        return false(about, Trouble(Reason.NOTARY_NOT_REGISTERED, told))
    missing = [name for name in _expected(consortium) if name not in known]
    if missing:
        told = (
            f"The network's parameters don't name {'; '.join(missing)}, which spec.notaries lists; they name "
            f"{'; '.join(sorted(known))}. Correct spec.notaries, or wait for the network's operator."
        )
        return false(about, Trouble(Reason.NOTARY_NOT_REGISTERED, told))
    return true(about, f"Epoch {probe.parameters.epoch} of the network parameters is in force.")


def _expected(consortium: Consortium) -> list[str]:
    """Return the notaries' names as Corda writes them; raise InvalidName."""
    return [str(LegalName.parse(notary.service_legal_name)) for notary in consortium.spec.notaries]


def _status(status: ConsortiumStatus, root: Root, probe: JoinedProbe | None) -> ConsortiumStatus:
    facts: dict[str, object] = {"trust_root_sha256": root.sha256}
    if probe is not None and probe.network_map is not None and probe.parameters is not None:
        update = probe.network_map.parameters_update
        facts["nodes"] = status.nodes.model_copy(update={"listed": len(probe.network_map.node_info_hashes)})
        facts["parameters"] = ParametersStatus(
            epoch=probe.parameters.epoch,
            hash=str(probe.network_map.network_parameter_hash),
            proposed=None
            if update is None
            else ProposedParameters(hash=str(update.new_parameters_hash), deadline=update.update_deadline),
        )
    return status.model_copy(update=facts)
