"""``python -m local.demo``: two banks share credit records, from nothing to the last record."""

import argparse
import sys
from collections.abc import Sequence

from local.cluster import choice
from local.console import LocalError, fail, say
from local.demo import report as reports
from local.demo import scenario
from local.demo.architecture import FOUNDER, MARK, SETTINGS
from local.demo.figures import PAGE_PORT, PAGE_SERVICE
from local.demo.installation import Installation
from local.demo.ways import load_balancers
from local.monitoring import prometheus

_LOOK_AROUND = """
Look around:
  export KUBECONFIG={kubeconfig} PATH={tools}:$PATH
  kubectl get consortium,cordanode --all-namespaces
  kubectl corda status --all-namespaces
  kubectl describe cordanode node-1 --namespace=bank-a
  kubectl logs deployment/gateway --namespace=bank-a
{calls}
  kubectl port-forward service/{page} {page_port} --namespace={founder}       # the network page: http://localhost:{page_port}
  kubectl port-forward service/{prometheus} {prometheus_port} --namespace={monitoring}   # Prometheus: http://localhost:{prometheus_port}

Take it away: make demo-down
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    commands = result.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="bring everything up as far as it is missing, write and read records, kill, repeat")
    commands.add_parser("down", help="take the cluster away, with everything in it")
    for command in commands.choices.values():
        command.add_argument("--name", default="demo", help="the cluster's name (default: %(default)s)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return _up(options.name) if options.command == "up" else _down(options.name)
    except LocalError as error:
        return fail(error)


def _up(cluster: str) -> int:
    report, installation = reports.Report(), Installation(cluster)
    try:
        scenario.run(installation, report)
    finally:
        report.write()
    report.show()
    with load_balancers(installation.kubectl) as urls:
        calls = "\n".join(f"  curl '{url}/credit-records?size=5'" for url in urls.values())
    kubeconfig = installation.kubectl.kubeconfig
    told = _LOOK_AROUND.format(
        kubeconfig=kubeconfig,
        tools="$PWD/build/bin:$PWD/build/venv/bin",
        calls=calls,
        founder=FOUNDER,
        page=PAGE_SERVICE,
        page_port=PAGE_PORT,
        prometheus=prometheus.NAME,
        prometheus_port=prometheus.PORT,
        monitoring=prometheus.NAMESPACE,
    )
    say(told)
    say(f"The report is in {reports.FILE.relative_to(reports.FILE.parents[2])}.")
    return 0 if report.lost == report.doubled == 0 and report.sources_agree else 1


def _down(cluster: str) -> int:
    choice.down(cluster)
    if SETTINGS.exists() and SETTINGS.read_text().startswith(MARK):
        SETTINGS.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
