"""`api.yaml` asked of the running servers by schemathesis: what it makes up, good and bad, and never more than is described."""

import re
import subprocess
import sys

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


@pytest.fixture(params=["server", "function"])
def asked(request, tmp_path, emulator) -> tuple[str, str]:
    """Where to ask, and what: `whiplash serve` on SQLite anything; the function behind a gateway, on DynamoDB, what is well-formed, since an
    invocation under the emulator takes ten times as long, and both have one router."""
    if request.param == "server":
        with Server(tmp_path, WHIPLASH_STORE="sqlite") as server:
            yield server.url, "all"
    else:
        with Function(tmp_path, **emulator.settings) as function, Gateway(function, KEY) as gateway:
            yield gateway.url, "positive"


def test_no_answer_is_a_server_error_or_not_in_the_description(asked, tmp_path):
    url, mode = asked
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", ROOT / "api.yaml", "--url", url, "--header", f"x-api-key: {KEY}",
         "--checks", ",".join(CHECKS), "--phases", "examples,coverage", "--mode", mode, "--seed", str(SEED), "--no-color",
         "--warnings", "off", "--request-timeout", "60", "--continue-on-failure"],
        cwd=tmp_path, env=clean_environment(tmp_path, NO_PROXY="127.0.0.1"), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert counted and int(counted[1]) == int(counted[2]) > 500, run.stdout[-2000:]
