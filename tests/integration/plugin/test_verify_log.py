"""``kubectl corda verify-log`` against network services that run, found by what the cluster says of them."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corda_operator.reconcile.consortium.trust_root import fingerprint
from local.paths import ROOT
from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.network.replicas import Deployment, Replica
from tests.integration.plugin.plugged_in import PluggedIn
from tests.unit.network.consortium import BANK_A
from tests.unit.plugin.resources import NAMESPACE, Object, consortium

HERE = ("-n", NAMESPACE)


@pytest.fixture
def deployment(tenancy: Tenancy, tmp_path: Path) -> Iterator[Deployment]:
    deployment = Deployment(tenancy, tmp_path)
    yield deployment
    deployment.close()


@pytest.fixture(autouse=True)
def _clean(plugin: PluggedIn) -> Iterator[None]:
    yield
    plugin.kubectl.text("delete", "consortia", "--all", f"--namespace={NAMESPACE}")
    plugin.kubectl.text("delete", "configmap", "credit-records-trust-root", *HERE, "--ignore-not-found")


async def root_of(replica: Replica) -> str:
    return (await replica.request("GET", "/trust-root")).body.decode()


def hosted(pem: str, **network_map: str) -> tuple[Object, Object]:
    """Return a Consortium and its trust root's ConfigMap, as the operator leaves them."""
    resource = consortium(trustRootSHA256=fingerprint(pem))
    resource["spec"]["hosted"]["networkMap"] = network_map
    metadata = {"name": "credit-records-trust-root", "namespace": NAMESPACE}
    return resource, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"root.pem": pem}}


async def test_the_log_is_read_where_the_consortium_says(plugin: PluggedIn, deployment: Deployment) -> None:
    replica = await deployment.started()
    await replica.register(BANK_A)
    resource, root = hosted(await root_of(replica), publicURL=replica.url)
    plugin.put(resource)
    plugin.kubectl.apply([root])

    done = plugin.run("verify-log", *HERE, "--legal-name", str(BANK_A))

    assert done.returncode == 0, done.stderr
    assert [each["legalName"] for each in json.loads(done.stdout)["certificates"]] == [str(BANK_A)]
    assert "proves less than one that you got by another way" in done.stderr


async def test_services_without_a_public_url_are_reached_through_kubectl(
    plugin: PluggedIn, deployment: Deployment, tmp_path: Path
) -> None:
    replica = await deployment.started()
    pem = await root_of(replica)
    file = tmp_path / "mine.pem"
    file.write_text(pem)
    resource, _ = hosted(pem)
    plugin.put(resource)
    forwarded, seen = tmp_path / "forwarded", tmp_path / "seen.json"
    stand_in = {
        "KUBECTL": f"{sys.executable} {Path(__file__).with_name('forwarding_kubectl.py')}",
        "TARGET": str(replica.ports[0]),
        "FORWARDED": str(forwarded),
    }

    done = plugin.run("verify-log", *HERE, "--trust-root", file, "--seen", seen, **stand_in)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["blocks"] > 0
    assert seen.exists()
    assert "proves less" not in done.stderr
    number, _, arguments = forwarded.read_text().partition(" ")
    assert arguments == f"--namespace={NAMESPACE} port-forward --address=127.0.0.1 service/credit-records-network :8080"
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


async def test_a_trust_root_that_is_not_the_consortiums_ends_it(
    plugin: PluggedIn, deployment: Deployment, tmp_path: Path
) -> None:
    replica = await deployment.started()
    pem = await root_of(replica)
    resource, root = hosted(pem, publicURL=replica.url)
    resource["status"]["trustRootSHA256"] = "0" * 64
    plugin.put(resource)
    plugin.kubectl.apply([root])

    contradicted = plugin.run("verify-log", *HERE)

    assert contradicted.returncode == 3
    assert f"the trust root's SHA-256 is {fingerprint(pem)}, but Consortium credit-records says 0000" in (
        contradicted.stderr
    )
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    assert "no certificate in PEM" in plugin.run("verify-log", *HERE, "--trust-root", nonsense).stderr


def test_a_service_that_is_not_there_is_kubectls_to_complain_about(plugin: PluggedIn) -> None:
    file = ROOT / "tests" / "unit" / "reconcile" / "node" / "root.pem"
    resource, _ = hosted(file.read_text())
    plugin.put(resource)

    done = plugin.run("verify-log", *HERE, "--trust-root", file)

    assert done.returncode == 1
    assert 'services "credit-records-network" not found' in done.stderr
