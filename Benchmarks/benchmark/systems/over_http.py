"""What servers have in common: batches of JSON in, searches one after the other on a connection that stays open."""

import json
import time
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy

from ..http_client import Connection, HTTPFailure
from ..progress import Progress
from ..server import Server
from ..workload import Workload
from .base import Holder, Searcher, System

BATCH = 500


class HTTPSystem(System):
    headers: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def serve(self, folder: Path) -> Server: ...

    @abstractmethod
    def create(self, connection: Connection, dimension: int) -> str:
        """Makes the collection; gives the path that takes batches."""

    @abstractmethod
    def batch(self, start: int, rows: numpy.ndarray) -> dict[str, Any]:
        """The body of a batch."""

    def finish(self, connection: Connection, workload: Workload) -> None:
        """What has to happen after the last batch until all rows are in the index; timed."""

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        """Counts the time from request to answer; the making of the JSON is the client's and not counted."""
        server = self.serve(folder)
        connection = Connection(server.port, self.headers)
        path = self.create(connection, workload.base.dimension)
        seconds = 0.0
        for start, rows in workload.base.blocks(BATCH, workload.start):
            request = connection.request("POST", path, self.batch(start, rows))
            began = time.perf_counter()
            status, answer = connection.exchange(request)
            seconds += time.perf_counter() - began
            if not 200 <= status < 300:
                raise HTTPFailure(f"POST {path}: {status} {answer[:300].decode(errors='replace')}")
            progress.advance(len(rows))
        began = time.perf_counter()
        self.finish(connection, workload)
        seconds += time.perf_counter() - began
        connection.close()
        return Holder(server.pid, seconds, server.stop)


class HTTPSearcher(Searcher):
    """Asks a server that it started; a twin asks the same server on a connection of its own."""

    def __init__(self, server: Server, headers: dict[str, str], owner: bool = True):
        self.server, self.headers, self.owner = server, headers, owner
        self.connection = Connection(server.port, headers)
        self.setting: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        return self.server.pid

    def use(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    @abstractmethod
    def query(self, query: numpy.ndarray) -> tuple[str, dict[str, Any]]:
        """Path and body of a search."""

    @abstractmethod
    def found(self, answer: Any) -> Iterator[int]:
        """The rows that an answer, read from JSON, names."""

    def prepare(self, query: numpy.ndarray) -> bytes:
        path, body = self.query(query)
        return self.connection.request("POST", path, body)

    def search(self, prepared: bytes) -> bytes:
        status, answer = self.connection.exchange(prepared)
        if status != 200:
            raise HTTPFailure(f"search: {status} {answer[:300].decode(errors='replace')}")
        return answer

    def ids(self, answer: bytes) -> list[int]:
        return list(self.found(json.loads(answer)))

    def close(self) -> None:
        self.connection.close()
        if self.owner:
            self.server.stop()
