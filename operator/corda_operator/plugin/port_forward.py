"""A way to a Service or a pod in the cluster: ``kubectl port-forward`` for as long as it is needed."""

import contextlib
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, Final

from corda_operator.plugin.kubectl import Kubectl, complaint

_ENDS_WITHIN_SECONDS: Final = 5
_FORWARDING: Final = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) ->")


@contextlib.contextmanager
def forwarded(kubectl: Kubectl, target: str, port: int) -> Iterator[str]:
    """Give the URL on this machine of a port of service/NAME or pod/NAME; raise PluginError if kubectl can't."""
    # kubectl chooses a free port itself, so nobody else can take it before.
    arguments = ("port-forward", "--address=127.0.0.1", target, f":{port}")
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(kubectl.command(*arguments), stdout=subprocess.PIPE, stderr=complaints, text=True)
        output = process.stdout
        assert output is not None  # noqa: S101 - Popen was asked for it
        # It says something about every connection, and would stop once the pipe is full.
        reader = threading.Thread(target=output.read, daemon=True)
        try:
            local = _port(output)
            if local is None:
                process.wait(_ENDS_WITHIN_SECONDS)
                complaints.seek(0)
                raise complaint(complaints.read(), arguments)
            reader.start()
            yield f"http://127.0.0.1:{local}"
        finally:
            process.terminate()
            try:
                process.wait(_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if reader.is_alive():
                reader.join()
            output.close()


def _port(output: IO[str]) -> int | None:
    for line in output:
        match = _FORWARDING.match(line)
        if match:
            return int(match[1])
    return None
