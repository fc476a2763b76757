from types import SimpleNamespace

import pytest
from azure.keyvault.keys import KeyVaultKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.azure import KeyUnusable, WrongAnswer
from corda_operator.azure.keys import checked_signature, usable_public_key

KEY_ID = "https://kv.vault.azure.net/keys/map/0123456789abcdef0123456789abcdef"
PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC = PRIVATE.public_key()
POINT = {name: getattr(PUBLIC.public_numbers(), name).to_bytes(32, "big") for name in ("x", "y")}


def raw(data: bytes) -> bytes:
    """As Key Vault signs."""
    r, s = decode_dss_signature(PRIVATE.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def key(exportable: bool | None = False, enabled: bool = True, **material: object) -> KeyVaultKey:  # noqa: FBT001, FBT002
    jwk = {"kty": "EC", "crv": "P-256", "key_ops": ["sign", "verify"], **POINT, **material}
    return KeyVaultKey(KEY_ID, jwk, properties=SimpleNamespace(exportable=exportable, enabled=enabled, id=KEY_ID))


@given(st.binary(max_size=200))
def test_a_raw_signature_becomes_der_that_the_key_verifies(data: bytes) -> None:
    signature = checked_signature(KEY_ID, PUBLIC, raw(data), data)

    PUBLIC.verify(signature, data, ec.ECDSA(hashes.SHA256()))


@given(st.one_of(st.binary(min_size=64, max_size=64), st.binary(max_size=100)))
def test_what_is_no_signature_never_gets_out(answer: bytes) -> None:
    with pytest.raises(WrongAnswer, match="does not verify"):
        checked_signature(KEY_ID, PUBLIC, answer, b"network map")


@given(st.integers(0, 511))
def test_one_wrong_bit_never_gets_out(bit: int) -> None:
    wrong = bytearray(raw(b"network map"))
    wrong[bit // 8] ^= 1 << bit % 8

    with pytest.raises(WrongAnswer):
        checked_signature(KEY_ID, PUBLIC, bytes(wrong), b"network map")


def test_a_signature_over_something_else_never_gets_out() -> None:
    with pytest.raises(WrongAnswer, match="find out who answers"):
        checked_signature(KEY_ID, PUBLIC, raw(b"another map"), b"network map")


@pytest.mark.parametrize("kind", ["EC", "EC-HSM"])
def test_a_key_in_software_or_hardware_is_usable(kind: str) -> None:
    assert usable_public_key(key(kty=kind)) == PUBLIC


@pytest.mark.parametrize(
    ("unusable", "because"),
    [
        (key(enabled=False), "it is disabled"),
        (key(crv="P-384"), "of type EC on curve P-384, expected EC on P-256"),
        (key(crv="P-256K"), "on curve P-256K"),
        (key(kty="RSA", crv=None), "of type RSA on curve None"),
        (key(key_ops=["verify"]), r"operations are \[verify\], expected sign"),
        (key(key_ops=None), r"operations are \[\], expected sign"),
        (key(exportable=True), "it is exportable"),
        (key(enabled=False, crv="P-384"), "it is disabled: enable it; it is of type EC on curve P-384"),
    ],
)
def test_a_key_that_cannot_be_used_says_why(unusable: KeyVaultKey, because: str) -> None:
    with pytest.raises(KeyUnusable, match=because):
        usable_public_key(unusable)


def test_a_point_off_the_curve_is_a_wrong_answer() -> None:
    with pytest.raises(WrongAnswer, match="no point of P-256"):
        usable_public_key(key(y=bytes(31) + b"\x01"))
