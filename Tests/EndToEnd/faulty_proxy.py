"""A way to a Whiplash server on which requests are refused, fail, or get lost before or after they are carried out."""

import http.client
import json
import random
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

FAULTS = ("throttled", "unavailable", "gateway", "lost", "answer lost")


class FaultyProxy:
    """Hands requests on, but for a share of them; `faults` counts what became of those."""

    def __init__(self, port: int, share: float, seed: int):
        self.faults = dict.fromkeys(FAULTS, 0)
        source, lock, proxy = random.Random(seed), Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    fault = source.choice(FAULTS) if source.random() < share else None
                    if fault:
                        proxy.faults[fault] += 1
                if fault == "lost":
                    return self.drop()
                if fault == "throttled":
                    return self.answer(429, {"Retry-After": "1"}, {"message": "Too Many Requests"})
                if fault == "unavailable":
                    return self.answer(503, {}, {"message": "Service Unavailable"})
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                kept = {name: self.headers[name] for name in ("x-api-key", "Content-Type") if name in self.headers}
                connection.request(self.command, self.path, body, kept)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if fault == "answer lost":
                    return self.drop()
                if fault == "gateway":
                    return self.answer(504, {}, {"message": "Endpoint request timed out"})
                self.answer(answer.status, {}, content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def drop(self):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def answer(self, status: int, headers: dict, body) -> None:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
