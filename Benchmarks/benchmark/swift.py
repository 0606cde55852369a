"""Whiplash's executables, built in release when they are first wanted."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from .progress import say

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent


@cache
def whiplash() -> Path:
    """The command: of the folder WHIPLASH_BUILD where that is set, else built from these sources."""
    if folder := os.environ.get("WHIPLASH_BUILD"):
        return Path(folder).resolve() / "whiplash"
    return built(ROOT, "whiplash")


@cache
def in_process() -> Path:
    """The program with the library inside; see `InProcess/Package.swift`."""
    return built(BENCHMARKS / "InProcess", "InProcess")


def build(names: list[str]) -> None:
    """What the systems of these names need, before anything is measured; workers find it built."""
    if any(name in names for name in ("whiplash-http", "whiplash-dynamodb", "groups-dynamodb")):
        os.environ["WHIPLASH_BUILD"] = str(whiplash().parent)
    if any(name in names for name in ("whiplash-embedded", "whiplash-tuned", "groups-sqlite")):
        in_process()


def built(package: Path, product: str) -> Path:
    say(f"Building {product} in release")
    command = ["swift", "build", "-c", "release", "--package-path", str(package), "--product", product]
    if sys.platform == "linux":
        # As `scripts/quickstart` builds.
        command.append("--static-swift-stdlib")
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{(outcome.stdout + outcome.stderr)[-3000:]}")
    return package / ".build" / "release" / product


@cache
def revision() -> str:
    """The commit these sources are at, with a + when they differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    return outcome.stdout.strip() or "unknown"
