"""Rulings: what a person says of one suggestion, or of the level; append-only, the last one on a thing is in force."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from chartlight.decision import Verdict
from chartlight.labels import Level, RejectionReason
from rules.codesets.reader import CompactCatalogue, open_release
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review.beside import changed as changed_beside
from serving.review.beside import is_beside
from serving.review.judge import is_level_code
from serving.review.order import Move, Side
from serving.review.visit import LEVEL, Visit, changed, claimed, load
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import new_id, stamp
from serving.store.tables import levels, rulings

WITHDRAWN = "withdrawn"
"""The verdict that takes a ruling back."""
MOST = 500
"""Most rulings on one proposal, those taken back included."""
CODE = re.compile(r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the person says: ``verdict`` None takes the ruling back; a side tells the place of a diagnosis beside ``final``."""

    about: str
    verdict: Verdict | Side | None
    final: str | None = None
    rejection: RejectionReason | None = None


def rule(unit: Unit, actor: Actor, id: str, word: Word, *, version: int) -> int:
    """Store a ruling; returns the visit's version. Raises ``Refusal``."""
    visit = load(unit, id, version=version)
    values = claimed(unit, visit.row, actor)
    if visit.is_withheld:
        raise Refusal(Refused.LEVEL_NOT_ENTERED)
    _store(unit, visit, actor, _checked(visit, word))
    return changed(unit, visit.row, **values)


def place(unit: Unit, actor: Actor, id: str, move: Move, *, version: int) -> int:
    """Put a diagnosis before or after another one; returns the visit's version. Raises ``Refusal``."""
    visit = load(unit, id, version=version)
    values = claimed(unit, visit.row, actor)
    if visit.is_withheld:
        raise Refusal(Refused.LEVEL_NOT_ENTERED)
    for name, code in (("about", move.about), (move.side.value.removeprefix("placed_"), move.other)):
        if code not in visit.suggested:
            raise Refusal(
                Refused.UNKNOWN_CODE, "neither suggested nor added", where=((name, "not among the diagnoses"),)
            )
    if move.about == move.other:
        raise Refusal(Refused.INVALID, "a diagnosis has no place beside itself", where=(("about", "the same code"),))
    _store(unit, visit, actor, Word(about=move.about, verdict=move.side, final=move.other), action="ordered")
    return changed(unit, visit.row, **values)


def _checked(visit: Visit, word: Word) -> Word:
    """The ruling with its final code; raises ``Refusal``."""
    if (word.verdict is Verdict.REJECTED) != (word.rejection is not None):
        raise Refusal(
            Refused.INVALID,
            "a rejection, and only a rejection, gives its reason",
            where=(("rejection", "see verdict"),),
        )
    if word.verdict is None:
        if word.about not in visit.rulings:
            raise Refusal(Refused.NOT_FOUND, "there is no ruling to take back")
        return word
    needs_final = word.verdict in (Verdict.EDITED, Verdict.ADDED)
    if word.final is not None and word.verdict is Verdict.REJECTED:
        raise Refusal(Refused.INVALID, "a rejection gives no code; edit it instead", where=(("final", "not here"),))
    if needs_final and word.final is None and not (word.verdict is Verdict.ADDED and word.about != LEVEL):
        raise Refusal(Refused.INVALID, "give the code that is right", where=(("final", "missing"),))
    if is_beside(word.about):
        return _on_beside(visit, word)
    return _on_level(visit, word) if word.about == LEVEL else _on_diagnosis(visit, word)


def _on_level(visit: Visit, word: Word) -> Word:
    found = visit.determination
    if word.verdict is Verdict.ADDED:
        raise Refusal(
            Refused.INVALID, "a level is confirmed, edited or rejected", where=(("verdict", "not for the level"),)
        )
    if word.verdict is Verdict.CONFIRMED:
        if word.final not in (None, found.code):
            raise Refusal(
                Refused.INVALID,
                "what is confirmed is the code as determined; edit it instead",
                where=(("final", "another code"),),
            )
        return Word(about=LEVEL, verdict=word.verdict, final=found.code)
    if word.verdict is Verdict.EDITED and not is_level_code(str(word.final), visit.context.date_of_service):
        raise Refusal(Refused.UNKNOWN_CODE, where=(("final", "no E/M code on the date of service"),))
    return word


def _on_beside(visit: Visit, word: Word) -> Word:
    one = visit.beside.get(word.about)
    if one is None:
        raise Refusal(Refused.UNKNOWN_CODE, "no such add-on or modifier", where=(("about", "not suggested"),))
    if word.verdict is Verdict.REJECTED:
        return word
    if word.verdict is not Verdict.CONFIRMED or word.final not in (None, one.code):
        raise Refusal(
            Refused.INVALID,
            "an add-on or a modifier is confirmed or rejected; facts and circumstances change it",
            where=(("verdict", "not for an add-on or a modifier"),),
        )
    return Word(about=word.about, verdict=word.verdict, final=one.code)


def _on_diagnosis(visit: Visit, word: Word) -> Word:
    suggested = {d.code for d in (*visit.proposal.diagnoses, *visit.proposal.more)}
    catalogue = _catalogue(visit)
    if word.verdict is Verdict.ADDED:
        if word.about in suggested:
            raise Refusal(Refused.INVALID, "it is among the suggestions: confirm it", where=(("about", "suggested"),))
        if word.final not in (None, word.about):
            raise Refusal(Refused.INVALID, "an added code is its own final code", where=(("final", "another code"),))
        _check_code(catalogue, word.about, "about")
        return Word(about=word.about, verdict=word.verdict, final=word.about)
    if word.about not in suggested:
        raise Refusal(
            Refused.UNKNOWN_CODE, "no such suggestion; add a code instead", where=(("about", "not suggested"),)
        )
    if word.verdict is Verdict.REJECTED:
        return word
    if word.verdict is Verdict.CONFIRMED:
        if word.final not in (None, word.about):
            raise Refusal(Refused.INVALID, "what is confirmed is the code as suggested; edit it instead")
        return Word(about=word.about, verdict=word.verdict, final=word.about)
    _check_code(catalogue, str(word.final), "final")
    return word


def _catalogue(visit: Visit) -> CompactCatalogue:
    day = visit.context.date_of_service
    assert day is not None, "a proposal always has a date of service"
    return open_release(day)


def _check_code(catalogue: CompactCatalogue, code: str, where: str) -> None:
    if not CODE.fullmatch(code) or not catalogue.is_billable(code):
        raise Refusal(Refused.UNKNOWN_CODE, where=((where, "no complete code on the date of service"),))


def lapse(unit: Unit, visit: Visit, actor: Actor, after: Visit) -> None:
    """Take back the rulings on the level, on add-ons and on modifiers of which the rules determine something else now."""
    if after.determination.code != visit.determination.code and LEVEL in visit.rulings:
        _store(unit, visit, actor, Word(about=LEVEL, verdict=None), action="level_ruling_lapsed")
    for about in changed_beside(visit.beside, after.beside):
        if about in visit.rulings:
            _store(unit, visit, actor, Word(about=about, verdict=None), action="ruling_lapsed")


def _store(unit: Unit, visit: Visit, actor: Actor, word: Word, *, action: str = "ruled") -> None:
    r = rulings
    count = unit.execute(
        select(func.count()).where(r.c.tenant == unit.tenant, r.c.proposal_id == visit.proposal_row.id)
    ).scalar_one()
    if count >= MOST:
        raise Refusal(Refused.INVALID, f"more than {MOST} rulings on one proposal")
    row: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("rul", unit.at),
        "encounter_id": visit.id,
        "proposal_id": visit.proposal_row.id,
        "number": count + 1,
        "about": word.about,
        "verdict": word.verdict.value if word.verdict else WITHDRAWN,
        "final": word.final,
        "rejection": word.rejection.value if word.rejection else None,
        "author": actor.id,
        "made_at": stamp(unit.at),
    }
    row["digest"] = audit.digest_of("ruling", row)
    unit.execute(insert(r).values(**row))
    audit.record(unit, action, visit.id, ruling=row["id"], digest=row["digest"], verdict=row["verdict"], on=word.about)


def enter_level(unit: Unit, actor: Actor, id: str, level: Level, code: str | None, *, version: int) -> int:
    """The level that the person finds before it is shown; returns the visit's version. Raises ``Refusal``."""
    visit = load(unit, id, version=version)
    values = claimed(unit, visit.row, actor)
    if visit.level is not None:
        raise Refusal(Refused.LEVEL_ENTERED)
    if code is not None and not is_level_code(code, visit.context.date_of_service):
        raise Refusal(Refused.UNKNOWN_CODE, where=(("code", "no E/M code on the date of service"),))
    row: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("lvl", unit.at),
        "encounter_id": id,
        "proposal_id": visit.proposal_row.id,
        "level": level.value,
        "code": code,
        "author": actor.id,
        "made_at": stamp(unit.at),
    }
    row["digest"] = audit.digest_of("level", row)
    unit.execute(insert(levels).values(**row))
    audit.record(unit, "level_entered", id, level=row["id"], digest=row["digest"])
    return changed(unit, visit.row, **values)
