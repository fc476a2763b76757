"""Java's PKIX, set up as a Corda node sets it up, against our revocation lists.

corda: SSLHelper.initialiseTrustStoreAndEnableCrlChecking.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from corda_operator.corda.certificates.issuing import CrlDistributionPoint
from corda_operator.corda.certificates.revocation_lists import (
    IssuingDistributionPoint,
    Revocation,
    issue_revocation_list,
)
from corda_operator.corda.keystores import KeyAndChain, tls_keystore, trust_store
from tests.integration.corda_java.conftest import ListServer
from tests.unit.corda.certificates.zone import Holder, Node, Zone, authority, complete

_PASSWORD = "a password of this test only"
_NOW = datetime.now(UTC).replace(microsecond=0)
_ROOT, _NODES, _TLS = "root.crl", "nodes.crl", "tls.crl"


class Network:
    """A network with all three lists, and a node in it."""

    def __init__(self, lists: ListServer) -> None:
        self.lists = lists
        self.zone = Zone(
            _NOW,
            crl_of_root=CrlDistributionPoint(lists.url(_ROOT)),
            crl_of_identity_manager=CrlDistributionPoint(lists.url(_NODES)),
            crl_of_tls=CrlDistributionPoint(lists.url(_TLS), authority("Root")),
        )
        self.node: Node = self.zone.node()
        self.publish(_ROOT, self.zone.root)
        self.publish(_NODES, self.zone.identity_manager)
        self.publish(_TLS, self.zone.root, indirect=True)

    def publish(
        self,
        name: str,
        issuer: Holder,
        *revoked: Holder,
        indirect: bool = False,
        next_update: datetime = _NOW + timedelta(days=1),
    ) -> None:
        """Sign a list and serve it."""
        reason = x509.ReasonFlags.privilege_withdrawn
        unsigned = issue_revocation_list(
            issuer.certificate,
            1,
            _NOW - timedelta(days=1),
            next_update,
            [Revocation(holder.certificate.serial_number, _NOW, reason) for holder in revoked],
            IssuingDistributionPoint(self.lists.url(name), indirect=indirect),
        )
        self.lists.files[name] = complete(unsigned, issuer.key).der


@pytest.fixture
def network(lists: ListServer) -> Network:
    return Network(lists)


@pytest.fixture
def opinion(network: Network, java: Callable[..., str], tmp_path: Path) -> Callable[[str], str]:
    """Return what a peer says of the node, failing softly or hard."""
    zone, node = network.zone, network.node
    chain = tuple(holder.certificate for holder in (node.tls, node.node_ca, zone.identity_manager, zone.root))
    trusted, keys = tmp_path / "truststore.jks", tmp_path / "sslkeystore.jks"
    trusted.write_bytes(trust_store(_PASSWORD, zone.root.certificate, created=_NOW))
    keys.write_bytes(tls_keystore(_PASSWORD, KeyAndChain(node.tls.pkcs8, chain), created=_NOW))
    return lambda mode: java("Peer", trusted, keys, _PASSWORD, mode)


@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_node_is_accepted_while_nobody_is_revoked(opinion: Callable[[str], str], mode: str) -> None:
    assert opinion(mode) == "accepted"


@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_node_whose_ca_is_revoked_is_refused(network: Network, opinion: Callable[[str], str], mode: str) -> None:
    network.publish(_NODES, network.zone.identity_manager, network.node.node_ca)
    assert "Certificate has been revoked, reason: PRIVILEGE_WITHDRAWN" in opinion(mode)


def test_revoking_one_node_leaves_the_others(network: Network, opinion: Callable[[str], str]) -> None:
    network.publish(_NODES, network.zone.identity_manager, network.zone.node().node_ca)
    assert opinion("hard") == "accepted"


def test_everybody_is_refused_once_the_identity_manager_is_revoked(
    network: Network, opinion: Callable[[str], str]
) -> None:
    network.publish(_ROOT, network.zone.root, network.zone.identity_manager)
    assert "Certificate has been revoked" in opinion("hard")


@pytest.mark.parametrize("missing", [_ROOT, _NODES, _TLS])
def test_missing_list_matters_to_those_who_fail_hard(
    network: Network, opinion: Callable[[str], str], missing: str
) -> None:
    del network.lists.files[missing]
    assert opinion("soft") == "accepted"
    refused = opinion("hard")
    assert refused.startswith("refused: ")
    assert refused.endswith(network.lists.url(missing))


def test_list_that_is_out_of_date_is_as_good_as_none(network: Network, opinion: Callable[[str], str]) -> None:
    network.publish(_NODES, network.zone.identity_manager, next_update=_NOW - timedelta(hours=1))
    assert opinion("hard").endswith("Could not determine revocation status")


def test_list_for_tls_certificates_has_to_say_that_it_is_indirect(
    network: Network, opinion: Callable[[str], str]
) -> None:
    network.publish(_TLS, network.zone.root, indirect=False)
    assert opinion("hard").endswith("Could not determine revocation status")


def test_list_that_another_root_signed_is_refused(network: Network, opinion: Callable[[str], str]) -> None:
    network.publish(_TLS, Zone(_NOW).root, indirect=True)
    assert opinion("hard").endswith("Could not determine revocation status")
