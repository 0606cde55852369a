"""The emulator, keeping what it has found out about a key condition: it parses and applies it anew to each row of the partition for
each page, which at 50,000 rows takes longer than a client of DynamoDB waits. What it answers stays the same."""

from functools import cache
from typing import Any

from ministack.app import main
from ministack.services import dynamodb

applied = dynamodb._evaluate_condition
kept: dict[tuple[Any, ...], bool] = {}


def evaluate(expression: str, item: dict[str, Any], values: dict[str, Any], names: dict[str, Any], slot: str) -> bool:
    key = (expression, item["p"]["S"], item["s"]["S"], *(value["S"] for value in values.values()))
    found = kept.get(key)
    if found is None:
        found = kept[key] = applied(expression, item, values, names, slot)
    return found


def evaluate_condition(
    expression: str,
    item: dict[str, Any],
    values: dict[str, Any],
    names: dict[str, Any],
    slot: str = "ConditionExpression",
) -> bool:
    is_key = slot == "KeyConditionExpression" and not names
    return (evaluate if is_key else applied)(expression, item, values, names, slot)


dynamodb._evaluate_condition = evaluate_condition
for parsing in ("_tokenize", "_condition_syntax_error"):
    setattr(dynamodb, parsing, cache(getattr(dynamodb, parsing)))

if __name__ == "__main__":
    main()
