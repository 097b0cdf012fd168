"""Stated minutes: whose they are, which count, and when two totals disagree (section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from chartlight.determination import Step
from chartlight.evidence import Evidence
from chartlight.facts import TimeStatement
from chartlight.labels import TimeRole
from rules.edition import Edition, Verified, edition_in_force
from rules.elements.judge import in_order
from rules.record import Record
from rules.tables import read_notes
from rules.warnings import Warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The minutes of one role: None when none is stated, or when two statements disagree (``conflict``)."""

    minutes: int | None
    facts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    conflict: bool = False


@cache
def _roles(edition: Edition) -> dict[TimeRole, tuple[str, str]]:
    """Row id and sentence of each role."""
    body = Record(edition.body, edition.where)
    roles = {}
    for record in body.records("role"):
        roles[record.one_of("role", TimeRole)] = (record.text("id"), record.text("say"))
        record.one_of("verified", Verified)
        record.close()
    read_notes(body)
    body.close()
    return roles


def of_role(statements: Sequence[TimeStatement], role: TimeRole) -> Minutes:
    """The minutes that statements of one role agree on.

    >>> of_role([TimeStatement(id="t1", minutes=35), TimeStatement(id="t2", minutes=35)], TimeRole.TOTAL).minutes
    35
    >>> of_role([TimeStatement(id="t1", minutes=35), TimeStatement(id="t2", minutes=40)], TimeRole.TOTAL).conflict
    True
    """
    mine = [s for s in statements if s.role is role]
    values = {s.minutes for s in mine}
    agreed = values.pop() if len(values) == 1 else None
    return Minutes(
        minutes=agreed,
        facts=in_order(s.id for s in mine),
        evidence=tuple(sorted(e for s in mine for e in s.evidence)) if agreed is not None else (),
        conflict=len(mine) > 1 and agreed is None,
    )


def left_out(statements: Sequence[TimeStatement], used: frozenset[TimeRole], day: date) -> Step | None:
    """The step that names the statements whose role does not count here, None when there are none."""
    out = [s for s in statements if s.role not in used]
    if not out:
        return None
    edition = edition_in_force("time", day)
    roles = _roles(edition)
    named = sorted({s.role for s in out}, key=list(TimeRole).index)
    return Step(
        rule="minutes_left_out",
        outcome=", ".join(f"{s.minutes} {s.role.value}" for s in sorted(out, key=lambda s: (s.role.value, s.minutes))),
        reason="; ".join(f"{roles[r][0]}: {roles[r][1]}" for r in named),
        edition=edition.name,
        facts=in_order(s.id for s in out),
        citation=edition.cite(roles[named[0]][0]),
    )


def warn_of(minutes: Minutes) -> tuple[Warn, ...]:
    """The warning that disagreeing totals call for."""
    return (Warn.TIME_CONFLICT,) if minutes.conflict else ()
