"""Keys and kubeconfigs of a local cluster: one CA for everything, keys made for each run."""

import datetime
import json
from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.authority import Identity, private_pem

LIFETIME = datetime.timedelta(days=365)


def write(identity: Identity, folder: Path, name: str) -> None:
    """Write ``<name>.crt`` and, readable by its owner alone, ``<name>.key``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.crt").write_bytes(identity.certificate)
    write_private(folder / f"{name}.key", identity.key)


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    file.touch(mode=0o600)
    file.write_bytes(content)


def service_account_keys() -> Identity:
    """Return the key that signs service-account tokens; its public half stands for the certificate."""
    # RSA, as AKS' own issuer has it.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Identity(public, private_pem(key))


def kubeconfig(server: str, authority: bytes, user: Identity, cluster: str) -> bytes:
    """Return a kubeconfig with everything in it, as JSON, which is YAML too."""

    def text(data: bytes) -> str:
        return b64encode(data).decode()

    whole = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {"server": server, "certificate-authority-data": text(authority)},
                }
            ],
            "users": [
                {
                    "name": cluster,
                    "user": {
                        "client-certificate-data": text(user.certificate),
                        "client-key-data": text(user.key),
                    },
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        },
        indent=1,
    )
    return whole.encode()
