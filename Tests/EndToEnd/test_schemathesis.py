"""`api.yaml` asked of the running servers by schemathesis: what it makes up, good and bad, and never more than is described."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import Gateway
from lambda_support import Function
from whiplash_server import KEY, ROOT, Server, clean_environment

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]
# Chosen once; what another one finds is then written down as a test of its own.
SEED = 20261121

# What is asked of a collection mostly goes to those that are there, and what would remove them to another project.
STORED = """
[dictionaries]
collections = { values = ["books", "books", "notes"] }

[[operations]]
include-path-regex = "/collections/.collectionId./(items|search|groups|tune|verify|stats)"
[operations.parameters]
"path.projectId" = "library"
"path.collectionId" = { dictionary = "collections", probability = 0.95 }

[[operations]]
include-operation-id = ["renameCollection", "deleteCollection", "deleteProject"]
parameters = { "path.projectId" = "spare" }
"""


def ask(folder: Path, url: str, *flags: str) -> int:
    """Runs schemathesis to its end, which has to have found nothing; gives the number of its requests."""
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", ROOT / "api.yaml", "--url", url, "--header", f"x-api-key: {KEY}",
         "--checks", ",".join(CHECKS), "--seed", str(SEED), "--generation-database", "none", "--no-color", "--warnings", "off",
         "--request-timeout", "60", "--continue-on-failure", "--suppress-health-check", "all", *flags],
        cwd=folder, env=clean_environment(folder, NO_PROXY="127.0.0.1"), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert counted and int(counted[1]) == int(counted[2]), run.stdout[-2000:]
    return int(counted[1])


@pytest.fixture(params=["server", "function"])
def url(request, tmp_path, emulator) -> str:
    """Where to ask: `whiplash serve` on SQLite, or the function behind a gateway on DynamoDB."""
    if request.param == "server":
        with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
            yield server.url
    else:
        with Function(tmp_path, **emulator.settings) as function, Gateway(function, {KEY: "an-id"}) as gateway:
            yield gateway.url


def test_no_answer_is_a_server_error_or_not_in_the_description(url, tmp_path):
    assert ask(tmp_path, url, "--phases", "examples,coverage", "--mode", "all") > 2000


def test_no_answer_about_stored_items_to_random_requests_is_a_server_error_or_not_in_the_description(tmp_path):
    with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
        # Of one dimension, so that many a made-up vector fits.
        books = server.api.create("library", "books", 1, metric="dot", filterable=["n"], text_index=True)
        notes = server.api.create("library", "notes", 1, grouping=True)
        items = [{"id": str(n), "vector": [n + 1], "text": f"word {n % 7}", "metadata": {"n": n}} for n in range(200)]
        books.insert(items)
        notes.insert([item | {"group": "ann"} for item in items])
        (tmp_path / "schemathesis.toml").write_text(STORED)
        assert ask(tmp_path, server.url, "--phases", "fuzzing", "--mode", "all", "--max-examples", "50") > 500
        # Many of them have reached what is stored.
        assert len(re.findall(r"/projects/library/collections/(?:books|notes)\S* 200 ", server.log)) > 100
