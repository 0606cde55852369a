"""What servers keep in memory is never older than the last write acknowledged, whoever took it."""

import random

import numpy
import pytest

from throttling_proxy import ThrottlingProxy
from whiplash_server import Server

DIMENSION = 8
STEPS = {"sqlite": 2000, "dynamodb": 200}
SEED = 20


@pytest.fixture(params=["sqlite", "dynamodb"])
def pair(request, tmp_path):
    """Two servers on one SQLite file, or on one DynamoDB that refuses a tenth of the reads."""
    if request.param == "sqlite":
        settings = {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": str(tmp_path / "shared.db")}
        proxy = None
    else:
        emulator = request.getfixturevalue("emulator")
        proxy = ThrottlingProxy(emulator.port, share=0.1, seed=SEED)
        settings = emulator.settings | {"STAGE": "warm", "AWS_ENDPOINT_URL_DYNAMODB": proxy.url}
    servers = [Server(tmp_path / f"{number}", **settings).start() for number in range(2)]
    yield servers, STEPS[request.param]
    for server in servers:
        server.stop()
    if proxy:
        assert proxy.refused > 20
        proxy.stop()


def test_interleaved_writes_are_found_as_a_plain_oracle_finds_them(pair, project):
    servers, steps = pair
    chance = random.Random(SEED)
    name = servers[0].api.create(project, "warm", DIMENSION, metric="euclidean")
    views = [name.through(server.api) for server in servers]
    oracle: dict[str, list[float]] = {}
    for step in range(steps):
        if step % (steps // 5) == steps // 10:
            killed = chance.randrange(2)
            servers[killed].kill()
            servers[killed].start()
            views[killed] = name.through(servers[killed].api)
        change(views[chance.randrange(2)], oracle, chance)
        query, limit = vector(chance), chance.randint(1, 12)
        found = [match["id"] for match in views[chance.randrange(2)].search(query, limit)]
        assert found == nearest(oracle, query, limit), f"seed {SEED}, step {step}"


def vector(chance: random.Random) -> list[float]:
    return [chance.randint(-9999, 9999) / 8 for _ in range(DIMENSION)]


def change(view, oracle: dict, chance: random.Random) -> None:
    """One write, through the API and in the oracle."""
    kind = chance.random()
    ids = [f"item {chance.randrange(300)}" for _ in range(chance.randint(1, 8))]
    if kind < 0.6 or not oracle:
        batch = {item_id: vector(chance) for item_id in ids}
        view.insert([{"id": item_id, "vector": values} for item_id, values in batch.items()])
        oracle |= batch
    elif kind < 0.8:
        there = set(ids) & oracle.keys()
        assert view.api.ok("POST", f"{view.path}/items/batch/delete", {"ids": ids})["deleted"] == len(there)
        for item_id in there:
            del oracle[item_id]
    else:
        item_id = chance.choice(sorted(oracle))
        if kind < 0.9:
            oracle[item_id] = vector(chance)
            view.api.ok("PATCH", view.item_path(item_id), {"vector": oracle[item_id]})
        else:
            view.api.ok("PATCH", view.item_path(item_id), {"metadata": {"step": chance.random()}})


def nearest(oracle: dict, query: list[float], limit: int) -> list[str]:
    """The oracle: every distance, sorted; of equal ones the lesser id."""
    ids = sorted(oracle)
    rows = numpy.array([oracle[item_id] for item_id in ids]).reshape(len(ids), DIMENSION)
    distances = ((rows - numpy.array(query)) ** 2).sum(axis=1)
    return [ids[row] for row in numpy.argsort(distances, kind="stable")[:limit]]
