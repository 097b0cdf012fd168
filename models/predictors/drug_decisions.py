"""Decisions on drugs: started, changed, continued, stopped or weighed, one for drugs decided on together.

Idea: a drug of the plan is decided on when a word of deciding stands before or after it, or when it opens an item with its dose; what the patient takes, has
tried or is allergic to is no decision (R-03, R-04). Prescription or not comes from the drug table, the strength and the word "prescribe".
Needs: a view of a reading. Gives: ``DrugDecision`` values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chartlight import Span
from chartlight.labels import Assertion, EntityLabel, RiskNature, SectionKind
from models.predictors.view import View
from nlp import lexicon
from nlp.groups import lower_group
from nlp.reading import Mention

S, R = SectionKind, RiskNature
PLANNING = frozenset({S.PLAN, S.ASSESSMENT_PLAN, S.INSTRUCTIONS})
_TOLD = frozenset({S.ASSESSMENT, S.DISCHARGE_DIAGNOSES, S.HOSPITAL_COURSE, S.HEADER, S.OTHER, S.PROCEDURE})
_SENT_HOME = re.compile(
    r"\b(?:prescri\w+|discharged (?:home )?(?:on|with)|sent home|send (?:him|her|them) home|scripts?|will be (?:placed|started))\b"
)
_BEFORE = ("drug_start", "drug_continue", "drug_change", "drug_stop", "drug_refill", "drug_considered")
_AFTER = (
    "drug_start_after",
    "drug_continue_after",
    "drug_change_after",
    "drug_stop_after",
    "drug_refill_after",
    "drug_considered_after",
)
_REACH, _REACH_AFTER = 75, 60
_STRENGTH = re.compile(r">=\s*(\d+(?:\.\d+)?)")
_MILLIGRAMS = re.compile(r"(\d+(?:\.\d+)?)\s*-?(?:mg|milligrams?)\b")
_IF = re.compile(r"\b(?:if|should (?:his|her|the|he|she|it|this|symptoms?|pain)|unless|in case|in the event)\b")
_WILL = re.compile(r"\b(?:will|should|would|can|is to|are to|to)\b")
_PRESCRIBED = re.compile(r"\b(?:prescri\w+|rx|script|scripts|e-?prescribed|called in|refill\w*)\b")
_OVER_COUNTER = re.compile(r"over[- ]the[- ]counter|\botc\b")
_TAKES = re.compile(
    r"\b(?:takes|is (?:currently |still |already |also )?(?:taking|on|using)|are on|was (?:on|taking|using)|has been (?:on|taking|using)|had been (?:on|taking)|been (?:on|taking|using)|have been (?:on|taking)|tried|"
    r"has taken|had taken|took|failed|currently (?:on|taking)|side effects? (?:of|from|to|with)|allerg\w+ to|allergy|intoleran\w+ (?:to|of)|reaction to|history of|need to use|secondary to|due to|"
    r"in the past|previously|related to|caused by|without|despite|than|(?<!risks and )(?<!risk and )(?<!risks, )benefits? (?:of|from)|avoid(?:ing)?|increased need|no relief|relief (?:with|from)|"
    r"response to|effects? of|mechanism of|importance of|lieu of|contraindicat\w+|den(?:y|ies|ied)|did not|may need|may require|may have to|no longer)(?: \w+){0,3}\s*$"
)
_LIST_HEAD = re.compile(
    r"^(?:[\s,.:;()#*\-•]|\d+[.)]?|and|also|then|plus|with|meds?|medications?|prescriptions?|rx|treatment|medical|plan|the|a|his|her|of|for|discharge|iv|po|im|oral|topical)*$"
)
_ROW = re.compile(
    r"^(?:[\s,/&+;:()\-.%#]|\d+|and|or|with|plus|as well as|along|also|then|mg|mcg|g|ml|units?|tabs?|tablets?|cream|ointment|po|p|o|iv|im|daily|bid|tid|b|i|d|t|prn|once|twice|three|times|a|an|the|day|night|at|bedtime|his|her|some|of|puffs?|for|pain|elixir|inhaler|in|morning|each|every|other|to|both|combination)*$"
)
_CONTINUE_ALL = re.compile(
    r"\b(?:continue|continuing|continued|continues|maintain|stay on|keep (?:him|her|them) on|resume|no changes? (?:to|in)|remain on|refill(?:ed|s)?(?: of)?|renew(?:ed)?|stable on|controlled on)(?: (?:on|with|to|take|taking|all|both|of|the|his|her|their|your|these|other|glaucoma|asthma|diabetes|seizure|migraine|thyroid|heart|allergy|eye|skin|topical|oral|inhaled|current|present|same|home|"
    r"usual|regular|outpatient|previous|prior|existing|chronic|medical|drug|preoperative|discharge|respiratory|cardiac|psychiatric|pain|blood|pressure|\w+ and))*"
    r" (?:medications?|meds|medicines?|medical regimen|regimen|therapy|therapies|treatment|management|measures)\b|\bcontinue (?:the )?(?:current|same|present)(?=[.,;]|\s*$)"
)
_NOT_DRUGS = re.compile(
    r"(?:physical|occupational|speech|massage|talk|behavior\w*|cognitive|weekly|group|individual|light|compression|wound|conservative) (?:therapy|treatment|management|measures)"
)
_WITH_PROCEDURE = frozenset({"local anesthetic", "injected corticosteroid", "viscosupplement", "topical anesthetic"})
_INJECTED = re.compile(r"\binject\w*|\bnerve block|\binfiltrat\w*|\bintra-?articular")
_VACCINES = frozenset({"vaccine"})
"""Decided by schedule: no decision on a prescription drug by the guidelines as the annotators read them."""
_USUALLY_PRESCRIBED = frozenset({"nasal steroid"})
_MAX_DOSE = 60


@dataclass(frozen=True, slots=True)
class DrugDecision:
    """A decision on one or more drugs; ``strength`` 2 where words say it, 1 where only the place in the plan does."""

    nature: RiskNature
    ingredients: tuple[str, ...]
    span: Span
    strength: int
    drug: lexicon.DrugName | None = None


def decisions(view: View) -> Iterator[DrugDecision]:
    """The drug decisions of a note, each mention of a drug or row of drugs for itself, in order."""
    for row in _rows(view):
        found = _decide(view, row)
        if found is not None:
            yield found
    yield from _regimens(view)


@dataclass(frozen=True, slots=True)
class Undecided:
    """Drugs of the note that no pattern takes for a decision, with what stands around them: for the head that weighs them."""

    nature: RiskNature
    ingredients: tuple[str, ...]
    span: Span
    signs: tuple[str, ...]


_WEIGHED = PLANNING | _TOLD | {S.HISTORY, S.CHIEF_COMPLAINT}


def undecided(view: View) -> Iterator[Undecided]:
    """The rows of drugs in telling and planning sections that ``decisions`` leaves out."""
    for row in _rows(view, widely=True):
        m, last = row[0], row[-1]
        if view.reading.kind_of(m.sentence) not in _WEIGHED or (_in_scope(view, m) and _decide(view, row) is not None):
            continue
        before, after = view.before(m), view.after(last)
        near = before[max(before.rfind(";") + 1, len(before) - _REACH) :]
        end = _dose_end(view, last)
        signs = {
            "cue before": _cue(near) is not None,
            "taken": _TAKES.search(near) is not None,
            "conditional": _IF.search(near) is not None,
            "will": _WILL.search(near) is not None,
            "dosed": end > last.span.end,
            "opens the line": _LIST_HEAD.match(before) is not None,
            "prescribed": _PRESCRIBED.search(near) is not None or _PRESCRIBED.search(after[:40]) is not None,
            "several": len(row) > 1,
        }
        known = [d for d in map(_known, row) if d]
        ingredients = tuple(dict.fromkeys(d.ingredient for d in known))
        yield Undecided(_nature(view, m), ingredients, Span(m.span.start, end), tuple(n for n, s in signs.items() if s))


def _known(m: Mention) -> lexicon.DrugName | None:
    return lexicon.drugs().get(m.key) if m.label is EntityLabel.DRUG else None


def _rows(view: View, *, widely: bool = False) -> Iterator[list[Mention]]:
    """Drugs of one sentence and of one kind of risk with nothing but joining words and doses between them; ``widely`` in any section."""
    row: list[Mention] = []
    for m in view.reading.mentions:
        known = _known(m)
        if known is None or known.drug_class in _VACCINES or not (widely or _in_scope(view, m)):
            continue
        if row and not (
            row[-1].sentence == m.sentence
            and _ROW.match(view.text[row[-1].span.end : m.span.start])
            and _nature(view, row[-1]) is _nature(view, m)
        ):
            yield row
            row = []
        row.append(m)
    if row:
        yield row


def _in_scope(view: View, m: Mention) -> bool:
    kind = view.reading.kind_of(m.sentence)
    if m.assertion is Assertion.FAMILY:
        return False
    return kind in PLANNING or kind in _TOLD or _is_prescription_list(view, m.sentence)


def _is_prescription_list(view: View, sentence: int) -> bool:
    """A list of drugs under a heading that says they were prescribed now."""
    section = view.reading.section_of(sentence)
    if section.kind is not S.MEDICATIONS:
        return False
    heading = view.text[section.heading.start : section.heading.end] if section.heading else ""
    return "prescri" in heading or "discharge" in heading


def _decide(view: View, row: Sequence[Mention]) -> DrugDecision | None:
    m, last = row[0], row[-1]
    kind = view.reading.kind_of(m.sentence)
    known = _known(m)
    assert known is not None
    before, after = view.before(m), view.after(last)
    near = before[max(before.rfind(";") + 1, len(before) - _REACH) :]
    nature = _nature(view, m)
    ingredients = tuple(dict.fromkeys(d.ingredient for d in map(_known, row) if d))
    if known.drug_class in _WITH_PROCEDURE and _INJECTED.search(view.sentence(m.sentence)):
        if _IF.search(before) or kind is S.HEADER or (kind in _TOLD and not _WILL.search(before)):
            return None
        inject = _INJECTED.search(view.sentence(m.sentence))
        assert inject is not None
        start = min(view.reading.sentences[m.sentence].span.start + inject.start(), m.span.start)
        return DrugDecision(R.MINOR_PROCEDURE, ("injection",), Span(start, last.span.end), 2)
    cue = _cue(near)
    follows = any(
        lower_group("risk_phrases", name).match(after[:_REACH_AFTER].lstrip(" ,")) for name in _AFTER
    ) or bool(
        re.match(
            r"^[^.;]{0,45}?\b(?:was|were|is|are|will be|be|provided|has been) (?:also )?(?:given|prescribed|started|continued|increased|decreased|stopped|discontinued|provided|refilled|added|held|sent|ordered)\b|^[^.;]{0,25}?\bprovided\b|^\s*\(will prescribe",
            after,
        )
    )
    dose_end = _dose_end(view, last)
    dosed = dose_end > last.span.end
    if _TAKES.search(near) and not follows:
        return None
    negated = m.assertion is Assertion.NEGATED
    if _IF.search(near) and not (_WILL.search(near) and cue is not None):
        return None
    if m.assertion is Assertion.HYPOTHETICAL and cue is None and not dosed:
        return None
    start = m.span.start if cue is None else m.span.start - len(near) + cue
    span = Span(start, dose_end)
    if cue is not None or follows:
        if negated and cue is None:
            return None
        if kind is S.HEADER and not _WILL.search(near):
            return None
        if kind is S.PROCEDURE and not _SENT_HOME.search(near):
            return None
        return DrugDecision(nature, ingredients, span, 2, known)
    if negated or kind in _TOLD:
        return None
    if (kind in PLANNING and _LIST_HEAD.match(before)) or (
        dosed and kind is not S.INSTRUCTIONS and len(before) < _REACH
    ):
        return DrugDecision(nature, ingredients, span, 1, known)
    return None


def _cue(near: str) -> int | None:
    """Where the last word of deciding before the drug begins."""
    cleaned = lower_group("risk_phrases", "drug_start_not").sub(lambda m: " " * len(m.group()), near)
    best: int | None = None
    for name in _BEFORE:
        for match in lower_group("risk_phrases", name).finditer(cleaned):
            best = match.start() if best is None else max(best, match.start())
    return best


def _dose_end(view: View, m: Mention) -> int:
    """Where the dose after a drug ends; the drug's own end without one."""
    text, at = view.text, m.span.end
    stop = min(view.reading.sentences[m.sentence].span.end, at + _MAX_DOSE)
    end = at
    while at < stop:
        skip = re.compile(
            r"[\s,]*(?:(?:mg|mcg|of|to|at|by|a|one|and|cream|ointment|inhaler|tablets?|gel|nasal spray)\s+)?"
        ).match(text, at, stop)
        assert skip is not None
        match = lower_group("risk_phrases", "dose").match(text, skip.end(), stop)
        if match is None:
            break
        at = end = match.end()
    return end


def _nature(view: View, m: Mention) -> RiskNature:
    known = _known(m)
    assert known is not None
    if known.status == "rx":
        return R.RX_MANAGEMENT
    before, after = view.before(m)[-60:], view.after(m)
    if _OVER_COUNTER.search(before) or _OVER_COUNTER.search(after[:50]):
        return R.OTC_DRUG
    if _PRESCRIBED.search(before[-40:]) or re.match(r"^[^.;]{0,30}prescri", after):
        return R.RX_MANAGEMENT
    if known.drug_class in _USUALLY_PRESCRIBED:
        return R.RX_MANAGEMENT
    least = _STRENGTH.search(known.status)
    dose = _MILLIGRAMS.search(view.text[m.span.start : m.span.end] + after[:40])
    if least and dose and float(dose[1]) >= float(least[1]):
        return R.RX_MANAGEMENT
    return R.OTC_DRUG


def _regimens(view: View) -> Iterator[DrugDecision]:
    """ "Continue current medications" in the plan: a decision on prescription drugs where the note judges their problems."""
    for index in range(len(view.reading.sentences)):
        if view.reading.kind_of(index) not in (S.PLAN, S.ASSESSMENT_PLAN, S.ASSESSMENT):
            continue
        words = view.sentence(index)
        match = _CONTINUE_ALL.search(words) or lower_group("risk_phrases", "regimen_decision").search(words)
        if match and not _NOT_DRUGS.search(match.group()):
            yield DrugDecision(R.RX_MANAGEMENT, ("current regimen",), view.place(index, match.start(), match.end()), 2)
