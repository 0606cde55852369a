"""Reads the route table out of the Swift source, where no binary is built."""

import re
from pathlib import Path


def routes_in_source(root: Path) -> set[tuple[str, str, str]]:
    """The routes of Sources/API/Routes.swift: method, path, operationId."""
    source = (root / "Sources/API/Routes.swift").read_text(encoding="utf-8")
    names = {}
    for name, expression in re.findall(r"let (\w+) = (.+)", source):
        if '"' in expression:
            names[name] = joined(expression, names)
    return {
        (method, joined(path, names), operation)
        for method, path, operation in re.findall(r'Route\("(\w+)", (.+?), "(\w+)",\s+\.\w+,\s+\w+\.self\)', source)
    }


def joined(expression: str, names: dict[str, str]) -> str:
    """The value of a Swift expression that joins literals and constants with `+`."""
    parts = [part.strip() for part in expression.split(" + ")]
    return "".join(part.strip('"') if part.startswith('"') else names[part] for part in parts)
