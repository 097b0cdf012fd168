"""Editions for people: what one says, which are in force on a date, what a new one changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rules.edition import Edition, NoEdition, edition_in_force, editions, topics

NAMES = ("id", "code", "name")
"""The keys by which a row is known, first come first."""


def show(edition: Edition) -> str:
    """One edition as text: its head, its source, then row by row what it says.

    >>> print(show(edition_in_force("office", date(2026, 3, 2))).splitlines()[0])
    office/2024-01-01: Office and other outpatient visits, time as minimums
    """
    until = edition.last_day.isoformat() if edition.last_day else "open"
    lines = [
        f"{edition.name}: {edition.summary}",
        f"in force {edition.effective.isoformat()} to {until}, reviewed through {edition.verified_through.isoformat()}",
        f"source: {edition.source.title}; {edition.source.locator}; {edition.source.url}",
        "",
    ]
    return "\n".join(lines + list(rows(edition)))


def rows(edition: Edition) -> Iterator[str]:
    """The rows of an edition, one line each."""
    for key, value in edition.body.items():
        if isinstance(value, list):
            yield from (_row(key, row) for row in value)
        else:
            yield _row(key, value)


def _row(key: str, value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"{key}: {plain(value)}"
    rest = dict(value)
    head = [key, *(str(rest.pop(name)) for name in NAMES if name in rest)]
    return f"{' '.join(head)}: {fields(rest)}"


def fields(value: Mapping[str, Any]) -> str:
    """A row of an edition on one line, each field by its name.

    >>> fields({"none": ["no", ""], "verified": "seen"})
    'none: no, ""; verified: seen'
    """
    return "; ".join(f"{key}: {plain(v)}" for key, v in value.items())


def plain(value: Any) -> str:
    """A value of an edition as people read it.

    >>> plain(["a", {"at_least": 2}, True])
    'a, at_least 2, true'
    """
    if isinstance(value, list):
        return ", ".join(plain(v) for v in value)
    if isinstance(value, Mapping):
        return " ".join(f"{key} {plain(v)}" for key, v in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else str(value)


def on(day: date) -> str:
    """All topics on one date: the edition in force, and whether the date is within what was reviewed.

    >>> on(date(2020, 5, 1)).splitlines()[-1].split()
    ['visit_complexity', 'none']
    """
    lines = []
    for topic in topics():
        try:
            edition = edition_in_force(topic, day)
        except NoEdition:
            lines.append(f"{topic:<18} none")
            continue
        reviewed = "reviewed" if edition.is_reviewed_on(day) else f"reviewed through {edition.verified_through}"
        lines.append(f"{topic:<18} {edition.effective.isoformat()}  {reviewed}  {edition.summary}")
    return "\n".join(lines)


def diff(topic: str, before: date, after: date) -> str:
    """What the edition in force on ``after`` says otherwise than that on ``before``, row by row; empty when it is the same.

    Raises ``NoEdition`` where no edition covers a date, ``EditionError`` for an unknown topic.

    >>> print(diff("mdm", date(2022, 1, 1), date(2023, 1, 1)).splitlines()[2])
    -counts_as: stable_acute: acute_uncomplicated; acute_uncomplicated_hospital: acute_uncomplicated
    """
    old, new = edition_in_force(topic, before), edition_in_force(topic, after)
    lines = difflib.unified_diff(list(rows(old)), list(rows(new)), old.name, new.name, n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("@@"))


def latest(topic: str) -> Edition:
    """The newest edition of a topic, whatever the date; for showing, never for judging."""
    return editions(topic)[-1]
