"""Qdrant Edge: Qdrant's segments inside the process. Documentation: qdrant.tech/documentation/edge."""

from pathlib import Path
from typing import Any

import numpy

from ..progress import Progress
from ..workload import Workload
from .base import Holder, Searcher, Setting, System


class QdrantEdge(System):
    name = "qdrant-edge"
    about = "one shard, graph by its defaults (m=16, ef_construct=100), optimised after the last batch"
    module = "qdrant_edge"
    package = "qdrant-edge-py"

    def settings(self, workload: Workload) -> list[Setting]:
        return [Setting(f"hnsw_ef={ef}", {"ef": ef}) for ef in (16, 32, 64, 100, 128, 192, 256, 384, 512, 1024)]

    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        from qdrant_edge import Distance, EdgeConfig, EdgeShard, EdgeVectorParams, Point, UpdateOperation

        vectors = EdgeVectorParams(size=workload.base.dimension, distance=Distance.Cosine)
        shard = EdgeShard.create(str(folder), EdgeConfig(vectors=vectors))
        for start, rows in workload.base.blocks(1_000):
            points = [Point(start + row, vector.tolist(), {}) for row, vector in enumerate(rows)]
            shard.update(UpdateOperation.upsert_points(points))
            progress.advance(len(rows))
        shard.optimize()
        shard.flush()
        shard.close()
        return Holder()

    def open(self, workload: Workload, folder: Path) -> Searcher:
        from qdrant_edge import EdgeShard

        return QdrantSearcher(EdgeShard.load(str(folder)), workload.limit)


class QdrantSearcher(Searcher):
    def __init__(self, shard: Any, limit: int):
        self.shard, self.limit = shard, limit
        self.setting: dict[str, Any] = {}

    def use(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    def prepare(self, query: numpy.ndarray) -> Any:
        from qdrant_edge import Query, SearchParams, SearchRequest

        parameters = SearchParams(hnsw_ef=self.setting.get("ef"))
        return SearchRequest(query=Query.Nearest(query.tolist()), limit=self.limit, params=parameters)

    def search(self, prepared: Any) -> Any:
        return self.shard.search(prepared)

    def ids(self, answer: Any) -> list[int]:
        return [point.id for point in answer]

    def close(self) -> None:
        self.shard.close()
