"""LanceDB, embedded: inverted lists with product quantisation, RaBitQ, or graphs over scalar codes.

Documentation: docs.lancedb.com, "Vector indexes": defaults of each index, refine_factor, nprobes, ef.
"""

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System


class Lance(System):
    module = package = "lancedb"
    index: ClassVar[str]

    def load(self) -> None:
        os.environ.setdefault("LANCE_LOG", "error")
        super().load()

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        self.load()
        import lancedb
        import lancedb.index
        import pyarrow

        dimension = workload.base.dimension
        schema = pyarrow.schema([("id", pyarrow.int64()), ("vector", pyarrow.list_(pyarrow.float32(), dimension))])
        table = lancedb.connect(folder).create_table("items", schema=schema)
        for start, rows in workload.base.blocks():
            ids = pyarrow.array(numpy.arange(start, start + len(rows)))
            vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.ravel()), dimension)
            table.add(pyarrow.table([ids, vectors], schema=schema))
            progress.advance(len(rows))
        table.create_index("vector", config=getattr(lancedb.index, self.index)(distance_type="cosine"))
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        import lancedb

        return LanceSearcher(lancedb.connect(folder).open_table("items"), workload.limit)


def refined(probes: tuple[int, ...], factors: tuple[int, ...]) -> list[Setting]:
    return [
        Setting(f"nprobes={probe} refine={factor}", {"nprobes": probe, "refine": factor})
        for factor in factors
        for probe in probes
    ]


class LancePQ(Lance):
    name = "lancedb-pq"
    about = "IVF_PQ by its defaults, refined by float32"
    index = "IvfPq"

    def settings(self, workload: Workload) -> list[Setting]:
        return refined((10, 20, 50), (5, 10, 20, 50))


class LanceRQ(Lance):
    name = "lancedb-rq"
    about = "IVF_RQ (RaBitQ) by its defaults, refined by float32"
    index = "IvfRq"

    def settings(self, workload: Workload) -> list[Setting]:
        return refined((10, 20, 50), (5, 10, 20))


class LanceHNSW(Lance):
    name = "lancedb-hnsw"
    about = "IVF_HNSW_SQ by its defaults"
    index = "HnswSq"

    def settings(self, workload: Workload) -> list[Setting]:
        plain = [Setting(f"ef={ef}", {"ef": ef}) for ef in (20, 40, 80, 160)]
        return plain + [Setting(f"ef={ef} refine=2", {"ef": ef, "refine": 2}) for ef in (80, 160, 320, 640)]


class LanceSearcher(Searcher):
    def __init__(self, table: Any, limit: int):
        self.table, self.limit = table, limit
        self.setting: dict[str, Any] = {}

    def use(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    def search(self, prepared: numpy.ndarray) -> Any:
        query = self.table.search(prepared).distance_type("cosine").limit(self.limit).select(["id", "_distance"])
        if "nprobes" in self.setting:
            query = query.nprobes(self.setting["nprobes"])
        if "ef" in self.setting:
            query = query.ef(self.setting["ef"])
        if "refine" in self.setting:
            query = query.refine_factor(self.setting["refine"])
        return query.to_arrow()

    def ids(self, answer: Any) -> list[int]:
        return answer["id"].to_pylist()
