"""The objects about a Consortium's trust root: the Job that makes it once, and the ConfigMap that holds it."""

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from corda_operator.api.azure import WorkloadIdentity
from corda_operator.api.consortium import Consortium
from corda_operator.reconcile import pods
from corda_operator.reconcile.consortium.naming import TRUST_ROOT, services_name, trust_root_name
from corda_operator.reconcile.consortium.objects import CONFIGURATION, config_map, pod_basics
from corda_operator.reconcile.consortium.services_file import FILE
from corda_operator.reconcile.desired import Manifest, Settings
from corda_operator.reconcile.labels import digest, metadata, owned_name

ROOT_FILE = "root.pem"
_TRIES = 1000
"""The kubelet tries again every five minutes at the longest, so this is days."""
_SECONDS_AFTERWARDS = 3600


def trust_root_map(consortium: Consortium, pem: str) -> Manifest:
    """Return the ConfigMap with the root certificate, which is public and which the pods of CordaNodes mount."""
    return config_map(consortium, trust_root_name(consortium), TRUST_ROOT, {ROOT_FILE: pem})


def fingerprint(pem: str) -> str | None:
    """Return the SHA-256 of a certificate's DER, upper-case hexadecimal; None if it is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode()).fingerprint(SHA256()).hex().upper()
    except ValueError:
        return None


def account_name(consortium: Consortium) -> str:
    """Return the service account of the Job: the services' own unless the spec gives an identity for this alone."""
    hosted = consortium.spec.hosted
    apart = hosted is not None and hosted.trust_root_identity is not None
    return trust_root_name(consortium) if apart else services_name(consortium)


def trust_root_job(consortium: Consortium, settings: Settings, identity: WorkloadIdentity) -> Manifest:
    """Return the Job that makes the trust root unless there is one; raise ValueError if the identity lacks its tenant.

    Jobs can't be changed, so its name follows from its content: whatever was wrong with one, such as its image, a
    correction makes another, and the first goes.
    """
    mounted = pods.azure_identity(settings, identity) + pods.config_map(
        "configuration", services_name(consortium), CONFIGURATION
    )
    container = {
        "name": TRUST_ROOT,
        "image": settings.operator_image,
        "args": ["trust-root", "--config", f"{CONFIGURATION}/{FILE}"],
        "env": list(mounted.environment),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": pods.container_security(),
        # The condition tells what the command said last.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": list(mounted.mounts),
    }
    spec: Manifest = {
        "backoffLimit": _TRIES,
        "ttlSecondsAfterFinished": _SECONDS_AFTERWARDS,
        "template": {
            "metadata": {"labels": metadata(consortium, "", TRUST_ROOT)["labels"]},
            "spec": {
                **pod_basics(settings, account_name(consortium)),
                "restartPolicy": "OnFailure",
                "containers": [container],
                "volumes": list(mounted.volumes),
            },
        },
    }
    name = owned_name(consortium.metadata.name, f"trust-root-{digest(spec)[:8]}")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(consortium, name, TRUST_ROOT),
        "spec": spec,
    }
