"""`Benchmarks/run`."""

import argparse
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import filters, groups, growth, machine, plot, report, swift, words
from .compare import Bench, Effort
from .data import prepared
from .dynamodb import costs
from .dynamodb.subjects import ALL as SUBJECTS
from .options import parsed, wanted
from .progress import say
from .systems import ALL, GROWING
from .systems.base import System
from .truth import brute_force
from .workload import Workload


def main() -> None:
    options = parsed()
    if options.mode == "groups":
        return measure_groups(options)
    if options.mode == "filters":
        return measure_filters(options)
    if options.mode == "words":
        return measure_words(options)
    systems = [system for system in ALL if wanted(options, system.name)]
    subjects = [subject for subject in SUBJECTS if wanted(options, subject.name)]
    if options.mode == "growth":
        systems, subjects = [system for system in GROWING if wanted(options, system.name)], []
    if not systems and not subjects:
        raise SystemExit(f"There is no system '{options.systems}' for this; see --help.")
    swift.build([one.name for one in [*systems, *subjects]])
    with tempfile.TemporaryDirectory(dir=options.work, prefix="whiplash-benchmark-") as folder:
        workload, description = prepared(options, Path(folder))
        results = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine.described(),
            "data": description,
        }
        effort = Effort(options.seconds, throughput_seconds=min(5, options.seconds))
        if options.mode == "growth":
            results["systems"] = growth.grown(systems, options.sizes, workload, effort, Path(folder))
        else:
            results["systems"] = compared(systems, workload, effort, Path(folder))
            results["dynamodb"] = costs.measured(subjects, options.dynamodb_sizes, workload, Path(folder))
    write(options, results)


def measure_groups(options: argparse.Namespace) -> None:
    stores = [store for store in groups.STORES if wanted(options, store.name)]
    if not stores:
        raise SystemExit(f"There is no store '{options.systems}' for this; see --help.")
    swift.build([store.name for store in stores])
    with tempfile.TemporaryDirectory(dir=options.work, prefix="whiplash-benchmark-") as folder:
        workload, description = prepared(options, Path(folder))
        results = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine.described(),
            "data": description,
            "groups": groups.measured(stores, options.group_sizes, workload, options.seconds, Path(folder)),
        }
    write(options, results)


def measure_filters(options: argparse.Namespace) -> None:
    swift.in_process()
    with tempfile.TemporaryDirectory(dir=options.work, prefix="whiplash-benchmark-") as folder:
        workload, description = prepared(options, Path(folder))
        results = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine.described(),
            "data": description,
            "version": swift.revision(),
            "filters": filters.measured(workload, options.seconds, Path(folder)),
        }
    write(options, results)


def measure_words(options: argparse.Namespace) -> None:
    swift.whiplash()
    with tempfile.TemporaryDirectory(dir=options.work, prefix="whiplash-benchmark-") as folder:
        results = words.measured(options, Path(folder))
    options.name = options.name or f"words-{results['data']['count']}"
    write(options, results)


def compared(systems: list[System], workload: Workload, effort: Effort, folder: Path) -> list[dict[str, Any]]:
    if not systems:
        return []
    truth = brute_force(workload.base, workload.query_rows(), workload.limit)
    bench = Bench(workload, truth, effort, folder)
    return [bench.measure(system) for system in systems]


def text(options: argparse.Namespace, results: dict[str, Any]) -> str:
    if options.mode == "growth":
        return growth.report(results)
    if options.mode == "groups":
        return groups.report(results)
    if options.mode == "filters":
        return filters.report(results)
    if options.mode == "words":
        return words.report(results)
    return "\n\n".join(part for part in (report.comparison(results), costs.report(results["dynamodb"])) if part)


def write(options: argparse.Namespace, results: dict[str, Any]) -> None:
    """The table to standard output; table, figures and plot to files."""
    data = results["data"]
    stem = options.name or f"{options.mode}-{data['count']}x{data['dimension']}"
    options.out.mkdir(parents=True, exist_ok=True)
    tables = text(options, results)
    print(tables)
    (options.out / f"{stem}.md").write_text(tables + "\n")
    (options.out / f"{stem}.json").write_text(json.dumps(results, indent=2) + "\n")
    picture = options.out / f"{stem}.svg"
    draw = {"compare": plot.draw, "groups": groups.draw}.get(options.mode)
    if draw and any(results.get(part) for part in ("systems", "groups")) and not draw(results, picture):
        say("No plot: matplotlib is not there.")
    say(f"Written to {options.out}/{stem}.*")


if __name__ == "__main__":
    main()
