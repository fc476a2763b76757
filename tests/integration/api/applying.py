"""Applying resources as Git's tools do."""

import json
from typing import Any

from local.cluster.kubectl import Kubectl

Object = dict[str, Any]
_APPLY = ("apply", "--server-side", "--field-manager=git", "--filename=-")


def applied(kubectl: Kubectl, resource: Object, *options: str) -> Object:
    """Return the resource as the API server has it; raise LocalError with the server's complaint."""
    text = kubectl.text(*_APPLY, "--output=json", *options, stdin=json.dumps(resource))
    stored = json.loads(text)
    assert isinstance(stored, dict)
    return stored
