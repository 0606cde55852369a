"""NumPy: every inner product, one matrix-vector product a query."""

from pathlib import Path

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System


class NumPy(System):
    name = "numpy"
    about = "float32 matrix in memory, every inner product"
    module = package = "numpy"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting("exhaustive")]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        rows = numpy.concatenate([rows for _, rows in workload.base.blocks()])
        numpy.save(folder / "rows.npy", rows)
        progress.advance(len(rows))
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        return NumPySearcher(numpy.load(folder / "rows.npy"), workload.limit)


class NumPySearcher(Searcher):
    def __init__(self, rows: numpy.ndarray, limit: int):
        self.rows, self.limit = rows, limit

    def search(self, prepared: numpy.ndarray) -> numpy.ndarray:
        scores = self.rows @ prepared
        best = numpy.argpartition(-scores, self.limit - 1)[: self.limit]
        return best[numpy.argsort(-scores[best])]

    def ids(self, answer: numpy.ndarray) -> list[int]:
        return answer.tolist()
