"""From what came over the wire to a submission, and a submission to an answer: what several routes and the batches share."""

from __future__ import annotations

from typing import Any

from chartlight import Document, Note
from chartlight.codec import decode_context, decode_services
from chartlight.context import EncounterContext
from serving.failure import is_refusal
from serving.refusal import Refusal, Refused
from serving.review import intake
from serving.review.intake import Kept, Outdated, Plan, Reader, Submission
from serving.service.deps import Answer, Post
from serving.service.shapes import DocumentIn, EncounterIn
from serving.store.database import Store, Unit, reading

TRIES = 5
"""How often a submission is read anew because another one was faster."""


def submission_of(given: EncounterIn) -> Submission:
    """The submission of a visit in the JSON of the contract; raises ``CodecError`` and ``Refusal``."""
    context = decode_context(given.context, keep_unknown=True)
    services = decode_services([s.model_dump() for s in given.services])
    if given.text is not None:
        documents = (Document(note=Note(given.id or "text", _readable(given.text, "text"))),)
        return Submission(given.id, documents, context, services)
    return Submission(given.id, documents_of(given.documents or []), context, services, is_single_text=False)


def documents_of(given: list[DocumentIn]) -> tuple[Document, ...]:
    """Documents of the contract; raises ``Refusal``."""
    if len({d.id for d in given}) < len(given):
        raise Refusal(Refused.INVALID, "two documents have the same id", where=(("documents", "the same id twice"),))
    return tuple(
        Document(
            note=Note(d.id, _readable(d.text, f"documents[{n}].text")), type=d.type, author=d.author, signed=d.signed
        )
        for n, d in enumerate(given)
    )


def _readable(text: str, where: str) -> str:
    from serving.decode import MAX_CHARACTERS

    if not text.strip():
        raise Refusal(Refused.UNREADABLE, "a text is empty; send the text of the visit", where=((where, "empty"),))
    if len(text) > MAX_CHARACTERS:
        raise Refusal(
            Refused.UNREADABLE, f"a text has more than {MAX_CHARACTERS:,} characters", where=((where, "too long"),)
        )
    return text


def prepare(store: Store, tenant: str, actor: str, reader: Reader, given: Submission, id: str | None = None) -> Plan:
    """Plan and read a submission; raises ``Refusal``."""
    with reading(store, tenant, actor) as unit:
        made = intake.plan(unit, given, id)
    try:
        return intake.read(made, reader)
    except ValueError as error:
        if is_refusal(error):
            raise Refusal(Refused.UNREADABLE) from None
        raise


def take(post: Post, reader: Reader, given: Submission, body: Any, id: str | None = None) -> Any:
    """Submit once: the answer is 201 for a new visit, 200 for one that is known. Raises ``Refusal``."""

    def planned() -> Plan:
        return prepare(post.store, post.actor.tenant, post.actor.id, reader, given, id)

    def kept(unit: Unit, made: Plan) -> Answer:
        return told(intake.keep(unit, made), given)

    for _ in range(TRIES):
        try:
            return post.once_prepared(body, planned, kept)
        except Outdated:
            continue
    raise Refusal(Refused.BUSY, retry_after=1)


def told(kept: Kept, given: Submission) -> Answer:
    """What the sender is told."""
    return Answer(
        {
            "id": kept.encounter_id,
            "version": kept.version,
            "created": kept.is_new,
            "recognised": kept.is_known,
            "changed_documents": list(kept.changed_documents),
            "same_text_as": list(kept.same_text),
            "warnings": list(given.warnings),
        },
        status=201 if kept.is_new else 200,
        version=kept.version,
        location=f"/v1/encounters/{kept.encounter_id}",
        about=kept.encounter_id,
    )


def context_of(**given: Any) -> EncounterContext:
    """A context from query or form fields; raises ``CodecError``."""
    return decode_context({k: v for k, v in given.items() if v is not None})
