"""What counts as lost, and what as doubled."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from local.console import LocalError
from local.demo import scenario
from local.demo.report import Report
from local.demo.scenario import RECORDS, UPDATES, Written, _read, _repeat, _write


class Bank:
    """A gateway's answers, from memory; what it is to get wrong is done to its records."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.twins: list[dict[str, Any]] = []

    async def create(self, record: Mapping[str, Any], key: str) -> dict[str, Any]:
        node = f"node-{len(self.records) % 2 + 1}"
        made = {**record, "id": key, "version": 1, "transactionId": f"T{key}", "node": node}
        return self.records.setdefault(key, made)

    async def update(self, record: dict[str, Any], changes: Mapping[str, Any], key: str) -> dict[str, Any]:
        new = {**record, **changes, "version": record["version"] + 1, "transactionId": f"T{key}"}
        self.records[record["id"]] = new
        return new

    async def find(self, subject: str) -> list[dict[str, Any]]:
        return [each for each in (*self.records.values(), *self.twins) if each["subject"] == subject]


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setattr(scenario, "_READ_SECONDS", 0)
    return Bank()


async def written(bank: Bank) -> dict[str, Written]:
    return await _write(bank, "customer", Counter())  # type: ignore[arg-type]


async def read(bank: Bank, records: dict[str, Written]) -> Report:
    report = Report()
    await _read(bank, records, report)  # type: ignore[arg-type]
    return report


async def test_what_is_there_as_it_was_written_is_read(bank: Bank) -> None:
    by_node = Counter[str]()
    records = await _write(bank, "customer", by_node)  # type: ignore[arg-type]

    report = await read(bank, records)

    assert (report.records_read, report.lost, report.doubled) == (RECORDS, 0, 0)
    assert sum(each.record["version"] == 2 for each in records.values()) == UPDATES
    assert by_node.total() == RECORDS + UPDATES
    assert by_node.keys() == {"node-1", "node-2"}


async def test_a_record_that_is_not_there_is_lost(bank: Bank) -> None:
    records = await written(bank)
    del bank.records[next(iter(bank.records))]

    report = await read(bank, records)

    assert (report.records_read, report.lost) == (RECORDS - 1, 1)


async def test_a_version_that_is_not_there_is_lost(bank: Bank) -> None:
    records = await written(bank)
    changed = next(each for each in records.values() if each.record["version"] == 2)
    bank.records[changed.key] = {**changed.record, "version": 1}

    assert (await read(bank, records)).lost == 1


async def test_a_second_record_about_the_same_is_doubled(bank: Bank) -> None:
    records = await written(bank)
    bank.twins = [dict(next(iter(bank.records.values())))]

    assert (await read(bank, records)).doubled == 1


async def test_a_repeated_creation_that_makes_another_transaction_is_doubled(bank: Bank) -> None:
    records = await written(bank)
    report = Report()
    await _repeat(bank, records, report)  # type: ignore[arg-type]
    assert report.doubled == 0

    forgotten = next(each for each in records.values() if each.record["version"] == 1)
    bank.records[forgotten.key] = {**forgotten.record, "transactionId": "another"}
    await _repeat(bank, records, report)  # type: ignore[arg-type]

    assert report.doubled == 1


@pytest.mark.parametrize(
    ("node_conf", "mode"),
    [
        ('{\ninclude required(file("x"))\n  "devMode": false,\n}', False),
        ('{\n  "devMode": true\n}', True),
        ("devMode = false", False),
        ('{\n  "myLegalName": "O=Bank A"\n}', True),
    ],
)
def test_a_node_is_in_development_mode_unless_it_says_otherwise(node_conf: str, mode: object) -> None:
    assert scenario.dev_mode(node_conf) is mode


def test_a_failed_step_leaves_its_seconds_in_the_report() -> None:
    report = Report()
    with pytest.raises(LocalError), report.step("cluster"):
        raise LocalError("no root")
    assert report.document()["steps"].keys() == {"cluster"}
