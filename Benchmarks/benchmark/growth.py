"""One collection that grows: what the next items cost, and what searches cost then."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

from .compare import Bench, Effort, chosen
from .processes import SystemFailed
from .progress import say
from .report import head, heading, number, row, table
from .systems.base import System
from .truth import brute_force
from .workload import Workload


def grown(
    systems: list[System], sizes: list[int], workload: Workload, effort: Effort, folder: Path
) -> list[dict[str, Any]]:
    """The facts of each system at each size; what is there stays, and the rest of the rows is added."""
    places = {system.name: folder / system.name for system in systems}
    facts: list[dict[str, Any]] = []
    for before, size in zip([0, *sizes], sizes):
        base = workload.base.first(size)
        truth = brute_force(base, workload.query_rows(), workload.limit)
        bench = Bench(dataclasses.replace(workload, base=base, start=before), truth, effort, folder)
        for system in systems:
            places[system.name].mkdir(exist_ok=True)
            say(f"{system.name} at {size:,}")
            fact: dict[str, Any] = {"system": system.name, "version": system.version(), "items": size}
            try:
                facts.append(fact | bench.facts(system, places[system.name]))
            except (SystemFailed, OSError) as failure:
                say(f"{system.name}: failed: {failure}")
                facts.append({**fact, "failed": str(failure)})
    for place in places.values():
        shutil.rmtree(place)
    return facts


def report(results: dict[str, Any]) -> str:
    rows = []
    for fact in sorted(results["systems"], key=lambda fact: fact["system"]):
        if "settings" in fact:
            for setting in chosen(fact["settings"]):
                cells = row(fact, setting)
                rows.append([cells[0], cells[1], number(fact["items"]), *cells[2:]])
    names = head(results)
    return heading(results) + "\n\n" + table([*names[:2], "items", *names[2:]], rows)
