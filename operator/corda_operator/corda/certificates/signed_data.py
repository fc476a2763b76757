"""Network maps and parameters: data that comes with the certificate of the key that signed it."""

from collections.abc import Collection
from datetime import datetime

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.chains import verify_chain
from corda_operator.corda.certificates.errors import UntrustedError
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.certificates.signatures import verify_signature
from corda_operator.corda.signed import SignedDataWithCert


def verify_signed_with_certificate(
    signed: SignedDataWithCert, *, trust_root: Certificate, roles: Collection[Role], now: datetime
) -> Certificate:
    """Verify signed data as nodes do (corda: SignedDataWithCert.verifiedCertWithRole) and return the signer.

    Nodes expect ``roles`` {NETWORK_MAP} of a map and {NETWORK_MAP, NETWORK_PARAMETERS} of parameters.
    Raises MalformedError, UnsupportedKeyError, UntrustedError or SignatureError.
    """
    signer = Certificate.from_der(signed.by)
    if signer.role not in roles:
        expected = " or ".join(sorted(role.name for role in roles))
        raise UntrustedError(f"the signer is {signer}, expected the role {expected}")
    parents = tuple(Certificate.from_der(der) for der in signed.parent_certs_chain) or (trust_root,)
    verify_chain((signer, *parents), trust_root, now)
    verify_signature(signer.public_key, signed.signature, signed.raw)
    return signer
