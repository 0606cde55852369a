"""Where the project's files and what is built of them are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "patch")


def built(name: str) -> Path | None:
    """An executable of the build: in the folder WHIPLASH_BUILD, else where `swift build` puts it."""
    folders = [os.environ["WHIPLASH_BUILD"]] if os.environ.get("WHIPLASH_BUILD") else [
        ROOT / scratch / kind
        for kind in ("release", "debug")
        for scratch in (".build", ".build-lambda")
    ]
    for folder in folders:
        path = Path(folder) / name
        if path.is_file():
            return path
    return None
