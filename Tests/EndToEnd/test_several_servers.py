"""Several servers over one store act as one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from whiplash_server import Server

SERVERS = 3


@pytest.fixture(params=["sqlite", "dynamodb"])
def servers(request, tmp_path):
    """Servers that are started at once on a new file, or on the emulator."""
    if request.param == "sqlite":
        settings = {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": str(tmp_path / "shared.db")}
    else:
        settings = request.getfixturevalue("emulator").settings | {"STAGE": "shared"}
    servers = [Server(tmp_path / f"{number}", **settings) for number in range(SERVERS)]
    with ThreadPoolExecutor(SERVERS) as pool:
        list(pool.map(Server.start, servers))
    yield servers
    for server in servers:
        server.stop()


def test_each_finds_at_once_what_another_was_told_is_stored(servers, project, random_vectors):
    collection = servers[0].api.create(project, "shared", 16)
    views = [collection.through(server.api) for server in servers]
    for turn, vector in enumerate(random_vectors(30, 16)):
        writer, reader = views[turn % SERVERS], views[(turn + 1) % SERVERS]
        writer.insert([{"id": f"item {turn}", "vector": vector}])
        assert reader.search(vector, limit=1)[0]["id"] == f"item {turn}"
        moved = [-x for x in vector]
        reader.insert([{"id": f"item {turn}", "vector": moved}])
        assert writer.search(moved, limit=1)[0]["id"] == f"item {turn}"
    writer.api.ok("DELETE", writer.item_path("item 0"))
    for view in views:
        assert len(view.all_ids()) == 29
        assert view.api.call("GET", view.item_path("item 0")).status_code == 404


def test_all_write_at_once_and_nothing_is_refused_or_lost(servers, project, random_vectors):
    collection = servers[0].api.create(project, "busy", 16)
    vectors = random_vectors(900, 16)

    def write(number: int) -> None:
        through = collection.through(servers[number % SERVERS].api)
        for start in range(number * 100, number * 100 + 100, 10):
            through.insert([{"id": f"{n}", "vector": vectors[n]} for n in range(start, start + 10)])

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(write, range(9)))
    for server in servers:
        view = collection.through(server.api)
        assert sorted(view.all_ids(), key=int) == [str(n) for n in range(900)]
        for n in range(0, 900, 45):
            assert view.search(vectors[n], limit=1)[0]["id"] == str(n)


def met_by_all(servers, project) -> list:
    """A collection that every server has used, seen through each of them."""
    collection = servers[0].api.create(project, "brief", 8)
    views = [collection.through(server.api) for server in servers]
    for number, view in enumerate(views):
        view.insert([{"id": f"old {number}", "vector": [1, 2, 3, 4, 5, 6, 7, 8]}])
    return views


def test_a_collection_deleted_by_one_takes_no_items_from_any(servers, project):
    views = met_by_all(servers, project)
    views[1].api.ok("DELETE", views[1].path)
    for view in views:
        body = {"vectors": [{"id": "late", "vector": [1, 2, 3, 4, 5, 6, 7, 8]}]}
        assert view.api.call("POST", f"{view.path}/items/batch", body).status_code == 404
        assert view.api.call("GET", view.path).status_code == 404


def test_what_is_stored_in_a_collection_made_anew_elsewhere_is_found(servers, project, random_vectors):
    views = met_by_all(servers, project)
    views[1].api.ok("DELETE", views[1].path)
    views[2].api.create(project, "brief", 8)
    stored = {f"new {number}": vector for number, vector in enumerate(random_vectors(SERVERS, 8))}
    for view, (item_id, vector) in zip(views, stored.items()):
        view.insert([{"id": item_id, "vector": vector}])
    for view in views:
        assert sorted(view.all_ids()) == sorted(stored)
        for item_id, vector in stored.items():
            assert [match["id"] for match in view.search(vector, limit=1)] == [item_id]


def test_a_collection_made_anew_with_another_dimension_takes_no_other(servers, project):
    views = met_by_all(servers, project)
    views[1].api.ok("DELETE", views[1].path)
    views[2].api.create(project, "brief", 4)
    for view in views:
        body = {"vectors": [{"id": "of eight", "vector": [1, 2, 3, 4, 5, 6, 7, 8]}]}
        assert 400 <= view.api.call("POST", f"{view.path}/items/batch", body).status_code < 500
    assert views[2].all_ids() == []
