"""`Benchmarks/run`."""

import argparse
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import machine, plot, report, swift
from .compare import Bench, Effort
from .data import prepared
from .options import parsed
from .progress import say
from .systems import ALL, chosen
from .truth import brute_force


def main() -> None:
    options = parsed()
    systems = ALL if options.systems == "all" else chosen(options.systems.split(","))
    if not systems:
        raise SystemExit(f"There is no system '{options.systems}'; see --help.")
    swift.build([system.name for system in systems])
    with tempfile.TemporaryDirectory(dir=options.work, prefix="whiplash-benchmark-") as folder:
        results = compare(options, systems, Path(folder))
    write(options, results)


def compare(options: argparse.Namespace, systems: list, folder: Path) -> dict[str, Any]:
    workload, description = prepared(options, folder)
    truth = brute_force(workload.base, workload.query_rows(), options.limit)
    effort = Effort(options.seconds, throughput_seconds=min(5, options.seconds))
    bench = Bench(workload, truth, effort, folder)
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.described(),
        "data": description,
        "systems": [bench.measure(system) for system in systems],
    }


def write(options: argparse.Namespace, results: dict[str, Any]) -> None:
    """The table to standard output; table, figures and plot to files."""
    data = results["data"]
    stem = options.name or f"{data['count']}x{data['dimension']}"
    options.out.mkdir(parents=True, exist_ok=True)
    text = report.comparison(results)
    print(text)
    (options.out / f"{stem}.md").write_text(text + "\n")
    (options.out / f"{stem}.json").write_text(json.dumps(results, indent=2) + "\n")
    if not plot.draw(results, options.out / f"{stem}.svg"):
        say("No plot: matplotlib is not there.")
    say(f"Written to {options.out}/{stem}.*")


if __name__ == "__main__":
    main()
