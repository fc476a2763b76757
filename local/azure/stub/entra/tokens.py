"""Access tokens: JWTs of the stub's own RSA key, in the form of Entra's version 1.0 tokens.

Their issuer is ``https://sts.windows.net/<tenant>/``, as Azurite insists. The key lies in the stub's
state, so that tokens outlive a restart as they do in Azure.
"""

import datetime
import hashlib
import time
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.azure.stub.database import Database
from local.azure.stub.directory import Identity


class TokenRefusedError(Exception):
    """A token that a service does not accept; the message is for the answer's body."""


@dataclass(frozen=True)
class Claims:
    """What a service needs of a checked token."""

    object_id: str


class AccessTokens:
    """Issues tokens, and checks them for the services of this stub."""

    def __init__(self, database: Database) -> None:
        pem = database.document("signing-key")
        if pem is None:
            fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pem = fresh.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode()
            database.keep({"signing-key": pem})
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the state's signing key is no RSA key")
        self._key = key
        self._public = key.public_key()
        spki = self._public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self._key_id = hashlib.sha256(spki).hexdigest()[:27]

    def issue(self, tenant: str, identity: Identity, audience: str, lifetime: int) -> str:
        """Return a token for an identity that is valid for ``lifetime`` seconds from now."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": issuer_of(tenant),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "appid": identity.client_id,
            "appidacr": "2",
            "idp": issuer_of(tenant),
            "oid": identity.object_id,
            "sub": identity.object_id,
            "tid": tenant,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id, "x5t": self._key_id})

    def check(self, token: str, tenant: str, audience: str) -> Claims:
        """Return a token's claims; raise TokenRefusedError.

        The codes AKV10022 (audience), AKV10032 (issuer) and AKV10046 (signature) are Azure's, seen in
        bug reports; the wording for an expired token and for one that is no token at all is a guess.
        """
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["RS256"],
                audience=audience,
                issuer=issuer_of(tenant),
                options={"require": ["exp", "nbf", "aud", "iss", "oid"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefusedError("[TokenExpired] Error validating token: 'S2S12086'.") from None
        except jwt.InvalidAudienceError:
            raise TokenRefusedError(f"AKV10022: Invalid audience. Expected {audience}, found another.") from None
        except jwt.InvalidIssuerError:
            raise TokenRefusedError(f"AKV10032: Invalid issuer. Expected {issuer_of(tenant)}, found another.") from None
        except jwt.InvalidSignatureError:
            raise TokenRefusedError("AKV10046: Unable to resolve the key used for signature validation.") from None
        except jwt.PyJWTError:
            raise TokenRefusedError("Error validating token: it is not a token of this tenant.") from None
        return Claims(object_id=str(claims["oid"]))

    def key_set(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set."""
        key = RSAAlgorithm.to_jwk(self._public, as_dict=True)
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self._key_id, "x5t": self._key_id}]}


def issuer_of(tenant: str) -> str:
    """Return the issuer of a tenant's access tokens."""
    return f"https://sts.windows.net/{tenant}/"


def timestamp(moment: float) -> str:
    """Return a moment as Entra writes it into errors."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
