import pytest
from hypothesis import given

from corda_operator.corda.amqp import DecodeError
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.node_info import CertPath, HostAndPort, InvalidNodeInfo, NodeInfo, SignedNodeInfo
from corda_operator.corda.pki_path import decode_pki_path, encode_pki_path
from tests.unit.corda import golden as files
from tests.unit.corda.golden import golden
from tests.unit.corda.strategies import CERT_PATHS, NODE_INFOS, SIGNED_NODE_INFOS

ADDRESS = HostAndPort("bank-a.example.com", 10002)
PATH: CertPath = (b"\x30\x01a", b"\x30\x01b")


@pytest.mark.parametrize("name", files.NODE_INFOS)
def test_what_nodes_publish_is_written_back_byte_for_byte(name: str) -> None:
    published = SignedNodeInfo.decode(golden(name))

    assert published.encode() == golden(name)
    assert published.node_info().encode() == published.raw


def test_a_node_tells_its_addresses_identities_version_and_serial() -> None:
    published = SignedNodeInfo.decode(golden("publish-bank-a-p256-identity.SignedNodeInfo"))
    node = published.node_info()

    assert node.addresses == (HostAndPort("localhost", 21010),)
    assert node.platform_version == 12
    assert node.serial == 1795367081933
    assert len(published.signatures) == len(node.identities) == 1
    assert published.hash == SecureHash.of(published.raw)


def test_a_chain_begins_at_the_leaf_though_it_is_sent_from_the_root() -> None:
    raw = SignedNodeInfo.decode(golden("publish-notary.SignedNodeInfo")).raw
    (path,) = NodeInfo.decode(raw).identities

    assert len(path) == 4
    assert path[-1] == golden("zone-root.cer.der")
    assert path[-2] == golden("zone-doorman.cer.der")
    assert raw.index(path[-1]) < raw.index(path[0])


@given(NODE_INFOS)
def test_any_node_info_reads_as_it_was_written(node: NodeInfo) -> None:
    assert NodeInfo.decode(node.encode()) == node


@given(SIGNED_NODE_INFOS)
def test_any_signed_node_info_reads_as_it_was_written(signed: SignedNodeInfo) -> None:
    assert SignedNodeInfo.decode(signed.encode()) == signed


@given(CERT_PATHS)
def test_any_chain_reads_as_it_was_written(path: CertPath) -> None:
    assert decode_pki_path(encode_pki_path(path)) == path


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x31\x00", b"\x30\x02\x30\x01", b"\x30\x02\x02\x00", b"\x30\x00\x00"])
def test_bytes_that_are_no_chain_are_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decode_pki_path(der)


@pytest.mark.parametrize(
    ("addresses", "identities", "version", "why"),
    [
        ((), (PATH,), 1, "at least one address"),
        ((ADDRESS,), (), 1, "at least one identity"),
        ((ADDRESS,), (PATH[:1],), 1, "its issuer's"),
        ((ADDRESS,), (PATH,), 0, "platform version"),
    ],
)
def test_what_corda_would_not_construct_is_no_node_info(
    addresses: tuple[HostAndPort, ...], identities: tuple[CertPath, ...], version: int, why: str
) -> None:
    with pytest.raises(InvalidNodeInfo, match=why):
        NodeInfo(addresses, identities, version, 1)


def test_a_node_info_that_corda_would_not_construct_is_not_read_either() -> None:
    node = NodeInfo((ADDRESS,), (PATH,), 1, 1)
    bad_port = node.encode().replace(b"\x71\x00\x00\x27\x12", b"\x71\x00\x01\x00\x00")

    with pytest.raises(DecodeError, match="is not from 0 to 65535"):
        NodeInfo.decode(bad_port)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("bank-a:10002", HostAndPort("bank-a", 10002)),
        ("[::1]:0", HostAndPort("::1", 0)),
        ("10.0.0.1:65535", HostAndPort("10.0.0.1", 65535)),
    ],
)
def test_an_address_reads_as_it_prints(text: str, address: HostAndPort) -> None:
    assert HostAndPort.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text",
    ["", "bank-a", "bank-a:", ":1", "::1:1", "bank-a:65536", "bank-a:-1", "bank-a:\u0661", "bank-a:" + "1" * 5000],
)
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidNodeInfo):
        HostAndPort.parse(text)


def test_a_raw_of_another_kind_is_not_a_node_info() -> None:
    with pytest.raises(DecodeError, match=r"NodeInfo' was expected, not 'net.corda.core.identity.CordaX500Name'"):
        SignedNodeInfo(golden("legal-name"), ()).node_info()
