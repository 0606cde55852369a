"""The built executables, and `whiplash serve` as a process of its own."""

import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest

from whiplash_api import API

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-key-for-these-tests-alone"
START_SECONDS = 60
STOP_SECONDS = 30


def built(name: str) -> Path:
    """An executable of the build: in the folder WHIPLASH_BUILD, else where `swift build` puts it."""
    if os.environ.get("WHIPLASH_BUILD"):
        folders = [Path(os.environ["WHIPLASH_BUILD"])]
    else:
        folders = [ROOT / ".build" / kind for kind in ("release", "debug")]
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_file():
            return path
    looked = ", ".join(str(folder) for folder in folders)
    pytest.fail(f"{name} is not built (looked in {looked}); run: swift build --product {name}")


def clean_environment(home: Path, **settings: str) -> dict[str, str]:
    """An environment with these settings and nothing of whoever runs the tests but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", **settings}


class Server:
    """A running `whiplash serve`, in a folder of its own and on a port that it chose."""

    def __init__(self, folder: Path, *flags: str, **settings: str):
        self.folder = folder
        self.flags = flags
        self.settings = {"WHIPLASH_PORT": "0", "WHIPLASH_API_KEY": KEY, **settings}
        self.process: subprocess.Popen | None = None
        self.url = ""
        self._lines: Queue[str | None] = Queue()
        self._said: list[str] = []

    def start(self) -> "Server":
        """Starts the process and returns once it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lines, self._said = Queue(), []
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [built("whiplash"), "serve", *self.flags], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True,
                env=clean_environment(self.folder, **self.settings))
        threading.Thread(target=self._collect, args=(self.process.stdout, self._lines), daemon=True).start()
        self.url = self._await_url()
        return self

    @staticmethod
    def _collect(stream, lines: Queue) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    def _await_url(self) -> str:
        while True:
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except Empty:
                self.kill()
                pytest.fail(f"the server did not listen within {START_SECONDS} s\n{self.log}")
            if line is None:
                pytest.fail(f"the server ended with {self.process.wait()}: {self.output}\n{self.log}")
            self._said.append(line)
            if found := re.search(r"listening on (http://\S+:\d+)", line):
                return found[1]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def api(self) -> API:
        return API(self.url, self.settings["WHIPLASH_API_KEY"])

    @property
    def output(self) -> str:
        """What it has printed so far."""
        while not self._lines.empty():
            self._said.append(self._lines.get() or "")
        return "".join(self._said)

    @property
    def log_path(self) -> Path:
        return self.folder / "server.log"

    @property
    def log(self) -> str:
        """What it has written to standard error, over all its starts."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Ends it as the kernel would, with no chance to tidy up."""
        self.process.kill()
        self.process.wait(timeout=STOP_SECONDS)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the server did not stop within {STOP_SECONDS} s of {by.name}\n{self.log}")

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()


def whiplash(folder: Path, *arguments: str, timeout: float = 60, **settings: str) -> subprocess.CompletedProcess:
    """Runs `whiplash` to its end, in a clean environment."""
    return subprocess.run(
        [built("whiplash"), *arguments], cwd=folder, capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, env=clean_environment(folder, **settings))
