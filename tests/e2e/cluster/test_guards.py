"""What an AKS cluster refuses, this one refuses too."""

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from local.cluster.kind import docker_answers
from local.cluster.kubectl import Kubectl
from local.cluster.place import place
from local.console import LocalError
from tests.e2e import pods
from tests.e2e.conftest import NAME


def test_a_pod_that_might_become_root_is_refused(cluster: Kubectl, namespace: str) -> None:
    loose = pods.pod(namespace, "loose", ["true"], spec={"securityContext": {}}, container={"securityContext": {}})

    with pytest.raises(LocalError, match="violates PodSecurity"):
        cluster.apply([loose])


def test_a_service_account_may_do_nothing_by_itself(cluster: Kubectl, namespace: str) -> None:
    account = f"system:serviceaccount:{namespace}:default"

    with pytest.raises(LocalError, match="Forbidden"):
        cluster.text("get", "secrets", f"--namespace={namespace}", f"--as={account}")


def test_the_token_issuers_keys_are_public_and_nothing_else_is(cluster: Kubectl) -> None:
    view = json.loads(cluster.text("config", "view", "--raw", "--output=json"))
    server = view["clusters"][0]["cluster"]["server"]
    # The test asks as a stranger would, who has no CA to check by; nothing secret is sent.
    stranger = ssl._create_unverified_context()  # noqa: S323

    def get(path: str) -> dict[str, object]:
        with urllib.request.urlopen(f"{server}{path}", context=stranger, timeout=10) as answer:  # noqa: S310
            return dict(json.load(answer))

    assert get("/openid/v1/jwks")["keys"]
    assert get("/.well-known/openid-configuration")["issuer"] == "https://kubernetes.default.svc.cluster.local"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get("/api/v1/namespaces")


@pytest.mark.skipif(docker_answers(), reason="reads a node's own credentials from the local cluster's folder")
def test_a_node_may_not_label_another_one_or_read_a_secret_it_has_no_pod_for(cluster: Kubectl, namespace: str) -> None:
    here = place(NAME)
    recorded = here.read()
    assert recorded is not None
    first, second = recorded.nodes[:2]
    as_first = Kubectl(Path(here.home(first), "pki", "kubelet.kubeconfig"))
    cluster.text("create", "secret", "generic", "s", f"--namespace={namespace}", "--from-literal=a=b")

    patch = ("--type=merge", '--patch={"metadata":{"labels":{"stolen":"yes"}}}')
    as_first.text("patch", "node", first.name, *patch)
    with pytest.raises(LocalError, match=r"cannot read '[^']*', only its own Node object"):
        as_first.text("patch", "node", second.name, *patch)
    with pytest.raises(LocalError, match="is not allowed to modify labels"):
        as_first.text("label", "node", first.name, "node-restriction.kubernetes.io/trusted=yes")
    with pytest.raises(LocalError, match="no relationship found between node"):
        as_first.text("get", "secret", "s", f"--namespace={namespace}")
