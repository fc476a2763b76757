"""Measures committed transactions and writes ``build/reports/transactions.json``: ``make bench-transactions``."""

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.credit_records import machine
from bench.credit_records.by_hand import BANK_A, BANK_A_2, BANK_B, NOTARY, USER, HandNetwork, clear, corda_image
from bench.credit_records.client import Client
from bench.reports import report, sizes
from bench.transactions import application, figures
from bench.transactions.application import Load
from local import cordapps
from local.azure.names import resolved
from local.cluster import choice
from local.console import LocalError, fail, say, step
from local.demo import progress
from local.demo.architecture import BANK_A as NAMESPACE
from local.demo.architecture import BANKS, NODES
from local.demo.installation import Installation
from local.demo.ways import gateway_url
from local.paths import BUILD

_COLUMNS: Final = {
    "clients": "clients",
    "direct_per_minute": "direct/min",
    "gateway_per_minute": "gateway/min",
    "ratio": "ratio",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "direct_p50_ms": "direct p50",
    "direct_p99_ms": "direct p99",
    "retries": "retries",
}
_POLL_INTERVAL: Final = "10s"
"""As in examples/credit-scores."""
_READY_SECONDS: Final = 900.0
_WARM_CLIENTS: Final = 4
_WARM_SECONDS: Final = 15.0

Loads = Callable[[int, float], Load]
"""Has so many clients write for so long."""


def main(words: Sequence[str] | None = None) -> int:
    """Measure with as many clients as asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.transactions", description=__doc__)
    parser.add_argument("--clients", type=sizes, default=(1, 2, 4), help="at a time (default: 1,2,4)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement (default: %(default)s)")
    parser.add_argument(
        "--warm-up", type=int, default=1500, metavar="N", help="transactions before (default: %(default)s)"
    )
    parser.add_argument("--cluster", default="bench", metavar="NAME", help="the cluster's name (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=BUILD / "reports" / "transactions.json", metavar="FILE")
    parser.add_argument("--folder", type=Path, default=BUILD / "bench" / "transactions", help="of everything that runs")
    options = parser.parse_args(words)
    runs: list[dict[str, Any]] = []
    try:
        with resolved(), ExitStack() as closing:
            measure = partial(_measured, clients=options.clients, seconds=options.seconds, warm_up=options.warm_up)
            direct, gateway = _both(options.folder.resolve(), options.cluster, measure, closing)
            runs += [figures.run(each, direct[each], gateway[each]) for each in options.clients]
    except LocalError as error:
        return fail(error)
    finally:
        report(runs, _COLUMNS, options.report, machine=machine.described())
    return 0


def _both(
    folder: Path, cluster: str, measure: Callable[[Loads], dict[int, Load]], closing: ExitStack
) -> tuple[dict[int, Load], dict[int, Load]]:
    """Measure nodes that are started by hand beside a cluster that has nothing to do, then those in the cluster."""
    clear(folder)
    installation = Installation(cluster)
    choice.down(cluster)
    closing.callback(choice.down, cluster)
    installation.bring_cluster_up()
    installation.load_images()
    installation.start_stand_ins()
    installation.install_operator()
    direct = _direct(folder, measure)
    with step("examples/credit-scores"):
        installation.apply_example()
        installation.set_passwords()
        installation.hand_over_trust_root()
        progress.wait_until_ready(partial(progress.everything, installation.kubectl), len(NODES) + 3, _READY_SECONDS)
        for bank in BANKS:
            installation.kubectl.text(
                "rollout", "status", "deployment/gateway", f"--namespace={bank}", "--timeout=300s"
            )
    url = gateway_url(installation.kubectl, NAMESPACE)
    if url is None:
        raise LocalError("this cluster has no load balancers: measure on a machine without Docker, or on AKS")
    with step("through gateway and load balancer"):
        return direct, measure(partial(application.load, url))


def _direct(folder: Path, measure: Callable[[Loads], dict[int, Load]]) -> dict[int, Load]:
    password = secrets.token_urlsafe(24)
    archives = cordapps.built().archives
    with ExitStack() as closing:
        corda = closing.enter_context(corda_image())
        (folder / "client").mkdir()
        client = Client(corda, folder / "client", archives, USER, password)
        closing.callback(client.close)
        names = (NOTARY, BANK_A, BANK_A_2, BANK_B)
        network = HandNetwork(folder, corda, archives, names, password, _POLL_INTERVAL)
        network.prepare()
        closing.callback(network.stop)
        network.reset()
        with step("nodes started by hand"):
            network.start()
            for node in network.nodes:
                node.boot_seconds()
            writers = [network.node(each).rpc_address for each in (BANK_A, BANK_A_2)]
            for writer in writers:
                client.try_first(writer)
                client.first()
        with step("over RPC at these nodes"):
            return measure(lambda clients, seconds: Load(*client.load(writers, clients, seconds)))


def _measured(load: Loads, clients: Sequence[int], seconds: float, warm_up: int) -> dict[int, Load]:
    """Warm up with a number of transactions, which decides on how far JVMs have compiled, then measure."""
    done = 0
    while done < warm_up:
        done += len(load(_WARM_CLIENTS, _WARM_SECONDS).milliseconds)
    measured = {}
    for each in clients:
        measured[each] = load(each, seconds)
        say(f"    {each} clients: {figures.per_minute(measured[each])} a minute")
    return measured


if __name__ == "__main__":
    sys.exit(main())
