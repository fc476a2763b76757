"""How much a machine has to do: what is measured beside other work means little, so it is said in the report."""

import os
import time
from pathlib import Path
from typing import Any, Final

from local.console import say

_QUIET_CORES: Final = 0.5
"""A cluster of three machines that has nothing to do keeps about a quarter of a processor busy."""


def busy_cores(seconds: float) -> float:
    """Return how many processors were busy on average, over some seconds in which nothing is measured."""
    before = cpu_seconds()
    time.sleep(seconds)
    return round((cpu_seconds() - before) / seconds, 2)


def settled(patience: float = 60.0) -> float:
    """Wait until next to nothing happens, or patience ends; return how many processors are busy then."""
    end = time.monotonic() + patience
    while (busy := busy_cores(5.0)) > _QUIET_CORES and time.monotonic() < end:
        pass
    if busy > _QUIET_CORES:
        say(f"    {busy} processors are busy with other work: what is measured now means little")
    return busy


def described() -> dict[str, Any]:
    """Return what a reader has to know of the machine."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {"cores": os.cpu_count(), "memory_gib": round(pages * size / (1 << 30)), "load": os.getloadavg()[0]}


def cpu_seconds() -> float:
    """Return for how long the machine's processors have been busy since it started, all of them together."""
    user, nice, system, _, _, interrupts, soft = (
        int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
    )
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")
