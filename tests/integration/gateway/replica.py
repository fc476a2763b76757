"""A replica of the bank's gateway in its image, as a pod would run it."""

import http.client
import json
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.azure.standins import StandIns
from local.images.sandbox import Container, Sandbox
from local.ports import free_ports
from tests.integration.azure.fixtures.tenancy import Workload

PATIENCE_SECONDS = 240.0
SECRET = "rpc-gateway"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    document: Any


@dataclass
class Replica:
    """The gateway, and an application's calls to it."""

    image: Sandbox
    folder: Path
    azure: StandIns
    workload: Workload
    vault: str
    balancer_port: int
    user: str
    request_timeout: str
    ports: list[int] = field(default_factory=lambda: free_ports(2))
    """API, management."""
    _container: Container | None = None

    def start(self) -> None:
        """Start without waiting for anything."""
        self.folder.mkdir(exist_ok=True)
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        temporary.chmod(0o1777)
        hosts = self.folder / "hosts"
        names = [self.azure.authority_host, self.azure.vault_url(self.vault)]
        hosts.write_text(f"127.0.0.1 localhost {' '.join(each.split('/')[2].split(':')[0] for each in names)}\n")
        api, management = self.ports
        environment = {
            **{key: self.azure.environment[key] for key in ("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID")},
            "AZURE_CLIENT_ID": self.workload.identity.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": "/var/run/token",
            "GATEWAY_TLS_CAFILE": "/etc/azure-ca/ca.pem",
            "GATEWAY_KEYVAULT_URL": self.azure.vault_url(self.vault),
            "GATEWAY_KEYVAULT_PASSWORDSECRET": SECRET,
            "GATEWAY_RPC_ADDRESS": f"localhost:{self.balancer_port}",
            "GATEWAY_RPC_USER": self.user,
            "GATEWAY_REQUESTTIMEOUT": self.request_timeout,
            "SERVER_PORT": str(api),
            "MANAGEMENT_SERVER_PORT": str(management),
        }
        volumes = {
            "/tmp": temporary,  # noqa: S108 - the container's
            "/etc/hosts": hosts,
            "/etc/azure-ca/ca.pem": self.azure.ca,
            "/var/run/token": self.workload.token_file,
        }
        self._container = self.image.start(
            self.folder.name, volumes=volumes, environment=environment, memory=640 << 20, shares_network=True
        )

    @property
    def log(self) -> str:
        """All that it has said."""
        return self._running.output

    def stop(self) -> int:
        """End it as the kubelet does and return its exit code."""
        container = self._running
        container.signal(signal.SIGTERM)
        return container.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """End whatever still runs."""
        if self._container is not None:
            self._container.close()

    def call(self, method: str, path: str, document: Any = None, **headers: str) -> Answer:
        """Return the answer to an application's call; header names with underscores."""
        return self._call(self.ports[0], method, path, document, headers)

    def ready(self) -> bool:
        """Return whether the readiness probe succeeds."""
        try:
            return self._call(self.ports[1], "GET", "/actuator/health/readiness").status == 200
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        """Wait for the readiness probe."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.ready():
            assert self._running.running, self.log[-4000:]
            assert time.monotonic() < end, self.log[-4000:]
            time.sleep(0.2)

    def wait_for(self, text: str) -> None:
        """Wait until it has said something."""
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in self.log:
            assert time.monotonic() < end, f"never said: {text}\n{self.log[-4000:]}"
            time.sleep(0.2)

    def metrics(self, name: str) -> dict[str, float]:
        """Return the series of a metric by their labels, as Prometheus writes them."""
        text = self._call(self.ports[1], "GET", "/actuator/prometheus").document
        lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith(f"{name}{{")]
        return {labels.removeprefix(name): float(value) for labels, _, value in lines}

    @property
    def _running(self) -> Container:
        assert self._container is not None
        return self._container

    @staticmethod
    def _call(
        port: int, method: str, path: str, document: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {"Content-Type": "application/json", **sent})
            response = connection.getresponse()
            text = response.read().decode()
            received = {name.lower(): value for name, value in response.getheaders()}
            is_json = "json" in received.get("content-type", "")
            return Answer(response.status, received, json.loads(text) if is_json else text)
        finally:
            connection.close()
