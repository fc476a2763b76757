"""Genuine nodes and the network services, one story: each test goes on where the one before it ended.

The network: a notary and bank A that registered as Corda does it, and bank B, which starts from key stores that we
made. All of them refuse connections unless every certificate is in order with a revocation list.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.revocation_lists import RevocationList
from corda_operator.corda.certificates.roles import Role
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.keystores import IDENTITY_ALIAS, NODE_CA_ALIAS, SERVICE_ALIAS, PrivateKeyEntry, read_keystore
from corda_operator.corda.names import LegalName
from tests.integration.network.genuine.conftest import BANK_A, BANK_B, NOTARY, NOTARY_SERVICE, Network, members
from tests.integration.network.genuine.node import PASSWORD, GenuineNode
from tests.integration.network.genuine.own_keys import registered
from tests.integration.network.genuine.rpc import RpcError

SECOND_NOTARY = LegalName.parse("OU=Service, O=Second Notary, L=London, C=GB")
JAVA_KEEPS_REVOCATION_LISTS_SECONDS = 31
"""sun.security.provider.certpath.URICertStore does, before it asks for them again."""

REHEARSED = {"minimumPlatformVersion": 12, "revision": 1}
"""The network parameters from the rehearsal on."""


def chains(node: GenuineNode) -> dict[str, list[Certificate]]:
    """Return the certificates in a node's nodekeystore.jks by alias."""
    entries = read_keystore((node.certificates / "nodekeystore.jks").read_bytes(), PASSWORD)
    return {
        entry.alias: [Certificate.from_der(each) for each in entry.chain]
        for entry in entries
        if isinstance(entry, PrivateKeyEntry)
    }


def test_01_a_bank_that_registered_too_early_gets_its_certificates_when_it_is_a_member(network: Network) -> None:
    found = chains(network.bank_a)
    assert set(found) == {NODE_CA_ALIAS, IDENTITY_ALIAS}
    assert [each.role for each in found[NODE_CA_ALIAS]] == [Role.NODE_CA, Role.DOORMAN_CA, None]
    assert found[NODE_CA_ALIAS][0].legal_name == BANK_A
    assert found[NODE_CA_ALIAS][-1] == network.services.root()


def test_02_a_notary_that_registers_with_its_token_gets_its_services_identity(network: Network) -> None:
    found = chains(network.notary)
    assert set(found) == {NODE_CA_ALIAS, IDENTITY_ALIAS, SERVICE_ALIAS}
    assert [each.role for each in found[SERVICE_ALIAS]] == [Role.SERVICE_IDENTITY, Role.DOORMAN_CA, None]
    assert found[SERVICE_ALIAS][0].legal_name == NOTARY_SERVICE


def test_03_whoever_must_not_register_is_told_why(network: Network, tmp_path: Path) -> None:
    name = LegalName.parse("O=Notary, L=Paris, C=FR")
    stranger = GenuineNode(
        name, network.notary.corda, network.notary.rpc, tmp_path / "stranger", submission_token="a guess"
    )
    try:
        stranger.prepare(network.services, [])
        stranger.register(network.trust_store)
        assert stranger.wait_for_end() == 1, stranger.tail
        assert "Notary registers with a submission token (node.conf: networkServices.csrToken)" in stranger.log
    finally:
        stranger.close()


def test_04_all_nodes_see_one_another_and_know_the_notary(network: Network) -> None:
    everybody = sorted(map(str, (NOTARY, BANK_A, BANK_B)))
    for node in network.nodes:
        node.wait_until(_seen_by, everybody)
        assert node.ask("notaries") == [str(NOTARY_SERVICE)]


def test_05_a_payment_is_notarised_and_arrives(network: Network) -> None:
    network.bank_a.ask("issue", amount=100_00)
    paid = network.bank_a.ask("pay", amount=60_00, recipient=str(BANK_B))
    assert paid["notary"] == str(NOTARY_SERVICE)
    assert paid["notarised"]
    network.bank_b.wait_until(_cash, 60_00)


def test_06_another_notary_comes_in_without_a_restart_once_all_have_accepted_it(network: Network) -> None:
    services = network.services
    services.configure(
        notaries=[{"serviceLegalName": str(NOTARY_SERVICE)}, {"serviceLegalName": str(SECOND_NOTARY)}],
        parametersUpdate={"description": "another notary", "adoptWhenAllAccepted": True},
    )
    registered(services, SECOND_NOTARY, ec.generate_private_key(ec.SECP256R1()), Role.SERVICE_IDENTITY)
    _accept("another notary", *network.nodes)
    for node in network.nodes:
        node.wait_until(_notaries, [str(NOTARY_SERVICE), str(SECOND_NOTARY)])
        assert node.ask("parameters")["epoch"] == 2
        assert node.containers[-1].running


def test_07_the_same_parameters_as_a_new_epoch_are_accepted_and_taken_over_by_running_nodes(network: Network) -> None:
    """Nobody accepts them but the nodes themselves: there's nothing in them that a person could mind."""
    network.services.configure(networkParameters=REHEARSED, parametersUpdate={"adoptWhenAllAccepted": True})
    for node in network.nodes:
        node.wait_until(lambda each: each.ask("parameters")["epoch"], 3)
        assert "Auto-accepting network parameter update" in node.log
        assert node.containers[-1].running


def test_08_nodes_accept_a_whitelist_by_themselves_and_forget_it_when_it_is_withdrawn(network: Network) -> None:
    whitelist = {"net.corda.finance.contracts.asset.Cash": ["AB" * 32]}
    network.services.configure(
        networkParameters={**REHEARSED, "whitelistedContractImplementations": whitelist},
        parametersUpdate={"description": "nobody is asked", "acceptancePeriod": "7d"},
    )
    network.bank_a.wait_until(lambda _: network.services.network_map().parameters_update is not None, expected=True)
    update = network.services.network_map().parameters_update
    assert update is not None
    for node in network.nodes:
        node.wait_until(lambda each: _accepted_by_itself(each, update.new_parameters_hash), expected=True)
    network.services.configure(networkParameters=REHEARSED)
    network.bank_a.wait_until(lambda _: network.services.network_map().parameters_update, expected=None)
    assert network.bank_a.ask("pay", amount=1_00, recipient=str(BANK_B))["notarised"]
    assert [node.ask("parameters")["epoch"] for node in network.nodes] == [3, 3, 3]


def test_09_without_the_services_nodes_transact_and_start_again(network: Network) -> None:
    """Over connections that they have: strict as they are, they make no new ones without revocation lists."""
    network.services.stop()
    assert network.bank_a.ask("pay", amount=1_00, recipient=str(BANK_B))["notarised"]
    network.bank_b.wait_until(_cash, 62_00)

    network.bank_b.stop()
    network.bank_b.start()
    assert "Node will attempt to start using network-parameters file" in network.bank_b.log
    assert _seen_by(network.bank_b) == sorted(map(str, (NOTARY, BANK_A, BANK_B)))


def test_10_a_bank_that_is_no_member_any_more_disappears_from_the_others(network: Network) -> None:
    """The services come back first: what they know is in Azure, and nodes find them by themselves."""
    network.services.start()
    network.services.configure(members=members(without="Bank B"))
    for node in (network.notary, network.bank_a):
        node.wait_until(_seen_by, sorted(map(str, (NOTARY, BANK_A))))
    assert network.bank_b.containers[-1].running


def test_11_on_flag_day_nodes_that_accepted_end_well_and_one_that_did_not_fails(network: Network) -> None:
    """Bank B is not listed, so nobody waits for it to accept; but it still reads the map."""
    network.services.configure(
        networkParameters={**REHEARSED, "maxMessageSize": 12_000_000},
        parametersUpdate={"description": "larger messages", "adoptWhenAllAccepted": True},
    )
    _accept("larger messages", network.notary, network.bank_a)
    for node in (network.notary, network.bank_a):
        assert node.wait_for_end() == 0, node.tail
        assert "Flag day occurred." in node.log
    assert network.bank_b.wait_for_end() == 1, network.bank_b.tail
    assert "delete the network-parameters file" in network.bank_b.log


def test_12_nodes_that_accepted_come_back_with_the_new_parameters(network: Network) -> None:
    for node in (network.notary, network.bank_a):
        node.start()
        assert node.ask("parameters")["maxMessageSize"] == 12_000_000


def test_13_one_that_did_not_accept_comes_back_without_its_old_parameters_only(network: Network) -> None:
    """It still has what it accepted in the update that was withdrawn, which does no harm."""
    network.services.configure(members=members())
    network.bank_b.run()
    assert network.bank_b.wait_for_end() == 1, network.bank_b.tail
    assert "network parameters update files don't match" in network.bank_b.log
    (network.bank_b.base / "network-parameters").unlink()
    network.bank_b.start()
    everybody = sorted(map(str, (NOTARY, BANK_A, BANK_B)))
    for node in network.nodes:
        node.wait_until(_seen_by, everybody)


def test_14_a_revoked_bank_is_refused_by_the_nodes_that_it_still_knows(network: Network) -> None:
    """Revocation does not end connections, so bank B starts again and has to make new ones."""
    network.services.configure(revocations=[{"legalName": str(BANK_B), "reason": "keyCompromise"}])
    network.bank_a.wait_until(_seen_by, sorted(map(str, (NOTARY, BANK_A))))
    node_ca = chains(network.bank_b)[IDENTITY_ALIAS][1]
    network.bank_a.wait_until(lambda _: _revoked(network, node_ca), expected=True)
    others_know = time.monotonic() + JAVA_KEEPS_REVOCATION_LISTS_SECONDS
    network.bank_b.stop()
    network.bank_b.start()
    time.sleep(max(0.0, others_know - time.monotonic()))

    before = network.bank_a.ask("cash")
    flow = network.bank_b.ask("start paying", amount=1_00, recipient=str(BANK_A))
    network.bank_a.wait_for("Certificate has been revoked, reason: KEY_COMPROMISE")
    assert network.bank_b.ask("flows") == [flow]
    assert network.bank_a.ask("cash") == before


def test_15_a_flow_that_does_not_end_is_waited_for_only_so_long_and_goes_on_at_the_next_start(network: Network) -> None:
    """Bank B has the flow that bank A does not answer."""
    bank = network.bank_b
    flows = bank.ask("flows")
    code, said, complained = bank.tool("drain", "--timeout", "1")
    assert (code, said.splitlines()[0]) == (3, "The node takes no new flows.")
    assert "1 flow left" in complained
    assert bank.tool("status")[1] == '{"draining": true, "flows": 1}\n'
    with pytest.raises(RpcError, match="Node is draining"):
        bank.ask("start paying", amount=1_00, recipient=str(BANK_A))

    code, _, complained = bank.tool("drain", "--timeout", "1", "--then-undrain")
    assert (code, "1 flow left" in complained) == (3, True)
    assert bank.tool("shutdown")[0] == 0
    assert bank.wait_for_end() == 0, bank.tail
    bank.start()
    assert bank.tool("status")[1] == '{"draining": false, "flows": 1}\n'
    assert bank.ask("flows") == flows


def test_16_draining_comes_to_its_end_with_the_last_flow(network: Network) -> None:
    bank = network.bank_b
    (flow,) = bank.ask("flows")
    with ThreadPoolExecutor(1) as beside:
        draining = beside.submit(bank.tool, "drain")
        bank.wait_until(lambda each: each.tool("status")[1], '{"draining": true, "flows": 1}\n')
        assert not draining.done()
        assert bank.ask("kill", flow=flow)
        code, said, _ = draining.result()
    assert (code, said.splitlines()[-1]) == (0, "No flows are left.")


def _seen_by(node: GenuineNode) -> list[str]:
    return sorted(node.ask("nodes"))


def _notaries(node: GenuineNode) -> list[str]:
    return list(node.ask("notaries"))


def _cash(node: GenuineNode) -> int:
    return int(node.ask("cash"))


def _announced(node: GenuineNode) -> str | None:
    update = node.ask("update")
    return None if update is None else update["description"]


def _accepted_by_itself(node: GenuineNode, parameters_hash: SecureHash) -> bool:
    _, found, since = node.log.partition(f"Auto-accepting network parameter update {parameters_hash}")
    # It says so when the services have taken its acknowledgement.
    return found != "" and "Accepted network parameter update" in since


def _accept(description: str, *nodes: GenuineNode) -> None:
    """Wait until an update has come to all nodes, then accept it everywhere over RPC."""
    for node in nodes:
        node.wait_until(_announced, description)
    for node in nodes:
        node.ask("accept", hash=node.ask("update")["hash"])


def _revoked(network: Network, certificate: Certificate) -> bool:
    status, der = network.services.request("GET", "/certificate-revocation-list/identity-manager")
    assert status == 200, der
    return RevocationList.from_der(der).find(certificate.serial_number) is not None
