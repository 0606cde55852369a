"""Filters against an evaluation of the same language written here, over HTTP on each store."""

import random

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


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize("filterable", [[], ["of"]], ids=["undeclared", "declared"])
def test_recall_at_ten_under_filters_of_any_width(api, project, filterable):
    """At 50, 5, 0.5 and 0.05 % of the items: all the results there are up to ten, and 0.98 of the true ones."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    collection = api.create(project, "c", 48, filterable=filterable)
    every = [2, 20, 200, 2000]
    for start in range(0, 10_000, 1000):
        collection.insert([
            {"id": str(n), "vector": vector(chance, 48), "metadata": {"of": [e for e in every if n % e == 0]}}
            for n in range(start, start + 1000)])
    for share in every:
        right = wanted = 0
        for _ in range(20):
            query = vector(chance, 48)
            truth = {match["id"] for match in found(collection, query, {"of": share}, limit=10, exact=True)}
            matches = {match["id"] for match in found(collection, query, {"of": share}, limit=10)}
            assert len(matches) == len(truth) == min(10, 10_000 // share)
            right += len(matches & truth)
            wanted += len(truth)
        assert right >= 0.98 * wanted, f"one in {share}"
