"""Serves the network page: files that never change while the process runs, and the data that they show.

What callers can ask for is bounded by its making: the data is put together at most once a second, for all of them.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib import resources
from typing import Final, Protocol

from aiohttp import ETag, web

from corda_operator.network.page.view import NetworkView

DATA: Final = "/network.json"
_MADE_AGAIN_SECONDS: Final = 1.0
_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            # The icon is written into the page.
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_REFUSALS: Final = {
    HTTPStatus.UNAUTHORIZED: "This needs the network page's token: Authorization: Bearer TOKEN",
    HTTPStatus.NOT_FOUND: "The network page is not enabled.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The network page's token is not known yet.",
}


class Access(Protocol):
    """Decides who may read the data."""

    def refusal(self, authorization: str | None) -> HTTPStatus | None:
        """Return why a caller with this header may not, or None if it may."""


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    content_type: str
    etag: ETag

    def answer(self, request: web.Request) -> web.Response:
        """Return the content, or 304 to a caller who has it already."""
        # RFC 9110 13.1.2: compared weakly, by value alone.
        if any(each.value in (self.etag.value, "*") for each in request.if_none_match or ()):
            response = web.Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            response = web.Response(body=self.body, content_type=self.content_type, charset="utf-8")
        response.etag = self.etag
        return response


class _Data:
    """The view as JSON."""

    def __init__(self, view: Callable[[], NetworkView]) -> None:
        self._view = view
        self._content: _Content | None = None
        self._made = 0.0

    def content(self) -> _Content:
        """Return the data as it was within the last second."""
        now = time.monotonic()
        if self._content is None or now - self._made >= _MADE_AGAIN_SECONDS:
            view = self._view()
            # Two views that differ in their time alone tell the same, so the tag is a weak one.
            tag = ETag(_digest(view.model_dump_json(exclude={"time"}).encode()), is_weak=True)
            self._content = _Content(view.model_dump_json(by_alias=True).encode(), "application/json", tag)
            self._made = now
        return self._content


def application(view: Callable[[], NetworkView], access: Access) -> web.Application:
    """Return the page as an application; everybody may read its files, since they tell nothing about the network."""
    served = web.Application()
    served.on_response_prepare.append(_add_headers)
    for path, content in _FILES.items():
        served.router.add_get(path, _answering(content))
    data = _Data(view)

    async def network(request: web.Request) -> web.Response:
        refusal = access.refusal(request.headers.get("Authorization"))
        return data.content().answer(request) if refusal is None else _refused(refusal)

    served.router.add_get(DATA, network)
    return served


def _answering(content: _Content) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return content.answer(request)

    return answer


def _refused(status: HTTPStatus) -> web.Response:
    response = web.Response(status=status, text=_REFUSALS.get(status, status.phrase))
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    del request
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _files() -> Mapping[str, _Content]:
    """Return the files by the path that they are served at."""
    contents: dict[str, _Content] = {}
    for file in resources.files("corda_operator.network.page").joinpath("assets").iterdir():
        body = file.read_bytes()
        content_type = _TYPES[file.name.rpartition(".")[2]]
        contents[f"/{file.name}"] = _Content(body, content_type, ETag(_digest(body)))
    return {**contents, "/": contents["/index.html"]}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_FILES: Final = _files()
