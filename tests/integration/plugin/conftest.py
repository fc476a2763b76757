"""A real API server with our resources, and ``kubectl corda`` in front of it."""

from collections.abc import Iterator

import pytest
import yaml

from local import crds
from local.cluster import fast
from local.cluster.kubectl import Kubectl
from tests.integration.plugin.plugged_in import PluggedIn, corda
from tests.unit.plugin.resources import NAMESPACE


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluggedIn]:
    folder = tmp_path_factory.mktemp("plugin")
    kubeconfig = fast.up(folder).kubeconfig
    kubectl = Kubectl(kubeconfig)
    before = corda(PluggedIn(kubeconfig, before=None).environment(), "status")  # type: ignore[arg-type]
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    kubectl.define([yaml.safe_load(path.read_text()) for path in sorted(crds.FOLDER.iterdir())])
    yield PluggedIn(kubeconfig, before)
    fast.down(folder)
