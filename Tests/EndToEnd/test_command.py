"""The command line: one scenario on a file, on DynamoDB and through an API, with the same answers; and what it refuses."""

import json
import re
import stat
import subprocess

import pytest

from dynamodb_emulator import free_port
from whiplash_api import without_versions
from whiplash_server import KEY, Server, built, clean_environment

DONE, OTHER, NOT_FOUND, REFUSED, CONFLICT, DENIED, UNAVAILABLE, USAGE = 0, 1, 2, 3, 4, 5, 6, 64


class Command:
    """`whiplash` in a folder, with settings that say where it works."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.settings = settings

    def run(self, *arguments, code=DONE, given=None, timeout=120):
        done = subprocess.run(
            [built("whiplash"), *map(str, arguments)], cwd=self.folder, input=given, capture_output=True, text=True,
            timeout=timeout, env=clean_environment(self.folder, **self.settings))
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert KEY not in done.stdout + done.stderr
        return done

    def json(self, *arguments, **options):
        return without_versions(json.loads(self.run(*arguments, "--json", **options).stdout))


@pytest.fixture
def local(tmp_path):
    return Command(tmp_path)


@pytest.fixture(params=["file", "dynamodb", "api"])
def command(request, tmp_path):
    """The command on each of its three targets."""
    if request.param == "file":
        return Command(tmp_path, WHIPLASH_DATABASE="some.db")
    if request.param == "dynamodb":
        return Command(tmp_path, **request.getfixturevalue("emulator").settings)
    server = request.getfixturevalue("sqlite_server")
    return Command(tmp_path, WHIPLASH_URL=server.url, WHIPLASH_API_KEY=KEY)


SHOWN = {"n_features": 3, "n_planes": 6, "bit_start": 8, "bit_scale_factor": 2.0, "metric": "euclidean", "stage": "dev",
         "grouping": False, "vector_type": "float32", "text_index": False, "filterable": []}
EMMA = {"id": "emma & é", "vector": [-2.0, 0.5, 1.0], "metadata": {"year": 1815}, "text": "Emma Woodhouse, handsome"}
MOBY = {"id": "moby/dick", "vector": [1.0, 2.0, 2.0]}


def test_words_are_found_everywhere(command, project):
    essays = f"{project}/essays"
    made = command.json("collection", "create", essays, "--dimension", 3, "--text-index")
    assert made["text_index"] is True
    for item in (EMMA, {**MOBY, "text": "The white whale"}):
        command.json("put", essays, json.dumps(item))
    found = command.json("search", essays, "--text", "WHITE whale")
    assert [match["id"] for match in found] == ["moby/dick"] and found[0]["dist"] == found[0]["text_score"] > 0
    both = command.json("search", essays, "--text", "emma", "--vector", "[1,2,2]")
    assert {match["id"] for match in both} == {EMMA["id"], "moby/dick"}
    assert all({"vector_score", "text_score"} <= set(match) for match in both)
    weighted = command.json("search", essays, "--text", "emma", "--like", "moby/dick", "--weight", 0.25)
    assert [match["id"] for match in weighted] == [EMMA["id"]]
    command.run("search", essays, "--text", "emma", "--weight", 0.5, code=USAGE)
    assert "SCORE" in command.run("search", essays, "--text", "emma").stdout


def test_filterable_keys_are_chosen_everywhere(command, project, tmp_path):
    keys = ["--filterable", "lang", "--filterable", "author.born"]
    made = command.json("collection", "create", f"{project}/papers", "--dimension", 3, *keys)
    assert made["filterable"] == command.json("collection", "show", f"{project}/papers")["filterable"] == ["lang", "author.born"]
    (tmp_path / "items.jsonl").write_text("\n".join(
        json.dumps({"id": f"{lang}{n}", "vector": [n, 1, 2], "metadata": {"lang": lang}}) for n in range(9) for lang in ("en", "de")))
    command.run("import", f"{project}/imported", tmp_path / "items.jsonl", "--create", "--filterable", "lang")
    assert command.json("collection", "show", f"{project}/imported")["filterable"] == ["lang"]
    found = command.json("search", f"{project}/imported", "--vector", "[3,1,2]", "--filter", '{"lang": "de"}', "--limit", 4)
    assert len(found) == 4 and all(match["id"].startswith("de") for match in found)


def test_one_scenario_everywhere(command, project):
    books = f"{project}/books"
    made = command.json("collection", "create", books, "--dimension", 3, "--metric", "euclidean")
    assert made == made | SHOWN | {"name": "books", "project_name": project}
    command.run("collection", "create", books, "--dimension", 3, code=CONFLICT)
    assert command.json("collection", "show", books) == made
    assert command.json("collection", "list", project) == [made]
    assert command.json("project", "show", project) == {"project_name": project, "collections": [made]}
    assert {"project_name": project, "collections": [made]} in command.json("project", "list")

    assert command.json("put", books, json.dumps(EMMA)) == {"stored": 1}
    lines = json.dumps(MOBY) + "\n\n" + json.dumps({"id": "x", "vector": [9, 9, 9]}) + "\n"
    assert command.json("put", books, "-", given=lines) == {"stored": 2}
    assert command.json("put", books, "--id", "y", "--vector", "AACAPwAAAEAAAEBA", "--metadata", '{"a": 1}') == {"stored": 1}
    y = {"id": "y", "vector": [1.0, 2.0, 3.0], "metadata": {"a": 1}}
    assert command.json("get", books, "y", EMMA["id"], "y") == [y, EMMA, y]
    shown = command.run("get", books, "y", "nobody", "--json", code=NOT_FOUND)
    assert without_versions(json.loads(shown.stdout)) == [y] and "nobody" in shown.stderr

    matches = command.json("search", books, "--vector", "[1,2,2]", "--limit", 2, "--vectors")
    assert matches == [MOBY | {"dist": 0.0, "distance": 0.0}, y | {"dist": -1.0, "distance": 1.0}]
    assert [match["id"] for match in command.json("search", books, "--like", "y", "--limit", 1)] == ["moby/dick"]
    exact = command.json("search", books, "--vector", "-", "--exact", "--max-distance", 0.5, given="[1,2,2]\n")
    assert [set(match) for match in exact] == [{"id", "dist", "distance"}]

    assert command.json("search", books, "--vector", "[1,2,2]", "--limit", 2, "--vectors", "--target-recall", 0.9) == matches

    filtered = command.json("search", books, "--vector", "[1,2,2]", "--filter", '{"year": {"$gte": 1800}}')
    assert [match["id"] for match in filtered] == [EMMA["id"]]
    assert "$gr" not in command.run("search", books, "--vector", "[1,2,2]", "--filter", '{"a": {"$gr": 1}}', code=REFUSED).stdout
    command.run("search", books, "--vector", "[1,2,2]", "--filter", "{", code=REFUSED)

    assert [match["id"] for match in command.json("search", books, "--id", "y", "--limit", 1)] == ["moby/dick"]
    whole = [match["id"] for match in command.json("search", books, "--vector", "[1,2,2]", "--limit", 10)]
    assert [match["id"] for match in command.json("search", books, "--vector", "[1,2,2]", "--limit", 5000)] == whole
    paged, cursor = [], ["--page"]
    while cursor:
        page = command.json("search", books, "--vector", "[1,2,2]", "--limit", 1, *cursor)
        paged += [match["id"] for match in page["matches"]]
        cursor = page["cursor"] and ["--cursor", page["cursor"]]
    assert paged == whole and len(whole) == 4
    assert "More: --cursor" in command.run("search", books, "--vector", "[1,2,2]", "--limit", 1, "--page").stderr

    explained = command.json("search", books, "--vector", "[1,2,2]", "--limit", 10, "--explain")
    assert [match["id"] for match in explained["matches"]] == whole
    told = explained["explain"]
    assert told["vector"]["reranked"] == 4 and told["store"]["rows_read"] >= 4 and told["milliseconds"]["total"] > 0
    assert (told["store"]["cost"] is None) == (told["store"]["read_units"] is None)
    shown = command.run("search", books, "--vector", "[1,2,2]", "--explain").stdout
    assert "round trips" in shown and "re-ranked" in shown
    page = command.json("search", books, "--vector", "[1,2,2]", "--limit", 1, "--page", "--explain")
    assert page["cursor"] and page["explain"]["round_trips"] > 0
    command.run("search", books, "--vector", "[1,2,2]", "--limit", 1001, "--explain", code=USAGE)

    recent = ["--filter", '{"year": {"$gte": 1800}}']
    assert command.json("count", books) == {"count": 4} and command.json("count", books, *recent) == {"count": 1}
    assert command.run("count", books).stdout == "4\n"
    assert [item["id"] for item in command.json("list", books, *recent)["items"]] == [EMMA["id"]]
    assert command.json("stats", books)["items"]["count"] == 4
    assert command.run("stats", books).stdout.splitlines()[1].startswith("items ")
    assert command.json("verify", books) == {
        "checked": 8, "vectors_without_bucket_row": 0, "bucket_rows_without_vector": 0, "missing_postings": 0,
        "needless_postings": 0, "mended": 0}
    assert command.run("verify", books).stdout.startswith("Looked at 8 rows")
    assert command.json("tune", books) == {"state": "too_small", "generation": 0, "filled": 0}
    assert "too few items" in command.run("tune", books).stdout

    assert command.json("alias", "set", f"{project}/current", "books") == {"alias": "current", "collection": "books"}
    assert command.json("alias", "list", project) == {"current": "books"}
    assert command.json("get", f"{project}/current", "y") == [y]
    command.run("alias", "set", f"{project}/current", "none", code=NOT_FOUND)
    assert command.json("alias", "delete", f"{project}/current") == {"deleted": f"{project}/current"}
    command.run("alias", "delete", f"{project}/current", code=NOT_FOUND)

    found, cursor = [], []
    while True:
        page = command.json("list", books, "--limit", 1, "--vectors", *cursor)
        found += page["items"]
        if not page["cursor"]:
            break
        cursor = ["--cursor", page["cursor"]]
    assert sorted(item["id"] for item in found) == sorted([EMMA["id"], "moby/dick", "x", "y"])
    assert EMMA in found

    conditions(command, books)

    notes = f"{project}/notes"
    command.run("collection", "create", notes, "--dimension", 3, "--grouping", "--vector-type", "float16")
    command.run("put", notes, "--id", "1", "--vector", "[1, 2, 2]", "--group", "ann")
    command.run("put", notes, '{"id": "1", "vector": [2, 1, 2], "group": "bob"}')
    bobs = {"id": "1", "group": "bob", "vector": [2.0, 1.0, 2.0]}
    assert command.json("get", notes, "1", "--group", "bob") == [bobs]
    assert command.json("search", notes, "--vector", "[2,1,2]", "--group", "bob", "--vectors") == [bobs | {"dist": 1.0}]
    assert sorted(command.json("group", "list", notes)["groups"]) == ["ann", "bob"]
    assert [item["group"] for item in command.json("list", notes, "--group", "ann")["items"]] == ["ann"]
    command.run("get", notes, "1", code=REFUSED)
    assert command.json("delete", notes, "1", "--group", "bob") == {"deleted": 1}
    assert command.json("group", "delete", notes, "ann", "--yes") == {"deleted": 1}

    odd = ["--filter", '{"odd": true}']
    command.run("put", books, json.dumps({"id": "odd", "vector": [7, 7, 7], "metadata": {"odd": True}}))
    assert "--yes" in command.run("delete", books, *odd, code=REFUSED).stderr
    assert command.json("delete", books, *odd, "--yes") == {"deleted": 1}
    assert command.json("delete", books, *odd, "--yes") == {"deleted": 0}
    assert "condition" in command.run("delete", books, "--filter", "{}", "--yes", code=REFUSED).stderr

    assert command.json("delete", books, "x", "nobody") == {"deleted": 1}
    assert command.json("delete", books, "-", given="y\nx\n") == {"deleted": 1}
    for table in (command.run("list", books), command.run("search", books, "--like", "moby/dick")):
        assert EMMA["id"] in table.stdout and "handsome" in table.stdout
    assert json.loads(command.run("doctor", "--write", "--json").stdout)["ok"] is True

    refused = command.run("put", books, "--id", "a", "--vector", "[1]", code=REFUSED)
    assert "expected 3 numbers, received 1" in refused.stderr
    command.run("put", books, "--id", "\x07", "--vector", "[1,2,3]", code=REFUSED)
    command.run("search", f"{project}/none", "--vector", "[1,2,3]", code=NOT_FOUND)
    command.run("search", books, "--like", "nobody", code=NOT_FOUND)
    command.run("collection", "delete", books, code=REFUSED)
    assert command.json("collection", "delete", books, "--yes") == {"deleted": books}
    command.run("collection", "show", books, code=NOT_FOUND)
    assert command.json("project", "delete", project, "--yes") == {"deleted": project}
    command.run("project", "show", project, code=NOT_FOUND)
    assert command.json("project", "create", project) == {"project_name": project, "collections": []}
    command.run("project", "create", project, code=CONFLICT)
    command.run("project", "delete", project, "--yes")


def conditions(command, books):
    """An item stored once, changed and deleted by its version, for a time, and listed by its prefix."""
    def version(*arguments) -> str:
        answer = json.loads(command.run(*arguments, "--json").stdout)
        return (answer[0] if isinstance(answer, list) else answer)["version"]

    offer = ["--id", "offer/1", "--vector", "[7, 7, 7]"]
    first = version("put", books, *offer, "--if-absent")
    assert version("get", books, "offer/1") == first
    refused = command.run("put", books, *offer, "--if-absent", code=CONFLICT)
    assert "'--if-absent'" in refused.stderr and "vectors[" not in refused.stderr and first in refused.stderr
    second = version("put", books, *offer, "--version", first, "--expires-at", "2100-01-31T12:00:00Z")
    assert command.json("get", books, "offer/1")[0]["expires_at"] == 4105080000
    command.run("put", books, *offer, "--version", first, code=CONFLICT)
    command.run("put", books, json.dumps({"id": "offer/1", "vector": [1, 1, 1], "version": first}), code=CONFLICT)
    command.run("put", books, *offer, "--version", "NO", code=REFUSED)
    command.run("put", books, *offer, "--version", first, "--if-absent", code=USAGE)
    command.run("put", books, *offer, "--expires-at", "tomorrow", code=REFUSED)
    command.run("delete", books, "offer/1", "--version", first, code=CONFLICT)
    assert [item["id"] for item in command.json("list", books, "--prefix", "offer/")["items"]] == ["offer/1"]
    assert command.json("list", books, "--prefix", "nobody")["items"] == []
    assert command.json("delete", books, "offer/1", "--version", second) == {"deleted": 1}
    assert command.json("delete", books, "offer/1", "--version", second) == {"deleted": 0}
    assert command.json("put", books, *offer, "--expires-at", "0") == {"stored": 1}
    command.run("get", books, "offer/1", code=NOT_FOUND)
    assert command.json("delete", books, "offer/1") == {"deleted": 0}


def test_what_is_wrong_with_an_item_is_told_of_what_was_given(command, project):
    books = f"{project}/books"
    command.run("collection", "create", books, "--dimension", 3)
    flags = ["--id", "a", "--vector", "[1, 2, 3]"]
    version = json.loads(command.run("put", books, *flags, "--json").stdout)["version"]

    def said(*arguments, code=REFUSED, **options) -> str:
        return command.run("put", books, *arguments, code=code, **options).stderr

    assert said(*flags, "--if-absent", code=CONFLICT).startswith("Error: '--if-absent': the item 'a' is there")
    command.run("put", books, *flags)
    assert said(*flags, "--version", version, code=CONFLICT).startswith("Error: '--version': the item 'a' is there")
    assert said("--id", "a", "--vector", "[1]") == "Error: '--vector': expected 3 numbers, received 1\n"
    assert said(*flags, "--group", "g").startswith("Error: '--group': expected none")
    assert said(*flags, "--expires-at", "99999999999999999").startswith("Error: '--expires-at': expected")
    assert said(json.dumps({"id": "a", "vector": [1]})) == "Error: 'vector': expected 3 numbers, received 1\n"
    both = [json.dumps({"id": "a", "vector": [1, 2, 3]}), json.dumps({"id": "b", "vector": [1, 2]})]
    assert said(*both) == said("-", given="\n".join(both)) == "Error: item 2: 'vector': expected 3 numbers, received 2\n"
    assert said(both[0], both[0]).startswith("Error: item 2: 'id': expected an id once")
    assert said(both[0].replace('"a"', '"b"'), both[0], "--if-absent", code=CONFLICT).startswith("Error: item 2: '--if-absent': the item 'a'")
    large = json.dumps({"id": "a", "vector": [1, 2, 3], "metadata": {"a": "x" * 500_000}})
    assert said("-", given=large).startswith("Error: at most 409600 bytes")


def test_a_collection_is_shown_with_what_it_was_made_with(local):
    local.run("collection", "create", "p/papers", "--dimension", 3, "--filterable", "lang", "--filterable", "author.born")
    local.run("collection", "create", "p/essays", "--dimension", 3, "--text-index", "--vector-type", "float16")
    listed = [re.split("  +", line) for line in local.run("collection", "list").stdout.splitlines()]
    assert listed[0][:7] == ["COLLECTION", "DIMENSION", "METRIC", "STORED AS", "GROUPS", "TEXT INDEX", "FILTERABLE"]
    assert [line[:7] for line in listed[1:]] == [
        ["p/essays", "3", "cosine", "float16", "no", "yes", "no"],
        ["p/papers", "3", "cosine", "float32", "no", "no", "lang, author.born"]]
    shown = dict(re.split("  +", line) for line in local.run("collection", "show", "p/papers").stdout.splitlines()[1:])
    assert shown["filterable"] == "lang, author.born" and shown["text index"] == shown["groups"] == "no"
    assert dict(re.split("  +", line) for line in local.run("collection", "show", "p/essays").stdout.splitlines()[1:])["text index"] == "yes"


def test_a_table_for_a_person(local):
    local.run("collection", "create", "p/c", "--dimension", "2")
    local.run("put", "p/c", "--id", "a", "--vector", "[1,0]", "--text", "two\nlines")
    local.run("put", "p/c", "--id", "longer", "--vector", "[0,1]")
    assert local.run("search", "p/c", "--vector", "[1,0]").stdout == "SCORE  ID\n  1.0  a       two lines\n  0.0  longer\n"
    shown = local.run("get", "p/c", "a").stdout
    assert shown.startswith("id        a\nvector    [1.0, 0.0]\ntext      two\nlines\nversion   ")
    local.run("put", "p/c", "--id", "a", "--vector", "[1,0]", "--expires-at", "2100-01-31T12:00:00Z")
    assert "expires   2100-01-31T12:00:00Z\n" in local.run("get", "p/c", "a").stdout


def test_wrong_usage_exits_with_64(local):
    for arguments in (["search"], ["search", "no-slash", "--vector", "[1]"], ["search", "p/c"], ["put", "p/c"], ["none"],
                      ["list", "p/c", "--limit", "0"], ["list", "p/c", "--url", "http://a", "--database", "b"],
                      ["delete", "p/c"], ["delete", "p/c", "a", "--filter", "{}"],
                      ["search", "p/c", "--vector", "[1]", "--limit", "10001"],
                      ["search", "p/c", "--vector", "[1]", "--limit", "1001", "--page"],
                      ["search", "p/c", "--vector", "[1]", "--target-recall", "0.4"],
                      ["search", "p/c", "--text", "word", "--target-recall", "0.9"],
                      ["search", "batch", "p/c", "-", "--target-recall", "0.9", "--group", "g"],
                      ["import", "p/c", "-", "--resume"]):
        assert "Usage" in local.run(*arguments, code=USAGE).stderr


@pytest.mark.parametrize("more, told", [
    (["--target-recall", "1"], "--target-recall has to be 0.5 to 0.997."), (["--target-recall", "0.9", "--exact"], "without --exact"),
    (["--target-recall", "0.9", "--group", "g", "--no-exact"], "without --group"), (["--target-recall", "most"], "most")])
@pytest.mark.parametrize("search", [["search", "p/c", "--vector", "[1]"], ["search", "batch", "p/c", "-"]], ids=["one", "batch"])
def test_a_target_recall_is_refused_in_terms_of_flags(local, search, more, told):
    refused = local.run(*search, *more, code=USAGE).stderr
    assert told in refused and "target_recall" not in refused


def test_a_file_that_is_not_there_is_not_made_by_reading(local):
    failed = local.run("project", "list", code=NOT_FOUND)
    assert "whiplash.db" in failed.stderr and "--url" in failed.stderr
    assert list(local.folder.iterdir()) == []


def test_every_command_has_help_with_examples(local):
    top = local.run("--help").stdout
    names = re.findall(r"^  ([a-z]+)  ", top.split("SUBCOMMANDS:")[1], re.MULTILINE)
    assert {"serve", "project", "collection", "put", "get", "delete", "list", "count", "search", "import", "export",
            "stats", "tune", "verify", "bench", "doctor"} <= set(names)
    for name in names:
        text = local.run(name, "--help").stdout
        assert "EXAMPLES" in text and f"whiplash {name}" in text.split("EXAMPLES")[1].split("USAGE")[0]
    for name in ("project", "collection", "alias", "group"):
        verbs = {"alias": ("list", "set", "delete"), "group": ("list", "delete"),
                 "collection": ("list", "show", "create", "set", "rename", "clone", "delete")}
        for verb in verbs.get(name, ("list", "show", "create", "delete")):
            assert f"whiplash {name} {verb}" in local.run(name, verb, "--help").stdout.split("USAGE")[0]


def test_one_search_and_many_have_help_of_their_own(local):
    assert "--like" in local.run("help", "search", "one").stdout
    for told in (local.run("search", "batch", "--help"), local.run("help", "search", "batch")):
        assert "whiplash search batch" in told.stdout.split("EXAMPLES")[1]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_made(local, shell):
    script = local.run("--generate-completion-script", shell).stdout
    assert "search" in script and "import" in script


class TestProfiles:
    @pytest.fixture
    def command(self, local, sqlite_server):
        folder = local.folder / ".config" / "whiplash"
        folder.mkdir(parents=True)
        (folder / "config").write_text(
            f"# for tests\n[default]\ndatabase = here.db\n\n[server]\nurl = {sqlite_server.url}/\napi_key = {KEY}\n"
            f"[keyless]\nurl = {sqlite_server.url}\n")
        (folder / "config").chmod(0o600)
        return local

    def place(self, command, *arguments, **settings):
        """Where the command works, as the doctor says."""
        command.settings = settings
        done = subprocess.run(
            [built("whiplash"), "doctor", "--json", *arguments], cwd=command.folder, capture_output=True, text=True,
            timeout=60, env=clean_environment(command.folder, **settings))
        assert KEY not in done.stdout + done.stderr
        [finding] = [each for each in json.loads(done.stdout)["findings"] if each["subject"] == "settings"]
        return finding["finding"]

    def test_what_is_nearer_goes_before(self, command, sqlite_server):
        assert "here.db, as the profile 'default'" in self.place(command)
        assert sqlite_server.url in self.place(command, "--profile", "server")
        assert sqlite_server.url in self.place(command, WHIPLASH_PROFILE="server")
        assert "other.db, as the environment says" in self.place(command, WHIPLASH_DATABASE="other.db")
        assert sqlite_server.url in self.place(command, "--profile", "server", WHIPLASH_DATABASE="other.db")
        assert "flag.db, as the flags say" in self.place(command, "--profile", "server", "--database", "flag.db")
        assert "flag.db" in self.place(command, "--database", "flag.db", WHIPLASH_STORE="dynamodb")
        (command.folder / ".env").write_text("WHIPLASH_DATABASE=dotenv.db\n")
        assert "dotenv.db, as .env" in self.place(command)
        assert "other.db, as the environment" in self.place(command, WHIPLASH_DATABASE="other.db")

    def test_a_profile_works_with_its_key_and_with_no_other(self, command):
        assert isinstance(command.json("project", "list", "--profile", "server"), list)
        command.settings = {"WHIPLASH_API_KEY": "a-key-for-another-place"}
        failed = command.run("project", "list", "--profile", "keyless", code=REFUSED)
        assert "which API key" in failed.stderr

    def test_faults_of_the_file_are_told_without_what_it_holds(self, command):
        assert "keyless" in command.run("project", "list", "--profile", "nobody", code=REFUSED).stderr
        path = command.folder / ".config" / "whiplash" / "config"
        path.write_text(f"[default]\napikey = {KEY}\n")
        assert "line 2" in command.run("project", "list", code=REFUSED).stderr
        path.write_text(f"api_key = {KEY}\n")
        assert "line 1" in command.run("project", "list", code=REFUSED).stderr


    def test_a_fault_of_a_profile_is_one_where_it_is_needed(self, command, sqlite_server):
        path = command.folder / ".config" / "whiplash" / "config"
        server = f"[server]\nurl = {sqlite_server.url}\napi_key = {KEY}\n"
        path.write_text(f"[default]\ndatabase = here.db\n[work]\napikey = {KEY}\n{server}")
        command.run("collection", "create", "p/c", "--dimension", 2, "--database", "here.db")
        assert command.run("project", "list").stderr == ""
        assert command.run("project", "list", "--profile", "server").stderr == ""
        assert "line 4: unknown setting" in command.run("project", "list", "--profile", "work", code=REFUSED).stderr
        findings = json.loads(command.run("doctor", "--json").stdout)["findings"]
        [finding] = [each for each in findings if each["level"] == "warning"]
        assert "line 4" in finding["finding"] and "'work'" in finding["advice"]
        # What nobody has named is warned of where it is not needed to say where the work is.
        path.write_text(f"[default]\ndatabas = here.db\nstage = other\n{server}")
        assert "line 2: unknown setting" in command.run("project", "list", code=REFUSED).stderr
        done = command.run("project", "list", "--database", "here.db")
        assert done.stderr.startswith("Warning: ") and "line 2: unknown setting" in done.stderr
        # The others of its settings hold all the same.
        assert "p" not in done.stdout.split()
        assert command.run("project", "list", "--profile", "server").stderr == ""


class TestDoctor:
    def faults(self, command, *arguments, code=OTHER):
        answer = json.loads(command.run("doctor", "--json", *arguments, code=code).stdout)
        assert answer["ok"] is (code == DONE)
        return {each["subject"]: each for each in answer["findings"] if each["level"] != "good"}

    def test_no_server(self, local):
        fault = self.faults(local, "--url", f"http://127.0.0.1:{free_port()}", "--api-key", "some-key")["network"]
        assert "whiplash serve" in fault["advice"]

    def test_no_key_and_a_wrong_key(self, local, sqlite_server):
        assert "WHIPLASH_API_KEY" in self.faults(local, "--url", sqlite_server.url)["API key"]["advice"]
        fault = self.faults(local, "--url", sqlite_server.url, "--api-key", "wrong-key")["reading"]
        assert "key" in fault["finding"] and "wrong-key" not in str(fault)
        local.run("project", "list", "--url", sqlite_server.url, "--api-key", "wrong-key", code=DENIED)

    def test_an_address_that_is_no_api(self, local, emulator):
        assert "root" in self.faults(local, "--url", emulator.url + "/nowhere", "--api-key", "some-key")["API"]["advice"]

    def test_malformed_settings(self, local):
        local.settings = {"STAGE": "no/stage"}
        assert "STAGE" in self.faults(local)["settings"]["finding"]

    def test_no_file_and_one_that_is_no_database(self, local):
        assert "whiplash.db" in self.faults(local)["database"]["finding"]
        (local.folder / "whiplash.db").write_text("no database at all" * 100)
        assert "whiplash.db" in self.faults(local)["store"]["finding"]

    def test_no_credentials(self, local):
        local.settings = {"WHIPLASH_STORE": "dynamodb"}
        assert "AWS_PROFILE" in self.faults(local)["credentials"]["advice"]

    def test_a_missing_right_is_named(self, local, emulator):
        iam = emulator.client("iam")
        iam.create_user(UserName="reader")
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:Scan"], "Resource": "*"}]}
        iam.put_user_policy(UserName="reader", PolicyName="reading", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        local.settings = emulator.settings | {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        assert self.faults(local, code=DONE) == {}
        fault = self.faults(local, "--write")["writing"]
        assert "dynamodb:" in fault["advice"] and fault["level"] == "fault"
        failed = local.run("project", "create", "denied", code=DENIED)
        assert key["SecretAccessKey"] not in failed.stderr

    def test_the_tables_are_looked_at(self, local, emulator):
        local.settings = emulator.settings | {"WHIPLASH_METADATA_TABLE": "tables_of_the_doctor"}

        def tables():
            findings = json.loads(local.run("doctor", "--json").stdout)["findings"]
            return [each["finding"] for each in findings if each["subject"] == "tables"]

        assert tables() == ["tables_of_the_doctor is not there yet; the first write makes it"]
        local.run("project", "create", "p")
        assert tables() == ["tables_of_the_doctor, which has the projects and collections, is there and can be read"]

    def test_a_missing_scope_is_named_and_nothing_said_to_be_left(self, local, tmp_path):
        keys = [{"key": "reads-and-no-more", "scopes": ["read"]}, {"key": "writes-and-no-more", "scopes": ["write"]},
                {"key": "is-of-one-project", "projects": ["p"]}]
        with Server(tmp_path / "server", WHIPLASH_KEYS=json.dumps(keys)) as server:
            def faults(key, *arguments):
                return self.faults(local, "--url", server.url, "--api-key", key, *arguments)

            local.run("doctor", "--url", server.url, "--api-key", "reads-and-no-more")
            found = faults("reads-and-no-more", "--write")
            assert list(found) == ["writing"] and found["writing"]["level"] == "fault"
            assert re.search("scope '(write|admin)'; WHIPLASH_KEYS", found["writing"]["advice"])
            assert "scope 'read'; WHIPLASH_KEYS" in faults("writes-and-no-more")["reading"]["advice"]
            limited = faults("is-of-one-project", "--write")["writing"]
            assert limited["level"] == "fault" and "not limited to projects" in limited["advice"]

    def test_a_config_file_that_others_may_read(self, local):
        folder = local.folder / ".config" / "whiplash"
        folder.mkdir(parents=True)
        (folder / "config").write_text(f"[default]\napi_key = {KEY}\n")
        (folder / "config").chmod(0o644)
        assert "chmod 600" in self.faults(local)["config file"]["advice"]
        assert stat.S_IMODE((folder / "config").stat().st_mode) == 0o644


def test_bench_measures_and_leaves_nothing(local):
    figures = local.json("bench", "--count", 300, "--dimension", 16, "--queries", 5)
    assert figures["items"] == 300 and figures["recall_at_10"] > 0.9 and figures["stored_per_second"] > 0
    assert local.json("project", "list") == []
