"""What a system has to offer to be measured."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar

import numpy

from ..progress import Progress
from ..workload import Workload


@dataclass(frozen=True)
class Setting:
    """One way of searching what has been taken in."""

    label: str
    values: dict[str, Any] = field(default_factory=dict)
    # Measured and shown whatever the recall of the settings before it.
    always: bool = False


@dataclass
class Holder:
    """What holds the vectors when they have been taken in."""

    pid: int = field(default_factory=os.getpid)
    # What the taking in took, where that is not the time of the whole call.
    seconds: float | None = None
    close: Callable[[], None] = lambda: None


class Searcher(ABC):
    """An open system, used by one thread at a time."""

    @property
    def pid(self) -> int:
        """The process that holds the vectors."""
        return os.getpid()

    def use(self, setting: dict[str, Any]) -> None:
        """Searches by this setting from now on; not timed."""

    def prepare(self, query: numpy.ndarray) -> Any:
        """A query of shape `[dimension]` in the form the system wants; not timed."""
        return query

    @abstractmethod
    def search(self, prepared: Any) -> Any:
        """The answer as the system gives it; timed."""

    @abstractmethod
    def ids(self, answer: Any) -> list[int]:
        """The rows of the base that an answer names, nearest first; not timed."""

    def twin(self) -> "Searcher":
        """Another searcher on the same data, for another thread."""
        return self

    def close(self) -> None:
        pass


class System(ABC):
    """A vector store or index. Made in the process that compares, without its library; used in one of its own."""

    name: ClassVar[str]
    # What it is and how it is set up, for a reader of the results.
    about: ClassVar[str]
    # The module that has to be there and the package that brings it; none for what needs no package.
    module: ClassVar[str | None] = None
    package: ClassVar[str | None] = None
    # Whether rows can be added to what is there; only such systems take part in `growth`.
    grows: ClassVar[bool] = False

    def load(self) -> None:
        """Imports the library, so that this is not timed."""
        if self.module:
            import_module(self.module)

    def version(self) -> str | None:
        try:
            return version(self.package) if self.package else None
        except PackageNotFoundError:
            return None

    @abstractmethod
    def settings(self, workload: Workload) -> list[Setting]:
        """From the cheapest to the dearest."""

    @abstractmethod
    def ingest(self, workload: Workload, folder: Path, progress: Progress) -> Holder:
        """Takes in all rows; ends when they are indexed and on the disk."""

    @abstractmethod
    def open(self, workload: Workload, folder: Path) -> Searcher:
        """Opens what `ingest` left in the folder, in another process."""

    def command(self, phase: str, python: str) -> list[str]:
        """The process that does a phase; see `worker`."""
        return [python, "-m", "benchmark.worker", phase, self.name]
