"""Runs the network services by hand: ``python -m local.network up``, then ``down``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from local.console import LocalError, fail
from local.network.network import Network
from local.paths import BUILD


def main(words: Sequence[str] | None = None) -> int:
    """Start or stop the network services."""
    parser = argparse.ArgumentParser(prog="python -m local.network", description=__doc__)
    parser.add_argument("action", choices=("up", "down"))
    parser.add_argument(
        "--folder", type=Path, default=BUILD / "network", help="where they keep everything (default: build/network)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at, the first time (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port, the first time; probes have the next one")
    parser.add_argument(
        "--public-url", help="what nodes call the services, the first time; it's in certificates and has to stay"
    )
    options = parser.parse_args(words)
    network = Network(options.folder.resolve())
    try:
        if options.action == "down":
            network.down()
        else:
            network.up(options.host, options.port, options.public_url)
    except LocalError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
