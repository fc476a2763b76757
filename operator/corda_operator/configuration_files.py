"""Configuration files of the processes: YAML, typed, checked as a whole, with errors that name every field.

What is the same for all of them; what they say is each process' own.
"""

from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from corda_operator.corda.names import LegalName

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


class ConfigurationError(ValueError):
    """The file can't be used; the message names it and every field that is wrong."""


def _name(value: object) -> object:
    return LegalName.parse(value) if isinstance(value, str) else value


def _url(value: str) -> str:
    return str(_HTTP_URL.validate_python(value)).rstrip("/")


Name = Annotated[LegalName, BeforeValidator(_name)]
"""A legal name as Corda writes it: ``O=Bank A, L=London, C=GB``."""
Url = Annotated[str, AfterValidator(_url)]
"""http or https, without a slash at the end."""
SecretName = Annotated[str, Field(pattern="^[0-9a-zA-Z-]{1,127}$")]
"""A secret of a vault."""


class Part(BaseModel):
    """A part of a file: fields in camel case, none but those that are known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, arbitrary_types_allowed=True
    )


Model = TypeVar("Model", bound=Part)


def parse(model: type[Model], text: str, source: str) -> Model:
    """Read a configuration; raise ConfigurationError that names ``source``."""
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{source} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{source} is not a mapping of fields")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in fault['loc']) or '(whole file)'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise ConfigurationError(f"{source}:\n{faults}") from error


def load(model: type[Model], path: Path) -> Model:
    """Read a file; raise ConfigurationError."""
    try:
        return parse(model, path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from error


def address(text: str) -> tuple[str, int]:
    """Read ``host:port``; raise ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(f"{text!r} is no address: expected host:port")
    return host.strip("[]"), int(port)
