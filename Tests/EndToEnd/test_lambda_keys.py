"""Keys that API Gateway checks, each with what `WHIPLASH_KEYS` lets it do: the function behind a REST API, on the DynamoDB emulator."""

import json

import pytest

from gateway import Gateway
from lambda_support import Answer, Function, version2_event
from whiplash_api import API, Collection

# What clients send, and the id that the gateway has given each key of the usage plan.
PLAN = {f"the-key-of-the-{name}": f"id0of0{name}" for name in ("owner", "reader", "writer", "editor", "keeper", "tenant", "stranger")}
KEYS = [
    {"api_key_id": "id0of0owner"},
    {"api_key_id": "id0of0reader", "name": "shop window", "scopes": ["read"]},
    {"api_key_id": "id0of0writer", "scopes": ["write"]},
    {"api_key_id": "id0of0editor", "scopes": ["read", "write"]},
    {"api_key_id": "id0of0keeper", "scopes": ["admin"]},
    {"api_key_id": "id0of0tenant", "projects": ["tenant-7", "tenant-8"]},
    {"key": "the-key-of-a-service", "name": "service", "scopes": ["read"]},
]
REFUSED = ("forbidden", 403)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, emulator):
    settings = {"WHIPLASH_KEYS": json.dumps(KEYS), "STAGE": "keys", **emulator.settings}
    with Function(tmp_path_factory.mktemp("keys"), **settings) as function, Gateway(function, PLAN) as gateway:
        yield gateway


@pytest.fixture
def holder(gateway):
    """`holder(name)`: the API as who holds this key meets it."""
    return lambda name: API(gateway.url, f"the-key-of-the-{name}")


@pytest.fixture
def books(holder, project) -> Collection:
    collection = holder("owner").create(project, "books", 2)
    collection.insert([{"id": "a", "vector": [1, 2], "text": "kept"}, {"id": "b", "vector": [2, 1]}])
    return collection


# Requests of a collection, with what is answered to a key that may make them.
READS = [
    ("GET", "", None, 200), ("GET", "/items", None, 200), ("GET", "/items/a", None, 200), ("GET", "/stats", None, 200),
    ("POST", "/search", {"query": [1, 2]}, 200), ("GET", "/search", {"query": [1, 2]}, 200), ("POST", "/search/page", {"query": [1, 2]}, 200),
    ("POST", "/search/batch", {"searches": [{"id": "a"}]}, 200), ("POST", "/items/batch/get", {"ids": ["a"]}, 200),
    ("POST", "/items/select", {}, 200), ("POST", "/items/count", {}, 200)]
WRITES = [
    ("POST", "/items", {"id": "c", "vector": [1, 1]}, 200), ("POST", "/items/batch", {"vectors": [{"id": "d", "vector": [1, 1]}]}, 200),
    ("PUT", "/items/e", {"vector": [1, 1]}, 200), ("DELETE", "/items/b", None, 200), ("POST", "/items/batch/delete", {"ids": ["b"]}, 200),
    ("POST", "/items/batch/delete", {"filter": {"n": 1}}, 200)]
# Of which the answer is what was stored.
CHANGES = [("PATCH", "/items/a", {"metadata": {"n": 2}}, 200)]
TENDING = [
    ("PATCH", "", {"description": "changed"}, 200), ("POST", "/tune", None, 200), ("POST", "/verify", None, 200),
    ("POST", "/clone", {"name": "books"}, 409), ("POST", "/rename", {"name": "renamed"}, 200), ("DELETE", "", None, 404)]
ALL = [*READS, *WRITES, *CHANGES, *TENDING]


@pytest.mark.parametrize("name, may", [
    ("reader", READS), ("writer", WRITES), ("editor", [*READS, *WRITES, *CHANGES]), ("keeper", TENDING), ("owner", ALL)])
def test_a_key_does_what_its_scopes_say_and_no_more(holder, books, name, may):
    through = books.through(holder(name))
    stored = books.api.ok("GET", f"{books.path}/items")
    for method, rest, body, _ in [request for request in ALL if request not in may]:
        answer = through.api.call(method, through.path + rest, body)
        assert answer.status_code == 403, (method, rest, answer.text)
        assert answer.json()["error"]["code"] == "forbidden" and "scope" in answer.json()["message"]
    assert books.api.ok("GET", f"{books.path}/items") == stored
    assert "description" not in books.api.ok("GET", books.path)
    for method, rest, body, status in may:
        answer = through.api.call(method, through.path + rest, body)
        assert answer.status_code == status, (method, rest, answer.text)


def test_a_key_of_two_projects_sees_no_other(holder, books):
    tenant, owner = holder("tenant"), holder("owner")
    own = tenant.create("tenant-7", "books", 2)
    own.insert([{"id": "mine", "vector": [1, 2]}])
    assert [match["id"] for match in own.search([1, 2])] == ["mine"]
    assert list(tenant.ok("GET", "/projects")["projects"]) == ["tenant-7"]
    assert {books.project, "tenant-7"} <= owner.ok("GET", "/projects")["projects"].keys()
    for method, path, body in [
        ("GET", f"/projects/{books.project}", None), ("DELETE", f"/projects/{books.project}", None), ("POST", "/projects", {"name": "tenant-9"}),
        ("GET", f"/projects/{books.project}/aliases", None), ("GET", "/projects/tenant-70", None),
        ("POST", "/projects/tenant-9/collections", {"name": "c", "n_features": 2}),
        *((method, books.path + rest, body) for method, rest, body, _ in ALL),
    ]:
        answer = tenant.call(method, path, body)
        assert (answer.json()["error"]["code"], answer.status_code) == REFUSED, (method, path)
        assert "kept" not in answer.text
    assert sorted(books.all_ids()) == ["a", "b"]
    assert "tenant-9" not in owner.ok("GET", "/projects")["projects"]
    # The other of its projects it may make, and remove what is its own.
    tenant.ok("POST", "/projects", {"name": "tenant-8"})
    for project in ("tenant-7", "tenant-8"):
        tenant.ok("DELETE", f"/projects/{project}")
    assert tenant.ok("GET", "/projects") == {"projects": {}}


def test_a_key_of_the_plan_that_is_not_listed_may_do_nothing(holder, books):
    stranger = holder("stranger")
    for method, path, body in [("GET", "/projects", None), *((method, books.path + rest, body) for method, rest, body, _ in ALL)]:
        answer = stranger.call(method, path, body)
        assert (answer.json()["error"]["code"], answer.status_code) == REFUSED
        assert "WHIPLASH_KEYS" in answer.json()["message"]
    assert stranger.ok("GET", "/health") == {"status": "ok"}
    assert sorted(books.all_ids()) == ["a", "b"]


def test_a_key_that_the_plan_has_not_does_not_reach_the_function(gateway, books):
    """Nor do those that WHIPLASH_KEYS has for where no gateway checks them, nor the ids."""
    for key in ("wrong", "the-key-of-a-service", "id0of0owner", None):
        api = API(gateway.url, key)
        for method, rest, body, _ in READS[:3]:
            answer = api.call(method, books.path + rest, body)
            assert (answer.json()["error"]["code"], answer.status_code) == REFUSED


def test_where_no_gateway_checks_keys_the_listed_ones_are_good_and_ids_are_none(gateway):
    def status(key: str | None, method: str = "GET", path: str = "/projects") -> int:
        return Answer(gateway.function.invoke(version2_event("function-url", method, path, key=key))).status

    assert status("the-key-of-a-service") == 200
    assert status("the-key-of-a-service", "DELETE", "/projects/none") == 403
    assert [status(key) for key in ("id0of0owner", "the-key-of-the-owner", "", None)] == [403, 403, 401, 401]


def test_totals_are_told_by_the_gateways_keys(holder, books):
    path = f"{books.path}/stats"
    reader = books.through(holder("reader"))
    before = reader.api.ok("GET", path)["totals"]
    books.insert([{"id": "c", "vector": [1, 1]}])
    reader.search([1, 2])
    after = reader.api.ok("GET", path)["totals"]
    assert after["key"]["rows_written"] == before["key"]["rows_written"] == 0
    assert after["key"]["read_units"] > before["key"]["read_units"]
    assert after["collection"]["rows_written"] > before["collection"]["rows_written"]
