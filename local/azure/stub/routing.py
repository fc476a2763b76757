"""What a service of the stub is: hosts it answers for, routes, and how it fails when told to.

Routes are data (method, pattern, operation, handler) rather than an aiohttp application per service,
because faults and counts need the operation's name before its handler runs.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from local.azure.stub.errors import AzureError, bad_parameter, problems

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Answer:
    """A response: JSON unless there is no body."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request as services see it."""

    method: str
    path: str
    host: str
    """As in the Host header, with its port if it has one; what links in answers begin with."""
    resource: str
    """What of the service is addressed by the host name, for example the vault; empty if it names none."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The path's named parts."""

    def parsed(self, model: type[M]) -> M:
        """Return the JSON body as a model; raise Azure's 400 if it does not fit."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            raise bad_parameter(problems(error)) from None


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """One operation: its pattern matches the whole path and names its variable parts."""

    method: str
    pattern: re.Pattern[str]
    operation: str
    handler: Handler


def route(method: str, template: str, operation: str, handler: Handler) -> Route:
    """Make a route from a template: ``{name}`` is one part of the path, ``{name?}`` one that may be missing.

    A trailing slash is the same as none: the SDKs ask for an object's latest version by an empty one.
    """
    pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}").replace(r"\?", "?")
    pattern = re.sub(r"/\{(\w+)\?\}", r"(?:/(?P<\1>[^/]*))?", pattern)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
    return Route(method, re.compile(f"{pattern}/?"), operation, handler)


class Service(ABC):
    """One of Azure's services."""

    name: str
    """What faults, counts and logs call it."""
    routes: Sequence[Route]

    @abstractmethod
    def resource(self, host: str) -> str | None:
        """Return what a host name (without port) addresses in this service, or None if it is not its host."""

    @abstractmethod
    def failure(self, status: int, headers: Mapping[str, str]) -> Answer:
        """Return how this service words a failure that a fault switch asks for."""

    def is_probe(self, call: Call) -> bool:  # noqa: ARG002 - what overrides it looks at the call
        """Tell whether a request only asks how to authenticate; faults leave those alone."""
        return False

    def unknown(self, call: Call) -> AzureError:
        """Return the refusal of a request that no route fits."""
        return AzureError(
            501,
            "NotImplementedByStub",
            f"the protocol stub of {self.name} does not implement {call.method} {call.path}",
        )

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route for a request with the path's named parts."""
        for each in self.routes:
            match = each.pattern.fullmatch(path) if each.method == method else None
            if match is not None:
                return each, {name: part or "" for name, part in match.groupdict().items()}
        return None
