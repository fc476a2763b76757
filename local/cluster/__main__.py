"""``python -m local.cluster``: bring a Kubernetes up on this machine, and take it away."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from local import images, tools
from local.azure.names import DOMAIN
from local.azure.standins import DEVELOPER
from local.azure.stub.directory import load
from local.cluster import addons, choice, fast, lifecycle, stand_ins
from local.cluster.kubectl import Kubectl
from local.cluster.lifecycle import NAME_SERVICE as GREETER
from local.console import LocalError, fail, say, step
from local.paths import BUILD


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m local.cluster", description=__doc__)
    commands = result.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="real nodes with real pods; does nothing if they run already")
    start.add_argument("--node", action="append", metavar="POOL:ZONE", help=_NODE_HELP)
    start.add_argument("--image", action="append", default=[], metavar="NAME", help=_IMAGE_HELP)
    stop = commands.add_parser("down", help="take the cluster away, with everything that it made")
    bring = commands.add_parser("load", help="build images and bring them to the running cluster's nodes")
    bring.add_argument("image", nargs="+", metavar="IMAGE", help=_IMAGE_HELP)
    azure = commands.add_parser("stand-ins", help="run Azure's stand-ins as pods of the cluster, which must be up")
    azure.add_argument("--directory", type=Path, default=DEVELOPER, help="identities and vaults of the stub")
    for command in (start, stop, bring, azure):
        command.add_argument("--name", default="local", help="the cluster's name (default: %(default)s)")
    for name, purpose in (("fast-up", "control plane with fake nodes and pods"), ("fast-down", "end it")):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("--folder", type=Path, default=BUILD / "cluster-fast", help="where its state lies")
    return result


_NODE_HELP = f"a node of an AKS node pool in a zone; repeat it (default: {' '.join(lifecycle.DEFAULT_NODES)})"
_IMAGE_HELP = "an image that `python -m local.images list` shows"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "up":
            _up(options.name, options.node or (), options.image)
        elif options.command == "down":
            choice.down(options.name)
        elif options.command == "load":
            choice.load(options.name, options.image)
        elif options.command == "stand-ins":
            _stand_ins(options.name, options.directory)
        elif options.command == "fast-up":
            say(f"export KUBECONFIG={fast.up(options.folder).kubeconfig}")
        else:
            fast.down(options.folder)
    except LocalError as error:
        return fail(error)
    return 0


def _up(name: str, nodes: Sequence[str], image_names: Sequence[str]) -> None:
    kubeconfig = choice.up(name, nodes, [GREETER, *image_names])
    tools.link_user_tools()
    published = BUILD / "kubeconfig"
    published.unlink(missing_ok=True)
    shutil.copy(kubeconfig, published)
    kubectl = Kubectl(published)
    say(kubectl.text("get", "nodes", "--label-columns=agentpool,topology.kubernetes.io/zone"))
    _greet(kubectl, images.ensure([GREETER])[GREETER].reference)
    say(f"export KUBECONFIG={published} PATH={BUILD / 'bin'}:$PATH")


def _stand_ins(name: str, directory: Path) -> None:
    kubectl = Kubectl(choice.up(name))
    ca = stand_ins.install(name, kubectl, load(directory.read_text()), BUILD / "azure" / "certificates")
    say(f"pods that trust {ca} (namespace azure, ConfigMap azure-ca) reach https://<vault>.vault.{DOMAIN}")


def _greet(kubectl: Kubectl, image: str) -> None:
    """Run a pod and read its log back through the API server: the proof that containers run here."""
    with step("a pod says hello"):
        kubectl.text("delete", "pod/greeting", "--ignore-not-found", "--wait")
        kubectl.apply([addons.greeting_pod(image)])
        succeeded = "--for=jsonpath={.status.phase}=Succeeded"
        kubectl.text("wait", succeeded, "pod/greeting", "--timeout=60s")
        say("    " + kubectl.text("logs", "greeting").splitlines()[0])
        kubectl.text("delete", "pod/greeting", "--wait")


if __name__ == "__main__":
    sys.exit(main())
