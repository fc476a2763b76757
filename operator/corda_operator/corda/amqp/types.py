"""Corda 4.10's types as its own writer notes them, fingerprints included, and in its order.

A fingerprint names one version of a class; Corda's reader takes others, too, as long as the names fit.
The order of a schema is the order in which the writer comes across the types.
"""

from corda_operator.corda.amqp.schema import Composite, Field, Notation, Restricted

_DOMAIN = "net.corda:"

PUBLIC_KEY = _DOMAIN + "java.security.PublicKey"
"""Binary: X.509 SubjectPublicKeyInfo, DER."""
CERTIFICATE = _DOMAIN + "java.security.cert.X509Certificate"
"""Binary: DER."""
CERT_PATH = _DOMAIN + "java.security.cert.CertPath"
"""List: PkiPath as binary, and the kind of its certificates."""
INSTANT = _DOMAIN + "java.time.Instant"
"""List: seconds since 1970-01-01 UTC, and nanoseconds."""
DURATION = _DOMAIN + "java.time.Duration"
"""List: nanoseconds, and seconds."""
CUSTOM = frozenset({PUBLIC_KEY, CERTIFICATE, CERT_PATH, INSTANT, DURATION})
"""Types with serializers of their own, whose descriptors are fixed and which no schema lists."""


def _composite(name: str, fingerprint: str, *fields: Field) -> Composite:
    return Composite(name, _DOMAIN + fingerprint, fields)


def _list(element: str, fingerprint: str) -> Restricted:
    return Restricted(f"java.util.List<{element}>", _DOMAIN + fingerprint, "list")


def _map(value: str, fingerprint: str) -> Restricted:
    return Restricted(f"java.util.Map<string, {value}>", _DOMAIN + fingerprint, "map")


def _any(name: str, kind: str) -> Field:
    return Field(name, "*", (kind,))


def _int(name: str) -> Field:
    return Field(name, "int", default="0")


_BYTES = Field("bytes", "binary")

SECURE_HASH = _composite(
    "net.corda.core.crypto.SecureHash", "b79PeMBLsHxu2A23yDYRaA==", _BYTES, _int("offset"), _int("size")
)
SHA256 = _composite("net.corda.core.crypto.SecureHash$SHA256", "7YZSUU3tC6YvtX33Klo9Jg==", _BYTES)
SECURE_HASHES = _list(SECURE_HASH.name, "cSkzqbskuJ0tzGSo1k+Zvw==")

PARAMETERS_UPDATE = _composite(
    "net.corda.nodeapi.internal.network.ParametersUpdate",
    "z3ERozcEmHv5Pw+mlPH39g==",
    Field("description", "string"),
    Field("newParametersHash", SECURE_HASH.name),
    Field("updateDeadline", "java.time.Instant"),
)
NETWORK_MAP = _composite(
    "net.corda.nodeapi.internal.network.NetworkMap",
    "hsLP+B5h/iEJtJAmTe3GXw==",
    Field("networkParameterHash", SECURE_HASH.name),
    _any("nodeInfoHashes", SECURE_HASHES.name),
    Field("parametersUpdate", PARAMETERS_UPDATE.name, mandatory=False),
)
NETWORK_MAP_SCHEMA: tuple[Notation, ...] = (NETWORK_MAP, SECURE_HASH, SECURE_HASHES, PARAMETERS_UPDATE, SHA256)

LEGAL_NAME = _composite(
    "net.corda.core.identity.CordaX500Name",
    "ngdwbt6kRT0l5nn16uf87A==",
    Field("commonName", "string", mandatory=False),
    Field("country", "string"),
    Field("locality", "string"),
    Field("organisation", "string"),
    Field("organisationUnit", "string", mandatory=False),
    Field("state", "string", mandatory=False),
)
PARTY = _composite(
    "net.corda.core.identity.Party",
    "H9KOi8agUusgKKi3MEB3xg==",
    Field("name", LEGAL_NAME.name),
    _any("owningKey", "java.security.PublicKey"),
)
NOTARY_INFO = _composite(
    "net.corda.core.node.NotaryInfo",
    "LgGAObv9hX+sgfmAA5Q6pA==",
    Field("identity", PARTY.name),
    Field("validating", "boolean", default="false"),
)
NOTARY_INFOS = _list(NOTARY_INFO.name, "Lm6D8R5mkucZHBqmCj6KlA==")
PACKAGE_OWNERSHIP = _map("java.security.PublicKey", "ZZ81CV5YUks1ewSGpHn4TQ==")
WHITELIST = _map(SECURE_HASHES.name, "Xc2UJChe9k/aA+4vi4Y6ng==")
NETWORK_PARAMETERS = _composite(
    "net.corda.core.node.NetworkParameters",
    "kZXKDqagj8XgyPGseUES2A==",
    _int("epoch"),
    Field("eventHorizon", "java.time.Duration"),
    _int("maxMessageSize"),
    _int("maxTransactionSize"),
    _int("minimumPlatformVersion"),
    Field("modifiedTime", "java.time.Instant"),
    _any("notaries", NOTARY_INFOS.name),
    _any("packageOwnership", PACKAGE_OWNERSHIP.name),
    _any("whitelistedContractImplementations", WHITELIST.name),
)
NETWORK_PARAMETERS_SCHEMA: tuple[Notation, ...] = (
    NETWORK_PARAMETERS,
    NOTARY_INFOS,
    NOTARY_INFO,
    PARTY,
    LEGAL_NAME,
    PACKAGE_OWNERSHIP,
    WHITELIST,
    SECURE_HASHES,
    SECURE_HASH,
)
"""SHA256 follows where a contract's hash is in the white list."""

HOST_AND_PORT = _composite(
    "net.corda.core.utilities.NetworkHostAndPort",
    "IA+5d7+UvO6yts6wDzr86Q==",
    Field("host", "string"),
    _int("port"),
)
HOSTS_AND_PORTS = _list(HOST_AND_PORT.name, "9xPTMAygl1pGTAXRpGVtiA==")
PARTY_AND_CERTIFICATE = _composite(
    "net.corda.core.identity.PartyAndCertificate",
    "GaPpq/rL9KtfTOQDN9ZCbA==",
    Field("certPath", "java.security.cert.CertPath"),
)
PARTIES_AND_CERTIFICATES = _list(PARTY_AND_CERTIFICATE.name, "aWe8j2aAdn/K21a2A3CKmA==")
NODE_INFO = _composite(
    "net.corda.core.node.NodeInfo",
    "ncUcZzvT9YGn0ItdoWW3QQ==",
    _any("addresses", HOSTS_AND_PORTS.name),
    _any("legalIdentitiesAndCerts", PARTIES_AND_CERTIFICATES.name),
    _int("platformVersion"),
    Field("serial", "long", default="0"),
)
NODE_INFO_SCHEMA: tuple[Notation, ...] = (
    NODE_INFO,
    HOSTS_AND_PORTS,
    HOST_AND_PORT,
    PARTIES_AND_CERTIFICATES,
    PARTY_AND_CERTIFICATE,
)

SERIALIZED_BYTES = "net.corda.core.serialization.SerializedBytes"
SERIALIZED_OBJECT = _composite(f"{SERIALIZED_BYTES}<java.lang.Object>", "Da+PVvagr1XTEHgLWYrVsA==", _BYTES)
SERIALIZED_NODE_INFO = _composite(f"{SERIALIZED_BYTES}<{NODE_INFO.name}>", "zB1q2r3GgK9FQwIjfbd1RA==", _BYTES)
SIGNATURE = _composite("net.corda.core.crypto.DigitalSignature", "de8amhp5gGpyflz2aiXnLg==", _BYTES)
SIGNATURES = _list(SIGNATURE.name, "EsP6FyeXjyCNDitmu9O/Zg==")
SIGNED_NODE_INFO = _composite(
    "net.corda.nodeapi.internal.SignedNodeInfo",
    "ieV9xgdbQxDPSO7D1wCaaA==",
    Field("raw", SERIALIZED_NODE_INFO.name),
    _any("signatures", SIGNATURES.name),
)
SIGNED_NODE_INFO_SCHEMA: tuple[Notation, ...] = (SIGNED_NODE_INFO, SERIALIZED_NODE_INFO, SIGNATURES, SIGNATURE)

CERTIFICATES = _list("java.security.cert.X509Certificate", "YRDUtwa/h53JTjkh6Z5v+A==")
SIGNATURE_WITH_CERT = _composite(
    "net.corda.core.internal.DigitalSignatureWithCert",
    "VTHxvfMXaAOWqzJg4w/APQ==",
    Field("by", "java.security.cert.X509Certificate"),
    _BYTES,
    _any("parentCertsChain", CERTIFICATES.name),
)
SIGNED_DATA_WITH_CERT = _composite(
    "net.corda.core.internal.SignedDataWithCert",
    "e98tEhZoDgCPaw7e/CggMA==",
    Field("raw", SERIALIZED_OBJECT.name),
    Field("sig", SIGNATURE_WITH_CERT.name),
)
SIGNED_DATA_WITH_CERT_SCHEMA: tuple[Notation, ...] = (
    SIGNED_DATA_WITH_CERT,
    SERIALIZED_OBJECT,
    SIGNATURE_WITH_CERT,
    CERTIFICATES,
)

SIGNATURE_WITH_KEY = _composite(
    "net.corda.core.crypto.DigitalSignature$WithKey",
    "gicjWRdOYlZn6Ydnsfi0iw==",
    _any("by", "java.security.PublicKey"),
    _BYTES,
)
SIGNED_DATA = _composite(
    "net.corda.core.crypto.SignedData",
    "sHfQUJw07nzphmjzzVW/rQ==",
    Field("raw", SERIALIZED_OBJECT.name),
    Field("sig", SIGNATURE_WITH_KEY.name),
)
SIGNED_DATA_SCHEMA: tuple[Notation, ...] = (SIGNED_DATA, SERIALIZED_OBJECT, SIGNATURE_WITH_KEY)

KNOWN: dict[str, Composite] = {
    notation.descriptor: notation
    for schema in (
        NETWORK_MAP_SCHEMA,
        NETWORK_PARAMETERS_SCHEMA,
        NODE_INFO_SCHEMA,
        SIGNED_NODE_INFO_SCHEMA,
        SIGNED_DATA_WITH_CERT_SCHEMA,
        SIGNED_DATA_SCHEMA,
    )
    for notation in schema
    if isinstance(notation, Composite)
}
"""Composites by descriptor. Corda's reader doesn't consult a schema for these, so no schema may differ."""
