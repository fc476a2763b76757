"""The network services on the command line: ``trust-root``, ``network-services`` and ``verify``."""

import argparse
import asyncio
import datetime
import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from corda_operator.azure.errors import AzureError
from corda_operator.azure.session import AzureSession
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.keystores import trust_store
from corda_operator.corda.names import LegalName
from corda_operator.logs import log_to_stderr
from corda_operator.network import configuration, trust_root
from corda_operator.network.audit import AuditError
from corda_operator.network.audit_client import UnreachableError, as_json, audit
from corda_operator.network.configuration import Configuration, ConfigurationError
from corda_operator.network.ledger import Ledger, UnreadableLogError
from corda_operator.network.log.head import UnreadableHeadError
from corda_operator.network.process import Process
from corda_operator.network.store import Store
from corda_operator.network.trust_root import Authorities, TrustRootError

CONFIG = "YAML file, described in docs/network-services.md; read again whenever it changes"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommands."""
    services = commands.add_parser(
        "network-services",
        help="serve a consortium's identity manager and network map",
        description="Serves Corda's identity manager and network map until SIGTERM. State is in Azure Storage, signing "
        "keys are in Key Vault; any number of replicas may run. The process finds its Azure identity in the "
        "environment (AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE).",
    )
    services.add_argument("--config", type=Path, required=True, metavar="FILE", help=CONFIG)
    services.set_defaults(run=_serve)

    root = commands.add_parser(
        "trust-root",
        help="create a consortium's keys and certificates once, and show them",
        description="Creates the consortium's root, identity manager and network map keys in Key Vault and certifies "
        "them, unless that was done before; prints the certificates' SHA-256. Needs the right to create keys and to "
        "sign with the root key, which nothing else does: take it away afterwards.",
    )
    root.add_argument("--config", type=Path, required=True, metavar="FILE", help=CONFIG)
    root.add_argument("--pem", type=Path, metavar="FILE", help="write the root certificate")
    root.add_argument(
        "--truststore",
        type=Path,
        metavar="FILE",
        help="write the root certificate as network-root-truststore.jks, for nodes' initial-registration",
    )
    root.add_argument(
        "--truststore-password-file",
        type=Path,
        metavar="FILE",
        help="its password, which protects nothing secret (default: the password is trustpass)",
    )
    root.set_defaults(run=_trust_root)

    verify = commands.add_parser(
        "verify",
        help="audit a consortium's log: every certificate, revocation and map that was signed",
        description="Reads the whole log of a consortium, verifies every block and every signature in it, and prints "
        "what was certified as JSON. Exit code 1: the log can't be read now; 3: it does not hold what it should.",
    )
    verify.add_argument("--url", required=True, help="the network services' URL")
    verify.add_argument(
        "--trust-root", type=Path, required=True, metavar="FILE", help="root certificate (PEM), from a source you trust"
    )
    verify.add_argument(
        "--seen",
        type=Path,
        metavar="FILE",
        help="where to remember the log's head, so that the next audit notices if history was rewritten",
    )
    verify.add_argument("--legal-name", metavar="NAME", help="print this name's certificates only")
    verify.set_defaults(run=_verify)


def _serve(options: argparse.Namespace) -> int:
    log_to_stderr()
    try:
        asyncio.run(Process(options.config).serve())
    except (ConfigurationError, AzureError) as error:
        return _fail(error)
    return 0


def _trust_root(options: argparse.Namespace) -> int:
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


def _verify(options: argparse.Namespace) -> int:
    try:
        trusted = Certificate.from_der(
            load_pem_x509_certificate(options.trust_root.read_bytes()).public_bytes(Encoding.DER)
        )
        legal_name = None if options.legal_name is None else str(LegalName.parse(options.legal_name))
        result = asyncio.run(audit(options.url, trusted, options.seen, lambda text: print(text, file=sys.stderr)))
    except (UnreachableError, OSError, ValueError) as error:
        return _fail(error)
    except AuditError as error:
        _fail(error)
        return 3
    print(as_json(result, legal_name))
    return 0


def _fail(error: Exception) -> int:
    print(f"corda-operator: {error}", file=sys.stderr)
    return 1
