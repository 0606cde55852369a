"""Conditions, times and prefixes through the whole of the server, on each store."""

import json
import random
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from whiplash_api import API, Collection
from whiplash_server import KEY

SEED = random.SystemRandom().randrange(1 << 32)


@pytest.fixture(params=[False, True], ids=["plain", "grouped"])
def collection(request, api, project) -> Collection:
    return api.create(project, "c", 3, grouping=request.param)


def group(collection: Collection) -> dict:
    """What names the group of an item, where there are groups."""
    return {"group": "g"} if collection.api.ok("GET", collection.path)["grouping"] else {}


def ahead(seconds: int) -> int:
    return int(time.time()) + seconds


def test_of_writers_with_one_version_one_wins(server, collection):
    """Each over a connection of its own, by every way of writing."""
    item = {"id": "a", "vector": [1, 1, 1], **group(collection)}
    version = collection.api.call("POST", f"{collection.path}/items", item).json()["version"]
    for turn in range(6):
        def write(number: int):
            api, vector = API(server.url, KEY), [number + 1, turn + 1, 1]
            body = {"vector": vector, "version": version}
            match number % 3:
                case 0: return api.call("POST", f"{collection.path}/items", item | body)
                case 1: return api.call("PUT", f"{collection.path}/items/a", group(collection) | body)
                case _: return api.call("PATCH", f"{collection.path}/items/a", body, params=group(collection))

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(write, range(6)))
        won = [answer.json() for answer in answers if answer.status_code == 200]
        lost = [answer.json()["error"] for answer in answers if answer.status_code != 200]
        assert len(won) == 1, [answer.text for answer in answers]
        version = won[0]["version"]
        assert all((error["status"], error["code"], error["version"]) == (409, "conflict", version) for error in lost)
        stored = collection.api.call("GET", f"{collection.path}/items/a", params=group(collection)).json()
        assert stored["version"] == version
        [match] = collection.search(stored["vector"], **group(collection))
        assert match["vector"] == stored["vector"]


def test_of_writers_of_a_new_item_one_stores_it(server, collection):
    def write(number: int) -> int:
        item = {"id": "new", "vector": [number + 1, 1, 1], "if_absent": True, **group(collection)}
        return API(server.url, KEY).call("POST", f"{collection.path}/items", item).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(write, range(6))) == [200] + [409] * 5


def test_when_an_item_is_from_is_kept_and_given_back(collection):
    """In seconds, however it was written, by every way of storing and reading."""
    more = group(collection)
    dated = [{"timestamp": "2001-09-09T03:46:40+02:00"}, {"timestamp": 10**9}, {"timestamp": -(10**9)}, {}]
    items = [{"id": f"{number}", "vector": [1, 2, number], **time, **more} for number, time in enumerate(dated)]
    collection.insert(items[:3])
    collection.api.ok("PUT", f"{collection.path}/items/3", {"vector": [1, 2, 3], **more})
    expected = {"0": 10**9, "1": 10**9, "2": -(10**9), "3": None}
    listed = collection.api.ok("GET", f"{collection.path}/items", params=more)["items"]
    found = collection.search([1, 2, 3], limit=10, **more)
    for answer in (listed, found):
        assert {item["id"]: item.get("timestamp") for item in answer} == expected
    patched = collection.api.ok("PATCH", f"{collection.path}/items/2", {"timestamp": None}, params=more)
    assert "timestamp" not in patched
    refused = collection.api.call("POST", f"{collection.path}/items", items[3] | {"timestamp": 10**12})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "timestamp")


def test_an_item_whose_time_is_over_is_nowhere(collection):
    more = group(collection)
    items = [
        {"id": "over", "vector": [1, 2, 2], "metadata": {"n": 1}, "expires_at": ahead(-1), **more},
        {"id": "later", "vector": [1, 2, 2], "metadata": {"n": 1}, "expires_at": ahead(3600), **more},
        {"id": "stays", "vector": [2, 1, 2], "metadata": {"n": 1}, **more},
    ]
    collection.insert(items)
    api, path = collection.api, collection.path
    left = ["later", "stays"]
    assert [match["id"] for match in collection.search([1, 2, 2], **more)] == left
    assert [match["id"] for match in collection.search([1, 2, 2], exact=True, **more)] == left
    assert [match["id"] for match in collection.search([1, 2, 2], filter={"n": 1}, **more)] == left
    assert sorted(collection.all_ids()) == left
    assert api.ok("POST", f"{path}/items/count", {"filter": {"n": 1}, **more})["count"] == 2
    assert sorted(item["id"] for item in api.ok("POST", f"{path}/items/select", {"filter": {"n": 1}, **more})["items"]) == left
    got = api.ok("POST", f"{path}/items/batch/get", {"ids": ["over", "later"], **more})
    assert [item["id"] for item in got["items"]] == ["later"] and got["missing"] == ["over"]
    assert got["items"][0]["expires_at"] == items[1]["expires_at"]
    assert api.call("GET", f"{path}/items/over", params=more).status_code == 404
    assert api.call("PATCH", f"{path}/items/over", {"expires_at": None}, params=more).status_code == 404
    assert api.ok("DELETE", f"{path}/items/over", params=more)["deleted"] == 0
    api.ok("POST", f"{path}/items", items[0] | {"if_absent": True, "expires_at": ahead(3600)})
    assert api.call("POST", f"{path}/items", items[0] | {"if_absent": True}).status_code == 409
    lasting = api.ok("PATCH", f"{path}/items/over", {"expires_at": None}, params=more)
    assert "expires_at" not in lasting
    assert sorted(collection.all_ids()) == ["later", "over", "stays"]


def test_in_part_each_failed_item_is_named(collection):
    more = group(collection)
    collection.insert([{"id": "there", "vector": [1, 1, 1], **more}])
    vectors = [
        {"id": "a", "vector": [1, 2, 3], **more}, {"id": "b", "vector": [1, 2], **more},
        {"id": "there", "vector": [3, 3, 3], **more}, {"vector": [1, 2, 3], **more}, {"id": "c", "vector": [3, 2, 1], **more}]
    body = {"vectors": vectors, "partial": True, "if_absent": True}
    answer = collection.api.call("POST", f"{collection.path}/items/batch", body)
    assert answer.status_code == 200 and answer.json()["count"] == 2
    failed = [(one["index"], one.get("id"), one["error"]["status"], one["error"]["field"]) for one in answer.json()["failed"]]
    assert failed == [(1, "b", 400, "vectors[1].vector"), (2, "there", 409, "vectors[2].if_absent"), (3, None, 400, "vectors[3].id")]
    assert sorted(collection.all_ids()) == ["a", "c", "there"]
    [match] = collection.search([1, 1, 1], limit=1, **more)
    assert (match["id"], match["vector"]) == ("there", [1, 1, 1])


def test_prefixes_on_pages_of_any_size(collection):
    ids = [f"{kind}/{number}" for kind in ("user", "users", "usé", "x") for number in range(25)]
    more = group(collection)
    collection.insert([{"id": item_id, "vector": [1, 2, 3], **more} for item_id in ids])
    for prefix in ("user", "user/", "user/1", "usé/", "none", "x/24"):
        for limit in (1, 7, 1000):
            for where in (more, {}):
                found, cursor = [], None
                while True:
                    query = {"prefix": prefix, "limit": limit, **where} | ({"cursor": cursor} if cursor else {})
                    page = collection.api.ok("GET", f"{collection.path}/items", params=query)
                    assert len(page["items"]) <= limit
                    found += [item["id"] for item in page["items"]]
                    if not (cursor := page["cursor"]):
                        break
                assert sorted(found) == sorted(item_id for item_id in ids if item_id.startswith(prefix))


def test_random_writes_on_conditions_agree_with_a_dictionary(collection):
    print(f"seed {SEED}")
    chance, more = random.Random(SEED), group(collection)
    stored, versions = {}, ["1a"]
    for _ in range(200):
        item = {"id": f"i{chance.randrange(6)}", "vector": [chance.randrange(1, 4) for _ in range(3)], **more}
        old = stored.get(item["id"])
        # Times that are over or far ahead: none passes while this runs.
        expires = chance.choice([None, None, ahead(3600), ahead(-5)])
        body = item | ({"expires_at": expires} if expires else {})
        fits = True
        match chance.randrange(4):
            case 0:
                body["if_absent"], fits = True, old is None
            case 1:
                body["version"] = old["version"] if old and chance.random() < 0.6 else chance.choice(versions)
                fits = old is not None and old["version"] == body["version"]
        if chance.random() < 0.2:
            query = more | ({"version": body["version"]} if "version" in body else {})
            answer = collection.api.call("DELETE", f"{collection.path}/items/{item['id']}", params=query)
            if "version" in query and old and not fits:
                assert answer.status_code == 409
            else:
                assert answer.json()["deleted"] == (old is not None)
                stored.pop(item["id"], None)
        else:
            answer = collection.api.call("POST", f"{collection.path}/items", body)
            assert answer.status_code == (200 if fits else 409), answer.text
            if fits:
                versions.append(answer.json()["version"])
                stored.pop(item["id"], None)
                if expires is None or expires > time.time():
                    stored[item["id"]] = {**item, "version": versions[-1]}
            else:
                assert answer.json()["error"].get("version") == (old and old["version"])
        found = {match["id"]: match for match in collection.search([1, 2, 3], limit=10, include_version=True, **more)}
        assert {key: value["vector"] for key, value in found.items()} == {key: value["vector"] for key, value in stored.items()}
    listed = collection.api.call("GET", f"{collection.path}/items", params=more).json()["items"]
    assert {item["id"]: item["version"] for item in listed} == {key: value["version"] for key, value in stored.items()}


def test_rows_in_dynamodb_have_a_time_to_live(dynamodb_server, emulator, project):
    collection = dynamodb_server.api.create(project, "brief", 3)
    end = ahead(3600)
    collection.insert([{"id": "a", "vector": [1, 2, 3], "expires_at": end}, {"id": "b", "vector": [1, 2, 3]}])
    client = emulator.client("dynamodb")
    for table in ("vectors", "buckets"):
        name = f"{project}_dev_brief_{table}"
        described = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert described["TimeToLiveStatus"] in ("ENABLED", "ENABLING") and described["AttributeName"] == "expires"
        rows = [row for row in client.scan(TableName=name)["Items"] if "c" not in row]
        assert sorted(json.dumps(row.get("expires")) for row in rows) == sorted([json.dumps({"N": str(end)}), "null"])


def test_sqlite_removes_rows_with_later_writes(sqlite_server, project):
    collection = sqlite_server.api.create(project, "brief", 3)
    collection.insert([{"id": f"{n}", "vector": [1, 2, 3], "expires_at": ahead(-10)} for n in range(700)])
    # Two more commits, of which each removes 500 rows at most.
    for number in range(3):
        collection.insert([{"id": f"new {number}", "vector": [1, 2, 3]}])
    with sqlite3.connect(f"file:{sqlite_server.folder / 'whiplash.db'}?mode=ro", uri=True) as database:
        [[waiting]] = database.execute("SELECT COUNT(*) FROM expiring WHERE t LIKE ?", (f"%{project}_dev_brief%",))
        parts = [f'SELECT s FROM "{part}:{project}_dev_brief_vectors"' for part in ("t", "d")]
        [[rows]] = database.execute(f"SELECT COUNT(*) FROM ({' UNION ALL '.join(parts)})")
    assert (waiting, rows) == (0, 3)
