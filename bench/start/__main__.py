"""Measures from `kubectl apply` to the first transaction, into ``build/reports/start.json``: ``make bench-start``."""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.credit_records import machine
from bench.credit_records.by_hand import BANK_A, BANK_B, NOTARY, USER, HandNetwork, clear, corda_image
from bench.credit_records.client import Client
from bench.start import steps
from bench.start.figures import Figures, Start
from bench.start.operated import Operated
from bench.start.resources import POLL_INTERVAL
from local import cordapps
from local.azure.names import resolved
from local.console import LocalError, fail, say, step
from local.paths import BUILD

_MOST_RUNS: Final = 20
"""As many as an identity in Entra has federated credentials, of which a run takes one."""


def main(words: Sequence[str] | None = None) -> int:
    """Measure as often as asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=3, choices=range(1, _MOST_RUNS + 1), metavar="N", help="of each side"
    )
    parser.add_argument("--cluster", default="bench", metavar="NAME", help="the cluster's name (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=BUILD / "reports" / "start.json", metavar="FILE")
    parser.add_argument("--folder", type=Path, default=BUILD / "bench" / "start", help="of everything that runs")
    options = parser.parse_args(words)
    figures = Figures()
    try:
        with resolved(), ExitStack() as closing:
            _measure(options.folder.resolve(), options.cluster, options.runs, figures, closing)
    except LocalError as error:
        return fail(error)
    finally:
        _report(figures, options.report)
    return 0


def _measure(folder: Path, cluster: str, runs: int, figures: Figures, closing: ExitStack) -> None:
    clear(folder)
    password = secrets.token_urlsafe(24)
    archives = cordapps.built().archives
    corda = closing.enter_context(corda_image())
    (folder / "client").mkdir()
    client = Client(corda, folder / "client", archives, USER, password)
    closing.callback(client.close)
    network = HandNetwork(folder, corda, archives, (NOTARY, BANK_A, BANK_B), password, POLL_INTERVAL)
    operated = Operated(cluster, folder / "cluster", password)
    operated.bring_down()
    network.prepare()
    with step("a start that loads the client's classes, and is not counted"):
        _by_hand(network, client)
    figures.by_hand_alone = _by_hand(network, client)

    closing.callback(operated.bring_down)
    operated.bring_up(runs)
    for run in range(runs):
        figures.by_hand.append(_by_hand(network, client))
        figures.operator.append(_by_operator(operated, client, run))


def _by_hand(network: HandNetwork, client: Client) -> Start:
    network.reset()
    try:
        busy = machine.settled()
        with step("three nodes started by hand"):
            start, computed = time.time(), machine.cpu_seconds()
            network.start()
            client.try_first(network.node(BANK_A).rpc_address)
            first = client.first()
            computed = machine.cpu_seconds() - computed
        boots = {each.folder.name: {"corda_by_itself": each.boot_seconds()} for each in network.nodes}
    finally:
        network.stop()
    say(f"    {first.committed - start:.1f} s to the first transaction")
    seen = {"nodes": boots, **steps.of_client(first, start)}
    return Start(round(first.committed - start, 1), seen, round(computed, 1), busy)


def _by_operator(operated: Operated, client: Client, run: int) -> Start:
    file = operated.prepare(run)
    busy = machine.settled()
    with step("the same network by kubectl apply"):
        start, computed = time.time(), machine.cpu_seconds()
        operated.apply(file)
        client.try_first(operated.rpc_address(run))
        first = client.first()
        computed = machine.cpu_seconds() - computed
    say(f"    {first.committed - start:.1f} s to the first transaction")
    operated.wait_until_ready(run)
    found = operated.remembered(run)
    operated.remove(run)
    seen = steps.of_operator(found.consortium, found.nodes, found.pods, found.boots, first, start)
    return Start(round(first.committed - start, 1), seen, round(computed, 1), busy)


def _report(figures: Figures, file: Path) -> None:
    if figures.by_hand_alone is None:
        return
    document = {**figures.document(), "machine": machine.described()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n")
    say(
        f"\nby hand {document['by_hand_seconds']} s, by the operator {document['operator_seconds']} s, "
        f"ratio {document['ratio']}\n\nReport: {file}"
    )


if __name__ == "__main__":
    sys.exit(main())
