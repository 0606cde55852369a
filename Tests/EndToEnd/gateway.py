"""An API Gateway REST API before the function: HTTP in, proxy events to the Runtime Interface Emulator, HTTP out."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from lambda_support import Answer, Function, rest_event
from whiplash_server import ROOT

RESOURCES = yaml.safe_load((ROOT / "serverless.yml").read_text(encoding="utf-8"))["resources"]["Resources"].values()


def own_answer(kind: str) -> tuple[int, bytes]:
    """What the gateway answers without the function, as serverless.yml has it."""
    properties = next(
        resource["Properties"] for resource in RESOURCES
        if resource["Type"] == "AWS::ApiGateway::GatewayResponse" and resource["Properties"]["ResponseType"] == kind)
    return int(properties["StatusCode"]), properties["ResponseTemplates"]["application/json"].encode()


class Gateway:
    """A REST API on a port of this machine, which wants an API key and invokes one function."""

    def __init__(self, function: Function, key: str):
        gateway = self
        self.function = function
        # The emulator takes one event at a time, as an instance of a function does.
        self.turn = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.command == "TRACE" or not self.path.strip("/"):
                    self.refuse("MISSING_AUTHENTICATION_TOKEN")
                    return
                if self.headers.get("x-api-key") != key:
                    self.refuse("INVALID_API_KEY")
                    return
                value = gateway.invoke(self.command, self.path, body, dict(self.headers))
                self.reply(value["statusCode"], value["headers"], value["body"].encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_TRACE = answer

            def refuse(self, kind: str):
                status, body = own_answer(kind)
                self.reply(status, {"Content-Type": "application/json"}, body)

            def reply(self, status: int, headers: dict, body: bytes):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def invoke(self, method: str, target: str, body: bytes, headers: dict) -> dict:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        event = rest_event(method, parts.path, body or None)
        event["pathParameters"] = {name: unquote(value) for name, value in (event["pathParameters"] or {}).items()} or None
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()} or None
        event["multiValueQueryStringParameters"] = query or None
        event["headers"] = headers
        event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        with self.turn:
            value = self.function.invoke(event)
        # Holds the form of the answer to what the gateway wants.
        Answer(value)
        return value

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
