"""What the stub keeps over a restart, and over its being killed at any moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient

from local.azure.names import DOMAIN
from local.azure.standins import STUB, StandIns
from local.azure.stub.directory import Vault
from local.azure.stub.roles import Role
from local.console import LocalError
from tests.integration.azure.fixtures.tenancy import Tenancy


def kill(azure: StandIns) -> None:
    process = azure.process(STUB)
    assert process is not None
    process.send(signal.SIGKILL)
    process.stop()


@contextmanager
def killed(azure: StandIns) -> Iterator[None]:
    """Kill the stub, and start it again afterwards."""
    kill(azure)
    yield
    azure.start(STUB)


def test_everything_is_still_there_after_kill_9(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    secrets, keys = tenancy.secrets(workload, vault), tenancy.keys(workload, vault)
    secrets.set_secret("password", "one", tags={"a": "1"})
    secrets.set_secret("password", "two")
    secrets.set_secret("deleted", "three")
    secrets.begin_delete_secret("deleted").result()
    key = keys.create_ec_key("map")
    assert key.id is not None
    signer = tenancy.closing.enter_context(CryptographyClient(key, tenancy.credential(workload)))
    before = tenancy.azure.admin.directory()

    with killed(tenancy.azure):
        pass

    assert tenancy.azure.admin.directory() == before
    assert secrets.get_secret("password").value == "two"
    assert len(list(secrets.list_properties_of_secret_versions("password"))) == 2
    assert [each.name for each in secrets.list_deleted_secrets()] == ["deleted"]
    assert secrets.begin_recover_deleted_secret("deleted").result().name == "deleted"
    assert keys.get_key("map").id == key.id
    signature = signer.sign(SignatureAlgorithm.es256, bytes(32)).signature
    assert signer.verify(SignatureAlgorithm.es256, bytes(32), signature).is_valid


def test_access_tokens_outlive_a_restart(tenancy: Tenancy) -> None:
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    token = tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default").token

    with killed(tenancy.azure):
        pass

    answer = tenancy.bare(f"{tenancy.azure.vault_url(vault)}/secrets?api-version=7.5", token)
    assert answer.status_code == 200


def test_no_acknowledged_write_is_lost_when_killed_while_writing(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(writer: SecretClient) -> None:
        for number in range(10_000):
            try:
                acknowledged.append(str(writer.set_secret("counter", str(number), retry_total=0).value))
            except AzureError:
                return
            if len(acknowledged) == 20:
                enough.set()

    thread = threading.Thread(target=write, args=(client,))
    thread.start()
    enough.wait(60)
    with killed(tenancy.azure):
        thread.join()

    assert len(acknowledged) >= 20
    # One more may have been written without its answer getting through.
    assert int(client.get_secret("counter").value or "") - int(acknowledged[-1]) in (0, 1)
    versions = len(list(client.list_properties_of_secret_versions("counter")))
    assert versions - len(acknowledged) in (0, 1)


def test_sigterm_ends_the_stub_in_good_order(tenancy: Tenancy) -> None:
    azure = tenancy.azure
    process = azure.process(STUB)
    assert process is not None

    process.stop()

    assert '"event": "stopping"' in azure.log(STUB).read_text().splitlines()[-1]
    azure.start(STUB)


def test_a_changed_directory_file_replaces_the_changes_made_at_run_time(azure: StandIns, tmp_path: Path) -> None:
    directory = tmp_path / "directory.yaml"
    text = azure.directory.read_text()
    directory.write_text(text)
    own = StandIns(tmp_path / "azure", directory)
    try:
        own.start(STUB)
        own.admin.put_vault(Vault(name="added"))
        own.down()
        own.start(STUB)
        assert own.admin.directory().vault("added") is not None

        directory.write_text(f"{text}\nvaults: [{{name: from-file}}]\n")
        own.down()
        own.start(STUB)
        assert [vault.name for vault in own.admin.directory().vaults] == ["from-file"]
    finally:
        own.down()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tenantId: nonsense", "tenantId"),
        ("tenantId: [", "not YAML"),
        (
            "tenantId: 7d5c2a10-0000-4000-8000-000000000001\n"
            "vaults: [{name: kv1, roleAssignments: [{identity: nobody, role: Key Vault Reader}]}]",
            "nobody, which is no identity",
        ),
    ],
)
def test_a_wrong_directory_stops_the_start_with_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    directory = tmp_path / "directory.yaml"
    directory.write_text(text)

    with pytest.raises(LocalError, match=message):
        StandIns(tmp_path / "azure", directory).start(STUB)


def test_a_vault_that_was_removed_answers_no_more_and_keeps_its_content(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    client.set_secret("password", "one")
    removed = tenancy.azure.admin.directory().vault(vault)
    assert removed is not None

    tenancy.azure.admin.delete_vault(vault)
    with pytest.raises(ResourceNotFoundError, match="no vault"):
        client.get_secret("password")

    tenancy.azure.admin.put_vault(removed)
    assert client.get_secret("password").value == "one"
