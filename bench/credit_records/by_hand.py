"""A network whose nodes somebody starts by hand: everything that a node needs to start is ready, in a folder each.

Network services are the product's own, as ``make network`` runs them. Each node has registered with them by Corda's own
command, which has made its keys and its database's schema, that of the CorDapp too. What was ready then is kept, so
that every start is the first one of a network whose members have not seen one another.
"""

import re
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import yaml
from cryptography import x509

from bench.credit_records.client import PERMISSIONS
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.node_configuration import (
    H2,
    NetworkServices,
    NodeConfiguration,
    Notary,
    RpcSettings,
    RpcUser,
    TlsRevocation,
)
from corda_operator.corda.node_info import HostAndPort
from corda_operator.corda.signed import SignedDataWithCert
from local.commands import run
from local.console import LocalError, step
from local.images import ensure
from local.images.corda import template
from local.images.sandbox import Container, Sandbox, Usage
from local.network.network import Network
from local.ports import free_ports

NOTARY: Final = LegalName.parse("O=Notary, L=London, C=GB")
NOTARY_SERVICE: Final = LegalName.parse("O=Notary Service, L=London, C=GB")
"""The one that `local.network` begins with."""
BANK_A: Final = LegalName.parse("OU=Node 1, O=Bank A, L=London, C=GB")
BANK_A_2: Final = LegalName.parse("OU=Node 2, O=Bank A, L=London, C=GB")
BANK_B: Final = LegalName.parse("OU=Node 1, O=Bank B, L=London, C=GB")
USER: Final = "benchmark"
_PATIENCE_SECONDS: Final = 600.0
_UP: Final = re.compile(r"started up and registered in ([0-9.]+) sec")
_TRUST_STORE: Final = ("network-root-truststore.jks", "trustpass")


@dataclass
class HandNode:
    """One node: a process in Corda's image, on the machine's own network."""

    legal_name: LegalName
    corda: Sandbox
    folder: Path
    """The node's among those of the network; gets the base directory and the JVM's temporary files."""
    password: str
    """Of the key stores, and of the RPC user."""
    ports: list[int] = field(default_factory=lambda: free_ports(4))
    """P2P, RPC, RPC administration, metrics."""
    metrics: bool = True
    """Whether the exporter's agent runs in it."""
    _container: Container | None = None

    @property
    def base(self) -> Path:
        """The base directory."""
        return self.folder / "corda"

    @property
    def rpc_address(self) -> str:
        """Where the node's RPC is."""
        return f"127.0.0.1:{self.ports[1]}"

    def prepare(self, url: str, root: x509.Certificate, trust_store: Path, cordapps: Sequence[Path]) -> None:
        """Make the base directory: configuration, CorDapps, and the database that the image brings."""
        for folder in (self.folder / "tmp", self.base, self.base / "certificates", self.base / "cordapps"):
            folder.mkdir(parents=True)
            folder.chmod(0o777)
        for archive in () if self._is_notary else cordapps:
            shutil.copy(archive, self.base / "cordapps")
        template(self.corda, "notary" if self._is_notary else "bank", self.base)
        shutil.copy(trust_store, self.base / "certificates" / _TRUST_STORE[0])
        (self.base / "node.conf").write_text(self._configuration(url, root).render())

    def register(self) -> None:
        """Begin Corda's own registration, which makes keys and migrates the database."""
        self._run("initial-registration", f"--network-root-truststore-password={_TRUST_STORE[1]}")

    def start(self) -> None:
        """Start the node, without waiting for anything."""
        self._run()

    def boot_seconds(self) -> float:
        """Wait until the node is up and return how long that took by Corda's own measure; raise LocalError."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while (seconds := booted(self._running.output)) is None:
            if not self._running.running or time.monotonic() > end:
                raise LocalError(f"{self.legal_name} does not come up:\n{self._running.output[-3000:]}")
            time.sleep(0.2)
        return seconds

    def wait_for_end(self) -> None:
        """Wait until the last command has come to its end; raise LocalError if it failed."""
        if (code := self._running.wait(_PATIENCE_SECONDS)) != 0:
            raise LocalError(f"{self.legal_name} ended with {code}:\n{self._running.output[-3000:]}")

    def close(self) -> None:
        """End whatever still runs."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def usage(self) -> Usage:
        """Return what the node has taken of the machine since its start."""
        return self._running.usage()

    @property
    def _is_notary(self) -> bool:
        return self.legal_name == NOTARY

    @property
    def _running(self) -> Container:
        if self._container is None:
            raise LocalError(f"{self.legal_name} was not started")
        return self._container

    def _run(self, *arguments: str) -> None:
        volumes = {"/corda": self.base, "/tmp": self.folder / "tmp"}  # noqa: S108 - the container's
        self._container = self.corda.start(
            self.folder.name,
            arguments or None,
            volumes=volumes,
            environment={"CORDA_METRICS_PORT": str(self.ports[3]) if self.metrics else ""},
            shares_network=True,
        )

    def _configuration(self, url: str, root: x509.Certificate) -> NodeConfiguration:
        """Return what the operator would write, but for addresses."""
        p2p, rpc, administration, _ = self.ports
        return NodeConfiguration(
            legal_name=self.legal_name,
            email_address="operations@bank.test",
            p2p_address=HostAndPort("localhost", p2p),
            rpc=RpcSettings(HostAndPort("0.0.0.0", rpc), HostAndPort("localhost", administration)),  # noqa: S104
            key_store_password=self.password,
            trust_store_password=self.password,
            database=H2("/corda/persistence"),
            network_services=NetworkServices(url, url),
            notary=Notary(validating=False, service_legal_name=NOTARY_SERVICE) if self._is_notary else None,
            tls_revocation=TlsRevocation(f"{url}/certificate-revocation-list/tls", root.subject),
            crl_check_soft_fail=False,
            rpc_users=() if self._is_notary else (RpcUser(USER, self.password, PERMISSIONS),),
        )


class HandNetwork:
    """Network services and nodes of one folder."""

    def __init__(
        self,
        folder: Path,
        corda: Sandbox,
        cordapps: Sequence[Path],
        names: Sequence[LegalName],
        password: str,
        poll_interval: str,
    ) -> None:
        """``poll_interval`` is how often nodes ask for the network map, as in 10s."""
        self._folder, self._cordapps, self._poll_interval = folder, cordapps, poll_interval
        self._services = Network(folder / "now" / "services")
        self._port = free_ports(1)[0]
        self._url = f"http://127.0.0.1:{self._port}"
        self.nodes = [HandNode(each, corda, folder / "now" / _folder_name(each), password) for each in names]

    def node(self, name: LegalName) -> HandNode:
        """Return the node of a name."""
        return next(each for each in self.nodes if each.legal_name == name)

    def prepare(self) -> None:
        """Make everything that nodes need to start, and keep it."""
        with step("keys, network parameters and databases of the nodes that are started by hand"):
            self._up()
            try:
                self._set_poll_interval()
                root = x509.load_pem_x509_certificate(self._services.trust_root.read_bytes())
                for node in self.nodes:
                    node.prepare(self._url, root, self._services.truststore, self._cordapps)
                    node.register()
                for node in self.nodes:
                    node.wait_for_end()
                parameters = self._parameters()
                for node in self.nodes:
                    (node.base / "network-parameters").write_bytes(parameters)
            finally:
                self.stop()
            run(["cp", "--archive", self._now, self._ready])

    def reset(self) -> None:
        """Have everything as it was when it was ready, and the network services running."""
        shutil.rmtree(self._now)
        run(["cp", "--archive", self._ready, self._now])
        self._up()

    def start(self) -> None:
        """Start all nodes at once."""
        for node in self.nodes:
            node.start()

    def stop(self) -> None:
        """End nodes and network services."""
        for node in self.nodes:
            node.close()
        self._services.down()

    @property
    def _now(self) -> Path:
        return self._folder / "now"

    @property
    def _ready(self) -> Path:
        return self._folder / "ready"

    def _up(self) -> None:
        self._services.up("127.0.0.1", self._port, self._url)

    def _set_poll_interval(self) -> None:
        file = self._services.configuration
        settings = yaml.safe_load(file.read_text())
        settings["networkMap"]["pollInterval"] = self._poll_interval
        partial = file.with_suffix(".partial")
        partial.write_text(yaml.safe_dump(settings, sort_keys=False))
        partial.rename(file)

    def _parameters(self) -> bytes:
        signed = SignedDataWithCert.decode(self._get("/network-map"))
        hash_ = NetworkMap.decode(signed.raw).network_parameter_hash
        return self._get(f"/network-map/network-parameters/{hash_}")

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self._url}{path}", timeout=60) as answer:  # noqa: S310 - our own services
            content: bytes = answer.read()
        return content


def booted(log: str) -> float | None:
    """Return the seconds that Corda says it took to start, None before it says so."""
    up = _UP.search(log)
    return None if up is None else float(up[1])


@contextmanager
def corda_image() -> Iterator[Sandbox]:
    """Give Corda's image, unpacked; who is told to end by a signal ends what runs in it first."""
    with ExitStack() as closing:
        closing.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _exit))
        sandbox = Sandbox(ensure(["corda:4.10"])["corda:4.10"], Path(tempfile.mkdtemp(prefix="corda-")))
        closing.callback(sandbox.close)
        yield sandbox


def _exit(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def clear(folder: Path) -> None:
    """Take away what an earlier run has left, its network services too; nodes end with the run that started them."""
    services = folder / "now" / "services"
    if services.exists():
        Network(services).down()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _folder_name(name: LegalName) -> str:
    return f"{name.organisation} {name.organisation_unit or ''}".strip().lower().replace(" ", "-")
