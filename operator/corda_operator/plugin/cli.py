"""``kubectl corda`` on the command line; what a command needs is imported when it runs, so that help comes at once."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from corda_operator import __version__
from corda_operator.plugin.errors import PluginError

_INTERRUPTED = 130
"""As shells have it for SIGINT."""
_EXAMPLES = """\
examples:
  kubectl corda status                       the networks of the namespace, with their members and nodes
  kubectl corda status credit-records --watch
  kubectl corda pending                      who asks to be admitted, and what to write to admit them
  kubectl corda logs bank-a -f               the log that matters now
  kubectl corda drain bank-a                 let flows come to their end
"""

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="kubectl corda",
        description="Shows and works on Corda networks in a cluster, by way of your own kubectl and with your rights.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"kubectl-corda {__version__}")
    _add_cluster(top, None)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for add in (_status, _pending, _logs, _drain, _undrain, _accept, _restart, _verify):
        add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process' exit code."""
    commands = parser()
    options = commands.parse_args(arguments)
    if "run" not in options:
        commands.print_help()
        return 2
    for stream in (sys.stdout, sys.stderr):
        # Names have letters that an old terminal may lack; one of them must not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code: int = options.run(options)
    except PluginError as error:
        print(f"kubectl corda: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "rich":
            raise
        print("kubectl corda: rich is missing: pip install 'corda-operator[plugin]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _status(commands: _Commands) -> None:
    status = _command(
        commands,
        "status",
        "show networks with their members and nodes",
        "Shows each Consortium of the namespace with its members and their CordaNodes. What is not ready is shown "
        "with the steps to readiness, and with what is to be done. Exit code 0, or with --exit-code or --wait 1 "
        "unless everything that is shown is ready.",
        """\
  kubectl corda status
  kubectl corda status credit-records --watch
  kubectl corda status -A -o json
  kubectl corda status --wait 600            for scripts: until all is ready, for ten minutes at most
""",
    )
    _add_consortium(status)
    _add_all_namespaces(status)
    _add_output(status)
    status.add_argument("-w", "--watch", action="store_true", help="draw it again and again, until Ctrl-C")
    status.add_argument(
        "--interval", type=float, default=2.0, metavar="SECONDS", help="between two looks (default: %(default)s)"
    )
    status.add_argument("--exit-code", action="store_true", help="exit code 1 unless everything is ready")
    status.add_argument("--wait", type=float, metavar="SECONDS", help="look until everything is ready, for so long")
    status.set_defaults(run=_action("status", "status"))


def _pending(commands: _Commands) -> None:
    pending = _command(
        commands,
        "pending",
        "show requests for certificates that wait for a decision",
        "Shows who asks to be admitted, with the key to compare, and what to write into the Consortium.",
        """\
  kubectl corda pending
  kubectl corda pending credit-records -o json
""",
    )
    _add_consortium(pending)
    _add_all_namespaces(pending)
    _add_output(pending)
    pending.set_defaults(run=_action("pending", "pending"))


def _logs(commands: _Commands) -> None:
    logs = _command(
        commands,
        "logs",
        "print the log of a node, or of what runs before it",
        "Prints the log of the container that matters now, in lines for people: while enrolment, CorDapps or the "
        "migration of the database run or fail, theirs, else Corda's. Which one it is is said on standard error.",
        """\
  kubectl corda logs bank-a -f
  kubectl corda logs bank-a -c enrolment --tail 20
  kubectl corda logs bank-a --previous       of the run before the last restart
""",
    )
    _add_node(logs)
    logs.add_argument("-c", "--container", metavar="CONTAINER", help="enrolment, cordapps, database or corda")
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what it says next")
    logs.add_argument("-p", "--previous", action="store_true", help="of the container's run before")
    logs.add_argument("--tail", type=int, metavar="N", help="the last lines only")
    logs.add_argument("-o", "--output", choices=("json",), help="records as they were written, for scripts")
    logs.set_defaults(run=_action("node", "logs"))


def _drain(commands: _Commands) -> None:
    drain = _command(
        commands,
        "drain",
        "let a node take no new flows, and wait for those that it has",
        "Puts the node into draining mode, until undrain or its next start. Exit codes: 0 no flow is left; "
        "3 flows are left at the timeout, and the node goes on draining; 1 the node does not answer.",
        """\
  kubectl corda drain bank-a --timeout 10m
  kubectl corda drain bank-a --no-wait       the exit code is 0 whether or not flows are left
  kubectl corda undrain bank-a
""",
    )
    _add_node(drain)
    drain.add_argument("--timeout", default="2m", metavar="DURATION", help="as in 30s or 1h30m (default: %(default)s)")
    drain.add_argument("--no-wait", action="store_true", help="don't wait for flows to end")
    drain.set_defaults(run=_action("node", "drain"))


def _undrain(commands: _Commands) -> None:
    undrain = _command(
        commands,
        "undrain",
        "let a node take new flows again",
        "Ends the node's draining mode.",
        "  kubectl corda undrain bank-a\n",
    )
    _add_node(undrain)
    undrain.set_defaults(run=_action("node", "undrain"))


def _accept(commands: _Commands) -> None:
    accept = _command(
        commands,
        "accept-parameters",
        "accept new network parameters on a node's behalf",
        "Accepts proposed network parameters, so that the node goes on after flag day. Show them to whoever decides "
        "for the member before.",
        """\
  kubectl corda accept-parameters bank-a
  kubectl corda accept-parameters bank-a 6F1A...   only these, whatever is proposed
""",
    )
    _add_node(accept)
    accept.add_argument("hash", nargs="?", metavar="HASH", help="default: what the Consortium's status proposes")
    accept.set_defaults(run=_action("node", "accept_parameters"))


def _restart(commands: _Commands) -> None:
    restart = _command(
        commands,
        "restart",
        "have the operator drain and restart a node once",
        "Annotates the CordaNode with the present time; the operator drains the node and replaces its pod.",
        "  kubectl corda restart bank-a && kubectl corda status --watch\n",
    )
    _add_node(restart)
    restart.set_defaults(run=_action("node", "restart"))


def _verify(commands: _Commands) -> None:
    verify = _command(
        commands,
        "verify-log",
        "audit a network's log: every certificate, revocation and map that was signed",
        "Reads the whole log from the network services, through kubectl port-forward where they have no public URL, "
        "verifies every block and signature, and prints what was certified as JSON. Exit codes: 0 the log is as it "
        "should be; 1 it can't be read now; 3 it does not hold what it should.",
        """\
  kubectl corda verify-log --trust-root root.pem --seen ~/.corda-log-seen
  kubectl corda verify-log credit-records --legal-name "O=Bank A, L=London, C=GB"
""",
    )
    _add_consortium(verify)
    verify.add_argument(
        "--trust-root", type=Path, metavar="FILE", help="root certificate (PEM), from a source that you trust"
    )
    verify.add_argument(
        "--seen", type=Path, metavar="FILE", help="remembers the log's head: the next audit notices rewritten history"
    )
    verify.add_argument("--legal-name", metavar="NAME", help="print this name's certificates only")
    verify.add_argument(
        "--port-forward", action="store_true", help="go through kubectl port-forward although there is a public URL"
    )
    verify.set_defaults(run=_action("verification", "verify_log"))


def _command(commands: _Commands, name: str, summary: str, description: str, examples: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=_Paragraphs,
    )
    _add_cluster(command, argparse.SUPPRESS)
    return command


class _Paragraphs(argparse.RawDescriptionHelpFormatter):
    """Fills the description, and leaves the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def _add_cluster(command: argparse.ArgumentParser, default: str | None) -> None:
    """Add kubectl's own options, which may stand before and after the command."""
    cluster = command.add_argument_group("which cluster, as for kubectl")
    cluster.add_argument("-n", "--namespace", default=default, metavar="NAME", help="default: the context's")
    cluster.add_argument("--context", default=default, metavar="NAME", help="default: the present one")
    cluster.add_argument("--kubeconfig", default=default, metavar="FILE", help="default: $KUBECONFIG, ~/.kube/config")


def _add_consortium(command: argparse.ArgumentParser) -> None:
    command.add_argument("consortium", nargs="?", metavar="CONSORTIUM", help="default: every one of the namespace")


def _add_all_namespaces(command: argparse.ArgumentParser) -> None:
    command.add_argument("-A", "--all-namespaces", action="store_true", help="of all namespaces")


def _add_node(command: argparse.ArgumentParser) -> None:
    command.add_argument("node", metavar="NODE", help="name of the CordaNode")


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", choices=("json",), help="JSON, for scripts")


def _action(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        # Only now: kubectl's own speed is what people compare this with.
        import importlib

        from corda_operator.plugin.kubectl import Kubectl

        kubectl = Kubectl.found(namespace=options.namespace, context=options.context, kubeconfig=options.kubeconfig)
        action = getattr(importlib.import_module(f"corda_operator.plugin.{module}"), name)
        code: int = action(options, kubectl)
        return code

    return run
