"""Vectors: read from `.npy` files, made, and laid out as the one raw file that every system reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy

BLOCK = 10_000


@dataclass(frozen=True)
class RawVectors:
    """Rows of little-endian float32 of length one, one after the other in a file with nothing else.

    They are read with `read`, not mapped, so that the memory of whoever reads them holds one block at a time.
    """

    path: Path
    count: int
    dimension: int

    def read(self, start: int, stop: int) -> numpy.ndarray:
        """Shape `[stop - start, dimension]`."""
        width = self.dimension
        values = numpy.fromfile(self.path, "<f4", count=(stop - start) * width, offset=start * width * 4)
        return values.reshape(stop - start, width)

    def blocks(self, size: int = BLOCK, start: int = 0) -> Iterator[tuple[int, numpy.ndarray]]:
        """`(index of the first row, rows)`, in order."""
        for first in range(start, self.count, size):
            yield first, self.read(first, min(self.count, first + size))

    def first(self, count: int) -> "RawVectors":
        return RawVectors(self.path, min(count, self.count), self.dimension)

    @property
    def byte_count(self) -> int:
        return self.count * self.dimension * 4


def normalised(rows: numpy.ndarray) -> numpy.ndarray:
    rows = numpy.asarray(rows, numpy.float32)
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def write_raw(path: Path, blocks: Iterator[numpy.ndarray]) -> RawVectors:
    """Normalises blocks of rows and writes them one after the other."""
    count = dimension = 0
    with open(path, "wb") as file:
        for block in blocks:
            rows = normalised(block)
            rows.astype("<f4").tofile(file)
            count, dimension = count + len(rows), rows.shape[1]
    return RawVectors(path, count, dimension)


def from_files(paths: list[Path], count: int | None) -> Iterator[numpy.ndarray]:
    """The rows of `.npy` files of float16 or float32, the files in order, up to `count` rows."""
    left = count
    for path in paths:
        rows = numpy.load(path, mmap_mode="r")
        if rows.ndim != 2 or rows.dtype not in (numpy.float16, numpy.float32):
            raise SystemExit(f"{path}: expected two dimensions of float16 or float32, found {rows.dtype}{rows.shape}")
        taken = len(rows) if left is None else min(left, len(rows))
        for start in range(0, taken, BLOCK):
            yield numpy.asarray(rows[start : min(start + BLOCK, taken)], numpy.float32)
        left = None if left is None else left - taken


class Clusters:
    """Vectors in clusters of uneven size around related centres, with directions of uneven weight.

    The neighbours' cosines are those of sentence embeddings: at 100,000 rows of 384 dimensions the nearest is at 0.61,
    the tenth at 0.55 and the thousandth at 0.28 on average (WordNet glosses by all-MiniLM-L6-v2: 0.70, 0.54, 0.30).
    """

    ROWS_PER_CLUSTER = 33
    KIN = 20

    def __init__(self, count: int, dimension: int, seed: int):
        source = numpy.random.default_rng(seed)
        clusters = max(16, count // self.ROWS_PER_CLUSTER)
        self.dimension = dimension
        spectrum = numpy.arange(1, dimension + 1, dtype=numpy.float32) ** -0.3
        self.between = spectrum / numpy.linalg.norm(spectrum)
        within = spectrum**0.7
        self.within = within / numpy.linalg.norm(within)
        turn = numpy.linalg.qr(source.standard_normal((dimension, dimension)))[0]
        self.turn = turn.astype(numpy.float32)
        kin = self._draw(source, max(2, clusters // self.KIN)) * self.between
        own = self._draw(source, clusters) * self.between
        self.centres = 0.6 * kin[source.integers(len(kin), size=clusters)] + 0.8 * own
        weights = source.pareto(1.2, size=clusters) + 0.5
        self.shares = weights / weights.sum()

    def _draw(self, source: numpy.random.Generator, count: int) -> numpy.ndarray:
        return source.standard_normal((count, self.dimension), dtype=numpy.float32)

    def blocks(self, count: int, seed: int) -> Iterator[numpy.ndarray]:
        """`count` rows; another seed draws others from the same clusters."""
        source = numpy.random.default_rng([seed, 1])
        for start in range(0, count, BLOCK):
            size = min(BLOCK, count - start)
            rows = self.centres[source.choice(len(self.centres), size=size, p=self.shares)]
            rows = rows + self._draw(source, size) * self.within
            rows[:, 0] += 0.3
            yield rows @ self.turn


def extended(rows: numpy.ndarray, count: int, seed: int) -> Iterator[numpy.ndarray]:
    """`count` further rows like those given: each between a row and a near one, moved by a part of the difference of two others.

    A made row's tenth neighbour among the given is about as near as a held-out row's.
    """
    source = numpy.random.default_rng(seed)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        origin = rows[source.integers(len(rows), size=size)]
        pool = rows[source.integers(len(rows), size=256)]
        near = pool[numpy.argmax(origin @ pool.T, axis=1)]
        share = source.uniform(0, 0.5, size=(size, 1)).astype(numpy.float32)
        left, right = (rows[source.integers(len(rows), size=size)] for _ in range(2))
        yield (1 - share) * origin + share * near + (0.6 / 2**0.5) * (left - right)
