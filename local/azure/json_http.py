"""JSON over plain http to a listener on this machine, for the stand-ins' own admin interfaces."""

import http.client
import json
from typing import Any


class HttpError(Exception):
    """An answer of status 400 or above."""

    def __init__(self, what: str, status: int, text: str) -> None:
        super().__init__(f"{what}: {status} {text}")
        self.status = status


def call(address: str, method: str, path: str, body: str | None = None) -> Any:
    """Return the answer to a request at ``host:port``, None if it has no body; raise HttpError or OSError."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(
            method,
            path,
            body=None if body is None else body.encode(),
            headers={} if body is None else {"Content-Type": "application/json"},
        )
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    if response.status >= 400:
        raise HttpError(f"{method} http://{address}{path}", response.status, text.strip())
    return json.loads(text) if text else None
