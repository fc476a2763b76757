import base64
import json
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from local.authority import Authority, Identity
from local.cluster.pki import LIFETIME, kubeconfig, write


def certificate(identity: Identity) -> x509.Certificate:
    return x509.load_pem_x509_certificate(identity.certificate)


def test_a_server_certificate_verifies_for_its_address_by_the_authority() -> None:
    authority = Authority.make("test CA", LIFETIME)
    server = certificate(authority.issue("server", hosts=["10.200.0.1", "kubernetes"], lifetime=LIFETIME))
    store = Store([x509.load_pem_x509_certificate(authority.pem)])

    verifier = PolicyBuilder().store(store).build_server_verifier(x509.IPAddress(IPv4Address("10.200.0.1")))

    assert verifier.verify(server, [])[0] == server


def test_a_users_certificate_names_user_and_group_and_serves_no_server() -> None:
    user = certificate(Authority.make("test CA", LIFETIME).issue("system:node:a", "system:nodes", lifetime=LIFETIME))
    usages = user.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert user.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "system:node:a"
    assert user.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "system:nodes"
    assert ExtendedKeyUsageOID.SERVER_AUTH not in usages


def test_keys_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    write(Authority.make("test CA", LIFETIME).issue("user", lifetime=LIFETIME), tmp_path, "user")

    assert (tmp_path / "user.key").stat().st_mode & 0o777 == 0o600
    serialization.load_pem_private_key((tmp_path / "user.key").read_bytes(), None)


def test_a_kubeconfig_holds_all_that_its_user_needs() -> None:
    authority = Authority.make("test CA", LIFETIME)
    user = authority.issue("user", lifetime=LIFETIME)
    written = json.loads(kubeconfig("https://10.200.0.1:6443", authority.pem, user, "test"))

    assert written["current-context"] == "test"
    assert base64.b64decode(written["users"][0]["user"]["client-key-data"]) == user.key
    assert base64.b64decode(written["clusters"][0]["cluster"]["certificate-authority-data"]) == authority.pem
