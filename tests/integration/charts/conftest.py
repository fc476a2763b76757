"""An API server on which Helm finds nothing of ours yet; nodes and pods are faked by kwok."""

from collections.abc import Iterator

import pytest

from local.cluster import fast
from local.cluster.place import Place
from tests.integration.operator.conftest import elsewhere

__all__ = ["elsewhere"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = fast.up(tmp_path_factory.mktemp("cluster"))
    yield place
    fast.down(place.folder)
