"""Measures the network map and writes ``build/reports/network-map.json``: ``make bench-network-map``."""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.network_map.consortium import Consortium
from bench.network_map.runs import Effort, measured
from bench.reports import report, sizes
from local.azure.names import resolved
from local.azure.standins import DEVELOPER, StandIns
from local.console import LocalError, fail
from local.paths import BUILD
from local.ports import free_ports

_COLUMNS = {
    "nodes": "nodes",
    "map_bytes": "map, bytes",
    "publish_to_listed_ms.p50": "listed, ms p50",
    "publish_to_listed_ms.p99": "p99",
    "publishes_per_second": "publishes/s",
    "publish_cpu_ms": "CPU ms",
    "get_map_per_second": "GET/s",
    "get_map_ms.p99": "p99 ms",
    "get_map_cpu_ms": "CPU ms",
    "aiohttp_per_second": "aiohttp/s",
    "ratio_to_aiohttp": "ratio",
    "rss_mb": "RSS, MB",
    "peak_rss_mb": "peak",
    "storage_requests_during_polls": "Storage calls, polled",
    "storage_requests_idle": "idle",
    "scrape_bytes": "metrics, bytes",
    "scrape_ms": "ms",
    "page_bytes": "page, bytes",
    "page_ms": "ms",
}


def main(words: Sequence[str] | None = None) -> int:
    """Measure networks of the sizes asked for."""
    effort = Effort()
    parser = argparse.ArgumentParser(prog="python -m bench.network_map", description=__doc__)
    parser.add_argument("--nodes", type=sizes, default=(10, 1000, 10_000), help="sizes (default: 10,1000,10000)")
    parser.add_argument("--report", type=Path, default=BUILD / "reports" / "network-map.json", metavar="FILE")
    parser.add_argument("--folder", type=Path, default=BUILD / "bench" / "network-map", help="of everything that runs")
    parser.add_argument("--keep", action="store_true", help="go on with the networks of an earlier run in the folder")
    parser.add_argument("--listed", type=int, default=effort.listed, metavar="N", help="publishes one after the other")
    parser.add_argument("--publishes", type=int, default=effort.publishes, metavar="N", help="over 8 connections")
    parser.add_argument("--seconds", type=int, default=effort.seconds, metavar="N", help="of each load of polls")
    options = parser.parse_args(words)
    folder = options.folder.resolve()
    effort = Effort(options.listed, options.publishes, options.seconds)
    runs: list[dict[str, Any]] = []
    try:
        StandIns(folder / "azure", DEVELOPER).down()
        if folder.exists() and not options.keep:
            shutil.rmtree(folder)
        with resolved():
            asyncio.run(_measure(folder, options.nodes, effort, runs))
    except LocalError as error:
        return fail(error)
    finally:
        report(runs, _COLUMNS, options.report)
    return 0


async def _measure(folder: Path, counts: Sequence[int], effort: Effort, runs: list[dict[str, Any]]) -> None:
    standins = StandIns(folder / "azure", DEVELOPER)
    standins.up()
    try:
        environment = standins.developer
        # TLS and the clients of Azure read these, in this process too.
        os.environ.update(environment)
        ports = _kept_ports(folder / "ports.json")
        for size in counts:
            run = await measured(Consortium(folder / str(size), standins, size, ports), environment, effort)
            runs.append(run.document())
    finally:
        standins.down()


def _kept_ports(file: Path) -> tuple[int, int, int]:
    # Certificates name the services' URL, so a network that is kept keeps its port.
    if not file.exists():
        file.write_text(json.dumps(free_ports(3)))
    nodes, probes, page = json.loads(file.read_text())
    return nodes, probes, page


if __name__ == "__main__":
    sys.exit(main())
