"""A network as the API server would tell of it: one bank runs, one waits, one is elsewhere, and strangers ask."""

import datetime
from collections.abc import Mapping
from typing import Any

from corda_operator.api.conditions import ConditionType, Reason, Truth
from tests.unit.api.examples import example

Object = dict[str, Any]
NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
NAMESPACE = "consortium"
ROOT_SHA256 = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
IN_FORCE, TO_COME, NODE_INFO, KEY, REQUEST = (each * 64 for each in "ABCDE")


def condition(
    kind: ConditionType, status: Truth = "True", reason: Reason = Reason.AVAILABLE, message: str = ""
) -> Object:
    """Return a condition."""
    return {
        "type": kind.value,
        "status": status,
        "reason": reason.value,
        "message": message,
        "lastTransitionTime": "2026-12-01T11:00:00Z",
        "observedGeneration": 1,
    }


def consortium(name: str = "credit-records", **status: Any) -> Object:
    """Return a hosted Consortium that is ready, but for what its status shall say else."""
    found = example("credit-records")
    found["metadata"] = {"name": name, "namespace": NAMESPACE, "generation": 1}
    found["spec"]["members"].append({"name": "bank-x", "organisation": "Bank X", "admission": "Denied"})
    found["status"] = {
        "observedGeneration": 1,
        "conditions": [
            condition(ConditionType.READY, message="All serves."),
            condition(ConditionType.TRUST_ROOT_READY),
            condition(ConditionType.NETWORK_PARAMETERS_READY),
            condition(ConditionType.NETWORK_MAP_SERVING),
        ],
        "trustRootSHA256": ROOT_SHA256,
        "identityManagerURL": "http://network.example.com:8080",
        "networkMapURL": "http://network.example.com:8080",
        "parameters": {"epoch": 3, "hash": IN_FORCE},
        "members": 2,
        "nodes": {"listed": 3, "reachable": 2, "available": 2},
        "transactionsPerMinute": 12,
        **status,
    }
    return found


def proposed(accepted: int = 3, waiting: tuple[str, ...] = ("O=Bank B, L=Paris, C=FR",)) -> Object:
    """Return parameters with an update that so many nodes have accepted."""
    names = [f"O=Bank {number}, L=London, C=GB" for number in range(accepted)]
    update = {
        "hash": TO_COME,
        "deadline": "2026-12-08T12:00:00Z",
        "acceptedBy": names,
        "waitingFor": list(waiting),
    }
    return {"epoch": 3, "hash": IN_FORCE, "proposed": update}


def request(legal_name: str, role: str = "NodeCA", **fields: Any) -> Object:
    """Return a request that waits."""
    return {
        "requestID": REQUEST,
        "legalName": legal_name,
        "role": role,
        "keySHA256": KEY,
        "received": "2026-11-28T09:30:00Z",
        "reason": "The consortium has not admitted the organisation yet.",
        **fields,
    }


def node(name: str, legal_name: str = "O=Bank A, L=London, C=GB", **status: Any) -> Object:
    """Return a CordaNode that is ready, but for what its status shall say else."""
    found = example("notary" if name.startswith("notary") else "bank-a")
    found["metadata"] = {"name": name, "namespace": NAMESPACE, "generation": 1}
    found["spec"] |= {"legalName": legal_name, "version": "4.10"}
    found["status"] = {
        "observedGeneration": 1,
        "conditions": [
            condition(ConditionType.READY, message="The node runs."),
            condition(ConditionType.STORAGE_BOUND),
            condition(ConditionType.KEYS_READY),
            condition(ConditionType.REGISTERED),
            condition(ConditionType.DATABASE_MIGRATED),
            condition(ConditionType.PUBLISHED),
        ],
        "version": "4.10",
        "p2pAddress": f"{name}.example.com:10002",
        "certificateExpiry": "2027-11-01T12:00:00Z",
        "nodeInfoHash": NODE_INFO,
        **status,
    }
    return found


def waiting_node(name: str, legal_name: str) -> Object:
    """Return a CordaNode that waits for admission."""
    told = "The identity manager has the request; the consortium has not admitted the organisation yet."
    found = node(name, legal_name)
    found["status"] = {
        "observedGeneration": 1,
        "conditions": [
            condition(ConditionType.READY, "False", Reason.ADMISSION_PENDING, told),
            condition(ConditionType.RECONCILING, "True", Reason.ADMISSION_PENDING, told),
            condition(ConditionType.CONFIGURATION_APPLIED),
            condition(ConditionType.STORAGE_BOUND),
            condition(ConditionType.KEYS_READY, "Unknown", Reason.ADMISSION_PENDING, "The other keys are made then."),
            condition(ConditionType.REGISTERED, "False", Reason.ADMISSION_PENDING, told),
            condition(ConditionType.DATABASE_MIGRATED),
            condition(ConditionType.PUBLISHED, "False", Reason.PROGRESSING, "The network map does not list it yet."),
        ],
        "p2pAddress": f"{name}-p2p.{NAMESPACE}.svc.cluster.local:10002",
    }
    return found


def network() -> list[Object]:
    """Return the whole network."""
    return [
        consortium(parameters=proposed(), pendingRequests=[request("O=Bank C, L=Rome, C=IT")]),
        node("bank-a-1"),
        node("bank-a-2", certificateExpiry="2026-12-20T12:00:00Z"),
        waiting_node("bank-b", "O=Bank B, L=Paris, C=FR"),
        node("notary", "O=Notary, L=London, C=GB"),
    ]


def listed(objects: list[Object]) -> Mapping[str, Any]:
    """Return what ``kubectl get`` prints for several objects."""
    return {"apiVersion": "v1", "kind": "List", "items": objects}
