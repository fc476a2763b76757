import pytest
from hypothesis import given

from corda_operator.corda.amqp import DecodeError, types
from corda_operator.corda.amqp import writer as amqp
from corda_operator.corda.amqp.envelope import seal, sealing
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from tests.unit.corda.golden import golden
from tests.unit.corda.strategies import ACKNOWLEDGEMENTS, SIGNED_DATA

ACKNOWLEDGED = "9DC32B67EDA301A1D467D2A323BAE7D1930A7C71DEFFBAB3DD86DB8A1EA18597"


def test_signed_parameters_are_written_byte_for_byte_as_corda_writes_them() -> None:
    blob = golden("bootstrapper-network-parameters")
    signed = SignedDataWithCert.decode(blob)

    assert signed.encode() == blob
    assert signed.parent_certs_chain == ()
    assert signed.hash == SecureHash.of(signed.raw)


def test_an_acknowledgement_is_written_byte_for_byte_as_a_node_writes_it() -> None:
    blob = golden("ack-parameters-ed25519.SignedData_SecureHash")
    acknowledgement = ParametersAcknowledgement.decode(blob)

    assert acknowledgement.encode() == blob
    assert str(acknowledgement.parameters_hash()) == ACKNOWLEDGED
    assert ParametersAcknowledgement.to_be_signed(SecureHash.parse(ACKNOWLEDGED)) == acknowledgement.raw


@given(SIGNED_DATA)
def test_any_signed_data_reads_as_it_was_written(signed: SignedDataWithCert) -> None:
    assert SignedDataWithCert.decode(signed.encode()) == signed


@given(ACKNOWLEDGEMENTS)
def test_any_acknowledgement_reads_as_it_was_written(acknowledgement: ParametersAcknowledgement) -> None:
    assert ParametersAcknowledgement.decode(acknowledgement.encode()) == acknowledgement


def test_an_acknowledgement_of_something_else_than_a_hash_is_refused() -> None:
    with pytest.raises(DecodeError, match="SecureHash\\$SHA256' was expected"):
        ParametersAcknowledgement(golden("legal-name"), b"", b"").parameters_hash()


def test_an_acknowledgement_of_a_hash_of_another_length_is_refused() -> None:
    value = amqp.described(types.SHA256.descriptor, amqp.sequence([amqp.binary(bytes(31))]))

    with pytest.raises(DecodeError, match="32 bytes, not 31"):
        ParametersAcknowledgement(seal(value, sealing((types.SHA256,))), b"", b"").parameters_hash()
