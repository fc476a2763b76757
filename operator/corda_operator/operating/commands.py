"""The operator on the command line: ``operate``."""

import argparse
import asyncio
import sys
from pathlib import Path

from corda_operator.configuration_files import ConfigurationError
from corda_operator.logs import log_to_stderr


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    operate = commands.add_parser(
        "operate",
        help="watch Consortium and CordaNode resources, and make what they ask for",
        description="Runs the operator until SIGTERM. Several may run: one is active, by a Lease in its namespace, and "
        "the others wait. The API server is found by the pod's service account, or by KUBECONFIG elsewhere; POD_NAME "
        "and POD_NAMESPACE tell who and where it is. Health is at /healthz, metrics are at /metrics. Exit code 1: the "
        "Lease was lost or a part has failed, so it has to be started again.",
    )
    operate.add_argument("--config", type=Path, required=True, metavar="FILE", help="YAML file, without secrets")
    operate.set_defaults(run=_operate)


def _operate(options: argparse.Namespace) -> int:
    from kubernetes.aio.config import ConfigException

    from corda_operator.operating.process import operate
    from corda_operator.reconcile.engine.configuration import load

    log_to_stderr()
    try:
        configuration = load(options.config)
    except ConfigurationError as error:
        print(f"corda-operator: {error}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(operate(configuration))
    except ConfigException as error:
        print(f"corda-operator: no way to the API server: {error}. Set KUBECONFIG, or run in a pod.", file=sys.stderr)
        return 2
