"""One cluster with real pods for all end-to-end tests, of its own name, taken away at the end.

``E2E_KEEP=1`` leaves it standing, to look around in or to run the next time on: a cluster that is up already
is used as it is.
"""

import os
from collections.abc import Iterator

import pytest

from local.cluster import choice
from local.cluster.kubectl import Kubectl

NAME = "e2e"
OPERATOR = "operator:dev"
CORDA = "corda:4.10"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Kubectl]:
    try:
        yield Kubectl(choice.up(NAME, image_names=[OPERATOR]))
    finally:
        if not os.environ.get("E2E_KEEP"):
            choice.down(NAME)


@pytest.fixture
def namespace(cluster: Kubectl, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace under the restricted Pod Security Standard, as all of ours are."""
    name = request.node.originalname.removeprefix("test_").replace("_", "-")[:40].rstrip("-")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}])
    cluster.text("wait", "--for=create", "serviceaccount/default", f"--namespace={name}", "--timeout=60s")
    yield name
    cluster.text("delete", "namespace", name, "--wait=false")
