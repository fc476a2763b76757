"""The files that a node's pod reads: node.conf, and what enrolment and the installation of CorDapps are told.

None of them has a secret: passwords are written by enrolment into memory, where node.conf includes them from. Files
are in a ConfigMap that never changes, because a node that crashes between a change and its restart would otherwise
start with half of it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from corda_operator.api.conditions import Reason
from corda_operator.api.corda_node import CordaNode
from corda_operator.api.database import PostgreSql
from corda_operator.corda import node_configuration as conf
from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import HostAndPort
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import digest
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.inputs import BlockedError, Network

SECRETS: Final = "/run/corda"
"""The directory in memory; enrolment's default output."""
BASE: Final = "/corda"
"""The node's base directory, on its volume."""
FILES: Final = "/etc/corda"
NODE_CONF: Final = "node.conf"
NO_SECRETS: Final = "no-secrets.conf"
"""In the place of the secrets for what runs before enrolment and opens no key store."""
ENROLMENT: Final = "enrolment.yaml"
CORDAPPS: Final = "cordapps.yaml"
IMAGES: Final = "/cordapps-of-images"
"""Where jars lie that came in images, in a folder for each image, see `image_place`."""
RPC: Final = 10003
METRICS: Final = 9404
_RPC_ADMINISTRATION: Final = 10004
_EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a NetworkPolicy says who gets there
SECRETS_CONF: Final = f"{SECRETS}/secrets.conf"
_INCLUDE: Final = f'include required(file("{SECRETS_CONF}"))'
_PLATFORM_VERSIONS: Final = {3: 5, 4: 6, 5: 7, 6: 8, 7: 9, 8: 10, 9: 11, 10: 12, 11: 13, 12: 140}
"""By the minor version of Corda 4; older ones have 4 (corda: "Versioning", table of platform versions)."""


def config_map(node: CordaNode, network: Network, settings: Settings) -> Manifest:
    """Return the ConfigMap with all files, named by their content; raise BlockedError."""
    data = {NODE_CONF: node_conf(node, network, settings), ENROLMENT: enrolment(node, network, settings)}
    if node.spec.cordapps:
        data[CORDAPPS] = cordapps(node)
    if migrates_first(node):
        # Corda wants the settings to be there, and opens no store when it migrates.
        data[NO_SECRETS] = 'keyStorePassword = "none"\ntrustStorePassword = "none"\n'
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": names.metadata_of(node, names.configuration(node, digest(data)), network.member),
        "immutable": True,
        "data": data,
    }


def node_conf(node: CordaNode, network: Network, settings: Settings) -> str:
    """Return node.conf with the line that includes the secrets; raise BlockedError for further settings."""
    spec = node.spec
    revocation = network.tls_revocation_list
    try:
        text = conf.NodeConfiguration(
            legal_name=LegalName.parse(spec.legal_name),
            email_address=email_address(node, settings),
            p2p_address=HostAndPort(names.p2p_host(node, settings.cluster_domain), spec.p2p.port),
            rpc=conf.RpcSettings(HostAndPort(_EVERY_ADDRESS, RPC), HostAndPort("localhost", _RPC_ADMINISTRATION)),
            key_store_password="",
            trust_store_password="",
            database=_database(spec.database.postgresql),
            network_services=conf.NetworkServices(network.identity_manager_url, network.network_map_url),
            notary=_notary(node),
            tls_revocation=None if revocation is None else conf.TlsRevocation(revocation, network.root.subject),
            crl_check_soft_fail=not spec.revocation.hard_fail,
            extra=spec.configuration,
        ).render()
    except conf.NodeConfigurationError as error:
        raise BlockedError(Reason.INVALID_SPEC, f"spec.configuration: {error}.") from error
    return _without_secrets(text, keeps_user=spec.database.postgresql is None)


def enrolment(node: CordaNode, network: Network, settings: Settings) -> str:
    """Return the configuration of `corda_operator.enrolment`."""
    spec = node.spec
    revocation = network.tls_revocation_list
    postgresql = spec.database.postgresql
    document: dict[str, Any] = {
        "legalName": spec.legal_name,
        "emailAddress": email_address(node, settings),
        "identityManagerURL": network.identity_manager_url,
        "trustRoot": network.trust_root,
        "keyVault": {"url": spec.key_vault.url, "prefix": spec.key_vault.secret_prefix or node.metadata.name},
        "cordaVersion": spec.version,
        "platformVersion": _platform_version(spec.version),
        "output": SECRETS,
    }
    if spec.notary is not None:
        document["notary"] = {"serviceLegalName": spec.notary.service_legal_name}
    if spec.submission_token_secret is not None:
        document["submissionTokenSecret"] = spec.submission_token_secret
    if revocation is not None:
        document["crl"] = {
            "tlsDistributionPoint": revocation,
            "tlsIssuer": network.root.subject.rfc4514_string(),
        }
    if spec.rpc.users:
        document["rpcUsers"] = [
            {"name": user.name, "passwordSecret": user.password_secret, "permissions": list(user.permissions)}
            for user in spec.rpc.users
        ]
    if postgresql is not None:
        document["database"] = {"postgresql": {"user": postgresql.user, "passwordSecret": postgresql.password_secret}}
    return _yaml(document)


def cordapps(node: CordaNode) -> str:
    """Return the configuration of `corda_operator.cordapps`."""
    entries = [
        {
            "name": each.name,
            **({} if each.url is None else {"url": each.url}),
            **({} if each.image is None else {"folder": f"{IMAGES}/{image_place(node, number)}"}),
            **({} if each.sha256 is None else {"sha256": each.sha256.lower()}),
            **({} if each.configuration is None else {"configuration": each.configuration}),
        }
        for number, each in enumerate(node.spec.cordapps)
    ]
    return _yaml({"target": f"{BASE}/cordapps", "cordapps": entries})


def image_place(node: CordaNode, number: int) -> int:
    """Return the place in the list of the first CorDapp out of the same image as one; images are copied once."""
    images = [each.image for each in node.spec.cordapps]
    return images.index(images[number])


def migrates_first(node: CordaNode) -> bool:
    """Tell whether the database is migrated before enrolment: unless its password comes from there."""
    return node.spec.database.postgresql is None


def email_address(node: CordaNode, settings: Settings) -> str:
    """Return whom the network's operator may write to."""
    return node.spec.email_address or f"corda@{names.p2p_host(node, settings.cluster_domain)}"


def _yaml(document: Mapping[str, Any]) -> str:
    # JSON is YAML, and written in a tenth of the time, which 500 nodes make a second.
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _notary(node: CordaNode) -> conf.Notary | None:
    notary = node.spec.notary
    return None if notary is None else conf.Notary(notary.validating, LegalName.parse(notary.service_legal_name))


def _database(postgresql: PostgreSql | None) -> conf.H2 | conf.PostgreSql:
    if postgresql is None:
        return conf.H2(f"{BASE}/persistence")
    url = (
        f"jdbc:postgresql://{postgresql.host}:{postgresql.port}/{postgresql.name}"
        f"?currentSchema={postgresql.schema_}&sslmode={postgresql.ssl_mode}"
    )
    if postgresql.ssl_mode.startswith("verify"):
        # Else the driver looks for a file of its own, ~/.postgresql/root.crt.
        url += "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"
    return conf.PostgreSql(url, postgresql.user, "")


def _without_secrets(text: str, *, keeps_user: bool) -> str:
    tree = json.loads(text)
    del tree["keyStorePassword"], tree["trustStorePassword"]
    if not keeps_user:
        # Enrolment writes both, next to one another.
        del tree["dataSourceProperties"]["dataSource"]["user"]
        del tree["dataSourceProperties"]["dataSource"]["password"]
    return f"{{\n{_INCLUDE}\n{json.dumps(tree, indent=2)[2:]}\n"


def _platform_version(version: str) -> int:
    minor = int(version.split(".")[1])
    if minor < min(_PLATFORM_VERSIONS):
        return 4
    return _PLATFORM_VERSIONS.get(minor, max(_PLATFORM_VERSIONS.values()))
