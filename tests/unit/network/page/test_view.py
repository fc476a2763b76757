"""What the network page is told, of a network with real certificates and node infos."""

import datetime

from corda_operator.corda.certificates.roles import Role
from corda_operator.network.page.node_details import NodeDetails
from corda_operator.network.page.reachability import Reachability
from corda_operator.network.page.transactions import Transactions
from corda_operator.network.page.view import NetworkView, NodeView, view
from tests.unit.network.consortium import (
    BANK_A,
    BANK_B,
    BEGIN,
    NOTARY_SERVICE,
    STRANGER,
    Consortium,
    Member,
    consortium,
)

NOTARIES = [{"serviceLegalName": str(NOTARY_SERVICE), "validating": True}]
ADDRESS = "node.bank.test:10002"


async def details(replica: Consortium) -> dict[str, NodeDetails]:
    found = {}
    for name in replica.state.nodes:
        data = await replica.network_map.node_info(name)
        assert data is not None
        found[name] = NodeDetails.read(data)
    return found


async def shown(
    replica: Consortium, reachability: Reachability | None = None, transactions: Transactions | None = None
) -> NetworkView:
    """Return the page's content as it arrives in a browser."""
    found = view(
        replica.state,
        replica.configuration,
        reachability or Reachability(),
        transactions or Transactions(),
        await details(replica),
        BEGIN,
    )
    return NetworkView.model_validate_json(found.model_dump_json())


def node(found: NetworkView, organisation: str) -> NodeView:
    [each] = [each for each in found.nodes if each.organisation == organisation]
    return each


async def test_a_network_without_nodes_has_a_page() -> None:
    async with consortium(notaries=NOTARIES) as replica:
        found = await shown(replica)

        assert (found.members_admitted, found.members_listed, found.node_count) == (2, 0, 0)
        assert [(each.service_legal_name, each.registered) for each in found.notaries] == [(str(NOTARY_SERVICE), False)]
        assert [each.name for each in found.authorities] == ["Root", "IdentityManager", "NetworkMap"]
        assert not found.transactions.known
        assert (found.log.block, found.log.hash) == (replica.state.sequence, replica.state.block)


async def test_members_and_nodes_are_shown_with_where_they_are_and_until_when() -> None:
    async with consortium(notaries=NOTARIES) as replica:
        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()
        member = await replica.listed(BANK_A)
        found = await shown(replica)

        assert (found.members_admitted, found.members_listed) == (2, 1)
        assert {each.organisation: each.nodes for each in found.members} == {"Bank A": 1, "Bank B": 0}
        shown_node = node(found, "Bank A")
        assert (shown_node.legal_name, shown_node.locality, shown_node.country) == (str(BANK_A), "London", "GB")
        assert shown_node.addresses == (ADDRESS,)
        assert shown_node.certificate_expiry == min(each.not_after for each in member.chain)
        assert (shown_node.published, shown_node.platform_version) == (BEGIN, 12)
        assert [each.registered for each in found.notaries] == [True]
        assert found.parameters is not None
        assert found.parameters.epoch == 1


async def test_a_nodes_state_is_that_of_its_address() -> None:
    async with consortium(notaries=NOTARIES) as replica:
        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()
        await replica.listed(BANK_A)
        reachability = Reachability()
        before = await shown(replica, reachability)
        reachability.tried(ADDRESS, BEGIN, connected=True)
        up = await shown(replica, reachability)
        for seconds in (10, 20):
            reachability.tried(ADDRESS, BEGIN + datetime.timedelta(seconds=seconds), connected=False)
        down = await shown(replica, reachability)

        assert (node(before, "Bank A").state, before.nodes_available, before.nodes_unknown) == ("Unknown", 0, 1)
        assert (node(up, "Bank A").state, up.nodes_available, up.nodes_unknown) == ("Reachable", 1, 0)
        assert (node(down, "Bank A").state, down.nodes_available, down.nodes_unknown) == ("Unreachable", 0, 0)
        assert node(down, "Bank A").since == BEGIN + datetime.timedelta(seconds=20)


async def test_who_has_accepted_proposed_parameters_is_shown() -> None:
    async with consortium(notaries=NOTARIES) as replica:
        await replica.register(NOTARY_SERVICE, Role.SERVICE_IDENTITY)
        await replica.settle()
        member = await replica.listed(BANK_A)
        await replica.listed(BANK_B)
        before = await shown(replica)
        replica.configure(notaries=NOTARIES, networkParameters={"maxMessageSize": 20_000_000})
        await replica.settle()
        update = replica.state.update
        assert update is not None
        await replica.network_map.acknowledge(member.acknowledgement(update.hash))
        found = await shown(replica)

        assert node(before, "Bank A").accepted_update is None
        assert (node(found, "Bank A").accepted_update, node(found, "Bank B").accepted_update) == (True, False)
        assert found.update is not None
        assert found.update.waiting_for == (str(BANK_B),)


async def test_requests_that_wait_are_shown_without_what_would_help_to_get_in() -> None:
    token = "AB" * 32
    members = [{"organisation": "Bank A", "submissionTokenSHA256": token}]
    async with consortium(notaries=NOTARIES, members=members) as replica:
        await replica.identity_manager.submit(Member(STRANGER).request(), None)
        await replica.identity_manager.submit(Member(BANK_A).request(), "guessed")
        found = await shown(replica)

        assert found.pending_count == 2
        assert {each.legal_name for each in found.pending} == {str(STRANGER), str(BANK_A)}
        assert token not in found.model_dump_json()
        assert "guessed" not in found.model_dump_json()
