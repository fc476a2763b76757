"""Consortia and the worlds that their plans find, by a few words each."""

import copy
import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from corda_operator.api.conditions import Condition
from corda_operator.api.consortium import Consortium, ConsortiumStatus
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.names import LegalName
from corda_operator.network.report import NotaryReport, ParametersReport, StatusReport, TrustRootReport
from corda_operator.reconcile.consortium.observed import ObservedConsortium
from corda_operator.reconcile.consortium.plan import plan
from corda_operator.reconcile.consortium.services_file import generation_of
from corda_operator.reconcile.consortium.trust_root import fingerprint
from corda_operator.reconcile.desired import Desired, Manifest, Reference, Settings
from corda_operator.reconcile.labels import COMPONENT
from tests.unit.api.examples import example
from tests.unit.corda.certificates.zone import complete

CREATED = datetime.datetime(2026, 12, 1, 11, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
NOTARY = "O=Notary Service, L=London, C=GB"
SETTINGS = Settings(
    operator_image="registry.example.com/corda-operator:1.0",
    corda_image_pattern="registry.example.com/corda:{version}",
    operator_namespace="corda-operator",
    image_pull_secrets=("registry",),
    monitoring_namespaces=("monitoring",),
    tenant_id="7d5c2a10-0000-4000-8000-000000000001",
)
DEPLOYMENT = Reference("apps/v1", "Deployment", "founder", "credit-records-network")
TRUST_ROOT_MAP = Reference("v1", "ConfigMap", "founder", "credit-records-trust-root")
FILE_MAP = Reference("v1", "ConfigMap", "founder", "credit-records-network")


def authority(name: str = "Consortium") -> tuple[Certificate, ec.EllipticCurvePrivateKey]:
    """Return a root certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = LegalName(name, "London", "GB", common_name="Corda Root CA")
    return complete(issue(Profile.ROOT_CA, subject, key.public_key(), None, Validity.starting(NOW)), key), key


def pem(certificate: Certificate) -> str:
    """Return a certificate as PEM."""
    return load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM).decode()


ROOT, ROOT_KEY = authority()
ROOT_PEM = pem(ROOT)
ROOT_SHA256 = fingerprint(ROOT_PEM) or ""
OTHER_PEM = pem(authority("Impostor")[0])


def consortium(name: str = "credit-records", *, like: str = "credit-records", **changes: Any) -> Consortium:
    """Return a Consortium as the API server has it; ``changes`` are of spec.hosted or spec.joined, or of the spec."""
    document = copy.deepcopy(example(like))
    document["metadata"] = {"name": name, "namespace": "founder", "uid": "11111111-uid", "generation": 3}
    spec = document["spec"]
    shape = spec["hosted"] if "hosted" in spec else spec["joined"]
    if "joined" in spec:
        shape["trustRoot"] = ROOT_PEM
    for key, value in changes.items():
        (spec if key in ("members", "notaries", "monitoring") else shape)[key] = value
        if value is None:
            del shape[key]
    return Consortium.model_validate(document)


def report(**changes: Any) -> StatusReport:
    """Return what services report that have done all that `consortium` asks."""
    parameters = ParametersReport(
        epoch=1,
        hash="AB" * 32,
        notaries=(NotaryReport(service_legal_name=NOTARY, validating=False),),
        minimum_platform_version=4,
        max_message_size=1,
        max_transaction_size=1,
        event_horizon_seconds=1,
        modified=NOW,
    )
    generation = generation_of(consortium(), CREATED)
    facts: dict[str, Any] = {
        "trust_root": TrustRootReport(pem=ROOT_PEM, sha256=ROOT_SHA256),
        "generation": generation,
        "replica_generation": generation,
        "parameters": parameters,
        "map_hash": "CD" * 32,
        "node_count": 2,
    }
    return StatusReport(**{**facts, **changes})


def looked(desired: Desired, before: Mapping[Reference, Manifest] | None = None) -> dict[Reference, Manifest]:
    """Return the live objects after a plan was applied, with what Kubernetes' controllers add."""
    live = {key: value for key, value in (before or {}).items() if key not in desired.obsolete}
    for wish in desired.objects:
        manifest = copy.deepcopy(wish)
        manifest["metadata"].update(resourceVersion="7", generation=1)
        live[Reference.of(wish)] = manifest
        if wish["kind"] == "Deployment":
            replicas = wish["spec"]["replicas"]
            names = ("replicas", "updatedReplicas", "availableReplicas")
            manifest["status"] = {"observedGeneration": 1, **dict.fromkeys(names, replicas)}
    return live


def reported(resource: Consortium, desired: Desired) -> Consortium:
    """Return the Consortium with the status of a plan."""
    return resource.model_copy(update={"status": ConsortiumStatus.model_validate(desired.status)})


def planned(resource: Consortium, observed: ObservedConsortium | None = None, settings: Settings = SETTINGS) -> Desired:
    """Return the plan at `NOW`, of a world with nothing in it unless told otherwise."""
    return plan(resource, observed or ObservedConsortium(CREATED), settings, NOW)


def settled(resource: Consortium, services: StatusReport | None = None) -> tuple[Consortium, ObservedConsortium]:
    """Return a Consortium and its world once everything is there."""
    observed = ObservedConsortium(CREATED, services=services or report())
    for _ in range(2):
        desired = planned(resource, observed)
        observed = replace(observed, live=looked(desired, observed.live))
        resource = reported(resource, desired)
    return resource, observed


def condition(desired: Desired, name: str) -> Condition | None:
    """Return a condition of a plan's status."""
    status = ConsortiumStatus.model_validate(desired.status)
    return next((each for each in status.conditions if each.type == name), None)


def truth(desired: Desired, name: str) -> tuple[str, str] | None:
    """Return status and reason of a condition."""
    found = condition(desired, name)
    return None if found is None else (found.status, found.reason)


def pod(component: str, container: Mapping[str, Any] | None = None, **status: Any) -> Manifest:
    """Return a pod of the Consortium, with the status of its container."""
    statuses = [] if container is None else [{"name": component, "image": "registry/x:1", **container}]
    return {
        "metadata": {"name": f"{component}-x", "labels": {COMPONENT: component}},
        "status": {"containerStatuses": statuses, **status},
    }


def wished(desired: Desired, kind: str, name: str) -> Manifest:
    """Return a wished object."""
    return next(each for each in desired.objects if (each["kind"], each["metadata"]["name"]) == (kind, name))
