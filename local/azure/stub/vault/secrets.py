"""What is peculiar to secrets. Who may do what was settled before.

The largest value is the documented 25k bytes, read as 25,600; the wording of its refusal is a guess.
"""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from local.azure.stub.errors import AzureError
from local.azure.stub.routing import Answer, Call
from local.azure.stub.vault.objects import Objects
from local.azure.stub.vault.records import AttributesMessage, Message, Record, Tags, new_fields
from local.azure.stub.vault.store import Stored

LARGEST_VALUE = 25 * 1024

ContentType = Annotated[str, StringConstraints(max_length=255)]


class SecretRecord(Record):
    """A version of a secret."""

    value: str
    content_type: str | None = None


class SecretUpdate(Message):
    """The body of an update."""

    content_type: ContentType | None = Field(default=None, alias="contentType")
    attributes: AttributesMessage | None = None
    tags: Tags | None = None


class SecretSet(SecretUpdate):
    """The body of a set."""

    value: str

    @model_validator(mode="after")
    def _small_enough(self) -> Self:
        if len(self.value.encode()) > LARGEST_VALUE:
            raise ValueError(f"the value is larger than {LARGEST_VALUE} bytes")
        return self


class Secrets(Objects[SecretRecord]):
    """The operations on secrets."""

    plural = "secrets"

    async def put(self, call: Call) -> Answer:
        """Make a new version."""
        wish = call.parsed(SecretSet)
        record = SecretRecord(
            value=wish.value, content_type=wish.content_type, **new_fields(wish.attributes, wish.tags)
        )
        stored = self._store.add(call.resource, call.parameters["name"], record)
        return Answer(200, {**self.bundle(call, stored), "value": record.value})

    async def get(self, call: Call) -> Answer:
        """Return a version with its value. Expiry and not-before are advice, as in Azure; disabled is not."""
        stored = self.found(call)
        if not stored.record.enabled:
            raise AzureError(
                403, "Forbidden", "Operation get is not allowed on a disabled secret.", inner="SecretDisabled"
            )
        return Answer(200, {**self.bundle(call, stored), "value": stored.record.value})

    async def update(self, call: Call) -> Answer:
        """Change a version's properties, not its value."""
        wish = call.parsed(SecretUpdate)
        own = {} if wish.content_type is None else {"content_type": wish.content_type}
        return self.changed(call, wish.attributes, wish.tags, own)

    def item(self, call: Call, stored: Stored[SecretRecord], *, versioned: bool) -> dict[str, Any]:
        """Return what lists tell."""
        record = stored.record
        body: dict[str, Any] = {
            "id": self.identifier(call, stored, versioned=versioned),
            "attributes": record.attributes_body(),
        }
        if record.content_type is not None:
            body["contentType"] = record.content_type
        if record.tags is not None:
            body["tags"] = record.tags
        return body

    def bundle(self, call: Call, stored: Stored[SecretRecord]) -> dict[str, Any]:
        """Return the same: only set and get add the value."""
        return self.item(call, stored, versioned=True)
