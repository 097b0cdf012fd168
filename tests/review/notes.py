"""Invented notes and a reader that finds in them what the tests of the page need, without tables and models."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from chartlight import (
    DataItem,
    DiagnosisSuggestion,
    Document,
    Encounter,
    EncounterContext,
    Evidence,
    Note,
    Problem,
    Proposal,
    Question,
    RiskDecision,
    RunnerUp,
    Service,
    SetAside,
    TimeStatement,
    Versions,
)
from chartlight.labels import (
    DataNature,
    PatientStatus,
    ProblemNature,
    RiskNature,
    SetAsideReason,
    Setting,
    SourceKind,
)
from rules.determine import determine
from rules.version import rules_version
from serving.review.intake import Submission

DAY = date(2026, 3, 2)
OFFICE = EncounterContext(date_of_service=DAY, setting=Setting.OFFICE, patient_status=PatientStatus.ESTABLISHED)
TEXT = """\
INVENTED NOTE. 🩺 Visit of Zoe\u0308, nobody's patient.
HISTORY
She denies chest pain. Had pneumonia two winters ago. Mother had breast cancer.
RESULTS
Hemoglobin A1c 6.7 %. CBC normal.
ASSESSMENT AND PLAN
1. Hypertension, not at goal. Increase lisinopril to 40 mg daily. Recheck BMP.
2. Type 2 diabetes, at goal. Continue metformin.
3. Obesity. Advised on diet.
Flu shot given in clinic. I spent 25 minutes on this visit.
"""
PROBLEMS = {
    "Hypertension, not at goal": ("p1", ProblemNature.CHRONIC_WORSENING, "I10", "Essential (primary) hypertension"),
    "Type 2 diabetes": ("p2", ProblemNature.STABLE_CHRONIC, "E11.9", "Type 2 diabetes mellitus without complications"),
    "Obesity": ("p3", ProblemNature.STABLE_CHRONIC, "E66.9", "Obesity, unspecified"),
}
DATA = {
    "Hemoglobin A1c": ("d1", DataNature.TEST_REVIEWED, "hemoglobin a1c"),
    "CBC": ("d2", DataNature.TEST_REVIEWED, "complete blood count"),
    "BMP": ("d3", DataNature.TEST_ORDERED, "basic metabolic panel"),
}
RISKS = {"Increase lisinopril": "r1", "Continue metformin": "r2"}
ASIDE = {
    "chest pain": (SetAsideReason.NEGATED, "denies"),
    "pneumonia": (SetAsideReason.HISTORICAL, "two winters ago"),
    "breast cancer": (SetAsideReason.FAMILY, "Mother had"),
}


def submission(
    reference: str,
    text: str = TEXT,
    *,
    documents: tuple[Document, ...] = (),
    context: EncounterContext = OFFICE,
    services: tuple[Service, ...] = (),
) -> Submission:
    """A visit of one text, or of several documents."""
    if documents:
        return Submission(reference, documents, context, services, is_single_text=False)
    return Submission(reference, (Document(note=Note(reference, text)),), context, services)


class PageReader:
    """Finds facts by their very words; ``everywhere`` makes every line a problem, for texts that hold none of them."""

    def __init__(self) -> None:
        self.everywhere = False

    def propose(self, encounter: Encounter) -> Proposal:
        facts: list[Any] = []
        diagnoses: list[DiagnosisSuggestion] = []
        asides: list[SetAside] = []
        questions: list[Question] = []
        context = encounter.context
        for document in encounter.documents:
            if document.signed is False:
                continue
            note = document.note
            name = None if encounter.is_single_text else note.id

            def quote(*all_words: str, note: Note = note, name: str | None = name) -> tuple[Evidence, ...]:
                places = [(note.text.index(words), words) for words in all_words]
                return tuple(Evidence.of(note, at, at + len(words), document=name) for at, words in places)

            known = {f.id for f in facts}
            for words, (id, nature, code, description) in PROBLEMS.items():
                if words in note.text and id not in known:
                    facts.append(
                        Problem(id=id, nature=nature, name=words.lower(), evidence=quote(words), confidence=0.9)
                    )
                    diagnoses.append(_diagnosis(code, description, len(diagnoses) + 1, id, quote(words)))
            for words, (id, kind, item) in DATA.items():
                if words in note.text and id not in known:
                    facts.append(DataItem(id=id, nature=kind, item=item, evidence=quote(words), confidence=0.8))
            for words, id in RISKS.items():
                if words in note.text and id not in known:
                    facts.append(RiskDecision(id=id, nature=RiskNature.RX_MANAGEMENT, evidence=quote(words)))
            for minutes in (25, 41):
                if f"I spent {minutes} minutes" in note.text:
                    facts.append(TimeStatement(id="t1", minutes=minutes, evidence=quote(f"I spent {minutes} minutes")))
            asides += [
                SetAside(reason=reason, evidence=quote(words, cue))
                for words, (reason, cue) in ASIDE.items()
                if words in note.text and cue in note.text
            ]
            if "Obesity" in note.text:
                questions.append(
                    Question(text="Which body mass index was measured?", about="p3", evidence=quote("Obesity"))
                )
            if self.everywhere:
                facts += _of_lines(note, name)
        determination = replace(determine(facts, context), confidence=0.9)
        return Proposal(
            id=encounter.id,
            determination=determination,
            facts=tuple(facts),
            diagnoses=tuple(diagnoses),
            set_aside=tuple(asides),
            questions=tuple(questions),
            warnings=determination.warnings,
            context=context,
            notes=tuple((d.note.id, d.note.digest) for d in encounter.documents),
            versions=Versions(
                program="0", rules=rules_version(), icd10cm="icd10cm-2026-04-01", models=(("fake", "1"),)
            ),
        )

    def seen(self, encounter: Encounter) -> list[dict[str, Any]]:
        found = []
        for document in encounter.documents:
            at = document.note.text.find("Flu shot")
            if at >= 0:
                evidence: dict[str, Any] = {"start": at, "end": at + 8, "quote": "Flu shot"}
                if not encounter.is_single_text:
                    evidence["document"] = document.note.id
                found.append({"kind": "vaccine", "item": "influenza vaccine", "evidence": [evidence]})
        return found


def _diagnosis(code: str, description: str, rank: int, id: str, evidence: tuple[Evidence, ...]) -> DiagnosisSuggestion:
    others = {"E66.9": (RunnerUp(code="E66.811", description="Obesity, class 1"),)}
    return DiagnosisSuggestion(
        code=code, description=description, confidence=0.9, rank=rank, facts=(id,), evidence=evidence,
        runners_up=others.get(code, ()),
    )  # fmt: skip


def _of_lines(note: Note, name: str | None) -> list[Any]:
    """A problem, a data item and a decision for every line, all named as the line is written."""
    found: list[Any] = []
    start = 0
    for line in note.text.splitlines(keepends=True):
        words = line.rstrip("\r\n")[:290]
        if words.strip():
            evidence = (Evidence.of(note, start, start + len(words), document=name),)
            n = len(found)
            found += [
                Problem(id=f"p{n}x", nature=ProblemNature.MINOR, name=words, evidence=evidence),
                DataItem(id=f"d{n}x", nature=DataNature.EXTERNAL_NOTE, item=words, evidence=evidence),
                RiskDecision(id=f"r{n}x", nature=RiskNature.OTC_DRUG, item=words, evidence=evidence),
            ]
        start += len(line)
    return found


__all__ = ["DAY", "OFFICE", "TEXT", "PageReader", "SourceKind", "submission"]
