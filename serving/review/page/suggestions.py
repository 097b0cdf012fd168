"""Diagnoses in order with what was ruled on them, and what the rules put beside the code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from chartlight import DiagnosisSuggestion
from chartlight.labels import RejectionReason
from serving import wording
from serving.review.beside import beside
from serving.review.page.visit import LEVEL, ShownRuling, ShownVisit
from serving.review.page.words import REJECTIONS, VERDICTS

MOST = 12
"""Suggested diagnoses that are shown at once; the rest stands under 'more'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One diagnosis; ``about`` names it in rulings, ``state`` is what was ruled, ``final`` the code after a change.

    ``rank`` is the place that was suggested (0 for one that a person added), ``place`` what stands before the code.
    """

    about: str
    rank: int
    place: str
    code: str
    description: str
    sure: str = ""
    because: str = ""
    runners_up: tuple[tuple[str, str, str], ...] = ()
    state: str = ""
    verdict: str = ""
    final: str | None = None
    final_description: str = ""
    is_own: bool = False
    ruled: str = ""
    author: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideRow:
    """An add-on or a modifier that the rules put beside the code; a person accepts or rejects each.

    ``is_asked`` tells whether it waits for a ruling or has one: beside no E/M code nothing stands.
    """

    about: str
    shown: str
    said: str
    because: str
    state: str
    verdict: str
    ruled: str
    is_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What is shown, what stands under 'more', and what stands beside the code.

    ``open`` counts the diagnoses that are not ruled on, ``open_beside`` the add-ons and modifiers.
    """

    shown: tuple[Row, ...]
    more: tuple[Row, ...]
    beside: tuple[BesideRow, ...]
    open: int
    open_beside: int = 0


def suggestions(visit: ShownVisit) -> Suggestions:
    """The diagnoses of a visit; those that a person ruled on or added are always among the shown."""
    proposal = visit.proposal
    proposed = [_row(d, visit) for d in proposal.diagnoses]
    rest = [_row(d, visit) for d in proposal.more]
    known = {row.about for row in (*proposed, *rest)}
    own = [
        _added(ruling, visit)
        for ruling in visit.rulings.values()
        if ruling.about != LEVEL and ruling.about not in known and ruling.verdict == "added"
    ]
    picked = [row for row in rest if row.verdict]
    rows = beside_of(visit)
    shown = proposed[:MOST] + [row for row in proposed[MOST:] if row.verdict] + picked + own
    if visit.is_own_order:
        shown.sort(key=lambda row: visit.order.index(row.about))
        shown = [replace(row, place=str(n)) for n, row in enumerate(shown, 1)]
    more = [row for row in (*proposed[MOST:], *rest) if not row.verdict]
    waiting = sum(not row.verdict for row in shown)
    return Suggestions(
        shown=tuple(shown),
        more=tuple(more),
        beside=rows,
        open=waiting,
        open_beside=sum(row.is_asked and not row.verdict for row in rows),
    )


def beside_of(visit: ShownVisit) -> tuple[BesideRow, ...]:
    """Add-ons and modifiers of the determination; where the person decided another code, they go with that one."""
    found = visit.determination
    level = visit.rulings.get(LEVEL)
    code = level.final if level is not None else found.code
    rows = []
    for one in beside(found).values():
        ruling = visit.rulings.get(one.about)
        on = code if code is not None and one.on == found.code else one.on
        said = f"add-on, {one.units} ×" if one.kind == "add_on" else f"modifier on {on}"
        changed = f"; determined beside {one.on}, decided is {code}" if code is not None and on != one.on else ""
        rows.append(
            BesideRow(
                about=one.about,
                shown=one.code if one.kind == "add_on" else f"-{one.code}",
                said=said,
                because=one.because + changed,
                state=said_of(ruling) if code is not None else "falls away without an E/M code",
                verdict=ruling.verdict if ruling and code is not None else "",
                ruled=sent(ruling),
                is_asked=code is not None,
            )
        )
    return tuple(rows)


def _row(d: DiagnosisSuggestion, visit: ShownVisit) -> Row:
    ruling = visit.rulings.get(d.code)
    final = ruling.final if ruling and ruling.final != d.code else None
    return Row(
        about=d.code,
        rank=d.rank,
        place=str(d.rank),
        code=d.code,
        description=d.description,
        sure=wording.percent(d.confidence),
        because=d.because,
        runners_up=tuple((r.code, r.description, r.because) for r in d.runners_up),
        state=said_of(ruling),
        verdict=ruling.verdict if ruling else "",
        final=final,
        final_description=visit.descriptions.get(final, "") if final else "",
        ruled=sent(ruling),
        author=ruling.author if ruling else "",
    )


def _added(ruling: ShownRuling, visit: ShownVisit) -> Row:
    code = ruling.final or ruling.about
    return Row(
        about=ruling.about,
        rank=0,
        place="+",
        code=code,
        description=visit.descriptions.get(code, ""),
        state=said_of(ruling),
        verdict=ruling.verdict,
        is_own=True,
        ruled=sent(ruling),
        author=ruling.author,
    )


def sent(ruling: ShownRuling | None) -> str:
    """A ruling as the page would send it again, for undo; empty where there is none.

    >>> sent(ShownRuling(about="I10", verdict="confirmed", final="I10"))
    '{"about": "I10", "verdict": "confirmed", "final": "I10"}'
    """
    if ruling is None:
        return ""
    told = {"about": ruling.about, "verdict": ruling.verdict, "final": ruling.final, "rejection": ruling.rejection}
    return json.dumps({name: value for name, value in told.items() if value is not None})


def said_of(ruling: ShownRuling | None) -> str:
    """What was ruled, in a word or two.

    >>> said_of(ShownRuling(about="I10", verdict="rejected", rejection="negated"))
    'rejected: negated'
    """
    if ruling is None:
        return ""
    said = VERDICTS.get(ruling.verdict, ruling.verdict)
    if ruling.rejection in set(RejectionReason):
        said += f": {REJECTIONS[RejectionReason(ruling.rejection)].lower()}"
    return said
