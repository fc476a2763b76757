"""What enrolment says of a node's keys and certificates, from its container's end and, while it runs, its log."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from corda_operator.api.conditions import ConditionType, Reason
from corda_operator.api.corda_node import CordaNode
from corda_operator.network.admission import BOUND_TO_ANOTHER_KEY
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.findings import Finding, no, sentence, unknown, yes
from corda_operator.reconcile.node.observed import ObservedNode, moment
from corda_operator.reconcile.node.pod import ENROLMENT_CONTAINER
from corda_operator.reconcile.node.restart import enrolled

_REFUSED, _DENIED, _EXPIRED = 2, 3, 4
"""Exit codes (corda_operator.enrolment: ExitCode)."""
_WAITING = "WaitingForAdmission"
_AT_WORK = frozenset({"Registering", _WAITING})
"""Phases before the end (corda_operator.enrolment.progress: Phase)."""
_KEYS, _REGISTERED = ConditionType.KEYS_READY, ConditionType.REGISTERED


@dataclass(frozen=True)
class _Said:
    phase: str
    reason: str
    ended: int | None
    """The exit code of the last end, None before there is one."""


def findings(node: CordaNode, observed: ObservedNode, now: datetime.datetime) -> Iterator[Finding]:
    """Yield KeysReady and Registered."""
    said = _said(observed)
    listing = observed.listing
    if said is None:
        yield unknown(_KEYS, Reason.PROGRESSING, "Enrolment has not begun.")
        yield unknown(_REGISTERED, Reason.PROGRESSING, "Enrolment has not begun.")
    elif said.ended == 0:
        yield yes(_KEYS, f"The node's keys are in {node.spec.key_vault.url}.")
        revoked = listing is not None and listing.revoked
        yield no(_REGISTERED, Reason.REVOKED, _REVOKED) if revoked else _certified(node, observed, now)
    elif said.ended == _REFUSED:
        yield unknown(_KEYS, Reason.ADMISSION_DENIED, "Keys are made once the node is admitted.")
        yield _refused(node, said)
    elif said.ended == _EXPIRED:
        yield yes(_KEYS, f"The node's keys are in {node.spec.key_vault.url}.")
        yield no(_REGISTERED, Reason.CERTIFICATE_EXPIRED, f"{said.reason} {_ENDED}")
    elif said.phase == _WAITING:
        yield unknown(_KEYS, Reason.ADMISSION_PENDING, "The other keys are made once the node is admitted.")
        pending = "" if listing is None or listing.pending is None else f" {listing.pending}"
        yield no(_REGISTERED, Reason.ADMISSION_PENDING, f"{said.reason}{pending}")
    else:
        yield _trouble(node, said)
        yield unknown(_REGISTERED, Reason.PROGRESSING, "Registration comes after the keys: see KeysReady.")


_NEW_KEYS = (
    "delete this CordaNode and create it anew with another spec.keyVault.secretPrefix, so that it registers with new "
    "keys (secrets that were only deleted would be recovered)"
)
_REVOKED = (
    "The network has revoked the node's certificate, which is for ever: peers refuse the node. If it shall go on under "
    f"its name, have the consortium take the name out of spec.hosted.revocations if it is there; then {_NEW_KEYS}."
)
_ENDED = (
    "Nothing renews this certificate. If those of the network itself are still valid, have the consortium revoke the "
    f"node's by its serialNumber, which frees the name; then {_NEW_KEYS}."
)


def certificate_expiry(observed: ObservedNode) -> datetime.datetime | None:
    """Return when the first of the node's certificates ends."""
    ends = [moment(each["expires"]) for each in enrolled(observed).get("certificates", {}).values()]
    return min(ends, default=None)


def key_sha256(observed: ObservedNode) -> str | None:
    """Return the SHA-256 of the node CA's public key."""
    certificate: dict[str, Any] = enrolled(observed).get("certificates", {}).get("node-ca", {})
    return certificate.get("publicKeySHA256")


def _certified(node: CordaNode, observed: ObservedNode, now: datetime.datetime) -> Finding:
    expiry = certificate_expiry(observed)
    if expiry is None:
        return yes(_REGISTERED, "The identity manager has certified the node.")
    if expiry <= now:
        certificates = enrolled(observed)["certificates"]
        ended = sorted(purpose for purpose, each in certificates.items() if moment(each["expires"]) <= now)
        what = f"The node's certificate {', '.join(ended)} ended at {expiry:%FT%TZ}."
        restart = f"A restart renews it: kubectl corda restart {node.metadata.name}."
        advice = restart if ended == ["tls"] else _ENDED
        return no(_REGISTERED, Reason.CERTIFICATE_EXPIRED, f"{what} {advice}")
    return yes(_REGISTERED, f"The node is certified until {expiry:%FT%TZ}.")


def _refused(node: CordaNode, said: _Said) -> Finding:
    if BOUND_TO_ANOTHER_KEY in said.reason:
        return no(
            _REGISTERED,
            Reason.KEYS_CHANGED,
            f"{said.reason} If it is not lost, restore it in {node.spec.key_vault.url}, or create the CordaNode anew "
            "with the spec.keyVault in which it is.",
        )
    return no(_REGISTERED, Reason.ADMISSION_DENIED, f"{said.reason} Ask the consortium to admit the node.")


def _trouble(node: CordaNode, said: _Said) -> Finding:
    about = said.reason
    if not about:
        return unknown(_KEYS, Reason.PROGRESSING, "Enrolment is at work.")
    if "Microsoft Entra" in about:
        account = f"system:serviceaccount:{node.metadata.namespace}:{names.workload(node)}"
        return no(
            _KEYS,
            Reason.IDENTITY_UNAVAILABLE,
            f"{about} The managed identity {node.spec.workload_identity.client_id} needs a federated credential with "
            f"the cluster's issuer and the subject {account}.",
        )
    if said.ended == _DENIED:
        return no(_KEYS, Reason.VAULT_ACCESS_DENIED, f"{about} The identity is the one of spec.workloadIdentity.")
    if said.ended is not None:
        return no(_KEYS, Reason.INVALID_SPEC, about)
    if "answer 404" in about:
        return no(_KEYS, Reason.INVALID_SPEC, f"{about} The spec names it, so put it into the vault.")
    if node.spec.key_vault.url.rstrip("/") in about:
        return no(_KEYS, Reason.VAULT_UNREACHABLE, f"{about} Check the vault's firewall, private endpoint and DNS.")
    if "can't be reached" in about or "answered" in about:
        return no(_KEYS, Reason.SERVICES_UNREACHABLE, f"{about} Enrolment goes on by itself once it answers.")
    return unknown(_KEYS, Reason.PROGRESSING, about)


def _said(observed: ObservedNode) -> _Said | None:
    status = observed.container(ENROLMENT_CONTAINER)
    if status is None:
        return None
    states = (status.get("state", {}), status.get("lastState", {}))
    ended = next((each["terminated"]["exitCode"] for each in states if "terminated" in each), None)
    if "running" in states[0]:
        phase, reason = _last_in_log(observed.enrolment_log)
        # A new try that has said nothing yet is no news, and how it ended is told by its end, a moment later.
        if phase in _AT_WORK:
            return _Said(phase, sentence(reason), None)
        if ended is None:
            return _Said("", "", None)
    if ended is None:
        return None
    document = enrolled(observed)
    reason = document.get("reason") or f"Enrolment ended with exit code {ended}; its log says why."
    return _Said(document.get("phase", ""), sentence(reason), ended)


def _last_in_log(log: str) -> tuple[str, str]:
    """Return phase and message of the last line that has both (corda_operator.logs)."""
    for line in reversed(log.splitlines()):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "phase" in entry:
            return str(entry["phase"]), str(entry.get("message", ""))
    return "", ""
