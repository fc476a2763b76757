"""Private keys and passwords are in the vault and in the output directory, and nowhere else."""

import asyncio
import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from corda_operator.azure import AzureSession
from corda_operator.enrolment.key_material import PrivateKey, write_key
from corda_operator.enrolment.process import ExitCode
from tests.integration.enrolment.conftest import Bench
from tests.integration.enrolment.node import Node

PASSWORDS = {"rpc-of-app": "correct horse battery staple", "database-of-node": "Tr0ub4dor&3-and-more"}


def forms(secret: bytes) -> Iterator[bytes]:
    """Give what a secret would look like in a file, a log or a message."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    # Whatever stands before it, one of three shifts of base64 has the same characters in the middle.
    for shift in range(3):
        whole = secret[shift : shift + (len(secret) - shift) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)


def unbroken(content: bytes) -> bytes:
    """Return content without the ends of its lines; a key's number may have such a byte, too."""
    return content.replace(b"\n", b"").replace(b"\\n", b"")


def load(der: bytes) -> PrivateKey:
    key = load_der_private_key(der, password=None)
    assert isinstance(key, PrivateKey)
    return key


def secrets_of(node: Node) -> list[bytes]:
    """Return the bare numbers that are in every encoding of a private key, and the passwords."""
    found = [password.encode() for password in PASSWORDS.values()]
    found.append(node.secret_settings["keyStorePassword"].encode())
    found.append(node.secret_settings["rpcUsers"][-1]["password"].encode())
    for der in node.key_bytes().values():
        key = load(der)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            found.append(key.private_numbers().private_value.to_bytes(32, "big"))
        else:
            found.append(key.private_bytes_raw())
    return found


def leaks(node: Node, folders: list[Path]) -> list[str]:
    """Return the files that hold any of a node's secrets."""
    wanted = [unbroken(form) for secret in secrets_of(node) for form in forms(secret)]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert files
    contents = {file.name: unbroken(file.read_bytes()) for file in files}
    return sorted(name for name, content in contents.items() if any(form in content for form in wanted))


async def test_no_secret_leaves_the_output_directory(bench: Bench, session: AzureSession, tmp_path: Path) -> None:
    secrets = session.vault_secrets(bench.vault_url)
    for name, password in PASSWORDS.items():
        await secrets.add(name, password, content_type="text/plain", tags={})
    node = bench.node(
        rpcUsers=[{"name": "app", "passwordSecret": "rpc-of-app", "permissions": ["ALL"]}],
        database={"postgresql": {"user": "corda", "passwordSecret": "database-of-node"}},
    )
    node.folder = tmp_path / "pod"
    node.folder.mkdir()
    # All that a library may say, and where one may put a temporary file.
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = node.spawn(environment={"PYTHONASYNCIODEBUG": "1", "TMPDIR": str(temporary), "HOME": str(temporary)})
    try:
        _, status = await asyncio.to_thread(os.waitpid, process.pid, 0)
    finally:
        process.stop()
    assert os.waitstatus_to_exitcode(status) == ExitCode.READY, node.log()
    assert node.secret_settings["rpcUsers"][0]["password"] == PASSWORDS["rpc-of-app"]

    known = tmp_path / "known"
    known.mkdir()
    for alias, der in node.key_bytes().items():
        (known / f"{alias}.pem").write_text(write_key(load(der)))
    assert leaks(node, [node.output, known]) == [
        "cordaclienttls.pem",
        "identity-private-key.pem",
        "node-tool.json",
        "secrets.conf",
    ]
    shutil.rmtree(known)

    shutil.copy(node.output / "status.json", tmp_path)
    assert leaks(node, [tmp_path, bench.consortium.services.folder]) == []
    assert list(temporary.iterdir()) == []
