"""The examples of GitOps are what Flux and Argo CD accept, and what they name is there."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster import fast
from local.cluster.kubectl import Kubectl
from local.paths import ROOT
from local.tools import Module
from tests.integration.charts.helm import MEMBER, Objects, rendered

Object = dict[str, Any]
GITOPS = ROOT / "examples" / "gitops"
FLUX, ARGOCD = GITOPS / "flux", GITOPS / "argocd"

DEFINITIONS = (
    (
        Module("github.com/fluxcd/source-controller", "v1.7.0", "h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I="),
        "config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml",
    ),
    (
        Module("github.com/fluxcd/kustomize-controller", "v1.7.3", "h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M="),
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    ),
    (
        Module("github.com/fluxcd/helm-controller", "v1.4.0", "h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM="),
        "config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml",
    ),
    (
        Module("github.com/argoproj/argo-cd/v3", "v3.1.9", "h1:9P9vJKo1RGWu6mtQnGu61r+0h3XKlA2j3kVhwogUQ/0="),
        "manifests/crds/application-crd.yaml",
    ),
)
"""Of Flux 2.7 and Argo CD 3.1, as they are published."""


def documents(*folders: Path) -> list[Object]:
    """Return all objects of files."""
    files = sorted(file for folder in folders for file in folder.rglob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text())]


@cache
def named(*folders: Path) -> dict[tuple[str, str], Object]:
    """Return objects by kind and name."""
    return {(each["kind"], each["metadata"]["name"]): each for each in documents(*folders) if "metadata" in each}


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """A cluster with the definitions of Flux and Argo CD, but not with themselves."""
    place = fast.up(tmp_path_factory.mktemp("cluster"))
    kubectl = Kubectl(place.kubeconfig)
    definitions = [yaml.safe_load((module.folder() / file).read_text()) for module, file in DEFINITIONS]
    names = {
        each["metadata"]["namespace"] for each in documents(FLUX, ARGOCD) if "namespace" in each.get("metadata", {})
    }
    namespaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in sorted(names)]
    kubectl.apply(namespaces)
    kubectl.define(definitions)
    yield kubectl
    fast.down(place.folder)


@pytest.mark.parametrize("folder", [FLUX, ARGOCD], ids=lambda folder: folder.name)
def test_the_api_server_takes_all_objects_by_the_definitions_of_their_tools(kubectl: Kubectl, folder: Path) -> None:
    objects = [each for each in documents(folder) if "metadata" in each]

    answer = kubectl.text(
        *("apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "--output=name", "--filename=-"),
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
    )

    assert len(answer.splitlines()) == len(objects) > 3


@pytest.mark.parametrize("name", ["corda-operator", "founder", "bank-a"])
def test_kustomize_builds_what_flux_is_pointed_at(kubectl: Kubectl, name: str) -> None:
    path = ROOT / named(FLUX)["Kustomization", name]["spec"]["path"]

    built = [each["kind"] for each in yaml.safe_load_all(kubectl.text("kustomize", str(path)))]

    assert built == ["Namespace", "HelmRelease"]


def _files() -> Iterator[Path]:
    for (kind, _), each in named(FLUX, ARGOCD).items():
        if kind == "HelmRelease":
            chart = each["spec"]["chart"]["spec"]
            yield from (ROOT / file for file in (chart["chart"], *chart["valuesFiles"]))
        if kind == "Application":
            source = each["spec"]["source"]
            yield ROOT / source["path"]
            yield from (ROOT / source["path"] / file for file in source.get("helm", {}).get("valueFiles", ()))


def test_every_file_that_they_name_is_there() -> None:
    files = list(_files())

    assert len(files) == 9 + 1 + 6
    assert [file for file in files if not file.exists()] == []


@cache
def _member(name: str) -> Objects:
    return rendered(MEMBER, yaml.safe_load((GITOPS / "values" / f"{name}.yaml").read_text()), name)


@pytest.mark.parametrize("name", ["founder", "bank-a"])
def test_flux_waits_for_every_resource_of_a_member(name: str) -> None:
    checked = {
        (each["kind"], each["namespace"], each["name"])
        for each in named(FLUX)["Kustomization", name]["spec"]["healthChecks"]
    }

    made = {
        (each["kind"], each["metadata"]["namespace"], each["metadata"]["name"])
        for each in _member(name).all
        if each["apiVersion"].startswith("corda-operator.io/")
    }
    assert checked == {("HelmRelease", name, name), *made}


def test_the_operator_comes_before_the_founder_and_the_founder_before_the_bank() -> None:
    flux = {
        name: [each["name"] for each in resource["spec"].get("dependsOn", ())]
        for (kind, name), resource in named(FLUX).items()
        if kind == "Kustomization"
    }
    waves = {
        name: int(resource["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for (_, name), resource in named(ARGOCD / "applications").items()
    }

    assert flux == {"corda-operator": [], "founder": ["corda-operator"], "bank-a": ["corda-operator", "founder"]}
    assert waves == {"corda-operator": 0, "founder": 1, "bank-a": 2}


def test_a_consortium_and_its_notary_do_not_wait_for_one_another() -> None:
    assert [each["metadata"].get("annotations") for each in _member("founder").all] == [None] * 3
