"""Paging and name rules of the vault, over a database in a file."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.azure.stub.database import Database
from local.azure.stub.errors import AzureError
from local.azure.stub.routing import Answer, Call, route
from local.azure.stub.vault.paging import PageRequest, next_link, page_request
from local.azure.stub.vault.records import Record
from local.azure.stub.vault.store import ObjectStore

RECORD = Record(created=0, updated=0)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore[Record]:
    return ObjectStore(Database(tmp_path / "state.sqlite"), "secret", Record)


@pytest.mark.parametrize("name", ["a", "A-1", "-", "x" * 127])
def test_names_of_letters_digits_and_hyphens_are_taken(store: ObjectStore[Record], name: str) -> None:
    assert store.add("kv", name, RECORD).name == name


@pytest.mark.parametrize("name", ["", "a_b", "a.b", "ä", "a b", "a\n", "x" * 128])
def test_other_names_are_refused(store: ObjectStore[Record], name: str) -> None:
    with pytest.raises(AzureError) as error:
        store.add("kv", name, RECORD)
    assert error.value.status == 400


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 25])
def test_pages_cover_everything_once_whatever_their_size(store: ObjectStore[Record], size: int) -> None:
    names = [f"n{number}" for number in range(6)]
    for name in reversed(names):
        store.add("kv", name, RECORD)
    store.add("other", "n7", RECORD)
    store.delete("kv", "n3")

    seen, after = [], ""
    while True:
        page = store.objects("kv", PageRequest(size, after), deleted=False)
        assert len(page.items) <= size
        seen += [item.name for item in page.items]
        if page.last is None:
            break
        after = page.last

    assert seen == ["n0", "n1", "n2", "n4", "n5"]
    assert [item.name for item in store.objects("kv", PageRequest(25, ""), deleted=True).items] == ["n3"]


def test_the_last_page_has_no_link_even_if_it_is_full(store: ObjectStore[Record]) -> None:
    store.add("kv", "a", RECORD)
    store.add("kv", "b", RECORD)

    assert store.objects("kv", PageRequest(2, ""), deleted=False).last is None
    assert store.objects("kv", PageRequest(1, ""), deleted=False).last == "a"


def test_a_link_leads_to_where_the_page_ended() -> None:
    link = next_link("kv.vault.azure.test:8443", "/secrets", {"api-version": "7.5", "maxresults": "2"}, "n-1")
    assert link is not None
    query = dict(parse_qsl(urlsplit(link).query))

    assert link.startswith("https://kv.vault.azure.test:8443/secrets?")
    assert query["api-version"] == "7.5"
    assert page_request(query, 25) == PageRequest(2, "n-1")
    assert next_link("kv.vault.azure.test", "/secrets", {}, None) is None


@pytest.mark.parametrize(
    "query",
    [{"maxresults": "0"}, {"maxresults": "26"}, {"maxresults": "x"}, {"maxresults": "-1"}, {"$skiptoken": "!"}],
)
def test_a_page_that_azure_does_not_give_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(AzureError) as error:
        page_request(query, 25)
    assert error.value.status == 400


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")

    def fail() -> None:
        with database.writing() as connection:
            connection.execute("INSERT INTO documents VALUES ('a', 'b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert database.document("a") is None
    database.close()


async def _nothing(_: Call) -> Answer:
    return Answer(204)


@pytest.mark.parametrize(
    ("template", "path", "parts"),
    [
        ("/secrets/{name}", "/secrets/a", {"name": "a"}),
        ("/secrets/{name}", "/secrets/a/b", None),
        ("/secrets/{name}", "/secrets/", None),
        ("/secrets/{name}/{version?}", "/secrets/a", {"name": "a", "version": None}),
        ("/secrets/{name}/{version?}", "/secrets/a/", {"name": "a", "version": ""}),
        ("/secrets/{name}/{version?}", "/secrets/a/1", {"name": "a", "version": "1"}),
        ("/keys/{name}/{version?}/sign", "/keys/a//sign", {"name": "a", "version": ""}),
        ("/keys/{name}/{version?}/sign", "/keys/a/1/sign", {"name": "a", "version": "1"}),
        ("/keys/{name}/{version?}/sign", "/keys/a/sign", {"name": "a", "version": None}),
        ("/a.b", "/axb", None),
    ],
)
def test_routes_match_whole_paths(template: str, path: str, parts: dict[str, str | None] | None) -> None:
    match = route("GET", template, "operation", _nothing).pattern.fullmatch(path)

    assert (None if match is None else match.groupdict()) == parts
