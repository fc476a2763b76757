"""The credit-score network as `make demo` brings it up: every test finds it Ready and leaves it so."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cluster.helm import RELEASE
from local.cluster.kubectl import Kubectl
from local.demo import figures, report, ways
from local.demo.architecture import NAMESPACES
from local.monitoring.prometheus import NAMESPACE as MONITORING
from local.paths import ROOT
from tests.e2e.conftest import NAME
from tests.e2e.credit_scores.network import CreditScores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give whichever test is the first the time that the whole network takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="package")
def shown(cluster: Kubectl) -> Iterator[Kubectl]:
    """The cluster after `make demo`, as somebody types it."""
    done = subprocess.run(
        ["make", "demo", f"DEMO={NAME}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-6000:]
    yield cluster
    # All at once: each node takes its time to end.
    for wait in ("--wait=false", "--wait=true"):
        for namespace in NAMESPACES:
            cluster.text("delete", "cordanode,consortium", "--all", f"--namespace={namespace}", wait)
    cluster.text("delete", "namespace", *NAMESPACES, RELEASE, "azure", MONITORING, "--wait=true", "--timeout=300s")


@pytest.fixture(scope="package")
def told(shown: Kubectl) -> dict[str, object]:  # noqa: ARG001 - it has written the report
    """What `make demo` has written into its report."""
    found: dict[str, object] = json.loads(report.FILE.read_text())
    return found


@pytest.fixture(scope="package")
def reached(shown: Kubectl) -> Iterator[CreditScores]:
    with ways.load_balancers(shown) as urls:
        yield CreditScores(shown, urls)


@pytest.fixture
def sources(reached: CreditScores) -> Iterator[figures.Sources]:
    """Prometheus and the network page, which the demo leaves running."""
    with figures.sources(reached.cluster) as found:
        yield found


@pytest.fixture
def network(reached: CreditScores) -> Iterator[CreditScores]:
    """The network; after the test it has to be Ready again, and what one bank writes the other reads."""
    yield reached
    reached.wait_until_ready()
    reached.share()
