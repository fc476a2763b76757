"""What is known of the cluster stays the newest that was heard of, in whatever order that comes."""

import pytest

from corda_operator.reconcile.desired import Manifest
from corda_operator.reconcile.engine.world import World
from tests.unit.reconcile.engine.objects import NAMESPACE, NETWORK, consortium, node, node_key, owned, reference

ALPHA = node_key("alpha")


@pytest.fixture
def world() -> World:
    return World()


def config_map(version: int, **data: str) -> Manifest:
    return owned("ConfigMap", "files", version, of=ALPHA, data=data)


FILES = reference(config_map(1))


def test_what_was_written_is_known_at_once_and_its_echo_is_no_news(world: World) -> None:
    assert world.put(config_map(7, a="1"))
    assert not world.put(config_map(7, a="1"))


def test_an_older_version_that_comes_late_changes_nothing(world: World) -> None:
    world.put(config_map(10, a="new"))
    assert not world.put(config_map(9, a="old"))
    assert (world.get(FILES) or {})["data"] == {"a": "new"}


def test_versions_are_compared_as_numbers(world: World) -> None:
    world.put(config_map(9))
    assert world.put(config_map(10))


def test_an_answer_that_comes_after_the_news_of_a_deletion_brings_nothing_back(world: World) -> None:
    world.put(config_map(7))
    assert world.drop(FILES, "12")
    assert not world.put(config_map(11))
    assert world.get(FILES) is None


def test_an_answer_that_comes_after_a_deletion_without_a_version_brings_nothing_back(world: World) -> None:
    world.put(config_map(7))
    assert world.drop(FILES)
    assert not world.put(config_map(7))


def test_an_object_that_was_made_again_is_known_again(world: World) -> None:
    world.put(config_map(7))
    world.drop(FILES, "12")
    assert world.put(config_map(13, a="again"))


def test_the_late_news_of_a_deletion_does_not_take_away_what_was_made_again(world: World) -> None:
    world.put(config_map(13))
    assert not world.drop(FILES, "12")
    assert world.get(FILES) is not None


def test_that_something_unknown_has_gone_is_no_news(world: World) -> None:
    assert not world.drop(FILES, "3")


def test_owners_are_found_by_label_and_lost_with_it(world: World) -> None:
    world.put(config_map(1))
    world.put(owned("Pod", "alpha-node-0", of=ALPHA))
    world.put(owned("ConfigMap", "other", of=node_key("beta")))
    assert [each.name for each in world.owned(ALPHA)] == ["files", "alpha-node-0"]
    assert [each["metadata"]["name"] for each in world.owned_of_kind(ALPHA, "Pod")] == ["alpha-node-0"]
    world.put(owned("ConfigMap", "files", 2, of=node_key("beta")))
    assert [each.name for each in world.owned(ALPHA)] == ["alpha-node-0"]
    assert [each.name for each in world.owned(node_key("beta"))] == ["files", "other"]
    assert world.owned(NETWORK) == {}


def test_an_object_of_a_node_and_of_its_consortium_belongs_to_both(world: World) -> None:
    both = owned("ConfigMap", "both", of=ALPHA, labels={"corda-operator.io/consortium": NETWORK.name})
    world.put(both)
    assert world.owners(reference(both)) == (ALPHA, NETWORK)
    assert list(world.owned(NETWORK)) == [reference(both)]


def test_who_manages_which_field_is_not_kept(world: World) -> None:
    manifest = config_map(1)
    manifest["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    world.put(manifest)
    assert "managedFields" not in (world.get(FILES) or {})["metadata"]


def test_a_consortiums_nodes_are_those_that_name_it_in_order(world: World) -> None:
    def names(consortium: str = NETWORK.name) -> list[str]:
        return [each.metadata.name for each in world.nodes(NAMESPACE, consortium)]

    for name in ("beta", "alpha"):
        world.put(node(name))
    world.put(node("gamma", consortiumRef={"name": "another"}))
    assert names() == ["alpha", "beta"]
    world.put(node("beta", 2, consortiumRef={"name": "another"}))
    assert (names(), names("another")) == (["alpha"], ["beta", "gamma"])
    world.drop(reference(node("gamma")), "9")
    assert names("another") == ["beta"]


def test_a_nodes_newest_spec_is_among_its_consortiums_nodes(world: World) -> None:
    world.put(node("alpha"))
    assert world.nodes(NAMESPACE, NETWORK.name)[0].spec.paused is False
    world.put(node("alpha", 2, paused=True))
    assert world.nodes(NAMESPACE, NETWORK.name)[0].spec.paused is True


def test_a_resource_that_cannot_be_read_says_why_until_it_can(world: World) -> None:
    broken = node("alpha")
    del broken["spec"]["legalName"]
    world.put(broken)
    assert world.node(ALPHA) is None
    assert "spec.legalName" in (world.why_invalid(ALPHA) or "")
    assert list(world.resources()) == [ALPHA]
    world.put(node("alpha", 2))
    assert world.why_invalid(ALPHA) is None
    assert world.node(ALPHA) is not None


def test_a_resource_that_can_be_read_no_more_is_not_taken_for_what_it_was(world: World) -> None:
    world.put(node("alpha"))
    broken = node("alpha", 2)
    broken["spec"]["legalName"] = 7
    world.put(broken)
    assert (world.node(ALPHA), world.nodes(NAMESPACE, NETWORK.name)) == (None, ())


def test_resources_come_with_consortia_first(world: World) -> None:
    world.put(node("alpha"))
    world.put(consortium())
    world.put(config_map(1))
    assert list(world.resources()) == [NETWORK, ALPHA]
    world.drop(ALPHA.reference, "5")
    assert list(world.resources()) == [NETWORK]


def test_versions_are_those_of_one_kind_and_namespace(world: World) -> None:
    world.put(config_map(5))
    world.put(owned("Service", "p2p", 6, of=ALPHA))
    elsewhere = config_map(7)
    elsewhere["metadata"]["namespace"] = "other"
    world.put(elsewhere)
    assert world.versions("v1", "ConfigMap", NAMESPACE) == {FILES: 5}
    assert sorted(world.versions("v1", "ConfigMap", None).values()) == [5, 7]
    assert (world.version(FILES), world.uid(FILES)) == (5, "files-uid")
