"""What is the same for every kind: group, version, and the frame around spec and status."""

import datetime
from typing import Final

from pydantic import Field

from corda_operator.api.parts import Reported

GROUP: Final = "corda-operator.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"


class Metadata(Reported):
    """What the operator reads of an object's metadata."""

    name: str
    namespace: str
    uid: str = ""
    generation: int = 0
    """Counted up by the API server with every change of the spec."""
    resource_version: str = ""
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})
    finalizers: tuple[str, ...] = ()
    creation_timestamp: datetime.datetime | None = None
    deletion_timestamp: datetime.datetime | None = None


class Resource(Reported):
    """An object as the API server has it, without spec and status; ``model_validate`` raises ValidationError."""

    api_version: str = API_VERSION
    kind: str
    metadata: Metadata
