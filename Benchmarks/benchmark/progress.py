"""A bar on standard error for what takes long; nothing when that is no terminal but a line at the end."""

import sys
import time
from typing import Self

WIDTH = 30


class Progress:
    def __init__(self, what: str, total: int):
        self.what, self.total, self.done = what, max(total, 1), 0
        self.began, self.shown = time.monotonic(), 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self.began
        line = f"  {self.what}: {self.done:,} in {seconds:.1f} s"
        print(f"\r{line:78}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.shown > 0.1:
            self.shown = now
            filled = min(WIDTH, WIDTH * self.done // self.total)
            bar = "#" * filled + "." * (WIDTH - filled)
            print(f"\r  {self.what:16} [{bar}] {self.done:,}/{self.total:,} ", end="", file=sys.stderr, flush=True)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
