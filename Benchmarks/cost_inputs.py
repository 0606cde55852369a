"""What the cost model is given: a price list and measured units, checked when they are read."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PRICES = HERE / "prices.json"
MEASURED = HERE / "cost_measured.json"

KINDS = ("measured", "computed", "chosen", "published", "planned", "assumed")


class InputError(Exception):
    """An input that is missing or that lacks what every one has to say."""


class Prices:
    """Dollars for one unit, by name."""

    def __init__(self, path: Path = PRICES) -> None:
        content = json.loads(path.read_text(encoding="utf-8"))
        self.entries: dict[str, dict[str, Any]] = content["prices"]
        self.unsourced: list[str] = content["unsourced"]
        for name, entry in self.entries.items():
            require(name, entry, "what", "price", "quantity", "unit", "source", "date")

    def __call__(self, name: str) -> float:
        entry = self.entries[name]
        return entry["price"] / entry["quantity"]


class Measured:
    """Measured and other inputs, by name and where it matters by dimension and number of items."""

    def __init__(self, path: Path = MEASURED) -> None:
        content = json.loads(path.read_text(encoding="utf-8"))
        self.about: str = content["about"]
        self.entries: dict[str, dict[str, Any]] = content["values"]
        for name, entry in self.entries.items():
            check(name, entry)

    def __call__(self, name: str, dimension: int | None = None) -> float:
        value = self.entries[name]["value"]
        return value if dimension is None else value[str(dimension)]

    def at_size(self, name: str, dimension: int, items: int) -> float:
        """The value at the least size measured that has as many items, else at the largest."""
        sizes = {int(size): value for size, value in self.entries[name]["value"][str(dimension)].items()}
        return sizes[min((size for size in sizes if size >= items), default=max(sizes))]

    def largest_size(self, name: str, dimension: int) -> int:
        return max(int(size) for size in self.entries[name]["value"][str(dimension)])

    def take(self, path: Path) -> None:
        """Puts new measurements in the place of old ones.

        The file holds entries by name, each with `value`, `kind` and `how`, as `cost_measured.json` does under
        `values`. A value by dimension replaces those dimensions that it names.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, entry in content.get("values", content).items():
            if name not in self.entries:
                raise InputError(f"{path}: '{name}' is no input of the cost model.")
            self.entries[name] = merged(self.entries[name], entry)
            check(name, self.entries[name])

    def save(self, path: Path = MEASURED) -> None:
        path.write_text(as_json({"about": self.about, "values": self.entries}), encoding="utf-8")


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    value = new.get("value")
    if isinstance(old["value"], dict) != isinstance(value, dict):
        raise InputError(f"'{old['what']}': the new value has not the form of the old one.")
    return {**old, **new, "value": {**old["value"], **value} if isinstance(value, dict) else value}


def check(name: str, entry: dict[str, Any]) -> None:
    require(name, entry, "what", "unit", "value", "kind", "how")
    if entry["kind"] not in KINDS:
        raise InputError(f"'{name}': its kind is one of {', '.join(KINDS)}, not '{entry['kind']}'.")
    if entry["kind"] == "published":
        require(name, entry, "source", "date")


def require(name: str, entry: dict[str, Any], *fields: str) -> None:
    missing = [field for field in fields if field not in entry]
    if missing:
        raise InputError(f"'{name}' does not say: {', '.join(missing)}.")


def as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
