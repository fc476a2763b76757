from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.keyvault.secrets import SecretClient

from local.azure.json_http import HttpError, call
from local.azure.names import DOMAIN
from local.azure.stub.faults import Fault
from local.azure.stub.roles import Role
from tests.integration.azure.fixtures.tenancy import Tenancy

DROPPED = (ServiceRequestError, ServiceResponseError)


def fault(**fields: object) -> Fault:
    return Fault.model_validate({"service": "keyvault", **fields})


def test_the_client_waits_out_throttling(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    throttled = tenancy.count("set-secret", "429")
    tenancy.azure.admin.switch_on(fault(kind="status", status=429, retryAfter=0.1, times=2, vault=vault))

    client.set_secret("password", "one")

    assert client.get_secret("password").value == "one"
    assert throttled() == 2


def test_throttling_that_does_not_end_reaches_the_caller(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    tenancy.azure.admin.switch_on(fault(kind="status", status=429, retryAfter=0, vault=vault))

    with pytest.raises(HttpResponseError) as error:
        client.set_secret("password", "one")
    assert error.value.status_code == 429
    assert error.value.error is not None
    assert error.value.error.code == "Throttled"
    response: Any = error.value.response
    assert response.headers["Retry-After"] == "0"

    tenancy.azure.admin.switch_off()
    assert list(client.list_properties_of_secrets()) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_the_client_retries_server_errors(tenancy: Tenancy, status: int) -> None:
    vault, client = tenancy.officer()
    failed = tenancy.count("set-secret", str(status))
    tenancy.azure.admin.switch_on(fault(kind="status", status=status, times=2, vault=vault))

    client.set_secret("password", "one")

    assert failed() == 2


def test_a_connection_dropped_before_has_no_effect(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    client.set_secret("password", "one")
    tenancy.azure.admin.switch_on(fault(kind="drop-before", operation="set-secret", vault=vault))
    hasty = _without_retries(tenancy, vault)

    with pytest.raises(DROPPED):
        hasty.set_secret("password", "two")

    assert client.get_secret("password").value == "one"


def test_a_connection_dropped_after_has_had_its_effect(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    client.set_secret("password", "one")
    tenancy.azure.admin.switch_on(fault(kind="drop-after", operation="set-secret", times=1, vault=vault))
    hasty = _without_retries(tenancy, vault)

    with pytest.raises(DROPPED):
        hasty.set_secret("password", "two")

    assert client.get_secret("password").value == "two"
    assert len(list(client.list_properties_of_secret_versions("password"))) == 2


def test_a_retry_after_a_drop_makes_a_second_version(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    dropped = tenancy.count("set-secret", "dropped")
    tenancy.azure.admin.switch_on(fault(kind="drop-after", operation="set-secret", times=1, vault=vault))

    client.set_secret("password", "one")

    assert dropped() == 1
    assert len(list(client.list_properties_of_secret_versions("password"))) == 2


def test_a_slow_answer_runs_into_the_clients_timeout(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    client.set_secret("password", "one")
    tenancy.azure.admin.switch_on(fault(kind="latency", seconds=30, times=1, vault=vault))

    with pytest.raises(ServiceResponseError):
        client.get_secret("password", read_timeout=0.2, retry_total=0)
    assert client.get_secret("password").value == "one"


def test_a_fault_may_begin_late_and_end(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    client.set_secret("password", "one")
    tenancy.azure.admin.switch_on(fault(kind="status", status=400, after=2, times=1, vault=vault))

    outcomes = []
    for _ in range(4):
        try:
            client.get_secret("password")
        except HttpResponseError as error:
            outcomes.append(error.status_code)
        else:
            outcomes.append(200)

    assert outcomes == [200, 200, 400, 200]
    (switch,) = tenancy.azure.admin.switches()
    assert (switch.matched, switch.applied) == (4, 1)


def test_a_fault_hits_only_what_it_names(tenancy: Tenancy) -> None:
    vault, client = tenancy.officer()
    _, other = tenancy.officer()
    client.set_secret("hit", "one")
    client.set_secret("spared", "one")
    other.set_secret("hit", "one")
    tenancy.azure.admin.switch_on(fault(kind="status", status=400, vault=vault, method="GET", path="/hit/"))

    assert client.get_secret("spared").value == "one"
    assert other.get_secret("hit").value == "one"
    client.set_secret("hit", "two")
    with pytest.raises(HttpResponseError):
        client.get_secret("hit")


def test_entra_can_fail_too(tenancy: Tenancy) -> None:
    workload = tenancy.workload()
    tenancy.azure.admin.switch_on(Fault.model_validate({"service": "entra", "kind": "status", "status": 503}))

    with pytest.raises(ClientAuthenticationError, match="AADSTS90033"):
        tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default")

    tenancy.azure.admin.switch_off()
    assert tenancy.credential(workload).get_token(f"https://vault.{DOMAIN}/.default").token


def test_one_fault_can_be_switched_off_alone(tenancy: Tenancy) -> None:
    admin = tenancy.azure.admin
    first = admin.switch_on(fault(kind="drop-before", vault="none"))
    second = admin.switch_on(fault(kind="status", status=500, vault="none"))

    admin.switch_off(first)

    assert [switch.identifier for switch in admin.switches()] == [second]
    with pytest.raises(HttpError) as error:
        admin.switch_off(first)
    assert error.value.status == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"kind": "explode"}', "kind"),
        ('{"kind": "status"}', "status belongs to kind 'status'"),
        ('{"kind": "latency"}', "seconds belongs to kind 'latency'"),
        ('{"kind": "drop-after", "status": 500}', "status belongs"),
        ('{"kind": "drop-after", "path": "("}', "not a regular expression"),
        ('{"kind": "drop-after", "vualt": "x"}', "vualt"),
        ("no json", "JSON"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(tenancy: Tenancy, body: str, message: str) -> None:
    with pytest.raises(HttpError, match="400") as error:
        call(tenancy.azure.admin.address, "POST", "/faults", body)
    assert message in str(error.value)


def test_counts_begin_anew_when_cleared(tenancy: Tenancy) -> None:
    _, client = tenancy.officer()
    client.set_secret("password", "one")
    assert tenancy.azure.admin.counts()

    tenancy.azure.admin.clear_counts()

    assert tenancy.azure.admin.counts() == {}


def _without_retries(tenancy: Tenancy, vault: str) -> SecretClient:
    workload = tenancy.workload((vault, Role.SECRETS_OFFICER))
    return tenancy.secrets(workload, vault, retry_total=0)
