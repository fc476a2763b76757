"""A genuine Corda node in its image: its base directory, its life, and what it answers over RPC."""

import json
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corda_operator.corda.names import LegalName
from local.images.corda import template
from local.images.sandbox import Container, Sandbox
from local.ports import free_ports
from tests.integration.network.genuine import rpc
from tests.integration.network.genuine.services import NetworkServices

PASSWORD = "a password of this test only"
PATIENCE_SECONDS = 240.0
UP = "started up and registered in"
QUICK_START = {
    # The little that these nodes do is done before the JVM's best compiler would pay.
    "CORDA_JVM_OPTS": "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    # The nodes share the machine's ports.
    "CORDA_METRICS_PORT": "",
}


@dataclass
class GenuineNode:
    """A node that talks to others and to the services over the machine's loopback."""

    legal_name: LegalName
    corda: Sandbox
    rpc: rpc.Rpc
    folder: Path
    """Gets the base directory and the JVM's temporary files; its name is the node's among the containers."""
    service_legal_name: LegalName | None = None
    """Of the notary's service, if the node is a notary."""
    submission_token: str | None = None
    """What the consortium told the node's operator, if it registers with a token."""
    accepts_development_key: bool = True
    """Whether it takes Corda's own sample CorDapps, which are signed with a key that production nodes refuse."""
    permissions: Sequence[str] = ("ALL",)
    """Of the RPC user."""
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    """P2P, RPC, RPC administration."""
    containers: list[Container] = field(default_factory=list)
    """In order of their start; only the last may be running."""

    @property
    def base(self) -> Path:
        """The base directory."""
        return self.folder / "corda"

    @property
    def certificates(self) -> Path:
        """The folder with the key stores."""
        return self.base / "certificates"

    @property
    def request_id(self) -> str:
        """The id of the certificate request that the node waits for."""
        return (self.certificates / "certificate-request-id.txt").read_text().strip()

    @property
    def log(self) -> str:
        """What the last container has said."""
        return self.containers[-1].output

    @property
    def _rpc_address(self) -> str:
        return f"localhost:{self.ports[1]}"

    def prepare(self, services: NetworkServices, cordapps: Sequence[Path]) -> None:
        """Make the base directory: node.conf, CorDapps and the template's database, but no keys."""
        (self.folder / "tmp").mkdir(parents=True)
        (self.folder / "tmp").chmod(0o1777)
        for folder in (self.base, self.certificates, self.base / "cordapps"):
            folder.mkdir()
            folder.chmod(0o777)
        for jar in cordapps:
            shutil.copy(jar, self.base / "cordapps")
        template(self.corda, "bank" if self.service_legal_name is None else "notary", self.base)
        (self.base / "node.conf").write_text(self._configuration(services))

    def run(self, *arguments: str) -> None:
        """Start one of Corda's commands, or the node itself without any."""
        temporary = {"/corda": self.base, "/tmp": self.folder / "tmp"}  # noqa: S108 - the container's
        self.containers.append(
            self.corda.start(
                f"{self.folder.name}-{len(self.containers)}",
                arguments or None,
                volumes=temporary,
                environment=QUICK_START,
                shares_network=True,
            )
        )

    def register(self, trust_store: Path) -> None:
        """Start Corda's initial registration, given a trust store with the password that is Corda's default."""
        shutil.copy(trust_store, self.certificates / "network-root-truststore.jks")
        self.run("initial-registration", "--network-root-truststore-password=trustpass")

    def migrate(self) -> None:
        """Start the migration of the database to what the CorDapps need, too; a registration does it by itself."""
        self.run("run-migration-scripts", "--core-schemas", "--app-schemas")

    def start(self) -> None:
        """Start the node and wait until it is up."""
        self.run()
        self.wait_for(UP)

    def stop(self) -> None:
        """End the node as the kubelet does."""
        self.containers[-1].signal(signal.SIGTERM)
        # What a JVM that was told to end returns.
        assert self.wait_for_end() == 143, self.tail

    def wait_for_end(self) -> int:
        """Return the exit code of the last container."""
        code = self.containers[-1].wait(PATIENCE_SECONDS)
        self.rpc.ask(self._rpc_address, "disconnect")
        return code

    def close(self) -> None:
        """End whatever still runs."""
        for container in self.containers:
            container.close()

    def ask(self, command: str, **arguments: Any) -> Any:
        """Return the answer over RPC; raise RpcError."""
        return self.rpc.ask(self._rpc_address, command, **arguments)

    def tool(self, *words: str) -> tuple[int, str, str]:
        """Run the node tool beside the node; return its exit code, its answer and what it says of errors."""
        credentials = self.base / "node-tool.json"
        credentials.write_text(json.dumps({"user": rpc.USER, "password": rpc.PASSWORD}))
        options = ("--address", self._rpc_address, "--credentials", f"/corda/{credentials.name}")
        return self.containers[-1].attempt("node-tool", *words, *options)

    def wait_for(self, text: str) -> None:
        """Wait until the running container has said something."""
        container = self.containers[-1]
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in container.output:
            running = container.running and time.monotonic() < end
            assert running or text in container.output, f"never said: {text}\n{self.tail}"
            time.sleep(0.2)

    def wait_until(self, question: Callable[["GenuineNode"], object], expected: object) -> None:
        """Wait until a question about this node has an answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (answer := question(self)) != expected:
            assert time.monotonic() < end, f"expected {expected!r}, but it is {answer!r}\n{self.tail}"
            time.sleep(0.2)

    @property
    def tail(self) -> str:
        """The end of the log, for whoever has to find out what went wrong."""
        return f"{self.legal_name} said last:\n{self.log[-4000:]}"

    def _configuration(self, services: NetworkServices) -> str:
        p2p, rpc_port, administration = self.ports
        token = "" if self.submission_token is None else f'csrToken = "{self.submission_token}"'
        permissions = ", ".join(f'"{each}"' for each in self.permissions)
        notary = f'notary {{ validating = false, serviceLegalName = "{self.service_legal_name}" }}'
        return f"""
        myLegalName = "{self.legal_name}"
        emailAddress = "operations@bank.test"
        devMode = false
        detectPublicIp = false
        p2pAddress = "localhost:{p2p}"
        rpcSettings {{ address = "localhost:{rpc_port}", adminAddress = "localhost:{administration}" }}
        rpcUsers = [{{ user = "{rpc.USER}", password = "{rpc.PASSWORD}", permissions = [{permissions}] }}]
        networkServices {{ doormanURL = "{services.url}", networkMapURL = "{services.url}", {token} }}
        keyStorePassword = "{PASSWORD}"
        trustStorePassword = "{PASSWORD}"
        # Corda's strictest: without a revocation list for every certificate, no connection either way.
        crlCheckSoftFail = false
        crlCheckArtemisServer = true
        tlsCertCrlDistPoint = "{services.url}/certificate-revocation-list/tls"
        tlsCertCrlIssuer = "{services.root().subject.rfc4514_string()}"
        {"cordappSignerKeyFingerprintBlacklist = []" if self.accepts_development_key else ""}
        {notary if self.service_legal_name is not None else ""}
        """
