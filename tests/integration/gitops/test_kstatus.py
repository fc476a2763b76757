"""Flux understands how our resources fare: its own kstatus, on what the operator reports."""

import json
import subprocess

import pytest

from local import tools
from tests.unit.gitops.resources import RESOURCES, Object


def status(resource: Object) -> tuple[str, str]:
    """Return status and message that Flux sees."""
    command = [tools.binary("kstatus")]
    done = subprocess.run(command, input=json.dumps(resource), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["status"], found["message"]


@pytest.mark.parametrize(("resource", "_", "expected"), RESOURCES.values(), ids=[*RESOURCES])
def test_status_follows_from_the_conditions(resource: Object, _: str, expected: str) -> None:
    assert status(resource)[0] == expected


def test_the_message_says_why() -> None:
    resource = RESOURCES["a node that its vault refuses"][0]

    assert "403 Forbidden" in status(resource)[1]


def test_a_resource_that_is_being_deleted_is_waited_for() -> None:
    resource = RESOURCES["a running node"][0]
    metadata = {**resource["metadata"], "deletionTimestamp": "2026-12-01T12:00:00Z"}

    assert status({**resource, "metadata": metadata})[0] == "Terminating"
