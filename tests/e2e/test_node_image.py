"""The node image under the restricted Pod Security Standard, with a root file system that nobody can write to."""

from local.cluster import choice
from local.cluster.kubectl import Kubectl
from tests.e2e import pods
from tests.e2e.conftest import CORDA, NAME


def test_the_genuine_jar_tells_its_version_in_a_restricted_pod(cluster: Kubectl, namespace: str) -> None:
    image = choice.load(NAME, [CORDA], pool="corda")[CORDA].reference
    command = ["java", "-jar", "/opt/corda/corda.jar", "--version"]
    pool = {"nodeSelector": {"kubernetes.azure.com/agentpool": "corda"}}
    cluster.apply([pods.pod(namespace, "version", command, image=image, spec=pool)])

    assert "Version: 4.10" in pods.output(cluster, namespace, "version")
