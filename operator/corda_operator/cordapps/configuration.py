"""What the installation is told: a YAML file that the operator writes into a ConfigMap."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from corda_operator import configuration_files
from corda_operator.configuration_files import Part
from corda_operator.cordapps.errors import CordappError


class Cordapp(Part):
    """One of the applications."""

    name: Annotated[str, Field(pattern="^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$")]
    """Its jar becomes NAME.jar, and its settings config/NAME.conf (corda: CordappConfigFileProvider)."""
    url: str | None = None
    """Where the jar is fetched from."""
    folder: Path | None = None
    """Where the jars of its image lie."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Of the only jar."""
    configuration: dict[str, Any] | None = None
    """Settings of its own, JSON."""

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if (self.url is None) == (self.folder is None) or (self.url is not None and self.sha256 is None):
            raise ValueError(f"{self.name}: expected either url with sha256, or folder")
        return self


class Configuration(Part):
    """The whole file."""

    target: Path
    """The node's folder for CorDapps."""
    cordapps: tuple[Cordapp, ...]


def load(path: Path) -> Configuration:
    """Read the file; raise CordappError naming what is wrong with it."""
    try:
        return configuration_files.load(Configuration, path)
    except configuration_files.ConfigurationError as error:
        raise CordappError(str(error)) from error
