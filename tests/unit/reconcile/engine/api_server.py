"""An API server in memory, as far as the operator's client needs one, that can be slow, away or unwilling.

It stands in the place of the client library's `ApiClient`, so that all of `Cluster` is tested with it. Versions count
up, a write with an old one is a conflict, and what server-side apply does not say stays.
"""

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote

import aiohttp

from corda_operator.reconcile.cluster import Cluster
from corda_operator.reconcile.desired import Manifest, Reference

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

SINGULARS = {
    "configmaps": "ConfigMap",
    "consortia": "Consortium",
    "cordanodes": "CordaNode",
    "deployments": "Deployment",
    "events": "Event",
    "jobs": "Job",
    "leases": "Lease",
    "networkpolicies": "NetworkPolicy",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "pods": "Pod",
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "serviceaccounts": "ServiceAccount",
    "services": "Service",
    "statefulsets": "StatefulSet",
}


class Call(NamedTuple):
    """What came in."""

    method: str
    kind: str
    name: str
    """Empty: of the whole kind."""
    subresource: str

    def __str__(self) -> str:
        parts = (self.method, self.kind, self.name, self.subresource)
        return " ".join(each for each in parts if each)


class RefusalError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Answer:
    """What the client library returns."""

    status: int
    body: bytes

    async def read(self) -> bytes:
        """Return the body."""
        return self.body


async def _at_once(_: Call) -> None:
    """Let a call through."""


@dataclass
class ApiServer:
    """Objects, and who asked for what."""

    calls: list[Call] = field(default_factory=list)
    """Those that had an effect, or an answer."""
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    """Kinds and names of objects that no write is admitted for, and why."""
    forbidden: set[str] = field(default_factory=set)
    """``verb resource`` that access reviews deny."""
    before: Callable[[Call], Awaitable[None]] = _at_once
    """Awaited before a call has its effect; may raise what the connection would."""
    after: Callable[[Call], Awaitable[None]] = _at_once
    """Awaited between the effect and the answer."""
    without: set[str] = field(default_factory=set)
    """Kinds that are not installed."""
    _objects: dict[Reference, Manifest] = field(default_factory=dict)
    _version: int = 100

    @property
    def writes(self) -> list[str]:
        """The calls that change something."""
        return [str(each) for each in self.calls if each.method != "GET" and "Review" not in each.kind]

    def cluster(self, **options: Any) -> Cluster:
        """Return the operator's way here."""
        return Cluster(cast("ApiClient", self), **options)

    def put(self, manifest: Mapping[str, Any]) -> Manifest:
        """Have an object there, as others would put it, and return it as it is then."""
        metadata = {"uid": f"{manifest['metadata']['name']}-uid", **manifest["metadata"]}
        return self._store(Reference.of(manifest), {**copy.deepcopy(dict(manifest)), "metadata": metadata})

    def get(self, reference: Reference) -> Manifest | None:
        """Return an object."""
        return copy.deepcopy(self._objects.get(reference))

    def drop(self, reference: Reference) -> None:
        """Take an object away, as others would."""
        self._version += 1
        del self._objects[reference]

    async def away(self, _: Call) -> None:
        """Be down: for `before`."""
        raise aiohttp.ClientConnectionError("connection refused")

    async def silent(self, _: Call) -> None:
        """Never answer: for `before`."""
        await asyncio.sleep(1_000_000)

    async def param_serialize(self, method: str, path: str, **options: Any) -> tuple[str, str, dict[str, Any]]:
        """Do what the client library does."""
        return method, path, copy.deepcopy(options)

    async def call_api(self, method: str, path: str, options: dict[str, Any], _request_timeout: float) -> Answer:
        """Answer."""
        call, reference = _understood(method, path)
        try:
            async with asyncio.timeout(_request_timeout):
                await self.before(call)
                self.calls.append(call)
                try:
                    answer = Answer(200, json.dumps(self._do(call, reference, options)).encode())
                except RefusalError as refusal:
                    answer = Answer(refusal.status, json.dumps({"message": str(refusal)}).encode())
                await self.after(call)
                return answer
        except TimeoutError as error:
            raise aiohttp.ServerTimeoutError from error

    def _do(self, call: Call, reference: Reference, options: dict[str, Any]) -> Manifest:
        if call.kind in self.without:
            raise RefusalError(404, "404 page not found")
        if call.kind == "SelfSubjectAccessReview":
            return self._reviewed(options["body"])
        if call.method == "GET":
            return self._read(call, reference, dict(options["query_params"]))
        why = self.refused.get((reference.kind, call.name or options["body"]["metadata"]["name"]))
        if why is not None:
            raise RefusalError(403, why)
        if call.method == "POST":
            return self._created(options["body"])
        if call.method == "DELETE":
            return self._deleted(reference, options["body"])
        if call.method == "PATCH" and "apply" in options["header_params"]["Content-Type"]:
            known = self._objects.get(reference, {"metadata": {"uid": f"{reference.name}-uid"}})
            return self._store(reference, _merged(known, options["body"]))
        return self._replaced(call, reference, options["body"])

    def _reviewed(self, review: Manifest) -> Manifest:
        asked = review["spec"]["resourceAttributes"]
        resource = "/".join(each for each in (asked["resource"], asked.get("subresource")) if each)
        return {**review, "status": {"allowed": f"{asked['verb']} {resource}" not in self.forbidden}}

    def _read(self, call: Call, reference: Reference, query: Mapping[str, str]) -> Manifest:
        if call.name:
            return self._known(reference)
        wanted = [each.split("=") for each in query["labelSelector"].split(",") if each]
        items = [
            copy.deepcopy(manifest)
            for each, manifest in self._objects.items()
            if (each.kind, each.api_version) == (reference.kind, reference.api_version)
            and reference.namespace in ("", each.namespace)
            and all(manifest["metadata"].get("labels", {}).get(key) == value for key, value in wanted)
        ]
        return {"items": items, "metadata": {"resourceVersion": str(self._version)}}

    def _created(self, body: Manifest) -> Manifest:
        new = Reference.of(body)
        if new in self._objects:
            raise RefusalError(409, f"{new} already exists")
        return self.put(body)

    def _deleted(self, reference: Reference, body: Manifest) -> Manifest:
        metadata = self._known(reference)["metadata"]
        if body.get("preconditions", {}).get("uid", metadata["uid"]) != metadata["uid"]:
            raise RefusalError(409, "the UID in the precondition does not match")
        if metadata.get("finalizers"):
            known = self._known(reference)
            return self._store(
                reference, {**known, "metadata": {**metadata, "deletionTimestamp": "2026-12-01T12:00:00Z"}}
            )
        self.drop(reference)
        return {"apiVersion": "v1", "kind": "Status", "status": "Success"}

    def _replaced(self, call: Call, reference: Reference, body: Manifest) -> Manifest:
        known = self._known(reference)
        if body["metadata"].get("resourceVersion", "") not in ("", known["metadata"]["resourceVersion"]):
            raise RefusalError(409, "the object has been modified")
        if call.subresource == "status":
            return self._store(reference, {**known, "status": body["status"]})
        return self._store(reference, _merged(known, body) if call.method == "PATCH" else body)

    def _known(self, reference: Reference) -> Manifest:
        if reference not in self._objects:
            raise RefusalError(404, f"{reference} not found")
        return copy.deepcopy(self._objects[reference])

    def _store(self, reference: Reference, manifest: Manifest) -> Manifest:
        known = self._objects.get(reference)
        if known is None or _merged(known, manifest) != known:
            self._version += 1
            manifest["metadata"]["resourceVersion"] = str(self._version)
            self._objects[reference] = copy.deepcopy(manifest)
        return copy.deepcopy(self._objects[reference])


def _understood(method: str, path: str) -> tuple[Call, Reference]:
    parts = [unquote(each) for each in path.strip("/").split("/")]
    api_version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
    namespace, rest = (rest[1], rest[2:]) if rest[0] == "namespaces" else ("", rest)
    plural, name, subresource = (*rest, "", "")[:3]
    kind = SINGULARS[plural]
    return Call(method, kind, name, subresource), Reference(api_version, kind, namespace, name)


def _merged(known: Any, said: Any) -> Any:
    if isinstance(known, dict) and isinstance(said, dict):
        return {**known, **{key: _merged(known.get(key), value) for key, value in said.items()}}
    return copy.deepcopy(said)
