"""Matches in pages, over HTTP on each store: to the end, each item once, in the order of one search for all."""

import pytest

from whiplash_api import Collection

COUNT = 260
WAYS = {"index": {"text_index": True}, "group": {"grouping": True}}


def pages(collection: Collection, body: dict, limit: int) -> list[dict]:
    """The matches of all pages, of which only the last may be short, and has no cursor."""
    matches, cursor = [], None
    while True:
        more = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = collection.api.ok("POST", f"{collection.path}/search/page", body | more)
        assert set(page) == {"matches", "cursor"}
        matches += page["matches"]
        cursor = page["cursor"]
        if cursor is None:
            assert len(page["matches"]) <= limit
            return matches
        assert len(page["matches"]) == limit and len(matches) <= COUNT


def whole(collection: Collection, body: dict) -> list[dict]:
    """One search for as much as there is."""
    return collection.api.ok("POST", f"{collection.path}/search", body | {"limit": 1000})


@pytest.fixture
def fill(api, project, random_vectors):
    """`fill(way)`: a collection whose texts all have one word, and what its searches have to name."""

    def fill(way: str) -> tuple[Collection, dict]:
        collection = api.create(project, "c", 4, **WAYS[way])
        group = {"group": "g"} if way == "group" else {}
        vectors = random_vectors(COUNT, 4)
        # Many scores are the same: the order of ids alone parts a page from the next. And of vectors each is there twice.
        collection.insert([
            {"id": f"i{number}", "vector": vectors[number // 2], "text": f"sea {'sand ' * (number % 7)}", "metadata": {"n": number}, **group}
            for number in range(COUNT)])
        return collection, {"include_vector": False, "include_text": False, **group}

    return fill


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sought", ["vector", "text", "both", "weighted", "item"])
def test_pages_hold_every_match_once_in_the_order_of_one_search(fill, way, sought):
    collection, more = fill(way)
    query = {"query": [1, -2, 3, 0.5]}
    body = more | {
        "vector": query, "text": {"text": "sea"}, "both": query | {"text": "sea sand"}, "item": {"id": "i7"},
        "weighted": query | {"text": "sea", "fusion": {"method": "weighted", "weight": 0.3}}}[sought]
    everything = whole(collection, body)
    assert len(everything) == COUNT - (sought == "item")
    assert len({match["id"] for match in everything}) == len(everything)
    # The count is a multiple of 26 and 130, so that the last page is full, and not of the others. Beside an item there is one match less.
    for limit in (26, 41, 130, 1000):
        assert pages(collection, body, limit) == everything, limit


@pytest.mark.parametrize("way", WAYS)
def test_pages_end_where_nothing_more_passes(fill, way):
    collection, more = fill(way)
    query = {"query": [1, -2, 3, 0.5], **more}
    filtered = query | {"filter": {"n": {"$gte": 200}}}
    assert sorted(match["metadata"]["n"] for match in pages(collection, filtered, 13)) == list(range(200, COUNT))
    everything = whole(collection, query)
    scored = query | {"min_score": (everything[99]["dist"] + everything[100]["dist"]) / 2}
    assert pages(collection, scored, 30) == [match for match in everything if match["dist"] >= scored["min_score"]] != []
    assert pages(collection, more | {"text": "nowhere"}, 10) == []


def test_what_is_stored_meanwhile_moves_no_match_into_two_pages(fill):
    """Nearer items come in while pages are turned: they are not shown, and what was there before is, once."""
    collection, more = fill("index")
    body = more | {"query": [1, -2, 3, 0.5], "limit": 50}
    before = [match["id"] for match in whole(collection, body)]
    seen, cursor, turn = [], None, 0
    while turn == 0 or cursor:
        page = collection.api.ok("POST", f"{collection.path}/search/page", body | ({"cursor": cursor} if cursor else {}))
        seen += [match["id"] for match in page["matches"]]
        cursor, turn = page["cursor"], turn + 1
        collection.insert([{"id": f"new {turn} {number}", "vector": [1, -2, 3, 0.5], "text": "sea"} for number in range(20)])
    assert seen == before and turn >= 6


def test_a_cursor_is_good_for_its_own_search_alone(fill):
    collection, more = fill("index")
    path = f"{collection.path}/search/page"
    body = more | {"query": [1, -2, 3, 0.5], "limit": 10}
    cursor = collection.api.ok("POST", path, body)["cursor"]
    # How many matches a page has and what is shown of them may change on the way.
    assert len(collection.api.ok("POST", path, body | {"cursor": cursor, "limit": 20, "include_text": True})["matches"]) == 20
    for change in (
        {"query": [1, -2, 3, 1]}, {"text": "sea"}, {"filter": {"n": 1}}, {"cursor": cursor + "0"}, {"cursor": "made-up"}, {"cursor": cursor[1:]}):
        answer = collection.api.call("POST", path, body | {"cursor": cursor} | change)
        assert answer.status_code == 400, change
        assert answer.json()["error"]["field"] == "cursor"
    refused = collection.api.call("POST", f"{collection.path}/search", body | {"cursor": cursor})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "cursor"
