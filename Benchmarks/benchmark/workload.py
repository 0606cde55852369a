"""What one run measures with: the vectors, the queries and how many neighbours are asked for."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy

from .vectors import RawVectors


@dataclass(frozen=True)
class Workload:
    base: RawVectors
    queries: RawVectors
    limit: int
    # Rows before this one are in the system already: a collection that grows.
    start: int = 0

    def query_rows(self) -> numpy.ndarray:
        return self.queries.read(0, self.queries.count)

    def flags(self) -> list[str]:
        """The same for a worker in any language."""
        return [
            "--base", str(self.base.path), "--count", str(self.base.count), "--start", str(self.start),
            "--queries", str(self.queries.path), "--query-count", str(self.queries.count),
            "--dimension", str(self.base.dimension), "--limit", str(self.limit),
        ]  # fmt: skip


@dataclass(frozen=True)
class Cores:
    """Which cores the process that holds the vectors may use, and which whoever asks it."""

    system: tuple[int, ...]
    client: tuple[int, ...]

    def flags(self) -> list[str]:
        return ["--system-cores", json.dumps(self.system), "--client-cores", json.dumps(self.client)]


def disk_bytes(folder: Path) -> int:
    """What the files of a folder take of the disk; holes in sparse files take nothing."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
