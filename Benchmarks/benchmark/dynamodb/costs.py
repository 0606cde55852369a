"""Measures what the operations of those on DynamoDB cost, at one size after the other."""

import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy

from ..processes import SystemFailed
from ..progress import Progress, say
from ..report import number, table
from ..truth import brute_force
from ..workload import Workload
from .emulator import Emulator
from .proxy import Cost, CountingProxy
from .subjects import Subject

# How often each operation is done; what costs much, less often.
TIMES = {"search exact": 5}
USUAL_TIMES = 50
BATCH = 500
# What was written within the last seconds is read strongly, at twice the price: the steady state is what is compared.
SETTLE_SECONDS = 12


def measured(subjects: list[Subject], sizes: list[int], workload: Workload, folder: Path) -> list[dict[str, Any]]:
    """The facts of each subject, each on an emulator of its own; a size beyond the base's is left out."""
    there = [size for size in sizes if size <= workload.base.count] or [workload.base.count]
    return [measure(subject, there, workload, folder) for subject in subjects]


def measure(subject: Subject, sizes: list[int], workload: Workload, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {"system": subject.name, "version": subject.version()}
    if reason := subject.missing():
        say(f"{subject.name}: missing: {reason}")
        return {**facts, "missing": reason}
    say(f"{subject.name}: on a DynamoDB emulator")
    place = folder / subject.name
    place.mkdir()
    emulator = Emulator(folder / f"{subject.name}-emulator")
    proxy = CountingProxy(emulator)
    try:
        taken = sizes[: subject.size_count]
        facts["sizes"] = [
            at_size(subject, proxy, size, before, workload, place) for before, size in zip([0, *taken], taken)
        ]
    except (SystemFailed, OSError, RuntimeError) as failure:
        say(f"{subject.name}: failed: {failure}")
        facts["failed"] = str(failure)
    finally:
        proxy.stop()
        emulator.stop()
        shutil.rmtree(place)
    return facts


def at_size(
    subject: Subject, proxy: CountingProxy, size: int, before: int, workload: Workload, folder: Path
) -> dict[str, Any]:
    base, queries = workload.base.first(size), workload.query_rows()
    truth = brute_force(base, queries, 10)
    subject.start(proxy.port, folder, base.dimension)
    proxy.take()
    began = time.perf_counter()
    with Progress(f"{subject.name} ingest", size - before) as progress:
        for start, rows in base.blocks(BATCH, before):
            subject.insert(start, rows)
            progress.advance(len(rows))
    ingest = per(proxy.take(), size - before)
    facts: dict[str, Any] = {"items": size, "ingest_per_second": (size - before) / (time.perf_counter() - began)}
    subject.stop()
    time.sleep(SETTLE_SECONDS)
    # A process that has never seen the collection, then the same again and again.
    subject.start(proxy.port, folder, base.dimension)
    proxy.take()
    subject.perform("search", 0, queries[0])
    costs = {"ingest, an item": ingest, "search, first of a process": asdict(proxy.take())}
    for operation in subject.operations:
        costs[operation], answers = repeated(subject, proxy, operation, size, queries)
        if operation.startswith("search"):
            costs[operation]["recall"] = truth.recall(answers)
    subject.stop()
    return {**facts, "operations": costs}


def repeated(
    subject: Subject, proxy: CountingProxy, operation: str, size: int, queries: numpy.ndarray
) -> tuple[dict[str, float], list[list[int]]]:
    """Means over some times. New items get ids beyond the base's; they are gone before the next search."""
    times = min(TIMES.get(operation, USUAL_TIMES), len(queries))
    answers, costs = [], []
    for turn in range(times):
        identity = turn if operation == "get" else 10_000_000 + size + turn
        # An item is moved to where it was not before.
        vector = queries[(turn + 1) % len(queries)] if operation == "update" else queries[turn]
        answers.append(subject.perform(operation, identity, vector))
        costs.append(proxy.take())
    return mean(costs), answers


def mean(costs: list[Cost]) -> dict[str, float]:
    return {name: sum(asdict(cost)[name] for cost in costs) / len(costs) for name in asdict(costs[0])}


def per(cost: Cost, count: int) -> dict[str, float]:
    return {name: value / count for name, value in asdict(cost).items()}


def report(facts: list[dict[str, Any]]) -> str:
    head = ["system", "operation", "items", "round trips", "requests", "write units", "read units", "recall@10"]
    rows = [
        [
            fact["system"], operation, f"{size['items']:,}", number(cost["round_trips"]), number(cost["requests"]),
            number(cost["write_units"]), number(cost["read_units"]),
            f"{cost['recall']:.4f}" if "recall" in cost else "–",
        ]
        for fact in facts for size in fact.get("sizes", ()) for operation, cost in size["operations"].items()
    ]  # fmt: skip
    parts = [table(head, rows)] if rows else []
    parts += [
        f"{fact['system']} is {why}: {fact[why]}" for fact in facts for why in ("missing", "failed") if why in fact
    ]
    return "\n\n".join(parts)
