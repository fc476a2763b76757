"""The cluster's API as far as the operator needs it: read, apply, report, delete. Thin and asynchronous.

Everything is applied by the server under one field manager, so that what the operator doesn't say stays as others have
it, and what it no longer says goes.
"""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.exceptions import ApiException

from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.labels import MANAGER

_PLURALS = {
    "Consortium": "consortia",
    "NetworkPolicy": "networkpolicies",
}
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_PAGE = 250
"""Objects that one answer holds at most."""


class ClusterError(Exception):
    """The API server couldn't do it now: try again."""


class RefusedByClusterError(Exception):
    """The API server refuses the object or the operator; trying again as it is won't help."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ChangedMeanwhileError(ClusterError):
    """The object is not the version that was read (409)."""


@dataclass(frozen=True)
class Cluster:
    """The API server, through the official client, whose configuration tells where it is and who asks."""

    client: ApiClient
    before_write: Callable[[], None] = lambda: None
    """Called before anything is changed; raises ClusterError if this operator may not."""
    called: Callable[[str, str, int], None] = lambda _method, _kind, _status: None
    """Told of every call: method, plural of the kind, HTTP status (0 without an answer)."""

    async def read(self, reference: Reference) -> Manifest | None:
        """Return an object, or None if there is none."""
        return await self._call("GET", _path(reference))

    async def find(self, api_version: str, kind: str, namespace: str | None, selector: str = "") -> list[Manifest]:
        """Return the objects of a kind with labels, of one namespace or of all; read page by page.

        Raises RefusedByClusterError if there is no such kind.
        """
        path, token, result = _collection(api_version, kind, namespace), "", []
        while True:
            query = {"labelSelector": selector, "limit": str(_PAGE), **({"continue": token} if token else {})}
            found = await self._call("GET", path, query=query)
            if found is None:
                raise RefusedByClusterError(f"the cluster has no {kind} of {api_version}", HTTPStatus.NOT_FOUND)
            # A list leaves out of its items what it says itself.
            result += [{"apiVersion": api_version, "kind": kind, **item} for item in found["items"]]
            token = found["metadata"].get("continue", "")
            if not token:
                return result

    async def apply(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """Apply an object and return it as it is now; conflicting fields become the operator's."""
        query = {"fieldManager": MANAGER, "force": "true", **({"dryRun": "All"} if dry_run else {})}
        applied = await self._call("PATCH", _path(Reference.of(manifest)), manifest, query, _APPLY)
        return _present(applied, manifest)

    async def report(self, manifest: Manifest, status: Mapping[str, Any]) -> Manifest:
        """Replace an object's status, if it is still the version that was read; raise ChangedMeanwhileError."""
        version = manifest["metadata"]["resourceVersion"]
        body = {**manifest, "status": status, "metadata": {**manifest["metadata"], "resourceVersion": version}}
        reported = await self._call("PUT", f"{_path(Reference.of(manifest))}/status", body)
        return _present(reported, manifest)

    async def set_finalizers(self, manifest: Manifest, finalizers: list[str]) -> Manifest | None:
        """Replace an object's finalizers, if it is still the version that was read; None if it is gone."""
        version = manifest["metadata"]["resourceVersion"]
        body = {"metadata": {"resourceVersion": version, "finalizers": finalizers}}
        return await self._call("PATCH", _path(Reference.of(manifest)), body, content_type=_MERGE)

    async def delete(self, reference: Reference, uid: str | None = None) -> Manifest | None:
        """Delete an object, and only the one with a UID if that is given; that it is gone is fine.

        Returns the object if it is still there, on its way out.
        """
        body: Manifest = {"propagationPolicy": "Background"}
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        answer = await self._call("DELETE", _path(reference), body)
        return answer if answer is not None and answer["kind"] == reference.kind else None

    async def replace(self, manifest: Manifest) -> Manifest:
        """Replace an object, if it is still the version that was read; raise ChangedMeanwhileError."""
        return _present(await self._call("PUT", _path(Reference.of(manifest)), manifest), manifest)

    async def log(self, namespace: str, pod: str, container: str, lines: int) -> str:
        """Return the last lines that a container has written, and nothing if it can't be asked."""
        path = f"{_path(Reference('v1', 'Pod', namespace, pod))}/log"
        query = {"container": container, "tailLines": str(lines), "limitBytes": str(64 * 1024)}
        try:
            data = await self._bytes("GET", path, query=query)
        except RefusedByClusterError:
            # It has ended meanwhile, or not begun.
            return ""
        return (data or b"").decode(errors="replace")

    async def ask(self, review: Manifest) -> Manifest:
        """Return the answer to a question that is put as an object, such as a SelfSubjectAccessReview."""
        path = _collection(review["apiVersion"], review["kind"], None)
        return _present(await self._call("POST", path, review, asks=True), {**review, "metadata": {}})

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object, such as an event, which nobody applies twice."""
        reference = Reference.of(manifest)
        path = _collection(reference.api_version, reference.kind, reference.namespace)
        return _present(await self._call("POST", path, manifest), manifest)

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        *,
        asks: bool = False,
    ) -> Manifest | None:
        data = await self._bytes(method, path, body, query, content_type, asks=asks)
        return None if data is None else json.loads(data)

    async def _bytes(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        *,
        asks: bool = False,
    ) -> bytes | None:
        if method != "GET" and not asks:
            self.before_write()
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        status = 0
        try:
            request = await self.client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response = await self.client.call_api(*request, _request_timeout=30)
            data: bytes = await response.read()  # type: ignore[no-untyped-call]
            status = response.status
        except ApiException as error:
            status = error.status or 0
            raise _translated(method, path, status, str(error.body or error.reason)) from error
        except (aiohttp.ClientError, TimeoutError, ssl.SSLError, OSError) as error:
            raise ClusterError(f"{method} {path}: the API server does not answer: {error!r}") from error
        finally:
            self.called(method, _plural(path), status)
        if status == HTTPStatus.NOT_FOUND and method != "POST":
            return None
        if status >= HTTPStatus.BAD_REQUEST:
            raise _translated(method, path, status, data.decode(errors="replace"))
        return data


def plural_of(kind: str) -> str:
    """Return what a kind of those that the operator knows is called in paths and rights."""
    return _PLURALS.get(kind, f"{kind.lower()}s")


def _translated(method: str, path: str, status: int, answer: str) -> Exception:
    try:
        answer = json.loads(answer)["message"]
    except (ValueError, KeyError, TypeError):
        answer = answer[:500]
    message = f"{method} {path}: {status}: {answer}"
    if status == HTTPStatus.CONFLICT:
        return ChangedMeanwhileError(message)
    if status in (0, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS) or status >= 500:
        return ClusterError(message)
    return RefusedByClusterError(answer, status)


def _present(found: Manifest | None, manifest: Manifest) -> Manifest:
    if found is None:
        metadata = manifest["metadata"]
        raise RefusedByClusterError(
            f"there is no {manifest['kind']} {metadata.get('namespace')}/{metadata.get('name')}, or no such kind or "
            "namespace",
            HTTPStatus.NOT_FOUND,
        )
    return found


def _collection(api_version: str, kind: str, namespace: str | None) -> str:
    base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    plural = plural_of(kind)
    return f"{base}/{plural}" if namespace is None else f"{base}/namespaces/{quote(namespace)}/{plural}"


def _path(reference: Reference) -> str:
    return f"{_collection(reference.api_version, reference.kind, reference.namespace)}/{quote(reference.name)}"


def _plural(path: str) -> str:
    parts = path.split("/")
    start = 3 if parts[1] == "api" else 4
    rest = parts[start:]
    return rest[2] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest[0]
