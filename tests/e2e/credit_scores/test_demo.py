"""What `make demo` shows, step by step, is what its report says."""

from typing import Any

from local.demo.scenario import RECORDS, UPDATES


def test_records_cross_from_bank_to_bank(told: dict[str, Any]) -> None:
    assert told["records_written"] == 2 * RECORDS
    assert told["versions_written"] == 2 * (RECORDS + UPDATES)
    assert told["records_read"] == told["records_written"]


def test_nothing_is_lost_or_doubled_when_a_node_and_the_operator_are_killed(told: dict[str, Any]) -> None:
    assert (told["lost"], told["doubled"]) == (0, 0)


def test_requests_are_spread_over_both_nodes_of_a_bank(told: dict[str, Any]) -> None:
    nodes = {f"OU=Node {number}, O=Bank A, L=London, C=GB" for number in (1, 2)}
    assert told["by_node"].keys() == nodes
    assert sum(told["by_node"].values()) == RECORDS + UPDATES


def test_the_nodes_are_genuine_and_not_in_development_mode(told: dict[str, Any]) -> None:
    assert told["corda_version"] == "4.10"
    assert told["dev_mode"] is False


def test_every_step_is_told_with_its_seconds(told: dict[str, Any]) -> None:
    assert len(told["steps"]) >= 10
    assert all(seconds >= 0 for seconds in told["steps"].values())


def test_prometheus_and_the_network_page_agree_with_what_is_there(told: dict[str, Any]) -> None:
    for name, there in (("members", 3), ("available_nodes", 4)):
        assert told[name] == {"metrics": there, "page": there, "counted": there}
    figure = told["transactions_per_minute"]
    assert figure["counted"] > 0
    assert figure == dict.fromkeys(("metrics", "page", "counted"), figure["counted"])
