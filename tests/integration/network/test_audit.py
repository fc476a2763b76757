"""``corda-operator verify``, as a member's auditor runs it against a network that runs."""

import base64
import json
import subprocess
import sys
from pathlib import Path

from corda_operator.azure.session import AzureSession
from corda_operator.network.log.head import Head, statement
from tests.integration.network.replicas import Deployment, Replica
from tests.unit.network.consortium import BANK_A, BANK_B


def verify(replica: Replica, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "corda_operator", "verify", "--url", replica.url, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def trust_root_of(replica: Replica) -> Path:
    file = replica.folder / "root.pem"
    file.write_bytes((await replica.request("GET", "/trust-root")).body)
    return file


async def test_a_member_sees_its_certificates_and_that_nothing_was_rewritten_since(
    deployment: Deployment, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.json"
    replica = await deployment.started()
    root = await trust_root_of(replica)
    bank_a = await replica.register(BANK_A)
    await replica.register(BANK_B)
    assert await replica.publish(bank_a.node_info(1).encode()) == 200

    done = verify(replica, "--trust-root", root, "--seen", seen, "--legal-name", str(BANK_A))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [each["legalName"] for each in report["certificates"]] == [str(BANK_A)]
    assert report["certificates"][0]["serialNumber"] == str(bank_a.chain[0].serial_number)
    assert report["nodes"] == 1

    assert await replica.publish(bank_a.node_info(2).encode()) == 200
    again = verify(replica, "--trust-root", root, "--seen", seen)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["blocks"] > report["blocks"]


async def test_a_head_that_was_shown_before_and_is_gone_is_evidence(deployment: Deployment, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    replica = await deployment.started()
    root = await trust_root_of(replica)
    await replica.network_map()
    async with AzureSession(replica.environment) as session:
        vault = session.vault_keys(deployment.tenancy.azure.vault_url(deployment.vault))
        signer = await vault.get_or_create("corda-network-map")
        signature = await signer.sign(statement(2, "AB" * 32))
    shown = Head(sequence=2, block="AB" * 32, signature=base64.b64encode(signature).decode())
    seen.write_bytes(shown.encode())

    done = verify(replica, "--trust-root", root, "--seen", seen)

    assert done.returncode == 3
    assert "the log was rewritten: block 2" in done.stderr
    assert seen.read_bytes() == shown.encode()


async def test_an_audit_says_what_is_wrong_with_how_it_was_asked(deployment: Deployment, tmp_path: Path) -> None:
    replica = await deployment.started()
    root = await trust_root_of(replica)
    other = tmp_path / "other.pem"
    other.write_text("no certificate")

    assert "other.pem" in verify(replica, "--trust-root", other).stderr
    assert "absent.pem" in verify(replica, "--trust-root", tmp_path / "absent.pem").stderr
    replica.stop()
    done = verify(replica, "--trust-root", root)
    assert done.returncode == 1
    assert "can't be read" in done.stderr
