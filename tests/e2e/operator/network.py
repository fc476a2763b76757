"""The network under test: what its resources say, what its nodes know, and a ledger to find again."""

import json
import time
from collections.abc import Callable
from typing import Any

from local.cluster.kubectl import Kubectl
from tests.e2e.operator import resources
from tests.e2e.operator.desk import Rpc

Object = dict[str, Any]
BANK = "bank-b"
"""The node to which things happen."""
ISSUED, PAID = 10_000, 4_000
"""What bank A has issued, and what of it it has paid to bank B, in pence."""


class Network:
    """A consortium with its nodes in a cluster."""

    def __init__(self, cluster: Kubectl, rpc_password: str) -> None:
        self.cluster = cluster
        self.rpc_password = rpc_password
        self._rpc: Rpc | None = None

    def close(self) -> None:
        """End the RPC client."""
        if self._rpc is not None:
            self._rpc.close()
        self._rpc = None

    def get(self, kind: str, name: str) -> Object:
        """Return an object of the network's namespace."""
        found: Object = json.loads(self.kubectl("get", kind, name, "--output=json"))
        return found

    def kubectl(self, *arguments: str) -> str:
        """Return what kubectl prints, in the network's namespace."""
        return self.cluster.text(f"--namespace={resources.NAMESPACE}", *arguments)

    def node(self, name: str) -> Object:
        """Return a CordaNode."""
        return self.get("cordanode", name)

    def pod(self, name: str) -> Object:
        """Return a node's pod."""
        return self.get("pod", f"{name}-node-0")

    def consortium(self) -> Object:
        """Return the Consortium."""
        return self.get("consortium", resources.CONSORTIUM)

    def corda(self, name: str, *command: str) -> str:
        """Run a command in a node's container."""
        return self.kubectl("exec", f"{name}-node-0", "--container=corda", "--", *command)

    def patch(self, kind: str, name: str, spec: Object) -> None:
        """Change fields of a resource's spec."""
        self.kubectl("patch", kind, name, "--type=merge", f"--patch={json.dumps({'spec': spec})}")

    def until(self, what: Callable[[], object], seconds: float, about: str) -> None:
        """Wait until something is so; tell how things stand if it does not become so."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise AssertionError(f"{about} has not come within {seconds:.0f} s:\n{self.standing()}")
            time.sleep(1)

    def wait_until_ready(self, *names: str, seconds: float = 300) -> None:
        """Wait until nodes (all, unless named) and the Consortium are Ready for their newest generation."""
        wanted = names or tuple(resources.NODES)
        self.until(lambda: all(map(self.is_ready, wanted)), seconds, f"Ready of {', '.join(wanted)}")
        self.until(lambda: _ready(self.consortium()), seconds, "Ready of the Consortium")

    def is_ready(self, name: str) -> bool:
        """Tell whether a node is Ready, and its pod is not one that is on its way out."""
        return _ready(self.node(name))

    def standing(self) -> str:
        """Return how things stand, for a failure."""
        return "\n".join(
            (
                self.kubectl("get", "consortium,cordanode,pods", "--output=wide"),
                self.kubectl("get", "events", "--sort-by=.lastTimestamp")[-4000:],
                self.cluster.text(
                    "logs", "deployment/corda-operator", "--namespace=corda-operator", "--tail=20", "--all-pods=true"
                ),
            )
        )

    def ask(self, bank: str, command: str, **arguments: Any) -> Any:
        """Return what a bank's node answers over RPC, through the Service of its own."""
        self.until(lambda: self._answers(bank), 300, f"an answer of {bank} over RPC")
        return self._connected().ask(f"{bank}-rpc", command, **arguments)

    def _answers(self, bank: str) -> bool:
        """Tell whether a node answers, for what must not be asked twice; connections don't outlive their node."""
        try:
            self._connected().ask(f"{bank}-rpc", "nodes")
        except OSError:
            self.close()
            return False
        except AssertionError:
            self._connected().ask(f"{bank}-rpc", "disconnect")
            return False
        return True

    def _connected(self) -> Rpc:
        if self._rpc is None:
            self._rpc = Rpc(self.cluster, self.rpc_password)
        return self._rpc

    def cash(self, bank: str) -> int:
        """Return what is in a bank's vault, in pence."""
        found: int = self.ask(bank, "cash")
        return found


def condition(resource: Object, name: str) -> Object:
    """Return a condition, empty if there is none."""
    conditions = resource.get("status", {}).get("conditions", ())
    found: Object = next((each for each in conditions if each["type"] == name), {})
    return found


def _ready(resource: Object) -> bool:
    found = condition(resource, "Ready")
    current = resource.get("status", {}).get("observedGeneration") == resource["metadata"]["generation"]
    return current and found.get("status") == "True"
