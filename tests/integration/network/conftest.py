"""Consortia for the tests of the network services."""

from pathlib import Path

import pytest

from tests.integration.azure.fixtures.tenancy import Tenancy
from tests.integration.network.replicas import Deployment


@pytest.fixture
def deployment(tenancy: Tenancy, tmp_path: Path) -> Deployment:
    """A consortium of a test's own, without a trust root yet."""
    deployment = Deployment(tenancy, tmp_path)
    tenancy.closing.callback(deployment.close)
    return deployment
