import pickle

import pytest

from corda_operator.corda.hashes import InvalidHash, SecureHash

EMPTY = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"


def test_a_hash_is_written_in_upper_case_and_read_in_either() -> None:
    assert str(SecureHash.of(b"")) == EMPTY
    assert SecureHash.parse(EMPTY) == SecureHash.parse(EMPTY.lower()) == SecureHash.of(b"")


def test_a_hash_equals_its_bytes_and_is_found_by_them() -> None:
    one = SecureHash.of(b"")

    assert one == bytes.fromhex(EMPTY)
    assert bytes.fromhex(EMPTY) in {one}
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own


@pytest.mark.parametrize("text", ["", EMPTY[:-1], EMPTY + "0", EMPTY[:-1] + "G", " " + EMPTY[:-1], EMPTY[:-1] + "٣"])
def test_anything_but_64_hexadecimal_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidHash):
        SecureHash.parse(text)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_has_32_bytes(size: int) -> None:
    with pytest.raises(InvalidHash):
        SecureHash(bytes(size))
