"""Groups of phrases from ``nlp/patterns``, compiled once, looked for in a sentence or any stretch of text."""

from __future__ import annotations

import re
from functools import cache

from nlp.tables import patterns


def _phrases(file: str, name: str) -> list[str]:
    table = patterns(file)
    phrases = table[name]["phrases"] if isinstance(table[name], dict) else table[name]
    if table.get("form") == "plain":
        phrases = [re.escape(phrase).replace(r"\ ", r"[\s-]+") for phrase in phrases]
    return sorted(phrases, key=len, reverse=True)


@cache
def group(file: str, name: str) -> re.Pattern[str]:
    """One expression for a group of phrases, case-insensitive, whole words; longer phrases come first.

    The phrases are regular expressions, or words where the file says ``form = "plain"``.

    >>> bool(group("status_phrases", "at_goal").search("Hypertension is well controlled."))
    True
    """
    return re.compile(r"(?<!\w)(?:" + "|".join(_phrases(file, name)) + r")(?!\w)", re.IGNORECASE)


_UPPER = re.compile(r"(\\.)|([A-Z])")
_CHOICE = re.compile(r"\(\?:([a-z][^()\[\]\\?*+{}]*)\)(?![?*+{])")


@cache
def lower_group(file: str, name: str) -> re.Pattern[str]:
    """The same group for text that is in lower case already: some ten times faster.

    A blank stands for any white space. Python's engine looks one letter ahead in a choice only when case matters, so the phrases are sorted by
    their first letter.

    >>> bool(lower_group("status_phrases", "at_goal").search("hypertension is well controlled."))
    True
    """
    by_letter: dict[str, list[str]] = {}
    for phrase in _phrases(file, name):
        for one in _spread(_UPPER.sub(lambda m: m[1] or m[2].lower(), phrase)):
            letter = (
                one[0] if one[0].isalpha() and (len(one) == 1 or one[1] not in "?*{|") and "|" not in _top(one) else ""
            )
            by_letter.setdefault(letter, []).append(one[1:] if letter else one)
    choices = [f"{letter}(?:{'|'.join(rest)})" for letter, rest in sorted(by_letter.items()) if letter]
    choices += by_letter.get("", [])
    return re.compile((r"(?<!\w)(?:" + "|".join(choices) + r")(?!\w)").replace(" ", r"\s"))


def _spread(phrase: str) -> list[str]:
    """A phrase that begins with a plain choice, as several phrases."""
    match = _CHOICE.match(phrase)
    if not match:
        return [phrase]
    return [option + phrase[match.end() :] for option in match[1].split("|") if option]


def _top(phrase: str) -> str:
    """The phrase without what stands in brackets."""
    out, depth = [], 0
    for n, char in enumerate(phrase):
        if n and phrase[n - 1] == "\\":
            continue
        depth += (char in "([") - (char in ")]")
        if depth == 0:
            out.append(char)
    return "".join(out)
