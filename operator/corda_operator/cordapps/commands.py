"""CorDapps on the command line: ``cordapps``, an init container of nodes that have some."""

import argparse
import asyncio
import contextlib
from pathlib import Path


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    cordapps = commands.add_parser(
        "cordapps",
        help="put a node's CorDapps where it looks for them",
        description="Fetches or copies a node's CorDapps, compares each with its SHA-256, writes their settings, and "
        "takes out what is listed no longer. Jars that are there and right are not fetched again. Exit codes: 0 all "
        "are there; 1 one is not, and the message says why.",
    )
    cordapps.add_argument("--config", type=Path, required=True, metavar="FILE", help="YAML file")
    cordapps.add_argument(
        "--termination-log",
        type=Path,
        default=Path("/dev/termination-log"),
        metavar="FILE",
        help="where Kubernetes reads why the container ended, if it exists (default: %(default)s)",
    )
    cordapps.set_defaults(run=_install)


def _install(options: argparse.Namespace) -> int:
    from corda_operator.cordapps.configuration import load
    from corda_operator.cordapps.errors import CordappError
    from corda_operator.cordapps.installation import install, logger
    from corda_operator.logs import log_to_stderr

    log_to_stderr()
    try:
        asyncio.run(install(load(options.config)))
    except CordappError as error:
        logger.error("%s", error)
        if options.termination_log.exists():
            with contextlib.suppress(OSError):
                options.termination_log.write_text(f"{error}\n")
        return 1
    return 0
