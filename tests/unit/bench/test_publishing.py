import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.network_map.members import Applicant, Member
from bench.network_map.publishing import Publisher, percentile
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.requests import CertificateRequest
from corda_operator.corda.certificates.verification import verify_node_info
from corda_operator.corda.names import LegalName
from corda_operator.corda.node_info import SignedNodeInfo

NOW = datetime.datetime.now(datetime.UTC)


def member(number: int = 7) -> tuple[Member, Certificate]:
    """A node whose certificate was issued for its own request, and the root."""
    root_key, manager_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    validity, authority = Validity.starting(NOW), LegalName("Authority", "London", "GB")
    self_signed = issue(
        Profile.ROOT_CA,
        LegalName("Authority", "London", "GB", common_name="Root"),
        root_key.public_key(),
        None,
        validity,
    )
    root = self_signed.signed(root_key.sign(self_signed.to_be_signed, ec.ECDSA(SHA256())))
    below = issue(Profile.DOORMAN_CA, authority, manager_key.public_key(), root, validity)
    manager = below.signed(root_key.sign(below.to_be_signed, ec.ECDSA(SHA256())))
    request = CertificateRequest.from_der(Applicant(number).request())
    node_ca = issue(Profile.NODE_CA, request.legal_name, request.public_key, manager, validity, name_constraints=True)
    certificate = node_ca.signed(manager_key.sign(node_ca.to_be_signed, ec.ECDSA(SHA256())))
    return Member(Applicant(number), [certificate, manager, root], NOW), root


def test_what_is_published_passes_the_map_s_own_verification() -> None:
    publisher, root = member()
    publication = publisher.publication(1_700_000_000_000)
    signed = SignedNodeInfo.decode(publication.data)

    verified = verify_node_info(signed, trust_root=root, now=NOW, minimum_platform_version=4)

    assert verified.legal_names == (Applicant(7).legal_name,)
    assert publication.hash == verified.hash


def test_a_node_has_the_same_keys_in_a_later_run_and_no_other_node_has_them() -> None:
    requests = [CertificateRequest.from_der(Applicant(number).request()) for number in (1, 1, 2)]

    assert requests[0].spki == requests[1].spki
    assert len({each.spki for each in requests}) == 2


def test_a_node_s_infos_stay_in_one_lane_in_the_order_of_their_serials() -> None:
    publisher = Publisher("http://127.0.0.1", [member(number)[0] for number in range(3)])

    lanes = publisher._made(8, 2)
    infos = [[SignedNodeInfo.decode(each.data).node_info() for each in lane] for lane in lanes]
    hosts = [{info.addresses[0].host for info in lane} for lane in infos]

    assert sum(map(len, lanes)) == 8
    assert not hosts[0] & hosts[1]
    assert all([info.serial for info in lane] == sorted(info.serial for info in lane) for lane in infos)
    assert len({each.hash for lane in lanes for each in lane}) == 8


def test_a_percentile_is_exceeded_by_so_few() -> None:
    assert percentile([float(number) for number in range(101)], 99) == 99.0
