"""What people see of a log that programs write for programs."""

import json

import pytest

from corda_operator.plugin.log_records import readable

CORDA = {
    "time": "2026-11-26T04:32:07.447Z",
    "level": "INFO",
    "logger": "net.corda.node.internal.Node",
    "message": "Node status update: [STARTING] -> [STARTED]",
    "thread": "main",
    "context": "{fiber-id=10000001}",
}
OURS = {
    "level": "WARNING",
    "logger": "corda_operator.enrolment.progress",
    "message": "waits",
    "legal_name": "O=Bank A, L=London, C=GB",
    "phase": None,
    "time": "2026-11-26T04:29:58.466932+00:00",
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (json.dumps(CORDA), "2026-11-26 04:32:07.447  INFO   Node  Node status update: [STARTING] -> [STARTED]"),
        (
            json.dumps(OURS),
            "2026-11-26 04:29:58.466932  WARNING  progress  waits  (legal_name=O=Bank A, L=London, C=GB)",
        ),
        (
            json.dumps(CORDA | {"level": "ERROR", "exception": "java.lang.X: y\n\tat a.b(C.java:1)\n"}),
            "2026-11-26 04:32:07.447  ERROR  Node  Node status update: [STARTING] -> [STARTED]\n"
            "java.lang.X: y\n\tat a.b(C.java:1)",
        ),
        ("   ______               __", "   ______               __"),
        ('{"a": 1}', '{"a": 1}'),
        ("{ cut off", "{ cut off"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_record_is_a_line_and_anything_else_stays(line: str, expected: str) -> None:
    assert readable(line) == expected
