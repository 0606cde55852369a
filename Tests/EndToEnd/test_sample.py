"""The sample, loaded by `whiplash sample`, is searched as if exactly."""

import base64
import json

import numpy
import pytest

from whiplash_api import Collection
from whiplash_server import KEY, ROOT, Server, whiplash

FOLDER = ROOT / "Samples" / "wordnet"
LIMIT = 10
LEAST_RECALL = 0.98


def rows(name: str) -> numpy.ndarray:
    """Vectors of a file as the API compares them: float32, of length one."""
    vectors = numpy.load(FOLDER / name).astype(numpy.float32)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def texts() -> list[dict]:
    return lines("texts.jsonl")


@pytest.fixture(scope="module", params=["sqlite", "sqlite in buckets of 100", "dynamodb"])
def wordnet(request, tmp_path_factory) -> Collection:
    """The sample in a server of its own, so that its project is."""
    if request.param == "dynamodb":
        settings = request.getfixturevalue("emulator").settings | {"STAGE": "sample"}
    else:
        settings = {"WHIPLASH_STORE": "sqlite"}
    if "100" in request.param:
        settings["MAX_ITEMS_PER_BUCKET"] = "100"
    with Server(tmp_path_factory.mktemp("sample"), **settings) as server:
        told = whiplash(
            server.folder, "sample", "--folder", str(FOLDER), "--url", server.url, "--api-key", KEY, timeout=300)
        assert told.returncode == 0, told.stderr
        yield Collection(server.api, "sample", "wordnet")


def test_the_files_belong_together(texts):
    assert rows("vectors.f16.npy").shape == (len(texts), 384)
    assert len({line["id"] for line in texts}) == len(texts) == 2000
    queries = rows("queries.f16.npy")
    assert len(lines("queries.jsonl")) == len(queries) == 10
    shown = json.loads((FOLDER / "search.json").read_text())["query"]
    shown = numpy.frombuffer(base64.b64decode(shown), "<f4")
    assert shown @ queries[0] / numpy.linalg.norm(shown) > 0.99999


def test_every_item_is_stored_as_it_is_in_the_files(wordnet, texts):
    stored = wordnet.get([line["id"] for line in texts])
    assert {item["id"]: item["text"] for item in stored.values()} == {line["id"]: line["text"] for line in texts}
    vectors = numpy.load(FOLDER / "vectors.f16.npy").astype(numpy.float32)
    assert all(stored[line["id"]]["vector"] == pytest.approx(row.tolist(), abs=1e-6) for line, row in zip(texts, vectors))


def test_recall_at_ten_over_held_out_queries_and_items_themselves(wordnet, texts):
    base = rows("vectors.f16.npy")
    queries = numpy.concatenate([rows("queries.f16.npy"), base[::50]])
    found = 0
    for query in queries:
        exact = {texts[row]["id"] for row in numpy.argsort(-(base @ query))[:LIMIT]}
        matches = wordnet.search(query.tolist(), limit=LIMIT, include_vector=False)
        found += len(exact & {match["id"] for match in matches})
    assert found / (LIMIT * len(queries)) >= LEAST_RECALL
