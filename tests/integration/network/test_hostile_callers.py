"""Callers that send slowly, read slowly, come in masses or send too much: all others are served meanwhile."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from corda_operator.corda.hashes import SecureHash
from tests.integration.network.replicas import Deployment, Replica, eventually

PATIENT, HASTY = "127.0.0.2", "127.0.0.3"
"""Addresses that honest callers have, and hostile ones."""
LIMITS = {"connections": 80, "connectionsPerAddress": 60, "requestSeconds": 5, "responseSeconds": 5, "bodyBytes": 4096}
LARGE = {f"com.bank.Contract{number}": [f"{number:064X}"] for number in range(12_000)}


@pytest.fixture
async def replica(deployment: Deployment) -> Replica:
    return await deployment.started(limits=LIMITS)


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connections(
    replica: Replica, count: int, first: bytes, *, window: int | None = None
) -> AsyncIterator[list[Connection]]:
    """Give connections on which something was sent; with a small window the kernel takes little."""
    opened: list[Connection] = []
    try:
        for _ in range(count):
            one = socket.socket()
            if window is not None:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            one.settimeout(0)
            one.bind((HASTY, 0))
            await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", replica.ports[0]))
            reader, writer = await asyncio.open_connection(sock=one, limit=1024)
            writer.write(first)
            opened.append((reader, writer))
        yield opened
    finally:
        for _, writer in opened:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def others_are_served(replica: Replica) -> bool:
    # Sooner than hostile connections are cut.
    async with asyncio.timeout(4):
        return (await replica.request("GET", "/trust-root", source=PATIENT)).status == 200


async def cut_off(opened: list[Connection]) -> None:
    """Wait until all connections are closed from the other side."""

    async def one(reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(65536):
                pass

    async with asyncio.timeout(60):
        await asyncio.gather(*(one(reader) for reader, _ in opened))


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"GET /network-map HTTP/1.1\r\nHost: network\r\nX-Slow: ",
        b"POST /network-map/publish HTTP/1.1\r\nHost: network\r\nContent-Length: 4000\r\n\r\nbegin",
        b"POST /certificate HTTP/1.1\r\nHost: network\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n",
    ],
    ids=["silent", "headers", "body", "chunks"],
)
async def test_who_does_not_finish_a_request_in_time_is_cut_off(replica: Replica, first: bytes) -> None:
    async with connections(replica, 50, first) as opened:
        assert await others_are_served(replica)
        drips = asyncio.create_task(dripping(opened))
        await cut_off(opened)
        drips.cancel()
        await asyncio.wait([drips])
        assert await others_are_served(replica)


async def dripping(opened: list[Connection]) -> None:
    """Send a byte now and then, so that nobody can say that nothing comes."""
    while True:
        for _, writer in opened:
            with contextlib.suppress(OSError):
                writer.write(b"a")
        await asyncio.sleep(0.2)


async def test_an_address_gets_no_more_than_its_share_of_connections(deployment: Deployment) -> None:
    # None of those that are let in is cut for its silence meanwhile.
    replica = await deployment.started(limits={**LIMITS, "requestSeconds": 120})
    async with connections(replica, 75, b"") as opened:

        def refused() -> int:
            return sum(reader.at_eof() or reader.exception() is not None for reader, _ in opened)

        async def all_are() -> bool:
            return refused() >= 75 - LIMITS["connectionsPerAddress"]

        await eventually(all_are)
        assert await others_are_served(replica)
        assert refused() == 75 - LIMITS["connectionsPerAddress"]


async def test_a_body_beyond_all_bounds_is_not_read_to_its_end(replica: Replica) -> None:
    before = replica.resident_bytes
    first = b"POST /network-map/publish HTTP/1.1\r\nHost: network\r\nContent-Length: 4000000000\r\n\r\n"
    async with connections(replica, 20, first) as opened:
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(200):
                for _, writer in opened:
                    writer.write(bytes(65536))
                    sent += 65536
                    await asyncio.wait_for(writer.drain(), 0.5)
        assert await others_are_served(replica)
        await cut_off(opened)
    assert replica.resident_bytes - before < 40_000_000


async def test_who_does_not_take_a_large_answer_costs_little_memory_and_is_cut_off(deployment: Deployment) -> None:
    limits = {**LIMITS, "requestSeconds": 12, "responseSeconds": 12}
    replica = await deployment.started(limits=limits, networkParameters={"whitelistedContractImplementations": LARGE})
    name = (await replica.network_map()).network_parameter_hash
    path = f"/network-map/network-parameters/{name}"
    whole = await replica.request("GET", path, source=PATIENT)
    assert whole.status == 200
    assert len(whole.body) > 1_500_000
    before = replica.resident_bytes

    # The kernel alone takes some megabytes for each connection.
    asking = f"GET {path} HTTP/1.1\r\nHost: network\r\n\r\n".encode() * 8
    async with connections(replica, 50, asking, window=4096):
        await eventually(lambda: replica.has_connections(50, 60))
        for _ in range(3):
            again = await replica.request("GET", path, source=PATIENT)
            assert SecureHash.of(again.body) == SecureHash.of(whole.body)
        # Half of what a copy for everybody would take.
        assert replica.resident_bytes - before < 25 * len(whole.body)
        await eventually(lambda: replica.has_connections(0, 5))


async def test_what_is_no_http_harms_nobody(replica: Replica) -> None:
    for first in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000, b"\0" * 1000):
        async with connections(replica, 5, first) as opened:
            await cut_off(opened)
    assert await others_are_served(replica)
    assert "Traceback" not in replica.log
