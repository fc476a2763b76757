"""Snapshots: a whole state in one blob, so that a replica starts without reading the log from its beginning.

A snapshot holds nothing that the log doesn't: all of them may be deleted. Of the state's indexes it holds none.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from corda_operator.network.log.state import (
    Node,
    Registration,
    RevocationList,
    SignedMap,
    State,
    TrustRoot,
    Update,
)


class UnreadableSnapshotError(ValueError):
    """A snapshot is damaged or of another version; the log is read instead."""


class _Snapshot(BaseModel):
    model_config = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    format: Literal["corda-operator-snapshot/1"] = "corda-operator-snapshot/1"
    sequence: int
    block: str
    generation: int
    trust_root: TrustRoot | None
    registrations: tuple[Registration, ...]
    nodes: tuple[Node, ...]
    parameters: dict[str, bytes]
    revisions: dict[str, int]
    epoch: int
    parameters_hash: str | None
    update: Update | None
    revocation_list: RevocationList | None
    unlisted_revocations: tuple[str, ...]
    signed_map: SignedMap | None


# Unlike the model's own method, this makes the bytes without a string of the same size.
_SNAPSHOT: TypeAdapter[_Snapshot] = TypeAdapter(_Snapshot)


def encode(state: State) -> bytes:
    """Return a state as JSON."""
    plain = {name: getattr(state, name) for name in _Snapshot.model_fields if name != "format"}
    snapshot = {
        **plain,
        "registrations": tuple(state.registrations.values()),
        "nodes": tuple(state.nodes.values()),
    }
    return _SNAPSHOT.dump_json(_Snapshot.model_construct(**snapshot))


def decode(data: bytes) -> State:
    """Read a state; raise UnreadableSnapshotError."""
    try:
        snapshot = _Snapshot.model_validate_json(data)
    except ValidationError as error:
        raise UnreadableSnapshotError(f"the snapshot can't be read: {error}") from error
    plain = {name: getattr(snapshot, name) for name in _Snapshot.model_fields if name != "format"}
    issued = [(each, each.issued) for each in snapshot.registrations if each.issued is not None]
    indexed = {
        "registrations": {each.request_id: each for each in snapshot.registrations},
        "certificates": {issue.serial_number: each.request_id for each, issue in issued},
        "pending": {each.request_id: None for each in snapshot.registrations if each.issued is None},
        "names": {(each.role, each.legal_name): each.request_id for each, _ in issued if each.bound},
        "nodes": {each.hash: each for each in snapshot.nodes},
        "node_names": {name: each.hash for each in snapshot.nodes for name in each.legal_names},
    }
    return State(**{**plain, **indexed})
