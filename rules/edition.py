"""Editions: the dated, cited tables of the rules, one TOML file per topic and effective date.

An edition is in force from its effective date until the next edition of its topic begins. There is no default edition and no
"latest": a date before the first edition raises ``NoEdition``. A file that has been in force is never edited; a change of the rules is a new file.
Files are read when first asked for, once per process.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from chartlight.determination import Citation
from rules.record import EditionError, Record

FOLDER = Path(__file__).parent / "editions"
"""Where the editions stand: ``<topic>/<effective date>.toml``."""


class Verified(Enum):
    """How a row was checked: ``seen`` in retrieved text of the source, or stated from professional ``knowledge`` and awaiting a check."""

    SEEN = "seen"
    KNOWLEDGE = "knowledge"


class NoEdition(LookupError):
    """No edition of the topic covers the date; ``topic`` and ``day`` say which."""

    def __init__(self, topic: str, day: date) -> None:
        super().__init__(f"{topic}: no edition in force on {day.isoformat()}")
        self.topic = topic
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edition:
    """One dated table: what it says stands in ``body``, which the reader of the topic checks.

    ``verified_through`` is the last date of service up to which a person has read the source; ``last_day`` the day before the
    next edition begins, or None.
    """

    topic: str
    effective: date
    verified_through: date
    last_day: date | None
    summary: str
    source: Citation
    path: Path
    body: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """``topic/effective date``, as it stands in traces."""
        return f"{self.topic}/{self.effective.isoformat()}"

    @property
    def where(self) -> str:
        """The place that errors name."""
        return f"rules/editions/{self.topic}/{self.path.name}"

    def is_reviewed_on(self, day: date) -> bool:
        """Whether a person has read the source for this date of service."""
        return day <= self.verified_through

    def cite(self, row: str) -> Citation:
        """The authority of the edition for one row of the specification."""
        return Citation(self.source.title, self.source.locator, self.source.url, row)


def edition_in_force(topic: str, day: date) -> Edition:
    """The edition of ``topic`` for a date of service.

    >>> edition_in_force("office", date(2023, 12, 31)).name
    'office/2021-01-01'
    >>> edition_in_force("office", date(2020, 12, 31))
    Traceback (most recent call last):
        ...
    rules.edition.NoEdition: office: no edition in force on 2020-12-31

    Raises ``NoEdition`` for a date before the first edition, ``EditionError`` for an unknown topic or a file at fault.
    """
    found = None
    for edition in editions(topic):
        if edition.effective > day:
            break
        found = edition
    if found is None:
        raise NoEdition(topic, day)
    return found


@cache
def topics() -> tuple[str, ...]:
    """All topics, sorted."""
    return tuple(sorted(p.name for p in FOLDER.iterdir() if p.is_dir()))


@cache
def editions(topic: str) -> tuple[Edition, ...]:
    """All editions of a topic, oldest first; raises ``EditionError`` for an unknown topic."""
    if topic not in topics():
        raise EditionError(f"unknown topic {topic!r}; one of {', '.join(topics())}")
    paths = sorted((FOLDER / topic).glob("*.toml"))
    starts = [_effective(p) for p in paths]
    return tuple(
        load(path, starts[n + 1] - timedelta(days=1) if n + 1 < len(paths) else None) for n, path in enumerate(paths)
    )


def load(path: Path, last_day: date | None = None) -> Edition:
    """Read one edition file; raises ``EditionError`` where folder, name and head do not agree or a key is unknown."""
    where = f"rules/editions/{path.parent.name}/{path.name}"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise EditionError(f"{where}: not readable as TOML: {error}") from None
    head = Record(data.get("edition"), f"{where}: edition")
    topic, effective, verified_through = head.text("topic"), head.day("effective"), head.day("verified_through")
    summary = head.text("summary")
    source = head.record("source")
    citation = Citation(source.text("title"), source.text("locator", ""), source.text("url", ""))
    source.close()
    head.close()
    if topic != path.parent.name or effective != _effective(path):
        raise EditionError(f"{where}: the head says {topic}/{effective.isoformat()}; name folder and file alike")
    if last_day is not None and verified_through > last_day:
        raise EditionError(f"{where}: verified_through is after {last_day.isoformat()}, when the next edition begins")
    body = {key: value for key, value in data.items() if key != "edition"}
    return Edition(
        topic=topic, effective=effective, verified_through=verified_through, last_day=last_day, summary=summary,
        source=citation, path=path, body=body,
    )  # fmt: skip


def _effective(path: Path) -> date:
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        raise EditionError(
            f"rules/editions/{path.parent.name}/{path.name}: name the file by its effective date"
        ) from None
