"""``python -m local.images``."""

import argparse
import sys
from collections.abc import Sequence

from local.console import LocalError, fail, say
from local.images import __doc__ as summary
from local.images.builder import ensure, listing
from local.images.engines import find_engine
from local.images.recipes import RECIPES


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(
        prog="python -m local.images",
        description=summary,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Archives, bases and layers lie in images/ of the cache folder; delete it to start afresh.",
    )
    commands = result.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build images whose sources have changed")
    build.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(RECIPES)}")
    commands.add_parser("list", help="show each image with the archive it has")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process' exit code."""
    chosen = parser().parse_args(arguments)
    try:
        if chosen.command == "list":
            for reference, archive, size in listing(list(RECIPES)):
                say(f"{reference:65} {size + ' MB':>8}  {archive}" if archive else f"{reference:65} not built")
            return 0
        docker = find_engine().name == "docker"
        default = [name for name, recipe in RECIPES.items() if not (docker and recipe.node_only)]
        for image in ensure(chosen.names or default).values():
            say(f"{image.reference} {image.archive}")
    except LocalError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
