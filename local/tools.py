"""The Go programs of the local cluster, built from pinned modules once per machine.

``local/toolchain`` holds the modules; their ``go.sum`` pins every byte. What is built lands in the
cache under a key over those files and the Go version, one finished program at a time, so that a killed
build goes on where it was.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from local.console import LocalError, fail, say, step
from local.once import made
from local.paths import BUILD, ROOT, cache_root, fingerprint

GO_PACKAGE = ROOT / "requirements" / "go.txt"
TOOLCHAIN = ROOT / "local" / "toolchain"


@dataclass(frozen=True)
class Tool:
    """A program and the Go package it is built from."""

    name: str
    package: str
    module: str = "."
    """Folder of its Go module, relative to local/toolchain."""
    tags: tuple[str, ...] = ()
    """Build tags."""


_PROMETHEUS_TAGS = ("remove_all_sd", "enable_kubernetes_sd")
"""Without ways to find targets in a dozen clouds, whose clients are most of the program."""

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
        Tool("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
        Tool("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
        Tool("kubelet", "k8s.io/kubernetes/cmd/kubelet"),
        Tool("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy"),
        Tool("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
        Tool("helm", "helm.sh/helm/v3/cmd/helm"),
        Tool("coredns", "./coredns"),
        Tool("provisioner", "./provisioner"),
        Tool("load-balancers", "./load-balancers"),
        Tool("toxiproxy-server", "github.com/Shopify/toxiproxy/v2/cmd/server"),
        Tool("kind", "sigs.k8s.io/kind"),
        Tool("kwok", "sigs.k8s.io/kwok/cmd/kwok", module="kwok"),
        Tool("kstatus", ".", module="kstatus"),
        *(
            Tool(name, f"github.com/prometheus/prometheus/cmd/{name}", module="prometheus", tags=_PROMETHEUS_TAGS)
            for name in ("prometheus", "promtool")
        ),
    )
}


@dataclass(frozen=True)
class Module:
    """A version of a Go module of which files are read, and its hash as go.sum has it."""

    path: str
    version: str
    sum: str

    def folder(self) -> Path:
        """Return the folder of its files, fetching them first if Go's cache has not got them; raise LocalError."""
        name = f"{self.path}@{self.version}"
        # The hash is here; asking for it elsewhere would take another connection.
        environment = {**os.environ, "GOSUMDB": "off"}
        command = [_go(), "mod", "download", "-json", name]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout or "{}")
        if done.returncode != 0:
            raise LocalError(f"Go module {name} can't be fetched: {found.get('Error') or done.stderr}")
        if found["Sum"] != self.sum:
            raise LocalError(f"Go module {name} has the hash {found['Sum']} instead of {self.sum}; don't use it")
        return Path(found["Dir"])


USER_TOOLS = ("kubectl", "helm")
"""What a person works with: linked into build/bin."""


def module_version(module: str) -> str:
    """Return the version that local/toolchain/go.mod requires of a Go module, without its ``v``."""
    for line in (TOOLCHAIN / "go.mod").read_text().splitlines():
        words = line.removeprefix("require ").split()
        if len(words) >= 2 and words[0] == module and words[1].startswith("v"):
            return words[1].removeprefix("v")
    raise LocalError(f"local/toolchain/go.mod requires no module {module}")


@cache
def _link_flags() -> str:
    # Built as a dependency, Kubernetes does not know its own version.
    version = module_version("k8s.io/kubernetes")
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(["-s -w", *(f"-X {package}.gitVersion=v{version}" for package in packages)])


@cache
def _go() -> str:
    """Return Go's command: the machine's own, which fetches the version it needs, or one from the Python registry."""
    found = shutil.which("go")
    if found is not None and _fetches_its_successor(found):
        return found
    return str(made(cache_root() / "go" / fingerprint(GO_PACKAGE), _install_go) / "go" / "bin" / "go")


def _fetches_its_successor(go: str) -> bool:
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    parts = version.strip().removeprefix("go").split(".")
    # From 1.21 on, Go brings the toolchain that a go.mod asks for.
    return len(parts) >= 2 and parts[0] == "1" and parts[1].isdecimal() and int(parts[1]) >= 21


def _install_go(folder: Path) -> None:
    with step("Go, which this machine lacks, into the cache"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        command = [*pip, "--target", str(folder), "--requirement", str(GO_PACKAGE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LocalError(f"Go could not be installed; install any version from 1.21 on:\n{done.stderr}")


@cache
def _folder(tool: Tool) -> Path:
    where = TOOLCHAIN / tool.module
    version = subprocess.run(
        [_go(), "env", "GOVERSION", "GOARCH"], cwd=where, capture_output=True, text=True, check=True
    ).stdout
    sources = [where / "go.mod", where / "go.sum"]
    if tool.package.startswith("."):
        sources.append(where / tool.package)
    return cache_root() / "toolchain" / fingerprint(version, _link_flags(), *tool.tags, *sources)


def binary(name: str) -> Path:
    """Return the path of a tool, building it first if this machine has not got it."""
    return binaries([name])[name]


def binaries(names: Sequence[str]) -> dict[str, Path]:
    """Return the paths of several tools by name, building what is missing."""
    return {name: made(_folder(TOOLS[name]) / name, partial(_build, TOOLS[name])) for name in names}


def _build(tool: Tool, target: Path) -> None:
    note = " (the first of all: some three minutes)" if tool.name == "kube-apiserver" else ""
    with step(f"building {tool.name}{note}"):
        command = [_go(), "build", "-trimpath", "-mod=readonly", "-ldflags", _link_flags(), "-o", str(target)]
        done = subprocess.run(
            [*command, f"-tags={','.join(tool.tags)}", tool.package],
            cwd=TOOLCHAIN / tool.module,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalError(f"building {tool.name} failed:\n{done.stderr[-4000:]}")


def link_user_tools() -> None:
    """Put links to the tools that people use into build/bin."""
    folder = BUILD / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in binaries(USER_TOOLS).items():
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build tools and print their paths."""
    parser = argparse.ArgumentParser(prog="python -m local.tools", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TOOL", help=f"default: all of {', '.join(TOOLS)}")
    names = parser.parse_args(arguments).names or list(TOOLS)
    unknown = sorted(set(names) - set(TOOLS))
    if unknown:
        parser.error(f"no such tool: {', '.join(unknown)}")
    try:
        built = binaries(names)
        link_user_tools()
    except LocalError as error:
        return fail(error)
    for name, path in built.items():
        say(f"{name:24} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
