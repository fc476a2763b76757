"""What is shown: records that cross from bank to bank, and that nothing is lost when a node and the operator die."""

import asyncio
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from local.cluster.helm import RELEASE
from local.cluster.kubectl import Kubectl
from local.console import say
from local.demo import figures, progress
from local.demo.application import Application, Applications, Record
from local.demo.architecture import BANK_A, BANK_B, BANKS, NODES
from local.demo.installation import Installation
from local.demo.report import Report
from local.demo.ways import forwarded_to, load_balancers

RECORDS, UPDATES = 20, 5
_AT_ONCE: Final = 4
"""Requests that the application has under way."""
_READY_SECONDS: Final = 900.0
_READ_SECONDS: Final = 300.0
_FIND_SECONDS: Final = 180.0
_MANAGEMENT: Final = 8081
"""The gateway's port for probes and metrics."""
_KILLED: Final = "node-1"


@dataclass(frozen=True)
class Written:
    """A record as the application was told of it last."""

    key: str
    record: Record


def run(installation: Installation, report: Report) -> None:
    """Bring everything up and show it; raise LocalError with what went wrong."""
    with report.step("cluster"):
        installation.bring_cluster_up()
    with report.step("images"):
        installation.load_images()
    with report.step("Azure's stand-ins"):
        installation.start_stand_ins()
    with report.step("helm install"):
        installation.install_operator()
    with report.step("Prometheus"):
        installation.install_prometheus()
    kubectl = installation.kubectl
    with report.step("kubectl apply -k examples/credit-scores"):
        installation.apply_example()
    with report.step("RPC passwords into the banks' vaults"):
        installation.set_passwords()
    with report.step("the founder's trust root, handed to the banks"):
        installation.hand_over_trust_root()
    with report.step("Consortia and Corda nodes Ready"):
        progress.wait_until_ready(partial(progress.everything, kubectl), len(NODES) + 3, _READY_SECONDS)
    with report.step("gateways Ready"):
        for bank in BANKS:
            kubectl.text("rollout", "status", "deployment/gateway", f"--namespace={bank}", "--timeout=300s")
        asyncio.run(_until_both_nodes_are_found(kubectl))
    _look_at_corda(kubectl, report)
    with load_balancers(kubectl) as urls, figures.sources(kubectl) as sources:
        asyncio.run(_share_and_compare(kubectl, urls, sources, report))


async def _until_both_nodes_are_found(kubectl: Kubectl) -> None:
    """Wait until each replica of Bank A's gateway has found both nodes behind their load balancer, and not for long.

    A replica is Ready with one of them, and tries every few seconds whether it finds another.
    """
    selector = "--selector=app.kubernetes.io/name=credit-record-gateway"
    found = json.loads(kubectl.text("get", "pods", selector, f"--namespace={BANK_A}", "--output=json"))["items"]
    # Those that end now were replaced.
    pods = [each["metadata"]["name"] for each in found if "deletionTimestamp" not in each["metadata"]]
    end = time.monotonic() + _FIND_SECONDS
    async with aiohttp.ClientSession() as session:
        for pod in pods:
            with forwarded_to(kubectl, BANK_A, f"pod/{pod}", _MANAGEMENT) as url:
                while not await _has_found_both(session, url):
                    if time.monotonic() > end:
                        say(f"    {pod} of {BANK_A} has found only one of the nodes so far")
                        break
                    await asyncio.sleep(1)


async def _has_found_both(session: aiohttp.ClientSession, url: str) -> bool:
    async with session.get(f"{url}/actuator/prometheus") as answer:
        families = text_string_to_metric_families(await answer.text())
    connections = next((each.samples for each in families if each.name == "credit_gateway_rpc_connections"), [])
    wanted = sum(namespace == BANK_A for namespace, _ in NODES)
    return sum(each.value > 0 for each in connections) >= wanted


async def _share_and_compare(
    kubectl: Kubectl, urls: Mapping[str, str], sources: figures.Sources, report: Report
) -> None:
    with report.step("Prometheus and the network page see the network"):
        before = await sources.begin()
    committed = await _share(kubectl, urls, report)
    with report.step("what Prometheus and the network page say is compared"):
        after = await sources.settled()
        report.transactions_per_minute = figures.per_minute(before, after, committed)
        report.members, report.available_nodes = await sources.members(), await sources.nodes()


async def _share(kubectl: Kubectl, urls: Mapping[str, str], report: Report) -> int:
    """Write and read, and return how many transactions Bank B's vault has of it."""
    subject = f"customer-{secrets.token_hex(4)}"
    async with Applications(urls) as applications:
        bank_a, bank_b = applications.of(BANK_A), applications.of(BANK_B)
        with report.step(f"Bank A writes {RECORDS} records and updates {UPDATES}"):
            written = await _write(bank_a, f"{subject}-before", report.by_node)
        with report.step("Bank B reads them from its own node"):
            await _read(bank_b, written, report)
        with report.step(f"the same while {BANK_A}'s {_KILLED} and the operator are killed"):
            _kill(kubectl)
            again = await _write(bank_a, f"{subject}-after", report.by_node_after)
            await _read(bank_b, again, report)
        with report.step("what was written before is asked for again, with the same keys"):
            await _repeat(bank_a, written, report)
            report.records_read = 0
            await _read(bank_b, {**written, **again}, report)
        report.retries = bank_a.retries + bank_b.retries
        committed = await _transactions(bank_b, {**written, **again})
    report.records_written = len(written) + len(again)
    report.versions_written = report.by_node.total() + report.by_node_after.total()
    with report.step("Ready again"):
        kubectl.text("rollout", "status", f"deployment/{RELEASE}", f"--namespace={RELEASE}", "--timeout=300s")
        progress.wait_until_ready(partial(progress.everything, kubectl), len(NODES) + 3, _READY_SECONDS)
    return committed


async def _transactions(application: Application, written: Mapping[str, Written]) -> int:
    """Return how many transactions made the records in a bank's vault: each version is one."""
    found = [await application.find(subject) for subject in written]
    return sum(record["version"] for records in found for record in records)


async def _write(application: Application, subject: str, by_node: Counter[str]) -> dict[str, Written]:
    """Create records, a few at a time, and update the first of them; return them by subject."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def create(number: int) -> Written:
        key, about = secrets.token_hex(16), f"{subject}-{number:02}"
        async with turns:
            record = await application.create(_new(about, number), key)
        _tell("created", record, by_node)
        return Written(key, record)

    async def update(written: Written) -> Written:
        changes = {"score": 700 + written.record["score"] % 100, "historyReference": "history-2"}
        async with turns:
            record = await application.update(written.record, changes, secrets.token_hex(16))
        _tell("updated", record, by_node)
        return Written(written.key, record)

    created = await asyncio.gather(*map(create, range(RECORDS)))
    updated = await asyncio.gather(*map(update, created[:UPDATES]))
    return {each.record["subject"]: each for each in (*created, *updated)}


def _new(subject: str, number: int) -> dict[str, Any]:
    organisation = BANKS[BANK_B]
    return {
        "subject": subject,
        "score": 500 + number,
        "historyReference": "history-1",
        "counterparty": organisation,
    }


def _tell(what: str, record: Record, by_node: Counter[str]) -> None:
    by_node[record["node"]] += 1
    say(
        f"    {what} {record['subject']} version {record['version']}, transaction {record['transactionId'][:16]}..., "
        f"through {record['node']}"
    )


async def _read(application: Application, written: Mapping[str, Written], report: Report) -> None:
    """Read every record until the version that was written last is there, and count what is missing or too much."""
    end = time.monotonic() + _READ_SECONDS
    for subject, each in written.items():
        found = await application.find(subject)
        while not _holds(found, each) and time.monotonic() < end:
            await asyncio.sleep(1)
            found = await application.find(subject)
        report.records_read += _holds(found, each)
        report.lost += not _holds(found, each)
        report.doubled += max(0, len(found) - 1)


def _holds(found: list[Record], written: Written) -> bool:
    """Tell whether what was found has what was written: Corda tells a counterparty a moment later than the writer."""
    about = ("id", "version", "score", "historyReference", "transactionId")
    return any(all(each[name] == written.record[name] for name in about) for each in found)


async def _repeat(application: Application, written: Mapping[str, Written], report: Report) -> None:
    """Send creations again whose record has not been updated since: each has to be the record that there is."""
    for subject, each in written.items():
        if each.record["version"] > 1:
            continue
        number = int(subject.rpartition("-")[2])
        record = await application.create(_new(subject, number), each.key)
        report.doubled += record["transactionId"] != each.record["transactionId"]


def _kill(kubectl: Kubectl) -> None:
    now = ("--force", "--grace-period=0", "--wait=false")
    kubectl.text("delete", "pod", f"{_KILLED}-node-0", f"--namespace={BANK_A}", *now)
    kubectl.text("delete", "pod", "--all", f"--namespace={RELEASE}", *now)
    say(f"    killed {_KILLED}-node-0 of {BANK_A}, and every pod of the operator")


def _look_at_corda(kubectl: Kubectl, report: Report) -> None:
    """Ask every node's own files for its version and mode."""
    versions, modes = set(), set()
    for namespace, name in NODES:
        where = ("exec", f"{name}-node-0", f"--namespace={namespace}", "--container=corda", "--")
        modes.add(dev_mode(kubectl.text(*where, "cat", "/etc/corda/node.conf")))
        node = json.loads(kubectl.text("get", "cordanode", name, f"--namespace={namespace}", "--output=json"))
        versions.add(node["status"]["version"])
    report.corda_version = ", ".join(sorted(versions))
    report.dev_mode = any(modes)


def dev_mode(node_conf: str) -> bool:
    """Tell what a node.conf says of development mode; Corda's default is to be in it."""
    found = re.findall(r'^\s*"?devMode"?\s*[:=]\s*(true|false)', node_conf, re.MULTILINE)
    return found[-1] != "false" if found else True
