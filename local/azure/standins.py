"""All stand-ins of Azure in one folder: started, found again, stopped.

The folder keeps certificates, state, logs and ports, so that whatever is started in it again is the
same as before to its clients. Nothing but the recorded processes tells what runs.
"""

import http.client
import json
import os
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local.azure import azurite, toxiproxy
from local.azure.certificates import ca_certificate, server_certificate
from local.azure.json_http import HttpError
from local.azure.names import DOMAIN
from local.azure.stub.client import StubAdmin
from local.console import LocalError, step
from local.paths import ROOT
from local.ports import free_ports
from local.processes import Process, log_tail, recorded, spawn

DEVELOPER = ROOT / "local" / "azure" / "developer.yaml"
"""The directory that developers get: one identity that may do everything."""

STUB, AZURITE, TOXIPROXY = "azure-stub", "azurite", "toxiproxy"
_PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Ports:
    """On 127.0.0.1."""

    stub: int
    admin: int
    azurite: int
    toxiproxy: int


@dataclass(frozen=True)
class StandIns:
    """The stand-ins of one folder, with the stub's directory; toxiproxy only if its program is given."""

    folder: Path
    directory: Path
    toxiproxy_binary: Path | None = None
    page_size: int = 25

    @property
    def ca(self) -> Path:
        """The certificate (PEM) that clients have to trust."""
        return ca_certificate(self.folder / "certificates")

    @property
    def ports(self) -> Ports:
        """The folder's ports, chosen when first asked for."""
        file = self.folder / "ports.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(asdict(Ports(*free_ports(4)))))
            partial.rename(file)
        return Ports(**json.loads(file.read_text()))

    @property
    def authority_host(self) -> str:
        """Entra's URL, for ``AZURE_AUTHORITY_HOST``."""
        return f"https://login.{DOMAIN}:{self.ports.stub}"

    def vault_url(self, vault: str) -> str:
        """Return a key vault's URL."""
        return f"https://{vault}.vault.{DOMAIN}:{self.ports.stub}"

    def connection_string(self, instrumentation_key: str) -> str:
        """Return the connection string of a resource of Application Insights."""
        endpoint = f"https://local.in.applicationinsights.{DOMAIN}:{self.ports.stub}"
        return f"InstrumentationKey={instrumentation_key};IngestionEndpoint={endpoint}/"

    @property
    def account_url(self) -> str:
        """The storage account's URL by host name."""
        return f"https://{azurite.ACCOUNT.name}.blob.{DOMAIN}:{self.ports.azurite}"

    @property
    def account_url_by_path(self) -> str:
        """The storage account's URL by address, for who cannot resolve the name."""
        return f"https://127.0.0.1:{self.ports.azurite}/{azurite.ACCOUNT.name}"

    @property
    def admin(self) -> StubAdmin:
        """The stub's admin listener."""
        return StubAdmin(f"127.0.0.1:{self.ports.admin}")

    @property
    def toxiproxy(self) -> toxiproxy.Toxiproxy:
        """The API of toxiproxy."""
        return toxiproxy.Toxiproxy(f"127.0.0.1:{self.ports.toxiproxy}")

    @property
    def environment(self) -> Mapping[str, str]:
        """What the SDKs need to know, for a process that is to use the stand-ins."""
        return {
            "AZURE_AUTHORITY_HOST": self.authority_host,
            "AZURE_TENANT_ID": self.admin.directory().tenant_id,
            # requests reads the one, Python's own ssl (and so aiohttp) the other.
            "REQUESTS_CA_BUNDLE": str(self.ca),
            "SSL_CERT_FILE": str(self.ca),
        }

    @property
    def developer(self) -> Mapping[str, str]:
        """`environment` with the identity of `DEVELOPER`, which has to be the directory that is served."""
        identity = self.admin.directory().identities[0]
        # The directory has the secret's hash.
        return {**self.environment, "AZURE_CLIENT_ID": identity.client_id, "AZURE_CLIENT_SECRET": "developer"}

    def up(self) -> None:
        """Start what does not run, and wait until it answers."""
        names = [STUB, AZURITE, *([TOXIPROXY] if self.toxiproxy_binary else [])]
        with step(f"starting {', '.join(names)}"):
            for name in names:
                self.spawn(name)
            for name in names:
                self.wait(name)

    def down(self) -> None:
        """Stop whatever runs, the last started first."""
        for process in reversed(recorded(self._processes)):
            process.stop()

    def start(self, name: str) -> None:
        """Start one stand-in unless it runs, and wait until it answers."""
        self.spawn(name)
        self.wait(name)

    def process(self, name: str) -> Process | None:
        """Return a stand-in's process, if it was ever started."""
        return next((each for each in recorded(self._processes) if each.name == name), None)

    def log(self, name: str) -> Path:
        """Return the path of a stand-in's log."""
        return self._processes / f"{name}.log"

    def spawn(self, name: str) -> None:
        """Start one stand-in unless it runs."""
        process = self.process(name)
        if process is not None and process.alive:
            return
        command, own = {STUB: self._stub, AZURITE: self._azurite, TOXIPROXY: self._toxiproxy}[name]()
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        spawn(self._processes, name, command, {**inherited, **own})

    def wait(self, name: str) -> None:
        """Wait until a stand-in answers; raise LocalError if it ends or does not answer in time."""
        check = {STUB: self.admin.check, AZURITE: self._check_azurite, TOXIPROXY: self.toxiproxy.check}[name]
        end = time.monotonic() + _PATIENCE_SECONDS
        while not _answers(check):
            process = self.process(name)
            if process is None or not process.alive or time.monotonic() > end:
                raise LocalError(f"{name} does not answer. Its log ends:\n{log_tail(self._processes, name)}")
            time.sleep(0.05)

    @property
    def _processes(self) -> Path:
        return self.folder / "processes"

    def _stub(self) -> tuple[list[str | Path], Mapping[str, str]]:
        hosts = [f"login.{DOMAIN}", f"*.vault.{DOMAIN}", f"*.in.applicationinsights.{DOMAIN}", "localhost", "127.0.0.1"]
        certificate = server_certificate(self.folder / "certificates", STUB, hosts)
        options: dict[str, str | Path | int] = {
            "--state": self.folder / "stub" / "state.sqlite",
            "--directory": self.directory,
            "--certificate": certificate.certificate,
            "--key": certificate.key,
            "--port": self.ports.stub,
            "--admin-port": self.ports.admin,
            "--domain": DOMAIN,
            "--page-size": self.page_size,
        }
        words = [word if isinstance(word, Path) else str(word) for pair in options.items() for word in pair]
        return [sys.executable, "-m", "local.azure.stub", *words], {"PYTHONPATH": str(ROOT)}

    def _azurite(self) -> tuple[list[str | Path], Mapping[str, str]]:
        hosts = [f"*.blob.{DOMAIN}", "localhost", "127.0.0.1"]
        certificate = server_certificate(self.folder / "certificates", AZURITE, hosts)
        location = self.folder / "azurite"
        location.mkdir(parents=True, exist_ok=True)
        command = azurite.command(azurite.install(), location, "127.0.0.1", self.ports.azurite, certificate)
        return command, azurite.environment(azurite.ACCOUNT)

    def _toxiproxy(self) -> tuple[list[str | Path], Mapping[str, str]]:
        if self.toxiproxy_binary is None:
            raise LocalError("toxiproxy was not asked for: give its program")
        return toxiproxy.command(self.toxiproxy_binary, self.ports.toxiproxy), {}

    def _check_azurite(self) -> None:
        connection = http.client.HTTPSConnection(
            "127.0.0.1",
            self.ports.azurite,
            timeout=10,
            context=ssl.create_default_context(cafile=self.ca),
        )
        try:
            # Any answer will do: this asks without credentials.
            connection.request("GET", f"/{azurite.ACCOUNT.name}")
            connection.getresponse().read()
        finally:
            connection.close()


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except (OSError, http.client.HTTPException, HttpError):
        return False
    return True
