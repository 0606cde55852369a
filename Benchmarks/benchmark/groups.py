"""Users of several sizes in one collection with groups: how fast they are stored, and what a search in one takes."""

import json
import os
import statistics
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy

from . import swift
from .dynamodb.emulator import Emulator
from .dynamodb.proxy import CountingProxy
from .dynamodb.subjects import aws_environment
from .http_client import Connection
from .processes import SystemFailed
from .progress import Progress, say
from .report import number, table
from .systems.whiplash import KEY, serve
from .truth import brute_force
from .vectors import BLOCK, RawVectors, write_raw
from .workload import Workload

TYPES = {"float32": numpy.float32, "float16": numpy.float16}
BATCH = 500
# Each search in a large group takes seconds on an emulator; so many are made however long they take.
AT_LEAST = 5
WARM_UPS = 6
# Bucket rows older than this are trusted to be in every replica, so that eventual reads do: the steady state is what is measured.
SETTLE_SECONDS = 121


class Store(ABC):
    """A collection with groups in a store of one kind; a user is a group of the first `items` rows of the base."""

    name: ClassVar[str]
    settles: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, vector_type: str, workload: Workload, folder: Path): ...

    @abstractmethod
    def insert(self, items: int) -> float:
        """Stores a user's items; gives the seconds that took."""

    @abstractmethod
    def search(self, items: int, seconds: float) -> dict[str, Any]:
        """`milliseconds` and `ids` of searches in the user's group, and the means of what each has read."""

    @abstractmethod
    def stop(self) -> None: ...


class GroupsOnSQLite(Store):
    """The library in a Swift program (`Benchmarks/InProcess`)."""

    name = "groups-sqlite"

    def __init__(self, vector_type: str, workload: Workload, folder: Path):
        command = [str(swift.in_process()), "groups", "--folder", str(folder), *workload.flags()]
        self.process = subprocess.Popen(
            [*command, "--vector-type", vector_type], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answer()

    def insert(self, items: int) -> float:
        return self._ask(do="insert", items=items)["seconds"]

    def search(self, items: int, seconds: float) -> dict[str, Any]:
        found = self._ask(do="search", items=items, seconds=seconds, at_least=AT_LEAST)
        read = found.pop("read")
        return found | {
            "bytes_read": statistics.mean(one["bytes"] for one in read),
            "vectors_read": statistics.mean(one["vectors"] for one in read),
        }

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(120)

    def _ask(self, **command: Any) -> dict[str, Any]:
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"its process ended with {self.process.wait()}"}
        if "error" in answer:
            raise SystemFailed(answer["error"])
        return answer


class GroupsOnDynamoDB(Store):
    """`whiplash serve` over a counting proxy and an emulator."""

    name = "groups-dynamodb"
    settles = True

    def __init__(self, vector_type: str, workload: Workload, folder: Path):
        self.workload = workload
        self.emulator = Emulator(folder / "emulator")
        self.proxy = CountingProxy(self.emulator)
        self.server = serve(folder, {**aws_environment(self.proxy.port), "WHIPLASH_STORE": "dynamodb"})
        self.connection = Connection(self.server.port, {"x-api-key": KEY})
        collections = "/projects/benchmark/collections"
        body = {"n_features": workload.base.dimension, "grouping": True, "vector_type": vector_type}
        self.connection.call("POST", collections, {"name": "users", **body})
        self.path = f"{collections}/users"
        self.write_units = 0.0

    def insert(self, items: int) -> float:
        self.proxy.take()
        seconds = 0.0
        for start, rows in self.workload.base.first(items).blocks(BATCH):
            vectors = [
                {"id": str(start + row), "group": f"user {items}", "vector": vector.tolist()}
                for row, vector in enumerate(rows)
            ]
            request = self.connection.request("POST", f"{self.path}/items/batch", {"vectors": vectors})
            began = time.perf_counter()
            self._exchange(request)
            seconds += time.perf_counter() - began
        self.write_units = self.proxy.take().write_units / items
        return seconds

    def search(self, items: int, seconds: float) -> dict[str, Any]:
        found: dict[str, list[Any]] = {"milliseconds": [], "ids": []}
        costs = []
        deadline = time.perf_counter() + seconds
        for query in self.workload.query_rows():
            body = {
                "query": query.tolist(), "group": f"user {items}", "limit": self.workload.limit, "include_vector": False,
            }  # fmt: skip
            request = self.connection.request("POST", f"{self.path}/search", body)
            if not costs:
                self._warm_up(request)
            self.proxy.take()
            began = time.perf_counter()
            answer = self._exchange(request)
            ended = time.perf_counter()
            found["milliseconds"].append((ended - began) * 1000)
            found["ids"].append([int(match["id"]) for match in answer])
            costs.append(self.proxy.take())
            if ended > deadline and len(costs) >= AT_LEAST:
                break
        means = {
            name: statistics.mean(getattr(cost, name) for cost in costs)
            for name in ("round_trips", "requests", "read_units", "bytes_read")
        }
        vectors = statistics.mean(cost.items_got for cost in costs)
        return found | means | {"vectors_read": vectors, "write_units": self.write_units}

    def _warm_up(self, request: bytes) -> None:
        """Asks until there is an answer: the emulator's first pass over a large partition outlasts what a client waits for."""
        for _ in range(WARM_UPS):
            status, _ = self.connection.exchange(request)
            if status == 200:
                return

    def stop(self) -> None:
        self.connection.close()
        self.server.stop()
        self.proxy.stop()
        self.emulator.stop()

    def _exchange(self, request: bytes) -> Any:
        status, answer = self.connection.exchange(request)
        if status != 200:
            raise SystemFailed(f"{status} {answer[:300].decode(errors='replace')}")
        return json.loads(answer)


STORES: list[type[Store]] = [GroupsOnSQLite, GroupsOnDynamoDB]


def measured(
    stores: list[type[Store]], sizes: list[int], workload: Workload, seconds: float, folder: Path
) -> list[dict[str, Any]]:
    """The facts of each user on each store and as each type."""
    facts = []
    for vector_type, kind in TYPES.items():
        # The truth is that of the vectors that are kept.
        kept = rounded(workload.base, kind, folder / f"{vector_type}.f32")
        for store in stores:
            place = folder / f"{store.name}-{vector_type}"
            place.mkdir()
            facts += users(store, vector_type, sizes, workload, kept, seconds, place)
    return facts


def rounded(base: RawVectors, kind: type, path: Path) -> RawVectors:
    """The rows as they are stored, at length one, as cosines take them."""
    return write_raw(path, (rows.astype(kind) for _, rows in base.blocks(BLOCK)))


def users(
    store: type[Store], vector_type: str, sizes: list[int], workload: Workload, kept: RawVectors, seconds: float,
    folder: Path,
) -> list[dict[str, Any]]:  # fmt: skip
    say(f"{store.name} as {vector_type}")
    facts: list[dict[str, Any]] = [
        {"store": store.name, "vector_type": vector_type, "items": size, "version": swift.revision()} for size in sizes
    ]
    opened = store(vector_type, workload, folder)
    try:
        with Progress("ingest", sum(sizes)) as progress:
            for fact in facts:
                fact["ingest_per_second"] = fact["items"] / opened.insert(fact["items"])
                progress.advance(fact["items"])
        if store.settles and seconds >= 5:
            time.sleep(SETTLE_SECONDS)
        for fact in facts:
            fact["load_before"] = round(os.getloadavg()[0], 2)
            found = opened.search(fact["items"], seconds)
            fact |= summary(found, brute_force(kept.first(fact["items"]), workload.query_rows(), workload.limit))
            say(f"  {fact['items']:,} items: {fact['p50_ms']:.2f} ms, recall {fact['recall']:.4f}")
    finally:
        opened.stop()
    return facts


def summary(found: dict[str, Any], truth: Any) -> dict[str, Any]:
    milliseconds = found.pop("milliseconds")
    ids = found.pop("ids")
    return found | {
        "queries": len(ids),
        "recall": truth.recall(ids),
        "p50_ms": float(numpy.percentile(milliseconds, 50)),
        "p99_ms": float(numpy.percentile(milliseconds, 99)),
    }


def report(results: dict[str, Any]) -> str:
    head = [
        "store", "vectors", "items", "items/s in", "write units in", "p50 ms", "p99 ms", "queries", "recall",
        "vectors read", "KB read", "read units", "round trips",
    ]  # fmt: skip
    rows = [
        [
            fact["store"], fact["vector_type"], f"{fact['items']:,}", number(fact["ingest_per_second"]),
            number(fact.get("write_units")), number(fact["p50_ms"]), number(fact["p99_ms"]), str(fact["queries"]),
            f"{fact['recall']:.4f}", number(fact["vectors_read"]), number(fact["bytes_read"] / 1000),
            number(fact.get("read_units")), number(fact.get("round_trips")),
        ]
        for fact in results["groups"]
    ]  # fmt: skip
    machine, data = results["machine"], results["data"]
    heading = (
        f"Users of a collection with groups, vectors of {data['dimension']} dimensions ({data['source']}), the best "
        f"{data['limit']} of a user's items, exact, one query at a time; {machine['cores']} cores {machine['architecture']} at "
        f"{machine['gigahertz']} GHz, {machine['os']}, Swift {machine['swift']}. groups-sqlite is the library in a program, "
        "groups-dynamodb the server on an emulator behind a counting proxy, whose times say nothing of DynamoDB's."
    )
    return heading + "\n\n" + table(head, rows)


def draw(results: dict[str, Any], path: Path) -> bool:
    """Latency, and what is read, against a user's items, as an SVG; gives False where matplotlib is not there."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(12, 5))
    lines = sorted({(fact["store"], fact["vector_type"]) for fact in results["groups"]})
    for store, vector_type in lines:
        facts = [fact for fact in results["groups"] if (fact["store"], fact["vector_type"]) == (store, vector_type)]
        items = [fact["items"] for fact in facts]
        for axis, values in (
            (axes[0], [fact["p50_ms"] for fact in facts]), (axes[1], [fact["bytes_read"] / 1e3 for fact in facts]),
        ):  # fmt: skip
            axis.plot(items, values, marker="o", label=f"{store}, {vector_type}")
    for axis, name in zip(axes, ("median latency of a search, ms", "KB read by a search")):
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("items of the user")
        axis.set_ylabel(name)
        axis.grid(True, which="both", alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return True
