"""What all nodes of a network have to agree on (corda: NetworkParameters)."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from corda_operator.corda.amqp import times, types, writer
from corda_operator.corda.amqp.envelope import seal, sealing, unseal
from corda_operator.corda.amqp.limits import PARAMETERS, Limits
from corda_operator.corda.amqp.record import Record
from corda_operator.corda.amqp.values import Value
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import decode_hash, encode_hashes

_LARGEST_INT = 2**31 - 1

_ALWAYS_HOT_LOADABLE = frozenset({"epoch", "modifiedTime"})
AUTO_ACCEPTABLE = _ALWAYS_HOT_LOADABLE | {"whitelistedContractImplementations", "packageOwnership"}
"""Properties whose change a node accepts by itself unless configured otherwise (corda: AutoAcceptable)."""


class InvalidParameters(ValueError):  # noqa: N818 - beside InvalidName it says what it is
    """Network parameters that Corda itself would not construct."""


@dataclass(frozen=True, slots=True)
class NotaryInfo:
    """A notary: its name, its key (SubjectPublicKeyInfo, DER), and whether it validates transactions.

    Name and key are those of the identity that comes last in the notary's node info.
    """

    name: LegalName
    key: bytes
    validating: bool


@dataclass(frozen=True)
class NetworkParameters:
    """One version of a network's parameters; sizes are in bytes. Raises InvalidParameters.

    ``whitelisted_contract_implementations`` has hashes of contract archives by contract class,
    ``package_ownership`` keys (SubjectPublicKeyInfo, DER) by Java package. ``event_horizon`` may be
    `amqp.times.FOREVER`. ``modified_time`` needs a time zone; only its microseconds survive encoding.
    """

    minimum_platform_version: int
    notaries: tuple[NotaryInfo, ...]
    max_message_size: int
    max_transaction_size: int
    modified_time: datetime
    epoch: int
    whitelisted_contract_implementations: Mapping[str, tuple[SecureHash, ...]] = field(default_factory=dict)
    event_horizon: timedelta = timedelta(days=30)
    package_ownership: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "package_ownership", MappingProxyType(dict(self.package_ownership)))
        whitelist = MappingProxyType(dict(self.whitelisted_contract_implementations))
        object.__setattr__(self, "whitelisted_contract_implementations", whitelist)
        for name, value in (
            ("minimum platform version", self.minimum_platform_version),
            ("maximum message size", self.max_message_size),
            ("maximum transaction size", self.max_transaction_size),
            ("epoch", self.epoch),
        ):
            if not 0 < value <= _LARGEST_INT:
                raise InvalidParameters(f"the {name} is from 1 to {_LARGEST_INT}, not {value}")
        if self.event_horizon < timedelta(0):
            raise InvalidParameters(f"the event horizon is not negative, as {self.event_horizon} is")
        if self.modified_time.tzinfo is None:
            raise InvalidParameters(f"the modified time {self.modified_time} has no time zone")
        if len({notary.key for notary in self.notaries}) != len(self.notaries):
            raise InvalidParameters("two notaries have the same key")
        check_packages(self.package_ownership)

    def changes_to(self, other: "NetworkParameters") -> frozenset[str]:
        """Return Corda's names of the properties that ``other`` changes, as a node finds them.

        To a node notaries are the same if their keys are, whatever their names (corda: AbstractParty.equals).
        """
        ours, theirs = self._compared(), other._compared()
        return frozenset(name for name, value in ours.items() if value != theirs[name])

    def _compared(self) -> dict[str, object]:
        return {
            "epoch": self.epoch,
            "eventHorizon": self.event_horizon,
            "maxMessageSize": self.max_message_size,
            "maxTransactionSize": self.max_transaction_size,
            "minimumPlatformVersion": self.minimum_platform_version,
            "modifiedTime": self.modified_time,
            "notaries": [(notary.key, notary.validating) for notary in self.notaries],
            "packageOwnership": self.package_ownership,
            "whitelistedContractImplementations": self.whitelisted_contract_implementations,
        }

    def encode(self) -> bytes:
        """Return the blob that the operator signs."""
        value = writer.described(types.NETWORK_PARAMETERS.descriptor, writer.sequence(self._encode_values()))
        # Corda's writer notes a class when it first meets an object of it.
        hashes = (types.SHA256,) if any(self.whitelisted_contract_implementations.values()) else ()
        return seal(value, sealing(types.NETWORK_PARAMETERS_SCHEMA + hashes))

    def _encode_values(self) -> tuple[bytes, ...]:
        ownership = writer.mapping(
            (writer.string(package), writer.described(types.PUBLIC_KEY, writer.binary(key)))
            for package, key in self.package_ownership.items()
        )
        return (
            writer.integer(self.epoch),
            times.encode_duration(self.event_horizon),
            writer.integer(self.max_message_size),
            writer.integer(self.max_transaction_size),
            writer.integer(self.minimum_platform_version),
            times.encode_instant(self.modified_time),
            writer.described(types.NOTARY_INFOS.descriptor, writer.sequence(map(_encode_notary, self.notaries))),
            writer.described(types.PACKAGE_OWNERSHIP.descriptor, ownership),
            self._encode_whitelist(),
        )

    def _encode_whitelist(self) -> bytes:
        whitelist = writer.mapping(
            (writer.string(contract), encode_hashes(hashes))
            for contract, hashes in self.whitelisted_contract_implementations.items()
        )
        return writer.described(types.WHITELIST.descriptor, whitelist)

    @classmethod
    def decode(cls, data: bytes, limits: Limits = PARAMETERS) -> "NetworkParameters":
        """Read such a blob, an older Corda's, too; raises DecodeError."""
        record = unseal(data, limits, types.NETWORK_PARAMETERS.name)
        ownership = record.entries("packageOwnership") if record.has("packageOwnership") else []
        try:
            return cls(
                minimum_platform_version=record.integer("minimumPlatformVersion"),
                notaries=tuple(map(_decode_notary, record.records("notaries", types.NOTARY_INFO.name))),
                max_message_size=record.integer("maxMessageSize"),
                max_transaction_size=record.integer("maxTransactionSize"),
                modified_time=record.instant("modifiedTime"),
                epoch=record.integer("epoch"),
                whitelisted_contract_implementations=_decode_whitelist(record),
                event_horizon=record.duration("eventHorizon") if record.has("eventHorizon") else times.FOREVER,
                package_ownership={key: record.custom_binary_of(one, types.PUBLIC_KEY) for key, one in ownership},
            )
        except InvalidParameters as error:
            raise record.refused(error) from None


def auto_acceptable(changes: Set[str], excluded: Set[str] = frozenset()) -> bool:
    """Whether a node accepts these changes by itself, but for properties its configuration excludes.

    corda: NetworkMapUpdater, ``networkParameterAcceptanceSettings.excludedAutoAcceptableParameters``.
    """
    return changes <= AUTO_ACCEPTABLE - excluded


def hot_loadable(changes: Set[str]) -> bool:
    """Whether a node takes over these changes, once accepted, without a restart (corda: NetworkParametersHotloader)."""
    return changes - _ALWAYS_HOT_LOADABLE <= {"notaries"}


def check_packages(packages: Iterable[str]) -> None:
    """Raise InvalidParameters unless these are names of Java packages of which none lies in another."""
    packages = frozenset(packages)
    for package in packages:
        if not all(part.replace("$", "_").isidentifier() for part in package.split(".")):
            raise InvalidParameters(f"{package!r} is not the name of a Java package")
        parents = (package[:end] for end, character in enumerate(package) if character == ".")
        for parent in parents:
            if parent in packages:
                raise InvalidParameters(f"the package {package!r} lies in {parent!r}, which has an owner, too")


def _encode_notary(notary: NotaryInfo) -> bytes:
    key = writer.described(types.PUBLIC_KEY, writer.binary(notary.key))
    party = writer.described(types.PARTY.descriptor, writer.sequence((notary.name.encode_value(), key)))
    values = (party, writer.boolean(notary.validating))
    return writer.described(types.NOTARY_INFO.descriptor, writer.sequence(values))


def _decode_notary(record: Record) -> NotaryInfo:
    party = record.record("identity", types.PARTY.name)
    return NotaryInfo(
        name=LegalName.from_record(party.record("name", types.LEGAL_NAME.name)),
        key=party.custom_binary("owningKey", types.PUBLIC_KEY),
        validating=record.boolean("validating"),
    )


def _decode_whitelist(record: Record) -> dict[str, tuple[SecureHash, ...]]:
    def hashes(value: Value) -> tuple[SecureHash, ...]:
        return tuple(map(decode_hash, record.records_of(value, types.SHA256.name)))

    return {contract: hashes(value) for contract, value in record.entries("whitelistedContractImplementations")}
