"""A kubectl that answers from a list of objects, and remembers what it was asked to do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from corda_operator.plugin.kubectl import Kubectl

Object = dict[str, Any]
_PLURALS = {
    "consortia.corda-operator.io": "Consortium",
    "cordanodes.corda-operator.io": "CordaNode",
    "pods": "Pod",
    "configmaps": "ConfigMap",
}


@dataclass(frozen=True)
class CannedKubectl(Kubectl):
    """Says what kubectl would say of these objects, and ends with these exit codes."""

    program: tuple[str, ...] = ("kubectl",)
    objects: list[Object] = field(default_factory=list)
    exit_codes: dict[str, int] = field(default_factory=dict)
    """By the first word."""
    lines: list[str] = field(default_factory=list)
    """Of a log."""
    calls: list[tuple[str, ...]] = field(default_factory=list)
    """But for those that only read."""

    def text(self, *arguments: str) -> str:
        if arguments[0] != "get":
            self.calls.append(arguments)
            return ""
        _, kinds, *others = arguments
        wanted = {_PLURALS[each] for each in kinds.split(",")}
        name = next((each for each in others if not each.startswith("-")), None)
        found = [each for each in self.objects if each["kind"] in wanted]
        if name is None:
            return json.dumps({"kind": "List", "items": found})
        assert "--ignore-not-found" in others
        return "".join(json.dumps(each) for each in found if each["metadata"]["name"] == name)

    def each_line(self, show: Callable[[str], None], *arguments: str) -> int:
        self.calls.append((*arguments, "line by line"))
        for line in self.lines:
            show(line)
        return self.exit_codes.get(arguments[0], 0)

    def passed_on(self, *arguments: str) -> int:
        self.calls.append(arguments)
        return self.exit_codes.get(arguments[0], 0)
