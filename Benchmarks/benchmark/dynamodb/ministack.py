"""The emulator, keeping what it has found out about a key condition: it parses and applies it anew to each row of the partition for
each page, which at 50,000 rows takes longer than a client of DynamoDB waits. What it answers stays the same."""

from functools import cache
from typing import Any

from ministack.app import main
from ministack.services import dynamodb


class KeyConditions:
    """Which rows a condition of keys holds of. A request's values are one object for all rows."""

    def __init__(self) -> None:
        self.apply = dynamodb._evaluate_condition
        self.holds: dict[tuple[str, ...], dict[tuple[str, str], bool]] = {}
        self.values: dict[str, Any] | None = None
        self.current: dict[tuple[str, str], bool] = {}

    def evaluate(
        self,
        expression: str,
        item: dict[str, Any],
        values: dict[str, Any],
        names: dict[str, Any],
        slot: str = "ConditionExpression",
    ) -> bool:
        if slot != "KeyConditionExpression" or names:
            return self.apply(expression, item, values, names, slot)
        if values is not self.values:
            condition = (expression, *(f"{name}{value['S']}" for name, value in values.items()))
            self.values, self.current = values, self.holds.setdefault(condition, {})
        key = (item["p"]["S"], item["s"]["S"])
        found = self.current.get(key)
        if found is None:
            found = self.current[key] = self.apply(expression, item, values, names, slot)
        return found


dynamodb._evaluate_condition = KeyConditions().evaluate
for parsing in ("_tokenize", "_condition_syntax_error"):
    setattr(dynamodb, parsing, cache(getattr(dynamodb, parsing)))

if __name__ == "__main__":
    main()
