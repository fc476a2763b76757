"""Runs a Python module with the stand-ins' names resolved: ``python -m local.azure.resolving MODULE ARGUMENT...``.

For processes outside a cluster, whose resolver doesn't know the names; their code stays as it is.
"""

import runpy
import sys

from local.azure.names import resolved


def main() -> None:
    """Run the module as if it had been called itself."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m local.azure.resolving MODULE ARGUMENT...")
    del sys.argv[0]
    with resolved():
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
