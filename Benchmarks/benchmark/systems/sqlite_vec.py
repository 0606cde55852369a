"""sqlite-vec: a virtual table scanned whole, in float32 or in bits with rescoring.

Documentation: alexgarcia.xyz/sqlite-vec, "KNN queries", "Binary quantization".
"""

from pathlib import Path
from typing import Any

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System

FLOATS = "SELECT id FROM vectors WHERE embedding MATCH :query ORDER BY distance LIMIT :limit"
BITS = """
    WITH near AS MATERIALIZED (
        SELECT id FROM bits WHERE coarse MATCH vec_quantize_binary(:query) ORDER BY distance LIMIT :candidates
    )
    SELECT id FROM near JOIN items USING (id) ORDER BY vec_distance_cosine(embedding, :query) LIMIT :limit
"""


def connect(folder: Path) -> Any:
    import apsw
    import sqlite_vec

    connection = apsw.Connection(str(folder / "vectors.db"))
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    return connection


class SQLiteVec(System):
    name = "sqlite-vec-float"
    about = "vec0 table of float32, cosine distance, scanned whole"
    module = "sqlite_vec"
    package = "sqlite-vec"
    grows = True
    query = FLOATS

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting("exhaustive")]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        connection = connect(folder)
        self.make(connection, workload.base.dimension)
        for start, rows in workload.base.blocks(1_000, workload.start):
            with connection:
                self.insert(connection, [(start + row, vector.tobytes()) for row, vector in enumerate(rows)])
            progress.advance(len(rows))
        connection.close()
        return Holder()

    def make(self, connection: Any, dimension: int) -> None:
        connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS vectors USING vec0("
            f"id INTEGER PRIMARY KEY, embedding float[{dimension}] distance_metric=cosine)"
        )

    def insert(self, connection: Any, rows: list[tuple[int, bytes]]) -> None:
        connection.executemany("INSERT INTO vectors VALUES (?, ?)", rows)

    def open(self, workload: Workload, folder: Path) -> Searcher:
        return SQLSearcher(lambda: connect(folder), self.query, workload.limit)


class SQLiteVecBits(SQLiteVec):
    name = "sqlite-vec-bit"
    about = (
        "vec0 table of bits scanned whole, the best rescored by cosine from an ordinary table (quicker than from vec0)"
    )
    query = BITS

    def settings(self, workload: Workload) -> list[Setting]:
        counts = [workload.limit * times for times in (4, 8, 16, 32, 64, 128)]
        return [Setting(f"{count} rescored", {"candidates": count}) for count in counts]

    def make(self, connection: Any, dimension: int) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, embedding BLOB)")
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS bits USING vec0(id INTEGER PRIMARY KEY, coarse bit[{dimension}])"
        )

    def insert(self, connection: Any, rows: list[tuple[int, bytes]]) -> None:
        connection.executemany("INSERT INTO items VALUES (?, ?)", rows)
        connection.executemany("INSERT INTO bits VALUES (?, vec_quantize_binary(?))", rows)


class SQLSearcher(Searcher):
    """A query of SQL with `:query`, `:limit` and what the setting names, over a connection of its own."""

    def __init__(self, connect: Any, sql: str, limit: int):
        self.connect, self.sql, self.limit = connect, sql, limit
        self.connection = connect()
        self.setting: dict[str, Any] = {"candidates": 4 * limit}

    def use(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    def prepare(self, query: numpy.ndarray) -> dict[str, Any]:
        return {"query": query.tobytes(), "limit": self.limit, **self.setting}

    def search(self, prepared: dict[str, Any]) -> list[tuple]:
        return self.connection.execute(self.sql, prepared).fetchall()

    def ids(self, answer: list[tuple]) -> list[int]:
        return [row[0] for row in answer]

    def twin(self) -> Searcher:
        twin = SQLSearcher(self.connect, self.sql, self.limit)
        twin.use(self.setting)
        return twin

    def close(self) -> None:
        self.connection.close()
