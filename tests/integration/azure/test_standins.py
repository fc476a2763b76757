import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import paths
from local.azure import azurite
from local.azure.__main__ import main
from local.azure.json_http import HttpError, call
from local.azure.names import DOMAIN, resolved
from local.azure.standins import AZURITE, STUB, StandIns
from local.azure.stub.directory import Identity, RoleAssignment, Vault
from local.azure.stub.roles import Role
from local.processes import recorded
from tests.integration.azure.fixtures.cluster_issuer import ClusterIssuer
from tests.integration.azure.fixtures.tenancy import Tenancy


def test_up_and_down_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "azure"

    assert main(["up", "--folder", str(folder)]) == 0
    printed = capsys.readouterr().out
    try:
        processes = recorded(folder / "processes")
        assert {process.name for process in processes if process.alive} == {STUB, AZURITE}
        assert f"export AZURE_AUTHORITY_HOST=https://login.{DOMAIN}:" in printed
        assert f"export SSL_CERT_FILE={folder}/certificates/ca.pem" in printed
        assert f"127.0.0.1 login.{DOMAIN}" in printed

        assert main(["up", "--folder", str(folder)]) == 0
        assert recorded(folder / "processes") == processes
    finally:
        assert main(["down", "--folder", str(folder)]) == 0

    assert not any(process.alive for process in recorded(folder / "processes"))
    assert main(["down", "--folder", str(folder)]) == 0


def test_a_port_that_is_taken_is_told_with_the_log(azure: StandIns, tmp_path: Path) -> None:
    own = StandIns(tmp_path / "azure", azure.directory)
    with socket.create_server(("127.0.0.1", own.ports.stub)):
        assert main(["up", "--folder", str(own.folder), "--directory", str(azure.directory)]) == 1
    own.down()

    assert "address already in use" in own.log(STUB).read_text()


def test_a_dead_stand_in_is_started_again_and_the_living_left_alone(tenancy: Tenancy) -> None:
    azure = tenancy.azure
    azurite_before, stub_before = azure.process(AZURITE), azure.process(STUB)
    assert stub_before is not None
    stub_before.send(signal.SIGKILL)
    stub_before.stop()

    azure.up()

    assert azure.process(AZURITE) == azurite_before
    assert azure.process(STUB) != stub_before
    azure.admin.check()


def test_names_are_resolved_within_the_context_only() -> None:
    with resolved("within.test"):
        assert socket.getaddrinfo("a.b.within.test", 443)[0][4] == ("127.0.0.1", 443)
        assert socket.getaddrinfo("localhost", 443)
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("notwithin.test.invalid", 443)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("a.b.within.test", 443)


def test_azurite_is_installed_once_whoever_was_killed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for npm that is killed half-way leaves nothing behind that a second run would believe."""
    programs = tmp_path / "bin"
    programs.mkdir()
    npm = programs / "npm"
    monkeypatch.setenv("CORDA_OPERATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    installing = [sys.executable, "-c", "from local.azure.azurite import install; print(install())"]

    npm.write_text("#!/bin/sh\nmkdir -p node_modules/azurite && kill -9 $PPID\n")
    npm.chmod(0o755)
    killed = subprocess.run(installing, cwd=paths.ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL

    npm.write_text(
        '#!/bin/sh\ntest "$1" = ci && test -f package-lock.json && mkdir node_modules && touch node_modules/whole\n'
    )
    program = azurite.install()
    assert (program.parents[4] / "whole").exists()

    npm.write_text("#!/bin/sh\nexit 1\n")
    assert azurite.install() == program


def test_the_directory_is_changed_piece_by_piece(tenancy: Tenancy, cluster_issuer: ClusterIssuer) -> None:
    admin = tenancy.azure.admin
    before = admin.directory()
    identity = Identity(name="piece", client_id="7d5c2a10-0000-4000-8000-0000000000bb")
    role = RoleAssignment(identity="piece", role=Role.READER, scope="keys/map")

    admin.put_identity(identity)
    admin.put_vault(Vault(name="kv-piece"))
    admin.grant("kv-piece", role)
    admin.grant("kv-piece", role)
    assert admin.directory().vault("KV-PIECE") == Vault(name="kv-piece", role_assignments=(role,))
    assert admin.directory().identity_of_client(identity.client_id) == identity

    admin.delete_identity("piece")
    assert admin.directory().vault("kv-piece") == Vault(name="kv-piece")
    admin.delete_vault("kv-piece")
    admin.delete_issuer(cluster_issuer.entry().issuer)
    admin.put_issuer(cluster_issuer.entry())
    assert admin.directory() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("PUT", "/identities", '{"name": "x"}', 400, "clientId"),
        ("PUT", "/identities", '{"name": "x", "clientId": "no-guid"}', 400, "clientId"),
        ("PUT", "/vaults", '{"name": "a--b"}', 400, "name"),
        ("PUT", "/vaults", '{"name": "1ab"}', 400, "name"),
        ("PUT", "/vaults", '{"name": "kv1", "colour": "red"}', 400, "colour"),
        ("PUT", "/issuers", '{"issuer": "http://plain.example"}', 400, "issuer"),
        ("PUT", "/directory", "{}", 400, "tenantId"),
        ("DELETE", "/identities/nobody", None, 404, "no identity nobody"),
        ("DELETE", "/vaults/nowhere", None, 404, "no vault nowhere"),
        ("DELETE", "/issuers?issuer=https://no.example", None, 404, "no issuer"),
        ("PUT", "/vaults/nowhere/roles", '{"identity": "x", "role": "Key Vault Reader"}', 404, "no vault"),
    ],
)
def test_a_wrong_change_of_the_directory_is_refused(
    tenancy: Tenancy, method: str, path: str, body: str | None, status: int, message: str
) -> None:
    before = tenancy.azure.admin.directory()

    with pytest.raises(HttpError, match=message) as error:
        call(tenancy.azure.admin.address, method, path, body)

    assert error.value.status == status
    assert tenancy.azure.admin.directory() == before


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ('{"identity": "nobody", "role": "Key Vault Reader"}', "nobody, which is no identity"),
        ('{"identity": "nobody", "role": "Owner"}', "role"),
        ('{"identity": "nobody", "role": "Key Vault Reader", "scope": "certificates/x"}', "scope"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(tenancy: Tenancy, assignment: str, message: str) -> None:
    vault = tenancy.vault()

    with pytest.raises(HttpError, match=message) as error:
        call(tenancy.azure.admin.address, "PUT", f"/vaults/{vault}/roles", assignment)
    assert error.value.status == 400
