"""The network services as a process, as a pod would run them, with their configuration file."""

import http.client
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.signed import SignedDataWithCert
from local.paths import ROOT
from local.ports import free_ports
from local.processes import Process, log_tail, spawn
from tests.integration.azure.fixtures.tenancy import Workload

PATIENCE_SECONDS = 60.0


@dataclass
class NetworkServices:
    """One replica, started and stopped at will; what it knows is in Azure's stand-ins."""

    folder: Path
    workload: Workload
    document: dict[str, Any]
    """The configuration, but for where the services listen."""
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    """For nodes, for probes, for people."""
    _process: Process | None = None

    def __post_init__(self) -> None:
        nodes, probes, page = self.ports
        self.document = {
            "generation": 0,
            "publicURL": self.url,
            "listen": f"127.0.0.1:{nodes}",
            "listenAdmin": f"127.0.0.1:{probes}",
            "listenPage": f"127.0.0.1:{page}",
            **self.document,
        }
        self.configure()

    @property
    def url(self) -> str:
        """Where nodes reach the services."""
        return f"http://127.0.0.1:{self.ports[0]}"

    def configure(self, **sections: Any) -> None:
        """Replace sections of the configuration, which the services read again by themselves."""
        self.document = {**self.document, **sections, "generation": self.document["generation"] + 1}
        partial = self._configuration.with_suffix(".partial")
        partial.write_text(yaml.safe_dump(self.document, sort_keys=False))
        partial.rename(self._configuration)

    def create_trust_root(self) -> Path:
        """Run the command that does so and return the trust store that it wrote for nodes."""
        trust_store = self.folder / "network-root-truststore.jks"
        words, environment = self._command("trust-root", "--truststore", trust_store)
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return trust_store

    def start(self) -> None:
        """Start the services and wait until they answer."""
        words, environment = self._command("network-services")
        self._process = spawn(self.folder, "network-services", words, environment)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._answer():
            assert self._process.alive, self.tail
            assert time.monotonic() < end, self.tail
            time.sleep(0.1)

    def stop(self) -> None:
        """End the services as the kubelet does."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def root(self) -> Certificate:
        """Return the root certificate that they serve."""
        status, pem = self.request("GET", "/trust-root")
        assert status == 200, pem
        return Certificate.from_der(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))

    def network_map(self) -> NetworkMap:
        """Return the network map that they serve."""
        status, signed = self.request("GET", "/network-map")
        assert status == 200, signed
        return NetworkMap.decode(SignedDataWithCert.decode(signed).raw)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body of an answer to a node."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    @property
    def tail(self) -> str:
        """The end of the log, for whoever has to find out what went wrong."""
        return f"the network services said last:\n{log_tail(self.folder, 'network-services', 40)}"

    @property
    def _configuration(self) -> Path:
        return self.folder / "configuration.yaml"

    def _command(self, command: str, *options: str | Path) -> tuple[list[str | Path], dict[str, str]]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AZURE_CLIENT_ID": self.workload.identity.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": str(self.workload.token_file),
        }
        python = [sys.executable, "-m", "local.azure.resolving"]
        return [*python, "corda_operator", command, "--config", self._configuration, *options], environment

    def _answer(self) -> bool:
        try:
            return self.request("GET", "/trust-root")[0] == 200
        except OSError:
            return False
