"""What the vault keeps of a version of a secret or a key, and what both have in common in requests."""

import time
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

RECOVERABLE_DAYS = 90

TagText = Annotated[str, StringConstraints(max_length=256)]
Tags = Annotated[dict[TagText, TagText], Field(max_length=15)]


class Message(BaseModel):
    """A request's body. Unknown fields are left alone; an error never repeats what was sent."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class AttributesMessage(Message):
    """The attributes that a client may set; those it leaves out stay as they are."""

    enabled: bool | None = None
    nbf: int | None = None
    exp: int | None = None
    exportable: bool | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.nbf is not None and self.exp is not None and self.exp <= self.nbf:
            raise ValueError("exp must be later than nbf")
        return self


class Record(BaseModel):
    """What secrets and keys have in common; times are seconds since 1970."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    enabled: bool = True
    nbf: int | None = None
    exp: int | None = None
    created: int
    updated: int
    tags: dict[str, str] | None = None

    def common_changes(self, attributes: AttributesMessage | None, tags: dict[str, str] | None) -> dict[str, Any]:
        """Return what an update changes of the common fields."""
        changes: dict[str, Any] = {"updated": int(time.time())}
        if attributes is not None:
            changes |= attributes.model_dump(include={"enabled", "nbf", "exp"}, exclude_none=True)
        if tags is not None:
            changes["tags"] = tags
        return changes

    def attributes_body(self) -> dict[str, Any]:
        """Return ``attributes`` as answers carry them."""
        return {
            **self.model_dump(include={"enabled", "nbf", "exp", "created", "updated"}, exclude_none=True),
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": RECOVERABLE_DAYS,
        }


def new_fields(attributes: AttributesMessage | None, tags: dict[str, str] | None) -> dict[str, Any]:
    """Return the common fields of a new version."""
    now = int(time.time())
    given = {} if attributes is None else attributes.model_dump(exclude={"exportable"}, exclude_none=True)
    return {"created": now, "updated": now, "tags": tags, **given}
