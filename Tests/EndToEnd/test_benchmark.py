"""The benchmark measures what it says: `Benchmarks/run` without its peers, on few vectors, and its arithmetic."""

import json
import os
import random
import subprocess
import sys

import numpy
import pytest

from whiplash_server import ROOT, built

BENCHMARKS = ROOT / "Benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from benchmark.dynamodb.proxy import Exchange, round_trips  # noqa: E402
from benchmark.dynamodb.units import item_bytes, read_units, units_read, write_units  # noqa: E402
from benchmark.truth import brute_force  # noqa: E402
from benchmark.vectors import from_files, normalised, write_raw  # noqa: E402


def run(folder, *flags: str) -> dict:
    """A small run with the packages that the tests have; its results."""
    environment = {
        **os.environ, "PYTHONPATH": str(BENCHMARKS), "WHIPLASH_BUILD": str(built("whiplash").parent)}
    command = [sys.executable, "-m", "benchmark", "--quick", "--out", str(folder), "--name", "small", *flags]
    outcome = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert (folder / "small.md").read_text(encoding="utf-8") == outcome.stdout
    return json.loads((folder / "small.json").read_text(encoding="utf-8"))


def test_whiplash_is_measured_beside_brute_force(tmp_path):
    results = run(
        tmp_path, "--made", "1000", "--dimension", "64", "--seconds", "0.5", "--query-count", "40",
        "--systems", "whiplash-http,numpy,faiss-flat")
    systems = {fact["system"]: fact for fact in results["systems"]}
    exhaustive = systems["numpy"]["settings"][0]
    assert exhaustive["recall"] == 1
    assert systems["numpy"]["disk_bytes"] >= 1000 * 64 * 4
    *fewer, default, exact = systems["whiplash-http"]["settings"]
    assert [setting["label"] for setting in (fewer[0], default, exact)] == ["target_recall=0.9", "default", "exact"]
    assert fewer[0]["recall"] >= 0.9 and default["recall"] > 0.95
    assert exact["recall"] == 1
    for setting in (exhaustive, default, exact):
        assert setting["queries"] == 40
        assert 0 < setting["p50_ms"] <= setting["p99_ms"]
        assert setting["qps_1"] > 0 and setting["qps_2"] > 0
    assert systems["whiplash-http"]["ingest_per_second"] > 0
    # What is not installed is said to be missing, and why.
    assert "faiss-cpu" in systems["faiss-flat"]["missing"]


def test_costs_on_dynamodb_are_counted(tmp_path):
    results = run(
        tmp_path, "--made", "300", "--dimension", "384", "--query-count", "20", "--systems", "whiplash-dynamodb",
        "--dynamodb-sizes", "300")
    (fact,) = results["dynamodb"]
    costs = fact["sizes"][0]["operations"]
    once = {"requests": 1, "round_trips": 1}
    assert costs["insert"] == {**once, "write_units": 4, "read_units": 0, "bytes_read": 0, "items_got": 0}
    assert costs["get"] == {**once, "write_units": 0, "read_units": 1, "items_got": 1, "bytes_read": costs["get"]["bytes_read"]}
    assert costs["search exact"]["recall"] == 1
    assert costs["search"]["recall"] > 0.95
    assert costs["search"]["read_units"] <= 60
    assert costs["search eventual"]["read_units"] < costs["search"]["read_units"]


def test_an_unknown_system_is_refused(tmp_path):
    command = [sys.executable, "-m", "benchmark", "--made", "10", "--systems", "nothing", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode != 0
    assert "nothing" in outcome.stderr


def test_units_are_those_of_the_documentation():
    item = {"id": {"S": "ü"}, "n": {"N": "-12.5"}, "v": {"B": "AAECAw=="}, "m": {"M": {"k": {"L": [{"BOOL": True}]}}}}
    sizes = {"id": 2 + 2, "n": 1 + 4, "v": 1 + 4, "m": 1 + 3 + 1 + 1 + 3 + 1 + 1}
    assert {name: item_bytes({name: value}) for name, value in item.items()} == sizes
    assert [write_units(size) for size in (0, 1, 1024, 1025)] == [1, 1, 1, 2]
    assert [read_units(size, consistent=True) for size in (0, 4096, 4097)] == [1, 1, 2]
    assert read_units(4097, consistent=False) == 1


def test_a_query_is_rounded_as_a_whole_and_a_batch_item_by_item():
    small = {"p": {"S": "a" * 99}}
    query = units_read("Query", {"ConsistentRead": True}, {"Items": [small] * 41})
    assert query == 2
    request = {"RequestItems": {"t": {"ConsistentRead": True, "Keys": [{}] * 42}}}
    assert units_read("BatchGetItem", request, {"Responses": {"t": [small] * 41}}) == 42


def test_round_trips_are_the_longest_chain():
    def exchange(began: float, ended: float) -> Exchange:
        return Exchange("Query", began, ended, 0, 0)

    assert round_trips([]) == 0
    assert round_trips([exchange(0, 1), exchange(0.1, 2), exchange(2.1, 3)]) == 2
    assert round_trips([exchange(0, 5), exchange(1, 2), exchange(3, 4)]) == 2


def test_recall_counts_ties_as_found(tmp_path):
    rows = numpy.eye(4, dtype=numpy.float32)[[0, 0, 1, 2]]
    base = write_raw(tmp_path / "base.f32", iter([rows]))
    truth = brute_force(base, normalised([[1, 0.5, 0.1, 0]]), limit=1)
    assert [truth.recall([[identity]]) for identity in (0, 1, 2, 3)] == [1, 1, 0, 0]
    assert truth.recall([[]]) == 0


@pytest.mark.parametrize("kind", [numpy.float16, numpy.float32])
def test_files_are_read_one_after_the_other(tmp_path, kind):
    first, second = numpy.arange(6, dtype=kind).reshape(3, 2), numpy.arange(4, dtype=kind).reshape(2, 2)
    numpy.save(tmp_path / "first.npy", first)
    numpy.save(tmp_path / "second.npy", second)
    paths = [tmp_path / "first.npy", tmp_path / "second.npy"]
    assert numpy.concatenate(list(from_files(paths, 4))).tolist() == [[0, 1], [2, 3], [4, 5], [0, 1]]
    assert len(numpy.concatenate(list(from_files(paths, None)))) == 5


def test_groups_are_measured_on_an_emulator(tmp_path):
    results = run(
        tmp_path, "groups", "--dimension", "64", "--seconds", "0.3", "--query-count", "20", "--systems", "groups-dynamodb")
    assert [(fact["vector_type"], fact["items"]) for fact in results["groups"]] == [
        ("float32", 100), ("float32", 1000), ("float16", 100), ("float16", 1000)]
    for fact in results["groups"]:
        assert fact["recall"] == 1
        assert fact["ingest_per_second"] > 0 and 0 < fact["p50_ms"] <= fact["p99_ms"]
        # A vector and a bucket row for each item, and a row of the group for each batch.
        assert 2 <= fact["write_units"] < 2.1
        assert 10 <= fact["vectors_read"] < fact["items"]
        assert fact["bytes_read"] > fact["items"] * 64 * 5 / 8
        assert fact["round_trips"] <= 4
    small, large = results["groups"][:2]
    assert small["read_units"] < large["read_units"] < 100


def test_words_are_searched_beside_fts5(tmp_path):
    chance = random.Random(7)
    words = [f"{first}{second}" for first in ("boat", "rain", "leaf", "moon") for second in ("side", "fall", "light", "born")]
    texts = [" ".join(chance.choices(words, k=chance.randint(4, 40))) for _ in range(400)]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    folder = tmp_path / "results"
    folder.mkdir()
    results = run(folder, "words", "--texts", str(file), "--query-count", "20")
    assert results["data"]["count"] == len(texts)
    assert [fact["index"] for fact in results["words"]] == ["SQLite FTS5, in this process", "whiplash, over HTTP"]
    for fact in results["words"]:
        assert 0 < fact["p50_ms"] <= fact["p90_ms"] <= fact["p99_ms"] and fact["ingest_per_second"] > 0
    assert results["shared"] > 0.9
