#!/usr/bin/env python3
"""What Whiplash costs a month, and others beside it, from measured units and a price list.

    Benchmarks/cost.py                         prints the tables of docs/cost.md
    Benchmarks/cost.py --measured new.json     with new measurements in the place of those in cost_measured.json
    Benchmarks/cost.py --write                 puts the tables into docs/cost.md, and new measurements into their file
    Benchmarks/cost.py --cold-share 0.001 --gateway http --architecture x86_64

Needs nothing but Python.
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cost_inputs import InputError, Measured, Prices
from cost_model import Options
from cost_tables import Tables

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "cost.md"
PLACE = re.compile(r"(<!-- cost: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    given = arguments()
    try:
        measured = Measured()
        for path in given.measured:
            measured.take(path)
        tables = Tables(Prices(), measured, options(given, measured)).all()
    except (InputError, OSError, ValueError) as error:
        sys.exit(f"Nothing was reckoned: {error}")
    if given.write:
        measured.save()
        DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), tables), encoding="utf-8")
    else:
        print("\n\n".join(f"## {name}\n\n{text}" for name, text in tables.items()))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--cold-share", type=float, metavar="SHARE", help="of searches, 0 to 1")
    parser.add_argument("--gateway", choices=("rest", "http", "url"))
    parser.add_argument("--architecture", choices=("arm64", "x86_64"))
    given = parser.parse_args()
    if given.write and any(value is not None for value in (given.cold_share, given.gateway, given.architecture)):
        parser.error("--write takes the defaults: the document says what they are.")
    if given.cold_share is not None and not 0 <= given.cold_share <= 1:
        parser.error("--cold-share is 0 to 1.")
    return given


def options(given: argparse.Namespace, measured: Measured) -> Options:
    chosen = {name: getattr(given, name) for name in ("gateway", "architecture") if getattr(given, name)}
    share = measured("cold_share") if given.cold_share is None else given.cold_share
    return Options(cold_share=share, **chosen)


def filled(document: str, tables: dict[str, str]) -> str:
    """The document with the tables in their places, between a comment with their name and one that says «end»."""
    return PLACE.sub(lambda place: f"{place[1]}\n{tables[place[2]]}\n\n{place[3]}", document)


if __name__ == "__main__":
    main()
