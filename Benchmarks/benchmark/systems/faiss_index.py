"""faiss: flat, RaBitQ FastScan with re-ranking, and inverted lists with product quantisation and re-ranking.

Documentation: faiss wiki, "Guidelines to choose an index", "The index factory", "RaBitQ".
"""

from pathlib import Path
from typing import Any

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System


class Faiss(System):
    """An index of faiss's factory, kept with `write_index`."""

    module = "faiss"
    package = "faiss-cpu"

    def factory(self, workload: Workload) -> str:
        raise NotImplementedError

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        import faiss

        index = faiss.index_factory(workload.base.dimension, self.factory(workload), faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            index.train(workload.base.read(0, min(workload.base.count, 100_000)))
        for _, rows in workload.base.blocks():
            index.add(rows)
            progress.advance(len(rows))
        faiss.write_index(index, str(folder / "index.faiss"))
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        import faiss

        return FaissSearcher(faiss.read_index(str(folder / "index.faiss")), workload.limit)


class FaissFlat(Faiss):
    name = "faiss-flat"
    about = "IndexFlatIP: every inner product in float32"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting("exhaustive")]

    def factory(self, workload: Workload) -> str:
        return "Flat"


class FaissRaBitQ(Faiss):
    name = "faiss-rabitq"
    about = "random rotation, RaBitQ FastScan (1 bit a dimension), best k_factor × limit re-ranked in float32"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting(f"k_factor={k}", {"k_factor": k}) for k in (1, 2, 4, 6, 8, 12, 16, 32, 64)]

    def factory(self, workload: Workload) -> str:
        return f"RR{workload.base.dimension},RaBitQfs,Refine(Flat)"


class FaissIVF(Faiss):
    name = "faiss-ivf"
    about = "inverted lists (about 4·√n), 4-bit product quantisation FastScan, best 40 re-ranked in float32"

    def settings(self, workload: Workload) -> list[Setting]:
        lists = self.lists(workload)
        probes = [probes for probes in (4, 8, 16, 32, 64, 128, 256, 512, 1024) if probes < lists]
        return [Setting(f"nprobe={probe}", {"nprobe": probe, "k_factor": 4}) for probe in probes]

    def factory(self, workload: Workload) -> str:
        return f"IVF{self.lists(workload)},PQ{workload.base.dimension // 2}x4fs,Refine(Flat)"

    @staticmethod
    def lists(workload: Workload) -> int:
        """As the guidelines have it, and never so many that training has under 40 rows for each."""
        return max(4, min(int(4 * workload.base.count**0.5), workload.base.count // 40))


class FaissSearcher(Searcher):
    def __init__(self, index: Any, limit: int):
        self.index, self.limit = index, limit
        self.parameters: Any = None

    def use(self, setting: dict[str, Any]) -> None:
        import faiss

        if "nprobe" in setting:
            faiss.ParameterSpace().set_index_parameter(self.index, "nprobe", setting["nprobe"])
        if "k_factor" in setting:
            self.parameters = faiss.IndexRefineSearchParameters(k_factor=setting["k_factor"])

    def prepare(self, query: numpy.ndarray) -> numpy.ndarray:
        return query.reshape(1, -1).copy()

    def search(self, prepared: numpy.ndarray) -> numpy.ndarray:
        return self.index.search(prepared, self.limit, params=self.parameters)[1]

    def ids(self, answer: numpy.ndarray) -> list[int]:
        return answer[0].tolist()
