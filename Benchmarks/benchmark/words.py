"""Searches by words alone beside SQLite's FTS5, on the same texts: one query at a time, each from a file."""

import argparse
import gzip
import json
import random
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy

from . import machine
from .http_client import Connection
from .progress import Progress
from .report import number, table
from .systems.whiplash import COLLECTION, KEY, PROJECT, serve

WORDS_OF_QUERY = 3
WARM_UP = 10
BATCH = 1_000


class Index(Protocol):
    name: str

    def store(self, texts: list[str]) -> None: ...

    def best(self, words: list[str], limit: int) -> list[int]:
        """The numbers of the best texts, the best first."""


class FTS5:
    name = "SQLite FTS5, in this process"

    def __init__(self, folder: Path):
        self.database = sqlite3.connect(folder / "fts5.db")
        self.database.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")

    def store(self, texts: list[str]) -> None:
        for rows in batches(texts):
            with self.database:
                self.database.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", rows)

    def best(self, words: list[str], limit: int) -> list[int]:
        query = " OR ".join(f'"{word}"' for word in words)
        sql = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts) LIMIT ?"
        return [row for (row,) in self.database.execute(sql, (query, limit))]

    def stop(self) -> None:
        self.database.close()


class Whiplash:
    """Its vectors are of two dimensions: of no account to words."""

    name = "whiplash, over HTTP"

    def __init__(self, folder: Path):
        self.server = serve(folder, {"WHIPLASH_STORE": "sqlite", "WHIPLASH_DATABASE": "whiplash.db"})
        self.connection = Connection(self.server.port, {"x-api-key": KEY})
        body = {"name": COLLECTION, "n_features": 2, "text_index": True}
        self.connection.call("POST", f"/projects/{PROJECT}/collections", body)
        self.path = f"/projects/{PROJECT}/collections/{COLLECTION}"

    def store(self, texts: list[str]) -> None:
        for rows in batches(texts):
            items = [{"id": str(row), "vector": [1, row], "text": text} for row, text in rows]
            self.connection.call("POST", f"{self.path}/items/batch", {"vectors": items})

    def best(self, words: list[str], limit: int) -> list[int]:
        body = {"text": " ".join(words), "limit": limit, "include_vector": False, "include_text": False}
        return [int(match["id"]) for match in self.connection.call("POST", f"{self.path}/search", body)]

    def stop(self) -> None:
        self.connection.close()
        self.server.stop()


def batches(texts: list[str]) -> Iterator[list[tuple[int, str]]]:
    with Progress("texts", len(texts)) as progress:
        for start in range(0, len(texts), BATCH):
            rows = list(enumerate(texts[start : start + BATCH], start))
            yield rows
            progress.advance(len(rows))


def measured(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with gzip.open(options.texts, "rt") if options.texts.suffix == ".gz" else open(options.texts) as lines:
        texts = [json.loads(line)["text"] for line in lines][: options.count]
    queries = drawn(texts, options.query_count, options.seed)
    found: list[list[list[int]]] = []
    facts = []
    for make in (FTS5, Whiplash):
        index = make(folder)
        try:
            began = time.perf_counter()
            index.store(texts)
            seconds = time.perf_counter() - began
            times, answers = asked(index, queries, options.limit)
        finally:
            index.stop()
        found.append(answers)
        facts.append({"index": index.name, "ingest_per_second": len(texts) / seconds} | times)
    shared = [len(set(left) & set(right)) / max(1, len(left)) for left, right in zip(*found)]
    data = {"count": len(texts), "queries": len(queries), "limit": options.limit, "source": options.texts.name}
    return {"machine": machine.described(), "data": data, "words": facts, "shared": statistics.mean(shared)}


def drawn(texts: list[str], count: int, seed: int) -> list[list[str]]:
    """Different words of four letters and more, of a text each."""
    chance, queries = random.Random(seed), []
    while len(queries) < count:
        words = sorted(set(re.findall(r"[a-z]{4,}", chance.choice(texts).lower())))
        if len(words) >= WORDS_OF_QUERY:
            queries.append(chance.sample(words, WORDS_OF_QUERY))
    return queries


def asked(index: Index, queries: list[list[str]], limit: int) -> tuple[dict[str, float], list[list[int]]]:
    for words in queries[:WARM_UP]:
        index.best(words, limit)
    milliseconds, answers = [], []
    for words in queries:
        began = time.perf_counter()
        answers.append(index.best(words, limit))
        milliseconds.append((time.perf_counter() - began) * 1000)
    return {f"p{share}_ms": float(numpy.percentile(milliseconds, share)) for share in (50, 90, 99)}, answers


def report(results: dict[str, Any]) -> str:
    rows = [
        [fact["index"], *(number(fact[f"p{share}_ms"]) for share in (50, 90, 99)), number(fact["ingest_per_second"])]
        for fact in results["words"]
    ]
    data = results["data"]
    heading = (
        f"{data['count']:,} texts ({data['source']}), {data['queries']} queries of {WORDS_OF_QUERY} words of a text, the best {data['limit']} by "
        f"BM25, one query at a time; {results['machine']['cores']} cores {results['machine']['architecture']}. "
        f"{100 * results['shared']:.1f} % of what FTS5 finds is found by the other."
    )
    return heading + "\n\n" + table(["index", "p50 ms", "p90 ms", "p99 ms", "texts in a second"], rows)
