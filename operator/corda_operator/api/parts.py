"""What all parts of a resource have in common: how their fields are spelled, and what happens with unknown ones."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from corda_operator.api.rules import VALIDATIONS, Rule

_ACRONYMS = {"id": "ID", "ip": "IP", "ram": "RAM", "sha256": "SHA256", "url": "URL"}


def spelling(field: str) -> str:
    """Return a field's name in a resource: ``account_url`` is ``accountURL`` (Kubernetes' API conventions)."""
    first, *others = field.split("_")
    return first + "".join(_ACRONYMS.get(word, word.capitalize()) for word in others)


class Part(BaseModel):
    """A part of what users write.

    A field that the operator does not know is refused: it would be a wish that nobody fulfils. The API server has
    dropped such fields before, unless the CRDs are newer than the operator.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=spelling,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()
    """Over several of the part's fields."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the rules."""
        schema = handler.resolve_ref_schema(handler(core))
        if cls.rules:
            schema[VALIDATIONS] = [rule.render() for rule in cls.rules]
        return schema


class Reported(Part):
    """A part of what the operator reports; what a newer operator wrote into it is passed over."""

    model_config = ConfigDict(extra="ignore")
