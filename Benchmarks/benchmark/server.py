"""A server as a process of its own, on a free port."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

START_SECONDS = 120
STOP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Runs a command that listens on a port, until `stop`.

    - Parameter command: Makes the command line for a port.
    """

    def __init__(self, folder: Path, command: Callable[[int], list[str]], environment: dict[str, str] | None = None):
        self.port = free_port()
        self.log = folder.with_name(folder.name + ".log")
        variables = {**os.environ, "NO_PROXY": "127.0.0.1", **(environment or {})}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command(self.port), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=variables
            )
        self._await_port()

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _await_port(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                time.sleep(0.002)
        self.stop()
        raise RuntimeError(f"the server did not start: {self.log.read_text(errors='replace')[-500:]}")
