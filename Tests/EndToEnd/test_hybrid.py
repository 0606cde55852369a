"""Searches by words against BM25 written here, over HTTP on each store, and what a search may not miss or still give."""

import math
import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from whiplash_api import Collection

SEED = random.SystemRandom().randrange(1 << 32)
WORDS = [f"word{n}" for n in range(60)] + ["Übung", "naïve", "STRASSE", "Дом", "東京"]
FOLDED = {"übung": "ubung", "naïve": "naive", "дом": "дом"}
WAYS = {"index": {"text_index": True}, "group": {"grouping": True}}


def terms(text: str) -> list[str]:
    found = []
    for word in re.findall(r"\w+", text.lower()):
        found += ["東", "東京", "京"] if word == "東京" else [FOLDED.get(word, word)]
    return found


def bm25(texts: dict[str, str], query: str) -> dict[str, float]:
    counted = {id: terms(text) for id, text in texts.items() if terms(text)}
    length = sum(map(len, counted.values())) / max(1, len(counted))
    scores: dict[str, float] = {}
    for term in terms(query):
        frequency = sum(term in words for words in counted.values())
        weight = math.log(1 + (len(counted) - frequency + 0.5) / (frequency + 0.5))
        for id, words in counted.items():
            if times := words.count(term):
                norm = 1.2 * (0.25 + 0.75 * len(words) / length)
                scores[id] = scores.get(id, 0) + weight * times * 2.2 / (times + norm)
    return scores


def text(chance: random.Random) -> str:
    words = [WORDS[int(chance.random() ** 2 * len(WORDS))] for _ in range(chance.randrange(1, 20))]
    return chance.choice([" ", ", ", " — "]).join(word.upper() if chance.random() < 0.3 else word for word in words)


def vector(chance: random.Random) -> list[float]:
    return [chance.gauss(0, 1) for _ in range(4)]


def search(collection: Collection, **body) -> list[dict]:
    return collection.api.ok("POST", f"{collection.path}/search", {"include_vector": False, "limit": 10, **body})


def check(collection: Collection, texts: dict[str, str], query: str, **body) -> None:
    expected = sorted(bm25(texts, query).values(), reverse=True)[:10]
    found = search(collection, text=query, **body)
    scores = bm25(texts, query)
    assert [match["dist"] for match in found] == pytest.approx(expected, rel=1e-5), query
    for match in found:
        assert match["text_score"] == match["dist"] == pytest.approx(scores[match["id"]], rel=1e-5), query
        assert match["text"] == texts[match["id"]]


@pytest.mark.parametrize("way", WAYS)
def test_words_are_ranked_as_the_textbook_has_it_through_changes(api, project, way):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    collection = api.create(project, "c", 4, **WAYS[way])
    group = {"group": "g"} if way == "group" else {}
    texts: dict[str, str] = {}
    for _ in range(4):
        items = [{"id": str(chance.randrange(120)), "vector": vector(chance), "text": text(chance), **group}
                 for _ in range(40)]
        items = list({item["id"]: item for item in items}.values())
        collection.insert(items)
        texts |= {item["id"]: item["text"] for item in items}
        changed = chance.choice(sorted(texts))
        texts[changed] = text(chance)
        api.ok("PATCH", collection.item_path(changed), {"text": texts[changed]}, params=group)
        gone = chance.sample(sorted(texts), 3)
        api.ok("POST", f"{collection.path}/items/batch/delete", {"ids": gone, **group})
        for id in gone:
            del texts[id]
        for _ in range(10):
            check(collection, texts, text(chance)[:60] or "word0", **group)


@pytest.mark.parametrize("way", WAYS)
def test_a_vector_and_words_find_what_each_alone_misses(api, project, way):
    collection = api.create(project, "c", 2, **WAYS[way])
    group = {"group": "g"} if way == "group" else {}
    collection.insert([
        {"id": "near", "vector": [1, 0], "text": "other words", **group},
        {"id": "worded", "vector": [-1, 0], "text": "RFC 4231", **group},
        *({"id": f"far{n}", "vector": [0, 1 + n], "text": f"noise {n}", **group} for n in range(20)),
    ])
    both = search(collection, query=[1, 0], text="rfc 4231", limit=2, **group)
    assert {match["id"] for match in both} == {"near", "worded"}
    assert {match["id"] for match in both} - {match["id"] for match in search(collection, query=[1, 0], limit=2, **group)} == {"worded"}
    assert [match["id"] for match in search(collection, text="rfc 4231", limit=2, **group)] == ["worded"]
    weighted = search(
        collection, query=[1, 0], text="rfc 4231", fusion={"method": "weighted", "weight": 0.9}, limit=1, **group)
    assert [(match["id"], match["dist"]) for match in weighted] == [("near", pytest.approx(0.9))]


def test_what_was_answered_for_is_found_by_its_words_while_others_write(api, project):
    collection = api.create(project, "c", 2, text_index=True)

    def writer(number: int) -> None:
        for turn in range(8):
            word = f"turn{turn}of{number}"
            collection.insert([{"id": str(number), "vector": [1, number], "text": f"common {word}"}])
            assert [match["id"] for match in search(collection, text=word)] == [str(number)]
            if turn:
                assert search(collection, text=f"turn{turn - 1}of{number}") == []

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(writer, range(6)))
    assert len(search(collection, text="common")) == 6


def test_a_plain_collection_says_what_a_text_needs(api, project):
    collection = api.create(project, "c", 2)
    collection.insert([{"id": "a", "vector": [1, 2], "text": "some words"}])
    refused = api.call("POST", f"{collection.path}/search", {"text": "words"})
    assert refused.status_code == 400 and refused.json()["error"]["field"] == "text"
    assert "text_index" in refused.json()["message"]
    assert [match["id"] for match in search(collection, text="words", exact=True)] == ["a"]
