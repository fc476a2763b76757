"""The README's table of versions is what is pinned."""

import json
import re
import tomllib
from collections.abc import Callable
from functools import partial

import pytest
import yaml

from corda_operator import __version__
from corda_operator.api.resource import API_VERSION
from local.paths import ROOT

ROWS = {
    cells[0]: (cells[1], cells[2])
    for line in (ROOT / "README.md").read_text().partition("## Versions\n")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and len(cells := [cell.strip() for cell in line.split("|")[1:-1]]) == 3 and cells[0]
}
CHART = yaml.safe_load((ROOT / "charts" / "corda-operator" / "Chart.yaml").read_text())
JARS = (ROOT / "images" / "corda" / "jars.sha256").read_text()
REQUIREMENTS = (ROOT / "requirements" / "run.txt").read_text()


def one(pattern: str, text: str) -> str:
    (found,) = set(re.findall(pattern, text, re.MULTILINE))
    return str(found)


def read(path: str) -> str:
    return (ROOT / path).read_text()


def corda() -> str:
    versions = re.findall(r"  corda-([\d.]+)\.jar$", JARS, re.MULTILINE)
    return ", ".join(sorted(versions, key=lambda version: [int(part) for part in version.split(".")]))


def azurite() -> str:
    return str(json.loads(read("local/azure/azurite/package.json"))["dependencies"]["azurite"])


def package(name: str) -> str:
    return one(rf"^{name}==([\d.]+)", REQUIREMENTS)


PINNED: dict[str, Callable[[], str]] = {
    "chart, operator": lambda: str(CHART["version"]),
    "Kubernetes": lambda: one(r"^>=([\d.]+)\.0-0$", CHART["kubeVersion"]) + " or later",
    "Corda": corda,
    "Java": lambda: one(r"eclipse-temurin:(\d+)-", read("images/corda/Dockerfile")),
    "Python": lambda: (
        tomllib.loads(read("pyproject.toml"))["project"]["requires-python"].removeprefix(">=") + " or later"
    ),
    **{
        name: partial(package, name)
        for name in ("kopf", "azure-identity", "azure-keyvault-keys", "azure-keyvault-secrets", "azure-storage-blob")
    },
    "PostgreSQL's JDBC driver": lambda: one(r"  postgresql-([\d.]+)\.jar$", JARS),
    "JMX exporter": lambda: one(r"  jmx_prometheus_javaagent-([\d.]+)\.jar$", JARS),
    "Azurite": azurite,
}


@pytest.mark.parametrize("name", PINNED)
def test_the_table_has_the_version_that_is_pinned(name: str) -> None:
    assert ROWS[name][0] == PINNED[name]()


def test_the_table_has_no_row_that_nothing_holds() -> None:
    assert ROWS.keys() == PINNED.keys()


def test_the_remarks_of_the_table_are_true_as_well() -> None:
    assert (CHART["appVersion"], __version__) == (CHART["version"], CHART["version"])
    assert ROWS["chart, operator"][1] == f"API `{API_VERSION}`"
    kubernetes = one(r"^\s+k8s\.io/kubernetes v([\d.]+)", read("local/toolchain/go.mod"))
    assert ROWS["Kubernetes"][1] == f"tested with {kubernetes}"
    assert ROWS["Python"][1] == f"{one(r'python:([0-9.]+)-', read('Dockerfile'))} in the image of the operator"
