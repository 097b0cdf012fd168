"""Knowledge and patterns as data: TSV and TOML files beside the code, read once when first asked for.

Every table is a file that a coder can correct; this module knows how they are read and nothing of what they mean.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KNOWLEDGE = HERE / "knowledge"
PATTERNS = HERE / "patterns"


class TableError(ValueError):
    """A knowledge or pattern file that cannot be read as what it should be; names file and line."""


def rows(folder: str, pattern: str = "*.tsv") -> Iterator[dict[str, str]]:
    """Rows of all TSV files of a knowledge folder, in order of their names; ``#`` lines and empty lines are comments.

    Raises ``TableError`` when a row has more fields than the header.
    """
    for path in sorted((KNOWLEDGE / folder).glob(pattern)):
        yield from rows_of(path)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Rows of one TSV file; raises ``TableError`` when a row has more fields than the header."""
    # utf-8-sig: spreadsheets put a mark before the first column's name
    with path.open(encoding="utf-8-sig", newline="") as file:
        kept = (line for line in file if line.strip() and not line.startswith("#"))
        reader = csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(reader, 2):
            if None in row:
                raise TableError(f"{path.name}, row {number}: more fields than the header has")
            yield {key: (value or "").strip() for key, value in row.items()}


@cache
def patterns(name: str) -> dict[str, Any]:
    """The pattern file ``nlp/patterns/<name>.toml``; raises ``TableError`` when it does not parse."""
    path = PATTERNS / f"{name}.toml"
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{path.name}: {error}") from None
