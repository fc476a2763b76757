"""What the demo tells of resources while it waits."""

import itertools
from typing import Any

import pytest

from local.console import LocalError
from local.demo import progress
from local.demo.progress import Standing, changes, shortened, standing, wait_until_ready


def node(**status: Any) -> dict[str, Any]:
    metadata = {"namespace": "bank-a", "name": "node-1", "generation": 2}
    return {"kind": "CordaNode", "metadata": metadata, "status": status}


def condition(status: str, reason: str) -> dict[str, Any]:
    return {"type": "Ready", "status": status, "reason": reason, "message": f"about {reason}"}


def test_a_node_stands_as_its_ready_condition_says() -> None:
    resource = node(observedGeneration=2, conditions=[condition("False", "NodeStarting")])
    assert standing(resource) == Standing(
        "bank-a/cordanode/node-1", ready=False, reason="NodeStarting", message="about NodeStarting"
    )


@pytest.mark.parametrize("status", [{}, {"observedGeneration": 1, "conditions": [condition("True", "Available")]}])
def test_what_was_said_of_an_older_generation_does_not_count(status: dict[str, Any]) -> None:
    assert standing(node(**status)).ready is False


def test_only_what_has_changed_is_told() -> None:
    one, two = (Standing(name, ready=False, reason="NodeStarting", message="wait") for name in ("one", "two"))
    later = Standing("two", ready=True, reason="Available", message="it is")
    assert list(changes([], [one, two])) == [one, two]
    assert list(changes([one, two], [one, later])) == [later]


def test_waiting_ends_once_as_many_are_ready_as_are_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_PAUSE", 0)
    ready = Standing("one", ready=True, reason="Available", message="it is")
    looks = iter([[], [ready], [ready, Standing("two", ready=True, reason="Available", message="it is")]])
    wait_until_ready(lambda: next(looks), 2, 60)
    assert next(looks, None) is None
    assert "one" in capsys.readouterr().out


def test_whoever_waits_too_long_is_told_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PAUSE", 0)
    waits = Standing("bank-a/cordanode/node-1", ready=False, reason="AdmissionPending", message="ask the founder")
    seconds = itertools.count(step=10)
    with pytest.raises(LocalError, match=r"(?s)after 60 s.*node-1: AdmissionPending: ask the founder"):
        wait_until_ready(lambda: [waits], 1, 60, clock=lambda: float(next(seconds)))


def test_a_long_message_is_told_on_one_line() -> None:
    assert shortened("short") == "short"
    told = shortened("line\n" * 100)
    assert len(told) == 110
    assert "\n" not in told
