import ssl
from pathlib import Path

from cryptography import x509

from local.azure.certificates import ca_certificate, server_certificate

HOSTS = ["login.azure.test", "*.vault.azure.test", "127.0.0.1"]


def test_the_authority_is_made_once(tmp_path: Path) -> None:
    first = ca_certificate(tmp_path).read_bytes()

    assert ca_certificate(tmp_path).read_bytes() == first


def test_a_certificate_is_kept_until_its_hosts_change(tmp_path: Path) -> None:
    first = server_certificate(tmp_path, "stub", HOSTS).certificate.read_bytes()
    assert server_certificate(tmp_path, "stub", HOSTS).certificate.read_bytes() == first

    second = x509.load_pem_x509_certificate(server_certificate(tmp_path, "stub", HOSTS[:1]).certificate.read_bytes())

    names = second.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == HOSTS[:1]


def test_a_certificate_whose_key_was_lost_is_made_again(tmp_path: Path) -> None:
    pair = server_certificate(tmp_path, "stub", HOSTS)
    first = pair.certificate.read_bytes()
    pair.key.write_text("broken")

    assert server_certificate(tmp_path, "stub", HOSTS).certificate.read_bytes() != first
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(pair.certificate, pair.key)


def test_certificates_of_a_lost_authority_are_made_again(tmp_path: Path) -> None:
    first = server_certificate(tmp_path, "stub", HOSTS).certificate.read_bytes()
    (tmp_path / "ca.key").unlink()

    assert server_certificate(tmp_path, "stub", HOSTS).certificate.read_bytes() != first


def test_the_certificate_is_signed_by_the_authority(tmp_path: Path) -> None:
    issuer = x509.load_pem_x509_certificate(ca_certificate(tmp_path).read_bytes())
    pair = server_certificate(tmp_path, "stub", HOSTS)

    x509.load_pem_x509_certificate(pair.certificate.read_bytes()).verify_directly_issued_by(issuer)


def test_keys_are_private(tmp_path: Path) -> None:
    pair = server_certificate(tmp_path / "new", "stub", HOSTS)

    for key in (pair.key, tmp_path / "new" / "ca.key"):
        assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
