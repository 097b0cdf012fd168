"""Decisions on hospital care, limits of care, circumstances that limit treatment, controlled drugs by injection, monitoring for toxicity.

Idea: a phrase of each kind in a place where decisions stand, without the look-alikes that cancel it (R-07, R-08, R-11 to R-13).
Needs: a view of a reading. Gives: ``Care`` values, at most one of each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartlight import Span
from chartlight.labels import EntityLabel, RiskNature, SectionKind
from models.predictors.view import View
from nlp import lexicon
from nlp.groups import lower_group

S, R = SectionKind, RiskNature
_PLANNING = frozenset({S.PLAN, S.ASSESSMENT_PLAN})
_SCOPE = _PLANNING | {S.ASSESSMENT, S.HOSPITAL_COURSE, S.INSTRUCTIONS, S.DISCHARGE_DIAGNOSES, S.OTHER}
_TELLING = frozenset({S.HISTORY, S.CHIEF_COMPLAINT, S.HEADER})
_GIVING = _SCOPE | _TELLING | {S.PROCEDURE}
_NO_ADMISSION = re.compile(
    r"\badmitted with\b|\badmits?(?:ted)? to (?!the (?:hospital|floor|icu|service|medic|hospitalist)|hospital|icu|observation|inpatient|medic\w+|telemetry|labor|dr|obs|our|a )|\badmitted to the (?:operating|or\b)|"
    r"\b(?:is|was) (?:a \w+ )?admitted (?:with|to the (?:floor|operating)|on|in|from|through|under|by)\b|\bfollowing (?:the )?(?:procedure|surgery|intervention)"
)
_IN_COURSE = re.compile(
    r"\b(?:will|should|to be|needs?|plan\w*|decision|is|are|be) (?:\w+ ){0,3}admi|\badmission\b|\btransfer"
)
_NOW = re.compile(
    r"\b(?:will be|is (?:now )?being|are|now being|to be|we will|i will|will) (?:\w+ )?admit(?:ted)?\b(?! to (?:the )?(?:operating|or\b))|\badmitted for observation\b|\bfor admission\b"
)
"""Told in the history of a note that admits."""
_AMBULANCE = re.compile(
    r"\b(?:call(?:ed|ing)?|dial) (?:for )?(?:an? |the )?(?:ambulance|999|911|ems)\b|\bby (?:ambulance|ems)\b"
)
_CYCLE = re.compile(
    r"\b(?:proceed with|continue with|start|begin|give|receive|administer|due for|here for)[^.;]{0,40}\bcycle\b"
)
_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Care:
    """A decision with its quotations."""

    nature: RiskNature
    item: str
    spans: tuple[Span, ...]


def decisions(view: View) -> Iterator[Care]:
    """Hospital care, limits of care, circumstances, injected controlled drugs, toxicity monitoring."""
    reading = view.reading
    toxic = {
        m.sentence
        for m in reading.mentions
        if m.label is EntityLabel.DRUG and (d := lexicon.drugs().get(m.key)) is not None and d.toxicity
    }
    found: dict[RiskNature, list[Span]] = {}
    for index in range(len(reading.sentences)):
        kind = reading.kind_of(index)
        if kind not in _GIVING:
            continue
        for nature, match in _of_sentence(view, index, kind, toxic):
            place = view.place(index, match.start(), min(match.end(), match.start() + _QUOTE))
            found.setdefault(nature, []).append(place)
    for nature, spans in found.items():
        yield Care(nature, nature.value, tuple(spans[:4]))


def _of_sentence(
    view: View, index: int, kind: SectionKind, toxic: set[int]
) -> Iterator[tuple[RiskNature, re.Match[str]]]:
    words = view.sentence(index)
    match = lower_group("risk_phrases", "parenteral_controlled").search(words)
    if match:
        yield R.PARENTERAL_CONTROLLED, match
    if kind in _TELLING:
        admitted = _NOW.search(words)
        if (
            admitted
            and not _NO_ADMISSION.search(words)
            and not lower_group("risk_phrases", "hospital_conditional").search(words)
        ):
            yield R.HOSPITALIZATION, admitted
    if kind not in _SCOPE:
        return
    hospital = _hospital(words, kind)
    if hospital:
        yield R.HOSPITALIZATION, hospital
    match = lower_group("risk_phrases", "deescalation").search(words)
    if match and not lower_group("risk_phrases", "deescalation_not").search(words):
        yield R.DEESCALATION, match
    if kind in _PLANNING:
        match = lower_group("risk_phrases", "sdoh").search(words)
        if match and lower_group("risk_phrases", "sdoh_limits").search(words):
            yield R.SDOH, match
        match = lower_group("risk_phrases", "toxicity").search(words)
        if (
            match
            and not toxic.isdisjoint({index - 1, index, index + 1})
            and not lower_group("risk_phrases", "toxicity_not").search(words)
        ):
            yield R.TOXICITY_MONITORING, match
        elif cycle := _CYCLE.search(words):
            yield R.TOXICITY_MONITORING, cycle


def _hospital(words: str, kind: SectionKind) -> re.Match[str] | None:
    ambulance = _AMBULANCE.search(words)
    if ambulance and kind in _PLANNING and not re.search(r"\bif\b|\bshould\b", words):
        return ambulance
    match = lower_group("risk_phrases", "hospital_decision").search(words)
    if (
        match is None
        or _NO_ADMISSION.search(words)
        or lower_group("risk_phrases", "hospital_conditional").search(words)
    ):
        return None
    if kind is S.HOSPITAL_COURSE and not _IN_COURSE.search(words):
        return None
    return match
