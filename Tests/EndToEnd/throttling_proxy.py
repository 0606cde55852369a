"""A way to the DynamoDB emulator that refuses some reads, as a table does that is asked for too much."""

import http.client
import json
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

READS = ("Query", "BatchGetItem", "Scan")


class ThrottlingProxy:
    """Hands requests on as they are, but for a share of the reads; counts what it refused."""

    def __init__(self, port: int, share: float, seed: int):
        self.refused = 0
        source = random.Random(seed)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                if operation in READS and source.random() < share:
                    proxy.refused += 1
                    fault = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
                    return self.answer(400, [], json.dumps({"__type": fault, "message": "slow down"}).encode())
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                kept = [(name, value) for name, value in answer.getheaders()
                        if name.lower() in ("x-amz-crc32", "content-encoding", "content-type")]
                self.answer(answer.status, kept, answer.read())
                connection.close()

            def answer(self, status: int, headers: list, body: bytes) -> None:
                self.send_response(status)
                for name, value in [*headers, ("Content-Length", str(len(body)))]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
