"""What a search may ask besides its query, over HTTP on each store: thresholds, what is shown of a match, batches."""

import base64
import math
import struct
from itertools import pairwise

import pytest

from whiplash_api import Collection

WAYS = {"approximate": {}, "exact": {"exact": True}, "group": {"group": "g"}}
SHOWN = ["vector", "metadata", "text", "version"]


def create(api, project: str, way: str, n_features: int, **more) -> Collection:
    return api.create(project, "c", n_features, grouping=way == "group", **more)


def searched(collection: Collection, **body) -> list[dict]:
    return collection.api.ok("POST", f"{collection.path}/search", {"limit": 100, **body})


def product(left: list[float], right: list[float]) -> float:
    return math.fsum(x * y for x, y in zip(left, right))


def distance(metric: str, left: list[float], right: list[float]) -> float:
    match metric:
        case "dot": return -product(left, right)
        case "euclidean": return math.dist(left, right)
        case _: return 1 - product(left, right) / math.sqrt(product(left, left) * product(right, right))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_what_is_too_far_or_scored_too_low_is_left_out(api, project, random_vectors, metric, way):
    """The thresholds lie between the distances that are there, so that nothing hangs on the last bit."""
    collection = create(api, project, way, 3, metric=metric)
    vectors = random_vectors(60, 3)
    group = {"group": "g"} if way == "group" else {}
    collection.insert([{"id": str(number), "vector": vector, **group} for number, vector in enumerate(vectors)])
    [query] = random_vectors(1, 3)
    distances = sorted((distance(metric, vector, query), str(number)) for number, vector in enumerate(vectors))
    for count in (0, 1, 30, 59, 60):
        below = distances[count - 1][0] if count else distances[0][0] - 1
        above = distances[count][0] if count < 60 else distances[-1][0] + 1
        threshold = (below + above) / 2
        score = 1 - threshold if metric == "cosine" else -threshold
        expected = [name for _, name in distances[:count]]
        assert [match["id"] for match in searched(collection, query=query, min_score=score, **WAYS[way])] == expected
        # There is no distance below 0 to ask for.
        if metric == "dot" or threshold >= 0:
            assert [match["id"] for match in searched(collection, query=query, max_distance=threshold, **WAYS[way])] == expected
    # Both hold, and of what they leave `limit` is given.
    third, tenth = ((distances[place][0] + distances[place + 1][0]) / 2 for place in (2, 9))
    third = 1 - third if metric == "cosine" else -third
    both = searched(collection, query=query, min_score=third, max_distance=tenth, limit=2, **WAYS[way])
    assert [match["id"] for match in both] == [name for _, name in distances[:2]]
    assert len(searched(collection, query=query, min_score=third, max_distance=tenth, **WAYS[way])) == 3


@pytest.mark.parametrize("way", WAYS)
def test_what_is_just_at_a_threshold_is_found(api, project, way):
    collection = create(api, project, way, 2, metric="euclidean")
    group = {"group": "g"} if way == "group" else {}
    collection.insert([{"id": str(number), "vector": [number, 0], **group} for number in range(1, 6)])
    for more in ({"max_distance": 3}, {"min_score": -3}):
        matches = searched(collection, query=[0, 0], **more, **WAYS[way])
        assert [(match["id"], match["dist"], match["distance"]) for match in matches] == [("1", -1, 1), ("2", -2, 2), ("3", -3, 3)]


@pytest.mark.parametrize("way", ["index", "group"])
def test_thresholds_of_a_search_by_words(api, project, way):
    """`min_score` asks of what the answer is ordered by, `max_distance` of the vector alone."""
    collection = api.create(project, "c", 2, **{"text_index" if way == "index" else "grouping": True})
    group = {"group": "g"} if way == "group" else {}
    collection.insert([
        {"id": str(number), "vector": [1, number], "text": "sea " * (number + 1) + "land " * (9 - number), **group}
        for number in range(10)])
    words = searched(collection, text="sea", **group)
    assert [match["id"] for match in words] == [str(number) for number in range(9, -1, -1)]
    middle = (words[3]["dist"] + words[4]["dist"]) / 2
    assert searched(collection, text="sea", min_score=middle, **group) == words[:4]
    both = searched(collection, text="sea", query=[1, 0], **group)
    assert len(both) == 10
    near = {str(number) for number in range(3)}
    fused = searched(collection, text="sea", query=[1, 0], max_distance=1 - 1 / math.sqrt(7), **group)
    assert {match["id"] for match in fused} == near
    middle = next((above["dist"] + below["dist"]) / 2 for above, below in pairwise(both[2:]) if above["dist"] > below["dist"])
    expected = [match for match in both if match["dist"] > middle]
    assert 0 < len(expected) < 10 and searched(collection, text="sea", query=[1, 0], min_score=middle, **group) == expected
    refused = api.call("POST", f"{collection.path}/search", {"text": "sea", "max_distance": 0.5, **group})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "max_distance"


def test_a_lower_target_recall_reads_fewer_vectors(api, project, random_vectors):
    collection = create(api, project, "approximate", 192)
    vectors = random_vectors(310, 192)
    collection.insert([{"id": str(number), "vector": vector} for number, vector in enumerate(vectors[10:])])
    read, found = {None: 0, 0.9: 0}, {None: 0, 0.9: 0}
    for query in vectors[:10]:
        truth = {match["id"] for match in searched(collection, query=query, limit=10, exact=True)}
        for target in read:
            answer = searched(collection, query=query, limit=10, target_recall=target, explain=True)
            read[target] += answer["explain"]["vector"]["reranked"]
            found[target] += len(truth & {match["id"] for match in answer["matches"]})
    assert read[0.9] < 0.8 * read[None]
    assert found[0.9] >= 90 and found[None] >= 97


@pytest.mark.parametrize("way, more", [
    ("approximate", {"target_recall": 0.49}), ("approximate", {"target_recall": 0.998}), ("approximate", {"target_recall": "most"}),
    ("exact", {}), ("group", {}), ("group", {"exact": False})], ids=str)
def test_a_target_recall_is_refused_where_it_says_nothing(api, project, way, more):
    collection = create(api, project, way, 2)
    refused = api.call("POST", f"{collection.path}/search", {"query": [1, 2], "target_recall": 0.9, **WAYS[way], **more})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "target_recall"


@pytest.mark.parametrize("way", [*WAYS, "words"])
def test_a_match_has_what_was_asked_for_and_nothing_else(api, project, way):
    more = WAYS.get(way, {"exact": True, "text": "call ishmael"})
    collection = create(api, project, way, 3)
    item = {"id": "moby", "vector": [1, -2, 0.5], "metadata": {"year": 1851, "tags": ["sea", None]}, "text": "Call me Ishmael."}
    group = {"group": "g"} if way == "group" else {}
    collection.insert([item | group])
    path = f"{collection.path}/search"
    for combination in range(16):
        shown = {name for bit, name in enumerate(SHOWN) if combination >> bit & 1}
        body = {"query": [1, 0, 0], **more} | {f"include_{name}": name in shown for name in SHOWN}
        answer = api.call("POST", path, body)
        assert answer.status_code == 200, answer.text
        [match] = answer.json()
        scores = {"dist", "vector_score", "text_score"} if way == "words" else {"dist"}
        assert set(match) == {"id", *group, *scores, *shown}
        assert {name: match[name] for name in shown - {"version"}} == {name: item[name] for name in shown - {"version"}}
    # Unless it is said otherwise, all but the version is shown.
    assert set(SHOWN) & set(api.call("POST", path, {"query": [1, 0, 0], **more}).json()[0]) == {"vector", "metadata", "text"}
    [match] = searched(collection, query=[1, 0, 0], vector_format="base64", **more)
    assert struct.unpack("<3f", base64.b64decode(match["vector"])) == (1, -2, 0.5)


@pytest.fixture
def library(api, project, random_vectors) -> Collection:
    collection = api.create(project, "books", 4, text_index=True)
    collection.insert([
        {"id": f"i{number}", "vector": vector, "text": f"word {number % 7}", "metadata": {"n": number}}
        for number, vector in enumerate(random_vectors(80, 4))])
    return collection


def test_a_batch_answers_each_search_as_if_it_were_alone(library, random_vectors):
    one, two = random_vectors(2, 4)
    searches = [
        {"query": one}, {"query": two, "limit": 40, "include_vector": False}, {"id": "i7", "include_text": False},
        {"text": "word 3"}, {"query": one, "text": "word 3", "limit": 3}, {"query": one, "filter": {"n": {"$lt": 20}}, "include_metadata": False},
        {"query": two, "exact": True, "min_score": 0.5}, {"query": one, "max_distance": 0.1, "vector_format": "base64"}, {"query": one}]
    alone = [library.api.ok("POST", f"{library.path}/search", search) for search in searches]
    batch = library.api.ok("POST", f"{library.path}/search/batch", {"searches": searches})
    assert batch == {"results": alone}
    assert alone[0] and alone[0] == alone[-1] and len(alone[1]) == 40
    assert "i7" not in [match["id"] for match in alone[2]]


@pytest.mark.parametrize("bad, field", [
    ({"query": [1, 2]}, ".query"), ({"query": "not base64!"}, ".query"), ({"query": [1, 2, 3, 4], "limit": 0}, ".limit"),
    ({"query": [1, 2, 3, 4], "limit": "5"}, ".limit"), ({"query": [1, 2, 3, 4], "colour": "red"}, ".colour"),
    ({"query": [1, 2, 3, 4], "filter": []}, ".filter"), ({"query": [1, 2, 3, 4], "cursor": "a"}, ""),
    ({"query": [1, 2, 3, 4], "group": "g"}, ".group"), ({"text": "word", "max_distance": 1}, ".max_distance"), ({}, ""),
    ({"text": "word", "target_recall": 0.9}, ".target_recall"), ({"query": [1, 2, 3, 4], "target_recall": 2}, ".target_recall"),
    ({"query": [1, 2, 3, 4], "id": "i1"}, ""), ({"query": [0, 0, 0, 0]}, ".query"), ("text", ""), (None, ""), ([], ""),
], ids=str)
def test_one_bad_search_of_three_is_named_and_none_is_answered(library, bad, field):
    good = {"query": [1, 2, 3, 4], "limit": 1}
    answer = library.api.call("POST", f"{library.path}/search/batch", {"searches": [good, bad, good]})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (set(answer.json()), error["code"]) == ({"error", "message"}, "invalid")
    assert error["field"].startswith(f"searches[1]{field}"), error
    assert "searches[1]" in error["message"]


def test_a_batch_is_refused_for_an_item_that_is_not_there_and_for_too_many(library):
    searches = [{"id": "i1"}, {"id": "nobody"}, {"id": "i2"}]
    answer = library.api.call("POST", f"{library.path}/search/batch", {"searches": searches})
    assert answer.status_code == 404 and "nobody" in answer.json()["message"]
    many = [{"query": [1, 2, 3, 4], "limit": 1, "include_vector": False}] * 101
    answer = library.api.call("POST", f"{library.path}/search/batch", {"searches": many})
    assert answer.status_code == 400 and "searches" in answer.json()["error"]["field"]
    assert len(library.api.ok("POST", f"{library.path}/search/batch", {"searches": many[1:]})["results"]) == 100
