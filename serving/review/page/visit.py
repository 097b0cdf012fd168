"""What the page is given of a visit: everything that it shows, and nothing of HTTP or of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chartlight import AnyFact, Determination, EncounterContext, Proposal
from chartlight.evidence import Evidence

LEVEL = "level"
"""What a ruling on the E/M code is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """One document in its newest version; ``previous`` is the text of the version before, where there is one.

    ``name`` is the sender's, ``key`` what evidence calls it: None where the encounter is a single text.
    """

    name: str = field(repr=False)
    key: str | None
    text: str = field(repr=False)
    kind: str | None = None
    author: str | None = None
    signed: bool | None = None
    version: int = 1
    previous: str | None = field(default=None, repr=False)
    received_at: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRuling:
    """The ruling in force on one thing; one on the level lapses where a change of the facts changes the code."""

    about: str
    verdict: str
    final: str | None = None
    rejection: str | None = None
    author: str = ""
    made_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """One amendment in force; ``reason`` is the person's own words."""

    id: str
    author: str
    made_at: str
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenService:
    """A service that the note tells of and that is never proposed."""

    kind: str
    item: str = field(repr=False)
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVisit:
    """A visit at one version. ``before`` is the determination without the last amendment, None where there is none.

    ``own_level`` is the code that a person entered before they saw ours; ``is_withheld`` tells that it is still to be entered.
    ``neighbours`` holds the next codes below and above (``serving.review.judge.neighbours``), ``offered`` the codes of the family.
    ``order`` names the diagnoses as a person ordered them, ``first_listed`` where that departs from what the rules suggest first.
    """

    id: str
    reference: str = field(repr=False)
    version: int
    state: str
    proposal: Proposal = field(repr=False)
    documents: tuple[ShownDocument, ...] = field(repr=False)
    facts: tuple[AnyFact, ...] = field(repr=False)
    context: EncounterContext = field(repr=False)
    determination: Determination = field(repr=False)
    before: Determination | None = field(default=None, repr=False)
    neighbours: Mapping[str, Any] = field(default_factory=dict, repr=False)
    offered: tuple[tuple[str, str], ...] = ()
    rulings: Mapping[str, ShownRuling] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    is_own_order: bool = False
    first_listed: str = field(default="", repr=False)
    changes: tuple[ShownChange, ...] = ()
    seen: tuple[SeenService, ...] = ()
    seen_statement: str = ""
    is_withheld: bool = False
    own_level: str | None = None
    attention: str | None = None
    claimed_by: str | None = None
    may_act: bool = True
    may_reopen: bool = False
    decision: Mapping[str, Any] | None = field(default=None, repr=False)
    descriptions: Mapping[str, str] = field(default_factory=dict, repr=False)
