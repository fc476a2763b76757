"""What an identity manager may answer, over HTTP, and what is made of it."""

import io
import ssl
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.corda.certificates.requests import CertificateRequest, request_certificate
from corda_operator.corda.names import LegalName
from corda_operator.enrolment.errors import RefusedError, WaitingError
from corda_operator.enrolment.identity_manager import IdentityManager, NotYet, UnknownRequestError, identity_manager
from local.azure.certificates import ca_certificate, server_certificate
from tests.unit.enrolment.consortium import CONSORTIUM

NAME = LegalName.parse("O=Bank A, L=London, C=GB")
HEADERS = {"Platform-Version": "12", "Client-Version": "4.10", "Private-Network-Map": ""}


@dataclass
class Scripted:
    """An identity manager that answers what it is told to."""

    answer: Callable[[], web.Response] = web.Response
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.bodies.append(await request.read())
        return self.answer()


@pytest.fixture
async def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
async def client(scripted: Scripted) -> AsyncIterator[IdentityManager]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with identity_manager(f"http://127.0.0.1:{runner.addresses[0][1]}", HEADERS) as client:
            yield client
    finally:
        await runner.cleanup()


def request() -> CertificateRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = request_certificate(NAME, key.public_key(), "operations@bank.test")
    return unsigned.signed(key.sign(unsigned.to_be_signed, ec.ECDSA(SHA256())))


def archive(*entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number, entry in enumerate(entries):
            file.writestr(str(number), entry)
    return buffer.getvalue()


async def test_a_request_goes_out_as_a_genuine_node_sends_it(scripted: Scripted, client: IdentityManager) -> None:
    scripted.answer = lambda: web.Response(text="REQUEST-1\n")
    submitted = request()
    assert await client.submit(submitted, "the token") == "REQUEST-1"
    (sent,) = scripted.requests
    assert (sent.method, sent.path) == ("POST", "/certificate")
    assert scripted.bodies == [submitted.der]
    assert {name: sent.headers[name] for name in HEADERS} == HEADERS
    assert sent.headers["Content-Type"] == "application/octet-stream"
    assert sent.headers["X-CENM-Submission-Token"] == "the token"


async def test_without_a_token_there_is_no_header_for_it(scripted: Scripted, client: IdentityManager) -> None:
    scripted.answer = lambda: web.Response(text="REQUEST-1")
    await client.submit(request(), None)
    assert "X-CENM-Submission-Token" not in scripted.requests[0].headers


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_a_refused_request_says_why(scripted: Scripted, client: IdentityManager, status: int) -> None:
    scripted.answer = lambda: web.Response(status=status, text="the name\n is taken")
    with pytest.raises(RefusedError, match=f"{status}: the name is taken"):
        await client.submit(request(), None)


@pytest.mark.parametrize("status", [201, 204, 301, 404, 405, 429, 500, 502, 503, 504])
async def test_any_other_answer_to_a_request_is_tried_again(
    scripted: Scripted, client: IdentityManager, status: int
) -> None:
    scripted.answer = lambda: web.Response(status=status, headers={"Retry-After": "7", "Location": "/elsewhere"})
    with pytest.raises(WaitingError, match=str(status)) as caught:
        await client.submit(request(), None)
    assert caught.value.retry_after == 7
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("text", ["", "two words", "a/b", "?x", "<html>", "x" * 201, "ü"])
async def test_an_id_that_fits_into_no_url_is_not_used(scripted: Scripted, client: IdentityManager, text: str) -> None:
    scripted.answer = lambda: web.Response(text=text)
    with pytest.raises(WaitingError, match="no request id"):
        await client.submit(request(), None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 10),
        ("max-age=5", 5),
        ("public, max-age=30", 30),
        ("s-maxage=3", 10),
        ("max-age=0", 1),
        ("max-age=999999", 600),
        ("no-store", 10),
    ],
)
async def test_who_is_not_admitted_yet_asks_again_when_he_is_told_to(
    scripted: Scripted, client: IdentityManager, header: str | None, seconds: float
) -> None:
    headers = {} if header is None else {"Cache-Control": header}
    scripted.answer = lambda: web.Response(status=204, headers=headers)
    assert await client.poll("REQUEST-1") == NotYet(seconds)
    assert scripted.requests[0].path == "/certificate/REQUEST-1"


async def test_certificates_come_in_the_order_of_the_entries_in_either_form(
    scripted: Scripted, client: IdentityManager
) -> None:
    chain = CONSORTIUM.node_ca(NAME)
    pem = ssl.DER_cert_to_PEM_cert(chain[1].der).encode()
    scripted.answer = lambda: web.Response(body=archive(chain[0].der, pem, chain[2].der))
    assert await client.poll("REQUEST-1") == chain


async def test_a_rejection_says_why(scripted: Scripted, client: IdentityManager) -> None:
    scripted.answer = lambda: web.Response(status=401, text="not a member")
    with pytest.raises(RefusedError, match="not a member"):
        await client.poll("REQUEST-1")


async def test_a_request_that_is_not_known_is_told_from_one_that_waits(
    scripted: Scripted, client: IdentityManager
) -> None:
    scripted.answer = lambda: web.Response(status=404)
    with pytest.raises(UnknownRequestError, match="REQUEST-1"):
        await client.poll("REQUEST-1")


def _claimed() -> bytes:
    """A zip with an entry whose stream is broken."""
    whole = bytearray(archive(b"x" * 500))
    whole[40:44] = b"\xff\xff\xff\xff"
    return bytes(whole)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        archive(),
        archive(b"no certificate"),
        archive(*[b"x"] * 11),
        archive("-----BEGIN CERTIFICATE-----ü".encode()),
        b"PK" + b"\0" * 300_000,
        _claimed(),
    ],
    ids=["empty", "page", "no-entries", "garbage", "many", "pem", "large", "broken"],
)
async def test_what_is_no_zip_of_certificates_is_tried_again(
    scripted: Scripted, client: IdentityManager, body: bytes
) -> None:
    scripted.answer = lambda: web.Response(body=body)
    with pytest.raises(WaitingError):
        await client.poll("REQUEST-1")


async def test_a_zip_is_not_unpacked_beyond_what_certificates_need(scripted: Scripted, client: IdentityManager) -> None:
    body = archive(b"\0" * 20_000_000)
    scripted.answer = lambda: web.Response(body=body)
    tracemalloc.start()
    try:
        with pytest.raises(WaitingError):
            await client.poll("REQUEST-1")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


async def test_over_https_only_whom_the_environment_trusts_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = server_certificate(tmp_path, "identity-manager", ["127.0.0.1"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        async with identity_manager(url, HEADERS) as client:
            with pytest.raises(WaitingError, match="certificate verify failed"):
                await client.poll("REQUEST-1")
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_certificate(tmp_path)))
        async with identity_manager(url, HEADERS) as client:
            with pytest.raises(UnknownRequestError):
                await client.poll("REQUEST-1")
    finally:
        await runner.cleanup()


async def test_nobody_there_is_tried_again_with_the_reason() -> None:
    async with identity_manager("http://127.0.0.1:9", HEADERS) as client:
        with pytest.raises(WaitingError, match=r"http://127\.0\.0\.1:9 can't be reached"):
            await client.poll("REQUEST-1")
