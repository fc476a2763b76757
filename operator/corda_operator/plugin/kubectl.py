"""The user's kubectl, run as a program: the only way to the cluster."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

from corda_operator.plugin.errors import NotFoundError, PluginError

_LOG_LINE: Final = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ ")
_NO_PROGRAM: Final = (
    "kubectl was not found: install it, put it on PATH, or name it in the environment variable KUBECTL "
    "(https://kubernetes.io/docs/tasks/tools/)."
)
_NO_KIND: Final = (
    "The cluster does not know Consortium and CordaNode: install the operator there, or choose another cluster with "
    "--context or --kubeconfig."
)


@dataclass(frozen=True)
class Kubectl:
    """kubectl, pointed at the cluster and the namespace that the user means."""

    program: tuple[str, ...]
    flags: tuple[str, ...] = ()

    @classmethod
    def found(cls, *, namespace: str | None, context: str | None, kubeconfig: str | None) -> Self:
        """Return what ``$KUBECTL`` or PATH has; raise PluginError."""
        program = shlex.split(os.environ.get("KUBECTL", "")) or ["kubectl"]
        path = shutil.which(program[0])
        if path is None:
            raise PluginError(_NO_PROGRAM)
        flags = {"namespace": namespace, "context": context, "kubeconfig": kubeconfig}
        given = tuple(f"--{flag}={value}" for flag, value in flags.items() if value is not None)
        return cls((path, *program[1:]), given)

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        return [*self.program, *self.flags, *arguments]

    def text(self, *arguments: str) -> str:
        """Return what it prints; raise PluginError with its complaint."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise complaint(done.stderr, arguments)
        return done.stdout

    def get(self, *arguments: str) -> Any:
        """Return what ``kubectl get`` finds, as the API server's JSON; None if that is nothing."""
        text = self.text("get", *arguments, "--output=json")
        return json.loads(text) if text.strip() else None

    def passed_on(self, *arguments: str) -> int:
        """Run it with the user's own terminal and return its exit code."""
        return subprocess.run(self.command(*arguments), check=False).returncode

    def each_line(self, show: Callable[[str], None], *arguments: str) -> int:
        """Run it, have each line shown as it comes, and return its exit code; its complaints are the user's."""
        with subprocess.Popen(
            self.command(*arguments), stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
        ) as process:
            if process.stdout is not None:
                for line in process.stdout:
                    show(line.rstrip("\n"))
        return process.returncode


def complaint(stderr: str, arguments: tuple[str, ...]) -> PluginError:
    """Return what kubectl's complaint means to the user."""
    # kubectl's libraries log every try, before kubectl itself says what failed.
    told = [line for line in stderr.strip().splitlines() if not _LOG_LINE.match(line)]
    said = "\n".join(told) or stderr.strip() or f"kubectl {' '.join(arguments)} failed without a word."
    if "the server doesn't have a resource type" in said:
        return PluginError(_NO_KIND)
    if "(Forbidden)" in said:
        return PluginError(
            f"You may not do that in this cluster: {said}\nAsk whoever administers it for the right, or choose another "
            "namespace (-n) or context."
        )
    if "(NotFound)" in said:
        return NotFoundError(said)
    return PluginError(said)
