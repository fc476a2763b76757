"""Enrolment on the command line: ``enrol``, the init container of every node's pod."""

import argparse
import asyncio
from pathlib import Path

from corda_operator.enrolment.progress import TERMINATION_LOG
from corda_operator.logs import log_to_stderr


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    enrol = commands.add_parser(
        "enrol",
        help="give a node its keys and certificates before it starts",
        description="Finds a node's keys and certificates in its Key Vault, or makes them: registers by Corda's "
        "protocol, waits until the consortium admits the node, issues and renews what the node itself issues, and "
        "writes keystores and passwords into a directory in memory. May be run again at any time, and goes on where "
        "it was ended. Exit codes: 0 the node can start; 1 the configuration can't be used; 2 the consortium refused "
        "the node; 3 Azure denied something. The process finds its Azure identity in the environment "
        "(AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE).",
    )
    enrol.add_argument("--config", type=Path, required=True, metavar="FILE", help="YAML file, without secrets")
    enrol.add_argument(
        "--allow-disk",
        action="store_true",
        help="for developers' trials: write PRIVATE KEYS also where they can be read from a disk for ever",
    )
    enrol.add_argument(
        "--termination-log",
        type=Path,
        default=TERMINATION_LOG,
        metavar="FILE",
        help="where Kubernetes reads why the container ended, if it exists (default: %(default)s)",
    )
    enrol.set_defaults(run=_enrol)


def _enrol(options: argparse.Namespace) -> int:
    from corda_operator.enrolment.process import run

    log_to_stderr()
    return asyncio.run(run(options.config, allow_disk=options.allow_disk, termination_log=options.termination_log))
