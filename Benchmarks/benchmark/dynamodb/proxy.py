"""A proxy at the emulator's door that counts what goes through, and leaves it as it is."""

import gzip
import http.client
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .emulator import Emulator
from .units import item_bytes, read_sizes, units_read, write_units

READS = ("BatchGetItem", "Query", "Scan")


@dataclass(frozen=True)
class Exchange:
    operation: str
    began: float
    ended: float
    write_units: float
    read_units: float
    bytes_read: int = 0
    items_got: int = 0


@dataclass(frozen=True)
class Cost:
    """What a stretch of time has cost."""

    requests: int
    round_trips: int
    write_units: float
    read_units: float
    # Of items that were read, by a query or by their keys; and how many came by their keys.
    bytes_read: int
    items_got: int


class CountingProxy:
    """Listens on `port`; `take` gives the cost since it was last called."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator
        self.exchanges: list[Exchange] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self) -> Cost:
        taken, self.exchanges = self.exchanges, []
        return Cost(
            len(taken), round_trips(taken), sum(one.write_units for one in taken),
            sum(one.read_units for one in taken), sum(one.bytes_read for one in taken),
            sum(one.items_got for one in taken),
        )  # fmt: skip

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            upstream: http.client.HTTPConnection | None = None

            def do_POST(self) -> None:
                began = time.perf_counter()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = json.loads(body)
                operation = self.headers["X-Amz-Target"].split(".")[1]
                before = proxy.sizes_before(operation, request)
                if self.upstream is None:
                    self.upstream = http.client.HTTPConnection("127.0.0.1", proxy.emulator.port, timeout=600)
                self.upstream.request("POST", self.path, body, dict(self.headers.items()))
                answer = self.upstream.getresponse()
                data = answer.read()
                proxy.count(operation, request, answer, data, before, began)
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def count(
        self, operation: str, request: dict[str, Any], answer: http.client.HTTPResponse, data: bytes,
        before: list[int], began: float,
    ) -> None:  # fmt: skip
        if answer.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        answered = json.loads(data) if answer.status == 200 else {}
        read = units_read(operation, request, answered) if answered else 0
        sizes = read_sizes(answered) if operation in READS else []
        refused = answer.status == 400 and b"ConditionalCheckFailed" in data
        written = self.units_written(operation, request, before) if answer.status == 200 or refused else 0
        self.exchanges.append(Exchange(
            operation, began, time.perf_counter(), written, read, sum(sizes),
            len(sizes) if operation == "BatchGetItem" else 0,
        ))  # fmt: skip

    def sizes_before(self, operation: str, request: dict[str, Any]) -> list[int]:
        """The sizes of the items that a request changes or removes, which decide what it costs."""
        match operation:
            case "UpdateItem" | "DeleteItem":
                return [self.stored_bytes(request["TableName"], request["Key"])]
            case "BatchWriteItem":
                return [
                    self.stored_bytes(table, one["DeleteRequest"]["Key"])
                    for table, writes in request["RequestItems"].items()
                    for one in writes
                    if "DeleteRequest" in one
                ]
        return []

    def units_written(self, operation: str, request: dict[str, Any], before: list[int]) -> float:
        """Of a write that was done, or refused for its condition. Items put are new ones: what they replace is not looked up."""
        match operation:
            case "PutItem":
                return write_units(item_bytes(request["Item"]))
            case "UpdateItem":
                after = self.stored_bytes(request["TableName"], request["Key"])
                return write_units(max(after, *before))
            case "DeleteItem":
                return write_units(before[0])
            case "BatchWriteItem":
                puts = [
                    item_bytes(one["PutRequest"]["Item"])
                    for writes in request["RequestItems"].values()
                    for one in writes
                    if "PutRequest" in one
                ]
                return sum(map(write_units, puts + before))
        return 0

    def stored_bytes(self, table: str, key: dict[str, Any]) -> int:
        answer = self.emulator.call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        return item_bytes(answer.get("Item") or {})


def round_trips(exchanges: list[Exchange]) -> int:
    """The most exchanges that followed one another: how long a chain the caller waited for, in round trips."""
    count, free = 0, 0.0
    for exchange in sorted(exchanges, key=lambda one: one.ended):
        if exchange.began >= free:
            count, free = count + 1, exchange.ended
    return count
