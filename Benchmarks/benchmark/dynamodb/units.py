"""DynamoDB's arithmetic: the size of an item, and the units that a request takes.

Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and write capacity units".
A write unit is 1 KB of an item, a read unit 4 KB, half of it when the read is eventually consistent; begun ones count whole.
"""

import base64
import math
from typing import Any

WRITE_STEP, READ_STEP = 1024, 4096


def item_bytes(item: dict[str, Any]) -> int:
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_bytes(content)
        case "B":
            return len(base64.b64decode(content))
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(value_bytes({kind[0]: element}) for element in content)
        case "L":
            return 3 + sum(1 + value_bytes(element) for element in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(element) for name, element in content.items())
    raise ValueError(f"a value of an unknown kind, {kind}")


def number_bytes(text: str) -> int:
    """About a byte for two digits of meaning, and one more; a further one below zero."""
    digits = text.lower().split("e")[0].lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


def write_units(size: int) -> int:
    return max(1, math.ceil(size / WRITE_STEP))


def read_units(size: int, consistent: bool) -> float:
    return max(1, math.ceil(size / READ_STEP)) * (1.0 if consistent else 0.5)


def units_read(operation: str, request: dict[str, Any], answer: dict[str, Any]) -> float:
    """Of an answered request. Neither projections nor filters may be in use: they hide what was read."""
    if any(name in request for name in ("ProjectionExpression", "FilterExpression", "AttributesToGet")):
        raise ValueError("what a projection or a filter reads cannot be told from outside")
    if operation == "GetItem":
        return read_units(item_bytes(answer.get("Item") or {}), request.get("ConsistentRead", False))
    if operation in ("Query", "Scan"):
        read = sum(item_bytes(item) for item in answer.get("Items", ()))
        return read_units(read, request.get("ConsistentRead", False))
    if operation == "BatchGetItem":
        return sum(
            batch_units(wanted, answer, table) for table, wanted in request["RequestItems"].items()
        )  # fmt: skip
    return 0


def read_sizes(answer: dict[str, Any]) -> list[int]:
    """The sizes of the items that an answer holds."""
    found = [item for items in answer.get("Responses", {}).values() for item in items]
    return [item_bytes(item) for item in [*found, *answer.get("Items", ())]]


def batch_units(wanted: dict[str, Any], answer: dict[str, Any], table: str) -> float:
    """Each item is rounded for itself; one that is not there takes as much as the smallest."""
    consistent = wanted.get("ConsistentRead", False)
    found = answer.get("Responses", {}).get(table, [])
    left = len(answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ()))
    absent = len(wanted["Keys"]) - len(found) - left
    return sum(read_units(item_bytes(item), consistent) for item in found) + absent * read_units(0, consistent)
