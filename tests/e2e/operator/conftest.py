"""The operator as Helm installs it, and a consortium of a notary and two banks from one apply."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from local.azure.certificates import server_certificate
from local.cluster import choice, stand_ins
from local.cluster.helm import RELEASE, Helm
from local.cluster.kubectl import Kubectl
from local.demo import architecture
from local.demo.installation import config_map, namespace
from local.images.corda import compiled
from local.images.jars import FINANCE, FINANCE_TABLE, archive
from local.images.sandbox import Sandbox
from local.paths import ROOT
from tests.e2e import pods
from tests.e2e.conftest import CORDA, NAME, OPERATOR
from tests.e2e.operator import desk, resources
from tests.e2e.operator.network import BANK, ISSUED, PAID, Network
from tests.integration.images.fixtures import sandbox_of

__all__ = ["sandbox_of"]

RPC_PROGRAM = ROOT / "tests" / "integration" / "network" / "genuine" / "Rpc.java"


@dataclass(frozen=True)
class Installed:
    """A cluster with the operator, Azure's stand-ins and the pods that tests work from."""

    cluster: Kubectl
    rpc_password: str


@pytest.fixture(scope="package")
def installed(
    cluster: Kubectl, sandbox_of: Callable[[str], Sandbox], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("operator")
    operator = choice.load(NAME, [OPERATOR])[OPERATOR].reference
    corda = choice.load(NAME, [CORDA], pool="corda")[CORDA].reference
    ca = stand_ins.install(NAME, cluster, resources.directory(), folder)
    namespaces = (resources.NAMESPACE, resources.TOOLS)
    cluster.apply([namespace(each) for each in (*namespaces, RELEASE)])
    trusted = {"ca.pem": ca.read_text()}
    cluster.apply([config_map(each, "azure-ca", trusted) for each in namespaces])
    cluster.text("wait", "--for=create", "serviceaccount/default", f"--namespace={resources.TOOLS}", "--timeout=60s")
    cluster.apply(desk.objects(operator, corda))
    Helm(cluster.kubeconfig).install(architecture.values(operator, corda))
    for each in (desk.DESK, desk.RPC):
        pods.wait_for(cluster, resources.TOOLS, each, "Running")
    cordapps = [archive(each, FINANCE_TABLE) for each in FINANCE]
    classes = folder / "classes"
    classes.mkdir()
    compiled(sandbox_of(CORDA), RPC_PROGRAM, classes, cordapps)
    own = server_certificate(folder, desk.DESK, [resources.DESK_HOST])
    desk.copy(cluster, desk.DESK, [*cordapps, own.certificate, own.key])
    desk.copy(cluster, desk.RPC, [*cordapps, *classes.glob("*.class")])
    password = secrets.token_urlsafe(16)
    for bank in ("bank-a", "bank-b"):
        desk.set_secret(cluster, resources.NODES[bank].vault, resources.RPC_SECRET, password)
    yield Installed(cluster, password)
    # Whatever a test has left: the next run of an E2E_KEEP cluster begins anew.
    cluster.text("delete", "cordanode,consortium", "--all", f"--namespace={resources.NAMESPACE}", "--wait=true")
    cluster.text("delete", "namespace", *namespaces, RELEASE, "azure", "--wait=false")


@pytest.fixture(scope="package")
def network(installed: Installed) -> Iterator[Network]:
    """A network that went Ready from one apply; tests leave it Ready."""
    network = Network(installed.cluster, installed.rpc_password)
    installed.cluster.apply(resources.everything())
    network.wait_until_ready(seconds=600)
    yield network
    network.close()


@pytest.fixture(scope="package")
def paid(network: Network) -> Network:
    """The network once bank A has issued cash and paid some of it to bank B."""
    network.ask("bank-a", "issue", amount=ISSUED)
    transaction = network.ask("bank-a", "pay", amount=PAID, recipient=resources.LEGAL_NAMES[BANK])
    assert transaction["notarised"]
    network.until(lambda: network.cash(BANK) == PAID, 90, "the payment")
    return network
