"""A node that is to be enrolled: its configuration, its pods' starts, and what it holds afterwards."""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from corda_operator.azure import AzureSession
from corda_operator.azure.secrets import KeyVaultSecrets, Secret
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.keystores import PrivateKeyEntry, TrustedCertificateEntry, read_keystore
from corda_operator.enrolment import agreement
from corda_operator.enrolment.key_material import write_chain
from corda_operator.enrolment.process import ExitCode, run
from local.paths import ROOT
from local.processes import Process, log_tail, spawn
from tests.integration.azure.fixtures.tenancy import Workload

PATIENCE_SECONDS = 60.0


@dataclass
class Node:
    """A node with a name, a prefix in the vault and an output directory of its own."""

    legal_name: str
    vault_url: str
    identity_manager_url: str
    root: Certificate
    workload: Workload
    memory: Path
    """Where output directories may be made."""
    folder: Path
    """For files that hold no secrets: configurations and logs."""
    settings: dict[str, Any] = field(default_factory=dict)
    prefix: str = field(default_factory=lambda: f"n{uuid.uuid4().hex[:10]}")
    output: Path = Path()

    def __post_init__(self) -> None:
        self.output = self.memory / uuid.uuid4().hex

    def second_pod(self) -> "Node":
        """Return the same node as another pod sees it, with an output directory of its own."""
        return Node(
            self.legal_name,
            self.vault_url,
            self.identity_manager_url,
            self.root,
            self.workload,
            self.memory,
            self.folder,
            self.settings,
            self.prefix,
        )

    @property
    def configuration(self) -> Path:
        """The configuration file, as the operator would write it now."""
        file = self.folder / f"{self.output.name}.yaml"
        document = {
            "legalName": self.legal_name,
            "emailAddress": "operations@bank.test",
            "identityManagerURL": self.identity_manager_url,
            "trustRoot": write_chain([self.root]),
            "keyVault": {"url": self.vault_url, "prefix": self.prefix},
            "output": str(self.output),
            **self.settings,
        }
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return file

    @property
    def termination_log(self) -> Path:
        """What the kubelet would have made."""
        file = self.folder / f"{self.output.name}.termination"
        file.touch()
        return file

    @property
    def environment(self) -> dict[str, str]:
        """What the pod's service account brings."""
        return {
            "AZURE_CLIENT_ID": self.workload.identity.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": str(self.workload.token_file),
        }

    async def enrol(self) -> ExitCode:
        """Run a start to its end, in this process."""
        os.environ.update(self.environment)
        return await run(self.configuration, allow_disk=False, termination_log=self.termination_log)

    def spawn(self, name: str = "enrol", environment: Mapping[str, str] | None = None) -> Process:
        """Start a pod's container as a process of its own."""
        options: list[str | Path] = ["--config", self.configuration, "--termination-log", self.termination_log]
        inherited = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        variables = {**os.environ, **self.environment, "PYTHONPATH": ":".join(inherited), **(environment or {})}
        words = [sys.executable, "-m", "local.azure.resolving", "corda_operator", "enrol"]
        return spawn(self.folder, f"{name}-{self.output.name}", [*words, *options], variables)

    def log(self, name: str = "enrol") -> str:
        """Return what a spawned process has said."""
        return log_tail(self.folder, f"{name}-{self.output.name}", 200)

    @property
    def status(self) -> dict[str, Any]:
        """What a start has written about itself, nothing if it has not yet."""
        try:
            found: dict[str, Any] = json.loads((self.output / "status.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found

    async def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the status is as wanted, and return it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition(status := self.status):
            assert time.monotonic() < end, f"{status}\n{self.log()}"
            await asyncio.sleep(0.05)
        return status

    @property
    def secret_settings(self) -> dict[str, Any]:
        """What node.conf includes."""
        document: dict[str, Any] = json.loads((self.output / "secrets.conf").read_text())
        return document

    def keys(self) -> dict[str, PrivateKeyEntry]:
        """Return all private keys in the keystores by alias."""
        found = {}
        for store in ("nodekeystore.jks", "sslkeystore.jks"):
            for entry in self._entries(store, "keyStorePassword"):
                assert isinstance(entry, PrivateKeyEntry)
                found[entry.alias] = entry
        return found

    def trusted(self) -> list[bytes]:
        """Return the certificates that the node trusts."""
        entries = self._entries("truststore.jks", "trustStorePassword")
        return [entry.certificate for entry in entries if isinstance(entry, TrustedCertificateEntry)]

    def _entries(self, store: str, password: str) -> tuple[PrivateKeyEntry | TrustedCertificateEntry, ...]:
        return read_keystore((self.output / "certificates" / store).read_bytes(), self.secret_settings[password])

    def key_bytes(self) -> dict[str, bytes]:
        """Return the private keys by alias, which are the same at every start."""
        return {alias: entry.key for alias, entry in self.keys().items()}

    async def held(self, session: AzureSession) -> dict[str, Secret]:
        """Return the secrets in the vault by purpose, in the version that all agree on."""
        secrets = session.vault_secrets(self.vault_url)
        purposes = ("registration", "node-ca-certificate", "identity", "tls", "service", "service-certificate")
        found = {each: await agreement.find(secrets, f"{self.prefix}-{each}") for each in purposes}
        return {purpose: secret for purpose, secret in found.items() if secret is not None}

    async def enabled_versions(self, secrets: KeyVaultSecrets, purpose: str) -> list[str]:
        """Return the versions of a secret that can be read."""
        listing = await secrets.versions(f"{self.prefix}-{purpose}")
        return [each.version for each in listing.versions if each.enabled]


def chains(node: Node) -> dict[str, list[Certificate]]:
    """Return the certificates in a node's keystores by alias, each leaf first."""
    return {alias: [Certificate.from_der(each) for each in entry.chain] for alias, entry in node.keys().items()}
