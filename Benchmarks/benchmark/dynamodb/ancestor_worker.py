"""The ancestor's direct client, in its own environment: a line of JSON in, the ids found out. Alone in its process, so that
it imports nothing of the benchmark."""

import json
import sys

import numpy
from whiplash import Vector, Whiplash


def main() -> None:
    whiplash = Whiplash("eu-central-1", "dev", "benchmark")
    try:
        whiplash.setup()
    except whiplash.storage.dynamodb.meta.client.exceptions.ResourceInUseException:
        pass
    collection = whiplash.get_collection("ancestor") or whiplash.create_collection("ancestor", int(sys.argv[1]))
    print("[]", flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        vector = numpy.array(command["vector"], numpy.float32)
        found = []
        match command["do"]:
            case "insert":
                collection.insert(Vector(command["id"], vector))
            case "get":
                collection.get_item(command["id"])
            case "search":
                found = [match.id for match in collection.search(vector, k=10)]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
