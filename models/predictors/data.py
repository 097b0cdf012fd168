"""Data items: tests ordered and reviewed, outside notes, historians, interpretations, discussions.

Idea: the test table says what a name is and to which panel it belongs; the section and the words around it in the sentence say whether its result was
looked at or the test was asked for. Tests in a row share their words ("CBC, BMP and lipids were normal"). One fact for each unique thing and kind, with
the quotations that say it; a thing both reviewed and ordered gives two facts that count once (D-06). Needs: a reading. Gives: ``DataItem`` facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from chartlight import DataItem, Source, Span
from chartlight.labels import Assertion, DataNature, SectionKind, SourceKind
from models.predictors import told
from models.predictors.evidence import quote
from models.predictors.test_items import Named, in_row, join, named
from models.predictors.view import View
from nlp.groups import lower_group
from nlp.reading import Reading

S, N = SectionKind, DataNature
SOURCE = Source(SourceKind.PATTERN, "data", "2")
_PLANNING = frozenset({S.PLAN, S.ASSESSMENT_PLAN, S.INSTRUCTIONS})
_JUDGING = frozenset({S.ASSESSMENT, S.DISCHARGE_DIAGNOSES})
_DONE_HERE = frozenset({S.HOSPITAL_COURSE, S.PROCEDURE})
_NEVER = frozenset({S.FAMILY_HISTORY, S.MEDICATIONS, S.ALLERGIES, S.SURGICAL_HISTORY, S.ATTESTATION})
_SELDOM = frozenset({S.VITALS, S.SOCIAL_HISTORY, S.REVIEW_OF_SYSTEMS, S.PAST_HISTORY, S.EXAM})
_NEAR = 90

_VALUE = re.compile(
    r"^(?:[\s,:=(-]|of|is|was|were|are|has|have|been|fairly|very|overall|remains?|remained|not|at|level|levels|count|to|be|today|now|again|his|her|the|a|about|only|mildly|slightly|still|results?|test|essentially|both|all|done|which|that)*"
    r"(?:[<>~]?\d(?!\d?/\d)|better|improved|worse|good\b|increased|decreased|noted|normal|negative|positive|unremarkable|elevated|within|clear|stable|low\b|high\b|abnormal|reactive|non-?reactive|reassuring)"
)
_LIST_WORDS = re.compile(
    r"^(?:[\s,/&+:;()#.\-]|\d+|plan|and|with|also|plus|an?|the|to|for|stat|repeat|fasting|labs?|imaging|today|routine|check|recheck|urgent|baseline|follow|up|"
    r"annual|serial|am|morning|bloods?|work|diagnostics|additional|testing|orders?|left|right|bilateral|screening|investigations?)*$"
)
_CONDITION = re.compile(r"\b(?:if|should (?:his|her|the|he|she|it|this|symptoms?|pain)|unless|in the event|in case)\b")
_IF_IT = re.compile(r"\b(?:if|when|once|unless|as long as)(?: (?:the|this|his|her|an?|repeat|that|these))*\s*$")
_LATER_LOOK = re.compile(
    r"(?:when|once|after|until|pending|await\w*|discuss|go over|review|follow(?:-| )?up (?:on|for)|available|call \w+ with|regarding|depending on|based on)(?: \w+){0,4} (?:the |these |those )?(?:results?)?\s*(?:of )?(?:the |his |her |this )?$"
)
_PENDING = re.compile(
    r"^[^.;]{0,40}?\b(?:pending|awaited|in process|not (?:yet )?(?:back|resulted|available)|are out|is out)\b"
)
_DONE = re.compile(
    r"^(?: \w+){0,2} (?:was |were |is |has been |have been |be )?(?:also )?(?:done|obtained|performed|drawn|sent|taken|collected|ordered)\b"
)
_DATE = re.compile(
    r"^,?\s*(?:on |dated |from |of |in |done on )?(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:,?\s+\d{4})?|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}/\d{4})\s*,?"
)
_SHOWED = re.compile(
    r"^[^.;]{0,70}?\b(?:showed|shows|showing|did (?:not )?show|revealed|reveals|demonstrat\w+|confirmed|was reported|reported as|which (?:was|were)|that (?:was|were)|came back|read as|noted for|consistent with)\b"
)
_HAD = re.compile(
    r"\b(?:underwent|had|has had|got|did get|get|obtained|received)(?: (?:an?|the|some|both|his|her|normal|abnormal|recent|repeat|outside|several|multiple))*\s*$"
)
_PAST_DONE = re.compile(r"^(?: \w+){0,2} (?:was|were|has been|have been) (?:also )?(?:done|obtained|performed|taken)\b")
_OWN = re.compile(
    r"\b(?:at home|home (?:glucose|blood sugar|bp|blood pressure|monitor|readings?)|glucometer|finger ?sticks?|check(?:s|ing)? (?:his|her|their) (?:own )?(?:fasting )?(?:blood )?(?:sugars?|glucose))\b"
)


_LATER = re.compile(
    r"^[^.;]{0,25}?\b(?:in|every) (?:a |an |the )?(?:couple of |few |\d+(?:-\d+| to \d+)? |\w+ (?:to \w+ )?)?(?:weeks?|months?|years?)\b|^[^.;]{0,20}?\b(?:next|prior to|before) (?:the |his |her |next )*(?:visit|appointment|year)"
)
"""A test at a later visit: what is known of it now is the result."""
_RESULT_BEFORE = re.compile(r"\b(?:negative|positive|normal|abnormal|elevated|low|high|unremarkable)(?: \w+)?\s+$")
_WILL = re.compile(r"\b(?:we|i)(?: will|'ll| am going to| are going to)\b")


class Strength(IntEnum):
    """How plainly the note says it: by the place alone, by a heading, by words beside the name."""

    PLACE = 1
    SECTION = 2
    WORDS = 3


@dataclass(frozen=True, slots=True)
class _Told:
    test: Named
    nature: DataNature
    strength: Strength
    is_later: bool = False


def find(reading: Reading) -> list[DataItem]:
    """The data items of one document, tests first, in order of the note."""
    view = View.of(reading)
    interpreted = list(told.interpretations(view))
    items: dict[str, list[_Told]] = {}
    for one in _tests(view):
        items.setdefault(one.test.item, []).append(one)
    out: list[DataItem] = []
    for item, found in items.items():
        first = f"d{len(out) + 1}"
        for nature, spans in _natures(found):
            if nature is N.TEST_REVIEWED and any(item == i.item for i in interpreted):
                continue
            out.append(_fact(reading, len(out) + 1, nature, item, spans, 0.7, first))
    for other in (*told.historian(view), *interpreted, *told.discussions(view), *told.notes(view)):
        out.append(_fact(reading, len(out) + 1, other.nature, other.item, other.spans, 0.6, None))
    return out


def _fact(
    reading: Reading,
    number: int,
    nature: DataNature,
    item: str,
    spans: Sequence[Span],
    confidence: float,
    first: str | None,
) -> DataItem:
    return DataItem(
        id=f"d{number}",
        nature=nature,
        item=item,
        counts_as=first or f"d{number}",
        evidence=quote(reading.note, spans),
        source=SOURCE,
        confidence=confidence,
    )


def _natures(found: Sequence[_Told]) -> Iterator[tuple[DataNature, list[Span]]]:
    """Reviewed, ordered or both: both only where the note says each in words of its own."""
    best = {
        nature: max((t.strength for t in found if t.nature is nature), default=0)
        for nature in (N.TEST_REVIEWED, N.TEST_ORDERED)
    }
    reviewed, ordered = best[N.TEST_REVIEWED], best[N.TEST_ORDERED]
    spans = [t.test.mention.span for t in found]
    if not reviewed or not ordered:
        yield (N.TEST_REVIEWED if reviewed else N.TEST_ORDERED), spans
    elif ordered < Strength.WORDS:
        yield N.TEST_REVIEWED, spans
    elif reviewed < Strength.SECTION:
        yield N.TEST_ORDERED, spans
    elif all(t.is_later for t in found if t.nature is N.TEST_ORDERED):
        yield N.TEST_REVIEWED, spans
    else:
        for nature in (N.TEST_REVIEWED, N.TEST_ORDERED):
            yield nature, [t.test.mention.span for t in found if t.nature is nature]


def _tests(view: View) -> Iterator[_Told]:
    tests = named(view)
    said: list[_Told | None] = []
    for row in _rows(view, tests):
        said += [_say(view, test, row) for test in row]
    kept = [t for t in said if t is not None]
    joined = join([t.test for t in kept])
    for one, test in zip(kept, joined, strict=True):
        # a bare word for any test ("labs", "imaging") needs words that say so
        if test.sort in ("laboratory", "imaging") and test.item == one.test.item and one.strength < Strength.SECTION:
            continue
        yield _Told(test, one.nature, one.strength, one.is_later)


def _rows(view: View, tests: Sequence[Named]) -> Iterator[list[Named]]:
    """Tests that stand in a row in one sentence, with nothing but joining words and values between them."""
    row: list[Named] = []
    for test in tests:
        if row and not in_row(view, row[-1].mention, test.mention):
            yield row
            row = []
        row.append(test)
    if row:
        yield row


def _say(view: View, test: Named, row: Sequence[Named]) -> _Told | None:
    nature = _nature(view, test, row)
    return None if nature is None else _Told(test, *nature, bool(_LATER.match(view.after(row[-1].mention))))


def _nature(view: View, test: Named, row: Sequence[Named]) -> tuple[DataNature, Strength] | None:
    """Ordered, reviewed or neither, by section and the words around the row of tests."""
    m = test.mention
    kind = view.reading.kind_of(m.sentence)
    if kind in _NEVER or m.assertion is Assertion.FAMILY:
        return None
    if m.assertion is Assertion.NEGATED and m.cue is not None and m.cue.end <= m.span.start:
        return None
    whole, own = view.before(row[0].mention), _DATE.sub("", view.after(m))
    near = whole[max(whole.rfind(";") + 1, len(whole) - _NEAR) :]
    after = _DATE.sub("", view.after(row[-1].mention))
    if _OWN.search(near) or _OWN.search(own[:40]):
        return None
    not_done = bool(lower_group("data_phrases", "not_ordered").search(near[-40:]))
    pending = bool(_PENDING.match(after))
    ordered = bool(
        lower_group("data_phrases", "ordered").search(lower_group("data_phrases", "ordered_not").sub(" ", near))
    ) or bool(lower_group("data_phrases", "ordered_after").match(after.lstrip()))
    resulted = not pending and any(
        lower_group("data_phrases", "reviewed_after").match(text.lstrip(" ,:"))
        or _VALUE.match(text)
        or _SHOWED.match(text)
        for text in (own, after)
    )
    result_before = not pending and kind not in _PLANNING and bool(_RESULT_BEFORE.search(whole))
    resulted = resulted or result_before
    looked = bool(lower_group("data_phrases", "reviewed").search(near)) and not pending
    conditional = bool(
        _CONDITION.search(whole)
        or lower_group("data_phrases", "planned_conditional").search(near)
        or lower_group("data_phrases", "planned_conditional_after").match(after[:40].lstrip(" ,"))
    )
    if not_done and not resulted:
        return None
    if kind in _PLANNING or kind in _JUDGING:
        if resulted and not _IF_IT.search(near) and not (conditional and ordered):
            return N.TEST_REVIEWED, Strength.WORDS
        if _PAST_DONE.match(after):
            return N.TEST_REVIEWED, Strength.WORDS
        if conditional:
            return None
        if _LATER_LOOK.search(near) and kind is not S.ASSESSMENT:
            return N.TEST_ORDERED, Strength.PLACE
        if looked and not ordered:
            return N.TEST_REVIEWED, Strength.WORDS
        if ordered or pending:
            return N.TEST_ORDERED, Strength.WORDS
        if kind in _PLANNING and lower_group("data_phrases", "ordered_weak").search(near[-30:]):
            return N.TEST_ORDERED, Strength.SECTION
        if kind in (S.PLAN, S.ASSESSMENT_PLAN) and _LIST_WORDS.match(whole):
            return N.TEST_ORDERED, Strength.SECTION
        if lower_group("data_phrases", "reviewed_weak").search(near[-30:]):
            return N.TEST_REVIEWED, Strength.PLACE
        return None
    if kind is S.RESULTS:
        return (N.TEST_ORDERED if pending else N.TEST_REVIEWED), Strength.SECTION
    if kind in _SELDOM:
        if kind is S.PAST_HISTORY and test.kind == "laboratory":
            return None
        if kind is S.VITALS and not lower_group("data_phrases", "reviewed_after").match(own.lstrip(" ,:")):
            return None
        done = kind is S.EXAM and bool(_DONE.match(after) or _HAD.search(near))
        return (N.TEST_REVIEWED, Strength.WORDS) if resulted or done else None
    if kind in _DONE_HERE:
        if pending or (ordered and not resulted):
            return N.TEST_ORDERED, Strength.WORDS
        if resulted or looked or _DONE.match(after):
            return N.TEST_REVIEWED, Strength.WORDS
        return None
    if resulted or looked or _DONE.match(after) or _HAD.search(near):
        return N.TEST_REVIEWED, Strength.WORDS
    if kind in (S.HEADER, S.HISTORY) and ordered and not conditional and _WILL.search(near):
        return N.TEST_ORDERED, Strength.WORDS
    return None
