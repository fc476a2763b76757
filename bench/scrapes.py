"""How much a process has to tell Prometheus, and how long that takes."""

import http.client
import statistics
import time
from dataclasses import dataclass
from typing import Final

from local.console import LocalError

_TIMES: Final = 20


@dataclass(frozen=True)
class Scrape:
    """An answer of a process on this machine."""

    bytes: int
    milliseconds: float
    """Until all of it has come: median."""


def scraped(port: int, path: str = "/metrics", times: int = _TIMES) -> Scrape:
    """Ask a port of 127.0.0.1 so often; raise LocalError if it does not answer."""
    size, seconds = 0, []
    for _ in range(times):
        begin = time.perf_counter()
        size = len(_get(port, path))
        seconds.append(time.perf_counter() - begin)
    return Scrape(size, 1000 * statistics.median(seconds))


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except OSError as error:
        raise LocalError(f"http://127.0.0.1:{port}{path} can't be read: {error}") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise LocalError(f"http://127.0.0.1:{port}{path} answers {answer.status}")
    return body
