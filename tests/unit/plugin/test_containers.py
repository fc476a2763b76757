"""Whose log ``kubectl corda logs`` prints."""

from typing import Any

import pytest

from corda_operator.plugin.containers import runs, that_matters

Object = dict[str, Any]
DONE: Object = {"terminated": {"exitCode": 0}}
FAILED: Object = {"terminated": {"exitCode": 2}}
RUNNING: Object = {"running": {}}


def waiting(reason: str = "PodInitializing") -> Object:
    return {"waiting": {"reason": reason}}


def pod(enrolment: Object, database: Object, corda: Object | None = None, last: Object | None = None) -> Object:
    return {
        "status": {
            "initContainerStatuses": [
                {"name": "enrolment", "state": enrolment, "lastState": last or {}},
                {"name": "database", "state": database, "lastState": {}},
            ],
            "containerStatuses": [{"name": "corda", "state": corda or waiting(), "lastState": {}}],
        }
    }


@pytest.mark.parametrize(
    ("found", "name", "state"),
    [
        (pod(RUNNING, waiting()), "enrolment", "running"),
        (pod(FAILED, waiting()), "enrolment", "ended with exit code 2"),
        (
            pod(waiting("CrashLoopBackOff"), waiting(), last=FAILED),
            "enrolment",
            "CrashLoopBackOff, ended with exit code 2 before",
        ),
        (pod(DONE, RUNNING), "database", "running"),
        (pod(DONE, waiting()), "database", "PodInitializing"),
        (pod(DONE, DONE, RUNNING), "corda", "running"),
        (pod(DONE, DONE, waiting("CrashLoopBackOff")), "corda", "CrashLoopBackOff"),
        ({"status": {"phase": "Pending"}}, "corda", "not started"),
        ({}, "corda", "not started"),
    ],
)
def test_the_first_that_has_not_ended_well_matters(found: Object, name: str, state: str) -> None:
    container = that_matters(found)
    assert (container.name, container.state) == (name, state)


def test_corda_runs_only_if_its_own_container_does() -> None:
    assert runs(pod(DONE, DONE, RUNNING))
    assert not runs(pod(RUNNING, waiting()))
    assert not runs({})
