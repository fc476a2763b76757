"""Private keys and passwords of nodes that run: in vaults and in memory, and on no disk of the cluster.

The bytes themselves are searched for, in etcd's files, on the nodes' volumes and in all that containers have logged.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.cluster.place import place
from tests.e2e.conftest import NAME
from tests.e2e.operator import desk, resources
from tests.e2e.operator.machines import holding
from tests.e2e.operator.network import Network
from tests.integration.enrolment.test_secrecy import forms

pytestmark = pytest.mark.timeout(1200)  # whichever test is the first waits for the whole network

BANKS = ("bank-a", "bank-b")


def private_numbers(pem: str) -> bytes:
    """Return the bare number that is in every encoding of a private key."""
    key = load_pem_private_key(pem.encode(), password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.private_numbers().private_value.to_bytes(32, "big")
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return key.private_bytes_raw()


def secrets_of(network: Network, name: str) -> Iterator[bytes]:
    """Give all of a node's private keys and passwords."""
    keys = 0
    for value in desk.secrets(network.cluster, resources.NODES[name].vault).values():
        if "PRIVATE KEY" in value:
            keys += 1
            yield private_numbers(value)
    # Those of the legal identity and of TLS, and a notary's service: the node CA's can't leave the vault at all.
    assert keys == (3 if name == "notary" else 2)
    settings = json.loads(network.corda(name, "cat", "/run/corda/secrets.conf"))
    yield settings["keyStorePassword"].encode()
    yield json.loads(network.corda(name, "cat", "/run/corda/node-tool.json"))["password"].encode()
    if name in BANKS:
        yield network.rpc_password.encode()


def test_no_private_key_and_no_password_is_in_etcd_on_a_volume_or_in_a_log(network: Network, tmp_path: Path) -> None:
    needles = {
        name: [form for secret in secrets_of(network, name) for form in forms(secret)] for name in resources.NODES
    }
    every = [needle for of_node in needles.values() for needle in of_node]
    here = place(NAME)
    logs = [folder / "pod-logs" for folder in (here.folder / "nodes").iterdir()]

    found, files = holding([here.folder / "etcd", here.volumes, *logs], every)

    assert found == []
    names = {file.name for file in files}
    # The search was of what it says: etcd's database, ledgers, logs.
    assert {"db", "persistence.mv.db"} <= names
    assert any(file.suffix == ".log" for file in files)
    # And it finds what is there.
    (tmp_path / "key").write_bytes(b"..." + every[0] + b"...")
    assert holding([tmp_path], every)[0] == [tmp_path / "key"]


def test_what_a_pod_is_told_by_environment_is_no_secret(network: Network) -> None:
    for name in BANKS:
        secret = [form for each in secrets_of(network, name) for form in forms(each)]
        environment = network.corda(name, "sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' ' '")
        assert "CORDA_JVM_OPTS" in environment
        assert not [each for each in secret if each.decode(errors="replace") in environment]
