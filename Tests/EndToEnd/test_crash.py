"""Nothing acknowledged is lost, whenever the server is killed."""

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from whiplash_api import Collection
from whiplash_server import Server

KILLS = 20
WRITERS = 3
BATCH = 25
DIMENSION = 24


@dataclass
class Ledger:
    """What one writer was told is stored, and what it asked for without an answer.

    A write without an answer may have happened or not; an acknowledged one has to be there until another
    write to the same id.
    """

    acknowledged: dict[str, list[float] | None] = field(default_factory=dict)
    unanswered: dict[str, list[list[float] | None]] = field(default_factory=dict)

    def begin(self, writes: dict[str, list[float] | None]) -> None:
        for item_id, vector in writes.items():
            self.unanswered.setdefault(item_id, []).append(vector)

    def commit(self, writes: dict[str, list[float] | None]) -> None:
        self.acknowledged |= writes
        for item_id in writes:
            del self.unanswered[item_id]

    def may_hold(self, item_id: str) -> list[list[float] | None]:
        return [self.acknowledged.get(item_id), *self.unanswered.get(item_id, [])]


class Writer:
    """Sends batches until its server is gone: new items, one item written over and over, and deletes."""

    def __init__(self, name: str, seed: int):
        self.name = name
        self.ledger = Ledger()
        self.random = random.Random(seed)
        self.numbers = itertools.count()

    def write_until_killed(self, collection: Collection, acknowledged: threading.Semaphore) -> None:
        try:
            for turn in itertools.count(1):
                self.insert(collection)
                if turn % 3 == 0:
                    self.delete_one(collection)
                acknowledged.release()
        except requests.RequestException:
            # The server was killed; what was under way stays in the ledger as unanswered.
            pass

    def insert(self, collection: Collection) -> None:
        ids = [f"{self.name}-{next(self.numbers)}" for _ in range(BATCH - 1)] + [f"{self.name}-again"]
        writes = {item_id: self.vector() for item_id in ids}
        self.ledger.begin(writes)
        collection.insert([{"id": item_id, "vector": vector} for item_id, vector in writes.items()])
        self.ledger.commit(writes)

    def delete_one(self, collection: Collection) -> None:
        present = [item_id for item_id, vector in self.ledger.acknowledged.items() if vector]
        writes = {self.random.choice(present): None}
        self.ledger.begin(writes)
        collection.api.ok("POST", f"{collection.path}/items/batch/delete", {"ids": list(writes)})
        self.ledger.commit(writes)

    def vector(self) -> list[float]:
        return [self.random.randint(-9999, 9999) / 8 for _ in range(DIMENSION)]


def write_and_kill(server: Server, collection: Collection, writers: list[Writer], chance: random.Random) -> None:
    """Lets the writers write, and kills the server after some acknowledged batches, others being under way."""
    acknowledged = threading.Semaphore(0)
    with ThreadPoolExecutor(len(writers)) as pool:
        under_way = [
            pool.submit(writer.write_until_killed, collection.through(server.api), acknowledged)
            for writer in writers]
        for _ in range(chance.randint(1, 9)):
            assert acknowledged.acquire(timeout=60), "no batch was acknowledged for a minute"
        # A random moment of the batches under way: before, while or after they are stored.
        threading.Event().wait(chance.random() * 0.02)
        server.kill()
        for writer in under_way:
            writer.result()


def check_stored(collection: Collection, writer: Writer) -> list[str]:
    """Holds what is stored to the ledger; gives the acknowledged ids that are there."""
    ledger = writer.ledger
    ids = sorted(ledger.acknowledged.keys() | ledger.unanswered.keys())
    stored = collection.get(ids)
    for item_id in ids:
        vector = stored[item_id]["vector"] if item_id in stored else None
        assert vector in ledger.may_hold(item_id), f"{item_id} is not as acknowledged"
    return [item_id for item_id in ids if item_id in stored and item_id in ledger.acknowledged]


def check_found(server: Server, collection: Collection, ids: list[str]) -> None:
    """Each item is the nearest one to its own vector."""
    stored = collection.get(ids)

    def find(some: list[str]) -> None:
        through = collection.through(server.api)
        for item_id in some:
            [match] = through.search(stored[item_id]["vector"], limit=1, include_vector=False)
            assert match["id"] == item_id, f"{item_id} is stored and not found"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(find, [ids[start::4] for start in range(4)]))


def settle(collection: Collection, writers: list[Writer]) -> None:
    """What the store made of unanswered writes is from now on what has to be there."""
    for writer in writers:
        unanswered = list(writer.ledger.unanswered)
        stored = collection.get(unanswered) if unanswered else {}
        for item_id in unanswered:
            writer.ledger.acknowledged[item_id] = stored[item_id]["vector"] if item_id in stored else None
        writer.ledger.unanswered.clear()


def test_acknowledged_items_survive_twenty_kills(tmp_path):
    chance = random.Random(20)
    writers = [Writer(f"writer{number}", seed=number) for number in range(WRITERS)]
    server = Server(tmp_path, WHIPLASH_STORE="sqlite").start()
    try:
        collection = server.api.create("crash", "killed", DIMENSION)
        checked: set[str] = set()
        for _ in range(KILLS):
            write_and_kill(server, collection, writers, chance)
            server.start()
            collection = collection.through(server.api)
            present = [item_id for writer in writers for item_id in check_stored(collection, writer)]
            settle(collection, writers)
            check_found(server, collection, [item_id for item_id in present if item_id not in checked])
            checked.update(present)
        assert len(checked) > KILLS * BATCH, "too little was written to tell anything"
        expected = {
            item_id for writer in writers for item_id, vector in writer.ledger.acknowledged.items() if vector}
        listed = collection.all_ids()
        assert set(listed) == expected
        assert len(listed) == len(expected), "an item is listed twice"
        # Each was found after the kill that followed it; now whether later kills have spoilt any.
        check_found(server, collection, sorted(expected)[::5])
    finally:
        server.stop()


def test_a_collection_acknowledged_before_a_kill_is_there_after_it(tmp_path):
    server = Server(tmp_path, WHIPLASH_STORE="sqlite").start()
    made = server.api.ok("POST", "/projects/crash/collections", {"name": "made", "n_features": 3})
    server.kill()
    with server:
        assert server.api.ok("GET", "/projects/crash/collections/made") == made
