"""A consortium in Azure's stand-ins, and the network services as processes: as many replicas as a test wants."""

import asyncio
import math
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import NetworkMap
from corda_operator.corda.signed import SignedDataWithCert
from local.azure.azurite import ACCOUNT
from local.azure.stub.roles import Role
from local.azure.toxiproxy import Proxy
from local.paths import ROOT
from local.ports import free_ports
from tests.integration.azure.fixtures.tenancy import Tenancy, Workload
from tests.unit.network.consortium import Member

PATIENCE_SECONDS = 60.0


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds that is asked over HTTP."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, for people."""
        return self.body.decode()


@dataclass
class Replica:
    """One process of the network services with a configuration file of its own."""

    name: str
    folder: Path
    environment: dict[str, str]
    document: dict[str, Any]
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    process: subprocess.Popen[bytes] | None = None

    def configure(self, **sections: Any) -> None:
        """Replace sections of the configuration, which a running process reads again by itself."""
        nodes, probes, page = self.ports
        self.document = {**self.document, **sections}
        listening = {
            "listen": f"127.0.0.1:{nodes}",
            "listenAdmin": f"127.0.0.1:{probes}",
            "listenPage": f"127.0.0.1:{page}",
        }
        partial = self.file.with_suffix(".partial")
        partial.write_text(yaml.safe_dump({**self.document, **listening}))
        partial.rename(self.file)

    @property
    def file(self) -> Path:
        """The configuration file."""
        return self.folder / f"{self.name}.yaml"

    @property
    def url(self) -> str:
        """Where nodes reach it."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def log(self) -> str:
        """All that it ever said."""
        return (self.folder / f"{self.name}.log").read_text()

    def command(self, *words: str | Path) -> list[str | Path]:
        """Return the command line of a subcommand with this replica's configuration."""
        return [sys.executable, "-m", "local.azure.resolving", "corda_operator", *words, "--config", self.file]

    def spawn(self, subcommand: str = "network-services") -> None:
        """Start the process."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(subcommand), env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    async def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.spawn()
        await self.wait_until_ready()

    async def wait_until_ready(self) -> None:
        """Wait until it serves."""
        end = time.monotonic() + PATIENCE_SECONDS
        while await self.probe("/readyz") != 200:
            assert self.process is not None
            assert self.process.poll() is None, self.log[-3000:]
            assert time.monotonic() < end, self.log[-3000:]
            await asyncio.sleep(0.1)

    async def probe(self, path: str) -> int | None:
        """Return the status of a probe, None if nobody answers."""
        try:
            async with aiohttp.request("GET", f"http://127.0.0.1:{self.ports[1]}{path}") as response:
                return response.status
        except aiohttp.ClientError:
            return None

    async def samples(self) -> list[Sample]:
        """Return what Prometheus would read."""
        async with aiohttp.request("GET", f"http://127.0.0.1:{self.ports[1]}/metrics") as response:
            text = await response.text()
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    async def metrics(self) -> dict[str, float]:
        """Return the samples without labels that Prometheus would read."""
        return {sample.name: sample.value for sample in await self.samples() if not sample.labels}

    async def has_connections(self, least: int, most: float = math.inf) -> bool:
        """Tell whether so many are open, as it counts them every two seconds."""
        return least <= (await self.metrics())["corda_network_connections"] <= most

    def send(self, number: signal.Signals) -> None:
        """Signal the process."""
        assert self.process is not None
        self.process.send_signal(number)

    async def wait_for_end(self) -> int:
        """Return the exit code of a process that ends."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, PATIENCE_SECONDS)

    def stop(self) -> None:
        """End the process, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def resident_bytes(self) -> int:
        """The memory that the process has at present."""
        assert self.process is not None
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        source: str = "127.0.0.1",
    ) -> Answer:
        """Return the answer to a node's request; raises aiohttp.ClientError."""
        connector = aiohttp.TCPConnector(local_addr=(source, 0), family=socket.AF_INET)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(method, self.url + path, data=body, headers=headers) as response,
        ):
            return Answer(response.status, dict(response.headers), await response.read())

    async def network_map(self) -> NetworkMap:
        """Return the network map, as soon as there is one."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (answer := await self.request("GET", "/network-map")).status == 503:
            assert time.monotonic() < end, self.log[-3000:]
            await asyncio.sleep(0.1)
        assert answer.status == 200, answer
        return NetworkMap.decode(SignedDataWithCert.decode(answer.body).raw)

    async def submit(self, member: Member, token: str | None = None) -> str:
        """Post a node's request for a certificate and return the request's id."""
        headers = {} if token is None else {"X-CENM-Submission-Token": token}
        answer = await self.request("POST", "/certificate", member.request(), headers)
        assert answer.status == 200, answer
        return answer.text

    async def fetch(self, member: Member, request_id: str) -> None:
        """Wait for a node's certificates."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (answer := await self.request("GET", f"/certificate/{request_id}")).status != 200:
            assert answer.status in (204, 503), answer
            assert time.monotonic() < end, self.log[-3000:]
            await asyncio.sleep(0.1)
        member.take(answer.body)

    async def register(self, name: LegalName, token: str | None = None) -> Member:
        """Let a node register, with a request and polling."""
        member = Member(name)
        await self.fetch(member, await self.submit(member, token))
        return member

    async def publish(self, data: bytes) -> int | None:
        """Return the status that a node gets for its node info, None if it gets no answer."""
        try:
            return (await self.request("POST", "/network-map/publish", data)).status
        except (aiohttp.ClientError, TimeoutError):
            return None


@dataclass
class Deployment:
    """One consortium: a vault, a container, and the replicas that were started for it."""

    tenancy: Tenancy
    folder: Path
    sections: dict[str, Any] = field(default_factory=dict)
    replicas: list[Replica] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vault = self.tenancy.vault()
        self.workload = self.tenancy.workload((self.vault, Role.CRYPTO_OFFICER))
        self.container = f"consortium-{uuid.uuid4().hex}"

    def replica(self, name: str = "one", workload: Workload | None = None, **sections: Any) -> Replica:
        """Return a replica, not started yet."""
        who = workload or self.workload
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AZURE_CLIENT_ID": who.identity.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": str(who.token_file),
        }
        document = {
            "publicURL": "http://network.consortium.test",
            "keyVault": {"url": self.tenancy.azure.vault_url(self.vault)},
            "storage": {"accountURL": self.tenancy.azure.account_url, "container": self.container},
            "trustRoot": {"organisation": "Consortium", "locality": "London", "country": "GB"},
            "members": [{"organisation": "Bank A"}, {"organisation": "Bank B"}],
            "networkMap": {"pollInterval": "7s"},
            **self.sections,
            **sections,
        }
        replica = Replica(name, self.folder, environment, document)
        replica.configure()
        self.replicas.append(replica)
        return replica

    def create_trust_root(self, workload: Workload | None = None) -> str:
        """Run the command that does so and return what it prints."""
        replica = self.replica(f"trust-root-{uuid.uuid4().hex[:4]}", workload)
        done = subprocess.run(
            replica.command("trust-root"),
            env=replica.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def started(self, name: str = "one", **sections: Any) -> Replica:
        """Return a replica that is ready; the first one of a consortium makes the trust root."""
        if not any(each.process for each in self.replicas):
            await asyncio.to_thread(self.create_trust_root)
        replica = self.replica(name, **sections)
        await replica.start()
        return replica

    def proxy(self) -> Proxy:
        """Return a way to Storage that can be cut."""
        toxiproxy = self.tenancy.azure.toxiproxy
        proxy = toxiproxy.create(f"n-{uuid.uuid4().hex}", f"127.0.0.1:{self.tenancy.azure.ports.azurite}")
        self.tenancy.closing.callback(toxiproxy.delete, proxy.name)
        return proxy

    def storage_by(self, proxy: Proxy) -> dict[str, str]:
        """Return the configuration's section for Storage by way of a proxy."""
        host = f"{ACCOUNT.name}.blob.azure.test:{proxy.listen.rpartition(':')[2]}"
        return {"accountURL": f"https://{host}", "container": self.container}

    def close(self) -> None:
        """End all processes."""
        for replica in self.replicas:
            replica.stop()
