"""The CustomResourceDefinitions, made from the models."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from corda_operator.api.consortium import Consortium, ConsortiumSpec, ConsortiumStatus
from corda_operator.api.corda_node import CordaNode, CordaNodeSpec, CordaNodeStatus
from corda_operator.api.resource import GROUP, VERSION, Resource
from corda_operator.api.rules import Rule, with_rules
from corda_operator.api.schema import structural_schema

Object = dict[str, Any]

CATEGORY: Final = "corda"
"""``kubectl get corda`` shows everything."""


@dataclass(frozen=True)
class Column:
    """A column of ``kubectl get``."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False
    """Shown with ``--output=wide`` only."""

    def render(self) -> Object:
        """Return it as a CustomResourceDefinition has it."""
        shown = {"name": self.name, "type": self.type, "jsonPath": self.path, "description": self.description}
        return {**shown, "priority": 1} if self.wide else shown


@dataclass(frozen=True)
class Kind:
    """A kind of custom resource."""

    model: type[Resource]
    spec: type[BaseModel]
    status: type[BaseModel]
    plural: str
    short_names: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The kind's name, such as CordaNode."""
        return self.model.__name__


_READY = (
    Column("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether everything works"),
    Column("Reason", '.status.conditions[?(@.type=="Ready")].reason', "Why, or why not"),
)
_MESSAGE = Column(
    "Message", '.status.conditions[?(@.type=="Ready")].message', "Why, and what to do about it", wide=True
)
_AGE = Column("Age", ".metadata.creationTimestamp", "Since when the resource is there", type="date")

KINDS: Final = (
    Kind(
        Consortium,
        ConsortiumSpec,
        ConsortiumStatus,
        "consortia",
        ("cons",),
        (
            *_READY,
            Column("Members", ".status.members", "Members that are admitted", type="integer"),
            Column("Nodes", ".status.nodes.available", "Nodes of this namespace that are ready", type="integer"),
            Column("Reachable", ".status.nodes.reachable", "Listed nodes that take connections", type="integer"),
            Column("Tx/min", ".status.transactionsPerMinute", "Transactions per minute, about", type="integer"),
            Column("Epoch", ".status.parameters.epoch", "Epoch of the network parameters", type="integer"),
            Column("Network Map", ".status.networkMapURL", "Where nodes get the network map", wide=True),
            _MESSAGE,
            _AGE,
        ),
    ),
    # Not cn, which is the CiliumNode of clusters with Azure CNI powered by Cilium.
    Kind(
        CordaNode,
        CordaNodeSpec,
        CordaNodeStatus,
        "cordanodes",
        ("cnode",),
        (
            *_READY,
            Column("Version", ".status.version", "Version of Corda that runs"),
            Column("P2P Address", ".status.p2pAddress", "Where other nodes connect to"),
            Column("Legal Name", ".spec.legalName", "The node's X.500 name", wide=True),
            # As text: a column of dates shows how long ago they were.
            Column("Certificate Expiry", ".status.certificateExpiry", "When its first certificate ends", wide=True),
            _MESSAGE,
            _AGE,
        ),
    ),
)

_NAME: Final = Rule(
    "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    "Services and labels get this name: begin metadata.name with a letter, use small letters, digits and dashes, "
    "and up to 40 characters",
)


def custom_resource_definitions() -> dict[str, Object]:
    """Return the CustomResourceDefinitions by name."""
    return {each["metadata"]["name"]: each for each in map(_definition, KINDS)}


def _definition(kind: Kind) -> Object:
    names = {
        "kind": kind.name,
        "listKind": f"{kind.name}List",
        "plural": kind.plural,
        "singular": kind.name.lower(),
        "shortNames": list(kind.short_names),
        "categories": [CATEGORY],
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.render() for column in kind.columns],
        "schema": {"openAPIV3Schema": _schema(kind)},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def _schema(kind: Kind) -> Object:
    whole = {
        "description": " ".join((kind.model.__doc__ or "").split()),
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"description": f"{GROUP}/{VERSION}", "type": "string"},
            "kind": {"description": kind.name, "type": "string"},
            "metadata": {"type": "object"},
            "spec": structural_schema(kind.spec),
            # kstatus takes what has no status for done, so there is one before the operator has seen the resource.
            "status": {**structural_schema(kind.status), "default": {}},
        },
    }
    return with_rules(whole, _NAME)
