"""Aliases through the whole of the server, on each store: swapped to what has been embedded anew, and back."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from whiplash_api import Collection
from whiplash_server import Server


@pytest.fixture
def aliased(api, project) -> dict[str, Collection]:
    """`old` of two dimensions, `new` of three and another metric, and `current`, which is no collection yet."""
    old, new = api.create(project, "old", 2), api.create(project, "new", 3, metric="euclidean")
    old.insert([{"id": f"o{number}", "vector": [1, number]} for number in range(4)])
    new.insert([{"id": f"n{number}", "vector": [1, number, 0]} for number in range(6)])
    return {"old": old, "new": new, "current": Collection(api, project, "current")}


def swap(api, project: str, collection: str, alias: str = "current") -> str | None:
    """Makes the alias mean this collection; gives what it meant before."""
    answer = api.ok("PUT", f"/projects/{project}/aliases/{alias}", {"collection": collection})
    assert (answer["message"], answer["alias"], answer["collection"]) == ("success", alias, collection)
    return answer.get("previous")


def expect(through: Collection, target: Collection, query: list[float], wrong: list[float], ids: set[str]) -> None:
    """Whatever is asked by the alias is answered of this collection."""
    api = through.api
    assert api.ok("GET", through.path) == api.ok("GET", target.path)
    assert {match["id"] for match in through.search(query, limit=10)} == ids == set(through.all_ids())
    assert through.search(query, limit=10) == target.search(query, limit=10)
    assert api.ok("POST", f"{through.path}/items/count", {})["count"] == len(ids)
    assert set(through.get([*ids, "nobody"])) == ids
    for path, body, field in (
        ("/search", {"query": wrong}, "query"), ("/items", {"id": "x", "vector": wrong}, "vector"),
        ("/search/batch", {"searches": [{"query": query}, {"query": wrong}]}, "searches[1].query"),
    ):
        answer = api.call("POST", through.path + path, body)
        assert answer.status_code == 400 and answer.json()["error"]["field"] == field
        assert f"expected {len(query)} numbers, received {len(wrong)}" in answer.json()["message"]


def test_an_alias_is_swapped_to_a_collection_of_another_dimension_and_back(api, project, aliased):
    old, new, current = aliased.values()
    assert api.call("POST", f"{current.path}/search", {"query": [1, 0]}).status_code == 404
    olds, news = {f"o{number}" for number in range(4)}, {f"n{number}" for number in range(6)}
    assert swap(api, project, "old") is None
    expect(current, old, [1, 0], [1, 0, 0], olds)
    for turn in range(3):
        assert swap(api, project, "new") == "old"
        expect(current, new, [1, 0, 0], [1, 0], news)
        current.insert([{"id": f"written {turn}", "vector": [0, 1, turn]}])
        news.add(f"written {turn}")
        assert set(new.all_ids()) == news and set(old.all_ids()) == olds
        assert swap(api, project, "new") == "new"
        assert swap(api, project, "old") == "new"
        expect(current, old, [1, 0], [1, 0, 0], olds)
        assert api.ok("DELETE", current.item_path(f"o{turn}"))["deleted"] == 1
        olds.remove(f"o{turn}")
        assert set(old.all_ids()) == olds and set(new.all_ids()) == news
    assert api.ok("GET", f"/projects/{project}/aliases") == {"aliases": {"current": "old"}}
    assert [made["name"] for made in api.ok("GET", f"/projects/{project}/collections")] == ["new", "old"]


def test_a_page_of_before_a_swap_is_not_gone_on_with_after_it(api, project, aliased):
    """The ids and scores of one collection say nothing in another, also where vectors are of one dimension."""
    current = aliased["current"]
    other = api.create(project, "other", 2)
    other.insert([{"id": f"p{number}", "vector": [number, 1]} for number in range(4)])
    swap(api, project, "old")
    body = {"query": [1, 0], "limit": 2}
    page = api.ok("POST", f"{current.path}/search/page", body)
    listed = api.ok("GET", f"{current.path}/items", params={"limit": 2})
    swap(api, project, "other")
    answers = [
        api.call("POST", f"{current.path}/search/page", body | {"cursor": page["cursor"]}),
        api.call("GET", f"{current.path}/items", params={"limit": 2, "cursor": listed["cursor"]})]
    for answer in answers:
        assert answer.status_code == 400 and answer.json()["error"]["field"] == "cursor"
    swap(api, project, "old")
    assert len(api.ok("POST", f"{current.path}/search/page", body | {"cursor": page["cursor"]})["matches"]) == 2


def test_an_alias_and_a_collection_never_have_one_name(api, project, aliased):
    path, current = f"/projects/{project}", aliased["current"]
    swap(api, project, "old")
    refused = [
        ("PUT", "/aliases/new", {"collection": "old"}, 409), ("POST", "/collections", {"name": "current", "n_features": 2}, 409),
        ("POST", "/collections/new/rename", {"name": "current"}, 409), ("PUT", "/aliases/next", {"collection": "nowhere"}, 404),
        ("PUT", "/aliases/next", {"collection": "current"}, 400), ("PUT", "/aliases/a b", {"collection": "old"}, 400),
        ("PUT", "/aliases/next", {}, 400), ("DELETE", "/collections/current", None, 404), ("DELETE", "/aliases/old", None, 404)]
    for method, rest, body, status in refused:
        answer = api.call(method, path + rest, body)
        assert answer.status_code == status, (method, rest, answer.text)
    assert api.ok("GET", f"{path}/aliases") == {"aliases": {"current": "old"}}
    api.ok("DELETE", f"{path}/aliases/current")
    assert api.call("DELETE", f"{path}/aliases/current").status_code == 404
    assert api.call("GET", current.path).status_code == api.call("POST", f"{current.path}/search", {"query": [1, 0]}).status_code == 404
    assert len(aliased["old"].all_ids()) == 4
    api.create(project, "current", 5)
    assert current.search([1, 0, 0, 0, 0]) == []


def test_searches_by_an_alias_that_is_swapped_meanwhile_are_of_one_collection_or_the_other(server, project):
    for kind in "ab":
        server.api.create(project, kind, 2).insert([{"id": f"{kind}{number}", "vector": [1, number]} for number in range(5)])
    swap(server.api, project, "a")

    def search(_: int) -> set[str]:
        current, kinds = Collection(server.api, project, "current"), set()
        for _ in range(25):
            ids = sorted(match["id"] for match in current.search([1, 0]))
            assert ids in ([f"a{number}" for number in range(5)], [f"b{number}" for number in range(5)])
            kinds.add(ids[0][0])
        return kinds

    with ThreadPoolExecutor(4) as pool:
        searching = [pool.submit(search, number) for number in range(4)]
        turn = 0
        while turn < 2 or not all(done.done() for done in searching):
            turn += 1
            swap(server.api, project, "ab"[turn % 2])
        assert set().union(*(done.result() for done in searching)) == {"a", "b"}


@pytest.mark.parametrize("store", ["sqlite", "dynamodb"])
def test_other_servers_follow_a_swap_within_five_seconds(request, tmp_path, project, store):
    settings = {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": str(tmp_path / "shared.db")}
    if store == "dynamodb":
        settings = request.getfixturevalue("emulator").settings
    with Server(tmp_path / "one", **settings) as one, Server(tmp_path / "other", **settings) as other:
        for name, dimension in (("old", 2), ("new", 3)):
            one.api.create(project, name, dimension).insert([{"id": name, "vector": [1] * dimension}])
        swap(one.api, project, "old")
        current, api = Collection(other.api, project, "current"), other.api
        assert [match["id"] for match in current.search([1, 0])] == ["old"]
        swap(one.api, project, "new")
        swapped, followed = time.monotonic(), False
        while not followed:
            answer = api.call("POST", f"{current.path}/search", {"query": [1, 0, 0]})
            took = time.monotonic() - swapped
            followed = answer.status_code == 200
            assert followed or (answer.status_code == 400 and answer.json()["error"]["field"] == "query")
            assert took < 6, "the other server still has the collection of before"
        assert [match["id"] for match in answer.json()] == ["new"]
        print(f"\nfollowed after {took:.2f} s")
