"""Roles as extensions state them."""

import pytest

from corda_operator.corda.certificates.errors import MalformedError
from corda_operator.corda.certificates.roles import Role


@pytest.mark.parametrize("role", Role)
def test_role_is_a_der_integer(role: Role) -> None:
    assert role.encode() == bytes([2, 1, role])
    assert Role.decode(role.encode()) is role


@pytest.mark.parametrize("der", ["", "020100", "020109", "0201ff", "02020001", "0a0101", "02010100", "0201"])
def test_what_is_no_role_is_refused(der: str) -> None:
    with pytest.raises(MalformedError, match="no Corda role"):
        Role.decode(bytes.fromhex(der))


def test_roles_below_the_root_have_an_issuer_without_role() -> None:
    below_root = {role for role in Role if None in role.valid_parents}
    assert below_root == {Role.DOORMAN_CA, Role.NETWORK_MAP, Role.NETWORK_PARAMETERS}
    assert Role.CONFIDENTIAL_LEGAL_IDENTITY.valid_parents == {Role.LEGAL_IDENTITY}
