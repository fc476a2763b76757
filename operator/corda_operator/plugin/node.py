"""The commands on one node: ``logs``, ``drain``, ``undrain``, ``accept-parameters`` and ``restart``."""

import argparse
import datetime
import sys
from typing import Final

from corda_operator.api.corda_node import CordaNode
from corda_operator.api.durations import parse
from corda_operator.api.resource import Metadata
from corda_operator.api.texts import rfc3339
from corda_operator.plugin import cluster, containers
from corda_operator.plugin.cluster import Manifest
from corda_operator.plugin.errors import PluginError
from corda_operator.plugin.kubectl import Kubectl
from corda_operator.plugin.log_records import readable
from corda_operator.plugin.model import overview, same_name
from corda_operator.reconcile.node import names
from corda_operator.reconcile.node.pod import NODE_CONTAINER

TOOL: Final = "/opt/corda/bin/node-tool"
_FLOWS_LEFT: Final = 3


def logs(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Print a log, for people or as it was written."""
    pod = _pod(kubectl, cluster.node(kubectl, options.node))
    container = options.container
    if container is None:
        chosen = containers.that_matters(pod)
        container = chosen.name
        _tell(f"container {chosen.name} of pod {pod['metadata']['name']}: {chosen.state}")
    arguments = ["logs", pod["metadata"]["name"], f"--container={container}"]
    arguments += ["--follow"] if options.follow else []
    arguments += ["--previous"] if options.previous else []
    arguments += [] if options.tail is None else [f"--tail={options.tail}"]
    if options.output == "json":
        return kubectl.passed_on(*arguments)
    return kubectl.each_line(lambda line: print(readable(line), flush=True), *arguments)


def drain(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Have the node drain, and wait for its flows."""
    try:
        timeout = int(parse(options.timeout).total_seconds())
    except ValueError as error:
        raise PluginError(f"--timeout: {error}") from error
    if not options.no_wait:
        return _tool(kubectl, options.node, "drain", "--timeout", str(timeout))
    code = _tool(kubectl, options.node, "drain", "--timeout", "0")
    return 0 if code == _FLOWS_LEFT else code


def undrain(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Let the node take flows again."""
    return _tool(kubectl, options.node, "undrain")


def accept_parameters(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Accept parameters, by default those that the Consortium's status proposes."""
    wanted = options.hash
    if wanted is None:
        wanted = _proposed(kubectl, cluster.node(kubectl, options.node))
        if wanted is None:
            return 0
    return _tool(kubectl, options.node, "accept-parameters", wanted)


def restart(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Ask the operator for a restart."""
    node = cluster.node(kubectl, options.node)
    now = rfc3339(datetime.datetime.now(datetime.UTC))
    kubectl.text("annotate", "--overwrite", cluster.NODES, options.node, f"{names.RESTART}={now}")
    paused = node["spec"].get("paused")
    told = "it is paused, so that happens once spec.paused is false" if paused else "kubectl corda status -w shows how"
    print(f"CordaNode {options.node} is to be drained and restarted: {told}.")
    return 0


def _proposed(kubectl: Kubectl, node: Manifest) -> str | None:
    """Return what is proposed and not accepted yet, and show it."""
    name = node["spec"]["consortiumRef"]["name"]
    consortium = overview([cluster.consortium(kubectl, name)]).consortia[0]
    proposed = None if consortium.parameters is None else consortium.parameters.proposed
    if proposed is None:
        raise PluginError(f"Consortium {name} proposes no network parameters, so there is nothing to accept.")
    _tell(f"Consortium {name} proposes network parameters {proposed.hash}, flag day {rfc3339(proposed.deadline)}")
    if any(same_name(node["spec"]["legalName"], each) for each in proposed.accepted_by):
        _tell(f"CordaNode {node['metadata']['name']} has accepted them already")
        return None
    return proposed.hash


def _tool(kubectl: Kubectl, name: str, *arguments: str) -> int:
    """Run the node tool in Corda's container; its output and its exit code are the user's."""
    pod = _pod(kubectl, cluster.node(kubectl, name))
    if not containers.runs(pod):
        state = containers.that_matters(pod)
        raise PluginError(
            f"Corda does not run on CordaNode {name} now (container {state.name}: {state.state}). "
            f"kubectl corda logs {name} says more."
        )
    return kubectl.passed_on("exec", pod["metadata"]["name"], f"--container={NODE_CONTAINER}", "--", TOOL, *arguments)


def _pod(kubectl: Kubectl, node: Manifest) -> Manifest:
    # Only the metadata is read, since the spec may be of a newer version than this plugin.
    known = CordaNode.model_construct(metadata=Metadata.model_validate(node["metadata"]))
    pod: Manifest | None = kubectl.get("pods", names.pod(known), "--ignore-not-found")
    if pod is None:
        name = node["metadata"]["name"]
        raise PluginError(f"CordaNode {name} has no pod now: kubectl corda status says why.")
    return pod


def _tell(text: str) -> None:
    print(f"kubectl corda: {text}", file=sys.stderr, flush=True)
