"""How the note asserts what a mention names: present, negated, possible, historical, family or hypothetical.

Idea: cues with a direction and a reach inside the sentence, as in NegEx (Chapman 2001) and ConText (Harkema 2009); our own cue table
(``nlp/patterns/assertion.toml``), folded words, lists carried on to the stop. Needs: folded words, sentences, mentions, cues. Gives: the assertion and
the place of the cue that decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chartlight.labels import Assertion, SectionKind
from nlp.pipes.mentions import Found

_PRIORITY = (
    Assertion.FAMILY,
    Assertion.NEGATED,
    Assertion.HYPOTHETICAL,
    Assertion.POSSIBLE,
    Assertion.HISTORICAL,
)
_AFTER_REACH = {"negated": 5, "possible": 5, "hypothetical": 1, "historical": 6, "family": 4}
_BEFORE_REACH = {"negated": 30, "possible": 12, "hypothetical": 40, "historical": 14, "family": 25}
_CLOSE = {"likely": 4, "question": 4, "consider": 6, "exclude": 6}
_BREAKS = frozenset({"but", "however", "although", "though", "except"})


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue at words ``[start, end)`` that concerns words ``[reach_start, reach_end)``."""

    assertion: Assertion
    start: int
    end: int
    reach_start: int
    reach_end: int


def cues(found: Sequence[Found], words: Sequence[str], sentence: tuple[int, int], breaks: Sequence[int] = ()) -> list[Cue]:
    """The cues of one sentence with their reaches; ``breaks`` are word places where a new clause begins (after ``;``).

    A cue inside a phrase of ``not_cues`` is none ("no change", "likely due to").
    """
    first, last = sentence
    inside = [f for f in found if f.start >= first and f.end <= last]
    apart = [f for f in inside if f.label == "cue:not"]
    stops = sorted({f.start for f in inside if f.label == "cue:stop"} | {b for b in breaks if first < b < last})
    raw = [
        f
        for f in inside
        if f.label.startswith("cue:")
        and f.label.count(":") == 2
        and not any(a.start <= f.start and f.end <= a.end and a.end - a.start > f.end - f.start for a in apart)
    ]
    out: list[Cue] = []
    for f in raw:
        _, kind, side = f.label.split(":")
        if side == "before":
            stop = min((s for s in stops if s >= f.end), default=last)
            end = min(stop, f.end + _CLOSE.get(" ".join(f.key), _BEFORE_REACH[kind]))
            out.append(Cue(Assertion(kind), f.start, f.end, f.end, end))
        else:
            stop = max((s for s in stops if s < f.start), default=first)
            start = max(stop, f.start - _AFTER_REACH[kind], first)
            out.append(Cue(Assertion(kind), f.start, f.end, start, f.start))
    return out


def decide(start: int, end: int, sentence_cues: Sequence[Cue], section: SectionKind) -> tuple[Assertion, Cue | None]:
    """The assertion of a mention at words ``[start, end)``: the strongest cue that reaches it, else what the section says."""
    reached = [c for c in sentence_cues if c.reach_start <= start and end <= c.reach_end and not (c.start < end and start < c.end)]
    for assertion in _PRIORITY:
        hits = [c for c in reached if c.assertion is assertion]
        if hits:
            # the nearest one is quoted
            return assertion, min(hits, key=lambda c: min(abs(start - c.end), abs(c.start - end)))
    if section is SectionKind.FAMILY_HISTORY:
        return Assertion.FAMILY, None
    if section is SectionKind.SURGICAL_HISTORY:
        return Assertion.HISTORICAL, None
    return Assertion.PRESENT, None
