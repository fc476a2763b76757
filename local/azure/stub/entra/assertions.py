"""Federated tokens: whether an assertion proves to be the identity that it asks for.

The order is Entra's: first the identity's credentials decide whether issuer, audience and subject are
known at all, because only then is it clear whose keys to ask for; then the signature, then the times.
"""

import time
from typing import Any

import jwt

from local.azure.stub.directory import Directory, FederatedCredential, Identity
from local.azure.stub.entra.errors import entra_error, invalid_client
from local.azure.stub.entra.issuers import IssuerKeys, IssuerUnavailableError
from local.azure.stub.entra.tokens import timestamp


def matching(identity: Identity, issuer: str, audiences: list[str], subject: str) -> FederatedCredential:
    """Return the credential that a token fits; raise with the code of the part that fits none."""
    tail = (
        "Check your federated identity credential Subject, Audience and Issuer against the presented "
        "assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
    )
    candidates = list(identity.federated_credentials)
    for code, part, presented in (
        (700211, "issuer", [issuer]),
        (700212, "audience", audiences),
        (700213, "subject", [subject]),
    ):
        candidates = [credential for credential in candidates if getattr(credential, part) in presented]
        if not candidates:
            raise invalid_client(
                code,
                "No matching federated identity record found for presented assertion "
                f"{part} '{', '.join(presented)}'. {tail}",
            )
    return candidates[0]


async def prove(directory: Directory, identity: Identity, assertion: str, keys: IssuerKeys) -> None:
    """Return if a token proves to be an identity; raise Entra's refusal otherwise."""
    header, claims = _unverified(assertion)
    audience = claims.get("aud")
    audiences = [str(each) for each in audience] if isinstance(audience, list) else [str(audience)]
    credential = matching(identity, str(claims.get("iss")), audiences, str(claims.get("sub")))
    issuer = directory.issuer(credential.issuer)
    if issuer is None:
        raise _no_answer(f"{credential.issuer}: the stub's directory has no such issuer")
    if header.get("alg") != "RS256":
        raise invalid_client(
            700027,
            f"Client assertion contains an invalid signature. [Reason - algorithm {header.get('alg')}.]",
        )
    key_id = str(header.get("kid"))
    try:
        key = await keys.key(issuer, key_id)
    except IssuerUnavailableError as error:
        raise _no_answer(str(error)) from None
    if key is None:
        raise invalid_client(
            7000272,
            f"The certificate with identifier {key_id} used to sign the federated credential could not be "
            f"found in the metadata of identity provider {issuer.issuer}. Please validate that your Identity "
            "Provider's metadata exposes the key used to sign the incoming token.",
        )
    try:
        jwt.decode(
            assertion,
            key,
            algorithms=["RS256"],
            audience=credential.audience,
            issuer=credential.issuer,
            options={"require": ["exp", "iat", "iss", "sub", "aud"]},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        begin = claims.get("nbf", claims.get("iat"))
        raise invalid_client(
            700024,
            "Client assertion is not within its valid time range. "
            f"Current time: {timestamp(time.time())}, assertion valid from {_moment(begin)}, "
            f"expiry time of assertion {_moment(claims.get('exp'))}.",
        ) from None
    except jwt.InvalidSignatureError:
        raise invalid_client(
            700027,
            "Client assertion contains an invalid signature. "
            "[Reason - The provided signature value did not match the expected signature value.]",
        ) from None
    except jwt.PyJWTError:
        raise _malformed() from None


def _unverified(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        unverified = jwt.decode_complete(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _malformed() from None
    return unverified["header"], unverified["payload"]


def _malformed() -> Exception:
    return entra_error(400, "invalid_request", 50027, "JWT token is invalid or malformed.")


def _no_answer(reason: str) -> Exception:
    return entra_error(400, "invalid_request", 50166, f"Request to External OIDC endpoint failed. [{reason}]")


def _moment(claim: object) -> str:
    return timestamp(claim) if isinstance(claim, int | float) else "(not given)"
