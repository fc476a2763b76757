"""node.conf, from what is known to what a node reads (corda: V1NodeConfigurationSpec).

The text is JSON, which HOCON includes, and in whose strings HOCON substitutes nothing. It holds passwords,
so it belongs on a volume in memory and into no log.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from cryptography import x509

from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import HostAndPort

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

_Tree: TypeAlias = "dict[str, Json | _Tree]"

_NEVER: Final = frozenset(
    {"devMode", "devModeOptions", "useTestClock", "compatibilityZoneURL", "baseDirectory", "rpcAddress", "h2port"}
)
"""What no user may set: development's settings, older spellings of others, and where the image's folders are."""

_DECIDED_HERE: Final = frozenset(
    {"crlCheckArtemisServer", "networkServices", "notary", "tlsCertCrlDistPoint", "tlsCertCrlIssuer"}
)
"""What is left out on purpose where it is left out."""


class NodeConfigurationError(ValueError):
    """A configuration that a node would refuse, or that takes from the operator what it has to decide."""


@dataclass(frozen=True)
class RpcSettings:
    """Where a node's RPC broker listens, without TLS: only within the pod or behind something that has it."""

    address: HostAndPort
    admin_address: HostAndPort


@dataclass(frozen=True)
class RpcUser:
    """Somebody who may use RPC."""

    username: str
    password: str = field(repr=False)
    """Written into node.conf as it is."""
    permissions: tuple[str, ...]
    """Such as ALL or StartFlow.com.example.Flow."""


@dataclass(frozen=True)
class NetworkServices:
    """Where the network's own services are."""

    doorman_url: str
    network_map_url: str
    csr_token: str | None = field(default=None, repr=False)
    """Sent with a registration as X-CENM-Submission-Token; written into node.conf as it is."""


@dataclass(frozen=True)
class Notary:
    """What makes a node a notary."""

    validating: bool
    service_legal_name: LegalName | None = None
    """The notary service's own identity; without one the node notarises as itself."""


@dataclass(frozen=True)
class H2:
    """The embedded database."""

    file: str
    """The database's path without its suffix, such as /corda/persistence."""


@dataclass(frozen=True)
class PostgreSql:
    """A PostgreSQL database, whose schema has to exist. The driver lies in the image's folder for drivers."""

    url: str
    """Such as jdbc:postgresql://host:5432/database?currentSchema=corda."""
    user: str
    password: str = field(repr=False)
    """Written into node.conf as it is."""


@dataclass(frozen=True)
class TlsRevocation:
    """What a node writes into the TLS certificate that it issues itself when it registers."""

    distribution_point: str
    """URL of the list."""
    issuer: x509.Name | None = None
    """Who signs the list: a subject in the node's trust store."""


@dataclass(frozen=True)
class NodeConfiguration:
    """A node's configuration. Its passwords are written into node.conf as they are."""

    legal_name: LegalName
    email_address: str
    p2p_address: HostAndPort
    """What other nodes connect to."""
    rpc: RpcSettings
    key_store_password: str = field(repr=False)
    """Of both key stores and of their keys."""
    trust_store_password: str = field(repr=False)
    database: H2 | PostgreSql
    network_services: NetworkServices | None = None
    """None for a node that gets its files from elsewhere; it cannot register then."""
    notary: Notary | None = None
    tls_revocation: TlsRevocation | None = None
    """None in networks without revocation lists: peers' certificates are not looked up then when they connect."""
    crl_check_soft_fail: bool = True
    """Whether a peer is accepted whose revocation list cannot be fetched."""
    rpc_users: tuple[RpcUser, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)
    """Further settings. Objects are merged into ours; a dot in a key separates as in HOCON."""

    def __post_init__(self) -> None:
        if _is_for_listening_only(self.p2p_address):
            raise NodeConfigurationError(
                f"p2pAddress {self.p2p_address} is told to other nodes, who cannot connect to it"
            )
        if self.notary is not None and self.notary.service_legal_name == self.legal_name:
            raise NodeConfigurationError(f'notary.serviceLegalName has to differ from myLegalName "{self.legal_name}"')
        if not self.crl_check_soft_fail and self.tls_revocation is None:
            raise NodeConfigurationError("tlsCertCrlDistPoint is needed if crlCheckSoftFail is false")

    def render(self) -> str:
        """Return node.conf.

        Raises NodeConfigurationError naming the key if ``extra`` sets what is set already or is not the user's.
        """
        tree = self._own()
        _merge(tree, self.extra, ())
        try:
            return json.dumps(tree, indent=2, allow_nan=False) + "\n"
        except (TypeError, ValueError) as error:
            raise NodeConfigurationError(f"the further settings are not JSON: {error}") from None

    def _own(self) -> _Tree:
        tree: _Tree = {
            "myLegalName": str(self.legal_name),
            "emailAddress": self.email_address,
            "devMode": False,
            "p2pAddress": str(self.p2p_address),
            "detectPublicIp": False,
            "rpcSettings": {"address": str(self.rpc.address), "adminAddress": str(self.rpc.admin_address)},
            "keyStorePassword": self.key_store_password,
            "trustStorePassword": self.trust_store_password,
            "crlCheckSoftFail": self.crl_check_soft_fail,
            "dataSourceProperties": _data_source(self.database),
        }
        if self.rpc_users:
            tree["rpcUsers"] = [
                {"username": user.username, "password": user.password, "permissions": list(user.permissions)}
                for user in self.rpc_users
            ]
        if self.network_services is not None:
            services: _Tree = {
                "doormanURL": self.network_services.doorman_url,
                "networkMapURL": self.network_services.network_map_url,
            }
            if self.network_services.csr_token is not None:
                services["csrToken"] = self.network_services.csr_token
            tree["networkServices"] = services
        if self.notary is not None:
            notary: _Tree = {"validating": self.notary.validating}
            if self.notary.service_legal_name is not None:
                notary["serviceLegalName"] = str(self.notary.service_legal_name)
            tree["notary"] = notary
        if self.tls_revocation is not None:
            # By default Corda looks at the lists only when it connects to others, not when others connect to it.
            tree["crlCheckArtemisServer"] = True
            tree["tlsCertCrlDistPoint"] = self.tls_revocation.distribution_point
            if self.tls_revocation.issuer is not None:
                tree["tlsCertCrlIssuer"] = self.tls_revocation.issuer.rfc4514_string()
        return tree


def _is_for_listening_only(address: HostAndPort) -> bool:
    try:
        return ipaddress.ip_address(address.host).is_unspecified
    except ValueError:
        return False


def _data_source(database: H2 | PostgreSql) -> _Tree:
    if isinstance(database, PostgreSql):
        return {
            "dataSourceClassName": "org.postgresql.ds.PGSimpleDataSource",
            "dataSource": {"url": database.url, "user": database.user, "password": database.password},
        }
    url = f"jdbc:h2:file:{database.file};DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;LOCK_TIMEOUT=10000"
    return {
        "dataSourceClassName": "org.h2.jdbcx.JdbcDataSource",
        "dataSource": {"url": url, "user": "sa", "password": ""},
    }


def _merge(tree: _Tree, extra: Mapping[str, Json], above: tuple[str, ...]) -> None:
    for dotted, value in extra.items():
        *parents, key = dotted.split(".")
        if not all(part and part.isprintable() and '"' not in part for part in (*parents, key)):
            raise NodeConfigurationError(f"the further setting {'.'.join((*above, dotted))!r} is no path of names")
        nested = {key: value}
        for parent in reversed(parents):
            nested = {parent: nested}
        for name, below in nested.items():
            _set(tree, name, below, (*above, name))


def _set(tree: _Tree, name: str, value: Json, path: tuple[str, ...]) -> None:
    where = ".".join(path)
    present = tree.get(name)
    if path[0] in _NEVER or (path[0] in _DECIDED_HERE and len(path) == 1 and present is None):
        raise NodeConfigurationError(f"{where} is not for further settings: the operator decides on it")
    if isinstance(value, Mapping) and (name not in tree or isinstance(present, dict)):
        branch: _Tree = present if isinstance(present, dict) else {}
        tree[name] = branch
        _merge(branch, value, path)
    elif name in tree:
        raise NodeConfigurationError(f"{where} is set by the operator, and further settings cannot change it")
    else:
        tree[name] = value
