"""What a node starts from, written into memory: its keystores, and the part of node.conf that is secret.

A node looks for its stores in ``certificates`` below its base directory and nowhere else (corda:
NodeConfigurationImpl.certificatesDirectory), so its container mounts the same volume there too, by the sub-path
``certificates``. node.conf includes the rest:

    include required(file("/run/corda/secrets.conf"))

Without ``required`` a node that finds no file starts with Corda's default passwords.

The node tool, which drains the node before its pod ends, uses RPC like anybody else. Its user may do what the tool does
and nothing more, has a password of this start only, and is told to the tool by ``node-tool.json``.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from corda_operator.api.settings import NODE_TOOL
from corda_operator.azure.secrets import Secrets
from corda_operator.corda.keystores import node_keystore, tls_keystore, trust_store
from corda_operator.enrolment.configuration import Configuration
from corda_operator.enrolment.memory import MemoryDirectory
from corda_operator.enrolment.node_keys import NodeKeys

NODE_KEYSTORE: Final = "certificates/nodekeystore.jks"
TLS_KEYSTORE: Final = "certificates/sslkeystore.jks"
TRUST_STORE: Final = "certificates/truststore.jks"
SECRETS_CONF: Final = "secrets.conf"
NODE_TOOL_CREDENTIALS: Final = "node-tool.json"
TOOL_PERMISSIONS: Final = (
    "InvokeRpc.acceptNewNetworkParameters",
    "InvokeRpc.isFlowsDrainingModeEnabled",
    "InvokeRpc.setFlowsDrainingModeEnabled",
    "InvokeRpc.shutdown",
    "InvokeRpc.stateMachinesSnapshot",
)
"""A method of CordaRPCOps each; whoever has a right password may connect without any."""
_PASSWORD_BYTES = 32


@dataclass(frozen=True)
class Passwords:
    """What the vault holds for node.conf."""

    rpc: Mapping[str, str] = field(repr=False)
    """By the user's name."""
    database: tuple[str, str] | None = field(repr=False)
    """User and password."""


async def passwords(configuration: Configuration, vault: Secrets) -> Passwords:
    """Read the passwords that a configuration names; raises NotFound naming the secret."""
    rpc = {user.name: (await vault.get(user.password_secret)).value for user in configuration.rpc_users}
    if configuration.database is None:
        return Passwords(rpc, None)
    credentials = configuration.database.postgresql
    password = await vault.get(credentials.password_secret)
    return Passwords(rpc, (credentials.user, password.value))


def write(directory: MemoryDirectory, configuration: Configuration, keys: NodeKeys, held: Passwords) -> None:
    """Write all files, each as a whole; raises UnusableError.

    The stores and the node tool get passwords of this start only. The node CA's key is in none of the stores: a node
    does not need it.
    """
    now = datetime.now(UTC)
    password, tools = (secrets.token_urlsafe(_PASSWORD_BYTES) for _ in range(2))
    directory.write(NODE_KEYSTORE, node_keystore(password, keys.identity, created=now, service=keys.service))
    directory.write(TLS_KEYSTORE, tls_keystore(password, keys.tls, created=now))
    directory.write(TRUST_STORE, trust_store(password, configuration.trust_root, created=now))
    directory.write(NODE_TOOL_CREDENTIALS, json.dumps({"user": NODE_TOOL, "password": tools}).encode())
    # Last, because the others are of no use without it.
    directory.write(SECRETS_CONF, json.dumps(_secret_settings(configuration, held, password, tools), indent=2).encode())


def _secret_settings(configuration: Configuration, held: Passwords, password: str, tools: str) -> dict[str, Any]:
    users = [
        *((user.name, held.rpc[user.name], user.permissions) for user in configuration.rpc_users),
        (NODE_TOOL, tools, TOOL_PERMISSIONS),
    ]
    settings: dict[str, Any] = {
        "keyStorePassword": password,
        "trustStorePassword": password,
        "rpcUsers": [
            {"username": name, "password": secret, "permissions": list(permissions)}
            for name, secret, permissions in users
        ],
    }
    if held.database is not None:
        user, database_password = held.database
        settings["dataSourceProperties"] = {"dataSource": {"user": user, "password": database_password}}
    return settings
