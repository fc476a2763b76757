"""Arbitrary values of Corda's types."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from corda_operator.corda.amqp.times import FOREVER
from corda_operator.corda.countries import COUNTRIES
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import InvalidName, LegalName
from corda_operator.corda.network_map import NetworkMap, ParametersUpdate
from corda_operator.corda.network_parameters import NetworkParameters, NotaryInfo
from corda_operator.corda.node_info import HostAndPort, NodeInfo, SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
BYTES = st.binary(max_size=400)
POSITIVE = st.integers(1, 2**31 - 1)
TIMES = st.datetimes(timezones=st.just(UTC))
HASHES = st.binary(min_size=32, max_size=32).map(SecureHash)

_attribute = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=31)


@st.composite
def _legal_names(draw: st.DrawFn) -> LegalName | None:
    organisation = draw(_attribute | st.sampled_from(["Bank A", "Zürcher Bank", "a=b"]))
    others = draw(st.tuples(_attribute, st.sampled_from(sorted(COUNTRIES))))
    optional = draw(st.tuples(*[st.none() | _attribute] * 3))
    try:
        return LegalName(organisation, *others, *optional)
    except InvalidName:
        return None


LEGAL_NAMES = _legal_names().filter(lambda name: name is not None).map(lambda name: name or LegalName("AB", "L", "GB"))

CERTIFICATES = st.binary(min_size=256, max_size=700).map(
    lambda content: b"\x30\x82" + len(content).to_bytes(2, "big") + content
)
ADDRESSES = st.builds(HostAndPort, TEXT, st.integers(0, 0xFFFF))
CERT_PATHS = st.lists(CERTIFICATES, min_size=2, max_size=4).map(tuple)
NODE_INFOS = st.builds(
    NodeInfo,
    addresses=st.lists(ADDRESSES, min_size=1, max_size=4).map(tuple),
    identities=st.lists(CERT_PATHS, min_size=1, max_size=2).map(tuple),
    platform_version=POSITIVE,
    serial=st.integers(-(2**63), 2**63 - 1),
)
SIGNED_NODE_INFOS = st.builds(SignedNodeInfo, raw=BYTES, signatures=st.lists(BYTES, max_size=3).map(tuple))

UPDATES = st.builds(ParametersUpdate, new_parameters_hash=HASHES, description=TEXT, update_deadline=TIMES)
NETWORK_MAPS = st.builds(
    NetworkMap,
    node_info_hashes=st.lists(HASHES, max_size=20).map(tuple),
    network_parameter_hash=HASHES,
    parameters_update=st.none() | UPDATES,
)

NOTARIES = st.builds(NotaryInfo, name=LEGAL_NAMES, key=BYTES, validating=st.booleans())
_PACKAGES = st.sampled_from(["com.example.a", "com.example.b", "net.bank", "org", "zürich.$_1"])
NETWORK_PARAMETERS = st.builds(
    NetworkParameters,
    minimum_platform_version=POSITIVE,
    notaries=st.lists(NOTARIES, max_size=3, unique_by=lambda notary: notary.key).map(tuple),
    max_message_size=POSITIVE,
    max_transaction_size=POSITIVE,
    modified_time=TIMES,
    epoch=POSITIVE,
    whitelisted_contract_implementations=st.dictionaries(TEXT, st.lists(HASHES, max_size=3).map(tuple), max_size=4),
    event_horizon=st.timedeltas(min_value=timedelta(0)) | st.just(FOREVER),
    package_ownership=st.dictionaries(_PACKAGES, BYTES, max_size=4),
)

SIGNED_DATA = st.builds(
    SignedDataWithCert, raw=BYTES, by=BYTES, signature=BYTES, parent_certs_chain=st.lists(BYTES, max_size=2).map(tuple)
)
ACKNOWLEDGEMENTS = st.builds(ParametersAcknowledgement, raw=BYTES, by=BYTES, signature=BYTES)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
