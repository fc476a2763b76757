"""The ``restricted`` Pod Security Standard, as all pods of ours meet it."""

USER = 10001
"""The user of all our images."""

RESTRICTED_POD: dict[str, object] = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""A pod's security context under the ``restricted`` Pod Security Standard."""

RESTRICTED_CONTAINER: dict[str, object] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""A container's security context under the ``restricted`` Pod Security Standard, and stricter."""
