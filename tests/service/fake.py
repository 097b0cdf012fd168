"""A reader without tables and models, for the tests of the service. All texts are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from chartlight import (
    DiagnosisSuggestion,
    Encounter,
    Evidence,
    Problem,
    Proposal,
    RiskDecision,
    TimeStatement,
    Versions,
)
from chartlight.labels import DocumentKind, ProblemNature, RiskNature
from rules.determine import determine
from rules.version import rules_version

TEXT = """\
INVENTED NOTE. 🩺 Visit of Zoë.
ASSESSMENT AND PLAN
1. Hypertension, not at goal. Increase lisinopril to 40 mg daily.
2. Type 2 diabetes, at goal. Continue metformin.
"""
WORDS = {
    "Hypertension, not at goal": ("p1", ProblemNature.CHRONIC_WORSENING, "I10", "Essential (primary) hypertension"),
    "Type 2 diabetes": ("p2", ProblemNature.STABLE_CHRONIC, "E11.9", "Type 2 diabetes mellitus without complications"),
    "Sore throat": ("p3", ProblemNature.ACUTE_UNCOMPLICATED, "J02.9", "Acute pharyngitis, unspecified"),
}
DAY = date(2026, 3, 2)


class FakeReader:
    """Finds three problems, one drug decision and minutes by their very words; ``Break the reader`` is a fault."""

    def propose(self, encounter: Encounter) -> Proposal:
        facts: list[Any] = []
        diagnoses = []
        context = encounter.context
        if context.date_of_service is None:
            context = replace(context, date_of_service=DAY)
        for document in encounter.documents:
            note = document.note
            if "Break the reader" in note.text:
                raise KeyError(note.text)
            name = None if encounter.is_single_text else note.id

            def quote(words: str, note: Any = note, name: str | None = name) -> tuple[Evidence, ...]:
                start = note.text.index(words)
                return (Evidence.of(note, start, start + len(words), document=name),)

            for words, (id, nature, code, description) in WORDS.items():
                if words in note.text and all(f.id != id for f in facts):
                    facts.append(Problem(id=id, nature=nature, name=words.lower(), evidence=quote(words)))
                    diagnoses.append(
                        DiagnosisSuggestion(
                            code=code, description=description, confidence=0.9, rank=len(diagnoses) + 1, facts=(id,),
                            evidence=quote(words),
                        )
                    )  # fmt: skip
            if "Increase lisinopril" in note.text:
                facts.append(
                    RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT, evidence=quote("Increase lisinopril"))
                )
            if "40 minutes" in note.text:
                facts.append(TimeStatement(id="t1", minutes=40, evidence=quote("40 minutes")))
        determination = replace(determine(facts, context), confidence=0.8)
        return Proposal(
            id=encounter.id,
            determination=determination,
            facts=tuple(facts),
            diagnoses=tuple(diagnoses),
            warnings=determination.warnings,
            document_kind=DocumentKind.VISIT,
            context=context,
            notes=tuple((d.note.id, d.note.digest) for d in encounter.documents),
            versions=Versions(
                program="0", rules=rules_version(), icd10cm="icd10cm-2026-04-01", models=(("fake", "1"),)
            ),
        )

    def seen(self, encounter: Encounter) -> list[dict[str, Any]]:
        return []
