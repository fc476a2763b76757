"""Upgrading and uninstalling the operator's chart loses nothing, and installed again it goes on.

Real: Helm, the API server with its controllers, the network services of a joined network, and the operator, which
runs as a process beside the cluster with the rights and the configuration that the chart gives it. Faked by kwok: the
pods, those of the operator's own Deployment as well.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster.kubectl import Kubectl
from local.cluster.place import Place
from tests.integration.charts.helm import OPERATOR, REQUIRED, HelmError, Values, merged, run, values_file
from tests.integration.operator.conftest import Elsewhere
from tests.integration.operator.process import Desk, Operator, signed_in
from tests.integration.operator.resources import CONSORTIUM, node

NAMESPACE = RELEASE = "corda-operator"
NODES = ("notary", "bank-a")
KEPT = "consortium,cordanode,statefulset,persistentvolumeclaim,service,configmap,pod"
DEFINITIONS = {"consortia.corda-operator.io", "cordanodes.corda-operator.io"}
VALUES = merged(
    REQUIRED, {"azure": {"tenantID": "7d5c2a10-0000-4000-8000-000000000001"}, "resyncSeconds": 10, "replicas": 1}
)


@dataclass
class Installation:
    """A release, and the operator that runs by what is in it."""

    place: Place
    folder: Path
    release: str = RELEASE
    lives: int = 0
    operator: Operator | None = None

    def install(self, *options: str, **values: Any) -> None:
        """Install or upgrade, and start the operator that the chart now describes."""
        self.end()
        self._helm("upgrade", "--install", self.release, OPERATOR, *options, values=merged(VALUES, values))
        text = Kubectl(self.place.kubeconfig).text(
            "get", "configmap", self.release, f"--namespace={NAMESPACE}", "--output=json"
        )
        settings = yaml.safe_load(json.loads(text)["data"]["operator.yaml"])
        self.lives += 1
        kubeconfig = signed_in(self.place, NAMESPACE, self.release)
        self.operator = Operator(self.folder / str(self.lives), kubeconfig, settings=settings)
        self.operator.start()

    def uninstall(self) -> None:
        """Uninstall."""
        self.end()
        run("uninstall", self.release, *self._where, "--wait", "--timeout=180s")

    def end(self) -> None:
        """End the operator, as the kubelet does when its pod goes."""
        if self.operator is not None:
            self.operator.stop()
            self.operator = None

    @property
    def _where(self) -> tuple[str, ...]:
        return (f"--kubeconfig={self.place.kubeconfig}", f"--namespace={NAMESPACE}")

    def _helm(self, *words: str | Path, values: Values) -> None:
        with values_file(values) as option:
            run(*words, option, *self._where, "--create-namespace", "--wait", "--timeout=180s")


@pytest.fixture(scope="module")
def installation(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(place, tmp_path_factory.mktemp("operator"))
    installation.install()
    yield installation
    installation.end()


@pytest.fixture(scope="module")
def bank(place: Place, installation: Installation, elsewhere: Elsewhere) -> Desk:
    """A notary and a bank, Ready by the work of an operator that has no rights but the chart's."""
    desk = Desk(Kubectl(place.kubeconfig), "bank")
    desk.put(elsewhere.consortium(), *(node(name) for name in NODES))
    try:
        desk.until_ready(*NODES)
    except AssertionError as error:
        assert installation.operator is not None
        raise AssertionError(f"{error}\n{installation.operator.tail}") from error
    desk.until(lambda: desk.is_ready("consortium", CONSORTIUM), "Ready of the Consortium")
    return desk


def identities(desk: Desk) -> dict[str, str]:
    """Return the UIDs of all that must not get lost: another one would be another object."""
    found = {f"{each['kind']}/{each['metadata']['name']}": each["metadata"]["uid"] for each in desk.all(KEPT)}
    assert {"Pod/bank-a-node-0", "StatefulSet/bank-a-node", "Consortium/elsewhere", "CordaNode/bank-a"} <= set(found)
    assert any(name.startswith("PersistentVolumeClaim/") for name in found)
    return found


def definitions(desk: Desk) -> dict[str, str]:
    """Return the UIDs of our definitions."""
    items = json.loads(desk.kubectl.text("get", "customresourcedefinition", "--output=json"))["items"]
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in items}


def acts(desk: Desk, timeout: str) -> None:
    """Change a node so that it needs no restart, and wait until that is done."""
    generation = desk.change("cordanode", "bank-a", drain={"timeout": timeout})

    def done() -> bool:
        current: int = desk.get("cordanode", "bank-a")["status"].get("observedGeneration", 0)
        return current >= generation and desk.condition("cordanode", "bank-a", "ConfigurationApplied")[0] == "True"

    desk.until(done, "an operator that acts on bank-a")


def test_the_rights_of_the_chart_are_enough_for_a_network(bank: Desk) -> None:
    acts(bank, "61s")


def test_an_upgrade_to_other_values_restarts_nothing(bank: Desk, installation: Installation) -> None:
    before, defined = identities(bank), definitions(bank)

    installation.install(image={"reference": "registry.example.com/corda-operator:2.0"}, workers=3)
    acts(bank, "62s")

    assert identities(bank) == before
    assert definitions(bank) == defined
    assert bank.restarts("bank-a") == 0


def test_an_upgrade_without_the_definitions_leaves_them(bank: Desk, installation: Installation) -> None:
    before, defined = identities(bank), definitions(bank)

    installation.install(crds={"install": False})
    acts(bank, "63s")

    assert identities(bank) == before
    assert definitions(bank) == defined


def test_uninstalling_leaves_the_network_and_installing_again_goes_on(bank: Desk, installation: Installation) -> None:
    before, defined = identities(bank), definitions(bank)
    assert set(defined) == DEFINITIONS

    installation.uninstall()
    assert bank.kubectl.text("get", "deployment", f"--namespace={NAMESPACE}", "--output=name") == ""
    assert (identities(bank), definitions(bank)) == (before, defined)

    installation.install()
    acts(bank, "64s")
    assert (identities(bank), definitions(bank)) == (before, defined)
    assert bank.restarts("bank-a") == 0


def test_a_release_of_another_name_takes_the_definitions_over_if_told_to(
    bank: Desk, installation: Installation
) -> None:
    before, defined = identities(bank), definitions(bank)
    installation.uninstall()
    installation.release = "ledger"

    with pytest.raises(HelmError, match="cannot be imported into the current release"):
        installation.install()
    installation.install("--take-ownership")
    acts(bank, "65s")

    assert (identities(bank), definitions(bank)) == (before, defined)
