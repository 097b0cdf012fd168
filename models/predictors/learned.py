"""Facts of data and risk that patterns and encoder find together, weighed by the heads.

Idea: every fact of the patterns is a candidate, and so is every run of words that the encoder marks; the head of the group keeps what is likely enough
(``models.predictors.weigh``). Where no weights are shipped the patterns decide alone. Needs: a reading, marks, the patterns' facts. Gives: facts with
calibrated confidences, in order of the note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chartlight import DataItem, RiskDecision, Source, Span
from chartlight.labels import DataNature, EntityLabel, RiskNature, SourceKind
from models.encoder import Marks
from models.line_up import line_up
from models.predictors import care_candidates, drug_decisions, procedure_decisions
from models.predictors.evidence import quote
from models.predictors.heads import head
from models.predictors.view import View
from models.predictors.weigh import Candidate, apart, marked, signs_of
from nlp import lexicon
from nlp.reading import Reading

_RARE = frozenset(
    n.value
    for n in (
        RiskNature.SDOH,
        RiskNature.TOXICITY_MONITORING,
        RiskNature.MINOR_PROCEDURE_RISK,
        RiskNature.MAJOR_SURGERY_RISK,
        RiskNature.EMERGENCY_SURGERY,
        RiskNature.DEESCALATION,
    )
)
"""Kinds of which the annotated notes hold a handful: a head learns nothing of them, so what the patterns find stays."""
_ONCE = (RiskNature.HOSPITALIZATION.value, RiskNature.DEESCALATION.value)
"""Kinds that a visit decides on once, wherever the note tells of it."""
_TESTS = (DataNature.TEST_ORDERED.value, DataNature.TEST_REVIEWED.value)
_DATA = tuple(n.value for n in DataNature)
_RISK = tuple(n.value for n in RiskNature if n is not RiskNature.NONE)


def _by_patterns(found: Sequence[DataItem | RiskDecision]) -> list[Candidate]:
    """What the patterns found, as candidates."""
    return [
        Candidate(nature=f.nature.value, item=f.item or "", spans=tuple(e.span for e in f.evidence), by_pattern=True)
        for f in found
    ]


def risk_candidates(reading: Reading, marks: Marks, found: Sequence[RiskDecision]) -> list[Candidate]:
    """The decisions that may be: those of the patterns, and those that only the encoder marks."""
    out = _by_patterns(found)
    known = {i for c in out for i in c.item.split(", ") if i}
    for nature, span in marked(reading, marks, "risk", _RISK, out):
        drugs = [
            d.ingredient
            for m in reading.mentions
            if m.label is EntityLabel.DRUG and m.span.overlaps(span) and (d := lexicon.drugs().get(m.key)) is not None
        ]
        if drugs and known.issuperset(drugs) and nature in ("rx_management", "otc_drug"):
            continue  # the drug is decided on elsewhere
        # hospital care and limits of care are decided once, wherever they are told
        item = nature if nature in _ONCE else ", ".join(dict.fromkeys(drugs))
        out.append(Candidate(nature=nature, item=item, spans=(span,), by_pattern=False))
    out += _undecided(reading, out)
    return [_with_signs(reading, marks, "risk", c) for c in out]


def _undecided(reading: Reading, known: Sequence[Candidate]) -> list[Candidate]:
    """Drugs and procedures that the tables know and no pattern decides on: one candidate each, unless a known one holds it."""
    view = View.of(reading)
    items = {i for c in known for i in c.item.split(", ") if i}
    taken = [s for c in known for s in c.spans]
    out: list[Candidate] = []
    for d in drug_decisions.undecided(view):
        if not items.issuperset(d.ingredients) and not any(d.span.overlaps(s) for s in taken):
            signs = {"undecided drug": 1.0} | {f"drug {name}": 1.0 for name in d.signs}
            item = ", ".join(d.ingredients)
            out.append(Candidate(nature=d.nature.value, item=item, spans=(d.span,), by_pattern=False, signs=signs))
    for p, names in procedure_decisions.undecided(view):
        if p.item not in items and not any(p.spans[0].overlaps(s) for s in taken):
            signs = {"undecided procedure": 1.0} | {f"procedure {name}": 1.0 for name in names}
            out.append(Candidate(nature=p.nature.value, item=p.item, spans=p.spans, by_pattern=False, signs=signs))
    for c in care_candidates.undecided(view):
        near = [k for k in known if k.nature == c.nature.value]
        if not any(c.span.overlaps(s) for k in near for s in k.spans):
            signs = (
                {"undecided care": 1.0}
                | dict.fromkeys(c.signs, 1.0)
                | {"care decided elsewhere": float(any(k.by_pattern for k in near))}
            )
            out.append(
                Candidate(nature=c.nature.value, item=c.nature.value, spans=(c.span,), by_pattern=False, signs=signs)
            )
    return out


def data_candidates(reading: Reading, marks: Marks, found: Sequence[DataItem]) -> list[Candidate]:
    """The data items that may be: those of the patterns, and those that only the encoder marks."""
    out = _by_patterns(found)
    known = {c.item for c in out if c.nature in _TESTS}
    unnamed = 0
    for nature, span in marked(reading, marks, "data", _DATA, out):
        items = _tests_in(reading, span) if nature in _TESTS else [(nature, span)]
        for item, place in items:
            if not item:
                unnamed += 1
            elif item in known:
                continue
            elif nature in _TESTS:
                known.add(item)
            out.append(Candidate(nature=nature, item=item or f"other test {unnamed}", spans=(place,), by_pattern=False))
    return [_with_signs(reading, marks, "data", c) for c in out]


def _tests_in(reading: Reading, span: Span) -> list[tuple[str, Span]]:
    """The tests that a run names: each known one, else one without a name (an item is a label of ours, never words of the note)."""
    out = []
    for m in reading.mentions:
        if m.label is EntityLabel.TEST and m.span.overlaps(span):
            known = lexicon.tests().get(m.key)
            if known is None or known.counts:
                out.append(((known.panel or known.item) if known else " ".join(m.key), m.span))
    return out or [("", span)]


def _with_signs(reading: Reading, marks: Marks, group: str, c: Candidate) -> Candidate:
    signs = {**signs_of(reading, marks, group, c), **c.signs}
    weighing = head(group)
    share = weighing.share(signs) if weighing else float(c.by_pattern)
    return replace(c, signs=signs, share=share)


def _kept(candidates: Sequence[Candidate], group: str) -> list[Candidate]:
    least = line_up()["heads"][group]
    once: list[Candidate] = []
    kept = apart([c for c in candidates if c.share >= least or (c.by_pattern and c.nature in _RARE)])
    if group == "data":
        return kept
    for c in sorted(kept, key=lambda c: (not c.by_pattern, -c.share)):
        # a drug that is decided on in two places is one decision
        if c.by_pattern or not c.item or not any(k.nature == c.nature and k.item == c.item for k in once):
            once.append(c)
    return sorted(once, key=lambda c: c.spans[0])


def risk(reading: Reading, marks: Marks | None, found: Sequence[RiskDecision]) -> list[RiskDecision]:
    """The decisions of one document."""
    if marks is None or head("risk") is None:
        return list(found)
    return [
        RiskDecision(
            id=f"r{n}",
            nature=RiskNature(c.nature),
            item=c.item,
            evidence=quote(reading.note, c.spans),
            source=_source("risk", c),
            confidence=round(c.share, 3),
        )
        for n, c in enumerate(_kept(risk_candidates(reading, marks, found), "risk"), 1)
    ]


def data(reading: Reading, marks: Marks | None, found: Sequence[DataItem]) -> list[DataItem]:
    """The data items of one document; the same thing counts once."""
    if marks is None or head("data") is None:
        return list(found)
    out: list[DataItem] = []
    first: dict[str, str] = {}
    for c in _kept(data_candidates(reading, marks, found), "data"):
        id = f"d{len(out) + 1}"
        once = first.setdefault(c.item, id) if c.nature in _TESTS else id
        out.append(
            DataItem(
                id=id,
                nature=DataNature(c.nature),
                item=c.item,
                counts_as=once,
                evidence=quote(reading.note, c.spans),
                source=_source("data", c),
                confidence=round(c.share, 3),
            )
        )
    return out


def _source(name: str, c: Candidate) -> Source:
    kind = SourceKind.PATTERN if c.by_pattern else SourceKind.MODEL
    return Source(kind, name, line_up()["versions"][name])
