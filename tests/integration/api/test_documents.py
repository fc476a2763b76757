"""What the documents tell people to apply is admitted by a real API server."""

from pathlib import Path

import pytest
import yaml

from corda_operator.api.resource import API_VERSION
from local.cluster.kubectl import Kubectl
from tests.integration.api.applying import Object, applied
from tests.unit.docs.documents import DOCUMENTS, fenced, name_of


def resources(document: Path) -> list[Object]:
    return [
        resource
        for block in fenced(document)
        if block.language == "yaml"
        for resource in yaml.safe_load_all(block.text)
        if resource.get("apiVersion") == API_VERSION
    ]


@pytest.fixture(scope="module")
def namespace(kubectl: Kubectl) -> str:
    """One in which there is nothing that a resource could be a change of."""
    kubectl.text("create", "namespace", "documents")
    return "documents"


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if resources(each)], ids=name_of)
def test_every_resource_in_a_document_is_admitted(kubectl: Kubectl, namespace: str, document: Path) -> None:
    for resource in resources(document):
        # Namespaces of the documents are not there.
        resource["metadata"]["namespace"] = namespace
        assert applied(kubectl, resource, "--dry-run=server")["spec"]
