"""Keys made by us: registered over Corda's protocol by our own code, put into key stores that a node starts from."""

import io
import time
import zipfile
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import CrlDistributionPoint, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import request_certificate
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import PublicKey
from corda_operator.corda.keystores import KeyAndChain, node_keystore, tls_keystore, trust_store
from corda_operator.corda.names import LegalName
from tests.integration.network.genuine.node import PASSWORD, GenuineNode
from tests.integration.network.genuine.services import PATIENCE_SECONDS, NetworkServices

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def registered(
    services: NetworkServices, name: LegalName, key: ec.EllipticCurvePrivateKey, role: Role
) -> tuple[Certificate, ...]:
    """Register a key and return its chain, the root last."""
    unsigned = request_certificate(name, key.public_key(), "operations@bank.test", role)
    der = unsigned.signed(key.sign(unsigned.to_be_signed, ec.ECDSA(SHA256()))).der
    status, request_id = services.request("POST", "/certificate", der)
    assert status == 200, request_id
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        status, body = services.request("GET", f"/certificate/{request_id.decode()}")
        if status == 200:
            break
        assert status == 204, body
        assert time.monotonic() < end, services.tail
        time.sleep(0.1)
    with zipfile.ZipFile(io.BytesIO(body)) as certificates:
        return tuple(Certificate.from_der(certificates.read(each)) for each in certificates.infolist())


def bring_key_stores(node: GenuineNode, services: NetworkServices) -> None:
    """Make a bank's keys, register it, and write its three key stores, without the node CA's key."""
    node_ca = ec.generate_private_key(ec.SECP256R1())
    chain = registered(services, node.legal_name, node_ca, Role.NODE_CA)
    root = chain[-1]

    def below(profile: Profile, key: PublicKey, point: CrlDistributionPoint | None = None) -> tuple[Certificate, ...]:
        validity = Validity.starting(datetime.now(UTC))
        unsigned = issue(profile, node.legal_name, key, chain[0], validity, crl_distribution_point=point)
        return unsigned.signed(node_ca.sign(unsigned.to_be_signed, ec.ECDSA(SHA256()))), *chain

    identity, tls = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    lists = CrlDistributionPoint(f"{services.url}/certificate-revocation-list/tls", root.subject)
    now = datetime.now(UTC)
    stores = {
        "nodekeystore.jks": node_keystore(
            PASSWORD,
            KeyAndChain(_pkcs8(identity), below(Profile.LEGAL_IDENTITY, identity.public_key())),
            created=now,
        ),
        "sslkeystore.jks": tls_keystore(
            PASSWORD, KeyAndChain(_pkcs8(tls), below(Profile.TLS, tls.public_key(), lists)), created=now
        ),
        "truststore.jks": trust_store(PASSWORD, root, created=now),
    }
    for name, content in stores.items():
        (node.certificates / name).write_bytes(content)


def _pkcs8(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
