"""The stand-ins brought into a local cluster: images, certificates, objects, until they are ready."""

from pathlib import Path

from local.azure import manifests
from local.azure.certificates import ca_certificate, server_certificate
from local.azure.manifests import AZURITE, NAMESPACE, STUB, Deployment
from local.azure.stub.directory import Directory
from local.cluster import choice
from local.cluster.control_plane import ISSUER
from local.cluster.kubectl import Kubectl
from local.console import step

IMAGES = {STUB: "azure-stub:dev", AZURITE: "azurite:3.37.0"}


def install(
    cluster: str, kubectl: Kubectl, directory: Directory, certificates: Path, storage: str | None = None
) -> Path:
    """Run the stand-ins in a cluster and return the path of the CA certificate that their clients have to trust.

    The cluster's own token issuer is added to the directory. ``certificates`` is a folder that keeps the CA, so that
    clients which trust it already are not disturbed by a second call.
    """
    issuers = (*directory.issuers, manifests.cluster_issuer(ISSUER))
    ready = choice.load(cluster, list(IMAGES.values()), manifests.POOL)
    deployment = Deployment(
        stub_image=ready[IMAGES[STUB]].reference,
        azurite_image=ready[IMAGES[AZURITE]].reference,
        directory=directory.model_copy(update={"issuers": issuers}).model_dump_json(by_alias=True, exclude_none=True),
        ca=ca_certificate(certificates),
        stub_certificate=server_certificate(certificates, STUB, manifests.certificate_hosts(STUB)),
        azurite_certificate=server_certificate(certificates, AZURITE, manifests.certificate_hosts(AZURITE)),
        storage=storage,
    )
    with step("Azure's stand-ins"):
        kubectl.apply(manifests.objects(deployment))
        for name in (STUB, AZURITE):
            kubectl.text("rollout", "status", f"deployment/{name}", f"--namespace={NAMESPACE}", "--timeout=180s")
    return deployment.ca
