"""A proposer that reads nothing: what the doors do is tested without tables and models. All texts are invented."""

from __future__ import annotations

import os
import time

from chartlight import (
    Alternative,
    Citation,
    DataItem,
    Determination,
    DiagnosisSuggestion,
    Encounter,
    Evidence,
    LedgerEntry,
    Mdm,
    Note,
    Problem,
    Proposal,
    Question,
    RiskDecision,
    RunnerUp,
    SetAside,
    Step,
    TimeOutcome,
    TimeStatement,
    Versions,
)
from chartlight.labels import Basis, DataNature, Level, ProblemNature, RiskNature, SetAsideReason

VERSIONS = Versions(program="0", rules="r", icd10cm="c", models=(("fake", os.environ.get("FAKE_VERSION", "1")),))


class Refused(ValueError):
    """What the reader refuses."""

    __module__ = "models.fake"


class Proposer:
    """One problem per note, whose name is the first word; the words ``refuse``, ``break`` and ``slow`` do what they say."""

    versions = VERSIONS

    def propose(self, encounter: Encounter) -> Proposal:
        note = encounter.documents[0].note
        if "refuse" in note.text:
            raise Refused(f"note {note.id!r} is refused; send another")
        if "break" in note.text:
            raise KeyError(note.text)
        if "foreign" in note.text:
            raise UnicodeError(note.text)
        if "end-the-process" in note.text:
            os._exit(9)
        if "slow" in note.text:
            time.sleep(0.05)
        end = next((n for n, c in enumerate(note.text) if c.isspace()), len(note.text))
        evidence = (Evidence.of(note, 0, end),)
        return Proposal(
            id=encounter.id,
            determination=Determination(
                code="99213", basis=Basis.MDM, date_of_service=encounter.context.date_of_service
            ),
            facts=(Problem(id="p1", nature=ProblemNature.MINOR, name=note.text[:end], evidence=evidence),),
            context=encounter.context,
            versions=VERSIONS,
        )


def load() -> Proposer:
    """What the doors take instead of ``models.propose.load``."""
    return Proposer()


RICH_TEXT = """\
Cough and high blood pressure. [bold]not markup[/bold]
Denies chest pain.
Plan: increase lisinopril. A1c 6.7 today, CBC, [link=x]BMP[/link] seen\x1b[31m.
Total time 35 minutes.
"""


def rich_proposal(context: Encounter) -> Proposal:
    """A proposal with something in every part of the page."""
    note = context.documents[0].note

    def quote(words: str) -> tuple[Evidence, ...]:
        start = note.text.index(words)
        return (Evidence.of(note, start, start + len(words)),)

    pressure = quote("high blood pressure")
    steps = tuple(
        Step(rule=rule, outcome=level, reason=f"{rule} reason [red]", facts=facts, edition="mdm/2023-01-01")
        for rule, level, facts in (
            ("problems", "moderate", ("p1",)),
            ("data", "low", ("d1",)),
            ("risk", "moderate", ("r1",)),
        )
    )
    return Proposal(
        id=context.id,
        determination=Determination(
            code="99214",
            basis=Basis.MDM,
            mdm=Mdm(Level.MODERATE, Level.MODERATE, Level.LOW, Level.MODERATE),
            time=TimeOutcome(minutes=35, code="99214"),
            alternatives=(Alternative(code="99204", because="if the patient is new"),),
            ledger=(
                LedgerEntry(item="cbc", facts=("d2",), category=1, credited=False, row="D-07", reason="counted before"),
            ),
            warnings=("patient_status_unknown",),
            confidence=0.8,
            trace=(
                Step(
                    rule="two_of_three",
                    outcome="moderate",
                    reason="the second highest",
                    steps=steps,
                    citation=Citation("An authority", "table", row="MD-01"),
                ),
            ),
        ),
        facts=(
            Problem(id="p1", nature=ProblemNature.CHRONIC_WORSENING, name="hypertension", evidence=pressure),
            Problem(id="p2", addressed=False, name="cough", evidence=quote("Cough")),
            DataItem(id="d1", nature=DataNature.TEST_REVIEWED, item="a1c", evidence=quote("A1c 6.7")),
            DataItem(id="d2", nature=DataNature.TEST_REVIEWED, item="cbc", evidence=quote("CBC")),
            RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT, evidence=quote("increase lisinopril")),
            TimeStatement(id="t1", minutes=35, evidence=quote("Total time 35 minutes")),
        ),
        diagnoses=(
            DiagnosisSuggestion(
                code="I10",
                description="Essential (primary) hypertension",
                confidence=0.9,
                rank=1,
                evidence=pressure,
                because="as specific as the words",
                runners_up=(RunnerUp(code="I15.9", description="Secondary hypertension, unspecified"),),
            ),
        ),
        more=(DiagnosisSuggestion(code="R05.9", description="Cough", confidence=0.2, rank=1, evidence=quote("Cough")),),
        set_aside=(SetAside(reason=SetAsideReason.NEGATED, evidence=quote("chest pain") + quote("Denies")),),
        questions=(Question(text="How high was the blood pressure?", about="p1", evidence=pressure),),
        warnings=("setting_assumed",),
        versions=VERSIONS,
    )


class RichProposer(Proposer):
    """Gives ``rich_proposal`` for ``RICH_TEXT``."""

    def propose(self, encounter: Encounter) -> Proposal:
        return rich_proposal(encounter)


def load_rich() -> RichProposer:
    """What the page is tested with."""
    return RichProposer()


def rich_encounter() -> Encounter:
    """The encounter of ``RICH_TEXT``."""
    return Encounter.of(Note("n1", RICH_TEXT))
