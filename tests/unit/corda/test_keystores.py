"""Java key stores, written and read."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corda_operator.corda.keystores import (
    MAX_CHAIN,
    MAX_STORE_BYTES,
    Entry,
    KeyAndChain,
    KeystoreError,
    PrivateKeyEntry,
    TrustedCertificateEntry,
    WrongPasswordError,
    node_keystore,
    read_keystore,
    tls_keystore,
    trust_store,
    write_keystore,
)
from tests.unit.corda.certificates.zone import NOW, OTHER_BANK, Holder, Zone

_ZONE = Zone()
_NODE = _ZONE.node()
_SERVICE = _ZONE.service()
_CREATED = datetime(2026, 12, 1, 12, 0, 0, 123000, tzinfo=UTC)
_PASSWORD = "pässwörd"

_MOMENTS = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
)
_ALIASES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=100)
_ENTRIES = st.one_of(
    st.builds(
        PrivateKeyEntry, _ALIASES, st.binary(max_size=200), st.lists(st.binary(), max_size=4).map(tuple), _MOMENTS
    ),
    st.builds(TrustedCertificateEntry, _ALIASES, st.binary(), _MOMENTS),
)


def held(*holders: Holder) -> KeyAndChain:
    chain = (*holders, _ZONE.identity_manager, _ZONE.root)
    return KeyAndChain(holders[0].pkcs8, tuple(holder.certificate for holder in chain))


_STORE = node_keystore(
    _PASSWORD,
    held(_NODE.identity, _NODE.node_ca),
    node_ca=held(_NODE.node_ca),
    service=held(_SERVICE),
    created=_CREATED,
)


@given(st.lists(_ENTRIES, max_size=5, unique_by=lambda entry: entry.alias), st.text(max_size=40))
def test_what_is_written_is_read_back(entries: list[Entry], password: str) -> None:
    assert read_keystore(write_keystore(entries, password), password) == tuple(entries)


def test_node_keystore_has_cordas_aliases_and_chains() -> None:
    entries = {entry.alias: entry for entry in read_keystore(_STORE, _PASSWORD)}
    lengths = {alias: len(entry.chain) for alias, entry in entries.items() if isinstance(entry, PrivateKeyEntry)}
    assert lengths == {"identity-private-key": 4, "cordaclientca": 3, "distributed-notary-private-key": 3}
    identity = entries["identity-private-key"]
    assert isinstance(identity, PrivateKeyEntry)
    assert identity.key == _NODE.identity.pkcs8
    assert identity.chain == _ZONE.path(_NODE.identity, _NODE.node_ca)
    assert identity.created == _CREATED


def test_node_keystore_may_lack_the_node_cas_key() -> None:
    store = node_keystore(_PASSWORD, held(_NODE.identity, _NODE.node_ca), created=NOW)
    assert [entry.alias for entry in read_keystore(store, _PASSWORD)] == ["identity-private-key"]


def test_other_stores_have_one_entry_each() -> None:
    (tls,) = read_keystore(tls_keystore(_PASSWORD, held(_NODE.tls, _NODE.node_ca), created=_CREATED), _PASSWORD)
    assert tls == PrivateKeyEntry("cordaclienttls", _NODE.tls.pkcs8, _ZONE.path(_NODE.tls, _NODE.node_ca), _CREATED)
    (root,) = read_keystore(trust_store(_PASSWORD, _ZONE.root.certificate, created=_CREATED), _PASSWORD)
    assert root == TrustedCertificateEntry("cordarootca", _ZONE.root.certificate.der, _CREATED)


def test_certificate_of_another_role_is_not_stored() -> None:
    with pytest.raises(
        KeystoreError, match=r"TLS.* was to be stored as 'identity-private-key', which is for LEGAL_IDENTITY"
    ):
        node_keystore(_PASSWORD, held(_NODE.tls, _NODE.node_ca), created=NOW)


def test_key_of_another_certificate_is_not_stored() -> None:
    swapped = replace(held(_NODE.identity, _NODE.node_ca), key=_NODE.tls.pkcs8)
    with pytest.raises(KeystoreError, match="the private key is not the one of"):
        node_keystore(_PASSWORD, swapped, created=NOW)


def test_key_that_cannot_be_read_is_not_stored() -> None:
    with pytest.raises(KeystoreError, match="cannot be read as PKCS #8"):
        node_keystore(_PASSWORD, replace(held(_NODE.identity, _NODE.node_ca), key=b"secret"), created=NOW)


def test_chain_without_the_root_or_out_of_order_is_not_stored() -> None:
    whole = held(_NODE.identity, _NODE.node_ca)
    other = _ZONE.node(OTHER_BANK).node_ca.certificate
    for chain in (whole.chain[:-1], (whole.chain[0], *whole.chain[2:]), (whole.chain[0], other, *whole.chain[2:])):
        with pytest.raises(KeystoreError, match="not in order up to the root"):
            node_keystore(_PASSWORD, replace(whole, chain=chain), created=NOW)


@pytest.mark.parametrize("alias", ["", "Upper", "under_score", "a" * 101, "a\n", "ä"])
def test_alias_that_corda_does_not_take_is_refused(alias: str) -> None:
    with pytest.raises(KeystoreError, match="1 to 100 of a-z"):
        write_keystore([TrustedCertificateEntry(alias, b"", NOW)], _PASSWORD)


def test_alias_is_there_once() -> None:
    with pytest.raises(KeystoreError, match="the same alias"):
        write_keystore([TrustedCertificateEntry("a", b"", NOW)] * 2, _PASSWORD)


def test_wrong_password_is_told_from_a_wrong_file() -> None:
    with pytest.raises(WrongPasswordError, match="password is another one"):
        read_keystore(_STORE, "password")
    with pytest.raises(KeystoreError, match="no JKS key store"):
        read_keystore(b"PK" + _STORE, _PASSWORD)


@given(st.integers(8, len(_STORE) - 1), st.integers(1, 255))
def test_any_change_is_noticed(at: int, change: int) -> None:
    store = bytearray(_STORE)
    store[at] ^= change
    with pytest.raises(WrongPasswordError):
        read_keystore(bytes(store), _PASSWORD)


@given(st.binary(max_size=300))
def test_arbitrary_content_under_the_right_digest_is_refused_with_our_error(content: bytes) -> None:
    head = bytes.fromhex("feedfeed00000002")
    try:
        read_keystore(_sealed(head + content), _PASSWORD)
    except KeystoreError:
        return
    assert content[:4] == bytes(4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("0000ffff", "65535 entries, more than the 64"),
        ("00000001 00000001 0001 61 0000000000000000 7fffffff", "ends in the middle"),
        ("00000001 00000003 0001 61 0000000000000000", "unknown kind 3"),
        ("00000001 00000002 0001 61 ffffffffffffffff", "which is no time"),
        ("00000001 00000002 0001 e4", "ends in the middle|not in ASCII"),
        ("00000001 00000002 0001 61 0000000000000000 0003 504750", "type b'PGP', expected X.509"),
        ("00000001 00000001 0001 61 0000000000000000 00000002 3000", "no EncryptedPrivateKeyInfo"),
        (
            "00000001 00000001 0001 61 0000000000000000 00000034 3032 3006 06022a03 0500 0428" + "00" * 40,
            "not protected as in a JKS",
        ),
        (
            "00000001 00000001 0001 61 0000000000000000 00000014 3012 300e 060a2b060104012a02110101 0500 0400",
            "not protected as in a JKS",
        ),
        ("00000000 00", "goes on after its last entry"),
    ],
)
def test_limits_and_kinds_are_checked_even_under_the_right_digest(content: str, reason: str) -> None:
    with pytest.raises(KeystoreError, match=reason):
        read_keystore(_sealed(bytes.fromhex("feedfeed00000002" + content)), _PASSWORD)


def test_key_under_another_password_than_its_store_is_refused() -> None:
    other = write_keystore([PrivateKeyEntry("a", b"a key", (), NOW)], "another password")
    with pytest.raises(WrongPasswordError, match="another password than its key store"):
        read_keystore(_sealed(other[:-20]), _PASSWORD)


def test_chain_without_end_is_refused() -> None:
    endless = write_keystore([PrivateKeyEntry("a", b"a key", (b"",) * (MAX_CHAIN + 1), NOW)], _PASSWORD)
    with pytest.raises(KeystoreError, match="chain of 17 certificates, more than 16"):
        read_keystore(endless, _PASSWORD)


def test_too_long_is_refused() -> None:
    with pytest.raises(KeystoreError, match="more than the"):
        read_keystore(bytes(MAX_STORE_BYTES + 1), _PASSWORD)


def test_keys_are_neither_in_the_store_nor_in_what_is_printed() -> None:
    assert _NODE.identity.pkcs8[-32:] not in _STORE
    shown = repr(read_keystore(_STORE, _PASSWORD)) + repr(held(_NODE.identity, _NODE.node_ca))
    assert repr(_NODE.identity.pkcs8)[2:-1] not in shown
    assert "key=" not in shown.replace("public_key=", "")


def test_each_store_is_hidden_under_a_salt_of_its_own() -> None:
    entry = PrivateKeyEntry("a", b"a key", (), NOW)
    assert write_keystore([entry], _PASSWORD) != write_keystore([entry], _PASSWORD)


def _sealed(content: bytes) -> bytes:
    """Put the right digest under a content, as an attacker with the password can."""
    secret = _PASSWORD.encode("utf-16-be")
    return content + sha1(secret + b"Mighty Aphrodite" + content, usedforsecurity=False).digest()
