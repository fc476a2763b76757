"""What metrics and the network page both tell of a network. No I/O.

Both are asked again and again, of names and certificates that stay: each is read once.
"""

import datetime
import functools
from collections.abc import Mapping
from typing import Final, Literal

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.names import LegalName
from corda_operator.network.configuration import Configuration
from corda_operator.network.log.state import State, TrustRoot

Authority = Literal["Root", "IdentityManager", "NetworkMap"]

parsed: Final = functools.lru_cache(maxsize=16_384)(LegalName.parse)
"""Returns a legal name that the log has."""


def admitted(configuration: Configuration) -> set[str]:
    """Return the organisations that may join."""
    return {each.organisation for each in configuration.members if each.admission == "Admitted"}


def listed(configuration: Configuration, state: State) -> set[str]:
    """Return those of the admitted organisations with a node that the network map lists."""
    return admitted(configuration) & {parsed(name).organisation for name in state.node_names}


@functools.lru_cache(maxsize=4)
def authorities(root: TrustRoot) -> Mapping[Authority, datetime.datetime]:
    """Return when the certificates end that those of all nodes stand on."""
    return {
        "Root": Certificate.from_der(root.root).not_after,
        "IdentityManager": Certificate.from_der(root.identity_manager).not_after,
        "NetworkMap": Certificate.from_der(root.network_map).not_after,
    }
