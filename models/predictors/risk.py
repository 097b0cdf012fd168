"""Management decisions and the kind of risk they carry.

Idea: a drug, procedure or place of care that stands in the plan with a word of deciding is a decision; a list, a condition ("if worse"), a past event or a plain
mention is none (R-04, R-11). What kind it is comes from the drug and procedure tables and the words around. Needs: a reading. Gives: ``RiskDecision`` facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartlight import RiskDecision, Source, Span
from chartlight.labels import Assertion, EntityLabel, RiskNature, SectionKind, SourceKind
from models.predictors.evidence import quote
from nlp import lexicon
from nlp.groups import group
from nlp.reading import Mention, Reading

S, R = SectionKind, RiskNature
SOURCE = Source(SourceKind.PATTERN, "risk", "1")
_PLANNING = frozenset({S.PLAN, S.ASSESSMENT_PLAN})
_DECIDING = _PLANNING | {S.ASSESSMENT, S.INSTRUCTIONS, S.HOSPITAL_COURSE, S.DISCHARGE_DIAGNOSES, S.PROCEDURE}
_DOSE = re.compile(r"\d+(?:\.\d+)?\s*(?:mg|mcg|milligrams?|micrograms?|g|grams?|units?|ml|cc|puffs?|tab(?:let)?s?|%|drops?)\b", re.I)
_MILLIGRAMS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:mg|milligrams?)\b", re.I)
_STRENGTH = re.compile(r">=\s*(\d+(?:\.\d+)?)")
_IF = re.compile(r"\b(?:if|should (?:he|she|the|it|symptoms)|unless|in case)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Decision:
    nature: RiskNature
    item: str
    span: Span


def find(reading: Reading) -> list[RiskDecision]:
    """The risk decisions of one document, in order of the note; each thing decided once."""
    seen: set[tuple[RiskNature, str]] = set()
    out: list[RiskDecision] = []
    for d in sorted((*_drugs(reading), *_procedures(reading), *_hospital(reading), *_limits(reading)), key=lambda d: d.span.start):
        if (d.nature, d.item) in seen:
            continue
        seen.add((d.nature, d.item))
        out.append(
            RiskDecision(
                id=f"r{len(out) + 1}",
                nature=d.nature,
                item=d.item,
                evidence=quote(reading.note, [d.span]),
                source=SOURCE,
                confidence=0.7,
            )
        )
    return out


def _around(reading: Reading, m: Mention) -> tuple[str, str, Span]:
    sentence = reading.sentences[m.sentence].span
    text = reading.text_of(sentence)
    return text[: m.span.start - sentence.start], text[m.span.end - sentence.start :], sentence


def _decided(before: str, after: str) -> bool:
    near = before[-90:]
    return any(
        group("risk_phrases", name).search(near) for name in ("drug_start", "drug_continue", "drug_change", "drug_stop", "drug_refill")
    ) or any(
        group("risk_phrases", name).search(after[:70])
        for name in ("drug_start_after", "drug_continue_after", "drug_change_after", "drug_stop_after", "drug_refill_after")
    )


def _drugs(reading: Reading) -> Iterator[_Decision]:
    for m in reading.mentions:
        if m.label is not EntityLabel.DRUG:
            continue
        kind = reading.kind_of(m.sentence)
        if kind not in _DECIDING or m.assertion in (Assertion.NEGATED, Assertion.FAMILY):
            continue
        drug = lexicon.drugs().get(m.key)
        if drug is None:
            continue
        before, after, sentence = _around(reading, m)
        decided = _decided(before, after)
        dosed = bool(_DOSE.search(after[:40]))
        if _IF.search(before) or group("risk_phrases", "drug_conditional").search(before[-60:]):
            continue
        if not decided and not (kind in _PLANNING and (dosed or m.span.start - sentence.start < 25)):
            continue
        nature = _drug_risk(drug, after)
        start = _trigger(reading, m, before)
        yield _Decision(nature, drug.ingredient, Span(start, m.span.end))


def _trigger(reading: Reading, m: Mention, before: str) -> int:
    """Where the quotation begins: at the word of deciding when it stands close before the drug."""
    best = None
    for name in ("drug_start", "drug_continue", "drug_change", "drug_stop", "drug_refill"):
        for match in group("risk_phrases", name).finditer(before[-60:]):
            best = match.start() if best is None else max(best, match.start())
    return m.span.start if best is None else m.span.start - len(before[-60:]) + best


def _drug_risk(drug: lexicon.DrugName, after: str) -> RiskNature:
    if drug.status == "otc":
        return R.OTC_DRUG
    if drug.status.startswith("either"):
        least = _STRENGTH.search(drug.status)
        dose = _MILLIGRAMS.search(after[:40])
        if least and dose and float(dose[1]) >= float(least[1]):
            return R.RX_MANAGEMENT
        return R.OTC_DRUG
    return R.RX_MANAGEMENT


def _procedures(reading: Reading) -> Iterator[_Decision]:
    for m in reading.mentions:
        if m.label is not EntityLabel.PROCEDURE:
            continue
        kind = reading.kind_of(m.sentence)
        if kind not in _DECIDING or m.assertion in (Assertion.NEGATED, Assertion.FAMILY, Assertion.HISTORICAL):
            continue
        procedure = lexicon.procedures().get(m.key)
        if procedure is None or procedure.risk in ("no_credit", "hospitalization", "deescalation", ""):
            continue
        before, after, _ = _around(reading, m)
        if _IF.search(before):
            continue
        nature = R(procedure.risk)
        if nature in (R.MAJOR_SURGERY, R.MINOR_PROCEDURE) and group("risk_phrases", "surgery_history").search(before[-40:]):
            continue
        if nature is R.MAJOR_SURGERY and not (
            group("risk_phrases", "surgery_decision").search(before)
            or group("risk_phrases", "surgery_decision_after").search(after[:60])
            or group("risk_phrases", "surgery_declined_or_considered").search(before)
        ):
            continue
        yield _Decision(nature, procedure.item, m.span)


def _hospital(reading: Reading) -> Iterator[_Decision]:
    for index, sentence in enumerate(reading.sentences):
        if reading.kind_of(index) not in _DECIDING:
            continue
        text = reading.text_of(sentence.span)
        if group("risk_phrases", "hospital_conditional").search(text):
            continue
        match = group("risk_phrases", "hospital_decision").search(text)
        if match:
            start = sentence.span.start
            yield _Decision(R.HOSPITALIZATION, "hospital", Span(start + match.start(), start + match.end()))
            return


def _limits(reading: Reading) -> Iterator[_Decision]:
    for name, nature, apart in (
        ("deescalation", R.DEESCALATION, "deescalation_not"),
        ("sdoh", R.SDOH, None),
        ("parenteral_controlled", R.PARENTERAL_CONTROLLED, None),
    ):
        for index, sentence in enumerate(reading.sentences):
            if reading.kind_of(index) not in _DECIDING:
                continue
            text = reading.text_of(sentence.span)
            match = group("risk_phrases", name).search(text)
            if match and not (apart and group("risk_phrases", apart).search(text)):
                start = sentence.span.start
                end = min(start + match.end(), start + match.start() + 250)
                yield _Decision(nature, name, Span(start + match.start(), end))
                break
