"""Which keys and certificates a node gets, what it takes from an identity manager, and what it makes anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.roles import Role
from corda_operator.enrolment.errors import CertificateEndedError, RefusedError, UnusableError, WaitingError
from corda_operator.enrolment.identity_manager import UnknownRequestError
from corda_operator.enrolment.key_material import new_p256, public_key_of, write_chain, write_key
from corda_operator.enrolment.registration import REQUEST_ID
from tests.unit.enrolment.consortium import CONSORTIUM, Consortium, signed
from tests.unit.enrolment.vault import NAME, NOTARY, SERVICE, Enrolling, configuration


@pytest.fixture
def bank(tmp_path: Path) -> Enrolling:
    return Enrolling(configuration(), tmp_path)


@pytest.fixture
def notary(tmp_path: Path) -> Enrolling:
    return Enrolling(configuration(NOTARY), tmp_path)


async def test_keys_are_of_the_kinds_that_corda_makes(notary: Enrolling) -> None:
    keys = await notary.vault().node_keys()
    assert keys.service is not None
    assert isinstance(public_key_of(keys.identity.key), ed25519.Ed25519PublicKey)
    for key in (keys.tls.key, keys.service.key):
        public_key = public_key_of(key)
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        assert isinstance(public_key.curve, ec.SECP256R1)


async def test_a_notarys_service_registers_before_its_node(notary: Enrolling) -> None:
    await notary.vault().node_keys()
    found = [(each.legal_name, each.role, each.email) for each in notary.identity_manager.submitted]
    email = "operations@bank.test"
    assert found == [(SERVICE, Role.SERVICE_IDENTITY, email), (NAME, Role.NODE_CA, email)]


async def test_a_second_start_writes_nothing_and_asks_nobody(notary: Enrolling) -> None:
    first = await notary.vault().node_keys()
    written, submitted = list(notary.secrets.writes), list(notary.identity_manager.submitted)
    assert await notary.vault().node_keys() == first
    assert notary.secrets.writes == written
    assert notary.identity_manager.submitted == submitted


async def test_secrets_say_what_they_hold_and_when_it_ends(bank: Enrolling) -> None:
    keys = await bank.vault().node_keys()
    tags = {name: versions[0].properties.tags for name, versions in bank.secrets.held.items()}
    assert {name: each["purpose"] for name, each in tags.items()} == {
        "bank-a-registration": "node-ca",
        "bank-a-node-ca-certificate": "node-ca",
        "bank-a-identity": "legal-identity",
        "bank-a-tls": "tls",
    }
    assert tags["bank-a-registration"][REQUEST_ID] == "R1"
    assert len(tags["bank-a-identity"]["public-key-sha256"]) == 64
    assert keys.identity.chain[0].not_after == keys.identity.chain[1].not_after
    assert all(len(each.value.encode()) < 25_000 for versions in bank.secrets.held.values() for each in versions)


Forge = Callable[[CertificateRequest], tuple[Certificate, ...]]
OTHER = Consortium()
BAD: dict[str, tuple[Forge, str]] = {
    "name": (lambda r: CONSORTIUM.certify(Profile.NODE_CA, SERVICE, r.public_key), "another name"),
    "role": (lambda r: CONSORTIUM.certify(Profile.SERVICE_IDENTITY, NAME, r.public_key), "another role"),
    "key": (lambda _: CONSORTIUM.node_ca(NAME), "another key"),
    "root": (lambda r: OTHER.certify(Profile.NODE_CA, NAME, r.public_key), "does not end with the root"),
    "no-root": (lambda r: CONSORTIUM.certify(Profile.NODE_CA, NAME, r.public_key)[:-1], "does not end with the root"),
    "expired": (
        lambda r: CONSORTIUM.certify(Profile.NODE_CA, NAME, r.public_key, _past()),
        "is valid from",
    ),
    "forged": (
        lambda r: (OTHER.certify(Profile.NODE_CA, NAME, r.public_key)[0], CONSORTIUM.identity_manager, CONSORTIUM.root),
        "was not signed with the key",
    ),
}


def _past() -> Validity:
    now = datetime.now(UTC)
    return Validity(now - timedelta(days=300), now - timedelta(days=1))


@pytest.mark.parametrize("fault", BAD)
async def test_certificates_that_a_genuine_node_would_not_take_are_not_kept(bank: Enrolling, fault: str) -> None:
    forge, reason = BAD[fault]
    bank.identity_manager.error = WaitingError("the first poll is for later")
    with pytest.raises(WaitingError):
        await bank.vault().node_keys()
    bank.identity_manager.chain = forge(bank.identity_manager.submitted[0])
    with pytest.raises(UnusableError, match=reason):
        await bank.vault().node_keys()
    assert "bank-a-node-ca-certificate" not in bank.secrets.held
    # Whoever mends the identity manager has a node that goes on.
    bank.identity_manager.chain = None
    await bank.vault().node_keys()
    assert len(bank.identity_manager.submitted) == 1


async def test_a_request_that_the_identity_manager_does_not_know_any_more_is_submitted_again(bank: Enrolling) -> None:
    bank.identity_manager.error = UnknownRequestError("gone")
    with pytest.raises(UnknownRequestError):
        await bank.vault().node_keys()
    await bank.vault().node_keys()
    first, second = bank.identity_manager.submitted
    assert first.spki == second.spki


async def test_after_a_refusal_the_next_start_asks_anew_with_the_same_key(bank: Enrolling) -> None:
    bank.identity_manager.error = RefusedError("not you")
    with pytest.raises(RefusedError):
        await bank.vault().node_keys()
    await bank.vault().node_keys()
    first, second = bank.identity_manager.submitted
    assert first.spki == second.spki


async def test_the_submission_token_comes_from_the_vault(bank: Enrolling) -> None:
    bank.text = configuration("submissionTokenSecret: token")
    await bank.secrets.add("token", " secret \n", content_type="", tags={})
    await bank.vault().node_keys()
    assert bank.identity_manager.tokens == ["secret"]


@pytest.mark.parametrize("token", ["two\nlines", "tök"])
async def test_a_token_that_fits_into_no_header_is_not_sent_and_not_shown(bank: Enrolling, token: str) -> None:
    bank.text = configuration("submissionTokenSecret: token")
    await bank.secrets.add("token", token, content_type="", tags={})
    with pytest.raises(UnusableError, match=r"Secret token .* printable ASCII") as caught:
        await bank.vault().node_keys()
    assert token not in str(caught.value)
    assert bank.identity_manager.tokens == []


async def test_a_certificate_that_ends_with_its_authoritys_is_not_renewed_at_every_start(bank: Enrolling) -> None:
    signer = await bank.keys.get_or_create("bank-a-node-ca")
    now = datetime.now(UTC)
    # Whatever is issued below it ends in five days, too.
    ending = CONSORTIUM.certify(
        Profile.NODE_CA, NAME, signer.public_key, Validity(now - timedelta(days=300), now + timedelta(days=5))
    )
    bank.identity_manager.chain = ending
    first = await bank.vault().node_keys()
    assert first.tls.chain[0].not_after == ending[0].not_after
    await _replace_tls(bank, ending, Validity(ending[0].not_before, ending[0].not_after))
    written = list(bank.secrets.writes)
    assert (await bank.vault().node_keys()).tls.chain[0].not_after == ending[0].not_after
    assert bank.secrets.writes == written


async def test_a_shorter_life_makes_the_threshold_shorter(bank: Enrolling) -> None:
    bank.text = configuration("tls: {lifetime: 30d}")
    first = await bank.vault().node_keys()
    assert first.tls.chain[0].not_after < datetime.now(UTC) + timedelta(days=30)
    # 30 days, the default, are all its life; ten are a third of it.
    assert (await bank.vault().node_keys()).tls == first.tls


@pytest.mark.parametrize(("remaining", "renewed"), [(11, False), (9, True), (-1, True)])
async def test_tls_certificates_are_renewed_in_the_last_third_of_a_short_life(
    bank: Enrolling, remaining: int, *, renewed: bool
) -> None:
    signer, now = await bank.keys.get_or_create("bank-a-node-ca"), datetime.now(UTC)
    old = Validity(now - timedelta(days=300), now + timedelta(days=3600))
    bank.identity_manager.chain = CONSORTIUM.certify(Profile.NODE_CA, NAME, signer.public_key, old)
    first = await bank.vault().node_keys()
    validity = Validity(now - timedelta(days=30 - remaining), now + timedelta(days=remaining))
    await _replace_tls(bank, first.tls.chain[1:], validity)
    present = await bank.vault().node_keys()
    assert (present.tls.chain[0].not_after > now + timedelta(days=3000)) is renewed
    assert present.identity == first.identity
    assert len(bank.secrets.held["bank-a-tls"]) == 1 + renewed


async def test_a_vault_that_was_another_nodes_is_not_used(bank: Enrolling) -> None:
    await bank.vault().node_keys()
    bank.text = bank.text.replace("Bank A", "Bank B")
    with pytest.raises(UnusableError, match=r"Secret bank-a-node-ca-certificate .* another name"):
        await bank.vault().node_keys()


async def test_another_trust_root_does_not_make_other_keys(bank: Enrolling) -> None:
    await bank.vault().node_keys()
    written = list(bank.secrets.writes)
    bank.text = configuration(root=OTHER.root)
    with pytest.raises(UnusableError, match="does not end with the root"):
        await bank.vault().node_keys()
    assert bank.secrets.writes == written


async def test_a_node_ca_that_has_ended_is_told_from_one_that_is_wrong(bank: Enrolling) -> None:
    await bank.vault().node_keys()
    (issuer,) = bank.keys.held.values()
    chain = CONSORTIUM.certify(Profile.NODE_CA, NAME, issuer.key.public_key(), _past())
    (secret,) = bank.secrets.held["bank-a-node-ca-certificate"]
    bank.secrets.held["bank-a-node-ca-certificate"] = [replace(secret, value=write_chain(chain))]
    written = list(bank.secrets.writes)

    with pytest.raises(CertificateEndedError, match=r"Secret bank-a-node-ca-certificate .* is valid from"):
        await bank.vault().node_keys()

    assert bank.secrets.writes == written


@pytest.mark.parametrize("lost", ["service", "registration"])
async def test_a_registered_key_that_is_gone_is_not_made_again(notary: Enrolling, lost: str) -> None:
    await notary.vault().node_keys()
    # Without a TLS certificate the node CA's key is needed again.
    del notary.secrets.held[f"bank-a-{lost}"], notary.secrets.held["bank-a-tls"]
    with pytest.raises(UnusableError, match=f"bank-a-{lost} is gone"):
        await notary.vault().node_keys()


@pytest.mark.parametrize("value", ["", "no PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
@pytest.mark.parametrize("purpose", ["identity", "tls", "service", "node-ca-certificate", "service-certificate"])
async def test_content_that_cannot_be_read_is_named_and_left_as_it_is(
    notary: Enrolling, purpose: str, value: str
) -> None:
    await notary.vault().node_keys()
    name = f"bank-a-{purpose}"
    notary.secrets.held[name] = [replace(each, value=value) for each in notary.secrets.held[name]]
    written = list(notary.secrets.writes)
    with pytest.raises(UnusableError, match=f"Secret {name} .* can't be used") as caught:
        await notary.vault().node_keys()
    assert notary.secrets.writes == written
    assert "AAAA" not in str(caught.value)


async def _replace_tls(bank: Enrolling, node_ca: tuple[Certificate, ...], validity: Validity) -> None:
    (issuer,) = bank.keys.held.values()
    key = new_p256()
    unsigned = issue(Profile.TLS, NAME, key.public_key(), node_ca[0], validity)
    leaf = unsigned.signed(signed(issuer.key, unsigned.to_be_signed))
    (secret,) = bank.secrets.held["bank-a-tls"]
    bank.secrets.held["bank-a-tls"] = [replace(secret, value=write_key(key) + write_chain((leaf, *node_ca)))]
