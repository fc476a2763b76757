"""Credit records between genuine nodes, one story: each test goes on where the one before it ended."""

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from local.cordapps import RELEASES, built
from local.images.jars import FINANCE, FINANCE_TABLE, archive
from tests.integration.cordapp.conftest import Banks
from tests.integration.network.genuine.node import GenuineNode
from tests.integration.network.genuine.rpc import RpcError


def create(node: GenuineNode, request: str, counterparty: str = "Bank B", score: int = 500) -> dict[str, Any]:
    """Create a record about a subject that is called like the request."""
    return dict(
        node.ask("create", subject=f"subject of {request}", score=score, counterparty=counterparty, request=request)
    )


def versions(node: GenuineNode, record: str) -> list[tuple[int, int]]:
    """Return version and score of what a node has of a record."""
    return [(each["version"], each["score"]) for each in node.ask("versions", record=record)]


def test_01_nodes_run_the_signed_cordapp_and_say_which(banks: Banks) -> None:
    for node in banks.nodes:
        assert node.ask("cordapps") == {
            "Credit records: contracts": "1",
            "Credit records: flows": str(RELEASES["1.0.0"]),
        }


def test_02_a_record_is_notarised_and_read_at_every_node_of_both_banks(banks: Banks) -> None:
    written = create(banks.a_1, "first")
    assert written["version"] == 1
    assert written["notarised"]
    for node in banks.nodes:
        node.wait_until(
            lambda each: [found["transaction"] for found in each.ask("record", record=written["record"])],
            [written["transaction"]],
        )
        (found,) = node.ask("subject", subject="subject of first")
        assert found == {
            "transaction": written["transaction"],
            "record": written["record"],
            "version": 1,
            "subject": "subject of first",
            "score": 500,
            "writer": "Bank A",
            "request": "first",
        }


def test_03_any_node_of_the_bank_that_wrote_a_record_updates_it(banks: Banks) -> None:
    (record,) = banks.a_2.ask("request", organisation="Bank A", request="first")
    updated = banks.a_2.ask("update", record=record["record"], version=1, score=600, request="second")
    assert updated["version"] == 2
    assert updated["notarised"]
    for node in banks.nodes:
        node.wait_until(lambda each: versions(each, record["record"]), [(1, 500), (2, 600)])
        assert [each["version"] for each in node.ask("record", record=record["record"])] == [2]


def test_04_records_are_found_by_their_time(banks: Banks) -> None:
    (record,) = banks.b.ask("subject", subject="subject of first")
    second = create(banks.b, "another", counterparty="Bank A")
    everything = banks.b.ask("time", **{"from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"})
    assert [each["record"] for each in everything] == [record["record"], second["record"]]
    since = banks.b.ask("time", **{"from": second["time"], "until": "2100-01-01T00:00:00Z"})
    assert [each["record"] for each in since] == [second["record"]]
    before = banks.b.ask("time", **{"from": "2020-01-01T00:00:00Z", "until": second["time"]})
    assert [each["record"] for each in before] == [record["record"]]


def test_05_what_cannot_be_written_is_refused_with_the_reason(banks: Banks) -> None:
    (record,) = banks.a_1.ask("subject", subject="subject of first")
    update = {"record": record["record"], "version": 2, "score": 700, "request": "refused"}
    with pytest.raises(RpcError, match=r"NOT_THE_WRITER: The record .* was written by Bank A, so Bank B may not"):
        banks.b.ask("update", **update)
    with pytest.raises(RpcError, match=r"WRONG_VERSION: .* expected to have version 1, but its newest version is 2"):
        banks.a_1.ask("update", **{**update, "version": 1})
    with pytest.raises(RpcError, match="UNKNOWN_RECORD: This node has no record 00000000-0000-0000-0000-000000000000"):
        banks.a_1.ask("update", **{**update, "record": "00000000-0000-0000-0000-000000000000"})
    with pytest.raises(RpcError, match="INVALID: A score is from 0 to 1000, not 1001"):
        banks.a_1.ask("update", **{**update, "score": 1001})
    with pytest.raises(RpcError, match=r'UNKNOWN_ORGANISATION: .* no node of an organisation called "Bank C"'):
        create(banks.a_1, "refused", counterparty="Bank C")
    with pytest.raises(RpcError, match="INVALID: A record is shared with another bank"):
        create(banks.a_1, "refused", counterparty="Bank A")
    assert versions(banks.a_1, record["record"]) == [(1, 500), (2, 600)]


def test_06_a_request_that_comes_again_gets_its_first_result(banks: Banks) -> None:
    (record,) = banks.a_1.ask("subject", subject="subject of first")
    again = create(banks.a_2, "first")
    assert (again["record"], again["version"]) == (record["record"], 1)
    update = {"record": record["record"], "version": 1, "score": 600, "request": "second"}
    assert banks.a_1.ask("update", **update)["transaction"] == record["transaction"]
    with pytest.raises(RpcError, match="REQUEST_ID_REUSED: Version 1 of the record"):
        create(banks.a_1, "first", score=501)
    with pytest.raises(RpcError, match="REQUEST_ID_REUSED: Version 2 of the record"):
        banks.a_1.ask("update", **{**update, "score": 601})


def test_07_a_node_of_the_same_bank_that_is_down_holds_nothing_up_and_hears_of_it_when_it_is_back(banks: Banks) -> None:
    banks.a_2.stop()
    created = create(banks.a_1, "without node 2")
    updated = banks.a_1.ask("update", record=created["record"], version=1, score=650, request="also without node 2")
    assert updated["version"] == 2
    deliveries = ["io.cordaoperator.creditrecord.flows.DeliverCreditRecord"] * 2
    banks.a_1.wait_until(lambda each: each.ask("flows"), deliveries)
    banks.a_2.start()
    banks.a_2.wait_until(lambda each: each.ask("record", record=created["record"]) != [], expected=True)
    banks.a_2.wait_until(lambda each: versions(each, created["record"])[-1], (2, 650))
    banks.a_1.wait_until(lambda each: each.ask("flows"), [])


def test_08_what_both_nodes_of_a_bank_write_while_the_other_bank_is_down_is_written_once_when_it_is_back(
    banks: Banks,
) -> None:
    (record,) = banks.a_1.ask("subject", subject="subject of first")
    creation = {"subject": "a subject that waits", "score": 1, "counterparty": "Bank B", "request": "waits"}
    banks.b.stop()
    writers = (banks.a_1, banks.a_2)
    creations = [node.ask("start creating", **creation) for node in writers]
    updates = [
        node.ask("start updating", record=record["record"], version=2, score=700 + number, request=f"update {number}")
        for number, node in enumerate(writers)
    ]
    for node in writers:
        assert len(node.ask("flows")) == 2
    banks.b.start()

    created = [_outcome(node, flow) for node, flow in zip(writers, creations, strict=True)]
    assert sorted(each.split(":")[0] for each in created) == ["REQUEST_IN_PROGRESS", "written"]
    updated = [_outcome(node, flow) for node, flow in zip(writers, updates, strict=True)]
    assert sorted(each.split(":")[0] for each in updated) == ["WRONG_VERSION", "written"]
    score = 700 + updated.index("written")
    for node in banks.nodes:
        node.wait_until(lambda each: len(each.ask("subject", subject="a subject that waits")), 1)
        node.wait_until(lambda each: versions(each, record["record"]), [(1, 500), (2, 600), (3, score)])
        node.wait_until(lambda each: each.ask("flows"), [])


def test_09_a_flow_that_was_left_goes_on_beside_a_new_cordapp_and_stops_a_node_with_another_jar_of_its_own(
    banks: Banks,
) -> None:
    banks.b.stop()
    banks.a_1.ask("start creating", subject="left", score=1, counterparty="Bank B", request="left")
    banks.a_1.containers[-1].signal(signal.SIGKILL)
    banks.a_1.wait_for_end()
    place = banks.a_1.base / "cordapps"

    (place / built().workflows.name).unlink()
    shutil.copy(built("1.1.0").workflows, place)
    banks.a_1.run()
    assert banks.a_1.wait_for_end() == 1
    assert "Found checkpoint for flow: class io.cordaoperator.creditrecord.flows.CreateCreditRecord" in banks.a_1.log

    (place / built("1.1.0").workflows.name).unlink()
    for jar in (built().workflows, *_finance(banks.a_1)):
        shutil.copy(jar, place)
    banks.a_1.run("run-migration-scripts", "--core-schemas", "--app-schemas")
    assert banks.a_1.wait_for_end() == 1
    assert "CheckpointsException" in banks.a_1.log
    banks.a_1.run("run-migration-scripts", "--core-schemas", "--app-schemas", "--update-app-schema-with-checkpoints")
    assert banks.a_1.wait_for_end() == 0
    banks.a_1.start()
    banks.b.start()

    banks.a_1.wait_until(lambda each: each.ask("flows"), [])
    banks.b.wait_until(lambda each: len(each.ask("subject", subject="left")), 1)


def _finance(node: GenuineNode) -> list[Path]:
    """Have a node take CorDapps of Corda's own, which are signed with a key that production nodes refuse."""
    with (node.base / "node.conf").open("a") as configuration:
        configuration.write("cordappSignerKeyFingerprintBlacklist = []\n")
    return [archive(each, FINANCE_TABLE) for each in FINANCE]


def _outcome(node: GenuineNode, flow: str) -> str:
    """Return that a flow has written, or the reason why it was refused."""
    try:
        node.ask("result", flow=flow)
    except RpcError as error:
        return str(error).partition("}: ")[2]
    return "written"
