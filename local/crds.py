"""``python -m local.crds``: write what follows from the models and the rights: CRDs, reference, files of the chart."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from corda_operator.api.crds import custom_resource_definitions
from corda_operator.api.reference import reference
from corda_operator.reconcile.engine.rights import OWN_RIGHTS, RIGHTS, VERBS, Right
from local.console import say
from local.paths import ROOT

FOLDER: Final = ROOT / "crds"
CHART: Final = ROOT / "charts" / "corda-operator" / "files"
_HEADING: Final = "# Made by `make crds` from operator/corda_operator/api/; do not edit.\n"
_OF_RIGHTS: Final = "# Made by `make crds` from operator/corda_operator/reconcile/engine/rights.py; do not edit.\n"


def documents() -> dict[Path, str]:
    """Return what the files have to hold; the same for the same models."""
    definitions = custom_resource_definitions()
    return {
        **{FOLDER / f"{name}.yaml": _rendered(each) for name, each in definitions.items()},
        **{CHART / "crds" / f"{name}.yaml": _rendered(_kept(each)) for name, each in definitions.items()},
        CHART / "rights.yaml": _rules(RIGHTS),
        CHART / "own-rights.yaml": _rules(OWN_RIGHTS),
        ROOT / "docs" / "reference.md": reference(),
    }


def _rendered(definition: dict[str, Any]) -> str:
    return _HEADING + yaml.safe_dump(definition, sort_keys=False, width=120, allow_unicode=True)


def _kept(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition that Helm leaves where it is: with it all resources of its kind would go."""
    annotations = {**definition["metadata"].get("annotations", {}), "helm.sh/resource-policy": "keep"}
    return {**definition, "metadata": {**definition["metadata"], "annotations": annotations}}


def _rules(rights: Sequence[Right]) -> str:
    """Return the rules of a role, each with its reason, under what its verbs are for."""
    given = {verb for right in rights for verb in right.verbs}
    lines = [_OF_RIGHTS, "#\n", *(f"# {verb}: {why}\n" for verb, why in VERBS.items() if verb in given), "\n"]
    for right in rights:
        lines.append(f"# {right.why}\n")
        lines.append(f"- apiGroups: {json.dumps([right.group])}\n")
        lines.append(f"  resources: {json.dumps(list(right.resources))}\n")
        lines.append(f"  verbs: {json.dumps(list(right.verbs))}\n")
    return "".join(lines)


def main() -> int:
    """Write them, and take away definitions of kinds that are no more."""
    wanted = documents()
    for folder in (FOLDER, CHART / "crds"):
        for stale in set(folder.glob("*.yaml")) - set(wanted):
            stale.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        say(str(path.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
