"""The order of the diagnoses: as suggested, then as a person moved them. Pure functions; a move is stored as a ruling on the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chartlight import EncounterContext
from chartlight.labels import Label
from rules.codesets.reader import open_release
from rules.diagnoses.sequence import may_be_first
from rules.diagnoses.tables import tables_on
from rules.diagnoses.working import Given


class Side(Label):
    """Where a diagnosis was put, as the column ``verdict`` of a stored ruling holds it."""

    BEFORE = "placed_before", "right before the other one"
    AFTER = "placed_after", "right after the other one"


@dataclass(frozen=True, slots=True)
class Move:
    """A diagnosis put right before or after another one; both go by the codes under which they were suggested or added."""

    about: str
    side: Side
    other: str


def ordered(suggested: Iterable[str], moves: Iterable[Move]) -> tuple[str, ...]:
    """The codes after all moves, in turn; a move that names a code which is not there changes nothing.

    >>> ordered(["I10", "E11.9", "E66.9"], [Move("E66.9", Side.BEFORE, "I10"), Move("I10", Side.AFTER, "E11.9")])
    ('E66.9', 'E11.9', 'I10')
    """
    now = list(dict.fromkeys(suggested))
    for move in moves:
        if move.about == move.other or move.about not in now or move.other not in now:
            continue
        now.remove(move.about)
        now.insert(now.index(move.other) + (move.side is Side.AFTER), move.about)
    return tuple(now)


def departure(suggested: Sequence[str], chosen: Sequence[str]) -> tuple[str, str] | None:
    """The code that the person lists first and the one that was suggested first, where they differ.

    >>> departure(["I10", "E11.9"], ["E11.9", "I10"])
    ('E11.9', 'I10')
    """
    if not suggested or not chosen or suggested[0] == chosen[0]:
        return None
    return chosen[0], suggested[0]


def told(found: tuple[str, str] | None, day: date | None) -> str:
    """The departure in neutral words, with what the rules say of the code that stands first; empty where there is none.

    >>> told(("E11.9", "I10"), date(2026, 3, 2))
    'Listed first: E11.9; the rules suggest I10 first.'
    >>> told(("Z79.4", "E11.9"), date(2026, 3, 2))
    'Listed first: Z79.4, which the rules know as an additional code; the rules suggest E11.9 first.'
    """
    if found is None:
        return ""
    first, hint = found
    known = ", which the rules know as an additional code" if _is_additional(first, hint, day) else ""
    return f"Listed first: {first}{known}; the rules suggest {hint} first."


def _is_additional(first: str, hint: str, day: date | None) -> bool:
    """Whether the rules let ``first`` stand first only where nothing else may, and ``hint`` may."""
    if day is None:
        return False
    given = Given(catalogue=open_release(day), tables=tables_on(day), context=EncounterContext(), integral={})
    codes = (first, hint)
    return all(code in given.catalogue for code in codes) and [may_be_first(c, given) for c in codes] == [False, True]
