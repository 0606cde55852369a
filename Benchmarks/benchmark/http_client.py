"""HTTP/1.1 over one kept-alive socket, with nothing between: the client's own part is some tens of microseconds, and the
same for every server. A request's bytes are made beforehand; an answer's JSON is read afterwards."""

import json
import socket
from typing import Any


class HTTPFailure(RuntimeError):
    pass


class Connection:
    """One connection, used by one thread at a time."""

    def __init__(self, port: int, headers: dict[str, str] | None = None):
        self.port = port
        self.headers = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """The bytes of a request, as `exchange` sends them."""
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Sends a request; gives the answer's status and body."""
        self.socket.sendall(request)
        head = self._until(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            return status, self._chunks()
        return status, self._exactly(int(fields.get(b"content-length", b"0")))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Sends and reads JSON; anything but success is an error."""
        status, answer = self.exchange(self.request(method, path, body))
        if not 200 <= status < 300:
            raise HTTPFailure(f"{method} {path}: {status} {answer[:300].decode(errors='replace')}")
        return json.loads(answer) if answer else None

    def close(self) -> None:
        self.socket.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self.rest:
            self._receive()
        found, _, self.rest = self.rest.partition(mark)
        return found

    def _exactly(self, count: int) -> bytes:
        while len(self.rest) < count:
            self._receive()
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            parts.append(self._exactly(size))
            self._exactly(2)
        self._until(b"\r\n")
        return b"".join(parts)

    def _receive(self) -> None:
        received = self.socket.recv(1 << 20)
        if not received:
            raise HTTPFailure("the server has closed the connection")
        self.rest += received
