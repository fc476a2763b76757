"""What the network services' commands do, with their errors and exit codes."""

import argparse
import asyncio
import datetime
import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from corda_operator.azure.errors import AzureError
from corda_operator.azure.session import AzureSession
from corda_operator.configuration_files import ConfigurationError
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.keystores import trust_store
from corda_operator.corda.names import LegalName
from corda_operator.logs import log_to_stderr
from corda_operator.network import configuration, trust_root
from corda_operator.network.audit import AuditError
from corda_operator.network.audit_client import UnreachableError, as_json, audit
from corda_operator.network.configuration import Configuration
from corda_operator.network.ledger import Ledger, UnreadableLogError
from corda_operator.network.log.head import UnreadableHeadError
from corda_operator.network.process import Process
from corda_operator.network.store import Store
from corda_operator.network.trust_root import Authorities, TrustRootError


def serve(options: argparse.Namespace) -> int:
    """Serve until told to end."""
    log_to_stderr()
    try:
        asyncio.run(Process(options.config).serve())
    except (ConfigurationError, AzureError) as error:
        return _fail(error)
    return 0


def create_trust_root(options: argparse.Namespace) -> int:
    """Make the trust root unless there is one, and show it."""
    try:
        settings = configuration.load(options.config)
        authorities = asyncio.run(_create(settings))
        _write(authorities, options)
    except (ConfigurationError, AzureError, TrustRootError, UnreadableLogError, UnreadableHeadError, OSError) as error:
        return _fail(error)
    for name, certificate in (
        ("root", authorities.root),
        ("identity manager", authorities.identity_manager),
        ("network map", authorities.network_map),
    ):
        print(f"{name:17} {hashlib.sha256(certificate.der).hexdigest().upper()}  {certificate}")
    return 0


async def _create(settings: Configuration) -> Authorities:
    async with AzureSession() as session:
        ledger = Ledger(Store(session.container(str(settings.storage.account_url), settings.storage.container)))
        await ledger.open()
        keys = session.vault_keys(str(settings.key_vault.url))
        return Authorities.of(await trust_root.create(ledger, keys, settings))


def _write(authorities: Authorities, options: argparse.Namespace) -> None:
    if options.pem is not None:
        pem = load_der_x509_certificate(authorities.root.der).public_bytes(Encoding.PEM)
        options.pem.write_bytes(pem)
    if options.truststore is not None:
        password = "trustpass"  # noqa: S105 - Corda's own default, for a store of one public certificate
        if options.truststore_password_file is not None:
            password = options.truststore_password_file.read_text().strip()
        now = datetime.datetime.now(datetime.UTC)
        options.truststore.write_bytes(trust_store(password, authorities.root, created=now))


def verify(options: argparse.Namespace) -> int:
    """Audit a log."""
    try:
        trusted = _trusted(options.trust_root)
        legal_name = None if options.legal_name is None else str(LegalName.parse(options.legal_name))
        result = asyncio.run(audit(options.url, trusted, options.seen, lambda text: print(text, file=sys.stderr)))
    except (UnreachableError, OSError, ValueError) as error:
        return _fail(error)
    except AuditError as error:
        _fail(error)
        return 3
    print(as_json(result, legal_name))
    return 0


def _trusted(file: Path) -> Certificate:
    try:
        return Certificate.from_pem(file.read_text())
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _fail(error: Exception) -> int:
    print(f"corda-operator: {error}", file=sys.stderr)
    return 1
