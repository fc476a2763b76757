"""``python -m corda_operator``."""

import sys

from corda_operator.cli import main

sys.exit(main())
