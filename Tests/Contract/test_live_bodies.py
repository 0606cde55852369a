"""A running server's answers have just the bodies that api.yaml describes."""

import os
import socket
import subprocess
import time

import pytest
import requests

from project import built
from openapi import faults, resolved

KEY = "a-key-for-these-tests-alone"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a local server that keeps everything in memory."""
    whiplash = built("whiplash")
    if not whiplash:
        pytest.skip("whiplash is not built; test_api_yaml.py holds api.yaml to the source")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    environment = {
        **os.environ, "WHIPLASH_STORE": "memory", "WHIPLASH_API_KEY": KEY, "WHIPLASH_HOST": "127.0.0.1",
        "WHIPLASH_PORT": str(port)}
    process = subprocess.Popen([whiplash, "serve"], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            requests.get(f"{url}/health", timeout=1)
            return
        except requests.ConnectionError:
            time.sleep(0.05)
    pytest.fail("the server does not answer")


@pytest.fixture(scope="module")
def call(server, api, operations):
    """Calls an operation and holds the answer to its description."""

    def call(operation_id: str, body=None, expect: int = 200, query: dict | None = None, key: str | None = KEY, versioned=False, **names):
        operation = operations[operation_id]
        path = operation["path"].format(**{"projectId": "library", "collectionId": "books", "itemId": "moby-dick", "aliasId": "shelf"} | names)
        headers = {"x-api-key": key} if key else {}
        answer = requests.request(
            operation["method"], server + path, json=body, params=query, headers=headers, timeout=30)
        assert answer.status_code == expect, answer.text
        described = resolved(api, operation["responses"][str(expect)])
        for name in described["headers"]:
            assert name in answer.headers or name == "Retry-After", name
        media = described["content"]["application/json"]
        assert answer.headers["Content-Type"].startswith("application/json")
        assert faults(api, media["schema"], answer.json(), closed=True) == [], answer.text
        return answer.json() if versioned else without_versions(answer.json())

    return call


def without_versions(answer):
    """An answer without the versions of items, which are others each time."""
    if isinstance(answer, list):
        return [without_versions(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: without_versions(value) if name in ("items", "matches", "results") else value
        for name, value in answer.items() if name != "version"}


def test_every_answer_is_as_described(call):
    """Every operation once with success, in the order in which a person would use them."""
    full = {"id": "moby-dick", "vector": [1, 2, 2], "metadata": {"year": 1851, "tags": ["sea"]}, "text": "Call me Ishmael."}
    packed = {"id": "emma", "vector": "AAAAwAAAAD8AAIA/"}
    call("getHealth", key=None)
    assert call("createProject", {"name": "library"}) == {"project_name": "library", "collections": []}
    made = call("createCollection", {"collection_name": "books", "n_features": 3})
    assert made["id"].startswith("library_") and made["n_features"] == 3
    assert call("listCollections") == [made] and call("getCollection") == made
    assert call("getProject") == {"project_name": "library", "collections": [made]}
    assert call("listProjects") == {"projects": {"library": {"project_name": "library", "collections": [made]}}}
    assert call("createItem", full)["count"] == 1
    assert call("createItems", {"vectors": [full, packed]})["count"] == 2
    assert call("getItem") == full
    assert call("getItem", itemId="emma") == {"id": "emma", "vector": [-2, 0.5, 1]}
    assert call("getItem", itemId="emma", query={"vector_format": "base64"}) == packed
    listed = call("listItems", query={"vector_format": "base64"})["items"]
    assert sorted(item["vector"] for item in listed) == ["AAAAwAAAAD8AAIA/", "AACAPwAAAEAAAABA"]
    assert call("getItems", {"ids": ["emma"], "vector_format": "base64"})["items"] == [packed]
    assert call("searchItems", {"query": packed["vector"], "limit": 1, "vector_format": "base64"})[0]["vector"] == packed["vector"]
    for operation in ("searchItems", "searchItemsByGet"):
        found = call(operation, {"query": [1, 2, 2], "limit": 2})
        assert [match["id"] for match in found] == ["moby-dick", "emma"]
    assert call("searchItems", {"query": [1, 2, 2], "include_vector": False, "include_metadata": False, "min_score": 0.9}) == [
        {"id": "moby-dick", "dist": 1, "text": "Call me Ishmael."}]
    assert [match["id"] for match in call("searchItems", {"id": "emma"})] == ["moby-dick"]
    assert [match["id"] for match in call("searchItems", {"id": "emma", "target_recall": 0.9})] == ["moby-dick"]
    for more in ({"target_recall": 0.4}, {"target_recall": 0.9, "exact": True}):
        call("searchItems", {"query": [1, 2, 2], **more}, expect=400)
    page = call("searchPage", {"query": [1, 2, 2], "limit": 1, "include_vector": False})
    page = call("searchPage", {"query": [1, 2, 2], "limit": 1, "include_vector": False, "cursor": page["cursor"]})
    assert [match["id"] for match in page["matches"]] == ["emma"]
    both = call("searchBatch", {"searches": [{"query": [1, 2, 2], "limit": 1}, {"id": "emma", "limit": 1}]})
    assert [[match["id"] for match in matches] for matches in both["results"]] == [["moby-dick"]] * 2
    pages = []
    cursor = None
    while True:
        page = call("listItems", query={"limit": 1, "include_vector": "false"} | ({"cursor": cursor} if cursor else {}))
        pages += page["items"]
        if not (cursor := page["cursor"]):
            break
    assert sorted(item["id"] for item in pages) == ["emma", "moby-dick"]
    chosen = call("getItems", {"ids": ["emma", "ulysses"], "include_vector": False})
    assert chosen == {"items": [{"id": "emma"}], "missing": ["ulysses"]}
    assert call("updateItem", {"metadata": {"year": 1852, "tags": None}, "text": None}) == {
        "id": "moby-dick", "vector": [1, 2, 2], "metadata": {"year": 1852}}
    assert call("replaceItem", {"vector": [3, 2, 1]}) == {"id": "moby-dick", "vector": [3, 2, 1]}
    assert call("deleteItem")["deleted"] == 1 and call("deleteItem")["deleted"] == 0
    assert call("deleteItems", {"ids": ["emma", "ulysses"]})["deleted"] == 1
    assert call("setAlias", {"collection": "books"}) == {"message": "success", "alias": "shelf", "collection": "books"}
    assert call("listAliases") == {"aliases": {"shelf": "books"}}
    assert call("getCollection", collectionId="shelf") == made
    filtered = {"query": [1, 2, 2], "filter": {"nothing": {"$exists": True}}}
    assert call("searchItems", filtered, collectionId="shelf") == []
    call("createItems", {"vectors": [full, packed]})
    old = {"year": {"$lt": 1900}}
    assert call("countItems", {"filter": old}) == {"count": 1, "cursor": None}
    listed = call("selectItems", {"filter": old, "limit": 1, "include_vector": False, "include_text": False})
    assert [item["id"] for item in listed["items"]] == ["moby-dick"]
    assert call("deleteItems", {"filter": old}) == {"message": "success", "deleted": 1, "cursor": None}
    assert call("countItems", {}) == {"count": 1, "cursor": None}
    call("deleteItems", {"filter": {}}, expect=400)
    call("deleteItems", {"filter": old, "ids": ["emma"]}, expect=400)
    call("deleteItems", {}, expect=400)
    call("deleteAlias")
    call("deleteCollection")
    call("deleteProject")


def test_a_euclidean_match_tells_its_distance(call):
    call("createCollection", {"name": "maps", "n_features": 2, "metric": "euclidean"}, projectId="atlas")
    call("createItem", {"id": "a", "vector": [3, 4]}, projectId="atlas", collectionId="maps")
    assert call("searchItems", {"query": [0, 0]}, projectId="atlas", collectionId="maps") == [
        {"id": "a", "vector": [3, 4], "dist": -5, "distance": 5}]
    call("deleteProject", projectId="atlas")


def test_groups_are_as_described(call):
    names = {"projectId": "people", "collectionId": "notes"}
    call("createCollection", {"name": "notes", "n_features": 2, "grouping": True, "vector_type": "float16"}, **names)
    item = {"id": "1", "group": "ann", "vector": [3, 4]}
    call("createItems", {"vectors": [item, {**item, "group": "bob"}]}, **names)
    for query, count in (({}, 2), ({"group": "ann"}, 1)):
        assert len(call("listItems", query=query, **names)["items"]) == count
    assert call("getItem", query={"group": "ann"}, itemId="1", **names) == item
    assert call("getItems", {"group": "ann", "ids": ["1", "2"]}, **names) == {"items": [item], "missing": ["2"]}
    for operation in ("searchItems", "searchItemsByGet"):
        assert call(operation, {"query": [3, 4], "group": "ann"}, **names) == [{**item, "dist": 1}]
    assert call("replaceItem", item, itemId="1", **names) == item
    assert call("updateItem", {"text": "t"}, query={"group": "ann"}, itemId="1", **names) == {**item, "text": "t"}
    assert sorted(call("listGroups", **names)["groups"]) == ["ann", "bob"]
    assert call("getStatistics", **names)["groups"] == {"count": 2, "source": "counted"}
    assert call("listGroups", query={"limit": 1}, **names)["cursor"]
    assert call("deleteItem", query={"group": "ann"}, itemId="1", **names)["deleted"] == 1
    assert call("deleteItems", {"group": "ann", "ids": ["1"]}, **names)["deleted"] == 0
    assert call("deleteGroup", groupId="bob", **names)["deleted"] == 1
    for operation, body in (("getItem", None), ("searchItems", {"query": [3, 4]}), ("deleteItems", {"ids": ["1"]})):
        call(operation, body, expect=400, **names)
    call("deleteProject", projectId="people")


def test_searches_by_words_are_as_described(call):
    names = {"projectId": "library", "collectionId": "essays"}
    made = call("createCollection", {"name": "essays", "n_features": 2, "text_index": True}, **names)
    assert made["text_index"] is True
    item = {"id": "a", "vector": [3, 4], "text": "White whales"}
    call("createItems", {"vectors": [item, {"id": "b", "vector": [4, 3]}]}, **names)
    for operation in ("searchItems", "searchItemsByGet"):
        [match] = call(operation, {"text": "whales white", "include_vector": False}, **names)
        assert match == {"id": "a", "text": "White whales", "dist": match["text_score"], "text_score": match["text_score"]}
    both = {"text": "whales", "query": [4, 3], "include_vector": False, "include_text": False}
    found = call("searchItems", both, **names)
    assert [(match["id"], set(match)) for match in found] == [
        (id, {"id", "dist", "vector_score", "text_score"}) for id in ("a", "b")]
    for fusion in ({"method": "weighted", "weight": 1}, {"method": "weighted"}, {"method": "rrf"}):
        call("searchItems", {**both, "fusion": fusion}, **names)
    call("searchPage", {"text": "whales"}, **names)
    call("searchBatch", {"searches": [both, {"text": "none"}]}, **names)
    call("searchItems", {**both, "target_recall": 0.9}, **names)
    for body in ({"text": "a", "max_distance": 1}, {"text": "a", "target_recall": 0.9}, {**both, "fusion": {"method": "sum"}}, {}):
        call("searchItems", body, expect=400, **names)
    call("createCollection", {"name": "c", "n_features": 2, "text_index": True, "grouping": True}, expect=400, **names)
    call("deleteProject", projectId="library")


def test_filterable_keys_are_as_described(call):
    names = {"projectId": "library", "collectionId": "papers"}
    made = call("createCollection", {"name": "papers", "n_features": 2, "filterable": ["lang", "author.born"]}, **names)
    assert made["filterable"] == ["lang", "author.born"]
    assert call("getCollection", **names) == made
    items = [{"id": id, "vector": [3, 4], "metadata": {"lang": lang, "author": {"born": born}}}
             for id, lang, born in (("a", "en", 1819), ("b", "de", 1749), ("c", "en", 1775))]
    call("createItems", {"vectors": items}, **names)
    body = {"query": [3, 4], "filter": {"lang": "en", "author.born": {"$lt": 1800}}, "include_vector": False}
    assert [match["id"] for match in call("searchItems", body, **names)] == ["c"]
    call("updateItem", {"metadata": {"lang": "de"}}, itemId="c", **names)
    assert call("searchItems", body, **names) == []
    for keys in (["lang", "lang"], ["$or"], [""], list("abcdefghi")):
        call("createCollection", {"name": "c", "n_features": 2, "filterable": keys}, expect=400, **names)
    call("deleteProject", projectId="library")


def test_changed_renamed_and_cloned_collections_are_as_described(call):
    names = {"projectId": "press"}
    made = call("createCollection", {"name": "books", "n_features": 2, "description": "Old", "metadata": {"a": 1}}, **names)
    assert made["description"] == "Old" and made["metadata"] == {"a": 1}
    call("createItems", {"vectors": [{"id": f"{n}", "vector": [n, 1]} for n in range(3)]}, **names)
    changed = call("updateCollection", {"description": None, "metadata": {"a": None, "b": 2}, "bit_start": 5}, **names)
    expected = {name: value for name, value in made.items() if name != "description"}
    assert changed == expected | {"metadata": {"b": 2}, "bit_start": 5}
    for field in ("n_features", "metric", "grouping", "vector_type", "text_index", "filterable", "name", "project_name"):
        refused = call("updateCollection", {field: 1}, expect=400, **names)
        assert refused["error"]["field"] == field and "cannot be changed" in refused["message"]
    call("updateCollection", {}, expect=400, **names)
    call("setAlias", {"collection": "books"}, **names)
    renamed = call("renameCollection", {"name": "novels"}, **names)
    assert renamed == changed | {"id": "press_dev_novels", "name": "novels"}
    assert call("renameCollection", {"name": "novels"}, **names) == renamed
    assert call("listAliases", **names) == {"aliases": {"shelf": "novels"}}
    call("getCollection", expect=404, **names)
    for taken in ("shelf", "novels"):
        call("renameCollection", {"name": taken}, expect=409, collectionId="novels", **names)
    call("renameCollection", {"name": "a b"}, expect=400, collectionId="novels", **names)
    call("renameCollection", {"name": "x"}, expect=404, collectionId="none", **names)
    names["collectionId"] = "novels"
    wanted = {"name": "copy", "vector_type": "float16", "metadata": {"copy": True}, "filterable": ["lang"]}
    done = call("cloneCollection", wanted, **names)
    assert done == {"message": "success", "done": True, "state": "cloned", "copied": 3}
    copy = call("getCollection", projectId="press", collectionId="copy")
    assert (copy["vector_type"], copy["metadata"], copy["bit_start"]) == ("float16", {"copy": True}, 5)
    assert copy["filterable"] == ["lang"]
    assert call("countItems", {}, projectId="press", collectionId="copy")["count"] == 3
    call("cloneCollection", {"name": "copy"}, expect=409, **names)
    call("cloneCollection", {"name": "x", "n_features": 3}, expect=400, **names)
    call("cloneCollection", {"name": "x"}, expect=404, projectId="press", collectionId="none")
    call("deleteProject", projectId="press")


def test_searches_explain_themselves_as_described(call):
    names = {"projectId": "library", "collectionId": "essays"}
    call("createCollection", {"name": "essays", "n_features": 2, "text_index": True}, **names)
    call("createItems", {"vectors": [{"id": "a", "vector": [3, 4], "text": "White whales"}, {"id": "b", "vector": [4, 3]}]}, **names)
    near, words = {"query": [3, 4], "explain": True}, {"text": "whales", "explain": True}
    for body in (near, near | {"exact": True}, near | {"id": None, "filter": {"year": 1}}, words, words | {"exact": True}, near | words):
        for operation in ("searchItems", "searchItemsByGet", "searchPage"):
            told = call(operation, body, **names)["explain"]
            assert (told["vector"] is None, told["words"] is None) == ("query" not in body, "text" not in body)
            assert told["store"]["rows_read"] > 0 and told["round_trips"] > 0
    results = call("searchBatch", {"searches": [near, {"query": [3, 4]}, words]}, **names)["results"]
    assert [isinstance(result, list) for result in results] == [False, True, False]
    call("searchItems", near | {"explain": "yes"}, expect=400, **names)
    call("createCollection", {"name": "notes", "n_features": 2, "grouping": True}, projectId="library", collectionId="notes")
    item = {"id": "1", "group": "ann", "vector": [3, 4], "text": "whales"}
    call("createItem", item, projectId="library", collectionId="notes")
    grouped = call("searchItems", near | words | {"group": "ann"}, projectId="library", collectionId="notes")["explain"]
    assert grouped["vector"]["path"] == grouped["words"]["path"] == "group"
    totals = call("getStatistics", **names)["totals"]
    assert totals["collection"]["rows_read"] > 0 and totals["key"]["rows_read"] >= totals["collection"]["rows_read"]
    call("deleteProject", projectId="library")


def test_conditions_and_times_are_as_described(call):
    names = {"projectId": "shop", "collectionId": "offers", "itemId": "a"}
    call("createCollection", {"name": "offers", "n_features": 2}, **names)
    item = {"id": "a", "vector": [3, 4], "expires_at": 4105080000}
    first = call("createItem", item | {"if_absent": True}, versioned=True, **names)["version"]
    assert call("getItem", versioned=True, **names) == item | {"version": first}
    for operation, body in (("createItem", item | {"if_absent": True}), ("createItems", {"vectors": [item], "if_absent": True})):
        assert call(operation, body, expect=409, **names)["error"]["version"] == first
    second = call("replaceItem", {"vector": [4, 3], "version": first}, versioned=True, **names)["version"]
    third = call("updateItem", {"expires_at": "2100-01-31T12:00:00Z", "version": second}, versioned=True, **names)
    assert third["expires_at"] == 4105080000
    for operation, body in (("createItem", item), ("replaceItem", {"vector": [1, 1]}), ("updateItem", {"text": "t"})):
        call(operation, body | {"version": first}, expect=409, **names)
    call("deleteItem", query={"version": first}, expect=409, **names)
    search = {"query": [4, 3], "include_version": True}
    assert call("searchItems", search, versioned=True, **names)[0]["version"] == third["version"]
    assert call("searchPage", search, versioned=True, **names)["matches"][0]["version"] == third["version"]
    result = call("createItems", {
        "partial": True, "vectors": [{"id": "b", "vector": [1, 1]}, {"id": "c", "vector": [1]}, item | {"if_absent": True}, {"vector": 7}],
    }, **names)
    assert result["count"] == 1 and [failed["index"] for failed in result["failed"]] == [1, 2, 3]
    assert [item["id"] for item in call("listItems", query={"prefix": "b"}, versioned=True, **names)["items"]] == ["b"]
    assert call("deleteItem", query={"version": third["version"]}, **names)["deleted"] == 1
    call("createItem", {"id": "a", "vector": [3, 4], "expires_at": 1}, **names)
    call("getItem", expect=404, **names)
    call("deleteProject", projectId="shop")


def test_every_refusal_is_as_described(call):
    call("createCollection", {"name": "books", "n_features": 3})
    call("createCollection", {"name": "books", "n_features": 3}, expect=409)
    call("createProject", {"name": "library"}, expect=409)
    call("createProject", {"title": "library"}, expect=400)
    call("createItem", {"id": "a", "vector": [1, 2]}, expect=400)
    call("createItem", {"id": "a", "vector": [1, 2, 3], "text": "x" * 450_000}, expect=413)
    call("createItems", {"vectors": [{"id": "a", "vector": [1, 2, 3]}] * 2}, expect=400)
    call("searchItems", {"query": [0, 0, 0]}, expect=400)
    call("searchItemsByGet", {"query": [1, 2, 3], "limit": 0}, expect=400)
    call("listItems", query={"limit": 1001}, expect=400)
    call("listItems", query={"cursor": "none of ours"}, expect=400)
    call("getItem", expect=404)
    call("updateItem", {"text": "x"}, expect=404)
    call("getCollection", collectionId="maps", expect=404)
    call("getProject", projectId="atlas", expect=404)
    call("verifyCollection", {"cursor": "none of ours"}, expect=400)
    call("verifyCollection")
    call("tuneCollection", {"more": 1}, expect=400)
    call("tuneCollection")
    assert call("getStatistics")["items"] == {"count": 0, "source": "counted"}
    call("getStatistics", collectionId="maps", expect=404)
    call("listProjects", key=None, expect=401)
    call("listProjects", key="another", expect=403)
    call("deleteProject")
