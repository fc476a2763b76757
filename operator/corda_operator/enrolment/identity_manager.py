"""Corda's registration protocol, as a node speaks it (corda: HTTPNetworkRegistrationService).

What a genuine node gives up on after a while is waited for here without an end: nothing but the identity
manager's own refusal is final.
"""

import io
import re
import ssl
import zipfile
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp

from corda_operator.corda.certificates.certificate import MAX_CERTIFICATE_BYTES, Certificate
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.enrolment.errors import RefusedError, WaitingError

DEFAULT_POLL_SECONDS: Final = 10.0
"""What nodes take if they are not told (corda: HTTPNetworkRegistrationService.retrieveCertificates)."""
_POLL_SECONDS: Final = (1.0, 600.0)
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_LARGEST_ANSWER: Final = 256 * 1024
_CHUNK: Final = 64 * 1024
_MOST_CERTIFICATES: Final = 10
_LARGEST_PEM: Final = 2 * MAX_CERTIFICATE_BYTES
_LONGEST_REASON: Final = 500
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_OK, _NO_CONTENT, _BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_LARGE = 200, 204, 400, 401, 403, 404, 413


@dataclass(frozen=True)
class NotYet:
    """The consortium has not admitted the node; ask again after so many seconds."""

    seconds: float


class UnknownRequestError(WaitingError):
    """The identity manager does not know the request's id: it has to be submitted (again)."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return " ".join(self.body.decode(errors="replace").split())[:_LONGEST_REASON]


class IdentityManager:
    """The identity manager at a URL (node.conf: ``networkServices.doormanURL``).

    Calls raise RefusedError, and WaitingError for what may pass: no connection, 429, 5xx, unreadable answers.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession, headers: Mapping[str, str]) -> None:
        self.url = url
        self._http = http
        self._headers = headers
        """Of submissions."""

    async def submit(self, request: CertificateRequest, token: str | None) -> str:
        """Submit a request and return its id."""
        headers = {**self._headers, "Content-Type": "application/octet-stream"}
        if token is not None:
            headers["X-CENM-Submission-Token"] = token
        answer = await self._call("POST", f"{self.url}/certificate", request.der, headers)
        if answer.status in (_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _TOO_LARGE):
            raise RefusedError(
                f'{self.url} refused the request of "{request.legal_name}" with {answer.status}: {answer.text}'
            )
        if answer.status != _OK:
            raise self._unexpected("POST", answer)
        request_id = answer.body.decode(errors="replace").strip()
        if not _REQUEST_ID.fullmatch(request_id):
            raise WaitingError(f"{self.url} answered no request id that fits into a URL: {answer.text!r}")
        return request_id

    async def poll(self, request_id: str) -> tuple[Certificate, ...] | NotYet:
        """Return the certificates in the order of the answer. Raises UnknownRequestError."""
        answer = await self._call("GET", f"{self.url}/certificate/{request_id}")
        if answer.status == _NO_CONTENT:
            return NotYet(_poll_seconds(answer.headers.get("Cache-Control", "")))
        if answer.status == _UNAUTHORIZED:
            raise RefusedError(f"{self.url} rejected request {request_id}: {answer.text or 'without a reason'}")
        if answer.status == _NOT_FOUND:
            raise UnknownRequestError(f"{self.url} does not know request {request_id}: {answer.text}")
        if answer.status != _OK:
            raise self._unexpected("GET", answer)
        try:
            return _certificates(answer.body)
        except (CertificateError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
            raise WaitingError(f"{self.url} answered 200, but no zip of certificates: {error}") from error

    async def _call(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> _Answer:
        try:
            async with self._http.request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=_TIMEOUT
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    content += chunk
                    if len(content) > _LARGEST_ANSWER:
                        raise WaitingError(f"{self.url} answered {method} with more than {_LARGEST_ANSWER} bytes")
                return _Answer(response.status, response.headers, bytes(content))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise WaitingError(f"{self.url} can't be reached: {type(error).__name__}: {error}") from error

    def _unexpected(self, method: str, answer: _Answer) -> WaitingError:
        after = answer.headers.get("Retry-After", "")
        return WaitingError(
            f"{self.url} answered {method} with {answer.status}, expected 200: {answer.text}. Is "
            "identityManagerURL right, and is what serves it up?",
            retry_after=min(float(after), _POLL_SECONDS[1]) if after.isdecimal() else None,
        )


@asynccontextmanager
async def identity_manager(url: str, headers: Mapping[str, str]) -> AsyncIterator[IdentityManager]:
    """Give a client; TLS and proxies are those of the environment (SSL_CERT_FILE, HTTPS_PROXY, NO_PROXY)."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True) as http:
        yield IdentityManager(url, http, headers)


def _poll_seconds(cache_control: str) -> float:
    found = re.search(r"(?:^|[\s,])max-age=([0-9]{1,9})", cache_control)
    wanted = float(found[1]) if found else DEFAULT_POLL_SECONDS
    shortest, longest = _POLL_SECONDS
    return min(max(wanted, shortest), longest)


def _certificates(body: bytes) -> tuple[Certificate, ...]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = archive.infolist()
        if not 1 <= len(entries) <= _MOST_CERTIFICATES:
            raise ValueError(f"it has {len(entries)} entries, expected 1 to {_MOST_CERTIFICATES}")
        contents = []
        for entry in entries:
            with archive.open(entry) as file:
                contents.append(file.read(_LARGEST_PEM))
    return tuple(Certificate.from_der(_der(content)) for content in contents)


def _der(content: bytes) -> bytes:
    # Java's CertificateFactory takes both forms.
    if content.lstrip().startswith(b"-----BEGIN CERTIFICATE-----"):
        return ssl.PEM_cert_to_DER_cert(content.decode("ascii").strip())
    return content
