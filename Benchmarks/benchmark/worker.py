"""One system in a process of its own: `python -m benchmark.worker ingest|search SYSTEM …`.

It speaks JSON, a line at a time: an object on standard output for what has been done, a command on standard input for what
is next. Whatever a library prints goes to standard error. Benchmarks/InProcess speaks the same.

    ingest: {"seconds", "items", "pid"}, and ends when standard input does
    search: {"first_answer_ms", "pid"}, then for each command an answer
      {"do": "latency", "setting", "seconds", "at_least"} → {"milliseconds": […], "ids": [[…]]}
      {"do": "throughput", "setting", "seconds", "clients"} → {"answered", "seconds"}
    {"error"} where something failed
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, TextIO

from .processes import use_cores
from .progress import Progress
from .systems import named
from .systems.base import Searcher, System
from .vectors import RawVectors
from .workload import Cores, Workload

WARM_UP = 20


def main() -> None:
    options = arguments()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        cores = Cores(tuple(json.loads(options.system_cores)), tuple(json.loads(options.client_cores)))
        system, workload, folder = named(options.system), workload_of(options), Path(options.folder)
        say = phases[options.phase]
        for answer in say(system, workload, folder, cores):
            print(json.dumps(answer), file=answers, flush=True)
    except Exception as error:
        if os.environ.get("WHIPLASH_BENCHMARK_TRACE"):
            raise
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
        sys.exit(1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("phase", choices=phases)
    parser.add_argument("system")
    for flag in ("folder", "base", "queries", "system-cores", "client-cores"):
        parser.add_argument(f"--{flag}", required=True)
    for flag in ("count", "start", "query-count", "dimension", "limit"):
        parser.add_argument(f"--{flag}", type=int, required=True)
    return parser.parse_args()


def workload_of(options: argparse.Namespace) -> Workload:
    base = RawVectors(Path(options.base), options.count, options.dimension)
    queries = RawVectors(Path(options.queries), options.query_count, options.dimension)
    return Workload(base, queries, options.limit, options.start)


def ingest(system: System, workload: Workload, folder: Path, cores: Cores) -> Iterator[dict[str, Any]]:
    items = workload.base.count - workload.start
    with Progress(f"{system.name} ingest", items) as progress:
        began = time.perf_counter()
        holder = system.ingest(workload, folder, progress)
        seconds = holder.seconds if holder.seconds is not None else time.perf_counter() - began
    yield {"seconds": seconds, "items": items, "pid": holder.pid}
    sys.stdin.read()
    holder.close()


def search(system: System, workload: Workload, folder: Path, cores: Cores) -> Iterator[dict[str, Any]]:
    queries = list(workload.query_rows())
    system.load()
    began = time.perf_counter()
    searcher = system.open(workload, folder)
    searcher.search(searcher.prepare(queries[0]))
    yield {"first_answer_ms": (time.perf_counter() - began) * 1000, "pid": searcher.pid}
    for line in commands(sys.stdin):
        # A server that starts anew for a setting is to have the system's cores, not the client's.
        use_cores(cores.system)
        searcher.use(line["setting"])
        if searcher.pid != os.getpid():
            use_cores(cores.client)
        measure = {"latency": latency, "throughput": throughput}[line["do"]]
        yield {**measure(searcher, queries, line), "pid": searcher.pid}
    searcher.close()


phases = {"ingest": ingest, "search": search}


def commands(stream: TextIO) -> Iterator[dict[str, Any]]:
    while line := stream.readline():
        yield json.loads(line)


def latency(searcher: Searcher, queries: list, command: dict[str, Any]) -> dict[str, Any]:
    """One query after the other, until all are asked, or the time is up and `at_least` of them are."""
    prepared = [searcher.prepare(query) for query in queries]
    for query in prepared[-WARM_UP:]:
        searcher.search(query)
    answers, milliseconds = [], []
    deadline = time.perf_counter() + command["seconds"]
    for query in prepared:
        began = time.perf_counter()
        answers.append(searcher.search(query))
        ended = time.perf_counter()
        milliseconds.append((ended - began) * 1000)
        if ended > deadline and len(answers) >= command["at_least"]:
            break
    return {"milliseconds": milliseconds, "ids": [searcher.ids(answer) for answer in answers]}


def throughput(searcher: Searcher, queries: list, command: dict[str, Any]) -> dict[str, Any]:
    """Clients that each ask one query after the other, all at the same time."""
    searchers = [searcher] + [searcher.twin() for _ in range(1, command["clients"])]
    answered = [0] * len(searchers)
    start = Barrier(len(searchers) + 1)

    def ask(client: int, searcher: Searcher) -> None:
        prepared = [searcher.prepare(query) for query in queries]
        position = client * len(prepared) // len(searchers)
        for query in prepared[-WARM_UP:]:
            searcher.search(query)
        start.wait()
        deadline = time.perf_counter() + command["seconds"]
        while time.perf_counter() < deadline:
            searcher.search(prepared[position % len(prepared)])
            position += 1
            answered[client] += 1

    threads = [Thread(target=ask, args=each) for each in enumerate(searchers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for twin in searchers[1:]:
        if twin is not searcher:
            twin.close()
    return {"answered": sum(answered), "seconds": seconds}


if __name__ == "__main__":
    main()
