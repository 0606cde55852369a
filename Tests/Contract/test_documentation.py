"""The pages of both libraries are made by DocC, and what they link to is there."""

import json
import re
import shutil
import subprocess

import pytest

from project import ROOT


def modules():
    """The modules of a build, the newest first."""
    found = [folder for folder in (ROOT / ".build" / kind for kind in ("release", "debug"))
             if (folder / "Modules/WhiplashClient.swiftmodule").exists()]
    if not found:
        pytest.fail("the libraries are not built; run: swift build --product whiplash")
    return max(found, key=lambda folder: (folder / "Modules/WhiplashClient.swiftmodule").stat().st_mtime)


def run(*command) -> str:
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("library", ["Whiplash", "WhiplashClient"])
def test_the_pages_are_made(library, tmp_path):
    assert shutil.which("docc"), "docc is part of the Swift toolchain"
    build, target = modules(), json.loads(run("swift", "-print-target-info"))["target"]["triple"]
    run("swift", "symbolgraph-extract", "-module-name", library, "-I", build / "Modules", "-I", ROOT / "Sources/CCurl",
        "-Xcc", f"-fmodule-map-file={build / 'CKernels.build/module.modulemap'}", "-target", target,
        "-minimum-access-level", "public", "-output-dir", tmp_path)
    told = run("docc", "convert", ROOT / f"Sources/{library}/{library}.docc", "--additional-symbol-graph-dir", tmp_path,
               "--fallback-display-name", library, "--fallback-bundle-identifier", library,
               "--output-path", tmp_path / "pages")
    # A parameter whose name says all needs no words.
    faults = [line for line in re.findall(r"^(?:warning|error): .*", told, re.MULTILINE)
              if not re.search(r"Parameter '\w+' is missing documentation", line)]
    assert faults == []
    assert (tmp_path / f"pages/data/documentation/{library.lower()}.json").exists()
