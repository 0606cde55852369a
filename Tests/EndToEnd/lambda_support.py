"""The built `bootstrap` as Lambda runs it: under AWS's Runtime Interface Emulator, or under a Runtime API by script."""

import base64
import importlib.util
import json
import os
import platform
import queue
import re
import socket
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import yaml

from dynamodb_emulator import free_port
from whiplash_server import ROOT, built, clean_environment

EVENTS = ROOT / "Tests/APIGatewayTests/Fixtures"
START_SECONDS = 30
MEGABYTE = 1 << 20


def recorded(name: str) -> dict:
    """An event as AWS documents it."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


TEMPLATES = list(yaml.safe_load((ROOT / "api.yaml").read_text(encoding="utf-8"))["paths"])


def template_of(path: str) -> str:
    """The route that the gateway would find for a path: the most literal that fits."""
    def fits(template: str) -> bool:
        return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None

    return min(filter(fits, TEMPLATES), key=lambda template: template.count("{"), default="/{proxy+}")


def encoded_body(body) -> dict:
    """A body as text; bytes as the gateway hands on what is binary."""
    if isinstance(body, bytes):
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    if body is not None and not isinstance(body, str):
        body = json.dumps(body)
    return {"body": body, "isBase64Encoded": False}


def rest_event(method: str, path: str, body=None, query: dict | None = None) -> dict:
    """What a REST API with a usage plan sends, once it has checked the key."""
    event = recorded("rest")
    template = template_of(path)
    names = re.findall(r"\{(\w+)\+?\}", template)
    values = re.fullmatch(re.sub(r"\{\w+\+?\}", "(.+?)", template), path).groups()
    event.update(
        httpMethod=method, path=path, resource=template, pathParameters=dict(zip(names, values)) or None,
        queryStringParameters=query, multiValueQueryStringParameters={k: [v] for k, v in (query or {}).items()} or None,
        **encoded_body(body))
    event["requestContext"].update(httpMethod=method, resourcePath=template, path=f"/dev{path}")
    return event


def version2_event(name: str, method: str, path: str, body=None, key: str | None = None) -> dict:
    """What an HTTP API (`http-api`, path decoded) or a function URL (`function-url`, path as sent) sends."""
    event = recorded(name)
    event.update(rawPath=path, rawQueryString="", routeKey="$default", **encoded_body(body))
    event.pop("queryStringParameters", None)
    event["headers"].pop("x-api-key", None)
    if key is not None:
        event["headers"]["x-api-key"] = key
    event["requestContext"]["http"].update(method=method, path=path)
    event["requestContext"]["stage"] = "$default"
    return event


class Answer:
    """What API Gateway would make of an answer, which has to have the form that it wants."""

    def __init__(self, value):
        assert isinstance(value, dict) and set(value) == {"statusCode", "headers", "body", "isBase64Encoded"}, value
        assert type(value["statusCode"]) is int and isinstance(value["body"], str)
        assert all(isinstance(header, str) for header in value["headers"].values())
        assert value["headers"]["Access-Control-Allow-Origin"] == "*" and value["isBase64Encoded"] is False
        self.status = value["statusCode"]
        self.json = json.loads(value["body"]) if value["body"] else None

    @property
    def code(self) -> str | None:
        """The code of an error."""
        return (self.json.get("error") or {}).get("code") if isinstance(self.json, dict) else None


def interface_emulator() -> Path:
    """AWS's Runtime Interface Emulator, out of the wheel that carries it."""
    package = importlib.util.find_spec("samcli")
    if package is None:
        pytest.fail("aws-sam-cli is not installed; run: pip install --no-deps -r Tests/requirements-binaries.txt")
    machine = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return Path(package.submodule_search_locations[0]) / f"local/rapid/aws-lambda-rie-{machine}"


def memory(pid: int) -> dict[str, float]:
    """A process's memory in MB: `VmRSS` now, `VmHWM` at most so far."""
    found = re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return {name: int(kilobytes) / 1024 for name, kilobytes in found}


class Function:
    """`bootstrap` under the Runtime Interface Emulator, invoked one event at a time as Lambda does."""

    def __init__(self, folder: Path, timeout_seconds: int = 30, **settings: str):
        self.folder = folder
        self.settings = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds), **settings}
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> "Function":
        self.folder.mkdir(parents=True, exist_ok=True)
        port, api_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [interface_emulator(), "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                 "--runtime-api-address", f"127.0.0.1:{api_port}", "--log-level", "warn", built("bootstrap")],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment(self.folder, **self.settings))
        self._await_start(port)
        return self

    def __exit__(self, *_) -> None:
        pid = self.pid
        self.process.kill()
        self.process.wait()
        if pid and Path(f"/proc/{pid}").exists():
            os.kill(pid, 9)

    def _await_start(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail(f"the Runtime Interface Emulator did not start\n{self.log}")

    def invoke(self, event):
        """The function's answer as it stands; `event` is JSON, or bytes to be sent as they are."""
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        answer = self.session.post(self.url, data=data, timeout=120)
        try:
            return answer.json()
        except ValueError:
            pytest.fail(f"no JSON: {answer.status_code} {answer.text[:500]}\n{self.log[-2000:]}")

    def call(self, method: str, path: str, body=None, query: dict | None = None) -> Answer:
        """A request through a REST API."""
        return Answer(self.invoke(rest_event(method, path, body, query)))

    def ok(self, method: str, path: str, body=None, query: dict | None = None):
        """The JSON of an answer that has to be 200."""
        answer = self.call(method, path, body, query)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.json}"
        return answer.json

    @property
    def pid(self) -> int | None:
        """The process of `bootstrap`, once the first event has started it."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text().partition(")")
            except OSError:
                continue
            if rest.split()[1] == str(self.process.pid) and "(bootstrap" in name:
                return int(stat.parent.name)
        return None

    @property
    def log_path(self) -> Path:
        return self.folder / "function.log"

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")


class ScriptedRuntimeAPI:
    """A Runtime API that gives the events it is handed, and keeps what it gets and when."""

    def __init__(self):
        self.events: queue.Queue[dict] = queue.Queue()
        self.posts: queue.Queue[tuple[str, dict, bytes]] = queue.Queue()
        self.first_next: float | None = None
        self.asked = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                api.first_next = api.first_next or time.monotonic()
                api.asked.set()
                event = api.events.get()
                self.reply(200, json.dumps(event["event"]).encode(), event["headers"])

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.posts.put((self.path, dict(self.headers), body))
                self.reply(202, b'{"status":"OK"}', {})

            def reply(self, status: int, body: bytes, headers: dict):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def give(self, event: dict, seconds: float = 30, **headers: str) -> None:
        deadline = int((time.time() + seconds) * 1000)
        self.events.put({"event": event, "headers": {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(deadline), **headers}})

    def start(self, folder: Path, **settings: str) -> subprocess.Popen:
        """A `bootstrap` of its own, whose standard error is kept; the caller ends it."""
        return subprocess.Popen(
            [built("bootstrap")], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=clean_environment(folder, AWS_LAMBDA_RUNTIME_API=self.host, **settings))

    def __enter__(self) -> "ScriptedRuntimeAPI":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


class Valve:
    """A line to a port of this machine, which holds back what goes through while it is shut, and can be cut or go dead."""

    def __init__(self, port: int):
        self.target = port
        self.opened = threading.Event()
        self.opened.set()
        self.clients: list[socket.socket] = []
        self.dead: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        self.opened.clear()

    def open(self) -> None:
        self.opened.set()

    def cut(self, reset: bool) -> int:
        """Ends every connection, with a word (FIN) or without (RST); gives their number."""
        clients, self.clients = self.clients, []
        for client in clients:
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # The thread that reads keeps the socket from closing until it is told.
                client.shutdown(socket.SHUT_RD)
            else:
                client.shutdown(socket.SHUT_RDWR)
            client.close()
        return len(clients)

    def forget(self) -> int:
        """From now on swallows what comes over the connections there are, without a word; gives their number."""
        clients, self.clients = self.clients, []
        self.dead.update(clients)
        return len(clients)

    def close(self) -> None:
        self.opened.set()
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, sink, client), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, client: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.opened.wait()
                if client not in self.dead:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()
