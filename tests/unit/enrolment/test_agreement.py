"""However pods interleave, and though a vault tells time in whole seconds only, all end with one version."""

# ruff: noqa: ARG002 - the simulated vault answers for a protocol

import asyncio
import datetime
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corda_operator.azure.errors import AccessDenied, NotFound, SoftDeleted
from corda_operator.azure.secrets import Listing, Secret, SecretVersion
from corda_operator.enrolment import agreement
from corda_operator.enrolment.agreement import Draft
from corda_operator.enrolment.errors import UnusableError
from tests.unit.network.simulated_time import simulated

EPOCH = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
NAME = "node-identity"
SLOWEST, SKEW = 5.0, 0.9
"""Seconds: a call, and a server's clock."""


@dataclass
class SimulatedVault:
    """One secret, its calls as slow and its servers' clocks as wrong as a random generator makes them."""

    random: random.Random
    may_write: bool = True
    deleted: bool = False
    values: dict[str, str] = field(default_factory=dict)
    kept: list[SecretVersion] = field(default_factory=list)
    writes: int = 0

    async def versions(self, name: str, *, within: float = 0) -> Listing:
        await self._travel()
        found = () if self.deleted else tuple(self.random.sample(self.kept, len(self.kept)))
        listing = Listing(found, self._clock())
        await self._travel()
        return listing

    async def get(self, name: str, version: str | None = None, *, within: float = 0) -> Secret:
        await self._travel()
        for each in self.kept:
            if each.version == version and not self.deleted:
                return Secret(self.values[each.version], each)
        raise NotFound(name)

    async def add(
        self,
        name: str,
        value: str,
        *,
        content_type: str,
        tags: Mapping[str, str],
        expires: datetime.datetime | None = None,
        within: float = 0,
    ) -> None:
        await self._travel()
        if self.deleted:
            raise SoftDeleted(name)
        self._allowed()
        version = uuid.UUID(int=self.random.getrandbits(128)).hex
        self.values[version] = value
        self.kept.append(SecretVersion(name, version, self._clock(), enabled=True, tags=tags))
        await self._travel()

    async def tag(self, version: SecretVersion, tags: Mapping[str, str], *, within: float = 0) -> None:
        raise NotImplementedError

    async def disable(self, version: SecretVersion, *, within: float = 0) -> None:
        await self._travel()
        self._allowed()
        self.kept = [replace(each, enabled=each.enabled and each.version != version.version) for each in self.kept]

    async def recover(self, name: str, *, within: float = 0) -> None:
        await self._travel()
        self.deleted = False

    def _allowed(self) -> None:
        if not self.may_write:
            raise AccessDenied(NAME)
        self.writes += 1

    def _clock(self) -> datetime.datetime:
        now = 100 + asyncio.get_running_loop().time() + self.random.uniform(-SKEW, SKEW) / 2
        return EPOCH + datetime.timedelta(seconds=int(now))

    async def _travel(self) -> None:
        await asyncio.sleep(self.random.choice((0, self.random.uniform(0, 0.2), self.random.uniform(0, SLOWEST))))


def vault_of(seed: int) -> SimulatedVault:
    return SimulatedVault(random.Random(seed))  # noqa: S311 - repeatable, not secret


def draft(value: str) -> Draft:
    return Draft(value, "text/plain", {})


async def pod(vault: SimulatedVault, number: int, delay: float) -> str:
    async def make() -> Draft:
        return draft(f"key of pod {number}")

    await asyncio.sleep(delay)
    return (await agreement.find_or_add(vault, NAME, make)).value


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.lists(st.floats(0, 12), min_size=2, max_size=6))
def test_pods_that_start_at_any_time_end_with_the_same_version(seed: int, delays: list[float]) -> None:
    async def main() -> None:
        vault = vault_of(seed)
        values = await asyncio.gather(*(pod(vault, number, delay) for number, delay in enumerate(delays)))
        assert len(set(values)) == 1
        later = await agreement.find(vault, NAME)
        assert later is not None
        assert later.value == values[0]
        assert [each.version for each in vault.kept if each.enabled] == [later.properties.version]

    simulated(main)


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.lists(st.floats(0, 8), min_size=2, max_size=5), st.floats(0, 10))
def test_a_pod_that_dies_after_writing_and_comes_back_agrees_with_the_others(
    seed: int, delays: list[float], death: float
) -> None:
    async def main() -> None:
        vault = vault_of(seed)

        async def dying() -> str:
            first = asyncio.create_task(pod(vault, 99, 0))
            await asyncio.sleep(death)
            first.cancel()
            return await pod(vault, 99, 0)

        values = await asyncio.gather(dying(), *(pod(vault, number, delay) for number, delay in enumerate(delays)))
        assert len(set(values)) == 1

    simulated(main)


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.lists(st.floats(0, 8), min_size=2, max_size=5))
def test_pods_that_replace_a_version_end_with_the_same_new_one(seed: int, delays: list[float]) -> None:
    async def main() -> None:
        vault = vault_of(seed)
        await pod(vault, 0, 0)
        present = await agreement.find(vault, NAME)
        assert present is not None

        async def renewing(number: int, delay: float) -> str:
            await asyncio.sleep(delay)
            return (await agreement.supersede(vault, NAME, present, draft(f"renewed by {number}"))).value

        values = await asyncio.gather(*(renewing(number, delay) for number, delay in enumerate(delays)))
        assert len(set(values)) == 1
        assert values[0].startswith("renewed")

    simulated(main)


def test_what_is_there_is_taken_without_a_write_and_without_waiting() -> None:
    async def main() -> None:
        vault = vault_of(1)
        await pod(vault, 0, 0)
        await asyncio.sleep(60)
        written = vault.writes
        assert await pod(vault, 1, 0) == "key of pod 0"
        assert vault.writes == written == 1

    simulated(main)


def test_a_deleted_secret_is_recovered_and_not_replaced() -> None:
    async def main() -> None:
        vault = vault_of(1)
        await pod(vault, 0, 0)
        vault.deleted = True
        assert await pod(vault, 1, 0) == "key of pod 0"
        vault.deleted = True
        assert (await agreement.find_or_recover(vault, NAME, "a test says so")).value == "key of pod 0"

    simulated(main)


def test_a_secret_that_has_to_be_there_and_is_gone_for_good_is_not_made_again() -> None:
    async def main() -> None:
        vault = vault_of(1)
        with pytest.raises(UnusableError, match="is gone, though its certificate was issued"):
            await agreement.find_or_recover(vault, NAME, "its certificate was issued")
        assert vault.kept == []

    simulated(main)


def test_where_all_versions_are_disabled_no_other_key_is_made() -> None:
    async def main() -> None:
        vault = vault_of(1)
        await pod(vault, 0, 0)
        vault.kept = [replace(each, enabled=False) for each in vault.kept]
        with pytest.raises(UnusableError, match="none is enabled"):
            await pod(vault, 1, 0)
        assert len(vault.kept) == 1

    simulated(main)


def test_who_may_not_disable_a_second_version_leaves_it() -> None:
    async def main() -> None:
        vault = vault_of(1)
        await vault.add(NAME, "older", content_type="", tags={})
        await asyncio.sleep(2)
        await vault.add(NAME, "newer", content_type="", tags={})
        vault.may_write = False
        assert await pod(vault, 0, 60) == "older"
        assert all(each.enabled for each in vault.kept)

    simulated(main)


@pytest.mark.parametrize("text", ["", "two", "-1", "²"])
def test_a_generation_that_is_no_number_is_the_first(text: str) -> None:
    version = SecretVersion(NAME, "v", EPOCH, enabled=True, tags={agreement.GENERATION: text})
    assert agreement.generation(version) == 0
