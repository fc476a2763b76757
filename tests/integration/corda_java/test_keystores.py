"""Our key stores in Java's hands, and Java's in ours."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.keystores import (
    Entry,
    KeyAndChain,
    PrivateKeyEntry,
    TrustedCertificateEntry,
    node_keystore,
    read_keystore,
    trust_store,
)
from tests.unit.corda.certificates.zone import Holder, Zone

_PASSWORD = "a password with äöü"
_NOW = datetime(2026, 12, 1, 12, 0, 0, 5000, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> bytes:
    zone = Zone()
    node, service = zone.node(), zone.service()

    def held(*holders: Holder) -> KeyAndChain:
        chain = (*holders, zone.identity_manager, zone.root)
        return KeyAndChain(holders[0].pkcs8, tuple(holder.certificate for holder in chain))

    return node_keystore(
        _PASSWORD,
        held(node.identity, node.node_ca),
        node_ca=held(node.node_ca),
        service=held(service),
        created=_NOW,
    )


def test_java_signs_with_our_keys(java: Callable[..., str], store: bytes, tmp_path: Path) -> None:
    (tmp_path / "ours.jks").write_bytes(store)
    printed = java("Stores", tmp_path / "ours.jks", tmp_path / "theirs.jks", _PASSWORD)
    assert sorted(printed.splitlines()) == [
        "cordaclientca 3 signs",
        "distributed-notary-private-key 3 signs",
        "identity-private-key 4 signs",
    ]


def test_store_that_java_wrote_anew_reads_the_same(java: Callable[..., str], store: bytes, tmp_path: Path) -> None:
    (tmp_path / "ours.jks").write_bytes(store)
    java("Stores", tmp_path / "ours.jks", tmp_path / "theirs.jks", _PASSWORD)
    theirs = read_keystore((tmp_path / "theirs.jks").read_bytes(), _PASSWORD)
    assert _sorted(theirs) == _sorted(read_keystore(store, _PASSWORD))


def test_keytool_finds_the_root_in_our_trust_store(tmp_path: Path) -> None:
    path = tmp_path / "truststore.jks"
    path.write_bytes(trust_store("changeit", Zone().root.certificate, created=_NOW))
    listed = keytool(path, "-list")
    assert "cordarootca, " in listed
    assert "trustedCertEntry" in listed


def test_store_of_keytool_is_read(tmp_path: Path) -> None:
    path = tmp_path / "keytool.jks"
    key = ["-alias", "some-key", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "O=A,L=B,C=GB"]
    keytool(path, "-genkeypair", "-keypass", "changeit", *key)
    certificate = tmp_path / "a.cer"
    certificate.write_bytes(Zone().root.certificate.der)
    keytool(path, "-importcert", "-noprompt", "-alias", "cordarootca", "-file", str(certificate))
    entries = {entry.alias: entry for entry in read_keystore(path.read_bytes(), "changeit")}
    made, imported = entries["some-key"], entries["cordarootca"]
    assert isinstance(made, PrivateKeyEntry)
    assert Certificate.from_der(made.chain[0]).subject.rfc4514_string() == "O=A,L=B,C=GB"
    assert isinstance(imported, TrustedCertificateEntry)
    assert imported.certificate == certificate.read_bytes()


def keytool(store: Path, *arguments: str) -> str:
    command = ["keytool", "-storetype", "JKS", "-keystore", str(store), "-storepass", "changeit", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _sorted(entries: tuple[Entry, ...]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.alias)
