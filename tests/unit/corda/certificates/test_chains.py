"""What of a chain only longer ones show; the rest is shown by node infos."""

import pytest

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.chains import verify_chain
from corda_operator.corda.certificates.errors import UntrustedError
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.roles import Role
from tests.unit.corda.certificates.zone import BANK, NOW, OTHER_BANK, Holder, Zone, forge, p256

_ZONE = Zone()


def chain(*holders: Holder) -> tuple[Certificate, ...]:
    return tuple(holder.certificate for holder in holders)


def test_identity_below_the_node_ca_of_its_own_name_takes_no_room_in_the_path() -> None:
    root, key = _ZONE.root, p256()
    narrow = forge(
        _ZONE.identity_manager.certificate.subject,
        key,
        root.certificate.subject,
        root.key,
        role=Role.DOORMAN_CA,
        ca=True,
        path_length=1,
    )
    node_ca = _ZONE.issue(Profile.NODE_CA, BANK, narrow)
    identity = _ZONE.issue(Profile.LEGAL_IDENTITY, BANK, node_ca, p256())
    confidential = _ZONE.issue(Profile.CONFIDENTIAL_LEGAL_IDENTITY, BANK, identity)
    verify_chain(chain(confidential, identity, node_ca, narrow, root), root.certificate, NOW)


def test_root_alone_and_nothing_at_all_are_no_chains() -> None:
    for short in ((), (_ZONE.root.certificate,)):
        with pytest.raises(UntrustedError, match="does not end with the root"):
            verify_chain(short, _ZONE.root.certificate, NOW)


def test_constraints_reach_all_the_way_down() -> None:
    node = _ZONE.node(identity_key=p256())
    name = node.node_ca.certificate.subject
    grandchild = forge(OTHER_BANK.to_x509(), p256(), name, node.identity.key, role=Role.CONFIDENTIAL_LEGAL_IDENTITY)
    path = chain(grandchild, node.identity, node.node_ca, _ZONE.identity_manager, _ZONE.root)
    with pytest.raises(UntrustedError, match="is not within"):
        verify_chain(path, _ZONE.root.certificate, NOW)
