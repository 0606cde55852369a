"""The Python client published as whiplash-client 0.1.1 works as it is."""

from importlib.metadata import version

import numpy as np
import pytest
from whiplash.api.client import Vector, Whiplash

from whiplash_server import KEY

DIMENSION = 384


@pytest.fixture
def client(server, project, caplog):
    """The client; it logs an error where others would raise one, and no test may see it do so."""
    yield Whiplash(server.url, KEY, project_name=project)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def vectors(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_it_is_the_published_version():
    assert version("whiplash-client") == "0.1.1"


def test_collections_are_created_found_and_listed(client):
    made = client.create_collection("films", n_features=3)
    assert made.metadata["name"] == "films"
    assert made.metadata["n_features"] == 3
    assert client.get_collection("films").metadata == made.metadata
    client.create_collection("books", n_features=5, n_planes=4, bit_start=6, bit_scale_factor=1.5)
    assert sorted(found.name for found in client.get_collections()) == ["books", "films"]
    books = client.get_collection("books").metadata
    assert (books["n_features"], books["n_planes"], books["bit_start"], books["bit_scale_factor"]) == (5, 4, 6, 1.5)


def test_an_inserted_item_is_got_and_found(client):
    collection = client.create_collection("small", n_features=3)
    collection.insert(Vector("first", [1.0, 2.0, 2.0]))
    collection.insert(Vector("second", [-1.0, 0.5, 0.25]))
    assert collection.get_item("first") == Vector("first", [1.0, 2.0, 2.0])
    [nearest] = collection.search([1.0, 2.0, 2.0], limit=1)
    assert (nearest.id, nearest.vector) == ("first", [1.0, 2.0, 2.0])
    assert nearest.dist == pytest.approx(1, abs=1e-6)


def test_a_batch_of_a_thousand_is_stored_and_searched(client):
    stored = vectors(1000, seed=1)
    collection = client.create_collection("large", n_features=DIMENSION)
    collection.insert_batch([Vector(f"item-{index}", row.tolist()) for index, row in enumerate(stored)])
    for index in (0, 499, 999):
        assert np.array_equal(np.float32(collection.get_item(f"item-{index}").vector), stored[index])
    queries = vectors(20, seed=2)
    found = 0
    for query in queries:
        scores = stored @ query
        right = {f"item-{index}" for index in np.argsort(-scores)[:10]}
        matches = collection.search(query.tolist(), limit=10)
        assert [match.dist for match in matches] == sorted((match.dist for match in matches), reverse=True)
        for match in matches:
            assert match.dist == pytest.approx(scores[int(match.id[5:])], abs=1e-5)
        found += len(right & {match.id for match in matches})
    assert found / (10 * len(queries)) >= 0.98
