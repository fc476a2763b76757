"""The network services on the command line: ``trust-root``, ``network-services`` and ``verify``."""

import argparse
from collections.abc import Callable
from pathlib import Path

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
    services.set_defaults(run=_action("serve"))

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
    root.set_defaults(run=_action("create_trust_root"))

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
    verify.set_defaults(run=_action("verify"))


def _action(name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        # Only now: other commands' processes have no use for what these import.
        from corda_operator.network import actions

        action: Callable[[argparse.Namespace], int] = getattr(actions, name)
        return action(options)

    return run
