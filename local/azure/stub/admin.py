"""The admin listener: plain http for tests and probes; nothing that Azure has.

==========  ===========================  ==========================================================
GET         /healthz                     200 as long as the stub serves
GET, PUT    /directory                   the whole document
PUT         /identities                  adds or replaces one, by name
DELETE      /identities/{name}           with the roles it had
PUT         /issuers                     adds or replaces one, by its issuer string
DELETE      /issuers?issuer=...
PUT         /vaults                      adds or replaces one, by name
DELETE      /vaults/{name}
PUT         /vaults/{name}/roles         adds a role assignment
DELETE      /vaults/{name}/roles         takes the role assignment in the body away
PUT         /application-insights        adds or replaces a resource of Application Insights, by name
GET         /telemetry?key=...           the latest items with an instrumentation key, oldest first
POST, GET   /faults                      switch one on; list them with what they did
DELETE      /faults, /faults/{id}        switch all or one off
GET, DELETE /counts                      requests by service, operation and status; begin anew
==========  ===========================  ==========================================================
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from local.azure.stub import directory as model
from local.azure.stub import log
from local.azure.stub.application_insights import Received
from local.azure.stub.counts import Counts
from local.azure.stub.errors import problems
from local.azure.stub.faults import Fault, Switch, Switchboard
from local.azure.stub.live import LiveDirectory

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Admin:
    """The handlers, over the parts that they show and change."""

    live: LiveDirectory
    faults: Switchboard
    counts: Counts
    received: Received

    def application(self) -> web.Application:
        """Return the aiohttp application of the admin listener."""
        application = web.Application(middlewares=[_errors])
        application.router.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/directory", self._directory),
                web.put("/directory", self._put_directory),
                web.put("/identities", self._put_identity),
                web.delete("/identities/{name}", self._delete_identity),
                web.put("/issuers", self._put_issuer),
                web.delete("/issuers", self._delete_issuer),
                web.put("/vaults", self._put_vault),
                web.delete("/vaults/{name}", self._delete_vault),
                web.put("/vaults/{name}/roles", self._put_role),
                web.delete("/vaults/{name}/roles", self._delete_role),
                web.put("/application-insights", self._put_application_insights),
                web.get("/telemetry", self._get_telemetry),
                web.post("/faults", self._post_fault),
                web.get("/faults", self._get_faults),
                web.delete("/faults", self._delete_faults),
                web.delete("/faults/{id}", self._delete_fault),
                web.get("/counts", self._get_counts),
                web.delete("/counts", self._delete_counts),
            ]
        )
        return application

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _directory(self, _: web.Request) -> web.Response:
        return web.json_response(text=self.live.current.model_dump_json(by_alias=True, exclude_none=True))

    async def _put_directory(self, request: web.Request) -> web.Response:
        return self._replaced(await _body(request, model.Directory))

    async def _put_identity(self, request: web.Request) -> web.Response:
        return self._replaced(model.with_identity(self.live.current, await _body(request, model.Identity)))

    async def _delete_identity(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        _expect(any(each.name == name for each in self.live.current.identities), f"no identity {name}")
        return self._replaced(model.without_identity(self.live.current, name))

    async def _put_issuer(self, request: web.Request) -> web.Response:
        return self._replaced(model.with_issuer(self.live.current, await _body(request, model.Issuer)))

    async def _delete_issuer(self, request: web.Request) -> web.Response:
        issuer = request.query.get("issuer", "")
        _expect(self.live.current.issuer(issuer) is not None, f"no issuer {issuer}")
        return self._replaced(model.without_issuer(self.live.current, issuer))

    async def _put_vault(self, request: web.Request) -> web.Response:
        return self._replaced(model.with_vault(self.live.current, await _body(request, model.Vault)))

    async def _delete_vault(self, request: web.Request) -> web.Response:
        vault = self._vault(request)
        return self._replaced(model.without_vault(self.live.current, vault.name))

    async def _put_role(self, request: web.Request) -> web.Response:
        vault, assignment = self._vault(request), await _body(request, model.RoleAssignment)
        others = tuple(each for each in vault.role_assignments if each != assignment)
        return self._with_roles(vault, (*others, assignment))

    async def _delete_role(self, request: web.Request) -> web.Response:
        vault, assignment = self._vault(request), await _body(request, model.RoleAssignment)
        _expect(assignment in vault.role_assignments, f"no such role assignment in vault {vault.name}")
        return self._with_roles(vault, tuple(each for each in vault.role_assignments if each != assignment))

    async def _put_application_insights(self, request: web.Request) -> web.Response:
        resource = await _body(request, model.ApplicationInsights)
        return self._replaced(model.with_application_insights(self.live.current, resource))

    async def _get_telemetry(self, request: web.Request) -> web.Response:
        return web.json_response({"items": self.received.of(request.query.get("key", ""))})

    async def _post_fault(self, request: web.Request) -> web.Response:
        switch = self.faults.add(await _body(request, Fault))
        log.event("fault switched on", id=switch.identifier, kind=switch.fault.kind)
        return web.json_response(_switch(switch), status=201)

    async def _get_faults(self, _: web.Request) -> web.Response:
        return web.json_response({"faults": [_switch(switch) for switch in self.faults.all()]})

    async def _delete_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.Response(status=204)

    async def _delete_fault(self, request: web.Request) -> web.Response:
        _expect(self.faults.remove(request.match_info["id"]), "no such fault")
        return web.Response(status=204)

    async def _get_counts(self, _: web.Request) -> web.Response:
        counts = [
            {"service": of.service, "operation": of.operation, "status": of.status, "count": count}
            for of, count in self.counts.all().items()
        ]
        return web.json_response({"counts": counts})

    async def _delete_counts(self, _: web.Request) -> web.Response:
        self.counts.clear()
        return web.Response(status=204)

    def _vault(self, request: web.Request) -> model.Vault:
        name = request.match_info["name"]
        vault = self.live.current.vault(name)
        if vault is None:
            raise _NotFoundError(f"no vault {name}")
        return vault

    def _with_roles(self, vault: model.Vault, roles: tuple[model.RoleAssignment, ...]) -> web.Response:
        changed = model.Vault(name=vault.name, role_assignments=roles)
        return self._replaced(model.with_vault(self.live.current, changed))

    def _replaced(self, changed: model.Directory) -> web.Response:
        self.live.replace(changed)
        log.event("directory changed")
        return web.Response(status=204)


class _NotFoundError(Exception):
    """What was asked for is not there."""


def _expect(found: object, message: str) -> None:
    if not found:
        raise _NotFoundError(message)


async def _body(request: web.Request, wanted: type[M]) -> M:
    return wanted.model_validate_json(await request.read())


def _switch(switch: Switch) -> dict[str, Any]:
    fault = json.loads(switch.fault.model_dump_json(by_alias=True, exclude_none=True))
    return {"id": switch.identifier, "fault": fault, "matched": switch.matched, "applied": switch.applied}


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        return web.json_response({"error": problems(error)}, status=400)
    except _NotFoundError as error:
        return web.json_response({"error": str(error)}, status=404)
