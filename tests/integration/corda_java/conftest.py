"""Java's own programs, and a server of revocation lists for them."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.system import ensure_packages


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compile the programs beside this file; what is returned runs one and returns what it prints."""
    if shutil.which("javac") is None:
        ensure_packages("default-jdk-headless")
    folder = tmp_path_factory.mktemp("java")
    sources = sorted(Path(__file__).parent.glob("*.java"))
    subprocess.run(["javac", "-Xlint:all", "-Werror", "-d", folder, *sources], check=True)

    def run(program: str, *arguments: str | Path) -> str:
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", folder, program, *arguments]
        environment = os.environ | {"LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120, env=environment)
        return done.stdout.strip()

    return run


class ListServer(ThreadingHTTPServer):
    """Serves what is put into ``files``, by path."""

    files: dict[str, bytes]

    def url(self, name: str) -> str:
        """Return the URL of a file."""
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Handler(BaseHTTPRequestHandler):
    server: ListServer

    def do_GET(self) -> None:
        """Answer with the file."""
        content = self.server.files.get(self.path.removeprefix("/"))
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        """Keep quiet."""


@pytest.fixture
def lists() -> Iterator[ListServer]:
    """Serve revocation lists on loopback."""
    server = ListServer(("127.0.0.1", 0), _Handler)
    server.files = {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
