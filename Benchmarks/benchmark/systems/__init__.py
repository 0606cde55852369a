"""The systems that can be measured, in the order in which they are."""

from .base import System
from .chroma import Chroma, ChromaHTTP
from .exhaustive import NumPy
from .faiss_index import FaissFlat, FaissIVF, FaissRaBitQ
from .hnsw import HNSWLib
from .lance import LanceHNSW, LancePQ, LanceRQ
from .qdrant import QdrantEdge
from .sqlite_vec import SQLiteVec, SQLiteVecBits
from .sqlite_vector import SQLiteVector
from .whiplash import Whiplash, WhiplashHTTP

ALL: list[System] = [
    Whiplash(), WhiplashHTTP(), NumPy(), FaissFlat(), FaissRaBitQ(), FaissIVF(), HNSWLib(), SQLiteVec(),
    SQLiteVecBits(), SQLiteVector(), LancePQ(), LanceRQ(), LanceHNSW(), Chroma(), ChromaHTTP(), QdrantEdge(),
]  # fmt: skip


def named(name: str) -> System:
    return next(system for system in ALL if system.name == name)


def chosen(names: list[str]) -> list[System]:
    """The systems of these names; a name stands for all that begin with it and a hyphen, too."""
    found = [
        system for system in ALL
        if any(system.name == name or system.name.startswith(f"{name}-") for name in names)
    ]  # fmt: skip
    return found
