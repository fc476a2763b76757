"""The https listener: finds the service and the operation, applies faults, counts, logs, answers."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from local.azure.stub import log
from local.azure.stub.counts import Counts, Outcome
from local.azure.stub.errors import AzureError, ServiceError
from local.azure.stub.faults import Kind, Switchboard, Target
from local.azure.stub.routing import Answer, Call, Service

_LARGEST_BODY = 256 * 1024


class _DroppedError(Exception):
    """The connection is to be broken instead of answering."""


@dataclass(frozen=True)
class Front:
    """What stands before all services."""

    services: Sequence[Service]
    faults: Switchboard
    counts: Counts

    def application(self) -> web.Application:
        """Return the aiohttp application of the https listener."""
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        begin = time.monotonic()
        service, call = await self._call(request)
        name, operation, status = "none" if service is None else service.name, "unknown", "500"
        try:
            if service is None:
                answer = _refusal(_unknown_host(call.host))
            else:
                found = service.find(call.method, call.path)
                operation = operation if found is None else found[0].operation
                answer = await self._answer(service, call, operation)
            status = str(answer.status)
        except _DroppedError:
            status, answer = "dropped", Answer(500)
            if request.transport is not None:
                request.transport.abort()
        except Exception:
            log.crash("failed", service=name, operation=operation)
            answer = _refusal(AzureError(500, "InternalServerError", "The protocol stub has failed; see its log."))
        self.counts.add(Outcome(name, operation, status))
        log.event(
            "request",
            service=name,
            operation=operation,
            resource=call.resource,
            method=call.method,
            path=call.path,
            status=status,
            milliseconds=round((time.monotonic() - begin) * 1000, 1),
        )
        return _response(answer)

    async def _call(self, request: web.Request) -> tuple[Service | None, Call]:
        host = request.host.lower()
        call = Call(
            method=request.method,
            path=request.path,
            host=host,
            resource="",
            query=dict(request.query),
            headers=request.headers,
            body=await request.read(),
        )
        for service in self.services:
            resource = service.resource(host.partition(":")[0])
            if resource is not None:
                return service, replace(call, resource=resource)
        return None, call

    async def _answer(self, service: Service, call: Call, operation: str) -> Answer:
        target = Target(service.name, operation, call.method, call.path, call.resource)
        fault = None if service.is_probe(call) else self.faults.take(target)
        kind = None if fault is None else fault.kind
        if fault is not None and fault.status is not None:
            wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            return service.failure(fault.status, wait)
        if kind is Kind.DROP_BEFORE:
            raise _DroppedError
        if fault is not None and fault.seconds is not None:
            await asyncio.sleep(fault.seconds)
        answer = await _served(service, call)
        if kind is Kind.DROP_AFTER:
            raise _DroppedError
        return answer


async def _served(service: Service, call: Call) -> Answer:
    found = service.find(call.method, call.path)
    try:
        if found is None:
            raise service.unknown(call)
        route, parameters = found
        return await route.handler(replace(call, parameters=parameters))
    except ServiceError as error:
        return _refusal(error)


def _refusal(error: ServiceError) -> Answer:
    return Answer(error.status, error.body, error.headers)


def _unknown_host(host: str) -> AzureError:
    return AzureError(404, "UnknownHost", f"No service of the protocol stub answers for the host {host}.")


def _response(answer: Answer) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    text = json.dumps(answer.body)
    return web.Response(status=answer.status, headers=answer.headers, text=text, content_type="application/json")
