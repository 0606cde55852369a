"""The examples do what they say, and are the same program on both libraries."""

import difflib
import shutil
import subprocess

import pytest

from whiplash_server import KEY, ROOT, built, clean_environment

SAID = """\
1.0 moby-dick Call me Ishmael.
0.9525793 ulysses Stately, plump Buck Mulligan
changed: emma Emma Woodhouse
refused: 'vectors[0].vector': expected 3 numbers, received 2
"""


def run(name: str, folder, *arguments: str, **settings: str) -> str:
    done = subprocess.run(
        [built(name), *arguments], cwd=folder, env=clean_environment(folder, **settings), capture_output=True, text=True,
        timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_say_the_same(tmp_path, sqlite_server):
    for _ in range(2):
        assert run("ExampleDirect", tmp_path, "here.db") == SAID
        assert run("ExampleRemote", tmp_path, WHIPLASH_URL=sqlite_server.url, WHIPLASH_API_KEY=KEY) == SAID
    assert (tmp_path / "here.db").exists()


def test_they_differ_in_where_the_database_is_and_in_nothing_else():
    texts = [(ROOT / f"Examples/{name}/{name}.swift").read_text().splitlines() for name in ("Direct", "Remote")]
    shared = [text[text.index(next(line for line in text if line.startswith("func keepNotes"))) :] for text in texts]
    assert shared[0] == shared[1]
    changed = [line for line in difflib.ndiff(*texts) if line[0] in "+-" and "database" in line]
    assert changed, "they have one database"


@pytest.mark.skipif(not shutil.which("ldd"), reason="ldd tells what a program links")
def test_a_program_on_sqlite_alone_links_no_http():
    linked = subprocess.run(["ldd", built("ExampleDirect")], capture_output=True, text=True, check=True).stdout
    assert "libsqlite3" in linked
    assert not [library for library in ("libcurl", "libcrypto", "libssl") if library in linked]
