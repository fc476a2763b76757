"""A real API server that has the CustomResourceDefinitions as they lie in the repository."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from local import crds
from local.cluster import fast
from local.cluster.kubectl import Kubectl


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("api")
    yield fast.up(folder).kubeconfig
    fast.down(folder)


@pytest.fixture(scope="session")
def kubectl(cluster: Path) -> Kubectl:
    kubectl = Kubectl(cluster)
    kubectl.define([yaml.safe_load(path.read_text()) for path in sorted(crds.FOLDER.iterdir())])
    return kubectl
