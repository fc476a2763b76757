"""CorDapps reach the node's folder whole and right, or not at all."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from corda_operator.cordapps.configuration import Configuration, load
from corda_operator.cordapps.errors import CordappError
from corda_operator.cordapps.installation import install

JAR = b"PK a signed jar" * 1000
SHA256 = hashlib.sha256(JAR).hexdigest()


class Shelf:
    """A server of one jar, which counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.content = JAR
        self.url = ""

    async def serve(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(body=self.content)


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    application = web.Application()
    application.router.add_get("/records.jar", shelf.serve)
    async with TestServer(application) as server:
        shelf.url = str(server.make_url("/records.jar"))
        yield shelf


@pytest.fixture
def wished(tmp_path: Path) -> Callable[..., Configuration]:
    def wished(*cordapps: dict[str, Any]) -> Configuration:
        file = tmp_path / "cordapps.yaml"
        file.write_text(yaml.safe_dump({"target": str(tmp_path / "target"), "cordapps": list(cordapps)}))
        return load(file)

    return wished


def content(configuration: Configuration) -> set[str]:
    target = configuration.target
    return {str(each.relative_to(target)) for each in target.rglob("*") if each.is_file()}


async def test_a_jar_is_fetched_once_and_its_settings_lie_beside_it(
    shelf: Shelf, wished: Callable[..., Configuration]
) -> None:
    configuration = wished({"name": "records", "url": shelf.url, "sha256": SHA256, "configuration": {"largest": 850}})

    await install(configuration)
    await install(configuration)

    assert shelf.asked == 1
    assert content(configuration) == {"records.jar", "config/records.conf"}
    assert (configuration.target / "records.jar").read_bytes() == JAR
    assert json.loads((configuration.target / "config/records.conf").read_text()) == {"largest": 850}


async def test_a_jar_with_another_hash_never_gets_its_name(shelf: Shelf, wished: Callable[..., Configuration]) -> None:
    configuration = wished({"name": "records", "url": shelf.url, "sha256": SHA256})
    await install(configuration)
    (configuration.target / "records.jar").write_bytes(b"changed on the volume")
    shelf.content = b"changed by somebody"

    with pytest.raises(
        CordappError, match=f"has SHA-256 {hashlib.sha256(shelf.content).hexdigest()}, expected {SHA256}"
    ):
        await install(configuration)

    assert (configuration.target / "records.jar").read_bytes() == b"changed on the volume"
    shelf.content = JAR
    await install(configuration)
    assert content(configuration) == {"records.jar"}


async def test_what_is_listed_no_longer_goes(shelf: Shelf, wished: Callable[..., Configuration]) -> None:
    await install(wished({"name": "records", "url": shelf.url, "sha256": SHA256, "configuration": {}}))

    nothing = wished()
    await install(nothing)

    assert content(nothing) == set()


async def test_jars_of_an_image_keep_their_names_unless_there_is_one(
    wished: Callable[..., Configuration], tmp_path: Path
) -> None:
    one, two = tmp_path / "0", tmp_path / "1"
    for file in (one / "any-1.0.jar", two / "contracts.jar", two / "workflows.jar"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(JAR)
    configuration = wished(
        {"name": "single", "folder": str(one), "sha256": SHA256}, {"name": "pair", "folder": str(two)}
    )

    await install(configuration)

    assert content(configuration) == {"single.jar", "contracts.jar", "workflows.jar"}


@pytest.mark.parametrize(
    ("jars", "fields", "complaint"),
    [
        ((), {}, "expected jars in /cordapps"),
        (
            ("a.jar", "b.jar"),
            {"configuration": {"size": 1}},
            "configuration is for one jar, and its image has a.jar, b",
        ),
        (("a.jar", "b.jar"), {"sha256": "0" * 64}, rf"in its image, which has a\.jar \({SHA256}\), b\.jar"),
        (("a.jar",), {"sha256": "0" * 64}, f"has SHA-256 {SHA256}, expected {'0' * 64}"),
    ],
)
async def test_what_an_image_has_is_checked(
    wished: Callable[..., Configuration], tmp_path: Path, jars: tuple[str, ...], fields: dict[str, Any], complaint: str
) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    for jar in jars:
        (folder / jar).write_bytes(JAR)
    configuration = wished({"name": "records", "folder": str(folder), **fields})

    with pytest.raises(CordappError, match=complaint):
        await install(configuration)

    assert content(configuration) == set()


async def test_a_jar_is_picked_out_of_an_image_by_its_sha256(
    wished: Callable[..., Configuration], tmp_path: Path
) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    (folder / "contracts.jar").write_bytes(b"others")
    (folder / "workflows.jar").write_bytes(JAR)
    configuration = wished({"name": "flows", "folder": str(folder), "sha256": SHA256, "configuration": {"size": 1}})

    await install(configuration)

    assert content(configuration) == {"flows.jar", "config/flows.conf"}
    assert (configuration.target / "flows.jar").read_bytes() == JAR


async def test_two_that_bring_the_same_jar_are_named(wished: Callable[..., Configuration], tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        for jar in ("a.jar", "b.jar"):
            (tmp_path / str(number) / jar).write_bytes(JAR)
    configuration = wished(*({"name": f"app{number}", "folder": str(tmp_path / str(number))} for number in range(2)))

    with pytest.raises(CordappError, match=r"CorDapps app0 and app1 both bring a\.jar"):
        await install(configuration)


async def test_a_place_that_is_away_is_named(shelf: Shelf, wished: Callable[..., Configuration]) -> None:
    with pytest.raises(CordappError, match=r"missing\.jar answered 404, expected 200"):
        await install(wished({"name": "records", "url": shelf.url.replace("records", "missing"), "sha256": SHA256}))
    unused = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = unused.sockets[0].getsockname()[1]
    unused.close()
    await unused.wait_closed()
    with pytest.raises(CordappError, match=r"CorDapp records: http://127\.0\.0\.1:.* can't be fetched"):
        await install(wished({"name": "records", "url": f"http://127.0.0.1:{port}/a.jar", "sha256": SHA256}))


def test_a_file_that_says_both_or_neither_is_refused(wished: Callable[..., Configuration]) -> None:
    with pytest.raises(CordappError, match="expected either url with sha256, or folder"):
        wished({"name": "records", "url": "https://artefacts.example.com/a.jar"})
