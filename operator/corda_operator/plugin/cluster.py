"""The objects that commands ask kubectl for, with errors that name those there are."""

from collections.abc import Mapping
from typing import Any, Final

from corda_operator.api.resource import GROUP
from corda_operator.plugin.errors import NotFoundError, PluginError
from corda_operator.plugin.kubectl import Kubectl
from corda_operator.plugin.model import Overview, only, overview

CONSORTIA: Final = f"consortia.{GROUP}"
NODES: Final = f"cordanodes.{GROUP}"

Manifest = Mapping[str, Any]


def look(kubectl: Kubectl, consortium: str | None, *, all_namespaces: bool) -> Overview:
    """Return all Consortia with their nodes, or one; raise PluginError."""
    everywhere = ("--all-namespaces",) if all_namespaces else ()
    found = overview(_items(kubectl, f"{CONSORTIA},{NODES}", *everywhere))
    if consortium is None:
        return found
    chosen = only(found, consortium)
    if not chosen.consortia:
        raise NotFoundError(_absent("Consortium", consortium, [each.name for each in found.consortia]))
    return chosen


def consortium(kubectl: Kubectl, name: str | None) -> Manifest:
    """Return a Consortium, or the only one if no name is given; raise PluginError."""
    items = _items(kubectl, CONSORTIA)
    names = [each["metadata"]["name"] for each in items]
    chosen = [each for each in items if name in (None, each["metadata"]["name"])]
    if name is None and len(chosen) > 1:
        raise PluginError(f"There is more than one Consortium, so say which: {', '.join(names)}.")
    if not chosen:
        raise NotFoundError(_absent("Consortium", name, names))
    return chosen[0]


def node(kubectl: Kubectl, name: str) -> Manifest:
    """Return a CordaNode; raise PluginError."""
    found = kubectl.get(NODES, name, "--ignore-not-found")
    if found is None:
        names = [each["metadata"]["name"] for each in _items(kubectl, NODES)]
        raise NotFoundError(_absent("CordaNode", name, names))
    manifest: Manifest = found
    return manifest


def _items(kubectl: Kubectl, kinds: str, *arguments: str) -> list[Manifest]:
    found: list[Manifest] = (kubectl.get(kinds, *arguments) or {}).get("items", [])
    return found


def _absent(kind: str, name: str | None, names: list[str]) -> str:
    wanted = f"no {kind}" if name is None else f"no {kind} {name}"
    there = f"There is: {', '.join(sorted(names))}." if names else f"There is no {kind} at all."
    return f"The namespace has {wanted}. {there} Other namespaces: -n NAME."
