"""Open questions in neutral words: they name what the note says and never the answer, a level or a code to reach (Q-03, Q-05)."""

from __future__ import annotations

from collections.abc import Sequence

from chartlight import DiagnosisSuggestion, Evidence, Question
from chartlight.catalogue import Catalogue
from chartlight.labels import DocumentKind
from models.predictors.evidence import quote
from models.predictors.specificity import asks_side
from nlp.reading import Reading

NOT_A_VISIT = {
    DocumentKind.OPERATIVE_NOTE: "This text reads as a report of an operation or procedure, so no E/M code is proposed. Is there a separate visit note?",
    DocumentKind.TEST_REPORT: "This text reads as a report of a test, so no E/M code is proposed. Is there a separate visit note?",
    DocumentKind.INSTRUCTIONS: "This text reads as instructions or information for a patient, so no E/M code is proposed. Is there a separate visit note?",
    DocumentKind.TEMPLATE: "This text reads as a form that is not filled in, so no E/M code is proposed. Is the completed note available?",
    DocumentKind.POSTOPERATIVE_VISIT: "This text reads as a routine visit after an operation, which the operation's global period may include, so no E/M code is"
    " proposed. When was the operation, by whom, and was anything unrelated to it evaluated?",
    DocumentKind.NOT_A_NOTE: "No clinical content was found in this text, so no E/M code is proposed.",
}
NOTHING_ADDRESSED = "No problem was found that was evaluated or treated at this encounter, so no code is proposed. Which problems, if any, were addressed?"


def about_kind(readings: Sequence[Reading]) -> list[Question]:
    """Why a text that is no visit gets no code, with the words that say what it is."""
    return [
        Question(text=NOT_A_VISIT[r.kind], evidence=quote(r.note, r.kind_evidence))
        for r in readings
        if r.kind in NOT_A_VISIT
    ]


def about_time(reading: Reading) -> list[Question]:
    """Minutes that need a person: approximate or unqualified, or two different totals."""
    out = []
    unsure = [t for t in reading.times if t.is_accepted and t.is_approximate]
    if unsure:
        out.append(
            Question(
                text="Minutes are stated without saying that they are the clinician's total on the date of the encounter, or only approximately."
                " What was the total time on that date?",
                evidence=quote(reading.note, [unsure[0].span]),
            )
        )
    conflicting = [t for t in reading.times if t.row == "TP-16"]
    if conflicting:
        out.append(
            Question(
                text="The note states different total times. Which one is the clinician's total time on the date of the encounter?",
                evidence=quote(reading.note, [t.span for t in conflicting]),
            )
        )
    return out


def open_sides(shown: Sequence[DiagnosisSuggestion], catalogue: Catalogue) -> list[Question]:
    """One question for every suggested code that leaves the side open which its neighbours name (IC-14)."""
    return [about_side(d.facts[0], d.evidence) for d in shown if d.facts and asks_side(d.code, catalogue)]


def about_side(fact: str, evidence: tuple[Evidence, ...]) -> Question:
    """A code that asks for a side which the note does not name (IC-14)."""
    return Question(
        about=fact, text="Which side is affected: left / right / both / unable to determine?", evidence=evidence
    )


_ELEMENT = {
    "problems": "the problems addressed and how each of them stands",
    "data": "the data ordered, reviewed and discussed",
    "risk": "the decisions made and their risk",
}


def about_element(element: str) -> Question:
    """A second reading of the whole note judges an element otherwise than the facts that were found: the person is asked to look."""
    return Question(
        text=f"A second reading of the whole note gives another level for {element} than the facts listed here. Are {_ELEMENT[element]} complete and correct?"
    )
