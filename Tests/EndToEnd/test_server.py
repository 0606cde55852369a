"""`whiplash serve` as a person at a terminal and a client on a socket meet it."""

import json
import os
import re
import signal
import socket
import stat
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from whiplash_api import API
from whiplash_server import KEY, Server, whiplash


# -- What it says, and where its settings come from.

def test_help_has_examples_and_the_version_is_told(tmp_path):
    told = whiplash(tmp_path, "--help")
    assert told.returncode == 0 and "whiplash serve" in told.stdout
    told = whiplash(tmp_path, "serve", "--help")
    assert told.returncode == 0 and "--port" in told.stdout and "--database" in told.stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", whiplash(tmp_path, "--version").stdout)


def test_routes_are_printed_one_a_line(tmp_path):
    lines = whiplash(tmp_path, "routes").stdout.splitlines()
    assert "POST /projects/{projectId}/collections/{collectionId}/search searchItems" in lines
    assert all(re.fullmatch(r"[A-Z]+ /\S+ [a-z]\w+", line) for line in lines)


def test_every_malformed_setting_is_named_at_once_and_no_secret(tmp_path):
    wrong = {
        "WHIPLASH_PORT": "eighty", "WHIPLASH_STORE": "tape", "MAX_ITEMS_PER_BUCKET": "-1", "DEFAULT_N_PLANES": "0",
        "DEFAULT_BIT_START": "99", "DEFAULT_BIT_SCALE_FACTOR": "two", "STAGE": "a b", "WHIPLASH_API_KEY": "sh0rt"}
    told = whiplash(tmp_path, "serve", **wrong)
    assert told.returncode != 0
    for name in wrong:
        assert name in told.stderr
    assert "sh0rt" not in told.stderr + told.stdout
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_dotenv_that_is_none_stops_the_start(tmp_path):
    (tmp_path / ".env").write_text("WHIPLASH_PORT=0\nthis is no setting\n")
    told = whiplash(tmp_path, "serve")
    assert told.returncode != 0
    assert ".env" in told.stderr or "line 2" in told.stderr


@pytest.mark.parametrize("flags,environment,expected", [
    ([], {}, "dotenv.db"), ([], {"WHIPLASH_DATABASE": "environment.db"}, "environment.db"),
    (["--database", "flag.db"], {"WHIPLASH_DATABASE": "environment.db"}, "flag.db"),
])
def test_flags_go_before_the_environment_and_that_before_dotenv(tmp_path, flags, environment, expected):
    (tmp_path / ".env").write_text('# mine\nexport WHIPLASH_DATABASE="dotenv.db"\nWHIPLASH_API_KEY=overridden\n')
    with Server(tmp_path, *flags, WHIPLASH_STORE="sqlite", **environment) as server:
        server.api.create("p", "c", 3)
    assert (tmp_path / expected).is_file()
    assert len(list(tmp_path.glob("*.db"))) == 1


def test_a_key_is_made_kept_for_its_owner_alone_and_used_again(tmp_path):
    with Server(tmp_path, WHIPLASH_STORE="sqlite", WHIPLASH_API_KEY="") as server:
        [path] = tmp_path.glob("*.key")
        key = path.read_text().strip()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert key in server.output
        API(server.url, key).ok("GET", "/projects")
        assert API(server.url, KEY).call("GET", "/projects").status_code == 403
    with Server(tmp_path, WHIPLASH_STORE="sqlite", WHIPLASH_API_KEY="") as server:
        API(server.url, key).ok("GET", "/projects")


def test_a_key_that_was_given_is_not_printed_and_not_written(tmp_path):
    with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
        server.api.ok("GET", "/projects")
    assert KEY not in server.output + server.log
    assert list(tmp_path.glob("*.key")) == []


def test_a_port_in_use_is_told_with_what_to_do(tmp_path, sqlite_server):
    told = whiplash(tmp_path, "serve", WHIPLASH_PORT=str(sqlite_server.port), WHIPLASH_API_KEY=KEY)
    assert told.returncode != 0
    assert str(sqlite_server.port) in told.stderr
    assert "--port" in told.stderr
    assert sqlite_server.api.ok("GET", "/health") == {"status": "ok"}


def test_a_folder_that_is_not_there_is_told(tmp_path):
    told = whiplash(tmp_path, "serve", WHIPLASH_DATABASE="nowhere/data.db", WHIPLASH_PORT="0", WHIPLASH_API_KEY=KEY)
    assert told.returncode != 0
    assert "nowhere" in told.stderr


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 1000)
    told = whiplash(tmp_path, "serve", WHIPLASH_DATABASE=str(file), WHIPLASH_PORT="0", WHIPLASH_API_KEY=KEY)
    assert told.returncode != 0
    assert "letter.txt" in told.stderr
    assert file.read_text() == "Dear reader, " * 1000


# -- How it ends.

@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_it_stops(tmp_path, by, random_vectors):
    server = Server(tmp_path, WHIPLASH_STORE="sqlite").start()
    collection = server.api.create("p", "c", 384)
    items = [{"id": f"{n}", "vector": v} for n, v in enumerate(random_vectors(500, 384))]
    body = json.dumps({"vectors": items}).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        head = f"POST {collection.path}/items/batch HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nConnection: close\r\n"
        client.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
        wait_until_read(server)
        client.sendall(body[-1:])
        stopping = threading.Thread(target=server.stop, args=(by,))
        stopping.start()
        answer = read_all(client)
        stopping.join()
    assert server.process.returncode == 0
    assert status(answer) == 200
    with server:
        assert len(collection.through(server.api).all_ids()) == 500


def test_an_answer_that_is_still_being_read_is_sent_to_its_end(tmp_path, random_vectors):
    server = Server(tmp_path, WHIPLASH_STORE="sqlite").start()
    collection = server.api.create("p", "c", 1536)
    collection.insert([{"id": f"{n}", "vector": v} for n, v in enumerate(random_vectors(400, 1536))])
    head = f"GET {collection.path}/items?limit=400&include_vector=true HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(("127.0.0.1", server.port))
        client.sendall(head.encode())
        received = client.recv(100)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        received += read_all(client)
        stopping.join()
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    assert length > 4 << 20 and len(body) == length
    assert server.process.returncode == 0


def test_who_never_ends_a_request_does_not_keep_it_from_stopping(tmp_path):
    server = Server(tmp_path, WHIPLASH_STORE="memory").start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(b"POST /projects HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        wait_until_read(server)
        assert server.stop() == 0


def wait_until_read(server: Server) -> None:
    """Answers on other connections, so many that each event loop has one, show that what came before is read."""
    for _ in range(4 * (os.cpu_count() or 1)):
        assert server.api.ok("GET", "/health") == {"status": "ok"}


def test_what_was_stored_is_there_after_a_restart(tmp_path, random_vectors):
    stored = {f"{n}": v for n, v in enumerate(random_vectors(300, 48))}
    with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
        collection = server.api.create("p", "c", 48)
        collection.insert([{"id": i, "vector": v} for i, v in stored.items()])
        before = [collection.search(v) for v in list(stored.values())[:10]]
    with server:
        collection = collection.through(server.api)
        assert {i: item["vector"] for i, item in collection.get(list(stored)).items()} == stored
        assert [collection.search(v) for v in list(stored.values())[:10]] == before


# -- What it logs.

def test_the_log_tells_of_requests_and_not_what_is_in_them(tmp_path):
    with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
        collection = server.api.create("p", "c", 3)
        collection.insert([{"id": "an-id", "vector": [0.123456, 1, 1], "text": "a-text", "metadata": {"m": "a-value"}}])
        collection.search([0.654321, 1, 1])
        server.api.call("GET", "/projects?limit=a-parameter", headers={"x-api-key": "a-wrong-key"})
        server.api.call("POST", f"{collection.path}/items", data=b'{"a-broken-body')
    assert re.search(r"POST \S*/items/batch 200 ", server.log)
    assert re.search(r"POST \S*/search 200 ", server.log)
    assert re.search(r"GET /projects 403 ", server.log)
    hidden = [KEY, "0.123456", "0.654321", "a-text", "a-value", "a-wrong-key", "a-parameter", "a-broken-body"]
    assert [word for word in hidden if word in server.log] == []


def test_a_path_cannot_forge_a_line_of_the_log(tmp_path):
    with Server(tmp_path, WHIPLASH_STORE="memory") as server:
        send(server, b"GET /a%0Aforged%20line HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        send(server, b"GET /a\x1b[31mred HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert not any(line.startswith("forged") for line in server.log.splitlines())
    assert "\x1b" not in server.log


# -- Bytes on the wire.

def send(server: Server, data: bytes) -> bytes:
    """All that the server answers to these bytes on one connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        try:
            client.sendall(data)
        except OSError:
            # It may answer and close before it has all; what it said is still to be read.
            pass
        return read_all(client)


def read_all(client: socket.socket) -> bytes:
    received = b""
    try:
        while part := client.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("data", [
    b"NONSENSE\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    b"POST /projects HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /projects HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /projects HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
    b"GET /projects HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
])
def test_what_is_no_http_is_refused_and_the_server_goes_on(sqlite_server, data):
    answer = send(sqlite_server, data)
    assert answer == b"" or 400 <= status(answer) < 500
    assert sqlite_server.api.ok("GET", "/health") == {"status": "ok"}


@pytest.mark.parametrize("path,expected", [
    (b"/health", 200), (b"//health", 200), (b"/health/", 200), (b"/%68ealth", 200),
    (b"/projects/%zz", 400), (b"/projects/%f", 400), (b"/projects/%ff", 400), (b"/projects/%", 400), (b"/../health", 404),
])
def test_paths_as_they_come(sqlite_server, path, expected):
    head = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nx-api-key: " + KEY.encode() + b"\r\nConnection: close\r\n\r\n"
    assert status(send(sqlite_server, head)) == expected


def batch_head(server: Server, path: str, *headers: str) -> bytes:
    lines = [f"POST {path}/items/batch HTTP/1.1", "Host: x", f"x-api-key: {KEY}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def test_a_body_over_the_limit_is_refused_before_it_is_read(sqlite_server, small):
    answer = send(sqlite_server, batch_head(sqlite_server, small.path, f"Content-Length: {10 << 30}"))
    check_too_large(answer)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_too_much_is_told_so(small, chunked):
    parts = [b" " * (1 << 20)] * 100
    body = iter(parts) if chunked else b"".join(parts)
    answer = small.api.call("POST", f"{small.path}/items/batch", data=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert small.all_ids() == ["kept"]


def test_a_client_that_sends_too_much_and_then_no_more_is_told_so(sqlite_server, small):
    body = b" " * (40 << 20)
    answer = send(sqlite_server, batch_head(sqlite_server, small.path, f"Content-Length: {len(body)}") + body)
    check_too_large(answer)
    assert b"connection: close" in answer.lower()


def check_too_large(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == 413, head
    assert b"access-control-allow-origin: *" in head.lower()
    assert json.loads(body)["error"]["code"] == "body_too_large"


def test_a_body_in_chunks_is_taken(sqlite_server, small):
    body = json.dumps({"vectors": [{"id": "chunked", "vector": [1, 1, 1]}]}).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    answer = send(sqlite_server, batch_head(sqlite_server, small.path, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
    assert status(answer) == 200
    assert sorted(small.all_ids()) == ["chunked", "kept"]


def test_a_body_in_very_many_chunks_does_not_hold_up_the_server(sqlite_server, small):
    """Were what has come copied with each chunk, it would take minutes, and nobody else be answered."""
    chunks = b"1\r\n \r\n" * (1 << 20) + b"0\r\n\r\n"
    answer = send(sqlite_server, batch_head(sqlite_server, small.path, "Transfer-Encoding: chunked") + chunks)
    assert status(answer) == 400


def test_a_body_that_breaks_off_stores_nothing(sqlite_server, small):
    body = json.dumps({"vectors": [{"id": "broken", "vector": [1, 1, 1]}]}).encode()
    with socket.create_connection(("127.0.0.1", sqlite_server.port), timeout=60) as client:
        client.sendall(batch_head(sqlite_server, small.path, f"Content-Length: {len(body) + 1}") + body)
        client.shutdown(socket.SHUT_WR)
        read_all(client)
    assert small.all_ids() == ["kept"]


def test_several_requests_on_one_connection_are_answered_in_order(sqlite_server):
    head = b"GET %b HTTP/1.1\r\nHost: x\r\n" + f"x-api-key: {KEY}\r\n".encode()
    answer = send(
        sqlite_server, (head + b"\r\n") % b"/health" + (head + b"\r\n") % b"/nothing" + (head + b"Connection: close\r\n\r\n") % b"/health")
    assert [int(code) for code in re.findall(rb"HTTP/1.1 (\d+)", answer)] == [200, 404, 200]


def test_a_client_that_waits_before_it_sends_a_body_is_told_to_go_on(sqlite_server, small):
    """curl waits a second with bodies of a megabyte."""
    body = json.dumps({"vectors": [{"id": "waited", "vector": [1, 1, 1]}]}).encode()
    head = batch_head(sqlite_server, small.path, f"Content-Length: {len(body)}", "Expect: 100-continue")
    with socket.create_connection(("127.0.0.1", sqlite_server.port), timeout=60) as client:
        client.sendall(head)
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert status(read_all(client)) == 200
    assert sorted(small.all_ids()) == ["kept", "waited"]


@pytest.mark.parametrize("head,closes", [
    (b"GET /health HTTP/1.0\r\n", True), (b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n", False),
    (b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", True), (b"GET /health HTTP/1.1\r\nHost: x\r\n", False),
])
def test_a_connection_is_kept_where_the_client_may_use_it_again(sqlite_server, head, closes):
    with socket.create_connection(("127.0.0.1", sqlite_server.port), timeout=60) as client:
        client.sendall(head + b"\r\n")
        if closes:
            answer = read_all(client)
            assert b"connection: close" in answer.lower()
        else:
            answer = client.recv(65536)
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert status(read_all(client)) == 200
            assert (b"connection: keep-alive" in answer.lower()) == (b"HTTP/1.0" in head)
        assert status(answer) == 200


def test_who_has_said_all_still_gets_the_answer(sqlite_server):
    with socket.create_connection(("127.0.0.1", sqlite_server.port), timeout=60) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        assert status(read_all(client)) == 200


def test_who_has_said_several_requests_gets_all_answers(sqlite_server):
    requests = b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in [b"/health", b"/nothing", b"/health"])
    with socket.create_connection(("127.0.0.1", sqlite_server.port), timeout=60) as client:
        client.sendall(requests)
        client.shutdown(socket.SHUT_WR)
        assert re.findall(rb"HTTP/1.1 (\d+)", read_all(client)) == [b"200", b"401", b"200"]


@pytest.mark.parametrize("lines", [
    b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n",
])
def test_a_wish_for_another_protocol_is_answered_and_the_connection_closed(sqlite_server, lines):
    answer = send(sqlite_server, lines + b"\r\n")
    assert status(answer) in {200, 401, 405} and b"connection: close" in answer.lower()


def test_an_answer_to_head_has_no_body(sqlite_server):
    answer = send(
        sqlite_server, b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert len(re.findall(rb"HTTP/1.1 \d+", answer)) == 2
    assert answer.count(b"\r\n\r\nHTTP/1.1 200") == 1, answer


def test_an_answer_has_its_date(sqlite_server):
    date = sqlite_server.api.call("GET", "/health").headers["Date"]
    assert abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()) < 10
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date)


def test_whole_addresses_and_escapes_in_queries_are_understood(sqlite_server, small):
    key = f"x-api-key: {KEY}\r\n".encode()
    tail = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + key + b"\r\n"
    assert status(send(sqlite_server, b"GET http://x:1/health" + tail)) == 200
    path = small.path.encode() + b"/items"
    assert status(send(sqlite_server, b"GET " + path + b"?limit=%31" + tail)) == 200
    refused = send(sqlite_server, b"GET " + path + b"?limit=1%zz" + tail)
    assert status(refused) == 400 and b"1%zz" in refused


def test_a_browser_on_another_page_is_allowed(sqlite_server):
    answer = sqlite_server.api.call("OPTIONS", "/projects", headers={"x-api-key": None, "Origin": "https://example.com"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_small_answers_are_not_held_back(sqlite_server):
    """Without TCP_NODELAY a kept connection can wait 40 ms for an acknowledgement."""
    api = sqlite_server.api
    took = sorted(api.call("GET", "/health").elapsed.total_seconds() for _ in range(50))
    assert took[25] < 0.03
