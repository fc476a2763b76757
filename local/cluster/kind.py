"""The cluster where a Docker engine answers: kind, from kind-config.yaml, with the same additions as elsewhere."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from local import images, tools
from local.cluster import addons
from local.cluster.kubectl import Kubectl
from local.console import LocalError, say, step
from local.paths import BUILD, ROOT

CONFIGURATION = ROOT / "kind-config.yaml"


@cache
def docker_answers() -> bool:
    """Tell whether a Docker engine is there; the client alone is not enough."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def up(name: str, image_names: Sequence[str]) -> Path:
    """Bring the cluster up, or find it running, and return the path of its kubeconfig."""
    ready = images.ensure(image_names)
    kubeconfig = BUILD / f"{name}.kubeconfig"
    if name in _kind("get", "clusters").split():
        _kind("export", "kubeconfig", f"--name={name}", f"--kubeconfig={kubeconfig}")
        say(f"cluster {name} is up already")
    else:
        with step(f"cluster {name}: kind"):
            _kind(
                *("create", "cluster", f"--name={name}", f"--config={CONFIGURATION}"),
                *(f"--kubeconfig={kubeconfig}", "--wait=180s"),
            )
    kubectl = Kubectl(kubeconfig)
    kubectl.apply([*addons.issuer_discovery_for_all(), addons.storage_class("rancher.io/local-path")])
    _teach_names(kubectl)
    for image in ready.values():
        load(name, image)
    return kubeconfig


def down(name: str) -> None:
    """Take the cluster away."""
    with step(f"cluster {name}: down"):
        _kind("delete", "cluster", f"--name={name}")
        (BUILD / f"{name}.kubeconfig").unlink(missing_ok=True)


def load(name: str, image: images.Image) -> None:
    """Bring an image to every node that has not got it; kind looks for itself."""
    with step(f"{image.reference} to the nodes"):
        _kind("load", "image-archive", str(image.archive), f"--name={name}")


def with_stand_ins(corefile: str) -> str:
    """Return a Corefile that resolves the stand-ins' names too, from one that may do so already.

    Raises LocalError if it has no server block for all names.
    """
    if addons.STAND_INS_NAMES in corefile:
        return corefile
    head, opening, rest = corefile.partition(".:53 {\n")
    if not opening:
        raise LocalError("CoreDNS' configuration has no block `.:53 {`: the stand-ins' names cannot be added")
    return f"{head}{opening}{addons.STAND_INS_NAMES}{rest}"


def _teach_names(kubectl: Kubectl) -> None:
    where = ("configmap/coredns", "--namespace=kube-system")
    found = json.loads(kubectl.text("get", *where, "--output=json"))["data"]["Corefile"]
    wanted = with_stand_ins(found)
    if wanted != found:
        patch = json.dumps({"data": {"Corefile": wanted}})
        kubectl.text("patch", *where, "--type=merge", f"--patch={patch}")


def _kind(*arguments: str) -> str:
    command = [str(tools.binary("kind")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"kind {arguments[0]} {arguments[1]} failed:\n{done.stderr.strip()}")
    return done.stdout
