"""Searches under filters that many items pass or few, by a filterable key and by another: what is found, and what it takes."""

import json
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from . import swift
from .groups import summary
from .processes import SystemFailed
from .progress import say
from .report import number, table
from .truth import Truth, brute_force
from .vectors import RawVectors, write_raw
from .workload import Workload

# Of 10,000: 50, 5, 0.5 and 0.05 %.
SHARES = [5_000, 500, 50, 5]
KEYS = ["declared", "undeclared"]
# Some settings read the whole collection for each search; so many are made however long they take.
AT_LEAST = 20


class Program:
    """The library in a Swift program (`Benchmarks/InProcess`), with every item stored."""

    def __init__(self, workload: Workload, folder: Path):
        command = [str(swift.in_process()), "filters", "--folder", str(folder), *workload.flags()]
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.items_per_second = workload.base.count / self._answer()["seconds"]

    def search(self, **command: Any) -> dict[str, Any]:
        print(json.dumps(command), file=self.process.stdin, flush=True)
        found = self._answer()
        vectors = statistics.mean(one["vectors"] for one in found.pop("read"))
        return found | {"vectors_read": vectors}

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(120)

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"its process ended with {self.process.wait()}"}
        if "error" in answer:
            raise SystemFailed(answer["error"])
        return answer


def measured(workload: Workload, seconds: float, folder: Path) -> list[dict[str, Any]]:
    program = Program(workload, folder)
    facts = []
    try:
        for below in [None, *SHARES]:
            truth = truth_among(below, workload, folder)
            for key in KEYS if below else [None]:
                found = program.search(key=key, below=below, seconds=seconds, at_least=AT_LEAST)
                fewest = min(len(ids) for ids in found["ids"])
                fact = {"key": key, "below": below, "fewest": fewest, "ingest_per_second": program.items_per_second}
                facts.append(fact | summary(found, truth))
                say(f"  {key} below {below}: {facts[-1]['p50_ms']:.2f} ms, recall {facts[-1]['recall']:.4f}")
    finally:
        program.stop()
    return facts


def truth_among(below: int | None, workload: Workload, folder: Path) -> Truth:
    """The truth among the items that pass, as numbers of all items tell them."""
    if below is None:
        return brute_force(workload.base, workload.query_rows(), workload.limit)
    numbers = (numpy.arange(workload.base.count, dtype=numpy.uint64) * 2_654_435_761 & 0xFFFF_FFFF) * 10_000 >> 32
    passes = numbers < below

    def rows() -> Iterator[numpy.ndarray]:
        for start, block in workload.base.blocks():
            yield block[passes[start : start + len(block)]]

    passing: RawVectors = write_raw(folder / f"below-{below}.f32", rows())
    if passing.count < workload.limit:
        raise SystemExit(f"Of {workload.base.count:,} items {passing.count} pass the narrowest filter: take more.")
    return replace(brute_force(passing, workload.query_rows(), workload.limit), base=workload.base)


def report(results: dict[str, Any]) -> str:
    head = ["items that pass", "key", "p50 ms", "p99 ms", "queries", "recall", "fewest found", "vectors read"]
    rows = [
        [
            f"{fact['below'] / 100:g} %" if fact["below"] else "all", fact["key"] or "no filter", number(fact["p50_ms"]),
            number(fact["p99_ms"]), str(fact["queries"]), f"{fact['recall']:.4f}", str(fact["fewest"]),
            number(fact["vectors_read"]),
        ]
        for fact in results["filters"]
    ]  # fmt: skip
    machine, data = results["machine"], results["data"]
    heading = (
        f"{data['count']:,} vectors of {data['dimension']} dimensions ({data['source']}), the best {data['limit']} under a filter, one "
        f"query at a time, the library in a program on a SQLite file, warm; {machine['cores']} cores {machine['architecture']} at "
        f"{machine['gigahertz']} GHz, {machine['os']}, Swift {machine['swift']}."
    )
    return heading + "\n\n" + table(head, rows)
