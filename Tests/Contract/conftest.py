"""The files that these tests hold together, read once."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from project import METHODS, ROOT
from route_table import routes_in_source


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def api() -> dict:
    """api.yaml."""
    return yaml.safe_load((ROOT / "api.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def operations(api) -> dict[str, dict]:
    """The operations of api.yaml by operationId, each with its method, path and path-level parameters."""
    found = {}
    for path, entry in api["paths"].items():
        for method in METHODS:
            if method in entry:
                operation = {**entry[method], "method": method.upper(), "path": path}
                operation["parameters"] = entry.get("parameters", []) + entry[method].get("parameters", [])
                found[operation["operationId"]] = operation
    return found


@pytest.fixture(scope="session")
def serverless_source() -> dict:
    """serverless.yml as written, its variables unresolved."""
    return yaml.safe_load((ROOT / "serverless.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def routes() -> set[tuple[str, str, str]]:
    """The route table in the source: method, path, operationId."""
    return routes_in_source(ROOT)


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """The settings of .env.example with the values shown there, commented out or not."""
    found = {}
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        name, equals, value = line.lstrip("# ").partition("=")
        if equals and name.isupper() and name.replace("_", "").isalnum():
            found.setdefault(name, value.split(" #")[0].strip().strip("'\""))
    return found


@pytest.fixture(scope="session")
def dumped_package() -> dict:
    """The manifest as SwiftPM reads it for the container image."""
    if not shutil.which("swift"):
        pytest.fail("swift is not on the PATH; the manifest cannot be read")
    done = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, check=True,
        env={**os.environ, "WHIPLASH_LAMBDA_ONLY": "1"})
    return json.loads(done.stdout)
