"""One active operator, in simulated time and against an API server that is slow, away, or answers too late."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import pytest

from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.election import DEFAULT_TIMING, Election, NotLeadingError
from tests.unit.network.simulated_time import SimulatedTimeLoop, simulated
from tests.unit.reconcile.engine.api_server import ApiServer, Call

LEASE = Reference("coordination.k8s.io/v1", "Lease", "corda-operator", "corda-operator")


def candidate(server: ApiServer, identity: str) -> Election:
    return Election(server.cluster(), LEASE.namespace, LEASE.name, identity)


def lease_of(server: ApiServer) -> Manifest:
    found = server.get(LEASE)
    assert found is not None
    spec: Manifest = found["spec"]
    return spec


def held_by(holder: str, renewed: str = "2001-01-01T00:00:00.000000Z") -> Manifest:
    """Return a Lease that somebody held whose clock says 2001."""
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {"namespace": LEASE.namespace, "name": LEASE.name},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": renewed, "leaseTransitions": 3},
    }


def now() -> float:
    return asyncio.get_running_loop().time()


def stop_the_process_for(seconds: float) -> None:
    """Let time pass in which nothing runs, as under SIGSTOP."""
    cast("SimulatedTimeLoop", asyncio.get_running_loop())._skipping.passed += seconds


def test_whoever_comes_first_leads_and_the_other_waits() -> None:
    async def main() -> None:
        server = ApiServer()
        first, second = candidate(server, "first"), candidate(server, "second")
        await first.acquire()
        waiting = asyncio.create_task(second.acquire())
        holding = asyncio.create_task(first.hold())
        await asyncio.sleep(300)
        assert (first.leads, second.leads, second.holder) == (True, False, "first")
        assert lease_of(server)["leaseTransitions"] == 0
        waiting.cancel()
        holding.cancel()

    simulated(main)


def test_an_abandoned_lease_is_taken_after_its_whole_duration_by_the_candidates_own_clock() -> None:
    async def main() -> None:
        server = ApiServer()
        server.put(held_by("gone"))
        await candidate(server, "next").acquire()
        assert DEFAULT_TIMING.duration <= now() <= DEFAULT_TIMING.duration + 2 * DEFAULT_TIMING.pause
        assert (lease_of(server)["holderIdentity"], lease_of(server)["leaseTransitions"]) == ("next", 4)

    simulated(main)


def test_a_holder_whose_clock_is_in_the_future_does_not_hold_the_lease_for_ever() -> None:
    async def main() -> None:
        server = ApiServer()
        server.put(held_by("gone", renewed="2999-01-01T00:00:00.000000Z"))
        await candidate(server, "next").acquire()

    simulated(main)


def test_a_lease_that_is_renewed_meanwhile_is_waited_for_anew() -> None:
    async def main() -> None:
        server = ApiServer()
        server.put(held_by("other"))
        waiting = asyncio.create_task(candidate(server, "next").acquire())
        await asyncio.sleep(14)
        server.put(held_by("other", renewed="2001-01-01T00:00:14.000000Z"))
        await asyncio.sleep(14)
        assert not waiting.done()
        await waiting

    simulated(main)


def test_a_holder_that_can_not_renew_stops_writing_before_another_may_begin_and_ends() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        election.check()
        server.before = server.away
        holding = asyncio.create_task(election.hold())
        await asyncio.sleep(DEFAULT_TIMING.deadline - 0.1)
        election.check()
        await asyncio.sleep(0.2)
        with pytest.raises(NotLeadingError, match="first does not hold Lease"):
            election.check()
        await holding
        assert now() < DEFAULT_TIMING.duration

    simulated(main)


def test_a_holder_ends_in_time_although_the_api_server_takes_every_call_and_answers_none() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        server.before = server.silent
        await election.hold()
        assert now() < DEFAULT_TIMING.duration + DEFAULT_TIMING.deadline

    simulated(main)


def test_connections_that_are_lost_for_some_seconds_end_no_leadership() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        holding = asyncio.create_task(election.hold())
        for _ in range(10):
            server.before = server.away
            await asyncio.sleep(6)
            assert election.leads
            server.before = ApiServer.before
            await asyncio.sleep(3)
        assert not holding.done()
        holding.cancel()

    simulated(main)


def test_a_renewal_that_had_its_effect_but_lost_its_answer_is_found_out_and_goes_on() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        server.after = server.away
        acquiring = asyncio.create_task(election.acquire())
        await asyncio.sleep(1)
        assert not election.leads
        server.after = ApiServer.after
        await acquiring
        assert lease_of(server)["leaseTransitions"] == 0

    simulated(main)


def test_a_lease_that_somebody_else_took_ends_leadership_at_the_next_look() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        server.put(held_by("other"))
        await election.hold()
        assert now() < DEFAULT_TIMING.deadline
        assert not election.leads

    simulated(main)


def test_a_lease_that_somebody_deletes_is_made_again() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        holding = asyncio.create_task(election.hold())

        async def gone_before_the_write(call: Call) -> None:
            if call.method == "PUT" and server.get(LEASE) is not None:
                server.drop(LEASE)

        server.before = gone_before_the_write
        await asyncio.sleep(5)
        server.before = ApiServer.before
        await asyncio.sleep(5)
        assert not holding.done()
        assert (election.leads, lease_of(server)["holderIdentity"]) == (True, "first")
        holding.cancel()

    simulated(main)


def test_a_lease_that_somebody_deletes_is_nobody_elses_before_its_duration_has_passed() -> None:
    async def main() -> None:
        server = ApiServer()
        server.put(held_by("other"))
        waiting = asyncio.create_task(candidate(server, "next").acquire())
        await asyncio.sleep(5)
        server.drop(LEASE)
        await waiting
        assert now() >= DEFAULT_TIMING.duration

    simulated(main)


def test_a_candidate_that_may_not_read_leases_says_so_and_goes_on_once_it_may(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        server = ApiServer(refused={("Lease", LEASE.name): "User operator cannot create leases"})
        election = candidate(server, "first")
        acquiring = asyncio.create_task(election.acquire())
        await asyncio.sleep(60)
        assert not acquiring.done()
        server.refused.clear()
        await acquiring

    simulated(main)
    assert "User operator cannot create leases" in caplog.text


def test_a_lease_that_was_given_back_is_taken_at_the_next_look() -> None:
    async def main() -> None:
        server = ApiServer()
        first, second = candidate(server, "first"), candidate(server, "second")
        await first.acquire()
        waiting = asyncio.create_task(second.acquire())
        await asyncio.sleep(1)
        await first.release()
        assert not first.leads
        released = now()
        await waiting
        assert now() - released < 2 * DEFAULT_TIMING.pause

    simulated(main)


def test_nobody_gives_back_what_another_one_holds() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        server.put(held_by("other"))
        await election.release()
        assert lease_of(server)["holderIdentity"] == "other"

    simulated(main)


def test_a_lease_is_given_back_also_while_the_api_server_is_away() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        server.before = server.away
        await election.release()
        assert not election.leads

    simulated(main)


def test_a_process_that_was_stopped_may_not_write_when_it_wakes_up() -> None:
    async def main() -> None:
        server = ApiServer()
        election = candidate(server, "first")
        await election.acquire()
        holding = asyncio.create_task(election.hold())
        await asyncio.sleep(5)
        stop_the_process_for(3600)
        with pytest.raises(NotLeadingError):
            election.check()
        holding.cancel()

    simulated(main)


@dataclass
class Bad:
    """An API server whose calls are lost, late, or both, and never in the same way."""

    server: ApiServer
    chance: random.Random
    rate: float = 0.2

    async def before(self, _: Call) -> None:
        await self._trouble()

    async def after(self, _: Call) -> None:
        await self._trouble()

    async def _trouble(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 0.2))
        if self.chance.random() < self.rate:
            await asyncio.sleep(self.chance.choice((0.5, 3, 8, 20)))
        if self.chance.random() < self.rate:
            raise aiohttp.ClientConnectionError("lost")


@dataclass
class Replica:
    """An operator that is started again whenever it ends."""

    server: ApiServer
    name: str
    chance: random.Random
    election: Election | None = None
    led: int = 0

    async def run(self) -> None:
        for number in range(10_000):
            self.election = candidate(self.server, f"{self.name}-{number}")
            await self.election.acquire()
            self.led += self.election.leads
            holding = asyncio.create_task(self.election.hold())
            # Killed, ended in an orderly way, or left alone until the Lease is lost.
            await asyncio.wait([holding], timeout=self.chance.choice((5, 30, 200)))
            holding.cancel()
            if self.chance.random() < 0.5:
                await self.election.release()
            else:
                self.election = None
                await asyncio.sleep(self.chance.uniform(0, 20))


@dataclass
class Witness:
    """Looks several times a second at who leads."""

    replicas: list[Replica]
    together: list[float] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            leading = [each.name for each in self.replicas if each.election is not None and each.election.leads]
            if len(leading) > 1:
                self.together.append(now())
            await asyncio.sleep(0.3)


def life(seed: int) -> tuple[list[float], list[int]]:
    """Return when two led at once, and how often each of three replicas led."""

    async def main() -> tuple[list[float], list[int]]:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        server = ApiServer()
        bad = Bad(server, chance)
        server.before, server.after = bad.before, bad.after
        replicas = [Replica(server, name, chance) for name in "abc"]
        witness = Witness(replicas)
        tasks = [asyncio.create_task(each) for each in (witness.run(), *(replica.run() for replica in replicas))]
        await asyncio.wait(tasks, timeout=1000)
        for task in tasks:
            assert not task.done(), task.exception()
            task.cancel()
        return witness.together, [each.led for each in replicas]

    return simulated(main)


@pytest.mark.parametrize("seed", range(5))
def test_two_never_lead_at_once_whatever_is_lost_or_late(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")
    random.seed(seed)
    together, led = life(seed)
    assert together == []
    assert sum(led) > 5
