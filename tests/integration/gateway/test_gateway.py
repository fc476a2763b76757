"""The bank's gateway with genuine nodes, one story: each test goes on where the one before it ended."""

import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.cordapp.conftest import BANK_A_1, BANK_A_2
from tests.integration.gateway.conftest import Gateway
from tests.integration.gateway.replica import Replica
from tests.integration.network.genuine import rpc
from tests.integration.network.genuine.node import GenuineNode
from tests.records import records

REQUESTS = "credit_gateway_node_requests_total"


def record(subject: str, score: int = 700) -> dict[str, Any]:
    """Return what a new record about a subject says."""
    return {"subject": subject, "score": score, "historyReference": f"file of {subject}", "counterparty": "Bank B"}


def about(replica: Replica, subject: str) -> list[dict[str, Any]]:
    """Return all records about a subject."""
    found = replica.call("GET", f"/credit-records?subject={subject}")
    assert found.status == 200, found
    assert found.document["total"] == len(found.document["items"])
    return list(found.document["items"])


def test_01_a_password_that_nodes_refuse_is_read_again_until_it_is_the_right_one(gateway: Gateway) -> None:
    gateway.put_password("not what the nodes know")
    gateway.patient.start()
    gateway.patient.wait_for("not in with the password that Key Vault has")
    assert not gateway.patient.ready()
    gateway.put_password(rpc.PASSWORD)
    gateway.patient.wait_until_ready()
    gateway.impatient.start()
    gateway.impatient.wait_until_ready()
    for secret in ("not what the nodes know", rpc.PASSWORD):
        assert secret not in gateway.patient.log + gateway.impatient.log
    records(gateway.patient.log)


def test_02_records_are_written_through_both_nodes_in_turn(gateway: Gateway) -> None:
    written = [gateway.patient.call("POST", "/credit-records", record(f"spread-{number}")) for number in range(4)]
    assert [each.status for each in written] == [201] * 4, written
    assert sorted(each.document["node"] for each in written) == sorted([str(BANK_A_1), str(BANK_A_2)] * 2)
    for each in written:
        assert each.headers["location"] == f"/credit-records/{each.document['id']}"
        assert each.headers["etag"] == '"1"'
    counts = gateway.patient.metrics(REQUESTS)
    for name in (BANK_A_1, BANK_A_2):
        assert counts[f'{{node="{name}",operation="create",outcome="success"}}'] == 2


def test_03_a_request_that_comes_again_with_its_key_changes_nothing(gateway: Gateway) -> None:
    first = gateway.patient.call("POST", "/credit-records", record("again"))
    key = first.headers["idempotency-key"]
    for replica in (gateway.patient, gateway.impatient):
        again = replica.call("POST", "/credit-records", record("again"), Idempotency_Key=key)
        assert (again.status, again.document) == (201, first.document)
    other = gateway.patient.call("POST", "/credit-records", record("again", score=1), Idempotency_Key=key)
    assert other.status == 422, other
    assert other.document["type"].endswith(":key-reused")


def test_04_an_update_replaces_the_version_that_it_names_and_no_other(gateway: Gateway) -> None:
    created = gateway.patient.call("POST", "/credit-records", record("update")).document
    path, change = f"/credit-records/{created['id']}", {"score": 710, "historyReference": "later"}
    assert gateway.patient.call("PUT", path, change).status == 428
    updated = gateway.patient.call("PUT", path, change, If_Match='"1"')
    assert (updated.status, updated.headers["etag"], updated.document["version"]) == (200, '"2"', 2), updated
    again = gateway.impatient.call(
        "PUT", path, change, If_Match='"1"', Idempotency_Key=updated.headers["idempotency-key"]
    )
    assert (again.status, again.document["transactionId"]) == (200, updated.document["transactionId"]), again
    late = gateway.patient.call("PUT", path, {**change, "score": 711}, If_Match='"1"')
    assert (late.status, late.document["currentVersion"]) == (412, 2), late
    found = gateway.patient.call("GET", path)
    assert (found.document["score"], found.headers["etag"]) == (710, '"2"')


def test_05_mistakes_are_told(gateway: Gateway) -> None:
    nobody = gateway.patient.call("POST", "/credit-records", {**record("mistake"), "counterparty": "Bank C"})
    assert nobody.status == 422
    assert "Bank C" in nobody.document["detail"]
    assert gateway.patient.call("GET", f"/credit-records/{uuid.uuid4()}").status == 404
    nowhere = gateway.patient.call(
        "PUT", f"/credit-records/{uuid.uuid4()}", {"score": 1, "historyReference": "h"}, If_Match='"1"'
    )
    assert nowhere.status == 404
    assert about(gateway.patient, "mistake") == []


def test_06_a_record_whose_node_is_killed_in_flight_is_written_once(gateway: Gateway) -> None:
    """The other bank is down meanwhile, so that the request is in flight for certain."""
    gateway.banks.b.stop()
    key = "killed-in-flight"
    slow = gateway.impatient.call("POST", "/credit-records", record("killed"), Idempotency_Key=key)
    assert slow.status == 504, slow
    assert slow.headers["idempotency-key"] == key
    assert gateway.impatient.call("POST", "/credit-records", record("unseen")).status == 504
    node = gateway.banks.a_1 if str(BANK_A_1) in slow.document["detail"] else gateway.banks.a_2
    with ThreadPoolExecutor(1) as application:
        waiting = application.submit(
            gateway.patient.call, "POST", "/credit-records", record("killed"), Idempotency_Key=key
        )
        kill(node)
        node.start()
        gateway.banks.b.start()
        written = waiting.result()
    assert written.status == 201, written
    # The key's home may not have read of the record yet.
    wait_for_both_nodes(gateway, "killed")
    again = gateway.impatient.call("POST", "/credit-records", record("killed"), Idempotency_Key=key)
    assert (again.status, again.document) == (201, written.document), again
    assert [each["id"] for each in about(gateway.patient, "killed")] == [written.document["id"]]


def test_07_an_update_whose_node_is_killed_goes_on_at_the_other(gateway: Gateway) -> None:
    created = gateway.patient.call("POST", "/credit-records", record("moved")).document
    wait_for_both_nodes(gateway, "moved")
    kill(gateway.banks.a_1)
    updated = [
        gateway.patient.call(
            "PUT", f"/credit-records/{created['id']}", {"score": 701 + number, "historyReference": "h"},
            If_Match=f'"{1 + number}"',
        )
        for number in range(2)
    ]  # fmt: skip
    assert [each.status for each in updated] == [200, 200], updated
    assert [each.document["node"] for each in updated] == [str(BANK_A_2)] * 2


def test_08_a_node_that_is_back_gets_its_share_again(gateway: Gateway) -> None:
    gateway.banks.a_1.start()
    gateway.banks.a_1.wait_until(
        lambda each: f'{{node="{each.legal_name}"}}' in _connected(gateway.patient), expected=True
    )
    nodes = {gateway.patient.call("POST", "/credit-records", record(f"back-{each}")).document["node"] for each in "ab"}
    assert nodes == {str(BANK_A_1), str(BANK_A_2)}


def test_09_nodes_keep_nothing_of_flows_that_ended_while_nobody_waited(gateway: Gateway) -> None:
    wait_for_both_nodes(gateway, "unseen")
    assert len(about(gateway.patient, "unseen")) == 1
    for node in (gateway.banks.a_1, gateway.banks.a_2):
        node.wait_until(lambda each: each.ask("ended"), expected=[])


def test_10_it_ends_when_it_is_told_to(gateway: Gateway) -> None:
    assert gateway.patient.stop() == 143


def wait_for_both_nodes(gateway: Gateway, subject: str) -> None:
    """Wait until each of the bank's nodes has the one record about a subject: they get it one after the other."""
    for node in (gateway.banks.a_1, gateway.banks.a_2):
        node.wait_until(lambda each: len(each.ask("subject", subject=subject)), expected=1)


def kill(node: GenuineNode) -> None:
    """End a node as a machine that fails does."""
    node.containers[-1].signal(signal.SIGKILL)
    node.wait_for_end()


def _connected(replica: Replica) -> set[str]:
    return {labels for labels, count in replica.metrics("credit_gateway_rpc_connections").items() if count}
