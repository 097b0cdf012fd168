"""Groups of phrases from ``nlp/patterns``, compiled once, looked for in a sentence or any stretch of text."""

from __future__ import annotations

import re
from functools import cache

from nlp.tables import patterns


@cache
def group(file: str, name: str) -> re.Pattern[str]:
    """One expression for a group of phrases (each a plain phrase or a regular expression), case-insensitive, whole words.

    Longer phrases come first so that the longest is found.

    >>> bool(group("status_phrases", "at_goal").search("Hypertension is well controlled."))
    True
    """
    phrases = patterns(file)[name]
    if isinstance(phrases, dict):
        phrases = phrases["phrases"]
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(ordered) + r")(?!\w)", re.IGNORECASE)
