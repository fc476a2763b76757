"""The program `Client.java`: one JVM for a whole run, which has loaded its classes long before what is measured."""

import json
import select
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.console import LocalError
from local.images.corda import compiled
from local.images.sandbox import Sandbox

COUNTERPARTY: Final = "Bank B"
PERMISSIONS: Final = (
    "StartFlow.io.cordaoperator.creditrecord.flows.CreateCreditRecord",
    "StartFlow.io.cordaoperator.creditrecord.flows.UpdateCreditRecord",
)
"""All that the client's user may do."""
PATIENCE_SECONDS: Final = 600.0
_PROGRAM: Final = Path(__file__).with_name("Client.java")


@dataclass(frozen=True)
class First:
    """A network's first transaction, as the client saw it; Unix times."""

    open: float
    """Something listened at the RPC address."""
    connected: float
    """The node let the user in."""
    committed: float
    """The flow's result was there."""
    refused: int
    """Flows that the node had refused before, for want of the other bank or the notary."""
    transaction: str


class Client:
    """The running program."""

    def __init__(self, corda: Sandbox, folder: Path, cordapps: Sequence[Path], user: str, password: str) -> None:
        """Compile into an empty folder and start; ``cordapps`` are the jars whose flows it starts."""
        self._who = {"user": user, "password": password, "counterparty": COUNTERPARTY}
        compiled(corda, _PROGRAM, folder, cordapps)
        volumes = {"/client": folder, **{f"/cordapps/{jar.name}": jar for jar in cordapps}}
        java = "java -Xmx256m -XX:+UseSerialGC -DdefaultLogLevel=warn"
        words = ["-c", f'exec {java} -cp "/client:/cordapps/*:$(cat /opt/corda/classpath)" {_PROGRAM.stem}']
        self._container = corda.start(
            "client", words, entrypoint=["sh"], volumes=volumes, shares_network=True, piped=True
        )

    def ask(self, command: str, **arguments: Any) -> Any:
        """Send a command; the answer is fetched with `answer`, so that others can happen meanwhile."""
        request = {**self._who, "command": command, **arguments}
        try:
            self._container.stdin.write(json.dumps(request).encode() + b"\n")
            self._container.stdin.flush()
        except OSError as error:
            raise LocalError(f"the RPC client has ended: {error}\n{self._tail}") from error

    def answer(self) -> Any:
        """Wait for the answer to the last command and return it; raise LocalError."""
        if not select.select([self._container.stdout], [], [], PATIENCE_SECONDS)[0]:
            raise LocalError(f"the RPC client has not answered within {PATIENCE_SECONDS:.0f} s:\n{self._tail}")
        line = self._container.stdout.readline()
        if not line:
            raise LocalError(f"the RPC client has ended:\n{self._tail}")
        answer = json.loads(line)
        if "error" in answer:
            raise LocalError(f"the RPC client failed: {answer['error']}\n{self._tail}")
        return answer["result"]

    def try_first(self, node: str) -> None:
        """Begin to connect to a node, and to write its first record; `first` waits for that."""
        self.ask("first", node=node, seconds=int(PATIENCE_SECONDS) - 60)

    def first(self) -> First:
        """Return how the first transaction went."""
        found = self.answer()
        times = {each: found[each] / 1000 for each in ("open", "connected", "committed")}
        return First(**times, refused=found["refused"], transaction=found["transaction"])

    def load(self, nodes: Sequence[str], clients: int, seconds: float) -> tuple[float, list[float]]:
        """Write with so many clients for so long; return the seconds and each transaction's milliseconds."""
        self.ask("load", nodes=list(nodes), clients=clients, seconds=seconds)
        found = self.answer()
        return found["seconds"], found["milliseconds"]

    def close(self) -> None:
        """End the program."""
        self._container.close()

    @property
    def _tail(self) -> str:
        return self._container.output[-3000:]
