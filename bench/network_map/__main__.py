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
from local.azure.names import resolved
from local.azure.standins import DEVELOPER, StandIns
from local.console import LocalError, fail, say
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
}


def main(words: Sequence[str] | None = None) -> int:
    """Measure networks of the sizes asked for."""
    effort = Effort()
    parser = argparse.ArgumentParser(prog="python -m bench.network_map", description=__doc__)
    parser.add_argument("--nodes", type=_sizes, default=(10, 1000, 10_000), help="sizes (default: 10,1000,10000)")
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
        if runs:
            options.report.parent.mkdir(parents=True, exist_ok=True)
            options.report.write_text(json.dumps({"runs": runs}, indent=2) + "\n")
            say(f"\n{_table(runs)}\n\nReport: {options.report}")
    return 0


async def _measure(folder: Path, sizes: Sequence[int], effort: Effort, runs: list[dict[str, Any]]) -> None:
    standins = StandIns(folder / "azure", DEVELOPER)
    standins.up()
    try:
        environment = standins.developer
        # TLS and the clients of Azure read these, in this process too.
        os.environ.update(environment)
        ports = _kept_ports(folder / "ports.json")
        for size in sizes:
            run = await measured(Consortium(folder / str(size), standins, size, ports), environment, effort)
            runs.append(run.document())
    finally:
        standins.down()


def _kept_ports(file: Path) -> tuple[int, int]:
    # Certificates name the services' URL, so a network that is kept keeps its port.
    if not file.exists():
        file.write_text(json.dumps(free_ports(2)))
    first, second = json.loads(file.read_text())
    return first, second


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _table(runs: Sequence[dict[str, Any]]) -> str:
    rows = [list(_COLUMNS.values()), *([f"{_cell(run, path):,}" for path in _COLUMNS] for run in runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _cell(run: dict[str, Any], path: str) -> int | float:
    value: Any = run
    for key in path.split("."):
        value = value[key]
    return float(value) if isinstance(value, float) else int(value)


if __name__ == "__main__":
    sys.exit(main())
