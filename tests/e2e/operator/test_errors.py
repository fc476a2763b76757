"""What is wrong with a resource is told where users look, with what to do about it, and holds up no other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.azure.names import DOMAIN
from local.images.jars import FINANCE
from tests.e2e.operator import resources
from tests.e2e.operator.network import Network, condition

pytestmark = pytest.mark.timeout(1200)  # whichever test is the first waits for the whole network


@dataclass(frozen=True)
class Case:
    """What is asked for that can't be, the condition that tells, its reason, and a part of its message."""

    about: str
    reason: str
    says: str
    spec: dict[str, Any] = field(default_factory=dict)


CORDAPP = {"name": "finance", "url": f"https://{resources.DESK_HOST}/{FINANCE[0]}"}
CASES = {
    "denied": Case("Registered", "AdmissionDenied", "Ask the consortium"),
    "forbidden": Case(
        "KeysReady",
        "VaultAccessDenied",
        "Key Vault",
        {"keyVault": {"url": f"https://bank-a.vault.{DOMAIN}"}},
    ),
    "no-image": Case("Ready", "ImageUnavailable", "registry.invalid/corda:9", {"image": "registry.invalid/corda:9"}),
    "no-pool": Case("Ready", "PodUnschedulable", "node pool nowhere", {"nodePool": "nowhere"}),
    "no-vault": Case(
        "KeysReady", "VaultUnreachable", "private endpoint", {"keyVault": {"url": "https://absent.vault.example.com"}}
    ),
    "stranger": Case("Registered", "AdmissionPending", "SHA-256"),
    "wrong-hash": Case("Ready", "CordappUnavailable", "sha256", {"cordapps": [{**CORDAPP, "sha256": "0" * 64}]}),
}


@pytest.fixture(scope="module")
def broken(network: Network) -> Iterator[Network]:
    assert set(CASES) == set(resources.BROKEN)
    network.cluster.apply([resources.broken(name, case.spec) for name, case in CASES.items()])
    yield network
    network.kubectl("delete", "cordanode", *CASES, "--wait=true", "--timeout=300s")


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_told_with_what_to_do(broken: Network, name: str) -> None:
    case = CASES[name]
    seen: dict[str, Any] = {}

    def told() -> bool:
        # Looked at as a whole: its container tries again every now and then, and the conditions tell that, too.
        seen.update(broken.node(name))
        found, ready = condition(seen, case.about), condition(seen, "Ready")
        return all((each.get("status"), each.get("reason")) == ("False", case.reason) for each in (found, ready))

    broken.until(told, 180, f"{case.reason} of {name}: {broken.node(name).get('status')}")
    assert case.says.lower() in condition(seen, case.about)["message"].lower()


def test_who_waits_for_admission_is_in_the_consortiums_status(broken: Network) -> None:
    broken.until(lambda: broken.consortium()["status"].get("pendingRequests"), 60, "a pending request")
    (pending,) = broken.consortium()["status"]["pendingRequests"]
    assert "O=Strange Bank" in pending["legalName"]
    assert pending["keySHA256"] in condition(broken.node("stranger"), "Registered")["message"]


def test_nodes_that_work_go_on_beside_those_that_do_not(broken: Network) -> None:
    assert all(map(broken.is_ready, resources.NODES))
    assert condition(broken.consortium(), "Ready")["status"] == "True"
