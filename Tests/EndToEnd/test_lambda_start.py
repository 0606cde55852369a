"""The function's start, failed starts, log and memory, by a Runtime API of the tests' own."""

import json
import re
import statistics
import subprocess
import time

import pytest

from lambda_support import ScriptedRuntimeAPI, memory, rest_event, version2_event
from whiplash_server import built, clean_environment

KEY = "a-key-of-the-functions-own"
STARTS = 11
SECONDS = 30


@pytest.fixture
def runtime_api():
    with ScriptedRuntimeAPI() as api:
        yield api


def end(process: subprocess.Popen) -> str:
    """Ends the process; gives what it wrote to standard error."""
    process.kill()
    return process.communicate(timeout=SECONDS)[1].decode()


def objects(log: str) -> list[dict]:
    """Log lines, each of which has to be one that Lambda can filter by level."""
    found = [json.loads(line) for line in log.splitlines()]
    for line in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])
        assert line["level"] in {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"} and line["message"]
    return found


def test_the_first_next_comes_within_50_ms_of_the_start(tmp_path, emulator):
    took, resident = [], []
    for _ in range(STARTS):
        with ScriptedRuntimeAPI() as api:
            start = time.monotonic()
            process = api.start(tmp_path, **emulator.settings)
            assert api.asked.wait(SECONDS), end(process)
            took.append((api.first_next - start) * 1000)
            resident.append(memory(process.pid)["VmRSS"])
            assert end(process) == ""
    print(
        f"\nfirst next after {min(took):.1f} ms at best, {statistics.median(took):.1f} ms in the median of {STARTS}; "
        f"resident {statistics.median(resident):.1f} MB")
    # The best of them, since the machine may be busy with something else.
    assert min(took) < 50
    assert max(resident) < 40


def test_a_small_collection_takes_less_than_40_mb(tmp_path, emulator, runtime_api, project):
    process = runtime_api.start(tmp_path, **emulator.settings)
    path = f"/projects/{project}/collections"
    vectors = [{"id": f"i{n}", "vector": [(n * 7 + k) % 11 - 5.25 for k in range(384)]} for n in range(1000)]
    events = [rest_event("POST", path, {"name": "c", "n_features": 384})]
    for start in range(0, len(vectors), 200):
        events.append(rest_event("POST", f"{path}/c/items/batch", {"vectors": vectors[start : start + 200]}))
    events += [rest_event("POST", f"{path}/c/search", {"query": v["vector"], "limit": 10}) for v in vectors[:50]]
    for event in events:
        runtime_api.give(event)
        route, _, body = runtime_api.posts.get(timeout=SECONDS)
        assert route.endswith("/response") and json.loads(body)["statusCode"] == 200
    used = memory(process.pid)
    end(process)
    print(f"\n1000 items of 384 dimensions, 50 searches: resident {used['VmRSS']:.1f} MB, {used['VmHWM']:.1f} MB at most")
    assert used["VmHWM"] < 40


def test_the_invocation_id_comes_back_when_there_is_one(tmp_path, emulator, runtime_api):
    process = runtime_api.start(tmp_path, **emulator.settings)
    runtime_api.give(rest_event("GET", "/health"), **{"Lambda-Runtime-Invocation-Id": "0c9b-1"})
    runtime_api.give(rest_event("GET", "/health"))
    headers = [runtime_api.posts.get(timeout=SECONDS)[1] for _ in range(2)]
    end(process)
    assert [h.get("Lambda-Runtime-Invocation-Id") for h in headers] == ["0c9b-1", None]


@pytest.mark.parametrize("wrong, named", [
    ({"MAX_ITEMS_PER_BUCKET": "none", "DEFAULT_N_PLANES": "0", "STAGE": "a b"},
     ["MAX_ITEMS_PER_BUCKET", "DEFAULT_N_PLANES", "STAGE"]),
    ({"WHIPLASH_STORE": "sqlite"}, ["WHIPLASH_STORE", "dynamodb"]),
    ({"AWS_ENDPOINT_URL_DYNAMODB": "nowhere"}, ["AWS_ENDPOINT_URL_DYNAMODB"]),
    ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, ["redentials"])])
def test_a_start_that_fails_is_reported_once_and_ends_the_process(tmp_path, emulator, runtime_api, wrong, named):
    process = runtime_api.start(tmp_path, **{**emulator.settings, **wrong})
    log = process.communicate(timeout=SECONDS)[1].decode()
    assert process.returncode == 1
    assert not runtime_api.asked.is_set(), "it asked for an event all the same"
    path, headers, body = runtime_api.posts.get_nowait()
    assert path == "/2018-06-01/runtime/init/error" and runtime_api.posts.empty()
    assert headers["Lambda-Runtime-Function-Error-Type"] == "Runtime.InvalidSettings"
    failure = json.loads(body)
    assert set(failure) == {"errorMessage", "errorType", "stackTrace"} and failure["stackTrace"] == []
    for name in named:
        assert name in failure["errorMessage"]
    assert [line["level"] for line in objects(log)] == ["FATAL"]


def test_outside_lambda_it_says_where_it_belongs(tmp_path):
    done = subprocess.run(
        [built("bootstrap")], cwd=tmp_path, env=clean_environment(tmp_path), capture_output=True, text=True,
        timeout=SECONDS)
    assert done.returncode == 1
    assert "whiplash serve" in objects(done.stderr)[0]["message"]


def test_the_log_has_failures_and_no_secrets(tmp_path, emulator, runtime_api):
    secrets = {"WHIPLASH_API_KEY": KEY, "AWS_SECRET_ACCESS_KEY": "not-the-secret-of-this-user", "AWS_SESSION_TOKEN": "the-token"}
    process = runtime_api.start(tmp_path, **{**emulator.settings, **secrets})
    event = rest_event("POST", "/projects/p/collections/c/search", {"query": [1.2345678, 2, 3]})
    runtime_api.give(event)
    runtime_api.give(version2_event("function-url", "GET", "/projects", key=KEY))
    statuses = [json.loads(runtime_api.posts.get(timeout=SECONDS)[2])["statusCode"] for _ in range(2)]
    log = end(process)
    assert statuses == [500, 500]
    lines = objects(log)
    assert [(line["level"], line["code"], line["operation"]) for line in lines] == [
        ("ERROR", "misconfigured", "searchItems"), ("ERROR", "misconfigured", "listProjects")]
    for secret in [*secrets.values(), event["headers"]["x-API-key"], "1.2345678"]:
        assert secret not in log


def test_the_log_level_is_heeded(tmp_path, emulator, runtime_api):
    process = runtime_api.start(
        tmp_path, **{**emulator.settings, "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_LAMBDA_LOG_LEVEL": "FATAL"})
    runtime_api.give(rest_event("GET", "/projects"))
    assert json.loads(runtime_api.posts.get(timeout=SECONDS)[2])["statusCode"] == 500
    assert end(process) == ""
