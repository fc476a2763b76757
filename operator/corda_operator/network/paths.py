"""Where the services serve what: the paths that Corda's nodes know, and ours."""

from typing import Literal

CERTIFICATE = "/certificate"
NETWORK_MAP = "/network-map"
REVOCATION_LIST = "/certificate-revocation-list"
LOG = "/log"
TRUST_ROOT = "/trust-root"

Authority = Literal["root", "identity-manager", "tls"]
"""Whose revocation list: the root's, the identity manager's, and that for the TLS certificates that nodes issue."""


def revocation_list_url(public_url: str, authority: Authority) -> str:
    """Return a revocation list's URL."""
    return f"{public_url}{REVOCATION_LIST}/{authority}"
