"""What a person does with a proposal: amend, rule, enter the level of a blind visit, finalise, reopen."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from chartlight import AnyFact, EncounterContext
from chartlight.codec import decode_context, decode_fact
from chartlight.decision import Verdict
from chartlight.note import Span
from serving.refusal import Refusal, Refused
from serving.review import amend as amending
from serving.review import decide as deciding
from serving.review import offsets, present
from serving.review import rule as ruling
from serving.review.order import Move, Side
from serving.review.visit import Visit, load, one_of
from serving.service.deps import Answer, IfMatchDep, PostDep
from serving.service.routes.encounters import EncounterId
from serving.service.shapes import (
    AmendmentIn,
    DecisionIn,
    DecisionOut,
    LevelIn,
    PlaceIn,
    PlaceOfIn,
    ProposalOut,
    ReopeningIn,
    RulingIn,
    SummaryOut,
)
from serving.store.database import Unit
from serving.store.tables import decisions

router = APIRouter(prefix="/v1/encounters/{encounter_id}", tags=["review"])


@router.post("/amendments", status_code=201, response_model=ProposalOut)
def amend(encounter_id: EncounterId, body: AmendmentIn, post: PostDep, version: IfMatchDep) -> Response:
    """Amend facts or context; the rules run again at once, no model does. Answers with the proposal as amended."""

    def act(unit: Unit) -> Answer:
        change = _change(body, load(unit, encounter_id))
        amending.amend(unit, post.actor, encounter_id, change, version=version)
        return _proposal(unit, encounter_id, 201)

    return post.once(body.model_dump(mode="json"), act)


@router.post("/rulings", status_code=201, response_model=ProposalOut)
def rule(encounter_id: EncounterId, body: RulingIn, post: PostDep, version: IfMatchDep) -> Response:
    """Rule on the level, one diagnosis, add-on or modifier: confirm, edit, reject with a reason, add; ``withdrawn`` takes the ruling back."""
    verdict = None if body.verdict == "withdrawn" else Verdict(body.verdict)
    word = ruling.Word(about=body.about, verdict=verdict, final=body.final, rejection=body.rejection)

    def act(unit: Unit) -> Answer:
        ruling.rule(unit, post.actor, encounter_id, word, version=version)
        return _proposal(unit, encounter_id, 201)

    return post.once(body.model_dump(mode="json"), act)


@router.post("/order", status_code=201, response_model=ProposalOut)
def order(encounter_id: EncounterId, body: PlaceOfIn, post: PostDep, version: IfMatchDep) -> Response:
    """Put a diagnosis right before or right after another one; the decision lists the codes that stand in this order."""
    side = Side.BEFORE if body.before is not None else Side.AFTER
    move = Move(body.about, side, str(body.before or body.after))

    def act(unit: Unit) -> Answer:
        ruling.place(unit, post.actor, encounter_id, move, version=version)
        return _proposal(unit, encounter_id, 201)

    return post.once(body.model_dump(mode="json"), act)


@router.post("/level", status_code=201, response_model=ProposalOut)
def enter_level(encounter_id: EncounterId, body: LevelIn, post: PostDep, version: IfMatchDep) -> Response:
    """Enter the level before the proposed one is shown; from then on it is shown."""

    def act(unit: Unit) -> Answer:
        ruling.enter_level(unit, post.actor, encounter_id, body.level, body.code, version=version)
        return _proposal(unit, encounter_id, 201)

    return post.once(body.model_dump(mode="json"), act)


@router.post("/decision", status_code=201, response_model=DecisionOut)
def decide(encounter_id: EncounterId, body: DecisionIn, post: PostDep, version: IfMatchDep) -> Response:
    """Finalise: sign what the rulings come to. Everything that is shown must be ruled on, the level first of all."""

    def act(unit: Unit) -> Answer:
        id, now = deciding.decide(unit, post.actor, encounter_id, version=version, order=body.diagnoses)
        row = one_of(unit, decisions, id)
        assert row is not None
        return Answer(present.decision(row), 201, now, f"/v1/encounters/{encounter_id}/decisions", about=encounter_id)

    return post.once(body.model_dump(mode="json"), act)


@router.post("/reopening", status_code=201, response_model=SummaryOut)
def reopen(encounter_id: EncounterId, body: ReopeningIn, post: PostDep, version: IfMatchDep) -> Response:
    """Open a finalised visit again, with a reason; its decision stays."""

    def act(unit: Unit) -> Answer:
        deciding.reopen(unit, post.actor, encounter_id, body.reason, version=version)
        row = load(unit, encounter_id).row
        return Answer(present.summary(row), 201, row.version, about=encounter_id)

    return post.once(body.model_dump(mode="json"), act)


def _proposal(unit: Unit, id: str, status: int) -> Answer:
    visit = load(unit, id)
    return Answer(present.proposal(visit), status, visit.row.version, f"/v1/encounters/{id}/proposal", about=id)


def _change(body: AmendmentIn, visit: Visit) -> amending.Change:
    """The change of the nouns; raises ``CodecError`` and ``Refusal``."""
    context: EncounterContext | None = None
    if body.context is not None:
        # what is null is left out by the sender's forms as well: the context is given as a whole
        context = decode_context({k: v for k, v in body.context.items() if k != "extra"})
        if context.date_of_service is None:
            raise Refusal(
                Refused.INVALID, "a context needs its date of service", where=(("context.date_of_service", "missing"),)
            )
        context = replace(context, extra=visit.context.extra)
    added = tuple(
        _with_places(decode_fact(data, id=f"a{len(visit.amendments) + 1}.{n}", where=f"added[{n - 1}]"), body, visit)
        for n, data in enumerate(body.added, 1)
    )
    return amending.Change(
        added=added, removed=tuple(body.removed), context=context, reason=body.reason, withdraws=body.withdraws
    )


def _with_places(fact: AnyFact, body: AmendmentIn, visit: Visit) -> AnyFact:
    places = body.places.get(fact.id, [])
    if not places:
        return fact
    texts = visit.texts()
    return replace(fact, evidence=tuple(amending.quoted(texts, p.document, _span(p, texts)) for p in places))


def _span(place: PlaceIn, texts: dict[str | None, str]) -> Span:
    text = texts.get(place.document)
    if text is None:
        raise Refusal(Refused.NOT_VERBATIM)
    return offsets.span_of(text, place.start, place.end, place.utf16_start, place.utf16_end)
