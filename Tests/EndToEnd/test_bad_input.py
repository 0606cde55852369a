"""Whatever breaks a rule gets a clear 4xx over HTTP, and nothing of it is stored."""

import json

import pytest

SMALL = "/projects/{project}/collections/small"


def check_refused(answer, status: int, code: str) -> None:
    """The answer has this status and the one shape of errors."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    body = answer.json()
    assert (body["error"]["status"], body["error"]["code"]) == (status, code)
    assert body["message"] == body["error"]["message"]
    assert len(body["message"]) > 10


@pytest.fixture
def refuses(small):
    """`refuses(method, path, body, …)`: the request is refused, and the collection is as it was."""
    listed = small.api.ok("GET", f"{small.path}/items")

    def check(method: str, path: str, body, status: int = 400, code: str = "invalid", about: str = ""):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        answer = small.api.call(method, path.format(project=small.project), data=data)
        check_refused(answer, status, code)
        assert about in answer.json()["message"]
        assert small.api.ok("GET", f"{small.path}/items") == listed

    return check


def item(vector: str) -> bytes:
    """An item whose vector is written just so."""
    return b'{"id": "new", "vector": ' + vector.encode() + b"}"


@pytest.mark.parametrize("vector", [
    "[1, 2]", "[1, 2, 3, 4]", "[]", "[NaN, 1, 1]", "[1, Infinity, 1]", "[1, -Infinity, 1]", "[1, 1e39, 1]",
    "[1, -3.5e38, 1]", "[1, 1e400, 1]", "[0, 0, 0]", "[1e-60, 0, 0]", "[1, null, 1]", '["1", 1, 1]', "[[1], 1, 1]",
    "[1, true, 1]", "[01, 1, 1]", "[1., 1, 1]", "[+1, 1, 1]", "[0x1, 1, 1]", "[1, 1, 1,]", "null", "3", "{}", '"AAAA"',
    '"not base64!"', '"AADAfwAAgD8AAIA/"', '"AACAfwAAgD8AAIA/"', '"AAAAAAAAAAAAAAAA"',
])
def test_a_vector_that_is_none_for_this_collection(refuses, vector):
    refuses("POST", SMALL + "/items", item(vector), about="vector")
    refuses("POST", SMALL + "/items/batch", b'{"vectors": [{"id": "good", "vector": [1, 1, 1]}, ' + item(vector) + b"]}")
    refuses("PUT", SMALL + "/items/new", b'{"vector": ' + vector.encode() + b"}", about="vector")
    if vector != "null":
        refuses("PATCH", SMALL + "/items/kept", b'{"vector": ' + vector.encode() + b"}", about="vector")
    refuses("POST", SMALL + "/search", b'{"query": ' + vector.encode() + b"}", about="query")


@pytest.mark.parametrize("id", ["", "x" * 513, "ä" * 257, "a\nb", "a\u0000b", "\u007f", "a\u0085b", 7, None, ["a"]])
def test_an_id_outside_the_rules(refuses, id):
    refuses("POST", SMALL + "/items", {"id": id, "vector": [1, 1, 1]}, about="id")
    refuses("POST", SMALL + "/items/batch", {"vectors": [{"id": "good", "vector": [1, 1, 1]}, {"id": id, "vector": [1, 1, 1]}]})


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_http_clients_take_for_a_folder(refuses, name):
    """Clients shorten `…/collections/c/items/..` to `…/collections/c/`: deleting such an item would delete more."""
    refuses("POST", SMALL + "/items", {"id": name, "vector": [1, 1, 1]}, about="id")
    refuses("POST", "/projects", {"name": name})
    refuses("POST", "/projects/{project}/collections", {"name": name, "n_features": 3}, about="name")


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "näh", "a/b", "a:b", "../up", "a\u0000", 5, None, True])
def test_a_name_outside_the_rules(refuses, name):
    refuses("POST", "/projects", {"name": name})
    refuses("POST", "/projects/{project}/collections", {"name": name, "n_features": 3})


@pytest.mark.parametrize("name", ["two%20words", "n%C3%A4h", "x" * 65, "%00"])
def test_a_name_outside_the_rules_in_a_path(small, name):
    answer = small.api.call("POST", f"/projects/{name}/collections", {"name": "c", "n_features": 3})
    check_refused(answer, 400, "invalid")


@pytest.mark.parametrize("change", [
    {"n_features": 0}, {"n_features": -3}, {"n_features": 4097}, {"n_features": 1.5}, {"n_features": "3"},
    {"n_features": None}, {"n_features": 1e30}, {"n_features": True}, {"n_planes": 0}, {"n_planes": 65}, {"bit_start": 0},
    {"bit_start": 31}, {"bit_scale_factor": -1}, {"bit_scale_factor": 31}, {"metric": "manhattan"}, {"metric": 1},
    {"nfeatures": 3},
])
def test_a_collection_outside_the_rules(refuses, change):
    refuses("POST", "/projects/{project}/collections", {"name": "other", "n_features": 3} | change)


def test_a_collection_without_its_fields(refuses):
    refuses("POST", "/projects/{project}/collections", {"n_features": 3}, about="name")
    refuses("POST", "/projects/{project}/collections", {"name": "other"}, about="n_features")
    refuses("POST", "/projects/{project}/collections", {"name": "a", "collection_name": "b", "n_features": 3})


def test_a_collection_that_is_there_already(refuses):
    refuses("POST", "/projects/{project}/collections", {"name": "small", "n_features": 3}, 409, "already_exists")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"text"', b"{'id': 1}", b'{"id": "new", "vector": [1,1,1]} more', b'{"id": "new"',
    b"\xef\xbb\xbf{}", b'{"id": "\xff", "vector": [1,1,1]}', b'{"id": "\\ud800", "vector": [1,1,1]}',
    b'{"id": "new", "id": "newer", "vector": [1,1,1]}', b'{"id": "new"}', b'{"vector": [1,1,1]}',
    b'{"id": "new", "vector": [1,1,1], "metadata": "text"}', b'{"id": "new", "vector": [1,1,1], "metadata": [1]}',
    b'{"id": "new", "vector": [1,1,1], "text": 5}', b'{"id": "new", "vector": [1,1,1], "colour": "red"}',
    b'{"id": "new", "vector": [1,1,1], "metadata": {"a": 1, "b": }}',
])
def test_a_body_that_is_no_item(refuses, body):
    refuses("POST", SMALL + "/items", body)


@pytest.mark.parametrize("opened", [b"[", b'{"a":'])
def test_a_body_nested_beyond_all_measure(refuses, opened):
    deep = opened * 200_000
    refuses("POST", SMALL + "/items", deep)
    refuses("POST", SMALL + "/items", b'{"id": "new", "vector": [1,1,1], "metadata": {"a": ' + deep + b"}}")
    refuses("POST", SMALL + "/items", b'{"id": "new", "vector": ' + deep + b"}")


def test_an_id_twice_in_a_batch(refuses):
    twice = [{"id": name, "vector": [1, 1, 1]} for name in ("one", "two", "one")]
    refuses("POST", SMALL + "/items/batch", {"vectors": twice}, about="vectors[2].id")


def test_a_batch_that_is_none(refuses):
    for vectors in ([], {}, None, "text", [1], [None], [[]]):
        refuses("POST", SMALL + "/items/batch", {"vectors": vectors})
    refuses("POST", SMALL + "/items/batch", {})
    refuses("POST", SMALL + "/items/batch", {"vectors": [{"id": f"{n}", "vector": [1, 1, 1]} for n in range(10_001)]})


@pytest.mark.parametrize("operation", ["get", "delete"])
def test_ids_that_are_none(refuses, operation):
    for ids in ([], None, "kept", [1], [None], ["kept"] * 1001):
        refuses("POST", f"{SMALL}/items/batch/{operation}", {"ids": ids})
    refuses("POST", f"{SMALL}/items/batch/{operation}", {})


def test_an_item_over_400_kilobytes(refuses):
    big = {"id": "new", "vector": [1, 1, 1]}
    refuses("POST", SMALL + "/items", big | {"text": "x" * 410_000}, 413, "item_too_large")
    refuses("POST", SMALL + "/items", big | {"metadata": {"a": "ä" * 205_000}}, 413, "item_too_large")
    batch = {"vectors": [{"id": "good", "vector": [1, 1, 1]}, big | {"text": "x" * 410_000}]}
    refuses("POST", SMALL + "/items/batch", batch, 413, "item_too_large")


@pytest.mark.parametrize("limit", [0, -1, 1001, 1e30, 1.5, "5", True, []])
def test_a_limit_out_of_range(refuses, limit):
    refuses("POST", SMALL + "/search", {"query": [1, 1, 1], "limit": limit}, about="limit")


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1e2", "1.5", "", "many", "%31%00"])
def test_a_page_size_out_of_range(refuses, limit):
    refuses("GET", f"{SMALL}/items?limit={limit}", None, about="limit")


@pytest.mark.parametrize("change", [
    {"min_score": "high"}, {"max_distance": []}, {"exact": 1}, {"include_vector": "yes"}, {"consistency": "none"},
    {"min_score": 1e39}, {"top_k": 5}, {"target_recall": "high"}, {"target_recall": 0.49}, {"target_recall": 1},
    {"target_recall": 0.9, "exact": True},
])
def test_a_search_outside_the_rules(refuses, change):
    refuses("POST", SMALL + "/search", {"query": [1, 1, 1]} | change, about=next(iter(change)))


def test_pages_that_are_none(refuses):
    refuses("GET", SMALL + "/items?cursor=made-up", None)
    refuses("GET", SMALL + "/items?limit=5&limit=6", None)
    refuses("GET", SMALL + "/items?size=5", None)
    refuses("GET", SMALL + "/items?include_vector=maybe", None)


@pytest.mark.parametrize("method,path,body", [
    ("GET", "/projects/nowhere", None), ("GET", "/projects/nowhere/collections", None),
    ("GET", "/projects/nowhere/collections/small", None), ("GET", "/projects/{project}/collections/none", None),
    ("POST", "/projects/{project}/collections/none/items", {"id": "a", "vector": [1, 1, 1]}),
    ("POST", "/projects/{project}/collections/none/items/batch", {"vectors": [{"id": "a", "vector": [1, 1, 1]}]}),
    ("POST", "/projects/{project}/collections/none/search", {"query": [1, 1, 1]}),
    ("GET", "/projects/{project}/collections/none/items", None), ("GET", SMALL + "/items/none", None),
    ("PATCH", SMALL + "/items/none", {"text": "new"}), ("GET", "/", None), ("GET", "/nothing", None),
    ("GET", SMALL + "/items/kept/more", None),
])
def test_what_is_not_there(refuses, method, path, body):
    refuses(method, path, body, 404, "not_found")


@pytest.mark.parametrize("path,body", [
    ("/items", {"id": "new", "vector": [1, 1, 1], "group": "me"}), ("/search", {"query": [1, 1, 1], "group": "me"}),
])
def test_a_group_where_there_are_none(refuses, path, body):
    refuses("POST", SMALL + path, body, 400, "invalid", "group")


def test_a_method_that_a_path_does_not_take(small):
    answer = small.api.call("DELETE", f"{small.path}/search")
    check_refused(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("key,status,code", [
    (None, 401, "unauthorized"), ("", 401, "unauthorized"), ("wrong", 403, "forbidden"),
    ("a-key-for-these-tests-alonE", 403, "forbidden"), ("a-key-for-these-tests-alone-", 403, "forbidden"),
])
def test_a_key_that_does_not_open(sqlite_server, small, key, status, code):
    for method, path in [("GET", "/projects"), ("DELETE", small.path), ("GET", "/nothing"), ("POST", f"{small.path}/items")]:
        answer = small.api.call(method, path, headers={"x-api-key": key})
        check_refused(answer, status, code)
        assert not key or key not in answer.text
    assert small.all_ids() == ["kept"]


def test_health_needs_no_key(small):
    assert small.api.call("GET", "/health", headers={"x-api-key": None}).json() == {"status": "ok"}
