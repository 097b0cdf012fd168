"""What the machine proposes: facts, diagnoses, what was set aside, questions, and the determination of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartlight.context import EncounterContext
from chartlight.determination import Determination
from chartlight.evidence import MAX_EVIDENCE, MAX_QUOTE, Evidence
from chartlight.facts import DataItem, Diagnosis, Drug, Problem, RiskDecision, TimeStatement
from chartlight.labels import DocumentKind, SetAsideReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """A code that came close, for the person to pick instead, with what would decide for it."""

    code: str
    description: str
    confidence: float | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisSuggestion:
    """One ICD-10-CM code, its rank (1 is first), the facts and words it rests on, and its runners-up.

    ``because`` says why this code where that is not plain (combination, unspecified for want of words).
    """

    code: str
    description: str
    confidence: float
    rank: int
    facts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    because: str = ""
    runners_up: tuple[RunnerUp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Words that were read and not proposed, and why; a negated mention quotes its cue as a second quotation."""

    reason: SetAsideReason
    evidence: tuple[Evidence, ...]
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open question in neutral words (Q-03, Q-05); ``about`` is the id of a fact, or None for the note as a whole."""

    text: str = field(repr=False)
    about: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What made the proposal: program, models by name, rules, code set."""

    program: str
    rules: str
    icd10cm: str
    models: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposal for one encounter; every fact and diagnosis in it has evidence within the contract's lengths.

    ``notes`` pairs the id of each document with the digest of the text that was read. ``context`` is what was used, assumed
    values included. Raises ``ValueError`` when a fact or diagnosis has no quotation, one is longer than 300 characters, or those of one fact
    hold more than 600 together; the message names the fact, never the words.
    """

    id: str
    determination: Determination
    facts: tuple[Problem | DataItem | RiskDecision | TimeStatement | Diagnosis | Drug, ...] = ()
    diagnoses: tuple[DiagnosisSuggestion, ...] = ()
    more: tuple[DiagnosisSuggestion, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    document_kind: DocumentKind = DocumentKind.VISIT
    context: EncounterContext = field(default_factory=EncounterContext)
    notes: tuple[tuple[str, str], ...] = ()
    versions: Versions = field(default_factory=lambda: Versions(program="", rules="", icd10cm=""))

    def __post_init__(self) -> None:
        named: list[tuple[str, tuple[Evidence, ...]]] = [(f"fact {f.id}", f.evidence) for f in self.facts]
        named += [(f"diagnosis {d.code}", d.evidence) for d in self.diagnoses + self.more]
        for name, evidence in named:
            if not evidence:
                raise ValueError(f"proposal {self.id!r}: {name} has no evidence")
            if any(len(e.span) > MAX_QUOTE for e in evidence) or sum(len(e.span) for e in evidence) > MAX_EVIDENCE:
                raise ValueError(
                    f"proposal {self.id!r}: the evidence of {name} is longer than {MAX_QUOTE} characters a quotation"
                    f" or {MAX_EVIDENCE} together"
                )
