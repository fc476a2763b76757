"""A third bank, as it would come: what Bank B has in the example, under another name and with identities of its own."""

import json
from typing import Any, Final

import yaml

from local.cluster.kubectl import Kubectl
from local.demo.architecture import BANK_B, EXAMPLE, IDENTITIES, directory
from local.demo.installation import as_administrator, config_map, hand_over_trust_root, set_password

NAME: Final = "bank-c"
MEMBER: Final = {"name": NAME, "organisation": "Bank C", "profile": "Small"}
_ADMIN: Final = "http://azure-stub.azure.svc.cluster.local:8081"
_PUT: Final = """
import json, sys, urllib.request
for path, body in json.load(sys.stdin):
    urllib.request.urlopen(urllib.request.Request(path, json.dumps(body).encode(), method="PUT"))
"""


def resources(cluster: Kubectl) -> list[dict[str, Any]]:
    """Return everything of the bank's namespace."""
    built = cluster.text("kustomize", str(EXAMPLE))
    ours = [each for each in yaml.safe_load_all(built) if _namespace(each) == BANK_B]
    found: list[dict[str, Any]] = json.loads(_renamed(json.dumps(ours)))
    return found


def join_azure(cluster: Kubectl) -> None:
    """Give the bank a vault and its identities roles in it."""
    document = directory().model_dump(mode="json", by_alias=True, exclude_none=True)
    names = {each.setting for each in IDENTITIES if each.namespace == BANK_B}
    identities = [each for each in document["identities"] if each["name"] in names]
    for each in identities:
        # Made anew of the client's id.
        del each["objectId"]
    vault = next(each for each in document["vaults"] if each["name"] == BANK_B)
    wished = [(f"{_ADMIN}/identities", each) for each in identities] + [(f"{_ADMIN}/vaults", vault)]
    as_administrator(cluster, _PUT, _renamed(json.dumps(wished)))


def move_in(cluster: Kubectl) -> None:
    """Make the bank's namespace with all that is in it."""
    join_azure(cluster)
    every = resources(cluster)
    cluster.apply([each for each in every if each["kind"] == "Namespace"])
    found = json.loads(cluster.text("get", "configmap", "azure-ca", f"--namespace={BANK_B}", "--output=json"))
    cluster.apply([config_map(NAME, "azure-ca", found["data"])])
    set_password(cluster, NAME)
    hand_over_trust_root(cluster, NAME)
    cluster.apply([each for each in every if each["kind"] != "Namespace"])


def _namespace(resource: dict[str, Any]) -> str:
    metadata = resource["metadata"]
    found: str = metadata["name"] if resource["kind"] == "Namespace" else metadata["namespace"]
    return found


def _renamed(text: str) -> str:
    for old, new in (("bank-b", NAME), ("Bank B", "Bank C"), ("bankB", "bankC")):
        text = text.replace(old, new)
    for each in IDENTITIES:
        # Each organisation's identities are its own.
        text = text.replace(each.client_id, f"2{each.client_id[1:]}")
    return text
