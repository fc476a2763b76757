"""Corda's RPC for tests: one JVM for a whole run, asked line by line."""

import json
import select
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.images.corda import compiled
from local.images.sandbox import Sandbox

PROGRAM = Path(__file__).with_name("Rpc.java")
USER, PASSWORD = "tester", "a password of this test only"
PATIENCE_SECONDS = 240.0


class RpcError(AssertionError):
    """A node refused a command or could not be asked."""


class Rpc:
    """The program `Rpc.java`, or another that is asked in the same way, running in the Corda image beside the nodes."""

    def __init__(
        self,
        corda: Sandbox,
        classes: Path,
        cordapps: Sequence[Path],
        *,
        user: str = USER,
        password: str = PASSWORD,
        program: Path = PROGRAM,
    ) -> None:
        """Compile into ``classes``, an empty folder, and start; ``cordapps`` are the jars whose flows it starts."""
        compiled(corda, program, classes, cordapps)
        volumes = {"/rpc": classes, **{f"/cordapps/{jar.name}": jar for jar in cordapps}}
        java = "java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -DdefaultLogLevel=warn"
        main = f'{program.stem} {user} "{password}"'
        words = ["-c", f'exec {java} -cp "/rpc:/cordapps/*:$(cat /opt/corda/classpath)" {main}']
        self._container = corda.start("rpc", words, entrypoint=["sh"], volumes=volumes, shares_network=True, piped=True)

    def ask(self, address: str, command: str, **arguments: Any) -> Any:
        """Return a node's answer; raise RpcError."""
        request = {"node": address, "command": command, **arguments}
        try:
            self._container.stdin.write(json.dumps(request).encode() + b"\n")
            self._container.stdin.flush()
            if not select.select([self._container.stdout], [], [], PATIENCE_SECONDS)[0]:
                raise RpcError(f"no answer to {request}\n{self._container.output[-3000:]}")
            answer = json.loads(self._container.stdout.readline())
        except (OSError, ValueError) as error:
            raise RpcError(f"{request}: the program ended: {error}\n{self._container.output[-3000:]}") from error
        if "error" in answer:
            raise RpcError(f"{request}: {answer['error']}\n{self._container.output[-3000:]}")
        return answer["result"]

    def close(self) -> None:
        """End the program."""
        self._container.close()
