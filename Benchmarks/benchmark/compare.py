"""Measures systems one after the other, each in processes of its own."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from .processes import SystemFailed, Worker, two_cores
from .progress import say
from .systems.base import Setting, System
from .truth import Truth
from .workload import Cores, Workload, disk_bytes

# The recalls at which systems are compared: the quickest setting that reaches each is shown.
TARGETS = (0.98, 0.99)
# Beyond this a dearer setting finds nothing more.
ENOUGH = 0.9995


@dataclass(frozen=True)
class Effort:
    """How long is measured."""

    # For one setting's latencies; at least so many queries are asked all the same.
    seconds: float = 20
    at_least: int = 100
    # For one throughput.
    throughput_seconds: float = 5


@dataclass(frozen=True)
class Bench:
    """Everything a measurement needs besides the system."""

    workload: Workload
    truth: Truth
    effort: Effort
    folder: Path

    def measure(self, system: System) -> dict[str, Any]:
        """The facts of a system, or why it is missing."""
        facts = {"system": system.name, "about": system.about, "version": system.version()}
        if reason := missing(system):
            say(f"{system.name}: missing: {reason}")
            return {**facts, "missing": reason}
        say(f"{system.name}: {system.about}")
        folder = self.folder / system.name
        folder.mkdir(parents=True)
        try:
            facts |= self.facts(system, folder)
        except (SystemFailed, OSError) as failure:
            say(f"{system.name}: failed: {failure}")
            facts["failed"] = str(failure)
        finally:
            shutil.rmtree(folder)
        return facts

    def facts(self, system: System, folder: Path) -> dict[str, Any]:
        """Takes in and searches, in a folder that stays as it is then."""
        facts = {"load_before": round(os.getloadavg()[0], 2), **self.ingest(system, folder)}
        return facts | self.search(system, folder)

    def ingest(self, system: System, folder: Path) -> dict[str, Any]:
        cores = two_cores()
        with Worker(system, "ingest", self.workload, folder, Cores(cores, cores)) as worker:
            facts = {
                "ingest_per_second": worker.first["items"] / worker.first["seconds"],
                "ingest_peak_bytes": worker.peak_bytes(),
            }
        taken = disk_bytes(folder)
        return {**facts, "disk_bytes": taken, "disk_ratio": taken / self.workload.base.byte_count}

    def search(self, system: System, folder: Path) -> dict[str, Any]:
        facts, settings = self.latencies(system, folder)
        shown = chosen(settings)
        self.throughputs(system, folder, shown)
        return {**facts, "settings": settings}

    def latencies(self, system: System, folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """One query at a time; the system has one core, who asks a server the other."""
        first, other = two_cores()[0], two_cores()[-1]
        with Worker(system, "search", self.workload, folder, Cores((first,), (other,))) as worker:
            settings: list[dict[str, Any]] = []
            enough = False
            for setting in system.settings(self.workload):
                if enough and not setting.always:
                    continue
                settings.append(self.latency(worker, setting))
                enough = enough or settings[-1]["recall"] >= ENOUGH
                say("  {label}: recall {recall:.4f}, p50 {p50_ms:.3f} ms, p99 {p99_ms:.3f} ms".format(**settings[-1]))
            return {
                "first_answer_ms": worker.first["first_answer_ms"],
                "search_peak_bytes": worker.peak_bytes(),
            }, settings

    def latency(self, worker: Worker, setting: Setting) -> dict[str, Any]:
        answer = worker.ask(
            do="latency", setting=setting.values, seconds=self.effort.seconds, at_least=self.effort.at_least
        )
        times = numpy.array(answer["milliseconds"])
        return {
            "label": setting.label, "always": setting.always, "values": setting.values, "queries": len(times),
            "recall": self.truth.recall(answer["ids"]), "p50_ms": float(numpy.percentile(times, 50)),
            "p99_ms": float(numpy.percentile(times, 99)),
        }  # fmt: skip

    def throughputs(self, system: System, folder: Path, settings: list[dict[str, Any]]) -> None:
        """Two cores for whoever is there, one client and two."""
        cores = two_cores()
        with Worker(system, "search", self.workload, folder, Cores(cores, cores)) as worker:
            for setting in settings:
                for clients in (1, 2):
                    answer = worker.ask(
                        do="throughput", setting=setting["values"], clients=clients,
                        seconds=self.effort.throughput_seconds,
                    )  # fmt: skip
                    setting[f"qps_{clients}"] = answer["answered"] / answer["seconds"]


def chosen(settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those to show: the quickest that reaches each target, or the best where none does; and what is always shown."""
    shown = []
    for target in TARGETS:
        reaching = [setting for setting in settings if setting["recall"] >= target]
        if reaching:
            shown.append(min(reaching, key=lambda setting: setting["p50_ms"]))
    if not shown:
        shown.append(max(settings, key=lambda setting: setting["recall"]))
    shown += [setting for setting in settings if setting["always"]]
    return [setting for setting in settings if any(setting is one for one in shown)]


def missing(system: System) -> str | None:
    """Why a system cannot be measured here."""
    if system.package is None or system.version() is not None:
        return None
    record = Path(__file__).resolve().parents[1] / ".venv" / "missing.json"
    reasons = json.loads(record.read_text()) if record.exists() else {}
    return reasons.get(system.package, f"the package {system.package} is not installed")
