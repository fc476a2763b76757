"""Fixtures that all integration tests may ask for."""

from tests.integration.azure.fixtures import azure, cluster_issuer, tenancy

__all__ = ["azure", "cluster_issuer", "tenancy"]
