"""Measures the operator and writes ``build/reports/operator.json``: ``make bench-operator``."""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.operator.network import joined_network
from bench.operator.runs import Effort, measured
from bench.reports import report, sizes
from local.azure.names import resolved
from local.cluster import fast
from local.console import LocalError, fail
from local.network.network import Network
from local.paths import BUILD

_COLUMNS = {
    "nodes": "nodes",
    "ready_seconds": "ready, s",
    "raw_apply_seconds": "kubectl, s",
    "ratio": "ratio",
    "raw_ready_seconds": "its pods ready, s",
    "ratio_ready": "ratio",
    "ratio_cpu": "ratio of CPU",
    "cpu_ms_per_node": "CPU ms/node",
    "api_calls_per_node": "calls/node",
    "idle_writes": "idle writes",
    "change_seconds": "change, s",
    "start_seconds": "start, s",
    "rss_mb": "RSS, MB",
    "peak_rss_mb": "peak",
    "scrape_bytes": "metrics, bytes",
    "scrape_ms": "ms",
}


def main(words: Sequence[str] | None = None) -> int:
    """Measure with as many nodes as asked for."""
    effort = Effort()
    parser = argparse.ArgumentParser(prog="python -m bench.operator", description=__doc__)
    parser.add_argument("--nodes", type=sizes, default=(10, 100, 500), help="sizes (default: 10,100,500)")
    parser.add_argument("--report", type=Path, default=BUILD / "reports" / "operator.json", metavar="FILE")
    parser.add_argument("--folder", type=Path, default=BUILD / "bench" / "operator", help="of everything that runs")
    parser.add_argument("--changes", type=int, default=effort.changes, metavar="N", help="nodes that are changed")
    parser.add_argument("--kubectls", type=int, default=effort.kubectls, metavar="N", help="that apply side by side")
    options = parser.parse_args(words)
    runs: list[dict[str, Any]] = []
    try:
        with resolved():
            asyncio.run(
                _measure(options.folder.resolve(), options.nodes, Effort(options.changes, options.kubectls), runs)
            )
    except LocalError as error:
        return fail(error)
    finally:
        report(runs, _COLUMNS, options.report)
    return 0


async def _measure(folder: Path, counts: Sequence[int], effort: Effort, runs: list[dict[str, Any]]) -> None:
    _clear(folder)
    async with joined_network(folder / "network") as network:
        for size in counts:
            run = await measured(folder / str(size), network, size, effort)
            runs.append(run.document())


def _clear(folder: Path) -> None:
    """Take away what a killed run has left."""
    for each in folder.glob("*/*/cluster.json"):
        fast.down(each.parent)
    if (folder / "network").exists():
        Network(folder / "network").down()
    if folder.exists():
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
