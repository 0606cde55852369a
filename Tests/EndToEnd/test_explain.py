"""What a search says of itself, and what a process says of all that it has read and written."""

import json

import pytest

from whiplash_server import KEY, Server

PRICES = {"WHIPLASH_READ_UNIT_PRICE": "2", "WHIPLASH_WRITE_UNIT_PRICE": "10", "WHIPLASH_PRICE_DATE": "2027-01-01"}
TENANT = "a-key-of-a-tenant"
KEYS = {"WHIPLASH_KEYS": json.dumps([{"key": TENANT, "name": "tenant 7"}])}


@pytest.fixture(scope="module", params=["sqlite", "dynamodb"])
def priced(request, tmp_path_factory):
    """A server with a price list and a tenant's key, and whether its store bills units."""
    bills = request.param == "dynamodb"
    settings = request.getfixturevalue("emulator").settings if bills else {"WHIPLASH_STORE": "sqlite"}
    with Server(tmp_path_factory.mktemp("priced"), **settings, **PRICES, **KEYS) as server:
        yield server, bills


@pytest.fixture
def library(priced, project, random_vectors):
    """A collection of 300 items with words."""
    collection = priced[0].api.create(project, "books", 16, text_index=True)
    vectors = random_vectors(300, 16)
    collection.insert([
        {"id": f"i{number}", "vector": vector, "text": f"word {number % 7}", "metadata": {"n": number}}
        for number, vector in enumerate(vectors)])
    return collection


def check(told: dict, bills: bool) -> None:
    """What holds of every explanation."""
    store = told["store"]
    assert store["rows_read"] > 0 and store["bytes_read"] > store["rows_read"] and store["calls"] >= told["round_trips"] > 0
    assert 0 < told["milliseconds"]["store"] <= told["milliseconds"]["total"]
    for part in (told["vector"], told["words"]):
        assert part is None or sum(part["milliseconds"].values()) <= told["milliseconds"]["total"] + 0.01
    if not bills:
        assert [store[name] for name in ("requests", "read_units", "write_units", "cost")] == [None] * 4
        return
    assert store["requests"] > 0 and store["read_units"] > 0
    dollars = (2 * store["read_units"] + 10 * store["write_units"]) / 1e6
    assert store["cost"] == {"dollars": pytest.approx(dollars), "prices_of": "2027-01-01"}


@pytest.mark.parametrize("more", [
    {}, {"exact": True}, {"consistency": "eventual"}, {"filter": {"n": {"$lt": 20}}}, {"text": "word 3"},
    {"text": "word 3", "exact": True},
], ids=str)
def test_every_kind_of_search_explains_itself_and_finds_the_same(priced, library, random_vectors, more):
    bills = priced[1]
    [query] = random_vectors(1, 16)
    found = library.search(query, **more)
    answer = library.search(query, explain=True, **more)
    assert answer["matches"] == found
    check(answer["explain"], bills)
    assert answer["explain"]["vector"]["reranked"] >= len(found)
    assert (answer["explain"]["words"] is not None) == ("text" in more)
    plain, told = (
        library.api.ok("POST", f"{library.path}/search/page", {"query": query, "explain": explain, **more}) for explain in (False, True))
    check(told.pop("explain"), bills)
    assert told == plain and plain["cursor"]


def test_the_state_of_memory_is_told(priced, library, random_vectors):
    [query] = random_vectors(1, 16)
    told = [library.search(query, explain=True)["explain"] for _ in range(3)]
    assert [part["vector"]["cache"] for part in told] == ["cold", "warm", "warm"]
    assert [part["vector"]["path"] for part in told] == ["memory"] * 3
    assert told[0]["store"]["rows_read"] >= 300 > told[1]["store"]["rows_read"] >= told[1]["vector"]["reranked"]
    assert told[1]["vector"]["sketches"] == 300
    # The log, and the vectors; on this machine no log is read of which is known that nothing has changed.
    assert told[2]["round_trips"] == told[2]["vector"]["rounds"] + (1 if priced[1] else 0)


def test_each_search_of_a_batch_explains_itself(priced, library, random_vectors):
    [query] = random_vectors(1, 16)
    searches = [{"query": query, "explain": True}, {"query": query}, {"text": "word 3", "explain": True}, {"id": "i7", "explain": True}]
    results = library.api.ok("POST", f"{library.path}/search/batch", {"searches": searches})["results"]
    assert isinstance(results[1], list)
    for number in (0, 2, 3):
        check(results[number]["explain"], priced[1])


def test_a_group_explains_itself(priced, project, random_vectors):
    notes = priced[0].api.create(project, "notes", 16, grouping=True)
    notes.insert([{"id": f"i{number}", "group": "ann", "vector": vector} for number, vector in enumerate(random_vectors(50, 16))])
    told = notes.search(random_vectors(1, 16)[0], group="ann", explain=True)["explain"]
    check(told, priced[1])
    assert told["vector"]["path"] == "group" and told["vector"]["sketches"] == 50 and told["vector"]["cache"] is None


def test_totals_are_told_by_key_and_collection(priced, library):
    server, bills = priced
    path = f"{library.path}/stats"
    before = server.api.ok("GET", path)["totals"]
    tenants = {"x-api-key": TENANT}
    library.api.ok("POST", f"{library.path}/items", {"id": "new", "vector": [1] * 16}, headers=tenants)
    library.search([1] * 16)
    after = server.api.ok("GET", path)["totals"]
    tenant = server.api.ok("GET", path, headers=tenants)["totals"]
    assert before["since"] == after["since"] == tenant["since"] > 0
    assert after["collection"]["rows_written"] == before["collection"]["rows_written"] + 3
    assert after["key"]["rows_written"] == before["key"]["rows_written"]
    assert tenant["key"]["rows_written"] == 3
    assert after["key"]["rows_read"] > before["key"]["rows_read"]
    assert (tenant["key"]["cost"] is not None) == bills
    if bills:
        assert tenant["key"]["write_units"] >= 3
    metrics = server.api.call("GET", "/metrics").text
    assert 'whiplash_key_rows_written_total{key="tenant 7"} 3\n' in metrics
    assert f'whiplash_collection_rows_read_total{{project="{library.project}",collection="books"}}' in metrics
    assert ("whiplash_key_read_units_total" in metrics) == ("whiplash_key_dollars_total" in metrics) == bills
    assert KEY not in metrics and TENANT not in metrics
