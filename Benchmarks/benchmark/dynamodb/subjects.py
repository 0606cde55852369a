"""The two that keep vectors in DynamoDB: Whiplash through its HTTP API, and the ancestor's direct client."""

import json
import os
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy

from .. import swift
from ..http_client import Connection
from ..systems.whiplash import COLLECTION, KEY, PROJECT, create, serve

BENCHMARKS = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"


def aws_environment(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip


class Subject(ABC):
    """A collection in DynamoDB. `operations` names what it can do with one item or query, as `perform` takes it."""

    name: ClassVar[str]
    operations: ClassVar[dict[str, dict[str, Any]]]
    # How many of the sizes asked for it can bear; all where there is no number.
    size_count: ClassVar[int | None] = None

    def missing(self) -> str | None:
        return None

    @abstractmethod
    def version(self) -> str | None: ...

    @abstractmethod
    def start(self, port: int, folder: Path, dimension: int) -> None:
        """Begins, against DynamoDB at a port of this machine, with a collection that is made if it is not there."""

    @abstractmethod
    def insert(self, start: int, rows: numpy.ndarray) -> None:
        """Stores rows as items, in the way for many at once where there is one."""

    @abstractmethod
    def perform(self, operation: str, identity: int, vector: numpy.ndarray) -> list[int]:
        """Does one of `operations` to the item of this id, or with the vector as a query; gives the ids found."""

    @abstractmethod
    def stop(self) -> None: ...


class WhiplashOnDynamoDB(Subject):
    name = "whiplash-dynamodb"
    operations: ClassVar[dict[str, dict[str, Any]]] = {
        "search": {}, "search eventual": {"consistency": "eventual"}, "search exact": {"exact": True}, "insert": {},
        "get": {}, "update": {}, "delete": {},
    }  # fmt: skip

    def version(self) -> str:
        return swift.revision()

    def start(self, port: int, folder: Path, dimension: int) -> None:
        self.server = serve(folder, {**aws_environment(port), "WHIPLASH_STORE": "dynamodb"})
        self.connection = Connection(self.server.port, {"x-api-key": KEY})
        self.collection = f"/projects/{PROJECT}/collections/{COLLECTION}"
        self.items = f"{self.collection}/items"
        create(self.connection, dimension)

    def insert(self, start: int, rows: numpy.ndarray) -> None:
        vectors = [{"id": str(start + row), "vector": vector.tolist()} for row, vector in enumerate(rows)]
        self.connection.call("POST", f"{self.items}/batch", {"vectors": vectors})

    def perform(self, operation: str, identity: int, vector: numpy.ndarray) -> list[int]:
        match operation:
            case "insert":
                self.connection.call("POST", self.items, {"id": str(identity), "vector": vector.tolist()})
            case "get":
                self.connection.call("GET", f"{self.items}/{identity}")
            case "update":
                self.connection.call("PATCH", f"{self.items}/{identity}", {"vector": vector.tolist()})
            case "delete":
                self.connection.call("DELETE", f"{self.items}/{identity}")
            case _:
                body = {"query": vector.tolist(), "limit": 10, "include_vector": False, **self.operations[operation]}
                found = self.connection.call("POST", f"{self.collection}/search", body)
                return [int(match["id"]) for match in found]
        return []

    def stop(self) -> None:
        self.connection.close()
        self.server.stop()


class Ancestor(Subject):
    """In a process and an environment of its own, since it wants numpy below 2; see `ancestor_worker`."""

    name = "ancestor"
    operations: ClassVar[dict[str, dict[str, Any]]] = {"search": {}, "insert": {}, "get": {}}
    size_count = 1
    environment = BENCHMARKS / ".venv-ancestor"

    def version(self) -> str | None:
        found = list(self.environment.glob("lib/python*/site-packages/whiplash_client-*.dist-info"))
        return found[0].name.split("-")[1].removesuffix(".dist") if found else None

    def missing(self) -> str | None:
        if self.version():
            return None
        record = self.environment / "missing.json"
        reasons = json.loads(record.read_text()) if record.exists() else {}
        return reasons.get("whiplash-client", "the package whiplash-client is not installed")

    def start(self, port: int, folder: Path, dimension: int) -> None:
        worker = Path(__file__).with_name("ancestor_worker.py")
        self.process = subprocess.Popen(
            [str(self.environment / "bin" / "python"), str(worker), str(dimension)], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **aws_environment(port)},
        )  # fmt: skip
        self._answer()

    def insert(self, start: int, rows: numpy.ndarray) -> None:
        for row, vector in enumerate(rows):
            self.perform("insert", start + row, vector)

    def perform(self, operation: str, identity: int, vector: numpy.ndarray) -> list[int]:
        line = {"do": operation, "id": str(identity), "vector": vector.tolist()}
        print(json.dumps(line), file=self.process.stdin, flush=True)
        return [int(identity) for identity in self._answer()]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)

    def _answer(self) -> list[str]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the ancestor's process ended with {self.process.wait()}")
        return json.loads(line)


ALL: list[Subject] = [WhiplashOnDynamoDB(), Ancestor()]
