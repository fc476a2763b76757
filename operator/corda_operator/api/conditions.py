"""Conditions: what is true of a resource, why, and what to do about it.

Ready, Reconciling and Stalled are those that tools know (kstatus); the others are ours. Types and reasons are stable:
alerts and scripts may rely on them. Messages are for people and may change.
"""

import datetime
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from corda_operator.api.parts import Reported
from corda_operator.api.rules import ListMap
from corda_operator.api.texts import Timestamp

Truth = Literal["True", "False", "Unknown"]


class _Explained(StrEnum):
    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class ConditionType(_Explained):
    """What a condition is about; ``meaning`` says what it means if it is True."""

    READY = "Ready", "Everything that the resource asks for is there and works."
    RECONCILING = "Reconciling", "The operator is at work, or waits for something that comes by itself."
    STALLED = "Stalled", "Nothing will happen until somebody does what the message says."
    CONFIGURATION_APPLIED = "ConfigurationApplied", "What runs is what the newest generation asks for."

    TRUST_ROOT_READY = (
        "TrustRootReady",
        "Consortium, hosted: the network's certificates are made and their keys are in Key Vault.",
    )
    NETWORK_PARAMETERS_READY = (
        "NetworkParametersReady",
        "Consortium: there are signed network parameters with a notary.",
    )
    NETWORK_MAP_SERVING = "NetworkMapServing", "Consortium, hosted: the network map is served to nodes."
    TRUST_ROOT_VERIFIED = (
        "TrustRootVerified",
        "Consortium, joined: what the services sign leads to the given trust root.",
    )

    KEYS_READY = "KeysReady", "CordaNode: the node's keys are in its Key Vault."
    REGISTERED = "Registered", "CordaNode: the identity manager has certified the node."
    STORAGE_BOUND = "StorageBound", "CordaNode: the node's volume is there."
    DATABASE_MIGRATED = "DatabaseMigrated", "CordaNode: the database has the schema of this version and its CorDapps."
    PUBLISHED = "Published", "CordaNode: the network map lists the node as it is now."
    PARAMETERS_ACCEPTED = (
        "ParametersAccepted",
        "CordaNode: the node runs with the network's parameters and has accepted what is proposed.",
    )
    DRAINED = "Drained", "CordaNode: the node takes no new flows and has none left; there while a running node ends."


class Reason(_Explained):
    """Why a condition is as it is; ``meaning`` says what to do where something is to be done."""

    AVAILABLE = "Available", "It is there and works."
    PROGRESSING = "Progressing", "The operator is at work; wait."
    PAUSED = "Paused", "spec.paused is true; set it to false to go on."
    DELETING = "Deleting", "The resource is being deleted."
    INVALID_SPEC = (
        "InvalidSpec",
        "The spec asks for something that Corda or Azure would refuse; the message names the field.",
    )
    APPLY_FAILED = "ApplyFailed", "The API server refused an object that the operator made; the message is its answer."

    CONSORTIUM_NOT_FOUND = (
        "ConsortiumNotFound",
        "No Consortium of that name in the namespace; create it or correct spec.consortiumRef.",
    )
    CONSORTIUM_NOT_READY = "ConsortiumNotReady", "The node waits for its Consortium; look at that one's conditions."
    NOTARY_NOT_REGISTERED = (
        "NotaryNotRegistered",
        "The network has no notary yet; create the CordaNode of one that the Consortium lists.",
    )
    TRUST_ROOT_MISSING = (
        "TrustRootMissing",
        "The ConfigMap of spec.joined.trustRootRef is not there or lacks its key; create it with the root certificate.",
    )
    TRUST_ROOT_MISMATCH = (
        "TrustRootMismatch",
        "The services are signed by another trust root than the given one; find out which is genuine before you go on.",
    )

    VAULT_UNREACHABLE = "VaultUnreachable", "Key Vault does not answer; check its firewall, private endpoint and DNS."
    VAULT_ACCESS_DENIED = (
        "VaultAccessDenied",
        "Key Vault refuses the identity; give it the role that the message names.",
    )
    STORAGE_UNREACHABLE = (
        "StorageUnreachable",
        "Azure Storage does not answer; check its firewall, private endpoint and DNS.",
    )
    STORAGE_ACCESS_DENIED = (
        "StorageAccessDenied",
        "Azure Storage refuses the identity; give it the role that the message names.",
    )
    IDENTITY_UNAVAILABLE = (
        "IdentityUnavailable",
        "Entra gives no token for the workload identity; check its federated credential.",
    )
    SERVICES_UNREACHABLE = "ServicesUnreachable", "Identity manager or network map does not answer at its URL."

    ADMISSION_PENDING = (
        "AdmissionPending",
        "The identity manager has the request; the consortium must admit the member.",
    )
    ADMISSION_DENIED = "AdmissionDenied", "The consortium refuses the name; the message has its reason."
    KEYS_CHANGED = (
        "KeysChanged",
        "Another key is certified for the name than the vault has; restore that key, or have its certificate revoked.",
    )
    CERTIFICATE_EXPIRED = (
        "CertificateExpired",
        "A certificate of the node has ended; a restart renews TLS certificates, and nothing the others.",
    )
    REVOKED = (
        "Revoked",
        "The network has revoked the node's certificate; new keys need another spec.keyVault.secretPrefix.",
    )

    VOLUME_PENDING = "VolumePending", "The volume is not bound; look at the events of the PersistentVolumeClaim."
    DATABASE_UNREACHABLE = "DatabaseUnreachable", "The database does not answer or refuses the user."
    MIGRATION_FAILED = "MigrationFailed", "Corda could not migrate its database; the message says why."
    VERSION_DOWNGRADE = (
        "VersionDowngrade",
        "A newer version has run on this database, which Corda does not migrate back.",
    )
    CORDAPP_UNAVAILABLE = "CordappUnavailable", "A CorDapp can't be fetched or is not the one with the given SHA-256."
    IMAGE_UNAVAILABLE = "ImageUnavailable", "An image can't be pulled; check its name and spec.imagePullSecrets."
    POD_UNSCHEDULABLE = "PodUnschedulable", "No machine has room or the right zone; the message is the scheduler's."
    NODE_FAILED = "NodeFailed", "The node ended with an error; the message says which."
    NODE_STARTING = "NodeStarting", "The node starts; that takes a minute or two."
    PARAMETERS_NOT_ACCEPTED = (
        "ParametersNotAccepted",
        "New network parameters wait for acceptance by this node; flag day is in the message.",
    )
    DRAINING = "Draining", "Flows come to their end before a restart."
    DRAIN_TIMED_OUT = (
        "DrainTimedOut",
        "Flows were left when spec.drain.timeout had passed; they resume from their checkpoints.",
    )


class Condition(Reported):
    """One condition, of the kind that Kubernetes' own objects have."""

    type: Annotated[str, Field(max_length=64)]
    """What it is about."""
    status: Truth
    """Whether it is so."""
    reason: Annotated[str, Field(max_length=64)]
    """Why, in one stable word."""
    message: Annotated[str, Field(max_length=4096)] = ""
    """Why, for people, and what to do about it."""
    last_transition_time: Timestamp
    """When the status changed."""
    observed_generation: Annotated[int, Field(ge=0)] = 0
    """The generation of the spec that it is about."""


Conditions = Annotated[tuple[Condition, ...], Field(max_length=32), ListMap("type")]


def with_condition(
    conditions: Iterable[Condition],
    condition_type: ConditionType,
    status: Truth,
    reason: Reason,
    message: str,
    *,
    generation: int,
    now: datetime.datetime,
) -> tuple[Condition, ...]:
    """Return the conditions with this one in the place of its predecessor, or at the end.

    ``now`` becomes its time only if its status changes, so that an unchanged world gives an unchanged status.
    """
    before = tuple(conditions)
    old = next((each for each in before if each.type == condition_type), None)
    since = old.last_transition_time if old is not None and old.status == status else now
    new = Condition(
        type=condition_type.value,
        status=status,
        reason=reason.value,
        message=message[:4096],
        last_transition_time=since.replace(microsecond=0),
        observed_generation=generation,
    )
    if old is None:
        return (*before, new)
    return tuple(new if each.type == condition_type else each for each in before)


def without_condition(conditions: Iterable[Condition], condition_type: ConditionType) -> tuple[Condition, ...]:
    """Return the conditions without this one."""
    return tuple(each for each in conditions if each.type != condition_type)


def is_true(conditions: Iterable[Condition], condition_type: ConditionType) -> bool:
    """Tell whether a condition is there and True."""
    return any(each.type == condition_type and each.status == "True" for each in conditions)
