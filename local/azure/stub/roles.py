"""Azure's built-in roles for Key Vault's data plane, and who may do what by them.

The data actions are those of the role definitions that Azure publishes, as far as this stub has the
operations; without the common ``Microsoft.KeyVault/vaults/``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Role(StrEnum):
    """The roles by their display names."""

    ADMINISTRATOR = "Key Vault Administrator"
    READER = "Key Vault Reader"
    SECRETS_OFFICER = "Key Vault Secrets Officer"
    SECRETS_USER = "Key Vault Secrets User"
    CRYPTO_OFFICER = "Key Vault Crypto Officer"
    CRYPTO_USER = "Key Vault Crypto User"


_DATA_ACTIONS = {
    Role.ADMINISTRATOR: ("*",),
    Role.READER: ("*/read", "secrets/readMetadata/action"),
    Role.SECRETS_OFFICER: ("secrets/*",),
    Role.SECRETS_USER: ("secrets/getSecret/action", "secrets/readMetadata/action"),
    Role.CRYPTO_OFFICER: ("keys/*",),
    Role.CRYPTO_USER: ("keys/read", "keys/update/action", "keys/sign/action", "keys/verify/action"),
}


@dataclass(frozen=True)
class Grant:
    """A role that an identity has, in a whole vault or for one object (``keys/<name>``) of it."""

    role: Role
    scope: str | None


def permits(grants: Iterable[Grant], action: str, thing: str | None) -> bool:
    """Tell whether grants allow a data action on an object, or on the vault itself if ``thing`` is None.

    Lists are asked of the vault: a role for one object does not let its holder list.
    """
    return any(
        any(fnmatchcase(action, pattern) for pattern in _DATA_ACTIONS[grant.role])
        and (grant.scope is None or (thing is not None and grant.scope.lower() == thing.lower()))
        for grant in grants
    )
