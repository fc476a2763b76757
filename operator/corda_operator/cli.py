"""The command line: one program, whose subcommands are the parts of the system."""

import argparse
from collections.abc import Sequence

from corda_operator import __doc__ as summary
from corda_operator import __version__


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    result = argparse.ArgumentParser(prog="corda-operator", description=summary)
    result.add_argument("--version", action="version", version=f"corda-operator {__version__}")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process' exit code."""
    commands = parser()
    commands.parse_args(arguments)
    commands.print_help()
    return 2
