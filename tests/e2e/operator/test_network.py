"""A network of genuine nodes from one apply: it trades, and comes back from whatever happens to it."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import NAME
from tests.e2e.operator import resources
from tests.e2e.operator.machines import restart_kubelet
from tests.e2e.operator.network import BANK, ISSUED, PAID, Network, condition

pytestmark = pytest.mark.timeout(1200)  # whichever test is the first waits for the whole network


@pytest.fixture
def back(paid: Network) -> Iterator[Network]:
    """The network; after the test bank B is Ready again, as the node that it was and with the ledger that it had."""
    before = paid.node(BANK)["status"]
    yield paid
    paid.wait_until_ready(BANK)
    after = paid.node(BANK)["status"]
    identity = ("keySHA256", "nodeInfoHash", "certificateExpiry", "parametersHash")
    assert {each: after[each] for each in identity} == {each: before[each] for each in identity}
    assert paid.cash(BANK) == PAID


def test_one_apply_brings_a_notary_and_two_banks_to_ready(network: Network) -> None:
    consortium = network.consortium()
    assert {each["type"]: each["status"] for each in consortium["status"]["conditions"]} == dict.fromkeys(
        ("Ready", "TrustRootReady", "NetworkParametersReady", "NetworkMapServing", "ConfigurationApplied"), "True"
    )
    assert consortium["status"]["parameters"]["epoch"] == 1
    network.until(
        lambda: network.consortium()["status"]["nodes"] == {"listed": 3, "reachable": 3, "available": 3},
        60,
        "a map of three nodes",
    )
    for name in resources.NODES:
        node = network.node(name)
        states = {each["type"]: each["status"] for each in node["status"]["conditions"]}
        assert set(states.values()) == {"True"}, states
        assert {"Ready", "KeysReady", "Registered", "DatabaseMigrated", "Published", "ParametersAccepted"} <= set(
            states
        )
        assert node["status"]["version"] == "4.10"
        assert '"devMode": false' in network.corda(name, "cat", "/etc/corda/node.conf")


def test_banks_trade_through_the_service_of_each(paid: Network) -> None:
    assert paid.cash("bank-a") == ISSUED - PAID
    assert sorted(paid.ask(BANK, "nodes")) == sorted(
        {"O=Notary, L=London, C=GB", "O=Bank A, L=London, C=GB", "O=Bank B, L=Paris, C=FR"}
    )


def test_a_deleted_pod_comes_back(back: Network) -> None:
    before = back.pod(BANK)["metadata"]["uid"]
    back.kubectl("delete", "pod", f"{BANK}-node-0", "--wait=true", "--timeout=120s")
    back.until(lambda: back.is_ready(BANK) and back.pod(BANK)["metadata"]["uid"] != before, 300, "another pod")


def restarts(network: Network) -> int:
    (status,) = network.pod(BANK)["status"]["containerStatuses"]
    count: int = status["restartCount"]
    return count


def test_a_killed_process_comes_back(back: Network) -> None:
    before = restarts(back)
    back.corda(BANK, "sh", "-c", "kill -KILL $(pidof java)")
    back.until(lambda: restarts(back) == before + 1, 60, "a restart of the container")
    back.until(lambda: not back.is_ready(BANK), 60, "a node that is not Ready")


def test_a_container_that_needs_too_much_memory_comes_back(back: Network) -> None:
    before = restarts(back)
    # It grows in the node's own control group until the kernel ends a process there: the one that offers itself.
    # Right after a start the tool that ends draining mode is a process of Java's, too, but a smaller one.
    offered = "for each in $(pidof java); do echo 1000 >/proc/$each/oom_score_adj; done"
    growing = ("exec", f"{BANK}-node-0", "--container=corda", "--", "sh", "-c", f"{offered}; exec tail /dev/zero")

    def ended() -> bool:
        back.cluster.succeeds(f"--namespace={resources.NAMESPACE}", *growing)
        # The kernel may end what grows instead, while the node is still small.
        time.sleep(15)
        return restarts(back) > before

    back.until(ended, 240, "a restart of the container")
    (status,) = back.pod(BANK)["status"]["containerStatuses"]
    assert status["lastState"]["terminated"]["reason"] == "OOMKilled"


def test_a_kubelet_that_is_started_again_disturbs_no_node(back: Network) -> None:
    pod = back.pod(BANK)
    before = (pod["metadata"]["uid"], restarts(back))
    restart_kubelet(NAME, pod["spec"]["nodeName"])
    back.until(
        lambda: back.get("node", pod["spec"]["nodeName"])["status"]["conditions"][-1]["status"] == "True",
        60,
        "a machine",
    )
    back.kubectl("annotate", "pod", f"{BANK}-node-0", "seen=again", "--overwrite")
    back.wait_until_ready(BANK)
    assert (back.pod(BANK)["metadata"]["uid"], restarts(back)) == before


def test_new_parameters_are_proposed_acknowledged_and_adopted(paid: Network) -> None:
    epoch = paid.consortium()["status"]["parameters"]["epoch"]
    hosted = {"networkParameters": {"revision": 1}, "parametersUpdate": {"adoptWhenAllAccepted": False}}
    paid.patch("consortium", resources.CONSORTIUM, {"hosted": hosted})

    def accepted() -> list[str]:
        proposed = paid.consortium()["status"]["parameters"].get("proposed", {})
        return sorted(proposed.get("acceptedBy", ()))

    everyone = sorted(resources.LEGAL_NAMES.values())
    paid.until(lambda: accepted() == everyone, 120, "everyone's acceptance")
    assert paid.consortium()["status"]["parameters"]["epoch"] == epoch
    paid.patch("consortium", resources.CONSORTIUM, {"hosted": {"parametersUpdate": {"adoptWhenAllAccepted": True}}})
    paid.until(lambda: paid.consortium()["status"]["parameters"]["epoch"] == epoch + 1, 120, "flag day")
    paid.wait_until_ready()
    for name in resources.NODES:
        assert condition(paid.node(name), "ParametersAccepted")["status"] == "True"
