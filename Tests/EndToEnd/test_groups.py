"""Groups through the whole of the server, on each store: kept apart, searched exactly, listed, deleted whole."""

import math
import random
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest

DIMENSION = 24


@pytest.fixture(params=["float32", "float16"])
def collection(request, api, project):
    return api.create(project, "groups", DIMENSION, grouping=True, vector_type=request.param)


def people(seed: int, names=("ann", "bob", "a/b ü"), count: int = 120) -> dict[str, list[dict]]:
    """For each group items with the same ids, in clusters."""
    draw = random.Random(seed)
    centres = [[draw.gauss(0, 1) for _ in range(DIMENSION)] for _ in range(5)]
    return {
        name: [
            {"id": f"item {number}", "group": name, "vector": [x + draw.gauss(0, 0.4) for x in draw.choice(centres)]}
            for number in range(count)
        ]
        for name in names
    }


def product(left: list[float], right: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(left, right))


def cosine(left: list[float], right: list[float]) -> float:
    return product(left, right) / math.sqrt(product(left, left) * product(right, right))


def stored(items: list[dict], vector_type: str) -> list[dict]:
    """The items with their vectors as they are kept: rounded to float32 when they are read, and then to the type."""

    def kept(number: float) -> float:
        for code in ["f"] + ["e"] * (vector_type == "float16"):
            [number] = struct.unpack(code, struct.pack(code, number))
        return number

    return [item | {"vector": [kept(number) for number in item["vector"]]} for item in items]


def expect_exact(collection, items: list[dict], query: list[float], group: str, limit: int = 10) -> None:
    found = collection.search(query, limit=limit, group=group)
    kept = stored(items, collection.api.ok("GET", collection.path)["vector_type"])
    scores = {item["id"]: cosine(item["vector"], query) for item in kept}
    best = sorted(scores, key=lambda item_id: -scores[item_id])[:limit]
    assert [match["id"] for match in found] == best
    assert all(match["group"] == group for match in found)
    for match in found:
        assert match["dist"] == pytest.approx(scores[match["id"]], abs=1e-5)
        assert {"id": match["id"], "vector": match["vector"]} in [
            {"id": item["id"], "vector": pytest.approx(item["vector"], rel=1e-7)} for item in kept]


def test_every_best_match_of_a_group_is_found(collection):
    groups = people(1)
    for items in groups.values():
        collection.insert(items)
    queries = people(2, count=5)["ann"]
    for group, items in groups.items():
        for query in queries:
            expect_exact(collection, items, query["vector"], group)
    assert collection.search(queries[0]["vector"], group="nobody") == []


def test_changes_are_seen_by_the_next_search(collection):
    items = people(3)["ann"]
    collection.insert(items)
    item = items[7]
    path, params = collection.item_path(item["id"]), {"group": "ann"}
    for turn in range(5):
        item["vector"] = people(10 + turn, count=1)["ann"][0]["vector"]
        collection.api.ok("PATCH", path, {"vector": item["vector"]}, params=params)
        expect_exact(collection, items, item["vector"], "ann")
    assert collection.api.ok("DELETE", path, params=params)["deleted"] == 1
    items.remove(item)
    expect_exact(collection, items, item["vector"], "ann")
    collection.insert([item])
    items.append(item)
    expect_exact(collection, items, item["vector"], "ann")


def test_groups_are_listed_and_deleted_whole(collection):
    groups = people(4, count=30)
    collection.insert([item for items in groups.values() for item in items])

    def listed() -> list[str]:
        names, cursor = [], None
        while True:
            page = collection.api.ok(
                "GET", f"{collection.path}/groups", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
            names += page["groups"]
            cursor = page["cursor"]
            if not cursor:
                return sorted(names)

    assert listed() == sorted(groups)
    assert collection.api.ok("DELETE", f"{collection.path}/groups/a%2Fb%20%C3%BC") == {"message": "success", "deleted": 30}
    assert collection.api.ok("DELETE", f"{collection.path}/groups/a%2Fb%20%C3%BC")["deleted"] == 0
    assert listed() == ["ann", "bob"]
    query = groups["ann"][0]["vector"]
    assert collection.search(query, group="a/b ü") == []
    expect_exact(collection, groups["ann"], query, "ann")
    assert len(collection.all_ids()) == 60


def test_writers_and_searchers_of_many_groups_at_once(collection):
    groups = people(5, names=[f"user {number}" for number in range(8)], count=60)

    def work(group: str) -> None:
        items = groups[group]
        for start in range(0, len(items), 20):
            collection.insert(items[start : start + 20])
            expect_exact(collection, items[: start + 20], items[start]["vector"], group)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, group) for group in groups]:
            done.result()


def test_a_group_has_to_be_named(collection):
    vector = [1.0] * DIMENSION
    for method, path, body, field in [
        ("POST", "/items", {"id": "a", "vector": vector}, "group"),
        ("POST", "/items/batch", {"vectors": [{"id": "a", "vector": vector}]}, "vectors[0].group"),
        ("GET", "/items/a", None, "group"), ("POST", "/search", {"query": vector}, "group"),
        ("POST", "/items/batch/get", {"ids": ["a"]}, "group"),
    ]:
        answer = collection.api.call(method, collection.path + path, body)
        assert answer.status_code == 400 and answer.json()["error"]["field"] == field
