"""What the end-to-end tests share: servers over each store, and the DynamoDB emulator."""

import itertools
import os
import random

import pytest

from dynamodb_emulator import DynamoDBEmulator
from whiplash_api import API, Collection
from whiplash_server import Server

# The published client goes through whatever proxy the environment names; these servers are here.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """The DynamoDB emulator, started when a test first wants it."""
    emulator = DynamoDBEmulator(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory):
    """A server on a SQLite file, shared by tests that keep to collections of their own."""
    with Server(tmp_path_factory.mktemp("sqlite"), WHIPLASH_STORE="sqlite") as server:
        yield server


@pytest.fixture(scope="session")
def dynamodb_server(tmp_path_factory, emulator):
    """A server on the DynamoDB emulator, shared likewise."""
    with Server(tmp_path_factory.mktemp("dynamodb"), **emulator.settings) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "dynamodb"])
def server(request) -> Server:
    """A server, once on each lasting store."""
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
def api(server) -> API:
    return server.api


_numbers = itertools.count(1)


@pytest.fixture
def project() -> str:
    """A project's name that no other test has."""
    return f"project-{next(_numbers)}"


@pytest.fixture
def random_vectors(request):
    """`random_vectors(count, dimension)`, the same at every run of a test, exact in float32."""
    source = random.Random(request.node.name)

    def draw(count: int, dimension: int) -> list[list[float]]:
        return [[source.randint(-9999, 9999) / 8 for _ in range(dimension)] for _ in range(count)]

    return draw


@pytest.fixture
def small(sqlite_server, project) -> Collection:
    """A collection of three dimensions, which holds one item, on SQLite."""
    collection = sqlite_server.api.create(project, "small", 3)
    collection.insert([{"id": "kept", "vector": [1, 2, 2], "metadata": {"kind": "first"}, "text": "Kept."}])
    return collection
