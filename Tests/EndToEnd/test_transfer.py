"""Import and export: every format there and back bit by bit, and what breaks off taken up again."""

import base64
import csv
import gzip
import json
import os
import re
import signal
import subprocess
import time

import numpy as np
import pytest

from faulty_proxy import FaultyProxy
from test_command import CONFLICT, NOT_FOUND, REFUSED, USAGE, Command
from whiplash_server import KEY, built, clean_environment

DIMENSION = 24


@pytest.fixture
def vectors(request) -> np.ndarray:
    """Floats of every size, the same at every run."""
    source = np.random.default_rng(len(request.node.name))
    scale = 10.0 ** source.integers(-30, 30, (3000, 1))
    return (source.standard_normal((3000, DIMENSION)) * scale).astype("<f4")


@pytest.fixture(params=["file", "dynamodb", "api"])
def command(request, tmp_path):
    if request.param == "file":
        return Command(tmp_path)
    if request.param == "dynamodb":
        return Command(tmp_path, **request.getfixturevalue("emulator").settings)
    server = request.getfixturevalue("sqlite_server")
    return Command(tmp_path, WHIPLASH_URL=server.url, WHIPLASH_API_KEY=KEY)


@pytest.fixture
def local(tmp_path):
    return Command(tmp_path)


def write_lines(path, vectors, **more) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for number, vector in enumerate(vectors):
            file.write(json.dumps({"id": f"item {number}", "vector": [float(x) for x in vector], **more}) + "\n")


def exported(command, collection, name, *options) -> dict[str, tuple[bytes, dict]]:
    """The items of an export by id: the vector's bytes, and the rest."""
    command.run("export", collection, name, *options, timeout=300)
    path = command.folder / name
    if name.endswith(".npy"):
        rows = np.load(path)
        assert rows.dtype == np.dtype("<f4")
        items = [json.loads(line) for line in (path.parent / (path.stem + ".ids.jsonl")).read_text().splitlines()]
        assert len(items) == len(rows)
        return {item.pop("id"): (row.tobytes(), item) for item, row in zip(items, rows)}
    if name.endswith(".csv"):
        csv.field_size_limit(1 << 24)
        with open(path, newline="", encoding="utf-8") as file:
            items = [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]
        for item in items:
            if "metadata" in item:
                item["metadata"] = json.loads(item["metadata"])
            item["vector"] = json.loads(item["vector"]) if item["vector"].startswith("[") else item["vector"]
    else:
        items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = {}
    for item in items:
        vector = item.pop("vector")
        packed = base64.b64decode(vector) if isinstance(vector, str) else np.array(vector, "<f4").tobytes()
        assert item["id"] not in found, "an item is there twice"
        found[item.pop("id")] = (packed, item)
    return found


def test_every_format_there_and_back(command, project, vectors):
    vectors = vectors[:300]
    more = {"metadata": {"kind": "first", "n": 1.5}, "text": 'Quotes ", commas, and\nlines: é \U0001F40B'}
    write_lines(command.folder / "items.jsonl", vectors, **more)
    kept = {f"item {number}": (vector.tobytes(), more) for number, vector in enumerate(vectors)}
    assert command.json("import", f"{project}/first", "items.jsonl", "--create", "--metric", "dot") == {"stored": 300}
    before = f"{project}/first"
    for turn, (name, options) in enumerate(
            [("a.jsonl", []), ("b.jsonl", ["--base64"]), ("c.csv", []), ("d.csv", ["--base64"]), ("e.npy", [])]):
        assert exported(command, before, name, *options, "--page", "77") == kept
        before = f"{project}/copy{turn}"
        stored = command.json("import", before, name, "--create", "--metric", "dot", "--batch", "90", timeout=300)
        assert stored == {"stored": 300}
    # The formats keep each other: what went through all of them is written as the first was, line by line.
    command.run("export", before, "last.jsonl")
    first, last = ((command.folder / name).read_text().splitlines() for name in ("a.jsonl", "last.jsonl"))
    assert sorted(first) == sorted(last)
    assert not list(command.folder.glob("*-state"))


def test_numpys_own_files(local, vectors):
    for kind in ("<f2", "<f4", "<f8"):
        rows = np.ones((50, DIMENSION)) + np.arange(50)[:, None]
        np.save(local.folder / "rows.npy", rows.astype(kind))
        (local.folder / "rows.txt").write_text("".join(f"row {number}\n" for number in range(50)))
        collection = f"numpy/{kind[1:]}"
        local.run("import", collection, "rows.npy", "--ids", "rows.txt", "--create")
        [item] = local.json("get", collection, "row 49")
        assert item["vector"] == [50.0] * DIMENSION
    local.run("import", "numpy/f4", "rows.npy", "--row-ids")
    assert local.json("get", "numpy/f4", "7")[0]["vector"] == [8.0] * DIMENSION
    assert "--row-ids" in local.run("import", "numpy/f4", "rows.npy", code=REFUSED).stderr
    local.run("export", "numpy/f8", "back.npy", "--ids", "back.txt")
    ids = (local.folder / "back.txt").read_text().splitlines()
    assert np.array_equal(np.load(local.folder / "back.npy")[ids.index("row 3")], rows[3].astype("<f4"))


def test_from_and_to_a_pipe(local, vectors):
    write_lines(local.folder / "items.jsonl", vectors[:100])
    local.run("collection", "create", "p/c", "--dimension", DIMENSION, "--metric", "dot")
    local.run("import", "p/c", "-", given=(local.folder / "items.jsonl").read_text())
    assert len(local.run("export", "p/c").stdout.splitlines()) == 100
    assert list(local.folder.glob("*state*")) == []


def test_a_collection_is_made_of_what_a_pipe_brings(local, vectors):
    write_lines(local.folder / "items.jsonl", vectors[:100])
    lines = (local.folder / "items.jsonl").read_text()
    assert local.json("import", "p/c", "-", "--create", "--metric", "dot", given=lines) == {"stored": 100}
    assert exported(local, "p/c", "back.jsonl") == {f"item {n}": (vector.tobytes(), {}) for n, vector in enumerate(vectors[:100])}
    broken = lines + json.dumps({"id": "short", "vector": [1]})
    refused = local.run("import", "p/broken", "-", "--create", "--metric", "dot", given=broken, code=REFUSED).stderr
    assert "line 101: 'vector': expected 24 numbers" in refused
    assert "no items" in local.run("import", "p/empty", "-", "--create", given="", code=REFUSED).stderr
    local.run("collection", "show", "p/empty", code=NOT_FOUND)


def test_what_is_wrong_is_told_with_its_place_and_what_to_do(local, vectors):
    write_lines(local.folder / "items.jsonl", vectors[:250])
    lines = (local.folder / "items.jsonl").read_text().splitlines()
    lines[219] = json.dumps({"id": "short", "vector": [1, 2]})
    (local.folder / "items.jsonl").write_text("\n".join(lines))
    failed = local.run("import", "p/c", "items.jsonl", "--create", "--metric", "dot", "--batch", 50, code=REFUSED)
    assert "items.jsonl, line 220: 'vector': expected 24 numbers, received 2" in failed.stderr
    assert "The first 200 items are stored" in failed.stderr and "--resume" in failed.stderr
    # Mended, the file is another: --resume says so and begins nowhere.
    lines[219] = lines[0]
    (local.folder / "items.jsonl").write_text("\n".join(lines))
    assert "leave --resume out" in local.run("import", "p/c", "items.jsonl", "--resume", code=REFUSED).stderr
    local.run("import", "p/c", "items.jsonl")
    assert len(exported(local, "p/c", "all.jsonl")) == 249
    assert "--create" in local.run("import", "p/none", "items.jsonl", code=NOT_FOUND).stderr
    local.run("import", "p/c", "none.jsonl", code=REFUSED)
    local.run("import", "p/c", "items.unknown", code=REFUSED)
    local.run("import", "p/c", "items.jsonl", "--resume", code=NOT_FOUND)
    assert "--force" in local.run("export", "p/c", "all.jsonl", code=CONFLICT).stderr
    local.run("export", "p/c", "all.jsonl", "--force")


def start(command, *arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [built("whiplash"), *arguments], cwd=command.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=clean_environment(command.folder, **command.settings))


def kill_when_some_is_done(process: subprocess.Popen, state) -> int:
    """Kills a transfer as soon as its state says that it has come somewhere; gives how far, 0 when it was done before."""
    while process.poll() is None:
        if state.exists():
            process.kill()
            process.wait()
            return json.loads(state.read_text())["count"] if state.exists() else 0
        time.sleep(0.001)
    return 0


@pytest.mark.parametrize("format", ["jsonl", "csv", "npy"])
def test_an_import_that_is_killed_goes_on(local, sqlite_server, project, vectors, format):
    local.settings = {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}
    write_lines(local.folder / "items.jsonl", vectors)
    local.run("import", f"{project}/source", "items.jsonl", "--create", "--metric", "dot", timeout=300)
    whole = exported(local, f"{project}/source", f"source.{format}")
    kills = 0
    local.run("collection", "create", f"{project}/c", "--dimension", DIMENSION, "--metric", "dot")
    arguments = ["import", f"{project}/c", f"source.{format}", "--batch", "20", "--width", "2"]
    state = local.folder / f"source.{format}.import-state"
    done = kill_when_some_is_done(start(local, *arguments), state)
    for _ in range(3):
        if not done:
            break
        kills += 1
        process = start(local, *arguments, "--resume")
        time.sleep(0.15)
        process.kill()
        process.wait()
        if not state.exists():
            break
        now = json.loads(state.read_text())["count"]
        assert now >= done, "it went back"
        done = now
    assert kills > 0, "it was never killed in time"
    if state.exists():
        finished = local.run(*arguments, "--resume", timeout=300)
        assert f"Resuming behind {done} items" in finished.stderr
        assert "Stored 3000 items" in finished.stdout
    assert not state.exists()
    assert exported(local, f"{project}/c", f"copy.{format}") == whole


@pytest.mark.parametrize("format", ["jsonl", "csv", "npy"])
def test_an_export_that_is_killed_goes_on(local, sqlite_server, project, vectors, format):
    local.settings = {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}
    write_lines(local.folder / "items.jsonl", vectors)
    local.run("import", f"{project}/c", "items.jsonl", "--create", "--metric", "dot", timeout=300)
    whole = exported(local, f"{project}/c", f"whole.{format}")
    arguments = ["export", f"{project}/c", f"part.{format}", "--page", "10"]
    state = local.folder / f"part.{format}.export-state"
    done = kill_when_some_is_done(start(local, *arguments), state)
    assert 0 < done < 3000, "it was not killed in time"
    finished = local.run(*arguments, "--resume", timeout=300)
    assert f"Resuming behind {done} items" in finished.stderr
    assert not state.exists()
    name = f"part.{format}"
    (local.folder / name).rename(local.folder / f"moved.{format}")
    assert (local.folder / f"moved.{format}").read_bytes() == (local.folder / f"whole.{format}").read_bytes()
    if format == "npy":
        assert (local.folder / "part.ids.jsonl").read_bytes() == (local.folder / "whole.ids.jsonl").read_bytes()
    assert len(whole) == 3000


def interrupt_when_some_is_done(process: subprocess.Popen, state) -> str:
    """Presses Ctrl-C as soon as a transfer has come somewhere; gives what it says."""
    while process.poll() is None and not state.exists():
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    return said


def test_an_interrupted_transfer_says_how_to_go_on(local, sqlite_server, vectors, project):
    local.settings = {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}
    write_lines(local.folder / "items.jsonl", vectors)
    local.run("collection", "create", f"{project}/c", "--dimension", DIMENSION, "--metric", "dot")
    arguments = ["import", f"{project}/c", "items.jsonl", "--batch", "10"]
    said = interrupt_when_some_is_done(start(local, *arguments), local.folder / "items.jsonl.import-state")
    done = int(re.search(r"The first (\d+) items are stored\. The same command with --resume goes on\.", said)[1])
    assert 0 < done < 3000 and done <= local.json("count", f"{project}/c")["count"] < 3000
    assert f"Resuming behind {done} items" in local.run(*arguments, "--resume", timeout=300).stderr
    assert local.json("count", f"{project}/c") == {"count": 3000}

    arguments = ["export", f"{project}/c", "back.jsonl", "--page", "10"]
    said = interrupt_when_some_is_done(start(local, *arguments), local.folder / "back.jsonl.export-state")
    assert "items are written. The same command with --resume goes on." in said
    local.run(*arguments, "--resume", timeout=300)
    assert len((local.folder / "back.jsonl").read_text().splitlines()) == 3000


def test_nothing_is_lost_over_a_bad_line(local, sqlite_server, project, vectors):
    proxy = FaultyProxy(sqlite_server.port, share=0.2, seed=3)
    try:
        local.settings = {"WHIPLASH_URL": proxy.url, "WHIPLASH_API_KEY": KEY}
        write_lines(local.folder / "items.jsonl", vectors)
        local.run("import", f"{project}/c", "items.jsonl", "--create", "--metric", "dot", "--batch", 30, timeout=300)
        found = exported(local, f"{project}/c", "back.jsonl", "--page", "50")
        assert found == {f"item {number}": (vector.tobytes(), {}) for number, vector in enumerate(vectors)}
        assert all(proxy.faults.values()), proxy.faults
    finally:
        proxy.stop()


def test_other_work_is_not_taken_up_by_mistake(local, sqlite_server, project, vectors):
    write_lines(local.folder / "items.jsonl", vectors)
    local.settings = {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}
    local.run("collection", "create", f"{project}/c", "--dimension", DIMENSION, "--metric", "dot")
    state = local.folder / "items.jsonl.import-state"
    process = start(local, "import", f"{project}/c", "items.jsonl", "--batch", "10")
    assert kill_when_some_is_done(process, state) > 0
    # Other work is not taken up by mistake.
    assert "other work" in local.run("import", f"{project}/d", "items.jsonl", "--resume", "--create", code=REFUSED).stderr
    local.run("collection", "delete", f"{project}/c", "--yes")
    local.run("collection", "create", f"{project}/c", "--dimension", DIMENSION, "--metric", "dot")
    assert "other work" in local.run("import", f"{project}/c", "items.jsonl", "--resume", code=REFUSED).stderr


@pytest.mark.parametrize("name", ["notes.jsonl", "notes.csv", "notes.npy"])
def test_groups_go_there_and_back(local, name):
    lines = [json.dumps({"id": f"{n % 7}", "group": f"group {n // 7}", "vector": [n, 1]}) for n in range(70)]
    (local.folder / "source.jsonl").write_text("\n".join(lines))
    local.run("import", "p/first", "source.jsonl", "--create", "--metric", "dot")
    local.run("export", "p/first", name)
    local.run("import", "p/second", name, "--create", "--metric", "dot")
    local.run("export", "p/second", "back.jsonl", "--group", "group 3")
    back = [json.loads(line) for line in (local.folder / "back.jsonl").read_text().splitlines()]
    assert sorted(item["vector"][0] for item in back) == [float(n) for n in range(21, 28)]
    local.run("import", "p/second", "back.jsonl", "--group", "unused")
    local.run("export", "p/second", "ids.npy", "--ids", "ids.txt", code=REFUSED)
    (local.folder / "plain.jsonl").write_text('{"id": "a", "vector": [1, 2]}\n')
    local.run("import", "p/second", "plain.jsonl", "--group", "ann")
    assert local.json("get", "p/second", "a", "--group", "ann") == [{"id": "a", "group": "ann", "vector": [1.0, 2.0]}]


def write_books(path, count: int) -> None:
    """Items of rising years, of which every third is a novel."""
    with open(path, "w", encoding="utf-8") as file:
        for n in range(count):
            item = {"id": f"{'novel' if n % 3 == 0 else 'essay'} {n}", "vector": [n, 1, 2], "metadata": {"year": n}}
            file.write(json.dumps(item) + "\n")


@pytest.mark.parametrize("name", ["part.jsonl", "part.csv", "part.npy"])
def test_a_part_is_exported_by_filter_or_prefix(command, project, name):
    write_books(command.folder / "books.jsonl", 90)
    books = f"{project}/books"
    command.run("import", books, "books.jsonl", "--create", "--metric", "dot")
    whole = exported(command, books, "whole.jsonl")
    recent = {id: item for id, item in whole.items() if item[1]["metadata"]["year"] >= 40}
    assert exported(command, books, name, "--filter", '{"year": {"$gte": 40}}', "--page", "7") == recent and len(recent) == 50
    novels = {id: item for id, item in whole.items() if id.startswith("novel ")}
    assert exported(command, books, name, "--prefix", "novel ", "--page", "7", "--force") == novels and len(novels) == 30
    none = command.json("export", books, name, "--filter", '{"year": -1}', "--force")
    assert none == {"exported": 0} and exported(command, books, name, "--prefix", "poem", "--force") == {}
    if name == "part.jsonl":
        assert (command.folder / name).read_bytes() == b""
    command.run("export", books, name, "--prefix", "a", "--filter", "{}", code=USAGE)
    assert "$gr" in command.run("export", books, "other.jsonl", "--filter", '{"a": {"$gr": 1}}', code=REFUSED).stderr
    assert not (command.folder / "other.jsonl").exists() and not list(command.folder.glob("*-state"))


def test_a_part_of_a_group_is_exported(local):
    lines = [json.dumps({"id": f"{n}", "group": f"group {n % 3}", "vector": [n, 1], "metadata": {"n": n}}) for n in range(60)]
    (local.folder / "source.jsonl").write_text("\n".join(lines))
    local.run("import", "p/c", "source.jsonl", "--create", "--metric", "dot")
    some = exported(local, "p/c", "some.jsonl", "--group", "group 1", "--filter", '{"n": {"$lt": 9}}')
    assert sorted(some) == ["1", "4", "7"]
    assert sorted(exported(local, "p/c", "ones.csv", "--group", "group 1", "--prefix", "1")) == ["1", "10", "13", "16", "19"]


@pytest.mark.parametrize("option, value, other, count", [
    ("--filter", '{"year": {"$gte": 1000}}', '{"year": {"$gte": 2000}}', 2000), ("--prefix", "novel", "essay", 1000)])
def test_an_interrupted_export_of_a_part_goes_on_with_the_same_part(
        local, sqlite_server, project, option, value, other, count):
    local.settings = {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}
    write_books(local.folder / "books.jsonl", 3000)
    local.run("import", f"{project}/c", "books.jsonl", "--create", "--metric", "dot", timeout=300)
    whole = exported(local, f"{project}/c", "whole.jsonl", option, value)
    assert len(whole) == count
    arguments = ["export", f"{project}/c", "part.jsonl", "--page", "10"]
    state = local.folder / "part.jsonl.export-state"
    said = interrupt_when_some_is_done(start(local, *arguments, option, value), state)
    done = int(re.search(r"(\d+) items are written\. The same command with --resume goes on\.", said)[1])
    assert 0 < done < count
    kept = state.read_bytes()
    for changed in ([option, other], []):
        refused = local.run(*arguments, *changed, "--resume", code=REFUSED).stderr
        assert "other work" in refused and f"{option[2:]} " in refused and value in refused
        assert state.read_bytes() == kept
    finished = local.run(*arguments, option, value, "--resume", timeout=300)
    assert f"Resuming behind {done} items" in finished.stderr and not state.exists()
    assert (local.folder / "part.jsonl").read_bytes() == (local.folder / "whole.jsonl").read_bytes()


def test_a_collection_that_an_import_makes_has_what_is_asked_for(command, project):
    essays = f"{project}/essays"
    (command.folder / "essays.jsonl").write_text("\n".join(
        json.dumps({"id": f"{n}", "vector": [n, 1, 2], "text": f"essay number {n}", "metadata": {"n": n}}) for n in range(9)))
    command.run("import", essays, "essays.jsonl", "--create", "--text-index", "--filterable", "n", "--metric", "dot",
                "--vector-type", "float16")
    made = command.json("collection", "show", essays)
    chosen = {"text_index": True, "filterable": ["n"], "metric": "dot", "vector_type": "float16", "grouping": False}
    assert made == made | chosen
    assert [match["id"] for match in command.json("search", essays, "--text", "7")] == ["7"]
    for option in (["--text-index"], ["--filterable", "n"]):
        assert "--create" in command.run("import", essays, "essays.jsonl", *option, code=USAGE).stderr


def on_a_terminal(command, *arguments) -> str:
    """What a command shows of its progress where standard error is a terminal."""
    ours, its = os.openpty()
    process = subprocess.Popen(
        [built("whiplash"), *arguments], cwd=command.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=its,
        env=clean_environment(command.folder, **command.settings))
    os.close(its)
    shown = b""
    try:
        while part := os.read(ours, 1 << 16):
            shown += part
    except OSError:  # So Linux says that nobody has the other end open any more.
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode()


def test_a_terminal_shows_how_much_is_left(local, sqlite_server, project):
    write_books(local.folder / "books.jsonl", 6000)
    places = [{}, {"WHIPLASH_URL": sqlite_server.url, "WHIPLASH_API_KEY": KEY}]
    for local.settings in places:
        local.run("import", f"{project}/c", "books.jsonl", "--create", timeout=300)
        exporting = on_a_terminal(local, "export", f"{project}/c", "books.csv", "--page", "25", "--force")
        assert re.search(r"Exporting █*░+ \d+/6000, \d+ a second, \d:\d\d left", exporting)
        assert re.search(r"Exporting █+ 6000/6000, \d+ a second\r\n", exporting)
        verifying = on_a_terminal(local, "verify", f"{project}/c")
        assert re.search(r"Verifying █+░+ \d+/12000, \d+ a second, \d:\d\d left", verifying)
        # What comes after does not stand behind the bar.
        assert verifying.endswith("\r\x1b[K")
        # How many pass a filter nobody knows before they are read.
        some = on_a_terminal(local, "export", f"{project}/c", "some.csv", "--page", "25", "--force", "--prefix", "essay")
        assert re.search(r"Exporting \d+ items, \d+ a second", some) and "left" not in some


def test_compressed_files_come_through_a_pipe(local):
    """What is advised works as it is written."""
    write_books(local.folder / "books.jsonl", 20)
    local.run("import", "p/c", "books.jsonl", "--create", "--metric", "dot")
    local.run("export", "p/c", "books.csv")
    local.run("export", "p/c", "books.npy")
    whole = exported(local, "p/c", "whole.jsonl")
    for name in ("books.jsonl", "books.csv", "books.npy", "books.ids.jsonl"):
        (local.folder / f"{name}.gz").write_bytes(gzip.compress((local.folder / name).read_bytes()))
    tools = local.folder / "tools"
    tools.mkdir()
    (tools / "whiplash").symlink_to(built("whiplash"))

    def in_a_shell(command: str) -> str:
        environment = clean_environment(local.folder)
        environment["PATH"] = f"{tools}:{environment['PATH']}"
        done = subprocess.run(["sh", "-c", command], cwd=local.folder, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for name in ("books.jsonl", "books.csv", "books.npy"):
        said = local.run("import", f"p/{name}", f"{name}.gz", "--create", code=REFUSED).stderr
        assert said.startswith(f"Error: {name}.gz is compressed.")
        in_a_shell(said.split("Pipe what is in it: ")[1])
        assert exported(local, f"p/{name}", "back.jsonl", "--force") == whole
    said = local.run("import", "p/ids", "books.npy", "--ids", "books.ids.jsonl.gz", "--create", code=REFUSED).stderr
    (local.folder / "books.ids.jsonl").unlink()
    in_a_shell(said.split("Unpack it first: ")[1])
    local.run("import", "p/ids", "books.npy", "--create", "--metric", "dot")
    assert exported(local, "p/ids", "back.jsonl", "--force") == whole
    # What the name does not tell, the first bytes do.
    (local.folder / "disguised.jsonl").write_bytes((local.folder / "books.jsonl.gz").read_bytes())
    assert "zcat disguised.jsonl | whiplash" in local.run("import", "p/c", "disguised.jsonl", code=REFUSED).stderr
    assert "zcat" in local.run("import", "p/c", "books.jsonl.gz", "--format", "jsonl", code=REFUSED).stderr

    said = local.run("search", "batch", "p/c", "books.jsonl.gz", code=REFUSED).stderr
    assert in_a_shell(said.split("Pipe what is in it: ")[1]) == local.run("search", "batch", "p/c", "books.jsonl").stdout
    said = local.run("export", "p/c", "out.jsonl.gz", code=REFUSED).stderr
    assert not (local.folder / "out.jsonl.gz").exists()
    in_a_shell(said.split("Pipe what is to be in it: ")[1])
    assert gzip.decompress((local.folder / "out.jsonl.gz").read_bytes()) == (local.folder / "whole.jsonl").read_bytes()
    local.run("export", "p/c", "out.npy.gz", code=REFUSED)


def test_queries_are_read_in_the_formats_that_the_help_names(local):
    help = local.run("search", "batch", "--help").stdout
    assert re.search(r"--format.*\n?.*values: jsonl, npy\)", help)
    local.run("search", "batch", "p/c", "queries.jsonl", "--format", "csv", code=USAGE)


def test_columns_become_numbers_where_that_is_asked_for(local):
    (local.folder / "books.csv").write_text('id,v0,v1,year,price,new,code\na,1,2,1815,4.50,true,"17"\nb,2,1,1851,0.75,false,007\n')
    both = ["books.csv", "--create", "--other-columns", "metadata"]
    local.run("import", "p/strings", *both)
    local.run("import", "p/typed", *both, "--typed")
    assert [item["metadata"] for item in local.json("get", "p/strings", "a", "b")] == [
        {"year": "1815", "price": "4.50", "new": "true", "code": "17"}, {"year": "1851", "price": "0.75", "new": "false", "code": "007"}]
    assert [item["metadata"] for item in local.json("get", "p/typed", "a", "b")] == [
        {"year": 1815, "price": 4.5, "new": True, "code": "17"}, {"year": 1851, "price": 0.75, "new": False, "code": "007"}]
    found = local.json("list", "p/typed", "--filter", '{"year": {"$gt": 1820}, "price": {"$lt": 1}, "new": false}')["items"]
    assert [item["id"] for item in found] == ["b"]
    local.run("import", "p/typed", "books.csv", "--typed", code=USAGE)
