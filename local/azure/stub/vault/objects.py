"""The operations that are the same for secrets and keys: lists, soft deletion, recovery, purging."""

import datetime
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from local.azure.stub.errors import bad_parameter
from local.azure.stub.routing import Answer, Call
from local.azure.stub.vault.paging import Page, next_link, page_request
from local.azure.stub.vault.records import RECOVERABLE_DAYS, AttributesMessage, Record
from local.azure.stub.vault.store import ObjectStore, Stored

R = TypeVar("R", bound=Record)


class Objects(ABC, Generic[R]):
    """One kind's operations, each from a call to its answer."""

    plural: str
    """As in paths: ``secrets`` or ``keys``."""

    def __init__(self, store: ObjectStore[R], page_size: int) -> None:
        self._store = store
        self._page_size = page_size

    @abstractmethod
    def item(self, call: Call, stored: Stored[R], *, versioned: bool) -> dict[str, Any]:
        """Return what lists tell of an object (not ``versioned``) or of a version."""

    @abstractmethod
    def bundle(self, call: Call, stored: Stored[R]) -> dict[str, Any]:
        """Return what answers about one version tell, without a secret's value."""

    def found(self, call: Call) -> Stored[R]:
        """Return the version that a path names, or the latest."""
        return self._store.get(call.resource, call.parameters["name"], call.parameters["version"])

    def changed(
        self,
        call: Call,
        attributes: AttributesMessage | None,
        tags: dict[str, str] | None,
        own: dict[str, Any],
    ) -> Answer:
        """Change what is common to both kinds, and ``own``, what is not."""
        stored = self.found(call)
        changes = stored.record.common_changes(attributes, tags)
        record = stored.record.model_copy(update={**changes, **own})
        if record.nbf is not None and record.exp is not None and record.exp <= record.nbf:
            raise bad_parameter("exp must be later than nbf")
        return Answer(200, self.bundle(call, self._store.replace(call.resource, stored, record)))

    async def list_all(self, call: Call) -> Answer:
        """Return a page of the objects in use."""
        page = self._store.objects(call.resource, page_request(call.query, self._page_size), deleted=False)
        return self._page(call, page, [self.item(call, each, versioned=False) for each in page.items])

    async def versions(self, call: Call) -> Answer:
        """Return a page of an object's versions."""
        page = self._store.versions(call.resource, call.parameters["name"], page_request(call.query, self._page_size))
        return self._page(call, page, [self.item(call, each, versioned=True) for each in page.items])

    async def list_deleted(self, call: Call) -> Answer:
        """Return a page of the deleted objects."""
        page = self._store.objects(call.resource, page_request(call.query, self._page_size), deleted=True)
        items = [{**self.item(call, each, versioned=False), **self._mark(call, each)} for each in page.items]
        return self._page(call, page, items)

    async def delete(self, call: Call) -> Answer:
        """Delete an object softly."""
        stored = self._store.delete(call.resource, call.parameters["name"])
        return Answer(200, {**self.bundle(call, stored), **self._mark(call, stored)})

    async def get_deleted(self, call: Call) -> Answer:
        """Return a deleted object."""
        stored = self._store.deleted(call.resource, call.parameters["name"])
        return Answer(200, {**self.bundle(call, stored), **self._mark(call, stored)})

    async def recover(self, call: Call) -> Answer:
        """Bring a deleted object back."""
        return Answer(200, self.bundle(call, self._store.recover(call.resource, call.parameters["name"])))

    async def purge(self, call: Call) -> Answer:
        """Delete a deleted object for good."""
        self._store.purge(call.resource, call.parameters["name"])
        return Answer(204)

    def identifier(self, call: Call, stored: Stored[R], *, versioned: bool) -> str:
        """Return the URL that names an object or a version."""
        version = f"/{stored.version}" if versioned else ""
        return f"https://{call.host}/{self.plural}/{stored.name}{version}"

    def _mark(self, call: Call, stored: Stored[R]) -> dict[str, Any]:
        deleted = stored.deleted or 0
        return {
            "recoveryId": f"https://{call.host}/deleted{self.plural}/{stored.name}",
            "deletedDate": deleted,
            "scheduledPurgeDate": deleted + int(datetime.timedelta(days=RECOVERABLE_DAYS).total_seconds()),
        }

    def _page(self, call: Call, page: Page[Stored[R]], items: list[dict[str, Any]]) -> Answer:
        return Answer(200, {"value": items, "nextLink": next_link(call.host, call.path, call.query, page.last)})
