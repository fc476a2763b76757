"""Argo CD understands how our resources fare, by the script that examples/gitops gives it, run in the same Lua."""

from typing import Any

import pytest
import yaml
from lupa import lua51

from local.paths import ROOT
from tests.unit.gitops.resources import RESOURCES, Object

ARGOCD = ROOT / "examples" / "gitops" / "argocd"
SCRIPTS: dict[str, str] = {
    key.removeprefix("resource.customizations.health."): script
    for key, script in yaml.safe_load((ARGOCD / "argocd-cm.yaml").read_text())["data"].items()
}


def health(script: str, resource: Object) -> tuple[str, str]:
    """Return status and message that Argo CD would show."""
    # Argo CD gives scripts no libraries but these.
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    for library in ("io", "package", "debug", "require", "dofile", "loadfile"):
        lua.globals()[library] = None
    lua.globals().obj = lua.table_from(resource, recursive=True)
    found = lua.execute(script)
    return found.status, found.message


def script_of(resource: Object) -> str:
    return SCRIPTS[f"corda-operator.io_{resource['kind']}"]


@pytest.mark.parametrize(("resource", "expected"), [each[:2] for each in RESOURCES.values()], ids=[*RESOURCES])
def test_health_follows_from_the_conditions(resource: Object, expected: str) -> None:
    assert health(script_of(resource), resource)[0] == expected


@pytest.mark.parametrize(
    ("what", "about"),
    [("a node that its vault refuses", "Stalled"), ("a paused node that does not run", "ConfigurationApplied")],
)
def test_the_message_says_why(what: str, about: str) -> None:
    resource = RESOURCES[what][0]
    condition = next(each for each in resource["status"]["conditions"] if each["type"] == about)

    assert condition["message"] in health(script_of(resource), resource)[1]


def test_a_resource_without_a_status_is_not_healthy() -> None:
    bare = {key: value for key, value in RESOURCES["a running node"][0].items() if key != "status"}

    assert health(script_of(bare), bare)[0] == "Progressing"


def test_both_kinds_have_the_same_script() -> None:
    assert SCRIPTS["corda-operator.io_Consortium"] == SCRIPTS["corda-operator.io_CordaNode"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(None, "Progressing"), ({}, "Progressing"), ({"health": {"status": "Healthy"}}, "Healthy")],
    ids=str,
)
def test_an_application_waits_for_the_one_before_it(status: Any, expected: str) -> None:
    resource = {"kind": "Application"} if status is None else {"kind": "Application", "status": status}

    assert health(SCRIPTS["argoproj.io_Application"], resource)[0] == expected
