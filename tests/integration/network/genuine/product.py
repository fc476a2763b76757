"""The product's command line as a process of its own, which finds Azure's stand-ins by name."""

import sys

from corda_operator.cli import main
from local.azure.names import resolved

if __name__ == "__main__":
    with resolved():
        sys.exit(main())
