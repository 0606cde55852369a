"""Whiplash on SQLite: inside a Swift program, and over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy

from .. import swift
from ..http_client import Connection, HTTPFailure
from ..progress import Progress
from ..server import Server
from ..workload import Workload
from .base import Holder, Searcher, Setting, System
from .over_http import HTTPSearcher, HTTPSystem

PROJECT, COLLECTION = "benchmark", "items"
KEY = "a-key-for-the-benchmark-alone"
# What a request may ask for, in the API's words. `consistency` changes nothing on SQLite, which is always up to date.
# `default` is shown also where less would do: it is what Whiplash does unasked.
SETTINGS = [
    Setting("target_recall=0.9", {"target_recall": 0.9}),
    Setting("target_recall=0.95", {"target_recall": 0.95}),
    Setting("default", always=True),
    Setting("exact", {"exact": True}, always=True),
]


class WhiplashEmbedded(System):
    """The engine in a Swift program of its own (`Benchmarks/InProcess`), which is its own worker."""

    name = "whiplash-embedded"
    about = "library in a Swift process, SQLite file, batches of 1,000, four under way, each on the disk before it is acknowledged"
    grows = True

    def settings(self, workload: Workload) -> list[Setting]:
        return SETTINGS

    def version(self) -> str:
        return swift.revision()

    def command(self, phase: str, python: str) -> list[str]:
        return [str(swift.in_process()), phase]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        raise NotImplementedError("done by the Swift program")

    def open(self, workload: Workload, folder: Path) -> Searcher:
        raise NotImplementedError("done by the Swift program")


class WhiplashTuned(WhiplashEmbedded):
    """The same, tuned at each size."""

    name = "whiplash-tuned"
    about = "as whiplash-embedded, and tuned after taking in, which is not counted"

    def command(self, phase: str, python: str) -> list[str]:
        return super().command("ingest-tuned" if phase == "ingest" else phase, python)


class WhiplashHTTP(HTTPSystem):
    name = "whiplash-http"
    about = "`whiplash serve` on a SQLite file, asked over HTTP with JSON"
    grows = True
    headers: ClassVar[dict[str, str]] = {"x-api-key": KEY}

    def settings(self, workload: Workload) -> list[Setting]:
        return SETTINGS

    def version(self) -> str:
        return swift.revision()

    def serve(self, folder: Path) -> Server:
        return serve(folder, {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": "whiplash.db"})

    def create(self, connection: Connection, dimension: int) -> str:
        return create(connection, dimension)

    def batch(self, start: int, rows: numpy.ndarray) -> dict[str, Any]:
        return {"vectors": [{"id": str(start + row), "vector": vector.tolist()} for row, vector in enumerate(rows)]}

    def open(self, workload: Workload, folder: Path) -> Searcher:
        return WhiplashSearcher(self.serve(folder), workload.limit)


def serve(folder: Path, settings: dict[str, str]) -> Server:
    """`whiplash serve` with the settings that it has by default but for these."""
    program = str(swift.whiplash())
    environment = {**settings, "WHIPLASH_API_KEY": KEY}
    return Server(folder, lambda port: [program, "serve", "--quiet", "--port", str(port)], environment)


def create(connection: Connection, dimension: int) -> str:
    """Makes the collection, unless it is there; gives the path that takes batches."""
    collections = f"/projects/{PROJECT}/collections"
    body = {"name": COLLECTION, "n_features": dimension}
    status, answer = connection.exchange(connection.request("POST", collections, body))
    if status not in (200, 201, 409):
        raise HTTPFailure(f"create: {status} {answer[:300].decode(errors='replace')}")
    return f"{collections}/{COLLECTION}/items/batch"


class WhiplashSearcher(HTTPSearcher):
    def __init__(self, server: Server, limit: int, owner: bool = True):
        super().__init__(server, WhiplashHTTP.headers, owner)
        self.limit = limit

    def query(self, query: numpy.ndarray) -> tuple[str, dict[str, Any]]:
        body = {"query": query.tolist(), "limit": self.limit, "include_vector": False, **self.setting}
        return f"/projects/{PROJECT}/collections/{COLLECTION}/search", body

    def found(self, answer: Any) -> Iterator[int]:
        return (int(match["id"]) for match in answer)

    def twin(self) -> Searcher:
        twin = WhiplashSearcher(self.server, self.limit, owner=False)
        twin.use(self.setting)
        return twin
