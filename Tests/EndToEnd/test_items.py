"""Items through the whole of the server, on each store: stored exactly, read exactly, found."""

import base64
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import pytest
import requests

from whiplash_api import without_versions

IDS = [
    "plain", "two words", "a/b", "a//b", "/", "../..", "a/../b", "...", "a%2Fb", "100%", "%", "a+b", "a?b=c&d", "a#b", "a;b,c", "~!*'()",
    '"quoted"', "back\\slash", "été", "e\u0301te\u0301", "Straße", "日本語", "👩‍👩‍👧‍👦", "\u202eabc", "\ufeff", "🇩🇪",
    "x" * 512, "ä" * 256, "😀" * 128, " ", " leading", "trailing ", "0", "null", "batch", "item/", "\U0010ffff",
]


@pytest.fixture
def collection(api, project):
    return api.create(project, "items", 3)


def test_ids_of_any_unicode_live_side_by_side(collection):
    """Percent-encoded once, and compared as bytes: composed and decomposed é are two ids."""
    items = [{"id": item_id, "vector": [index + 1, 1, 0]} for index, item_id in enumerate(IDS)]
    collection.insert(items)
    for item in items:
        assert collection.api.ok("GET", collection.item_path(item["id"])) == item
    assert sorted(collection.all_ids()) == sorted(IDS)
    assert set(collection.get(IDS)) == set(IDS)
    for item in items[::5]:
        assert collection.api.ok("DELETE", collection.item_path(item["id"]))["deleted"] == 1
    assert sorted(collection.all_ids()) == sorted(set(IDS) - set(IDS[::5]))


@pytest.mark.parametrize("spelling", ["%C3%A9", "%c3%a9", "%25", "%2B", "+", "%252F"])
def test_a_path_is_decoded_exactly_once(collection, spelling):
    item_id = unquote(spelling)
    collection.insert([{"id": item_id, "vector": [1, 2, 3]}])
    # requests would tidy the path, so it is put in after that.
    request = collection.api.session.prepare_request(requests.Request("GET", collection.api.url + collection.path))
    request.url = f"{collection.api.url}{collection.path}/items/{spelling}"
    answer = collection.api.session.send(request, timeout=60)
    assert without_versions(answer.json()) == {"id": item_id, "vector": [1, 2, 3]}


def test_what_comes_with_a_vector_is_given_back_as_it_was(collection):
    metadata = {
        "ä": ["✓", None, True, {"deep": {"er": [1, -2.5, 1e-7]}}], "": "empty name", "big": 12345678901234567890,
        "text": 'with "quotes", \\ and\nlines', "e\u0301": 1, "é": 2}
    item = {"id": "whole", "vector": [0.1, -2.5e-8, 3e38], "metadata": metadata, "text": "Größe\u0000\U0001f600\r\n\t"}
    collection.insert([item])
    found = collection.api.ok("GET", collection.item_path("whole"))
    assert found["metadata"] == metadata
    assert found["text"] == item["text"]
    assert [struct.pack("<f", x) for x in found["vector"]] == [struct.pack("<f", x) for x in item["vector"]]
    [match] = collection.search([0, 0, 1], limit=1)
    assert (match["metadata"], match["text"]) == (metadata, item["text"])


def test_a_vector_may_come_as_base64(collection):
    packed = base64.b64encode(struct.pack("<3f", 1, -2, 0.5)).decode()
    collection.insert([{"id": "packed", "vector": packed}])
    assert collection.get(["packed"])["packed"]["vector"] == [1, -2, 0.5]
    assert collection.search(packed, limit=1)[0]["id"] == "packed"


def test_an_item_lives_from_put_to_delete(collection):
    path = collection.item_path("one")
    api = collection.api
    assert api.call("GET", path).status_code == 404
    api.ok("PUT", path, {"vector": [1, 0, 0], "metadata": {"a": 1, "b": {"c": 2, "d": 3}}, "text": "first"})
    patched = api.ok("PATCH", path, {"metadata": {"b": {"c": None, "e": 4}}, "text": None})
    assert patched == {"id": "one", "vector": [1, 0, 0], "metadata": {"a": 1, "b": {"d": 3, "e": 4}}}
    assert api.ok("GET", path) == patched
    api.ok("PATCH", path, {"vector": [0, 1, 0]})
    assert collection.search([0, 1, 0], limit=1)[0]["dist"] == pytest.approx(1)
    api.ok("POST", f"{collection.path}/items", {"id": "one", "vector": [0, 0, 1]})
    assert api.ok("GET", path) == {"id": "one", "vector": [0, 0, 1]}
    assert api.ok("DELETE", path)["deleted"] == 1
    assert api.call("GET", path).status_code == 404
    assert collection.search([0, 0, 1]) == []


def test_a_moved_item_is_found_where_it_is_and_not_where_it_was(collection):
    collection.insert([{"id": f"fixed{n}", "vector": [1, n / 10, 0]} for n in range(10)])
    for turn in range(8):
        place = [1 if turn % 3 == axis else -1 for axis in range(3)]
        collection.insert([{"id": "moving", "vector": place}])
        found = [match["id"] for match in collection.search(place, limit=20)]
        assert found[0] == "moving"
        assert len(found) == len(set(found)) == 11


def test_pages_hold_every_item_once(collection, random_vectors):
    ids = [f"item {n}" for n in range(237)]
    collection.insert([{"id": i, "vector": v} for i, v in zip(ids, random_vectors(len(ids), 3))])
    for limit in (1000, 100, 7):
        listed = collection.all_ids(limit)
        assert sorted(listed) == sorted(ids)


def test_get_searches_with_the_body_of_post(collection, random_vectors):
    collection.insert([{"id": f"{n}", "vector": v} for n, v in enumerate(random_vectors(50, 3))])
    body = {"query": [1, 2, 3], "limit": 7}
    by_get = collection.api.ok("GET", f"{collection.path}/search", body)
    assert by_get == collection.api.ok("POST", f"{collection.path}/search", body)
    assert len(by_get) == 7


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_a_small_collection_is_searched_as_if_exactly(api, project, random_vectors, metric):
    stored = random_vectors(400, 3)
    collection = api.create(project, metric, 3, metric=metric)
    collection.insert([{"id": f"{n}", "vector": v} for n, v in enumerate(stored)])
    for query in random_vectors(20, 3):
        near = [match["id"] for match in collection.search(query, limit=10)]
        assert near == [match["id"] for match in collection.search(query, limit=10, exact=True)]
        assert near == [str(n) for n in sorted(range(len(stored)), key=lambda n: -score(metric, stored[n], query))[:10]]


def score(metric: str, a: list[float], b: list[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b))
    if metric == "dot":
        return dot
    if metric == "euclidean":
        return -sum((x - y) ** 2 for x, y in zip(a, b))
    return dot / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


@pytest.mark.parametrize("dimension", [1, 4096])
def test_the_smallest_and_the_largest_dimension(api, project, random_vectors, dimension):
    stored = random_vectors(30, dimension)
    collection = api.create(project, "edge", dimension, metric="euclidean")
    collection.insert([{"id": f"{n}", "vector": v} for n, v in enumerate(stored)])
    for n in (0, 29):
        [match] = collection.search(stored[n], limit=1)
        assert (match["id"], match["vector"], match["distance"]) == (f"{n}", stored[n], 0)


def test_one_name_for_many_at_once_makes_one_collection(server, project):
    def create(_) -> int:
        body = {"collection_name": "once", "n_features": 3}
        return server.api.call("POST", f"/projects/{project}/collections", body).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(8)))
    assert answers == [200] + [409] * 7
    assert [made["name"] for made in server.api.ok("GET", f"/projects/{project}/collections")] == ["once"]


def test_writers_of_one_id_leave_one_item_that_is_found(server, collection):
    def write(n: int) -> None:
        through = collection.through(server.api)
        for turn in range(5):
            through.insert([{"id": "contested", "vector": [n + 1, turn + 1, 1]}])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    stored = collection.get(["contested"])["contested"]["vector"]
    [match] = collection.search(stored)
    assert (match["id"], match["vector"]) == ("contested", stored)
    assert collection.all_ids() == ["contested"]


def test_what_is_deleted_is_gone_and_can_be_made_again(api, project, collection):
    collection.insert([{"id": "old", "vector": [1, 2, 3]}])
    api.ok("DELETE", collection.path)
    assert api.call("GET", collection.path).status_code == 404
    again = api.create(project, "items", 2)
    assert again.all_ids() == []
    assert again.search([1, 2]) == []
    api.ok("DELETE", f"/projects/{project}")
    assert project not in api.ok("GET", "/projects")["projects"]


def test_projects_are_listed_with_their_collections(api, project, collection):
    listed = api.ok("GET", "/projects")["projects"][project]
    assert listed == api.ok("GET", f"/projects/{project}")
    assert listed["project_name"] == project
    assert [made["name"] for made in listed["collections"]] == ["items"]
    assert listed["collections"] == api.ok("GET", f"/projects/{project}/collections")
    assert json.dumps(listed["collections"][0]) == json.dumps(api.ok("GET", collection.path))
