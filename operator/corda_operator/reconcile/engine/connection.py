"""The way to the API server: from inside a pod by its service account, elsewhere by a kubeconfig."""

import datetime
import os
from urllib.request import getproxies

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import Configuration

_TOKEN_LIFETIME = datetime.timedelta(minutes=10)
"""How long a token is used before its file is read again, which the kubelet renews every hour."""


async def configuration() -> Configuration:
    """Return where the API server is and who asks; raise config.ConfigException if nothing tells."""
    result = Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ:
        config.load_incluster_config(client_configuration=result)  # type: ignore[no-untyped-call]
    else:
        await config.load_kube_config(client_configuration=result)  # type: ignore[no-untyped-call]
    # Else the environment and ~/.netrc are looked into anew with every call.
    result.client_session_kwargs = {"trust_env": bool(getproxies())}
    return result


async def for_watches(known: Configuration) -> kopf.ConnectionInfo:
    """Return the same for kopf."""
    if known.refresh_api_key_hook is not None:
        known.refresh_api_key_hook(known)
    _, _, token = known.api_key.get("BearerToken", "").partition(" ")
    return kopf.ConnectionInfo(
        server=known.host,
        ca_path=known.ssl_ca_cert,
        insecure=not known.verify_ssl,
        certificate_path=known.cert_file,
        private_key_path=known.key_file,
        scheme="Bearer" if token else None,
        token=token or None,
        expiration=datetime.datetime.now(datetime.UTC) + _TOKEN_LIFETIME if token else None,
    )
