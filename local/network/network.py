"""Starts the services with their stand-ins in one folder, finds them again, stops them."""

import http.client
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from local.azure.standins import DEVELOPER, StandIns
from local.console import LocalError, say, step
from local.paths import ROOT
from local.processes import Process, log_tail, recorded, spawn

SERVICES = "network-services"
_PATIENCE_SECONDS = 60

_BEGINNING = """\
# The network services' configuration, described in docs/network-services.md. It's read again whenever it changes,
# so edit it while they run: admit a member, change a parameter, revoke a certificate.
publicURL: {url}
listen: {host}:{port}
listenAdmin: 127.0.0.1:{admin}
listenPage: 127.0.0.1:{page}
keyVault:
  url: {vault}
storage:
  accountURL: {account}
trustRoot:
  organisation: Example Consortium
  locality: London
  country: GB
members:
  - organisation: Bank A
  - organisation: Bank B
  - organisation: Notary
notaries:
  # The network map is served once this notary has registered.
  - serviceLegalName: O=Notary Service, L=London, C=GB
networkParameters:
  minimumPlatformVersion: 4
parametersUpdate:
  acceptancePeriod: 5m
networkMap:
  pollInterval: 10s
"""


@dataclass(frozen=True)
class Network:
    """The services of one folder."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """The services' configuration file, the user's to edit."""
        return self.folder / "network.yaml"

    @property
    def trust_root(self) -> Path:
        """The root certificate, PEM."""
        return self.folder / "root.pem"

    @property
    def truststore(self) -> Path:
        """The root certificate as nodes want it."""
        return self.folder / "network-root-truststore.jks"

    def up(self, host: str, port: int, public_url: str | None) -> None:
        """Start what does not run; the first time with a new network."""
        self._standins.up()
        if not self.configuration.exists():
            self._write_configuration(host, port, public_url or f"http://localhost:{port}")
        process = self._process()
        if process is None or not process.alive:
            self._create_trust_root()
            with step("starting the network services"):
                spawn(self._processes, SERVICES, self._command("network-services"), self._environment())
                self._wait()
        self._explain()

    def down(self) -> None:
        """Stop everything; what it knows stays in the folder."""
        process = self._process()
        if process is not None:
            process.stop(grace=30)
        self._standins.down()

    @property
    def _standins(self) -> StandIns:
        return StandIns(self.folder / "azure", DEVELOPER)

    @property
    def _processes(self) -> Path:
        return self.folder / "processes"

    def _process(self) -> Process | None:
        return next((each for each in recorded(self._processes) if each.name == SERVICES), None)

    def _write_configuration(self, host: str, port: int, url: str) -> None:
        text = _BEGINNING.format(
            url=url,
            host=host,
            port=port,
            admin=port + 1,
            page=port + 2,
            vault=self._standins.vault_url("dev"),
            account=self._standins.account_url,
        )
        partial = self.configuration.with_suffix(".partial")
        partial.write_text(text)
        partial.rename(self.configuration)

    def _command(self, *words: str | Path) -> list[str | Path]:
        return [sys.executable, "-m", "local.azure.resolving", "corda_operator", *words, "--config", self.configuration]

    def _environment(self) -> dict[str, str]:
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return {**inherited, "PYTHONPATH": str(ROOT), **self._standins.developer}

    def _create_trust_root(self) -> None:
        with step("creating the trust root, unless there is one"):
            command = self._command("trust-root", "--pem", self.trust_root, "--truststore", self.truststore)
            process = spawn(self._processes, "trust-root", command, self._environment())
            process.wait_gone(_PATIENCE_SECONDS)
            if not self.truststore.exists():
                raise LocalError(f"no trust root was created:\n{log_tail(self._processes, 'trust-root')}")

    def _wait(self) -> None:
        settings = yaml.safe_load(self.configuration.read_text())
        host, _, port = str(settings["listenAdmin"]).rpartition(":")
        end = time.monotonic() + _PATIENCE_SECONDS
        while not _ready(host, int(port)):
            process = self._process()
            if process is None or not process.alive or time.monotonic() > end:
                raise LocalError(f"the network services did not become ready:\n{log_tail(self._processes, SERVICES)}")
            time.sleep(0.1)

    def _explain(self) -> None:
        settings = yaml.safe_load(self.configuration.read_text())
        url = settings["publicURL"]
        say(f"\n# Configuration, read again when it changes: {self.configuration}")
        say(f"# Log: {self._processes / SERVICES}.log")
        say(f"# For people: http://{settings['listenPage']}")
        say(f"# For nodes: {self.truststore}, password trustpass")
        say("\n# For node.conf:")
        say(f'networkServices {{ doormanURL = "{url}", networkMapURL = "{url}" }}')
        say('tlsCertCrlDistPoint = "' + f'{url}/certificate-revocation-list/tls"')
        say(
            'tlsCertCrlIssuer = "CN=Corda Root CA, O={organisation}, L={locality}, C={country}"'.format(
                **settings["trustRoot"]
            )
        )


def _ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
