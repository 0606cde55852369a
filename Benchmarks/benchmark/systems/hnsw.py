"""hnswlib: a navigable small-world graph in memory. Documentation: the README and ALGO_PARAMS.md of nmslib/hnswlib."""

import os
from pathlib import Path
from typing import Any

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System


class HNSWLib(System):
    name = "hnswlib"
    about = "graph in memory, M=16, ef_construction=200, inner product"
    module = package = "hnswlib"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting(f"ef={ef}", {"ef": ef}) for ef in (10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 800)]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        import hnswlib

        index = hnswlib.Index(space="ip", dim=workload.base.dimension)
        index.init_index(max_elements=workload.base.count, M=16, ef_construction=200, random_seed=1)
        index.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
        for start, rows in workload.base.blocks(2_000):
            index.add_items(rows, numpy.arange(start, start + len(rows)))
            progress.advance(len(rows))
        index.save_index(str(folder / "index.hnsw"))
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        import hnswlib

        index = hnswlib.Index(space="ip", dim=workload.base.dimension)
        index.load_index(str(folder / "index.hnsw"), max_elements=workload.base.count)
        index.set_num_threads(1)
        index.set_ef(2 * workload.limit)
        return HNSWSearcher(index, workload.limit)


class HNSWSearcher(Searcher):
    def __init__(self, index: Any, limit: int):
        self.index, self.limit = index, limit

    def use(self, setting: dict[str, Any]) -> None:
        self.index.set_ef(setting["ef"])

    def search(self, prepared: numpy.ndarray) -> numpy.ndarray:
        return self.index.knn_query(prepared, k=self.limit)[0]

    def ids(self, answer: numpy.ndarray) -> list[int]:
        return answer[0].tolist()
