"""The log of every container of ours is JSON with the same fields, so that one query finds what happened."""

import json

from local.cluster.helm import RELEASE
from local.demo.architecture import NAMESPACES
from tests.e2e.credit_scores.network import CreditScores
from tests.records import records

_CORDA = {"corda", "database"}
"""Draws its name on standard output by itself, and Log4j its last words."""
_SILENT = "cordapp-"
"""Begins the names of containers that only copy files."""


def test_every_line_of_every_container_is_a_record_with_the_same_fields(network: CreditScores) -> None:
    network.share()
    seen = set()
    for namespace in (*NAMESPACES, RELEASE):
        pods = json.loads(network.cluster.text("get", "pods", f"--namespace={namespace}", "--output=json"))["items"]
        for pod in pods:
            spec = pod["spec"]
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                if container["name"].startswith(_SILENT):
                    continue
                where = (f"--namespace={namespace}", f"--container={container['name']}")
                log = network.cluster.text("logs", pod["metadata"]["name"], *where)
                if container["name"] in _CORDA:
                    log = "\n".join(line for line in log.splitlines() if line.startswith("{"))
                # Some have nothing to say.
                if log:
                    records(log)
                    seen.add(container["name"])

    assert seen >= {"enrolment", "corda", "network-services", "operator", "gateway"}, seen
