"""The endpoints, Corda's and ours.

Nodes take 200 for success and nothing else, and every answer says how long it holds.

corda: HTTPNetworkRegistrationService, NetworkMapClient.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from corda_operator.azure.errors import AzureError
from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.certificates.errors import CertificateError
from corda_operator.network import paths
from corda_operator.network.admission import Verdict
from corda_operator.network.http.rates import Allowance
from corda_operator.network.http.server import Answer, Whole
from corda_operator.network.identity_manager import UnacceptableRequestError
from corda_operator.network.ledger import UnreadableLogError
from corda_operator.network.listing import InconsistentStateError
from corda_operator.network.metrics import Metrics
from corda_operator.network.network_map import NotYetError
from corda_operator.network.services import Services
from corda_operator.network.writer import BusyError, RefusedError

logger = logging.getLogger(__name__)

FOREVER = "public, max-age=31536000, immutable"
"""For what is named by its hash."""
NOT_KEPT = "no-store"
TOKEN_HEADER = "X-CENM-Submission-Token"  # noqa: S105 - the header's name
_HASH = re.compile("[0-9A-Fa-f]{64}")
_REQUEST_ID = re.compile("[0-9A-Z]{40}")

Endpoint = Callable[[web.BaseRequest, str], Awaitable[Answer]]


class Endpoints:
    """Answers requests; one for a server."""

    def __init__(self, services: Services, metrics: Metrics) -> None:
        self._services = services
        self._metrics = metrics
        self._allowance = Allowance()
        self._map: tuple[bytes, str, Whole] | None = None
        self._exact: dict[tuple[str, str], Endpoint] = {
            ("POST", paths.CERTIFICATE): self._request_certificate,
            ("POST", f"{paths.NETWORK_MAP}/publish"): self._publish,
            ("POST", f"{paths.NETWORK_MAP}/ack-parameters"): self._acknowledge,
            ("GET", f"{paths.NETWORK_MAP}/my-hostname"): self._my_hostname,
            ("GET", paths.NETWORK_MAP): self._network_map,
            ("GET", paths.TRUST_ROOT): self._trust_root,
            ("GET", f"{paths.LOG}/head"): self._log_head,
        }
        self._below: dict[tuple[str, str], Endpoint] = {
            ("GET", paths.CERTIFICATE): self._certificate,
            ("GET", f"{paths.NETWORK_MAP}/node-info"): self._node_info,
            ("GET", f"{paths.NETWORK_MAP}/network-parameters"): self._network_parameters,
            ("GET", paths.REVOCATION_LIST): self._revocation_list,
            ("GET", f"{paths.LOG}/blocks"): self._log_block,
        }

    async def __call__(self, request: web.BaseRequest) -> Answer:
        """Return the answer to a request, whatever happens."""
        path = request.path
        endpoint, last, label = self._exact.get((request.method, path)), "", path
        if endpoint is None:
            label, _, last = path.rpartition("/")
            endpoint = self._below.get((request.method, label))
        if endpoint is None:
            return self._nothing_here(request)
        begun, status = time.perf_counter(), 0
        try:
            response = await self._guarded(request, endpoint, last)
            status = response.status
        finally:
            self._metrics.answered(request.method, label, status, time.perf_counter() - begun)
        return response

    def _nothing_here(self, request: web.BaseRequest) -> web.Response:
        above = request.path.rpartition("/")[0]
        allowed = {method for method, path in self._exact if path == request.path}
        allowed |= {method for method, path in self._below if path == above}
        if allowed:
            methods = ", ".join(sorted(allowed))
            response = _text(HTTPStatus.METHOD_NOT_ALLOWED, f"Only {methods} here.")
            response.headers["Allow"] = methods
            return response
        return _text(HTTPStatus.NOT_FOUND, "There is nothing here.")

    async def _guarded(self, request: web.BaseRequest, endpoint: Endpoint, last: str) -> Answer:
        if request.method == "POST":
            limits = self._services.configuration.limits
            if not self._allowance.take(request.remote or "", limits.posts_per_second_per_address):
                return _text(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests from this address.", retry=5)
        try:
            return await endpoint(request, last)
        except (CertificateError, DecodeError, UnacceptableRequestError) as error:
            logger.warning("refused what can't be right: %s", error, extra=_caller(request))
            return _text(HTTPStatus.BAD_REQUEST, str(error))
        except RefusedError as error:
            logger.warning("refused: %s", error, extra=_caller(request))
            return _text(HTTPStatus.FORBIDDEN, str(error))
        except (NotYetError, BusyError) as error:
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry=10)
        except (AzureError, UnreadableLogError, InconsistentStateError) as error:
            logger.error("could not answer: %s", error, extra=_caller(request))
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, "The state can't be read or written now.", retry=10)
        except web.HTTPException as error:
            return _text(HTTPStatus(error.status), error.reason)
        except Exception:
            logger.exception("failed to answer", extra=_caller(request))
            return _text(HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of the network services; see their log.")

    async def _request_certificate(self, request: web.BaseRequest, _: str) -> web.Response:
        token = request.headers.get(TOKEN_HEADER)
        registration = await self._services.identity_manager.submit(await request.read(), token)
        self._services.wake()
        logger.info(
            "certificate requested",
            extra={"legal_name": registration.legal_name, "request_id": registration.request_id},
        )
        return _text(HTTPStatus.OK, registration.request_id)

    async def _certificate(self, _: web.BaseRequest, request_id: str) -> web.Response:
        found = await self._services.identity_manager.answer(request_id) if _REQUEST_ID.fullmatch(request_id) else None
        if found is None:
            return _text(HTTPStatus.NOT_FOUND, f"There is no request {request_id[:64]}.")
        registration, answer = found
        about = {"legal_name": registration.legal_name, "request_id": request_id}
        if answer.certificates is not None:
            logger.info("certificate fetched", extra=about)
            return _bytes(answer.certificates, NOT_KEPT, "application/zip")
        if answer.decision.verdict is Verdict.DENIED:
            logger.warning("certificate denied: %s", answer.decision.reason, extra=about)
            return _text(HTTPStatus.UNAUTHORIZED, answer.decision.reason)
        pause = int(self._services.configuration.network_map.poll_interval.total_seconds())
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": f"max-age={pause}"})

    async def _network_map(self, request: web.BaseRequest, _: str) -> Answer:
        data = self._services.network_map.network_map()
        if data is None:
            raise NotYetError(self._services.why_no_map())
        # A node that finds no max-age asks again without a pause.
        cache_control = self._services.map_cache_control
        if self._map is None or self._map[:2] != (data, cache_control):
            headers = {"Cache-Control": cache_control, "Content-Type": "application/octet-stream"}
            self._map = data, cache_control, Whole(data, headers)
        return self._map[2].response(request) or _bytes(data, cache_control)

    async def _node_info(self, _: web.BaseRequest, name: str) -> web.Response:
        data = await self._services.network_map.node_info(name.upper()) if _HASH.fullmatch(name) else None
        if data is None:
            return _text(HTTPStatus.NOT_FOUND, f"No node info {name[:64]} is listed.")
        return _bytes(data, FOREVER)

    async def _network_parameters(self, _: web.BaseRequest, name: str) -> web.Response:
        data = await self._services.network_map.parameters(name.upper()) if _HASH.fullmatch(name) else None
        if data is None:
            return _text(HTTPStatus.NOT_FOUND, f"There never were network parameters {name[:64]}.")
        return _bytes(data, FOREVER)

    async def _publish(self, request: web.BaseRequest, _: str) -> web.Response:
        legal_name = await self._services.network_map.publish(await request.read())
        logger.info("node info published", extra={"legal_name": legal_name})
        return _text(HTTPStatus.OK, "")

    async def _acknowledge(self, request: web.BaseRequest, _: str) -> web.Response:
        legal_name = await self._services.network_map.acknowledge(await request.read())
        self._services.wake()
        logger.info("network parameters accepted", extra={"legal_name": legal_name})
        return _text(HTTPStatus.OK, "")

    async def _my_hostname(self, request: web.BaseRequest, _: str) -> web.Response:
        return _text(HTTPStatus.OK, request.remote or "")

    async def _trust_root(self, _: web.BaseRequest, __: str) -> web.Response:
        certificate = load_der_x509_certificate(self._services.trust_root.root)
        return _bytes(certificate.public_bytes(Encoding.PEM), "public, max-age=3600", "application/x-pem-file")

    async def _revocation_list(self, _: web.BaseRequest, authority: str) -> web.Response:
        state = self._services.ledger.state
        lists = {
            "root": self._services.trust_root.root_revocation_list,
            "tls": self._services.trust_root.tls_revocation_list,
            "identity-manager": state.revocation_list.data if state.revocation_list else None,
        }
        if authority not in lists:
            return _text(HTTPStatus.NOT_FOUND, f"No authority {authority[:64]} signs revocation lists.")
        data = lists[authority]
        if data is None:
            raise NotYetError("The revocation list is not signed yet.")
        return _bytes(data, "public, max-age=60", "application/pkix-crl")

    async def _log_head(self, _: web.BaseRequest, __: str) -> web.Response:
        return _bytes(self._services.ledger.head.encode(), "no-cache", "application/json")

    async def _log_block(self, _: web.BaseRequest, name: str) -> web.Response:
        block = await self._services.block(name.upper()) if _HASH.fullmatch(name) else None
        if block is None:
            return _text(HTTPStatus.NOT_FOUND, f"There is no block {name[:64]}.")
        return _bytes(block.data, FOREVER)


def _text(status: HTTPStatus, text: str, retry: int | None = None) -> web.Response:
    headers = {"Cache-Control": NOT_KEPT}
    if retry is not None:
        headers["Retry-After"] = str(retry)
    return web.Response(status=status, text=text, headers=headers)


def _bytes(data: bytes, cache_control: str, content_type: str = "application/octet-stream") -> web.Response:
    return web.Response(body=data, headers={"Cache-Control": cache_control, "Content-Type": content_type})


def _caller(request: web.BaseRequest) -> dict[str, str]:
    return {"caller": request.remote or "", "path": request.path[:200]}
