"""Runs the protocol stub: ``python -m local.azure.stub --help``."""

import argparse
import asyncio
import signal
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from local.azure.stub import log
from local.azure.stub.admin import Admin
from local.azure.stub.application_insights import ApplicationInsights, Received
from local.azure.stub.counts import Counts
from local.azure.stub.database import Database
from local.azure.stub.directory import DirectoryError
from local.azure.stub.entra.service import Entra
from local.azure.stub.entra.tokens import AccessTokens
from local.azure.stub.faults import Switchboard
from local.azure.stub.live import LiveDirectory
from local.azure.stub.server import Front
from local.azure.stub.vault.access import Gate
from local.azure.stub.vault.paging import LARGEST_PAGE
from local.azure.stub.vault.service import KeyVault

_GRACE_SECONDS = 5.0


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m local.azure.stub",
        description=(
            "A protocol stub of Entra's token endpoint, of Azure Key Vault and of Application Insights' track "
            "endpoint. Not an emulator: it shows that a client speaks the protocols, not how Azure would answer. Keeps "
            "private keys unencrypted."
        ),
    )
    parser.add_argument("--state", type=Path, required=True, help="the SQLite file with all that it keeps")
    parser.add_argument("--directory", type=Path, help="tenant, issuers, identities, vaults: YAML or JSON")
    parser.add_argument("--certificate", type=Path, required=True, help="server certificate, PEM")
    parser.add_argument("--key", type=Path, required=True, help="its private key, PEM")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8443, help="https port (default: %(default)s)")
    parser.add_argument("--admin-host", default="127.0.0.1", help="address of the admin listener")
    parser.add_argument("--admin-port", type=int, default=8081, help="its plain http port (default: %(default)s)")
    parser.add_argument(
        "--domain",
        default="azure.test",
        help="serves login.DOMAIN, <vault>.vault.DOMAIN and <region>.in.applicationinsights.DOMAIN",
    )
    parser.add_argument(
        "--authority", help="where challenges send clients (default: https://login.DOMAIN on the called port)"
    )
    parser.add_argument(
        "--page-size", type=int, default=LARGEST_PAGE, choices=range(1, LARGEST_PAGE + 1), metavar="N",
        help=f"items in a page of a list, 1 to {LARGEST_PAGE} (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    return parser.parse_args(words)


async def _serve(options: argparse.Namespace, database: Database, live: LiveDirectory) -> None:
    faults, counts, tokens = Switchboard(), Counts(), AccessTokens(database)
    gate = Gate(live, tokens, options.domain, options.authority)
    received = Received()
    services = (
        Entra(live, tokens, options.domain),
        KeyVault(database, gate, options.page_size),
        ApplicationInsights(live, received, options.domain),
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runners = [
        web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE_SECONDS)
        for application in (
            Front(services, faults, counts).application(),
            Admin(live, faults, counts, received).application(),
        )
    ]
    try:
        for runner in runners:
            await runner.setup()
        await web.TCPSite(runners[0], options.host, options.port, ssl_context=context).start()
        # Last: its answer to /healthz says that the other one listens.
        await web.TCPSite(runners[1], options.admin_host, options.admin_port).start()
        log.event("ready", port=options.port, admin_port=options.admin_port, domain=options.domain)
        await stop.wait()
        log.event("stopping")
    finally:
        for runner in runners:
            await runner.cleanup()


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    options = arguments(words)
    log.start(options.log_level)
    database = Database(options.state)
    try:
        seed = None if options.directory is None else options.directory.read_text()
        live = LiveDirectory(database, seed)
    except (DirectoryError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(_serve(options, database, live))
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
