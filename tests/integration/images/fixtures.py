"""The images that integration tests run, each unpacked once for the whole run."""

import os
from collections.abc import Callable, Iterator

import pytest

from local.images import ensure
from local.images.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sandbox]]:
    if os.geteuid() != 0:
        pytest.skip("runc starts these containers as root")
    sandboxes: dict[str, Sandbox] = {}

    def get(name: str) -> Sandbox:
        if name not in sandboxes:
            folder = tmp_path_factory.mktemp(name.replace(":", "-"))
            sandboxes[name] = Sandbox(ensure([name])[name], folder)
        return sandboxes[name]

    yield get
    for sandbox in sandboxes.values():
        sandbox.close()
