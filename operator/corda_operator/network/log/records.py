"""What can happen in a consortium: the kinds of records that its log holds.

A record tells a fact that stays true: a certificate was issued, a map was signed. Whatever is bytes (a request, a
certificate, a node info) is an attachment of the record's block, and the record holds its index there. Names of kinds
and fields are what blocks in Storage say: they may be added to, never changed.
"""

import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

Hex = Annotated[str, Field(pattern="^[0-9A-F]{64}$")]
"""A SHA-256 in Corda's spelling: 64 hexadecimal digits, upper case."""

Attachment = Annotated[int, Field(ge=0)]
"""An index among the attachments of the record's block."""

Base64 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]*={0,2}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)


class TrustRootCreated(_Record):
    """The consortium began: three certificates (DER), and the two revocation lists (DER) that the root signs once."""

    kind: Literal["trust-root-created"] = "trust-root-created"
    root: Attachment
    identity_manager: Attachment
    network_map: Attachment
    root_key: str
    """Key Vault's identifier of the key, with its version."""
    identity_manager_key: str
    network_map_key: str
    root_revocation_list: Attachment
    tls_revocation_list: Attachment


class ConfigurationApplied(_Record):
    """A replica began to act on a newer configuration; those with an older one stop deciding."""

    kind: Literal["configuration-applied"] = "configuration-applied"
    generation: int


class CertificateRequested(_Record):
    """A certificate signing request (DER) arrived under a name and key that had none yet."""

    kind: Literal["certificate-requested"] = "certificate-requested"
    request_id: str
    legal_name: str
    role: Literal[3, 4]
    key: Hex
    """SHA-256 of the public key (DER SubjectPublicKeyInfo)."""
    token_proof: Hex | None
    """Of the submission token that came along: see `admission.token_proof`."""
    request: Attachment


class CertificateIssued(_Record):
    """The identity manager signed the certificate (DER) that a request asked for."""

    kind: Literal["certificate-issued"] = "certificate-issued"
    request_id: str
    serial_number: str
    """Decimal: JSON's numbers end before serial numbers do."""
    certificate: Attachment


class CertificateRevoked(_Record):
    """A certificate must no longer be trusted; its name may be bound to another key from now on."""

    kind: Literal["certificate-revoked"] = "certificate-revoked"
    serial_number: str
    reason: str
    """As RFC 5280 5.3.1 spells it, for example ``keyCompromise``."""


class RevocationListSigned(_Record):
    """The identity manager signed its revocation list (DER)."""

    kind: Literal["revocation-list-signed"] = "revocation-list-signed"
    number: int
    next_update: AwareDatetime
    revocation_list: Attachment


class NodeInfoPublished(_Record):
    """A node published its signed node info (Corda's AMQP), which replaces whatever its names had before."""

    kind: Literal["node-info-published"] = "node-info-published"
    hash: Hex
    legal_names: tuple[str, ...]
    keys: tuple[Hex, ...]
    """SHA-256 of each identity's public key, in the order of the names."""
    certificates: tuple[str, ...]
    """Serial numbers (decimal) of the certificates that this identity manager issued, in the order of the names."""
    serial: int
    platform_version: int
    node_info: Attachment


class NodesSeen(_Record):
    """Nodes published what is listed already: they are alive."""

    kind: Literal["nodes-seen"] = "nodes-seen"
    hashes: tuple[Hex, ...]


class NodeRemoved(_Record):
    """A node left the map."""

    kind: Literal["node-removed"] = "node-removed"
    hash: Hex
    reason: str


class ParametersSigned(_Record):
    """Network parameters (Corda's AMQP, signed) exist; they're served for ever, in force or not."""

    kind: Literal["parameters-signed"] = "parameters-signed"
    hash: Hex
    epoch: int
    revision: int = 0
    """Of the configuration that they were made from."""
    parameters: Attachment


class UpdateProposed(_Record):
    """Nodes were asked to accept parameters that were signed before."""

    kind: Literal["update-proposed"] = "update-proposed"
    hash: Hex
    description: str
    deadline: AwareDatetime


class UpdateWithdrawn(_Record):
    """The proposed update was taken back."""

    kind: Literal["update-withdrawn"] = "update-withdrawn"
    hash: Hex


class ParametersAccepted(_Record):
    """A node accepted a proposed update; the acknowledgement is Corda's AMQP, signed by its legal identity."""

    kind: Literal["parameters-accepted"] = "parameters-accepted"
    hash: Hex
    legal_name: str
    acknowledgement: Attachment


class ParametersAdopted(_Record):
    """Flag day: the parameters are in force."""

    kind: Literal["parameters-adopted"] = "parameters-adopted"
    hash: Hex


class MapSigned(_Record):
    """The network map that follows from this block and all before it was signed."""

    kind: Literal["map-signed"] = "map-signed"
    hash: Hex
    """SHA-256 of the map as Corda serializes it."""
    nodes: int
    signature: Base64


Record = Annotated[
    TrustRootCreated
    | ConfigurationApplied
    | CertificateRequested
    | CertificateIssued
    | CertificateRevoked
    | RevocationListSigned
    | NodeInfoPublished
    | NodesSeen
    | NodeRemoved
    | ParametersSigned
    | UpdateProposed
    | UpdateWithdrawn
    | ParametersAccepted
    | ParametersAdopted
    | MapSigned,
    Field(discriminator="kind"),
]


class Header(_Record):
    """The first line of a block."""

    format: Literal["corda-operator-log/1"] = "corda-operator-log/1"
    sequence: Annotated[int, Field(ge=1)]
    previous: Hex
    time: AwareDatetime
    records: tuple[Record, ...]
    attachments: tuple[Annotated[int, Field(ge=0)], ...]
    """The length of each attachment in bytes."""


HEADER: TypeAdapter[Header] = TypeAdapter(Header)


def utc(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment in UTC, to the millisecond: what Corda's instants and JSON both hold without loss."""
    moment = moment.astimezone(datetime.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
