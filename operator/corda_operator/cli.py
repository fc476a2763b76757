"""The command line: one program, whose subcommands are the parts of the system.

The modules that add them import what they run when it runs: each part is a process of its own, and needs not the memory
of the others' libraries.
"""

import argparse
from collections.abc import Sequence

from corda_operator import __doc__ as summary
from corda_operator import __version__
from corda_operator.cordapps import commands as cordapps
from corda_operator.enrolment import commands as enrolment
from corda_operator.network import commands as network
from corda_operator.operating import commands as operating


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    result = argparse.ArgumentParser(prog="corda-operator", description=summary)
    result.add_argument("--version", action="version", version=f"corda-operator {__version__}")
    commands = result.add_subparsers(title="commands", metavar="COMMAND")
    for part in (operating, network, enrolment, cordapps):
        part.add_to(commands)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process' exit code."""
    commands = parser()
    options = commands.parse_args(arguments)
    if "run" not in options:
        commands.print_help()
        return 2
    code: int = options.run(options)
    return code
