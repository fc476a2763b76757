"""Runs Azure's stand-ins by hand: ``python -m local.azure up``, then ``down``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from local.azure.azurite import ACCOUNT
from local.azure.names import DOMAIN
from local.azure.standins import DEVELOPER, StandIns
from local.console import LocalError, fail, say
from local.paths import BUILD


def _explain(standins: StandIns) -> None:
    directory = standins.admin.directory()
    say("\n# For the SDKs:")
    for name, value in standins.environment.items():
        say(f"export {name}={value}")
    if standins.directory == DEVELOPER:
        say(f"export AZURE_CLIENT_ID={directory.identities[0].client_id} AZURE_CLIENT_SECRET=developer")
        say("# ClientSecretCredential needs disable_instance_discovery=True, else it asks Microsoft.")
    hosts = [f"login.{DOMAIN}", f"{ACCOUNT.name}.blob.{DOMAIN}"]
    hosts += [f"{vault.name}.vault.{DOMAIN}" for vault in directory.vaults]
    say(f"\n# For /etc/hosts:\n127.0.0.1 {' '.join(hosts)}\n")
    for vault in directory.vaults:
        say(f"# Key Vault stub: {standins.vault_url(vault.name)}")
    say(f"# Blobs (Azurite): {standins.account_url} or {standins.account_url_by_path}")
    say(f"#   shared key: {ACCOUNT.key}")
    say(f"# Faults, directory, counts: http://{standins.admin.address}")


def main(words: Sequence[str] | None = None) -> int:
    """Start or stop the stand-ins."""
    parser = argparse.ArgumentParser(prog="python -m local.azure", description=__doc__)
    parser.add_argument("action", choices=("up", "down"))
    parser.add_argument(
        "--folder",
        type=Path,
        default=BUILD / "azure",
        help="where they keep everything (default: build/azure)",
    )
    parser.add_argument("--directory", type=Path, default=DEVELOPER, help="identities and vaults of the stub")
    parser.add_argument("--toxiproxy", type=Path, help="program of the toxiproxy server, to run it too")
    options = parser.parse_args(words)
    standins = StandIns(options.folder.resolve(), options.directory.resolve(), options.toxiproxy)
    try:
        if options.action == "down":
            standins.down()
        else:
            standins.up()
            _explain(standins)
    except LocalError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
