"""Measures a node with and without the exporter's agent: ``make bench-monitoring`` (build/reports/monitoring.json)."""

import argparse
import secrets
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.credit_records import machine
from bench.credit_records.by_hand import NOTARY, HandNetwork, clear, corda_image
from bench.reports import report
from bench.scrapes import Scrape, scraped
from local.azure.names import resolved
from local.console import LocalError, fail, say, step
from local.paths import BUILD

_COLUMNS = {
    "agent": "agent",
    "boot_seconds": "boot, s",
    "boot_cpu_seconds": "CPU of it, s",
    "resident_mib": "memory, MiB",
    "idle_cpu_percent": "CPU idle, %",
    "scrape_bytes": "scrape, bytes",
    "scrape_ms": "ms",
}
_SETTLE_SECONDS: Final = 30.0
_SCRAPE_SECONDS: Final = 10.0
"""As often as the demo's Prometheus; the chart's default is a third of that."""


@dataclass(frozen=True)
class Life:
    """A node from its start until it has idled for a while."""

    boot_seconds: float
    """By Corda's own measure."""
    boot_cpu_seconds: float
    resident_mib: float
    idle_cpu_percent: float
    """Of one processor, while Prometheus would read its metrics."""
    scrape: Scrape | None


def main(words: Sequence[str] | None = None) -> int:
    """Measure as often as asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.monitoring", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each kind, in turn (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of idling (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=BUILD / "reports" / "monitoring.json", metavar="FILE")
    parser.add_argument("--folder", type=Path, default=BUILD / "bench" / "monitoring", help="of everything that runs")
    options = parser.parse_args(words)
    lives: dict[bool, list[Life]] = {False: [], True: []}
    try:
        with resolved():
            _measure(options.folder.resolve(), options.runs, options.seconds, lives)
    except LocalError as error:
        return fail(error)
    finally:
        if all(lives.values()):
            runs = [{"agent": int(agent), **_medians(some)} for agent, some in lives.items()]
            report(runs, _COLUMNS, options.report, ratios=_ratios(*runs), machine=machine.described())
    return 0


def _measure(folder: Path, runs: int, seconds: float, lives: dict[bool, list[Life]]) -> None:
    clear(folder)
    with ExitStack() as closing:
        corda = closing.enter_context(corda_image())
        network = HandNetwork(folder, corda, (), (NOTARY,), secrets.token_urlsafe(24), "10s")
        closing.callback(network.stop)
        network.prepare()
        for number in range(runs):
            for agent in lives:
                with step(f"a node {'with' if agent else 'without'} the agent, {number + 1} of {runs}"):
                    lives[agent].append(_life(network, seconds, agent=agent))


def _life(network: HandNetwork, seconds: float, *, agent: bool) -> Life:
    network.reset()
    node = network.node(NOTARY)
    node.metrics = agent
    machine.settled()
    network.start()
    boot = node.boot_seconds()
    booted = node.usage()
    time.sleep(_SETTLE_SECONDS)
    before, end = node.usage(), time.monotonic() + seconds
    scrapes: list[Scrape] = []
    while time.monotonic() < end:
        if agent:
            scrapes.append(scraped(node.ports[3], times=1))
        time.sleep(min(_SCRAPE_SECONDS, max(0.0, end - time.monotonic())))
    after = node.usage()
    network.stop()
    scrape = None
    if scrapes:
        scrape = Scrape(scrapes[-1].bytes, statistics.median(each.milliseconds for each in scrapes))
    idle = 100 * (after.cpu_seconds - before.cpu_seconds) / seconds
    say(f"    boot {boot:.1f} s, {after.resident_mib:.0f} MiB, {idle:.1f} % of a processor")
    return Life(boot, booted.cpu_seconds, after.resident_mib, idle, scrape)


def _medians(lives: Sequence[Life]) -> dict[str, Any]:
    scrapes = [each.scrape for each in lives if each.scrape is not None]
    return {
        **{
            name: round(statistics.median(getattr(each, name) for each in lives), 1)
            for name in ("boot_seconds", "boot_cpu_seconds", "resident_mib", "idle_cpu_percent")
        },
        "scrape_bytes": scrapes[-1].bytes if scrapes else 0,
        "scrape_ms": round(statistics.median(each.milliseconds for each in scrapes), 1) if scrapes else 0,
    }


def _ratios(without: dict[str, Any], with_agent: dict[str, Any]) -> dict[str, float]:
    names = ("boot_seconds", "boot_cpu_seconds", "resident_mib", "idle_cpu_percent")
    return {name: round(with_agent[name] / without[name], 2) for name in names}


if __name__ == "__main__":
    sys.exit(main())
