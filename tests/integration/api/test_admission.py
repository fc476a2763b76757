"""What the API server refuses, and what it says to people who have to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from corda_operator.api.crds import custom_resource_definitions
from corda_operator.api.rules import VALIDATIONS
from local.cluster.kubectl import Kubectl
from local.console import LocalError
from tests.integration.api.applying import Object, applied
from tests.unit.api.examples import NAMES, example

LEFT_OUT: Final = object()


@dataclass(frozen=True)
class Refused:
    """A change of an example, and the message that it meets."""

    example: str
    field: str
    value: Any
    message: str
    update: bool = False
    """The example is there already."""

    @property
    def changed(self) -> Object:
        """Return the example with the change."""
        resource = example(self.example)
        *parents, last = (int(part) if part.isdigit() else part for part in self.field.split("."))
        target: Any = resource
        for parent in parents:
            target = target[parent] if isinstance(parent, int) else target.setdefault(parent, {})
        if self.value is LEFT_OUT:
            del target[last]
        else:
            target[last] = self.value
        if not self.update and last != "name":
            resource["metadata"]["name"] = "another"
        return resource


def hosted(field: str, value: Any, message: str, *, update: bool = False) -> Refused:
    return Refused("credit-records", field, value, message, update)


def joined(field: str, value: Any, message: str, *, update: bool = False) -> Refused:
    return Refused("elsewhere", field, value, message, update)


def bank(field: str, value: Any, message: str, *, update: bool = False) -> Refused:
    return Refused("bank-a", field, value, message, update)


def notary(field: str, value: Any, message: str, *, update: bool = False) -> Refused:
    return Refused("notary", field, value, message, update)


NAME = (
    "Services and labels get this name: begin metadata.name with a letter, use small letters, digits and dashes, "
    "and up to 40 characters"
)
ONE_SHAPE = "give exactly one of hosted (this cluster runs the network's services) and joined (they run elsewhere)"
ONE_ROOT = "give exactly one of trustRoot (the certificate itself) and trustRootRef (a ConfigMap that has it)"
MOVE = "delete the Consortium, which deletes nothing in Azure, and create it anew"
DURATION = "write a duration as in 30s, 1h30m or 7d"
SUBNET = "subnet is for load balancers: remove it, or set type to InternalLoadBalancer"
QUANTITY = "write a quantity above zero as Kubernetes does, as in 500m, 2, 512Mi or 10Gi"
LEGAL_NAME = (
    "write an X.500 name as in O=Bank A, L=London, C=GB: attributes O, L, C and, if wanted, ST, OU and CN, "
    "with commas between them; put a value that has a comma or = into double quotes"
)
HTTP_URL = "write an http or https URL without query, as in http://host:8080"
DATABASE = "another database or schema is another ledger: put name and schema back; host and port may change"
SERVER = {"host": "db.example.com", "name": "corda", "user": "corda", "passwordSecret": "x"}
OTHER_JOINED = {
    "identityManagerURL": "https://identity.example.com",
    "networkMapURL": "https://map.example.com",
    "trustRoot": "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n",
}
JAR = {"name": "other", "url": "https://artefacts.example.com/other.jar", "sha256": "ab" * 32}
RESERVED = {
    "baseDirectory": ("/corda", "where files lie is for the image to say: leave it out"),
    "compatibilityZoneURL": ("http://zone", "the Consortium says where its services are: leave it out"),
    "crlCheckArtemisServer": (
        False,
        "the operator turns it on wherever the network has revocation lists: leave it out",
    ),
    "crlCheckSoftFail": (True, "use spec.revocation.hardFail instead"),
    "devMode": (True, "development mode accepts anybody's certificates: leave it out, it is always off"),
    "devModeOptions": (
        {"disableCheckpointChecker": True},
        "development mode accepts anybody's certificates: leave it out, it is always off",
    ),
    "h2port": (9000, "opens the ledger's database to the network: leave it out"),
    "keyStorePassword": ("x", "passwords are made by the operator and stay out of resources: leave it out"),
    "myLegalName": ("O=Bank B, L=London, C=GB", "use spec.legalName instead"),
    "notary": ({"validating": True}, "use spec.notary instead"),
    "p2pAddress": ("elsewhere:1", "use spec.p2p instead"),
    "rpcAddress": ("0.0.0.0:10003", "use spec.rpc instead"),
    "rpcUsers": ([{"username": "me"}], "use spec.rpc.users instead: passwords stay out of resources"),
    "trustStorePassword": ("x", "passwords are made by the operator and stay out of resources: leave it out"),
    "useTestClock": (True, "lets callers change the time: leave it out"),
}

BY_RULES = [
    hosted("metadata.name", "credit.records", NAME),
    hosted("metadata.name", "c" * 41, NAME),
    bank("metadata.name", "7bank", NAME),
    # Consortium: its two shapes
    hosted("spec.hosted", LEFT_OUT, ONE_SHAPE),
    hosted("spec.joined", OTHER_JOINED, ONE_SHAPE),
    hosted("spec", {"joined": OTHER_JOINED}, "a Consortium stays hosted or joined: delete it, which "
           "deletes nothing in Azure, and create it anew", update=True),
    joined("spec.joined.trustRoot", "MIIB", "give one certificate in PEM, from -----BEGIN CERTIFICATE----- to "
           "-----END CERTIFICATE-----"),
    joined("spec.joined", OTHER_JOINED, "the trust root is the network: nodes that trust one can't go over to "
           "another, so put it back, or create a second Consortium for the other network", update=True),
    joined("spec.joined.trustRoot", LEFT_OUT, ONE_ROOT),
    joined("spec.joined.trustRootRef", {"name": "network-trust-root"}, ONE_ROOT),
    joined("spec.joined.trustRootRef", {"name": "network-trust-root", "key": "a/b"}, "write a key of a ConfigMap, as "
           "in root.pem"),
    joined("spec.joined.networkMapURL", "map.example.com", HTTP_URL),
    hosted("spec.hosted.networkPage", {"namespaces": ["ingress"]}, "give bearerTokenSecret: pods of other namespaces "
           "have to bring a token"),
    # members and notaries
    hosted("spec.members.1.name", "bank-a", "two members have the same name: give each one of its own"),
    hosted("spec.members.0.name", "Bank_A", "use small letters, digits and dashes, a letter or digit first: bank-a"),
    hosted("spec.members.0.organisation", "Bank A, London",
           'write the O= of the legal names alone, as in Bank A; Corda allows none of , + = < > ; " \\ in it'),
    hosted("spec.members.0.nodePool", "bank-a",
           "write an AKS node pool's name: small letters and digits, a letter first, up to 12"),
    hosted("spec.members.0.submissionTokenSHA256", "secret",
           "write a SHA-256 as 64 hexadecimal digits, as sha256sum prints it"),
    hosted("spec.members.1.legalNames", ["Bank B"], "write a legal name as in O=Bank A, L=London, C=GB"),
    hosted("spec.notaries.0.serviceLegalName", "Notary", LEGAL_NAME),
    # hosted: what is there once and for all
    hosted("spec.hosted.keyVault.keyPrefix", "other", "the network's log names its signing keys with this vault, "
           "so they can't move: put the old values back, or begin another network with a second Consortium",
           update=True),
    hosted("spec.hosted.storage.container", "other",
           f"the network's log is in this container: to move, copy all of it, {MOVE}", update=True),
    hosted("spec.hosted.trustRoot.locality", "Paris",
           "the trust root is made once and every certificate stands on it: put the old values back", update=True),
    hosted("spec.hosted.networkMap.publicURL", "http://other.example.com",
           "publicURL is in every certificate, so it has to stay; point its DNS name elsewhere instead", update=True),
    hosted("spec.hosted.networkMap", {},
           "publicURL is in every certificate, so it has to stay; point its DNS name elsewhere instead", update=True),
    # hosted: how it is written
    hosted("spec.hosted.keyVault.url", "http://founder.vault.azure.net",
           "write the vault's https URL as Azure shows it, without a path, as in https://bank-a.vault.azure.net"),
    hosted("spec.hosted.keyVault.keyPrefix", "corda_keys", "use letters, digits and dashes, as Key Vault does"),
    hosted("spec.hosted.storage.accountURL", "founder", "write an https URL without query, as in https://host/path"),
    hosted("spec.hosted.storage.container", "a--b", "use 3 to 63 small letters, digits and single dashes, a letter or "
           "digit first and last, as Azure does"),
    hosted("spec.hosted.trustRoot.locality", "#", "write the L= of the certificates alone, as in London"),
    hosted("spec.hosted.trustRoot.country", "gb", "write the country as two capital letters (ISO 3166-1), as in GB"),
    hosted("spec.hosted.trustRoot.validity", "29d", "the network ends with its trust root: at least 30d"),
    hosted("spec.hosted.workloadIdentity.clientID", "founder", "write the identifier (GUID) as Entra shows it, as in "
           "7d5c2a10-0000-4000-8000-000000000001"),
    hosted("spec.hosted.networkParameters.eventHorizon", "47h59m59s", "nodes publish once a day: at least 2d"),
    hosted("spec.hosted.networkParameters.eventHorizon", "two weeks", DURATION),
    hosted("spec.hosted.parametersUpdate.acceptancePeriod", "", DURATION),
    hosted("spec.hosted.networkParameters.packageOwnership", {"com.example": "MFkw"},
           "give a public key in PEM, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"),
    hosted("spec.hosted.networkMap.pollInterval", "0s", "nodes would ask without a pause: at least 1s"),
    hosted("spec.hosted.networkMap.publicURL", LEFT_OUT, "give publicURL, a URL with the DNS name of the load "
           "balancer: nodes outside of this cluster need it"),
    hosted("spec.hosted.networkMap.exposure", {"subnet": "services"}, SUBNET),
    hosted("spec.hosted.networkMap.exposure", {"ipAddress": "10.1.0.4"}, SUBNET.replace("subnet", "ipAddress")),
    hosted("spec.hosted.networkMap.exposure.ipAddress", "network", "write an IPv4 address as in 10.1.0.4"),
    hosted("spec.hosted.networkMap.exposure.sourceRanges", ["10.1.0.4"], "write an IPv4 range as in 10.1.0.0/16"),
    hosted("spec.hosted.revocations.0.legalName", "O=Bank A, L=London, C=GB",
           "give either legalName (all certificates of the name) or serialNumber (one certificate)"),
    hosted("spec.hosted.revocations.0.serialNumber", "0x7b",
           "write the serial number in decimal, in quotes, as the audit prints it"),
    # CordaNode: who it is
    bank("spec.legalName", "Bank A", LEGAL_NAME),
    bank("spec.legalName", "CN=Bank A, O=Bank A, L=London",
         "a legal name needs an organisation (O=), a locality (L=) and a country (C=)"),
    bank("spec.legalName", "O=Bank A, O=Bank B, L=London, C=GB", "give each attribute of the legal name once"),
    bank("spec.legalName", "O=Bank A, L=London, C=Britain",
         "write the country of the legal name as two capital letters (ISO 3166-1), as in C=GB"),
    bank("spec.legalName", "O=Bank A, L=Paris, C=FR", "keys, certificates and ledger are bound to the legal name: put "
         "it back, or create another CordaNode", update=True),
    bank("spec.consortiumRef.name", "elsewhere", "the node's certificates are of one network: put the Consortium back, "
         "or create another CordaNode", update=True),
    bank("spec.notary", {"serviceLegalName": "O=Notary Service, L=London, C=GB"},
         "a node stays a bank's or a notary's, with its service's name: create another CordaNode", update=True),
    notary("spec.notary", LEFT_OUT,
           "a node stays a bank's or a notary's, with its service's name: create another CordaNode", update=True),
    notary("spec.notary.serviceLegalName", "O=Notary, L=London, C=GB",
           "give the notary service a name of its own, such as O=Notary Service, L=London, C=GB"),
    bank("spec.emailAddress", "corda", "write an e-mail address, as in corda@bank-a.example"),
    bank("spec.keyVault.secretPrefix", "bank-b", "the node's keys are in this vault: to move, delete the CordaNode "
         "with deletionPolicy: Keep, copy its key and its secrets, write the key's new address into "
         "PREFIX-registration, and create the CordaNode anew (runbooks: Move a vault)", update=True),
    # CordaNode: what runs
    bank("spec.version", "5.2", 'write a Corda 4 version in quotes, as in "4.10"'),
    bank("spec.image", "https://registry.example.com/corda",
         "write an image as in registry.example.com/corda:4.10 or registry.example.com/corda@sha256:..."),
    bank("spec.resources", {"requests": {"cpu": "0", "memory": "1Gi"}}, QUANTITY),
    bank("spec.storage.size", "much", QUANTITY),
    notary("spec.resources.limits", {"cpu": "500m"},
           "limits.cpu is less than requests.cpu: raise the limit, or lower the request"),
    notary("spec.resources.limits", {"memory": "1999Mi"},
           "limits.memory is less than requests.memory: raise the limit, or lower the request"),
    bank("spec.jvm.options", ["+UseG1GC"], "write one option without spaces, as in -XX:+UseParallelGC"),
    bank("spec.jvm.options", ["-Xmx4g"], "the heap is for maxRAMPercentage to say, and agents are not for options"),
    bank("spec.cordapps.0.image", "registry.example.com/credit-record:1", "give exactly one of url (with sha256) and "
         "image"),
    bank("spec.cordapps.0.sha256", LEFT_OUT, "give sha256 beside url: what sha256sum prints for the jar"),
    bank("spec.cordapps", [{"name": "other", "image": "registry.example.com/other:1"}],
         "pin what runs: end image with @sha256:<its digest>, or give sha256, that of the jar in it"),
    bank("spec.cordapps.0.name", "../../certificates", "use letters, digits, dots, dashes and underscores"),
    *(bank(f"spec.configuration.{key}", value, f"{key}: {why}") for key, (value, why) in RESERVED.items()),
    # CordaNode: how it is reached
    bank("spec.p2p.address", LEFT_OUT, "give address, the load balancer's DNS name or ipAddress: nodes outside of "
         "this cluster need it"),
    bank("spec.p2p.address", "bank-a.example.com:10002", "write a host name or an IPv4 address, without a port"),
    bank("spec.p2p.address", "0.0.0.0",  # noqa: S104 - to be refused
         "others connect to this address: give one that they reach instead of 0.0.0.0"),
    bank("spec.rpc.exposure", {"type": "None", "sourceRanges": ["10.0.0.0/8"]},
         SUBNET.replace("subnet", "sourceRanges")),
    bank("spec.rpc.users.0.name", "bank-app", "use letters, digits and underscores: a node does not start with another "
         "user name"),
    bank("spec.rpc.users.0.name", "node_tool", "node_tool is the user that drains the node: choose another name"),
    bank("spec.rpc.users.0.permissions", ["all"], "write ALL, StartFlow.<class of a flow> or InvokeRpc.<method>"),
    # CordaNode: where its ledger is
    bank("spec.database", {}, "give exactly one of h2: {} (on the node's volume) and postgresql"),
    bank("spec.database", {"h2": {}, "postgresql": SERVER},
         "give exactly one of h2: {} (on the node's volume) and postgresql"),
    # The default, h2, is still there beside it.
    bank("spec.database", {"postgresql": SERVER},
         "give exactly one of h2: {} (on the node's volume) and postgresql", update=True),
    notary("spec.database", LEFT_OUT, "a ledger can't move between H2 and PostgreSQL: create a new node, "
           "or put the old database back", update=True),
    notary("spec.database.postgresql.schema", "other", DATABASE, update=True),
    notary("spec.database.postgresql.name", "other", DATABASE, update=True),
    notary("spec.database.postgresql.name", "corda-db",
           "use small letters, digits and underscores, as PostgreSQL does without quotes"),
    bank("spec.storage.size", "19Gi", "volumes can grow but not shrink: put back the old size or a larger one",
         update=True),
    bank("spec.storage.className", LEFT_OUT, "a volume stays in its StorageClass: put className back as it was",
         update=True),
    bank("spec.storage.className", "Premium",
         "write the object's name: small letters, digits, dashes and dots, as it has"),
]  # fmt: skip

BY_SCHEMA = [
    hosted("spec.hosted.networkMap.replicas", 11, "should be less than or equal to 10"),
    hosted("spec.members.0.profile", "Huge", 'supported values: "Small", "Medium", "Large"'),
    hosted("spec.members.1.organisation", "Bank A", 'duplicate entries for key [organisation="Bank A"]'),
    hosted("spec.notaries", [{"serviceLegalName": "O=N N, L=London, C=GB"}] * 2, "duplicate entries for key"),
    hosted("spec.hosted.trustRoot", LEFT_OUT, "spec.hosted.trustRoot: Required value"),
    bank("spec.zones", ["westeurope-1", "westeurope-1"], "duplicate entries"),
    bank("spec.cordapps", [JAR, JAR], 'duplicate entries for key [name="other"]'),
    bank("spec.rpc.users.0.permissions", [], "should have at least 1 items"),
    bank("spec.deletionPolicy", "Purge", 'supported values: "Keep", "Delete"'),
    bank("spec.legalName", LEFT_OUT, "spec.legalName: Required value"),
]

ALLOWED = [
    hosted("spec.hosted.networkParameters.eventHorizon", "48h", ""),
    hosted("spec.hosted.networkMap.exposure", {"type": "ClusterIP", "annotations": {"a": "b"}}, "", update=True),
    hosted("spec.hosted.workloadIdentity.clientID", "7d5c2a10-0000-4000-8000-0000000000ff", "", update=True),
    joined("spec.joined.networkMapURL", "https://map2.example.com", "", update=True),
    bank("spec.legalName", 'C=US,L="Washington, D.C.",ST=DC,O=Bank A,OU=Records,CN=Node 1', ""),
    bank("spec.storage.size", "0.5Ti", "", update=True),
    bank("spec.cordapps.0", {"name": "other", "image": f"r.example.com/other@sha256:{'ab' * 32}"}, ""),
    bank("spec.rpc.exposure", {"type": "None"}, "", update=True),
    bank("spec.p2p", {}, "", update=True),
    notary("spec.database.postgresql.host", "replica.example.com", "", update=True),
    notary("spec.resources.limits", {"cpu": 1, "memory": "2048Mi"}, ""),
    bank("spec.resources", {"requests": {"memory": "4Gi"}}, "", update=True),
    bank("spec.image", f"registry.example.com:5000/r3/corda-enterprise:4.10-zulu@sha256:{'ab' * 32}", ""),
]


@pytest.fixture(scope="module", autouse=True)
def _examples(kubectl: Kubectl) -> None:
    for name in NAMES:
        applied(kubectl, example(name))


def of(case: Refused) -> str:
    return f"{case.example}-{case.field}{'-update' if case.update else ''}"


@pytest.mark.parametrize("case", [*BY_RULES, *BY_SCHEMA], ids=of)
def test_a_refusal_says_what_to_do(kubectl: Kubectl, case: Refused) -> None:
    with pytest.raises(LocalError) as refusal:
        applied(kubectl, case.changed, "--dry-run=server")

    assert case.message in str(refusal.value)


@pytest.mark.parametrize("case", ALLOWED, ids=of)
def test_what_makes_sense_is_let_through(kubectl: Kubectl, case: Refused) -> None:
    assert applied(kubectl, case.changed, "--dry-run=server")["spec"]


def test_the_largest_consortium_is_not_too_dear_to_check(kubectl: Kubectl) -> None:
    resource = example("credit-records")
    resource["spec"]["members"] = [
        {
            "name": f"bank-{number:03}-{'x' * 31}",
            "organisation": f"Bank {number:03} {'x' * 118}",
            "legalNames": [f"O=Bank {number:03} {'x' * 118}, L=London {name}, C=GB" for name in range(16)],
        }
        for number in range(256)
    ]
    resource["spec"]["hosted"]["revocations"] = [
        {"legalName": f"O=Bank {number} {'x' * 118}, L={'x' * 63}, OU={'x' * 63}, CN={'x' * 63}, C=GB"}
        for number in range(1000)
    ]

    assert len(applied(kubectl, resource, "--dry-run=server")["spec"]["members"]) == 256


def _messages(schema: Object) -> Iterator[str]:
    yield from (rule["message"] for rule in schema.get(VALIDATIONS, ()))
    for each in schema.get("properties", {}).values():
        yield from _messages(each)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from _messages(schema[keyword])


def test_every_rule_was_seen_to_refuse() -> None:
    schemas = (each["spec"]["versions"][0]["schema"] for each in custom_resource_definitions().values())
    said = {message for schema in schemas for message in _messages(schema["openAPIV3Schema"])}

    assert said == {case.message for case in BY_RULES}
