"""Pages of lists: how many items, where the next page begins, and the link to it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from local.azure.stub.errors import bad_parameter

LARGEST_PAGE = 25

T = TypeVar("T")


@dataclass(frozen=True)
class PageRequest:
    """A page of at most ``size`` items behind the item ``after`` (from the beginning if it is empty)."""

    size: int
    after: str


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items, and the last one's key if more follow."""

    items: tuple[T, ...]
    last: str | None


def page_request(query: Mapping[str, str], default_size: int) -> PageRequest:
    """Read a page's place and size from a query; raise Azure's 400 for what it does not allow.

    The largest page is the 25 that Key Vault's reference gives for ``maxresults``.
    """
    size = default_size
    if "maxresults" in query:
        text = query["maxresults"]
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
            raise bad_parameter(f"maxresults must be between 1 and {LARGEST_PAGE}")
        size = min(int(text), default_size)
    token = query.get("$skiptoken", "")
    try:
        after = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise bad_parameter("$skiptoken is not one that this service gave out") from None
    return PageRequest(size, after)


def next_link(host: str, path: str, query: Mapping[str, str], last: str | None) -> str | None:
    """Return the link to the page behind ``last``, or None if there is none."""
    if last is None:
        return None
    token = base64.urlsafe_b64encode(last.encode()).decode()
    return f"https://{host}{path}?{urlencode({**query, '$skiptoken': token})}"
