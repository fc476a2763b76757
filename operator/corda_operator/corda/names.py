"""Corda's X.500 names (corda: CordaX500Name, LegalNameValidator)."""

import re
import unicodedata
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import NameOID

from corda_operator.corda.amqp import types, writer
from corda_operator.corda.amqp.envelope import seal, sealing
from corda_operator.corda.amqp.record import Record
from corda_operator.corda.countries import COUNTRIES
from corda_operator.corda.distinguished_names import InvalidName, format_attributes, parse_attributes

__all__ = ["InvalidName", "LegalName"]

_FIELDS = {
    "C": ("country", NameOID.COUNTRY_NAME),
    "ST": ("state", NameOID.STATE_OR_PROVINCE_NAME),
    "L": ("locality", NameOID.LOCALITY_NAME),
    "O": ("organisation", NameOID.ORGANIZATION_NAME),
    "OU": ("organisation_unit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    "CN": ("common_name", NameOID.COMMON_NAME),
}
"""In the order of the certificates (corda: X500Utils.toX500Name); text has the opposite one."""
_BY_OID = {oid: keyword for keyword, (_, oid) in _FIELDS.items()}
_SYNONYMS = {"S": "ST"}
_LONGEST = {"organisation": 127, "locality": 63, "state": 63, "organisation_unit": 63, "common_name": 63}
_LONGEST_COMMON_NAME = 64
"""Bytes; `cryptography` counts RFC 5280's ub-common-name in them."""
_NOT_IN_ORGANISATION = ',+<>;"\\'
_JAVA_SPACES = re.compile(r"[ \t\n\x0b\f\r]+")
_LARGEST_DER = 2048


@dataclass(frozen=True, slots=True)
class LegalName:
    """A party's name; equal to another if all six attributes are, letter by letter, as in Corda.

    Raises InvalidName where Corda would refuse the name, and also for what Corda takes but does not write so that
    it reads it back, or what lets two names look alike: empty attributes, control characters, values in quotes or
    beginning with # or a backslash, and in the organisation the characters that have a meaning in Java's text form.
    """

    organisation: str
    locality: str
    country: str
    state: str | None = None
    organisation_unit: str | None = None
    common_name: str | None = None

    def __post_init__(self) -> None:
        for keyword, (field, _) in _FIELDS.items():
            value = getattr(self, field)
            if value is not None:
                _check(keyword, field, value)
        if self.country not in COUNTRIES:
            raise InvalidName(f"C={self.country}: expected an ISO 3166-1 code of two capital letters, such as GB")
        _check_organisation(self.organisation)

    @classmethod
    def parse(cls, text: str) -> "LegalName":
        """Read a name such as ``O=Bank A, L=London, C=GB``, its attributes in any order; raises InvalidName."""
        found: dict[str, str] = {}
        for written, value in parse_attributes(text):
            keyword = _keyword(written)
            if keyword in found:
                raise InvalidName(f"{text!r}: {keyword} is there twice")
            found[keyword] = value
        return cls._of(found, repr(text))

    @classmethod
    def from_x509(cls, name: x509.Name) -> "LegalName":
        """Read a certificate's subject or issuer; raises InvalidName."""
        found: dict[str, str] = {}
        for attribute in name:
            keyword = _BY_OID.get(attribute.oid)
            value = attribute.value
            if keyword is None or not isinstance(value, str):
                raise InvalidName(f"Corda's names have no attribute {attribute.oid.dotted_string} of this type")
            if keyword in found:
                raise InvalidName(f"{keyword} is there twice")
            found[keyword] = value
        return cls._of(found, "the name")

    @classmethod
    def from_der(cls, der: bytes) -> "LegalName":
        """Read the DER of a name (RFC 5280 4.1.2.4); raises InvalidName."""
        return cls.from_x509(_read_name(der))

    @classmethod
    def from_record(cls, record: Record) -> "LegalName":
        """Read a `types.LEGAL_NAME`; raises DecodeError."""
        parts = {
            "organisation": record.string("organisation"),
            "locality": record.string("locality"),
            "country": record.string("country"),
            "state": record.optional_string("state"),
            "organisation_unit": record.optional_string("organisationUnit"),
            "common_name": record.optional_string("commonName"),
        }
        try:
            return cls(**parts)  # type: ignore[arg-type] # the first three are strings
        except InvalidName as error:
            raise record.refused(error) from None

    @classmethod
    def _of(cls, found: dict[str, str], where: str) -> "LegalName":
        missing = [keyword for keyword in ("O", "L", "C") if keyword not in found]
        if missing:
            raise InvalidName(f"{where} has no {' and no '.join(missing)}; Corda's names need O, L and C")
        return cls(found["O"], found["L"], found["C"], found.get("ST"), found.get("OU"), found.get("CN"))

    def __str__(self) -> str:
        """Return the name as Corda prints it: CN, OU, O, L, ST, C."""
        return format_attributes(reversed(self._attributes()))

    def to_x509(self) -> x509.Name:
        """Return the name as Corda has it in certificates: C, ST, L, O, OU, CN; C printable, the others UTF-8."""
        return x509.Name([x509.NameAttribute(_FIELDS[keyword][1], value) for keyword, value in self._attributes()])

    def encode_value(self) -> bytes:
        """Return the AMQP value that goes into other types."""
        values = (
            writer.optional_string(self.common_name),
            writer.string(self.country),
            writer.string(self.locality),
            writer.string(self.organisation),
            writer.optional_string(self.organisation_unit),
            writer.optional_string(self.state),
        )
        return writer.described(types.LEGAL_NAME.descriptor, writer.sequence(values))

    def encode(self) -> bytes:
        """Return the blob whose hash names a node info's file: ``nodeInfo-`` and the hash of the first identity's."""
        return seal(self.encode_value(), sealing((types.LEGAL_NAME,)))

    def doorman_objections(self) -> tuple[str, ...]:
        """Return why Corda's doorman would not register the name, though nodes take it (LegalNameValidator, FULL)."""
        organisation = self.organisation
        objections = []
        if any(c in ",=$\"'\\" for c in organisation):
            objections.append("the organisation must not contain any of , = $ \" ' \\")
        if not organisation.isascii():
            objections.append("the organisation must be in basic Latin letters")
        if organisation[0].islower():
            objections.append("the organisation must begin with a capital letter")
        return tuple(objections)

    def _attributes(self) -> list[tuple[str, str]]:
        values = [(keyword, getattr(self, field)) for keyword, (field, _) in _FIELDS.items()]
        return [(keyword, value) for keyword, value in values if value is not None]


def _keyword(written: str) -> str:
    keyword = _SYNONYMS.get(written, written)
    if keyword not in _FIELDS:
        raise InvalidName(f"{written!r} is not one of the attributes of Corda's names: O, L, C, ST, OU, CN")
    return keyword


def _check(keyword: str, field: str, value: str) -> None:
    try:
        length = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise InvalidName(f"{keyword}={value!r} has half of a character") from None
    if not value:
        raise InvalidName(f"{keyword} is empty; leave it out or fill it")
    if any(unicodedata.category(c) == "Cc" for c in value):
        raise InvalidName(f"{keyword}={value!r} has a control character")
    if value[0] in "#\\" or (len(value) > 1 and value[0] == value[-1] == '"'):
        raise InvalidName(f"{keyword}={value!r} begins with # or \\ or is in quotes, which Corda does not keep")
    longest = _LONGEST.get(field)
    if longest is not None and length > longest:
        raise InvalidName(f"{keyword} has {length} characters (UTF-16), Corda takes up to {longest}")
    if field == "common_name" and len(value.encode()) > _LONGEST_COMMON_NAME:
        raise InvalidName(f"CN has {len(value.encode())} bytes in UTF-8, our certificates up to {_LONGEST_COMMON_NAME}")


def _check_organisation(organisation: str) -> None:
    normal = unicodedata.normalize("NFKC", _JAVA_SPACES.sub(" ", organisation.strip()))
    if organisation != normal:
        raise InvalidName(f"O={organisation!r} is not in normal form, {normal!r} is (single spaces, Unicode NFKC)")
    if sum(c <= "\uffff" and unicodedata.category(c).startswith("L") for c in organisation) < 2:
        raise InvalidName(f"O={organisation!r} has fewer than two letters")
    if any(c in _NOT_IN_ORGANISATION for c in organisation):
        raise InvalidName(f"O={organisation!r} has one of {' '.join(_NOT_IN_ORGANISATION)}")


@asn1.sequence
class _Attribute:
    type: x509.ObjectIdentifier
    value: asn1.TLV


@asn1.sequence
class _Holder:
    """A list can only be read inside of something."""

    name: list[asn1.SetOf[_Attribute]]


@asn1.sequence
class _Outer:
    name: asn1.TLV


_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
"""UTF8String, PrintableString, IA5String, TeletexString, BMPString, UniversalString."""


def _read_name(der: bytes) -> x509.Name:
    if len(der) > _LARGEST_DER:
        raise InvalidName(f"a name of {len(der)} bytes; {_LARGEST_DER} are enough for any of Corda's")
    try:
        holder = asn1.decode_der(_Holder, asn1.encode_der(_Outer(name=asn1.decode_der(asn1.TLV, der))))
        return x509.Name([_attribute(one) for group in holder.name for one in group.as_list()])
    except (ValueError, LookupError) as error:
        raise InvalidName(f"no name in DER: {error}") from None


def _attribute(attribute: _Attribute) -> x509.NameAttribute[str]:
    content = asn1.encode_der(attribute.value)
    text = bytes(attribute.value.data).decode(_ENCODINGS[content[0]])
    return x509.NameAttribute(attribute.type, text)
