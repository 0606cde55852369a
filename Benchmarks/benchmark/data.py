"""The base and the queries of a run, as its options say, written to raw files."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy

from .progress import Progress, say
from .vectors import Clusters, RawVectors, extended, from_files, normalised, write_raw
from .workload import Workload


def prepared(options: argparse.Namespace, folder: Path) -> tuple[Workload, dict[str, Any]]:
    """The workload, and its description for the results."""
    if options.made:
        clusters = Clusters(options.made, options.dimension, options.seed)
        base = written(folder / "base.f32", clusters.blocks(options.made, options.seed), options.made)
        queries = write_raw(folder / "queries.f32", clusters.blocks(options.query_count, options.seed + 1))
        source = f"made in clusters, seed {options.seed}"
    else:
        base, source = read(options, folder)
        queries = write_raw(folder / "queries.f32", from_files([options.queries], options.query_count))
    if queries.dimension != base.dimension:
        raise SystemExit(f"The queries have {queries.dimension} dimensions, the base has {base.dimension}.")
    workload = Workload(base, queries, options.limit)
    description = {
        "count": base.count, "dimension": base.dimension, "queries": queries.count, "limit": options.limit,
        "source": source,
    }  # fmt: skip
    return workload, description


def read(options: argparse.Namespace, folder: Path) -> tuple[RawVectors, str]:
    rows = numpy.concatenate(list(from_files(options.base, options.count)))
    further = max(0, (options.count or 0) - len(rows))
    blocks = [rows, *(extended(normalised(rows), further, options.seed) if further else ())]
    base = write_raw(folder / "base.f32", iter(blocks))
    made = f", {further:,} of them made like the others, seed {options.seed}" if further else ""
    return base, f"from files{made}"


def written(path: Path, blocks: Iterator[numpy.ndarray], count: int) -> RawVectors:
    with Progress("vectors", count) as progress:

        def counted() -> Iterator[numpy.ndarray]:
            for block in blocks:
                yield block
                progress.advance(len(block))

        vectors = write_raw(path, counted())
    say(f"{vectors.count:,} vectors of {vectors.dimension} dimensions")
    return vectors
