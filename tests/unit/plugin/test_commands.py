"""The commands, as far as kubectl: which of its own commands they come to, and what they say."""

import json
from typing import Any

import pytest

from corda_operator.api.durations import parse
from corda_operator.plugin import cli
from corda_operator.plugin.kubectl import Kubectl, complaint
from tests.unit.plugin.canned_kubectl import CannedKubectl
from tests.unit.plugin.resources import TO_COME, Object, consortium, network, node, proposed, request

RUNNING = {
    "kind": "Pod",
    "metadata": {"name": "bank-a-node-0"},
    "status": {
        "initContainerStatuses": [{"name": "enrolment", "state": {"terminated": {"exitCode": 0}}}],
        "containerStatuses": [{"name": "corda", "state": {"running": {}}}],
    },
}
ENROLLING = {
    "kind": "Pod",
    "metadata": {"name": "bank-a-node-0"},
    "status": {"initContainerStatuses": [{"name": "enrolment", "state": {"running": {}}}]},
}
TOOL = ("exec", "bank-a-node-0", "--container=corda", "--", "/opt/corda/bin/node-tool")


@pytest.fixture
def kubectl(monkeypatch: pytest.MonkeyPatch) -> CannedKubectl:
    canned = CannedKubectl()
    monkeypatch.setattr(Kubectl, "found", lambda **_: canned)
    return canned


def has(kubectl: CannedKubectl, *objects: Object) -> None:
    kubectl.objects.extend(objects)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["drain"], (*TOOL, "drain", "--timeout", "120")),
        (["drain", "--timeout", "1h30s"], (*TOOL, "drain", "--timeout", "3630")),
        (["drain", "--no-wait"], (*TOOL, "drain", "--timeout", "0")),
        (["undrain"], (*TOOL, "undrain")),
        (["accept-parameters"], (*TOOL, "accept-parameters", TO_COME)),
        (["logs"], ("logs", "bank-a-node-0", "--container=corda", "line by line")),
        (["logs", "-o", "json"], ("logs", "bank-a-node-0", "--container=corda")),
        (
            ["logs", "-c", "database", "-f", "--previous", "--tail", "7"],
            ("logs", "bank-a-node-0", "--container=database", "--follow", "--previous", "--tail=7", "line by line"),
        ),
    ],
)
def test_a_command_on_a_node_comes_to_one_of_kubectls(
    kubectl: CannedKubectl, arguments: list[str], expected: tuple[str, ...]
) -> None:
    has(kubectl, consortium(parameters=proposed()), node("bank-a", "O=Bank B, L=Paris, C=FR"), RUNNING)
    command, *options = arguments
    assert cli.main([command, "bank-a", *options]) == 0
    assert kubectl.calls == [expected]


def test_parameters_that_are_named_are_not_looked_up(kubectl: CannedKubectl) -> None:
    has(kubectl, node("bank-a"), RUNNING)
    assert cli.main(["accept-parameters", "bank-a", "ABCD"]) == 0
    assert kubectl.calls == [(*TOOL, "accept-parameters", "ABCD")]


@pytest.mark.parametrize(
    ("options", "tool", "code"),
    [([], 0, 0), ([], 3, 3), ([], 1, 1), (["--no-wait"], 3, 0), (["--no-wait"], 1, 1)],
)
def test_the_node_tools_exit_code_is_the_users(
    kubectl: CannedKubectl, options: list[str], tool: int, code: int
) -> None:
    has(kubectl, node("bank-a"), RUNNING)
    kubectl.exit_codes["exec"] = tool
    assert cli.main(["drain", "bank-a", *options]) == code


def test_what_is_proposed_is_shown_before_it_is_accepted(
    kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]
) -> None:
    has(kubectl, consortium(parameters=proposed()), node("bank-b", "C=FR, L=Paris, O=Bank B"))
    cli.main(["accept-parameters", "bank-b"])
    assert f"proposes network parameters {TO_COME}, flag day 2026-12-08T12:00:00Z" in capsys.readouterr().err


def test_what_a_node_has_accepted_is_not_accepted_again(
    kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]
) -> None:
    has(kubectl, consortium(parameters=proposed()), node("bank-a", "O=Bank 0, L=London, C=GB"), RUNNING)
    assert cli.main(["accept-parameters", "bank-a"]) == 0
    assert kubectl.calls == []
    assert "has accepted them already" in capsys.readouterr().err


def test_a_restart_is_a_new_value_of_the_annotation(kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]) -> None:
    paused = node("bank-a")
    paused["spec"]["paused"] = True
    has(kubectl, paused)
    assert cli.main(["restart", "bank-a"]) == 0
    ((*command, annotation),) = kubectl.calls
    assert command == ["annotate", "--overwrite", "cordanodes.corda-operator.io", "bank-a"]
    assert annotation.startswith("corda-operator.io/restart=20")
    assert "once spec.paused is false" in capsys.readouterr().out


def test_a_log_is_shown_in_lines_for_people(kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]) -> None:
    has(kubectl, node("bank-a"), RUNNING)
    started = json.dumps({"time": "2026-11-26T04:32:07.447Z", "level": "INFO", "message": "Started"})
    kubectl.lines.extend(["Corda", started])
    kubectl.exit_codes["logs"] = 1
    assert cli.main(["logs", "bank-a"]) == 1
    assert capsys.readouterr().out == "Corda\n2026-11-26 04:32:07.447  INFO     Started\n"


def test_lines_come_with_the_programs_exit_code() -> None:
    shown: list[str] = []
    kubectl = Kubectl(("/bin/sh", "-c", "echo $1; echo; printf ' last'; exit 3", "sh"))
    assert kubectl.each_line(shown.append, "first") == 3
    assert shown == ["first", "", " last"]


def test_the_log_that_matters_is_named_where_it_does_not_disturb(
    kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]
) -> None:
    has(kubectl, node("bank-a"), ENROLLING)
    assert cli.main(["logs", "bank-a"]) == 0
    assert kubectl.calls == [("logs", "bank-a-node-0", "--container=enrolment", "line by line")]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "kubectl corda: container enrolment of pod bank-a-node-0: running\n"


@pytest.mark.parametrize(
    ("arguments", "objects", "message"),
    [
        (["logs", "bank-z"], [node("bank-a"), node("bank-b")], "no CordaNode bank-z. There is: bank-a, bank-b."),
        (["restart", "bank-z"], [], "There is no CordaNode at all."),
        (["status", "other"], [consortium()], "no Consortium other. There is: credit-records."),
        (["pending", "other"], [consortium()], "no Consortium other. There is: credit-records."),
        (["verify-log"], [consortium("one"), consortium("two")], "say which: one, two."),
        (["verify-log"], [], "There is no Consortium at all."),
        (["verify-log"], [consortium()], "ConfigMap credit-records-trust-root with root.pem is not there"),
        (["verify-log", "--trust-root", "/absent"], [consortium()], "--trust-root /absent"),
        (["logs", "bank-a"], [node("bank-a")], "CordaNode bank-a has no pod now"),
        (["drain", "bank-a"], [node("bank-a"), ENROLLING], "Corda does not run on CordaNode bank-a now (container enr"),
        (["drain", "bank-a", "--timeout", "2x"], [node("bank-a")], "--timeout: '2x' is no duration"),
        (["accept-parameters", "bank-a"], [consortium(), node("bank-a")], "proposes no network parameters"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_could(
    kubectl: CannedKubectl,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    objects: list[Object],
    message: str,
) -> None:
    has(kubectl, *objects)
    assert cli.main(arguments) == 1
    assert message in capsys.readouterr().err
    assert kubectl.calls == []


@pytest.mark.parametrize(
    ("options", "objects", "code"),
    [
        ([], network(), 0),
        (["--exit-code"], network(), 1),
        (["--exit-code"], [consortium(), node("bank-a")], 0),
        (["--wait", "0"], network(), 1),
        (["--wait", "60"], [consortium()], 0),
        (["--watch", "--wait", "60"], [consortium()], 0),
        (["--exit-code"], [], 1),
        ([], [], 0),
    ],
)
def test_status_fails_for_what_is_not_ready_only_if_asked_to(
    kubectl: CannedKubectl, options: list[str], objects: list[Object], code: int
) -> None:
    has(kubectl, *objects)
    assert cli.main(["status", *options]) == code


def test_a_wait_ends_as_soon_as_all_is_ready(kubectl: CannedKubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    has(kubectl, consortium(), node("bank-a", conditions=[]))
    looked: list[float] = []

    def becomes_ready(seconds: float) -> None:
        looked.append(seconds)
        if len(looked) == 2:
            kubectl.objects[1] = node("bank-a")

    monkeypatch.setattr("time.sleep", becomes_ready)
    assert cli.main(["status", "--wait", "3600", "--interval", "5"]) == 0
    assert looked == [5, 5]


def test_a_watch_in_a_pipe_prints_what_has_changed_until_it_is_interrupted(
    kubectl: CannedKubectl, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    has(kubectl, consortium(), node("bank-a", conditions=[]))
    looked: list[float] = []

    def goes_on(seconds: float) -> None:
        looked.append(seconds)
        if len(looked) == 2:
            kubectl.objects[1] = node("bank-a")
        if len(looked) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", goes_on)
    assert cli.main(["status", "--watch"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("· bank-a") == 1
    assert shown.count("✓ bank-a") == 1


def test_scripts_get_json(kubectl: CannedKubectl, capsys: pytest.CaptureFixture[str]) -> None:
    has(kubectl, consortium(pendingRequests=[request("O=Bank C, L=Rome, C=IT")]))
    assert cli.main(["status", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["consortia"][0]["name"] == "credit-records"
    assert cli.main(["pending", "-o", "json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["pendingRequests"][0]["legalName"] == "O=Bank C, L=Rome, C=IT"


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ('error: the server doesn\'t have a resource type "consortia"', "install the operator there"),
        ('Error from server (Forbidden): pods is forbidden: User "eve" cannot list', "You may not do that"),
        ("The connection to the server localhost:8080 was refused", "was refused"),
        ("", "kubectl get pods failed without a word"),
        ('E1201 12:00:00.000001 1 memcache.go:265] "Unhandled Error"\nUnable to connect', "Unable to connect"),
    ],
)
def test_kubectls_complaints_are_explained(stderr: str, message: str) -> None:
    told = str(complaint(stderr, ("get", "pods")))
    assert message in told
    assert "memcache.go" not in told


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["-n", "bank", "restart", "bank-a"], ("--namespace=bank",)),
        (["restart", "bank-a", "-n", "bank"], ("--namespace=bank",)),
        (["--context=test", "restart", "bank-a", "--kubeconfig", "f"], ("--context=test", "--kubeconfig=f")),
        (["restart", "bank-a"], ()),
    ],
)
def test_which_cluster_may_be_said_before_and_after_the_command(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], flags: tuple[str, ...]
) -> None:
    monkeypatch.setenv("KUBECTL", "python3 -m wrapped")
    asked: list[list[str]] = []

    def text(self: Kubectl, *arguments: str) -> str:
        asked.append(self.command(*arguments))
        return json.dumps(node("bank-a"))

    monkeypatch.setattr(Kubectl, "text", text)
    assert cli.main(arguments) == 0
    assert [command[1 : 3 + len(flags)] for command in asked] == [["-m", "wrapped", *flags]] * 2


def test_without_kubectl_the_user_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("KUBECTL", raising=False)
    assert cli.main(["status"]) == 1
    assert "kubectl was not found" in capsys.readouterr().err


def test_without_rich_the_user_is_told_what_to_install(
    kubectl: CannedKubectl, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name, name="rich.console")

    monkeypatch.setattr("importlib.import_module", absent)
    assert cli.main(["status"]) == 1
    assert "pip install 'corda-operator[plugin]'" in capsys.readouterr().err
    assert kubectl.calls == []


@pytest.mark.parametrize(
    "command", ["status", "pending", "logs", "drain", "undrain", "accept-parameters", "restart", "verify-log"]
)
def test_help_of_every_command_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([command, "--help"])
    assert f"examples:\n  kubectl corda {command}" in capsys.readouterr().out


def test_the_default_of_drains_timeout_is_a_duration() -> None:
    assert parse(cli.parser().parse_args(["drain", "bank-a"]).timeout)


def test_without_a_command_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "verify-log" in capsys.readouterr().out
