"""Chroma, in the process and over HTTP. Documentation: docs.trychroma.com, "Configure collections", "Client-server mode"."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy

from ..http_client import Connection
from ..progress import Progress
from ..server import Server
from ..workload import Workload
from .base import Holder, Searcher, Setting, System
from .over_http import HTTPSearcher, HTTPSystem

NAME = "items"
CONFIGURATION = {"hnsw": {"space": "cosine"}}


def graph_settings() -> list[Setting]:
    efs = (16, 32, 64, 100, 150, 200, 300, 400, 800)
    return [Setting(f"ef_search={ef}", {"ef_search": ef}) for ef in efs]


class ChromaEmbedded(System):
    name = "chroma-embedded"
    about = "PersistentClient, graph by its defaults (max_neighbors=16, ef_construction=100), cosine"
    module = "chromadb"
    package = "chromadb"

    def settings(self, workload: Workload) -> list[Setting]:
        return graph_settings()

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        client = self.client(folder)
        items = client.create_collection(NAME, configuration=CONFIGURATION, embedding_function=None)
        for start, rows in workload.base.blocks(1_000):
            items.add(ids=[str(start + row) for row in range(len(rows))], embeddings=rows)
            progress.advance(len(rows))
        # What is still in the log goes into the graph when something is asked.
        items.query(query_embeddings=workload.queries.read(0, 1), n_results=1, include=[])
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        return ChromaSearcher(folder, workload.limit)

    @staticmethod
    def client(folder: Path) -> Any:
        import chromadb

        return chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))


class ChromaSearcher(Searcher):
    def __init__(self, folder: Path, limit: int):
        self.folder, self.limit = folder, limit
        self.open()

    def open(self) -> None:
        self.client = ChromaEmbedded.client(self.folder)
        self.items = self.client.get_collection(NAME, embedding_function=None)

    def use(self, setting: dict[str, Any]) -> None:
        """An index that is loaded keeps its ef_search, so that the store is opened anew."""
        from chromadb.api.shared_system_client import SharedSystemClient

        self.items.modify(configuration={"hnsw": setting})
        self.client.close()
        SharedSystemClient.clear_system_cache()
        self.open()

    def prepare(self, query: numpy.ndarray) -> numpy.ndarray:
        return query.reshape(1, -1).copy()

    def search(self, prepared: numpy.ndarray) -> Any:
        return self.items.query(query_embeddings=prepared, n_results=self.limit, include=["distances"])

    def ids(self, answer: Any) -> list[int]:
        return [int(identity) for identity in answer["ids"][0]]


class ChromaHTTP(HTTPSystem):
    name = "chroma-http"
    about = "`chroma run`, as in the process, asked over HTTP with JSON"
    module = "chromadb"
    package = "chromadb"
    collections = "/api/v2/tenants/default_tenant/databases/default_database/collections"

    def settings(self, workload: Workload) -> list[Setting]:
        return graph_settings()

    def serve(self, folder: Path) -> Server:
        program = str(Path(sys.executable).with_name("chroma"))
        return Server(folder, lambda port: [program, "run", "--path", str(folder), "--port", str(port)])

    def create(self, connection: Connection, dimension: int) -> str:
        body = {"name": NAME, "configuration": CONFIGURATION}
        identity = connection.call("POST", self.collections, body)["id"]
        self.path = f"{self.collections}/{identity}"
        return f"{self.path}/add"

    def batch(self, start: int, rows: numpy.ndarray) -> dict[str, Any]:
        ids = [str(start + row) for row in range(len(rows))]
        return {"ids": ids, "embeddings": rows.tolist()}

    def finish(self, connection: Connection, workload: Workload) -> None:
        query = workload.queries.read(0, 1).tolist()
        connection.call("POST", f"{self.path}/query", {"query_embeddings": query, "n_results": 1, "include": []})

    def open(self, workload: Workload, folder: Path) -> Searcher:
        return ChromaHTTPSearcher(self, folder, self.serve(folder), workload.limit)


class ChromaHTTPSearcher(HTTPSearcher):
    def __init__(self, system: ChromaHTTP, folder: Path, server: Server, limit: int, owner: bool = True):
        super().__init__(server, system.headers, owner)
        self.system, self.folder, self.limit = system, folder, limit
        identity = self.connection.call("GET", f"{system.collections}/{NAME}")["id"]
        self.path = f"{system.collections}/{identity}"

    def use(self, setting: dict[str, Any]) -> None:
        """An index that is loaded keeps its ef_search, so that the server is started anew."""
        self.connection.call("PUT", self.path, {"new_configuration": {"hnsw": setting}})
        self.close()
        self.server = self.system.serve(self.folder)
        self.connection = Connection(self.server.port)

    def query(self, query: numpy.ndarray) -> tuple[str, dict[str, Any]]:
        body = {"query_embeddings": [query.tolist()], "n_results": self.limit, "include": ["distances"]}
        return f"{self.path}/query", body

    def found(self, answer: Any) -> Iterator[int]:
        return (int(identity) for identity in answer["ids"][0])

    def twin(self) -> Searcher:
        return ChromaHTTPSearcher(self.system, self.folder, self.server, self.limit, owner=False)
