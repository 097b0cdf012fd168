"""Chartlight's nouns: notes, quotations, facts, contexts, determinations, proposals, decisions. Standard library only."""

from chartlight.catalogue import Catalogue, Code
from chartlight.context import EncounterContext, Service
from chartlight.decision import Amendment, Decision, Ruling, Verdict
from chartlight.determination import (
    AddOn,
    Alternative,
    Citation,
    Determination,
    LedgerEntry,
    Mdm,
    Modifier,
    Step,
    TimeOutcome,
)
from chartlight.encounter import Document, Encounter, decode_encounter
from chartlight.evidence import Evidence
from chartlight.facts import AnyFact, DataItem, Diagnosis, Drug, Fact, Problem, RiskDecision, Source, TimeStatement
from chartlight.note import Note, Section, Span
from chartlight.proposal import DiagnosisSuggestion, Proposal, Question, RunnerUp, SetAside, Versions

__version__ = "0.1.0"

__all__ = [
    "AddOn", "Alternative", "Amendment", "AnyFact", "Catalogue", "Citation", "Code", "DataItem", "Decision",
    "Determination", "Diagnosis", "DiagnosisSuggestion", "Document", "Drug", "Encounter", "EncounterContext", "Evidence", "Fact", "LedgerEntry",
    "Mdm", "Modifier", "Note", "Problem", "Proposal", "Question", "RiskDecision", "Ruling", "RunnerUp", "Section",
    "Service", "SetAside", "Source", "Span", "Step", "TimeOutcome", "TimeStatement", "Verdict", "Versions", "decode_encounter",
]  # fmt: skip
