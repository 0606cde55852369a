"""What `Benchmarks/run` takes."""

import argparse
from pathlib import Path

from .dynamodb.subjects import ALL as SUBJECTS
from .systems import ALL, GROWING

EPILOG = """examples:
  Benchmarks/run --quick
  Benchmarks/run --base base.npy --queries queries.npy --count 100000
  Benchmarks/run groups --base base.npy --queries queries.npy
  Benchmarks/run filters --base base.npy --queries queries.npy
  Benchmarks/run words --texts texts.jsonl
  Benchmarks/run --made 20000 --dimension 384 --systems whiplash,faiss,hnswlib
"""
QUICK_SYSTEMS = "whiplash,numpy,faiss-flat,faiss-rabitq,hnswlib"
QUICK_COUNT = 5_000


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description="Measures Whiplash beside other vector stores, on the same vectors.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "mode", nargs="?", choices=("compare", "growth", "groups", "filters", "words"), default="compare",
        help="compare systems at one size, let a collection grow through --sizes, search in groups of --group-sizes, "
        "or under filters that half of the items pass or few, or search by words beside SQLite's FTS5",
    )  # fmt: skip
    data = parser.add_argument_group("vectors")
    data.add_argument(
        "--base", nargs="+", type=Path, metavar="FILE", help=".npy files, float16 or float32, a row a vector"
    )
    data.add_argument("--queries", type=Path, metavar="FILE", help="the same, of vectors that are not in the base")
    data.add_argument("--count", type=int, help="take so many; more than there are, and the rest is made like them")
    data.add_argument("--made", type=int, metavar="N", help="make so many, in clusters, instead of reading files")
    data.add_argument("--dimension", type=int, default=384, help="of made vectors (384)")
    data.add_argument("--query-count", type=int, default=500, help="how many queries to use (500)")
    data.add_argument(
        "--texts", type=Path, metavar="FILE", help="for words: JSON Lines with a 'text' each, or these as .gz"
    )
    data.add_argument("--seed", type=int, default=1, help="of what is made (1)")
    what = parser.add_argument_group("what is measured")
    names = ", ".join([system.name for system in [*ALL, *GROWING[-1:]]] + [subject.name for subject in SUBJECTS])
    what.add_argument(
        "--systems", default="all",
        help=f"names or beginnings, with commas; there are {names}, and for groups groups-sqlite, groups-dynamodb",
    )  # fmt: skip
    what.add_argument(
        "--dynamodb-sizes", type=numbers, default=[3_000, 20_000], metavar="N,N",
        help="items for what an operation costs on DynamoDB (3000,20000); the ancestor gets the first alone",
    )  # fmt: skip
    what.add_argument(
        "--sizes", type=numbers, default=[10_000, 100_000, 1_000_000], metavar="N,N",
        help="of the collection that grows (10000,100000,1000000)",
    )  # fmt: skip
    what.add_argument(
        "--group-sizes", type=numbers, default=[100, 1_000, 10_000, 50_000, 100_000], metavar="N,N",
        help="items of the users that are groups (100,1000,10000,50000,100000)",
    )  # fmt: skip
    what.add_argument("--limit", type=int, default=10, help="neighbours asked for (10)")
    what.add_argument("--seconds", type=float, default=20, help="for the latencies of one setting (20)")
    what.add_argument("--quick", action="store_true", help="a few systems on 5,000 vectors, in about a minute")
    out = parser.add_argument_group("results")
    here = Path(__file__).resolve().parents[1] / "results"
    out.add_argument("--out", type=Path, default=here, help="folder of results (Benchmarks/results)")
    out.add_argument("--name", help="of the results' files (made of the data)")
    out.add_argument("--work", type=Path, help="folder for what is only needed meanwhile (a temporary one)")
    options = parser.parse_args(words)
    check(parser, options)
    return options


def numbers(text: str) -> list[int]:
    """Rising numbers with commas between."""
    return sorted(int(part) for part in text.split(","))


def wanted(options: argparse.Namespace, name: str) -> bool:
    """Whether `--systems` names it, in whole or up to a hyphen."""
    words = options.systems.split(",")
    return words == ["all"] or any(name == word or name.startswith(f"{word}-") for word in words)


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.mode == "words":
        if not options.texts:
            parser.error("words needs --texts")
        return
    if options.mode == "groups" and options.systems == "all":
        options.systems = "groups"
    if options.quick:
        options.seconds = min(options.seconds, 2)
        options.dynamodb_sizes = [1_000]
        options.systems = QUICK_SYSTEMS if options.systems == "all" else options.systems
        if options.base:
            options.count = options.count or QUICK_COUNT
        else:
            options.made = options.made or QUICK_COUNT
        options.query_count = min(options.query_count, 200)
    if options.mode == "groups":
        if options.quick:
            options.group_sizes = [100, 1_000]
        if options.base:
            options.count = max(options.group_sizes)
        else:
            options.made = max(options.group_sizes)
    if options.mode == "growth":
        options.systems = "whiplash-embedded" if options.systems == "all" else options.systems
        if options.base:
            options.count = max(options.sizes)
        else:
            options.made = max(options.sizes)
    if bool(options.base) == bool(options.made):
        parser.error("give --base and --queries, or --made")
    if options.base and not options.queries:
        parser.error("--base needs --queries")
