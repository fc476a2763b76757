"""What a process that sends nothing does not load."""

import subprocess
import sys

import pytest

from local.paths import ROOT

_SEND_NOTHING = """
import asyncio, sys
from prometheus_client import CollectorRegistry
from corda_operator.telemetry.configuration import Telemetry
from corda_operator.telemetry.exporting import exporting
from corda_operator.telemetry.origin import Origin

async def main():
    async with exporting(CollectorRegistry(), Origin("corda-operator", "corda"), Telemetry):
        pass

asyncio.run(main())
import {process}
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


@pytest.mark.parametrize("process", ["corda_operator.network.process", "corda_operator.operating.process"])
def test_opentelemetry_is_loaded_only_to_send(process: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SEND_NOTHING.replace("{process}", process)],
        env={"PYTHONPATH": str(ROOT / "operator")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
