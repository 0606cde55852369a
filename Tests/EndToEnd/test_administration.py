"""Collections are changed, renamed and cloned over HTTP and from the command line, while others use them and servers are killed."""

import json
import threading
import time

import numpy
import pytest

from test_command import CONFLICT, NOT_FOUND, REFUSED, USAGE, command  # noqa: F401 (a fixture)
from whiplash_api import Collection
from whiplash_server import Server

DIMENSION = 8
COUNT = {"sqlite": 4000, "dynamodb": 700}


@pytest.fixture(params=["sqlite", "dynamodb"])
def servers(request, tmp_path):
    """Two servers over one store, and how many items are many for it."""
    if request.param == "sqlite":
        settings = {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": str(tmp_path / "shared.db")}
    else:
        settings = request.getfixturevalue("emulator").settings
    servers = [Server(tmp_path / f"{number}", **settings).start() for number in range(2)]
    yield servers, COUNT[request.param]
    for server in servers:
        server.stop()


def fill(collection, vectors, start=0):
    for first in range(0, len(vectors), 500):
        part = vectors[first:first + 500]
        collection.insert([{"id": str(start + first + n), "vector": vector} for n, vector in enumerate(part)])


def clone(api, path, body, calls=100):
    for _ in range(calls):
        report = api.ok("POST", f"{path}/clone", body)
        if report["done"]:
            return report
    pytest.fail(f"the clone does not end: {report}")


def test_writers_by_the_old_name_lose_nothing(servers, project, random_vectors):
    """One server renames, the other goes on writing by the old name for as long as it is told yes."""
    (first, second), _ = servers
    collection = first.api.create(project, "old", DIMENSION)
    vectors = random_vectors(2000, DIMENSION)
    fill(collection, vectors[:200])
    acknowledged, stop = set(range(200)), threading.Event()

    def write(api, numbers):
        theirs = collection.through(api)
        for number in numbers:
            answer = api.call("POST", f"{theirs.path}/items", {"id": str(number), "vector": vectors[number]})
            if answer.status_code == 404:
                break
            assert answer.status_code == 200, answer.text
            acknowledged.add(number)
            if stop.is_set():
                break

    threads = [
        threading.Thread(target=write, args=(server.api, range(start, 2000, 2)))
        for start, server in ((200, second), (201, first))]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 260:
        time.sleep(0.01)
    renamed = first.api.ok("POST", f"{collection.path}/rename", {"name": "new"})
    assert renamed["name"] == "new"
    # The name is another's only when nobody writes by it any more.
    anew = first.api.create(project, "old", DIMENSION)
    stop.set()
    for thread in threads:
        thread.join()
    new = Collection(first.api, project, "new")
    old_ids, new_ids = (set(map(int, named.all_ids())) for named in (anew, new))
    assert old_ids | new_ids == acknowledged and not old_ids & new_ids
    for server in (first, second):
        for named, ids in ((new, new_ids), (anew, old_ids)):
            found = named.through(server.api).search(vectors[0], 1000, include_vector=False)
            assert len(found) == min(1000, len(ids)) and {int(match["id"]) for match in found} <= ids


def test_a_killed_servers_clone_is_gone_on_with_by_another(servers, project, random_vectors):
    (first, second), count = servers
    source = first.api.create(project, "source", DIMENSION, text_index=True)
    vectors = random_vectors(count, DIMENSION)
    fill(source, vectors)
    body = {"name": "clone", "vector_type": "float16"}
    path = f"/projects/{project}/collections/clone"

    def begin():
        try:
            first.api.call("POST", f"{source.path}/clone", body)
        except OSError:
            pass

    beginning = threading.Thread(target=begin)
    beginning.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        shown = second.api.call("GET", path)
        if shown.status_code == 200 and shown.json().get("clone", {"copied": 1})["copied"] > 0:
            break
    first.kill()
    beginning.join()
    shown = second.api.ok("GET", path)
    if "clone" in shown:
        assert shown["clone"]["source"] == "source" and 0 < shown["clone"]["copied"] <= count
        refused = second.api.call("POST", f"{path}/search", {"query": vectors[0]})
        assert refused.status_code == 409 and "unfinished clone" in refused.json()["message"]
        assert clone(second.api, source.path, body)["copied"] >= count
    first.start()
    for server in (first, second):
        made = server.api.ok("GET", path)
        assert "clone" not in made and made["vector_type"] == "float16"
        assert server.api.ok("POST", f"{path}/items/count", {})["count"] == count
    query = {"query": vectors[3], "limit": 10, "include_vector": False, "exact": True}
    for exact in (True, False):
        found = second.api.ok("POST", f"{path}/search", query | {"exact": exact})
        assert found[0]["id"] == "3"
    cursor, report = None, {}
    while True:
        report = second.api.ok("POST", f"{path}/verify", {"cursor": cursor} if cursor else {})
        assert report["vectors_without_bucket_row"] == 0
        cursor = report["cursor"]
        if not cursor:
            break


def test_swapping_a_clone_in_by_two_renames(server, project):
    api = server.api
    books = api.create(project, "books", 2)
    books.insert([{"id": "a", "vector": [1, 2], "text": "white whale"}])
    assert api.call("POST", f"{books.path}/search", {"text": "whale"}).status_code == 400
    assert clone(api, books.path, {"name": "books-next", "text_index": True})["copied"] == 1
    api.ok("PUT", f"/projects/{project}/aliases/shelf", {"collection": "books"})
    api.ok("POST", f"{books.path}/rename", {"name": "books-before"})
    api.ok("POST", f"/projects/{project}/collections/books-next/rename", {"name": "books"})
    assert [match["id"] for match in api.ok("POST", f"{books.path}/search", {"text": "whale"})] == ["a"]
    assert api.ok("GET", f"/projects/{project}/aliases") == {"aliases": {"shelf": "books-before"}}
    api.ok("DELETE", f"/projects/{project}/collections/books-before")
    assert api.ok("GET", f"{books.path}")["text_index"] is True
    assert books.all_ids() == ["a"]


def test_commands_change_rename_and_clone(command, project, tmp_path):  # noqa: F811
    books = f"{project}/books"
    command.run("collection", "create", books, "--dimension", 2, "--description", "First", "--metadata", '{"a": 1}')
    for number in range(5):
        command.run("put", books, "--id", f"{number}", "--vector", f"[1, {number}]")
    changed = command.json(
        "collection", "set", books, "--description", "Numbers", "--metadata", '{"b": 2}', "--bit-start", 4)
    assert (changed["description"], changed["metadata"], changed["bit_start"]) == ("Numbers", {"a": 1, "b": 2}, 4)
    shown = command.run("collection", "show", books).stdout
    assert "Numbers" in shown and '"b":2' in shown
    assert "description" not in command.json("collection", "set", books, "--no-description")
    command.run("collection", "set", books, code=USAGE)
    command.run("collection", "set", books, "--metadata", "{", code=REFUSED)
    command.run("collection", "set", books, "--planes", 0, code=REFUSED)
    renamed = command.run("collection", "rename", books, "novels")
    assert renamed.stdout == f"{books} is {project}/novels now.\n"
    command.run("collection", "show", books, code=NOT_FOUND)
    novels = f"{project}/novels"
    cloned = command.run("collection", "clone", novels, "copy", "--vector-type", "float16")
    assert cloned.stdout == f"Cloned {novels} as {project}/copy: 5 items.\n"
    command.run("collection", "clone", novels, "copy", code=CONFLICT)
    command.run("collection", "rename", novels, "copy", code=CONFLICT)
    assert command.json("collection", "clone", novels, "third")["name"] == "third"
    assert command.json("count", f"{project}/third")["count"] == 5

    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query": [1, 4], "limit": 1}\n\n{"id": "0"}\n{"id": "x", "vector": [1, 0], "metadata": {}}\n')
    found = command.json("search", "batch", novels, queries, "--limit", 2)
    assert [[match["id"] for match in matches] for matches in found] == [["4"], ["1", "2"], ["0", "1"]]
    assert command.json("search", "batch", novels, queries, "--limit", 2, "--target-recall", 0.9) == found
    table = command.run("search", "batch", novels, "-", "--limit", 1, given='{"query": [1, 4]}\n{"id": "0"}\n').stdout
    assert [line.split()[0::2] for line in table.splitlines()] == [["QUERY", "ID"], ["0", "4"], ["1", "1"]]
    numpy.save(tmp_path / "queries.npy", numpy.array([[1, n % 5] for n in range(450)], dtype=numpy.float32))
    found = command.json("search", "batch", novels, tmp_path / "queries.npy", "--limit", 1)
    assert [matches[0]["id"] for matches in found] == [str(n % 5) for n in range(450)]
    queries.write_text("")
    assert command.json("search", "batch", novels, queries) == []
    queries.write_text('{"limit": 3}\n')
    assert "line 1" in command.run("search", "batch", novels, queries, code=REFUSED).stderr
    queries.write_text('{"query": [1, 2, 3]}\n')
    assert "searches[0].query" in command.run("search", "batch", novels, queries, code=REFUSED).stderr
    command.run("search", "batch", novels, "queries.csv", code=REFUSED)
    command.run("search", "batch", novels, queries, "--limit", 0, code=USAGE)


def test_keys_without_the_scope_change_nothing(tmp_path):
    keys = [{"key": "a-key-to-write", "scopes": ["read", "write"]}]
    with Server(tmp_path, WHIPLASH_STORE="memory", WHIPLASH_KEYS=json.dumps(keys)) as server:
        books = server.api.create("p", "books", 2)
        writer = server.api
        writer.session.headers["x-api-key"] = "a-key-to-write"
        for method, path, body in (
                ("PATCH", books.path, {"description": "x"}), ("POST", f"{books.path}/rename", {"name": "x"}),
                ("POST", f"{books.path}/clone", {"name": "x"})):
            assert writer.call(method, path, body).status_code == 403
        assert server.api.ok("GET", "/projects/p/collections")[0]["name"] == "books"
