"""The function under AWS's Runtime Interface Emulator, on the DynamoDB emulator, with events as AWS sends them."""

import base64
import json
import os
import random
import signal
import struct
import time

import pytest

from lambda_support import Answer, Function, Valve, memory, recorded, rest_event, version2_event
from whiplash_api import without_versions

KEY = "a-key-of-the-functions-own"


@pytest.fixture(scope="module")
def function(tmp_path_factory, emulator):
    """One function with a key of its own, shared by tests that keep to collections of their own."""
    with Function(tmp_path_factory.mktemp("function"), WHIPLASH_API_KEY=KEY, **emulator.settings) as function:
        yield function


@pytest.fixture
def collection(function, project) -> str:
    """The path of a new collection of three dimensions."""
    function.ok("POST", f"/projects/{project}/collections", {"name": "c", "n_features": 3})
    return f"/projects/{project}/collections/c"


def floats(vector: list[float]) -> str:
    """A vector in base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


# -- The API, through a REST API's events.

def test_the_whole_way_from_project_to_search_and_back(function, project):
    function.ok("POST", f"/projects/{project}/collections", {"collection_name": "c", "n_features": 3})
    path = f"/projects/{project}/collections/c"
    function.ok("POST", f"{path}/items", {"id": "x", "vector": [1, 0, 0], "metadata": {"n": 1}, "text": "ex"})
    inserted = function.ok(
        "POST", f"{path}/items/batch",
        {"vectors": [{"id": f"i{n}", "vector": [1, n, n * n]} for n in range(1, 300)]})
    assert without_versions(inserted) == {"message": "success", "count": 299}
    found = function.ok("POST", f"{path}/search", {"query": [1, 0, 0], "limit": 2})
    assert [match["id"] for match in found] == ["x", "i1"] and found[0]["dist"] == pytest.approx(1)
    assert function.ok("GET", f"{path}/search", {"query": [1, 0, 0], "limit": 2}) == found
    assert function.ok("GET", f"{path}/items/x")["text"] == "ex"
    function.ok("DELETE", f"{path}/items/x")
    assert function.call("GET", f"{path}/items/x").status == 404
    assert [match["id"] for match in function.ok("POST", f"{path}/search", {"query": [1, 0, 0], "limit": 1})] == ["i1"]
    explained = function.ok("POST", f"{path}/search", {"query": [1, 0, 0], "limit": 1, "explain": True})
    assert [match["id"] for match in explained["matches"]] == ["i1"]
    assert explained["explain"]["round_trips"] == 2 and explained["explain"]["store"]["cost"]["dollars"] > 0
    assert function.ok("GET", f"{path}/stats")["totals"]["collection"]["write_units"] >= 600
    page = function.ok("GET", f"{path}/items", query={"limit": "2", "include_vector": "false"})
    assert len(page["items"]) == 2 and page["cursor"]
    assert function.ok("GET", f"{path}/items", query={"cursor": page["cursor"], "limit": "500"})["cursor"] is None
    function.ok("DELETE", path)
    function.ok("DELETE", f"/projects/{project}")
    assert function.call("GET", f"/projects/{project}").status == 404


@pytest.mark.parametrize("item_id, encoded", [
    ("a/b", "a%2Fb"), ("50%", "50%25"), ("%2F", "%252F"), ("a b", "a%20b"), ("a+b", "a+b"), ("ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80"),
    ("q?x=1&y#z", "q%3Fx%3D1%26y%23z"), ("a;b|c", "a%3Bb%7Cc")])
def test_ids_are_decoded_exactly_once(function, collection, item_id, encoded):
    function.ok("POST", f"{collection}/items", {"id": item_id, "vector": [1, 2, 3]})
    assert function.ok("GET", f"{collection}/items/{encoded}")["id"] == item_id
    by_url = version2_event("function-url", "GET", f"{collection}/items/{encoded}", key=KEY)
    assert Answer(function.invoke(by_url)).json["id"] == item_id
    function.ok("PATCH", f"{collection}/items/{encoded}", {"text": "told"})
    function.ok("DELETE", f"{collection}/items/{encoded}")
    assert function.ok("GET", f"{collection}/items")["items"] == []


def test_an_http_api_brings_decoded_paths(function, collection):
    function.ok("POST", f"{collection}/items", {"id": "50% ü+", "vector": [1, 2, 3]})
    event = version2_event("http-api", "GET", f"/live{collection}/items/50% ü+", key=KEY)
    event["requestContext"]["stage"] = "live"
    assert Answer(function.invoke(event)).json["id"] == "50% ü+"


def test_the_base_path_of_a_custom_domain_is_no_part_of_the_route(function, collection):
    event = rest_event("GET", collection)
    event["path"] = "/vectors/v1" + collection
    assert Answer(function.invoke(event)).status == 200


def test_bodies_in_base64_are_as_good_as_text(function, collection):
    item = json.dumps({"id": "ü", "vector": [1, 2, 3]}, ensure_ascii=False).encode()
    assert function.ok("POST", f"{collection}/items", item)["message"] == "success"
    assert function.ok("GET", f"{collection}/items/%C3%BC")["vector"] == [1, 2, 3]


def test_bad_input_is_answered_and_stores_nothing(function, collection):
    wrong = [
        ("POST", "/items", {"id": "x", "vector": [1, 2]}, 400), ("POST", "/items", '{"id": "x", "vector": [1, 2, ', 400),
        ("POST", "/items", b"\xff\xfe{", 400), ("POST", "/items", None, 400),
        ("POST", "/items", '{"id": "x", "vector": [1, 2, 1e39]}', 400), ("POST", "/items", {"id": "x", "vector": [0, 0, 0]}, 400),
        ("POST", "/search", {"query": [1, 2, 3], "limit": 0}, 400), ("GET", "/items/absent", None, 404),
        ("GET", "/items/%ff", None, 400), ("GET", "/items/%4", None, 400), ("POST", "/tune", {"more": 1}, 400)]
    for method, path, body, status in wrong:
        answer = function.call(method, collection + path, body)
        assert answer.status == status and answer.code, (method, path, answer.json)
    assert function.call("POST", "/projects/absent/collections/c/search", {"query": [1]}).status == 404
    assert function.ok("GET", f"{collection}/items")["items"] == []


def test_what_is_no_http_event_is_told_so(function):
    events = [
        {}, [], None, "text", 7, {"key1": "value1", "key2": "value2", "key3": "value3"},
        {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}, {"source": "aws.events", "detail-type": "Another Event"},
        recorded("load-balancer"), {**recorded("rest"), "body": {"not": "a string"}},
        {**recorded("rest"), "body": "not base64", "isBase64Encoded": True}, b"{", b"\xff\xfe", b'{"httpMethod": "GET", "path": 1}']
    for event in events:
        answer = Answer(function.invoke(event))
        assert (answer.status, answer.code) == (400, "invalid"), event
    assert function.call("GET", "/health").status == 200


def test_the_consoles_test_is_answered(function):
    assert "projects" in Answer(function.invoke(recorded("rest-console-test"))).json


def test_the_hourly_event_tunes_what_has_outgrown_memory_and_verifies(tmp_path, emulator, project):
    settings = {"WHIPLASH_CACHE_MB": "0", "MAX_ITEMS_PER_BUCKET": "100", **emulator.settings}
    hourly = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": [], "detail": {}}
    # Given fifteen seconds at a time, it has to go on where it stopped.
    with Function(tmp_path, timeout_seconds=15, WHIPLASH_API_KEY=KEY, STAGE="hourly", **settings) as function:
        function.ok("POST", f"/projects/{project}/collections", {"name": "c", "n_features": 8})
        path, draw = f"/projects/{project}/collections/c", random.Random(8)
        items = [{"id": f"i{n}", "vector": [draw.gauss(0, 1) for _ in range(8)]} for n in range(600)]
        function.ok("POST", f"{path}/items/batch", {"vectors": items})
        assert function.invoke(hourly)["tuned"] == [], "no search has found it too large yet"
        function.ok("POST", f"{path}/search", {"query": items[0]["vector"]})
        reports = [function.invoke(hourly) for _ in range(4)]
        assert any(f"{project}_hourly_c" in report["tuned"] for report in reports), reports
        assert sum(report["mended"] for report in reports) == 0
        assert function.ok("POST", f"{path}/tune")["generation"] >= 1
        for item in items[::60]:
            assert function.ok("POST", f"{path}/search", {"query": item["vector"], "limit": 1})[0]["id"] == item["id"]


def test_metrics_are_logged_for_cloudwatch_where_they_are_wanted(tmp_path, emulator, function):
    with Function(tmp_path, WHIPLASH_API_KEY=KEY, WHIPLASH_METRICS="true", **emulator.settings) as counting:
        assert counting.call("GET", "/health").status == 200
        assert counting.call("GET", "/projects/absent-project").status == 404
        lines = [json.loads(line) for line in counting.log.splitlines() if '"_aws"' in line]
    assert [(line["Operation"], line["Status"], line["ServerErrors"]) for line in lines] == [
        ("getHealth", 200, 0), ("getProject", 404, 0)]
    for line in lines:
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Whiplash" and directive["Dimensions"] == [[], ["Operation"]]
        assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 600
        assert {metric["Name"]: type(line[metric["Name"]]) in (int, float) for metric in directive["Metrics"]} == dict.fromkeys(
            ["Duration", "Requests", "ServerErrors", "BytesIn", "BytesOut"], True)
    assert '"_aws"' not in function.log


# -- Keys.

@pytest.mark.parametrize("front", ["http-api", "function-url"])
def test_the_function_itself_checks_keys_that_nothing_before_it_has(function, front):
    assert Answer(function.invoke(version2_event(front, "GET", "/projects", key=KEY))).status == 200
    for key, status in ((None, 401), ("", 401), (KEY[:-1], 403), (KEY + "x", 403), ("x" * len(KEY), 403)):
        assert Answer(function.invoke(version2_event(front, "GET", "/projects", key=key))).status == status
    assert Answer(function.invoke(version2_event(front, "GET", "/health"))).status == 200
    assert Answer(function.invoke(version2_event(front, "OPTIONS", "/projects"))).status == 204


@pytest.mark.parametrize("front", ["http-api", "function-url"])
def test_an_event_cannot_pass_for_one_whose_key_was_checked(function, front):
    event = {**recorded("rest"), **version2_event(front, "GET", "/projects")}
    event["requestContext"] = {**recorded("rest")["requestContext"], **event["requestContext"]}
    del event["multiValueHeaders"]
    assert Answer(function.invoke(event)).status == 401


def test_a_rest_method_that_demands_no_key_has_its_key_checked_here(function):
    event = rest_event("GET", "/projects")
    event["requestContext"]["identity"]["apiKey"] = event["requestContext"]["identity"]["apiKeyId"] = None
    assert Answer(function.invoke(event)).status == 403
    event["headers"]["x-API-key"] = KEY
    assert Answer(function.invoke(event)).status == 200


def test_without_a_key_of_its_own_the_function_refuses_all_but_the_gateways_word(tmp_path, emulator):
    with Function(tmp_path, **emulator.settings) as function:
        for front in ("http-api", "function-url"):
            for key in (None, "", KEY):
                assert Answer(function.invoke(version2_event(front, "GET", "/projects", key=key))).status == 403
        assert function.call("GET", "/projects").status == 200


# -- Limits.

def test_an_answer_beyond_lambdas_limit_is_a_413(function, project):
    function.ok("POST", f"/projects/{project}/collections", {"name": "wide", "n_features": 4096})
    path = f"/projects/{project}/collections/wide"
    numbers = random.Random(1)
    items = [{"id": f"i{n}", "vector": floats([numbers.uniform(-1, 1) for _ in range(4096)])} for n in range(180)]
    for start in range(0, len(items), 90):
        function.ok("POST", f"{path}/items/batch", {"vectors": items[start : start + 90]})
    ids = [item["id"] for item in items]
    answer = function.call("POST", f"{path}/items/batch/get", {"ids": ids})
    assert (answer.status, answer.code) == (413, "answer_too_large")
    assert len(function.ok("POST", f"{path}/items/batch/get", {"ids": ids, "include_vector": False})["items"]) == 180
    assert len(function.ok("POST", f"{path}/items/batch/get", {"ids": ids[:60]})["items"]) == 60


def test_a_search_is_cut_off_in_time_and_says_so(tmp_path, emulator, project):
    valve = Valve(emulator.port)
    settings = {**emulator.settings, "AWS_ENDPOINT_URL_DYNAMODB": valve.url}
    with Function(tmp_path, timeout_seconds=3, **settings) as function:
        function.ok("POST", f"/projects/{project}/collections", {"name": "c", "n_features": 3})
        path = f"/projects/{project}/collections/c"
        function.ok("POST", f"{path}/items", {"id": "x", "vector": [1, 2, 3]})
        pid = function.pid
        valve.shut()
        start = time.monotonic()
        answer = function.call("POST", f"{path}/search", {"query": [1, 2, 3]})
        took = time.monotonic() - start
        assert (answer.status, answer.code) == (503, "timeout") and took < 3
        print(f"\ncut off after {took:.2f} s of 3")
        valve.open()
        assert [match["id"] for match in function.ok("POST", f"{path}/search", {"query": [1, 2, 3]})] == ["x"]
        assert function.pid == pid, "the process was started anew"
    valve.close()


# -- Long life.

@pytest.mark.parametrize("end, seconds", [
    (lambda valve: valve.cut(False), 5), (lambda valve: valve.cut(True), 5), (Valve.forget, 8)],
    ids=["closed", "reset", "silent"])
def test_a_frozen_function_thaws_to_connections_that_are_gone(tmp_path, emulator, project, end, seconds):
    """Lambda stops the process between events; meanwhile DynamoDB ends the connections that it keeps, or something on the
    way forgets them. Of that nothing is heard, so that finding it out takes a wait, but one alone."""
    valve = Valve(emulator.port)
    settings = {**emulator.settings, "AWS_ENDPOINT_URL_DYNAMODB": valve.url}
    with Function(tmp_path, **settings) as function:
        function.ok("POST", f"/projects/{project}/collections", {"name": "c", "n_features": 3})
        path = f"/projects/{project}/collections/c"
        pid = function.pid
        for number in range(4):
            os.kill(pid, signal.SIGSTOP)
            assert end(valve) > 0
            os.kill(pid, signal.SIGCONT)
            start = time.monotonic()
            function.ok("POST", f"{path}/items", {"id": f"i{number}", "vector": [1, number, 3]})
            found = function.ok("POST", f"{path}/search", {"query": [1, number, 3], "limit": 1})
            assert [match["id"] for match in found] == [f"i{number}"]
            took = time.monotonic() - start
            print(f"\nthawed and answered in {took:.2f} s")
            assert took < seconds
        assert function.pid == pid, f"the process was started anew\n{function.log[-2000:]}"
    valve.close()


def mixed_event(number: int, collection: str, numbers: random.Random) -> tuple[object, set[int]]:
    """An event of a busy and not too well-behaved day, and the statuses that are right for it."""
    vector = [numbers.uniform(-1, 1) for _ in range(3)]
    match number % 20:
        case 0: return rest_event("POST", f"{collection}/items", {"id": f"i{number % 400}", "vector": vector}), {200}
        case 1: return rest_event("POST", f"{collection}/search", {"query": vector, "limit": 5}), {200}
        case 2: return rest_event("GET", f"{collection}/items/i{number % 400}"), {200, 404}
        case 3: return rest_event("POST", f"{collection}/items", {"id": "", "vector": vector}), {400}
        case 4: return rest_event("POST", f"{collection}/items", "{" * (number % 600)), {400}
        case 5: return {"Records": [number] * (number % 50)}, {400}
        case 6: return version2_event("function-url", "GET", "/projects", key="wrong" * (number % 7)), {401, 403}
        case 7: return numbers.randbytes(number % 500), {400}
        case 8: return rest_event("POST", f"{collection}/search", {"query": [number] * (number % 1000), "limit": 5}), {400}
        case 9: return rest_event("DELETE", f"{collection}/nothing/here"), {404, 405}
        case _: return rest_event("GET", "/health"), {200}


def test_ten_thousand_invocations_without_a_crash_or_a_leak(tmp_path, emulator, project):
    count, numbers, resident = 10_000, random.Random(7), {}
    with Function(tmp_path, WHIPLASH_API_KEY=KEY, **emulator.settings) as function:
        function.ok("POST", f"/projects/{project}/collections", {"name": "c", "n_features": 3})
        collection = f"/projects/{project}/collections/c"
        pid, start = function.pid, time.monotonic()
        for number in range(1, count + 1):
            event, statuses = mixed_event(number, collection, numbers)
            answer = Answer(function.invoke(event))
            assert answer.status in statuses, (event, answer.json)
            if number in (1000, count):
                resident[number] = memory(pid)
        took = time.monotonic() - start
        assert function.pid == pid, f"the process ended and was started anew\n{function.log[-2000:]}"
        print(
            f"\n{count} invocations in {took:.0f} s; resident {resident[1000]['VmRSS']:.1f} MB after 1000, "
            f"{resident[count]['VmRSS']:.1f} MB after all, {resident[count]['VmHWM']:.1f} MB at most")
        assert resident[count]["VmHWM"] < 40
        assert resident[count]["VmRSS"] - resident[1000]["VmRSS"] < 3
        assert KEY not in function.log and emulator.secret_key not in function.log
