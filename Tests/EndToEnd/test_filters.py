"""Filters against an evaluation of the same language written here, over HTTP on each store."""

import random

import numpy
import pytest

from whiplash_api import Collection

SEED = random.SystemRandom().randrange(1 << 32)


def scalars(value) -> list:
    return [v for v in value if not isinstance(v, (list, dict))] if isinstance(value, list) else (
        [] if isinstance(value, dict) else [value])


def lookup(value, keys: list[str]) -> list:
    """What is under a path: keys one by one, or several where a key has dots, through the elements of arrays."""
    if not keys:
        return [value]
    if isinstance(value, list):
        return [found for element in value for found in lookup(element, keys)]
    if not isinstance(value, dict):
        return []
    joined = [(".".join(keys[:count]), keys[count:]) for count in range(1, len(keys) + 1)]
    return [found for key, rest in joined if key in value for found in lookup(value[key], rest)]


def same(left, right) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and type(left) in kinds(right) and left == right


def kinds(value) -> tuple:
    return (int, float) if isinstance(value, (int, float)) and not isinstance(value, bool) else (type(value),)


def ordered(operator: str, left, right) -> bool:
    if isinstance(left, bool) or type(left) not in kinds(right):
        return False
    return {"$gt": left > right, "$gte": left >= right, "$lt": left < right, "$lte": left <= right}[operator]


def holds(operator: str, operand, values: list) -> bool:
    found = [scalar for value in values for scalar in scalars(value)]
    match operator:
        case "$eq": return any(same(value, operand) for value in found)
        case "$ne": return not holds("$eq", operand, values)
        case "$in": return any(same(value, one) for value in found for one in operand)
        case "$nin": return not holds("$in", operand, values)
        case "$all": return all(any(same(value, one) for value in found) for one in operand)
        case "$exists": return bool(values) == operand
        case "$not": return not all(holds(name, value, values) for name, value in operand.items())
        case _: return any(ordered(operator, value, operand) for value in found)


def passes(filter_: dict, metadata: dict) -> bool:
    def member(key, value) -> bool:
        match key:
            case "$and": return all(passes(part, metadata) for part in value)
            case "$or": return any(passes(part, metadata) for part in value)
            case "$not": return not passes(value, metadata)
        operators = value if isinstance(value, dict) else {"$eq": value}
        return all(holds(name, operand, lookup(metadata, key.split("."))) for name, operand in operators.items())
    return all(member(key, value) for key, value in filter_.items())


def random_scalar(chance: random.Random):
    return chance.choice([None, True, False, 0, 1, 2, 2.5, -3, "a", "b", "é", "e\u0301", "", "0", 1e300])


def random_metadata(chance: random.Random, depth: int = 2) -> dict:
    def value(depth: int):
        kind = chance.random()
        if depth and kind < 0.15:
            return random_metadata(chance, depth - 1)
        if depth and kind < 0.35:
            return [value(depth - 1) for _ in range(chance.randrange(4))]
        return random_scalar(chance)
    return {key: value(depth) for key in ("a", "b", "a.b", "c") if chance.random() < 0.7}


def random_filter(chance: random.Random, depth: int = 2) -> dict:
    if depth and chance.random() < 0.4:
        key = chance.choice(["$and", "$or", "$not"])
        if key == "$not":
            return {key: random_filter(chance, depth - 1)}
        return {key: [random_filter(chance, depth - 1) for _ in range(chance.randrange(1, 4))]}
    return {chance.choice(["a", "b", "a.b", "c", "a.a", "b.a.b", "missing"]): random_condition(chance)}


def random_condition(chance: random.Random):
    operator = chance.choice(["", "$eq", "$ne", "$in", "$nin", "$all", "$exists", "$gt", "$gte", "$lt", "$lte", "$not"])
    match operator:
        case "": return random_scalar(chance)
        case "$exists": return {operator: chance.random() < 0.5}
        case "$in" | "$nin" | "$all": return {operator: [random_scalar(chance) for _ in range(chance.randrange(3))]}
        case "$not": return {operator: {"$gt": chance.choice([0, 1, "a"])}}
        case "$eq" | "$ne": return {operator: random_scalar(chance)}
        case _: return {operator: chance.choice([0, 1, 2, 2.5, "a", "b", "é"])}


def vector(chance: random.Random, dimension: int) -> list[float]:
    return [chance.gauss(0, 1) for _ in range(dimension)]


def found(collection: Collection, query: list[float], filter_: dict, **more) -> list[dict]:
    body = {"query": query, "filter": filter_, "include_vector": False, **more}
    return collection.api.ok("POST", f"{collection.path}/search", body)


@pytest.mark.parametrize("filterable", [[], ["a", "a.b", "c"]], ids=["no keys", "keys"])
def test_random_filters_pass_what_an_evaluation_of_their_own_passes(api, project, filterable):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    collection = api.create(project, "c", 4, filterable=filterable)
    items = [{"id": str(n), "vector": vector(chance, 4), "metadata": random_metadata(chance)} for n in range(300)]
    collection.insert(items)
    for step in range(150):
        filter_ = random_filter(chance)
        expected = {item["id"] for item in items if passes(filter_, item["metadata"])}
        assert {match["id"] for match in found(collection, vector(chance, 4), filter_, limit=1000)} == expected, filter_
        if step % 3 == 0:
            item = chance.choice(items)
            item["metadata"] = random_metadata(chance)
            collection.insert([item])


def pages(collection: Collection, operation: str, body: dict) -> list[dict]:
    """The answers of `items/{operation}`, asked for until there is no cursor."""
    answers, cursor = [], None
    while not answers or cursor:
        body = body | ({"cursor": cursor} if cursor else {})
        answers.append(collection.api.ok("POST", f"{collection.path}/items/{operation}", body))
        cursor = answers[-1]["cursor"]
    return answers


@pytest.fixture(params=[False, True], ids=["plain", "grouped"])
def stored(request, api, project) -> tuple[Collection, list[dict], dict]:
    """A collection, its items, of which a group holds half where there are groups, and what names that group."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    collection = api.create(project, "c", 4, grouping=request.param, filterable=["a"])
    items = [
        {"id": str(n // 2 if request.param else n), "vector": vector(chance, 4), "metadata": random_metadata(chance), "text": f"text {n}"}
        | ({"group": "gh"[n % 2]} if request.param else {}) for n in range(400)]
    collection.insert(items)
    return collection, items, {"group": "g"} if request.param else {}


def expected_ids(items: list[dict], filter_: dict, group: dict) -> list[str]:
    return sorted(item["id"] for item in items if item.items() >= group.items() and passes(filter_, item["metadata"]))


def test_what_passes_is_listed_on_pages_of_any_size_and_counted(stored):
    collection, items, group = stored
    chance = random.Random(SEED + 1)
    for limit in (1000, 100, 100, 30, 30, 7):
        filter_ = random_filter(chance)
        # Without a group those of all groups are looked at.
        for where in (group, {}):
            expected = expected_ids(items, filter_, where)
            body = {"filter": filter_, **where}
            answers = pages(collection, "select", body | {"limit": limit, "include_vector": False})
            assert all(len(answer["items"]) <= limit for answer in answers)
            assert sorted(item["id"] for answer in answers for item in answer["items"]) == expected, filter_
            assert sum(answer["count"] for answer in pages(collection, "count", body)) == len(expected), filter_


def test_what_passes_is_shown_as_it_is_stored_or_in_part(stored):
    collection, items, group = stored
    filter_ = {"a": {"$exists": True}}
    expected = {item["id"]: item for item in items if item.items() >= group.items() and passes(filter_, item["metadata"])}
    for hidden in ([], ["vector"], ["metadata", "text"], ["vector", "metadata", "text"]):
        body = {"filter": filter_, **group, **{f"include_{part}": False for part in hidden}}
        found = [item for answer in pages(collection, "select", body) for item in answer["items"]]
        assert {item["id"] for item in found} == set(expected)
        for item in found:
            whole = {key: value for key, value in expected[item["id"]].items() if key not in hidden}
            if "vector" in whole:
                whole["vector"] = pytest.approx(whole["vector"], rel=1e-6)
            assert item == whole


def test_what_a_filter_deletes_is_counted_gone_and_not_deleted_twice(stored):
    collection, items, group = stored
    chance = random.Random(SEED + 2)
    for _ in range(4):
        # One that some pass, and not most of them.
        while not 0 < len(expected := expected_ids(items, filter_ := random_filter(chance), group)) < len(items) / 4:
            pass
        body = {"filter": filter_, **group}
        deletions = pages(collection, "batch/delete", body)
        assert sum(answer["deleted"] for answer in deletions) == len(expected), filter_
        assert all(set(answer) == {"message", "deleted", "cursor"} for answer in deletions)
        assert [answer["deleted"] for answer in pages(collection, "batch/delete", body)] == [0]
        assert sum(answer["count"] for answer in pages(collection, "count", body)) == 0
        items = [item for item in items if not (item.items() >= group.items() and passes(filter_, item["metadata"]))]
        left = sorted(item["id"] for item in items if item.items() >= group.items())
        assert sorted(match["id"] for match in found(collection, vector(chance, 4), {}, limit=1000, **group)) == left
    assert len(collection.all_ids()) == len(items)
    # Without a condition, it would delete everything.
    for nothing in ({"filter": {}}, {}):
        answer = collection.api.call("POST", f"{collection.path}/items/batch/delete", nothing | group)
        assert answer.status_code == 400, (nothing, answer.text)
    assert len(collection.all_ids()) == len(items) > 0


def test_a_cursor_of_one_filter_is_refused_for_another(stored):
    collection, _, group = stored
    path = f"{collection.path}/items"
    body = {"filter": {"a": {"$exists": True}}, "limit": 5, **group}
    cursor = collection.api.ok("POST", f"{path}/select", body)["cursor"]
    assert cursor
    for operation, changed in (
        ("select", {"filter": {"a": 1}}), ("select", {"cursor": "made-up"}), ("count", {}), ("batch/delete", {})):
        changed = {**body, "cursor": cursor, **changed}
        if operation != "select":
            del changed["limit"]
        answer = collection.api.call("POST", f"{path}/{operation}", changed)
        assert answer.status_code == 400 and answer.json()["error"]["field"] == "cursor", (operation, answer.text)
    assert len(collection.all_ids()) == 400


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_more_items_than_one_call_looks_at_are_counted_listed_and_deleted_in_several(api, project):
    collection = api.create(project, "c", 1)
    for start in range(0, 20_500, 5_000):
        collection.insert([
            {"id": str(n), "vector": [1], "metadata": {"even": n % 2 == 0, "last": n == 20_499}}
            for n in range(start, min(start + 5_000, 20_500))])
    counts = pages(collection, "count", {"filter": {"even": True}})
    assert len(counts) > 1 and sum(answer["count"] for answer in counts) == 10_250
    listed = pages(collection, "select", {"filter": {"last": True}})
    assert len(listed) > 1 and [item["id"] for answer in listed for item in answer["items"]] == ["20499"]
    deletions = pages(collection, "batch/delete", {"filter": {"even": True}})
    assert len(deletions) > 1 and sum(answer["deleted"] for answer in deletions) == 10_250
    assert sum(answer["count"] for answer in pages(collection, "count", {})) == 10_250
    assert sum(answer["count"] for answer in pages(collection, "count", {"filter": {"even": True}})) == 0


# How many items and queries are many, and yet quick.
RECALL = {"sqlite": (10_000, 20), "dynamodb": (4_000, 10)}


@pytest.mark.parametrize("filterable", [[], ["of"]], ids=["undeclared", "declared"])
def test_recall_at_ten_under_filters_of_any_width(server, api, project, filterable):
    """At 50, 5, 0.5 and 0.05 % of the items: all the results there are up to ten, and 0.98 of the true ones."""
    print(f"seed {SEED}")
    draw = numpy.random.default_rng(SEED)
    count, queries = RECALL[server.settings["WHIPLASH_STORE"]]
    collection = api.create(project, "c", 48, filterable=filterable)
    every = [2, 20, 200, 2000]
    vectors = draw.standard_normal((count, 48), dtype=numpy.float32)
    for start in range(0, count, 1000):
        collection.insert([
            {"id": str(n), "vector": vectors[n].tolist(), "metadata": {"of": [e for e in every if n % e == 0]}}
            for n in range(start, start + 1000)])
    directions = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
    for share in every:
        right = wanted = 0
        for number in range(queries):
            query = draw.standard_normal(48, dtype=numpy.float32)
            # Of every `share`th item, from the first on.
            cosines = directions[::share] @ (query / numpy.linalg.norm(query))
            truth = {str(share * place): cosines[place] for place in numpy.argsort(-cosines)[:10]}
            matches = {match["id"] for match in found(collection, query.tolist(), {"of": share}, limit=10)}
            assert len(matches) == len(truth) == min(10, count // share)
            right += len(matches & truth.keys())
            wanted += len(truth)
            if number == 0:
                exact = found(collection, query.tolist(), {"of": share}, limit=10, exact=True)
                assert [match["dist"] for match in exact] == pytest.approx([float(cosine) for cosine in truth.values()], abs=1e-5)
        print(f"one in {share}: {right} of {wanted}")
        assert right >= 0.98 * wanted, f"one in {share}"
