"""The kinds of text that resources hold, each with what the API server checks and says about it."""

import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from corda_operator.api.rules import VALIDATIONS, Matches, Rule

_PLAIN: Final = r'[^ ,;+=<>"\\#\x00-\x1f\x7f](?:[^,;+=<>"\\\x00-\x1f\x7f])*'
_QUOTED: Final = r'"(?:[^"\\\x00-\x1f\x7f]|\\["\\])+"'
_ATTRIBUTE: Final = rf"(?:CN|OU|O|L|ST|C)=(?:{_PLAIN}|{_QUOTED})"
_KEYWORD: Final = "(?:^|, *)"

Line = Annotated[str, Field(min_length=1, max_length=256)]
"""Any short text."""

Found = Annotated[str, Field(max_length=1024)]
"""What the operator found, in a status. Unchecked: strangers' names must not keep a status from being written."""

Label = Annotated[
    str,
    Field(max_length=63),
    Matches("[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", "use small letters, digits and dashes, a letter or digit first: bank-a"),
]
"""A DNS label (RFC 1123)."""

ObjectName = Annotated[
    str,
    Field(max_length=253),
    Matches(
        "[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?", "write the object's name: small letters, digits, dashes and dots, as it has"
    ),
]
"""Name of an object that others made (RFC 1123 subdomain)."""

Organisation = Annotated[
    str,
    Field(max_length=127),
    Matches(
        r'[^ ,+<>;="\\#\x00-\x1f\x7f](?:[^,+<>;="\\\x00-\x1f\x7f]*[^ ,+<>;="\\\x00-\x1f\x7f])?',
        'write the O= of the legal names alone, as in Bank A; Corda allows none of , + = < > ; " \\ in it',
    ),
]
"""The organisation of a legal name."""

Locality = Annotated[
    str,
    Field(max_length=63),
    Matches(r'[^ #"\\\x00-\x1f\x7f][^\x00-\x1f\x7f]*', "write the L= of the certificates alone, as in London"),
]
"""The locality of a legal name."""

_LegalNameSyntax = Annotated[
    str,
    Field(max_length=420),
    Matches(
        f"{_ATTRIBUTE}(?:, *{_ATTRIBUTE}){{2,5}}",
        "write an X.500 name as in O=Bank A, L=London, C=GB: attributes O, L, C and, if wanted, ST, OU and CN, with "
        "commas between them; put a value that has a comma or = into double quotes",
    ),
]


def _each(keywords: str, expression: str) -> str:
    """Return a CEL expression for all attributes; spelled out, since the API server counts a loop as far dearer."""
    return " && ".join(expression.format(start=f"r'{_KEYWORD}{keyword}='") for keyword in keywords.split())


LegalName = Annotated[
    _LegalNameSyntax,
    Rule(
        _each("O L C", "self.matches({start})"),
        "a legal name needs an organisation (O=), a locality (L=) and a country (C=)",
    ),
    Rule(
        _each("CN OU O L ST C", "self.findAll({start}, 2).size() < 2"),
        "give each attribute of the legal name once",
    ),
    Rule(
        f"!self.matches(r'{_KEYWORD}C=') || self.matches(r'{_KEYWORD}C=[A-Z][A-Z] *(?:,|$)')",
        "write the country of the legal name as two capital letters (ISO 3166-1), as in C=GB",
    ),
]
"""A legal name in Corda's text form. Whether Corda takes it is for `corda.names` to say: this is its syntax."""

ListedName = Annotated[
    str,
    Field(max_length=420),
    Rule(
        "self.contains('O=') && self.contains('L=') && self.contains('C=')",
        "write a legal name as in O=Bank A, L=London, C=GB",
    ),
]
"""A legal name in a long list, where the API server has no time to look closer."""

Sha256 = Annotated[
    str,
    Field(max_length=64),
    Matches("[0-9a-fA-F]{64}", "write a SHA-256 as 64 hexadecimal digits, as sha256sum prints it"),
]

HttpUrl = Annotated[
    str,
    Field(max_length=512),
    Matches(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", "write an http or https URL without query, as in http://host:8080"),
]

HttpsUrl = Annotated[
    str,
    Field(max_length=512),
    Matches(r"https://[^\s/?#@]+(?:/[^\s?#]*)?", "write an https URL without query, as in https://host/path"),
]

VaultUrl = Annotated[
    str,
    Field(max_length=512),
    Matches(
        r"https://[^\s/?#@]+/?",
        "write the vault's https URL as Azure shows it, without a path, as in https://bank-a.vault.azure.net",
    ),
]

Guid = Annotated[
    str,
    Field(max_length=36),
    Matches(
        "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "write the identifier (GUID) as Entra shows it, as in 7d5c2a10-0000-4000-8000-000000000001",
    ),
]

VaultName = Annotated[
    str, Field(max_length=127), Matches("[0-9a-zA-Z-]+", "use letters, digits and dashes, as Key Vault does")
]
"""The name of a secret, or the beginning of names, in Key Vault."""

Certificate = Annotated[
    str,
    Field(max_length=16_384),
    Matches(
        r"\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*",
        "give one certificate in PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    ),
]

PublicKey = Annotated[
    str,
    Field(max_length=4096),
    Matches(
        r"\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*",
        "give a public key in PEM, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----",
    ),
]

Host = Annotated[
    str,
    Field(max_length=253),
    Matches("[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?", "write a host name or an IPv4 address, without a port"),
    Rule("self != '0.0.0.0'", "others connect to this address: give one that they reach instead of 0.0.0.0"),
]

Image = Annotated[
    str,
    Field(max_length=512),
    Matches(
        r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?[a-z0-9][a-z0-9._/-]*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?",
        "write an image as in registry.example.com/corda:4.10 or registry.example.com/corda@sha256:...",
    ),
]

NodePool = Annotated[
    str,
    Field(max_length=12),
    Matches("[a-z][a-z0-9]*", "write an AKS node pool's name: small letters and digits, a letter first, up to 12"),
]
"""Label ``kubernetes.azure.com/agentpool``."""


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _trimmed(value: str) -> str:
    return value.strip()


Quantity = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_trimmed),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "maxLength": 32,
            VALIDATIONS: [
                Rule(
                    "isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",
                    "write a quantity above zero as Kubernetes does, as in 500m, 2, 512Mi or 10Gi",
                ).render()
            ],
        }
    ),
]
"""A Kubernetes quantity, as it was written."""


def rfc3339(moment: datetime.datetime) -> str:
    """Return a moment as Kubernetes writes it: UTC, whole seconds."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[
    datetime.datetime,
    PlainSerializer(rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 64}),
]
