"""Decisions on operations, small procedures, therapies and self-care, with the kind of risk they carry.

Idea: a name of the procedure table with a word of doing, planning, offering or declining is a decision; a past operation, an instruction or a bare name is none.
Urgency makes any operation an emergency; a named risk of the patient lifts it (R-05 to R-10, R-14, R-15).
Needs: a view of a reading. Gives: ``Procedure`` values, one for each thing decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartlight import Span
from chartlight.labels import Assertion, EntityLabel, RiskNature, SectionKind
from models.predictors.drug_decisions import PLANNING
from models.predictors.view import View
from nlp import lexicon
from nlp.groups import lower_group
from nlp.reading import Mention

S, R = SectionKind, RiskNature
_SCOPE = PLANNING | {S.ASSESSMENT, S.HOSPITAL_COURSE, S.DISCHARGE_DIAGNOSES, S.PROCEDURE, S.HEADER}
_OPERATIONS = frozenset({R.MAJOR_SURGERY, R.MINOR_PROCEDURE, R.EMERGENCY_SURGERY})
_DEVICES = frozenset({"casting and splinting", "home exercise program", "brace", "walking boot"})
_IF = re.compile(r"\b(?:if|should (?:his|her|the|he|she|it|this|symptoms?|pain)|unless|in case|in the event)\b")
_URGENT = re.compile(r"\b(?:emergen(?:t|cy|tly)|urgent(?:ly)?)(?: \w+){0,2}\s*$")
_GENERAL = re.compile(r"\bgeneral (?:\w+ )?an(?:a)?esth|\boperating room\b")
_PAST = re.compile(
    r"\b(?:status post|s/p|post|history of|h/o|prior|previous(?:ly)?|past|had|underwent|undergone|since|after|before|following|last|recent|years? ago|did|done|has tried|tried|completed|avoid(?:ing)?|hopes of|prevent|"
    r"finished|received|needs? any|symptoms with|improve with|weight|dose)(?: \w+){0,4}\s*$"
)
_LEADS = re.compile(
    r"^(?:[\s,.:;()#*\-•]|\d+[.)]?|and|also|then|plan|the|a|an|for|procedures?|right|left|bilateral|schedule[d]?|performed|refer(?:ral)?|to|continue|start|begin|formal)*$"
)
_FOUND = re.compile(
    r"^[^.;]{0,40}?\b(?:showed|shows|revealed|revealing|demonstrated|was negative|was normal|results?)\b"
)
"""What it found: it was done before."""
_REACH = 70
_VERB = re.compile(
    r"\b(?:debrid(?:ed?|ement)|(?:chemical )?cauteri[sz](?:ed?|ation)|inject(?:ed)? (?:the|his|her|both|right|left)|was injected|lanced|incised|sutured|curett?ed|pared|biopsied|frozen|cryotherapy|"
    r"liquid nitrogen|nails? (?:was|were) (?:trimmed|removed|avulsed)|aspirated|re-?program(?:med)? the)\b"
)
_GENERIC = frozenset({"surgery", "procedure", "surgical intervention"})
_THERAPY = re.compile(
    r"\b(?:refer\w*|recommend\w*|start|begin|attend|continue|order\w*|prescri\w*|participat\w*|work with|schedul\w*|formal|go to|initiat\w*|arrange\w*|discharged from|course of|need|home|will|would|consult\w*|evaluat\w*|provided|enroll\w*)\b"
)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure decided on, with its kind of risk."""

    nature: RiskNature
    item: str
    spans: tuple[Span, ...]


def decisions(view: View) -> Iterator[Procedure]:
    """The procedures decided on, each item once, several operations of one sentence together."""
    found: dict[str, Procedure] = {}
    by_sentence: dict[tuple[int, RiskNature], str] = {}
    for m in view.reading.mentions:
        # the name of an operation is also the name of the state after it ("hysterectomy"); the words around tell them apart
        if m.label is not EntityLabel.PROCEDURE and not (m.label is EntityLabel.PROBLEM and _is_operation(m)):
            continue
        one = _decide(view, m)
        if one is None:
            continue
        item = one.item
        place = (m.sentence, one.nature)
        if one.nature in _LIFTED or one.nature in _OPERATIONS:
            item = by_sentence.setdefault(place, item)
        if item in found:
            known = found[item]
            nature = max(known.nature, one.nature, key=_ORDER.index)
            found[item] = Procedure(nature, item, (*known.spans, *one.spans)[:4])
        else:
            found[item] = Procedure(one.nature, item, one.spans)
    operation = next((p for p in found.values() if p.item not in _GENERIC and p.nature in _OPERATIONS | _LIFTED), None)
    if operation is not None:
        # "the surgery" beside a named operation is that operation
        for p in [p for p in found.values() if p.item in _GENERIC]:
            del found[p.item]
            nature = (
                max(operation.nature, p.nature, key=_ORDER.index)
                if operation.nature is not R.MINOR_PROCEDURE
                else operation.nature
            )
            operation = Procedure(nature, operation.item, (*operation.spans, *p.spans)[:4])
            found[operation.item] = operation
    yield from found.values()
    if not any(p.nature in _OPERATIONS | _LIFTED for p in found.values()):
        yield from _done(view)


_CARRIES_RISK = {n.value: n for n in R if n is not R.NONE}


def undecided(view: View) -> Iterator[tuple[Procedure, tuple[str, ...]]]:
    """Procedures that no pattern takes for a decision, each with what stands around it: for the head that weighs them."""
    for m in view.reading.mentions:
        if m.label is not EntityLabel.PROCEDURE and not (m.label is EntityLabel.PROBLEM and _is_operation(m)):
            continue
        known = lexicon.procedures().get(m.key)
        kind = view.reading.kind_of(m.sentence)
        if known is None or known.risk not in _CARRIES_RISK or known.item in _DEVICES or kind in _NEVER:
            continue
        if _decide(view, m) is not None:
            continue
        before, after = view.before(m), view.after(m)
        near = before[-_REACH:]
        signs = {
            "conditional": _IF.search(before) is not None,
            "past": _PAST.search(near) is not None,
            "found": _FOUND.match(after) is not None,
            "opens the line": _LEADS.match(before) is not None,
            "cue before": any(lower_group("risk_phrases", g).search(near) for g in ("surgery_decision", "surgery_declined_or_considered", "procedure_decision")),
            "ambiguous": known.ambiguous,
        }  # fmt: skip
        place = Procedure(_CARRIES_RISK[known.risk], known.item, (m.span,))
        yield place, tuple(name for name, is_so in signs.items() if is_so)


_NEVER = frozenset({S.FAMILY_HISTORY, S.SURGICAL_HISTORY, S.PAST_HISTORY, S.MEDICATIONS, S.ALLERGIES, S.SOCIAL_HISTORY})


def _is_operation(m: Mention) -> bool:
    known = lexicon.procedures().get(m.key)
    return known is not None and known.size in ("minor", "major")


def _done(view: View) -> Iterator[Procedure]:
    """A small procedure that is told by its verb alone ("debrided ten nails")."""
    for index in range(len(view.reading.sentences)):
        if view.reading.kind_of(index) not in (S.PLAN, S.ASSESSMENT_PLAN, S.PROCEDURE):
            continue
        words = view.sentence(index)
        match = _VERB.search(words)
        if match and not _IF.search(words) and not _PAST.search(words[: match.start()]):
            yield Procedure(R.MINOR_PROCEDURE, "procedure", (view.place(index, match.start(), len(words.rstrip())),))
            return


_LIFTED = frozenset({R.MINOR_PROCEDURE_RISK, R.MAJOR_SURGERY_RISK})
_ORDER = (
    R.NONE,
    R.OTC_DRUG,
    R.THERAPY_REFERRAL,
    R.MINOR_PROCEDURE,
    R.RX_MANAGEMENT,
    R.MINOR_PROCEDURE_RISK,
    R.MAJOR_SURGERY,
    R.MAJOR_SURGERY_RISK,
    R.EMERGENCY_SURGERY,
)


def _decide(view: View, m: Mention) -> Procedure | None:
    kind = view.reading.kind_of(m.sentence)
    known = lexicon.procedures().get(m.key)
    if (
        known is None
        or kind not in _SCOPE
        or known.risk in ("no_credit", "hospitalization", "deescalation", "parenteral_controlled", "otc_drug", "")
    ):
        return None
    written = view.reading.text_of(m.span)
    if m.assertion in (Assertion.FAMILY, Assertion.HISTORICAL) or "." in written or written in ("Pt", "pt"):
        return None
    nature = R(known.risk)
    before, after = view.before(m), view.after(m)
    near = before[-_REACH:]
    if known.item in _DEVICES:
        nature = R.NONE
    if nature is R.NONE:
        return (
            Procedure(R.NONE, known.item, (m.span,)) if kind in PLANNING and m.assertion is Assertion.PRESENT else None
        )
    if _IF.search(before) or _PAST.search(near):
        return None
    if nature is R.THERAPY_REFERRAL:
        if kind in PLANNING and (_THERAPY.search(near) or _THERAPY.search(after[:40]) or _LEADS.match(before)):
            return Procedure(nature, known.item, (m.span,))
        return None
    if nature is R.RX_MANAGEMENT:
        cue = lower_group("risk_phrases", "drug_start").search(near) or lower_group(
            "risk_phrases", "drug_start_after"
        ).match(after.lstrip()[:60])
        return Procedure(nature, known.item, (m.span,)) if cue and kind is not S.ASSESSMENT else None
    if m.assertion is Assertion.NEGATED or _FOUND.match(after):
        return None
    if not _is_decided(view, m, kind, nature, known, before, after):
        return None
    sentence = view.sentence(m.sentence)
    if nature is R.MINOR_PROCEDURE and _GENERAL.search(sentence):
        nature = R.MAJOR_SURGERY
    if nature in _OPERATIONS and _URGENT.search(near):
        nature = R.EMERGENCY_SURGERY
    if lower_group("risk_phrases", "surgical_risk_factors").search(sentence):
        nature = {R.MINOR_PROCEDURE: R.MINOR_PROCEDURE_RISK, R.MAJOR_SURGERY: R.MAJOR_SURGERY_RISK}.get(nature, nature)
    return Procedure(nature, known.item, (m.span,))


def _is_decided(
    view: View, m: Mention, kind: SectionKind, nature: RiskNature, known: lexicon.ProcedureName, before: str, after: str
) -> bool:
    near = before[-_REACH:]
    if kind is S.HEADER:
        return bool(re.search(r"\b(?:will|going to|recommend\w*|proceed)\b", near))
    if known.ambiguous:
        return bool(lower_group("risk_phrases", "procedure_decision").search(near[-25:]))
    cue = (
        lower_group("risk_phrases", "surgery_decision").search(near)
        or lower_group("risk_phrases", "surgery_decision_after").match(after.lstrip(" ,")[:60])
        or lower_group("risk_phrases", "surgery_declined_or_considered").search(near)
    )
    if cue:
        return True
    if kind in (S.PROCEDURE, S.PLAN, S.ASSESSMENT_PLAN) and _LEADS.match(before):
        return True
    if nature is R.MINOR_PROCEDURE:
        return (
            bool(
                lower_group("risk_phrases", "procedure_decision").search(near)
                or re.match(r"^[^.;]{0,30}?\b(?:was|were) (?:performed|done|placed|carried)", after)
            )
            and kind is not S.ASSESSMENT
        )
    return False
