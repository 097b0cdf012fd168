"""Versions and thresholds of what serves, read once from ``models/line_up.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def line_up() -> dict[str, Any]:
    """The tables of the file as they stand.

    >>> line_up()["diagnoses"]["most"]
    12
    """
    with (Path(__file__).parent / "line_up.toml").open("rb") as file:
        return tomllib.load(file)
