"""One run: everything that is measured at one size, in this order, and what came out."""

import asyncio
import os
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.network_map.processes import Cpu
from bench.operator import raw
from bench.operator.clusters import Measured, measured_cluster
from bench.operator.network import Joined
from bench.operator.process import Calls, Operator, operator
from bench.operator.resources import NAMESPACE, name, rendered
from bench.scrapes import Scrape, scraped
from corda_operator.api.resource import API_VERSION
from corda_operator.reconcile.desired import Reference
from corda_operator.reconcile.labels import owned_name
from local.console import LocalError, step

_NEVER: Final = 86_400.0
"""Seconds between two listings while something else is measured."""
_SOON: Final = 10.0
_LOOK: Final = 0.005
"""Seconds between two looks at an object that is to change."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    changes: int = 9
    """CordaNodes that are changed, one after the other."""
    kubectls: int = 4
    """That apply side by side."""


@dataclass(frozen=True)
class Raw:
    """What kubectl came to."""

    objects: int
    apply_seconds: float
    ready_seconds: float
    cpu_seconds: float
    """What kubectl and the control plane computed until all pods were ready."""


@dataclass(frozen=True)
class Run:
    """What was measured of one size."""

    nodes: int
    raw: Raw
    ready_seconds: float
    cpu_seconds: float
    """What the operator computed in that time."""
    control_plane_cpu_seconds: float
    calls: Calls
    changes: tuple[float, ...]
    start_seconds: float
    """Of an operator that finds all of it there, until it has looked at everything."""
    idle: Calls
    """What it called until everything had been listed anew as well; writes only."""
    load: float
    """Processes that ran or waited to run on the machine before the run (the load of one minute)."""
    rss_mb: float
    peak_rss_mb: float
    scrape: Scrape

    def document(self) -> dict[str, Any]:
        """Return the run as the report has it."""
        by_method: Counter[str] = Counter()
        for (method, _), count in self.calls.items():
            by_method[method] += count
        return {
            "nodes": self.nodes,
            "ready_seconds": round(self.ready_seconds, 2),
            "raw_apply_seconds": round(self.raw.apply_seconds, 2),
            "ratio": round(self.ready_seconds / self.raw.apply_seconds, 2),
            "raw_ready_seconds": round(self.raw.ready_seconds, 2),
            "ratio_ready": round(self.ready_seconds / self.raw.ready_seconds, 2),
            "objects": self.raw.objects,
            "cpu_ms_per_node": round(1000 * self.cpu_seconds / self.nodes, 1),
            "control_plane_cpu_ms_per_node": round(1000 * self.control_plane_cpu_seconds / self.nodes, 1),
            "raw_cpu_ms_per_node": round(1000 * self.raw.cpu_seconds / self.nodes, 1),
            "ratio_cpu": round((self.cpu_seconds + self.control_plane_cpu_seconds) / self.raw.cpu_seconds, 2),
            "api_calls_per_node": round(self.calls.total() / self.nodes, 1),
            "api_calls_per_node_by_method": {
                method: round(count / self.nodes, 2) for method, count in sorted(by_method.items())
            },
            "api_calls_by_kind": _named(self.calls),
            "idle_writes": self.idle.total(),
            "idle_writes_by_kind": _named(self.idle),
            "change_seconds": round(statistics.median(self.changes), 3),
            "start_seconds": round(self.start_seconds, 2),
            "rss_mb": round(self.rss_mb),
            "peak_rss_mb": round(self.peak_rss_mb),
            "scrape_bytes": self.scrape.bytes,
            "scrape_ms": round(self.scrape.milliseconds, 1),
            "load_before": round(self.load, 1),
        }


def _named(calls: Calls) -> dict[str, int]:
    return {" ".join(each): count for each, count in sorted(calls.items())}


async def measured(folder: Path, network: Joined, nodes: int, effort: Effort) -> Run:
    """Measure one size, kubectl first, each on a cluster of its own."""
    load = os.getloadavg()[0]
    async with measured_cluster(folder / "raw", network, nodes) as cluster:
        with step(f"{nodes} nodes: kubectl apply --server-side of the operator's objects"):
            by_kubectl = await _raw(cluster, effort)
    async with measured_cluster(folder / "operated", network, nodes) as cluster:
        async with operator(folder, cluster.of_operator, _NEVER) as running:
            before = (await running.quiet()).calls
            with step(f"{nodes} nodes: from CordaNodes to Ready"), Cpu(running.served) as cpu:
                began, computed = time.perf_counter(), cluster.cpu_seconds()
                await cluster.create_nodes()
                await cluster.until_nodes_ready()
                ready_seconds = time.perf_counter() - began
                control_plane = cluster.cpu_seconds() - computed
            calls = (await running.quiet()).calls - before
            with step(f"{nodes} nodes: changing {effort.changes} of them"):
                changes = [await _change(cluster, each * nodes // effort.changes) for each in range(effort.changes)]
                # The status follows last.
                await running.quiet()
            rss, peak = running.served.memory_mb("VmRSS"), running.served.memory_mb("VmHWM")
            scrape = await asyncio.to_thread(scraped, running.served.port)
        with step(f"{nodes} nodes: a new operator, and all listed anew"):
            began = time.perf_counter()
            async with operator(folder, cluster.of_operator, max(_SOON, nodes / 10)) as running:
                start_seconds, idle = await _idle(running, nodes, began)
                peak_of_start = running.served.memory_mb("VmHWM")
    return Run(
        nodes=nodes,
        raw=by_kubectl,
        ready_seconds=ready_seconds,
        cpu_seconds=cpu.seconds,
        control_plane_cpu_seconds=control_plane,
        calls=calls,
        changes=tuple(changes),
        start_seconds=start_seconds,
        idle=idle,
        load=load,
        rss_mb=rss,
        peak_rss_mb=max(peak, peak_of_start),
        scrape=scrape,
    )


async def _raw(cluster: Measured, effort: Effort) -> Raw:
    # They own the objects, which Kubernetes would take away again if there were no such owners.
    await cluster.create_nodes()
    objects = rendered(*await cluster.resources())
    files = raw.write(objects, cluster.place.folder / "rendered", effort.kubectls)
    began, computed = time.perf_counter(), cluster.cpu_seconds() + _cpu_of_children()
    await raw.apply(cluster.kubectl, files)
    applied = time.perf_counter() - began
    await cluster.until_pods_ready()
    ready = time.perf_counter() - began
    return Raw(len(objects), applied, ready, cluster.cpu_seconds() + _cpu_of_children() - computed)


def _cpu_of_children() -> float:
    """Return what programs computed that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


async def _change(cluster: Measured, number: int) -> float:
    """Change a node in a way that restarts nothing; return how long it took until its NetworkPolicy has followed."""
    node = Reference(API_VERSION, "CordaNode", NAMESPACE, name(number))
    policy = Reference("networking.k8s.io/v1", "NetworkPolicy", NAMESPACE, owned_name(name(number), "node"))
    before = await cluster.api.read(policy)
    resource = await cluster.api.read(node)
    if before is None or resource is None:
        raise LocalError(f"{policy} is not there")
    enabled = not resource["spec"].get("monitoring", {}).get("enabled", False)
    changed = {**resource, "spec": {**resource["spec"], "monitoring": {"enabled": enabled}}}
    began = time.perf_counter()
    await cluster.api.replace(changed)
    while time.perf_counter() < began + 60:
        found = await cluster.api.read(policy)
        if found is not None and found["metadata"]["generation"] > before["metadata"]["generation"]:
            return time.perf_counter() - began
        await asyncio.sleep(_LOOK)
    raise LocalError(f"{policy} does not follow its CordaNode")


async def _idle(running: Operator, nodes: int, began: float) -> tuple[float, Calls]:
    """Return how long a new operator took to have looked at everything, and what it wrote until after a resync."""
    await running.until(lambda now: now.reconciles > nodes)
    start_seconds = time.perf_counter() - began
    before = (await running.figures()).reconciles
    await running.until(lambda now: now.resynced > 0 and now.reconciles >= before + nodes)
    return start_seconds, (await running.quiet()).writes
