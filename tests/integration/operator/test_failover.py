"""Two operators of which one is active, and an operator whose way to the API server is cut, blocked, or restarted."""

import contextlib
import json
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import tools
from local.azure.toxiproxy import Toxic, ToxicKind, Toxiproxy, command
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from local.ports import free_ports
from local.processes import spawn
from tests.integration.operator.conftest import Elsewhere
from tests.integration.operator.process import PATIENCE_SECONDS, Desk, Operator, account, by_way_of
from tests.integration.operator.resources import node

PROXY = "api-server"


@pytest.fixture
def bank(place: Place, elsewhere: Elsewhere) -> Desk:
    """A namespace of one test, with a node that nobody works at yet."""
    desk = Desk(Kubectl(place.kubeconfig), f"bank-{uuid.uuid4().hex[:8]}")
    desk.put(elsewhere.consortium(), node("bank-a"))
    return desk


@pytest.fixture
def lease(place: Place) -> tuple[str, Path]:
    """Where the operators of one test have their Lease, and a kubeconfig for them."""
    namespace = f"operator-{uuid.uuid4().hex[:8]}"
    return namespace, account(place, namespace)


@contextlib.contextmanager
def replicas(count: int, bank: Desk, lease: tuple[str, Path], folder: Path) -> Iterator[list[Operator]]:
    """Give operators of one Lease for one namespace; the first of them is active."""
    namespace, kubeconfig = lease
    settings = {"namespaces": [bank.namespace]}
    made = [
        Operator(folder / str(number), kubeconfig, f"operator-{number}", namespace, settings) for number in range(count)
    ]
    try:
        for each in made:
            each.start()
            until(lambda: each.active or made[0].active, "an active operator", made)  # noqa: B023
        yield made
    finally:
        for each in made:
            each.stop()


def until(what: object, about: str, operators: list[Operator], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    assert callable(what)
    while not what():
        assert time.monotonic() < end, f"{about} has not come:\n" + "\n\n".join(each.tail for each in operators)
        time.sleep(0.2)


def is_repaired(bank: Desk, marker: str) -> bool:
    """Tell whether a Service has lost what somebody put on it in the place of the operator's label."""
    labels = bank.get("service", "bank-a-p2p").get("metadata", {}).get("labels", {})
    return bool(labels) and labels.get("app.kubernetes.io/part-of") != marker


def damage(bank: Desk, marker: str) -> None:
    """Overwrite a label of the operator's."""
    patch = json.dumps({"metadata": {"labels": {"app.kubernetes.io/part-of": marker}}})
    bank.run("patch", "service", "bank-a-p2p", "--type=merge", f"--patch={patch}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_the_other_operator_takes_over(
    bank: Desk, lease: tuple[str, Path], tmp_path: Path, number: signal.Signals
) -> None:
    with replicas(2, bank, lease, tmp_path) as (first, second):
        bank.until_ready("bank-a")
        assert (first.active, second.active) == (True, False)
        first.send(number)
        damage(bank, "while-nobody-looks")
        until(lambda: second.active, "the other operator", [first, second])
        until(first.ended, "an end of the first", [first, second])
        until(lambda: is_repaired(bank, "while-nobody-looks"), "a repair", [second])
        handed_over = "gave Lease" in first.log
        assert handed_over == (number is signal.SIGTERM)


def test_one_that_was_stopped_and_wakes_up_after_the_other_took_over_writes_nothing_and_ends(
    bank: Desk, lease: tuple[str, Path], tmp_path: Path
) -> None:
    with replicas(2, bank, lease, tmp_path) as (first, second):
        bank.until_ready("bank-a")
        first.send(signal.SIGSTOP)
        until(lambda: second.active, "the other operator", [second])
        second.send(signal.SIGSTOP)
        # News is waiting for it in its connections.
        damage(bank, "to-tempt-it")
        before = bank.get("service", "bank-a-p2p")["metadata"]["resourceVersion"]
        first.send(signal.SIGCONT)
        until(first.ended, "an end of the first", [first])
        assert bank.get("service", "bank-a-p2p")["metadata"]["resourceVersion"] == before
        second.send(signal.SIGCONT)
        first.start()
        until(lambda: is_repaired(bank, "to-tempt-it"), "a repair", [first, second])


@pytest.fixture
def proxy(place: Place, tmp_path: Path) -> Iterator[tuple[Toxiproxy, str]]:
    """A proxy before the API server, and its address."""
    (port,) = free_ports(1)
    process = spawn(tmp_path, "toxiproxy", command(tools.binary("toxiproxy-server"), port))
    toxiproxy = Toxiproxy(f"127.0.0.1:{port}")
    end = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError):
            toxiproxy.check()
            break
        assert time.monotonic() < end
        time.sleep(0.1)
    cluster = place.read()
    assert cluster is not None
    made = toxiproxy.create(PROXY, cluster.api_server.removeprefix("https://"))
    yield toxiproxy, made.listen
    process.stop()


def changed_in_a_gap(bank: Desk) -> None:
    """Change what the operator keeps, delete another part, and ask for another thing.

    All at once, since an operator that can't renew its Lease meanwhile has only seconds.
    """
    changes: tuple[Callable[[], object], ...] = (
        lambda: damage(bank, "in-a-gap"),
        lambda: bank.run("delete", "networkpolicy", "bank-a-node", "--wait=false"),
        lambda: bank.put(node("bank-b")),
    )
    with ThreadPoolExecutor() as three:
        for done in [three.submit(each) for each in changes]:
            done.result()


def acted_on(bank: Desk, operator: Operator) -> None:
    """Wait until all of that was acted on."""

    def done() -> bool:
        operator.kept_running()
        return (
            is_repaired(bank, "in-a-gap")
            and bank.uid("networkpolicy", "bank-a-node") != ""
            and bank.is_ready("cordanode", "bank-b")
        )

    until(done, "what was to be done", [operator], seconds=150)


@pytest.mark.parametrize("trouble", ["cut for a moment", "cut for long", "black hole"])
def test_what_happens_while_the_api_server_cannot_be_reached_is_acted_on_afterwards(
    bank: Desk, lease: tuple[str, Path], proxy: tuple[Toxiproxy, str], tmp_path: Path, trouble: str
) -> None:
    toxiproxy, address = proxy
    way = (lease[0], by_way_of(lease[1], address))
    with replicas(1, bank, way, tmp_path) as (operator,):
        bank.until_ready("bank-a")
        if trouble == "black hole":
            for upstream in (True, False):
                toxic = Toxic(f"silence-{upstream}", ToxicKind.TIMEOUT, {"timeout": 0}, upstream)
                toxiproxy.add_toxic(PROXY, toxic)
        else:
            toxiproxy.disable(PROXY)
        changed_in_a_gap(bank)
        if trouble != "cut for a moment":
            # It can't know whether another one is active, so it ends.
            until(operator.ended, "an end", [operator])
        toxiproxy.reset()
        acted_on(bank, operator)
        if trouble == "cut for a moment":
            assert "is lost to" not in operator.log


def test_an_api_server_that_is_restarted_is_gone_on_with(
    bank: Desk, place: Place, lease: tuple[str, Path], tmp_path: Path
) -> None:
    with replicas(1, bank, lease, tmp_path) as (operator,):
        bank.until_ready("bank-a")
        fast.restart_api_server(place)
        changed_in_a_gap(bank)
        acted_on(bank, operator)
