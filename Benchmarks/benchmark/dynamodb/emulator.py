"""A DynamoDB emulator as a process of its own: ministack. Its times say nothing of DynamoDB's."""

import http.client
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from ..server import Server
from ..swift import BENCHMARKS


class Emulator:
    def __init__(self, folder: Path):
        folder.mkdir()
        self.local = threading.local()
        settings = {
            "BIND_HOST": "127.0.0.1", "SERVICES": "dynamodb", "LOG_LEVEL": "WARNING", "TMPDIR": str(folder),
            "PYTHONPATH": str(BENCHMARKS),
        }  # fmt: skip
        self.server = Server(folder, self._command, {**os.environ, **settings})
        self.port = self.server.port

    @staticmethod
    def _command(port: int) -> list[str]:
        return ["env", f"GATEWAY_PORT={port}", sys.executable, "-m", "benchmark.dynamodb.ministack"]

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """An operation asked past the counting, on a connection of the calling thread's; signatures are not checked."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=benchmark/20260101/eu-central-1/dynamodb/aws4_request",
        }
        self.local.connection.request("POST", "/", json.dumps(request), headers)
        return json.loads(self.local.connection.getresponse().read())

    def stop(self) -> None:
        self.server.stop()
