"""Helm on the charts of the checkout."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from corda_operator.reconcile.desired import Manifest
from local import tools
from local.charts import CHARTS

Values = Mapping[str, Any]
OPERATOR, MEMBER = CHARTS / "corda-operator", CHARTS / "corda-member"
REQUIRED: Values = {
    "image": {"reference": "registry.example.com/corda-operator:1.0"},
    "corda": {"imagePattern": "registry.example.com/corda:{version}"},
}
"""What the operator's chart can't do without."""


class HelmError(Exception):
    """Helm refuses; its complaint."""


@dataclass(frozen=True)
class Objects:
    """What a chart renders to."""

    all: tuple[Manifest, ...]

    def of(self, kind: str) -> list[Manifest]:
        """Return those of a kind."""
        return [each for each in self.all if each["kind"] == kind]

    def one(self, kind: str, name: str = "corda-operator") -> Manifest:
        """Return the one of a kind and name."""
        (found,) = (each for each in self.of(kind) if each["metadata"]["name"] == name)
        return found

    @property
    def pod(self) -> Manifest:
        """The template of the operator's pods."""
        template: Manifest = self.one("Deployment")["spec"]["template"]
        return template

    @property
    def configuration(self) -> Manifest:
        """The operator's configuration file."""
        document: Manifest = yaml.safe_load(self.one("ConfigMap")["data"]["operator.yaml"])
        return document


def run(*words: str | Path) -> str:
    """Return what Helm prints; raise HelmError."""
    done = subprocess.run([tools.binary("helm"), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise HelmError(done.stderr)
    return done.stdout


@contextmanager
def values_file(values: Values) -> Iterator[str]:
    """Give the option by which Helm reads values."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        yield f"--values={file.name}"


def rendered(chart: Path, values: Values, release: str = "corda-operator") -> Objects:
    """Return the objects of a chart, in a namespace of the release's name; raise HelmError."""
    return _rendered(chart, json.dumps(values), release)


@cache
def _rendered(chart: Path, values: str, release: str) -> Objects:
    # Built from its module, Helm does not know which Kubernetes it is made for.
    version = f"--kube-version={tools.module_version('k8s.io/kubernetes')}"
    with values_file(json.loads(values)) as option:
        text = run("template", release, chart, f"--namespace={release}", version, option)
    return Objects(tuple(each for each in yaml.safe_load_all(text) if each))


def merged(*several: Values) -> dict[str, Any]:
    """Return values as Helm merges them: later ones win, within maps one by one."""
    result: dict[str, Any] = {}
    for values in several:
        for name, value in values.items():
            inner = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
            result[name] = merged(result[name], value) if inner else value
    return result


def nested(name: str, value: Any) -> dict[str, Any]:
    """Return values with one value, of a name as ``a.b.c``."""
    for part in reversed(name.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result
