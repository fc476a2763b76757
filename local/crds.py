"""``python -m local.crds``: write the CustomResourceDefinitions and their reference, made from the models."""

import sys
from pathlib import Path
from typing import Final

import yaml

from corda_operator.api.crds import custom_resource_definitions
from corda_operator.api.reference import reference
from local.console import say
from local.paths import ROOT

FOLDER: Final = ROOT / "crds"
_HEADING: Final = "# Made by `make crds` from operator/corda_operator/api/; do not edit.\n"


def documents() -> dict[Path, str]:
    """Return what the files have to hold; the same for the same models."""
    definitions = {
        FOLDER / f"{name}.yaml": _HEADING + yaml.safe_dump(each, sort_keys=False, width=120, allow_unicode=True)
        for name, each in custom_resource_definitions().items()
    }
    return {**definitions, ROOT / "docs" / "reference.md": reference()}


def main() -> int:
    """Write them, and take away definitions of kinds that are no more."""
    wanted = documents()
    FOLDER.mkdir(exist_ok=True)
    for stale in set(FOLDER.glob("*.yaml")) - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        path.write_text(text)
        say(str(path.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
