"""What a search should find: brute force in float32."""

from dataclasses import dataclass

import numpy

from .progress import Progress
from .vectors import RawVectors

# Scores closer than this are one score: which of them comes first is chance of rounding.
TIE = 1e-6


@dataclass(frozen=True)
class Truth:
    """The queries and the score of each one's last true neighbour."""

    base: RawVectors
    queries: numpy.ndarray
    limit: int
    last_scores: numpy.ndarray

    def recall(self, answers: list[list[int]]) -> float:
        """The share of the true neighbours that answers to the first queries hold, in order of the queries."""
        found = sum(self._found(position, ids) for position, ids in enumerate(answers))
        return found / (self.limit * len(answers))

    def _found(self, position: int, ids: list[int]) -> int:
        wanted = {identity for identity in ids[: self.limit] if 0 <= identity < self.base.count}
        rows = [self.base.read(identity, identity + 1)[0] for identity in wanted]
        scores = numpy.array(rows) @ self.queries[position] if rows else numpy.empty(0)
        return int((scores >= self.last_scores[position] - TIE).sum())


def brute_force(base: RawVectors, queries: numpy.ndarray, limit: int) -> Truth:
    """Every row's inner product with every query, block by block."""
    best = numpy.full((len(queries), limit), -numpy.inf, numpy.float32)
    with Progress("ground truth", base.count) as progress:
        for _, rows in base.blocks():
            scores = numpy.concatenate([best, queries @ rows.T], axis=1)
            best = -numpy.partition(-scores, limit - 1, axis=1)[:, :limit]
            progress.advance(len(rows))
    return Truth(base, queries, limit, best.min(axis=1))
