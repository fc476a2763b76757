"""Trouble that passes is waited for, with growing pauses and the reason in the status; other trouble is not."""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from corda_operator.azure.errors import AccessDenied, NotFound, Unavailable
from corda_operator.enrolment import process
from corda_operator.enrolment.errors import CertificateEndedError, RefusedError, UnusableError, WaitingError
from corda_operator.enrolment.process import ExitCode, persistently, run
from corda_operator.enrolment.progress import Phase, Progress
from tests.unit.enrolment.vault import configuration
from tests.unit.network.simulated_time import simulated


def pauses(progress: Progress, *errors: Exception, each_takes: float = 0.0) -> list[float]:
    """Return how long was waited after each error."""
    remaining, ends, begins = list(errors), [], []

    async def attempt() -> None:
        loop = asyncio.get_running_loop()
        begins.append(loop.time())
        await asyncio.sleep(each_takes)
        ends.append(loop.time())
        if remaining:
            raise remaining.pop(0)

    async def main() -> None:
        await persistently(attempt, progress)

    simulated(main)
    return [after - before for before, after in zip(ends, begins[1:], strict=False)]


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "status.json", tmp_path / "absent")


def test_pauses_grow_to_a_minute(progress: Progress) -> None:
    found = pauses(progress, *[Unavailable("away")] * 12)
    assert 0.5 <= found[0] <= 1
    assert all(30 <= each <= 60 for each in found[6:])


def test_pauses_differ_so_that_not_all_nodes_come_back_at_once(progress: Progress) -> None:
    assert len({pauses(progress, WaitingError("away"))[0] for _ in range(5)}) == 5


@pytest.mark.parametrize("kind", [Unavailable, WaitingError])
def test_nobody_is_asked_again_before_he_wants_to_be(
    progress: Progress, kind: Callable[..., Unavailable | WaitingError]
) -> None:
    assert pauses(progress, kind("busy", retry_after=500.0)) == [500]


def test_after_a_long_try_pauses_are_short_again(progress: Progress) -> None:
    found = pauses(progress, *[Unavailable("away")] * 8, each_takes=61)
    assert all(each <= 1 for each in found)


def test_the_reason_is_told_while_it_lasts(progress: Progress, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    progress.tell(Phase.WAITING_FOR_ADMISSION, "not admitted")
    pauses(progress, NotFound("no secret x"), NotFound("no secret x"))
    status = progress.status
    assert status is not None
    found = json.loads(status.read_text())
    assert (found["phase"], found["reason"]) == ("WaitingForAdmission", "no secret x")
    assert [record.message for record in caplog.records] == ["not admitted", "no secret x"]


@pytest.mark.parametrize("error", [AccessDenied("no role"), RefusedError("no"), UnusableError("wrong")])
def test_what_time_does_not_mend_is_not_tried_again(progress: Progress, error: Exception) -> None:
    with pytest.raises(type(error)):
        pauses(progress, error)


async def test_a_configuration_that_cannot_be_used_is_told_to_kubernetes(tmp_path: Path) -> None:
    file, termination_log = tmp_path / "enrolment.yaml", tmp_path / "termination-log"
    file.write_text("legalName: 7")
    termination_log.touch()
    assert await run(file, allow_disk=False, termination_log=termination_log) is ExitCode.CONFIGURATION
    found = json.loads(termination_log.read_text())
    assert found["phase"] == "Failed"
    assert "legalName" in found["reason"]
    assert len(termination_log.read_bytes()) < 4096


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnusableError("wrong"), ExitCode.CONFIGURATION),
        (RefusedError("no"), ExitCode.REFUSED),
        (AccessDenied("no role"), ExitCode.DENIED),
        (CertificateEndedError("over"), ExitCode.EXPIRED),
    ],
)
async def test_the_exit_code_says_who_has_to_do_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: ExitCode
) -> None:
    file, termination_log = tmp_path / "enrolment.yaml", tmp_path / "termination-log"
    file.write_text(configuration(f"output: {tmp_path / 'corda'}"))
    termination_log.touch()

    async def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(process, "_enrol", fails)

    assert await run(file, allow_disk=True, termination_log=termination_log) is code
    assert json.loads(termination_log.read_text())["reason"] == str(error)


def test_outside_of_kubernetes_no_message_is_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "enrolment.yaml"
    code = asyncio.run(run(file, allow_disk=False, termination_log=tmp_path / "termination-log"))
    assert code is ExitCode.CONFIGURATION
    assert list(tmp_path.iterdir()) == []


async def test_a_process_without_an_azure_identity_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    file, termination_log = tmp_path / "enrolment.yaml", tmp_path / "termination-log"
    file.write_text(configuration(f"output: {tmp_path / 'corda'}"))
    termination_log.touch()
    assert await run(file, allow_disk=True, termination_log=termination_log) is ExitCode.CONFIGURATION
    assert "AZURE_FEDERATED_TOKEN_FILE" in json.loads(termination_log.read_text())["reason"]
