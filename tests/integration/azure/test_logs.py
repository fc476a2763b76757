import hashlib
import json
import re
import sqlite3

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.keyvault.keys.crypto import CryptographyClient, SignatureAlgorithm

from local.azure.names import DOMAIN
from local.azure.standins import STUB
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy

MARK = "dont-log-me-4f1c"


def test_no_secret_token_or_key_ever_reaches_the_log(tenancy: Tenancy) -> None:
    azure = tenancy.azure
    vault = tenancy.vault()
    workload = tenancy.workload((vault, Role.ADMINISTRATOR))
    secrets, keys = tenancy.secrets(workload, vault), tenancy.keys(workload, vault)
    access_token = tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default").token
    secrets.set_secret("password", f"{MARK}-value", tags={"tag": f"{MARK}-tag"})
    secrets.get_secret("password")
    for body in ({"value": {MARK: MARK}}, {"value": MARK, "attributes": {"exp": MARK}}, MARK):
        answer = secrets.send_request(HttpRequest("PUT", "/secrets/other?api-version=7.5", json=body))
        assert answer.status_code == 400
        assert MARK not in answer.text()
    with pytest.raises(HttpResponseError):
        secrets.set_secret("password", MARK * 2000)
    secrets.send_request(HttpRequest("GET", f"/secrets?api-version=7.5&$skiptoken={MARK}"))
    key = keys.create_ec_key("map")
    signer = tenancy.closing.enter_context(CryptographyClient(key.id or "", tenancy.credential(workload)))
    digest = hashlib.sha256(MARK.encode()).digest()
    signer.sign(SignatureAlgorithm.es256, digest)
    tenancy.write_token(workload, f"{MARK}.{MARK}.{MARK}")

    log = azure.log(STUB).read_text()

    assert '"path": "/secrets/password"' in log
    assert MARK not in log
    assert access_token not in log
    assert workload.token_file.read_text() not in log
    for part in access_token.split("."):
        assert part not in log
    database = sqlite3.connect(azure.folder / "stub" / "state.sqlite")
    try:
        records = [row[0] for row in database.execute("SELECT record FROM versions WHERE kind = 'key'")]
        signing_key = database.execute("SELECT content FROM documents WHERE name = 'signing-key'").fetchone()[0]
    finally:
        database.close()
    for pem in (*(json.loads(record)["private"] for record in records), signing_key):
        for line in re.findall(r"^[A-Za-z0-9+/=]{40,}$", pem, re.MULTILINE):
            assert line not in log


def test_every_log_line_is_json_with_time_level_and_event(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one")

    for line in tenancy.azure.log(STUB).read_text().splitlines():
        assert {"time", "level", "event"} <= json.loads(line).keys()


def test_the_state_is_readable_for_its_owner_only(tenancy: Tenancy) -> None:
    for file in (tenancy.azure.folder / "stub").iterdir():
        assert file.stat().st_mode & 0o077 == 0
