"""Fixtures that all integration tests may ask for."""

from tests.integration.azure.fixtures import azure, cluster_issuer, tenancy
from tests.integration.images.fixtures import sandbox_of

__all__ = ["azure", "cluster_issuer", "sandbox_of", "tenancy"]
