"""The committed sample: the command loads it, and searches of it recall what an exhaustive one finds."""

import base64
import json

import numpy as np
import pytest

from whiplash_server import KEY, ROOT, Server, whiplash

SAMPLE = ROOT / "Samples" / "wordnet"
HELD_OUT = 100


def unit_rows(name: str) -> np.ndarray:
    rows = np.load(SAMPLE / name).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def texts(name: str) -> list[dict]:
    return [json.loads(line) for line in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


def test_the_files_belong_together():
    assert unit_rows("vectors.f16.npy").shape == (len(texts("texts.jsonl")), 384)
    assert unit_rows("queries.f16.npy").shape == (len(texts("queries.jsonl")), 384)
    ids = {line["id"] for line in texts("texts.jsonl")}
    assert len(ids) == len(texts("texts.jsonl")) >= 1900
    assert ids.isdisjoint(line["id"] for line in texts("queries.jsonl"))
    assert "Princeton" in (SAMPLE / "LICENSE-WordNet.txt").read_text(encoding="utf-8")


def test_the_command_loads_it_twice_and_shows_a_search(sqlite_server, tmp_path):
    for _ in range(2):
        told = whiplash(
            tmp_path, "sample", "--folder", str(SAMPLE), timeout=300, WHIPLASH_URL=sqlite_server.url, WHIPLASH_API_KEY=KEY)
        assert told.returncode == 0, told.stderr
    assert sqlite_server.url in told.stdout and "curl" in told.stdout
    assert texts("queries.jsonl")[0]["text"] in told.stdout
    stored = sqlite_server.api.ok("GET", "/projects/sample/collections/wordnet/items?limit=1")
    assert set(stored["items"][0]) == {"id", "vector", "text"}
    body = json.loads((SAMPLE / "search.json").read_text())
    scores = unit_rows("vectors.f16.npy") @ unit_rows("queries.f16.npy")[0]
    matches = sqlite_server.api.ok("POST", "/projects/sample/collections/wordnet/search", body)
    assert matches[0]["id"] == texts("texts.jsonl")[int(np.argmax(scores))]["id"]
    assert matches[0]["text"] in told.stdout


def test_the_command_says_what_to_do_without_a_server(tmp_path):
    told = whiplash(
        tmp_path, "sample", "--folder", str(SAMPLE), WHIPLASH_URL="http://127.0.0.1:9", WHIPLASH_API_KEY=KEY)
    assert told.returncode != 0
    assert "whiplash serve" in told.stderr


@pytest.mark.parametrize("bucket", ["10000", "200"])
def test_recall_at_ten(tmp_path, bucket):
    """With all sketches read, and with buckets so small that a search has to choose among them."""
    rows = unit_rows("vectors.f16.npy")
    queries, stored = rows[::20][:HELD_OUT], np.delete(rows, np.arange(0, 20 * HELD_OUT, 20)[:HELD_OUT], axis=0)
    with Server(tmp_path, WHIPLASH_STORE="sqlite", MAX_ITEMS_PER_BUCKET=bucket) as server:
        collection = server.api.create("recall", "wordnet", 384)
        packed = [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in stored]
        collection.insert([{"id": f"{n}", "vector": vector} for n, vector in enumerate(packed)])
        found = 0
        for query in queries:
            right = {str(n) for n in np.argsort(-(stored @ query))[:10]}
            matches = collection.search(query.tolist(), limit=10, include_vector=False)
            found += len(right & {match["id"] for match in matches})
    assert found / (10 * len(queries)) >= 0.98
