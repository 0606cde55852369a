"""Reads a Dockerfile's instructions and a .dockerignore's patterns, as far as this project uses them."""

import fnmatch
import re
from pathlib import Path


def instructions(path: Path) -> list[tuple[str, str]]:
    """Each instruction's name and argument, continuation lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def stages(path: Path, **arguments: str) -> list[str]:
    """The base images, with build arguments put in; those not given have their default."""
    found, images = {}, []
    for name, argument in instructions(path):
        if name == "ARG" and "=" in argument and not images:
            key, _, default = argument.partition("=")
            found[key] = arguments.get(key, default)
        if name == "FROM":
            images.append(re.sub(r"\${(\w+)}", lambda it: found[it[1]], argument.split()[0]))
    return images


def copied(path: Path) -> list[str]:
    """The sources of every COPY from the build context."""
    sources = []
    for name, argument in instructions(path):
        words = argument.split()
        if name == "COPY" and not any(word.startswith("--from") for word in words):
            sources += [word for word in words[:-1] if not word.startswith("--")]
    return sources


def is_ignored(path: str, dockerignore: Path) -> bool:
    """Whether the build context lacks a path: the last pattern that fits it, or a folder above it, decides."""
    ignored = False
    for pattern in (line.strip() for line in dockerignore.read_text().splitlines()):
        if pattern and not pattern.startswith("#"):
            plain = pattern.removeprefix("!").rstrip("/")
            parts = path.split("/")
            above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
            plain = plain.removeprefix("**/")
            fits = any(fnmatch.fnmatchcase(it, plain) for it in above + (parts if "**/" in pattern else []))
            if fits:
                ignored = not pattern.startswith("!")
    return ignored
