"""Groups of phrases from ``nlp/patterns``, compiled once, looked for in a sentence or any stretch of text."""

from __future__ import annotations

import re
from functools import cache

from nlp.tables import patterns


@cache
def group(file: str, name: str) -> re.Pattern[str]:
    """One expression for a group of phrases, case-insensitive, whole words; longer phrases come first.

    The phrases are regular expressions, or words where the file says ``form = "plain"``.

    >>> bool(group("status_phrases", "at_goal").search("Hypertension is well controlled."))
    True
    """
    table = patterns(file)
    phrases = table[name]["phrases"] if isinstance(table[name], dict) else table[name]
    if table.get("form") == "plain":
        phrases = [re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in phrases]
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(ordered) + r")(?!\w)", re.IGNORECASE)
