"""A collection beyond its memory is tuned while others write and search, and verified."""

import sqlite3
import threading
import time

import numpy
import pytest

from whiplash_server import Server

DIMENSION = 32
SEED = 31
COUNT = {"sqlite": 6000, "dynamodb": 600}
# Nothing fits into memory, and a search chooses among buckets.
SMALL = {"WHIPLASH_CACHE_MB": "0", "MAX_ITEMS_PER_BUCKET": "100", "WHIPLASH_MAX_READ_MB": "1"}


@pytest.fixture(params=["sqlite", "dynamodb"])
def crowded(request, tmp_path, project):
    """Two servers, and a collection of clustered vectors that neither can keep in memory."""
    if request.param == "sqlite":
        settings = SMALL | {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": str(tmp_path / "shared.db")}
    else:
        settings = SMALL | request.getfixturevalue("emulator").settings | {"STAGE": "tuned"}
    servers = [Server(tmp_path / f"{number}", **settings).start() for number in range(2)]
    vectors = clustered(COUNT[request.param])
    collection = servers[0].api.create(project, "crowded", DIMENSION)
    for start in range(0, len(vectors), 500):
        collection.insert([
            {"id": str(start + n), "vector": vector.tolist()} for n, vector in enumerate(vectors[start:start + 500])])
    yield servers, collection, vectors
    for server in servers:
        server.stop()


def clustered(count: int) -> numpy.ndarray:
    """Unit vectors around 60 centres, as embeddings lie."""
    chance = numpy.random.default_rng(SEED)
    centres = chance.normal(size=(60, DIMENSION))
    vectors = centres[chance.integers(60, size=count)] + 0.4 * chance.normal(size=(count, DIMENSION))
    return (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)


def tune(api, path: str) -> dict:
    """Calls until all is done."""
    for _ in range(50):
        report = api.ok("POST", f"{path}/tune")
        if report["done"]:
            return report
    pytest.fail(f"tuning does not end: {report}")


def verify(api, path: str) -> dict:
    """All slices, added up."""
    total, cursor = {"vectors_without_bucket_row": 0, "bucket_rows_without_vector": 0, "mended": 0}, None
    while True:
        report = api.ok("POST", f"{path}/verify", {"cursor": cursor} if cursor else {})
        for name in total:
            total[name] += report[name]
        cursor = report["cursor"]
        if cursor is None:
            return total


def recall(collection, vectors: numpy.ndarray, queries: int = 40) -> float:
    found = 0
    for query in range(0, len(vectors), len(vectors) // queries):
        true = numpy.argsort(-(vectors @ vectors[query]), kind="stable")[:10]
        ids = {match["id"] for match in collection.search(vectors[query].tolist(), limit=10)}
        found += len(ids & {str(number) for number in true}) / 10
    return found / len(range(0, len(vectors), len(vectors) // queries))


class Writer(threading.Thread):
    """Stores items and looks for each of them through another server, until told to stop."""

    def __init__(self, writing, searching):
        super().__init__(daemon=True)
        self.writing, self.searching = writing, searching
        self.ended = threading.Event()
        self.stored: dict[str, list[float]] = {}
        self.missed: list[str] = []

    def run(self) -> None:
        chance = numpy.random.default_rng(SEED + 1)
        while not self.ended.is_set():
            item_id, vector = f"new {len(self.stored)}", (50 * chance.normal(size=DIMENSION)).tolist()
            self.writing.insert([{"id": item_id, "vector": vector}])
            self.stored[item_id] = vector
            if self.searching.search(vector, limit=1)[0]["id"] != item_id:
                self.missed.append(item_id)
            time.sleep(0.01)

    def stop(self) -> None:
        self.ended.set()
        self.join(60)


def test_tuned_while_others_write_and_search(crowded):
    servers, collection, vectors = crowded
    views = [collection.through(server.api) for server in servers]
    writer = Writer(collection.through(servers[1].api), collection.through(servers[1].api))
    writer.start()
    try:
        first = servers[0].api.ok("POST", f"{collection.path}/tune")
        assert first["state"] != "too_small"
        servers[0].kill()
        servers[0].start()
        views[0] = collection.through(servers[0].api)
        assert tune(servers[0].api, collection.path)["generation"] >= 1
        # Again, beside a search that reads the generation just learned.
        assert tune(servers[1].api, collection.path)["state"] == "tuned"
    finally:
        writer.stop()
    assert len(writer.stored) > 20 and writer.missed == [], f"seed {SEED}"
    last = servers[0].api.ok("GET", f"{collection.path}/stats")["last_tuning"]
    assert last["state"] == "tuned" and last["filled"] >= len(vectors) and last["finished_at"] <= time.time() * 1000
    for view in views:
        assert recall(view, vectors) >= 0.95
        for item_id, vector in list(writer.stored.items())[::10]:
            assert view.search(vector, limit=1)[0]["id"] == item_id
    assert verify(servers[1].api, collection.path)["vectors_without_bucket_row"] == 0
    assert len(views[0].all_ids()) == len(vectors) + len(writer.stored)


def test_verifying_mends_what_was_broken_by_hand(tmp_path, project):
    file = tmp_path / "broken.db"
    with Server(tmp_path, WHIPLASH_STORE="sqlite", WHIPLASH_DATABASE=str(file)) as server:
        collection = server.api.create(project, "c", 8)
        items = numpy.random.default_rng(SEED).normal(size=(50, 8))
        collection.insert([{"id": str(n), "vector": vector.tolist()} for n, vector in enumerate(items)])
    with sqlite3.connect(file) as database:
        # Rows are in the main part or in the delta.
        broken = sum(
            database.execute(f'DELETE FROM "{part}:{project}_dev_c_buckets" WHERE s GLOB ?', ("*[0-9a-z]7",)).rowcount
            for part in ("t", "d")
        )
    assert broken > 0
    with Server(tmp_path, WHIPLASH_STORE="sqlite", WHIPLASH_DATABASE=str(file)) as server:
        there = collection.through(server.api)
        found = {match["id"] for match in there.search(items[7].tolist(), limit=50)}
        assert len(found) == 50 - broken
        report = verify(server.api, collection.path)
        assert report["vectors_without_bucket_row"] == report["mended"] == broken
        assert {match["id"] for match in there.search(items[7].tolist(), limit=50)} == {str(n) for n in range(50)}
        assert verify(server.api, collection.path)["mended"] == 0


def test_too_few_to_learn_from(small):
    report = small.api.ok("POST", f"{small.path}/tune")
    assert (report["state"], report["done"], report["generation"]) == ("too_small", True, 0)
