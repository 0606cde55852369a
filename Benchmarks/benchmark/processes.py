"""A worker from outside: what it is asked, what it answers, and how much memory what it holds takes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from .systems.base import System
from .workload import Cores, Workload

# A library that counts cores finds as many as its process may use. Those that part one call among threads do so while
# they take in; a search is one thread's, so that two clients are two threads. Threads that wait leave the core to others.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


EVERY_CORE = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else (0, 1)


class SystemFailed(Exception):
    """A worker that could not do what it was asked, and why."""


class Worker:
    """The process of a system in one phase; its first answer is in `first`."""

    def __init__(self, system: System, phase: str, workload: Workload, folder: Path, cores: Cores):
        command = [*system.command(phase, sys.executable), "--folder", str(folder), *workload.flags(), *cores.flags()]
        threads = len(cores.system) if phase == "ingest" else 1
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **{name: str(threads) for name in THREADS}}
        use_cores(cores.system)
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
            )
        finally:
            use_cores(EVERY_CORE)
        self.pid = self.process.pid
        self.first = self._answer()

    def ask(self, **command: Any) -> dict[str, Any]:
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return self._answer()

    def peak_bytes(self) -> int | None:
        """The most memory that the process with the vectors has had resident; none where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return None
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Lets it end; it closes what it holds first."""
        self.process.stdin.close()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise SystemFailed(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            self.process.wait()
            raise SystemFailed(answer["error"])
        self.pid = answer.get("pid", self.pid)
        return answer


def use_cores(cores: tuple[int, ...]) -> None:
    """Keeps this process and what it starts to these cores, where cores can be chosen."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def two_cores() -> tuple[int, ...]:
    """The two that everything is measured on; one where there is one."""
    return EVERY_CORE[:2]
