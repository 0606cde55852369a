"""The systems that can be measured, in the order in which they are."""

from .base import System
from .chroma import ChromaEmbedded, ChromaHTTP
from .exhaustive import NumPy
from .faiss_index import FaissFlat, FaissIVF, FaissRaBitQ
from .hnsw import HNSWLib
from .lance import LanceHNSW, LancePQ, LanceRQ
from .qdrant import QdrantEdge
from .sqlite_vec import SQLiteVec, SQLiteVecBits
from .sqlite_vector import SQLiteVector
from .whiplash import WhiplashEmbedded, WhiplashHTTP, WhiplashTuned

ALL: list[System] = [
    WhiplashEmbedded(), WhiplashHTTP(), NumPy(), FaissFlat(), FaissRaBitQ(), FaissIVF(), HNSWLib(), SQLiteVec(),
    SQLiteVecBits(), SQLiteVector(), LancePQ(), LanceRQ(), LanceHNSW(), ChromaEmbedded(), ChromaHTTP(), QdrantEdge(),
]  # fmt: skip
# Tuning pays in a collection that grows large.
GROWING: list[System] = [*(system for system in ALL if system.grows), WhiplashTuned()]


def named(name: str) -> System:
    return next(system for system in ALL if system.name == name)
