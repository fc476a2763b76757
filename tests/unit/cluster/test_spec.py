from itertools import combinations

import pytest

from local.cluster.spec import CLUSTER, LARGEST_INDEX, Cluster, Node, parse_nodes
from local.console import LocalError

NODES = (Node("system", 1, 1), Node("corda", 1, 2), Node("corda", 2, 3))


def cluster(index: int = 0) -> Cluster:
    return Cluster("test", index, NODES, etcd_port=1, etcd_peer_port=2)


def test_a_node_is_named_and_labelled_as_on_aks() -> None:
    node = Node("corda", 2, 3)

    assert node.name == "aks-corda-west-vmss000002"
    assert node.labels["kubernetes.azure.com/agentpool"] == "corda"
    assert node.labels["topology.kubernetes.io/zone"] == "westeurope-2"
    assert node.labels["kubernetes.azure.com/mode"] == "user"
    assert Node("system", 1, 1).labels["kubernetes.azure.com/mode"] == "system"


def test_no_two_clusters_share_an_address() -> None:
    planned = []
    for index in range(LARGEST_INDEX + 1):
        one = cluster(index)
        planned += [one.machines, one.load_balancers, one.services, one.pods]

    assert not [pair for pair in combinations(planned, 2) if pair[0].overlaps(pair[1])]


def test_nodes_share_neither_addresses_nor_pod_subnets() -> None:
    one = cluster()
    addresses = {one.address(node) for node in NODES} | {one.gateway, one.load_balancer_gateway}

    assert len(addresses) == 5
    assert all(address in one.machines for address in addresses)
    assert not [pair for pair in combinations(map(one.pod_subnet, NODES), 2) if pair[0].overlaps(pair[1])]
    assert all(one.pod_subnet(node).subnet_of(one.pods) for node in NODES)


def test_interface_names_fit_the_kernels_fifteen_characters() -> None:
    one = Cluster("a-cluster-with-a-very-long-name", 9, (Node("corda", 1, 99),), 1, 2)

    assert len(one.bridge) <= 15
    assert len(one.interface(one.nodes[0])) <= 15
    assert len(one.load_balancer_interface) <= 15
    assert one.load_balancer_interface not in {one.interface(node) for node in one.nodes}


def test_a_cluster_survives_being_written_and_read() -> None:
    assert CLUSTER.validate_json(CLUSTER.dump_json(cluster(3))) == cluster(3)


def test_nodes_are_numbered_in_the_order_given() -> None:
    assert parse_nodes(["system:1", "corda:1", "corda:2"]) == NODES


@pytest.mark.parametrize("word", ["corda", "corda:", "corda:4", "corda:westeurope-1"])
def test_a_node_without_a_zone_is_refused_with_the_form_it_should_have(word: str) -> None:
    with pytest.raises(LocalError, match="pool:zone with zone 1, 2 or 3"):
        parse_nodes([word])


@pytest.mark.parametrize("pool", ["Corda", "1corda", "corda-a", "averylongname", ""])
def test_a_pool_name_that_aks_refuses_is_refused(pool: str) -> None:
    with pytest.raises(LocalError, match="12 lower-case letters and digits"):
        parse_nodes([f"{pool}:1"])
