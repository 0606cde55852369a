"""SQLite-Vector of SQLite AI: int8 codes of a table's column, preloaded and scanned whole.

Documentation: API.md and QUANTIZATION.md of sqliteai/sqlite-vector.
"""

import importlib.resources
from pathlib import Path
from typing import Any

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System
from .sqlite_vec import SQLSearcher

# No distance function is offered to SQL, so what is found cannot be rescored there.
SCAN = "SELECT rowid FROM vector_quantize_scan('items', 'embedding', :query, :limit)"


class SQLiteVector(System):
    name = "sqlite-vector"
    about = "int8 codes by vector_quantize, preloaded, scanned whole, dot product, not rescored"
    module = "sqlite_vector"
    package = "sqliteai-vector"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting("int8")]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        connection = self.connect(folder)
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, embedding BLOB)")
        for start, rows in workload.base.blocks(1_000):
            with connection:
                items = ((start + row, vector.tobytes()) for row, vector in enumerate(rows))
                connection.executemany("INSERT INTO items VALUES (?, ?)", items)
            progress.advance(len(rows))
        self.prepare(connection, workload.base.dimension)
        connection.execute("SELECT vector_quantize('items', 'embedding', 'qtype=INT8')").fetchall()
        connection.close()
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        def preloaded() -> Any:
            connection = self.connect(folder)
            self.prepare(connection, workload.base.dimension)
            connection.execute("SELECT vector_quantize_preload('items', 'embedding')").fetchall()
            return connection

        return SQLSearcher(preloaded, SCAN, workload.limit)

    @staticmethod
    def connect(folder: Path) -> Any:
        import apsw

        connection = apsw.Connection(str(folder / "vectors.db"))
        connection.enable_load_extension(True)
        connection.load_extension(str(importlib.resources.files("sqlite_vector.binaries") / "vector"))
        return connection

    @staticmethod
    def prepare(connection: Any, dimension: int) -> None:
        options = f"dimension={dimension},type=FLOAT32,distance=DOT"
        connection.execute("SELECT vector_init('items', 'embedding', ?)", (options,)).fetchall()
