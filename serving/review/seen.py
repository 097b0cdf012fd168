"""Services that a note tells of and that Chartlight never proposes: procedures, vaccines, drugs given.

Idea: names of the knowledge tables that are asserted as present, outside history, lists and instructions; a drug only beside a word of giving.
Source: ``nlp.bridge.read``. Measured on invented notes only: it is a reminder for the person, and says so (``STATEMENT``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chartlight import Encounter, Evidence
from chartlight.codec import encode
from chartlight.labels import Assertion, EntityLabel, SectionKind
from nlp import lexicon
from nlp.bridge import read
from nlp.reading import Mention, Reading

STATEMENT = (
    "Chartlight proposes E/M codes and diagnoses. It proposes no codes for procedures, vaccines or drugs given: what the note mentions"
    " of them is listed here without a code. The list may miss some, and may hold what was done elsewhere or only planned."
)
MOST = 30
_ELSEWHERE = frozenset(
    {
        SectionKind.PAST_HISTORY,
        SectionKind.SURGICAL_HISTORY,
        SectionKind.FAMILY_HISTORY,
        SectionKind.SOCIAL_HISTORY,
        SectionKind.MEDICATIONS,
        SectionKind.ALLERGIES,
        SectionKind.REVIEW_OF_SYSTEMS,
        SectionKind.INSTRUCTIONS,
    }
)
_GIVEN = re.compile(
    r"\b(?:given|administered|injected|infused|received|bolus|nebuli[sz]ed|in (?:the )?(?:clinic|office|department)|today in)\b",
    re.IGNORECASE,
)


def services_seen(encounter: Encounter) -> list[dict[str, Any]]:
    """Each service once, with its kind, our name for it and the words, in the order of the documents.

    >>> from chartlight import Note
    >>> text = "Plan: shoulder injection was performed today. Flu shot given in clinic. Continue metformin."  # invented
    >>> [(s["kind"], s["item"]) for s in services_seen(Encounter.of(Note("n1", text)))]
    [('procedure', 'joint injection'), ('vaccine', 'influenza vaccine')]
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for document in encounter.documents:
        name = None if encounter.is_single_text else document.note.id
        reading = read(document.note)
        for kind, item, mention in _named(reading):
            evidence = Evidence.of(reading.note, mention.span.start, mention.span.end, document=name)
            found.setdefault((kind, item), {"kind": kind, "item": item, "evidence": [encode(evidence)]})
    return list(found.values())[:MOST]


def _named(reading: Reading) -> Iterator[tuple[str, str, Mention]]:
    for mention in reading.mentions:
        if mention.assertion is not Assertion.PRESENT or reading.kind_of(mention.sentence) in _ELSEWHERE:
            continue
        drug = lexicon.drugs().get(mention.key)
        if drug is not None and drug.drug_class == "vaccine":
            # a vaccine at the head of a problem block is read as a problem, so its label is not asked for
            yield "vaccine", drug.ingredient, mention
        elif mention.label is EntityLabel.PROCEDURE:
            procedure = lexicon.procedures().get(mention.key)
            if procedure is not None and procedure.item == "vaccine":
                yield "vaccine", procedure.item, mention
            elif procedure is not None and procedure.size in ("minor", "major") and not procedure.ambiguous:
                yield "procedure", procedure.item, mention
        elif mention.label is EntityLabel.DRUG and drug is not None and _is_given(reading, mention):
            yield "drug_given", drug.ingredient, mention


def _is_given(reading: Reading, mention: Mention) -> bool:
    return _GIVEN.search(reading.text_of(reading.sentences[mention.sentence].span)) is not None
