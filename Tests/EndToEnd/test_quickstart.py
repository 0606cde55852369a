"""`scripts/quickstart`, from the first line to Ctrl-C, as a person at a terminal has it."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from dynamodb_emulator import free_port
from whiplash_api import API
from whiplash_server import KEY, ROOT, Server

# It builds first, which takes long where nothing is built yet.
READY_SECONDS = 1800
STOP_SECONDS = 30


class Quickstart:
    """A run in a process group of its own, as a terminal makes one."""

    def __init__(self, folder: Path, port: int, **settings: str):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WHIPLASH_", "AWS_"))}
        own = {"WHIPLASH_PORT": str(port), "WHIPLASH_DATABASE": str(folder / "whiplash.db")}
        self.process = subprocess.Popen(
            [ROOT / "scripts/quickstart"], cwd=folder, env=kept | own | settings, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output += line

    def await_ready(self) -> "Quickstart":
        deadline = time.monotonic() + READY_SECONDS
        while "until Ctrl-C" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                pytest.fail(f"quickstart did not get ready\n{self.output}")
            time.sleep(0.05)
        return self

    def interrupt(self) -> int:
        """Ctrl-C: the signal goes to all processes in the foreground. Gives the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(timeout=STOP_SECONDS)
        self._reader.join(timeout=STOP_SECONDS)
        return code

    def end(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def __enter__(self) -> "Quickstart":
        return self

    def __exit__(self, *_) -> None:
        self.end()

    @property
    def curl(self) -> str:
        """The line it gives to try."""
        [line] = re.findall(r"^\s*(curl .*)$", self.output, re.MULTILINE)
        return line

    @property
    def key(self) -> str:
        return re.search(r"x-api-key: (\S+?)'", self.curl)[1]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answer_of(curl: str, folder: Path) -> list[dict]:
    done = subprocess.run(["bash", "-c", curl], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_nothing_to_a_search_and_again(tmp_path):
    with Quickstart(tmp_path, free_port()) as first:
        first.await_ready()
        assert first.url in first.output and first.key in first.output
        assert "2000/2000" in first.output
        key_file = tmp_path / "whiplash.db.key"
        assert key_file.read_text().strip() == first.key
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        matches = answer_of(first.curl, ROOT)
        assert len(matches) >= 3 and all(match["text"] in first.output for match in matches[:3])
        assert first.interrupt() == 0
        assert not is_listening(first.port)
    # The same file once more: the key is the same, and nothing is doubled.
    with Quickstart(tmp_path, free_port()) as second:
        second.await_ready()
        assert second.key == first.key
        assert answer_of(second.curl, ROOT) == matches
        assert API(second.url, second.key).call("GET", "/projects").status_code == 200
        assert second.interrupt() == 0


def test_a_key_of_ones_own_is_used_and_not_kept_and_no_proxy_is_in_the_way(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Quickstart(tmp_path, free_port(), WHIPLASH_API_KEY=KEY, http_proxy=nowhere) as quickstart:
        quickstart.await_ready()
        assert quickstart.key == KEY
        assert list(tmp_path.glob("*.key")) == []
        assert quickstart.interrupt() == 0


def test_a_port_in_use_is_told_with_what_to_do(tmp_path):
    with Server(tmp_path / "other", WHIPLASH_STORE="memory") as other:
        with Quickstart(tmp_path, other.port) as quickstart:
            assert quickstart.process.wait(timeout=READY_SECONDS) != 0
            quickstart._reader.join(timeout=STOP_SECONDS)
            assert str(other.port) in quickstart.output
            assert "WHIPLASH_PORT" in quickstart.output
        assert other.api.ok("GET", "/health") == {"status": "ok"}
