"""An API Gateway REST API before the function: HTTP in, proxy events to the Runtime Interface Emulator, HTTP out."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import yaml

from lambda_support import Answer, Function, rest_event
from whiplash_server import ROOT

DEPLOYMENT = yaml.safe_load((ROOT / "serverless.yml").read_text(encoding="utf-8"))
RESOURCES = DEPLOYMENT["resources"]["Resources"].values()
ROUTES = [event["http"] for event in DEPLOYMENT["functions"]["api"]["events"] if "http" in event]


def own_answer(kind: str) -> tuple[int, bytes]:
    """What the gateway answers without the function, as serverless.yml has it."""
    properties = next(
        resource["Properties"] for resource in RESOURCES
        if resource["Type"] == "AWS::ApiGateway::GatewayResponse" and resource["Properties"]["ResponseType"] == kind)
    return int(properties["StatusCode"]), properties["ResponseTemplates"]["application/json"].encode()


def methods(path: str) -> set[str]:
    """What serverless.yml has for a path, which is compared as it was sent; the gateway answers `OPTIONS` itself."""
    found = {
        route["method"].upper() for route in ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route["path"]), path.removesuffix("/"))}
    return found | {"OPTIONS"} if found else found


class Gateway:
    """A REST API on a port of this machine, which wants one of its API keys, each of an id, and invokes one function."""

    def __init__(self, function: Function, keys: dict[str, str]):
        gateway = self
        self.function = function
        self.keys = keys
        # The emulator takes one event at a time, as an instance of a function does.
        self.turn = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer is two writes, of which the second would wait for the first one's acknowledgement, 40 ms.
            disable_nagle_algorithm = True

            def __getattr__(self, name: str):
                # Any method there is or is not.
                if name.startswith("do_"):
                    return self.answer
                raise AttributeError(name)

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                known = methods(urlsplit(self.path).path)
                if self.command not in known:
                    self.refuse("MISSING_AUTHENTICATION_TOKEN")
                elif self.command == "OPTIONS":
                    self.reply(200, {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}, b"")
                elif self.headers.get("x-api-key") not in gateway.keys:
                    self.refuse("INVALID_API_KEY")
                else:
                    value = gateway.invoke(self.command, self.path, body, self.headers)
                    self.reply(value["statusCode"], value["headers"], value["body"].encode())

            def refuse(self, kind: str):
                status, body = own_answer(kind)
                self.reply(status, {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}, body)

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

    def invoke(self, method: str, target: str, body: bytes, headers) -> dict:
        """`headers` as an email's message, in which a name may stand more than once."""
        parts = urlsplit(target)
        # What is no UTF-8 becomes U+FFFD, in the query as in the body: no media type is declared as binary.
        query = parse_qs(parts.query, keep_blank_values=True)
        event = rest_event(method, parts.path, body.decode(errors="replace") if body else None)
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()} or None
        event["multiValueQueryStringParameters"] = query or None
        event["headers"] = dict(headers.items())
        event["multiValueHeaders"] = {name: headers.get_all(name) for name in headers}
        key = headers["x-api-key"]
        event["requestContext"]["identity"].update(apiKey=key, apiKeyId=self.keys[key])
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
