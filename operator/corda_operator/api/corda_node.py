"""The CordaNode: one genuine Corda node, a bank's or a notary's."""

from typing import Annotated, Literal

from pydantic import Field

from corda_operator.api.azure import Exposure, RpcExposure, WorkloadIdentity
from corda_operator.api.conditions import Conditions
from corda_operator.api.consortium import Notary
from corda_operator.api.cordapps import Cordapp
from corda_operator.api.database import H2, Database
from corda_operator.api.durations import Duration, parse
from corda_operator.api.parts import Part, Reported
from corda_operator.api.pods import ImagePullSecret, Monitoring, NodeResources
from corda_operator.api.resource import Resource
from corda_operator.api.rules import ListMap, ListSet, Matches, Rule, settled, unchangeable
from corda_operator.api.settings import NODE_TOOL, NodeSettings
from corda_operator.api.texts import (
    Found,
    Host,
    Image,
    Label,
    LegalName,
    NodePool,
    ObjectName,
    Quantity,
    Timestamp,
    VaultName,
    VaultUrl,
)


class ConsortiumReference(Part):
    """A Consortium in the same namespace."""

    name: Label
    """Its name."""


class NodeVault(Part):
    """The vault with the node's keys and passwords."""

    url: VaultUrl
    """The vault's URL, as in https://bank-a.vault.azure.net."""
    secret_prefix: VaultName | None = None
    """The node's secrets begin with it and a dash. Default: the resource's name."""


class P2p(Part):
    """How other nodes reach this one."""

    address: Host | None = None
    """What other nodes connect to; it is in the network map. Default: the Service's name in this cluster, which suits
    only networks within this cluster."""
    port: Annotated[int, Field(ge=1, le=65535)] = 10002
    """Port that other nodes connect to."""
    exposure: Exposure = Exposure()
    """How the port is reached."""

    rules = (
        Rule(
            "self.exposure.type == 'ClusterIP' || has(self.address)",
            "give address, the load balancer's DNS name or ipAddress: nodes outside of this cluster need it",
        ),
    )


class RpcUser(Part):
    """Somebody who may use RPC."""

    name: Annotated[
        str,
        Field(max_length=63),
        Matches("[a-zA-Z0-9_]+", "use letters, digits and underscores: a node does not start with another user name"),
        Rule(f"self != '{NODE_TOOL}'", f"{NODE_TOOL} is the user that drains the node: choose another name"),
    ]
    """User name."""
    password_secret: VaultName
    """Name of the secret with the password, in the node's Key Vault."""
    permissions: Annotated[
        tuple[
            Annotated[
                str,
                Field(max_length=256),
                Matches(
                    r"ALL|(?:StartFlow|InvokeRpc)\.[\w.$#]+",
                    "write ALL, StartFlow.<class of a flow> or InvokeRpc.<method>",
                ),
            ],
            ...,
        ],
        Field(min_length=1, max_length=128),
        ListSet(),
    ]
    """What the user may do (Corda: RPC permissions): flows to start and methods to call, or ALL."""


class Rpc(Part):
    """How applications reach the node."""

    users: Annotated[tuple[RpcUser, ...], Field(max_length=32), ListMap("name")] = ()
    """Who may use RPC."""
    exposure: RpcExposure = RpcExposure()
    """How port 10003 is reached."""


class NodeStorage(Part):
    """The node's volume: H2's database, unsent messages, logs."""

    size: Annotated[
        Quantity,
        Rule(
            "!isQuantity(string(self)) || !isQuantity(string(oldSelf))"
            " || !quantity(string(self)).isLessThan(quantity(string(oldSelf)))",
            "volumes can grow but not shrink: put back the old size or a larger one",
        ),
    ] = "10Gi"
    """Size. It can be raised later if the storage class allows it."""
    class_name: ObjectName | None = None
    """StorageClass; disks, not file shares, which are too slow for H2 and Artemis. Default: the cluster's."""

    rules = (settled("className", "a volume stays in its StorageClass: put className back as it was"),)


class Jvm(Part):
    """The node's Java."""

    max_ram_percentage: Annotated[int, Field(ge=20, le=80)] = 50
    """Part of the memory limit for the heap (-XX:MaxRAMPercentage). Classes, threads and buffers need about 300 MB
    beside it."""
    options: Annotated[
        tuple[
            Annotated[
                str,
                Field(max_length=512),
                Matches(r"-\S+", "write one option without spaces, as in -XX:+UseParallelGC"),
                Rule(
                    "!self.matches(r'^-(?:Xmx|XX:MaxRAMPercentage|javaagent|agentlib|agentpath)')",
                    "the heap is for maxRAMPercentage to say, and agents are not for options",
                ),
            ],
            ...,
        ],
        Field(max_length=32),
    ] = ()
    """Further options, such as -XX:+UseG1GC or -Dname=value. Not for secrets: they can be read in the process list."""


class Revocation(Part):
    """How the node treats peers whose certificates may be revoked."""

    hard_fail: bool = True
    """Refuse peers while their revocation list can't be fetched (node.conf: crlCheckSoftFail = false): a revoked node
    stays out even if it keeps others from the list. False in networks without lists. Where there are lists, revoked
    peers are refused in both directions."""


class Drain(Part):
    """How flows come to their end before a restart."""

    timeout: Duration = parse("2m")
    """How long to wait for them; 0s: not at all. Flows that are left resume from their checkpoints after a restart,
    unless version or their CorDapp has changed: the node does not start until that is put back."""


class CordaNodeSpec(Part):
    """What the node shall be."""

    legal_name: Annotated[
        LegalName,
        unchangeable(
            "keys, certificates and ledger are bound to the legal name: put it back, or create another CordaNode"
        ),
    ]
    """The node's X.500 name (node.conf: myLegalName), as in O=Bank A, L=London, C=GB."""
    email_address: (
        Annotated[
            str,
            Field(max_length=254),
            Matches(r"[^\s@]+@[^\s@]+", "write an e-mail address, as in corda@bank-a.example"),
        ]
        | None
    ) = None
    """Whom the network's operator may write to; it is in the request for the certificate. Default: corda@ and the P2P
    address."""
    consortium_ref: Annotated[
        ConsortiumReference,
        unchangeable(
            "the node's certificates are of one network: put the Consortium back, or create another CordaNode"
        ),
    ]
    """The Consortium that it is a node of, in the same namespace."""
    notary: Notary | None = None
    """Makes the node a notary. Left out: a bank's node."""
    version: Annotated[
        str,
        Field(max_length=16),
        Matches(r"4\.[0-9]{1,2}(?:\.[0-9]{1,2})?", 'write a Corda 4 version in quotes, as in "4.10"'),
    ] = "4.10"
    """Version of Corda. A newer one migrates the database, and there is no way back but a backup."""
    image: Image | None = None
    """Image of the node, such as one with Corda Enterprise. Default: the operator's image for version."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When images are pulled."""
    image_pull_secrets: Annotated[tuple[ImagePullSecret, ...], Field(max_length=16), ListMap("name")] = ()
    """Secrets for pulling the node's and its CorDapps' images."""
    key_vault: Annotated[
        NodeVault,
        unchangeable(
            "the node's keys are in this vault: to move, delete the CordaNode with deletionPolicy: Keep, copy its key "
            "and its secrets, write the key's new address into PREFIX-registration, and create the CordaNode anew "
            "(runbooks: Move a vault)"
        ),
    ]
    """Where the node's keys and passwords are."""
    submission_token_secret: VaultName | None = None
    """Name of the secret, in the node's Key Vault, with the token that the consortium asks for (node.conf:
    networkServices.csrToken)."""
    workload_identity: WorkloadIdentity
    """The node's identity: Key Vault Secrets Officer on its vault, and Key Vault Crypto User on a key
    PREFIX-node-ca that was made beforehand, or Key Vault Crypto Officer on the vault if there is none."""
    node_pool: NodePool | None = None
    """AKS node pool to run in. Default: the member's of the Consortium, else any."""
    zones: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=63)], ...], Field(max_length=16), ListSet()
    ] = ()
    """Zones that the node may be in (topology.kubernetes.io/zone), as in westeurope-1. Default: any; the volume's
    zone from then on."""
    resources: NodeResources = NodeResources()
    """Processor time and memory of the node."""
    p2p: P2p = P2p()
    """How other nodes reach this one."""
    rpc: Rpc = Rpc()
    """How applications reach the node."""
    database: Database = Database(h2=H2())
    """Where the ledger is."""
    storage: NodeStorage = NodeStorage()
    """The node's volume."""
    cordapps: Annotated[tuple[Cordapp, ...], Field(max_length=64), ListMap("name")] = ()
    """Applications on the node. Tables of those that are added beside unchanged ones are made though flows are in
    flight; before one is changed or taken away, flows have to end."""
    configuration: NodeSettings = Field(default={})
    """Further settings of node.conf. What follows from other fields can't be set here, and passwords must not be."""
    jvm: Jvm = Jvm()
    """The node's Java."""
    revocation: Revocation = Revocation()
    """How the node treats peers whose certificates may be revoked."""
    drain: Drain = Drain()
    """How flows come to their end before a restart."""
    deletion_policy: Literal["Keep", "Delete"] = "Keep"
    """What happens to the volume when the resource is deleted. Key and secrets in Key Vault stay in any case: no right
    of the operator's reaches them."""
    paused: bool = False
    """Leave everything as it is, whatever changes, until it is false again. Status is still reported."""
    monitoring: Monitoring = Monitoring()
    """Metrics of the node. Default: as the Consortium and the member's profile have it."""

    rules = (
        settled("notary", "a node stays a bank's or a notary's, with its service's name: create another CordaNode"),
        Rule(
            "!has(self.notary) || self.notary.serviceLegalName != self.legalName",
            "give the notary service a name of its own, such as O=Notary Service, L=London, C=GB",
        ),
    )


class CordaNodeStatus(Reported):
    """What the node is."""

    observed_generation: Annotated[int, Field(ge=0)] = 0
    """Generation of the spec that this is about."""
    conditions: Conditions = ()
    """What is true of it, why, and what to do."""
    version: Found | None = None
    """Version of Corda that runs."""
    p2p_address: Found | None = None
    """Host and port in the network map."""
    key_sha256: Found | None = None
    """SHA-256 of the node CA's public key: the consortium compares it with its pending request."""
    certificate_expiry: Timestamp | None = None
    """When the first of the node's certificates ends."""
    node_info_hash: Found | None = None
    """Hash of the node info that the network map lists."""
    parameters_hash: Found | None = None
    """Hash of the network parameters that the node runs with."""


class CordaNode(Resource):
    """A Corda node: genuine Corda, with its keys in Key Vault."""

    spec: CordaNodeSpec
    status: CordaNodeStatus = CordaNodeStatus()
