"""An operator that can't do its work says what is missing, and begins once it is there; in simulated time."""

import asyncio

import pytest

from corda_operator.reconcile.engine.preflight import passed
from corda_operator.reconcile.engine.rights import RIGHTS
from tests.unit.network.simulated_time import simulated
from tests.unit.reconcile.engine.api_server import ApiServer


def begun(server: ApiServer, *namespaces: str, mend: str = "") -> bool:
    """Tell whether it has begun after a minute, or after what is missing was mended."""

    async def main() -> bool:
        beginning = asyncio.create_task(passed(server.cluster(), namespaces or (None,)))
        await asyncio.sleep(60)
        if mend:
            assert not beginning.done()
            server.forbidden.clear()
            server.without.clear()
            server.before = ApiServer.before
            await asyncio.sleep(60)
        done = beginning.done()
        beginning.cancel()
        return done

    return simulated(main)


def test_an_operator_that_has_everything_begins() -> None:
    assert begun(ApiServer())


@pytest.mark.parametrize(
    "asked",
    [f"{verb} {resource}" for right in RIGHTS for resource in right.resources for verb in right.verbs],
)
def test_every_right_is_asked_for_and_the_missing_one_is_named(asked: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not begun(ApiServer(forbidden={asked}))
    assert f"lacks {asked} in all namespaces" in caplog.text


def test_what_is_missing_is_said_once_and_not_every_time(caplog: pytest.LogCaptureFixture) -> None:
    assert not begun(ApiServer(forbidden={"create jobs"}))
    assert caplog.text.count("create jobs") == 1


def test_rights_are_asked_for_in_every_namespace_that_is_watched(caplog: pytest.LogCaptureFixture) -> None:
    assert not begun(ApiServer(forbidden={"delete pods"}), "bank-a", "bank-b")
    assert "delete pods in namespace bank-a" in caplog.text
    assert "delete pods in namespace bank-b" in caplog.text


@pytest.mark.parametrize("kind", ["Consortium", "CordaNode"])
def test_definitions_that_are_not_installed_are_waited_for(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    assert begun(ApiServer(without={kind}), mend="later")
    assert "install the CRDs" in caplog.text


def test_an_api_server_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    server = ApiServer()
    server.before = server.away
    assert begun(server, mend="later")
    assert "does not answer" in caplog.text
